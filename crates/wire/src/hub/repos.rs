//! Making, moving, deleting and setting repos. Unknown fields are let through: clients send options of the Hub that
//! mean nothing here (regions, hardware).

use serde::{Deserialize, Serialize};

/// `POST /api/repos/create`.
#[derive(Debug, Deserialize)]
pub struct CreateRepo {
    /// The repo's own name; old clients send `namespace/name`.
    pub name: String,
    /// The namespace; the caller's when absent.
    #[serde(default)]
    pub organization: Option<String>,
    /// `public`, `private`, `protected`.
    #[serde(default)]
    pub visibility: Option<String>,
    /// What clients before `visibility` sent.
    #[serde(default)]
    pub private: Option<bool>,
    /// `model`, `dataset`, `space`; a model when absent.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// A space's SDK.
    #[serde(default)]
    pub sdk: Option<String>,
}

/// The answer, also to a conflict: clients take the address from it.
#[derive(Debug, Serialize)]
pub struct CreatedRepo {
    /// The repo's page.
    pub url: String,
    /// `namespace/name`.
    pub name: String,
    /// Why it was not made, on a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `DELETE /api/repos/delete`.
#[derive(Debug, Deserialize)]
pub struct DeleteRepo {
    /// The repo's own name; old clients send `namespace/name`.
    pub name: String,
    /// The namespace; the caller's when absent.
    #[serde(default)]
    pub organization: Option<String>,
    /// A model when absent.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// `POST /api/repos/move`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveRepo {
    /// `namespace/name` now.
    pub from_repo: String,
    /// `namespace/name` to be.
    pub to_repo: String,
    /// A model when absent.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// `PUT /api/{kind}s/{id}/settings`; what is absent stays.
#[derive(Debug, Deserialize)]
pub struct RepoSettings {
    /// `public`, `private`, `protected`.
    #[serde(default)]
    pub visibility: Option<String>,
    /// What clients before `visibility` sent.
    #[serde(default)]
    pub private: Option<bool>,
    /// `"auto"`, `"manual"` or `false`.
    #[serde(default)]
    pub gated: Option<Gated>,
}

/// Whether files need a grant.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Gated {
    /// `false`: they do not.
    Flag(bool),
    /// `auto` or `manual`.
    Word(String),
}
