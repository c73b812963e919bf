//! Addresses in the settings, judged before anything is opened or handed out.

use std::net::{IpAddr, Ipv6Addr};

use anyhow::bail;

/// Checks that an address is `http://HOST[:PORT][/PATH]`, or the same with https. What is refused for a name and password
/// in it is not repeated: it would stand in a log.
pub(crate) fn check(setting: &str, url: &str) -> anyhow::Result<()> {
    if url.contains('@') {
        bail!("{setting} may hold neither a user name nor a password, nor '@' elsewhere");
    }
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        bail!("{setting} must begin with http:// or https://, not {url:?}");
    };
    if let Some(bad) = rest.chars().find(|c| !c.is_ascii_graphic() || "?#\\\"<>^`{|}".contains(*c)) {
        bail!("{setting} is http://HOST:PORT/PATH and may not hold {bad:?}: {url:?}");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        Some(Some((host, ""))) if host.parse::<Ipv6Addr>().is_ok() => (host, None),
        Some(Some((host, port))) if host.parse::<Ipv6Addr>().is_ok() && port.starts_with(':') => {
            (host, port.strip_prefix(':'))
        }
        Some(_) => bail!("{setting} has brackets that hold no IPv6 address: {url:?}"),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        bail!("{setting} names no host: {url:?}");
    }
    if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
        bail!("{setting} has no port from 1 to 65535 behind its colon: {url:?}");
    }
    Ok(())
}

/// Whether an address leads to this machine alone.
pub(crate) fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn addresses() {
        for good in [
            "http://hub.example.org",
            "https://hub.example.org/",
            "https://hub.example.org:8443/some/path",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/x",
            "http://[2001:db8::1]",
            "http://minio_1:9000",
        ] {
            check("--x", good).unwrap();
        }
        for (bad, word) in [
            ("", "must begin"),
            ("hub.example.org", "must begin"),
            ("ftp://hub.example.org", "must begin"),
            ("http://", "names no host"),
            ("https:///path", "names no host"),
            ("http://:80", "names no host"),
            ("http://ho%20st", "names no host"),
            ("http://host/?q=", "may not hold '?'"),
            ("http://host?q", "may not hold '?'"),
            ("http://host/#", "may not hold '#'"),
            ("http://host/a b", "may not hold ' '"),
            ("http://ho st", "may not hold ' '"),
            ("http://host/a\nb", "may not hold '\\n'"),
            ("http://h\u{f6}st", "may not hold"),
            ("http://host:", "no port"),
            ("http://host:0", "no port"),
            ("http://host:65536", "no port"),
            ("http://host:80:80", "no port"),
            ("http://[::1", "brackets"),
            ("http://[host]:80", "brackets"),
            ("http://[::1]80", "brackets"),
        ] {
            let told = check("--x", bad).unwrap_err().to_string();
            assert!(told.starts_with("--x ") && told.contains(word), "{bad:?}: {told}");
        }
    }

    #[test]
    fn a_password_is_not_repeated() {
        for bad in
            ["http://u:secret@host", "u:secret@host", "http://host/u:secret@x", "https://secret@host:1"]
        {
            let told = check("--x", bad).unwrap_err().to_string();
            assert!(told.contains("password") && !told.contains("secret"), "{told}");
        }
    }
}
