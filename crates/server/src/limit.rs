//! How much one may ask in five minutes, and what is told of that: headers that clients wait by (IETF httpapi-ratelimit-headers, draft 9).
//!
//! Members are counted by who they are, others by their address. Each process counts for itself.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use seedcorn_commons::identity;

use crate::actor::{Asker, secret};
use crate::app::App;
use crate::client::address;
use crate::refuse::error_response;

/// Seconds of a window.
const WINDOW_SECS: i64 = 300;
/// Callers that are counted at once.
const CALLERS_MAX: u64 = 200_000;

/// How many requests in a window each caller has, of each kind; 0 is as many as they like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quotas {
    /// From one address, without a token.
    pub strangers: u32,
    /// By one member.
    pub members: u32,
}

/// What requests are counted apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Api,
    Resolvers,
    Pages,
}

impl Kind {
    /// Of an address; none of what is not counted: parts of pages, and what watches the hub.
    fn of(path: &str) -> Option<Kind> {
        let begins = |all: &[&str]| all.iter().any(|begin| path.starts_with(begin));
        let is = |all: &[&str]| all.contains(&path);
        if begins(&["/-/static/", "/log/1/"]) || is(&["/healthz", "/readyz", "/metrics", "/robots.txt"]) {
            None
        } else if begins(&["/xet/", "/lfs/", "/-/raw/"])
            || ["/resolve/", "/raw/", "/lfs-object/", "/info/lfs/"].iter().any(|part| path.contains(part))
        {
            Some(Kind::Resolvers)
        } else if begins(&["/api/", "/oauth/"]) {
            Some(Kind::Api)
        } else {
            Some(Kind::Pages)
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Api => "api",
            Kind::Resolvers => "resolvers",
            Kind::Pages => "pages",
        }
    }
}

/// Who is counted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Caller {
    Member(String),
    Address(IpAddr),
}

type Window = (Kind, Caller, i64);

/// What was counted.
#[derive(Clone, Debug)]
pub(crate) struct Counted(moka::sync::Cache<Window, Arc<AtomicU32>>);

impl Default for Counted {
    fn default() -> Self {
        let lives = Duration::from_secs(WINDOW_SECS.unsigned_abs());
        Counted(
            moka::sync::Cache::builder()
                .eviction_policy(moka::policy::EvictionPolicy::lru())
                .max_capacity(CALLERS_MAX)
                .time_to_live(lives)
                .build(),
        )
    }
}

/// What is left of a quota.
struct Left {
    kind: Kind,
    quota: u32,
    rest: Option<u32>,
    seconds: i64,
}

impl Counted {
    fn count(&self, kind: Kind, caller: Caller, quota: u32, now_secs: i64) -> Left {
        let window = now_secs.div_euclid(WINDOW_SECS);
        let counter = self.0.get_with((kind, caller, window), Arc::default);
        let before = counter.fetch_add(1, Ordering::Relaxed);
        // Nobody counts round to the beginning.
        if before == u32::MAX {
            counter.store(u32::MAX, Ordering::Relaxed);
        }
        let rest = quota.checked_sub(before).and_then(|left| left.checked_sub(1));
        Left { kind, quota, rest, seconds: (window + 1) * WINDOW_SECS - now_secs }
    }
}

impl Left {
    fn tell(&self, response: &mut Response) {
        let (word, rest) = (self.kind.word(), self.rest.unwrap_or(0));
        let texts = [
            ("ratelimit", format!("\"{word}\";r={rest};t={}", self.seconds)),
            ("ratelimit-policy", format!("\"fixed window\";\"{word}\";q={};w={WINDOW_SECS}", self.quota)),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
    }

    fn refusal(&self) -> Response {
        let text = format!(
            "You asked too much: {} requests in {} minutes are answered. Ask again in {} seconds.",
            self.quota,
            WINDOW_SECS / 60,
            self.seconds
        );
        let mut response = error_response(StatusCode::TOO_MANY_REQUESTS, None, &text).into_response();
        if let Ok(value) = HeaderValue::try_from(self.seconds.to_string()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// A network counts as one: whoever has an address of version 6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
        address => address,
    }
}

/// Counts a request, and refuses it where there were too many. What comes from this machine itself is not counted.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(left) = counted(&app, &mut request).await else { return next.run(request).await };
    let mut response = match left.rest {
        Some(_) => next.run(request).await,
        None => left.refusal(),
    };
    left.tell(&mut response);
    response
}

async fn counted(app: &App, request: &mut Request) -> Option<Left> {
    if app.quotas == Quotas::default() {
        return None;
    }
    let kind = Kind::of(request.uri().path())?;
    let address = address(request.extensions(), request.headers(), &app.proxies)?;
    // Behind a proxy everything comes from this machine, or says so.
    if address.is_loopback() && !request.headers().contains_key("x-forwarded-for") {
        return None;
    }
    let own_tokens = !["/xet/", "/lfs/"].iter().any(|begin| request.uri().path().starts_with(begin));
    let member = match secret(request.headers()).ok().flatten().filter(|_| own_tokens) {
        Some(secret) => identity::identify(&app.commons, &secret).await.ok(),
        None => None,
    };
    let (caller, quota) = match &member {
        Some(actor) => (Caller::Member(actor.member.0.clone()), app.quotas.members),
        None => (Caller::Address(network(address)), app.quotas.strangers),
    };
    if let Some(actor) = member {
        // It need not be found out again.
        request.extensions_mut().insert(Asker(Some(actor)));
    }
    let now = app.commons.now().0.div_euclid(1_000_000);
    (quota > 0).then(|| app.counted.count(kind, caller, quota, now))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn windows_end_and_callers_are_apart() {
        let counted = Counted::default();
        let caller = |n: u8| Caller::Address(IpAddr::from([9, 9, 9, n]));
        let rest = |kind, n, now| counted.count(kind, caller(n), 2, now).rest;
        assert_eq!([0, 1, 2].map(|_| rest(Kind::Api, 1, 299)), [Some(1), Some(0), None]);
        assert_eq!((rest(Kind::Api, 2, 299), rest(Kind::Pages, 1, 299)), (Some(1), Some(1)));
        assert_eq!(rest(Kind::Api, 1, 300), Some(1));
        assert_eq!(counted.count(Kind::Api, caller(3), 2, 299).seconds, 1);
    }

    #[test]
    fn a_network_of_version_6_is_one() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!((of("::ffff:1.2.3.4"), of("1.2.3.4")), ("1.2.3.4".into(), "1.2.3.4".into()));
    }

    #[test]
    fn what_is_counted_as_what() {
        for (path, word) in [
            ("/api/models/a/b", Some("api")),
            ("/a/b/resolve/main/x", Some("resolvers")),
            ("/datasets/a/b/raw/main/x", Some("resolvers")),
            ("/xet/s/v1/reconstructions/x", Some("resolvers")),
            ("/a/b.git/info/lfs/objects/batch", Some("resolvers")),
            ("/", Some("pages")),
            ("/a/b", Some("pages")),
            ("/-/static/x/y.css", None),
            ("/healthz", None),
            ("/healthz1/model/resolve/main/x", Some("resolvers")),
            ("/metrics-lab", Some("pages")),
            ("/log/1/checkpoint", None),
        ] {
            assert_eq!(Kind::of(path).map(Kind::word), word, "{path}");
        }
    }
}
