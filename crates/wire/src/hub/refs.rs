//! Branches, tags, history.

use serde::{Deserialize, Serialize};

/// `GET /api/{kind}s/{id}/refs`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refs {
    /// `refs/heads/…`
    pub branches: Vec<RefItem>,
    /// `refs/convert/…`
    pub converts: Vec<RefItem>,
    /// `refs/tags/…`
    pub tags: Vec<RefItem>,
    /// `refs/pr/…`, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_requests: Option<Vec<RefItem>>,
}

/// A ref.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefItem {
    /// The short name.
    pub name: String,
    /// The whole name.
    pub r#ref: String,
    /// The commit.
    pub target_commit: String,
}

/// `POST …/branch/{name}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateBranch {
    /// A revision; the default branch when absent.
    #[serde(default)]
    pub starting_point: Option<String>,
}

/// `POST …/tag/{revision}`.
#[derive(Debug, Deserialize)]
pub struct CreateTag {
    /// Its name.
    pub tag: String,
    /// Its message; with one it is an annotated tag.
    #[serde(default)]
    pub message: Option<String>,
}

/// `POST …/super-squash/{revision}`.
#[derive(Debug, Deserialize)]
pub struct Squash {
    /// The new commit's message.
    #[serde(default)]
    pub message: Option<String>,
}

/// One of `GET …/commits/{revision}`.
#[derive(Debug, Serialize)]
pub struct CommitItem {
    /// Its id.
    pub id: String,
    /// The first line of its message.
    pub title: String,
    /// The rest.
    pub message: String,
    /// When.
    pub date: String,
    /// Who.
    pub authors: Vec<UserName>,
    /// Title and message as HTML, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<Formatted>,
}

/// A user in a list of authors.
#[derive(Debug, Serialize)]
pub struct UserName {
    /// Their name.
    pub user: String,
}

/// Texts as HTML.
#[derive(Debug, Serialize)]
pub struct Formatted {
    /// The title.
    pub title: String,
    /// The message.
    pub message: String,
}
