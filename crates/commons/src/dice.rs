//! Random ids and secrets.

use rand::TryRngCore;
use rand::rngs::OsRng;
use seedcorn_core::token;

use crate::{Refusal, Result};

/// A new UUIDv7: ids made later sort later.
#[expect(clippy::disallowed_methods, reason = "this is its one home")]
pub(crate) fn id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Random bytes from the operating system, or a refusal when it has none to give.
pub(crate) fn bytes<const N: usize>() -> std::result::Result<[u8; N], rand::rand_core::OsError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

/// A new secret of a kind, such as [`token::PERSONAL`].
pub(crate) fn secret(prefix: &str) -> Result<String> {
    let random: [u8; 128] = bytes().map_err(Refusal::broken)?;
    token::render(prefix, &random)
        .ok_or_else(|| Refusal::Broken(anyhow::anyhow!("the random source gave too little")))
}
