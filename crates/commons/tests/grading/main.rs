//! Grading folders: one small release for each rule, and one for each way to be taken in.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod hostile;
mod traps;
mod whole;
mod world;
