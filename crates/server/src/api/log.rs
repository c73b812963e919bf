//! The transparency log, for programs: how far it is, what it says of a work, and proofs to keep.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::log::{self, Logged};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::repo::InRepo;
use super::{Error, typed};
use crate::app::App;
use crate::log::{MIRRORS, ROOT as FILES};
use crate::packed::Packable;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// How far the log is, and what checks it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogState {
    /// What names it: the first line of its checkpoints.
    origin: String,
    /// The key that its checkpoints are signed by (C2SP signed-note).
    key: String,
    /// Where its files are (C2SP tlog-tiles).
    url: String,
    /// Entries in the checkpoint that is shown.
    size: u64,
    /// Its root, in base64.
    root: String,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Entries that the next checkpoint will cover.
    waiting: u64,
    /// Why the log does not go on, where it does not: somebody has to look after it.
    #[serde(skip_serializing_if = "String::is_empty")]
    held: String,
    /// Who saw the checkpoint, and when, in seconds since 1970.
    witnesses: BTreeMap<String, u64>,
    /// How many witnesses are asked.
    of_witnesses: usize,
    /// The key by which this hub says that it saw logs of others.
    witness_key: String,
    /// Logs of others that are kept here.
    mirrors: Vec<KeptLog>,
    /// A policy that trusts this log by itself (C2SP tlog-policy): keep it, so that the key cannot be exchanged later.
    policy: String,
}

/// A log of others that is kept here whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptLog {
    /// What names it.
    origin: String,
    /// Where its files are here (C2SP tlog-tiles).
    url: String,
    /// Entries, of the checkpoint up to which it is kept.
    size: i64,
    /// When it was looked at last.
    at: String,
}

/// How far the transparency log is, and what checks it.
#[utoipa::path(
    get, path = "/api/commons/v1/log", operation_id = "log", tag = "log",
    responses((status = 200, description = "How far it is", body = LogState)),
)]
pub(crate) async fn state(State(app): State<App>, headers: HeaderMap) -> Answer<Json<LogState>> {
    let standing = log::standing(&app.commons).await?;
    let (key, url) = (log::key(&app.commons), format!("{}{FILES}", app.base(&headers)));
    let quorum = log::quorum(&app.commons).await?;
    let base = app.base(&headers);
    let mirrors = log::mirrors(&app.commons).await?.into_iter().map(|one| KeptLog {
        url: format!("{base}{MIRRORS}/{}", one.name),
        origin: one.origin,
        size: one.size,
        at: one.at.to_string(),
    });
    Ok(Json(LogState {
        mirrors: mirrors.collect(),
        witnesses: quorum.seen,
        of_witnesses: quorum.of,
        witness_key: log::witness_key(&app.commons).to_string(),
        origin: log::origin(&app.commons),
        policy: format!("log {key} {url}\nquorum none\n"),
        key: key.to_string(),
        url,
        size: standing.size,
        root: standing.root,
        at: standing.at.as_ref().map(Time::to_string),
        waiting: standing.waiting,
        held: standing.held,
    }))
}

/// Entries of the log, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogEntries {
    /// The entries.
    entries: Vec<LogEntry>,
    /// What comes before them, for `before`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// An entry of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogEntry {
    /// Its number in the log; none for a moment after it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// What it says: `type`, `subject`, `data` and so on, with its place in the subject's chain (`sseq`) and the hash of the entry before
    /// it there (`prev`).
    #[schema(value_type = Object)]
    event: Value,
}

fn entry(logged: &Logged) -> LogEntry {
    LogEntry { index: logged.index, event: serde_json::from_str(&logged.entry).unwrap_or_default() }
}

/// What a proof is to browsers.
const PROOF: &str = "text/plain; charset=utf-8";

/// A number that a page begins before: whole, and of the 63 bits that `int64` promises to clients.
fn before(query: &Query) -> Result<Option<u64>, Refusal> {
    let Some(text) = query.get("before") else { return Ok(None) };
    let number = text.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
    number
        .map(Some)
        .ok_or_else(|| Refusal::Invalid(format!("\"before\" must be a whole number, not {text:?}")))
}

