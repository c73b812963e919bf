//! Limits of lineage: what is read of works to tell whose they are, and how much is told at once.

const MIB: u64 = 1 << 20;

/// Files of a repo that are looked at for what they say or hold.
pub const LINEAGE_FILES_MAX: usize = 20_000;
/// Bytes of a card (what is behind them is not read), of settings, of a list of references.
pub const LINEAGE_TEXT_BYTES_MAX: u64 = 4 * MIB;
/// Bytes of a tokenizer.
pub const LINEAGE_WORDS_BYTES_MAX: u64 = 32 * MIB;
/// Texts beside the card that are read.
pub const LINEAGE_TEXTS_MAX: usize = 16;
/// Tensors of a repo that are known again elsewhere.
pub const LINEAGE_MARKS_MAX: usize = 50_000;
/// Bytes of a file of weights: what takes longer to read than a job may.
pub const LINEAGE_FILE_BYTES_MAX: u64 = 64 << 30;
/// Bytes of weights that are read at once.
pub const LINEAGE_PIECE_BYTES: u64 = 8 * MIB;
/// Models that another may be made from and whose numbers are compared with its own.
pub const LINEAGE_NEAR_MODELS_MAX: usize = 24;
/// Those of them that were built alike before it: so many of the first and so many of the last.
pub const LINEAGE_NEAR_ALIKE_EACH: i64 = 6;
/// Files of weights, and tensors, of which a sample is compared.
pub const LINEAGE_NEAR_FILES_MAX: usize = 128;
/// See [`LINEAGE_NEAR_FILES_MAX`].
pub const LINEAGE_NEAR_TENSORS_MAX: usize = 96;
/// Numbers of a tensor in that sample.
pub const LINEAGE_NEAR_NUMBERS: u64 = 4_096;
/// Works that are measured anew when one that they share with has new marks.
pub const LINEAGE_LATER_MAX: i64 = 10_000;
/// Works in one picture.
pub const LINEAGE_NODES_MAX: usize = 500;
/// Marks that a repo had and has no longer, those that were there first.
pub const LINEAGE_MARKS_GONE_MAX: i64 = 100_000;
/// Derivations of a work that are no longer seen and are kept, the last of them.
pub const LINEAGE_GONE_MAX: i64 = 1_000;
/// Derivations that are read of one level.
pub const LINEAGE_EDGES_MAX: i64 = 4_000;
/// Those of them that are read at once of works that build upon others.
pub const LINEAGE_PAGE: i64 = 600;
/// Steps up or down in one picture.
pub const LINEAGE_DEPTH_MAX: usize = 16;
/// Characters of what is said of a derivation.
pub const LINEAGE_WORDS_CHARS_MAX: usize = 2_000;
/// Things that are said of a derivation for one of its two works.
pub const LINEAGE_TALK_EACH: i64 = 50;
/// The last of them that are shown.
pub const LINEAGE_TALK_SHOWN: i64 = 5;
/// Times that something is said of one.
pub const LINEAGE_TALK_MAX: i64 = 200;
/// Bytes of a small file of a data set that is known again elsewhere: shorter ones are alike by chance.
pub const LINEAGE_BLOB_BYTES_MIN: u64 = 4_096;
/// Pairs of works with bytes in common that are told to the owner of one of them at once.
pub const LINEAGE_UNNAMED_MAX: i64 = 20;
/// Works next to one that are counted: so many stand for more as well.
pub const LINEAGE_COUNTED_MAX: i64 = 1_000;
