//! Two trees that grew from one, merged: folders entry by entry, texts line by line. What only one side changed is taken as it is, so large files
//! merge by their pointers; what both changed in their own way is a conflict. A file that moved counts as gone in one place and new in another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::git::{Mode, TreeEntry};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_core::pointer::Pointer;
use seedcorn_core::tree::{self, Dir, Node};

use super::lines;
use crate::objects::Objects;
use crate::publish::{CARD, check_special};
use crate::{Refusal, Result, changes, compute};

/// What a folder costs beside its entries.
const FOLDER_COST: usize = 100;

/// What two trees came to.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The root, with every folder that is neither side's.
    pub(super) root: Dir,
    /// Which tree of ours each of those folders came from.
    pub(super) came_from: BTreeMap<String, Oid>,
    /// Texts that are neither side's, each with the place at which it stands.
    pub(super) texts: Vec<(String, String)>,
    /// Files of which both sides have their own; of many, the first.
    pub(super) conflicts: BTreeSet<String>,
}

impl Merged {
    /// What the card is: the blob of one of the sides, or a text of its own.
    pub(super) fn card(&self) -> Option<Result<Oid, &str>> {
        if let Some((_, text)) = self.texts.iter().find(|(path, _)| path == CARD) {
            return Some(Err(text));
        }
        match self.root.entries.get(CARD) {
            Some(Node::Blob { oid, .. }) => Some(Ok(*oid)),
            _ => None,
        }
    }
}

/// Three trees, or entries of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Three<T> {
    /// Where the two parted; nothing if they share nothing.
    pub(crate) base: Option<T>,
    /// What is merged into.
    pub(crate) ours: Option<T>,
    /// What is merged.
    pub(crate) theirs: Option<T>,
}

/// Merges root trees.
///
/// # Errors
/// `TooLarge` for what takes too much to merge.
pub(super) async fn merge(objects: &Objects, roots: Three<Oid>) -> Result<Merged> {
    let mut merging = Merging {
        objects,
        left: limits::MERGE_ENTRIES_MAX,
        texts: 0,
        spent: Duration::ZERO,
        merged: Merged::default(),
    };
    let root = merging.folder(String::new(), roots).await?;
    Ok(Merged { root, ..merging.merged })
}

/// What becomes of a file: that of a side, or a text of its own.
enum Became {
    Side(Option<Node>),
    Text(tree::Mode, String),
    Conflict,
}

struct Merging<'a> {
    objects: &'a Objects,
    left: usize,
    /// Texts of which both sides have their own.
    texts: usize,
    /// What it took to compare them.
    spent: Duration,
    merged: Merged,
}

fn is_folder(entry: Option<&TreeEntry>) -> bool {
    entry.is_some_and(|entry| entry.mode == Mode::Tree)
}

fn node(entry: &TreeEntry) -> Node {
    let blob = |mode| Node::Blob { mode, oid: entry.oid };
    match entry.mode {
        Mode::Tree => Node::Tree(entry.oid),
        Mode::Gitlink => Node::Gitlink(entry.oid),
        Mode::File => blob(tree::Mode::File),
        Mode::Executable => blob(tree::Mode::Executable),
        Mode::Symlink => blob(tree::Mode::Symlink),
    }
}

