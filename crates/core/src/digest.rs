//! The three digests that name bytes: git's SHA-1 object id, SHA-256, and the Xet hash with its own spelling.

use std::fmt;
use std::str::FromStr;

use sha2::Digest;

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {digits} lower-case hexadecimal digits, got {got:?}")]
pub struct BadDigest {
    digits: usize,
    got: String,
}

fn bad(digits: usize, text: &str) -> BadDigest {
    BadDigest { digits, got: text.chars().take(80).collect() }
}

fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], BadDigest> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(bad(2 * N, text));
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let (Some(high), Some(low)) = (nibble(pair[0]), nibble(pair[1])) else {
            return Err(bad(2 * N, text));
        };
        *byte = high << 4 | low;
    }
    Ok(out)
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// From raw bytes of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadDigest;
            fn try_from(text: String) -> Result<Self, BadDigest> {
                text.parse()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

digest!(
    /// A git object id: SHA-1 over `"<type> <length>\0" + content`, written as 40 hex digits.
    Oid, 20
);
digest!(
    /// A SHA-256, written as 64 hex digits: how LFS names a file.
    Sha256, 32
);
digest!(
    /// A Xet hash of a chunk, xorb or file. Its text is four little-endian u64s of 16 hex digits each, so the bytes
    /// of each group of eight read backwards (Xet protocol, "hash to string").
    XetHash, 32
);

impl Oid {
    /// git's "no object": forty zeroes.
    pub const ZERO: Oid = Oid([0; 20]);
}

impl Sha256 {
    /// Of bytes that are in memory.
    pub fn of(bytes: impl AsRef<[u8]>) -> Sha256 {
        Sha256(sha2::Sha256::digest(bytes).into())
    }
}

impl XetHash {
    /// The file hash of the empty file.
    pub const ZERO: XetHash = XetHash([0; 32]);

    /// The last little-endian u64 of the hash, which decides Merkle grouping and global-dedup eligibility.
    pub fn last_word(&self) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&self.0[24..]);
        u64::from_le_bytes(word)
    }
}

fn swap_words(bytes: [u8; 32]) -> [u8; 32] {
    let mut out = bytes;
    out.chunks_exact_mut(8).for_each(<[u8]>::reverse);
    out
}

impl From<XetHash> for Sha256 {
    /// Shards carry a SHA-256 in the Xet spelling: same text, other byte order.
    fn from(hash: XetHash) -> Self {
        Sha256(swap_words(hash.0))
    }
}

impl From<Sha256> for XetHash {
    fn from(hash: Sha256) -> Self {
        XetHash(swap_words(hash.0))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Display for XetHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&swap_words(self.0), f)
    }
}

impl FromStr for Oid {
    type Err = BadDigest;
    fn from_str(text: &str) -> Result<Self, BadDigest> {
        unhex(text).map(Oid)
    }
}

impl FromStr for Sha256 {
    type Err = BadDigest;
    fn from_str(text: &str) -> Result<Self, BadDigest> {
        unhex(text).map(Sha256)
    }
}

impl FromStr for XetHash {
    type Err = BadDigest;
    fn from_str(text: &str) -> Result<Self, BadDigest> {
        unhex(text).map(|bytes| XetHash(swap_words(bytes)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn xet_text_reads_each_word_backwards() {
        let bytes: [u8; 32] = std::array::from_fn(|i| i as u8);
        let text = "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918";
        assert_eq!(XetHash(bytes).to_string(), text);
        assert_eq!(text.parse::<XetHash>().unwrap(), XetHash(bytes));
        assert_eq!(Sha256::from(XetHash(bytes)).to_string(), text);
    }

    #[test]
    fn only_lower_case_hex_of_the_right_length() {
        let good = "a".repeat(40);
        assert_eq!(good.parse::<Oid>().unwrap().to_string(), good);
        for wrong in ["", "A", &"A".repeat(40), &"g".repeat(40), &"a".repeat(39), &"é".repeat(20)] {
            assert!(wrong.parse::<Oid>().is_err(), "{wrong}");
        }
    }
}
