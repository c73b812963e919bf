//! The pages of commits, comparisons and histories: the words and figures that a reader sees, and what they do with
//! content that means harm.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod commits;
mod compare;
mod hostile;
mod tensors;
mod world;

use seedcorn_testkit::html;
