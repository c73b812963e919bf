//! A shard: which chunks of which xorbs make up which files, as clients upload it and as dedup answers give it.
//!
//! A 48-byte header, the file section, the xorb section, each ended by a bookend, and perhaps a footer. Every record
//! is 48 bytes, everything little-endian (Xet protocol, "shard format").

use super::hash::{is_eligible, keyed};
use super::xorb::XorbIndex;
use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::limits::{SHARD_BYTES_MAX, XORB_CHUNKS_MAX, XORB_RAW_BYTES_MAX};

const TAG: [u8; 32] = [
    b'H', b'F', b'R', b'e', b'p', b'o', b'M', b'e', b't', b'a', b'D', b'a', b't', b'a', 0, 0x55, 0x69, 0x67,
    0x45, 0x6a, 0x7b, 0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9,
];
const VERSION: u64 = 2;
const FOOTER_VERSION: u64 = 1;
const RECORD: usize = 48;
/// Bytes of a shard's footer.
pub const SHARD_FOOTER_BYTES: usize = 200;
/// Where the HMAC key lies in the footer.
const FOOTER_KEY_AT: usize = 72;

/// The hash of a bookend record.
const BOOKEND: XetHash = XetHash([0xff; 32]);
const HAS_VERIFICATION: u32 = 1 << 31;
const HAS_SHA256: u32 = 1 << 30;
const ELIGIBLE: u32 = 1 << 31;

/// A shard that was parsed, or is to be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shard {
    /// The files it describes.
    pub files: Vec<FileRecord>,
    /// The xorbs it describes. A claim of the client: what a xorb holds is known from its own index.
    pub xorbs: Vec<XorbRecord>,
}

/// How one file is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// The file hash.
    pub hash: XetHash,
    /// Its parts, in order.
    pub terms: Vec<Term>,
    /// One verification hash per term, if the client sent them.
    pub verification: Option<Vec<XetHash>>,
    /// The SHA-256 the client claims for the file.
    pub sha256: Option<Sha256>,
}

/// A run of chunks of one xorb. When parsed: at least one chunk and one byte, nothing over a xorb's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The xorb.
    pub xorb: XetHash,
    /// Decompressed bytes of the run.
    pub raw_bytes: u32,
    /// The first chunk.
    pub start: u32,
    /// The chunk after the last.
    pub end: u32,
}

/// What a shard says about a xorb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XorbRecord {
    /// The xorb.
    pub hash: XetHash,
    /// Its decompressed bytes.
    pub raw_bytes: u32,
    /// Its stored bytes; 0 from clients.
    pub packed_bytes: u32,
    /// Its chunks in order.
    pub chunks: Vec<ChunkRecord>,
}

/// What a shard says about a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRecord {
    /// The chunk's hash; keyed in dedup answers.
    pub hash: XetHash,
    /// Where it begins among the xorb's decompressed bytes.
    pub raw_offset: u32,
    /// Its decompressed bytes.
    pub raw_bytes: u32,
    /// Whether it is flagged as one that may be asked about across files. [`is_eligible`] hashes are so without it.
    pub eligible: bool,
}

/// Why bytes are not an acceptable shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// More bytes than a shard may have.
    #[error("shard of {0} bytes, at most {SHARD_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// The bytes end inside this part.
    #[error("shard ends inside its {0}")]
    Truncated(&'static str),
    /// Does not begin as a shard does.
    #[error("not a shard")]
    Tag,
    /// A version that is not spoken here.
    #[error("shard {part} has version {got}, only {want} is known")]
    Version {
        /// Header or footer.
        part: &'static str,
        /// The version it has.
        got: u64,
        /// The version it must have.
        want: u64,
    },
    /// A footer size other than 0 and 200.
    #[error("shard header gives its footer {0} bytes, only 0 and 200 are known")]
    FooterSize(u64),
    /// Bytes after the xorb section of a shard without a footer.
    #[error("{0} bytes follow the shard")]
    Trailing(usize),
    /// Chunk hashes under a key, which mean nothing in an upload.
    #[error("shard has keyed chunk hashes")]
    Keyed,
    /// Flags of a file that could mean records not known here.
    #[error("file {file} has unknown flags {flags:#010x}")]
    FileFlags {
        /// The file.
        file: XetHash,
        /// Its flags.
        flags: u32,
    },
    /// A term that no xorb could satisfy.
    #[error("file {file}, term {term}: chunks {start} to {end} of {raw_bytes} bytes are not a run in a xorb")]
    Term {
        /// The file.
        file: XetHash,
        /// The term's place in the file.
        term: usize,
        /// Its first chunk.
        start: u32,
        /// The chunk after its last.
        end: u32,
        /// Its decompressed bytes.
        raw_bytes: u32,
    },
    /// A xorb of more chunks or bytes than one may have.
    #[error("xorb {xorb} is said to have {chunks} chunks and {raw_bytes} bytes, more than a xorb may")]
    XorbTooBig {
        /// The xorb.
        xorb: XetHash,
        /// Chunks it is said to have.
        chunks: u32,
        /// Decompressed bytes it is said to have.
        raw_bytes: u32,
    },
}

