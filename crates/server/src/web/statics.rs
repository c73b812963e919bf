//! Stylesheet, script and pictures, part of the program. Their address holds a hash of their bytes, so that browsers keep
//! them for ever and never an old one.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};

use crate::condition::{self, Verdict};
use crate::packed::Packable;
use crate::refuse::nothing_here;

/// A file of the program.
struct File {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const FILES: [File; 7] = [
    File { name: "tokens.css", kind: "text/css", bytes: include_bytes!("../../static/tokens.css") },
    File { name: "seedcorn.css", kind: "text/css", bytes: include_bytes!("../../static/seedcorn.css") },
    File { name: "seedcorn.js", kind: "text/javascript", bytes: include_bytes!("../../static/seedcorn.js") },
    File { name: "upload.js", kind: "text/javascript", bytes: include_bytes!("../../static/upload.js") },
    File { name: "sha256.js", kind: "text/javascript", bytes: include_bytes!("../../static/sha256.js") },
    File { name: "icons.svg", kind: "image/svg+xml", bytes: include_bytes!("../../static/icons.svg") },
    File { name: "favicon.svg", kind: "image/svg+xml", bytes: include_bytes!("../../static/favicon.svg") },
];

/// Of all files together: when one changes, all have new addresses.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for file in &FILES {
        hasher.update(file.bytes);
    }
    hasher.finalize().to_hex()[..16].to_owned()
});

/// Addresses of the program's files, as templates name them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statics;

impl Statics {
    /// The address of a file.
    pub(crate) fn at(self, name: &str) -> String {
        format!("/-/static/{}/{name}", *HASH)
    }
}

/// `GET /-/static/{hash}/{name}`.
pub(crate) async fn get(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return nothing_here();
    };
    let etag = format!("\"{}\"", *HASH);
    if condition::judge(&headers, &HASH) == Verdict::Unchanged {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    // A page of another version may ask for its own files: it gets ours, but not for ever.
    let keep = if hash == *HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, format!("{}; charset=utf-8", file.kind)),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::ETAG, etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let mut response = (headers, file.bytes).into_response();
    response.extensions_mut().insert(Packable::Always);
    response
}
