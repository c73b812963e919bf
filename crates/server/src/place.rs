//! Which repo an address names, and the other parts of it, percent-decoded each on its own: a revision or a path in one
//! segment may hold an encoded `/`.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Grant, Level, authorize};
use seedcorn_core::repo::RepoKind;

use crate::actor::Asker;
use crate::app::App;
use crate::refuse::{Answer, Failure};

/// The repo of an address, who asks, and the named parts of the path.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) kind: RepoKind,
    pub(crate) full_name: String,
    pub(crate) asker: Asker,
    params: HashMap<String, String>,
}

impl Place {
    /// A named part of the path; empty if the route has none of that name.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// Asks for the grant that the handler's deed needs.
    pub(crate) async fn grant<L: Level>(&self, app: &App) -> Answer<Grant<L>> {
        Ok(authorize(&app.commons, self.asker.0.as_ref(), self.kind, &self.full_name).await?)
    }
}

/// `/api/models/…`, `/datasets/…`, `/…`: the kind is told by the first segments.
fn kind_of(path: &str) -> RepoKind {
    let own = path.strip_prefix(crate::api::ROOT).and_then(|rest| rest.strip_prefix('/'));
    let rest = own.or_else(|| path.strip_prefix("/api/")).unwrap_or(path.trim_start_matches('/'));
    let first = rest.split('/').next().unwrap_or_default();
    RepoKind::from_plural(first).unwrap_or(RepoKind::Model)
}

impl FromRequestParts<App> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let asker = Asker::from_request_parts(parts, app).await?;
        let bad = || Refusal::Invalid("the address is not UTF-8 when decoded".into());
        let raw = RawPathParams::from_request_parts(parts, app).await.map_err(|_| bad())?;
        let params: HashMap<String, String> =
            raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let part = |name: &str| params.get(name).map_or("", String::as_str);
        let name = part("name");
        let name = name.strip_suffix(".git").unwrap_or(name);
        let full_name = format!("{}/{name}", part("ns"));
        Ok(Place { kind: kind_of(parts.uri.path()), full_name, asker, params })
    }
}

/// The parameters of a query, in order, decoded; `expand[]` is `expand`.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// From a form-encoded text.
    pub(crate) fn parse(text: &str) -> Query {
        let pairs = form_pairs(text).map(|(name, value)| (name.trim_end_matches("[]").to_owned(), value));
        Query(pairs.collect())
    }

    /// Of pairs that were taken apart already.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Query {
        Query(pairs)
    }

    /// All pairs.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }

    /// A boolean, in whatever spelling; false when absent.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(seedcorn_wire::hub::flag).unwrap_or(false)
    }
}

fn form_pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Percent-decoding of forms: `+` is a space, and what is not UTF-8 is replaced.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let rest = bytes.clone();
                let hex: Option<u8> = (|| {
                    let mut rest = rest;
                    let (high, low) = (rest.next()?, rest.next()?);
                    let digit = |byte: u8| char::from(byte).to_digit(16);
                    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
                })();
                match hex {
                    Some(value) => {
                        out.push(value);
                        bytes.nth(1);
                    }
                    None => out.push(byte),
                }
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl FromRequestParts<App> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Self::Rejection> {
        Ok(Query::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// One segment of an address, encoded.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let query = Query::parse("a=1&expand=x&expand%5B%5D=y%2Fz&b=+%zz%&flag=True");
        assert_eq!(query.all("expand").collect::<Vec<_>>(), ["x", "y/z"]);
        assert_eq!((query.get("b"), query.flag("flag"), query.flag("no")), (Some(" %zz%"), true, false));
        assert_eq!(segment("a/b é"), "a%2Fb%20%C3%A9");
    }

    #[test]
    fn kinds() {
        assert_eq!(kind_of("/api/datasets/a/b/tree/main"), RepoKind::Dataset);
        assert_eq!(kind_of("/api/commons/v1/spaces/a/b/weights/main"), RepoKind::Space);
        assert_eq!(kind_of("/spaces/a/b/resolve/main/x"), RepoKind::Space);
        assert_eq!(kind_of("/a/b/resolve/main/datasets"), RepoKind::Model);
    }
}
