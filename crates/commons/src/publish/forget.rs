//! Large files of a repo listed, and forgotten for good: every commit that names one is written anew without it, and the old commits are there no
//! more, nor are others that no ref leads to. The log tells that history was rewritten.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seedcorn_content::Offload;
use seedcorn_content::git::{Commit as Object, Kind, Mode, PackSet, TreeEntry, parse_tree, render_tree};
use seedcorn_core::digest::{Oid, Sha256, XetHash};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::git::{self, BlobFact, Commit, Ref};
use seedcorn_db::{Tx, discussions, files, repos};

use super::pack::{self, Packing, StoredPack, pack_refusal, stored_pack};
use super::record::{Card, moved, record_card};
use crate::access::{Grant, Propose, See, Write};
use crate::log::{self, what};
use crate::objects::{MAIN, Objects};
use crate::{Commons, Refusal, Result, browse, jobs};

/// Rows read at once.
const PAGE: i64 = 1000;

/// A large file that a repo has.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Its bytes.
    pub bytes: u64,
    /// Where it lies; none of what only lies in the history.
    pub path: Option<String>,
    /// On which branch, tag or pull request.
    pub rev: Option<String>,
    /// When that moved last.
    pub at: Time,
}

/// The large files of a repo, each once: those of the default branch first, then those of other refs, then those that are only in the history.
pub async fn large_files(commons: &Commons, grant: &Grant<See>) -> Result<Vec<Kept>> {
    let repo = &grant.repo().id;
    let mut refs = git::list_refs(&mut commons.db.look().await?, repo).await?;
    refs.sort_by_key(|row| (row.name != MAIN, row.name.clone()));
    let (mut seen, mut trees, mut all) = (HashSet::new(), HashSet::new(), Vec::new());
    for row in refs.into_iter().take(limits::LARGE_FILES_REFS_MAX) {
        let commit = git::find_commit(&mut commons.db.look().await?, repo, &row.target).await?;
        let Some(commit) = commit.filter(|commit| trees.insert(commit.tree)) else { continue };
        let entries = browse::all_files(commons, grant, &commit, limits::LARGE_FILES_MAX).await?;
        for entry in entries {
            let Some(large) = &entry.large else { continue };
            if all.len() < limits::LARGE_FILES_MAX && seen.insert(large.sha256) {
                let rev = Some(row.name.clone());
                let (sha256, bytes) = (large.sha256, entry.bytes);
                all.push(Kept { sha256, bytes, path: Some(entry.path), rev, at: row.moved });
            }
        }
    }
    let most = i64::try_from(limits::LARGE_FILES_MAX).unwrap_or(i64::MAX);
    for file in files::repo_files(&mut commons.db.read().await?, repo, most).await? {
        if all.len() < limits::LARGE_FILES_MAX && seen.insert(file.sha256) {
            let bytes = u64::try_from(file.bytes).unwrap_or_default();
            all.push(Kept { sha256: file.sha256, bytes, path: None, rev: None, at: grant.repo().created });
        }
    }
    Ok(all)
}

/// What is to be forgotten, and what would have to change for that.
struct Plan {
    /// Pointers that lead to it.
    pointers: HashSet<Oid>,
    files: Vec<XetHash>,
    refs: Vec<Ref>,
    /// Commits that refs lead to, parents first.
    commits: Vec<Commit>,
}

/// What was written anew.
struct Rewritten {
    packing: Packing,
    rows: Vec<Commit>,
    /// Commits that are others now.
    became: HashMap<Oid, Oid>,
    /// Annotated tags written anew, by the refs that are them.
    tags: HashMap<String, Oid>,
}

