//! What the text of a licence file was read as.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::custom;
use super::terms::{Open, Restriction, Terms};

/// A licence file as it was read.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct LicenseText {
    /// Ids of the SPDX list whose texts it holds; all of them hold.
    pub ids: Vec<String>,
    /// The terms of its own that its title says it is, by the Hub's id or a name.
    pub custom: Option<String>,
    /// Lines, counted from 1, with words that hold something back and that none of those texts has.
    pub extra: Vec<(u32, String)>,
    /// What a text that is none of the list says that it holds back; the lines are in `extra`.
    #[serde(default)]
    pub holds: BTreeSet<Restriction>,
}

impl LicenseText {
    /// What it comes to.
    pub fn terms(&self) -> Terms {
        if let Some(name) = &self.custom {
            return match custom::of_hub_id(name) {
                Some(terms) if terms.open != Open::Yes => terms,
                _ => Terms::closed(name, [Restriction::Custom], "custom terms, on no list of open licences"),
            };
        }
        let Some(terms) = Terms::of_all(self.ids.iter().map(String::as_str)) else {
            if let (false, Some((line, text))) = (self.holds.is_empty(), self.extra.first()) {
                let held = self.holds.iter().copied().chain([Restriction::Custom]);
                return Terms::closed(
                    "custom text",
                    held,
                    &format!("line {line} holds something back: {text}"),
                );
            }
            return Terms {
                restrictions: [Restriction::Custom].into(),
                ..Terms::unclear("custom text", "its text is none that the hub knows")
            };
        };
        match self.extra.first() {
            None => terms,
            Some((line, text)) => Terms {
                open: terms.open.max(Open::Unclear),
                restrictions: [Restriction::Custom].into_iter().chain(terms.restrictions).collect(),
                reason: format!("with words of its own, such as in line {line}: {text}"),
                name: format!("{} with extra terms", terms.name),
                ..terms
            },
        }
    }

    /// Whether a known licence stands in it with words of its own around it.
    pub fn has_extra(&self) -> bool {
        self.custom.is_none() && !self.ids.is_empty() && !self.extra.is_empty()
    }
}
