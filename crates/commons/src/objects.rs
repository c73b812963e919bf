//! A repo's git objects as deeds see them: its packs opened, its revisions resolved, its trees walked.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use seedcorn_content::git::{Kind, Mode, PackSet, TreeEntry};
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, Commit};

use crate::{Commons, Refusal, Result};

/// The ref that a repo shows when none is named.
pub(crate) const MAIN: &str = "refs/heads/main";

/// Commits read at once while a history is walked.
const WALK_PAGE: i64 = 256;

/// A repo's objects, as they were when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    commons: Commons,
    repo: RepoId,
    pub(crate) packs: PackSet,
}

impl Objects {
    /// Opens the packs of a repo. Those that are open already cost one row each.
    pub(crate) async fn open(commons: &Commons, repo: &RepoId) -> Result<Objects> {
        let mut tx = commons.db.look().await?;
        let mut rows = git::list_packs(&mut tx, repo).await?;
        rows.sort_by_key(|row| !row.is_merged());
        if rows.len() > limits::PACKS_MAX {
            commons.note_crowded(repo);
        }
        let mut inline = Vec::new();
        for row in
            rows.iter().filter(|row| row.place.is_none() && commons.git.opened(repo, &row.id).is_none())
        {
            if let Some((pack, index)) = git::load_pack(&mut tx, repo, &row.id).await? {
                inline.push((row, pack, index));
            }
        }
        // A connection must not be held while the depot is read.
        drop(tx);
        for (row, pack, index) in inline {
            commons.git.open_inline(repo, pack.into(), index.into(), row.thin)?;
        }
        let mut packs = Vec::with_capacity(rows.len());
        for row in &rows {
            packs.push(match (commons.git.opened(repo, &row.id), &row.place) {
                (Some(pack), _) => pack,
                (None, None) => open_evicted(commons, repo, row).await?,
                (None, Some(place)) => {
                    let bytes = u64::try_from(row.bytes).unwrap_or_default();
                    commons.git.open_stored((repo, &row.id, place), bytes, row.thin).await?
                }
            });
        }
        Ok(Objects { commons: commons.clone(), repo: repo.clone(), packs: PackSet::new(packs) })
    }

    /// The same with one more pack, which nobody else knows of yet.
    pub(crate) fn with(self, pack: Arc<seedcorn_content::git::Pack>) -> Objects {
        let packs = PackSet::new(self.packs.packs().iter().cloned().chain([pack]).collect());
        Objects { packs, ..self }
    }

    /// The entries of a tree.
    pub(crate) async fn tree(&self, oid: &Oid) -> Result<Arc<Vec<TreeEntry>>> {
        Ok(self.commons.git.tree(&self.repo, &self.packs, oid).await?)
    }

    /// The bytes of a blob.
    pub(crate) async fn blob(&self, oid: &Oid) -> Result<Bytes> {
        Ok(self.commons.git.object(&self.packs, oid, Kind::Blob).await?)
    }

    /// The entry at a path under a root tree; `None` if there is none.
    pub(crate) async fn entry(&self, root: &Oid, path: &str) -> Result<Option<TreeEntry>> {
        let mut tree = *root;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let entries = self.tree(&tree).await?;
            let Some(entry) = entry_named(&entries, part) else {
                return Ok(None);
            };
            match (parts.peek(), entry.mode) {
                (None, _) => return Ok(Some(entry.clone())),
                (Some(_), Mode::Tree) => tree = entry.oid,
                (Some(_), _) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// A small text file of a tree, cut at `limit` bytes; empty if there is none.
    pub(crate) async fn text(&self, root: &Oid, path: &str, limit: usize) -> Result<String> {
        match self.entry(root, path).await? {
            Some(entry) if matches!(entry.mode, Mode::File | Mode::Executable) => {
                let bytes = self.blob(&entry.oid).await?;
                Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(limit)]).into_owned())
            }
            _ => Ok(String::new()),
        }
    }
}

/// The entry of a name in a folder, whose entries are in git's order: a folder sorts as if its name ended in `/`.
pub(crate) fn entry_named<'a>(entries: &'a [TreeEntry], name: &str) -> Option<&'a TreeEntry> {
    let slash = |folder: bool| folder.then_some(b'/');
    [false, true].into_iter().find_map(|folder| {
        let wanted = || name.bytes().chain(slash(folder));
        let place = entries.binary_search_by(|entry| {
            entry.name.bytes().chain(slash(entry.mode == Mode::Tree)).cmp(wanted())
        });
        entries.get(place.ok()?).filter(|entry| entry.name == name)
    })
}

