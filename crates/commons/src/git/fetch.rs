//! What a client lacks of what it wants, and the pack with that.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_content::Offload;
use seedcorn_content::git::{
    Filter, GitError, Kind, PackSet, ReadError, SendError, Sending, Walk, WalkError, check_tag,
};
use seedcorn_core::digest::Oid;
use seedcorn_core::history::{Deepening, Node, Painting};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, Link};
use seedcorn_wire::git::fetch::Deepen;

use crate::access::{Grant, Read};
use crate::objects::{Objects, resolve};
use crate::{Commons, Refusal, Result, grade, scan};

/// Commits of the graph that are read at once.
const PAGE: i64 = 4096;
/// Commits that are looked up at once.
const LOOKED_UP: usize = 1000;
/// The depth by which git means the whole history (`INFINITE_DEPTH`).
const ALL_OF_IT: u32 = 0x7fff_ffff;

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What it wants: commits, tags, or whatever else is there.
    pub wants: BTreeSet<Oid>,
    /// What it says that it has.
    pub haves: BTreeSet<Oid>,
    /// Commits whose parents it has not.
    pub shallow: BTreeSet<Oid>,
    /// How much of the history.
    pub depth: Option<Deepen>,
    /// What is left out.
    pub filter: Filter,
    /// Tags on what is sent are wanted too.
    pub include_tag: bool,
    /// Bases may be told by their distance.
    pub ofs_delta: bool,
}

/// What was found for a client.
#[derive(Debug, Default)]
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
    commits: Vec<Link>,
    objects: Vec<Oid>,
}

/// A part of the history.
struct Part {
    lacking: Vec<Node>,
    ready: bool,
    /// Commits with which it ends, though they have parents.
    ends: BTreeSet<Oid>,
    /// Commits below which the client gets what it had not.
    opened: BTreeSet<Oid>,
}

/// Looks for what a client lacks.
///
/// # Errors
/// `Invalid` for what is wanted and is not here; `Forbidden` for what may not be pulled.
pub async fn find(commons: &Commons, grant: &Grant<Read>, asked: &Asked) -> Result<Found> {
    let repo = &grant.repo().id;
    let objects = Objects::open(commons, repo).await?;
    let mut tx = commons.db.read().await?;
    let mut wants = wants(&mut tx, repo, &objects.packs, &asked.wants).await?;
    let held = links(&mut tx, repo, asked.haves.iter().copied()).await?;
    let (common, held) = (held.keys().copied().collect(), Vec::from_iter(held.into_values()));
    let part = match &asked.depth {
        Some(depth) if is_all(depth) => {
            open_up(&mut tx, repo, (&wants.commits, &held), &asked.shallow).await?
        }
        Some(depth) => cut_off(&mut tx, repo, (&wants.commits, &held), depth, &asked.shallow).await?,
        None => plain(&mut tx, repo, (&wants.commits, &held), &asked.shallow).await?,
    };
    if asked.include_tag {
        let sent: BTreeSet<Oid> = part.lacking.iter().map(|node| node.oid).collect();
        let refs = git::list_refs(&mut tx, repo).await?;
        let tags = refs.iter().filter(|row| row.object() != row.target && sent.contains(&row.target));
        wants.objects.extend(tags.map(git::Ref::object));
    }
    let commits = beside(&mut tx, repo, &part, &asked.shallow).await?;
    drop(tx);
    if grade::is_asked(commons, grant) {
        for wanted in &wants.commits {
            let commit = git::find_commit(&mut commons.db.look().await?, repo, &wanted.oid).await?;
            grade::may_pull(commons, grant, commit.as_ref()).await?;
        }
    }
    Ok(Found {
        common,
        ready: part.ready,
        shallow: part.ends.difference(&asked.shallow).copied().collect(),
        unshallow: part.opened.into_iter().collect(),
        objects: wants.objects,
        commits,
        filter: asked.filter,
        ofs_delta: asked.ofs_delta,
    })
}

/// Whether the whole history is wanted, wherever it ended before.
fn is_all(depth: &Deepen) -> bool {
    depth.since.is_none() && depth.not.is_empty() && depth.depth.is_none_or(|most| most >= ALL_OF_IT)
}

/// What is wanted, looked up: tags lead to what they are on, and are sent as well.
async fn wants(tx: &mut Tx, repo: &RepoId, packs: &PackSet, all: &BTreeSet<Oid>) -> Result<Wants> {
    let mut wants = Wants::default();
    let mut left = all.clone();
    for _ in 0..=limits::TAGS_ON_TAGS_MAX {
        let known = links(tx, repo, left.iter().copied()).await?;
        left.retain(|oid| !known.contains_key(oid));
        wants.commits.extend(known.into_values());
        if left.is_empty() {
            return Ok(wants);
        }
        let (packs, looked) = (packs.clone(), left);
        let found =
            Offload::run(move || looked.iter().map(|oid| look(&packs, oid)).collect::<Result<Vec<_>, _>>());
        left = BTreeSet::new();
        for (oid, target) in found.await?? {
            wants.objects.push(oid);
            left.extend(target);
        }
    }
    Err(Refusal::Invalid("tags lie on tags without end".into()))
}

