//! What was found of each part of a release, and how sure that is. Values alone: whoever gathers them reads files, whoever
//! judges them reads nothing else.

use serde::{Deserialize, Serialize};

use super::component::Component;
use super::terms::Terms;

/// How sure something is; the surer, the greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The publisher's own list of parts says so, and nothing else.
    Claimed,
    /// A link, a mention, a field of metadata.
    Weak,
    /// A rule of path and content that rarely errs, or a repo of this hub at a commit.
    Strong,
    /// Bytes that were read here.
    Verified,
}

impl Level {
    /// Whether it is enough for what counts as confirmed.
    pub fn confirms(self) -> bool {
        self >= Level::Strong
    }

    /// As answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Claimed => "claimed",
            Level::Weak => "weak",
            Level::Strong => "strong",
            Level::Verified => "verified",
        }
    }
}

/// Whether a part is there. Nobody can see that something is nowhere, so the least of it is that it was not found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It was not found where it was looked for.
    NotFound,
    /// Some of it is there.
    Partial,
    /// It is there, for those who are let in.
    Restricted,
    /// It is part of a library that is named.
    ByReference,
    /// It is there.
    Present,
}

impl Presence {
    /// As answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Presence::NotFound => "not_found",
            Presence::Partial => "partial",
            Presence::Restricted => "restricted",
            Presence::ByReference => "by_reference",
            Presence::Present => "present",
        }
    }

    /// Whether everybody has all of it.
    pub fn is_whole(self) -> bool {
        matches!(self, Presence::Present | Presence::ByReference)
    }
}

/// Where something was seen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Another repo of the hub, as `models/ada/one`; none for the release itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repo: Option<String>,
    /// The commit of that other repo.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// The file; empty for the whole.
    pub path: String,
    /// The line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
}

impl Place {
    /// A file of the release.
    pub fn file(path: &str) -> Place {
        Place { path: path.to_owned(), ..Place::default() }
    }

    /// A line of a file of the release.
    pub fn line(path: &str, line: u32) -> Place {
        Place { line: Some(line), ..Place::file(path) }
    }
}

/// Letters of an excerpt.
const EXCERPT_CHARS_MAX: usize = 160;

/// Something that speaks for a part, or for its terms.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The rule by which it counts, such as `weights.header`.
    pub rule: String,
    /// How sure it is.
    pub level: Level,
    /// Where it was seen.
    pub place: Place,
    /// What was seen there, in short.
    pub excerpt: String,
    /// What tells the content of that file from others, where it is one of the release: with other content, it is other
    /// evidence.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub content: String,
}

impl Evidence {
    /// By a rule, at a place.
    pub fn new(rule: &str, level: Level, place: Place, seen: impl AsRef<str>) -> Evidence {
        let one_line: String = seen.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        let one_line: String = one_line.chars().filter(|letter| !letter.is_control()).collect();
        let excerpt = match one_line.char_indices().nth(EXCERPT_CHARS_MAX) {
            Some((end, _)) => format!("{}…", one_line.get(..end).unwrap_or_default()),
            None => one_line,
        };
        Evidence { rule: rule.to_owned(), level, place, excerpt, content: String::new() }
    }
}

/// The terms of a part, and where they are said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Licensing {
    /// What they come to.
    pub terms: Terms,
    /// Who says so; the surest decides.
    pub evidence: Vec<Evidence>,
    /// What they would be if it were made from nothing, where what it is made from grants less or is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub own: Option<Box<Licensing>>,
}

impl Licensing {
    /// Terms as somebody says them.
    pub fn new(terms: Terms, evidence: Vec<Evidence>) -> Licensing {
        Licensing { terms, evidence, own: None }
    }

    /// Writes down what they were before what it is made from is looked at.
    pub(super) fn keep_own(&mut self) {
        if self.own.is_none() {
            self.own = Some(Box::new(self.clone()));
        }
    }

    /// Whether what is said of them is sure enough.
    pub fn is_confirmed(&self) -> bool {
        self.evidence.iter().any(|one| one.level.confirms())
    }
}

/// What was found of a part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The part.
    pub component: Component,
    /// Whether it is there.
    pub presence: Presence,
    /// What speaks for it, the surest first.
    pub evidence: Vec<Evidence>,
    /// Its terms, if anybody names any.
    pub license: Option<Licensing>,
    /// Where it was looked for.
    pub searched: Vec<String>,
}

impl Finding {
    /// Of a part that was not found.
    pub fn none(component: Component, searched: &[&str]) -> Finding {
        let searched = searched.iter().map(|place| (*place).to_owned()).collect();
        Finding { component, presence: Presence::NotFound, evidence: Vec::new(), license: None, searched }
    }

