//! `POST …/git-receive-pack`: what somebody pushes, and what became of it.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderMap, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Grant, Propose};
use seedcorn_commons::git::{Pushed, Spool, may_push, push};
use seedcorn_core::digest::Oid;
use seedcorn_wire::git::BadRequest;
use seedcorn_wire::git::pkt::{self, Band};
use seedcorn_wire::git::push::{Command, HeadReader, Push, Report};
use tokio::sync::Semaphore;

use super::answer::{answer, refuse};
use super::stream::{self, Gone, Out};
use crate::app::App;
use crate::place::{Place, segment};
use crate::refuse::{Answer, Failure};

const MEDIA: &str = "application/x-git-receive-pack-result";
/// Pushes that are taken in at once: each has a file of its own meanwhile.
static PUSHES: Semaphore = Semaphore::const_new(16);
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn receive_pack(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match received(app, &place, &headers, body).await {
        Ok(response) => response,
        Err(failure) => refuse(&place, failure),
    }
}

async fn received(app: App, place: &Place, headers: &HeaderMap, body: Body) -> Answer<Response> {
    if place.asker.0.is_none() {
        return Err(
            Refusal::Unsigned("sign in with an access token that may write, as password".into()).into()
        );
    }
    let grant = place.grant::<Propose>(&app).await?;
    may_push(&app.commons, &grant).await?;
    let busy = || Refusal::Busy("too many push at once; try again in a while".into());
    let turn = tokio::time::timeout(PATIENCE, PUSHES.acquire()).await.ok().and_then(Result::ok);
    let turn = turn.ok_or_else(busy)?;
    let coded = headers.get(header::CONTENT_ENCODING).is_some_and(|coded| coded != "identity");
    if coded {
        return Err(Refusal::Coded("a push is not coded: its pack is packed already".into()).into());
    }
    let (head, spool) = read(&app, body).await?;
    if head.commands.is_empty() {
        // git asks so whether it may send more.
        return Ok(answer(MEDIA, Vec::new()));
    }
    let base = app.base(headers);
    let pack = spool.finish().await?;
    if pack.is_none() && head.has_pack() {
        return Err(Refusal::Invalid("no pack follows the commands".into()).into());
    }
    let body = stream::body(|out| async move {
        let _turn = turn;
        told(&app, &grant, &base, (head, pack), &out).await
    });
    Ok(answer(MEDIA, body))
}

/// Reads a push: its head, and the pack into a file.
async fn read(app: &App, body: Body) -> Answer<(Push, Spool)> {
    let bad = |error: BadRequest| Refusal::Invalid(error.to_string());
    let mut stream = body.into_data_stream();
    let mut next = async || match stream.next().await {
        None => Ok(None),
        Some(Ok(piece)) => Ok(Some(piece)),
        Some(Err(error)) => Err(Refusal::Invalid(format!("the body ended early: {error}"))),
    };
    let mut head = HeadReader::default();
    while let Some(piece) = next().await? {
        if head.take(&piece).map_err(bad)? {
            break;
        }
    }
    let (head, rest) = head.end().map_err(bad)?;
    let mut spool = Spool::new(&app.commons)?;
    spool.add(&rest).await?;
    while let Some(piece) = next().await? {
        spool.add(&piece).await?;
    }
    Ok((head, spool))
}

/// Takes the push in and tells what became of it.
async fn told(
    app: &App,
    grant: &Grant<Propose>,
    base: &str,
    (head, pack): (Push, Option<std::fs::File>),
    out: &Out,
) -> Result<(), Gone> {
    let changes = head.commands;
    let work = push(&app.commons, grant, &changes, head.atomic, pack);
    let (report, words) = match out.alive(head.bands, work).await? {
        Ok(pushed) => made(base, grant, &changes, pushed),
        Err(refusal) => refused(&changes, refusal),
    };
    let is_bad = report.unpack.is_some();
    if head.bands && (is_bad || !head.quiet) && !words.is_empty() {
        out.band(Band::Progress, words.as_bytes()).await?;
    }
    if !head.report {
        return Ok(());
    }
    match head.bands {
        true => {
            out.band(Band::Data, &report.lines()).await?;
            out.put(pkt::FLUSH.to_vec()).await
        }
        false => out.put(report.lines()).await,
    }
}

fn made(base: &str, grant: &Grant<Propose>, changes: &[Command], pushed: Pushed) -> (Report, String) {
    let repo = grant.repo();
    let page = format!("{base}/{}{}", repo.kind.prefix(), repo.full_name());
    let mut words = String::new();
    for change in changes.iter().zip(&pushed).filter(|(_, why)| why.is_none()).map(|(change, _)| change) {
        if let Some(branch) = change.name.strip_prefix("refs/heads/").filter(|_| change.to != Oid::ZERO) {
            words.push_str(&format!("Published: {page}/tree/{}\n", segment(branch)));
        }
    }
    let refs = changes.iter().zip(pushed).map(|(change, why)| (change.name.clone(), why));
    (Report { unpack: None, refs: refs.collect() }, words)
}

/// Nothing was taken in: why stands in one line for git, and whole for people.
fn refused(changes: &[Command], refusal: Refusal) -> (Report, String) {
    let text = refusal.to_string();
    let _ = Failure(refusal).into_response();
    let first = text.lines().next().unwrap_or_default().trim_end_matches(':').to_owned();
    let refs = changes.iter().map(|change| (change.name.clone(), Some("nothing was taken in".to_owned())));
    (Report { unpack: Some(first), refs: refs.collect() }, format!("{text}\n"))
}
