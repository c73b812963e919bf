//! Witnesses, both ways: whoever sees this log is asked to say so before a checkpoint is shown, and this hub says so of the logs of
//! others that it was told to look at.

use std::collections::BTreeMap;

use seedcorn_core::digest::Sha256;
use seedcorn_core::log::{
    AddCheckpoint, Checkpoint, Hash, Quorum, Tiles, Turned, consistency_ranges, cosign, cosigned_by,
};
use seedcorn_core::note::{Note, VerifierKey};
use seedcorn_db::log::{self as rows, Seen, Signed};

use super::keep::{Place, fetch};
use crate::{Commons, Refusal, Result};

/// What one witness is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ask {
    /// What the policy calls it.
    pub witness: String,
    /// Where it is asked: `…/add-checkpoint`.
    pub url: String,
    /// What it is sent.
    pub body: String,
    /// The size of the checkpoint.
    pub size: i64,
}

/// What a witness answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The status of HTTP.
    pub status: u16,
    /// The media type.
    pub media: String,
    /// The text.
    pub text: String,
}

/// Whether a witness said that it saw a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Word {
    /// It did.
    Saw,
    /// It saw another size last: it is asked again from there.
    Behind(u64),
    /// It did not, and says why: a text.
    Refused(String),
}

/// What witnesses are to be asked of the last checkpoint that is not shown yet, and of a shown one that some have not seen; nothing where
/// none are known.
pub async fn asks(commons: &Commons) -> Result<Vec<Ask>> {
    let policy = &commons.log.policy;
    if policy.witnesses.is_empty() {
        return Ok(Vec::new());
    }
    let Some(signed) = rows::last_signed(&mut commons.db.look().await?).await? else { return Ok(Vec::new()) };
    let seen = policy.seen(&note_of(&signed)?);
    let mut all = Vec::new();
    for one in policy.witnesses.iter().filter(|one| !seen.seen.contains_key(&one.name)) {
        let Some(url) = &one.url else { continue };
        let old = commons.log.witnessed.lock().await.get(&one.name).copied().unwrap_or_default();
        let body = request(commons, &signed, old).await?;
        let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
        all.push(Ask { witness: one.name.clone(), url, body, size: signed.size });
    }
    Ok(all)
}

/// Whether anybody is to be asked.
pub fn has_witnesses(commons: &Commons) -> bool {
    !commons.log.policy.witnesses.is_empty()
}

fn note_of(signed: &Signed) -> Result<Note> {
    format!("{}{}", signed.note, signed.cosigned).parse().map_err(Refusal::broken)
}

/// What a witness is sent that saw so many entries last.
async fn request(commons: &Commons, signed: &Signed, old: u64) -> Result<String> {
    let size = u64::try_from(signed.size).map_err(Refusal::broken)?;
    let ranges = consistency_ranges(old, size);
    let mut tiles = Tiles::of(size);
    for tile in tiles.wanted(&ranges) {
        fetch(commons, &Place::Own, &mut tiles, tile).await?;
    }
    let proof = tiles.proof(&ranges).unwrap_or_default();
    Ok(AddCheckpoint { old, proof, checkpoint: signed.note.clone() }.text())
}

/// Takes what a witness answered, and shows the checkpoint once enough of them saw it.
pub async fn take(commons: &Commons, ask: &Ask, answer: &Answered) -> Result<Word> {
    let size = u64::try_from(ask.size).map_err(Refusal::broken)?;
    let refused = |why: &str| Word::Refused(format!("status {}: {}", answer.status, why.trim()));
    match answer.status {
        200 => {}
        409 if answer.media == "text/x.tlog.size" => {
            let Ok(told) = answer.text.trim().parse::<u64>() else { return Ok(refused(&answer.text)) };
            let state = rows::state(&mut commons.db.look().await?).await?;
            let numbered = state.and_then(|state| u64::try_from(state.numbered).ok()).unwrap_or_default();
            if numbered < told {
                // A number that nobody signed stops nothing: without this one's word the checkpoint is not shown, if it is wanted.
                let why = format!(
                    "the witness {} says that it saw {told} entries, and this log has {numbered}: either it is wrong, or an earlier \
                     state of this log was restored; then restore a newer backup of database and depot",
                    ask.witness
                );
                tracing::error!(why, "a witness saw more of the transparency log than there is");
                return Ok(Word::Refused(why));
            }
            if told > size {
                // There are newer checkpoints of which it is to be asked.
                return Ok(refused("it saw a newer checkpoint"));
            }
            commons.log.witnessed.lock().await.insert(ask.witness.clone(), told);
            return Ok(Word::Behind(told));
        }
        _ => return Ok(refused(&answer.text)),
    }
    let policy = &commons.log.policy;
    let key = policy.witnesses.iter().find(|one| one.name == ask.witness).map(|one| &one.key);
    let signed = rows::signed(&mut commons.db.look().await?, ask.size).await?;
    let Some(signed) = signed else { return Ok(refused("it is gone")) };
    let Some(line) = key.and_then(|key| cosigned_by(key, &signed.note, &answer.text)) else {
        return Ok(refused("its signature does not hold"));
    };
    let mut tx = commons.db.write().await?;
    rows::lock(&mut tx).await?;
    // Others may have seen it meanwhile: their lines stay.
    let Some(signed) = rows::signed(&mut tx, ask.size).await? else { return Ok(refused("it is gone")) };
    if !signed.cosigned.contains(&line) {
        rows::set_cosigned(&mut tx, ask.size, &format!("{}{line}", signed.cosigned)).await?;
    }
    let signed = rows::signed(&mut tx, ask.size).await?.unwrap_or(signed);
    if policy.is_met(&policy.seen(&note_of(&signed)?)) {
        rows::publish(&mut tx, ask.size).await?;
    }
    tx.commit().await?;
    commons.log.witnessed.lock().await.insert(ask.witness.clone(), size);
    Ok(Word::Saw)
}

