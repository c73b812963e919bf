//! How a repo is cited, as files: an entry for a list of references, and a CITATION.cff.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use seedcorn_commons::Grant;
use seedcorn_commons::access::See;
use seedcorn_commons::browse::{self, Revision};
use seedcorn_commons::citation::{self, Says};
use seedcorn_commons::{finding, repo};
use seedcorn_core::cite::{self, Source};

use super::changes;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// What a citation is made of.
struct Cited {
    grant: Grant<See>,
    commit: Revision,
    says: Arc<Says>,
}

async fn cited(app: &App, place: &Place, query: &Query) -> Answer<Cited> {
    let (grant, read) = changes::grants(app, place).await?;
    let revision = query.get("rev").filter(|text| !text.is_empty()).unwrap_or("main");
    let commit = browse::revision(&app.commons, &grant, revision).await?;
    let card = repo::card(&app.commons, &grant).await?;
    let says = citation::says(&app.commons, read.as_ref(), &commit, &card).await?;
    Ok(Cited { grant, commit, says })
}

/// The entry of a repo at a commit.
pub(crate) async fn bibtex(
    app: &App,
    visit: &Visit,
    grant: &Grant<See>,
    commit: &Revision,
    says: &Says,
) -> Answer<String> {
    let owner = owner(app, grant).await?;
    Ok(with_source(visit, grant, (commit, &owner), |source| cite::bibtex(&says.cited(), source)))
}

/// The owner as people call it.
async fn owner(app: &App, grant: &Grant<See>) -> Answer<String> {
    let owner = finding::owner(&app.commons, grant).await?;
    Ok(if owner.full_name.is_empty() { owner.name } else { owner.full_name })
}

fn with_source(
    visit: &Visit,
    grant: &Grant<See>,
    (commit, owner): (&Revision, &str),
    made: impl FnOnce(&Source<'_>) -> String,
) -> String {
    let row = grant.repo();
    let address = format!("{}{}", visit.base, RepoUrls::new(row.kind, &row.full_name()).card());
    made(&Source {
        kind: row.kind,
        owner,
        name: &row.name,
        address: &address,
        commit: &commit.oid.to_string(),
        day: citation::day(commit),
    })
}

/// `GET …/{ns}/{name}/cite.bib`.
pub(crate) async fn bib(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Response> {
    let cited = cited(&app, &place, &query).await?;
    let text = bibtex(&app, &visit, &cited.grant, &cited.commit, &cited.says).await?;
    Ok(file(text, "application/x-bibtex; charset=utf-8", &format!("{}.bib", cited.grant.repo().name)))
}

/// `GET …/{ns}/{name}/cite.cff`: the repo's own file where it has one, word for word.
pub(crate) async fn cff(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Response> {
    let Cited { grant, commit, says } = cited(&app, &place, &query).await?;
    let owner = owner(&app, &grant).await?;
    let made = || with_source(&visit, &grant, (&commit, &owner), |source| cite::cff(&says.cited(), source));
    let text = says.file.clone().unwrap_or_else(made);
    Ok(file(text, "application/yaml; charset=utf-8", citation::FILE))
}

/// Text to be saved. A browser never shows it as a page: what members wrote is in it.
fn file(text: String, kind: &'static str, name: &str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie, authorization"));
    // A repo's name has no signs that would end the quotes.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
