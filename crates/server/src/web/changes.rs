//! What differs between two revisions, as pages show it: files with their lines or tensors, as much as a page may hold.

use seedcorn_commons::access::{Grant, Read, See};
use seedcorn_commons::browse::Entry;
use seedcorn_commons::changes::{self, Change, Counts, Detail, Difference, Effort, Fate, Tensors, What, Why};
use seedcorn_commons::{Refusal, Result};

use super::diff::{self, Table};
use super::show::{Bytes, Count, Many, When};
use super::urls::RepoUrls;
use crate::app::App;
use crate::place::{Place, Query, segment};
use crate::refuse::Answer;

/// Bytes of HTML that lines and tensors may become: no page is to be larger than 150 kB.
const DETAIL_HTML_BYTES_MAX: usize = 80_000;
/// Bytes of HTML that the names of files may become.
const NAMES_HTML_BYTES_MAX: usize = 50_000;
/// Bytes of HTML around each file, and times that its path stands in it.
const FILE_HTML: (usize, usize) = (700, 8);
/// Files of which a page tells more than sizes.
const DETAILS_MAX: usize = 20;
/// Characters of a tensor's name that are shown.
const NAME_CHARS_MAX: usize = 120;

/// What is told of a file beyond its sizes.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Lines, and whether some are left out.
    Lines(Table, bool),
    /// Tensors, and whether some are left out.
    Tensors(Vec<TensorRow>, bool),
    /// A sentence.
    Note(String),
    /// Nothing on this page: there is one for the file alone.
    Alone,
}

/// A tensor.
#[derive(Debug)]
pub(crate) struct TensorRow {
    pub(crate) name: String,
    pub(crate) fate: &'static str,
    /// Dtype and shape, those before and after if they differ.
    pub(crate) form: String,
    pub(crate) size: Bytes,
}

/// A file that differs.
#[derive(Debug)]
pub(crate) struct FileChange {
    pub(crate) path: String,
    /// The same as the repo spells it, not made visible.
    pub(crate) own_path: String,
    /// `Added`.
    pub(crate) word: &'static str,
    /// Where it was.
    pub(crate) from: Option<String>,
    /// The file's page, at the newer revision unless it is gone there.
    pub(crate) href: String,
    /// This page with nothing but this file.
    pub(crate) alone: String,
    /// Its size, those before and after if they differ.
    pub(crate) size: String,
    /// The change in figures.
    pub(crate) summary: String,
    pub(crate) shown: Shown,
    /// What is said about its lines, where they are talked about.
    pub(crate) talk: Option<FileTalk>,
}

/// What is said about the lines of a file.
#[derive(Debug)]
pub(crate) struct FileTalk {
    pub(crate) comments: Vec<OnLine>,
    /// Where a comment is sent.
    pub(crate) action: String,
    /// The commit whose lines are shown, for those who may say something about them.
    pub(crate) commit: Option<String>,
}

/// A comment on a line.
#[derive(Debug)]
pub(crate) struct OnLine {
    /// Its place among all that happened.
    pub(crate) place: i64,
    /// What the line is called.
    pub(crate) line: String,
    pub(crate) author: String,
    pub(crate) author_page: String,
    pub(crate) when: When,
    /// What it says; nothing where the page has no room.
    pub(crate) html: Option<String>,
    /// The comment alone.
    pub(crate) alone: String,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) summary: String,
    pub(crate) files: Vec<FileChange>,
    /// The next page.
    pub(crate) next: Option<String>,
    /// The page with all files, if only one is shown.
    pub(crate) all: Option<String>,
}

/// Where a page of changes is, and the two revisions that it compares, for links.
#[derive(Debug)]
pub(crate) struct At<'a> {
    pub(crate) urls: &'a RepoUrls,
    pub(crate) here: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// The grant to see a repo, and the one to read its files if the visitor has it.
pub(crate) async fn grants(app: &App, place: &Place) -> Answer<(Grant<See>, Option<Grant<Read>>)> {
    match place.grant::<Read>(app).await {
        Ok(read) => Ok((read.lower::<See>().ok_or(Refusal::Unseen)?, Some(read))),
        Err(failure) if matches!(failure.0, Refusal::Gated { .. }) => {
            Ok((place.grant::<See>(app).await?, None))
        }
        Err(failure) => Err(failure),
    }
}

