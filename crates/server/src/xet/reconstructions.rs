//! `GET /v{1,2}/reconstructions/{file}`: what to fetch for a file or a range of it.

use std::collections::BTreeMap;
use std::ops::Range;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Grant, Read};
use seedcorn_commons::xet::{self, FetchUrl, Reconstruction};
use seedcorn_core::digest::XetHash;
use seedcorn_wire::xet::{
    BatchReconstruction, FetchRange, FetchV1, FetchV2, ReconstructionV1, ReconstructionV2, Span, Term,
};

use super::keeper::{Hash, Reader};
use crate::app::App;
use crate::client::Client;
use crate::place::Query;
use crate::refuse::Answer;

/// Files in one batch.
const BATCH_MAX: usize = 256;

/// `bytes=a-b`, end inclusive on the wire; the end may lie past the file's.
fn range(headers: &HeaderMap) -> Answer<Option<Range<u64>>> {
    let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let bad = || Refusal::Invalid(format!("\"Range\" must be bytes=a-b, not {text:?}"));
    let (first, last) =
        text.trim().strip_prefix("bytes=").and_then(|spec| spec.split_once('-')).ok_or_else(bad)?;
    let first: u64 = first.parse().map_err(|_| bad())?;
    let last: u64 = if last.is_empty() { u64::MAX - 1 } else { last.parse().map_err(|_| bad())? };
    Ok(Some(first..last.saturating_add(1)))
}

fn terms(plan: &Reconstruction) -> Vec<Term> {
    let term = |term: &xet::Term| Term {
        hash: term.xorb.to_string(),
        unpacked_length: term.raw_bytes,
        range: Span { start: term.chunks.start.into(), end: term.chunks.end.into() },
    };
    plan.terms.iter().map(term).collect()
}

struct Addresses(String);

impl Addresses {
    fn of(app: &App, headers: &HeaderMap) -> Addresses {
        Addresses(format!("{}/fetch", app.cas_url(headers, app.commons.generation())))
    }

    fn url(&self, fetch: &FetchUrl) -> String {
        format!("{}/{}", self.0, fetch.sealed)
    }

    fn v1(&self, plans: &[Reconstruction]) -> BTreeMap<String, Vec<FetchV1>> {
        let mut out: BTreeMap<String, Vec<FetchV1>> = BTreeMap::new();
        for fetch in plans.iter().flat_map(|plan| &plan.fetches) {
            out.entry(fetch.xorb.to_string()).or_default().push(FetchV1 {
                range: Span { start: fetch.chunks.start.into(), end: fetch.chunks.end.into() },
                url: self.url(fetch),
                url_range: Span { start: fetch.bytes.start, end: fetch.bytes.end - 1 },
            });
        }
        out
    }

    fn v2(&self, plan: &Reconstruction) -> BTreeMap<String, Vec<FetchV2>> {
        let mut out: BTreeMap<String, Vec<FetchV2>> = BTreeMap::new();
        for fetch in &plan.fetches {
            let range = FetchRange {
                chunks: Span { start: fetch.chunks.start.into(), end: fetch.chunks.end.into() },
                bytes: Span { start: fetch.bytes.start, end: fetch.bytes.end - 1 },
            };
            let entry = FetchV2 { url: self.url(fetch), ranges: vec![range] };
            out.entry(fetch.xorb.to_string()).or_default().push(entry);
        }
        out
    }
}

/// A client asks for a file range by range; that it began at the beginning is one request for the file.
async fn plan(
    app: &App,
    grant: &Grant<Read>,
    client: &Client,
    file: XetHash,
    range: Option<Range<u64>>,
) -> Answer<Reconstruction> {
    let begins = range.as_ref().is_none_or(|range| range.start == 0);
    let who = client.who(app, grant.actor());
    let plan = xet::reconstruct(&app.commons, grant, &who, file, range).await?;
    if begins {
        app.commons.note_asked(&grant.repo().id, &who);
    }
    Ok(plan)
}

pub(crate) async fn v2(
    State(app): State<App>,
    Reader(grant, client): Reader,
    Hash(file): Hash,
    headers: HeaderMap,
) -> Answer<Json<ReconstructionV2>> {
    let plan = plan(&app, &grant, &client, file, range(&headers)?).await?;
    Ok(Json(ReconstructionV2 {
        offset_into_first_range: plan.offset_into_first_range,
        terms: terms(&plan),
        xorbs: Addresses::of(&app, &headers).v2(&plan),
    }))
}

pub(crate) async fn v1(
    State(app): State<App>,
    Reader(grant, client): Reader,
    Hash(file): Hash,
    headers: HeaderMap,
) -> Answer<Json<ReconstructionV1>> {
    let plan = plan(&app, &grant, &client, file, range(&headers)?).await?;
    Ok(Json(ReconstructionV1 {
        offset_into_first_range: plan.offset_into_first_range,
        terms: terms(&plan),
        fetch_info: Addresses::of(&app, &headers).v1(std::slice::from_ref(&plan)),
    }))
}

/// `GET /v1/reconstructions?file_id=…&file_id=…`.
pub(crate) async fn batch(
    State(app): State<App>,
    Reader(grant, client): Reader,
    query: Query,
    headers: HeaderMap,
) -> Answer<Json<BatchReconstruction>> {
    let (mut files, mut plans) = (BTreeMap::new(), Vec::new());
    for text in query.all("file_id") {
        if plans.len() >= BATCH_MAX {
            return Err(
                Refusal::TooLarge(format!("at most {BATCH_MAX} files can be asked about at once")).into()
            );
        }
        let file = text.parse().map_err(|why| Refusal::Invalid(format!("file_id: {why}")))?;
        let plan = plan(&app, &grant, &client, file, None).await?;
        files.insert(text.to_owned(), terms(&plan));
        plans.push(plan);
    }
    let fetch_info = Addresses::of(&app, &headers).v1(&plans);
    Ok(Json(BatchReconstruction { files, fetch_info }))
}
