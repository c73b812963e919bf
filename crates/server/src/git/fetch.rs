//! `POST …/git-upload-pack`: what refs there are, and a pack with what the client lacks.

use std::io::Read as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use seedcorn_commons::access::{Grant, Read};
use seedcorn_commons::git::{self, Asked, Filter, Found};
use seedcorn_commons::{Refusal, compute};
use seedcorn_core::limits;
use seedcorn_wire::git::BadRequest;
use seedcorn_wire::git::advert::ListRefs;
use seedcorn_wire::git::fetch::{self, Fetch};
use seedcorn_wire::git::pkt::{self, Band, Line};

use super::answer::{answer, is_version_2, refuse};
use super::refs::refs;
use super::stream::{self, Gone, Out};
use crate::app::App;
use crate::body;
use crate::place::Place;
use crate::refuse::{Answer, Failure};

/// Bytes of a pack that are made at once.
const PIECE: usize = 256 << 10;
const MEDIA: &str = "application/x-git-upload-pack-result";

pub(crate) async fn upload_pack(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answered(app, &place, &headers, body).await {
        Ok(response) => response,
        Err(failure) => refuse(&place, failure),
    }
}

async fn answered(app: App, place: &Place, headers: &HeaderMap, body: Body) -> Answer<Response> {
    let grant = place.grant::<Read>(&app).await?;
    let body = read(headers, body).await?;
    let told = match is_version_2(headers) {
        true => version_2(&app, grant, &body).await,
        false => version_0(&app, grant, &body).await,
    };
    match told {
        // Within git's protocol an error is a line, which it shows.
        Err(Failure(
            refusal @ (Refusal::Invalid(_)
            | Refusal::Forbidden(_)
            | Refusal::NoRevision(_)
            | Refusal::TooLarge(_)),
        )) => {
            let mut out = Vec::new();
            pkt::text(&mut out, &format!("ERR {refusal}"));
            Ok(answer(MEDIA, out))
        }
        told => told,
    }
}

/// The body, unpacked: git packs what is longer than a kilobyte.
async fn read(headers: &HeaderMap, body: Body) -> Answer<Vec<u8>> {
    let most = limits::FETCH_BODY_BYTES_MAX;
    let bytes = body::whole(body, most as usize).await?;
    let coded = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match coded {
        None | Some("identity") => Ok(bytes.to_vec()),
        Some("gzip" | "x-gzip") => {
            let unpacked = compute(move || {
                let mut out = Vec::new();
                let read = MultiGzDecoder::new(bytes.as_ref()).take(most + 1).read_to_end(&mut out);
                read.map(|_| out)
            });
            let unpacked = unpacked.await?.map_err(|_| Refusal::Invalid("the body is no gzip".into()))?;
            match unpacked.len() as u64 > most {
                true => Err(Refusal::TooLarge(format!("a request has at most {most} bytes")).into()),
                false => Ok(unpacked),
            }
        }
        Some(other) => {
            Err(Refusal::Coded(format!("a body coded by {other:?} is not undone here; use gzip")).into())
        }
    }
}

fn bad(error: BadRequest) -> Failure {
    Refusal::Invalid(error.to_string()).into()
}

async fn version_2(app: &App, grant: Grant<Read>, body: &[u8]) -> Answer<Response> {
    let mut rest = body;
    let command = match pkt::take(&mut rest).map_err(bad)? {
        None | Some(Line::Flush) => return Ok(answer(MEDIA, Vec::new())),
        Some(line) => line.text().map_err(bad)?.to_owned(),
    };
    // What the client can do stands before its arguments.
    let has_arguments = loop {
        match pkt::must(&mut rest).map_err(bad)? {
            Line::Flush => break false,
            Line::Delim => break true,
            line => match line.text().map_err(bad)? {
                text if text.starts_with("object-format=") && text != "object-format=sha1" => {
                    return Err(Refusal::Invalid("objects are named by SHA-1 here".into()).into());
                }
                _ => {}
            },
        }
    };
    let mut arguments = if has_arguments { rest } else { pkt::FLUSH };
    match command.as_str() {
        "command=ls-refs" => {
            let asked = ListRefs::read(&mut arguments).map_err(bad)?;
            Ok(answer(MEDIA, asked.answer(&refs(app, &grant).await?)))
        }
        "command=fetch" => {
            let fetch = Fetch::version_2(&mut arguments).map_err(bad)?;
            let found = find(app, &grant, &fetch).await?;
            let (mut out, goes_on) = (Vec::new(), fetch.done || fetch.haves.is_empty());
            if !goes_on {
                acknowledge(&mut out, &fetch, &found);
            }
            if !goes_on && (!found.ready || fetch.wait_for_done) {
                return Ok(answer(MEDIA, out));
            }
            if fetch.deepen.is_some() {
                pkt::text(&mut out, "shallow-info");
                found.shallow.iter().for_each(|oid| pkt::text(&mut out, &format!("shallow {oid}")));
                found.unshallow.iter().for_each(|oid| pkt::text(&mut out, &format!("unshallow {oid}")));
                out.extend_from_slice(pkt::DELIM);
            }
            pkt::text(&mut out, "packfile");
            Ok(pack(
                app,
                grant,
                found,
                Wrapping { before: out, band: Some(pkt::BAND_MAX), quiet: fetch.no_progress },
            ))
        }
        other => Err(Refusal::Invalid(format!("{other:?} is not known here")).into()),
    }
}

