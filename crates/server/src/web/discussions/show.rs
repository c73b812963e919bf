//! A discussion or a pull request: what happened in it, and what can be done.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header;
use seedcorn_commons::access::{Propose, See};
use seedcorn_commons::discuss::{self, Conflicts, Discussion, Wants};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::access::Action;
use seedcorn_core::limits;
use seedcorn_core::talk::State as Status;

use super::badge;
use super::rows::{self, May, Row};
use crate::app::App;
use crate::body;
use crate::hub::discussions::number;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::web::form::{Form, LongForm, Wrong, no_nul};
use crate::web::frame::{Frame, Here, Page};
use crate::web::head::{self, Head, Opened, Tab};
use crate::web::multipart::Parts;
use crate::web::saving::{fault, lines};
use crate::web::show::When;
use crate::web::urls::RepoUrls;
use crate::web::visit::Visit;

/// Whether a pull request can be merged, in words.
#[derive(Clone, Debug)]
pub(crate) struct Merging {
    /// What it asks for.
    pub(super) base: String,
    pub(super) base_page: String,
    pub(super) head_page: String,
    pub(super) files: String,
    /// The head that the visitor sees.
    pub(super) head: String,
    /// How it stands, in a sentence.
    pub(super) says: String,
    /// Files of which both sides have their own.
    pub(super) conflicts: Vec<String>,
    /// The commit that it was merged by.
    pub(super) merged: Option<(String, String)>,
    /// Whether the visitor can merge it.
    pub(super) ready: bool,
    /// How it is fetched with git.
    pub(super) git: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "discussion.html")]
pub(crate) struct DiscussionPage {
    pub(super) frame: Frame,
    pub(super) head: Head,
    pub(super) number: i64,
    pub(super) title: String,
    pub(super) here: String,
    pub(super) badge: (&'static str, &'static str),
    pub(super) author: String,
    pub(super) author_page: String,
    pub(super) when: When,
    pub(super) locked: bool,
    pub(super) pull: Option<Merging>,
    pub(super) rows: Vec<Row>,
    /// The pages before and behind, and the one with all if a comment is shown alone.
    pub(super) earlier: Option<String>,
    pub(super) later: Option<String>,
    pub(super) all: Option<String>,
    /// Whether the visitor may comment; else why not.
    pub(super) may_speak: bool,
    pub(super) sign_in: bool,
    /// Whether the visitor may change its title and state.
    pub(super) may_manage: bool,
    /// Whether the visitor may lock it.
    pub(super) may_lock: bool,
    /// States that it can be put into: the word, and what the button says.
    pub(super) states: Vec<(&'static str, &'static str)>,
    /// Whether the visitor is told of it; none of who is not signed in.
    pub(super) told: Option<bool>,
    /// What the visitor began to write, and what is wrong with it.
    pub(super) text: String,
    pub(super) wrong: Wrong,
}

/// `GET …/discussions/{number}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<DiscussionPage>> {
    let grant = place.grant::<See>(&app).await?;
    let number = number(&place)?;
    discuss::look_at(&app.commons, &grant, number).await?;
    Ok(Page(page(&app, &visit, grant, number, (&query, String::new(), Wrong::default())).await?))
}

async fn page(
    app: &App,
    visit: &Visit,
    grant: Grant<See>,
    number: i64,
    (query, text, wrong): (&Query, String, Wrong),
) -> Answer<DiscussionPage> {
    let row = discuss::get(&app.commons, &grant, number).await?;
    let opened = head::open(app, visit, grant, "main", Tab::Talk).await?;
    let grant = &opened.grant;
    let asked = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let only = asked("only");
    let after = match only {
        Some(only) => only.saturating_sub(1).max(0),
        None => asked("after").unwrap_or(0).max(0),
    };
    let most = if only.is_some() { 1 } else { limits::EVENTS_PAGE };
    let events = discuss::events(&app.commons, grant, number, after, most).await?;
    let last = events.last().map_or(after, |last| last.place);
    let speaks = grant.may(Action::Propose) && (!row.locked || grant.may(Action::Write));
    let may = May { speak: speaks, editing: query.get("edit"), alone: only.is_some() };
    let rows = rows::rows(app, visit, grant, number, (events, may)).await?;
    let urls = opened.head.urls.clone();
    let here = urls.discussion(number);
    let pull = merging(app, visit, &opened, &row).await?;
    let manages = speaks && discuss::may_manage(grant, &row);
    let wanted = discuss::wanted(&app.commons, grant, number).await?;
    let frame = opened.frame(visit, &format!("{} · #{number}", row.title));
    let paged = only.is_none();
    Ok(DiscussionPage {
        number,
        badge: badge(&row.status),
        author_page: crate::web::urls::namespace(&row.name),
        when: When { at: row.created, now: visit.now },
        locked: row.locked,
        pull,
        rows,
        earlier: (paged && after > 0).then(|| page_at(&here, after - limits::EVENTS_PAGE)),
        later: (paged && last < row.events).then(|| page_at(&here, after + limits::EVENTS_PAGE)),
        all: only.map(|only| page_of(&here, only)),
        may_speak: speaks,
        sign_in: visit.actor.is_none(),
        may_manage: manages,
        may_lock: grant.may(Action::Write),
        states: if manages { states(&row) } else { Vec::new() },
        told: visit
            .actor
            .as_ref()
            .map(|actor| told(wanted, grant.may(Action::Write) || actor.member == row.author)),
        text,
        wrong,
        here,
        title: row.title,
        author: row.name,
        frame,
        head: Head { at: None, ..opened.head },
    })
}

