//! `HEAD|GET /…/resolve/{rev}/{path}` and `raw`: files by name. HEAD and GET share everything but the body.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use seedcorn_commons::access::{Grant, Read};
use seedcorn_commons::grade::{self, Brief};
use seedcorn_commons::pull::{self, From, Located};
use seedcorn_commons::usage::Who;
use seedcorn_commons::{Refusal, scan};
use seedcorn_core::id::RepoId;
use seedcorn_core::usage::{Day, is_content};

use crate::app::App;
use crate::bytes_range::{Asked, asked};
use crate::client::Client;
use crate::condition::{self, Verdict};
use crate::place::Place;
use crate::refuse::{Answer, Failure, error_response};

pub(crate) async fn resolve(
    State(app): State<App>,
    method: Method,
    place: Place,
    client: Client,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = place.grant::<Read>(&app).await?;
    let located = pull::locate(&app.commons, &grant, place.part("rev"), place.part("path"), true).await?;
    answer(&app, &grant, &client, &method, &headers, located, place.part("path")).await
}

/// The file as git has it: a large file's pointer, not the file.
pub(crate) async fn raw(
    State(app): State<App>,
    method: Method,
    place: Place,
    client: Client,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = place.grant::<Read>(&app).await?;
    let located = pull::locate(&app.commons, &grant, place.part("rev"), place.part("path"), false).await?;
    answer(&app, &grant, &client, &method, &headers, located, place.part("path")).await
}

/// A large file of the repo by its SHA-256: where git-lfs is sent.
pub(crate) async fn object(
    State(app): State<App>,
    method: Method,
    place: Place,
    client: Client,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = place.grant::<Read>(&app).await?;
    let sha256 = place.part("oid").parse().map_err(|why| Refusal::Invalid(format!("object: {why}")))?;
    let located = pull::locate_object(&app.commons, &grant, sha256).await?;
    answer(&app, &grant, &client, &method, &headers, located, place.part("oid")).await
}

pub(crate) async fn answer(
    app: &App,
    grant: &Grant<Read>,
    client: &Client,
    method: &Method,
    headers: &HeaderMap,
    located: Located,
    path: &str,
) -> Answer<Response> {
    let head = *method == Method::HEAD;
    let tag = located.etag();
    // An object of LFS goes by its digest, and by no path.
    scan::may_give(&app.commons, grant, &tag, Some(path).filter(|path| *path != tag)).await?;
    let mut out = describe(app, grant, headers, &located, path, &format!("\"{tag}\""));
    if let Some(warning) = grade::may_pull(&app.commons, grant, Some(&located.commit)).await? {
        // The clients tell a warning of a topic once.
        put(&mut out, HeaderName::from_static("x-hf-warning"), &format!("openness; {warning}"));
    }
    if let Some(brief) = grade::brief(&app.commons, grant, &located.commit.oid).await? {
        put(&mut out, HeaderName::from_static("x-seedcorn-openness"), &openness(grant, brief, &located));
    }
    match condition::judge(headers, &tag) {
        Verdict::Go => {}
        Verdict::Unchanged => {
            *out.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(out);
        }
        Verdict::Another => return Ok(another_version(&out)),
    }
    // A range means something to GET alone, and a part is only wanted of the content that the asker already has.
    let wanted = match head || !condition::part_wanted(headers, &tag) {
        true => Asked::Whole,
        false => asked(headers, located.bytes),
    };
    let range = match wanted {
        Asked::Whole => 0..located.bytes,
        Asked::Part(range) => {
            *out.status_mut() = StatusCode::PARTIAL_CONTENT;
            let shown = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), located.bytes);
            put(&mut out, header::CONTENT_RANGE, &shown);
            range
        }
        Asked::Outside => {
            let mut failure = Failure(Refusal::Range(located.bytes)).into_response();
            copy(&out, &mut failure, HeaderName::from_static("x-repo-commit"));
            return Ok(failure);
        }
    };
    let wanted_bytes = range.end - range.start;
    put(&mut out, header::CONTENT_LENGTH, &wanted_bytes.to_string());
    if !head {
        let begins = range.start == 0;
        let mut pieces = pull::stream(&app.commons, &located, range).await?;
        // What cannot even begin, because it is damaged or lost, still gets a status that says so.
        let first = pieces.next().await.transpose()?;
        let pieces = stream::iter(first.map(Ok)).chain(pieces).inspect_err(log_broken);
        *out.body_mut() = match is_embedded(headers) {
            true => Body::from_stream(pieces),
            false => {
                let who = client.who(app, grant.actor());
                let repo = grant.repo();
                if begins {
                    app.commons.note_asked(&repo.id, &who);
                }
                let is_large = matches!(located.from, From::Chunks { .. });
                match is_content(repo.kind, path, is_large) {
                    true => Body::from_stream(counted(
                        app,
                        (repo.id.clone(), (who, Day::of(app.commons.now()))),
                        wanted_bytes,
                        pieces,
                    )),
                    false => Body::from_stream(pieces),
                }
            }
        };
    }
    Ok(out)
}

