//! The web face: pages for people.

pub mod highlight;
pub mod markdown;
