//! The program at the other end, as far as use is counted: where it is and what it calls itself.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{Extensions, HeaderMap, header};
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

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Client {
            address: address(&parts.extensions, &parts.headers, &app.proxies),
            machine: is_machine(user_agent.unwrap_or_default()),
        })
    }
}

/// The address that asks: the other end of the connection, or whom a proxy of the operator's speaks for.
pub(crate) fn address(extensions: &Extensions, headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    let peer = extensions.get::<Peer>()?.0.ip().to_canonical();
    Some(forwarded(peer, headers, proxies).unwrap_or(peer))
}

/// Whom a proxy speaks for, if the other end is one. Each proxy adds whoever asked it at the end of the list, so the last that is no proxy
/// is who asked; what stands before that is anybody's word.
fn forwarded(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    if !proxies.has(peer) {
        return None;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut asked = None;
    for name in named.iter().rev() {
        let Some(address) = named_address(name) else { break };
        asked = Some(address);
        if !proxies.has(address) {
            break;
        }
    }
    asked
}

/// An address as proxies write it: some add the port.
fn named_address(text: &str) -> Option<IpAddr> {
    let address: Option<IpAddr> = text.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    address.or_else(with_port).map(|address| address.to_canonical())
}

/// The proxies that are believed: networks, as an address and how many bits of it they share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxies(Vec<(IpAddr, u8)>);

impl Default for Proxies {
    /// Those on this machine.
    fn default() -> Self {
        Proxies(vec![(IpAddr::from([127, 0, 0, 0]), 8), (IpAddr::from(Ipv6Addr::LOCALHOST), 128)])
    }
}

impl Proxies {
    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, bits)| match (network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(*bits).min(32);
                u32::from(*network).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(*bits).min(128);
                u128::from(*network).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        })
    }
}

impl FromStr for Proxies {
    type Err = String;

    /// Networks with commas between: `10.0.0.0/8, fd00::/8, 192.0.2.7`.
    fn from_str(text: &str) -> Result<Proxies, String> {
        let each = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        let network = |text: &str| {
            let bad = || {
                format!(
                    "{text:?} is no network: it is an address, or an address and its bits, such as 10.0.0.0/8"
                )
            };
            let (address, bits) =
                text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.parse().map_err(|_| bad())?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(most), str::parse).map_err(|_| bad())?;
            if bits > most { Err(bad()) } else { Ok((address, bits)) }
        };
        each.map(network).collect::<Result<_, _>>().map(Proxies)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_proxies_are_believed_and_only_the_last_that_is_none() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
        headers.append("x-forwarded-for", HeaderValue::from_static("2.2.2.2, 10.0.0.9"));
        let of = |peer: &str, proxies: &Proxies| {
            forwarded(peer.parse().unwrap(), &headers, proxies).map(|address| address.to_string())
        };
        let (own, more) = (Proxies::default(), "127.0.0.1, 10.0.0.0/8".parse().unwrap());
        assert_eq!(of("127.0.0.1", &own).as_deref(), Some("10.0.0.9"));
        assert_eq!(of("127.0.0.1", &more).as_deref(), Some("2.2.2.2"));
        assert_eq!(of("::ffff:127.0.0.1", &more).as_deref(), Some("2.2.2.2"));
        assert_eq!((of("10.1.2.3", &own), of("9.9.9.9", &more)), (None, None));
        assert_eq!(forwarded("::1".parse().unwrap(), &HeaderMap::new(), &own), None);
        headers.append("x-forwarded-for", HeaderValue::from_static("unknown, 8.8.8.8:4000"));
        assert_eq!(of_last(&headers, &own).as_deref(), Some("8.8.8.8"), "with its port");
        headers.append("x-forwarded-for", HeaderValue::from_static("unknown"));
        assert_eq!(of_last(&headers, &own), None, "no word at all is no address");
    }

    fn of_last(headers: &HeaderMap, proxies: &Proxies) -> Option<String> {
        forwarded("127.0.0.1".parse().unwrap(), headers, proxies).map(|address| address.to_string())
    }

    #[test]
    fn networks() {
        let all: Proxies = "192.0.2.7,2001:db8::/32,0.0.0.0/0".parse().unwrap();
        let has = |text: &str| all.has(text.parse().unwrap());
        assert!(has("192.0.2.7") && has("2001:db8:1::1") && has("8.8.8.8") && !has("2001:db9::1"));
        assert!(!"192.0.2.7".parse::<Proxies>().unwrap().has("192.0.2.8".parse().unwrap()));
        assert_eq!("".parse::<Proxies>(), Ok(Proxies(Vec::new())));
        for bad in ["x", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3/8"] {
            assert!(bad.parse::<Proxies>().is_err(), "{bad}");
        }
    }
}
