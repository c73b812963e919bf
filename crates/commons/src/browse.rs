//! Looking around in a repo: what a revision is, what its folders hold, who touched a path last.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::git::{Mode, TreeEntry};
use seedcorn_core::digest::{Oid, Sha256, XetHash};
use seedcorn_core::id::RepoId;
use seedcorn_core::{limits, pointer};
use seedcorn_db::git::{self, BlobFact, Commit};
use seedcorn_db::{Tx, files, repos};

use crate::access::{Grant, Level, See};
use crate::objects::{Objects, resolve};
use crate::{Commons, Refusal, Result};

pub use seedcorn_db::repos::Weighed;

/// A large file behind a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Large {
    /// SHA-256 of the file.
    pub sha256: Sha256,
    /// Bytes of the pointer that stands for it in the tree.
    pub pointer_bytes: u64,
    /// Its Xet hash.
    pub xet: Option<XetHash>,
}

/// A file or folder of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From the root.
    pub path: String,
    /// The blob, or the folder's tree.
    pub oid: Oid,
    /// Whether it is a folder.
    pub folder: bool,
    /// The file's own length; 0 for a folder.
    pub bytes: u64,
    /// What a pointer points to.
    pub large: Option<Large>,
    /// SHA-256 of the blob itself, if it is known.
    pub own_sha256: Option<Sha256>,
}

impl Entry {
    /// What names the content of a file, wherever else it lies: a large file's SHA-256, or the blob's id.
    pub(crate) fn content(&self) -> String {
        self.large.as_ref().map_or_else(|| self.oid.to_string(), |large| large.sha256.to_string())
    }
}

/// A commit as the graph knows it.
pub type Revision = Commit;

/// Bytes of everything that the repo's commits ever named, each content once.
pub async fn total_bytes(commons: &Commons, grant: &Grant<See>) -> Result<i64> {
    Ok(git::total_bytes(&mut commons.db.look().await?, &grant.repo().id).await?)
}

/// Bytes that it takes to store the repo, and how many of them no other repo has that everybody may read: none before it
/// was weighed, which is soon after each publication.
pub async fn weighed(commons: &Commons, grant: &Grant<See>) -> Result<Option<Weighed>> {
    Ok(repos::weighed(&mut commons.db.look().await?, &grant.repo().id).await?)
}

/// The commit that a revision names.
pub async fn revision(commons: &Commons, grant: &Grant<impl Level>, revision: &str) -> Result<Commit> {
    resolve(&mut commons.db.look().await?, &grant.repo().id, revision).await
}

/// What to list of a tree.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    /// The folder; empty for the root.
    pub path: &'a str,
    /// Also what lies deeper.
    pub recursive: bool,
    /// Only what comes after this path.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
}

/// A page of a folder's entries, in depth-first order; a file's path gives that file alone.
///
/// # Errors
/// `NoEntry` if the revision has no such path.
pub async fn list(
    commons: &Commons,
    grant: &Grant<See>,
    commit: &Commit,
    what: &Listing<'_>,
) -> Result<Vec<Entry>> {
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let mut found = Vec::new();
    let path = what.path.trim_matches('/');
    let entry = if path.is_empty() { None } else { objects.entry(&commit.tree, path).await? };
    match entry {
        None if !path.is_empty() => return Err(no_entry(path, commit)),
        Some(entry) if entry.mode != Mode::Tree => found.push((path.to_owned(), entry)),
        entry => {
            let root = entry.map_or(commit.tree, |entry| entry.oid);
            let after = what.after.and_then(|after| relative(after, path));
            let walk = Walk { objects: &objects, recursive: what.recursive, limit: what.limit };
            walk.folder(root, path.to_owned(), after, &mut found).await?;
        }
    }
    describe(commons, grant, found).await
}

fn no_entry(path: &str, commit: &Commit) -> Refusal {
    Refusal::NoEntry { message: format!("{path} does not exist on this revision"), commit: Some(commit.oid) }
}

/// The part of a path below a folder.
fn relative(path: &str, folder: &str) -> Option<String> {
    if folder.is_empty() {
        return Some(path.to_owned());
    }
    path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned)
}

