//! The program at the other end, as far as use is counted: where it is and what it calls itself.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use seedcorn_commons::usage::Who;
use seedcorn_core::access::Actor;
use seedcorn_core::usage::is_machine;

use crate::app::App;

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The program that asks.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    address: Option<IpAddr>,
    machine: bool,
}

impl Client {
    /// Who is served by it.
    pub(crate) fn who(&self, app: &App, actor: Option<&Actor>) -> Who {
        app.commons.who(actor, self.machine, self.address)
    }
}

impl Client {
    /// Whether nobody sits before it.
    pub(crate) fn is_machine(&self) -> bool {
        self.machine
    }

    /// The same, known to be a machine by what came before.
    pub(crate) fn known(self, machine: bool) -> Client {
        Client { machine: self.machine || machine, ..self }
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Client {
            address: peer.map(|peer| forwarded(peer, &parts.headers).unwrap_or(peer)),
            machine: is_machine(user_agent.unwrap_or_default()),
        })
    }
}

/// Whom a proxy speaks for, if the other end is one: a proxy of the operator's is near, and names whoever asked it last.
fn forwarded(peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let is_near = match peer.to_canonical() {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    };
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    is_near.then(|| last.rsplit(',').next()?.trim().parse().ok())?
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_proxy_nearby_is_believed_and_only_its_last_word() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
        headers.append("x-forwarded-for", HeaderValue::from_static("2.2.2.2, 3.3.3.3"));
        let of = |peer: &str| forwarded(peer.parse().unwrap(), &headers).map(|address| address.to_string());
        assert_eq!(of("127.0.0.1").as_deref(), Some("3.3.3.3"));
        assert_eq!(of("10.1.2.3").as_deref(), Some("3.3.3.3"));
        assert_eq!(of("::ffff:127.0.0.1").as_deref(), Some("3.3.3.3"));
        assert_eq!(of("9.9.9.9"), None);
        assert_eq!(forwarded("::1".parse().unwrap(), &HeaderMap::new()), None);
    }
}
