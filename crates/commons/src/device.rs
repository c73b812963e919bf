//! Signing in a program by a browser: it shows a short code, a member confirms it on a page, and the program is handed a
//! token (RFC 8628, OAuth 2.0 Device Authorization Grant). It is what a plain `hf auth login` does.

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::TokenId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_core::token;
use seedcorn_db::Tx;
use seedcorn_db::devices::{self, Device};

use crate::admin::{NewToken, TokenRole};
use crate::identity::{self, secret_hash};
use crate::session::counted;
use crate::{Commons, Refusal, Result, account, dice};

/// Letters of user codes: no vowels, so that no words come out, and none that look alike (RFC 8628, section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a user code.
const CODE_LETTERS: usize = 8;

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Begun {
    /// What the program shows when it asks whether somebody agreed.
    pub device_code: String,
    /// What its user reads and types.
    pub user_code: String,
    /// Seconds until it ends.
    pub expires_secs: i64,
    /// Seconds between two questions.
    pub interval_secs: i64,
}

/// Begins a sign-in. `client` is what the program says of itself.
///
/// # Errors
/// `Busy` while too many are under way.
pub async fn begin(commons: &Commons, client: &str) -> Result<Begun> {
    let device_code = dice::secret(token::LINK)?;
    let user_code = user_code(&dice::bytes().map_err(Refusal::broken)?)?;
    let now = commons.now();
    let row = Device {
        hash: secret_hash(&device_code),
        code: user_code.clone(),
        client: client[..client.floor_char_boundary(limits::BROWSER_BYTES_MAX)].to_owned(),
        created: now,
        expires: now.plus_secs(limits::DEVICE_CODE_SECS),
        polled: Time(0),
        answer: String::new(),
        token: None,
    };
    let mut tx = commons.db.write().await?;
    // What ended is remembered as long again, so that a program that comes late is told what happened.
    devices::forget(&mut tx, now.plus_secs(-limits::DEVICE_CODE_SECS)).await?;
    let busy = || Refusal::Busy("Too many sign-ins are under way. Try again in a few minutes.".into());
    if devices::count(&mut tx, now).await? >= limits::DEVICE_CODES_MAX || !devices::add(&mut tx, &row).await?
    {
        return Err(busy());
    }
    tx.commit().await?;
    Ok(Begun {
        device_code,
        user_code: spelled(&user_code),
        expires_secs: limits::DEVICE_CODE_SECS,
        interval_secs: limits::DEVICE_POLL_SECS,
    })
}

/// Eight letters, each as likely as the others: bytes that would make some likelier are passed over.
fn user_code(random: &[u8; 128]) -> Result<String> {
    let fair = u8::try_from(256 - 256 % LETTERS.len()).unwrap_or(u8::MAX);
    let letters = random.iter().filter(|byte| **byte < fair).map(|byte| *byte as usize % LETTERS.len());
    let code: String =
        letters.filter_map(|n| LETTERS.get(n)).take(CODE_LETTERS).map(|byte| char::from(*byte)).collect();
    match code.len() == CODE_LETTERS {
        true => Ok(code),
        false => Err(Refusal::Broken(anyhow::anyhow!("the random source gave too little"))),
    }
}

/// A code as people read it: `BCDF-GHJK`.
fn spelled(code: &str) -> String {
    let (first, second) = code.split_at(code.len() / 2);
    format!("{first}-{second}")
}

/// A code however it is typed: lower case, with spaces or dashes.
fn typed(code: &str) -> Option<String> {
    let code: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(CODE_LETTERS + 1)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (code.len() == CODE_LETTERS && code.bytes().all(|byte| LETTERS.contains(&byte))).then_some(code)
}

/// A sign-in that waits for an answer, as its user sees it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The code, as the program shows it.
    pub code: String,
    /// What the program says of itself.
    pub client: String,
    /// When it was begun.
    pub created: Time,
}

/// The sign-in of a user's code.
///
/// # Errors
/// `Invalid` alike for one that is unknown, answered or over; `Busy` after too many wrong ones.
pub async fn look(commons: &Commons, actor: &Actor, code: &str) -> Result<Waiting> {
    account::check(actor)?;
    let mut tx = commons.db.look().await?;
    let row = waiting(commons, &mut tx, actor, code).await?;
    Ok(Waiting { code: spelled(&row.code), client: row.client, created: row.created })
}

async fn waiting(commons: &Commons, tx: &mut Tx, actor: &Actor, code: &str) -> Result<Device> {
    let row = match typed(code) {
        Some(code) => devices::find_by_code(tx, &code).await?,
        None => None,
    };
    if let Some(row) = row.filter(|row| row.answer.is_empty() && row.expires > commons.now()) {
        return Ok(row);
    }
    if !counted(commons, &format!("device code of {}", actor.member), limits::WRONG_PASSWORDS_MAX) {
        return Err(Refusal::Busy("Too many wrong codes. Try again in a quarter of an hour.".into()));
    }
    Err(nothing_waits())
}