/// Forgets large files for good: writes every commit anew that has one of them, moves all refs, and gives the files out no more. Commits in which
/// they never were stay what they are. Tells how many commits were written anew.
///
/// # Errors
/// `NotFound` for what the repo has not; `Conflict` if somebody moves a ref meanwhile; `TooLarge` for a history that is too long.
pub async fn forget(commons: &Commons, grant: &Grant<Write>, sums: &BTreeSet<Sha256>) -> Result<usize> {
    let repo = &grant.repo().id;
    let plan = plan(commons, repo, sums).await?;
    let objects = Objects::open(commons, repo).await?;
    let (packs, packing) = (objects.packs.clone(), pack::begin(commons)?);
    let (commits, pointers, refs) = (plan.commits.clone(), plan.pointers.clone(), plan.refs.clone());
    let rewritten = Offload::run(move || {
        let rewritten = rewrite(packing, &packs, &commits, &pointers)?;
        retag(rewritten, &packs, &refs)
    });
    let Rewritten { packing, rows, became, tags } = rewritten.await??;
    let (summary, file) = Offload::run(move || packing.finish()).await?.map_err(pack_refusal)?;
    let stored = match rows.is_empty() {
        true => None,
        false => Some(stored_pack(commons, repo, summary, file, "rewrite").await?),
    };
    record(commons, grant, (&plan, stored, rows), (&became, &tags)).await?;
    Ok(became.len())
}

async fn plan(commons: &Commons, repo: &RepoId, sums: &BTreeSet<Sha256>) -> Result<Plan> {
    let mut tx = commons.db.read().await?;
    let wanted: Vec<Sha256> = sums.iter().copied().collect();
    let found = files::repo_files_by_sha256(&mut tx, repo, &wanted).await?;
    if found.len() < sums.len() {
        return Err(Refusal::NotFound("the repo has not all of these files; list them anew".into()));
    }
    let (mut pointers, mut after) = (HashSet::new(), String::new());
    loop {
        let page = git::list_blob_facts(&mut tx, repo, &after, PAGE).await?;
        let is_one = |fact: &&BlobFact| fact.file().is_some_and(|(sha256, _)| sums.contains(&sha256));
        pointers.extend(page.iter().filter(is_one).map(|fact| fact.oid));
        match page.last() {
            Some(last) => after = last.oid.to_string(),
            None => break,
        }
    }
    let refs = git::list_refs(&mut tx, repo).await?;
    let commits = reached(&mut tx, repo, &refs).await?;
    Ok(Plan { pointers, files: found.into_iter().map(|file| file.hash).collect(), refs, commits })
}

/// The commits that refs lead to, parents first.
async fn reached(tx: &mut Tx, repo: &RepoId, refs: &[Ref]) -> Result<Vec<Commit>> {
    let mut wanted: HashSet<Oid> = refs.iter().map(|row| row.target).collect();
    let (mut place, mut all) = ((i64::MAX, String::new()), Vec::new());
    while !wanted.is_empty() {
        let page = git::list_commits_below(tx, repo, (place.0, &place.1), PAGE).await?;
        let Some(last) = page.last() else { break };
        place = (last.generation, last.oid.to_string());
        for commit in page {
            if wanted.remove(&commit.oid) {
                wanted.extend(commit.parents());
                all.push(commit);
            }
        }
        if all.len() > limits::REWRITTEN_COMMITS_MAX {
            let most = limits::REWRITTEN_COMMITS_MAX;
            let text = format!(
                "a history of more than {most} commits is not rewritten here; do it with git, and push"
            );
            return Err(Refusal::TooLarge(text));
        }
    }
    all.reverse();
    Ok(all)
}

/// Writes trees without what is to be forgotten.
struct Trees<'a> {
    packs: &'a PackSet,
    pointers: &'a HashSet<Oid>,
    packing: Packing,
    /// What each tree became; none of one in which nothing is left.
    became: HashMap<Oid, Option<Oid>>,
}

