//! A release as it is at a revision of a repo of this hub: the same readings as of a folder, and what it names elsewhere
//! found among the repos that everybody may see.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::openness::seen::{File, Found, Link, Linked, Reading, Release, Revision};
use seedcorn_core::openness::{terms_of, whole_weights};
use seedcorn_core::paper::Cited;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::git::{self, Commit};
use seedcorn_formats::release::{Opening, Step};

use super::readings::{Kept, Key};
use super::room::{Room, is_skipped, order, unopened};
use crate::access::{self, Grant, Read, See};
use crate::browse::{self, Entry, Listing};
use crate::list::Item;
use crate::objects::{MAIN, Objects};
use crate::preview::Source;
use crate::pull::Located;
use crate::{Commons, Refusal, Result, bases, compute, lineage, papers};

/// What a release names elsewhere, found or not, and what that names: kinds and names in lower case.
pub(super) type Names = BTreeSet<(RepoKind, String)>;

/// On the way through what releases name.
#[derive(Default)]
struct Walk {
    /// Bases from the release to the one at hand: cards can name each other in circles.
    bases: BTreeSet<RepoId>,
    names: Names,
    /// Repos that were read.
    read: usize,
}

/// How much is read of a repo.
#[derive(Clone, Copy)]
struct Share {
    files: usize,
    opened: usize,
    bytes: u64,
}

/// Of the release itself.
const OWN: Share = Share {
    files: limits::GRADED_REPO_FILES_MAX,
    opened: limits::GRADED_OPENED_MAX,
    bytes: limits::GRADED_BYTES_MAX,
};
/// Of each that it names.
const LINKED: Share = Share {
    files: limits::GRADED_LINKED_FILES_MAX,
    opened: limits::GRADED_LINKED_OPENED_MAX,
    bytes: limits::GRADED_LINKED_BYTES_MAX,
};

/// Reads a release at a commit.
///
/// # Errors
/// What is the hub's to mend. A file that is damaged is told in the release.
pub(super) async fn release(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
) -> Result<(Release, Names)> {
    let mut release = read(commons, grant, commit, OWN).await?;
    release.revisions = revisions(commons, grant, commit).await?;
    name_measured(commons, grant, &mut release).await?;
    let mut walk = Walk { bases: [grant.repo().id.clone()].into(), ..Walk::default() };
    link(commons, &mut release, &mut walk, 0).await?;
    Ok((release, walk.names))
}

/// Names the works whose bytes it has, whether or not its card does: what it has of another it has under that one's terms.
async fn name_measured(commons: &Commons, grant: &Grant<Read>, release: &mut Release) -> Result<()> {
    let link = if grant.repo().kind == RepoKind::Dataset { Link::Source } else { Link::Base };
    for base in lineage::measured_bases(commons, &grant.repo().id).await? {
        let known = |linked: &Linked| linked.link == link && linked.name.eq_ignore_ascii_case(&base);
        if !release.linked.iter().any(known) {
            // In front: a card can name more than is looked for.
            release.linked.insert(0, Linked { link, name: base, found: None });
        }
    }
    Ok(())
}

/// The files of a commit, each as what its name says.
async fn read(commons: &Commons, grant: &Grant<Read>, commit: &Commit, share: Share) -> Result<Release> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let mut entries = browse::all_files(commons, &see, commit, share.files + 1).await?;
    entries.retain(|entry| !is_skipped(&entry.path));
    let mut left = Vec::new();
    if entries.len() > share.files {
        entries.truncate(share.files);
        left.push(format!("only {} files were looked at", share.files));
    }
    entries.sort_by(|a, b| order(&a.path).cmp(&order(&b.path)));
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let mut room = Room::new(share.opened, share.bytes);
    let mut files = Vec::with_capacity(entries.len());
    for entry in entries {
        let reading = file(commons, &objects, commit, &entry, &mut room, &mut left).await?;
        files.push(File { bytes: entry.bytes, content: entry.content(), path: entry.path, reading });
    }
    let mut release = Release::of(&grant.repo().name, files);
    release.gated = !grant.repo().gated.is_empty();
    release.left = left;
    Ok(release)
}

async fn file(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entry: &Entry,
    room: &mut Room,
    left: &mut Vec<String>,
) -> Result<Reading> {
    let mut opening = Opening::new(&entry.path, entry.bytes);
    let mut step = opening.step(&[]);
    if let Step::Done(reading) = step {
        return Ok(reading);
    }
    // The pointer is in the repo and the file is not.
    let Some(located) = Located::of_entry(objects, commit, entry) else { return Ok(Reading::Pointer) };
    let key = Key::new(&entry.path, entry.content());
    if let Some(reading) = commons.readings.get(&key) {
        return Ok(reading.0.clone());
    }
    if !room.take(&entry.path, opening.is_license(), left) {
        return Ok(unopened(&opening));
    }
    let source = Source::open(commons, &located).await?;
    loop {
        match step {
            Step::Done(reading) => return Ok(commons.readings.put(key, Kept(reading)).0.clone()),
            Step::Need(range) => {
                let held = source.room(range.end - range.start).await?;
                let bytes = source.range(range).await?;
                room.spend(bytes.len() as u64);
                // A licence's text is compared with hundreds of others: that is not done on a thread that answers.
                (opening, step) = compute(move || {
                    let step = opening.step(&bytes);
                    drop(held);
                    (opening, step)
                })
                .await?;
            }
        }
    }
}

