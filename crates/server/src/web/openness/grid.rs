//! The parts of a verdict as a table, each with what speaks for it, and where that is in the files.

use seedcorn_commons::access::See;
use seedcorn_commons::authorize;
use seedcorn_commons::grade::{self, Graded};
use seedcorn_core::openness::{
    Code, Component, Evidence, Grade, Level, Part, Place, Presence, Profile, Severity, Status, Verdict,
    report,
};
use seedcorn_core::repo::RepoKind;

use super::super::urls::RepoUrls;
use super::super::visit::Visit;
use super::{mark, repo_urls};
use crate::app::App;
use crate::refuse::Answer;

/// Pieces of evidence of a part that are shown; the API has them all.
const EVIDENCE_MAX: usize = 4;
/// Letters of a path that are shown, and bytes of one that is linked to.
const PATH_CHARS_MAX: usize = 80;
const LINKED_PATH_BYTES_MAX: usize = 300;
/// Letters of a licence's name.
const TERMS_CHARS_MAX: usize = 60;
/// Letters of a remark.
const REMARK_CHARS_MAX: usize = 400;
/// Remarks that are shown.
const REMARKS_MAX: usize = 20;

/// Something that speaks for a part.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(super) level: &'static str,
    /// The place in words, and where it is.
    pub(super) place: String,
    pub(super) href: Option<String>,
    pub(super) excerpt: String,
    pub(super) rule: String,
}

/// A part.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(super) anchor: String,
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) mark: (&'static str, &'static str, &'static str),
    pub(super) presence: String,
    pub(super) terms: String,
    pub(super) why_terms: String,
    pub(super) lines: Vec<Line>,
    pub(super) license: Vec<Line>,
    pub(super) searched: String,
}

/// The parts of a class.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) rows: Vec<Row>,
}

/// A remark.
#[derive(Clone, Debug)]
pub(crate) struct Remarked {
    pub(super) icon: &'static str,
    pub(super) code: &'static str,
    pub(super) text: String,
    pub(super) fix: String,
    pub(super) place: String,
    pub(super) href: Option<String>,
}

/// A repo that was looked at for it.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) commit: String,
    pub(super) tree: String,
    /// How open it is itself.
    pub(super) grade: String,
}

/// The place of a part on the page.
pub(super) fn anchor(component: Component) -> String {
    match component.id() {
        Some(id) => format!("c{id}"),
        None => format!("c-{}", component.name().to_lowercase()),
    }
}

pub(super) fn groups(verdict: &Verdict, urls: &RepoUrls, commit: &str) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    let mut last = None;
    for part in &verdict.parts {
        if last != Some(part.class) {
            last = Some(part.class);
            all.push(Group {
                title: report::label(verdict.profile, part.class).replace(" - ", ": "),
                note: note(verdict, part.class),
                rows: Vec::new(),
            });
        }
        if let Some(group) = all.last_mut() {
            group.rows.push(row(part, urls, commit));
        }
    }
    all
}

fn note(verdict: &Verdict, class: Grade) -> String {
    let of = |part: &&Part| part.class == class && part.required;
    let asked = verdict.parts.iter().filter(of).count();
    let done = verdict.parts.iter().filter(of).filter(|part| super::picture::sign(part) == 'o').count();
    let maybe = verdict.parts.iter().filter(of).filter(|part| super::picture::sign(part) == 'm').count();
    let told = match maybe {
        0 => format!("{done} of {asked} required confirmed"),
        maybe => format!("{done} of {asked} required confirmed, {maybe} possible"),
    };
    let is_there = |component| {
        let part = verdict.parts.iter().find(|part| part.component == component);
        part.is_some_and(|part| part.status == Status::Included)
    };
    let instead = is_there(Component::ResearchPaper) && !is_there(Component::TechnicalReport);
    let of_report = Grade::of(Some(Component::TechnicalReport.class()));
    match instead && class == of_report && verdict.profile != Profile::Data {
        true => format!("{told}; the paper stands in for the report"),
        false => told,
    }
}

