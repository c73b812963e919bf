//! The Xet store's door (Xet protocol): every endpoint that hf_xet calls, on the hub's own port.

mod chunks;
mod fetch;
mod keeper;
mod reconstructions;
mod shards;
mod tokens;
mod xorbs;

pub(crate) use chunks::{file_chunk_hashes, query};
pub(crate) use fetch::fetch;
pub(crate) use reconstructions::{batch, v1, v2};
pub(crate) use shards::{shard_v1, shard_v2};
pub(crate) use tokens::{read_token, write_token};
pub(crate) use xorbs::{grant, head, post, telemetry};
