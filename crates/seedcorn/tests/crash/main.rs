//! The real binary, killed without warning at any moment: what it has acknowledged is there when it comes back, and
//! the store is sound to the last byte. And its first run, which nobody should have to repeat.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod first_run;
mod rounds;
mod running;
