//! A verdict as others read it: for scanners of code, for pages and comments, as a badge, and as the configuration file of the
//! Model Openness Tool.

pub mod badge;
pub mod configuration;
pub mod markdown;
pub mod sarif;

use super::finding::Place;
use super::tally::Status;
use super::verdict::{Grade, Part, Profile};

/// A grade in a few words.
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Unclassified => "Unclassified",
        Grade::III => "Class III",
        Grade::II => "Class II",
        Grade::I => "Class I",
        Grade::Fails => "Does not meet it",
        Grade::NeedsReview => "Needs review",
        Grade::Meets => "Meets it",
    }
}

/// A grade by what its profile calls it.
pub fn label(profile: Profile, of: Grade) -> &'static str {
    match (profile, of.class()) {
        (Profile::Data, Some(class)) => super::dataset::label(class),
        (_, Some(class)) => class.label(),
        (_, None) => grade(of),
    }
}

/// The definition that a profile judges by.
pub fn definition(profile: Profile) -> &'static str {
    match profile {
        Profile::Mof => "Model Openness Framework 1.0, from evidence",
        Profile::Mot => "as the Model Openness Tool counts",
        Profile::Osaid => "Open Source AI Definition 1.0",
        Profile::Eu => "free and open-source model in the EU's AI Act",
        Profile::Data => "data sets, by this hub's own classes",
    }
}

/// How a part counts, in a few words.
pub fn mark(part: &Part) -> &'static str {
    match (part.status, part.possible) {
        (Status::Included, _) => "yes",
        (_, Status::Included) => "maybe",
        (Status::Invalid, _) | (_, Status::Invalid) => "not open",
        (_, Status::Unlicensed) => "no terms",
        _ => "not found",
    }
}

/// Where something was seen, as `models/ada/one:README.md:12`.
pub fn place(place: &Place) -> String {
    let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
    match (&place.repo, place.path.as_str()) {
        (None, path) => format!("{path}{line}"),
        (Some(repo), "") => repo.clone(),
        (Some(repo), path) => format!("{repo}:{path}{line}"),
    }
}
