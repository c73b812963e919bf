//! Every xorb of the store: its object, its footer, and with `deep` each of its chunks.

use futures_util::{StreamExt, stream};
use seedcorn_content::xet::store::{Rest, XetError, XorbSource};
use seedcorn_content::xet::xorb::{Receiver, XorbIndex, footer_bytes};
use seedcorn_content::{Key, Offload};
use seedcorn_core::limits;
use seedcorn_db::files::{self, Xorb};

use super::packs::stored_bytes;
use super::unsound::{Unsound, settle};
use super::{Finding, Ledger, PAGE};
use crate::{Commons, Result};

/// Xorbs in hand at once: reading one waits while another is hashed.
const AT_ONCE: usize = 4;
/// Bytes read and decoded in one go.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// Checks all xorbs.
pub(super) async fn check(commons: &Commons, deep: bool, ledger: &mut Ledger<'_>) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = files::list_xorbs(&mut commons.db.read().await?, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.hash.to_string();
        let mut checked = stream::iter(page)
            .map(|row| async move { (look(commons, deep, &row).await, row) })
            .buffered(AT_ONCE);
        while let Some((looked, row)) = checked.next().await {
            ledger.summary.xorbs += 1;
            match settle(looked)? {
                Ok(bytes) => ledger.summary.bytes += bytes,
                Err(why) => ledger.add(finding(commons, &row, &why).await?),
            }
        }
    }
}

async fn finding(commons: &Commons, row: &Xorb, why: &str) -> Result<Finding> {
    let users = files::count_files_with_xorb(&mut commons.db.read().await?, &row.hash).await?;
    let place = match &row.place {
        None => "the database".to_owned(),
        Some(place) => Key::Xorb(row.hash, place.clone()).path(),
    };
    Ok(Finding::new(
        format!("xorb {}: {why}", row.hash),
        format!("files with chunks in it: {users}; pulling them, or ranges of them, fails or is cut short"),
        format!("restore {place} from a backup"),
    ))
}

/// Bytes of the stored body, if it is sound.
async fn look(commons: &Commons, deep: bool, row: &Xorb) -> Result<u64, Unsound> {
    let chunks = u32::try_from(row.chunks).ok();
    let chunks = chunks.filter(|&chunks| (1..=limits::XORB_CHUNKS_MAX as u32).contains(&chunks));
    let packed = u32::try_from(row.packed_bytes).ok();
    let packed = packed.filter(|&bytes| u64::from(bytes) <= limits::XORB_BODY_BYTES_MAX);
    let (Some(chunks), Some(packed_bytes)) = (chunks, packed) else {
        return Err(Unsound::bad("its row gives it a number of chunks or bytes that no xorb has"));
    };
    let frames_end = u64::from(packed_bytes);
    let end = frames_end + footer_bytes(chunks) as u64;
    let rest = match &row.place {
        Some(place) => Rest::Depot(place.clone()),
        None => {
            let body = files::load_xorb(&mut commons.db.read().await?, &row.hash).await?;
            Rest::Row(body.ok_or_else(|| Unsound::bad("its row has neither bytes nor a place"))?.into())
        }
    };
    let there = match &rest {
        Rest::Row(body) => body.len() as u64,
        Rest::Depot(place) => stored_bytes(commons, &Key::Xorb(row.hash, place.clone())).await?,
    };
    if there != end {
        return Err(Unsound::Bad(format!("it has {there} bytes stored, frames and footer make {end}")));
    }
    let source = XorbSource { hash: row.hash, chunks, packed_bytes, rest };
    let index = footer(commons, &source, frames_end..end).await?;
    if index.hash != row.hash {
        return Err(Unsound::Bad(format!("its footer is that of xorb {}", index.hash)));
    }
    let numbers = (i64::from(index.len()), i64::from(index.packed_bytes()), i64::from(index.raw_bytes()));
    if numbers != (row.chunks, row.packed_bytes, row.raw_bytes) {
        return Err(Unsound::bad("its footer and its row disagree about its chunks or bytes"));
    }
    if deep {
        chunk_by_chunk(commons, &source, &index).await?;
    }
    Ok(end)
}

async fn footer(
    commons: &Commons,
    source: &XorbSource,
    range: std::ops::Range<u64>,
) -> Result<XorbIndex, Unsound> {
    let tail = match commons.xorbs.body(source, range).await {
        Ok(tail) => tail,
        Err(error) => return Err(Unsound::xet(commons, error).await),
    };
    Offload::run(move || XorbIndex::parse_footer(&tail)).await?.map_err(Unsound::bad)
}

/// Decodes and hashes every chunk, as if the xorb were uploaded again.
async fn chunk_by_chunk(commons: &Commons, source: &XorbSource, footer: &XorbIndex) -> Result<(), Unsound> {
    let mut receiver = Receiver::default();
    let (mut at, end) = (0, u64::from(source.packed_bytes));
    while at < end {
        let past = end.min(at + PIECE_BYTES);
        let piece = match commons.xorbs.body(source, at..past).await {
            Ok(piece) => piece,
            Err(error) => return Err(Unsound::xet(commons, error).await),
        };
        receiver = Offload::run(move || receiver.feed(&piece, &mut |_| {}).map(|()| receiver))
            .await?
            .map_err(Unsound::bad)?;
        at = past;
    }
    let made = receiver.finish(&source.hash).map_err(XetError::from).map_err(Unsound::bad)?;
    if made == *footer {
        Ok(())
    } else {
        Err(Unsound::bad("its footer tells other ends than its frames have"))
    }
}
