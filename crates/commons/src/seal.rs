//! Sealed texts: capabilities that the hub hands out and later recognises, without keeping them anywhere.
//!
//! `<hex of BLAKE3 keyed tag>.<base64url of the text>`, where the key is derived for one purpose, so that a seal made
//! for one door opens no other.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seedcorn_core::time::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the longest sealed text accepted.
const SEALED_BYTES_MAX: usize = 2048;

/// Why a sealed text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// Not made here, or changed since.
    #[error("this address was not made by this hub")]
    Forged,
    /// Its time is over.
    #[error("this address has expired; ask for a new one")]
    Expired,
}

#[derive(Serialize, serde::Deserialize)]
struct Dated<T> {
    /// Until when, in seconds since 1970 UTC.
    x: i64,
    #[serde(flatten)]
    body: T,
}

/// Seals and opens texts for one purpose.
#[derive(Clone)]
pub struct Seal {
    key: [u8; 32],
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// The seal of a purpose, from the hub's master key.
    pub fn new(master: &[u8; 32], purpose: &str) -> Seal {
        let mut hasher = blake3::Hasher::new_keyed(master);
        hasher.update(purpose.as_bytes());
        Seal { key: *hasher.finalize().as_bytes() }
    }

    /// The key itself, for other keyed hashes of the same purpose.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Seals a value until a time.
    pub fn close<T: Serialize>(&self, body: &T, until: Time) -> String {
        let text = serde_json::to_vec(&Dated { x: until.secs(), body }).unwrap_or_default();
        format!("{}.{}", self.tag(&text), BASE64_URL_SAFE_NO_PAD.encode(&text))
    }

    /// Opens a sealed value.
    pub fn open<T: DeserializeOwned>(&self, sealed: &str, now: Time) -> Result<T, BadSeal> {
        if sealed.len() > SEALED_BYTES_MAX {
            return Err(BadSeal::Forged);
        }
        let (tag, text) = sealed.split_once('.').ok_or(BadSeal::Forged)?;
        let text = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadSeal::Forged)?;
        let given = blake3::Hash::from_hex(tag).map_err(|_| BadSeal::Forged)?;
        // blake3::Hash compares in constant time.
        if given != blake3::keyed_hash(&self.key, &text) {
            return Err(BadSeal::Forged);
        }
        let dated: Dated<T> = serde_json::from_slice(&text).map_err(|_| BadSeal::Forged)?;
        if now.secs() >= dated.x { Err(BadSeal::Expired) } else { Ok(dated.body) }
    }

    fn tag(&self, text: &[u8]) -> String {
        blake3::keyed_hash(&self.key, text).to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_what_it_closed_for_the_same_purpose_in_time() {
        let seal = Seal::new(&[7; 32], "a");
        let sealed = seal.close(&serde_json::json!({"n": 1}), Time::from_secs(100));
        let open = |seal: &Seal, text: &str, at| seal.open::<serde_json::Value>(text, Time::from_secs(at));
        assert_eq!(open(&seal, &sealed, 99).map(|v| v["n"].clone()), Ok(1.into()));
        assert_eq!(open(&seal, &sealed, 100), Err(BadSeal::Expired));
        assert_eq!(open(&Seal::new(&[7; 32], "b"), &sealed, 1), Err(BadSeal::Forged));
        assert_eq!(open(&Seal::new(&[8; 32], "a"), &sealed, 1), Err(BadSeal::Forged));
        for n in 0..sealed.len() {
            let mut other = sealed.clone().into_bytes();
            other[n] ^= 1;
            let other = String::from_utf8_lossy(&other).into_owned();
            assert_eq!(open(&seal, &other, 1), Err(BadSeal::Forged), "{n}");
        }
    }
}
