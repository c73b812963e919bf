//! Every object the depot holds, and its path there.

use seedcorn_core::digest::{Oid, XetHash};
use seedcorn_core::id::RepoId;

/// Names an object in the depot. What an object's name holds never changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Chunk frames and footer: the xorb's hash, and a place that nobody else was given. The hash says which chunks
    /// there are and not how they are packed, so two senders of the same xorb may send different bytes.
    Xorb(XetHash, String),
    /// A git pack of a repo: the repo is in the path, so that no lookup can cross repos.
    Pack(RepoId, Oid),
    /// The pack's index, version 2.
    PackIndex(RepoId, Oid),
    /// A part of a multipart upload.
    Part(String, u32),
    /// Which depot this is; not named in any row but a setting.
    Mark,
}

impl Key {
    /// The folder of all xorbs.
    pub const XORBS: &str = "xorbs";

    /// The xorb that a path names.
    pub fn parse_xorb(path: &str) -> Option<(XetHash, String)> {
        let (hash, place) = path.rsplit('/').next()?.split_once('-')?;
        let (hash, place) = (hash.parse().ok()?, place.to_owned());
        (Key::Xorb(hash, place.clone()).path() == path).then_some((hash, place))
    }

    /// The path under the depot's root.
    pub fn path(&self) -> String {
        match self {
            Key::Xorb(hash, place) => {
                let hex = hash.to_string();
                format!("{}/{}/{}/{hex}-{place}", Key::XORBS, &hex[..2], &hex[2..4])
            }
            Key::Pack(repo, id) => format!("git/{repo}/{id}.pack"),
            Key::PackIndex(repo, id) => format!("git/{repo}/{id}.idx"),
            Key::Part(upload, n) => format!("parts/{upload}/{n}"),
            Key::Mark => "seedcorn-depot".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn the_path_of_a_xorb_is_read_back_and_no_other() {
        let path = Key::Xorb(XetHash([7; 32]), "0199-a".into()).path();
        assert_eq!(Key::parse_xorb(&path).unwrap(), (XetHash([7; 32]), "0199-a".to_owned()));
        for other in ["", "xorbs/07/07/x-1", "git/a/b.pack", &path[1..], &path.replace("07/07", "07/08")] {
            assert!(Key::parse_xorb(other).is_none(), "{other}");
        }
    }
}
