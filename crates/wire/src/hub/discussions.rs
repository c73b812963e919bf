//! Discussions and pull requests.

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

/// `POST …/{number}/comment`.
#[derive(Debug, Deserialize)]
pub struct NewComment {
    /// What it says, in Markdown.
    pub comment: String,
    /// The line that it is on, of what a pull request changes.
    #[serde(default)]
    pub line: Option<OnLine>,
}

/// A line of what a pull request changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OnLine {
    /// The file.
    pub path: String,
    /// `old` or `new`.
    pub side: String,
    /// From 1.
    pub line: u32,
    /// The head of the pull request then.
    pub commit: String,
}

/// `POST …/{number}/title`.
#[derive(Debug, Deserialize)]
pub struct NewTitle {
    /// The title.
    pub title: String,
}

/// `POST …/{number}/status`.
#[derive(Debug, Deserialize)]
pub struct NewStatus {
    /// `open`, `closed` or `draft`.
    pub status: String,
    /// Something to say along with it.
    #[serde(default)]
    pub comment: Option<String>,
}

/// `POST …/{number}/merge`.
#[derive(Debug, Default, Deserialize)]
pub struct MergePull {
    /// Something to say along with it.
    #[serde(default)]
    pub comment: Option<String>,
    /// `merge` for a commit with both sides even where the branch could just move on. This hub's own.
    #[serde(default)]
    pub strategy: Option<String>,
    /// The head that the sender saw: of another, nothing is merged. This hub's own.
    #[serde(default)]
    pub head: Option<String>,
}

/// `POST …/{number}/lock`. This hub's own.
#[derive(Debug, Deserialize)]
pub struct LockDiscussion {
    /// Whether it is locked from now on.
    pub locked: bool,
}

/// `POST …/{number}/comment/{id}/edit`.
#[derive(Debug, Deserialize)]
pub struct EditComment {
    /// What it says from now on.
    pub content: String,
}

/// `POST …/{number}/comment/{id}/hide`.
#[derive(Debug, Default, Deserialize)]
pub struct HideComment {
    /// Whether it is hidden from now on; so it is when nothing is said. This hub's own.
    #[serde(default)]
    pub hidden: Option<bool>,
}

/// `POST …/{number}/comment/{id}/reaction`, and `DELETE` of the same.
#[derive(Debug, Deserialize)]
pub struct React {
    /// The sign.
    pub reaction: String,
}

/// `POST …/{number}/comment/{id}/report`. This hub's own.
#[derive(Debug, Deserialize)]
pub struct ReportComment {
    /// What is wrong with it.
    pub reason: String,
}

/// Who.
#[derive(Clone, Debug, Serialize)]
pub struct Author {
    /// Their name.
    pub name: String,
    /// Always `user`.
    pub r#type: &'static str,
}

impl Author {
    /// The member of a name.
    pub fn new(name: impl Into<String>) -> Author {
        Author { name: name.into(), r#type: "user" }
    }
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
    /// How many comments it has.
    pub num_comments: i64,
    /// Whether those alone who may publish speak in it.
    pub locked: bool,
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
    pub events: Vec<Event>,
    /// Of a pull request: where it would be merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Of a pull request: files that both sides changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_with_conflicts: Option<Vec<String>>,
    /// Of a pull request, when asked for: what it changes, as `git diff` tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
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

/// What happened in a discussion.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Names it.
    pub id: String,
    /// `comment`, `status-change`, `title-change`, `commit` or `lock`.
    pub r#type: &'static str,
    /// When.
    pub created_at: String,
    /// Who.
    pub author: Author,
    /// What.
    pub data: EventData,
}

/// What an event tells.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum EventData {
    /// A comment.
    Comment(Box<Comment>),
    /// Another state.
    Status {
        /// The state.
        status: String,
    },
    /// Another title.
    Title {
        /// As it was.
        from: String,
        /// As it is.
        to: String,
    },
    /// A commit of a pull request.
    Commit {
        /// The first line of its message.
        subject: String,
        /// Its id.
        oid: String,
    },
    /// It was locked, or unlocked.
    Lock {
        /// Which of the two.
        locked: bool,
    },
}

/// A comment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// Whether it was edited.
    pub edited: bool,
    /// Whether it is hidden.
    pub hidden: bool,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_by: Option<String>,
    /// What it says.
    pub latest: Version,
    /// What it said before, oldest first.
    pub history: Vec<Version>,
    /// The signs that it was given.
    pub reactions: Vec<Reaction>,
    /// The line that it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<OnLine>,
}

/// A version of a comment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Markdown.
    pub raw: String,
    /// HTML; of earlier versions nothing.
    pub html: String,
    /// Since when.
    pub updated_at: String,
    /// Who wrote it.
    pub author: Author,
}

/// A sign of a comment.
#[derive(Debug, Serialize)]
pub struct Reaction {
    /// The sign.
    pub reaction: String,
    /// How many gave it.
    pub count: u64,
}

/// One of `GET /api/notifications`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// What happened last.
    pub id: String,
    /// `mention`, `author`, `comment` or `watch`.
    pub reason: String,
    /// When.
    pub updated_at: String,
    /// Whether it was looked at.
    pub read: bool,
    /// Where.
    pub repo: DiscussedRepo,
    /// In which discussion.
    pub discussion: Noticed,
}

/// The discussion that a notice is about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Noticed {
    /// Its number.
    pub num: i64,
    /// Its title.
    pub title: String,
    /// Its state.
    pub status: String,
    /// Whether it is a pull request.
    pub is_pull_request: bool,
}

/// `GET /api/notifications`.
#[derive(Debug, Serialize)]
pub struct Notifications {
    /// This page, the last first.
    pub notifications: Vec<Notification>,
    /// How many are unread, counted up to a hundred.
    pub unread: i64,
    /// What to ask for as `before` to go on.
    pub next: Option<String>,
}

/// `POST /api/notifications/read`.
#[derive(Debug, Deserialize)]
pub struct ReadNotifications {
    /// The last that was looked at, and all before it.
    pub up_to: String,
}
