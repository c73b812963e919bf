//! The rules by which donations become scores.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cocm::{Meeting, cocm};
use super::donations::Donations;
use super::pairwise::{TooManyPairs, pairwise};

/// What a pair of donors can bring in at most under [`Rule::Pairwise`] where a round says nothing else, in minor units: 25
/// of a currency that has hundredths.
pub const PAIR_LIMIT: u64 = 2500;

/// How donations become scores.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Quadratic funding as it was first written down: many small gifts count for more than a large one. Whoever has many
    /// accounts wins.
    Plain,
    /// Each pair of donors brings in only so much over all projects, so that accounts which always give together come to
    /// little.
    Pairwise,
    /// Connection-oriented cluster match: what people give who are connected counts for less.
    Cocm,
}

impl Rule {
    /// All of them, the one that is meant where nothing is said first.
    pub const ALL: [Rule; 3] = [Rule::Pairwise, Rule::Plain, Rule::Cocm];

    /// As files and answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Rule::Plain => "plain",
            Rule::Pairwise => "pairwise",
            Rule::Cocm => "cocm",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(word: &str) -> Result<Rule, String> {
        let known = Rule::ALL.into_iter().find(|rule| rule.word() == word);
        known.ok_or_else(|| format!("{word:?} is no rule; there are plain, pairwise and cocm"))
    }
}

/// Plain quadratic funding: of each project (Σ√c)² − Σc, in the order of their ids (Buterin, Hitzig & Weyl 2019).
pub fn plain(donations: &Donations) -> Vec<f64> {
    let of_one = |given: &Vec<(u32, f64)>| {
        let roots: f64 = given.iter().map(|(_, amount)| amount.sqrt()).sum();
        let amounts: f64 = given.iter().map(|(_, amount)| amount).sum();
        // One gift alone earns nothing, whatever rounding says.
        if given.len() < 2 { 0.0 } else { roots * roots - amounts }
    };
    donations.of_project.iter().map(of_one).collect()
}

/// The scores of projects in the order of their ids, by a rule; `pair_limit` in minor units is for [`Rule::Pairwise`].
///
/// # Errors
/// [`TooManyPairs`] where counting pairs would take too long.
pub fn scores(rule: Rule, donations: &Donations, pair_limit: u64) -> Result<Vec<f64>, TooManyPairs> {
    match rule {
        Rule::Plain => Ok(plain(donations)),
        Rule::Pairwise => pairwise(donations, pair_limit as f64),
        Rule::Cocm => cocm(donations, Meeting::Harsh),
    }
}
