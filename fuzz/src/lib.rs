//! What must hold for any bytes at all, one function for each parser. The targets in `fuzz_targets` call them; a
//! function that panics has found a bug, in the parser or in what is claimed of it.
#![expect(clippy::unwrap_used, reason = "a broken promise is to stop the run")]

pub mod card;
pub mod citation;
pub mod frame;
pub mod gguf;
pub mod git;
pub mod lineage;
pub mod log;
pub mod multipart;
pub mod ndjson;
pub mod pack;
pub mod parquet;
pub mod release;
pub mod round;
pub mod safetensors;
pub mod scan;
pub mod shard;
pub mod table;
pub mod xorb;

/// Cuts `data` into pieces whose lengths follow from the data itself, so that the same input is always cut alike.
fn pieces(data: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let (mut rest, mut state) = (data, data.len());
    while let Some(first) = rest.first() {
        state = state.wrapping_mul(31).wrapping_add(usize::from(*first));
        // Often a few bytes, so that headers are cut; sometimes many.
        let len = if state.is_multiple_of(3) { 1 + state % 13 } else { 1 + state % 3000 };
        let (piece, after) = rest.split_at(len.min(rest.len()));
        found.push(piece);
        rest = after;
    }
    found
}
