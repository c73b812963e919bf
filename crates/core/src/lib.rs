//! What the words mean, and every decision: pure values and functions, the same input giving the same bytes for ever.
//!
//! Nothing here can wait, read a clock, roll dice, or touch a disk or a socket.

pub mod access;
pub mod attributes;
pub mod card;
pub mod cite;
pub mod credit;
pub mod digest;
pub mod dotgit;
pub mod fund;
pub mod gate;
pub mod glob;
pub mod history;
pub mod id;
pub mod ignore;
pub mod license;
pub mod limits;
pub mod lineage;
pub mod log;
pub mod name;
pub mod note;
pub mod openness;
pub mod paper;
pub mod parameters;
pub mod pointer;
pub mod repo;
pub mod scan;
pub mod search;
pub mod secret;
pub mod talk;
pub mod time;
pub mod token;
pub mod tree;
pub mod usage;
