//! Pictures, films and sounds in comments: kept in the depot, found by ids that nobody guesses.

use bytes::Bytes;
use seedcorn_content::Key;
use seedcorn_core::access::Actor;
use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::attachments::{self as rows, Attachment};
use seedcorn_db::{Tx, members};

use crate::{Commons, Refusal, Result, account, dice};

/// What can be attached: the media type, and bytes that such a file has at a place.
const KINDS: [(&str, usize, &[u8]); 11] = [
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/gif", 0, b"GIF8"),
    ("image/webp", 8, b"WEBP"),
    ("video/quicktime", 4, b"ftypqt"),
    ("video/mp4", 4, b"ftyp"),
    ("video/webm", 0, b"\x1a\x45\xdf\xa3"),
    ("audio/mpeg", 0, b"ID3"),
    ("audio/mpeg", 0, b"\xff\xfb"),
    ("audio/mpeg", 0, b"\xff\xf3"),
    ("audio/wav", 8, b"WAVE"),
];

/// Something that is attached.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Its media type, one of those that can be attached.
    pub media: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The media types that a file may have, by its bytes.
fn kinds(bytes: &[u8]) -> impl Iterator<Item = &'static str> + '_ {
    let is = |at: usize, mark: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(mark));
    KINDS.iter().filter(move |(_, at, mark)| is(*at, mark)).map(|(kind, ..)| *kind)
}

/// The media type of a file that can be attached, told by its bytes.
pub fn media_of(bytes: &[u8]) -> Option<&'static str> {
    kinds(bytes).next()
}

/// Keeps a file for a comment; tells its id.
///
/// # Errors
/// `Unprocessable` for other media types, and for bytes that are no such file; `TooLarge` for a file that is too long, or when a member sent
/// too much today.
pub async fn attach(commons: &Commons, actor: &Actor, media: &str, bytes: Bytes) -> Result<String> {
    account::check(actor)?;
    if bytes.len() as u64 > limits::ATTACHMENT_BYTES_MAX {
        let most = limits::ATTACHMENT_BYTES_MAX;
        return Err(Refusal::TooLarge(format!("what is attached to a comment has at most {most} bytes")));
    }
    match media_of(&bytes) {
        _ if kinds(&bytes).any(|kind| kind == media) => {}
        Some(kind) => {
            let text = format!("what is attached begins as {kind} does, and its Content-Type is {media:?}");
            return Err(Refusal::Unprocessable(text));
        }
        None => {
            let mut known: Vec<&str> = KINDS.iter().map(|(kind, ..)| *kind).collect();
            known.dedup();
            return Err(Refusal::Unprocessable(format!("what is attached is one of {}", known.join(", "))));
        }
    }
    let random: [u8; 16] = dice::bytes().map_err(Refusal::broken)?;
    let (id, now) = (format!("{:032x}", u128::from_be_bytes(random)), commons.now());
    let len = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    check_day(&mut commons.db.look().await?, actor, len, now).await?;
    let sha256 = Sha256::of(&bytes);
    commons.depot.put(&Key::Attachment(id.clone()), vec![bytes]).await?;
    let row = Attachment { id, media: media.to_owned(), bytes: len, sha256 };
    let mut tx = commons.db.write().await?;
    // Others of theirs may have come meanwhile. What has no row is swept up.
    members::lock(&mut tx, &actor.member).await?;
    check_day(&mut tx, actor, len, now).await?;
    rows::add(&mut tx, &row, &actor.member, now).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// Refuses what is too much for a day; the smallest files count for more than they have.
async fn check_day(tx: &mut Tx, actor: &Actor, len: i64, now: Time) -> Result<()> {
    let (most, least) = (limits::ATTACHMENTS_DAY_BYTES_MAX, limits::ATTACHMENT_BYTES_LEAST);
    let day = now.plus_secs(-24 * 3600);
    let sent = rows::bytes_since(tx, &actor.member, least, day).await?;
    match sent.saturating_add(len.max(least)) > most {
        true => Err(Refusal::TooLarge(format!("a member attaches at most {most} bytes in a day"))),
        false => Ok(()),
    }
}

/// What is attached under an id: whoever knows it may see it.
///
/// # Errors
/// `NotFound` if there is nothing.
pub async fn attachment(commons: &Commons, id: &str) -> Result<Attached> {
    let found = rows::find(&mut commons.db.look().await?, id).await?;
    let row = found.ok_or_else(|| Refusal::NotFound("nothing is attached under this id".into()))?;
    let bytes = commons.depot.get(&Key::Attachment(id.to_owned())).await?;
    Ok(Attached { media: row.media, bytes })
}
