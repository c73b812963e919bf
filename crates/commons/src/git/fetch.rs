//! What a client lacks of what it wants, and the pack with that.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_content::Offload;
use seedcorn_content::git::{
    Filter, GitError, Kind, PackSet, ReadError, SendError, Sending, Walk, WalkError, check_tag,
};
use seedcorn_core::digest::Oid;
use seedcorn_core::history::{Depths, Node, Painting};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, Commit};

use crate::access::{Grant, Read};
use crate::objects::{Objects, resolve};
use crate::{Commons, Refusal, Result};

/// Commits of the graph that are read at once.
const PAGE: i64 = 2048;
/// Commits that are looked up at once.
const LOOKED_UP: usize = 1000;

/// How far down the history is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// So many commits.
    pub commits: Option<u32>,
    /// They count from where the client's history ends now.
    pub relative: bool,
    /// From this moment on, in seconds since 1970 UTC.
    pub since: Option<i64>,
    /// What these revisions do not lead to.
    pub not: Vec<String>,
}

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What it wants: commits, tags, or whatever else is there.
    pub wants: Vec<Oid>,
    /// What it says that it has.
    pub haves: Vec<Oid>,
    /// Commits whose parents it has not.
    pub shallow: Vec<Oid>,
    /// How much of the history.
    pub depth: Option<Depth>,
    /// What is left out.
    pub filter: Filter,
    /// Tags on what is sent are wanted too.
    pub include_tag: bool,
    /// Bases may be told by their distance.
    pub ofs_delta: bool,
}

/// What was found for a client.
#[derive(Debug)]
pub struct Found {
    /// Those that it has and that are here too.
    pub common: Vec<Oid>,
    /// Whether enough of what it has is known.
    pub ready: bool,
    /// Commits whose parents it is not sent, and which it does not know of.
    pub shallow: Vec<Oid>,
    /// Commits whose parents it is sent, and had not before.
    pub unshallow: Vec<Oid>,
    /// What it is sent besides commits and what is in them.
    objects: Vec<Oid>,
    /// What it lacks: each commit, its tree, and trees of others that it has or gets.
    commits: Vec<(Oid, Oid, Vec<Oid>)>,
    filter: Filter,
    ofs_delta: bool,
}

/// What wants come to: commits, and other objects.
#[derive(Default)]
struct Wants {
    commits: Vec<Commit>,
    objects: Vec<Oid>,
}

/// Looks for what a client lacks.
///
/// # Errors
/// `Invalid` for what is wanted and is not here.
pub async fn find(commons: &Commons, grant: &Grant<Read>, asked: &Asked) -> Result<Found> {
    let repo = &grant.repo().id;
    let objects = Objects::open(commons, repo).await?;
    let mut tx = commons.db.read().await?;
    let mut wants = wants(&mut tx, repo, &objects.packs, &asked.wants).await?;
    let held = commits(&mut tx, repo, &asked.haves).await?;
    let common = asked.haves.iter().filter(|oid| held.contains_key(*oid)).copied().collect();
    let held: Vec<Commit> = held.into_values().collect();
    let cut: BTreeSet<Oid> = asked.shallow.iter().copied().collect();
    let wanted: Vec<Oid> = wants.commits.iter().map(|commit| commit.oid).collect();
    let mut found = Found {
        common,
        ready: false,
        shallow: Vec::new(),
        unshallow: Vec::new(),
        objects: Vec::new(),
        commits: Vec::new(),
        filter: asked.filter,
        ofs_delta: asked.ofs_delta,
    };
    let lacking: Vec<Node> = match &asked.depth {
        None => {
            let painting = paint(&mut tx, repo, (&wants.commits, &held), cut.clone()).await?;
            found.ready = !held.is_empty() && painting.meets(&wanted);
            painting.lacking().to_vec()
        }
        Some(depth) => {
            let deep = deepen(&mut tx, repo, &wants.commits, depth, &cut).await?;
            found.ready = !held.is_empty();
            found.shallow = deep.ends.difference(&cut).copied().collect();
            found.unshallow = cut
                .iter()
                .filter(|oid| deep.nodes.contains_key(oid) && !deep.ends.contains(oid))
                .copied()
                .collect();
            let lowest = deep.nodes.values().map(|commit| commit.generation).min().unwrap_or(0);
            let has = below(&mut tx, repo, &held, &cut, lowest).await?;
            let lacks = deep.nodes.values().filter(|commit| !has.contains(&commit.oid));
            let node = |commit: &Commit| {
                let parents =
                    if deep.ends.contains(&commit.oid) { Vec::new() } else { commit.parents().collect() };
                Node { oid: commit.oid, tree: commit.tree, parents }
            };
            lacks.map(node).collect()
        }
    };
    if asked.include_tag {
        let sent: BTreeSet<Oid> = lacking.iter().map(|node| node.oid).collect();
        let refs = git::list_refs(&mut tx, repo).await?;
        let tags = refs.iter().filter(|row| row.object() != row.target && sent.contains(&row.target));
        wants.objects.extend(tags.map(git::Ref::object));
    }
    found.objects = wants.objects;
    found.commits = beside(&mut tx, repo, &lacking, &cut).await?;
    Ok(found)
}