/// Shows a page of a difference, or the one file that the query asks for.
pub(crate) async fn show(
    app: &App,
    (see, read): (&Grant<See>, Option<&Grant<Read>>),
    difference: &Difference,
    at: &At<'_>,
    query: &Query,
) -> Result<Changes> {
    let commons = &app.commons;
    let (mut found, mut next) = match query.get("path") {
        Some(path) => (difference.find(commons, see, path).await?, None),
        None => {
            let page = difference.page(commons, see, query.get("after")).await?;
            (page.files, page.next)
        }
    };
    let mut names = 0;
    let mut fits = |change: &Change| {
        names += FILE_HTML.0 + FILE_HTML.1 * change.path.len();
        names <= NAMES_HTML_BYTES_MAX
    };
    let count = found.iter().take_while(|change| fits(change)).count().max(1);
    if count < found.len() {
        found.truncate(count);
        next = found.last().map(|change| change.path.clone());
    }
    let alone = query.get("path").is_some();
    let mut budget =
        Budget { html: DETAIL_HTML_BYTES_MAX, files: DETAILS_MAX, effort: Effort::default(), alone };
    let mut files = Vec::with_capacity(found.len());
    for change in found {
        files.push(file(app, read, at, change, &mut budget).await?);
    }
    Ok(Changes {
        summary: summary(difference.counts(), difference.is_whole()),
        files,
        next: next.map(|next| format!("{}?after={}", at.here, segment(&next))),
        all: alone.then(|| at.here.clone()),
    })
}

/// What a page may still hold and cost.
struct Budget {
    html: usize,
    files: usize,
    effort: Effort,
    alone: bool,
}

fn summary(counts: Counts, whole: bool) -> String {
    let Counts { added, removed, changed, renamed } = counts;
    let sorts = [(added, "added"), (removed, "removed"), (changed, "changed"), (renamed, "renamed")];
    let told: Vec<String> =
        sorts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let all = Many((added + removed + changed + renamed) as u64, "file");
    match (told.is_empty(), whole) {
        (true, _) => "No file differs.".into(),
        (false, true) => format!("{all}: {}.", told.join(", ")),
        (false, false) => format!("More files than are compared here. The first {all}: {}.", told.join(", ")),
    }
}

async fn file(
    app: &App,
    read: Option<&Grant<Read>>,
    at: &At<'_>,
    change: Change,
    budget: &mut Budget,
) -> Result<FileChange> {
    let (summary, shown) = match read {
        None => (String::new(), Shown::Note("Its content is shown to those who may read the files.".into())),
        Some(_) if budget.files == 0 || budget.html == 0 => (String::new(), Shown::Alone),
        Some(read) => {
            budget.files -= 1;
            let detail = changes::detail(&app.commons, read, &change, &mut budget.effort).await?;
            described(detail, &change, budget)
        }
    };
    let href = match change.after {
        Some(_) => at.urls.blob(&at.after, &change.path),
        None => at.urls.blob(&at.before, &change.path),
    };
    let moved = change.before.as_ref().filter(|_| change.what == What::Renamed);
    Ok(FileChange {
        word: match change.what {
            What::Added => "Added",
            What::Removed => "Removed",
            What::Changed => "Changed",
            What::Renamed => "Renamed",
        },
        from: moved.map(|entry| diff::visible(&entry.path)),
        href,
        alone: format!("{}?path={}", at.here, segment(&change.path)),
        size: size(change.before.as_ref(), change.after.as_ref()),
        summary,
        shown,
        talk: None,
        path: diff::visible(&change.path),
        own_path: change.path,
    })
}

fn size(before: Option<&Entry>, after: Option<&Entry>) -> String {
    match (before.map(|entry| entry.bytes), after.map(|entry| entry.bytes)) {
        (Some(before), Some(after)) if before != after => format!("{} → {}", Bytes(before), Bytes(after)),
        (before, after) => Bytes(after.or(before).unwrap_or_default()).to_string(),
    }
}

