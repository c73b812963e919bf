//! A verdict as others read it: for scanners of code, for pages and comments, as a badge, and as the configuration file of the
//! Model Openness Tool.

pub mod badge;
pub mod configuration;
pub mod markdown;
pub mod sarif;

use serde_json::{Value, json};

use super::component::Component;
use super::finding::{Evidence, Place};
use super::review::evidence_id;
use super::tally::Status;
use super::verdict::{Grade, Part, Profile, Verdict};

/// A verdict as JSON, each piece of evidence with its id.
pub fn json(verdict: &Verdict) -> Value {
    let mut told = serde_json::to_value(verdict).unwrap_or_default();
    let parts = told.get_mut("parts").and_then(Value::as_array_mut).into_iter().flatten();
    for (part, told) in verdict.parts.iter().zip(parts) {
        name_all(part.component, &part.evidence, told.get_mut("evidence"));
        let license = told.get_mut("license").and_then(|license| license.get_mut("evidence"));
        name_all(part.component, part.license.as_ref().map_or(&[], |license| &license.evidence), license);
    }
    told
}

fn name_all(component: Component, all: &[Evidence], told: Option<&mut Value>) {
    let told = told.and_then(Value::as_array_mut).into_iter().flatten();
    for (evidence, told) in all.iter().zip(told) {
        if let Some(map) = told.as_object_mut() {
            map.insert("id".into(), json!(evidence_id(component, evidence)));
        }
    }
}

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
    let told = spelled(place);
    told.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

fn spelled(place: &Place) -> String {
    let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
    match (&place.repo, place.path.as_str()) {
        (None, path) => format!("{path}{line}"),
        (Some(repo), "") => repo.clone(),
        (Some(repo), path) => format!("{repo}:{path}{line}"),
    }
}