    /// How sure it is that the part is there.
    pub fn level(&self) -> Option<Level> {
        self.evidence.iter().map(|one| one.level).max()
    }

    /// Whether it is there for everybody, and surely.
    pub fn is_confirmed(&self) -> bool {
        self.presence.is_whole() && self.level().is_some_and(Level::confirms)
    }
}

/// How much a remark weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Advice.
    Note,
    /// It makes something less sure.
    Warning,
    /// It keeps the release from the next class.
    Error,
}

/// What kind of thing a remark is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Code {
    /// A part was not found.
    #[serde(rename = "mof/missing")]
    Missing,
    /// A part is there in part.
    #[serde(rename = "mof/partial")]
    Partial,
    /// What speaks for a part is not enough.
    #[serde(rename = "mof/weak-evidence")]
    WeakEvidence,
    /// A part is there without terms.
    #[serde(rename = "license/unlicensed")]
    Unlicensed,
    /// Terms are not open.
    #[serde(rename = "license/not-open")]
    NotOpen,
    /// Terms cannot be judged.
    #[serde(rename = "license/unclear")]
    Unclear,
    /// Two places say two things of the same terms.
    #[serde(rename = "license/conflict")]
    Conflict,
    /// It claims more than what it is made from grants.
    #[serde(rename = "license/base-conflict")]
    BaseConflict,
    /// A known licence with words of its own around it.
    #[serde(rename = "license/extra-terms")]
    ExtraTerms,
    /// A licence that was written for other kinds of parts.
    #[serde(rename = "license/wrong-type")]
    WrongType,
    /// Given on request.
    #[serde(rename = "data/gated")]
    Gated,
    /// Data that are named, and not here.
    #[serde(rename = "data/unresolved")]
    Unresolved,
    /// A card that is a template, or says next to nothing.
    #[serde(rename = "card/template")]
    Template,
    /// Weights that cannot be read.
    #[serde(rename = "weights/unreadable")]
    Unreadable,
    /// The publisher's own list of parts is wrong.
    #[serde(rename = "claim/wrong")]
    WrongClaim,
    /// Not all was looked at.
    #[serde(rename = "grade/limits")]
    Limits,
}

impl Code {
    /// All of them.
    pub const ALL: [Code; 16] = [
        Code::Missing,
        Code::Partial,
        Code::WeakEvidence,
        Code::Unlicensed,
        Code::NotOpen,
        Code::Unclear,
        Code::Conflict,
        Code::BaseConflict,
        Code::ExtraTerms,
        Code::WrongType,
        Code::Gated,
        Code::Unresolved,
        Code::Template,
        Code::Unreadable,
        Code::WrongClaim,
        Code::Limits,
    ];

    /// What it is about, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Code::Missing => "A component was not found.",
            Code::Partial => "A component is there in part.",
            Code::WeakEvidence => "What speaks for a component is not enough.",
            Code::Unlicensed => "A component is there without terms.",
            Code::NotOpen => "The terms of a component are not open.",
            Code::Unclear => "Nobody can judge the terms of a component.",
            Code::Conflict => "Two places say two things of the same terms.",
            Code::BaseConflict => "A release claims more than what it is made from grants.",
            Code::ExtraTerms => "A known licence has words of its own around it.",
            Code::WrongType => "A licence was written for other kinds of components.",
            Code::Gated => "Files are given on request alone.",
            Code::Unresolved => "Something that the card names was not found here.",
            Code::Template => "A card is a template, or says next to nothing.",
            Code::Unreadable => "Weights cannot be read.",
            Code::WrongClaim => "The publisher's own list of components is wrong.",
            Code::Limits => "Not everything was looked at.",
        }
    }

    /// As reports spell it.
    pub fn word(self) -> &'static str {
        match self {
            Code::Missing => "mof/missing",
            Code::Partial => "mof/partial",
            Code::WeakEvidence => "mof/weak-evidence",
            Code::Unlicensed => "license/unlicensed",
            Code::NotOpen => "license/not-open",
            Code::Unclear => "license/unclear",
            Code::Conflict => "license/conflict",
            Code::BaseConflict => "license/base-conflict",
            Code::ExtraTerms => "license/extra-terms",
            Code::WrongType => "license/wrong-type",
            Code::Gated => "data/gated",
            Code::Unresolved => "data/unresolved",
            Code::Template => "card/template",
            Code::Unreadable => "weights/unreadable",
            Code::WrongClaim => "claim/wrong",
            Code::Limits => "grade/limits",
        }
    }
}

/// Something to be said of a release, with what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Remark {
    /// What it is about.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// The part, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub component: Option<Component>,
    /// What is so.
    pub text: String,
    /// What would mend it; empty if nothing would.
    pub fix: String,
    /// Where it is seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}
