//! What a pushed pack holds, noted as its objects come by; trees are not kept, only what they lead to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seedcorn_content::git::{
    Commit, Kind, Mode, Tag, TreeEntry, check_commit, check_tag, parse_tree, render_tree,
};
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::dotgit::{self, Special};
use seedcorn_core::pointer::{POINTER_BYTES_MAX, Pointer};
use seedcorn_core::{limits, name, secret};
use seedcorn_db::git::BlobFact;

/// Secrets that are noted.
const SECRETS_MAX: usize = 100;
/// Bytes of all commits and tags of a push: what people wrote is kept until the push is recorded.
const WRITTEN_BYTES_MAX: usize = 256 << 20;
/// Things that are named, and folders in folders, which are kept as well.
const NAMED_MAX: usize = 8_000_000;

/// What a pack holds.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) commits: BTreeMap<Oid, Commit>,
    pub(super) tags: BTreeMap<Oid, Tag>,
    /// Each tree, with the folders in it and the length of their names, and the length of its longest name.
    pub(super) trees: HashMap<Oid, Folder>,
    /// Everything that trees name, and as what.
    pub(super) named: HashSet<(Oid, Kind)>,
    /// Files that git reads when it checks them out.
    pub(super) special: BTreeSet<(Oid, Special)>,
    /// Regular files, and pointers with what they point to.
    pub(super) blobs: Vec<(BlobFact, Option<Pointer>)>,
    pub(super) blob_ids: HashSet<Oid>,
    /// Files that are too large to lie in git.
    pub(super) large: Vec<(Oid, u64)>,
    /// Secrets, and the files they are in.
    pub(super) secrets: Vec<(Oid, secret::Secret)>,
    written_bytes: usize,
    folders: usize,
}

/// A tree, as far as paths through it go.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    pub(super) folders: Vec<(Oid, usize)>,
    pub(super) longest: usize,
}

impl Folder {
    pub(super) fn of(entries: &[TreeEntry]) -> Folder {
        let inner = entries.iter().filter(|entry| entry.mode == Mode::Tree);
        Folder {
            folders: inner.map(|entry| (entry.oid, entry.name.len())).collect(),
            longest: entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0),
        }
    }
}

impl Seen {
    /// Notes an object.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn see(&mut self, oid: Oid, kind: Kind, data: &[u8]) -> Result<(), String> {
        if matches!(kind, Kind::Commit | Kind::Tag) {
            self.written_bytes += data.len();
        }
        if self.written_bytes > WRITTEN_BYTES_MAX || self.named.len().max(self.folders) > NAMED_MAX {
            return Err("this is too much for one push; push a long history in several parts".into());
        }
        match kind {
            Kind::Blob => self.blob(oid, data),
            Kind::Tree => self.tree(oid, data).map_err(|why| format!("tree {oid}: {why}"))?,
            Kind::Commit => {
                check_commit(data).map_err(|why| format!("commit {oid}: {why}"))?;
                let commit = Commit::parse(data).map_err(|why| format!("commit {oid}: {why}"))?;
                self.commits.insert(oid, commit);
            }
            Kind::Tag => {
                let tag = check_tag(data).map_err(|why| format!("tag {oid}: {why}"))?;
                self.tags.insert(oid, tag);
            }
        }
        Ok(())
    }

    fn tree(&mut self, oid: Oid, data: &[u8]) -> Result<(), String> {
        let entries = parse_tree(data).map_err(|why| why.to_string())?;
        if render_tree(&entries).ok().as_deref() != Some(data) {
            return Err("an entry has a mode that git no longer writes".into());
        }
        for entry in &entries {
            name::check_path(&entry.name).map_err(|why| why.to_string())?;
            if entry.oid == Oid::ZERO {
                return Err(format!("{:?} names no object", entry.name));
            }
            let kind = match entry.mode {
                Mode::Gitlink => continue,
                Mode::Tree => Kind::Tree,
                Mode::File | Mode::Executable | Mode::Symlink => Kind::Blob,
            };
            self.named.insert((entry.oid, kind));
            match dotgit::stands_for(&entry.name) {
                None => {}
                Some((special, true)) if matches!(entry.mode, Mode::File | Mode::Executable) => {
                    self.special.insert((entry.oid, special));
                }
                Some((special, _)) => {
                    return Err(format!(
                        "{:?} is taken for {} by some systems, and is none",
                        entry.name,
                        special.name()
                    ));
                }
            }
        }
        let folder = Folder::of(&entries);
        self.folders += folder.folders.len();
        self.trees.insert(oid, folder);
        Ok(())
    }

    fn blob(&mut self, oid: Oid, data: &[u8]) {
        self.blob_ids.insert(oid);
        let bytes = data.len() as u64;
        if bytes > limits::COMMIT_FILE_BYTES_MAX {
            self.large.push((oid, bytes));
            return;
        }
        let pointer = if data.len() <= POINTER_BYTES_MAX { Pointer::parse(data) } else { None };
        if self.secrets.len() < SECRETS_MAX {
            self.secrets.extend(secret::find(data).map(|found| (oid, found)));
        }
        self.blobs.push((BlobFact::regular(oid, bytes, Sha256::of(data)), pointer));
    }

    /// Whether a pack has an object as this.
    pub(super) fn has(&self, oid: &Oid, kind: Kind) -> bool {
        match kind {
            Kind::Commit => self.commits.contains_key(oid),
            Kind::Tree => self.trees.contains_key(oid),
            Kind::Blob => self.blob_ids.contains(oid),
            Kind::Tag => self.tags.contains_key(oid),
        }
    }
}
