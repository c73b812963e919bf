//! Openness, graded from evidence: which parts of a release are there, under which terms, and what class that makes.
//!
//! The classes are those of the Model Openness Framework 1.0 (LF AI & Data, 2024); the profile `mot` counts exactly as the
//! Model Openness Tool does, so that what it says can be compared.

mod component;
pub mod mot;
mod open_ids;
mod tally;

pub use component::{Class, Component, Content};
pub use tally::{Parts, Progress, Status, Tally, tally};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
