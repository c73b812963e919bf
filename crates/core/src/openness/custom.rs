//! Licences that are on no list: the Hub's ids for them, families of which an id does not say which, and names that
//! publishers give to their own terms. What a text was read for is said of it; of the others only that they are custom.

use super::component::Content;
use super::terms::{Open, Restriction, Terms};
use Restriction::{
    Custom, NonCommercial, NotRecognised, OutputUse, Undeclared, UseRestriction, UserThreshold,
};

const RAIL: &str = "forbids uses that it lists, and that must be passed on";

/// Ids of the Hub that the SPDX list does not have, or that do not say which licence is meant.
const HUB: &[(&str, &[Restriction], &str)] = &[
    ("apple-amlr", &[NonCommercial], "custom terms: for research, as its name says"),
    ("apple-ascl", &[NotRecognised], "custom terms, on no list of open licences"),
    ("bigcode-openrail-m", &[UseRestriction], RAIL),
    ("bigscience-bloom-rail-1.0", &[UseRestriction], RAIL),
    ("bigscience-openrail-m", &[UseRestriction], RAIL),
    ("c-uda", &[UseRestriction], "the data may be used for computing alone"),
    ("creativeml-openrail-m", &[UseRestriction], RAIL),
    ("deepfloyd-if-license", &[NonCommercial], "custom terms: for research"),
    (
        "fair-noncommercial-research-license",
        &[NonCommercial],
        "custom terms: non-commercial research, as its name says",
    ),
    ("gemma", &[UseRestriction], "custom terms with a policy of forbidden uses that must be passed on"),
    ("grok2-community", &[Custom], "custom terms, on no list of open licences"),
    ("h-research", &[NonCommercial], "custom terms: for research, as its name says"),
    ("intel-research", &[NonCommercial], "custom terms: for research, as its name says"),
    ("lgpl-lr", &[NotRecognised], "neither approved by the OSI nor free by the FSF"),
    (
        "llama2",
        &[UseRestriction, UserThreshold, OutputUse],
        "more than 700 million users a month need another licence; forbidden uses; its outputs may not improve other language models",
    ),
    (
        "llama3",
        &[UseRestriction, UserThreshold, OutputUse],
        "more than 700 million users a month need another licence; forbidden uses; its outputs may not improve other language models",
    ),
    (
        "llama3.1",
        &[UseRestriction, UserThreshold],
        "more than 700 million users a month need another licence; forbidden uses; duties to name it",
    ),
    (
        "llama3.2",
        &[UseRestriction, UserThreshold],
        "more than 700 million users a month need another licence; forbidden uses; duties to name it",
    ),
    (
        "llama3.3",
        &[UseRestriction, UserThreshold],
        "more than 700 million users a month need another licence; forbidden uses; duties to name it",
    ),
    (
        "llama4",
        &[UseRestriction, UserThreshold],
        "more than 700 million users a month need another licence; forbidden uses; duties to name it",
    ),
    ("openrail", &[UseRestriction], RAIL),
    ("openrail++", &[UseRestriction], RAIL),
];

/// Ids of the Hub that do not say which licence is meant. All licences of the last families are open, but which it is
/// must be read in its text.
const FAMILIES: &[(&str, &[Restriction], &str)] = &[
    ("cc", &[], "\"cc\" does not say which licence of Creative Commons it is; some are not open"),
    ("bsd", &[], "which BSD licence it is, is not said"),
    ("gfdl", &[], "which version of the GFDL it is, is not said"),
    ("gpl", &[], "which version of the GPL it is, is not said"),
    ("lgpl", &[], "which version of the LGPL it is, is not said"),
    ("other", &[Custom], "terms of its own: its text decides"),
    ("unknown", &[Undeclared], "the publisher does not know the licence: nothing is granted"),
];

/// Beginnings of names that publishers give to terms of their own, none of them on a list of open licences.
const NAMES: &[&str] = &[
    "apple-amlr",
    "bria",
    "cogvlm",
    "cohere",
    "databricks-open",
    "deepseek",
    "exaone",
    "fair-",
    "falcon",
    "flux",
    "gemma",
    "glm-",
    "grok",
    "health-ai",
    "hunyuan",
    "internlm",
    "jamba",
    "llama",
    "ltx",
    "minimax",
    "mistral",
    "mnpl",
    "mrl",
    "modified-mit",
    "nvidia",
    "phi-",
    "qwen",
    "research",
    "sai-nc",
    "solar",
    "stabilityai",
    "stable",
    "tencent",
    "tii-",
    "tongyi",
    "upstage",
    "vicuna",
    "wan-",
    "yi-",
    "yuan",
];

/// Of an id of the Hub, in lower case, that is not on the SPDX list.
pub(super) fn of_hub_id(id: &str) -> Option<Terms> {
    if let "openmdw-1.0" | "openmdw-1.1" = id {
        return Some(open_mdw(id));
    }
    if let Some((_, restrictions, reason)) = HUB.iter().find(|(known, ..)| *known == id) {
        return Some(Terms::closed(id, restrictions.iter().copied(), reason));
    }
    let (_, restrictions, reason) = FAMILIES.iter().find(|(known, ..)| *known == id)?;
    let restrictions = restrictions.iter().copied().collect();
    Some(Terms { restrictions, ..Terms::unclear(id, reason) })
}

/// Of a reference to a licence that is not on the SPDX list.
pub(super) fn of_reference(name: &str) -> Terms {
    match name {
        "LicenseRef-OpenMDW-1.0" => open_mdw("openmdw-1.0"),
        "LicenseRef-OpenMDW-1.1" => open_mdw("openmdw-1.1"),
        _ => Terms::unclear(name, "terms of its own: its text decides"),
    }
}

/// The list has not taken it up in all versions.
fn open_mdw(id: &str) -> Terms {
    let name = id.replace("openmdw", "OpenMDW");
    let suits = [Content::Code, Content::Data, Content::Document].into();
    let reason = "permissive, and written for all parts of a model; the framework accepts it";
    Terms { open: Open::Yes, suits, ..Terms::unclear(&name, reason) }
}

/// Of the name that a publisher gives to terms of their own (`license_name` beside `license: other`).
pub(super) fn of_name(name: &str) -> Terms {
    let lower = name.trim().to_ascii_lowercase();
    match NAMES.iter().any(|known| lower.starts_with(known)) {
        true => Terms::closed(name.trim(), [Custom], "custom terms, on no list of open licences"),
        false => Terms {
            restrictions: [Custom].into(),
            ..Terms::unclear(name.trim(), "terms of its own: its text decides")
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_the_hub_is_judged() {
        let mut counts = [0; 3];
        for id in crate::license::IDS {
            let terms = Terms::of(id);
            counts[terms.open as usize] += 1;
            assert!(!terms.reason.is_empty(), "{id}");
            assert!(
                terms.open != Open::No || !terms.restrictions.is_empty(),
                "{id} has no reason that is told"
            );
            assert!(
                terms.open != Open::Yes || (terms.restrictions.is_empty() && !terms.suits.is_empty()),
                "{id}"
            );
        }
        assert_eq!(counts.iter().sum::<usize>(), crate::license::IDS.len());
    }

    #[test]
    fn names_of_own_terms_are_never_open() {
        for name in ["mrl", "Tongyi-Qianwen", "deepseek", "my-open-license", "mit", "Apache-2.0", ""] {
            assert_ne!(of_name(name).open, Open::Yes, "{name}");
        }
    }
}
