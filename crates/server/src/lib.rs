//! The faces: Hub API, LFS, Xet, pages. They translate between HTTP and deeds, and decide nothing.

mod actor;
mod api;
mod app;
mod body;
mod bytes_range;
mod client;
mod condition;
mod drain;
mod finding;
mod git;
mod hub;
mod lfs;
mod limit;
mod log;
mod ops;
mod packed;
mod patience;
mod place;
mod refuse;
mod router;
mod serve;
mod trace;
pub mod web;
mod xet;

pub use app::{App, Bounds};
pub use client::Proxies;
pub use limit::Quotas;
pub use router::{Access, Route, router, routes};
pub use serve::serve;
