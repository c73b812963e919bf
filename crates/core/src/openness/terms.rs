//! What a licence comes to: whether it is open, for what kind of part it is meant, and what it holds back. What is not
//! understood is never called open.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use spdx::expression::{ExprNode, Operator};
use spdx::{AdditionItem, Expression, LicenseId, LicenseItem, LicenseReq, ParseMode};

use super::component::Content;
use super::custom;
use super::open_ids::OPEN_DATA;

/// The version of what is known of licences: this table, and the SPDX list that it stands on.
pub const LICENSES_VERSION: &str = "2026-11 spdx-3.28";

/// Whether terms are open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// Anybody may use, change and share it, for any purpose.
    Yes,
    /// Nobody can tell from what is there.
    Unclear,
    /// They hold something back.
    No,
}

/// What terms hold back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// No commercial use, or research alone.
    NonCommercial,
    /// No changed versions.
    NoDerivatives,
    /// Some uses are forbidden, and that must be passed on.
    UseRestriction,
    /// Large users need another licence.
    UserThreshold,
    /// What it makes may not be used for something.
    OutputUse,
    /// Some fields or regions are left out.
    FieldOrRegion,
    /// Terms of its own.
    Custom,
    /// Nobody who keeps lists of open licences has it on theirs.
    NotRecognised,
    /// The publisher grants nothing.
    Undeclared,
}

/// What a licence, or several together, come to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// The licence: an SPDX expression, an id of the Hub, or a name.
    pub name: String,
    /// Whether they are open.
    pub open: Open,
    /// Kinds of parts they are written for; empty if nobody says.
    pub suits: BTreeSet<Content>,
    /// Whether what is made of it must be shared on the same terms.
    pub copyleft: bool,
    /// What they hold back.
    pub restrictions: BTreeSet<Restriction>,
    /// Why, in words for people.
    pub reason: String,
}

impl Terms {
    /// Of a licence as a card, a file's header or a claim names it: an id of the Hub in any case, an SPDX id, or an SPDX
    /// expression (SPDX 2.3, annex D).
    pub fn of(text: &str) -> Terms {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if let Some(terms) = custom::of_hub_id(&lower) {
            return terms;
        }
        if let Some(id) = crate::license::spdx_id(&lower).and_then(spdx::license_id) {
            return of_id(id);
        }
        match Expression::parse_mode(text, MODE) {
            Ok(expression) => of_expression(&expression),
            Err(_) => Terms::unclear(text, "this is no licence that the hub knows"),
        }
    }

    /// Of several licences that all hold; of none, nothing.
    pub fn of_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Terms> {
        texts.into_iter().map(Terms::of).reduce(Terms::and)
    }

    /// What nobody can judge by what is there.
    pub fn unclear(name: &str, reason: &str) -> Terms {
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect();
        Terms {
            name,
            open: Open::Unclear,
            suits: BTreeSet::new(),
            copyleft: false,
            restrictions: BTreeSet::new(),
            reason: reason.to_owned(),
        }
    }

    /// What holds something back.
    pub fn closed(name: &str, restrictions: impl IntoIterator<Item = Restriction>, reason: &str) -> Terms {
        let restrictions = restrictions.into_iter().collect();
        Terms { open: Open::No, restrictions, ..Terms::unclear(name, reason) }
    }

    /// Both hold.
    pub fn and(self, other: Terms) -> Terms {
        if self == other {
            return self;
        }
        Terms {
            name: format!("{} AND {}", self.name, other.name),
            open: self.open.max(other.open),
            suits: self.suits.intersection(&other.suits).copied().collect(),
            copyleft: self.copyleft || other.copyleft,
            restrictions: &self.restrictions | &other.restrictions,
            reason: both(self.reason, other.reason),
        }
    }

    /// Whoever takes it chooses one.
    fn or(self, other: Terms) -> Terms {
        let name = format!("{} OR {}", self.name, other.name);
        let suits = &self.suits | &other.suits;
        let (better, worse) = if self.open <= other.open { (self, other) } else { (other, self) };
        match better.open == worse.open {
            true => Terms {
                name,
                suits,
                copyleft: better.copyleft && worse.copyleft,
                restrictions: &better.restrictions | &worse.restrictions,
                reason: both(better.reason, worse.reason),
                ..better
            },
            false => Terms { name, ..better },
        }
    }

