//! Grading: one small release for each rule and one for each way to be taken in, in folders and in repos.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod copies;
mod fooled;
mod hostile;
mod hub;
mod traps;
mod whole;
mod world;
