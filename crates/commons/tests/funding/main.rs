//! Rounds whose answers are known.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod clrfund;
mod gr3;
mod optimism;
mod rounds;
