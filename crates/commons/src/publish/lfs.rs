//! Receive, by LFS: a batch answers with sealed addresses, and the bytes sent there are taken apart into xorbs.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use seedcorn_content::xet::ingest::{Ingested, ingest};
use seedcorn_content::{Key, Written};
use seedcorn_core::digest::Sha256;
use seedcorn_core::id::{RepoId, TokenId};
use seedcorn_core::limits;
use seedcorn_db::uploads::{self, Upload};
use serde::{Deserialize, Serialize};

use super::pointers;
use crate::access::{Grant, Propose, Read, authorize_id};
use crate::identity::identify_id;
use crate::xet::Intake;
use crate::{Commons, Refusal, Result, dice};

/// An object of a batch.
#[derive(Clone, Debug)]
pub struct LfsObject {
    /// SHA-256 of the file.
    pub sha256: Sha256,
    /// Its length.
    pub bytes: u64,
}

/// The answer for one object.
#[derive(Debug)]
pub enum BatchAnswer {
    /// Here already, and the asker may use it.
    Present,
    /// To be sent as one body to this sealed address.
    Basic(String),
    /// To be sent in parts: bytes of each but the last, a sealed address for each, and one to say that all are sent.
    Multipart {
        /// Bytes of a part.
        part_bytes: u64,
        /// Where the parts go.
        parts: Vec<String>,
        /// Where the end is told.
        complete: String,
    },
    /// Cannot be: the status and why.
    Error(u16, String),
}

/// What a sealed LFS address allows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Transfer {
    /// The repo.
    r: String,
    /// The token that asked: revoked, it voids the address.
    t: String,
    /// SHA-256 of the file.
    o: String,
    /// Its length.
    n: u64,
    /// The multipart upload that this belongs to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    u: String,
    /// Which part; 0 is the end.
    #[serde(default)]
    p: u32,
}

/// Answers an upload batch; with `multipart` what is too long for one body is to come in parts.
pub async fn batch(
    commons: &Commons,
    grant: &Grant<Propose>,
    objects: &[LfsObject],
    multipart: bool,
) -> Result<Vec<BatchAnswer>> {
    answer(commons, grant, objects, multipart.then_some(commons.lfs_basic_bytes_max)).await
}

/// The same for a client that asks for parts alone: what is longer than one of them comes so, and can be resumed.
pub async fn batch_in_parts(
    commons: &Commons,
    grant: &Grant<Propose>,
    objects: &[LfsObject],
) -> Result<Vec<BatchAnswer>> {
    answer(commons, grant, objects, Some(commons.lfs_part_bytes)).await
}

async fn answer(
    commons: &Commons,
    grant: &Grant<Propose>,
    objects: &[LfsObject],
    whole_max: Option<u64>,
) -> Result<Vec<BatchAnswer>> {
    let sums: BTreeSet<Sha256> = objects.iter().map(|object| object.sha256).collect();
    let found = pointers::usable(&mut commons.db.read().await?, &sums, &grant.reader()).await?;
    let mut answers = Vec::with_capacity(objects.len());
    let mut parts_left = limits::LFS_BATCH_PARTS_MAX;
    let mut uploads = Vec::new();
    for object in objects {
        let present = found.get(&object.sha256).map(|file| file.bytes as u64 == object.bytes);
        answers.push(match present {
            Some(true) => BatchAnswer::Present,
            Some(false) => BatchAnswer::Error(422, "the size does not belong to this SHA-256".into()),
            None if object.bytes > limits::FILE_BYTES_MAX => {
                BatchAnswer::Error(422, format!("a file may have {} bytes", limits::FILE_BYTES_MAX))
            }
            None if whole_max.is_some_and(|max| object.bytes > max) => {
                let row = upload_row(commons, grant, object)?;
                let count = object.bytes.div_ceil(row.part_bytes as u64);
                match parts_left.checked_sub(count) {
                    Some(left) => {
                        parts_left = left;
                        let answer = multipart_answer(commons, grant, object, &row)?;
                        uploads.push(row);
                        answer
                    }
                    None => BatchAnswer::Error(422, "too many large files at once; ask for fewer".into()),
                }
            }
            None => BatchAnswer::Basic(commons.seal(grant, object, "", 0)?),
        });
    }
    if !uploads.is_empty() {
        let mut tx = commons.db.write().await?;
        for row in &uploads {
            uploads::add(&mut tx, row, commons.now()).await?;
        }
        tx.commit().await?;
    }
    Ok(answers)
}

impl Commons {
    fn seal(&self, grant: &Grant<Propose>, object: &LfsObject, upload: &str, part: u32) -> Result<String> {
        let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
        let transfer = Transfer {
            r: grant.repo().id.0.clone(),
            t: actor.token.0.clone(),
            o: object.sha256.to_string(),
            n: object.bytes,
            u: upload.to_owned(),
            p: part,
        };
        // Large uploads may wait their turn for long.
        let until = self.now().plus_secs(limits::SIGNED_URL_SECS * 6);
        Ok(self.seals.lfs.close(&transfer, until))
    }
}