/// Whether somebody is told of a discussion: as they said, or because it is theirs.
fn told(wanted: Wants, theirs: bool) -> bool {
    wanted.discussion.or(wanted.repo).unwrap_or(theirs)
}

fn page_at(here: &str, after: i64) -> String {
    if after > 0 { format!("{here}?after={after}") } else { here.to_owned() }
}

/// The page on which an event stands.
pub(super) fn page_of(here: &str, place: i64) -> String {
    let after = (place - 1) / limits::EVENTS_PAGE * limits::EVENTS_PAGE;
    format!("{}#e{place}", page_at(here, after))
}

fn states(row: &Discussion) -> Vec<(&'static str, &'static str)> {
    let was = Status::from_word(&row.status).unwrap_or(Status::Open);
    let all = [
        (Status::Open, if was == Status::Draft { "Ready to be merged" } else { "Open again" }),
        (Status::Draft, "Make it a draft"),
        (Status::Closed, "Close"),
    ];
    let follows = all.into_iter().filter(|(state, _)| was.may_become(*state, row.is_pull()));
    follows.map(|(state, text)| (state.word(), text)).collect()
}

async fn merging(app: &App, visit: &Visit, opened: &Opened, row: &Discussion) -> Answer<Option<Merging>> {
    if !row.is_pull() {
        return Ok(None);
    }
    let (urls, grant) = (&opened.head.urls, &opened.grant);
    let sides = discuss::sides(&app.commons, grant, row).await?;
    let name = format!("refs/pr/{}", row.number);
    let base = row.base.strip_prefix("refs/heads/").unwrap_or(&row.base).to_owned();
    let is_open = Status::from_word(&row.status) == Some(Status::Open);
    let (mut says, mut conflicts, mut ready) = (String::new(), Vec::new(), false);
    match &sides {
        None => says = "The branch that it asks to be merged into, or its own head, is there no more.".into(),
        Some(_) if row.merged.is_some() => {}
        Some(_) if !discuss::is_open(row) => says = "It is closed.".into(),
        Some(sides) => match discuss::conflicts(&app.commons, grant, sides).await? {
            Conflicts::Nothing => says = format!("It brings nothing that {base} has not."),
            Conflicts::Ahead => (says, ready) = (format!("{base} can just move on to it."), true),
            Conflicts::None => (says, ready) = ("Both sides went on, and can be merged.".into(), true),
            Conflicts::Unknown(why) => says = why,
            Conflicts::Files(files) => {
                says = "Both sides changed these files, each in its own way:".into();
                conflicts = files.iter().map(|path| crate::web::diff::visible(path)).collect();
            }
        },
    }
    Ok(Some(Merging {
        base_page: urls.tree(&base, ""),
        head_page: urls.tree(&name, ""),
        files: urls.discussion_files(row.number),
        head: sides.as_ref().map(|sides| sides.head.oid.to_string()).unwrap_or_default(),
        merged: row.merged.as_ref().map(|oid| (urls.commit(oid), oid.chars().take(7).collect())),
        git: format!("git fetch {}{} {name} && git checkout FETCH_HEAD", visit.base, urls.card()),
        ready: ready && is_open && grant.may(Action::Write),
        base,
        says,
        conflicts,
    }))
}

