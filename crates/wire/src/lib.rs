//! The exact bytes promised to others: the Hub's JSON, LFS, Xet, git. Shapes only; nothing here decides.

pub mod git;
pub mod hub;
pub mod lfs;
pub mod multipart;
pub mod ndjson;
pub mod xet;
