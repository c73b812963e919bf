//! `POST …/commit/{rev}`: NDJSON read line by line; a line is the most that is in memory.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::HeaderMap;
use seedcorn_commons::access::Propose;
use seedcorn_commons::publish::{CommitHeader, Draft, Target};
use seedcorn_commons::{Refusal, compute};
use seedcorn_core::limits;
use seedcorn_wire::hub::{CommitAnswer, CommitLine, Header, LargeLine, LineError, parse_line};

use crate::app::App;
use crate::body::{self, Lines};
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// A line with its content decoded.
enum Read {
    Header(Header),
    File(String, Vec<u8>),
    Large(LargeLine),
    DeletedFile(String),
    DeletedFolder(String),
}

fn read(line: &Bytes) -> Result<Read, LineError> {
    Ok(match parse_line(line)? {
        CommitLine::Header(header) => Read::Header(header),
        CommitLine::File(file) => {
            let (path, bytes) = file.decode()?;
            Read::File(path, bytes)
        }
        CommitLine::LfsFile(large) => Read::Large(large),
        CommitLine::DeletedFile(deleted) => Read::DeletedFile(deleted.path),
        CommitLine::DeletedFolder(deleted) => Read::DeletedFolder(deleted.path),
    })
}

pub(crate) async fn commit(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<CommitAnswer>> {
    let grant = place.grant::<Propose>(&app).await?;
    body::uncoded(&headers)?;
    let repo = grant.repo().clone();
    let target = Target::new(place.part("rev"), query.flag("create_pr"));
    let mut draft = Draft::begin(&app.commons, grant, target).await?;
    let mut lines = Lines::new(body, limits::COMMIT_LINE_BYTES_MAX, limits::COMMIT_BODY_BYTES_MAX);
    let mut header = None;
    let mut number = 0;
    while let Some(line) = lines.next().await? {
        number += 1;
        // Decoding megabytes of base64 must not hold up other requests.
        let line = compute(move || read(&line)).await?;
        let line = line.map_err(|why| Refusal::Invalid(format!("line {number}: {why}")))?;
        match (line, &header) {
            (Read::Header(first), None) => header = Some(commit_header(first)),
            (Read::Header(_), Some(_)) => {
                return Err(Refusal::Invalid(format!("line {number}: a second header")).into());
            }
            (_, None) => {
                return Err(Refusal::Invalid("the first line must be the header".into()).into());
            }
            (line, Some(_)) => add(&mut draft, line, number).await?,
        }
    }
    let header = header.ok_or_else(|| Refusal::Invalid("the first line must be the header".into()))?;
    let committed = draft.finish(header).await?;
    let page = format!("{}/{}{}", app.base(&headers), repo.kind.prefix(), repo.full_name());
    Ok(Json(CommitAnswer {
        success: true,
        commit_url: format!("{page}/commit/{}", committed.oid),
        commit_oid: committed.oid.to_string(),
        pull_request_url: committed.pull.map(|number| format!("{page}/discussions/{number}")),
    }))
}

fn commit_header(header: Header) -> CommitHeader {
    CommitHeader {
        summary: header.summary,
        description: header.description.unwrap_or_default(),
        parent: header.parent_commit,
    }
}

async fn add(draft: &mut Draft, line: Read, number: usize) -> Answer<()> {
    match line {
        Read::Header(_) => {}
        Read::File(path, bytes) => draft.put(path, bytes).await?,
        Read::Large(large) => {
            if large.algo.as_deref().is_some_and(|algo| algo != "sha256") {
                return Err(Refusal::Invalid(format!("line {number}: \"algo\" must be \"sha256\"")).into());
            }
            let sha256 = large.oid.parse();
            let sha256 = sha256.map_err(|why| Refusal::Invalid(format!("line {number}: \"oid\": {why}")))?;
            draft.put_large(large.path, sha256, large.size)?;
        }
        Read::DeletedFile(path) => draft.delete_file(path)?,
        Read::DeletedFolder(path) => draft.delete_folder(path)?,
    }
    Ok(())
}