/// An advice without the marks that Markdown has for what is to be typed.
pub(super) fn plain(advice: &str) -> String {
    advice.replace('`', "")
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn row(part: &Part, urls: &RepoUrls, commit: &str) -> Row {
    let lines = |all: &[Evidence]| all.iter().take(EVIDENCE_MAX).map(|one| line(one, urls, commit)).collect();
    let license = part.license.as_ref();
    Row {
        anchor: anchor(part.component),
        name: part.component.name(),
        required: part.required,
        mark: mark(part.status, part.possible, part.presence),
        presence: presence(part),
        terms: license.map_or(String::new(), |license| cut(&license.terms.name, TERMS_CHARS_MAX)),
        why_terms: license.map_or(String::new(), |license| cut(&license.terms.reason, REMARK_CHARS_MAX)),
        lines: lines(&part.evidence),
        license: license.map_or(Vec::new(), |license| lines(&license.evidence)),
        searched: part.searched.join("; "),
    }
}

fn presence(part: &Part) -> String {
    let paths: std::collections::BTreeSet<(&Option<String>, &str)> =
        part.evidence.iter().map(|one| (&one.place.repo, one.place.path.as_str())).collect();
    match part.presence {
        Presence::NotFound => "not found".to_owned(),
        Presence::Partial => "in part".to_owned(),
        Presence::Restricted => "on request".to_owned(),
        Presence::ByReference => "by reference".to_owned(),
        Presence::Present => match part.evidence.first() {
            Some(first) if paths.len() < 2 => cut(&report::place(&first.place), PATH_CHARS_MAX),
            _ => format!("{} places", paths.len()),
        },
    }
}

fn line(one: &Evidence, urls: &RepoUrls, commit: &str) -> Line {
    let level = match one.level {
        _ if one.rule.starts_with("review.") => "Reviewed",
        Level::Verified => "Verified",
        Level::Strong => "Strong",
        Level::Weak => "Weak",
        Level::Claimed => "Claimed",
    };
    let folder = one.rule == "checkpoint.weights";
    Line {
        level,
        place: cut(&report::place(&one.place), PATH_CHARS_MAX),
        href: link(&one.place, folder, urls, commit),
        excerpt: one.excerpt.clone(),
        rule: one.rule.clone(),
    }
}

/// Where a place is, at the commit that was graded.
fn link(place: &Place, folder: bool, urls: &RepoUrls, commit: &str) -> Option<String> {
    let (urls, commit) = match (&place.repo, &place.commit) {
        (None, _) => (urls.clone(), commit.to_owned()),
        (Some(repo), Some(commit)) => (repo_urls(repo)?, commit.clone()),
        (Some(repo), None) => return Some(repo_urls(repo)?.card().to_owned()),
    };
    match place.path.as_str() {
        "" if place.repo.is_some() => Some(urls.tree(&commit, "")),
        path if path.is_empty() || path.len() > LINKED_PATH_BYTES_MAX => None,
        path if folder => Some(urls.tree(&commit, path)),
        path => Some(match place.line {
            // Markdown is shown as people read it unless its text is asked for.
            Some(line) if path.to_ascii_lowercase().ends_with(".md") => {
                format!("{}?as=text#L{line}", urls.blob(&commit, path))
            }
            Some(line) => format!("{}#L{line}", urls.blob(&commit, path)),
            None => urls.blob(&commit, path),
        }),
    }
}

/// Remarks that do not stand in the table already, and how many more there are.
pub(super) fn remarks(verdict: &Verdict, urls: &RepoUrls, commit: &str) -> (Vec<Remarked>, usize) {
    let told: Vec<_> = verdict
        .remarks
        .iter()
        .filter(|remark| !matches!(remark.code, Code::Missing | Code::Unlicensed))
        .collect();
    let more = told.len().saturating_sub(REMARKS_MAX);
    let remarked = told.into_iter().take(REMARKS_MAX).map(|remark| Remarked {
        icon: match remark.severity {
            Severity::Error => "stop",
            Severity::Warning => "warn",
            Severity::Note => "info",
        },
        code: remark.code.word(),
        text: format!("{}.", cut(&remark.text, REMARK_CHARS_MAX).trim_end_matches('.')),
        fix: plain(&remark.fix),
        place: remark
            .place
            .as_ref()
            .map_or(String::new(), |place| cut(&report::place(place), PATH_CHARS_MAX)),
        href: remark.place.as_ref().and_then(|place| link(place, false, urls, commit)),
    });
    (remarked.collect(), more)
}

/// Repos that were looked at, as far as the visitor may see them now, with how open each is itself.
pub(super) async fn elsewhere(app: &App, visit: &Visit, graded: &Graded) -> Answer<Vec<Elsewhere>> {
    let mut all = Vec::new();
    for (repo, commit) in &graded.linked {
        let (Some(urls), Some((kind, name))) = (repo_urls(repo), repo.split_once('/')) else { continue };
        let kind = RepoKind::from_plural(kind).unwrap_or(RepoKind::Model);
        let Ok(grant) = authorize::<See>(&app.commons, visit.actor.as_ref(), kind, name).await else {
            continue;
        };
        let card = seedcorn_commons::repo::card(&app.commons, &grant).await?;
        let grade = card.openness.map(grade::grade_of);
        all.push(Elsewhere {
            name: repo.clone(),
            href: urls.card().to_owned(),
            tree: urls.tree(commit, ""),
            commit: commit.chars().take(7).collect(),
            grade: grade.map_or(String::new(), |grade| report::grade(grade).to_owned()),
        });
    }
    Ok(all)
}

#[cfg(test)]
pub(super) fn samples() -> Vec<Group> {
    use super::super::samples::{href, text};
    let line = |href| Line { level: "Strong", place: text(), href, excerpt: text(), rule: text() };
    let row = |required| Row {
        anchor: "c9".to_owned() + if required { "" } else { "0" },
        name: "Model architecture",
        required,
        mark: ("Confirmed", "v-ok", "ic-ok"),
        presence: text(),
        terms: if required { text() } else { String::new() },
        why_terms: text(),
        lines: if required { vec![line(Some(href())), line(None)] } else { Vec::new() },
        license: if required { vec![line(Some(href()))] } else { Vec::new() },
        searched: text(),
    };
    vec![Group { title: text(), note: text(), rows: vec![row(true), row(false)] }]
}

#[cfg(test)]
pub(super) fn remark_samples() -> Vec<Remarked> {
    use super::super::samples::{href, text};
    let remark = |href| Remarked {
        icon: "warn",
        code: "license/conflict",
        text: text(),
        fix: text(),
        place: text(),
        href,
    };
    vec![remark(Some(href())), remark(None)]
}

#[cfg(test)]
pub(super) fn elsewhere_samples() -> Vec<Elsewhere> {
    use super::super::samples::{href, text};
    let one = |grade| Elsewhere { name: text(), href: href(), commit: text(), tree: href(), grade };
    vec![one(text()), one(String::new())]
}