impl Merging<'_> {
    async fn entries(&mut self, folder: Option<Oid>) -> Result<BTreeMap<String, TreeEntry>> {
        let Some(folder) = folder else { return Ok(BTreeMap::new()) };
        let entries = self.objects.tree(&folder).await?;
        let left = self.left.checked_sub(FOLDER_COST + entries.len());
        self.left = left.ok_or_else(|| {
            Refusal::TooLarge(
                "these are too many files to be merged here; merge them with git, and push".into(),
            )
        })?;
        Ok(entries.iter().map(|entry| (entry.name.clone(), entry.clone())).collect())
    }

    /// Merges folders of which neither side has what the other has, nor what both began with.
    fn folder(&mut self, path: String, of: Three<Oid>) -> BoxFuture<'_, Result<Dir>> {
        async move {
            let base = self.entries(of.base).await?;
            let ours = self.entries(of.ours).await?;
            let theirs = self.entries(of.theirs).await?;
            if let Some(oid) = of.ours {
                self.merged.came_from.insert(path.clone(), oid);
            }
            let mut dir = Dir::default();
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let here = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                let three = Three { base: base.get(name), ours: ours.get(name), theirs: theirs.get(name) };
                if let Some(node) = self.entry(here, three).await? {
                    dir.entries.insert(name.clone(), node);
                }
            }
            Ok(dir)
        }
        .boxed()
    }

    async fn entry(&mut self, path: String, of: Three<&TreeEntry>) -> Result<Option<Node>> {
        let same = |a: Option<&TreeEntry>, b: Option<&TreeEntry>| {
            a.map(|entry| (entry.mode, entry.oid)) == b.map(|entry| (entry.mode, entry.oid))
        };
        if same(of.ours, of.theirs) || same(of.base, of.theirs) {
            return Ok(of.ours.map(node));
        }
        if same(of.base, of.ours) {
            return Ok(of.theirs.map(node));
        }
        let folders = [of.base, of.ours, of.theirs].map(is_folder);
        let only = |entry: Option<&TreeEntry>| entry.is_none() || is_folder(entry);
        if folders.contains(&true) && [of.ours, of.theirs].into_iter().all(only) {
            let oid =
                |entry: Option<&TreeEntry>| entry.filter(|entry| entry.mode == Mode::Tree).map(|e| e.oid);
            let below = Three { base: oid(of.base), ours: oid(of.ours), theirs: oid(of.theirs) };
            let dir = self.folder(path, below).await?;
            // git has no empty folders.
            return Ok((!dir.entries.is_empty()).then_some(Node::Dir(dir)));
        }
        Ok(match self.file(&path, of).await? {
            Became::Side(node) => node,
            Became::Text(mode, text) => {
                self.merged.texts.push((path, text));
                Some(Node::Blob { mode, oid: Oid::ZERO })
            }
            Became::Conflict => {
                if self.merged.conflicts.len() < limits::CONFLICTS_MAX {
                    self.merged.conflicts.insert(path);
                }
                of.ours.map(node)
            }
        })
    }

    /// A file that both sides changed.
    async fn file(&mut self, path: &str, of: Three<&TreeEntry>) -> Result<Became> {
        let (Some(base), Some(ours), Some(theirs)) = (of.base, of.ours, of.theirs) else {
            return Ok(Became::Conflict);
        };
        let mode = |entry: &TreeEntry| match entry.mode {
            Mode::File => Some(tree::Mode::File),
            Mode::Executable => Some(tree::Mode::Executable),
            Mode::Symlink | Mode::Tree | Mode::Gitlink => None,
        };
        let (Some(was), Some(left), Some(right)) = (mode(base), mode(ours), mode(theirs)) else {
            return Ok(Became::Conflict);
        };
        let mode = if left == was { right } else { left };
        if base.oid == theirs.oid || ours.oid == theirs.oid {
            return Ok(Became::Side(Some(Node::Blob { mode, oid: ours.oid })));
        }
        if base.oid == ours.oid {
            return Ok(Became::Side(Some(Node::Blob { mode, oid: theirs.oid })));
        }
        self.texts += 1;
        if self.texts > limits::MERGE_TEXTS_MAX
            || self.spent > Duration::from_millis(limits::MERGE_MILLIS_MAX)
        {
            return Err(Refusal::TooLarge(
                "these are too many texts to be merged here; merge them with git, and push".into(),
            ));
        }
        let mut texts = Vec::with_capacity(3);
        for entry in [base, ours, theirs] {
            match text(self.objects.blob(&entry.oid).await?) {
                Some(text) => texts.push(text),
                None => return Ok(Became::Conflict),
            }
        }
        let merged = compute(move || {
            let begun = Instant::now();
            let merged = match &texts[..] {
                [base, ours, theirs] => lines::merge(base, ours, theirs),
                _ => None,
            };
            (merged, begun.elapsed())
        });
        let (merged, took) = merged.await?;
        self.spent += took;
        // What git reads when it checks files out is checked like any other that is put there.
        Ok(match merged.filter(|text| check_special(path, Some(text.as_bytes())).is_ok()) {
            Some(text) => Became::Text(mode, text),
            None => Became::Conflict,
        })
    }
}

/// A text that is merged by its lines. A pointer is none: half of one and half of another leads nowhere.
fn text(bytes: Bytes) -> Option<String> {
    let is_long = bytes.len() as u64 > limits::MERGE_TEXT_BYTES_MAX;
    if is_long || Pointer::parse(&bytes).is_some() {
        return None;
    }
    changes::text(bytes.to_vec())
}
