//! Lineage: what of a work is another's, told by its bytes, by its settings, and by what it says of itself. The three are
//! kept apart: what is declared may be wrong, what is measured is there, what is inferred may be chance.

mod compare;
mod declared;
mod near;
mod owners;
mod settings;

pub use compare::{Bytes, Comparison, MEASURED_PER_MILLE, Side, State, bare, compare, few_bits};
pub use declared::{Declared, Parent, Place, declared, speaks};
pub use near::{Near, Numbers, Sampled};
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
    /// Whether it has but a few different numbers, as of zeros, ones or a mask: everybody has such tensors.
    pub plain: bool,
}

impl Tensor {
    /// How many numbers it holds.
    pub fn elements(&self) -> u64 {
        self.shape.iter().fold(1, |product: u64, size| product.saturating_mul(*size))
    }

    /// Whether it speaks for where it is from: it is long enough, has many different numbers, and is not computed from the
    /// build alone.
    pub fn speaks(&self) -> bool {
        let lower = self.name.to_ascii_lowercase();
        !self.plain && self.bytes >= SPEAKING_BYTES_MIN && !COMPUTED.iter().any(|part| lower.contains(part))
    }
}

/// Bytes from which on a tensor that is found elsewhere is no chance: shorter ones may be counters, ids and frequencies.
pub const SPEAKING_BYTES_MIN: u64 = 1024;
/// Parts of the names of tensors that follow from how a model is built, trained or not.
const COMPUTED: [&str; 8] = [
    "inv_freq",
    "masked_bias",
    "position_ids",
    "rotary",
    "rope_freqs",
    "relative_position_index",
    "sinusoid",
    "causal_mask",
];

impl Print {
    /// In hexadecimal digits.
    pub fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
