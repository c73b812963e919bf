//! Bytes by hash: depot, Xet and git objects. Nothing here knows a person, a repo's name or a permission.

mod depot;
pub mod git;
mod key;
mod offload;
pub mod xet;

pub use depot::{Depot, DepotError, S3Options, Writer, Written};
pub use key::Key;
pub use offload::{Offload, OffloadError};
