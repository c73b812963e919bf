//! A repo's git objects as deeds see them: its packs opened, its revisions resolved, its trees walked.

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
        let mut tx = commons.db.read().await?;
        let rows = git::list_packs(&mut tx, repo).await?;
        if rows.len() > limits::PACKS_MAX {
            commons.note_crowded(repo);
        }
        let mut inline = Vec::new();
        for row in rows.iter().filter(|row| row.inline && commons.git.opened(repo, &row.id).is_none()) {
            if let Some((pack, index)) = git::load_pack(&mut tx, repo, &row.id).await? {
                inline.push((row, pack, index));
            }
        }
        // A transaction must not stay open while the depot is read.
        drop(tx);
        for (row, pack, index) in inline {
            commons.git.open_inline(repo, pack.into(), index.into(), row.thin)?;
        }
        let mut packs = Vec::with_capacity(rows.len());
        for row in &rows {
            packs.push(match commons.git.opened(repo, &row.id) {
                Some(pack) => pack,
                None if row.inline => open_evicted(commons, repo, row).await?,
                None => {
                    let bytes = u64::try_from(row.bytes).unwrap_or_default();
                    commons.git.open_stored(repo, &row.id, bytes, row.thin).await?
                }
            });
        }
        Ok(Objects { commons: commons.clone(), repo: repo.clone(), packs: PackSet::new(packs) })
    }

    /// With one more pack, the newest.
    pub(crate) fn with(self, pack: Arc<seedcorn_content::git::Pack>) -> Objects {
        let mut packs = self.packs.packs().to_vec();
        packs.push(pack);
        Objects { packs: PackSet::new(packs), ..self }
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
            let Some(entry) = entries.iter().find(|entry| entry.name == part) else {
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

/// The commit that a revision names: a branch, a tag, a whole ref, a commit id or five and more digits of one.
pub(crate) async fn resolve(tx: &mut Tx, repo: &RepoId, revision: &str) -> Result<Commit> {
    let unknown = || Refusal::NoRevision(revision.to_owned());
    if revision.is_empty() || revision.len() > 2 * limits::REF_BYTES_MAX || revision.contains('\0') {
        return Err(unknown());
    }
    for name in ref_names(revision) {
        if let Some(target) = git::find_ref(tx, repo, &name).await? {
            let found = git::find_commit(tx, repo, &target).await?;
            return found
                .ok_or_else(|| Refusal::Broken(anyhow::anyhow!("{name} points at no commit: {target}")));
        }
    }
    by_digits(tx, repo, revision).await?.ok_or_else(unknown)
}

/// The one commit whose id begins with these digits.
pub(crate) async fn by_digits(tx: &mut Tx, repo: &RepoId, digits: &str) -> Result<Option<Commit>> {
    let hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !hex || !(5..=40).contains(&digits.len()) {
        return Ok(None);
    }
    let mut found = git::find_commits_by_prefix(tx, repo, digits).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}
