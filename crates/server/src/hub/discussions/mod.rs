//! Discussions and pull requests as the clients know them.

mod deeds;
mod events;
mod notices;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{delete, get, post};
use http::HeaderMap;
use seedcorn_commons::access::{Propose, Read, See};
use seedcorn_commons::discuss::{self, Conflicts, New, Sides, Which};
use seedcorn_commons::repo::Repo;
use seedcorn_commons::{Grant, Refusal, changes};
use seedcorn_core::access::Action;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_wire::hub::{
    Author, Changes, CreateDiscussion, DiscussedRepo, Discussion, DiscussionDetails, Discussions,
};
use serde_json::{Value, json};

use super::granted_json;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::router::{Access, Route, route};

pub(crate) use notices::{list as notifications, read as read_notifications};

/// The discussions of repos of a kind.
pub(crate) fn routes(kind: RepoKind) -> Vec<Route> {
    let at = |path: &str| format!("/api/{}/{{ns}}/{{name}}/discussions{path}", kind.plural());
    let (see, propose, write) =
        (Access::Repo(Action::See), Access::Repo(Action::Propose), Access::Repo(Action::Write));
    let of_comment = |path: &str| at(&format!("/{{number}}/comment/{{id}}{path}"));
    vec![
        route("GET", at(""), see, get(list)),
        route("POST", at(""), propose, post(create)),
        route("GET", at("/{number}"), see, get(one)),
        route("POST", at("/{number}/comment"), propose, post(deeds::comment)),
        route("POST", at("/{number}/title"), propose, post(deeds::title)),
        route("POST", at("/{number}/status"), propose, post(deeds::status)),
        route("POST", at("/{number}/merge"), write, post(deeds::merge)),
        route("POST", at("/{number}/lock"), write, post(deeds::lock)),
        route("POST", of_comment("/edit"), propose, post(deeds::edit)),
        route("POST", of_comment("/hide"), propose, post(deeds::hide)),
        route("POST", of_comment("/reaction"), propose, post(deeds::react)),
        route("DELETE", of_comment("/reaction"), propose, delete(deeds::unreact)),
        route("POST", of_comment("/report"), propose, post(deeds::report)),
    ]
}

fn wire(repo: &Repo, row: &discuss::Discussion) -> Discussion {
    Discussion {
        num: row.number,
        title: row.title.clone(),
        status: row.status.clone(),
        is_pull_request: row.is_pull(),
        created_at: row.created.to_string(),
        author: Author::new(&row.name),
        repo: DiscussedRepo { name: repo.full_name(), r#type: repo.kind.word() },
        num_comments: row.comments,
        locked: row.locked,
    }
}

/// What a query asks for by a word, of those that it may be; `all` asks for nothing.
fn word<'a>(query: &'a Query, name: &str, known: [&str; 2]) -> Answer<&'a str> {
    match query.get(name).unwrap_or("all") {
        "all" | "" => Ok(""),
        word if known.contains(&word) => Ok(word),
        other => {
            let [one, two] = known;
            let text = format!("\"{name}\" is \"all\", \"{one}\" or \"{two}\", not {other:?}");
            Err(Refusal::Invalid(text).into())
        }
    }
}

/// The number of the discussion in the address.
pub(crate) fn number(place: &Place) -> Answer<i64> {
    let text = place.part("number");
    Ok(text.parse().map_err(|_| Refusal::NotFound(format!("there is no discussion {text:?}")))?)
}

/// `GET …/discussions`.
async fn list(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Discussions>> {
    let grant = place.grant::<See>(&app).await?;
    let which = Which {
        kind: word(&query, "type", ["discussion", "pull_request"])?,
        status: word(&query, "status", ["open", "closed"])?,
        author: query.get("author").unwrap_or_default(),
    };
    let page: i64 = query.get("p").and_then(|text| text.parse().ok()).unwrap_or(0);
    let start = page.clamp(0, i64::MAX / limits::DISCUSSIONS_PAGE) * limits::DISCUSSIONS_PAGE;
    let (found, count) = discuss::list(&app.commons, &grant, which, start, limits::DISCUSSIONS_PAGE).await?;
    let discussions = found.iter().map(|row| wire(grant.repo(), row)).collect();
    Ok(Json(Discussions { discussions, count, start }))
}

/// `POST …/discussions`.
async fn create(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    let (grant, request) = granted_json::<Propose, CreateDiscussion>(&app, &place, body).await?;
    let text = request.description.unwrap_or_default();
    let new = New { title: request.title.trim(), text: &text, pull: request.pull_request };
    let number = discuss::open(&app.commons, &grant, new).await?;
    Ok(Json(json!({ "num": number, "pullRequest": request.pull_request })))
}

/// `GET …/discussions/{number}`.
async fn one(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    query: Query,
) -> Answer<Json<DiscussionDetails>> {
    let grant = place.grant::<See>(&app).await?;
    let row = discuss::get(&app.commons, &grant, number(&place)?).await?;
    let sides = discuss::sides(&app.commons, &grant, &row).await?;
    let site = app.base(&headers);
    let events = events::all(&app, &grant, &row, (sides.as_ref(), &site)).await?;
    let conflicts = match &sides {
        Some(sides) if discuss::is_open(&row) => {
            files(discuss::conflicts(&app.commons, &grant, sides).await?)
        }
        _ => Vec::new(),
    };
    let diff = match (&sides, query.flag("diff")) {
        (Some(sides), true) => diff(&app, &place, &grant, sides).await?,
        _ => None,
    };
    let is_pull = row.is_pull();
    Ok(Json(DiscussionDetails {
        discussion: wire(grant.repo(), &row),
        events,
        changes: is_pull.then(|| Changes { base: row.base.clone(), merge_commit_id: row.merged.clone() }),
        files_with_conflicts: is_pull.then_some(conflicts),
        diff,
    }))
}

fn files(conflicts: Conflicts) -> Vec<String> {
    match conflicts {
        Conflicts::Files(files) => files,
        Conflicts::Nothing | Conflicts::Ahead | Conflicts::None | Conflicts::Unknown(_) => Vec::new(),
    }
}

/// What a pull request changes, for those who may read the files.
async fn diff(app: &App, place: &Place, see: &Grant<See>, sides: &Sides) -> Answer<Option<String>> {
    let Ok(read) = place.grant::<Read>(app).await else { return Ok(None) };
    let difference = changes::between(&app.commons, see, sides.parted.as_ref(), &sides.head).await?;
    Ok(Some(changes::patch(&app.commons, (see, &read), &difference).await?))
}