/// Counts bytes that somebody has in full: what breaks off is not used.
pub(crate) fn counted<E, S: Stream<Item = Result<Bytes, E>>>(
    app: &App,
    (repo, who): (RepoId, (Who, Day)),
    bytes: u64,
    pieces: S,
) -> impl Stream<Item = Result<Bytes, E>> + use<E, S> {
    let commons = app.commons.clone();
    let mut left = bytes;
    pieces.inspect_ok(move |piece| {
        let before = left;
        left = left.saturating_sub(piece.len() as u64);
        if left == 0 && before > 0 {
            commons.note_sent(&repo, (&who.0, who.1), bytes);
        }
    })
}

/// What is known of the revision, in a line: `mof=III; possible=II; rev=…`.
fn openness(grant: &Grant<Read>, brief: Brief, located: &Located) -> String {
    let profile = grade::usual(grant.repo().kind);
    format!("{profile}={}; possible={}; rev={}", brief.confirmed, brief.possible, located.commit.oid)
}

/// Whether a page shows the file within itself, as its pictures: looking at a page downloads nothing.
fn is_embedded(headers: &HeaderMap) -> bool {
    let within = headers.get("sec-fetch-dest").and_then(|value| value.to_str().ok());
    matches!(within, Some("image" | "audio" | "video" | "track" | "embed" | "object" | "iframe"))
}

/// A body that breaks off midway cannot be given another status: it is cut, and the reason goes to the log.
fn log_broken(refusal: &Refusal) {
    if let Refusal::Broken(error) = refusal {
        tracing::error!(error = format!("{error:#}"), "a download broke off");
    }
}

fn copy(from: &Response, to: &mut Response, name: HeaderName) {
    if let Some(value) = from.headers().get(&name) {
        to.headers_mut().insert(name, value.clone());
    }
}

fn put(response: &mut Response, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}

/// What is here is not what `If-Match` names.
fn another_version(described: &Response) -> Response {
    let text =
        "the file is not the version that If-Match names; this answer's ETag names the one that is here";
    let mut failure = error_response(StatusCode::PRECONDITION_FAILED, None, text);
    copy(described, &mut failure, HeaderName::from_static("x-repo-commit"));
    copy(described, &mut failure, header::ETAG);
    failure
}

/// Every header that tells of the file.
fn describe(
    app: &App,
    grant: &Grant<Read>,
    headers: &HeaderMap,
    located: &Located,
    path: &str,
    etag: &str,
) -> Response {
    let mut out = Response::new(Body::empty());
    let commit = located.commit.oid.to_string();
    put(&mut out, HeaderName::from_static("x-repo-commit"), &commit);
    put(&mut out, header::ETAG, etag);
    put(&mut out, header::ACCEPT_RANGES, "bytes");
    let kind = content_type(path);
    put(&mut out, header::CONTENT_TYPE, kind);
    // A browser must neither guess at a type nor run what somebody uploaded in the hub's name.
    put(&mut out, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(&mut out, header::CONTENT_SECURITY_POLICY, policy(kind));
    put(&mut out, header::CONTENT_DISPOSITION, &disposition(path));
    put(&mut out, header::VARY, "authorization");
    let cache =
        if grant.repo().private || !grant.repo().gated.is_empty() { "private, no-store" } else { "no-cache" };
    put(&mut out, header::CACHE_CONTROL, cache);
    put(
        &mut out,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "X-Repo-Commit, X-Linked-Size, X-Linked-ETag, X-Xet-Hash, X-Request-Id, X-Error-Code, X-Error-Message, X-Seedcorn-Openness, ETag, Link",
    );
    if let From::Chunks { xet, .. } = &located.from {
        put(&mut out, HeaderName::from_static("x-linked-etag"), etag);
        put(&mut out, HeaderName::from_static("x-linked-size"), &located.bytes.to_string());
        put(&mut out, HeaderName::from_static("x-xet-hash"), &xet.to_string());
        let (kind, name) = (grant.repo().kind.plural(), grant.repo().full_name());
        let route = format!("{}/api/{kind}/{name}/xet-read-token/{commit}", app.base(headers));
        put(&mut out, header::LINK, &format!("<{route}>; rel=\"xet-auth\""));
        put(&mut out, HeaderName::from_static("x-xet-refresh-route"), &route);
    }
    out
}

/// What a file may do in a browser that shows it: nothing, and a drawing may have its colours. The viewers of PDF are
/// programs of their own, which do not start in a sandbox and see nothing of the hub.
fn policy(kind: &str) -> &'static str {
    match kind {
        "application/pdf" => "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'",
        SVG => "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        _ => "default-src 'none'; sandbox",
    }
}

const SVG: &str = "image/svg+xml";

/// The type by the name's ending. What a browser would run is sent as plain text or bytes; a drawing as one, so that cards
/// can show it, where nothing in it runs.
fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "md" | "txt" | "py" | "rs" | "yaml" | "yml" | "toml" | "csv" | "jsonl" | "html" | "xml" | "js"
        | "gitattributes" | "gitignore" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => SVG,
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "flac" => "audio/flac",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

/// The trailing semicolon is what the clients' pattern looks for.
fn disposition(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | ';') { c } else { '_' })
        .collect();
    // As a page of its own a drawing could run scripts, were it not for the sandbox; and nobody opens it for that.
    let way = if content_type(path) == SVG { "attachment" } else { "inline" };
    format!("{way}; filename*=UTF-8''{}; filename=\"{plain}\";", crate::place::segment(name))
}
