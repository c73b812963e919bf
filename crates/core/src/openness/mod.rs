//! Openness, graded from evidence: which parts of a release are there, under which terms, and what class that makes.
//!
//! The classes are those of the Model Openness Framework 1.0 (LF AI & Data, 2024); the profile `mot` counts exactly as the
//! Model Openness Tool does, so that what it says can be compared.

mod advice;
pub mod code;
mod component;
mod custom;
pub mod dataset;
mod definition;
mod difference;
mod evaluate;
mod finding;
mod gather;
pub mod held;
mod known;
mod model_types;
pub mod mot;
mod open_ids;
mod policy;
pub mod prose;
pub mod report;
pub mod review;
pub mod seen;
mod tally;
mod terms;
mod text;
mod verdict;

pub use component::{Class, Component, Content};
pub use difference::{Change, Difference, What};
pub use evaluate::evaluate;
pub use finding::{Code, Evidence, Finding, Level, Licensing, Place, Presence, Remark, Severity};
pub use gather::{gather, gather_dataset, terms_of, whole_weights};
pub use policy::{Policy, Ruling};
pub use tally::{Parts, Progress, Status, Tally, tally};
pub use terms::{LICENSES_VERSION, Open, Restriction, Terms};
pub use text::LicenseText;
pub use verdict::{Grade, Part, Profile, RULES_VERSION, Step, Verdict, Way};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