/// A record, taken apart: its hash and four numbers.
struct Record {
    hash: XetHash,
    numbers: [u32; 4],
}

/// Reads records off the front of a shard.
struct Records<'b> {
    rest: &'b [u8],
    section: &'static str,
}

impl Records<'_> {
    fn next(&mut self) -> Result<Record, ShardError> {
        let (record, rest) =
            self.rest.split_first_chunk::<RECORD>().ok_or(ShardError::Truncated(self.section))?;
        self.rest = rest;
        let (hash, numbers) = record.split_first_chunk::<32>().ok_or(ShardError::Truncated(self.section))?;
        let (numbers, _) = numbers.as_chunks::<4>();
        let number = |i: usize| numbers.get(i).map_or(0, |n| u32::from_le_bytes(*n));
        Ok(Record { hash: XetHash(*hash), numbers: [number(0), number(1), number(2), number(3)] })
    }

    /// Reads `count` records into values. Allocates only after seeing that the records are there.
    fn list<T>(
        &mut self,
        count: u32,
        mut read: impl FnMut(usize, Record) -> Result<T, ShardError>,
    ) -> Result<Vec<T>, ShardError> {
        let there = self.rest.len() / RECORD;
        let count =
            usize::try_from(count).ok().filter(|&n| n <= there).ok_or(ShardError::Truncated(self.section))?;
        let mut list = Vec::with_capacity(count);
        for place in 0..count {
            list.push(read(place, self.next()?)?);
        }
        Ok(list)
    }

    fn file(&mut self) -> Result<Option<FileRecord>, ShardError> {
        let Record { hash, numbers: [flags, count, ..] } = self.next()?;
        if hash == BOOKEND {
            return Ok(None);
        }
        // Unknown flags may announce records of their own, and then everything after would be misread.
        if flags & !(HAS_VERIFICATION | HAS_SHA256) != 0 {
            return Err(ShardError::FileFlags { file: hash, flags });
        }
        let terms = self.list(count, |place, record| term(hash, place, &record))?;
        let verification = (flags & HAS_VERIFICATION != 0)
            .then(|| self.list(count, |_, record| Ok(record.hash)))
            .transpose()?;
        let sha256 = (flags & HAS_SHA256 != 0).then(|| self.next()).transpose()?;
        Ok(Some(FileRecord { hash, terms, verification, sha256: sha256.map(|record| record.hash.into()) }))
    }

    fn xorb(&mut self) -> Result<Option<XorbRecord>, ShardError> {
        let Record { hash, numbers: [_, count, raw_bytes, packed_bytes] } = self.next()?;
        if hash == BOOKEND {
            return Ok(None);
        }
        if count as usize > XORB_CHUNKS_MAX || u64::from(raw_bytes) > XORB_RAW_BYTES_MAX {
            return Err(ShardError::XorbTooBig { xorb: hash, chunks: count, raw_bytes });
        }
        let chunks = self.list(count, |_, record| {
            let [raw_offset, raw_bytes, flags, _] = record.numbers;
            Ok(ChunkRecord { hash: record.hash, raw_offset, raw_bytes, eligible: flags & ELIGIBLE != 0 })
        })?;
        Ok(Some(XorbRecord { hash, raw_bytes, packed_bytes, chunks }))
    }
}

fn term(file: XetHash, term: usize, record: &Record) -> Result<Term, ShardError> {
    let [_, raw_bytes, start, end] = record.numbers;
    let run = start < end && end as usize <= XORB_CHUNKS_MAX;
    // Every chunk has a byte at least, so this also bounds the chunks by the bytes.
    let sized = u64::from(raw_bytes) <= XORB_RAW_BYTES_MAX && raw_bytes >= end.saturating_sub(start);
    if run && sized {
        Ok(Term { xorb: record.hash, raw_bytes, start, end })
    } else {
        Err(ShardError::Term { file, term, start, end, raw_bytes })
    }
}