/// `POST …/discussions/{number}/comment`: a comment, with a picture or a film if there is one, and what becomes of the discussion.
pub(crate) async fn comment(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    request: Request,
) -> Answer<Response> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let (form, attached) = read(&app, &visit, request).await?;
    let mut text = lines(form.text("text"));
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let nothing = Query::parse("");
    match attached {
        Ok(None) => {}
        Ok(Some(picture)) => text = format!("{text}\n\n{picture}").trim().to_owned(),
        // What was written beside a file that is refused is not lost.
        Err(refusal) => {
            let wrong = fault("file", refusal)?;
            return Ok(Page(page(&app, &visit, see, number, (&nothing, text, wrong)).await?).into_response());
        }
    }
    let state = Status::from_word(form.text("state"));
    let done = match state {
        None => discuss::comment(&app.commons, &grant, number, &text, None).await,
        Some(state) => discuss::set_status(&app.commons, &grant, number, (state, Some(&text))).await,
    };
    let urls = RepoUrls::new(grant.repo().kind, &grant.repo().full_name());
    match done {
        Ok(event) => Ok(Redirect::to(&page_of(&urls.discussion(number), event.place)).into_response()),
        Err(refusal) => {
            let wrong = fault("text", refusal)?;
            Ok(Page(page(&app, &visit, see, number, (&nothing, text, wrong)).await?).into_response())
        }
    }
}

/// The Markdown that shows a file, if one was sent, or why it is refused.
type Picture = Result<Option<String>, Refusal>;

/// The fields of a form that may have a file, and what shows it.
async fn read(app: &App, visit: &Visit, request: Request) -> Answer<(Form, Picture)> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media.is_some_and(|media| media.starts_with("multipart/form-data")) {
        return Ok((LongForm::from_request(request, app).await?.0, Ok(None)));
    }
    let (parts, body) = request.into_parts();
    let most = limits::ATTACHMENT_BYTES_MAX + limits::EDIT_FORM_BYTES_MAX as u64;
    let mut form = Parts::new(&parts.headers, Body::new(body), most)?;
    let (mut fields, mut attached) = (Vec::new(), Ok(None));
    while let Some(head) = form.next().await? {
        match head.file {
            Some(name) if !name.is_empty() => {
                if !matches!(attached, Ok(None)) {
                    return Err(Refusal::Invalid("one file goes with a comment".into()).into());
                }
                let most = usize::try_from(limits::ATTACHMENT_BYTES_MAX).unwrap_or(usize::MAX);
                // Room for the longest, as for every body that is kept whole.
                let _room = body::budget()?.hold(most as u64).await?;
                let bytes = form.bytes(most).await?;
                let media = discuss::media_of(&bytes).unwrap_or_default();
                let id = discuss::attach(&app.commons, visit.member()?, media, bytes).await;
                attached = id.map(|id| Some(format!("![{}](/uploads/{id})", shown(&name))));
            }
            Some(_) => {}
            None => {
                if fields.len() >= limits::UPLOAD_FORM_FIELDS_MAX {
                    return Err(Refusal::Invalid("the form has fields that ours has not".into()).into());
                }
                let text = form.text(limits::COMMENT_BYTES_MAX * 2).await?;
                no_nul(&text)?;
                fields.push((head.name, text));
            }
        }
    }
    Ok((Form::of(fields), attached))
}

/// A file's name as the words beside a picture.
fn shown(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'));
    kept.take(100).collect()
}

#[cfg(test)]
impl DiscussionPage {
    /// A pull request that can be merged, one that cannot, one that was, and a discussion that strangers see.
    pub(crate) fn samples() -> Vec<DiscussionPage> {
        use crate::web::samples::{OID, head, href, member, stranger, text, when, wrong};
        use seedcorn_core::repo::RepoKind::Model;
        let merging = |conflicts: Vec<String>, ready, merged| Merging {
            base: text(),
            base_page: href(),
            head_page: href(),
            files: href(),
            head: OID.into(),
            says: text(),
            conflicts,
            merged,
            ready,
            git: text(),
        };
        let page = |frame, pull| DiscussionPage {
            frame,
            head: head(Model, Tab::Talk),
            number: 7,
            title: text(),
            here: href(),
            badge: badge("open"),
            author: text(),
            author_page: href(),
            when: when(),
            locked: true,
            pull,
            rows: rows::samples(),
            earlier: Some(href()),
            later: Some(href()),
            all: None,
            may_speak: true,
            sign_in: false,
            may_manage: true,
            may_lock: true,
            states: vec![("closed", "Close")],
            told: Some(true),
            text: text(),
            wrong: wrong("text"),
        };
        let here = Here::Kind(Model);
        vec![
            page(member(here), Some(merging(Vec::new(), true, None))),
            DiscussionPage {
                locked: false,
                told: Some(false),
                may_lock: true,
                ..page(member(here), Some(merging(vec![text(), text()], false, None)))
            },
            page(member(here), Some(merging(Vec::new(), false, Some((href(), OID[..7].into()))))),
            DiscussionPage {
                may_speak: false,
                may_manage: false,
                may_lock: false,
                states: Vec::new(),
                ..page(member(here), None)
            },
            DiscussionPage {
                all: Some(href()),
                may_speak: false,
                sign_in: true,
                may_manage: false,
                may_lock: false,
                states: Vec::new(),
                told: None,
                ..page(stranger(here), None)
            },
        ]
    }
}
