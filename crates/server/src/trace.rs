//! Around every request: an id, a line in the log, figures for `/metrics`, and the address of renamed repos.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use seedcorn_core::repo::RepoKind;

use crate::app::App;
use crate::refuse::{Failure, MovedTo};
use crate::{body, patience};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a request id taken over from the client.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// Upper bounds of the buckets of request durations, in milliseconds.
const BUCKETS_MS: [u64; 8] = [5, 25, 100, 500, 2_000, 10_000, 60_000, 600_000];

/// Figures since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    by_class: [AtomicU64; 6],
    in_flight: AtomicI64,
    buckets: [AtomicU64; BUCKETS_MS.len()],
    count: AtomicU64,
    sum_ms: AtomicU64,
}

impl Metrics {
    fn note(&self, status: u16, ms: u64) {
        let class = usize::from(status / 100).min(self.by_class.len() - 1);
        self.by_class[class].fetch_add(1, Ordering::Relaxed);
        for (bucket, bound) in self.buckets.iter().zip(BUCKETS_MS) {
            if ms <= bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// In Prometheus's text format.
    pub(crate) fn render(&self) -> String {
        let mut out = String::from("# HELP seedcorn_requests_total Requests answered, by class of status.\n");
        out.push_str("# TYPE seedcorn_requests_total counter\n");
        for (class, count) in self.by_class.iter().enumerate().skip(1) {
            let count = count.load(Ordering::Relaxed);
            out.push_str(&format!("seedcorn_requests_total{{class=\"{class}xx\"}} {count}\n"));
        }
        out.push_str("# HELP seedcorn_requests_in_flight Requests being answered.\n");
        out.push_str("# TYPE seedcorn_requests_in_flight gauge\n");
        out.push_str(&format!("seedcorn_requests_in_flight {}\n", self.in_flight.load(Ordering::Relaxed)));
        out.push_str("# HELP seedcorn_request_seconds Time to the answer's headers.\n");
        out.push_str("# TYPE seedcorn_request_seconds histogram\n");
        for (bucket, bound) in self.buckets.iter().zip(BUCKETS_MS) {
            let (count, bound) = (bucket.load(Ordering::Relaxed), bound as f64 / 1000.0);
            out.push_str(&format!("seedcorn_request_seconds_bucket{{le=\"{bound}\"}} {count}\n"));
        }
        let (count, sum) = (self.count.load(Ordering::Relaxed), self.sum_ms.load(Ordering::Relaxed));
        out.push_str(&format!("seedcorn_request_seconds_bucket{{le=\"+Inf\"}} {count}\n"));
        out.push_str(&format!("seedcorn_request_seconds_sum {}\n", sum as f64 / 1000.0));
        out.push_str(&format!("seedcorn_request_seconds_count {count}\n"));
        out
    }
}

/// A request that is being answered, until it is answered or its client is gone.
struct InFlight(Arc<Metrics>);

impl InFlight {
    fn enter(metrics: Arc<Metrics>) -> InFlight {
        metrics.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(metrics)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The client's own id if it is a harmless one, else a new one.
fn request_id(request: &Request) -> HeaderValue {
    let harmless = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        let plain =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b';');
        !bytes.is_empty() && bytes.len() <= REQUEST_ID_CHARS_MAX && bytes.iter().all(plain)
    };
    let headers = request.headers();
    let given = headers.get(&REQUEST_ID).or_else(|| headers.get("x-amzn-trace-id")).filter(harmless);
    given.cloned().unwrap_or_else(fresh_id)
}

fn fresh_id() -> HeaderValue {
    HeaderValue::from_str(&seedcorn_commons::request_id()).unwrap_or(HeaderValue::from_static("-"))
}

/// The middleware.
pub(crate) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let in_flight = InFlight::enter(app.metrics.clone());
    let (mut parts, waiting) = request.into_parts();
    // So that whoever answers can tell it.
    parts.headers.insert(REQUEST_ID, id.clone());
    let (waiting, stalled) = patience::awaited(waiting, app.bounds.stalled);
    let room = app.rooms.of(parts.headers.contains_key(header::AUTHORIZATION));
    let mut response = body::within(room, next.run(Request::from_parts(parts, waiting))).await;
    drop(in_flight);
    if let Some(refusal) = stalled.refusal() {
        response = Failure(refusal).into_response();
    }
    if let Some(MovedTo(to)) = response.extensions_mut().remove::<MovedTo>()
        && let Some(location) = moved(&uri, &to)
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(REQUEST_ID, id.clone());
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    app.metrics.note(status, ms);
    // The query and sealed addresses are left out: they may carry secrets.
    let shown = route.as_deref().unwrap_or("unmatched");
    let id = id.to_str().unwrap_or("-");
    tracing::info!(target: "seedcorn::request", %method, route = shown, status, ms, id, "answered");
    response
}

/// Whether a first segment tells the kind of repo that follows.
fn is_prefix(first: &str) -> bool {
    RepoKind::ALL.iter().any(|kind| kind.prefix().strip_suffix('/') == Some(first))
}

/// The address asked for with the repo's new name in it, without a host: old clients take an absolute one for a CDN.
fn moved(uri: &http::Uri, to: &str) -> Option<HeaderValue> {
    let path = uri.path();
    let mut parts: Vec<&str> = path.split('/').skip(1).collect();
    let mut at = 0;
    if path.starts_with(crate::api::ROOT) {
        at += 4;
    } else if parts.first() == Some(&"api") {
        at += 2;
    } else if parts.first().is_some_and(|first| is_prefix(first)) {
        at += 1;
    }
    let (namespace, name) = to.split_once('/')?;
    let git = parts.get(at + 1)?.ends_with(".git");
    let name = if git { format!("{name}.git") } else { name.to_owned() };
    *parts.get_mut(at)? = namespace;
    *parts.get_mut(at + 1)? = &name;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    HeaderValue::from_str(&format!("/{}{query}", parts.join("/"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renamed_addresses() {
        for (from, to) in [
            ("/a/b/resolve/main/x%2Fy?z=1", "/n/m/resolve/main/x%2Fy?z=1"),
            ("/datasets/a/b/resolve/main/x", "/datasets/n/m/resolve/main/x"),
            ("/api/models/a/b", "/api/models/n/m"),
            ("/code/a/b/cite.bib?rev=v1", "/code/n/m/cite.bib?rev=v1"),
            ("/api/papers/a/b", "/api/papers/n/m"),
            ("/api/commons/v1/models/a/b/weights/main", "/api/commons/v1/models/n/m/weights/main"),
            ("/a/b.git/info/lfs/objects/batch", "/n/m.git/info/lfs/objects/batch"),
        ] {
            let uri: http::Uri = from.parse().unwrap_or_default();
            assert_eq!(moved(&uri, "n/m").map(|v| v.to_str().unwrap_or("").to_owned()).as_deref(), Some(to));
        }
    }
}
