//! Proofs over the tree of RFC 6962: that an entry is in it, and that one tree goes on from another.
//!
//! A proof is a list of hashes, each of a range of entries. Which ranges follows from sizes alone; whoever has the tiles computes
//! the hashes, and whoever has a root checks them.

use super::hash::{Hash, node_hash};

/// Entries from the first number up to, but not with, the second.
pub(super) type Range = (u64, u64);

/// A complete subtree: the `index`th of those of 2^`level` entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Node {
    /// Levels above the entries.
    pub level: u8,
    /// Which.
    pub index: u64,
}

/// The largest power of two below a number of entries, which is at least two.
fn split(entries: u64) -> u64 {
    1 << (entries - 1).ilog2()
}

/// The ranges whose hashes prove that an entry is in a tree, from the entry's sibling up to a child of the root (RFC 6962, 2.1.1).
pub fn inclusion_ranges(index: u64, size: u64) -> Vec<Range> {
    let (mut from, mut to) = (0, size);
    let mut ranges = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            ranges.push((middle, to));
            to = middle;
        } else {
            ranges.push((from, middle));
            from = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The ranges whose hashes prove that a tree of `size` entries goes on from the one of its first `old` (RFC 6962, 2.1.2).
pub fn consistency_ranges(old: u64, size: u64) -> Vec<Range> {
    if old == 0 || old >= size {
        return Vec::new();
    }
    let (mut from, mut to) = (0, size);
    let mut ranges = Vec::new();
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            ranges.push((middle, to));
            to = middle;
        } else {
            ranges.push((from, middle));
            from = middle;
        }
    }
    // The old tree itself is known to whoever asks.
    if from > 0 {
        ranges.push((from, to));
    }
    ranges.reverse();
    ranges
}

/// The complete subtrees that a range falls into, the largest first. Of ranges of proofs each is larger than the next, so that
/// the hash of the range is theirs taken together from the right.
pub fn nodes_of((from, to): Range) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = from;
    while at < to {
        let by_place = if at == 0 { u32::from(u8::MAX) } else { at.trailing_zeros() };
        let level = by_place.min((to - at).ilog2());
        nodes.push(Node { level: level as u8, index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The hash over hashes of which each covers more entries than all behind it.
pub(super) fn together(hashes: &[Hash]) -> Hash {
    let (last, rest) = hashes.split_last().map_or((Hash::empty(), &[][..]), |(last, rest)| (*last, rest));
    rest.iter().rev().fold(last, |so_far, hash| node_hash(hash, &so_far))
}

/// Whether a proof shows that an entry is in the tree of a root (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(leaf: Hash, index: u64, (size, root): (u64, Hash), proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = node_hash(other, &hash);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, other);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Whether a proof shows that the second tree goes on from the first (RFC 9162, 2.1.4.2). Every tree goes on from the empty one.
pub fn verify_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (size, root)) = (old, new);
    if old_size > size {
        return false;
    }
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    if old_size == 0 {
        return proof.is_empty() && old_root == Hash::empty();
    }
    // A complete tree is its own first hash, which is not sent.
    let whole = [old_root];
    let mut hashes = whole[..usize::from(old_size.is_power_of_two())].iter().chain(proof);
    let Some(first) = hashes.next() else { return false };
    let (mut place, mut last) = (old_size - 1, size - 1);
    while place % 2 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut before, mut now) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            before = node_hash(hash, &before);
            now = node_hash(hash, &now);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            now = node_hash(&now, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && before == old_root && now == root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hash::leaf_hash;
    use super::*;

    /// As RFC 6962 defines it.
    fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::empty(),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                node_hash(&root(left), &root(right))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn hashes(ranges: &[Range], leaves: &[Hash]) -> Vec<Hash> {
        ranges.iter().map(|(from, to)| root(&leaves[*from as usize..*to as usize])).collect()
    }

    #[test]
    fn the_roots_of_the_reference_leaves() {
        // The leaves that implementations of Certificate Transparency are tried on.
        let entries: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let leaves: Vec<Hash> = entries.into_iter().map(leaf_hash).collect();
        for (size, expected) in roots.into_iter().enumerate() {
            let hex: String = root(&leaves[..size]).0.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected, "{size}");
            let nodes = nodes_of((0, size as u64));
            let each: Vec<Hash> = nodes
                .iter()
                .map(|node| {
                    let from = (node.index << node.level) as usize;
                    root(&leaves[from..from + (1 << node.level)])
                })
                .collect();
            assert_eq!(together(&each), root(&leaves[..size]));
        }
    }

    #[test]
    fn every_proof_of_small_trees_holds_and_no_other() {
        let all = leaves(40);
        for size in 0..=40_u64 {
            let tree = (size, root(&all[..size as usize]));
            for index in 0..size {
                let proof = hashes(&inclusion_ranges(index, size), &all);
                let leaf = all[index as usize];
                assert!(verify_inclusion(leaf, index, tree, &proof), "{index} of {size}");
                for other in (0..=size).filter(|other| *other != index) {
                    assert!(!verify_inclusion(leaf, other, tree, &proof), "{index} as {other} of {size}");
                }
                assert!(!verify_inclusion(leaf_hash(b"x"), index, tree, &proof));
                assert!(!verify_inclusion(leaf, index, tree, &[proof.as_slice(), &[leaf]].concat()));
                if let Some((_, short)) = proof.split_last() {
                    assert!(!verify_inclusion(leaf, index, tree, short));
                }
            }
            for old in 0..=size {
                let before = (old, root(&all[..old as usize]));
                let proof = hashes(&consistency_ranges(old, size), &all);
                assert!(verify_consistency(before, tree, &proof), "{old} to {size}");
                assert!(!verify_consistency((old, leaf_hash(b"x")), tree, &proof), "{old} to {size}");
                let longer = [proof.as_slice(), &[tree.1]].concat();
                assert!(!verify_consistency(before, tree, &longer), "{old} to {size}");
                if let Some((_, short)) = proof.split_last() {
                    assert!(!verify_consistency(before, tree, short), "{old} to {size}");
                    assert!(!verify_consistency(before, (size, leaf_hash(b"x")), &proof));
                }
            }
            assert!(!verify_consistency((size + 1, tree.1), tree, &[]));
        }
    }

    proptest! {
        #[test]
        fn ranges_fall_into_complete_subtrees(size in 1_u64..1 << 50, at in any::<prop::sample::Index>()) {
            let index = at.index(usize::try_from(size).unwrap_or(usize::MAX)) as u64;
            for range in inclusion_ranges(index, size).into_iter().chain(consistency_ranges(index, size)) {
                let nodes = nodes_of(range);
                let whole: u64 = nodes.iter().map(|node| 1 << node.level).sum();
                prop_assert_eq!(whole, range.1 - range.0);
                prop_assert!(nodes.windows(2).all(|pair| pair[0].level > pair[1].level), "{:?}", nodes);
                prop_assert!(nodes.iter().all(|node| (node.index << node.level) >= range.0));
            }
            prop_assert!(inclusion_ranges(index, size).len() <= 63);
        }
    }
}
