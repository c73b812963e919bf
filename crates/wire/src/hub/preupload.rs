//! `POST /api/{kind}s/{id}/preupload/{revision}`.

use serde::{Deserialize, Serialize};

/// The question.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreuploadRequest {
    /// What would be sent.
    pub files: Vec<PreuploadFile>,
    /// The `.gitignore` that is part of the same commit.
    #[serde(default)]
    pub git_ignore: Option<String>,
}

/// A file that would be sent.
#[derive(Debug, Deserialize)]
pub struct PreuploadFile {
    /// Where in the repo.
    pub path: String,
    /// Its first 512 bytes, in base64.
    #[serde(default)]
    pub sample: String,
    /// Its length.
    pub size: u64,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct PreuploadAnswer {
    /// One a file, in order.
    pub files: Vec<PreuploadVerdict>,
}

/// The answer for a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreuploadVerdict {
    /// Where in the repo.
    pub path: String,
    /// `lfs` or `regular`.
    pub upload_mode: &'static str,
    /// Not to be sent.
    pub should_ignore: bool,
    /// What is there now: git's blob id, or SHA-256 of a large file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oid: Option<String>,
}