/// A small pack that fell out of the cache between two looks.
async fn open_evicted(
    commons: &Commons,
    repo: &RepoId,
    row: &git::Pack,
) -> Result<Arc<seedcorn_content::git::Pack>> {
    let mut tx = commons.db.read().await?;
    let body = git::load_pack(&mut tx, repo, &row.id).await?;
    let (pack, index) =
        body.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("pack {} lost its bytes", row.id)))?;
    drop(tx);
    Ok(commons.git.open_inline(repo, pack.into(), index.into(), row.thin)?)
}

/// The name of the ref that a revision may mean, most likely first.
fn ref_names(revision: &str) -> Vec<String> {
    match revision {
        "HEAD" => vec![MAIN.into()],
        whole if whole.starts_with("refs/") => vec![whole.into()],
        short => vec![format!("refs/heads/{short}"), format!("refs/tags/{short}")],
    }
}

/// Whether a ref may have this name, whole or short. What may not is in no row, and no database need be asked: one of
/// them takes no NUL.
pub(crate) fn may_be_ref(name: &str) -> bool {
    !name.is_empty() && name.len() <= 2 * limits::REF_BYTES_MAX && !name.contains('\0')
}

/// The commit that a revision names: a whole commit id, a branch, a tag, a whole ref, or five and more digits of a
/// commit id. The whole id comes first, as in git: whoever pins one must get that commit, whatever branches are called.
pub(crate) async fn resolve(tx: &mut Tx, repo: &RepoId, revision: &str) -> Result<Commit> {
    let unknown = || Refusal::NoRevision(revision.to_owned());
    if !may_be_ref(revision) {
        return Err(unknown());
    }
    if let Ok(id) = revision.to_ascii_lowercase().parse()
        && let Some(commit) = git::find_commit(tx, repo, &id).await?
    {
        return Ok(commit);
    }
    for name in ref_names(revision) {
        if let Some(commit) = git::find_commit_of_ref(tx, repo, &name).await? {
            return Ok(commit);
        }
    }
    if let Some(commit) = by_digits(tx, repo, revision).await? {
        return Ok(commit);
    }
    for name in ref_names(revision) {
        if let Some(target) = git::find_ref(tx, repo, &name).await? {
            return Err(Refusal::Broken(anyhow::anyhow!("{name} points at no commit: {target}")));
        }
    }
    Err(unknown())
}

/// The one commit of some branch, tag or pull request whose id begins with these digits. Digits may be guessed, so they
/// lead to nothing that was taken out of the history; a whole id still does.
pub(crate) async fn by_digits(tx: &mut Tx, repo: &RepoId, digits: &str) -> Result<Option<Commit>> {
    let hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !hex || !(5..=40).contains(&digits.len()) {
        return Ok(None);
    }
    let mut found = None;
    for commit in git::find_commits_by_prefix(tx, repo, digits).await? {
        if is_reachable(tx, repo, &commit).await? && found.replace(commit).is_some() {
            return Ok(None);
        }
    }
    Ok(found)
}

/// Whether a ref leads to a commit; no, if it lies deeper than [`limits::HISTORY_WALK_MAX`] commits.
async fn is_reachable(tx: &mut Tx, repo: &RepoId, wanted: &Commit) -> Result<bool> {
    let refs = git::list_refs(tx, repo).await?;
    let mut reached: BTreeSet<Oid> = refs.into_iter().map(|row| row.target).collect();
    let mut place = (i64::MAX, String::new());
    let mut walked = 0;
    // Every commit comes after all that have it as a parent.
    while walked < limits::HISTORY_WALK_MAX && !reached.contains(&wanted.oid) {
        let page = git::list_commits_below(tx, repo, (place.0, &place.1), WALK_PAGE).await?;
        for commit in page.iter().filter(|commit| commit.oid != wanted.oid) {
            if reached.remove(&commit.oid) {
                reached.extend(commit.parents());
            }
        }
        match page.last() {
            Some(last) if last.generation > wanted.generation => {
                place = (last.generation, last.oid.to_string());
            }
            _ => break,
        }
        walked += page.len();
    }
    Ok(reached.contains(&wanted.oid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_gits_order() {
        let entry =
            |name: &str, mode| TreeEntry { name: name.into(), mode, oid: Oid([name.len() as u8; 20]) };
        // As git sorts: `a-` and `a.b` come before the folder `a`, which counts as `a/`.
        let names = ["Z", "a-", "a.b", "a", "a0", "b", "é"];
        let entries: Vec<TreeEntry> = names
            .into_iter()
            .map(|name| entry(name, if name == "a" { Mode::Tree } else { Mode::File }))
            .collect();
        for name in names {
            assert_eq!(entry_named(&entries, name).map(|entry| entry.name.as_str()), Some(name));
        }
        for name in ["", "A", "a/", "a.", "c", "~"] {
            assert!(entry_named(&entries, name).is_none(), "{name}");
        }
        assert!(entry_named(&[], "a").is_none());
    }
}
