//! What a repo builds upon, found behind every publication: what it says, what its bytes show, what its build hints.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::credit::Kind;
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::{Bytes, Declared, Held, Parent, State, declared, measured, speaks};
use seedcorn_core::paper::Cited;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, Commit};
use seedcorn_db::jobs::{self, Job};
use seedcorn_db::lineage::{self as rows, Derivation};
use seedcorn_db::openness;
use seedcorn_db::repos::{self, Named};
use serde_json::{Value, json};

use super::chunks::{self, CHUNK};
use super::marks::{self, BUILD};
use super::near::{self, Model, Nearness};
use crate::access::{self, Grant, Read, See};
use crate::browse::{self, Entry};
use crate::objects::{MAIN, Objects};
use crate::{Commons, Refusal, Result, compute, papers};

/// The word for it.
pub(crate) const TRACE: &str = "trace";

/// What a repo says that it builds upon, with the works that are here and their commits.
struct Said {
    declared: Declared,
    repo: Option<RepoId>,
    pinned: Option<Oid>,
}

/// Finds what the default branch builds upon, and writes it down.
pub(crate) async fn trace(commons: &Commons, job: &Job) -> Result<()> {
    let repo = &job.repo;
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, repo).await? else {
        return Ok(());
    };
    let Some(commit) = git::find_commit_of_ref(&mut commons.db.look().await?, repo, MAIN).await? else {
        return Ok(());
    };
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let entries = browse::all_files(commons, &see, &commit, limits::LINEAGE_FILES_MAX).await?;
    let objects = Objects::open(commons, repo).await?;
    let said = said(commons, &grant, &objects, &commit, &entries).await?;
    // One moment for all that is found: what came about together is one version.
    let tell = Telling { grant: &grant, oid: commit.oid, now: commons.now() };
    // What it says is written down before its weights are read: that may take long, and come to nothing.
    let mut tx = commons.db.write().await?;
    if !is_held(&mut tx, job).await? {
        return Ok(());
    }
    tell.declare(&mut tx, &said).await?;
    adopt(&mut tx, &grant).await?;
    tx.commit().await?;
    commons.changed();
    let kind = grant.repo().kind;
    let chunks::Marked { mut marks, rest } = chunks::marks(commons, kind, &entries).await?;
    let mut near = Compared { found: BTreeMap::new(), since: grant.repo().updated };
    if kind == RepoKind::Model {
        let build;
        (marks, build) = marks::marks(commons, &objects, &commit, &entries, marks).await?;
        near.since = since(commons, grant.repo(), &marks).await?;
        let built = build.as_deref().map(|build| (build, near.since));
        let bases = bases(commons, grant.repo(), &said, built).await?;
        let (repo, since) = (grant.repo(), near.since);
        let model = Model { repo, objects: &objects, commit: &commit, entries: &entries, since };
        near.found = near::near(commons, &model, &bases).await?;
    }
    let mut tx = commons.db.write().await?;
    if !is_held(&mut tx, job).await? {
        return Ok(());
    }
    // Since when this hub has the bytes, however long it took to come to reading them.
    let kept = limits::LINEAGE_MARKS_GONE_MAX;
    let fresh = rows::set_marks(&mut tx, repo, &marks, grant.repo().updated, kept).await?;
    let before = rows::measured(&mut tx, repo).await?;
    let measured = tell.measure(&mut tx, &said, &near, rest).await?;
    rows::forget(&mut tx, repo, limits::LINEAGE_GONE_MAX).await?;
    // It grants no more than those whose bytes it has.
    if measured != before.into_iter().collect() {
        crate::jobs::graded(commons, &mut tx, repo, kind).await?;
    }
    if fresh > 0 {
        crate::jobs::sharers(commons, &mut tx, repo).await?;
    }
    tx.commit().await?;
    commons.changed();
    Ok(())
}

/// Whether the job is still to be done here; if it was asked for again meanwhile, what is there may be newer than this.
async fn is_held(tx: &mut Tx, job: &Job) -> Result<bool> {
    // In the order in which deeds lock the two: the repo, then its jobs.
    repos::lock(tx, &job.repo).await?;
    Ok(jobs::hold(tx, job).await?)
}

