//! The ways in which one work builds upon another, and how much of what reaches it each of them passes on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::card::Relation;

/// A way in which one work builds upon another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The same weights in fewer bits.
    Quantized,
    /// Weights that are added to those of another.
    Adapter,
    /// Weights that were trained on from those of another.
    Finetune,
    /// Weights computed from those of several.
    Merge,
    /// Trained on what another says.
    Distilled,
    /// Trained on these data.
    Dataset,
    /// Made or run by this code.
    Code,
    /// Written about, or named as a source.
    Cites,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Kind; 8] = [
        Kind::Quantized,
        Kind::Adapter,
        Kind::Finetune,
        Kind::Merge,
        Kind::Distilled,
        Kind::Dataset,
        Kind::Code,
        Kind::Cites,
    ];

    /// As files and answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Quantized => "quantized",
            Kind::Adapter => "adapter",
            Kind::Finetune => "finetune",
            Kind::Merge => "merge",
            Kind::Distilled => "distilled",
            Kind::Dataset => "dataset",
            Kind::Code => "code",
            Kind::Cites => "cites",
        }
    }
}

impl From<Relation> for Kind {
    fn from(relation: Relation) -> Kind {
        match relation {
            Relation::Finetune => Kind::Finetune,
            Relation::Adapter => Kind::Adapter,
            Relation::Merge => Kind::Merge,
            Relation::Quantized => Kind::Quantized,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Kind, String> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
            format!("{word:?} is no way to build upon a work; there are {}", all.join(", "))
        })
    }
}

/// How much of what reaches a work it passes on, by the ways in which it builds upon others. Policy, not science: a commons
/// votes on it, and every result names what it was made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passing {
    /// Of a thousand units, for each kind in the order of [`Kind::ALL`].
    pub per_mille: [u16; 8],
    /// The most that any work passes on, of a thousand; whoever made something keeps at least the rest.
    pub most: u16,
}

impl Default for Passing {
    fn default() -> Passing {
        Passing { per_mille: [850, 600, 500, 800, 400, 200, 100, 50], most: 900 }
    }
}

impl Passing {
    /// Of one kind, of a thousand.
    pub fn of(&self, kind: Kind) -> u16 {
        self.per_mille.get(kind as usize).copied().unwrap_or_default()
    }

    /// # Errors
    /// What is wrong with it: a work can pass on no more than all but one thousandth.
    pub fn check(&self) -> Result<(), String> {
        if self.most > 999 {
            return Err(format!("a work can pass on 999 of a thousand at most, not {}", self.most));
        }
        match Kind::ALL.into_iter().find(|kind| self.of(*kind) > 1000) {
            Some(kind) => Err(format!("{kind} passes on {} of a thousand", self.of(kind))),
            None => Ok(()),
        }
    }
}
