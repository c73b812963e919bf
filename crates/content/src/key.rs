//! Every object the depot holds, and its path there.

use seedcorn_core::digest::{Oid, XetHash};
use seedcorn_core::id::RepoId;

/// Names an object in the depot. What an object's name holds never changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Chunk frames and footer: the xorb's hash, and a place that nobody else was given. The hash says which chunks
    /// there are and not how they are packed, so two senders of the same xorb may send different bytes.
    Xorb(XetHash, String),
    /// A git pack of a repo: the repo is in the path, so that no lookup can cross repos. The same pack may be sent again,
    /// and then goes to another place: so it is certain that an object without a row is wanted by nobody.
    Pack(RepoId, Oid, String),
    /// The index of the pack at this place, version 2.
    PackIndex(RepoId, Oid, String),
    /// A part of a multipart upload.
    Part(String, u32),
    /// A file of the transparency log, by its path below the log's address: a tile or a bundle of entries.
    Log(String),
    /// A file of a log of others that is kept here, by its path behind the SHA-256 of what names that log.
    Mirror(String),
    /// A picture, a film or a sound in a comment, by its id.
    Attachment(String),
    /// Which depot this is; not named in any row but a setting.
    Mark,
}

impl Key {
    /// The folder of all xorbs.
    pub const XORBS: &str = "xorbs";

    /// The folder of all packs and their indexes.
    pub const PACKS: &str = "git";
    /// The folder of all parts.
    pub const PARTS: &str = "parts";
    /// The folder of what is attached to comments.
    pub const ATTACHMENTS: &str = "attachments";
    /// The folder of the transparency log.
    pub const LOG: &str = "log/1";
    /// The folder of the logs of others.
    pub const MIRROR: &str = "mirror";

    /// The xorb, pack, index or part that a path names.
    pub fn parse(path: &str) -> Option<Key> {
        let mut parts = path.split('/');
        let (folder, second, last) = (parts.next()?, parts.next()?, parts.next_back()?);
        let key = match folder {
            Key::XORBS => {
                let (hash, place) = last.split_once('-')?;
                Key::Xorb(hash.parse().ok()?, place.to_owned())
            }
            Key::PACKS => {
                let (name, kind) = last.rsplit_once('.')?;
                let (id, place) = name.split_once('-')?;
                let (repo, id, place) = (RepoId(second.to_owned()), id.parse().ok()?, place.to_owned());
                if kind == "idx" { Key::PackIndex(repo, id, place) } else { Key::Pack(repo, id, place) }
            }
            Key::ATTACHMENTS => Key::Attachment(last.to_owned()),
            Key::PARTS => Key::Part(second.to_owned(), last.parse().ok()?),
            _ => return None,
        };
        // What is spelled in another way was not written by us.
        (key.path() == path).then_some(key)
    }

    /// The path under the depot's root.
    pub fn path(&self) -> String {
        match self {
            Key::Xorb(hash, place) => {
                let hex = hash.to_string();
                format!("{}/{}/{}/{hex}-{place}", Key::XORBS, &hex[..2], &hex[2..4])
            }
            Key::Pack(repo, id, place) => format!("{}/{repo}/{id}-{place}.pack", Key::PACKS),
            Key::PackIndex(repo, id, place) => format!("{}/{repo}/{id}-{place}.idx", Key::PACKS),
            Key::Part(upload, n) => format!("{}/{upload}/{n}", Key::PARTS),
            Key::Attachment(id) => format!("{}/{}/{id}", Key::ATTACHMENTS, id.get(..2).unwrap_or("-")),
            Key::Log(path) => format!("{}/{path}", Key::LOG),
            Key::Mirror(path) => format!("{}/{path}", Key::MIRROR),
            Key::Mark => "seedcorn-depot".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn a_path_is_read_back_and_no_other() {
        let (repo, id, place) = (RepoId("0199-r".into()), Oid([5; 20]), "0199-a".to_owned());
        let keys = [
            Key::Xorb(XetHash([7; 32]), place.clone()),
            Key::Pack(repo.clone(), id, place.clone()),
            Key::PackIndex(repo, id, place),
            Key::Part("0199-u".into(), 12),
            Key::Attachment("a0b1".into()),
        ];
        for key in keys {
            let path = key.path();
            assert_eq!(Key::parse(&path), Some(key), "{path}");
            let (folder, name) = path.rsplit_once('/').unwrap();
            let others = [
                path[1..].to_owned(),
                format!("{path}/"),
                format!("{path}.tmp"),
                format!("{path}#1"),
                format!("{folder}/x/{name}"),
                format!("{folder}/0{name}"),
                folder.to_owned(),
            ];
            for other in others {
                assert_ne!(Key::parse(&other).map(|key| key.path()), Some(path.clone()), "{other}");
            }
        }
        let others =
            ["", "/", "xorbs", "xorbs/07/07/x-1", "git/a/b.pack", "git/a/b-c.pack", "parts/u/01", "parts/u"];
        for other in
            others.into_iter().chain(["parts/u/+1", "parts/u/1/2", "seedcorn-depot", "git/x/y/z.idx"])
        {
            assert_eq!(Key::parse(other), None, "{other}");
        }
        let xorb = Key::Xorb(XetHash([7; 32]), "a".into()).path();
        assert_eq!(Key::parse(&xorb.replace("07/07", "07/08")), None);
    }
}
