//! Several members and processes on one hub: what each may see, claim and move.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod caches;
mod claims;
mod commits;
mod secrets;
mod world;
