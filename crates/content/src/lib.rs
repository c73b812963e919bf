//! Bytes by hash: depot, Xet and git objects. Nothing here knows a person, a repo's name or a permission.

#[cfg(feature = "depot")]
mod depot;
pub mod git;
mod key;
#[cfg(feature = "depot")]
mod offload;
#[cfg(feature = "depot")]
mod writer;
pub mod xet;

#[cfg(feature = "depot")]
pub use depot::{Depot, DepotError, Pieces, S3Options};
pub use key::Key;
#[cfg(feature = "depot")]
pub use offload::{Offload, OffloadError};
#[cfg(feature = "depot")]
pub use writer::{Writer, Written};
