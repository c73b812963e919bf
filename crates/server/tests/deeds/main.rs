//! Doing things on pages: repos, groups, members, the operator. Each form is sent as it should be and as it should not,
//! by those who may and by those who may not.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod account;
mod admin;
mod device;
mod gate;
mod groups;
mod join;
mod new_repo;
mod operator;
mod papers;
mod refs;
mod repo_settings;
mod standing;
mod vouch;
mod world;

use seedcorn_testkit::html;
