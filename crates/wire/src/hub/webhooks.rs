//! Webhooks.

use serde::{Deserialize, Serialize};

/// Something that is watched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WatchedItem {
    /// `user`, `org`, or the kind of a repo.
    pub r#type: String,
    /// Its name.
    pub name: String,
}

/// `POST /api/settings/webhooks`, and of one of them.
#[derive(Debug, Deserialize)]
pub struct PutWebhook {
    /// The address. Others start a job instead, of which there are none here.
    #[serde(default)]
    pub url: Option<String>,
    /// What is watched.
    #[serde(default)]
    pub watched: Vec<WatchedItem>,
    /// `repo`, `discussion`; all when none is named.
    #[serde(default)]
    pub domains: Option<Vec<String>>,
    /// What only the sender and the hub know.
    #[serde(default)]
    pub secret: Option<String>,
}

/// A webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Names it.
    pub id: String,
    /// The address.
    pub url: String,
    /// What is watched.
    pub watched: Vec<WatchedItem>,
    /// What is told.
    pub domains: Vec<String>,
    /// What only its member and the hub know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Whether nothing is sent.
    pub disabled: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
}

/// Something that was told, or waits to be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivery {
    /// Names it.
    pub id: String,
    /// When it happened.
    pub created_at: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried next.
    pub due_at: Option<String>,
    /// What was answered last.
    pub status: Option<i64>,
    /// The beginning of the answer, or why there was none.
    pub answer: String,
    /// What is told; addresses in it begin with `/`.
    pub payload: serde_json::Value,
}

/// `GET /api/settings/webhooks/{id}/deliveries`.
#[derive(Debug, Serialize)]
pub struct WebhookDeliveries {
    /// This page, the last first.
    pub deliveries: Vec<WebhookDelivery>,
    /// What to ask for as `before` to go on.
    pub next: Option<String>,
}
