//! The judgement of a release by one profile: what class it has for sure, which it may have, and why.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::component::{Class, Component};
use super::finding::{Evidence, Licensing, Presence, Remark};
use super::tally::{Progress, Status};

/// The version of the rules by which findings are made and judged. Whoever changes a rule changes it.
pub const RULES_VERSION: &str = "2026-11.3";

/// By which definition a release is judged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The Model Openness Framework 1.0, with its own rule for data sets: they count under any terms.
    #[default]
    Mof,
    /// As the Model Openness Tool counts.
    Mot,
    /// The Open Source AI Definition 1.0 of the OSI.
    Osaid,
    /// What the EU's AI Act (recitals 102 to 104) calls a free and open-source model.
    Eu,
    /// Data sets, by this hub's own classes.
    Data,
}

impl Profile {
    /// Those of models.
    pub const ALL: [Profile; 4] = [Profile::Mof, Profile::Mot, Profile::Osaid, Profile::Eu];

    /// As options spell it.
    pub fn word(self) -> &'static str {
        match self {
            Profile::Mof => "mof",
            Profile::Mot => "mot",
            Profile::Osaid => "osaid",
            Profile::Eu => "eu",
            Profile::Data => "data",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Profile, String> {
        let found = Profile::ALL.into_iter().chain([Profile::Data]).find(|profile| profile.word() == text);
        found.ok_or_else(|| format!("a profile is mof, mot, osaid, eu or data, not {text:?}"))
    }
}

/// What a profile gives; the better, the greater among those of one profile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Grade {
    /// No class.
    #[serde(rename = "unclassified")]
    Unclassified,
    /// Open Model.
    #[serde(rename = "III")]
    III,
    /// Open Tooling Model.
    #[serde(rename = "II")]
    II,
    /// Open Science Model.
    #[serde(rename = "I")]
    I,
    /// It does not meet the definition.
    #[serde(rename = "fails")]
    Fails,
    /// Somebody must look: a question is open.
    #[serde(rename = "needs_review")]
    NeedsReview,
    /// It meets the definition.
    #[serde(rename = "meets")]
    Meets,
}

impl Grade {
    /// Of a class, or of none.
    pub fn of(class: Option<Class>) -> Grade {
        match class {
            None => Grade::Unclassified,
            Some(Class::III) => Grade::III,
            Some(Class::II) => Grade::II,
            Some(Class::I) => Grade::I,
        }
    }

    /// The class, if it is one.
    pub fn class(self) -> Option<Class> {
        match self {
            Grade::III => Some(Class::III),
            Grade::II => Some(Class::II),
            Grade::I => Some(Class::I),
            Grade::Unclassified | Grade::Fails | Grade::NeedsReview | Grade::Meets => None,
        }
    }

    /// As answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Grade::Unclassified => "unclassified",
            Grade::III => "III",
            Grade::II => "II",
            Grade::I => "I",
            Grade::Fails => "fails",
            Grade::NeedsReview => "needs_review",
            Grade::Meets => "meets",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How far it is to a class.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Way {
    /// The class.
    pub class: Grade,
    /// By what is sure.
    pub confirmed: Progress,
    /// By all that may be.
    pub possible: Progress,
}

/// A part as it was judged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The part.
    pub component: Component,
    /// The least class that counts it.
    pub class: Grade,
    /// Whether that class asks for it.
    pub required: bool,
    /// Whether it is there.
    pub presence: Presence,
    /// How it counts by what is sure.
    pub status: Status,
    /// How it counts by all that may be.
    pub possible: Status,
    /// Its terms.
    pub license: Option<Licensing>,
    /// What speaks for it, the surest first.
    pub evidence: Vec<Evidence>,
    /// Where it was looked for.
    pub searched: Vec<String>,
}

/// A judgement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// By which definition.
    pub profile: Profile,
    /// What is sure.
    pub confirmed: Grade,
    /// What may be, if all that is claimed or unclear is so.
    pub possible: Grade,
    /// Class by class; empty where there are no classes.
    pub progress: Vec<Way>,
    /// All seventeen parts of a model, or all of a data set.
    pub parts: Vec<Part>,
    /// What is to be said, the weightiest first.
    pub remarks: Vec<Remark>,
    /// What would be needed for the next class, or for the definition to be met: one step a part.
    pub next: Vec<Step>,
    /// Questions that only people can answer.
    pub questions: Vec<String>,
}

/// What would take a release further.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The part that is lacking.
    pub component: Component,
    /// What is wrong with it.
    pub status: Status,
    /// What to do.
    pub fix: String,
}
