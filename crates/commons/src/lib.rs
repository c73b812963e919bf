//! The deeds: identify, authorize, publish, pull, browse. Nothing here sees HTTP or a terminal.
//!
//! A deed gathers values from the database and the depot, lets core decide, and writes: bytes first, names last.

pub mod access;
pub mod account;
pub mod admin;
pub mod audit;
pub mod bases;
pub mod browse;
mod budget;
pub mod changes;
pub mod citation;
mod clock;
pub mod collections;
mod commons;
pub mod copies;
pub mod counts;
pub mod credit;
pub mod demo;
pub mod device;
mod dice;
pub mod discuss;
pub mod finding;
pub mod fsck;
pub mod gate;
pub mod git;
pub mod grade;
pub mod groups;
pub mod hooks;
pub mod identity;
pub mod jobs;
pub mod join;
pub mod kept;
pub mod last;
pub mod likes;
pub mod lineage;
pub mod list;
pub mod log;
pub mod model_size;
mod objects;
pub mod overview;
pub mod papers;
mod password;
pub mod people;
pub mod plain;
pub mod preview;
pub mod publish;
pub mod pull;
pub mod raw;
pub mod refusal;
pub mod repo;
pub mod rounds;
pub mod scan;
mod seal;
pub mod search;
pub mod session;
pub mod signing;
pub mod standing;
pub mod store;
pub mod tables;
pub mod trust;
pub mod upkeep;
pub mod usage;
pub mod xet;

pub use access::{Grant, authorize};
pub use budget::{Budget, Held};
pub use clock::Clock;
pub use commons::{Commons, Opening, Places, new_master_key};
pub use refusal::{Refusal, Result};
pub use seal::{BadSeal, Seal};
pub use seedcorn_content::S3Options;

/// A new id for a request that came without one.
pub fn request_id() -> String {
    dice::id()
}

/// Computes something that takes long, off the threads that answer requests.
pub async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(seedcorn_content::Offload::run(work).await?)
}
