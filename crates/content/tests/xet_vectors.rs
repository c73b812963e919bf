//! Golden facts made with `xet-core-structures` and `xet-data` 1.8.0: the same bytes must give the same boundaries,
//! hashes and objects here.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use seedcorn_content::xet::chunk::Chunker;
use seedcorn_content::xet::frame::{Decoder, FrameHeader, Scheme};
use seedcorn_content::xet::hash::{MerkleBuilder, chunk_hash, keyed, range_hash};
use seedcorn_content::xet::plan::plan;
use seedcorn_content::xet::shard::{Shard, ShardError, XorbRecord, render_dedup_answer, render_upload};
use seedcorn_content::xet::xorb::{Receiver, XorbIndex, footer_bytes, footer_bytes_from_tail};
use seedcorn_core::digest::XetHash;

const CHUNKS: &str = include_str!("vectors/chunks.txt");
const MERKLE: &str = include_str!("vectors/merkle.txt");
const XORB: &[u8] = include_bytes!("vectors/xorb.bin");
const SHARD_UPLOAD: &[u8] = include_bytes!("vectors/shard_upload.bin");
const SHARD_WITH_FOOTER: &[u8] = include_bytes!("vectors/shard_with_footer.bin");
const DEDUP_ANSWER: &[u8] = include_bytes!("vectors/dedup_answer.bin");
const DEDUP_KEY: [u8; 32] = [5; 32];

/// What the bytes of `xorb.bin` decode to, in order.
const XORB_CHUNKS: [(&str, u64, usize); 5] = [
    ("noise", 11, 9000),
    ("words", 12, 20_000),
    ("floats", 13, 20_001),
    ("same", 1, 131_072),
    ("noise", 14, 1),
];

/// SplitMix64, eight bytes a step.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        out.extend_from_slice(&(z ^ (z >> 31)).to_le_bytes());
    }
    out.truncate(len);
    out
}

fn words(seed: u64, len: usize) -> Vec<u8> {
    const WORDS: [&str; 8] = ["seed ", "corn ", "field ", "rain ", "root ", "leaf\n", "sun ", "harvest "];
    let text = noise(seed, len).into_iter().flat_map(|byte| WORDS[usize::from(byte & 7)].bytes());
    text.take(len).collect()
}

fn floats(seed: u64, len: usize) -> Vec<u8> {
    let mut out = noise(seed, len);
    for four in out.chunks_exact_mut(4) {
        four[3] = 0x3c;
        four[2] &= 0x0f;
    }
    out
}

fn data(kind: &str, seed: u64, len: usize) -> Vec<u8> {
    match kind {
        "noise" => noise(seed, len),
        "words" => words(seed, len),
        "floats" => floats(seed, len),
        _ => vec![seed as u8; len],
    }
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect())
}

fn hash(text: &str) -> XetHash {
    text.parse().unwrap()
}

#[test]
fn files_are_cut_and_hashed_alike() {
    let mut open: Option<(Vec<u8>, usize, MerkleBuilder, XetHash, XetHash)> = None;
    let mut files = 0;
    let mut check = |open: Option<(Vec<u8>, usize, MerkleBuilder, XetHash, XetHash)>| {
        if let Some((bytes, at, merkle, file, xorb)) = open {
            assert_eq!(at, bytes.len());
            assert_eq!((merkle.file_hash(), merkle.root()), (file, xorb));
            files += 1;
        }
    };
    for line in lines(CHUNKS) {
        if line[0] == "data" {
            check(open.take());
            let bytes = data(line[1], line[2].parse().unwrap(), line[3].parse().unwrap());
            open = Some((bytes, 0, MerkleBuilder::default(), hash(line[4]), hash(line[5])));
        } else {
            let (bytes, at, merkle, ..) = open.as_mut().unwrap();
            let mut chunker = Chunker::default();
            let len = chunker.next(&bytes[*at..]).unwrap_or(bytes.len() - *at);
            assert_eq!(len, line[1].parse::<usize>().unwrap(), "at {at}");
            let got = chunk_hash(&bytes[*at..*at + len]);
            assert_eq!(got, hash(line[2]));
            merkle.push(got, len as u64);
            *at += len;
        }
    }
    check(open);
    assert_eq!(files, 8);
}

