//! What every handler is given.

use std::sync::Arc;

use http::HeaderMap;
use seedcorn_commons::Commons;

use crate::trace::Metrics;

/// An instance and how it is reached.
#[derive(Clone, Debug)]
pub struct App {
    /// The instance.
    pub commons: Commons,
    /// The address that clients use, without a trailing slash; taken from each request when `None`.
    pub public_url: Option<Arc<str>>,
    pub(crate) metrics: Arc<Metrics>,
}

impl App {
    /// An instance reached at `public_url`, or at whatever host a request names.
    pub fn new(commons: Commons, public_url: Option<String>) -> App {
        let public_url = public_url.map(|url| Arc::from(url.trim_end_matches('/')));
        App { commons, public_url, metrics: Arc::default() }
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

    /// Where the Xet store is; the generation is part of it.
    pub(crate) fn cas_url(&self, headers: &HeaderMap) -> String {
        format!("{}/xet/{}", self.base(headers), self.commons.generation())
    }
}

/// A host header goes into answers, so nothing but a host and port may be in it.
fn is_host(host: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_');
    !host.is_empty() && host.len() <= 255 && host.bytes().all(allowed)
}
