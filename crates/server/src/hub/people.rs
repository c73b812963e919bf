//! Members and groups as the clients look at them: in figures, whom they follow, what they like.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::likes::{self, Figures, People};
use seedcorn_commons::people::{self, Namespace, Profile};
use seedcorn_core::repo::RepoKind;
use serde_json::{Value, json};

use super::next_link;
use crate::actor::Asker;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::router::{Access, Route, route};
use crate::web::statics::Statics;

/// Members and groups, and who likes what.
pub(crate) fn routes() -> Vec<Route> {
    let (all, filtered, own) = (Access::Anybody, Access::Filtered, Access::SignedIn);
    let mut routes = vec![
        route("GET", "/api/users/{ns}/overview", all, get(overview)),
        route("GET", "/api/users/{ns}/followers", all, get(followers)),
        route("GET", "/api/users/{ns}/following", all, get(following)),
        route("GET", "/api/users/{ns}/likes", filtered, get(liked)),
        route("GET", "/api/organizations/{ns}/overview", all, get(group_overview)),
        route("GET", "/api/organizations/{ns}/members", all, get(members)),
        route("GET", "/api/organizations/{ns}/followers", all, get(followers)),
    ];
    for who in ["users", "organizations"] {
        let path = format!("/api/{who}/{{ns}}/follow");
        routes.push(route("POST", path.clone(), own, post(follow)));
        routes.push(route("DELETE", path, own, delete(unfollow)));
    }
    for kind in RepoKind::ALL {
        let at = |path: &str| format!("/api/{}/{{ns}}/{{name}}{path}", kind.plural());
        routes.push(route("POST", at("/like"), own, post(like)));
        routes.push(route("DELETE", at("/like"), own, delete(unlike)));
        routes.push(route(
            "GET",
            at("/likers"),
            Access::Repo(seedcorn_core::access::Action::See),
            get(likers),
        ));
    }
    routes
}

/// The one picture that everybody has here.
fn avatar(app: &App, headers: &HeaderMap) -> String {
    format!("{}{}", app.base(headers), Statics.at("favicon.svg"))
}

fn person(avatar: &str, (name, full_name): (String, String)) -> Value {
    json!({ "user": name, "fullname": full_name, "avatarUrl": avatar, "type": "user", "isPro": false })
}