/// Who saw the checkpoint that is shown.
pub async fn quorum(commons: &Commons) -> Result<Quorum> {
    let mut tx = commons.db.look().await?;
    let published = rows::state(&mut tx).await?.map_or(0, |state| state.published);
    quorum_of(commons, rows::signed(&mut tx, published).await?.as_ref())
}

/// Who saw a checkpoint.
pub(super) fn quorum_of(commons: &Commons, signed: Option<&Signed>) -> Result<Quorum> {
    match signed {
        Some(signed) => Ok(commons.log.policy.seen(&note_of(signed)?)),
        None => Ok(Quorum { seen: BTreeMap::new(), of: commons.log.policy.witnesses.len() }),
    }
}

/// The key by which this hub says that it saw logs of others.
pub fn witness_key(commons: &Commons) -> VerifierKey {
    commons.log.witness.verifier()
}

/// Whether a log of others goes on from what this hub saw of it: the line that says so.
///
/// # Errors
/// What is this hub's to mend. That it does not is no error.
pub async fn add_checkpoint(commons: &Commons, body: &str) -> Result<std::result::Result<String, Turned>> {
    let asked = match AddCheckpoint::read(body) {
        Ok(asked) => asked,
        Err(turned) => return Ok(Err(turned)),
    };
    let (note, origin) = match asked.checkpoint() {
        Ok((note, checkpoint)) => (note, checkpoint.origin),
        Err(turned) => return Ok(Err(turned)),
    };
    let before = rows::seen(&mut commons.db.look().await?, &origin).await?;
    let (size, root) = match &before {
        None => (0, Hash::empty()),
        Some(seen) => {
            let size = u64::try_from(seen.size).map_err(Refusal::broken)?;
            (size, seen.root.parse().map_err(Refusal::broken)?)
        }
    };
    let cosigned = match asked.decide(&commons.log.watched, (size, root)) {
        Ok(cosigned) => cosigned,
        Err(turned) => {
            if matches!(turned, Turned::Forked(_) | Turned::Inconsistent(_)) {
                tracing::error!(origin, "a log of others does not go on from what was seen of it: {turned}");
            }
            return Ok(Err(turned));
        }
    };
    let now = commons.now();
    let time = u64::try_from(now.secs()).unwrap_or_default();
    let line = cosign(&commons.log.witness, &cosigned, time).map_err(Refusal::broken)?;
    let Checkpoint { size: new, root: new_root, .. } = cosigned.checkpoint;
    // What strangers wrote beside the log's own signature is not repeated.
    let own = note.only(commons.log.watched.iter().filter(|key| key.name() == origin));
    let seen = Seen {
        origin,
        size: i64::try_from(new).map_err(Refusal::broken)?,
        root: new_root.to_string(),
        note: format!("{own}{line}"),
        at: now,
    };
    // Strangers may ask: what they send is checked before others wait for it. What is kept is what was compared, as another request
    // may have been faster.
    let mut tx = commons.db.write().await?;
    let kept =
        rows::see(&mut tx, (i64::try_from(size).map_err(Refusal::broken)?, &root.to_string()), &seen).await?;
    if !kept {
        drop(tx);
        let there =
            rows::seen(&mut commons.db.look().await?, &seen.origin).await?.map_or(0, |seen| seen.size);
        return Ok(Err(Turned::Another(u64::try_from(there).unwrap_or_default())));
    }
    tx.commit().await?;
    Ok(Ok(line))
}

/// The checkpoint of a log of others that this hub saw last, by the SHA-256 of what names the log.
///
/// # Errors
/// `NotFound` for one that it never saw.
pub async fn seen(commons: &Commons, origin_hash: &str) -> Result<String> {
    let unseen = || Refusal::NotFound("no such log was seen here".into());
    // It sees no others than those that it watches.
    let mut watched = commons.log.watched.iter().map(VerifierKey::name);
    let origin = watched.find(|name| Sha256::of(name).to_string() == origin_hash).ok_or_else(unseen)?;
    let found = rows::seen(&mut commons.db.look().await?, origin).await?;
    found.map(|seen| seen.note).ok_or_else(unseen)
}