/// A multipart upload that is about to begin. Parts of very large files are larger, so that there are never many.
fn upload_row(commons: &Commons, grant: &Grant<Propose>, object: &LfsObject) -> Result<Upload> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
    let part_bytes = commons.lfs_part_bytes.max(object.bytes.div_ceil(limits::LFS_PARTS_MAX));
    Ok(Upload {
        id: dice::id(),
        repo: grant.repo().id.clone(),
        member: actor.member.clone(),
        sha256: object.sha256,
        bytes: object.bytes as i64,
        part_bytes: part_bytes as i64,
    })
}

fn multipart_answer(
    commons: &Commons,
    grant: &Grant<Propose>,
    object: &LfsObject,
    row: &Upload,
) -> Result<BatchAnswer> {
    let part_bytes = row.part_bytes as u64;
    let count = u32::try_from(object.bytes.div_ceil(part_bytes)).map_err(Refusal::broken)?;
    let parts = (1..=count).map(|n| commons.seal(grant, object, &row.id, n)).collect::<Result<_>>()?;
    let complete = commons.seal(grant, object, &row.id, 0)?;
    Ok(BatchAnswer::Multipart { part_bytes, parts, complete })
}

/// A sealed address that was opened: what it allows, and the grant behind it, asked for anew.
#[derive(Debug)]
pub struct OpenTransfer {
    grant: Grant<Propose>,
    transfer: Transfer,
    sha256: Sha256,
}

impl OpenTransfer {
    /// The part that the address is for; `None` for a whole upload or the end of one.
    pub fn part(&self) -> Option<u32> {
        (self.transfer.p > 0).then_some(self.transfer.p)
    }

    /// SHA-256 of the whole file.
    pub fn sha256(&self) -> &Sha256 {
        &self.sha256
    }

    /// The multipart upload that it belongs to; empty if it is none.
    pub(super) fn upload(&self) -> &str {
        &self.transfer.u
    }

    /// Bytes of the whole file.
    pub fn bytes(&self) -> u64 {
        self.transfer.n
    }
}

/// Opens a sealed LFS address.
///
/// # Errors
/// `BadSeal` when forged or expired, `BadToken` when the token behind it was revoked.
pub async fn open_transfer(commons: &Commons, sealed: &str) -> Result<OpenTransfer> {
    let opened = commons.seals.lfs.open::<Transfer>(sealed, commons.now());
    let transfer = opened.map_err(|why| Refusal::BadSeal(why.to_string()))?;
    let actor = identify_id(&commons.db, &TokenId(transfer.t.clone()), commons.now()).await?;
    let grant = authorize_id(commons, Some(&actor), &RepoId(transfer.r.clone())).await?;
    let sha256 =
        transfer.o.parse().map_err(|_| Refusal::BadSeal("this address was not made by this hub".into()))?;
    Ok(OpenTransfer { grant, transfer, sha256 })
}

/// Receives a whole file. There is no such file unless length and SHA-256 are those that were announced.
pub async fn receive_basic<S, E>(commons: &Commons, open: &OpenTransfer, body: S) -> Result<()>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let intake = Intake::new(commons, &open.grant);
    let ingested = ingest(&commons.xorbs, &intake, body, open.transfer.n).await?;
    check(open, &ingested)?;
    intake.finish(ingested).await
}

fn check(open: &OpenTransfer, ingested: &Ingested) -> Result<()> {
    if ingested.bytes != open.transfer.n {
        let (got, want) = (ingested.bytes, open.transfer.n);
        return Err(Refusal::Unprocessable(format!(
            "{got} bytes came, {want} were announced; nothing was kept"
        )));
    }
    if ingested.sha256 != open.sha256 {
        let (got, want) = (ingested.sha256, open.sha256);
        return Err(Refusal::Unprocessable(format!("the bytes hash to {got}, not {want}; nothing was kept")));
    }
    Ok(())
}

/// Receives one part of a multipart upload; returns its etag.
pub async fn receive_part<S, E>(commons: &Commons, open: &OpenTransfer, body: S) -> Result<String>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let (upload, n) = (&open.transfer.u, open.transfer.p);
    let row = uploads::find(&mut commons.db.read().await?, upload).await?;
    let row = row.ok_or_else(over)?;
    let before = u64::from(n - 1) * row.part_bytes as u64;
    let expected = (row.bytes as u64).saturating_sub(before).min(row.part_bytes as u64);
    let key = Key::Part(upload.clone(), n);
    let mut writer = commons.depot.writer(&key);
    let mut hasher = blake3::Hasher::new();
    let mut body = std::pin::pin!(body);
    while let Some(piece) = body.next().await {
        let piece = match piece {
            Ok(piece) if writer.bytes() + piece.len() as u64 <= expected => piece,
            Ok(_) => {
                writer.abort().await;
                return Err(Refusal::Invalid(format!("part {n} has more than {expected} bytes")));
            }
            Err(error) => {
                writer.abort().await;
                return Err(Refusal::Invalid(format!("the body ended early: {error}")));
            }
        };
        hasher.update(&piece);
        writer.write(&piece).await?;
    }
    if writer.bytes() != expected {
        let got = writer.bytes();
        writer.abort().await;
        return Err(Refusal::Invalid(format!("part {n} has {got} bytes, {expected} were announced")));
    }
    match writer.finish(0).await? {
        Written::Stored | Written::Small(_) => {}
    }
    let etag = format!("\"{}\"", &hasher.finalize().to_hex()[..32]);
    let mut tx = commons.db.write().await?;
    let known = uploads::put_part(&mut tx, upload, i64::from(n), expected as i64, &etag).await?;
    tx.commit().await?;
    if !known {
        // It ended while this part was on its way, and nothing else will remove the part.
        commons.depot.delete(&key).await?;
        return Err(over());
    }
    Ok(etag)
}