/// Asks for the tracing of all that has a mark which this repo had before: it is another's now, or no longer.
pub(crate) async fn retrace(commons: &Commons, job: &Job) -> Result<()> {
    let mut tx = commons.db.look().await?;
    let later = rows::later(&mut tx, &job.repo, limits::LINEAGE_LATER_MAX).await?;
    drop(tx);
    if later.is_empty() {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    // In the order of ids, so that no two wait for each other.
    for other in &later {
        jobs::ask(&mut tx, TRACE, other, commons.now()).await?;
    }
    tx.commit().await?;
    commons.work.notify_one();
    Ok(())
}

/// The names of the public works whose bytes a repo has, as they were measured last.
pub(crate) async fn measured_bases(commons: &Commons, repo: &RepoId) -> Result<Vec<String>> {
    let mut tx = commons.db.look().await?;
    let ids: Vec<RepoId> = rows::measured(&mut tx, repo).await?.into_iter().map(RepoId).collect();
    let seen = repos::list_seen_by_id(&mut tx, &ids, &[], false).await?;
    let mut names: Vec<String> = seen.iter().map(repos::Repo::full_name).collect();
    names.sort_unstable();
    Ok(names)
}

/// What a model was compared with, and since when it has its weights.
struct Compared {
    found: BTreeMap<RepoId, Option<Nearness>>,
    since: Time,
}

/// Since when a model has the weights that it has: the last of them.
async fn since(commons: &Commons, repo: &repos::Repo, marks: &[(String, i64)]) -> Result<Time> {
    let prints: Vec<String> =
        marks.iter().map(|(print, _)| print.clone()).filter(|print| !print.starts_with(BUILD)).collect();
    let known = rows::marked(&mut commons.db.look().await?, &repo.id, &prints).await?;
    if known.len() < prints.len() {
        return Ok(repo.updated);
    }
    Ok(known.into_iter().map(|(_, since)| Time(since)).max().unwrap_or(repo.updated))
}

/// The works here that a model may be made from, each with the commit at which it was seen first: those that it was measured to be made
/// from, those that were built alike before it had its weights, and those that it names.
async fn bases(
    commons: &Commons,
    repo: &repos::Repo,
    said: &[Said],
    build: Option<(&str, Time)>,
) -> Result<Vec<(RepoId, Option<Oid>)>> {
    let mut tx = commons.db.look().await?;
    let known = rows::above(&mut tx, std::slice::from_ref(&repo.id), limits::LINEAGE_EDGES_MAX).await?;
    let pinned = |base: &RepoId| {
        let own = known.iter().filter(|row| row.parent_repo.as_deref() == Some(base.as_str()));
        own.filter_map(|row| row.parent_oid.as_deref()?.parse().ok()).next()
    };
    let is_near = |row: &&Derivation| row.gone.is_none() && follows(&row.says);
    let measured = known.iter().filter(is_near).filter_map(|row| row.parent_repo.clone()).map(RepoId);
    let mut bases: Vec<RepoId> = measured.collect();
    if let Some((build, since)) = build {
        let each = limits::LINEAGE_NEAR_ALIKE_EACH;
        bases.extend(rows::before(&mut tx, build, (&repo.id, &repo.namespace), since, each).await?);
    }
    let named = said.iter().filter_map(|one| one.repo.clone());
    bases.extend(named.filter(|parent| said_way(said, parent).is_some()));
    let mut met = BTreeSet::new();
    bases.retain(|base| met.insert(base.clone()));
    Ok(bases.into_iter().map(|base| (base.clone(), pinned(&base))).collect())
}

/// Whether what was measured is that numbers follow another's.
fn follows(says: &str) -> bool {
    serde_json::from_str::<Value>(says).is_ok_and(|says| says.get("correlation").is_some())
}

/// What a repo says, and which of what it names is here.
async fn said(
    commons: &Commons,
    grant: &Grant<Read>,
    objects: &Objects,
    commit: &Commit,
    entries: &[Entry],
) -> Result<Vec<Said>> {
    let limit = limits::LINEAGE_TEXT_BYTES_MAX;
    let repo = grant.repo();
    let readme = objects.text(&commit.tree, "README.md", limits::LINEAGE_TEXT_BYTES_MAX as usize).await?;
    let mut files = Vec::new();
    // Of files that are given on request, what stands in them is not told to everybody.
    let speaking = entries.iter().filter(|entry| repo.gated.is_empty() && speaks(&entry.path));
    for entry in speaking.take(limits::LINEAGE_TEXTS_MAX) {
        if let Some(text) = marks::text(commons, objects, commit, entry, limit).await? {
            files.push((entry.path.clone(), String::from_utf8_lossy(&text).into_owned()));
        }
    }
    let (kind, name) = (repo.kind, repo.full_name());
    let mut all = Vec::new();
    for declared in compute(move || declared(kind, &name, &readme, &files)).await? {
        let found = find(commons, &declared.parent).await?.filter(|found| *found != repo.id);
        let pinned = match &found {
            Some(found) => git::find_ref(&mut commons.db.look().await?, found, MAIN).await?,
            None => None,
        };
        all.push(Said { declared, repo: found, pinned });
    }
    Ok(all)
}

/// The repo of a work that somebody names, whoever may see it: what is told of it is for those who read.
async fn find(commons: &Commons, parent: &Parent) -> Result<Option<RepoId>> {
    let cited = match parent {
        Parent::Repo(kind, name) => {
            let named = repos::find(&mut commons.db.look().await?, *kind, name).await?;
            return Ok(match named {
                Named::Repo(repo) => Some(repo.id),
                Named::Free | Named::Deleted => None,
            });
        }
        Parent::Arxiv(id) => Cited::Arxiv(id.clone()),
        Parent::Doi(doi) => Cited::Doi(doi.clone()),
        Parent::Named(_) => return Ok(None),
    };
    Ok(papers::of_cited(commons, None, &cited).await?.map(|item| item.repo.id))
}

/// Lets those who named this work before it was here, or by another name, lead to it.
async fn adopt(tx: &mut Tx, grant: &Grant<Read>) -> Result<()> {
    let repo = grant.repo();
    let named = repos::list_names(tx, &repo.id).await?;
    let names: Vec<String> =
        named.iter().map(|name| format!("{}/{}", repo.kind.plural(), name.to_ascii_lowercase())).collect();
    rows::adopt(tx, &repo.id, &names, true).await?;
    if repo.kind == RepoKind::Paper && !repo.private {
        // Nobody takes a paper over by saying later that it is theirs.
        let ids = openness::paper_names(tx, &repo.id).await?;
        rows::adopt(tx, &repo.id, &ids, false).await?;
    }
    Ok(())
}

/// Writes down what was found at a commit.
struct Telling<'a> {
    grant: &'a Grant<Read>,
    oid: Oid,
    now: Time,
}

