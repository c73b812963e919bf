//! Large files of a repo: listed, forgotten for good, and made usable elsewhere; and whole repos duplicated.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{get, post};
use http::HeaderMap;
use seedcorn_commons::access::{Propose, Read, See, Write, authorize};
use seedcorn_commons::publish::{self, Kept};
use seedcorn_commons::repo::NewRepo;
use seedcorn_commons::{Grant, Refusal, copies};
use seedcorn_core::access::Action;
use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{granted_json, repos};
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;
use crate::router::{Access, Route, route};

/// Of repos of a kind.
pub(crate) fn routes(kind: RepoKind) -> Vec<Route> {
    let at = |path: &str| format!("/api/{}/{{ns}}/{{name}}{path}", kind.plural());
    let (read, write) = (Access::Repo(Action::Read), Access::Repo(Action::Write));
    vec![
        route("GET", at("/lfs-files"), read, get(list)),
        route("POST", at("/lfs-files/batch"), write, post(forget)),
        route("POST", at("/lfs-files/duplicate"), read, post(lend)),
        route("POST", at("/duplicate"), read, post(duplicate)),
    ]
}

fn told(file: Kept) -> Value {
    let sha256 = file.sha256.to_string();
    json!({
        "fileOid": sha256,
        "oid": sha256,
        // What only lies in the history has no name any more.
        "filename": file.path.unwrap_or_else(|| sha256.clone()),
        "ref": file.rev,
        "size": file.bytes,
        "pushedAt": file.at.to_string(),
    })
}

/// `GET …/lfs-files`.
async fn list(State(app): State<App>, place: Place) -> Answer<Json<Vec<Value>>> {
    let grant = place.grant::<Read>(&app).await?;
    let see: Grant<See> = grant.lower().ok_or(Refusal::Unseen)?;
    let all = publish::large_files(&app.commons, &see).await?;
    Ok(Json(all.into_iter().map(told).collect()))
}

#[derive(Deserialize)]
struct Batch {
    deletions: Deletions,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deletions {
    sha: Vec<String>,
    #[serde(default)]
    rewrite_history: Option<bool>,
}

fn sums<'a>(texts: impl ExactSizeIterator<Item = &'a str>, most: usize) -> Answer<Vec<Sha256>> {
    if texts.len() > most {
        return Err(Refusal::TooLarge(format!("at most {most} files are named at once")).into());
    }
    let read = |text: &str| {
        text.parse()
            .map_err(|_| Refusal::Invalid(format!("{text:?} is no SHA-256 of a file, as lists tell it")))
    };
    Ok(texts.map(read).collect::<Result<_, _>>()?)
}

/// `POST …/lfs-files/batch`: forgets files for good.
async fn forget(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Write, Batch>(&app, &place, body).await?;
    if said.deletions.rewrite_history == Some(false) {
        let text = "files are forgotten with their history: without that, commits would name what is not there. \
                    Send \"rewriteHistory\": true, or delete them by a commit";
        return Err(Refusal::Invalid(text.into()).into());
    }
    let sums = sums(said.deletions.sha.iter().map(String::as_str), limits::FORGOTTEN_FILES_MAX)?;
    let sums: BTreeSet<Sha256> = sums.into_iter().collect();
    let commits = publish::forget(&app.commons, &grant, &sums).await?;
    Ok(Json(json!({ "success": true, "rewrittenCommits": commits })))
}

#[derive(Deserialize)]
struct Lending {
    target: Target,
    files: Vec<Lent>,
}

#[derive(Deserialize)]
struct Target {
    r#type: String,
    name: String,
}

#[derive(Deserialize)]
struct Lent {
    sha256: String,
}

/// `POST …/lfs-files/duplicate`, of the repo that files are copied from.
async fn lend(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    let (source, said) = granted_json::<Read, Lending>(&app, &place, body).await?;
    let kind = repos::kind(Some(&said.target.r#type))?;
    let target: Grant<Propose> =
        authorize(&app.commons, place.asker.0.as_ref(), kind, &said.target.name).await?;
    let sums = sums(said.files.iter().map(|file| file.sha256.as_str()), limits::COPIED_FILES_MAX)?;
    let failed = copies::lend(&app.commons, &source, &target, &sums).await?;
    let failed: Vec<Value> =
        failed.iter().map(|(sum, why)| json!({ "sha256": sum.to_string(), "error": why })).collect();
    Ok(Json(json!({ "failed": failed })))
}

#[derive(Deserialize)]
struct Duplicate {
    repository: String,
    #[serde(default)]
    private: Option<bool>,
    #[serde(default)]
    visibility: Option<String>,
}

/// `POST …/duplicate`.
async fn duplicate(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<axum::response::Response> {
    let (source, said) = granted_json::<Read, Duplicate>(&app, &place, body).await?;
    let actor = place.asker.signed_in()?;
    let (owner, name) = repos::split(&said.repository, None);
    let private = repos::private(said.visibility.as_deref(), said.private)?;
    let new = NewRepo { kind: source.repo().kind, owner, name, private, sdk: String::new() };
    let made = copies::duplicate(&app.commons, actor, &source, new).await?;
    Ok(repos::made(&app, &headers, made))
}