/// A page of people, with a link to the next.
fn told(app: &App, headers: &HeaderMap, uri: &Uri, (page, next): People) -> Response {
    let avatar = avatar(app, headers);
    let all: Vec<Value> = page.into_iter().map(|one| person(&avatar, one)).collect();
    let mut response = Json(all).into_response();
    let link = next.map(|next| next_link(app, headers, uri, &next));
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn counted(figures: &Figures, avatar: &str) -> Value {
    json!({
        "fullname": figures.namespace.full_name,
        "avatarUrl": avatar,
        "isVerified": false,
        "numModels": figures.works_of("model"),
        "numDatasets": figures.works_of("dataset"),
        "numSpaces": figures.works_of("space"),
        "numPapers": figures.works_of("paper"),
        "numFollowers": figures.followers,
        "numFollowing": figures.following,
        "numLikes": figures.likes,
        "numUpvotes": 0,
        "isPro": false,
        "createdAt": figures.namespace.created.to_string(),
    })
}

/// What is told of members and groups alike.
async fn figured(
    app: &App,
    name: &str,
    (asker, headers): (&Asker, &HeaderMap),
) -> Answer<(Figures, Profile, Value)> {
    let figures = likes::figures(&app.commons, name).await?;
    let profile = people::profile(&app.commons, name).await?;
    let mut told = counted(&figures, &avatar(app, headers));
    if let Some(actor) = &asker.0 {
        told["isFollowing"] = json!(likes::follows(&app.commons, actor, name).await?);
    }
    Ok((figures, profile, told))
}

fn check_group(namespace: &Namespace) -> Answer<()> {
    match namespace.kind == "group" {
        true => Ok(()),
        false => Err(Refusal::NotFound(format!("{} is a member, and no group", namespace.name)).into()),
    }
}

async fn overview(
    State(app): State<App>,
    Path(name): Path<String>,
    asker: Asker,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let (figures, profile, mut told) = figured(&app, &name, (&asker, &headers)).await?;
    let avatar = avatar(&app, &headers);
    told["user"] = json!(figures.namespace.name);
    told["type"] = json!(if figures.namespace.kind == "group" { "org" } else { "user" });
    let groups = profile.groups.into_iter().map(|group| {
        json!({ "name": group.name, "fullname": group.full_name, "avatarUrl": avatar, "type": "org" })
    });
    told["orgs"] = groups.collect();
    Ok(Json(told))
}

async fn group_overview(
    State(app): State<App>,
    Path(name): Path<String>,
    asker: Asker,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let (figures, profile, mut told) = figured(&app, &name, (&asker, &headers)).await?;
    check_group(&figures.namespace)?;
    told["name"] = json!(figures.namespace.name);
    told["type"] = json!("org");
    told["numUsers"] = json!(profile.members.len());
    Ok(Json(told))
}

/// `GET /api/organizations/{ns}/members`: all of them, since a group has no more than one answer holds.
async fn members(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<Vec<Value>>> {
    let profile = people::profile(&app.commons, &name).await?;
    let avatar = avatar(&app, &headers);
    let all = profile.members.into_iter().map(|(name, role)| {
        let mut told = person(&avatar, (name.clone(), name));
        told["role"] = json!(role);
        told
    });
    Ok(Json(all.collect()))
}

async fn followers(
    State(app): State<App>,
    Path(name): Path<String>,
    (headers, uri): (HeaderMap, Uri),
    query: Query,
) -> Answer<Response> {
    let page = likes::followers(&app.commons, &name, query.get("cursor").unwrap_or_default()).await?;
    Ok(told(&app, &headers, &uri, page))
}

async fn following(
    State(app): State<App>,
    Path(name): Path<String>,
    (headers, uri): (HeaderMap, Uri),
    query: Query,
) -> Answer<Response> {
    let page = likes::following(&app.commons, &name, query.get("cursor").unwrap_or_default()).await?;
    Ok(told(&app, &headers, &uri, page))
}

async fn liked(State(app): State<App>, Path(name): Path<String>, asker: Asker) -> Answer<Json<Vec<Value>>> {
    let all = likes::liked(&app.commons, asker.0.as_ref(), &name).await?;
    let told = all.into_iter().map(|(repo, since)| {
        json!({ "createdAt": since.to_string(), "repo": { "name": repo.full_name(), "type": repo.kind.word() } })
    });
    Ok(Json(told.collect()))
}

async fn likers(
    State(app): State<App>,
    place: Place,
    (headers, uri): (HeaderMap, Uri),
    query: Query,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let page = likes::likers(&app.commons, &grant, query.get("cursor").unwrap_or_default()).await?;
    Ok(told(&app, &headers, &uri, page))
}

async fn like(State(app): State<App>, place: Place) -> Answer<Json<Value>> {
    set_liked(&app, &place, true).await
}

async fn unlike(State(app): State<App>, place: Place) -> Answer<Json<Value>> {
    set_liked(&app, &place, false).await
}

async fn set_liked(app: &App, place: &Place, liked: bool) -> Answer<Json<Value>> {
    place.asker.signed_in()?;
    let grant = place.grant::<See>(app).await?;
    likes::like(&app.commons, &grant, liked).await?;
    Ok(Json(json!({ "success": true })))
}

async fn follow(State(app): State<App>, Path(name): Path<String>, asker: Asker) -> Answer<Json<Value>> {
    likes::follow(&app.commons, asker.signed_in()?, &name, true).await?;
    Ok(Json(json!({ "success": true })))
}

async fn unfollow(State(app): State<App>, Path(name): Path<String>, asker: Asker) -> Answer<Json<Value>> {
    likes::follow(&app.commons, asker.signed_in()?, &name, false).await?;
    Ok(Json(json!({ "success": true })))
}
