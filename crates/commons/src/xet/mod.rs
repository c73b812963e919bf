//! The Xet side of publish and pull: tokens, xorbs, shards, reconstructions, dedup answers.

mod dedup;
mod fetch;
mod intake;
mod keep;
mod reach;
mod reconstruct;
mod shard;
mod shelf;
mod token;
mod turns;
mod xorb;

pub use dedup::dedup;
pub use fetch::{Fetch, open_fetch};
pub(crate) use intake::Intake;
pub use reconstruct::{FetchUrl, Reconstruction, Term, reconstruct};
pub use shard::{Progress, accept_shard};
pub(crate) use shelf::Shelf;
pub use token::{XetToken, generation_of, open_for_reading, open_for_writing, read_token, write_token};
pub(crate) use turns::Turns;
pub use xorb::{has_xorb, receive_xorb};
