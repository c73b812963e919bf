//! What becomes of a repo over many commits.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod bases;
mod blobs;
mod forget;
mod intake;
mod jobs;
mod model;
mod parts;
mod reading;
mod upkeep;
mod world;
