//! What somebody pushes: checked whole before any name moves, then recorded in one transaction like every other commit.

use std::collections::BTreeMap;
use std::fs::File;

use seedcorn_content::Offload;
use seedcorn_content::git::{GitError, Kind, ReadError, check_tag};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_core::name;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, Commit};
use seedcorn_db::{files, repos};
use seedcorn_wire::git::push::Command;

use super::take::{Taken, take};
use crate::access::{Grant, Propose};
use crate::discuss::PULLS;
use crate::objects::{MAIN, Objects};
use crate::publish::{Card, StoredPack, Target, card_of, moved, record_card, stored_pack, target_allowed};
use crate::{Commons, Refusal, Result, jobs};

const HEADS: &str = "refs/heads/";
const TAGS: &str = "refs/tags/";

/// What became of each change, in order: nothing, or why it was not made.
pub type Pushed = Vec<Option<String>>;

/// Whether somebody may push anything at all: whoever may only propose has pull requests of their own to push to.
///
/// # Errors
/// `Forbidden` for who may not.
pub async fn may_push(commons: &Commons, grant: &Grant<Propose>) -> Result<()> {
    if grant.may_write() {
        return Ok(());
    }
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to push".into()))?;
    let mut tx = commons.db.look().await?;
    match seedcorn_db::discussions::has_own_pull(&mut tx, &grant.repo().id, &actor.member).await? {
        true => Ok(()),
        false => Err(grant.no_write()),
    }
}

/// Takes in what is pushed: a pack, if there is one, and the changes that it is for. With `atomic` all of them are made or none.
///
/// # Errors
/// `Unprocessable` for a pack that is not taken in: then nothing is changed.
pub async fn push(
    commons: &Commons,
    grant: &Grant<Propose>,
    changes: &[Command],
    atomic: bool,
    pack: Option<File>,
) -> Result<Pushed> {
    if changes.iter().all(|change| change.from == change.to) {
        return Err(Refusal::Invalid("nothing is to be changed".into()));
    }
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let wanted: Vec<Oid> = changes.iter().map(|change| change.to).collect();
    let taken = match pack {
        None => Taken::default(),
        Some(pack) => take(commons, grant, objects.clone(), (pack, wanted)).await?,
    };
    let objects = match taken.opened.clone() {
        Some(pack) => objects.with(pack),
        None => objects,
    };
    let (leads, card) = (BTreeMap::new(), Card::Same);
    let mut recording = Recording { commons, grant, objects, taken, leads, card };
    recording.prepare(changes).await?;
    let stored = recording.store().await?;
    recording.record(changes, atomic, stored).await
}

/// Refs of a repo by their whole names: the commit that each leads to, and what git says that it is.
type Refs = BTreeMap<String, (Oid, Oid)>;

/// The commits that a ref leads to before and after a change.
struct Step {
    before: Option<Oid>,
    after: Option<Oid>,
}

/// A ref beside which git cannot hold one of this name: `a` and `a/b` are a file and a folder.
fn beside(refs: &Refs, name: &str) -> Option<String> {
    let mut above = name.match_indices('/').filter_map(|(at, _)| name.get(..at));
    let below = || {
        let folder = format!("{name}/");
        let next = refs.range(folder.clone()..).next().map(|(other, _)| other.clone());
        next.filter(|other| other.starts_with(&folder))
    };
    above.find(|above| refs.contains_key(*above)).map(str::to_owned).or_else(below)
}

/// Why one change is not made while others may be; whatever else goes wrong ends all of them.
fn of_one(refusal: Refusal) -> Result<String> {
    match refusal {
        Refusal::Forbidden(_)
        | Refusal::Invalid(_)
        | Refusal::Conflict(_)
        | Refusal::NoRevision(_)
        | Refusal::TooLarge(_)
        | Refusal::Unsigned(_) => Ok(refusal.to_string()),
        refusal => Err(refusal),
    }
}

/// A push that is sound.
struct Recording<'a> {
    commons: &'a Commons,
    grant: &'a Grant<Propose>,
    objects: Objects,
    taken: Taken,
    /// The commit to which each object leads that a ref is to be; of what leads to none, nothing.
    leads: BTreeMap<Oid, Oid>,
    /// What the card becomes, if the default branch moves.
    card: Card,
}

