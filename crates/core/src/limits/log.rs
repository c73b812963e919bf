//! Limits of the transparency log.

/// Entries that are numbered, built into the tree or made of drafts at once.
pub const LOG_BATCH: i64 = 256;
/// Entries of one page.
pub const LOG_PAGE: usize = 100;
/// Files of the log that are stored at once.
pub const LOG_FILES_AT_ONCE: usize = 4;
/// Seconds after which drafts of other processes are looked for.
pub const LOG_LOOK_SECS: u64 = 5;
/// Bytes of a bundle of others: 256 entries of 64 KiB each, with their lengths.
pub const LOG_BUNDLE_BYTES_MAX: usize = 256 * (64 * 1024 + 2);
/// Seconds between two looks at a log of others that is kept here.
pub const MIRROR_SECS: u64 = 60;
/// Seconds for which an entry waits for what cannot be read.
pub const LOG_PATIENCE_SECS: i64 = 3_600;
/// Branches and tags that are logged when a repo is published.
pub const LOG_REFS_MAX: usize = 10_000;
/// Files of a revision that has a manifest.
pub const MANIFEST_FILES_MAX: usize = 200_000;
/// Bytes of what a witness is sent.
pub const WITNESS_BYTES_MAX: usize = 128 * 1024;
/// Seconds between two rounds of asking witnesses.
pub const WITNESS_SECS: u64 = 2;
/// Seconds that a witness has to answer.
pub const WITNESS_ANSWER_SECS: u64 = 5;
