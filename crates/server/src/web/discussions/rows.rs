//! What happened in a discussion, as its page shows it.

use seedcorn_commons::access::See;
use seedcorn_commons::discuss::{self, COMMENT, Event, LOCK, Place, Side, TITLE};
use seedcorn_commons::{Grant, Result};
use seedcorn_core::talk::SIGNS;
use serde_json::Value;

use super::{badge, said};
use crate::app::App;
use crate::place::segment;
use crate::web::show::{When, cut};
use crate::web::urls::{self, RepoUrls};
use crate::web::visit::Visit;

/// Bytes of HTML that the comments of a page may become.
const HTML_BYTES_MAX: usize = 70_000;
/// Characters of a comment for which a page has no room.
const CUT_CHARS: usize = 600;
/// Characters of a comment that is shown alone as it was written, where its HTML is too long for a page.
const PLAIN_CHARS: usize = 20_000;

/// A sign: itself, how many gave it, and whether the visitor did.
pub(crate) type SignRow = (String, u64, bool);

/// What a comment says.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// HTML.
    Html(String),
    /// Its beginning as it was written: the page has no room for more.
    Cut(String),
    /// It is hidden; what it says is for those alone who may show it again.
    Hidden(String, Option<String>),
}

/// A comment.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(super) text: Text,
    /// The Markdown, for whoever wrote it and is about to edit it.
    pub(super) source: Option<String>,
    pub(super) edited: Option<When>,
    /// The line that it is on: what it is called, and where it is shown.
    pub(super) line: Option<(String, String)>,
    pub(super) signs: Vec<SignRow>,
    /// Signs that the visitor can give.
    pub(super) more_signs: Vec<&'static str>,
    /// This comment alone.
    pub(super) alone: String,
    /// Where it is edited, for whoever wrote it.
    pub(super) edit: Option<String>,
    /// Whether the visitor may hide it, or show it again.
    pub(super) may_hide: bool,
    /// Whether the visitor may report it.
    pub(super) may_report: bool,
}

impl Comment {
    /// Whether it is hidden.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(self.text, Text::Hidden(..))
    }
}

/// What is shown of an event.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Comment(Box<Comment>),
    Title { from: String, to: String },
    Status { word: &'static str, class: &'static str },
    Lock { locked: bool },
}

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(super) id: String,
    pub(super) place: i64,
    pub(super) author: String,
    pub(super) author_page: String,
    pub(super) when: When,
    pub(super) what: What,
}

/// What the visitor may do with comments, and which of them they are about to edit.
#[derive(Clone, Copy, Debug)]
pub(super) struct May<'a> {
    pub(super) speak: bool,
    pub(super) editing: Option<&'a str>,
    /// One comment is shown alone, so that there is room for it.
    pub(super) alone: bool,
}

