//! Bad input over real connections: wrong, lying, broken-off and oversized requests at every door that takes bytes.
//! Each is refused with the right status and words, leaves nothing behind that can be seen, and the hub goes on. And
//! bytes that went bad on the disk, which are nobody's request and must reach nobody.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod commits;
mod crowd;
mod damage;
mod early;
mod hub;
mod lengths;
mod multipart;
mod seals;
mod shards;
mod tokens;
mod xorbs;
