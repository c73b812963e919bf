//! Random ids and secrets.

use rand::TryRngCore;
use rand::rngs::OsRng;

/// A new UUIDv7: ids made later sort later.
#[expect(clippy::disallowed_methods, reason = "this is its one home")]
pub(crate) fn id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Random bytes from the operating system, or a refusal when it has none to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], rand::rand_core::OsError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}
