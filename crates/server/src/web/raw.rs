//! Bytes of files for browsers: of an open repo from the address that clients use, of another from a sealed address that
//! takes no cookie, so that nothing somebody uploaded is ever sent beside one.

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use seedcorn_commons::access::Read;
use seedcorn_commons::{Grant, Result, pull, raw};
use seedcorn_core::digest::Oid;

use super::urls::RepoUrls;
use crate::app::App;
use crate::client::Client;
use crate::hub::resolve;
use crate::refuse::Answer;

/// The address of a file's bytes at a commit.
pub(crate) fn address(app: &App, grant: &Grant<Read>, commit: &Oid, path: &str) -> Result<String> {
    if raw::needs_seal(grant) {
        return Ok(format!("/-/raw/{}", raw::seal(&app.commons, grant, commit, path)?));
    }
    let repo = grant.repo();
    Ok(RepoUrls::new(repo.kind, &repo.full_name()).resolve(&commit.to_string(), path))
}

/// `GET /-/raw/{sealed}`.
pub(crate) async fn get(
    State(app): State<App>,
    Path(sealed): Path<String>,
    client: Client,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let (grant, commit, path) = raw::open(&app.commons, &sealed).await?;
    let located = pull::locate(&app.commons, &grant, &commit, &path, true).await?;
    resolve::answer(&app, &grant, &client, &method, &headers, located, &path).await
}