/// Paths and what git has there.
pub(crate) type Found = Vec<(String, TreeEntry)>;

struct Walk<'a> {
    objects: &'a Objects,
    recursive: bool,
    limit: usize,
}

impl Walk<'_> {
    /// Adds what a folder holds after a place given relative to it. Folders wholly before the place are not opened.
    fn folder<'b>(
        &'b self,
        tree: Oid,
        path: String,
        after: Option<String>,
        found: &'b mut Found,
    ) -> BoxFuture<'b, Result<()>> {
        async move {
            let entries = self.objects.tree(&tree).await?;
            let (skip_to, inner) =
                match after.as_deref().map(|after| after.split_once('/').unwrap_or((after, ""))) {
                    None => (None, ""),
                    Some((first, rest)) => (Some(first), rest),
                };
            let mut passed = skip_to.is_none();
            // A submodule's commit is in another repo: it is neither a file nor a folder here.
            for entry in entries.iter().filter(|entry| entry.mode != Mode::Gitlink) {
                if found.len() >= self.limit {
                    break;
                }
                let here =
                    if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
                let is_place = !passed && skip_to == Some(entry.name.as_str());
                if !passed && !is_place {
                    continue;
                }
                passed = true;
                if !is_place {
                    found.push((here.clone(), entry.clone()));
                }
                if self.recursive && entry.mode == Mode::Tree {
                    let after = (is_place && !inner.is_empty()).then(|| inner.to_owned());
                    self.folder(entry.oid, here, after, found).await?;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

/// The entries at these paths, in the order asked; missing ones are left out.
pub async fn at_paths(
    commons: &Commons,
    grant: &Grant<See>,
    commit: &Commit,
    paths: &[String],
) -> Result<Vec<Entry>> {
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        let path = path.trim_matches('/');
        if !path.is_empty()
            && let Some(entry) = objects.entry(&commit.tree, path).await?
            && entry.mode != Mode::Gitlink
        {
            found.push((path.to_owned(), entry));
        }
    }
    describe(commons, grant, found).await
}

/// Every file of a revision (folders left out), up to a limit.
pub async fn all_files(
    commons: &Commons,
    grant: &Grant<See>,
    commit: &Commit,
    limit: usize,
) -> Result<Vec<Entry>> {
    let what = Listing { path: "", recursive: true, after: None, limit };
    let mut entries = list(commons, grant, commit, &what).await?;
    entries.retain(|entry| !entry.folder);
    Ok(entries)
}

/// All files of a commit with their sizes; none where it has more files and folders than so many.
pub(crate) async fn every_file(
    commons: &Commons,
    grant: &Grant<See>,
    commit: &Commit,
    most: usize,
) -> Result<Option<Vec<Entry>>> {
    let what = Listing { path: "", recursive: true, after: None, limit: most + 1 };
    let mut entries = list(commons, grant, commit, &what).await?;
    if entries.len() > most {
        return Ok(None);
    }
    entries.retain(|entry| !entry.folder);
    Ok(Some(entries))
}

/// Adds sizes and what pointers point to.
pub(crate) async fn describe(
    commons: &Commons,
    grant: &Grant<impl Level>,
    found: Found,
) -> Result<Vec<Entry>> {
    let repo = &grant.repo().id;
    let oids: Vec<Oid> =
        found.iter().filter(|(_, entry)| entry.mode != Mode::Tree).map(|(_, entry)| entry.oid).collect();
    let mut tx = commons.db.look().await?;
    let facts = git::find_blob_facts(&mut tx, repo, &oids).await?;
    let facts: BTreeMap<Oid, BlobFact> = facts.into_iter().map(|fact| (fact.oid, fact)).collect();
    let sums: BTreeSet<Sha256> = facts.values().filter_map(|fact| Some(fact.file()?.0)).collect();
    let sums: Vec<Sha256> = sums.into_iter().collect();
    let large = files::repo_files_by_sha256(&mut tx, repo, &sums).await?;
    let xet: BTreeMap<Sha256, XetHash> = large.into_iter().map(|file| (file.sha256, file.hash)).collect();
    let entries = found.into_iter().map(|(path, entry)| {
        let fact = facts.get(&entry.oid);
        let file = fact.and_then(BlobFact::file);
        let own = fact.map_or(0, |fact| u64::try_from(fact.bytes).unwrap_or_default());
        Entry {
            path,
            oid: entry.oid,
            folder: entry.mode == Mode::Tree,
            bytes: file.map_or(own, |(_, bytes)| bytes),
            own_sha256: fact.map(|fact| fact.own_sha256),
            large: file.map(|(sha256, bytes)| Large {
                sha256,
                pointer_bytes: pointer::rendered_len(bytes) as u64,
                xet: xet.get(&sha256).copied(),
            }),
        }
    });
    Ok(entries.collect())
}

/// A place in a history: behind one commit, with the tips from which it goes on. As text, words with spaces between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    generation: i64,
    oid: Oid,
    tips: Vec<Oid>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.generation, self.oid)?;
        self.tips.iter().try_for_each(|tip| write!(f, " {tip}"))
    }
}