impl Telling<'_> {
    async fn declare(&self, tx: &mut Tx, said: &[Said]) -> Result<()> {
        let mut seen = Vec::new();
        for one in said {
            let Declared { kind, parent, place } = &one.declared;
            let says = json!({ "path": place.path, "line": place.line });
            let here = one.repo.as_ref().map(|repo| (repo, one.pinned));
            self.put(tx, State::Declared, *kind, &parent.to_string(), here, says.to_string()).await?;
            seen.push((kind.word().to_owned(), parent.to_string()));
        }
        self.end(tx, State::Declared, &seen).await
    }

    /// Tells the ids of the works whose bytes it has, or whose numbers its own follow.
    async fn measure(
        &self,
        tx: &mut Tx,
        said: &[Said],
        near: &Compared,
        rest: u64,
    ) -> Result<BTreeSet<String>> {
        let most = i64::try_from(limits::LINEAGE_MARKS_MAX).unwrap_or(i64::MAX);
        let repo = self.grant.repo();
        let held = rows::held(tx, &repo.id, &repo.namespace, most).await?;
        let (builds, tensors): (Vec<_>, Vec<_>) = held.iter().partition(|one| one.print.starts_with(BUILD));
        let chunks = tensors.iter().filter(|one| one.print.starts_with(CHUNK)).count();
        let of = |one: &&rows::Held| Held {
            bytes: u64::try_from(one.bytes).unwrap_or_default(),
            first: None::<&str>,
        };
        let tensors: Vec<Held<&str>> =
            tensors.iter().map(|one| Held { first: one.first.as_deref(), ..of(one) }).collect();
        // Files that are too small to be marked are part of the whole all the same.
        let whole = tensors.iter().map(|one| one.bytes).sum::<u64>() + rest;
        let found = measured(&tensors, whole);
        let mut seen = Vec::new();
        for (parent, part) in &found {
            let parent = RepoId((*parent).to_owned());
            let usual = match repo.kind {
                RepoKind::Dataset => Kind::Dataset,
                RepoKind::Space | RepoKind::Code => Kind::Code,
                RepoKind::Paper => Kind::Cites,
                RepoKind::Model if found.len() > 1 => Kind::Merge,
                RepoKind::Model => Kind::Finetune,
            };
            let is_model = repo.kind == RepoKind::Model;
            let kind = said_way(said, &parent).filter(|_| is_model).unwrap_or(usual);
            let unit = match chunks {
                0 if is_model => "tensors",
                some if is_model && some < tensors.len() => "pieces",
                _ => "chunks",
            };
            let says = shared(*part, whole, tensors.len(), unit);
            let pinned = git::find_ref(tx, &parent, MAIN).await?;
            self.put(tx, State::Measured, kind, &by_id(&parent), Some((&parent, pinned)), says).await?;
            seen.push((kind.word().to_owned(), by_id(&parent)));
        }
        let mut bases: BTreeSet<String> = found.into_iter().map(|(parent, _)| parent.to_owned()).collect();
        let compared = near.found.iter().filter_map(|(parent, near)| Some((parent, (*near)?)));
        let followed: Vec<_> = compared.filter(|(_, near)| near.shows()).collect();
        // What follows a model follows all that it was made from as well: the nearest is what it was made from, and of equals the first.
        let nearest = followed.iter().rev().max_by(|a, b| a.1.nearer(&b.1)).map(|(parent, _)| *parent);
        for (parent, near) in followed {
            let counts = Some(parent) == nearest || said_way(said, parent).is_some();
            if !counts || bases.contains(parent.as_str()) {
                continue;
            }
            let usual = if near.packed { Kind::Quantized } else { Kind::Finetune };
            let kind = said_way(said, parent).unwrap_or(usual);
            let pinned = git::find_ref(tx, parent, MAIN).await?;
            let says = near.says().to_string();
            self.put(tx, State::Measured, kind, &by_id(parent), Some((parent, pinned)), says).await?;
            seen.push((kind.word().to_owned(), by_id(parent)));
            bases.insert(parent.0.clone());
        }
        // A base that moved on and has nothing to compare any more was one all the same, as long as the model has the same weights.
        for row in rows::above(tx, std::slice::from_ref(&repo.id), limits::LINEAGE_EDGES_MAX).await? {
            let Some(parent) = row.parent_repo.clone().map(RepoId) else { continue };
            let is_untold = near.found.get(&parent).is_some_and(Option::is_none);
            if row.gone.is_none() && follows(&row.says) && is_untold && near.since <= row.since {
                seen.push((row.way, row.parent));
                bases.insert(parent.0);
            }
        }
        self.end(tx, State::Measured, &seen).await?;
        rows::compare_with_said(tx, &repo.id).await?;
        let known = |parent: &str| {
            let id = RepoId(parent.to_owned());
            bases.contains(parent)
                || said_way(said, &id).is_some()
                || near.found.get(&id).copied().flatten().is_some_and(|near| near.refutes())
        };
        let alike = builds.iter().filter_map(|one| one.first.as_deref()).find(|parent| !known(parent));
        let mut seen = Vec::new();
        if let Some(parent) = alike {
            let parent = RepoId(parent.to_owned());
            let says = json!({ "build": "the same settings and words" }).to_string();
            let here = Some((&parent, git::find_ref(tx, &parent, MAIN).await?));
            self.put(tx, State::Inferred, Kind::Finetune, &by_id(&parent), here, says).await?;
            seen.push((Kind::Finetune.word().to_owned(), by_id(&parent)));
        }
        self.end(tx, State::Inferred, &seen).await?;
        Ok(bases)
    }

    async fn put(
        &self,
        tx: &mut Tx,
        state: State,
        kind: Kind,
        parent: &str,
        here: Option<(&RepoId, Option<Oid>)>,
        says: String,
    ) -> Result<()> {
        let row = Derivation {
            child: self.grant.repo().id.clone(),
            state: state.word().to_owned(),
            way: kind.word().to_owned(),
            parent: parent.to_owned(),
            parent_repo: here.map(|(repo, _)| repo.0.clone()),
            parent_oid: here.and_then(|(_, pinned)| pinned).map(|oid| oid.to_string()),
            oid: self.oid,
            since: self.now,
            gone: None,
            says,
        };
        Ok(rows::put(tx, &row).await?)
    }

    async fn end(&self, tx: &mut Tx, state: State, seen: &[(String, String)]) -> Result<()> {
        rows::end_others(tx, &self.grant.repo().id, state.word(), seen, self.now).await?;
        Ok(())
    }
}

/// In which way a repo says that it builds upon another, if it says so at all: in its weights, not by citing it.
fn said_way(said: &[Said], parent: &RepoId) -> Option<Kind> {
    let weights = |kind: Kind| {
        matches!(kind, Kind::Quantized | Kind::Adapter | Kind::Finetune | Kind::Merge | Kind::Distilled)
    };
    let named = said.iter().find(|one| one.repo.as_ref() == Some(parent) && weights(one.declared.kind));
    named.map(|one| one.declared.kind)
}

/// What names a work that is here, whatever it is called.
fn by_id(repo: &RepoId) -> String {
    format!("repo:{repo}")
}

/// What was measured; `unit` is what was counted.
fn shared(part: Bytes, whole: u64, count: usize, unit: &str) -> String {
    let whole = Bytes { count: count as u64, bytes: whole };
    json!({
        unit: part.count,
        format!("of_{unit}"): whole.count,
        "bytes": part.bytes,
        "of_bytes": whole.bytes,
        "per_mille": part.per_mille(whole),
    })
    .to_string()
}
