//! What becomes of a repo over many commits.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod model;
mod upkeep;
mod world;