impl Place {
    /// Reads a place that was written as text; `None` if it is none, or has more tips than
    /// [`limits::HISTORY_TIPS_MAX`].
    pub fn parse(text: &str) -> Option<Place> {
        let mut words = text.split(' ');
        let (generation, oid) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let tips = words.map(|word| word.parse().ok()).take(limits::HISTORY_TIPS_MAX + 1);
        let tips: Vec<Oid> = tips.collect::<Option<_>>()?;
        (tips.len() <= limits::HISTORY_TIPS_MAX).then_some(Place { generation, oid, tips })
    }

    /// Whether the place, written as text, can be read again.
    pub(crate) fn is_short(&self) -> bool {
        self.tips.len() <= limits::HISTORY_TIPS_MAX
    }
}

/// History from a tip, newest first by generation, read in pages.
#[derive(Debug)]
pub(crate) struct History {
    repo: RepoId,
    reached: BTreeSet<Oid>,
    page: VecDeque<Commit>,
    place: Option<(i64, String)>,
    tip: Option<Commit>,
}

impl History {
    const PAGE: i64 = 256;

    pub(crate) fn new(repo: RepoId, tip: Commit) -> History {
        let place = Some((tip.generation, "g".to_owned()));
        History { repo, reached: BTreeSet::from([tip.oid]), page: VecDeque::new(), place, tip: Some(tip) }
    }

    /// Goes on where another walk was. A place comes from outside: tips that the walk would never meet are left out,
    /// so that a made-up one does not lead through the whole repo.
    pub(crate) async fn resume(tx: &mut Tx, repo: RepoId, place: Place) -> Result<History> {
        let tips = git::find_commits(tx, &repo, &place.tips).await?;
        let below = |tip: &Commit| (tip.generation, tip.oid) < (place.generation, place.oid);
        let reached = tips.iter().filter(|tip| below(tip)).map(|tip| tip.oid).collect();
        let place = Some((place.generation, place.oid.to_string()));
        Ok(History { repo, reached, page: VecDeque::new(), place, tip: None })
    }

    /// Where the walk is after `last`, the commit it gave last; `None` if nothing follows.
    pub(crate) fn place(&self, last: &Commit) -> Option<Place> {
        let tips: Vec<Oid> = self.reached.iter().copied().collect();
        (!tips.is_empty()).then_some(Place { generation: last.generation, oid: last.oid, tips })
    }

    /// The next commit that the tip reaches.
    pub(crate) async fn next(&mut self, tx: &mut Tx) -> Result<Option<Commit>> {
        if let Some(tip) = self.tip.take() {
            self.reached.extend(tip.parents());
            self.reached.remove(&tip.oid);
            return Ok(Some(tip));
        }
        while !self.reached.is_empty() {
            if self.page.is_empty() {
                let Some((generation, oid)) = self.place.take() else {
                    return Ok(None);
                };
                let page = git::list_commits_below(tx, &self.repo, (generation, &oid), Self::PAGE).await?;
                self.place = page.last().map(|last| (last.generation, last.oid.to_string()));
                self.page = page.into();
            }
            let Some(commit) = self.page.pop_front() else {
                return Ok(None);
            };
            if self.reached.remove(&commit.oid) {
                self.reached.extend(commit.parents());
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }
}
