//! What people say of single pieces of evidence: that one holds which no machine can be sure of, or that one does not. It is
//! signed, and it is evidence itself, shown as what it is.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::component::Component;
use super::finding::{Evidence, Finding, Level, Presence};
use crate::note::{BadNote, Note, VerifierKey};

/// What a review begins with.
const HEAD: &str = "seedcorn openness review v1";
/// Letters of a reason.
const REASON_CHARS_MAX: usize = 1000;

/// What somebody says of a piece of evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Review {
    /// The work, as `models/ada/one`.
    pub work: String,
    /// The component that it speaks for.
    pub component: Component,
    /// Which one, by its [`evidence_id`]: the review holds as long as the same is found.
    pub evidence: String,
    /// Whether it holds.
    pub accepts: bool,
    /// The day, as `2026-01-31`.
    pub date: String,
    /// Why, in a line.
    pub reason: String,
}

/// A review whose signature was verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reviewed {
    /// What it says.
    pub review: Review,
    /// The name of the key that signed it.
    pub reviewer: String,
}

/// Why a review does not count.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadReview {
    /// It is no signed note.
    #[error("this is no signed note: {0}")]
    Note(#[from] BadNote),
    /// Its text is no review.
    #[error("the note is no review: {0}")]
    Text(&'static str),
    /// No reviewer of this hub signed it.
    #[error("none of the reviewers here signed it")]
    Stranger,
}

/// What tells a piece of evidence from all others: the component, the rule, the place, what was seen there, and the content of
/// the file.
pub fn evidence_id(component: Component, evidence: &Evidence) -> String {
    let place = &evidence.place;
    let mut hash = Sha256::new();
    let line = place.line.map(|line| line.to_string()).unwrap_or_default();
    let (repo, commit) =
        (place.repo.as_deref().unwrap_or_default(), place.commit.as_deref().unwrap_or_default());
    let seen = [&evidence.excerpt, &evidence.content].map(String::as_str);
    for part in [component.name(), &evidence.rule, repo, commit, &place.path, &line, seen[0], seen[1]] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Review {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let word = if self.accepts { "accept" } else { "reject" };
        let reason = self.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        format!(
            "{HEAD}\n{}\n{}\n{}\n{word}\n{}\n{reason}\n",
            self.work,
            self.component.name(),
            self.evidence,
            self.date
        )
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// [`BadReview::Text`].
    pub fn read(text: &str) -> Result<Review, BadReview> {
        let lines: Vec<&str> = text.lines().collect();
        let &[HEAD, work, component, evidence, word, date, reason] = lines.as_slice() else {
            return Err(BadReview::Text("it has seven lines, of which the first says that it is a review"));
        };
        let component = Component::ALL
            .into_iter()
            .chain([Component::Provenance, Component::Structure])
            .find(|known| known.name() == component)
            .ok_or(BadReview::Text("there is no such component"))?;
        let accepts = match word {
            "accept" => true,
            "reject" => false,
            _ => return Err(BadReview::Text("it accepts or rejects")),
        };
        if evidence.len() != 64 || !evidence.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadReview::Text("a piece of evidence is named by 64 hexadecimal digits"));
        }
        if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            return Err(BadReview::Text("a reason has 1 to 1000 letters"));
        }
        let day = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !day {
            return Err(BadReview::Text("a day is written as 2026-01-31"));
        }
        Ok(Review {
            work: work.to_owned(),
            component,
            evidence: evidence.to_ascii_lowercase(),
            accepts,
            date: date.to_owned(),
            reason: reason.to_owned(),
        })
    }
}

/// Reads a signed review and finds out who signed it.
///
/// # Errors
/// [`BadReview`].
pub fn verified(note: &str, reviewers: &[VerifierKey]) -> Result<Reviewed, BadReview> {
    let note: Note = note.parse()?;
    let reviewer = reviewers.iter().find(|key| key.verifies(&note)).ok_or(BadReview::Stranger)?;
    Ok(Reviewed { review: Review::read(note.text())?, reviewer: reviewer.name().to_owned() })
}

/// Lets reviews of a work count; of several of one piece of evidence, the last. One whose evidence is not found says nothing.
pub fn apply(work: &str, findings: &mut [Finding], reviews: &[Reviewed]) {
    let reviews = reviews.iter().filter(|one| one.review.work.eq_ignore_ascii_case(work));
    for one in reviews {
        let wanted = |finding: &&mut Finding| finding.component == one.review.component;
        let Some(finding) = findings.iter_mut().find(wanted) else { continue };
        let component = finding.component;
        said(component, &mut finding.evidence, one);
        if let Some(license) = &mut finding.license {
            said(component, &mut license.evidence, one);
            // Terms for which nothing speaks any more are nobody's.
            if license.evidence.iter().all(|evidence| evidence.rule == REJECTED) {
                finding.license = None;
            }
        }
        if finding.evidence.iter().all(|evidence| evidence.rule == REJECTED) {
            finding.presence = Presence::NotFound;
        }
    }
}

const ACCEPTED: &str = "review.accepted";
const REJECTED: &str = "review.rejected";

fn said(component: Component, all: &mut Vec<Evidence>, one: &Reviewed) {
    let Some(at) = all.iter().position(|evidence| evidence_id(component, evidence) == one.review.evidence)
    else {
        return;
    };
    let Review { date, reason, .. } = &one.review;
    let text = format!("{}, {date}: {reason}", one.reviewer);
    let place = all[at].place.clone();
    match one.review.accepts {
        true => {
            all[at].level = all[at].level.max(Level::Weak);
            all.insert(0, Evidence::new(ACCEPTED, Level::Strong, place, text));
        }
        false => all[at] = Evidence::new(REJECTED, Level::Claimed, place, text),
    }
}
