//! Every object the depot holds, and its path there.

use seedcorn_core::digest::{Oid, XetHash};
use seedcorn_core::id::RepoId;

/// Names an object in the depot. Content-addressed but for parts of uploads, which live for hours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Chunk frames and footer.
    Xorb(XetHash),
    /// A git pack of a repo: the repo is in the path, so that no lookup can cross repos.
    Pack(RepoId, Oid),
    /// The pack's index, version 2.
    PackIndex(RepoId, Oid),
    /// A part of a multipart upload.
    Part(String, u32),
}

impl Key {
    /// The path under the depot's root.
    pub fn path(&self) -> String {
        match self {
            Key::Xorb(hash) => {
                let hex = hash.to_string();
                format!("xorbs/{}/{}/{hex}", &hex[..2], &hex[2..4])
            }
            Key::Pack(repo, id) => format!("git/{repo}/{id}.pack"),
            Key::PackIndex(repo, id) => format!("git/{repo}/{id}.idx"),
            Key::Part(upload, n) => format!("parts/{upload}/{n}"),
        }
    }
}