/// Events as rows.
pub(super) async fn rows(
    app: &App,
    visit: &Visit,
    grant: &Grant<See>,
    number: i64,
    (events, may): (Vec<Event>, May<'_>),
) -> Result<Vec<Row>> {
    let repo = grant.repo();
    let urls = urls::RepoUrls::new(repo.kind, &repo.full_name());
    let mut signs = discuss::signs(&app.commons, grant, number).await?;
    let comments = events.iter().filter(|event| event.kind == COMMENT);
    let texts = comments.map(|event| (format!("c{}", event.place), event.says.clone())).collect();
    let mut html = said::html(app, &urls, &visit.base, texts).await?.into_iter();
    let asker = visit.actor.as_ref().map(|actor| &actor.member);
    let mut left = HTML_BYTES_MAX;
    let rows = events.into_iter().map(|event| {
        let page = urls.discussion(number);
        let what = match event.kind.as_str() {
            COMMENT => {
                let html = html.next().unwrap_or_default();
                let own = asker == Some(&event.author) && may.speak;
                let is_edited = own && may.editing == Some(event.id.as_str());
                let given: Vec<SignRow> = signs.remove(&event.id).unwrap_or_default();
                let is_left = |sign: &&str| may.speak && !given.iter().any(|(one, ..)| one == sign);
                let more_signs = SIGNS.into_iter().filter(is_left).collect();
                What::Comment(Box::new(Comment {
                    text: text(grant, &event, html, (&mut left, may.alone)),
                    source: is_edited.then(|| event.says.clone()),
                    edited: event.edited.map(|at| When { at: seedcorn_core::time::Time(at), now: visit.now }),
                    line: Place::of(&event)
                        .map(|place| (called(&place), on_file(&urls, number, &place.path))),
                    signs: given,
                    more_signs,
                    alone: format!("{page}?only={}", event.place),
                    edit: own
                        .then(|| format!("{page}?only={}&edit={}#e{}", event.place, event.id, event.place)),
                    may_hide: may.speak && discuss::may_show(grant, &event),
                    may_report: may.speak && !own,
                }))
            }
            kind => other(kind, &event.says),
        };
        Row {
            author_page: urls::namespace(&event.name),
            id: event.id,
            place: event.place,
            author: event.name,
            when: When { at: event.created, now: visit.now },
            what,
        }
    });
    Ok(rows.collect())
}

/// Where the changes of one file are shown, with what was said of them.
pub(super) fn on_file(urls: &RepoUrls, number: i64, path: &str) -> String {
    format!("{}?path={}", urls.discussion_files(number), segment(path))
}

/// `weights.py, line 12`.
pub(super) fn called(place: &Place) -> String {
    let version = if place.side == Side::Old { " as it was" } else { "" };
    format!("{}{version}, line {}", cut(&place.path, 120), place.line)
}

fn other(kind: &str, says: &str) -> What {
    let says: Value = serde_json::from_str(says).unwrap_or_default();
    let word = |name: &str| says.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind {
        TITLE => What::Title { from: word("from"), to: word("to") },
        LOCK => What::Lock { locked: says.get("locked") == Some(&Value::Bool(true)) },
        _ => {
            let (word, class) = badge(&word("status"));
            What::Status { word, class }
        }
    }
}

/// What is shown of a comment, as long as the page has room.
fn text(grant: &Grant<See>, event: &Event, html: String, (left, alone): (&mut usize, bool)) -> Text {
    if let Some(by) = &event.hidden {
        let shown = discuss::may_show(grant, event).then(|| cut(&event.says, CUT_CHARS));
        return Text::Hidden(by.clone(), shown);
    }
    match left.checked_sub(html.len()) {
        Some(rest) => {
            *left = rest;
            Text::Html(html)
        }
        None => Text::Cut(cut(&event.says, if alone { PLAIN_CHARS } else { CUT_CHARS })),
    }
}

#[cfg(test)]
pub(super) fn samples() -> Vec<Row> {
    use crate::web::samples::{href, prose, text, when};
    let comment = |body, source: Option<String>, line| {
        What::Comment(Box::new(Comment {
            text: body,
            source,
            edited: Some(when()),
            line,
            signs: vec![("👍".into(), 2, true), ("👀".into(), 1, false)],
            more_signs: vec!["🎉"],
            alone: href(),
            edit: Some(href()),
            may_hide: true,
            may_report: true,
        }))
    };
    let html = || Text::Html(prose().among("c1").html);
    let all = [
        comment(html(), None, Some((text(), href()))),
        comment(Text::Cut(text()), Some(text()), None),
        comment(Text::Cut(text()), None, None),
        comment(Text::Hidden(text(), Some(text())), None, None),
        comment(Text::Hidden(text(), None), None, None),
        What::Title { from: text(), to: text() },
        What::Status { word: "Closed", class: "badge" },
        What::Lock { locked: true },
        What::Lock { locked: false },
    ];
    let row =
        |(place, what)| Row { id: text(), place, author: text(), author_page: href(), when: when(), what };
    (1..).zip(all).map(row).collect()
}
