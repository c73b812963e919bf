//! The Xet formats: hashes, chunk boundaries, frames, xorbs, shards, and the plan of a rebuild; and their use.
//!
//! The formats are pure: they do not wait, touch no disk and no socket, and allocate from no count that was not
//! checked first. Their layouts follow the Xet protocol specification and were checked against what `hf_xet` 1.8 sends
//! and accepts. Only `ingest`, `rebuild` and `store` wait.

mod bg4;
pub mod chunk;
pub mod dedup;
mod footer;
pub mod frame;
pub mod hash;
#[cfg(feature = "depot")]
pub mod ingest;
pub mod lz4;
pub mod plan;
#[cfg(feature = "depot")]
pub mod rebuild;
pub mod shard;
#[cfg(feature = "depot")]
pub mod store;
pub mod xorb;
