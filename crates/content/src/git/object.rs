//! What a git object is: its kind, and the id its content gives it.

use gix_hash::Hasher;
use seedcorn_core::digest::Oid;

/// The four kinds of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A snapshot with its parents, author and message.
    Commit,
    /// A directory.
    Tree,
    /// The content of a file or the target of a symbolic link.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The word git writes before the length when it hashes an object.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
            Kind::Tag => "tag",
        }
    }

    /// The three-bit type of a full entry (git pack format).
    pub(super) fn code(self) -> u8 {
        match self {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        }
    }
}

/// The content was built to collide with another under SHA-1, so it has no id that could be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content carries a SHA-1 collision attack")]
pub struct Collision;

/// A running SHA-1 that notices collision attacks.
pub(super) struct Sha1(Hasher);

impl Sha1 {
    pub(super) fn new() -> Self {
        Sha1(gix_hash::hasher(gix_hash::Kind::Sha1))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Result<Oid, Collision> {
        let id = self.0.try_finalize().map_err(|_| Collision)?;
        let mut bytes = [0; 20];
        bytes.copy_from_slice(id.as_slice());
        Ok(Oid(bytes))
    }
}

/// The id of an object: SHA-1 over `"<kind> <length>\0"` and the content. [`Collision`] if the content is an attack on
/// SHA-1, which git refuses too.
pub fn oid_of(kind: Kind, data: &[u8]) -> Result<Oid, Collision> {
    let mut sha1 = Sha1::new();
    sha1.update(format!("{} {}\0", kind.name(), data.len()).as_bytes());
    sha1.update(data);
    sha1.finish()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn the_ids_everybody_knows() {
        assert_eq!(oid_of(Kind::Blob, b"").unwrap().to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(oid_of(Kind::Tree, b"").unwrap().to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(
            oid_of(Kind::Blob, b"hello\n").unwrap().to_string(),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
    }
}