/// What was logged last.
#[utoipa::path(
    get, path = "/api/commons/v1/log/entries", operation_id = "log_entries", tag = "log",
    params(("before" = Option<u64>, Query, description = "`next` of the page before")),
    responses(
        (status = 200, description = "Up to 100 entries", body = LogEntries),
        (status = 400, description = "A parameter makes no sense", body = Error),
    ),
)]
pub(crate) async fn entries(State(app): State<App>, query: Query) -> Answer<Json<LogEntries>> {
    let all = log::newest(&app.commons, before(&query)?, limits::LOG_PAGE).await?;
    let next = all.last().and_then(|last| last.index).filter(|index| *index > 0);
    let next = next.filter(|_| all.len() == limits::LOG_PAGE);
    Ok(Json(LogEntries { entries: all.iter().map(entry).collect(), next }))
}

/// The proof that an entry is in the log.
///
/// A file to keep (C2SP tlog-proof): with the log's key it is checked with no network.
#[utoipa::path(
    get, path = "/api/commons/v1/log/entries/{index}/proof", operation_id = "log_proof", tag = "log",
    params(("index" = u64, Path, description = "The entry's number", example = 0)),
    responses(
        (status = 200, description = "The proof", body = String, content_type = "text/plain"),
        (status = 400, description = "It is no number", body = Error),
        (status = 404, description = "There is no such entry, or the checkpoint does not cover it yet", body = Error),
    ),
)]
pub(crate) async fn proof(State(app): State<App>, place: Place) -> Answer<Response> {
    let text = place.part("index");
    let index = text.parse().map_err(|_| Refusal::Invalid(format!("an entry has a number, not {text:?}")))?;
    Ok(typed(log::prove(&app.commons, index).await?.to_string(), PROOF))
}

/// What was logged of a work, the newest first.
///
/// Of works that not everybody may see nothing is logged.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/log", operation_id = "log_of_work", tag = "log",
    params(InRepo, ("before" = Option<u64>, Query, description = "`next` of the page before")),
    responses(
        (status = 200, description = "Up to 100 entries", body = LogEntries),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, or you may not see it", body = Error),
    ),
)]
pub(crate) async fn of_work(State(app): State<App>, place: Place, query: Query) -> Answer<Json<LogEntries>> {
    let grant = place.grant::<See>(&app).await?;
    let all = log::events(&app.commons, &grant, before(&query)?, limits::LOG_PAGE).await?;
    let next = all.last().map(|last| last.event.place).filter(|place| *place > 0);
    let next = next.filter(|_| all.len() == limits::LOG_PAGE);
    Ok(Json(LogEntries { entries: all.iter().map(entry).collect(), next }))
}

/// The proof that a revision of a work was logged.
///
/// A file to keep (C2SP tlog-proof). Its entry has the commit, and the digest of what it is made of: `seedcorn verify` checks files by it.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/proof/{rev}", operation_id = "proof_of_revision", tag = "log",
    params(InRepo, ("rev" = String, Path, description = "A branch, a tag or a commit", example = "main")),
    responses(
        (status = 200, description = "The proof", body = String, content_type = "text/plain"),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, no such revision, or it was not logged", body = Error),
    ),
)]
pub(crate) async fn of_revision(State(app): State<App>, place: Place) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    Ok(typed(log::prove_revision(&app.commons, &grant, place.part("rev")).await?.to_string(), PROOF))
}

/// What a revision is made of: of every file a list of its path, its bytes and its SHA-256.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Manifest(Vec<Value>);

/// What a revision of a work is made of: of every file its path, bytes and SHA-256.
///
/// JSON of which there is one spelling (RFC 8785): the SHA-256 of these bytes is what the log has of the revision.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/manifest/{rev}", operation_id = "manifest", tag = "log",
    params(InRepo, ("rev" = String, Path, description = "A branch, a tag or a commit", example = "main")),
    responses(
        (status = 200, description = "The list", body = Manifest),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not see it", body = Error),
        (status = 413, description = "It has more files than are listed", body = Error),
    ),
)]
pub(crate) async fn manifest(State(app): State<App>, place: Place) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let text = log::manifest_text(&app.commons, &grant, place.part("rev")).await?;
    let mut response = ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    response.extensions_mut().insert(Packable::Always);
    Ok(response)
}