    /// The stricter of two, each as it is.
    pub fn stricter(self, other: Terms) -> Terms {
        if other.open > self.open { other } else { self }
    }

    /// Whether they are written for a kind of part; true where nobody says for which they are.
    pub fn suit(&self, content: Content) -> bool {
        self.suits.is_empty() || self.suits.contains(&content)
    }
}

/// Letters of a licence's name that are kept.
const NAME_CHARS_MAX: usize = 200;

/// Ids that the list once had still name what they named; what it never had names nothing.
const MODE: ParseMode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };

fn both(one: String, other: String) -> String {
    if one == other { one } else { format!("{one}; {other}") }
}

fn of_expression(expression: &Expression) -> Terms {
    let mut stack: Vec<Terms> = Vec::new();
    for node in expression.iter() {
        match node {
            ExprNode::Req(one) => stack.push(of_requirement(&one.req)),
            ExprNode::Op(operator) => {
                let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else { break };
                stack.push(match operator {
                    Operator::And => left.and(right),
                    Operator::Or => left.or(right),
                });
            }
        }
    }
    let name = expression.to_string();
    match stack.pop() {
        Some(terms) => Terms { name: name.chars().take(NAME_CHARS_MAX).collect(), ..terms },
        None => Terms::unclear(&name, "this is no licence that the hub knows"),
    }
}

fn of_requirement(one: &LicenseReq) -> Terms {
    let mut terms = match &one.license {
        LicenseItem::Spdx { id, .. } => of_id(*id),
        LicenseItem::Other(_) => custom::of_reference(&one.license.to_string()),
    };
    match &one.addition {
        None => terms,
        // The exceptions of the list only ever grant more.
        Some(AdditionItem::Spdx(_)) => {
            terms.name = one.to_string();
            terms
        }
        Some(AdditionItem::Other(_)) => {
            Terms::unclear(&one.to_string(), "nobody knows what is added to the licence")
        }
    }
}

/// Of an id of the SPDX list: open if the OSI approved it, the FSF calls it free, or lists of open data have it.
fn of_id(id: LicenseId) -> Terms {
    let open_data = OPEN_DATA.binary_search(&id.name).is_ok();
    let (osi, fsf) = (id.is_osi_approved(), id.is_fsf_free_libre());
    let named: [(bool, &str); 3] =
        [(osi, "OSI-approved"), (fsf, "free by the FSF"), (open_data, "on lists of licences for open data")];
    let reasons: Vec<&str> = named.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect();
    if reasons.is_empty() && id.name.starts_with("OpenMDW-") {
        return custom::of_hub_id(&id.name.to_ascii_lowercase()).unwrap_or_else(|| not_open(id.name));
    }
    if reasons.is_empty() {
        return not_open(id.name);
    }
    Terms {
        name: id.name.to_owned(),
        open: Open::Yes,
        suits: suits(id.name, osi || fsf, open_data),
        copyleft: id.is_copyleft() || id.name.contains("-SA-") || id.name.starts_with("ODbL"),
        restrictions: BTreeSet::new(),
        reason: reasons.join(", "),
    }
}

fn not_open(name: &str) -> Terms {
    let parts: Vec<&str> = name.split('-').collect();
    let (nc, nd) = (parts.contains(&"NC"), parts.contains(&"ND"));
    let creative = name.starts_with("CC-BY");
    match (creative && nc, creative && nd) {
        (true, true) => Terms::closed(
            name,
            [Restriction::NonCommercial, Restriction::NoDerivatives],
            "NonCommercial and NoDerivatives: no commercial use, and changed versions may not be shared",
        ),
        (true, false) => {
            Terms::closed(name, [Restriction::NonCommercial], "NonCommercial: no commercial use")
        }
        (false, true) => Terms::closed(
            name,
            [Restriction::NoDerivatives],
            "NoDerivatives: changed versions may not be shared",
        ),
        (false, false) => Terms::closed(
            name,
            [Restriction::NotRecognised],
            "neither approved by the OSI, nor free by the FSF, nor on lists of licences for open data",
        ),
    }
}

