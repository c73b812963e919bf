//! How the openness of a work came to be: the revisions that were graded, and what became of it.

use seedcorn_commons::grade::{self, Graded};
use seedcorn_commons::publish::refs::{self, From};
use seedcorn_core::openness::{Difference, What, report};
use seedcorn_core::time::Time;

use super::super::head::Opened;
use super::super::show::When;
use super::picture::{self, Kernel};
use crate::app::App;
use crate::refuse::Answer;

/// Revisions that are shown.
const COLUMNS_MAX: usize = 10;
/// Commits among which graded ones are looked for.
const LOOKED_MAX: usize = 60;
/// What became of it: so much is shown.
const SEEN_MAX: usize = 12;

/// A revision that was graded.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(super) date: String,
    pub(super) short: String,
    pub(super) href: String,
    pub(super) grade: &'static str,
    pub(super) kernels: Vec<Kernel>,
    pub(super) told: String,
    pub(super) here: bool,
}

/// Something that became of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(super) when: When,
    pub(super) worse: bool,
    pub(super) text: String,
    pub(super) short: String,
    pub(super) href: String,
}

/// The newest graded revisions of the branch, the oldest first; none if there is but the one at hand.
pub(super) async fn columns(app: &App, opened: &Opened, here: &Graded) -> Answer<Vec<Column>> {
    let start = From::Revision(opened.head.revision(), 0);
    let page = refs::history(&app.commons, &opened.grant, start, LOOKED_MAX).await?;
    let oids: Vec<_> = page.commits.iter().map(|commit| commit.oid).collect();
    let briefs = grade::briefs(&app.commons, &opened.grant, &oids).await?;
    let known = page.commits.iter().filter(|commit| briefs.iter().any(|(oid, _)| *oid == commit.oid));
    let mut columns = Vec::new();
    for commit in known.take(COLUMNS_MAX) {
        let Some(graded) = grade::known(&app.commons, &opened.grant, &commit.oid).await? else { continue };
        let (verdict, oid) = (graded.usual(), commit.oid.to_string());
        columns.push(Column {
            date: commit.at.date(),
            short: oid.chars().take(7).collect(),
            href: opened.head.urls.openness(&oid),
            grade: report::grade(verdict.confirmed),
            kernels: picture::kernels(&verdict),
            told: picture::told(&verdict),
            here: commit.oid == here.commit,
        });
    }
    columns.reverse();
    Ok(if columns.len() < 2 { Vec::new() } else { columns })
}

/// The newest of what became of it.
pub(super) async fn seen(app: &App, opened: &Opened, now: Time) -> Answer<Vec<Seen>> {
    let events = grade::events(&app.commons, &opened.grant, SEEN_MAX).await?;
    let seen = events.into_iter().map(|event| {
        let oid = event.commit.to_string();
        Seen {
            when: When { at: event.at, now },
            worse: event.difference.is_worse(),
            text: text(&event.difference, event.was == event.commit),
            short: oid.chars().take(7).collect(),
            href: opened.head.urls.openness(&oid),
        }
    });
    Ok(seen.collect())
}

/// What became of it, in a sentence or two.
pub(crate) fn text(difference: &Difference, elsewhere: bool) -> String {
    let mut parts = Vec::new();
    if difference.before != difference.after {
        let (before, after) = (report::grade(difference.before), report::grade(difference.after));
        parts.push(format!("{before} became {after}"));
    }
    for change in &difference.changes {
        let name = change.component.name();
        parts.push(match (change.what, change.relicensed()) {
            (What::Lost | What::Relicensed, Some((before, after))) => {
                format!("{name}: {before} became {after}")
            }
            (What::Lost, None) => format!("{name} was lost"),
            (What::Relicensed, None) => format!("{name} has other terms"),
            (What::Weakened, _) => format!("less speaks for {name}"),
            (What::Strengthened, _) => format!("more speaks for {name}"),
            (What::Gained, _) => format!("{name} came to it"),
        });
    }
    let why = if elsewhere { " by a change elsewhere" } else { "" };
    format!("{}{why}.", parts.join("; "))
}

#[cfg(test)]
pub(super) fn column_samples() -> Vec<Column> {
    use super::super::samples::{href, text};
    let column = |here| Column {
        date: text(),
        short: text(),
        href: href(),
        grade: "Class III",
        kernels: picture::samples(),
        told: text(),
        here,
    };
    vec![column(false), column(true)]
}

#[cfg(test)]
pub(super) fn seen_samples() -> Vec<Seen> {
    use super::super::samples::{href, text, when};
    let seen = |worse| Seen { when: when(), worse, text: text(), short: text(), href: href() };
    vec![seen(true), seen(false)]
}
