//! The transparency log as static files (C2SP tlog-tiles): its checkpoint, its tiles, and its entries in bundles.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};
use seedcorn_commons::log;

use crate::app::App;
use crate::packed::Packable;
use crate::refuse::Answer;
use crate::router::{Access, Route, route};

/// Where the log of a hub is, below its address.
pub(crate) const ROOT: &str = "/log/1";

/// The addresses of this face.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        route("GET", format!("{ROOT}/checkpoint"), Access::Public, get(checkpoint)),
        route("GET", format!("{ROOT}/tile/{{*path}}"), Access::Public, get(tile)),
    ]
}

/// `GET /log/1/checkpoint`.
async fn checkpoint(State(app): State<App>) -> Answer<Response> {
    let text = log::checkpoint(&app.commons).await?;
    Ok(typed(text.into_response(), "text/plain; charset=utf-8", "public, max-age=2"))
}

/// `GET /log/1/tile/{path}`: a tile, or a bundle of entries.
async fn tile(State(app): State<App>, Path(path): Path<String>) -> Answer<Response> {
    let bytes = log::file(&app.commons, &format!("tile/{path}")).await?;
    let keep = "public, max-age=31536000, immutable";
    let mut response = typed(bytes.into_response(), "application/octet-stream", keep);
    if path.starts_with("entries/") {
        // They are text; hashes do not become smaller.
        response.extensions_mut().insert(Packable::Always);
    }
    Ok(response)
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
