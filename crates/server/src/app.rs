//! What every handler is given.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use seedcorn_commons::Commons;
use seedcorn_commons::join::Registration;
use seedcorn_core::limits;

use crate::body::Rooms;
use crate::client::Proxies;
use crate::limit::{Counted, Quotas};
use crate::trace::Metrics;
use crate::web::made::Made;

/// How patient the server is with its clients, and how much it holds for them. The default is what `limits` says; tests
/// have less time.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// For a request's headers, and between two requests of one connection.
    pub headers: Duration,
    /// Without one byte of a body, or without one byte of an answer taken.
    pub stalled: Duration,
    /// For memory to become free.
    pub busy: Duration,
    /// Connections served at once.
    pub connections: usize,
    /// Bytes of bodies held in memory at once for those with a token.
    pub members_bodies: u64,
    /// The same for those without.
    pub strangers_bodies: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            headers: Duration::from_secs(limits::HEADERS_SECS),
            stalled: Duration::from_secs(limits::STALLED_SECS),
            busy: Duration::from_secs(limits::BUSY_SECS),
            connections: limits::CONNECTIONS_MAX,
            members_bodies: limits::MEMBERS_BODIES_BYTES_MAX,
            strangers_bodies: limits::STRANGERS_BODIES_BYTES_MAX,
        }
    }
}

/// An instance and how it is reached.
#[derive(Clone, Debug)]
pub struct App {
    /// The instance.
    pub commons: Commons,
    /// The address that clients use, without a trailing slash; taken from each request when `None`.
    pub public_url: Option<Arc<str>>,
    /// Who may join.
    pub(crate) registration: Registration,
    /// How much one may ask.
    pub(crate) quotas: Quotas,
    /// Who may speak for others.
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) counted: Counted,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) bounds: Bounds,
    pub(crate) rooms: Rooms,
    /// What was made lately of commits' content.
    pub(crate) made: Made,
}

impl App {
    /// An instance reached at `public_url`, or at whatever host a request names.
    pub fn new(commons: Commons, public_url: Option<String>) -> App {
        App::with_bounds(commons, public_url, Bounds::default())
    }

    /// The same with other bounds.
    pub fn with_bounds(commons: Commons, public_url: Option<String>, bounds: Bounds) -> App {
        let public_url = public_url.map(|url| Arc::from(url.trim_end_matches('/')));
        let rooms = Rooms::new(&bounds);
        App {
            commons,
            public_url,
            registration: Registration::Closed,
            quotas: Quotas::default(),
            proxies: Arc::default(),
            counted: Counted::default(),
            metrics: Arc::default(),
            bounds,
            rooms,
            made: Made::default(),
        }
    }

    /// The same, where others than the operator's choice may join.
    #[must_use]
    pub fn registering(self, registration: Registration) -> App {
        App { registration, ..self }
    }

    /// The same, where one may ask so much, and these proxies speak for others.
    #[must_use]
    pub fn limiting(self, quotas: Quotas, proxies: Proxies) -> App {
        App { quotas, proxies: Arc::new(proxies), ..self }
    }

    /// The address that the client used: absolute addresses in answers must have its host (Hub protocol).
    pub(crate) fn base(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.to_string();
        }
        let first = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            value.split(',').next().map(|value| value.trim().to_owned())
        };
        let host = first("x-forwarded-host").or_else(|| first("host")).filter(|host| is_host(host));
        let scheme =
            first("x-forwarded-proto").filter(|scheme| scheme == "https").unwrap_or_else(|| "http".into());
        format!("{scheme}://{}", host.unwrap_or_else(|| "localhost".into()))
    }

    /// Where a Xet store is; the generation is part of its name.
    pub(crate) fn cas_url(&self, headers: &HeaderMap, store: &str) -> String {
        format!("{}/xet/{store}", self.base(headers))
    }
}

/// A host header goes into answers, so nothing but a host and port may be in it.
fn is_host(host: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_');
    !host.is_empty() && host.len() <= 255 && host.bytes().all(allowed)
}
