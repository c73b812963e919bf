//! The hashes of Xet: chunk, xorb, file, verification range, and the keyed hash of dedup answers.
//!
//! All are BLAKE3 in keyed mode; the keys are constants of the Xet protocol.

use seedcorn_core::digest::XetHash;

const CHUNK_KEY: [u8; 32] = [
    0x66, 0x97, 0xf5, 0x77, 0x5b, 0x95, 0x50, 0xde, 0x31, 0x35, 0xcb, 0xac, 0xa5, 0x97, 0x18, 0x1c, 0x9d,
    0xe4, 0x21, 0x10, 0x9b, 0xeb, 0x2b, 0x58, 0xb4, 0xd0, 0xb0, 0x4b, 0x93, 0xad, 0xf2, 0x29,
];
const NODE_KEY: [u8; 32] = [
    0x01, 0x7e, 0xc5, 0xc7, 0xa5, 0x47, 0x29, 0x96, 0xfd, 0x94, 0x66, 0x66, 0xb4, 0x8a, 0x02, 0xe6, 0x5d,
    0xdd, 0x53, 0x6f, 0x37, 0xc7, 0x6d, 0xd2, 0xf8, 0x63, 0x52, 0xe6, 0x4a, 0x53, 0x71, 0x3f,
];
const VERIFICATION_KEY: [u8; 32] = [
    0x7f, 0x18, 0x57, 0xd6, 0xce, 0x56, 0xed, 0x66, 0x12, 0x7f, 0xf9, 0x13, 0xe7, 0xa5, 0xc3, 0xf3, 0xa4,
    0xcd, 0x26, 0xd5, 0xb5, 0xdb, 0x49, 0xe6, 0x41, 0x24, 0x98, 0x7f, 0x28, 0xfb, 0x94, 0xc3,
];
const FILE_KEY: [u8; 32] = [0; 32];

/// One chunk in this many is offered for dedup across files (Xet protocol, "global deduplication").
const ELIGIBLE_MODULUS: u64 = 1024;

/// Children of a Merkle node: at most this many, and at least three unless the level ends.
const CHILDREN_MAX: usize = 9;
const CHILDREN_BEFORE_CUT: usize = 3;
/// A child whose last word is a multiple of this closes its group.
const CUT_MODULUS: u64 = 4;

/// Hex digits, ` : `, the digits of a u64, and a line end.
const LINE_BYTES_MAX: usize = 64 + 3 + 20 + 1;

type Node = (XetHash, u64);

/// The hash of a chunk's decompressed bytes.
pub fn chunk_hash(data: &[u8]) -> XetHash {
    XetHash(*blake3::keyed_hash(&CHUNK_KEY, data).as_bytes())
}

/// The hash of a hash under `key`, as dedup answers write chunk hashes (Xet protocol, "shard footer, HMAC key").
pub fn keyed(hash: &XetHash, key: &[u8; 32]) -> XetHash {
    XetHash(*blake3::keyed_hash(key, hash.as_bytes()).as_bytes())
}

/// The verification hash of a file's term: over the hashes of the term's chunks, in order.
pub fn range_hash<'a>(chunks: impl IntoIterator<Item = &'a XetHash>) -> XetHash {
    let mut hasher = blake3::Hasher::new_keyed(&VERIFICATION_KEY);
    for chunk in chunks {
        hasher.update(chunk.as_bytes());
    }
    XetHash(*hasher.finalize().as_bytes())
}

/// Whether a chunk may be asked about across files by its hash alone. The first chunk of a file may always be.
pub fn is_eligible(chunk: &XetHash) -> bool {
    chunk.last_word().is_multiple_of(ELIGIBLE_MODULUS)
}

/// The hash of a xorb from its chunks' (hash, decompressed bytes), in order; [`XetHash::ZERO`] for none.
pub fn xorb_hash(chunks: &[(XetHash, u64)]) -> XetHash {
    build(chunks).root()
}

/// The hash of a file from its chunks' (hash, decompressed bytes), in order; [`XetHash::ZERO`] for the empty file.
pub fn file_hash(chunks: &[(XetHash, u64)]) -> XetHash {
    build(chunks).file_hash()
}

fn build(chunks: &[(XetHash, u64)]) -> MerkleBuilder {
    let mut builder = MerkleBuilder::default();
    chunks.iter().for_each(|&(hash, len)| builder.push(hash, len));
    builder
}

/// The Merkle tree over chunks, built one chunk at a time. Holds one open group per level, so the hash of a file of
/// any size needs a few kilobytes.
#[derive(Debug, Clone, Default)]
pub struct MerkleBuilder {
    levels: Vec<Level>,
}

#[derive(Debug, Clone)]
struct Level {
    group: [Node; CHILDREN_MAX],
    filled: usize,
    /// Whether a whole group has already gone up; if not, a lone node here is the root.
    passed: bool,
}

impl Level {
    const EMPTY: Level = Level { group: [(XetHash::ZERO, 0); CHILDREN_MAX], filled: 0, passed: false };

    fn open(&self) -> &[Node] {
        &self.group[..self.filled]
    }

    fn push(&mut self, node: Node) -> Option<Node> {
        self.group[self.filled] = node;
        self.filled += 1;
        let natural = self.filled >= CHILDREN_BEFORE_CUT && node.0.last_word().is_multiple_of(CUT_MODULUS);
        if !natural && self.filled < CHILDREN_MAX {
            return None;
        }
        let parent = merge(self.open());
        self.filled = 0;
        self.passed = true;
        Some(parent)
    }
}

