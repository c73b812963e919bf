//! Where this program asks. An address that a stranger names could lead into the network that this machine stands in: to the database, to the
//! machine itself, or to what the owner of a cloud tells its machines alone. So every address is looked at before it is connected to, and
//! what was looked at is what is connected to.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What may be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// Everything: whoever names the addresses runs this program.
    Anything,
    /// What everybody could ask, and hosts by their names, wherever they are.
    Public(BTreeSet<String>),
}

impl Reach {
    /// Whether a host may be asked wherever it is.
    fn knows(&self, host: &str) -> bool {
        match self {
            Reach::Anything => true,
            Reach::Public(hosts) => hosts.contains(&host.trim_matches(['[', ']']).to_ascii_lowercase()),
        }
    }

    /// Why an address is not asked, as far as it can be told without looking up a name.
    pub(crate) fn refuses(&self, url: &Url) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        if self.knows(host) {
            return None;
        }
        let ip: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
        (!is_public(ip)).then(|| REFUSED.to_owned())
    }
}

const REFUSED: &str = "it is not asked: it is at no address of the public network, and is none of the hosts that the operator allows";

/// Looks up names, and gives nothing that may not be asked.
#[derive(Debug)]
pub(crate) struct Guard(pub(crate) Arc<Reach>);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            // One is enough: whoever names both means to be asked at the other.
            let bad = found.iter().map(SocketAddr::ip).find(|ip| !reach.knows(&host) && !is_public(*ip));
            match bad {
                // What names of a network lead to is nothing to tell whoever asks.
                Some(_) => Err(REFUSED.into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address is one of the public network (IANA's registries of special addresses, RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let within = |base: [u8; 4], bits: u32| {
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        u32::from(ip) & mask == u32::from(Ipv4Addr::from(base)) & mask
    };
    let special = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 3),
    ];
    !special.into_iter().any(|(base, bits)| within(base, bits))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        // An address of the older protocol in one of the newer: mapped, or translated (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => is_public_v4(v4(g, h)),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo, other protocols, and examples.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn only_the_public_network() {
        for good in [
            "1.1.1.1",
            "93.184.215.14",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
    }

    #[test]
    fn hosts_that_are_allowed_are_asked_wherever_they_are() {
        let reach = Reach::Public(["hooks.lan".to_owned(), "::1".to_owned()].into());
        let refuses = |url: &str| reach.refuses(&Url::parse(url).unwrap()).is_some();
        assert!(refuses("http://127.1/") && refuses("http://2130706433/") && refuses("http://[fe80::1]/"));
        assert!(!refuses("http://HOOKS.lan/") && !refuses("http://[::1]:99/") && !refuses("http://1.1.1.1/"));
        // A name tells nothing before it is looked up.
        assert!(!refuses("http://elsewhere.example/"));
        assert!(Reach::Anything.refuses(&Url::parse("http://127.0.0.1/").unwrap()).is_none());
    }
}
