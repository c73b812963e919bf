//! Whether a revision stands in the log, as the page of its work says it.

use seedcorn_commons::log;

use super::head::Opened;
use super::show::{Count, When};
use super::visit::Visit;
use crate::api::ROOT;
use crate::app::App;
use crate::refuse::Answer;

/// What the log says of a revision of a work that everybody may see.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    /// Where it stands; none of a revision that was never the head of a branch while everybody could see it.
    pub(super) entry: Option<Entry>,
    /// What the log says of the work.
    pub(super) log: String,
}

/// Where a revision stands in the log.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) when: When,
    /// Its number, and where its proof is; none before a checkpoint covers it.
    pub(super) index: Option<(Count, String)>,
    /// How many saw that checkpoint, and how many are asked.
    pub(super) witnessed: (usize, usize),
}

/// What the log says of the revision that is shown; nothing of works that are private, of which it never speaks.
pub(crate) async fn of(app: &App, visit: &Visit, opened: &Opened) -> Answer<Option<Proven>> {
    if opened.head.private {
        return Ok(None);
    }
    let oid = opened.commit.oid.to_string();
    let placed = log::placed(&app.commons, &opened.grant, &oid).await?;
    let (kind, name) = (opened.head.kind.plural(), opened.head.full_name());
    let entry = placed.map(|placed| Entry {
        when: When { at: placed.at.unwrap_or(visit.now), now: visit.now },
        index: placed.index.map(|index| (Count(index), format!("{ROOT}/{kind}/{name}/proof/{oid}"))),
        witnessed: (placed.quorum.seen.len(), placed.quorum.of),
    });
    Ok(Some(Proven { entry, log: opened.head.urls.log() }))
}

#[cfg(test)]
impl Proven {
    /// Proven and witnessed, proven by the hub alone, about to be, and never logged.
    pub(crate) fn samples() -> [Proven; 4] {
        use super::samples::{href, when};
        let entry = |index, witnessed| Some(Entry { when: when(), index, witnessed });
        let covered = || Some((Count(1_234), href()));
        [entry(covered(), (2, 3)), entry(covered(), (0, 0)), entry(None, (0, 0)), None]
            .map(|entry| Proven { entry, log: href() })
    }
}