fn nothing_waits() -> Refusal {
    Refusal::Invalid(
        "No sign-in waits for this code. Look at the code again, or start anew: a code ends after a quarter of an hour."
            .into(),
    )
}

/// What a member says to a sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The program may read what the member may.
    Read,
    /// The program may do all that the member may.
    Write,
    /// It may nothing.
    No,
}

/// Answers a sign-in.
///
/// # Errors
/// As [`look`].
pub async fn answer(commons: &Commons, actor: &Actor, code: &str, answer: Answer) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    let row = waiting(commons, &mut tx, actor, code).await?;
    let (word, token) = match answer {
        Answer::Read => ("read", Some(&actor.token)),
        Answer::Write => ("write", Some(&actor.token)),
        Answer::No => (devices::NO, None),
    };
    if !devices::answer(&mut tx, &row.code, word, token).await? {
        return Err(nothing_waits());
    }
    Ok(tx.commit().await?)
}

/// What a program that asks is told.
#[derive(Debug)]
pub enum Polled {
    /// Nobody answered yet.
    Pending,
    /// Nobody answered yet, and it asks too often.
    TooOften,
    /// It is over: the time, or the token was handed over before.
    Over,
    /// Somebody refused.
    Denied,
    /// The token, and the seconds until it ends.
    Token(String, i64),
}

/// Asks whether somebody agreed to the sign-in of a device code. The token is made now, so that nothing that opens
/// anything was written down meanwhile.
pub async fn poll(commons: &Commons, device_code: &str) -> Result<Polled> {
    if !device_code.starts_with(token::LINK) || !token::may_be_token(device_code) {
        return Ok(Polled::Over);
    }
    let (hash, now) = (secret_hash(device_code), commons.now());
    // Whoever asks is nobody yet: what changes nothing takes no turn of those who write.
    let found = devices::find(&mut commons.db.look().await?, &hash).await?;
    let Some(row) = found.filter(|row| row.expires > now) else {
        return Ok(Polled::Over);
    };
    let too_often = now.secs() - row.polled.secs() < limits::DEVICE_POLL_SECS - 1;
    let mut tx = match row.answer.as_str() {
        "" if too_often => return Ok(Polled::TooOften),
        devices::NO => return Ok(Polled::Denied),
        devices::DONE => return Ok(Polled::Over),
        _ => commons.db.write().await?,
    };
    let polled = match row.answer.as_str() {
        "" => {
            devices::poll(&mut tx, &hash, now).await?;
            Polled::Pending
        }
        role => {
            if !devices::finish(&mut tx, &hash).await? {
                return Ok(Polled::Over);
            }
            hand_over(&mut tx, &row, role == "write", now).await?
        }
    };
    tx.commit().await?;
    Ok(polled)
}

async fn hand_over(tx: &mut Tx, row: &Device, write: bool, now: Time) -> Result<Polled> {
    let session = TokenId(row.token.clone().unwrap_or_default());
    // Whoever signed out meanwhile, or was shut out, agreed to nothing.
    let actor = match identity::identify_within(tx, &session, now).await {
        Ok(actor) if actor.scope == Scope::Write => actor,
        Ok(_) | Err(Refusal::BadToken) => return Ok(Polled::Denied),
        Err(refusal) => return Err(refusal),
    };
    let expires = now.plus_secs(limits::DEVICE_TOKEN_SECS);
    let role = if write { TokenRole::Write } else { TokenRole::Read };
    let name = format!("signed in on {}", now.date());
    let new = NewToken { member: actor.name.clone(), name, role, expires: Some(expires) };
    let (secret, ends) = account::make_within(tx, &actor, new, now).await?;
    Ok(Polled::Token(secret, ends.unwrap_or(expires).secs() - now.secs()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let random = std::array::from_fn(|n| 255 - n as u8);
        let code = user_code(&random).unwrap();
        // 255 down to 240 are passed over: they would make some letters likelier.
        assert_eq!(code, "ZXWVTSRQ");
        assert_eq!(spelled(&code), "ZXWV-TSRQ");
        for text in ["ZXWV-TSRQ", "zxwvtsrq", " zxwv tsrq ", "Z-X-W-V-T-S-R-Q"] {
            assert_eq!(typed(text).as_deref(), Some("ZXWVTSRQ"), "{text}");
        }
        for text in ["", "ZXWV-TSR", "ZXWV-TSRQQ", "ZXWV-TSRA", "ZXWV-TSR\u{fe}"] {
            assert_eq!(typed(text), None, "{text}");
        }
        assert!(user_code(&[255; 128]).is_err());
    }
}
