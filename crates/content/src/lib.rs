//! Bytes by hash: depot, Xet and git objects. Nothing here knows a person, a repo's name or a permission.

#[cfg(feature = "depot")]
mod depot;
pub mod git;
mod key;
#[cfg(feature = "depot")]
mod offload;
pub mod xet;

#[cfg(feature = "depot")]
pub use depot::{Depot, DepotError, Pieces, S3Options, Writer, Written};
pub use key::Key;
#[cfg(feature = "depot")]
pub use offload::{Offload, OffloadError};