/// The kinds of parts that a licence of the list is written for.
fn suits(name: &str, software: bool, open_data: bool) -> BTreeSet<Content> {
    let creative = name.starts_with("CC-BY") || name == "CC0-1.0";
    let text = creative || name.starts_with("GFDL") || name == "Apache-2.0";
    let code = software && !(creative || open_data || name.starts_with("GFDL"));
    let holds = [(Content::Code, code), (Content::Data, open_data), (Content::Document, text)];
    holds.into_iter().filter(|(_, holds)| *holds).map(|(content, _)| content).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Open {
        Terms::of(text).open
    }

    #[test]
    fn ids_of_the_hub_and_of_the_list() {
        for text in
            ["apache-2.0", "Apache-2.0", "MIT", "cc-by-4.0", "CC-BY-SA-4.0", "pddl", "PDDL-1.0", "etalab-2.0"]
        {
            assert_eq!(open(text), Open::Yes, "{text}");
        }
        for text in
            ["GPL-3.0", "GPL-3.0-only", "gpl-3.0", "openmdw-1.0", "openmdw-1.1", "LicenseRef-OpenMDW-1.1"]
        {
            assert_eq!(open(text), Open::Yes, "{text}");
        }
        for text in [
            "cc-by-nc-4.0",
            "CC-BY-NC-4.0",
            "cc-by-nd-4.0",
            "llama3",
            "gemma",
            "c-uda",
            "BUSL-1.1",
            "lgpl-lr",
        ] {
            assert_eq!(open(text), Open::No, "{text}");
        }
        for text in
            ["", "Apache 2.0", "apache", "MIT-ish", "other", "unknown", "cc", "LicenseRef-mine", "MIT AND"]
        {
            assert_eq!(open(text), Open::Unclear, "{text}");
        }
    }

    #[test]
    fn expressions_are_judged_by_their_parts() {
        assert_eq!(open("MIT OR CC-BY-NC-4.0"), Open::Yes, "whoever takes it chooses");
        assert_eq!(open("MIT AND CC-BY-NC-4.0"), Open::No, "both hold");
        assert_eq!(open("MIT AND (CC-BY-NC-4.0 OR Apache-2.0)"), Open::Yes);
        assert_eq!(open("MIT AND LicenseRef-mine"), Open::Unclear);
        assert_eq!(open("GPL-2.0-only WITH Classpath-exception-2.0"), Open::Yes);
        assert_eq!(open("MIT WITH AdditionRef-no-weapons"), Open::Unclear);
        assert_eq!(open("Apache-2.0 WITH LLVM-exception OR MIT"), Open::Yes);
        let both = Terms::of("CC-BY-NC-4.0 AND CC-BY-ND-4.0");
        assert_eq!(both.restrictions, [Restriction::NonCommercial, Restriction::NoDerivatives].into());
    }

    #[test]
    fn several_in_a_card_all_hold() {
        assert_eq!(Terms::of_all(["mit", "cc-by-nc-4.0"]).map(|terms| terms.open), Some(Open::No));
        assert_eq!(Terms::of_all(["mit", "mit"]).map(|terms| terms.name), Some("MIT".to_owned()));
        assert_eq!(Terms::of_all([]), None);
    }

    #[test]
    fn licences_suit_what_they_were_written_for() {
        let suits = |text: &str| Terms::of(text).suits.into_iter().collect::<Vec<_>>();
        assert_eq!(suits("BSD-3-Clause"), [Content::Code]);
        assert_eq!(suits("GPL-3.0-only"), [Content::Code]);
        assert_eq!(suits("CC-BY-4.0"), [Content::Data, Content::Document]);
        assert_eq!(suits("ODC-By-1.0"), [Content::Data]);
        assert_eq!(suits("CC0-1.0"), [Content::Data, Content::Document]);
        assert_eq!(suits("apache-2.0"), [Content::Code, Content::Document]);
        assert_eq!(suits("GFDL-1.3-only"), [Content::Document]);
        assert_eq!(suits("OpenMDW-1.0").len(), 3);
    }
}
