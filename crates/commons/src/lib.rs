//! The deeds: identify, authorize, publish, pull, browse. Nothing here sees HTTP or a terminal.
//!
//! A deed gathers values from the database and the depot, lets core decide, and writes: bytes first, names last.

pub mod access;
pub mod admin;
pub mod browse;
mod clock;
mod commons;
pub mod demo;
mod dice;
pub mod identity;
mod objects;
pub mod publish;
pub mod pull;
pub mod refusal;
pub mod repo;
mod seal;
pub mod xet;

pub use access::{Grant, authorize};
pub use clock::Clock;
pub use commons::{Commons, Opening};
pub use refusal::{Refusal, Result};
pub use seal::{BadSeal, Seal};