/// An object that is wanted and is no commit; what it is on, if it is a tag.
fn look(packs: &PackSet, oid: &Oid) -> Result<(Oid, Option<Oid>)> {
    match packs.about(oid) {
        Ok((Kind::Tag, _)) => {
            let tag = packs.read(oid).map_err(GitError::from)?;
            let tag =
                check_tag(&tag.data).map_err(|why| Refusal::Broken(anyhow::anyhow!("tag {oid}: {why}")))?;
            Ok((*oid, Some(tag.target)))
        }
        Ok((Kind::Tree | Kind::Blob, _)) => Ok((*oid, None)),
        // A commit that the graph does not know is left over from a push that came to nothing.
        Ok((Kind::Commit, _)) | Err(ReadError::NotFound(_)) => {
            Err(Refusal::Invalid(format!("upload-pack: not our ref {oid}")))
        }
        Err(error) => Err(GitError::from(error).into()),
    }
}

/// Those of these commits that the repo has.
async fn links(tx: &mut Tx, repo: &RepoId, oids: impl Iterator<Item = Oid>) -> Result<BTreeMap<Oid, Link>> {
    let (oids, mut all) = (Vec::from_iter(oids), BTreeMap::new());
    for page in oids.chunks(LOOKED_UP) {
        all.extend(git::find_links(tx, repo, page).await?.into_iter().map(|link| (link.oid, link)));
    }
    Ok(all)
}

fn node(link: &Link) -> Node {
    Node { oid: link.oid, tree: link.tree, parents: link.parents().collect() }
}

fn oids(all: &[Link]) -> Vec<Oid> {
    all.iter().map(|link| link.oid).collect()
}