impl Trees<'_> {
    fn tree(&mut self, oid: Oid, depth: usize) -> Result<Option<Oid>> {
        if let Some(known) = self.became.get(&oid) {
            return Ok(*known);
        }
        if depth > limits::PATH_DEPTH_MAX {
            return Err(Refusal::Unprocessable("folders lie in folders without end".into()));
        }
        let data = self.packs.read(&oid).map_err(Refusal::broken)?.data;
        let entries = parse_tree(&data).map_err(Refusal::broken)?;
        let (mut kept, mut changed) = (Vec::with_capacity(entries.len()), false);
        for entry in entries {
            let now = match entry.mode {
                Mode::Tree => self.tree(entry.oid, depth + 1)?,
                Mode::Gitlink => Some(entry.oid),
                _ => (!self.pointers.contains(&entry.oid)).then_some(entry.oid),
            };
            changed |= now != Some(entry.oid);
            kept.extend(now.map(|oid| TreeEntry { oid, ..entry }));
        }
        let is_empty = kept.is_empty() && depth > 0;
        let now = match (changed, is_empty) {
            (false, _) => Some(oid),
            (true, true) => None,
            (true, false) => {
                let data = render_tree(&kept).map_err(Refusal::broken)?;
                Some(self.packing.add(Kind::Tree, &data).map_err(pack_refusal)?)
            }
        };
        self.became.insert(oid, now);
        Ok(now)
    }
}

fn rewrite(
    packing: Packing,
    packs: &PackSet,
    commits: &[Commit],
    pointers: &HashSet<Oid>,
) -> Result<Rewritten> {
    let mut trees = Trees { packs, pointers, packing, became: HashMap::new() };
    let (mut rows, mut became) = (Vec::new(), HashMap::new());
    for commit in commits {
        // A commit always has a tree, also one in which nothing is left.
        let tree = trees.tree(commit.tree, 0)?.unwrap_or(commit.tree);
        let parents: Vec<Oid> =
            commit.parents().map(|parent| became.get(&parent).copied().unwrap_or(parent)).collect();
        if tree == commit.tree && commit.parents().eq(parents.iter().copied()) {
            continue;
        }
        let old = packs.read(&commit.oid).map_err(Refusal::broken)?.data;
        let old = Object::parse(&old).map_err(Refusal::broken)?;
        let new = Object { tree, parents: parents.clone(), ..old };
        let oid = trees.packing.add(Kind::Commit, &new.render()).map_err(pack_refusal)?;
        let text = (commit.author.clone(), commit.message.clone());
        rows.push(Commit::new(oid, tree, &parents, commit.generation, text, commit.at));
        became.insert(commit.oid, oid);
    }
    Ok(Rewritten { packing: trees.packing, rows, became, tags: HashMap::new() })
}

/// Writes annotated tags anew whose commits are others now, without signatures: those were of something else. A tag on a tag becomes a plain one.
fn retag(mut rewritten: Rewritten, packs: &PackSet, refs: &[Ref]) -> Result<Rewritten> {
    for row in refs.iter().filter(|row| row.object() != row.target) {
        let Some(new) = rewritten.became.get(&row.target) else { continue };
        let old = packs.read(&row.object()).map_err(Refusal::broken)?.data;
        if let Some(data) = tag_on(&old, &row.target, new) {
            let oid = rewritten.packing.add(Kind::Tag, &data).map_err(pack_refusal)?;
            rewritten.tags.insert(row.name.clone(), oid);
        }
    }
    Ok(rewritten)
}

/// The same tag on another commit; none if it is on something else.
fn tag_on(old: &[u8], from: &Oid, to: &Oid) -> Option<Vec<u8>> {
    let rest = old.strip_prefix(format!("object {from}\n").as_bytes())?;
    let signature = b"\n-----BEGIN ";
    let end = rest.windows(signature.len()).position(|window| window == signature);
    let kept = rest.get(..end.map_or(rest.len(), |end| end + 1))?;
    Some([format!("object {to}\n").as_bytes(), kept].concat())
}

type Written<'a> = (&'a Plan, Option<StoredPack>, Vec<Commit>);