/// What is wanted, looked up: tags lead to what they are on, and are sent as well.
async fn wants(tx: &mut Tx, repo: &RepoId, packs: &PackSet, all: &[Oid]) -> Result<Wants> {
    let known = commits(tx, repo, all).await?;
    let mut wants = Wants::default();
    let mut left: Vec<(Oid, usize)> = Vec::new();
    for oid in all {
        match known.get(oid) {
            Some(commit) => wants.commits.push(commit.clone()),
            None => left.push((*oid, 0)),
        }
    }
    while let Some((oid, depth)) = left.pop() {
        let absent = || Refusal::Invalid(format!("not our ref {oid}"));
        if let Some(commit) = git::find_commit(tx, repo, &oid).await? {
            wants.commits.push(commit);
            continue;
        }
        let (packs, wanted) = (packs.clone(), oid);
        let about = Offload::run(move || match packs.about(&wanted)? {
            (Kind::Tag, _) => packs.read(&wanted).map(|tag| (Kind::Tag, tag.data)),
            (kind, _) => Ok((kind, Vec::new())),
        });
        let (kind, data) = match about.await? {
            Ok(about) => about,
            Err(ReadError::NotFound(_)) => return Err(absent()),
            Err(error) => return Err(GitError::from(error).into()),
        };
        // A commit that the graph does not know is left over from a push that came to nothing.
        if kind == Kind::Commit || depth > limits::TAGS_ON_TAGS_MAX {
            return Err(absent());
        }
        wants.objects.push(oid);
        if kind == Kind::Tag {
            let tag = check_tag(&data).map_err(|why| Refusal::Broken(anyhow::anyhow!("tag {oid}: {why}")))?;
            left.push((tag.target, depth + 1));
        }
    }
    Ok(wants)
}

/// Those of these commits that the repo has.
async fn commits(tx: &mut Tx, repo: &RepoId, oids: &[Oid]) -> Result<BTreeMap<Oid, Commit>> {
    let mut all = BTreeMap::new();
    for page in oids.chunks(LOOKED_UP) {
        all.extend(git::find_commits(tx, repo, page).await?.into_iter().map(|commit| (commit.oid, commit)));
    }
    Ok(all)
}

fn node(commit: &Commit) -> Node {
    Node { oid: commit.oid, tree: commit.tree, parents: commit.parents().collect() }
}

