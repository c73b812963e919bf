//! Xorbs and shards written by hand, right or wrong in any place (Xet protocol). Nothing is shared with the hub's own
//! code, so that a mistake there cannot hide itself here. Each xorb here has one chunk, so that its hash is the chunk's.

use sha2::Digest;

const CHUNK_KEY: [u8; 32] = [
    0x66, 0x97, 0xf5, 0x77, 0x5b, 0x95, 0x50, 0xde, 0x31, 0x35, 0xcb, 0xac, 0xa5, 0x97, 0x18, 0x1c, 0x9d,
    0xe4, 0x21, 0x10, 0x9b, 0xeb, 0x2b, 0x58, 0xb4, 0xd0, 0xb0, 0x4b, 0x93, 0xad, 0xf2, 0x29,
];
const VERIFICATION_KEY: [u8; 32] = [
    0x7f, 0x18, 0x57, 0xd6, 0xce, 0x56, 0xed, 0x66, 0x12, 0x7f, 0xf9, 0x13, 0xe7, 0xa5, 0xc3, 0xf3, 0xa4,
    0xcd, 0x26, 0xd5, 0xb5, 0xdb, 0x49, 0xe6, 0x41, 0x24, 0x98, 0x7f, 0x28, 0xfb, 0x94, 0xc3,
];
const SHARD_TAG: &[u8; 32] =
    b"HFRepoMetaData\0\x55\x69\x67\x45\x6a\x7b\x81\x57\x83\xa5\xbd\xd9\x5c\xcd\xd1\x4a\xa9";

/// Bytes of a shard's header and of each record.
pub const RECORD: usize = 48;
/// The hash that ends a section.
pub const BOOKEND: [u8; 32] = [0xff; 32];
/// Flags of a file that carries verification hashes and a SHA-256.
pub const FILE_FLAGS: u32 = 0b11 << 30;

/// The hash of a chunk, and so of a xorb that is this chunk alone.
pub fn chunk_hash(chunk: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(&CHUNK_KEY, chunk).as_bytes()
}

/// The hash of a file that is one chunk.
pub fn file_hash(chunk: &[u8; 32]) -> [u8; 32] {
    *blake3::keyed_hash(&[0; 32], chunk).as_bytes()
}

/// The verification hash of a term of these chunks.
pub fn verification(chunks: &[[u8; 32]]) -> [u8; 32] {
    *blake3::keyed_hash(&VERIFICATION_KEY, &chunks.concat()).as_bytes()
}

/// SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Plain hexadecimal, as SHA-256 is written.
pub fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As Xet hashes are written in addresses: four little-endian words.
pub fn spelled(hash: &[u8; 32]) -> String {
    let (words, _) = hash.as_chunks::<8>();
    words.iter().map(|word| format!("{:016x}", u64::from_le_bytes(*word))).collect()
}

/// A SHA-256 as shards hold it: read from its hexadecimal as if that were a Xet hash.
fn in_words(sha256: &[u8; 32]) -> [u8; 32] {
    let mut out = *sha256;
    out.as_chunks_mut::<8>().0.iter_mut().for_each(|word| word.reverse());
    out
}

/// A frame of a xorb with whatever numbers it is to claim: version, scheme (0 plain, 1 LZ4, 2 grouped LZ4), packed
/// and raw length of 24 bits each.
pub fn frame(version: u8, scheme: u8, packed: u32, raw: u32, payload: &[u8]) -> Vec<u8> {
    let ([p0, p1, p2, _], [r0, r1, r2, _]) = (packed.to_le_bytes(), raw.to_le_bytes());
    let mut out = vec![version, p0, p1, p2, scheme, r0, r1, r2];
    out.extend_from_slice(payload);
    out
}

/// A good xorb of one plain chunk.
pub fn xorb(chunk: &[u8]) -> Vec<u8> {
    frame(0, 0, chunk.len() as u32, chunk.len() as u32, chunk)
}

/// A record of a shard.
pub fn record(hash: &[u8; 32], numbers: [u32; 4]) -> Vec<u8> {
    let mut out = hash.to_vec();
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
    out
}

/// The header of a shard.
pub fn shard_header(version: u64, footer_bytes: u64) -> Vec<u8> {
    let mut out = SHARD_TAG.to_vec();
    out.extend_from_slice(&version.to_le_bytes());
    out.extend_from_slice(&footer_bytes.to_le_bytes());
    out
}

/// What a shard says of one file of one term, and of one xorb of one chunk; every field may be made a lie.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The file's hash.
    pub file: [u8; 32],
    /// Its flags.
    pub flags: u32,
    /// How many terms it says it has; one is written.
    pub terms: u32,
    /// The xorb of the term.
    pub xorb: [u8; 32],
    /// Bytes of the term.
    pub raw_bytes: u32,
    /// First chunk, and the one after the last.
    pub chunks: (u32, u32),
    /// The term's verification hash.
    pub verification: [u8; 32],
    /// The file's SHA-256.
    pub sha256: [u8; 32],
    /// How many chunks the xorb's own record says it has; one is written.
    pub xorb_chunks: u32,
    /// Bytes that the xorb's own record gives it.
    pub xorb_bytes: u32,
    /// The hash of the one chunk in the xorb's own record.
    pub chunk: [u8; 32],
}

impl Claim {
    /// The truth about a file that is one chunk.
    pub fn of(chunk: &[u8]) -> Claim {
        let (hash, bytes) = (chunk_hash(chunk), chunk.len() as u32);
        Claim {
            file: file_hash(&hash),
            flags: FILE_FLAGS,
            terms: 1,
            xorb: hash,
            raw_bytes: bytes,
            chunks: (0, 1),
            verification: verification(&[hash]),
            sha256: sha256(chunk),
            xorb_chunks: 1,
            xorb_bytes: bytes,
            chunk: hash,
        }
    }

    /// The two sections, with their bookends.
    pub fn sections(&self) -> Vec<u8> {
        let mut out = record(&self.file, [self.flags, self.terms, 0, 0]);
        out.extend(record(&self.xorb, [0, self.raw_bytes, self.chunks.0, self.chunks.1]));
        out.extend(record(&self.verification, [0; 4]));
        out.extend(record(&in_words(&self.sha256), [0; 4]));
        out.extend(record(&BOOKEND, [0; 4]));
        out.extend(record(&self.xorb, [0, self.xorb_chunks, self.xorb_bytes, 0]));
        out.extend(record(&self.chunk, [0, self.xorb_bytes, 0, 0]));
        out.extend(record(&BOOKEND, [0; 4]));
        out
    }

    /// The shard as clients upload it.
    pub fn shard(&self) -> Vec<u8> {
        let mut out = shard_header(2, 0);
        out.extend(self.sections());
        out
    }
}
