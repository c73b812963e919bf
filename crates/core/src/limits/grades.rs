//! Limits of grading: what is read of a release, so that no folder and no repo costs more than its share.

use super::MIB;

/// Bytes of one text that are read: code, cards, results.
pub const GRADED_TEXT_BYTES_MAX: u64 = MIB;
/// Files of a release that are listed; of those behind, nothing is known.
pub const GRADED_FILES_MAX: usize = 100_000;
/// Files that are opened.
pub const GRADED_OPENED_MAX: usize = 4_000;
/// Bytes that are read of all files together.
pub const GRADED_BYTES_MAX: u64 = 512 * MIB;
/// Folders within each other.
pub const GRADED_DEPTH_MAX: usize = 64;
