//! Compressed pages, of which as much is unpacked as is wanted and there.

use std::borrow::Cow;
use std::io::Read;

use super::snappy;
use crate::Unreadable;
use crate::limits::ZSTD_WINDOW_BYTES_MAX;

/// Compressed bytes.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether they are all of the page.
    pub(super) whole: bool,
    /// Bytes that the whole page unpacks to, as its header says.
    pub(super) raw: usize,
}

/// Unpacked bytes.
pub(super) struct Unpacked<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether they are all of the page.
    pub(super) whole: bool,
}

/// Unpacks at most `room` bytes from the page's beginning. Room is made as bytes come out, never by what the page says.
pub(super) fn unpack(codec: i64, packed: Packed<'_>, room: usize) -> Result<Unpacked<'_>, Unreadable> {
    let Packed { bytes, whole, raw } = packed;
    let wanted = raw.min(room);
    let out = match codec {
        0 => Cow::Borrowed(&bytes[..bytes.len().min(raw)]),
        1 => Cow::Owned(snappy::prefix(bytes, wanted)?),
        2 => Cow::Owned(stream(flate2::read::MultiGzDecoder::new(bytes), wanted)),
        6 => {
            let max = ZSTD_WINDOW_BYTES_MAX;
            let reader = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(bytes, max);
            let reader =
                reader.map_err(|_| Unreadable::broken("a page is no Zstandard that is read here"))?;
            Cow::Owned(stream(reader, wanted))
        }
        7 if whole && raw <= room => Cow::Owned(lz4(bytes, raw)?),
        7 => return Err(Unreadable::Unknown("an LZ4 page of this size".into())),
        4 => return Err(Unreadable::Unknown("Brotli compression".into())),
        codec => return Err(Unreadable::Unknown(format!("compression {codec}").into())),
    };
    // A page without values may be written as no bytes at all.
    let short = out.len() < wanted && !bytes.is_empty();
    let long = codec == 0 && bytes.len() > raw;
    if whole && (short || long) {
        return Err(Unreadable::broken("a page does not unpack to what it says"));
    }
    let whole = whole && out.len() == raw;
    Ok(Unpacked { bytes: out, whole })
}

/// What a decompressor yields before it fails: it does, where the page was cut.
fn stream(reader: impl Read, wanted: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // What came before an error stays in `out`; its length is checked.
    let _ = reader.take(wanted as u64).read_to_end(&mut out);
    out
}

/// `raw` is not more than there is room for.
fn lz4(bytes: &[u8], raw: usize) -> Result<Vec<u8>, Unreadable> {
    let mut out = vec![0; raw];
    match lz4_flex::block::decompress_into(bytes, &mut out) {
        Ok(got) => {
            out.truncate(got);
            Ok(out)
        }
        Err(_) => Err(Unreadable::broken("a page is no LZ4")),
    }
}
