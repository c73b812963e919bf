//! What whoever asks is told of.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use seedcorn_commons::discuss;
use seedcorn_wire::hub::{DiscussedRepo, Noticed, Notification, Notifications, ReadNotifications};
use serde_json::{Value, json};

use crate::actor::Asker;
use crate::app::App;
use crate::body;
use crate::place::Query;
use crate::refuse::Answer;

/// `GET /api/notifications`.
pub(crate) async fn list(State(app): State<App>, asker: Asker, query: Query) -> Answer<Json<Notifications>> {
    let actor = asker.signed_in()?;
    let page = discuss::notices(&app.commons, actor, !query.flag("unread"), query.get("before")).await?;
    let notifications = page.told.into_iter().map(|told| Notification {
        id: told.notice.event,
        reason: told.notice.reason,
        updated_at: told.notice.at.to_string(),
        read: told.notice.seen,
        repo: DiscussedRepo { name: told.repo.full_name(), r#type: told.repo.kind.word() },
        discussion: Noticed {
            num: told.notice.number,
            title: told.notice.title,
            status: told.notice.status,
            is_pull_request: !told.notice.base.is_empty(),
        },
    });
    let notifications = notifications.collect();
    let unread = discuss::unseen(&app.commons, actor).await?;
    Ok(Json(Notifications { notifications, unread, next: page.next }))
}

/// `POST /api/notifications/read`.
pub(crate) async fn read(State(app): State<App>, asker: Asker, body: Body) -> Answer<Json<Value>> {
    let actor = asker.signed_in()?;
    let said: ReadNotifications = body::json(body).await?;
    discuss::mark_all(&app.commons, actor, &said.up_to).await?;
    Ok(Json(json!({ "success": true })))
}
