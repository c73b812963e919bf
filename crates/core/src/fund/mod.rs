//! Funding: how a pool of money is shared among works, by what people give (quadratic funding) and by what is really used.
//!
//! Scores are real numbers, computed by sums, products, quotients and square roots alone, each in a fixed order, so that every
//! machine comes to the same bits. Money is whole minor units: what is paid out comes to the pool to the unit, and the order
//! in which donations come is nothing.

mod allocate;
mod attack;
mod capital;
mod cocm;
mod donations;
mod eligible;
pub mod ledger;
mod pairwise;
mod round;
mod rule;

pub use allocate::{Allocated, Caps, Reduced, Surplus, allocate};
pub use attack::{Attacked, Ring, Round as Attackable, attack};
pub use capital::{BadCapital, alpha, capital_constrained};
pub use cocm::{Meeting, cocm};
pub use donations::{BadDonations, DONATIONS_MAX, Donation, Donations};
pub use eligible::{Eligible, Facts, class_word, rank};
pub use pairwise::{PAIRS_MAX, TooManyPairs, pairwise};
pub use round::{BadRound, FORMAT, Given, Inputs, Line, Parameters, Round};
pub use rule::{PAIR_LIMIT, Rule, plain, scores};