impl Shard {
    /// Reads an uploaded shard, with a footer or without. Lookup tables between the sections and a footer are not
    /// looked at: everything in them follows from the sections.
    pub fn parse(bytes: &[u8]) -> Result<Shard, ShardError> {
        if bytes.len() as u64 > SHARD_BYTES_MAX {
            return Err(ShardError::TooLong(bytes.len()));
        }
        let (header, rest) = bytes.split_at_checked(RECORD).ok_or(ShardError::Truncated("header"))?;
        if !header.starts_with(&TAG) {
            return Err(ShardError::Tag);
        }
        version("header", header, TAG.len(), VERSION)?;
        let rest = match word(header, 40, "header")? {
            0 => rest,
            size if size == SHARD_FOOTER_BYTES as u64 => without_footer(rest)?,
            size => return Err(ShardError::FooterSize(size)),
        };
        let mut shard = Shard::default();
        let mut records = Records { rest, section: "file section" };
        while let Some(file) = records.file()? {
            shard.files.push(file);
        }
        records.section = "xorb section";
        while let Some(xorb) = records.xorb()? {
            shard.xorbs.push(xorb);
        }
        match records.rest.len() {
            extra if extra > 0 && rest.len() + RECORD == bytes.len() => Err(ShardError::Trailing(extra)),
            _ => Ok(shard),
        }
    }
}

fn without_footer(rest: &[u8]) -> Result<&[u8], ShardError> {
    let (rest, footer) =
        rest.split_last_chunk::<SHARD_FOOTER_BYTES>().ok_or(ShardError::Truncated("footer"))?;
    version("footer", footer, 0, FOOTER_VERSION)?;
    let key = footer.get(FOOTER_KEY_AT..FOOTER_KEY_AT + 32).ok_or(ShardError::Truncated("footer"))?;
    if key.iter().any(|&byte| byte != 0) { Err(ShardError::Keyed) } else { Ok(rest) }
}

fn word(bytes: &[u8], at: usize, part: &'static str) -> Result<u64, ShardError> {
    let word = bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(ShardError::Truncated(part))?;
    Ok(u64::from_le_bytes(*word))
}

fn version(part: &'static str, bytes: &[u8], at: usize, want: u64) -> Result<(), ShardError> {
    let got = word(bytes, at, part)?;
    if got == want { Ok(()) } else { Err(ShardError::Version { part, got, want }) }
}

impl XorbRecord {
    /// The record of a xorb whose index is at hand. Chunks are flagged when their hash makes them eligible.
    pub fn from_index(index: &XorbIndex) -> XorbRecord {
        let mut raw_offset = 0;
        let chunks = index.sized_chunks().map(|(hash, raw_bytes)| {
            let chunk = ChunkRecord { hash, raw_offset, raw_bytes, eligible: is_eligible(&hash) };
            raw_offset += raw_bytes;
            chunk
        });
        let chunks = chunks.collect();
        XorbRecord {
            hash: index.hash,
            raw_bytes: index.raw_bytes(),
            packed_bytes: index.packed_bytes(),
            chunks,
        }
    }

    /// Bytes this record takes in a shard, for keeping a dedup answer to a size.
    pub fn rendered_bytes(&self) -> usize {
        RECORD * (1 + self.chunks.len())
    }
}

/// The shard as a client uploads it: no footer. A file whose verification does not have one hash per term is written
/// without verification.
pub fn render_upload(shard: &Shard) -> Vec<u8> {
    let mut out = header(0);
    for file in &shard.files {
        render_file(file, &mut out);
    }
    record(&mut out, &BOOKEND, [0; 4]);
    render_xorbs(&shard.xorbs, None, &mut out);
    out
}

fn header(footer_bytes: usize) -> Vec<u8> {
    let mut out = TAG.to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(footer_bytes as u64).to_le_bytes());
    out
}

