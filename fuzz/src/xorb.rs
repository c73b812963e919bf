//! An uploaded xorb and its footer.

use seedcorn_content::xet::frame::{Decoder, FRAME_HEADER_BYTES, FrameHeader};
use seedcorn_content::xet::hash::{chunk_hash, xorb_hash};
use seedcorn_content::xet::xorb::{
    Builder, FOOTER_BYTES_MAX, Receiver, XorbError, XorbIndex, footer_bytes, footer_bytes_from_tail,
};
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits::{CHUNK_BYTES_MAX, XORB_CHUNKS_MAX};

use crate::pieces;

/// The bytes are a body as it is uploaded, and are also tried as a footer.
pub fn check(data: &[u8]) {
    let (whole, kept) = receive(&[data], &XetHash::ZERO);
    let named = match &whole {
        Err(XorbError::HashMismatch { got, .. }) => *got,
        Err(_) => XetHash::ZERO,
        Ok(_) => panic!("no chunks hash to zero"),
    };
    let (cut, kept_cut) = receive(&pieces(data), &named);
    assert_eq!(kept, kept_cut, "a body cut in pieces is passed on otherwise than a whole one");
    assert!(data.starts_with(&kept), "what is passed on is not what came in");
    match cut {
        Ok(index) => accepted(&index, data, &kept),
        Err(why) => assert_eq!(Err(why), whole, "a body cut in pieces is refused otherwise than a whole one"),
    }
    if let Ok(index) = XorbIndex::parse_footer(data) {
        footer(&index);
        index_is_sound(&index);
    }
}

fn receive(pieces: &[&[u8]], named: &XetHash) -> (Result<XorbIndex, XorbError>, Vec<u8>) {
    let (mut receiver, mut kept) = (Receiver::default(), Vec::new());
    for piece in pieces {
        if let Err(why) = receiver.feed(piece, &mut |frame| kept.extend_from_slice(frame)) {
            return (Err(why), kept);
        }
    }
    (receiver.finish(named), kept)
}

/// What a client may rely on when its xorb was taken.
fn accepted(index: &XorbIndex, data: &[u8], kept: &[u8]) {
    index_is_sound(index);
    footer(index);
    assert_eq!(kept.len(), index.packed_bytes() as usize);
    let dropped = &data[kept.len()..];
    assert!(dropped.is_empty() || dropped.starts_with(b"XETBLOB") && dropped.len() <= FOOTER_BYTES_MAX);

    let mut raw = Vec::new();
    Decoder::default().decode_run(kept, index.len(), &mut raw).unwrap();
    assert_eq!(raw.len(), index.raw_bytes() as usize);
    let (mut builder, mut built) = (Builder::default(), Vec::new());
    for place in 0..index.len() {
        let run = place..place + 1;
        let (packed, span) = (index.packed_range(&run).unwrap(), index.raw_range(&run).unwrap());
        let chunk = &raw[span.start as usize..span.end as usize];
        assert_eq!(chunk_hash(chunk), index.chunks[place as usize].hash);
        let mut alone = Vec::new();
        let frame = &kept[packed.start as usize..packed.end as usize];
        Decoder::default().decode_run(frame, 1, &mut alone).unwrap();
        assert_eq!(alone, chunk, "a chunk read alone differs from the chunk among others");
        let header = FrameHeader::parse(frame.first_chunk().unwrap()).unwrap();
        assert_eq!(header.render(), frame[..FRAME_HEADER_BYTES]);
        builder.push(chunk_hash(chunk), chunk, &mut built).unwrap();
    }
    rebuilt(index, &builder.finish().unwrap(), &built, &raw);
}

/// The same chunks packed by our own encoder: another body, the same xorb.
fn rebuilt(index: &XorbIndex, again: &XorbIndex, built: &[u8], raw: &[u8]) {
    assert_eq!(again.hash, index.hash);
    assert!(again.sized_chunks().eq(index.sized_chunks()));
    assert!(built.len() <= raw.len() + index.chunks.len() * FRAME_HEADER_BYTES);
    let (received, kept) = receive(&[built], &index.hash);
    assert_eq!((received.as_ref(), kept.as_slice()), (Ok(again), built));
    let mut unpacked = Vec::new();
    Decoder::default().decode_run(built, again.len(), &mut unpacked).unwrap();
    assert_eq!(unpacked, raw);
}

fn index_is_sound(index: &XorbIndex) {
    assert!((1..=XORB_CHUNKS_MAX).contains(&index.chunks.len()));
    let sized: Vec<(XetHash, u64)> = index.sized_chunks().map(|(hash, len)| (hash, len.into())).collect();
    assert!(sized.iter().all(|(_, len)| (1..=CHUNK_BYTES_MAX as u64).contains(len)));
    assert_eq!(xorb_hash(&sized), index.hash);
}

fn footer(index: &XorbIndex) {
    let mut bytes = Vec::new();
    index.render_footer(&mut bytes);
    assert_eq!(bytes.len(), footer_bytes(index.len()));
    assert_eq!(footer_bytes_from_tail(*bytes.last_chunk().unwrap()), Ok(bytes.len()));
    assert_eq!(XorbIndex::parse_footer(&bytes).as_ref(), Ok(index));
}
