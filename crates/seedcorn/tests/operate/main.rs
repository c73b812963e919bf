//! The real binary as an operator meets it: starts, signals, mistakes.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod funding;
mod grading;
mod joining;
mod lineage;
mod mistakes;
mod papers;
mod private;
mod program;
mod public;
mod scan;
mod sign;
mod signals;
mod unread;
