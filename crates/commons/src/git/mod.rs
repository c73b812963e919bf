//! git itself: what clients are told of refs, what they are sent, and what they push. The same commits as by every other door.

mod fetch;
mod judge;
mod push;
mod refs;
mod seen;
mod spool;
mod take;

pub use fetch::{Asked, Found, find, next_piece, send};
pub use push::{Pushed, may_push, push};
pub use refs::{Named, named};
pub use seedcorn_content::git::{Filter, Sending};
pub use spool::Spool;