/// The weights at other branches and tags.
async fn revisions(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<Vec<Revision>> {
    let repo = &grant.repo().id;
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let refs = git::list_refs(&mut commons.db.look().await?, repo).await?;
    let objects = Objects::open(commons, repo).await?;
    // What is not opened is no checkpoint, and nothing is to be said of it.
    let (mut room, mut left) = (Room::new(limits::GRADED_OPENED_MAX, limits::GRADED_BYTES_MAX), Vec::new());
    let mut all: Vec<Revision> = Vec::new();
    let mut known = BTreeMap::new();
    for one in refs {
        let Some(name) = one.name.strip_prefix("refs/heads/").or_else(|| one.name.strip_prefix("refs/tags/"))
        else {
            continue;
        };
        if one.target == commit.oid || all.len() >= limits::GRADED_REVISIONS_MAX {
            continue;
        }
        let weights = match known.get(&one.target) {
            Some(weights) => Clone::clone(weights),
            None => {
                let found = git::find_commit(&mut commons.db.look().await?, repo, &one.target).await?;
                let Some(other) = found else { continue };
                let what = Listing {
                    path: "",
                    recursive: false,
                    after: None,
                    limit: limits::GRADED_LINKED_FILES_MAX,
                };
                let entries = browse::list(commons, &see, &other, &what).await?;
                let is_weights =
                    |entry: &&Entry| !entry.folder && Opening::new(&entry.path, entry.bytes).is_weights();
                let mut files = Vec::new();
                for entry in entries.iter().filter(is_weights) {
                    let reading = file(commons, &objects, &other, entry, &mut room, &mut left).await?;
                    files.push(File {
                        bytes: entry.bytes,
                        content: entry.content(),
                        path: entry.path.clone(),
                        reading,
                    });
                }
                let weights = whole_weights(&files);
                known.insert(one.target, weights.clone());
                weights
            }
        };
        all.push(Revision { name: name.to_owned(), weights });
    }
    Ok(all)
}

/// Finds what a release names among the repos that everybody may see.
fn link<'a>(
    commons: &'a Commons,
    release: &'a mut Release,
    walk: &'a mut Walk,
    depth: usize,
) -> BoxFuture<'a, Result<()>> {
    async move {
        let left = release.linked.len().saturating_sub(limits::GRADED_LINKS_MAX);
        if left > 0 {
            release.left.push(format!("{left} of what the card names was not looked for"));
        }
        for linked in release.linked.iter_mut().take(limits::GRADED_LINKS_MAX) {
            walk.names.insert(key_of(linked));
            linked.found = found(commons, linked, walk, depth).await?.map(Box::new);
        }
        Ok(())
    }
    .boxed()
}

async fn found(commons: &Commons, linked: &Linked, walk: &mut Walk, depth: usize) -> Result<Option<Found>> {
    if walk.read >= limits::GRADED_REPOS_MAX {
        return Ok(None);
    }
    let Some(item) = named(commons, linked).await? else { return Ok(None) };
    let repo = item.repo;
    let is_base = linked.link == Link::Base;
    // Cards can name each other in circles.
    if is_base && (depth >= limits::GRADED_BASES_DEPTH_MAX || !walk.bases.insert(repo.id.clone())) {
        return Ok(None);
    }
    let Some(grant) = access::for_the_hub(commons, &repo.id).await? else { return Ok(None) };
    let Some(commit) = git::find_commit_of_ref(&mut commons.db.look().await?, &repo.id, MAIN).await? else {
        return Ok(None);
    };
    walk.read += 1;
    let mut release = read(commons, &grant, &commit, LINKED).await?;
    if is_base {
        link(commons, &mut release, walk, depth + 1).await?;
        // Another that is on the way may stand upon it as well.
        walk.bases.remove(&repo.id);
    }
    Ok(Some(Found {
        repo: format!("{}/{}", repo.kind.plural(), repo.full_name()),
        commit: commit.oid.to_string(),
        gated: release.gated,
        terms: terms_of(&release, linked.link).map(|mut terms| {
            // Lines of files that are given on request are told to nobody else.
            if release.gated {
                terms.reason = "as its own files say, which are given on request".to_owned();
            }
            terms
        }),
        card: release.card.clone(),
        files: release.files,
    }))
}

fn kind_of(link: Link) -> RepoKind {
    match link {
        Link::Base => RepoKind::Model,
        Link::TrainingData | Link::EvaluationData | Link::Source => RepoKind::Dataset,
        Link::Code => RepoKind::Code,
        Link::Paper => RepoKind::Paper,
    }
}

/// The kind and the name by which it is found who names a repo.
fn key_of(linked: &Linked) -> (RepoKind, String) {
    let kind = kind_of(linked.link);
    let said = (kind == RepoKind::Paper).then(|| cited(&linked.name)).flatten();
    let name = match said {
        Some(Cited::Arxiv(id)) => format!("arxiv:{id}"),
        Some(Cited::Doi(doi)) => format!("doi:{doi}"),
        Some(Cited::Repo(name)) => name,
        None => linked.name.clone(),
    };
    (kind, name.to_ascii_lowercase())
}

fn cited(name: &str) -> Option<Cited> {
    Cited::from_tag(name).or_else(|| Cited::read(name))
}

/// The repo that a name leads to, if everybody may see it.
async fn named(commons: &Commons, linked: &Linked) -> Result<Option<Item>> {
    let name = linked.name.as_str();
    match kind_of(linked.link) {
        RepoKind::Paper => match cited(name) {
            Some(said) => papers::of_cited(commons, None, &said).await,
            None => Ok(None),
        },
        kind => bases::by_name(commons, None, kind, name).await,
    }
}
