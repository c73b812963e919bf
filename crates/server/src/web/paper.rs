//! A paper by its arXiv id: where its repo is, or, for the clients, all of its text.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, header};
use seedcorn_commons::access::{Read, authorize};
use seedcorn_commons::{Refusal, browse, citation};
use seedcorn_core::paper::Facts;

use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::hub::papers;
use crate::refuse::Answer;

/// `GET /papers/{id}` leads to the paper's repo; `GET /papers/{id}.md` is its card as text.
pub(crate) async fn by_id(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer<Response> {
    let (id, text) = id.strip_suffix(".md").map_or((id.as_str(), false), |id| (id, true));
    let item = papers::find(&app, visit.actor.as_ref(), id).await?;
    let (kind, name) = (item.repo.kind, item.repo.full_name());
    if !text {
        return Ok(Redirect::to(RepoUrls::new(kind, &name).card()).into_response());
    }
    let grant = match authorize::<Read>(&app.commons, visit.actor.as_ref(), kind, &name).await {
        Ok(grant) => Some(grant),
        Err(Refusal::Gated { .. }) => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let says = match &grant {
        Some(grant) => {
            let commit = browse::revision(&app.commons, grant, "main").await?;
            citation::says(&app.commons, Some(grant), &commit, &item.card).await?
        }
        None => citation::of_card(&item.card).into(),
    };
    let mut response = markdown(&says.shown(), &item.repo.name, &says.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/markdown; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie, authorization"));
    Ok(response)
}

/// What is known of a paper, and what its card says besides.
fn markdown(facts: &Facts, name: &str, body: &str) -> String {
    let title = if facts.title.is_empty() { name } else { &facts.title };
    let names: Vec<&str> = facts.authors.iter().map(|author| author.name.as_str()).collect();
    let date = facts.published.map(|date| date.to_string()).unwrap_or_default();
    let arxiv = facts.arxiv.as_ref().map(|id| id.address()).unwrap_or_default();
    let doi = facts.doi.as_ref().map(|doi| doi.address()).unwrap_or_default();
    let summary = match facts.abstract_text.as_str() {
        "" => String::new(),
        text => format!("## Abstract\n\n{text}"),
    };
    let parts = [format!("# {title}"), names.join(", "), date, arxiv, doi, summary, body.trim().to_owned()];
    parts.iter().filter(|part| !part.is_empty()).map(|part| format!("{part}\n\n")).collect::<String>()
}