/// What is known of what the client has.
fn acknowledge(out: &mut Vec<u8>, fetch: &Fetch, found: &Found) {
    pkt::text(out, "acknowledgments");
    if found.common.is_empty() {
        pkt::text(out, "NAK");
    }
    found.common.iter().for_each(|oid| pkt::text(out, &format!("ACK {oid}")));
    match found.ready && !fetch.wait_for_done {
        true => {
            pkt::text(out, "ready");
            out.extend_from_slice(pkt::DELIM);
        }
        false => out.extend_from_slice(pkt::FLUSH),
    }
}

async fn version_0(app: &App, grant: Grant<Read>, body: &[u8]) -> Answer<Response> {
    let mut rest = body;
    let fetch = Fetch::version_0(&mut rest).map_err(bad)?;
    if fetch.wants.is_empty() {
        return Ok(answer(MEDIA, Vec::new()));
    }
    let found = find(app, &grant, &fetch).await?;
    let mut out = Vec::new();
    if fetch.deepen.is_some() {
        // Without a newline: not every client forgives one.
        found.shallow.iter().for_each(|oid| pkt::put(&mut out, format!("shallow {oid}").as_bytes()));
        found.unshallow.iter().for_each(|oid| pkt::put(&mut out, format!("unshallow {oid}").as_bytes()));
        out.extend_from_slice(pkt::FLUSH);
    }
    match old_acknowledgements(&mut out, &fetch, &found) {
        true => Ok(pack(
            app,
            grant,
            found,
            Wrapping { before: out, band: fetch.old.band, quiet: fetch.no_progress },
        )),
        false => Ok(answer(MEDIA, out)),
    }
}

/// Versions 0 and 1 tell of each commit that is known; whether the pack follows at once.
fn old_acknowledgements(out: &mut Vec<u8>, fetch: &Fetch, found: &Found) -> bool {
    if !fetch.done && !fetch.old.told {
        return false;
    }
    let last = found.common.last();
    if fetch.old.detailed {
        found.common.iter().for_each(|oid| pkt::text(out, &format!("ACK {oid} common")));
    }
    if fetch.done {
        match last {
            Some(last) => pkt::text(out, &format!("ACK {last}")),
            None => pkt::text(out, "NAK"),
        }
        return true;
    }
    let ready = last.filter(|_| found.ready && fetch.old.detailed);
    if let Some(last) = ready {
        pkt::text(out, &format!("ACK {last} ready"));
    }
    match (last, fetch.old.detailed) {
        // Without details one commit that is known is told of, once.
        (Some(last), false) => pkt::text(out, &format!("ACK {last}")),
        _ => pkt::text(out, "NAK"),
    }
    if let Some(last) = ready.filter(|_| fetch.old.no_done) {
        pkt::text(out, &format!("ACK {last}"));
        return true;
    }
    false
}

async fn find(app: &App, grant: &Grant<Read>, fetch: &Fetch) -> Answer<Found> {
    let filter = match fetch.filter {
        fetch::Filter::None => Filter::None,
        fetch::Filter::Blobs(bytes) => Filter::Blobs(bytes),
        fetch::Filter::Trees(depth) => Filter::Trees(depth),
    };
    let asked = Asked {
        wants: fetch.wants.iter().copied().collect(),
        haves: fetch.haves.iter().copied().collect(),
        shallow: fetch.shallow.iter().copied().collect(),
        depth: fetch.deepen.clone(),
        filter,
        include_tag: fetch.include_tag,
        ofs_delta: fetch.ofs_delta,
    };
    Ok(git::find(&app.commons, grant, &asked).await?)
}

/// What stands around a pack.
struct Wrapping {
    before: Vec<u8>,
    /// Bytes of a line of a band; nothing where there are no bands.
    band: Option<usize>,
    quiet: bool,
}

/// The pack, as it is made.
fn pack(app: &App, grant: Grant<Read>, found: Found, wrapping: Wrapping) -> Response {
    let app = app.clone();
    let body = stream::body(|out| async move {
        let (band, before) = (wrapping.band, wrapping.before);
        out.put(before).await?;
        match sent(&app, &grant, found, (band, wrapping.quiet), &out).await? {
            Ok(()) if band.is_some() => out.put(pkt::FLUSH.to_vec()).await,
            Ok(()) => Ok(()),
            Err(refusal) => {
                let text = refusal.to_string();
                let _ = Failure(refusal).into_response();
                match band.is_some() {
                    true => {
                        out.band(Band::Error, format!("{text}\n").as_bytes()).await?;
                        out.put(pkt::FLUSH.to_vec()).await?;
                    }
                    // Without bands nothing but an end that is none tells that this is not the whole.
                    false => out.broken().await,
                }
                Ok(())
            }
        }
    });
    answer(MEDIA, body)
}

async fn sent(
    app: &App,
    grant: &Grant<Read>,
    found: Found,
    (band, quiet): (Option<usize>, bool),
    out: &Out,
) -> Result<Result<(), Refusal>, Gone> {
    let has_bands = band.is_some();
    let mut sending = match out.alive(has_bands, git::send(&app.commons, grant, found)).await? {
        Ok(sending) => sending,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if has_bands && !quiet {
        let counted = format!("Sending {} objects.\n", sending.len());
        out.band(Band::Progress, counted.as_bytes()).await?;
    }
    loop {
        let (next, piece) = match git::next_piece(sending, PIECE).await {
            Ok(next) => next,
            Err(refusal) => return Ok(Err(refusal)),
        };
        sending = next;
        let Some(piece) = piece else { return Ok(Ok(())) };
        match band {
            Some(most) => {
                let mut lines = Vec::with_capacity(piece.len() + piece.len() / 128 + 16);
                piece.chunks(most).for_each(|part| pkt::band(&mut lines, Band::Data, part));
                out.put(lines).await?;
            }
            None => out.put(piece).await?,
        }
    }
}
