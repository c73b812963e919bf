//! What happened in a discussion, as the clients read it.

use std::collections::BTreeMap;

use seedcorn_commons::access::See;
use seedcorn_commons::discuss::{self, COMMENT, Event, LOCK, Past, Place, Side, Sides, Signs, TITLE};
use seedcorn_commons::{Grant, Result};
use seedcorn_core::limits;
use seedcorn_wire::hub::{self as wire, Author, Comment, EventData, OnLine, Reaction, Version};
use serde_json::Value;

use crate::app::App;
use crate::web::discussions::said;
use crate::web::urls::RepoUrls;

/// What stands in the place of a hidden comment.
const HIDDEN: &str = "This comment has been hidden";

/// All that happened, in order, with the commits of a pull request among it.
pub(super) async fn all(
    app: &App,
    grant: &Grant<See>,
    row: &discuss::Discussion,
    (sides, site): (Option<&Sides>, &str),
) -> Result<Vec<wire::Event>> {
    let events = discuss::events(&app.commons, grant, row.number, 0, limits::DISCUSSION_EVENTS_MAX).await?;
    let told = told(app, grant, row.number, (&events, site)).await?;
    let Some(sides) = sides else { return Ok(told) };
    let (mut commits, _) = discuss::commits(&app.commons, grant, sides).await?;
    let mut all = Vec::with_capacity(told.len() + commits.len());
    let mut told = told.into_iter().zip(&events).peekable();
    // Commits bear the time that whoever made them says: each comes as early as it can, and none before the opening.
    all.extend(told.next().map(|(first, _)| first));
    while let Some(commit) = commits.pop() {
        while let Some((event, _)) = told.next_if(|(_, event)| event.created < commit.at) {
            all.push(event);
        }
        all.push(wire::Event {
            id: commit.oid.to_string(),
            r#type: "commit",
            created_at: commit.at.to_string(),
            author: Author::new(&commit.author),
            data: EventData::Commit { subject: commit.title().to_owned(), oid: commit.oid.to_string() },
        });
    }
    all.extend(told.map(|(event, _)| event));
    Ok(all)
}

/// One event.
pub(super) async fn one(
    app: &App,
    grant: &Grant<See>,
    number: i64,
    (event, site): (Event, &str),
) -> Result<Option<wire::Event>> {
    Ok(told(app, grant, number, (&[event], site)).await?.pop())
}

async fn told(
    app: &App,
    grant: &Grant<See>,
    number: i64,
    (events, site): (&[Event], &str),
) -> Result<Vec<wire::Event>> {
    let past = discuss::past(&app.commons, grant, events).await?;
    let signs = discuss::signs(&app.commons, grant, number).await?;
    let repo = grant.repo();
    let urls = RepoUrls::new(repo.kind, &repo.full_name());
    let comments = events.iter().filter(|event| event.kind == COMMENT);
    let texts = comments.map(|event| (event.place.to_string(), text(event).to_owned())).collect();
    let mut html = said::html(app, &urls, site, texts).await?.into_iter();
    let mut all = Vec::with_capacity(events.len());
    for event in events {
        let html = if event.kind == COMMENT { html.next() } else { None };
        all.push(wire(event, html.unwrap_or_default(), (&past, &signs)));
    }
    Ok(all)
}

fn text(event: &Event) -> &str {
    if event.hidden.is_some() { HIDDEN } else { &event.says }
}

type Around<'a> = (&'a BTreeMap<String, Vec<Past>>, &'a BTreeMap<String, Signs>);

fn wire(event: &Event, html: String, around: Around<'_>) -> wire::Event {
    let says: Value = match event.kind == COMMENT {
        true => Value::Null,
        false => serde_json::from_str(&event.says).unwrap_or_default(),
    };
    let word = |name: &str| says.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, data) = match event.kind.as_str() {
        COMMENT => ("comment", EventData::Comment(Box::new(comment(event, html, around)))),
        TITLE => ("title-change", EventData::Title { from: word("from"), to: word("to") }),
        LOCK => ("lock", EventData::Lock { locked: says.get("locked") == Some(&Value::Bool(true)) }),
        _ => ("status-change", EventData::Status { status: word("status") }),
    };
    wire::Event {
        id: event.id.clone(),
        r#type: kind,
        created_at: event.created.to_string(),
        author: Author::new(&event.name),
        data,
    }
}

fn comment(event: &Event, html: String, (past, signs): Around<'_>) -> Comment {
    let version = |raw: &str, html: String, at: String| Version {
        raw: raw.to_owned(),
        html,
        updated_at: at,
        author: Author::new(&event.name),
    };
    let hidden = event.hidden.is_some();
    let before = past.get(&event.id).filter(|_| !hidden).map_or(&[][..], Vec::as_slice);
    let signs = signs.get(&event.id).map_or(&[][..], Vec::as_slice);
    let at = event.edited.map_or(event.created, seedcorn_core::time::Time);
    Comment {
        edited: event.edits > 0,
        hidden,
        hidden_by: event.hidden.clone(),
        latest: version(text(event), html, at.to_string()),
        history: before
            .iter()
            .map(|past| version(&past.says, String::new(), past.written.to_string()))
            .collect(),
        reactions: signs
            .iter()
            .map(|(sign, count, _)| Reaction { reaction: sign.clone(), count: *count })
            .collect(),
        line: Place::of(event).map(line),
    }
}

fn line(place: Place) -> OnLine {
    let side = if place.side == Side::Old { "old" } else { "new" };
    OnLine { path: place.path, side: side.to_owned(), line: place.line, commit: place.commit }
}
