//! Between git's trees and core's: loads the folders that a commit touches, writes back those that changed.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::git::{Mode, PackSet, TreeBase, TreeEntry, render_tree};
use seedcorn_core::digest::Oid;
use seedcorn_core::tree::{self, Dir, Node};

use super::pack::{Packing, pack_refusal};
use crate::objects::Objects;
use crate::{Refusal, Result};

/// The root folder with all of `needed` loaded: cost proportional to what a commit touches. Also tells which tree each
/// loaded folder came from, by path.
pub(super) async fn load(
    objects: &Objects,
    root: Oid,
    needed: &BTreeSet<String>,
) -> Result<(Dir, BTreeMap<String, Oid>)> {
    let mut came_from = BTreeMap::new();
    let dir = load_dir(objects, root, String::new(), needed, &mut came_from).await?;
    Ok((dir, came_from))
}

fn load_dir<'a>(
    objects: &'a Objects,
    oid: Oid,
    path: String,
    needed: &'a BTreeSet<String>,
    came_from: &'a mut BTreeMap<String, Oid>,
) -> BoxFuture<'a, Result<Dir>> {
    async move {
        let entries = objects.tree(&oid).await?;
        let mut dir = Dir::default();
        for entry in entries.iter() {
            let inner = join(&path, &entry.name);
            let node = match entry.mode {
                Mode::Tree if needed.contains(&inner) => {
                    Node::Dir(load_dir(objects, entry.oid, inner, needed, came_from).await?)
                }
                Mode::Tree => Node::Tree(entry.oid),
                Mode::Gitlink => Node::Gitlink(entry.oid),
                Mode::File => Node::Blob { mode: tree::Mode::File, oid: entry.oid },
                Mode::Executable => Node::Blob { mode: tree::Mode::Executable, oid: entry.oid },
                Mode::Symlink => Node::Blob { mode: tree::Mode::Symlink, oid: entry.oid },
            };
            dir.entries.insert(entry.name.clone(), node);
        }
        came_from.insert(path, oid);
        Ok(dir)
    }
    .boxed()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// Writes every loaded folder into the pack, as a delta against the tree it came from where that pays. Returns the
/// root tree's id.
pub(crate) fn write(
    packing: &mut Packing,
    packs: &PackSet,
    dir: &Dir,
    path: &str,
    came_from: &BTreeMap<String, Oid>,
) -> Result<Oid> {
    let mut entries = Vec::with_capacity(dir.entries.len());
    for (name, node) in &dir.entries {
        let (mode, oid) = match node {
            Node::Dir(inner) => (Mode::Tree, write(packing, packs, inner, &join(path, name), came_from)?),
            Node::Tree(oid) => (Mode::Tree, *oid),
            Node::Gitlink(oid) => (Mode::Gitlink, *oid),
            Node::Blob { mode: tree::Mode::File, oid } => (Mode::File, *oid),
            Node::Blob { mode: tree::Mode::Executable, oid } => (Mode::Executable, *oid),
            Node::Blob { mode: tree::Mode::Symlink, oid } => (Mode::Symlink, *oid),
        };
        entries.push(TreeEntry { mode, name: name.clone(), oid });
    }
    let data = render_tree(&entries).map_err(Refusal::broken)?;
    let base = match came_from.get(path) {
        Some(oid) => Some((*oid, packs.read(oid).map_err(Refusal::broken)?)),
        None => None,
    };
    let base = base.as_ref().map(|(oid, old)| TreeBase { oid: *oid, data: &old.data, depth: old.depth });
    let unchanged = base.is_some_and(|base| base.data == data);
    if let Some(base) = base.filter(|_| unchanged) {
        return Ok(base.oid);
    }
    Ok(packing.add_tree(&data, base).map_err(pack_refusal)?.0)
}
