//! One packed chunk, its LZ4 frame given a sound header: its checksum is nothing that random changes would hit.

use std::io::Read;

use lz4_flex::frame::FrameDecoder;
use seedcorn_content::xet::frame::{Decoder, FRAME_PAYLOAD_BYTES_MAX, FrameError, FrameHeader, Scheme};
use seedcorn_core::limits::CHUNK_BYTES_MAX;
use twox_hash::XxHash32;

const MAGIC: [u8; 4] = 0x184d_2204u32.to_le_bytes();
/// Version 1, where the format has it.
const VERSION: u8 = 0b0100_0000;
const CONTENT_SIZE: u8 = 0b0000_1000;

/// Three bytes give the chunk's length, one the frame's flags, one its block size; the rest is blocks.
pub fn check(data: &[u8]) {
    let Some((&[a, b, c, flags, block], blocks)) = data.split_first_chunk() else { return };
    let raw_bytes = u32::from_le_bytes([a, b, c, 0]).clamp(1, CHUNK_BYTES_MAX as u32);
    let mut descriptor = vec![VERSION | flags & 0b0011_1101, block & 0b0111_0000];
    if flags & CONTENT_SIZE != 0 {
        descriptor.extend_from_slice(&u64::from(raw_bytes).to_le_bytes());
    }
    let sum = XxHash32::oneshot(0, &descriptor).to_le_bytes()[1];
    let payload = [&MAGIC[..], &descriptor, &[sum], blocks].concat();
    if payload.len() > FRAME_PAYLOAD_BYTES_MAX {
        return;
    }
    for scheme in [Scheme::Lz4, Scheme::Bg4Lz4] {
        let header = FrameHeader { scheme, packed_bytes: payload.len() as u32, raw_bytes };
        assert_eq!(FrameHeader::parse(&header.render()), Ok(header));
        let mut raw = b"before".to_vec();
        let decoded = Decoder::default().decode(&header, &payload, &mut raw);
        match decoded {
            Ok(()) => accepted(&header, &payload, raw.strip_prefix(b"before").unwrap()),
            Err(why) => {
                assert_eq!(raw, b"before", "a refused chunk leaves bytes behind");
                assert!(matches!(why, FrameError::Lz4(_)));
            }
        }
    }
}

fn accepted(header: &FrameHeader, payload: &[u8], raw: &[u8]) {
    assert_eq!(raw.len(), header.raw_bytes as usize);
    if header.scheme == Scheme::Lz4 {
        let mut theirs = Vec::new();
        FrameDecoder::new(payload).read_to_end(&mut theirs).unwrap();
        assert_eq!(raw, theirs, "the clients' decoder reads other bytes");
    }
    let mut run = [&header.render()[..], payload].concat();
    let mut again = Vec::new();
    assert_eq!(Decoder::default().decode_run(&run, 1, &mut again), Ok(()));
    assert_eq!(again, raw);
    run.push(0);
    assert_eq!(Decoder::default().decode_run(&run, 1, &mut again), Err(FrameError::Trailing(1)));
}
