//! The Hub API asked in process: what is told of repos, listings and histories, and what becomes of requests that are
//! slow, stale, made up or too large.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod bad_input;
mod branches;
mod discussions;
mod liking;
mod listing;
mod names;
mod paging;
mod papers;
mod paths;
mod pulls;
mod ranges;
mod refusals;
mod settings;
mod unserved;
mod webhooks;
mod world;
