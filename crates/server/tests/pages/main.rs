//! The pages, asked without a network: every link leads somewhere, every page is whole and plain, and signing in works
//! from our own forms and from no others.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod api;
mod crawl;
mod described;
mod files;
mod finding;
mod packed;
mod publishing;
mod scanned;
mod search;
mod sign_in;
mod signed;
mod views;
mod world;
mod xml;

use seedcorn_testkit::html;
