//! The sitemap (sitemaps.org protocol 0.9): an index, and its parts with the public repos and the groups.

use std::fmt::Write;

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use seedcorn_commons::finding::{self, Told};
use seedcorn_core::time::Time;

use super::{document, xml};
use crate::app::App;
use crate::refuse::{Answer, nothing_here};
use crate::web::urls::{self, RepoUrls};

const MEDIA: &str = "application/xml; charset=utf-8";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// `GET /sitemap.xml`.
pub(super) async fn index(State(app): State<App>, headers: HeaderMap) -> Answer<Response> {
    let base = app.base(&headers);
    let parts = finding::parts(&app.commons).await?;
    let numbered = parts.iter().zip(1_usize..);
    let rows = numbered.map(|(part, n)| (format!("{base}/sitemap/{n}.xml"), part.updated));
    let (text, changed) = write("sitemapindex", "sitemap", rows);
    Ok(document(&headers, MEDIA, text, changed))
}

/// `GET /sitemap/{n}.xml`.
pub(super) async fn page(
    State(app): State<App>,
    Path(page): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let base = app.base(&headers);
    let number = page.strip_suffix(".xml").and_then(|number| number.parse::<usize>().ok());
    let parts = finding::parts(&app.commons).await?;
    // Without works there is no part, but whoever remembers the first one is not told that it never was.
    let Some(number) = number.filter(|number| *number >= 1 && *number <= parts.len().max(1)) else {
        return Ok(nothing_here());
    };
    let told = match parts.get(number - 1) {
        Some(part) => finding::part(&app.commons, part).await?,
        None => Vec::new(),
    };
    let address = |told: Told| {
        let path = match told.kind {
            Some(kind) => RepoUrls::new(kind, &told.full_name).card().to_owned(),
            None => urls::namespace(&told.full_name),
        };
        (format!("{base}{path}"), told.updated)
    };
    let (text, changed) = write("urlset", "url", told.into_iter().map(address));
    Ok(document(&headers, MEDIA, text, changed))
}

/// A list of addresses with the moments of their last changes, and the latest of them.
fn write(root: &str, one: &str, rows: impl Iterator<Item = (String, Time)>) -> (String, Option<Time>) {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n");
    let mut changed = None;
    for (address, updated) in rows {
        changed = changed.max(Some(updated));
        let address = xml::text(&address);
        // Nothing that is written into a string fails.
        let _ = writeln!(out, "<{one}><loc>{address}</loc><lastmod>{updated}</lastmod></{one}>");
    }
    let _ = writeln!(out, "</{root}>");
    (out, changed)
}
