//! Webhooks as the clients make and change them, and what was told to them.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use seedcorn_commons::Refusal;
use seedcorn_commons::hooks::{self, Delivery, Hook, New, Watched};
use seedcorn_core::access::Actor;
use seedcorn_core::time::Time;
use seedcorn_wire::hub::{PutWebhook, WatchedItem, Webhook, WebhookDeliveries, WebhookDelivery};
use serde_json::{Value, json};

use crate::actor::Asker;
use crate::app::App;
use crate::body;
use crate::place::Query;
use crate::refuse::Answer;
use crate::router::{Access, Route, route};

/// The webhooks of whoever asks.
pub(crate) fn routes() -> Vec<Route> {
    let at = |path: &str| format!("/api/settings/webhooks{path}");
    let own = Access::SignedIn;
    vec![
        route("GET", at(""), own, get(list)),
        route("POST", at(""), own, post(create)),
        route("GET", at("/{id}"), own, get(one)),
        route("POST", at("/{id}"), own, post(change)),
        route("DELETE", at("/{id}"), own, delete(remove)),
        route("POST", at("/{id}/{deed}"), own, post(enable)),
        route("GET", at("/{id}/deliveries"), own, get(deliveries)),
        route("POST", at("/{id}/deliveries/{delivery}/redeliver"), own, post(redeliver)),
    ]
}

fn wire(hook: Hook) -> Webhook {
    let domains = hook.domains().map(str::to_owned).collect();
    let row = hook.row;
    let watched =
        hook.watched.into_iter().map(|one| WatchedItem { r#type: one.kind, name: one.name }).collect();
    Webhook {
        id: row.id,
        url: row.url,
        watched,
        domains,
        secret: (!row.secret.is_empty()).then_some(row.secret),
        disabled: !row.disabled.is_empty(),
        disabled_reason: (!row.disabled.is_empty()).then_some(row.disabled),
    }
}

async fn list(State(app): State<App>, asker: Asker) -> Answer<Json<Vec<Webhook>>> {
    let hooks = hooks::list(&app.commons, asker.signed_in()?).await?;
    Ok(Json(hooks.into_iter().map(wire).collect()))
}

async fn put(app: &App, actor: &Actor, id: Option<&str>, body: Body) -> Answer<Json<Value>> {
    let said: PutWebhook = body::json(body).await?;
    let url = said.url.ok_or_else(|| {
        Refusal::Invalid("a webhook has a \"url\": there are no jobs here that it could start".into())
    })?;
    let watched: Vec<Watched> =
        said.watched.into_iter().map(|one| Watched { kind: one.r#type, name: one.name }).collect();
    let (domains, secret) = (said.domains.unwrap_or_default(), said.secret.unwrap_or_default());
    let new = New { url: &url, secret: &secret, domains: &domains, watched: &watched };
    let hook = hooks::put(&app.commons, actor, id, new).await?;
    Ok(Json(json!({ "webhook": wire(hook) })))
}

async fn create(State(app): State<App>, asker: Asker, body: Body) -> Answer<Json<Value>> {
    put(&app, asker.signed_in()?, None, body).await
}

async fn change(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    body: Body,
) -> Answer<Json<Value>> {
    put(&app, asker.signed_in()?, Some(&id), body).await
}

async fn one(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Answer<Json<Value>> {
    let hook = hooks::get(&app.commons, asker.signed_in()?, &id).await?;
    Ok(Json(json!({ "webhook": wire(hook) })))
}

async fn remove(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Answer<Json<Value>> {
    hooks::delete(&app.commons, asker.signed_in()?, &id).await?;
    Ok(Json(json!({ "success": true })))
}

/// `POST …/{id}/enable` and `…/disable`.
async fn enable(
    State(app): State<App>,
    asker: Asker,
    Path((id, deed)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    let actor = asker.signed_in()?;
    let enabled = match deed.as_str() {
        "enable" => true,
        "disable" => false,
        other => {
            return Err(Refusal::NotFound(format!("a webhook is enabled or disabled, not {other:?}")).into());
        }
    };
    let hook = hooks::set_enabled(&app.commons, actor, &id, enabled).await?;
    Ok(Json(json!({ "webhook": wire(hook) })))
}

fn told(one: Delivery) -> WebhookDelivery {
    WebhookDelivery {
        id: one.id,
        created_at: one.created.to_string(),
        tries: one.tries,
        due_at: one.due.map(|due| Time(due).to_string()),
        status: one.status,
        answer: one.answer,
        payload: serde_json::from_str(&one.payload).unwrap_or_default(),
    }
}

async fn deliveries(
    State(app): State<App>,
    asker: Asker,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Json<WebhookDeliveries>> {
    let actor = asker.signed_in()?;
    let (page, next) = hooks::deliveries(&app.commons, actor, &id, query.get("before")).await?;
    Ok(Json(WebhookDeliveries { deliveries: page.into_iter().map(told).collect(), next }))
}

async fn redeliver(
    State(app): State<App>,
    asker: Asker,
    Path((id, delivery)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    hooks::redeliver(&app.commons, asker.signed_in()?, &id, &delivery).await?;
    Ok(Json(json!({ "success": true })))
}
