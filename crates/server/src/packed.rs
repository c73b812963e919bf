//! Answers that are sent packed (gzip) to clients that take them so: texts of our own making alone, and those that say
//! they may be. A file of a repo never is: it is named by what it is, byte by byte. Nor is what is told to somebody in
//! particular: by its packed length, what stands in it could be guessed (BREACH).

use std::io::Write;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use seedcorn_commons::compute;
use seedcorn_core::limits;

/// Marks an answer that may be sent packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Packable {
    /// It is the same for everybody.
    Always,
    /// If nobody in particular asks.
    ForStrangers,
}

/// How well it is packed: better costs much more time than it saves.
const LEVEL: u32 = 5;
/// Pages that strangers are shown with a secret of theirs in them.
const SECRET: [&str; 3] = ["/join", "/login", "/device"];

/// The middleware.
pub(crate) async fn around(request: Request, next: Next) -> Response {
    let wanted = *request.method() == Method::GET && takes_gzip(request.headers());
    let headers = request.headers();
    let known = headers.contains_key(header::COOKIE) || headers.contains_key(header::AUTHORIZATION);
    let secret = SECRET.iter().any(|path| request.uri().path().starts_with(path));
    let mut response = next.run(request).await;
    let may = match response.extensions().get::<Packable>() {
        None => return response,
        Some(Packable::Always) => true,
        Some(Packable::ForStrangers) => !known && !secret,
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let coded = response.headers().contains_key(header::CONTENT_ENCODING);
    let length = response.body().size_hint().exact();
    let fits =
        length.is_some_and(|length| (limits::PACKED_BYTES_MIN..=limits::PACKED_BYTES_MAX).contains(&length));
    match wanted && may && fits && !coded && response.status() == StatusCode::OK {
        true => packed(response).await,
        false => response,
    }
}

async fn packed(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        // It is in memory, so it does not break off.
        return Response::from_parts(parts, Body::empty());
    };
    let taken = plain.clone();
    let Ok(Ok(bytes)) = compute(move || pack(&taken)).await else {
        return Response::from_parts(parts, Body::from(plain));
    };
    let headers = &mut parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    // The tag names the text; these are other bytes of the same.
    let weak = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = weak.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
        headers.insert(header::ETAG, weak);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn pack(plain: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::new(LEVEL));
    encoder.write_all(plain)?;
    encoder.finish()
}

/// Whether gzip is among what the client takes (RFC 9110 §12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let named = lists.flat_map(|list| list.split(',')).filter_map(|coding| {
        let (name, rest) = coding.split_once(';').unwrap_or((coding, ""));
        let weight =
            rest.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
        let name = name.trim();
        matches!(name.to_ascii_lowercase().as_str(), "gzip" | "x-gzip" | "*")
            .then_some((name != "*", weight?))
    });
    // What is said of gzip itself counts more than what is said of all.
    named.max_by_key(|(exact, _)| *exact).is_some_and(|(_, weight)| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_gzip() {
        for (text, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, gzip;q=0.8", true),
            ("*", true),
            ("gzip;q=0", false),
            ("*, gzip;q=0", false),
            ("gzip;q=x", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            assert_eq!(takes_gzip(&headers), expected, "{text}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