fn over() -> Refusal {
    Refusal::NotFound("this upload is finished or unknown".into())
}

/// The end of an upload: puts the parts together. `etags` are those that the sender got, by part number. Told again,
/// because the first answer was lost or is still awaited, it is as good as the first time.
pub async fn complete_multipart(
    commons: &Commons,
    open: &OpenTransfer,
    etags: &BTreeMap<u32, String>,
) -> Result<()> {
    if open.transfer.u.is_empty() {
        return Err(over());
    }
    if !is_here(commons, open).await?
        && let Err(why) = put_together(commons, open, etags).await
        // Another who was told the end may have been faster, and taken the parts away.
        && !is_here(commons, open).await?
    {
        return Err(why);
    }
    forget_parts(commons, &open.transfer.u).await
}

/// Whether the file that the sealed address is for has come already, and its sender may use it.
async fn is_here(commons: &Commons, open: &OpenTransfer) -> Result<bool> {
    let object = LfsObject { sha256: open.sha256, bytes: open.transfer.n };
    match verify(commons, &open.grant, &object).await {
        Ok(()) => Ok(true),
        Err(Refusal::NotFound(_) | Refusal::Unprocessable(_)) => Ok(false),
        Err(why) => Err(why),
    }
}

async fn put_together(commons: &Commons, open: &OpenTransfer, etags: &BTreeMap<u32, String>) -> Result<()> {
    let upload = &open.transfer.u;
    let mut tx = commons.db.read().await?;
    let row = uploads::find(&mut tx, upload).await?;
    let row = row.ok_or_else(over)?;
    let stored = uploads::parts(&mut tx, upload).await?;
    drop(tx);
    let count = (row.bytes as u64).div_ceil(row.part_bytes as u64);
    let mut parts = Vec::new();
    for n in 1..=u32::try_from(count).unwrap_or(u32::MAX) {
        let part = stored.iter().find(|(at, ..)| *at == i64::from(n));
        let (_, bytes, etag) = part.ok_or_else(|| Refusal::Invalid(format!("part {n} was not received")))?;
        if etags.get(&n).is_some_and(|given| given.trim_matches('"') != etag.trim_matches('"')) {
            return Err(Refusal::Invalid(format!("part {n} has another etag than the one given")));
        }
        parts.push((Key::Part(upload.clone(), n), *bytes as u64));
    }
    let depot = commons.depot.clone();
    let streams = futures_util::stream::iter(parts)
        .then(move |(key, bytes)| depot.stream(&key, 0..bytes))
        .try_flatten()
        .boxed();
    receive_basic(commons, open, streams).await
}

/// The rows go last: until then a sweep finds the parts.
async fn forget_parts(commons: &Commons, upload: &str) -> Result<()> {
    let stored = uploads::parts(&mut commons.db.read().await?, upload).await?;
    for (n, ..) in stored {
        let n = u32::try_from(n).map_err(Refusal::broken)?;
        commons.depot.delete(&Key::Part(upload.to_owned(), n)).await?;
    }
    let mut tx = commons.db.write().await?;
    uploads::delete(&mut tx, upload).await?;
    Ok(tx.commit().await?)
}

/// Whether an object is here and the asker may use it.
pub async fn verify(commons: &Commons, grant: &Grant<Propose>, object: &LfsObject) -> Result<()> {
    let sums = BTreeSet::from([object.sha256]);
    let found = pointers::usable(&mut commons.db.read().await?, &sums, &grant.reader()).await?;
    match found.get(&object.sha256) {
        Some(file) if file.bytes as u64 == object.bytes => Ok(()),
        Some(_) => Err(Refusal::Unprocessable("the size does not belong to this SHA-256".into())),
        None => Err(Refusal::NotFound("the object was not received".into())),
    }
}

/// Which of these objects a reader of the repo may download: those that the repo's commits name.
pub async fn downloadable(
    commons: &Commons,
    grant: &Grant<Read>,
    sums: &[Sha256],
) -> Result<BTreeMap<Sha256, u64>> {
    let mut tx = commons.db.read().await?;
    let files = seedcorn_db::files::repo_files_by_sha256(&mut tx, &grant.repo().id, sums).await?;
    drop(tx);
    let mut all = BTreeMap::new();
    for file in files {
        // One that is held back is not there; the others are.
        match crate::scan::may_give(commons, grant, &file.sha256.to_string(), None).await {
            Ok(()) => drop(all.insert(file.sha256, file.bytes as u64)),
            Err(Refusal::Forbidden(_)) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(all)
}
