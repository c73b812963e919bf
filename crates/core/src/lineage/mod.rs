//! Lineage: what of a work is another's, told by its bytes, by its settings, and by what it says of itself. The three are
//! kept apart: what is declared may be wrong, what is measured is there, what is inferred may be chance.

mod compare;
mod declared;
mod near;
mod owners;
mod settings;

pub use compare::{Bytes, Comparison, Side, State, compare};
pub use declared::{DECLARED_MAX, Declared, Parent, Place, declared, speaks};
pub use near::{Near, Numbers};
pub use owners::{Held, measured};
pub use settings::{Architecture, architecture};

/// What names the bytes of a tensor, or of a list of words: the first half of a BLAKE3 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Print(pub [u8; 16]);

/// A tensor, with what names its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tensor {
    /// Its name in its file.
    pub name: String,
    /// How its numbers are written, in capitals as safetensors spells it.
    pub dtype: String,
    /// Its dimensions.
    pub shape: Vec<u64>,
    /// How many bytes it has.
    pub bytes: u64,
    /// What names them.
    pub print: Print,
    /// Whether all its bytes are one pattern over and over, as of zeros or ones: everybody has such tensors.
    pub plain: bool,
}

impl Tensor {
    /// How many numbers it holds.
    pub fn elements(&self) -> u64 {
        self.shape.iter().fold(1, |product: u64, size| product.saturating_mul(*size))
    }

    /// Whether it speaks for where it is from: it is long enough, and not the same number throughout.
    pub fn speaks(&self) -> bool {
        !self.plain && self.bytes >= SPEAKING_BYTES_MIN
    }
}

/// Bytes from which on a tensor that is found elsewhere is no chance: shorter ones may be counters and ids.
pub const SPEAKING_BYTES_MIN: u64 = 256;

impl Print {
    /// In hexadecimal digits.
    pub fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
