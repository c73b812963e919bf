//! Credit: how what a work earns by being used is shared with the works that it builds upon.
//!
//! The flow is absorbing and seeded: what trusted people used is the only source, each work passes a bounded part of what
//! reaches it to the works that it builds upon, and keeps the rest. All amounts are integers, and none is made or lost on the
//! way. Nothing that somebody publishes, however much of it, brings anything in: only what others use does.

mod admit;
mod attack;
mod compare;
mod contract;
mod disruption;
mod due;
mod explain;
mod flow;
mod graph;
mod kind;
mod parts;
mod seeds;
mod share;
mod trust;
mod versions;
mod walk;

pub use attack::{Attacked, Commons, attack};
pub use compare::{page_rank, shapley};
pub use disruption::{Disruption, disruption};
pub use explain::{Explanation, Inflow, Source, explain};
pub use flow::{Flow, run};
pub use graph::{BadGraph, Derivation, EDGES_MAX, Graph, Left, PARENTS_MAX, WORKS_MAX, Work};
pub use kind::{Kind, Passing};
pub use seeds::{Use, UseOfOne, faded, seeds};
pub use share::apportion;
pub use trust::{Vouching, trust};
pub use versions::{Span, Versions};
pub use walk::{Links, Walk};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
