//! What the elements of a tensor are.

use std::borrow::Cow;
use std::fmt;

use crate::Unreadable;
use crate::limits::DTYPE_BYTES_MAX;

/// The dtypes of the format and the bits of one element.
const KNOWN: [(&str, u32); 22] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// What an element is: a name of the format such as `BF16`, or one that we do not know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dtype(Cow<'static, str>);

impl Dtype {
    pub(super) fn parse(name: &str) -> Result<Self, Unreadable> {
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((known, _)) => Ok(Dtype(Cow::Borrowed(known))),
            None if name.len() > DTYPE_BYTES_MAX => {
                Err(Unreadable::too_much("bytes of a dtype's name", DTYPE_BYTES_MAX))
            }
            None => Ok(Dtype(Cow::Owned(name.to_owned()))),
        }
    }

    /// Its name in the file.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Bits of one element; none for a dtype we do not know.
    pub fn bits(&self) -> Option<u32> {
        KNOWN.iter().find(|(known, _)| *known == self.0).map(|(_, bits)| *bits)
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
