//! Bad input over real connections: wrong, lying, broken-off and oversized requests at every door that takes bytes.
//! Each is refused with the right status and words, leaves nothing behind that can be seen, and the hub goes on.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod commits;
mod crowd;
mod early;
mod hub;
mod lengths;
mod multipart;
mod seals;
mod shards;
mod tokens;
mod xorbs;