/// The one transaction.
async fn record(
    commons: &Commons,
    grant: &Grant<Write>,
    (plan, stored, rows): Written<'_>,
    (became, tags): (&HashMap<Oid, Oid>, &HashMap<String, Oid>),
) -> Result<()> {
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let raced = || Refusal::Conflict("somebody publishes here just now; try again".into());
    let there = git::list_refs(&mut tx, repo).await?;
    let state =
        |refs: &[Ref]| refs.iter().map(|row| (row.name.clone(), row.target)).collect::<BTreeMap<_, _>>();
    if state(&there) != state(&plan.refs) {
        return Err(raced());
    }
    if let Some(stored) = stored {
        stored.add(&mut tx, repo, now).await?;
        git::add_commits(&mut tx, repo, &rows).await?;
    }
    for row in &plan.refs {
        let Some(new) = became.get(&row.target) else { continue };
        if !git::move_ref(&mut tx, repo, &row.name, (&row.target, new), now).await? {
            return Err(raced());
        }
        if let Some(tag) = tags.get(&row.name) {
            git::set_tag(&mut tx, repo, &row.name, tag).await?;
        }
        let step = (row.name.as_str(), Some(&row.target), Some(new));
        moved(commons, &mut tx, grant.repo(), grant.actor(), step).await?;
    }
    renamed_merges(&mut tx, repo, became).await?;
    let kept = plan.commits.iter().map(|commit| *became.get(&commit.oid).unwrap_or(&commit.oid)).collect();
    prune(&mut tx, repo, &kept).await?;
    repos::count_rewrite(&mut tx, repo).await?;
    let pointers: Vec<Oid> = plan.pointers.iter().copied().collect();
    git::delete_blob_facts(&mut tx, repo, &pointers).await?;
    files::forget(&mut tx, repo, &plan.files).await?;
    let told = what::rewritten(plan.files.len(), became.len());
    log::of_repo(commons, &mut tx, repo, grant.actor(), told).await?;
    let propose: Grant<Propose> = grant.lower().ok_or(Refusal::Unseen)?;
    // Only large files are touched, and none of them is a card that was ever read.
    record_card(commons, &mut tx, &propose, Card::Same).await?;
    jobs::shared(commons, &mut tx, repo).await?;
    tx.commit().await?;
    commons.changed();
    Ok(())
}

/// Merged pull requests were merged as commits that may have other names now.
async fn renamed_merges(tx: &mut Tx, repo: &RepoId, became: &HashMap<Oid, Oid>) -> Result<()> {
    let now = |old: &str| old.parse().ok().and_then(|old: Oid| became.get(&old)).map(ToString::to_string);
    for (number, merged, parted) in discussions::list_merged(tx, repo).await? {
        let (new_merged, new_parted) = (now(&merged), now(&parted));
        if new_merged.is_some() || new_parted.is_some() {
            let both = (new_merged.unwrap_or(merged), new_parted.unwrap_or(parted));
            discussions::set_merged(tx, repo, number, (&both.0, &both.1)).await?;
        }
    }
    Ok(())
}

/// Forgets every commit that no ref leads to: one may hold what is to be forgotten, or have a parent that is there no more, and could still be named.
async fn prune(tx: &mut Tx, repo: &RepoId, kept: &HashSet<Oid>) -> Result<()> {
    let mut place = (i64::MAX, String::new());
    loop {
        let page = git::list_links_below(tx, repo, (place.0, &place.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        place = (last.generation, last.oid.to_string());
        let gone: Vec<Oid> = page.iter().map(|link| link.oid).filter(|oid| !kept.contains(oid)).collect();
        git::delete_commits(tx, repo, &gone).await?;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn a_tag_goes_along_without_its_signature() {
        let [from, to] = ["1", "2"].map(|digit| digit.repeat(40).parse::<Oid>().unwrap());
        let head = "type commit\ntag v1\ntagger A <a@b> 1 +0000\n\nOne\n";
        let signed =
            format!("object {from}\n{head}-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n");
        let expected = format!("object {to}\n{head}");
        assert_eq!(tag_on(signed.as_bytes(), &from, &to).unwrap(), expected.as_bytes());
        assert_eq!(
            tag_on(format!("object {from}\n{head}").as_bytes(), &from, &to).unwrap(),
            expected.as_bytes()
        );
        assert_eq!(tag_on(signed.as_bytes(), &to, &from), None);
    }
}
