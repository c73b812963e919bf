//! The transparency log as static files (C2SP tlog-tiles): its checkpoint, its tiles, and its entries in bundles.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use seedcorn_commons::log;
use seedcorn_core::limits;
use seedcorn_core::log::Turned;

use crate::app::App;
use crate::body;
use crate::packed::Packable;
use crate::refuse::Answer;
use crate::router::{Access, Route, route};

/// Where the log of a hub is, below its address.
pub(crate) const ROOT: &str = "/log/1";

/// Where logs of others are that are kept here, each behind the SHA-256 of what names it.
pub(crate) const MIRRORS: &str = "/mirror";

/// The addresses of this face.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        route("GET", format!("{ROOT}/checkpoint"), Access::Public, get(checkpoint)),
        route("GET", format!("{ROOT}/tile/{{*path}}"), Access::Public, get(tile)),
        route("POST", "/witness/add-checkpoint", Access::Public, post(add_checkpoint)),
        route("GET", "/witness/{origin}/checkpoint", Access::Public, get(seen)),
        route("GET", format!("{MIRRORS}/{{origin}}/checkpoint"), Access::Public, get(mirror_checkpoint)),
        route("GET", format!("{MIRRORS}/{{origin}}/tile/{{*path}}"), Access::Public, get(mirror_tile)),
    ]
}

/// `GET /log/1/checkpoint`.
async fn checkpoint(State(app): State<App>) -> Answer<Response> {
    let text = log::checkpoint(&app.commons).await?;
    Ok(typed(text.into_response(), "text/plain; charset=utf-8", "public, max-age=2"))
}

/// `GET /log/1/tile/{path}`: a tile, or a bundle of entries.
async fn tile(State(app): State<App>, Path(path): Path<String>) -> Answer<Response> {
    Ok(file(log::file(&app.commons, &format!("tile/{path}")).await?, &path))
}

fn file(bytes: Bytes, path: &str) -> Response {
    let keep = "public, max-age=31536000, immutable";
    let mut response = typed(bytes.into_response(), "application/octet-stream", keep);
    if path.starts_with("entries/") {
        // They are text; hashes do not become smaller.
        response.extensions_mut().insert(Packable::Always);
    }
    response
}

/// `GET /mirror/{origin}/checkpoint`: how far a log of others is kept here, by the SHA-256 of what names it.
async fn mirror_checkpoint(State(app): State<App>, Path(origin): Path<String>) -> Answer<Response> {
    let text = log::mirror_checkpoint(&app.commons, &origin).await?;
    Ok(typed(text.into_response(), "text/plain; charset=utf-8", "public, max-age=2"))
}

/// `GET /mirror/{origin}/tile/{path}`: a tile of a log of others, or a bundle of its entries.
async fn mirror_tile(
    State(app): State<App>,
    Path((origin, path)): Path<(String, String)>,
) -> Answer<Response> {
    Ok(file(log::mirror_file(&app.commons, &origin, &format!("tile/{path}")).await?, &path))
}

/// `POST /witness/add-checkpoint`: whether a log of others goes on from what was seen of it (C2SP tlog-witness).
async fn add_checkpoint(State(app): State<App>, body: Body) -> Answer<Response> {
    let bytes = body::whole(body, limits::WITNESS_BYTES_MAX).await?;
    let text = String::from_utf8_lossy(&bytes);
    let (status, media, said) = match log::add_checkpoint(&app.commons, &text).await? {
        Ok(line) => (StatusCode::OK, "text/plain; charset=utf-8", line),
        Err(Turned::Another(size)) => (StatusCode::CONFLICT, "text/x.tlog.size", format!("{size}\n")),
        Err(turned) => {
            let status = StatusCode::from_u16(turned.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, "text/plain; charset=utf-8", format!("{turned}\n"))
        }
    };
    let mut response = typed(said.into_response(), media, "no-store");
    *response.status_mut() = status;
    Ok(response)
}

/// `GET /witness/{origin}/checkpoint`: what was seen last of a log, by the SHA-256 of what names it.
async fn seen(State(app): State<App>, Path(origin): Path<String>) -> Answer<Response> {
    let note = log::seen(&app.commons, &origin).await?;
    Ok(typed(note.into_response(), "text/plain; charset=utf-8", "public, max-age=2"))
}

fn typed(mut response: Response, media: &'static str, keep: &'static str) -> Response {
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What everybody may read, monitors in a browser may as well.
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