fn record(out: &mut Vec<u8>, hash: &XetHash, numbers: [u32; 4]) {
    out.extend_from_slice(hash.as_bytes());
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

fn render_file(file: &FileRecord, out: &mut Vec<u8>) {
    let verification = file.verification.as_ref().filter(|list| list.len() == file.terms.len());
    let flags = verification.map_or(0, |_| HAS_VERIFICATION) | file.sha256.map_or(0, |_| HAS_SHA256);
    record(out, &file.hash, [flags, file.terms.len() as u32, 0, 0]);
    for term in &file.terms {
        record(out, &term.xorb, [0, term.raw_bytes, term.start, term.end]);
    }
    for hash in verification.into_iter().flatten() {
        record(out, hash, [0; 4]);
    }
    if let Some(sha256) = file.sha256 {
        record(out, &sha256.into(), [0; 4]);
    }
}

fn render_xorbs(xorbs: &[XorbRecord], key: Option<&[u8; 32]>, out: &mut Vec<u8>) {
    for xorb in xorbs {
        record(out, &xorb.hash, [0, xorb.chunks.len() as u32, xorb.raw_bytes, xorb.packed_bytes]);
        for chunk in &xorb.chunks {
            let hash = key.map_or(chunk.hash, |key| keyed(&chunk.hash, key));
            let flags = if chunk.eligible { ELIGIBLE } else { 0 };
            record(out, &hash, [chunk.raw_offset, chunk.raw_bytes, flags, 0]);
        }
    }
    record(out, &BOOKEND, [0; 4]);
}

/// The answer to a dedup question: no files, the given xorbs (their chunk hashes plain; they are keyed here), and a
/// footer with the key and its life in unix seconds. The same input gives the same bytes, which the client's cache
/// goes by. A key of zeroes means "not keyed" to clients and leaves the hashes as they are.
pub fn render_dedup_answer(
    xorbs: &[XorbRecord],
    key: [u8; 32],
    created_secs: u64,
    expiry_secs: u64,
) -> Vec<u8> {
    let mut out = header(SHARD_FOOTER_BYTES);
    let files_at = out.len() as u64;
    record(&mut out, &BOOKEND, [0; 4]);
    let xorbs_at = out.len() as u64;
    render_xorbs(xorbs, (key != [0; 32]).then_some(&key), &mut out);
    let end = out.len() as u64;
    let stored: u64 = xorbs.iter().map(|xorb| u64::from(xorb.raw_bytes)).sum();
    let on_disk: u64 = xorbs.iter().map(|xorb| u64::from(xorb.packed_bytes)).sum();
    // The three lookup tables are empty and all lie at `end`; clients then index the xorb section themselves.
    let before_key = [FOOTER_VERSION, files_at, xorbs_at, end, 0, end, 0, end, 0];
    let after_key = [created_secs, expiry_secs, 0, 0, 0, 0, 0, 0, on_disk, 0, stored, end];
    before_key.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
    out.extend_from_slice(&key);
    after_key.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::hash::chunk_hash;
    use super::*;
    use proptest::prelude::*;

    fn hash(i: u8) -> XetHash {
        chunk_hash(&[i])
    }

    fn chunk(i: u8, raw_offset: u32, raw_bytes: u32) -> ChunkRecord {
        ChunkRecord { hash: hash(i), raw_offset, raw_bytes, eligible: i.is_multiple_of(2) }
    }

    fn sample() -> Shard {
        let term = |i, start, end| Term { xorb: hash(i), raw_bytes: 1000, start, end };
        let file = |i, verified: bool, sha: bool| FileRecord {
            hash: hash(i),
            terms: vec![term(50, 0, 3), term(51, 8000, 8192)],
            verification: verified.then(|| vec![hash(60), hash(61)]),
            sha256: sha.then(|| hash(62).into()),
        };
        let files = [(1, true, true), (2, true, false), (3, false, true), (4, false, false)];
        Shard {
            files: files.map(|(i, v, s)| file(i, v, s)).to_vec(),
            xorbs: vec![
                XorbRecord {
                    hash: hash(50),
                    raw_bytes: 30,
                    packed_bytes: 0,
                    chunks: vec![chunk(1, 0, 10), chunk(2, 10, 20)],
                },
                XorbRecord { hash: hash(51), raw_bytes: 0, packed_bytes: 9, chunks: vec![] },
            ],
        }
    }

    /// The footer an old client leaves on its upload.
    fn with_footer(shard: &Shard, key: [u8; 32]) -> Vec<u8> {
        let mut bytes = render_upload(shard);
        bytes[40] = 200;
        bytes.extend_from_slice(b"lookup tables");
        let answer = render_dedup_answer(&[], key, 1, 2);
        bytes.extend_from_slice(&answer[answer.len() - 200..]);
        bytes
    }

    #[test]
    fn rendered_and_parsed() {
        let shard = sample();
        let bytes = render_upload(&shard);
        assert_eq!(bytes.len() % 48, 0);
        assert_eq!(Shard::parse(&bytes), Ok(shard.clone()));
        assert_eq!(Shard::parse(&with_footer(&shard, [0; 32])), Ok(shard));
        assert_eq!(Shard::parse(&render_upload(&Shard::default())), Ok(Shard::default()));
    }

    #[test]
    fn an_answer_is_keyed_and_repeatable() {
        let xorbs = sample().xorbs;
        let answer = render_dedup_answer(&xorbs, [7; 32], 100, 200);
        assert_eq!(answer, render_dedup_answer(&xorbs, [7; 32], 100, 200));
        assert_eq!(answer.len(), 48 * 3 + xorbs.iter().map(XorbRecord::rendered_bytes).sum::<usize>() + 200);
        assert_eq!(answer[48 * 3..][..32], keyed(&hash(1), &[7; 32]).0);
        assert_eq!(Shard::parse(&answer), Err(ShardError::Keyed));
        let plain = Shard::parse(&render_dedup_answer(&xorbs, [0; 32], 100, 200)).unwrap();
        assert_eq!(plain.xorbs, xorbs);
    }

    #[test]
    fn each_fault_has_its_name() {
        let shard = sample();
        let good = render_upload(&shard);
        let with = |at: usize, bytes: &[u8]| {
            let mut bad = good.clone();
            bad[at..at + bytes.len()].copy_from_slice(bytes);
            Shard::parse(&bad)
        };
        let file = hash(1);
        assert_eq!(with(0, b"X"), Err(ShardError::Tag));
        assert_eq!(with(32, &[3]), Err(ShardError::Version { part: "header", got: 3, want: 2 }));
        assert_eq!(with(40, &[7]), Err(ShardError::FooterSize(7)));
        assert!(matches!(with(40, &[200]), Err(ShardError::Version { part: "footer", .. })));
        assert_eq!(with(48 + 32, &1u32.to_le_bytes()), Err(ShardError::FileFlags { file, flags: 1 }));
        assert_eq!(with(48 + 36, &[0xff; 4]), Err(ShardError::Truncated("file section")));
        for (at, bytes, start, end, raw_bytes) in [
            (96 + 36, 0u32, 0, 3, 0),
            (96 + 36, 2, 0, 3, 2),
            (96 + 36, (64 << 20) + 1, 0, 3, (64 << 20) + 1),
            (96 + 40, 3, 3, 3, 1000),
            (96 + 44, 8193, 0, 8193, 1000),
        ] {
            let want = ShardError::Term { file, term: 0, start, end, raw_bytes };
            assert_eq!(with(at, &bytes.to_le_bytes()), Err(want));
        }
        let xorb_at = good.len() - 48 * 5;
        let too_big = |chunks, raw_bytes| Err(ShardError::XorbTooBig { xorb: hash(50), chunks, raw_bytes });
        assert_eq!(with(xorb_at + 36, &8193u32.to_le_bytes()), too_big(8193, 30));
        assert_eq!(with(xorb_at + 40, &[0xff; 4]), too_big(2, u32::MAX));
        assert_eq!(with(xorb_at + 36, &100u32.to_le_bytes()), Err(ShardError::Truncated("xorb section")));
        assert_eq!(Shard::parse(&good[..good.len() - 1]), Err(ShardError::Truncated("xorb section")));
        assert_eq!(Shard::parse(&[&good[..], b"!"].concat()), Err(ShardError::Trailing(1)));
        assert_eq!(Shard::parse(&good[..47]), Err(ShardError::Truncated("header")));
        assert_eq!(Shard::parse(&with_footer(&shard, [1; 32])), Err(ShardError::Keyed));
    }

    #[test]
    fn a_small_body_cannot_ask_for_much_memory() {
        let mut bomb = header(0);
        record(&mut bomb, &hash(1), [0, u32::MAX, 0, 0]);
        assert_eq!(Shard::parse(&bomb), Err(ShardError::Truncated("file section")));
    }

    proptest! {
        #[test]
        fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), footer: bool) {
            let _ = Shard::parse(&bytes);
            let _ = Shard::parse(&[header(if footer { 200 } else { 0 }), bytes].concat());
        }

        #[test]
        fn a_broken_shard_never_panics(at in any::<prop::sample::Index>(), change: u8, cut in any::<prop::sample::Index>()) {
            let mut bytes = with_footer(&sample(), [0; 32]);
            let at = at.index(bytes.len());
            bytes[at] = change;
            let _ = Shard::parse(&bytes);
            bytes.truncate(cut.index(bytes.len()));
            let _ = Shard::parse(&bytes);
        }
    }
}
