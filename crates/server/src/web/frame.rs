//! What every page shares: its head, the masthead, who is signed in, the footer; and how a page becomes an answer.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use seedcorn_commons::Refusal;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;

use super::statics::Statics;
use crate::packed::Packable;
use crate::refuse::Failure;

/// What pages may load and do: only from here, nothing inline. Pictures within cards may be data.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; \
     connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Which place of the masthead a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Here {
    /// A list of repos of a kind, or one of them.
    Kind(RepoKind),
    /// Members and groups.
    Groups,
    /// Rounds.
    Rounds,
    /// The home page, whose search is its own.
    Home,
    /// None of the places.
    Elsewhere,
}

/// A place of the masthead.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Where it leads.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) text: &'static str,
    /// Whether the page belongs there.
    pub(crate) here: bool,
}

/// What a page tells those who find works from outside: search machines, previews, readers of feeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finding {
    /// The one address of what the page shows, absolute; empty if it has none of its own.
    pub(crate) canonical: String,
    /// Feeds of what the page shows: title and address.
    pub(crate) feeds: Vec<(String, String)>,
    /// Nothing of the page is for search machines.
    pub(crate) hidden: bool,
    /// What the page is about as JSON-LD, written for a page; may be empty.
    pub(crate) data: String,
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The page's title.
    pub(crate) title: String,
    /// A sentence on it, for search machines and previews.
    pub(crate) about: String,
    /// Which place of the masthead it belongs to.
    pub(crate) here: Here,
    /// The member who is signed in.
    pub(crate) who: Option<String>,
    /// Whether they run this hub.
    pub(crate) runs: bool,
    /// How much they were told and did not look at yet.
    pub(crate) told: i64,
    /// The hub's address, without a trailing slash.
    pub(crate) base: String,
    /// The page's own path and query.
    pub(crate) path: String,
    /// What it tells those who find works from outside.
    pub(crate) finding: Finding,
    /// Addresses of stylesheet, script and icons.
    pub(crate) statics: Statics,
}

impl Frame {
    /// The places of the masthead.
    pub(crate) fn places(&self) -> Vec<Link> {
        let kind =
            |kind, text| Link { href: super::urls::browse(kind), text, here: self.here == Here::Kind(kind) };
        vec![
            kind(RepoKind::Model, "Models"),
            kind(RepoKind::Dataset, "Datasets"),
            kind(RepoKind::Space, "Spaces"),
            kind(RepoKind::Paper, "Papers"),
            kind(RepoKind::Code, "Code"),
            Link { href: "/groups".into(), text: "Groups", here: self.here == Here::Groups },
            Link { href: "/rounds".into(), text: "Rounds", here: self.here == Here::Rounds },
        ]
    }

    /// Whether the masthead has a search: the home page has its own.
    pub(crate) fn search(&self) -> bool {
        self.here != Here::Home
    }

    /// The address of the program's icons.
    pub(crate) fn icons(&self) -> String {
        self.statics.at("icons.svg")
    }

    /// The hub's host, as its members know it.
    pub(crate) fn host(&self) -> &str {
        self.base.split_once("://").map_or(self.base.as_str(), |(_, host)| host)
    }

    /// The sign-in page, which leads back here.
    pub(crate) fn login(&self) -> String {
        // Never from the sign-in page to itself: programs that follow every link would never come to an end.
        match self.path.starts_with("/login") {
            true => "/login".into(),
            false => format!("/login?next={}", crate::place::segment(&self.path)),
        }
    }

    /// The same page that names a feed of what it shows.
    #[must_use]
    pub(crate) fn feed(mut self, title: &str, address: String) -> Frame {
        self.finding.feeds.push((title.to_owned(), address));
        self
    }

    /// The page's address for previews.
    pub(crate) fn own_address(&self) -> String {
        match self.finding.canonical.is_empty() {
            true => format!("{}{}", self.base, self.path),
            false => self.finding.canonical.clone(),
        }
    }

    /// How much the member was told, in the fewest letters; nothing of nothing.
    pub(crate) fn unseen(&self) -> Option<String> {
        match self.told {
            0 => None,
            told if told >= limits::NOTICES_COUNTED_MAX => {
                Some(format!("{}+", limits::NOTICES_COUNTED_MAX - 1))
            }
            told => Some(told.to_string()),
        }
    }

    /// The first letter of the member's name, as a capital.
    pub(crate) fn initial(&self) -> String {
        let first = self.who.as_ref().and_then(|who| who.chars().next());
        first.map(|first| first.to_uppercase().collect()).unwrap_or_default()
    }

    /// This program's version.
    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// A page on its way out.
#[derive(Debug)]
pub(crate) struct Page<T>(pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => html_response(StatusCode::OK, html),
            Err(error) => Failure(Refusal::broken(error)).into_response(),
        }
    }
}

/// A page that shows a secret once: no browser may keep it.
pub(crate) fn once(page: impl IntoResponse) -> Response {
    let mut response = page.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// HTML with the headers of every page.
pub(crate) fn html_response(status: StatusCode, html: String) -> Response {
    let mut response = (status, html).into_response();
    response.extensions_mut().insert(Packable::ForStrangers);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        // Pages differ by who asks, so only the asker's browser may keep one, and it asks again each time.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::VARY, HeaderValue::from_static("cookie")),
    ] {
        headers.insert(name, value);
    }
    response
}
