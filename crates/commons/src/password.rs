//! Passwords: hashed with Argon2id and a key that is not in the database, so that a copy of it alone is no use.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use seedcorn_content::Offload;
use seedcorn_core::limits;

use crate::{Commons, Refusal, Result};

/// Memory and passes of one hash: OWASP's first choice for Argon2id (19 MiB, two passes, one lane).
fn params() -> Result<Params> {
    Params::new(19 * 1024, 2, 1, None).map_err(|error| broken(&error))
}

fn broken(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::Broken(anyhow::anyhow!("argon2: {error}"))
}

fn argon<'key>(key: &'key [u8; 32]) -> Result<Argon2<'key>> {
    Argon2::new_with_secret(key, Algorithm::Argon2id, Version::V0x13, params()?)
        .map_err(|error| broken(&error))
}

/// Whether a password may be chosen.
///
/// # Errors
/// `Invalid` with what to change.
pub(crate) fn check(password: &str) -> Result<()> {
    let (least, most) = (limits::PASSWORD_CHARS_MIN, limits::PASSWORD_BYTES_MAX);
    if password.chars().count() < least {
        return Err(Refusal::Invalid(format!("A password has at least {least} characters.")));
    }
    if password.len() > most {
        return Err(Refusal::Invalid(format!("A password has at most {most} bytes.")));
    }
    Ok(())
}

/// The hash of a password, as a PHC string.
pub(crate) async fn hash(commons: &Commons, password: &str) -> Result<String> {
    let (key, password) = (*commons.seals.password.key(), password.to_owned());
    Offload::run(move || {
        let hash = argon(&key)?.hash_password(password.as_bytes()).map_err(|error| broken(&error))?;
        Ok(hash.to_string())
    })
    .await?
}

/// Whether a password is the one that was hashed. Without a hash the work is done all the same, so that the time taken
/// does not tell whether there is one.
pub(crate) async fn verify(commons: &Commons, password: &str, hash: Option<String>) -> Result<bool> {
    if password.len() > limits::PASSWORD_BYTES_MAX {
        return Ok(false);
    }
    let Some(hash) = hash else {
        self::hash(commons, password).await?;
        return Ok(false);
    };
    let (key, password) = (*commons.seals.password.key(), password.to_owned());
    Offload::run(move || {
        let hash = PasswordHash::new(&hash).map_err(|error| broken(&error))?;
        Ok(argon(&key)?.verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await?
}
