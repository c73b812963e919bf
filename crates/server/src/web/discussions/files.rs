//! What a pull request brings: its commits, and what they change, with comments on lines.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use seedcorn_commons::discuss::{self, Event};
use seedcorn_commons::{Refusal, Result, changes as deeds};
use seedcorn_core::access::Action;
use seedcorn_core::limits;

use super::{badge, rows, said};
use crate::app::App;
use crate::hub::discussions::number;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::web::changes::{self, At, Changes, FileTalk, OnLine, Shown};
use crate::web::frame::{Frame, Here, Page};
use crate::web::head::{self, Head, Tab};
use crate::web::show::{Many, When, cut};
use crate::web::urls::{self, RepoUrls};
use crate::web::visit::Visit;

/// Commits that the page lists.
const COMMITS_SHOWN: usize = 30;
/// Bytes of HTML that comments on lines may become.
const HTML_BYTES_MAX: usize = 30_000;

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct CommitRow {
    title: String,
    href: String,
    oid: String,
    author: String,
    when: When,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "discussion_files.html")]
pub(crate) struct FilesPage {
    frame: Frame,
    head: Head,
    number: i64,
    title: String,
    here: String,
    badge: (&'static str, &'static str),
    commits: Vec<CommitRow>,
    /// Commits that are not listed, and where all of them are.
    more: Option<(String, String)>,
    changes: Changes,
}

/// `GET …/discussions/{number}/files`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<FilesPage>> {
    let (see, read) = changes::grants(&app, &place).await?;
    let number = number(&place)?;
    let row = discuss::get(&app.commons, &see, number).await?;
    let sides = discuss::sides(&app.commons, &see, &row).await?;
    let gone = || Refusal::NotFound(format!("discussion {number} is no pull request whose commits are here"));
    let sides = sides.ok_or_else(gone)?;
    let opened = head::open(&app, &visit, see, "main", Tab::Talk).await?;
    let (urls, grant, commons) = (&opened.head.urls, &opened.grant, &app.commons);
    let (all, whole) = discuss::commits(commons, grant, &sides).await?;
    let commits = all.iter().take(COMMITS_SHOWN).map(|commit| {
        let oid = commit.oid.to_string();
        CommitRow {
            title: cut(commit.title(), limits::LISTED_TITLE_CHARS),
            href: urls.commit(&oid),
            oid: oid[..7].to_owned(),
            author: commit.author.clone(),
            when: When { at: commit.at, now: visit.now },
        }
    });
    let rest = all.len().saturating_sub(COMMITS_SHOWN) as u64;
    let told = if whole { Many(rest, "more commit").to_string() } else { "more commits".to_owned() };
    let more = (rest > 0 || !whole).then(|| (told, urls.commits(&format!("refs/pr/{number}"), "")));
    let difference = deeds::between(commons, grant, sides.parted.as_ref(), &sides.head).await?;
    let (head, before) = (sides.head.oid.to_string(), sides.parted.as_ref().map(|at| at.oid.to_string()));
    let at = At {
        urls,
        here: urls.discussion_files(number),
        before: before.unwrap_or_default(),
        after: head.clone(),
    };
    let mut changes = changes::show(&app, (grant, read.as_ref()), &difference, &at, &query).await?;
    let on_lines = discuss::on_lines(commons, grant, number).await?;
    let speaks = grant.may(Action::Propose) && (!row.locked || grant.may(Action::Write));
    talk(&app, &visit, (urls, number), (&mut changes, on_lines), speaks.then_some(head)).await?;
    Ok(Page(FilesPage {
        commits: commits.collect(),
        more,
        here: urls.discussion(number),
        badge: badge(&row.status),
        frame: opened.frame(&visit, &format!("Files of #{number}")),
        number,
        title: row.title,
        changes,
        head: Head { at: None, ..opened.head },
    }))
}

/// Puts the comments on lines below the files that they are on, and a form for more.
async fn talk(
    app: &App,
    visit: &Visit,
    (urls, number): (&RepoUrls, i64),
    (changes, events): (&mut Changes, Vec<Event>),
    head: Option<String>,
) -> Result<()> {
    let shown = events.into_iter().filter(|event| event.hidden.is_none());
    // Those of files that are on other pages take no room here.
    let here: BTreeSet<&str> = changes.files.iter().map(|file| file.own_path.as_str()).collect();
    let placed = shown.filter_map(|event| Some((discuss::Place::of(&event)?, event)));
    let placed: Vec<(discuss::Place, Event)> =
        placed.filter(|(place, _)| here.contains(place.path.as_str())).collect();
    let texts = placed.iter().map(|(_, event)| (format!("c{}", event.place), event.says.clone())).collect();
    let html = said::html(app, urls, &visit.base, texts).await?;
    let mut by_path: BTreeMap<String, Vec<OnLine>> = BTreeMap::new();
    let mut left = HTML_BYTES_MAX;
    for ((place, event), html) in placed.into_iter().zip(html) {
        let fits = left.checked_sub(html.len());
        left = fits.unwrap_or(left);
        let alone = format!("{}?only={}", urls.discussion(number), event.place);
        by_path.entry(place.path.clone()).or_default().push(OnLine {
            place: event.place,
            line: rows::called(&place),
            author_page: urls::namespace(&event.name),
            author: event.name,
            when: When { at: event.created, now: visit.now },
            html: fits.map(|_| html),
            alone,
        });
    }
    for file in &mut changes.files {
        let comments = by_path.remove(&file.own_path).unwrap_or_default();
        let form = head.clone().filter(|_| matches!(file.shown, Shown::Lines(..)));
        if !comments.is_empty() || form.is_some() {
            let action = format!("{}/line", urls.discussion(number));
            file.talk = Some(FileTalk { comments, action, commit: form });
        }
    }
    Ok(())
}

#[cfg(test)]
impl FilesPage {
    /// With comments on lines, and without.
    pub(crate) fn samples() -> Vec<FilesPage> {
        use crate::web::samples::{OID, head, href, member, prose, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let line = |html| OnLine {
            place: 3,
            line: text(),
            author: text(),
            author_page: href(),
            when: when(),
            html,
            alone: href(),
        };
        let page = |frame, changes, more| FilesPage {
            frame,
            head: head(Model, Tab::Talk),
            number: 7,
            title: text(),
            here: href(),
            badge: badge("draft"),
            commits: vec![CommitRow {
                title: text(),
                href: href(),
                oid: OID[..7].into(),
                author: text(),
                when: when(),
            }],
            more,
            changes,
        };
        let [mut several, one] = Changes::samples();
        let html = prose().among("c3").html;
        let comments = vec![line(Some(html)), OnLine { place: 4, ..line(None) }];
        if let Some(file) = several.files.last_mut() {
            file.talk = Some(FileTalk { comments, action: href(), commit: Some(OID.into()) });
        }
        let here = Here::Kind(Model);
        vec![
            page(member(here), several, Some((Many(3, "more commit").to_string(), href()))),
            page(stranger(here), one, None),
        ]
    }
}
