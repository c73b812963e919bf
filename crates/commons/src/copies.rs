//! Files of one repo made usable in another, and whole repos duplicated: nothing is sent, and large files are not copied.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::Actor;
use seedcorn_core::digest::{Oid, Sha256, XetHash};
use seedcorn_core::limits;
use seedcorn_db::{files, repos};
use seedcorn_wire::git::push::Command;

use crate::access::{Grant, Propose, Read, authorize};
use crate::discuss::PULLS;
use crate::git::{self, Asked, Spool};
use crate::repo::{self, Created, NewRepo};
use crate::{Commons, Refusal, Result};

/// Files that one request makes usable elsewhere.
const FILES_MAX: usize = limits::COPIED_FILES_MAX;
/// Bytes of a pack that are made at once.
const PIECE: usize = 256 << 10;

/// Lets whoever asks commit large files of a repo that they may read to another. Tells which were not found there, and why.
///
/// # Errors
/// `TooLarge` for too many at once.
pub async fn lend(
    commons: &Commons,
    source: &Grant<Read>,
    target: &Grant<Propose>,
    sums: &[Sha256],
) -> Result<Vec<(Sha256, &'static str)>> {
    if sums.len() > FILES_MAX {
        return Err(Refusal::TooLarge(format!("at most {FILES_MAX} files are copied at once")));
    }
    let now = commons.now();
    let mut tx = commons.db.write().await?;
    let (source, target) = (source.confirm(&mut tx, now).await?, target.confirm(&mut tx, now).await?);
    let actor = target.actor().ok_or_else(|| Refusal::Unsigned("sign in to copy files".into()))?;
    let found = files::repo_files_by_sha256(&mut tx, &source.repo().id, sums).await?;
    let found: BTreeMap<Sha256, XetHash> = found.into_iter().map(|file| (file.sha256, file.hash)).collect();
    // In one order, as everybody writes them.
    let hashes: BTreeSet<XetHash> = found.values().copied().collect();
    for hash in hashes {
        files::put_sent(&mut tx, &target.repo().id, &hash, &actor.member, now).await?;
    }
    tx.commit().await?;
    let missing = sums.iter().filter(|sum| !found.contains_key(sum));
    Ok(missing.map(|sum| (*sum, "the repo that it is copied from has no such file")).collect())
}

/// Makes a repo with the branches, tags and files of another that whoever asks may read. Pull requests stay behind.
///
/// # Errors
/// Those of making a repo, and of pushing to it; then there is no new repo.
pub async fn duplicate(
    commons: &Commons,
    actor: &Actor,
    source: &Grant<Read>,
    new: NewRepo,
) -> Result<Created> {
    let row = source.repo();
    let hidden = row.private || !row.gated.is_empty();
    // What not everybody may read is not shown to everybody by leaving something out.
    let private = new.private.or(hidden.then_some(true));
    let new = NewRepo { kind: row.kind, sdk: row.sdk.clone(), private, ..new };
    let made = match repo::create(commons, actor, new).await? {
        Created::New(made) => made,
        exists @ Created::Exists(..) => return Ok(exists),
    };
    let target: Grant<Propose> = authorize(commons, Some(actor), made.kind, &made.full_name()).await?;
    if let Err(refusal) = fill(commons, source, &target).await {
        let target = authorize(commons, Some(actor), made.kind, &made.full_name()).await?;
        repo::delete(commons, &target).await?;
        return Err(refusal);
    }
    let made = repos::find_by_id(&mut commons.db.look().await?, &made.id).await?.ok_or(Refusal::Unseen)?;
    Ok(Created::New(made))
}

/// Pushes all branches and tags of a repo to one that was just made.
async fn fill(commons: &Commons, source: &Grant<Read>, target: &Grant<Propose>) -> Result<()> {
    lend_all(commons, source, target).await?;
    let named = git::named(commons, source).await?;
    let named = named.into_iter().filter(|one| !one.name.starts_with(PULLS));
    let first: BTreeMap<String, Oid> =
        git::named(commons, &lower(target)?).await?.into_iter().map(|one| (one.name, one.object)).collect();
    let changes: Vec<Command> = named
        .map(|one| Command {
            from: first.get(&one.name).copied().unwrap_or(Oid::ZERO),
            to: one.object,
            name: one.name,
        })
        .collect();
    let wants = changes.iter().map(|change| change.to).collect();
    let asked = Asked { wants, ofs_delta: true, ..Asked::default() };
    let found = git::find(commons, source, &asked).await?;
    let mut sending = git::send(commons, source, found).await?;
    let mut spool = Spool::new(commons)?;
    loop {
        let (rest, piece) = git::next_piece(sending, PIECE).await?;
        sending = rest;
        match piece {
            Some(piece) => spool.add(&piece).await?,
            None => break,
        }
    }
    let told = git::push(commons, target, &changes, true, spool.finish().await?).await?;
    let refused = changes.iter().zip(told).find_map(|(change, why)| Some((change.name.clone(), why?)));
    match refused {
        Some((name, why)) => Err(Refusal::Conflict(format!("{name}: {why}"))),
        None => Ok(()),
    }
}

fn lower(target: &Grant<Propose>) -> Result<Grant<Read>> {
    target.lower().ok_or(Refusal::Unseen)
}

/// Lends all large files of a repo, where they could not be named without that.
async fn lend_all(commons: &Commons, source: &Grant<Read>, target: &Grant<Propose>) -> Result<()> {
    if !source.repo().private && source.repo().gated.is_empty() {
        return Ok(());
    }
    let most = i64::try_from(limits::DUPLICATED_FILES_MAX + 1).unwrap_or(i64::MAX);
    let all = files::repo_files(&mut commons.db.read().await?, &source.repo().id, most).await?;
    if all.len() > limits::DUPLICATED_FILES_MAX {
        let most = limits::DUPLICATED_FILES_MAX;
        return Err(Refusal::TooLarge(format!("a repo with more than {most} large files is not duplicated")));
    }
    let sums: Vec<Sha256> = all.into_iter().map(|file| file.sha256).collect();
    for page in sums.chunks(FILES_MAX) {
        lend(commons, source, target, page).await?;
    }
    Ok(())
}
