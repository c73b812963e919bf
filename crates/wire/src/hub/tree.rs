//! Entries of a tree, as `tree` and `paths-info` list them.

use serde::{Deserialize, Serialize};

/// A file or folder.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TreeEntry {
    /// `file` or `directory`.
    pub r#type: &'static str,
    /// The blob's or tree's id; for a large file the pointer's.
    pub oid: String,
    /// The file's own length; 0 for a folder.
    pub size: u64,
    /// From the root.
    pub path: String,
    /// A large file's facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfs: Option<TreeLfs>,
    /// A large file's Xet hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xet_hash: Option<String>,
    /// The last commit that touched it, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_commit: Option<LastCommit>,
    /// What scanning found, when asked for: nothing is scanned yet, and nothing is claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_file_status: Option<serde_json::Value>,
}

/// A large file's facts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TreeLfs {
    /// SHA-256 of the file.
    pub oid: String,
    /// Its length.
    pub size: u64,
    /// Bytes of the pointer that stands for it.
    pub pointer_size: u64,
}

/// The last commit that touched a path.
#[derive(Debug, Serialize)]
pub struct LastCommit {
    /// Its id.
    pub id: String,
    /// The first line of its message.
    pub title: String,
    /// When.
    pub date: String,
}

/// `POST …/paths-info/{revision}` as JSON; clients mostly send it as a form.
#[derive(Debug, Deserialize)]
pub struct PathsInfo {
    /// What to tell about.
    pub paths: Vec<String>,
    /// With the last commit.
    #[serde(default)]
    pub expand: bool,
}