impl Recording<'_> {
    /// Reads what has to be known of the objects: within the transaction everybody else waits.
    async fn prepare(&mut self, changes: &[Command]) -> Result<()> {
        for change in changes.iter().filter(|change| change.to != Oid::ZERO) {
            if let Some(commit) = self.lead(change.to).await? {
                self.leads.insert(change.to, commit);
            }
        }
        let main = changes.iter().find(|change| change.name == MAIN);
        if let Some((from, after)) = main.and_then(|main| Some((main.from, *self.leads.get(&main.to)?)))
            && let (Some(before), Some(after)) = (self.tree(&from).await?, self.tree(&after).await?)
        {
            self.card = card_of(&self.objects, &before, &after).await?;
        }
        Ok(())
    }

    /// The commit at the end of the tags, if there are any.
    async fn lead(&self, mut oid: Oid) -> Result<Option<Oid>> {
        for _ in 0..limits::TAGS_ON_TAGS_MAX {
            if self.tree(&oid).await?.is_some() {
                return Ok(Some(oid));
            }
            let Some(target) = self.tag(&oid).await? else { break };
            oid = target;
        }
        Ok(None)
    }

    /// The tree of a commit; none of what is no commit here.
    async fn tree(&self, oid: &Oid) -> Result<Option<Oid>> {
        if let Some(commit) = self.taken.commits.get(oid) {
            return Ok(Some(commit.tree));
        }
        let (repo, mut tx) = (&self.grant.repo().id, self.commons.db.look().await?);
        Ok(git::find_commit(&mut tx, repo, oid).await?.map(|commit| commit.tree))
    }

    /// Makes the pack durable.
    async fn store(&mut self) -> Result<Option<StoredPack>> {
        let (Some(summary), Some(file)) = (self.taken.summary.take(), self.taken.file.take()) else {
            return Ok(None);
        };
        stored_pack(self.commons, &self.grant.repo().id, summary, file, "push").await.map(Some)
    }

    /// The one transaction.
    async fn record(&self, changes: &[Command], atomic: bool, stored: Option<StoredPack>) -> Result<Pushed> {
        let (repo, now) = (self.grant.repo(), self.commons.now());
        let mut tx = self.commons.db.write().await?;
        repos::lock(&mut tx, &repo.id).await?;
        let grant = self.grant.confirm(&mut tx, now).await?;
        if let Some(stored) = stored {
            stored.add(&mut tx, &repo.id, now).await?;
            let commits: Vec<Commit> = self.taken.commits.values().cloned().collect();
            git::add_commits(&mut tx, &repo.id, &commits).await?;
            git::add_blob_facts(&mut tx, &repo.id, &self.taken.facts).await?;
            let hashes: Vec<_> = self.taken.files.iter().map(|file| file.hash).collect();
            files::put_repo_files(&mut tx, &repo.id, &hashes).await?;
            match hashes.is_empty() {
                true => jobs::grown(self.commons, &mut tx, &repo.id).await?,
                false => jobs::shared(self.commons, &mut tx, &repo.id).await?,
            }
        }
        let refs = git::list_refs(&mut tx, &repo.id).await?.into_iter();
        let mut refs: Refs = refs.map(|row| (row.name.clone(), (row.target, row.object()))).collect();
        // Deletions come first: what is new may take their place.
        let mut order: Vec<usize> = (0..changes.len()).collect();
        order.sort_by_key(|place| changes.get(*place).is_some_and(|change| change.to != Oid::ZERO));
        let mut why: BTreeMap<usize, Option<String>> = BTreeMap::new();
        for place in order {
            let Some(change) = changes.get(place) else { continue };
            let refused = match self.checked(&mut tx, &grant, change, &refs).await {
                Ok(step) => self.make(&mut tx, &grant, change, step, &mut refs).await?,
                Err(refusal) => Some(of_one(refusal)?),
            };
            why.insert(place, refused);
        }
        let pushed: Pushed = why.into_values().collect();
        let refused = pushed.iter().flatten().count();
        if refused == changes.len() || (atomic && refused > 0) {
            // Nothing of it is kept: the transaction ends here.
            let other = || Some("another change of this push was refused".to_owned());
            return Ok(pushed.into_iter().map(|why| why.or_else(other)).collect());
        }
        tx.commit().await?;
        self.commons.changed();
        Ok(pushed)
    }

    /// Where a ref is, and where it is to be, if that may be.
    async fn checked(
        &self,
        tx: &mut Tx,
        grant: &Grant<Propose>,
        change: &Command,
        refs: &Refs,
    ) -> Result<Step> {
        let there = refs.get(&change.name).copied();
        // Pull requests are others' to open: they take no room from branches.
        let is_full = || refs.keys().filter(|name| !name.starts_with(PULLS)).count() >= limits::REFS_MAX;
        if there.is_none() && refs.len() >= limits::REFS_MAX && is_full() {
            return Err(Refusal::TooLarge(format!(
                "a repo has at most {} branches and tags",
                limits::REFS_MAX
            )));
        }
        self.check(tx, grant, change, there.map(|(_, object)| object)).await?;
        let to = match change.to == Oid::ZERO {
            true => None,
            false => Some(self.commit_of(change)?),
        };
        Ok(Step { before: there.map(|(target, _)| target), after: to })
    }

    /// Makes a change, unless git could not hold the ref beside others: then it tells so.
    async fn make(
        &self,
        tx: &mut Tx,
        grant: &Grant<Propose>,
        change: &Command,
        step: Step,
        refs: &mut Refs,
    ) -> Result<Option<String>> {
        let (repo, now, name) = (grant.repo(), self.commons.now(), change.name.as_str());
        match (step.before, step.after) {
            (Some(_), None) => drop(git::delete_ref(tx, &repo.id, name).await?),
            (None, Some(to)) => match beside(refs, name) {
                Some(beside) => return Ok(Some(format!("it cannot stand beside {beside}"))),
                None => drop(git::add_ref(tx, &repo.id, name, &to, now).await?),
            },
            (Some(from), Some(to)) => drop(git::move_ref(tx, &repo.id, name, (&from, &to), now).await?),
            (None, None) => return Ok(None),
        }
        match step.after {
            Some(to) => refs.insert(name.to_owned(), (to, change.to)),
            None => refs.remove(name),
        };
        if step.after.is_some_and(|to| to != change.to) {
            git::set_tag(tx, &repo.id, name, &change.to).await?;
        }
        self.follow(tx, grant, (name, step.before, step.after)).await?;
        Ok(None)
    }

    /// What may be changed, by whom, and whether it is still what the sender saw.
    async fn check(
        &self,
        tx: &mut Tx,
        grant: &Grant<Propose>,
        change: &Command,
        there: Option<Oid>,
    ) -> Result<()> {
        let name = change.name.as_str();
        let short = [HEADS, TAGS].iter().find_map(|prefix| name.strip_prefix(prefix));
        match (short, there) {
            (Some(short), _) => {
                name::check_ref_name(short).map_err(|why| Refusal::Invalid(why.to_string()))?
            }
            (None, Some(_)) if name.starts_with(PULLS) && change.to != Oid::ZERO => {}
            _ => {
                return Err(Refusal::Forbidden(
                    "branches and tags are pushed here, and refs/pr/N of a pull request that is there".into(),
                ));
            }
        }
        match there.is_some() && !name.starts_with(TAGS) {
            true => target_allowed(tx, grant, &Target::Ref(name.to_owned())).await?,
            false if !grant.may_write() => return Err(grant.no_write()),
            false => {}
        }
        if name == MAIN && change.to == Oid::ZERO {
            return Err(Refusal::Forbidden("the default branch stays".into()));
        }
        match there.unwrap_or(Oid::ZERO) == change.from {
            true => Ok(()),
            false => Err(Refusal::Conflict("it was changed by somebody else meanwhile; fetch first".into())),
        }
    }

    /// The commit that a ref is to lead to: whatever leads to none is refused.
    fn commit_of(&self, change: &Command) -> Result<Oid> {
        match self.leads.get(&change.to) {
            None => Err(Refusal::Invalid(format!("{} leads to no commit that is here", change.to))),
            Some(commit) if *commit == change.to || change.name.starts_with(TAGS) => Ok(*commit),
            Some(_) => Err(Refusal::Invalid("a branch leads to a commit, not to a tag".into())),
        }
    }

    /// What an annotated tag is on.
    async fn tag(&self, oid: &Oid) -> Result<Option<Oid>> {
        if let Some(target) = self.taken.tags.get(oid) {
            return Ok(Some(*target));
        }
        let (packs, oid) = (self.objects.packs.clone(), *oid);
        let read = Offload::run(move || match packs.about(&oid) {
            Ok((Kind::Tag, _)) => packs.read(&oid).map(Some),
            Ok(_) | Err(ReadError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        });
        let Some(tag) = read.await?.map_err(GitError::from)? else { return Ok(None) };
        let tag = check_tag(&tag.data).map_err(|why| Refusal::Broken(anyhow::anyhow!("tag {oid}: {why}")))?;
        Ok(Some(tag.target))
    }

    /// What follows from a change: as of every other commit.
    async fn follow(
        &self,
        tx: &mut Tx,
        grant: &Grant<Propose>,
        (name, before, after): (&str, Option<Oid>, Option<Oid>),
    ) -> Result<()> {
        let repo = grant.repo();
        moved(self.commons, tx, repo, grant.actor(), (name, before.as_ref(), after.as_ref())).await?;
        match name == MAIN {
            true => record_card(self.commons, tx, grant, self.card.clone()).await,
            false => jobs::branched(self.commons, tx, &repo.id, repo.kind).await,
        }
    }
}
