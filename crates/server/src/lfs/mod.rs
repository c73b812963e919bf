//! Git LFS: the batch API with the Hub's multipart extension, and the sealed addresses it hands out.

mod batch;
mod transfer;

pub(crate) use batch::{batch, locks, verify};
pub(crate) use transfer::{complete, parts, put};