/// A change in figures, and as much of it as the page may still hold.
fn described(detail: Detail, change: &Change, budget: &mut Budget) -> (String, Shown) {
    match detail {
        Detail::Sizes(why) => (String::new(), Shown::Note(note(why, change))),
        Detail::Tensors(tensors) => {
            let summary = tensors_summary(&tensors);
            let rows = tensors.changes.len();
            let told: usize = tensors.counts.iter().filter(|(f, _)| **f != Fate::Same).map(|(_, n)| n).sum();
            let all: Vec<TensorRow> = tensors.changes.into_iter().map(row).collect();
            let fits: Vec<TensorRow> = all
                .into_iter()
                .map_while(|row| {
                    let cost = 6 * (row.name.len() + row.form.len()) + 120;
                    budget.html.checked_sub(cost).map(|rest| {
                        budget.html = rest;
                        row
                    })
                })
                .collect();
            let more = fits.len() < told;
            if fits.len() < rows {
                budget.html = 0;
            }
            (summary, Shown::Tensors(fits, more))
        }
        Detail::Lines(lines) => {
            let (added, removed) = (lines.added as u64, lines.removed as u64);
            let summary = match (added, removed) {
                (0, 0) => String::new(),
                (_, 0) => format!("{} added", Many(added, "line")),
                (0, _) => format!("{} removed", Many(removed, "line")),
                _ => format!("{} added, {} removed", Many(added, "line"), Count(removed)),
            };
            if added + removed == 0 {
                return (summary, Shown::Note("It is empty.".into()));
            }
            let more = lines.more;
            let (table, cut) = diff::table(lines, &mut budget.html);
            match table.hunks.is_empty() && !budget.alone {
                true => (summary, Shown::Alone),
                false => (summary, Shown::Lines(table, more || cut)),
            }
        }
    }
}

fn note(why: Why, change: &Change) -> String {
    match why {
        Why::SameContent if change.what == What::Renamed => "The content is the same.".into(),
        Why::SameContent => "The content is the same; whether it may be run is not.".into(),
        Why::NotText => "It is not text.".into(),
        Why::TooLarge => "It is too large to be compared here.".into(),
        Why::Submodule => "It stands for a commit of another repo.".into(),
        Why::Unreadable(why) => format!("Its tensors cannot be compared: {why}."),
    }
}

/// `1 tensor changed, 35 unchanged, 2 added.`
fn tensors_summary(tensors: &Tensors) -> String {
    let sorts = [
        (Fate::Changed, "changed"),
        (Fate::Same, "unchanged"),
        (Fate::Added, "added"),
        (Fate::Removed, "removed"),
        (Fate::Reshaped, "reshaped"),
        (Fate::MayDiffer, "may differ"),
    ];
    let count = |fate: Fate| tensors.counts.get(&fate).copied().unwrap_or_default() as u64;
    let told = sorts.iter().filter(|(fate, _)| count(*fate) > 0 || *fate == Fate::Changed);
    let mut words: Vec<String> = told
        .enumerate()
        .map(|(n, (fate, word))| match n {
            0 => format!("{} {word}", Many(count(*fate), "tensor")),
            _ => format!("{} {word}", count(*fate)),
        })
        .collect();
    if tensors.metadata {
        words.push("metadata changed".into());
    }
    words.join(", ")
}

fn row(change: changes::TensorChange) -> TensorRow {
    let short = |text: &str, most: usize| {
        let mut shown: String = text.chars().take(most).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        diff::visible(&shown)
    };
    let form = match (change.before, change.after) {
        (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
        (before, after) => after.or(before).unwrap_or_default(),
    };
    TensorRow {
        name: short(&change.name, NAME_CHARS_MAX),
        fate: match change.fate {
            Fate::Added => "added",
            Fate::Removed => "removed",
            Fate::Reshaped => "reshaped",
            Fate::Changed => "changed",
            Fate::MayDiffer => "may differ",
            Fate::Same => "unchanged",
        },
        form: short(&form, NAME_CHARS_MAX),
        size: Bytes(change.bytes),
    }
}

#[cfg(test)]
impl Changes {
    /// A page of files in all the ways that a file is told of, and the page of one file alone.
    pub(crate) fn samples() -> [Changes; 2] {
        use super::samples::{HOSTILE, href, text};
        let tensor = || TensorRow { name: text(), fate: HOSTILE, form: text(), size: Bytes(4200) };
        let file = |shown| FileChange {
            path: text(),
            word: HOSTILE,
            from: Some(text()),
            href: href(),
            alone: href(),
            size: text(),
            summary: text(),
            shown,
            own_path: text(),
            talk: None,
        };
        let files = || {
            let all = [
                Shown::Note(text()),
                Shown::Alone,
                Shown::Tensors(vec![tensor(), tensor()], true),
                Shown::Tensors(Vec::new(), false),
                Shown::Lines(Table::sample(), true),
                Shown::Lines(Table::sample(), false),
            ];
            all.into_iter().map(file).collect()
        };
        [
            Changes { summary: text(), files: files(), next: Some(href()), all: None },
            Changes { summary: text(), files: files(), next: None, all: Some(href()) },
        ]
    }
}