/// Shows the graph from the newest of these commits down, for as long as somebody wants to see more of it.
async fn show<'a>(
    tx: &mut Tx,
    repo: &RepoId,
    newest: impl Iterator<Item = &'a Link>,
    mut see: impl FnMut(&Link) -> bool,
) -> Result<()> {
    let newest = newest.map(|link| link.generation).max().unwrap_or(0);
    // 'g' sorts behind every hex digit.
    let mut place = (newest, "g".to_owned());
    loop {
        let page = git::list_links_below(tx, repo, (place.0, &place.1), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        place = (last.generation, last.oid.to_string());
        if !page.iter().all(&mut see) {
            return Ok(());
        }
    }
}

async fn paint(
    tx: &mut Tx,
    repo: &RepoId,
    (wanted, wanted_cut): (&[Link], &BTreeSet<Oid>),
    (held, held_cut): (&[Link], &BTreeSet<Oid>),
) -> Result<Painting> {
    let wanted_by_id = (&*oids(wanted), wanted_cut.clone());
    let mut painting = Painting::new(wanted_by_id, (&oids(held), held_cut.clone()));
    if !painting.is_done() {
        show(tx, repo, wanted.iter().chain(held), |link| {
            painting.show(node(link));
            !painting.is_done()
        })
        .await?;
    }
    match painting.is_done() {
        true => Ok(painting),
        false => Err(Refusal::Broken(anyhow::anyhow!("the history of {repo} has a gap"))),
    }
}

/// As far as the client's own history goes: where that ends early, this does.
async fn plain(
    tx: &mut Tx,
    repo: &RepoId,
    (wanted, held): (&[Link], &[Link]),
    cut: &BTreeSet<Oid>,
) -> Result<Part> {
    let painting = paint(tx, repo, (wanted, cut), (held, cut)).await?;
    Ok(Part {
        ready: !held.is_empty() && painting.meets(&oids(wanted)),
        lacking: painting.lacking().to_vec(),
        ends: BTreeSet::new(),
        opened: BTreeSet::new(),
    })
}

/// All of the history, also below where the client's ended, whether or not anything that it wants leads there.
async fn open_up(
    tx: &mut Tx,
    repo: &RepoId,
    (wanted, held): (&[Link], &[Link]),
    cut: &BTreeSet<Oid>,
) -> Result<Part> {
    let opened = links(tx, repo, cut.iter().copied()).await?;
    let below = links(tx, repo, opened.values().flat_map(Link::parents)).await?;
    let all: Vec<Link> = wanted.iter().cloned().chain(below.into_values()).collect();
    let painting = paint(tx, repo, (&all, &BTreeSet::new()), (held, cut)).await?;
    Ok(Part {
        ready: !held.is_empty(),
        lacking: painting.lacking().to_vec(),
        ends: BTreeSet::new(),
        opened: opened.into_keys().collect(),
    })
}

/// A history that ends where it is told to.
async fn cut_off(
    tx: &mut Tx,
    repo: &RepoId,
    (wanted, held): (&[Link], &[Link]),
    depth: &Deepen,
    cut: &BTreeSet<Oid>,
) -> Result<Part> {
    let left_out = left_out(tx, repo, wanted, depth).await?;
    let since = depth.since.map(Time::from_secs);
    let is_in = |link: &Link| {
        since.is_none_or(|since| link.at >= since)
            && left_out.as_ref().is_none_or(|lacking| lacking.contains(&link.oid))
    };
    if !wanted.is_empty() && !wanted.iter().any(is_in) {
        return Err(Refusal::Invalid("no commits selected for shallow requests".into()));
    }
    // Counted from where a history ends that ends nowhere, it is all of it.
    let counts = !(depth.relative && cut.is_empty());
    let from = if depth.relative { cut.clone() } else { BTreeSet::new() };
    let most = depth.depth.filter(|_| counts).unwrap_or(u32::MAX);
    let mut deepening = Deepening::new(&oids(wanted), most, from);
    let mut lowest = i64::MAX;
    show(tx, repo, wanted.iter(), |link| {
        lowest = link.generation;
        deepening.show(node(link), is_in(link));
        !deepening.is_done()
    })
    .await?;
    let (inside, ends) = deepening.end();
    let has = below(tx, repo, held, cut, lowest).await?;
    let opened = inside.iter().map(|node| node.oid).filter(|oid| cut.contains(oid) && !ends.contains(oid));
    let opened = opened.collect();
    let lacks = inside.into_iter().filter(|node| !has.contains(&node.oid));
    let lacking = lacks.map(|node| match ends.contains(&node.oid) {
        true => Node { parents: Vec::new(), ..node },
        false => node,
    });
    Ok(Part { lacking: lacking.collect(), ready: !held.is_empty(), ends, opened })
}

/// Of what is wanted that to which some revisions do not lead; nothing, if none are named.
async fn left_out(
    tx: &mut Tx,
    repo: &RepoId,
    wanted: &[Link],
    depth: &Deepen,
) -> Result<Option<BTreeSet<Oid>>> {
    if depth.not.is_empty() {
        return Ok(None);
    }
    let mut not = BTreeSet::new();
    for revision in &depth.not {
        not.insert(resolve(tx, repo, revision).await?.oid);
    }
    let not: Vec<Link> = links(tx, repo, not.into_iter()).await?.into_values().collect();
    let none = BTreeSet::new();
    let painting = paint(tx, repo, (wanted, &none), (&not, &none)).await?;
    Ok(Some(painting.lacking().iter().map(|node| node.oid).collect()))
}

/// What these commits lead to, down to a generation, and themselves; not below those that are cut off.
async fn below(
    tx: &mut Tx,
    repo: &RepoId,
    held: &[Link],
    cut: &BTreeSet<Oid>,
    lowest: i64,
) -> Result<BTreeSet<Oid>> {
    let mut all: BTreeSet<Oid> = oids(held).into_iter().collect();
    if !held.is_empty() {
        show(tx, repo, held.iter(), |link| {
            if all.contains(&link.oid) && !cut.contains(&link.oid) {
                all.extend(link.parents());
            }
            link.generation >= lowest
        })
        .await?;
    }
    Ok(all)
}

/// Each commit that is lacking with its tree, and the trees of its parents: what is in one of those is there, or is sent with it.
async fn beside(
    tx: &mut Tx,
    repo: &RepoId,
    part: &Part,
    cut: &BTreeSet<Oid>,
) -> Result<Vec<(Oid, Oid, Vec<Oid>)>> {
    let mut trees: BTreeMap<Oid, Oid> = part.lacking.iter().map(|node| (node.oid, node.tree)).collect();
    let parents = part.lacking.iter().flat_map(|node| &node.parents).copied();
    let parents: BTreeSet<Oid> = parents.filter(|parent| !trees.contains_key(parent)).collect();
    trees.extend(links(tx, repo, parents.into_iter()).await?.into_iter().map(|(oid, link)| (oid, link.tree)));
    let with = |node: &Node| {
        // Whoever has such a commit need not have what comes before it, unless it is sent.
        let is_cut = cut.contains(&node.oid) && !part.opened.contains(&node.oid);
        let parents = if is_cut { &[][..] } else { &node.parents };
        (node.oid, node.tree, parents.iter().filter_map(|parent| trees.get(parent).copied()).collect())
    };
    Ok(part.lacking.iter().map(with).collect())
}

/// The pack with what was found.
///
/// # Errors
/// `TooLarge` for more objects than are sent at once; `Forbidden` for files that are not given out.
pub async fn send(commons: &Commons, grant: &Grant<Read>, found: Found) -> Result<Sending> {
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let packs = objects.packs.clone();
    let (ofs_delta, walked) = (found.ofs_delta, packs.clone());
    let oids = Offload::run(move || {
        let mut walk = Walk::new(&walked, found.filter, limits::FETCH_OBJECTS_MAX);
        // Those that others build upon come first: what is beside a tree is there then, or on its way.
        for (oid, tree, besides) in found.commits.iter().rev() {
            walk.commit(*oid, *tree, besides)?;
        }
        for oid in &found.objects {
            walk.object(*oid)?;
        }
        Ok::<_, Refusal>(walk.found())
    });
    let oids = oids.await??;
    scan::may_send(commons, grant, &oids).await?;
    Offload::run(move || Ok(Sending::new(&packs, &oids, ofs_delta)?)).await?
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
