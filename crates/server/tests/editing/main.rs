//! Files sent, written, changed and deleted in a browser: each form sent as it should be and as it should not, by those
//! who may and by those who may not.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod cards;
mod forms;
mod script;
mod texts;
mod upload;
#[path = "../deeds/world.rs"]
mod world;

use seedcorn_testkit::html;