impl MerkleBuilder {
    /// Adds the next chunk: its hash and its decompressed bytes.
    pub fn push(&mut self, hash: XetHash, len: u64) {
        let mut node = (hash, len);
        for level in &mut self.levels {
            match level.push(node) {
                Some(parent) => node = parent,
                None => return,
            }
        }
        let mut top = Level::EMPTY;
        // One node never fills a group, so the new level keeps it.
        top.push(node);
        self.levels.push(top);
    }

    /// The Merkle root of the chunks so far, which is a xorb's hash; [`XetHash::ZERO`] for none. More may follow.
    pub fn root(&self) -> XetHash {
        let mut carry: Option<Node> = None;
        for level in &self.levels {
            // An open group has at most eight nodes, so it and the carried node make one last group.
            let mut group = level.group;
            let mut filled = level.filled;
            if let Some(node) = carry {
                group[filled] = node;
                filled += 1;
            }
            carry = match &group[..filled] {
                [] => None,
                [only] if !level.passed => return only.0,
                nodes => Some(merge(nodes)),
            };
        }
        carry.map_or(XetHash::ZERO, |node| node.0)
    }

    /// The file hash of the chunks so far; [`XetHash::ZERO`] for none. More may follow.
    pub fn file_hash(&self) -> XetHash {
        if self.levels.is_empty() { XetHash::ZERO } else { keyed(&self.root(), &FILE_KEY) }
    }
}

/// The parent of a group: BLAKE3 over one line `<hash> : <bytes>` per child.
fn merge(children: &[Node]) -> Node {
    let mut text = [0; CHILDREN_MAX * LINE_BYTES_MAX];
    let mut end = 0;
    let mut total = 0u64;
    for (hash, len) in children {
        end = write_line(&mut text, end, hash, *len);
        total = total.saturating_add(*len);
    }
    (XetHash(*blake3::keyed_hash(&NODE_KEY, &text[..end]).as_bytes()), total)
}

/// Writes one child's line at `end` and returns the new end. By hand, since this runs once per chunk stored and
/// `write!` costs more than the hash.
fn write_line(text: &mut [u8], mut end: usize, hash: &XetHash, len: u64) -> usize {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut put = |byte: u8| {
        text[end] = byte;
        end += 1;
    };
    for word in hash.0.chunks_exact(8) {
        for byte in word.iter().rev() {
            put(DIGITS[usize::from(byte >> 4)]);
            put(DIGITS[usize::from(byte & 15)]);
        }
    }
    b" : ".iter().for_each(|&byte| put(byte));
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = len;
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    digits[first..].iter().for_each(|&byte| put(byte));
    put(b'\n');
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tree as the protocol defines it: whole levels, one after the other.
    fn level_by_level(chunks: &[Node]) -> XetHash {
        let mut level = chunks.to_vec();
        while level.len() > 1 {
            let mut above = Vec::new();
            let mut rest = &level[..];
            while !rest.is_empty() {
                let cut = (2..rest.len().min(9))
                    .find(|&i| rest[i].0.last_word().is_multiple_of(4))
                    .map_or(rest.len().min(9), |i| i + 1);
                above.push(merge(&rest[..cut]));
                rest = &rest[cut..];
            }
            level = above;
        }
        level.first().map_or(XetHash::ZERO, |node| node.0)
    }

    fn nodes(words: &[(u8, u32)]) -> Vec<Node> {
        words.iter().map(|&(word, len)| (XetHash([word; 32]), u64::from(len))).collect()
    }

    proptest! {
        #[test]
        fn one_at_a_time_is_level_by_level(words in prop::collection::vec((0u8..8, any::<u32>()), 0..400)) {
            let chunks = nodes(&words);
            prop_assert_eq!(xorb_hash(&chunks), level_by_level(&chunks));
        }
    }

    #[test]
    fn every_small_count_agrees_whatever_cuts() {
        for count in 0..120 {
            for word in [1, 4] {
                let chunks = nodes(&vec![(word, 7); count]);
                assert_eq!(xorb_hash(&chunks), level_by_level(&chunks), "{count} of {word}");
            }
        }
    }

    #[test]
    fn one_chunk_is_its_own_xorb_and_nothing_is_zero() {
        let hash = chunk_hash(b"x");
        assert_eq!(xorb_hash(&[(hash, 1)]), hash);
        assert_eq!(file_hash(&[(hash, 1)]), keyed(&hash, &[0; 32]));
        assert_eq!(xorb_hash(&[]), XetHash::ZERO);
        assert_eq!(file_hash(&[]), XetHash::ZERO);
    }

    #[test]
    fn a_line_is_the_hash_text_and_the_length() {
        for len in [0, 9, 10, u64::MAX] {
            let hash = chunk_hash(&len.to_le_bytes());
            let mut text = [0; LINE_BYTES_MAX];
            let end = write_line(&mut text, 0, &hash, len);
            assert_eq!(String::from_utf8_lossy(&text[..end]), format!("{hash} : {len}\n"));
        }
    }

    #[test]
    fn memory_grows_with_the_logarithm() {
        let mut builder = MerkleBuilder::default();
        for i in 0..50_000u32 {
            builder.push(chunk_hash(&i.to_le_bytes()), 1);
        }
        assert!(builder.levels.len() <= 11, "{}", builder.levels.len());
    }
}