#[test]
fn merkle_roots_and_keyed_hashes_are_alike() {
    let mut counts = 0;
    for line in lines(MERKLE) {
        if line[0] == "keyed" {
            assert_eq!(chunk_hash(b"seed"), hash(line[1]));
            assert_eq!(keyed(&hash(line[1]), &DEDUP_KEY), hash(line[2]));
            continue;
        }
        let mut merkle = MerkleBuilder::default();
        let leaves: Vec<_> =
            (0..line[0].parse::<u32>().unwrap()).map(|i| chunk_hash(&i.to_le_bytes())).collect();
        leaves.iter().zip(0u64..).for_each(|(leaf, i)| merkle.push(*leaf, i * i + 1));
        assert_eq!(merkle.root(), hash(line[1]), "{} leaves", line[0]);
        assert_eq!(merkle.file_hash(), hash(line[2]));
        assert_eq!(range_hash(&leaves), hash(line[3]));
        counts += 1;
    }
    assert_eq!(counts, 50);
}

fn golden_index() -> XorbIndex {
    let bytes = footer_bytes_from_tail(*XORB.last_chunk().unwrap()).unwrap();
    assert_eq!(bytes, footer_bytes(5));
    XorbIndex::parse_footer(&XORB[XORB.len() - bytes..]).unwrap()
}

#[test]
fn a_real_xorb_is_received_and_its_footer_is_ours() {
    let index = golden_index();
    let mut kept = Vec::new();
    let mut receiver = Receiver::default();
    for piece in XORB.chunks(1000) {
        receiver.feed(piece, &mut |frame| kept.extend_from_slice(frame)).unwrap();
    }
    assert_eq!(receiver.finish(&index.hash).unwrap(), index);
    assert_eq!(kept.len(), index.packed_bytes() as usize);
    index.render_footer(&mut kept);
    assert_eq!(kept, XORB);
}

#[test]
fn every_scheme_of_a_real_xorb_decodes() {
    let index = golden_index();
    let mut raw = Vec::new();
    let packed = &XORB[..index.packed_bytes() as usize];
    Decoder::default().decode_run(packed, index.len(), &mut raw).unwrap();
    assert_eq!(raw, XORB_CHUNKS.map(|(kind, seed, len)| data(kind, seed, len)).concat());
    let schemes: Vec<_> = (0..index.len())
        .map(|i| index.packed_range(&(i..i + 1)).unwrap().start as usize)
        .map(|at| FrameHeader::parse(packed[at..].first_chunk().unwrap()).unwrap().scheme)
        .collect();
    for scheme in [Scheme::Plain, Scheme::Lz4, Scheme::Bg4Lz4] {
        assert!(schemes.contains(&scheme), "{scheme:?} is not in the vector");
    }
}

#[test]
fn a_real_shard_means_what_its_xorb_holds() {
    let index = golden_index();
    let shard = Shard::parse(SHARD_UPLOAD).unwrap();
    assert_eq!(Shard::parse(SHARD_WITH_FOOTER).unwrap(), shard);
    assert_eq!(render_upload(&shard), SHARD_UPLOAD);
    assert_eq!(shard.files.len(), 3);
    assert_eq!(shard.files.iter().filter(|file| file.sha256.is_some()).count(), 2);
    let claimed = shard.files.iter().find_map(|file| file.sha256).unwrap();
    assert_eq!(claimed.to_string(), chunk_hash(b"not really a sha256").to_string());
    let leaves: Vec<_> = index.sized_chunks().collect();
    for file in &shard.files {
        let mut merkle = MerkleBuilder::default();
        for (term, verification) in file.terms.iter().zip(file.verification.as_ref().unwrap()) {
            let run = &leaves[term.start as usize..term.end as usize];
            assert_eq!(range_hash(run.iter().map(|(hash, _)| hash)), *verification);
            run.iter().for_each(|(hash, len)| merkle.push(*hash, u64::from(*len)));
        }
        assert_eq!(merkle.file_hash(), file.hash);
        assert!(plan(&file.terms, None, |xorb| (*xorb == index.hash).then_some(&index)).is_ok());
    }
    let mut claimed = XorbRecord::from_index(&index);
    claimed.packed_bytes = 0;
    claimed.chunks[0].eligible = true;
    assert_eq!(shard.xorbs, [claimed]);
}

#[test]
fn our_dedup_answer_is_the_real_one() {
    assert_eq!(Shard::parse(DEDUP_ANSWER), Err(ShardError::Keyed));
    let shard = Shard::parse(SHARD_UPLOAD).unwrap();
    let footer = DEDUP_ANSWER.last_chunk::<200>().unwrap();
    let word = |at: usize| u64::from_le_bytes(*footer[at..].first_chunk().unwrap());
    let ours = render_dedup_answer(&shard.xorbs, DEDUP_KEY, word(104), word(112));
    assert_eq!(ours, DEDUP_ANSWER);
}