/// Shows the graph from the newest of these commits down, for as long as somebody wants to see more of it.
async fn show(tx: &mut Tx, repo: &RepoId, newest: i64, mut see: impl FnMut(&Commit) -> bool) -> Result<()> {
    // 'g' sorts behind every hex digit.
    let mut place = (newest, "g".to_owned());
    loop {
        let page = git::list_commits_below(tx, repo, (place.0, &place.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        place = (last.generation, last.oid.to_string());
        if !page.iter().all(&mut see) {
            return Ok(());
        }
    }
}

fn newest<'a>(all: impl Iterator<Item = &'a Commit>) -> i64 {
    all.map(|commit| commit.generation).max().unwrap_or(0)
}

async fn paint(
    tx: &mut Tx,
    repo: &RepoId,
    (wanted, held): (&[Commit], &[Commit]),
    cut: BTreeSet<Oid>,
) -> Result<Painting> {
    let oids = |all: &[Commit]| all.iter().map(|commit| commit.oid).collect::<Vec<_>>();
    let mut painting = Painting::new(&oids(wanted), &oids(held), cut);
    if !painting.is_done() {
        let newest = newest(wanted.iter().chain(held));
        show(tx, repo, newest, |commit| {
            painting.show(node(commit));
            !painting.is_done()
        })
        .await?;
    }
    match painting.is_done() {
        true => Ok(painting),
        false => Err(Refusal::Broken(anyhow::anyhow!("the history of {repo} has a gap"))),
    }
}

/// What these commits lead to, down to a generation, and themselves; not below those that are cut off.
async fn below(
    tx: &mut Tx,
    repo: &RepoId,
    held: &[Commit],
    cut: &BTreeSet<Oid>,
    lowest: i64,
) -> Result<BTreeSet<Oid>> {
    let mut all: BTreeSet<Oid> = held.iter().map(|commit| commit.oid).collect();
    show(tx, repo, newest(held.iter()), |commit| {
        if all.contains(&commit.oid) && !cut.contains(&commit.oid) {
            all.extend(commit.parents());
        }
        commit.generation >= lowest
    })
    .await?;
    Ok(all)
}

/// A part of the history.
struct Deep {
    nodes: BTreeMap<Oid, Commit>,
    /// Commits with which it ends, though they have parents.
    ends: BTreeSet<Oid>,
}

async fn deepen(
    tx: &mut Tx,
    repo: &RepoId,
    wanted: &[Commit],
    depth: &Depth,
    cut: &BTreeSet<Oid>,
) -> Result<Deep> {
    let left_out = match depth.not.is_empty() {
        true => None,
        false => {
            let mut not = Vec::new();
            for revision in &depth.not {
                not.push(resolve(tx, repo, revision).await?);
            }
            let painting = paint(tx, repo, (wanted, &not), BTreeSet::new()).await?;
            Some(painting.lacking().iter().map(|node| node.oid).collect::<BTreeSet<_>>())
        }
    };
    let since = depth.since.map(Time::from_secs);
    let is_in = |commit: &Commit| {
        since.is_none_or(|since| commit.at >= since)
            && left_out.as_ref().is_none_or(|lacking| lacking.contains(&commit.oid))
    };
    let from = if depth.relative { cut.clone() } else { BTreeSet::new() };
    let mut depths = Depths::new(depth.commits.unwrap_or(u32::MAX), from);
    let mut deep = Deep { nodes: BTreeMap::new(), ends: BTreeSet::new() };
    let mut next: Vec<Commit> = wanted.iter().filter(|commit| is_in(commit)).cloned().collect();
    next.retain(|commit| depths.begin(commit.oid));
    if next.is_empty() && !wanted.is_empty() {
        return Err(Refusal::Invalid("no commits selected for shallow requests".into()));
    }
    let mut outside = BTreeSet::new();
    while !next.is_empty() {
        let mut wanted = BTreeSet::new();
        for commit in next {
            wanted.extend(depths.pass(&node(&commit)));
            deep.nodes.insert(commit.oid, commit);
        }
        let wanted: Vec<Oid> = wanted.into_iter().collect();
        next = commits(tx, repo, &wanted).await?.into_values().collect();
        next.retain(|commit| match is_in(commit) {
            true => true,
            false => {
                outside.insert(commit.oid);
                false
            }
        });
    }
    let is_end = |commit: &Commit| {
        depths.ends_with(&node(commit)) || commit.parents().any(|parent| outside.contains(&parent))
    };
    deep.ends = deep.nodes.values().filter(|commit| is_end(commit)).map(|commit| commit.oid).collect();
    Ok(deep)
}

/// Each commit that is lacking with its tree, and the trees of its parents: what is in one of those is there, or is sent with it.
async fn beside(
    tx: &mut Tx,
    repo: &RepoId,
    lacking: &[Node],
    cut: &BTreeSet<Oid>,
) -> Result<Vec<(Oid, Oid, Vec<Oid>)>> {
    let mut trees: BTreeMap<Oid, Oid> = lacking.iter().map(|node| (node.oid, node.tree)).collect();
    let parents = lacking.iter().flat_map(|node| &node.parents).filter(|parent| !trees.contains_key(*parent));
    let parents: BTreeSet<Oid> = parents.copied().collect();
    let parents: Vec<Oid> = parents.into_iter().collect();
    trees.extend(commits(tx, repo, &parents).await?.into_iter().map(|(oid, commit)| (oid, commit.tree)));
    let with = |node: &Node| {
        // Whoever has such a commit need not have what comes before it.
        let parents = if cut.contains(&node.oid) { &[][..] } else { &node.parents };
        (node.oid, node.tree, parents.iter().filter_map(|parent| trees.get(parent).copied()).collect())
    };
    Ok(lacking.iter().map(with).collect())
}

/// The pack with what was found.
///
/// # Errors
/// `TooLarge` for more objects than are sent at once.
pub async fn send(commons: &Commons, grant: &Grant<Read>, found: Found) -> Result<Sending> {
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let packs = objects.packs.clone();
    Offload::run(move || {
        let mut walk = Walk::new(&packs, found.filter, limits::FETCH_OBJECTS_MAX);
        for (oid, tree, besides) in &found.commits {
            walk.commit(*oid, *tree, besides)?;
        }
        for oid in &found.objects {
            walk.object(*oid)?;
        }
        Ok(Sending::new(&packs, &walk.found(), found.ofs_delta)?)
    })
    .await?
}

/// The next bytes of a pack, about so many; none at its end.
///
/// # Errors
/// `Broken` for an object that is damaged.
pub async fn next_piece(mut sending: Sending, most: usize) -> Result<(Sending, Option<Vec<u8>>)> {
    Offload::run(move || {
        let piece = sending.piece(most)?;
        Ok((sending, piece))
    })
    .await?
}

impl From<WalkError> for Refusal {
    fn from(error: WalkError) -> Refusal {
        match error {
            WalkError::TooMany(_) => Refusal::TooLarge(format!("{error}; ask for less, as with --depth")),
            error => Refusal::broken(error),
        }
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Refusal {
        Refusal::broken(error)
    }
}
