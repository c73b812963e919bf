//! Discussions, as far as pull requests need them.

use serde::{Deserialize, Serialize};

/// `POST …/discussions`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDiscussion {
    /// One line.
    pub title: String,
    /// The rest.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is a pull request.
    #[serde(default)]
    pub pull_request: bool,
}

/// Who.
#[derive(Debug, Serialize)]
pub struct Author {
    /// Their name.
    pub name: String,
    /// Always `user`.
    pub r#type: &'static str,
}

/// Which repo.
#[derive(Debug, Serialize)]
pub struct DiscussedRepo {
    /// `namespace/name`.
    pub name: String,
    /// `model`, `dataset`, `space`.
    pub r#type: &'static str,
}

/// A discussion in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Discussion {
    /// Shared by discussions and pull requests.
    pub num: i64,
    /// One line.
    pub title: String,
    /// `draft`, `open`, `closed`, `merged`.
    pub status: String,
    /// Whether it is a pull request.
    pub is_pull_request: bool,
    /// When.
    pub created_at: String,
    /// Who.
    pub author: Author,
    /// Where.
    pub repo: DiscussedRepo,
}

/// `GET …/discussions`.
#[derive(Debug, Serialize)]
pub struct Discussions {
    /// This page, newest first.
    pub discussions: Vec<Discussion>,
    /// How many there are.
    pub count: i64,
    /// How many came before this page.
    pub start: i64,
}

/// `GET …/discussions/{number}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscussionDetails {
    /// What the list tells.
    #[serde(flatten)]
    pub discussion: Discussion,
    /// What happened, oldest first.
    pub events: Vec<serde_json::Value>,
    /// Where it would be merged.
    pub changes: Changes,
    /// Files that both sides changed.
    pub files_with_conflicts: Vec<String>,
}

/// Where a pull request would be merged.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// The whole ref.
    pub base: String,
    /// The commit that merged it.
    pub merge_commit_id: Option<String>,
}
