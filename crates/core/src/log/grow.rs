//! How the tree grows: new entries in, files that are to be written out.

use super::hash::{Hash, leaf_hash, node_hash};
use super::tile::{BUNDLE, Tile, Tiles, bundle};

/// The right edge of a tree: all that one must know of it to go on.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Edge {
    size: u64,
    /// Of each level of tiles the hashes of the last, if it is partial.
    levels: Vec<Vec<Hash>>,
    /// The entries of the last bundle, if it is partial.
    entries: Vec<Vec<u8>>,
}

/// A file that never changes: its path below the log's address, and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Such as `tile/0/000`.
    pub path: String,
    /// What it is.
    pub bytes: Vec<u8>,
}

impl Edge {
    /// The edge of a tree that is there: from its partial tiles, which [`Tile::partial`] names, and the entries of its last
    /// bundle, if that is partial. None where they do not fit.
    pub fn read(size: u64, tiles: &Tiles, entries: Vec<Vec<u8>>) -> Option<Edge> {
        let mut levels: Vec<Vec<Hash>> = Vec::new();
        for tile in Tile::partial(size) {
            levels.resize(usize::from(tile.level), Vec::new());
            levels.push(tiles.hashes(tile)?.to_vec());
        }
        let of_entries: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let fits = (size % BUNDLE) as usize == entries.len()
            && levels.first().map_or(entries.is_empty(), |level| *level == of_entries);
        fits.then_some(Edge { size, levels, entries })
    }

    /// Entries of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its root.
    pub fn root(&self) -> Hash {
        // From the smallest subtree to the largest: each level has some that cover less than one hash of the next.
        let mut root = None;
        for level in &self.levels {
            let mut rest = level.as_slice();
            let mut parts = Vec::new();
            while !rest.is_empty() {
                let (part, later) = rest.split_at(1 << rest.len().ilog2());
                parts.push(Tile::root(part));
                rest = later;
            }
            for part in parts.into_iter().rev() {
                root = Some(root.map_or(part, |right| node_hash(&part, &right)));
            }
        }
        root.unwrap_or_else(Hash::empty)
    }

    /// Adds entries, and tells the files that are new. `None` if one is longer than an entry can be.
    pub fn grow(&mut self, entries: impl IntoIterator<Item = Vec<u8>>) -> Option<Vec<Written>> {
        let mut written = Vec::new();
        let before = self.size;
        for entry in entries {
            let leaf = leaf_hash(&entry);
            self.entries.push(entry);
            self.size += 1;
            if self.entries.len() as u64 == BUNDLE {
                written.push(self.bundle()?);
                self.entries.clear();
            }
            self.add(leaf, &mut written);
        }
        if self.size == before {
            return Some(written);
        }
        if !self.entries.is_empty() {
            written.push(self.bundle()?);
        }
        for tile in Tile::partial(self.size) {
            let hashes = &self.levels[usize::from(tile.level)];
            // What was there before need not be written again.
            if before >> (8 * u32::from(tile.level)) != self.size >> (8 * u32::from(tile.level)) {
                written.push(Written { path: tile.to_string(), bytes: spelled(hashes) });
            }
        }
        Some(written)
    }

    fn add(&mut self, mut hash: Hash, written: &mut Vec<Written>) {
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[level];
            hashes.push(hash);
            if (hashes.len() as u64) < BUNDLE {
                return;
            }
            let index = (self.size >> (8 * (level + 1))) - 1;
            let tile = Tile { level: level as u8, index, width: BUNDLE as u16 };
            written.push(Written { path: tile.to_string(), bytes: spelled(hashes) });
            hash = Tile::root(hashes);
            hashes.clear();
        }
    }

    /// The last bundle as it is.
    fn bundle(&self) -> Option<Written> {
        let tile = Tile { level: 0, index: (self.size - 1) / BUNDLE, width: self.entries.len() as u16 };
        let bytes = bundle(self.entries.iter().map(Vec::as_slice))?;
        Some(Written { path: tile.bundle_path(), bytes })
    }
}

fn spelled(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::merkle::{consistency_ranges, inclusion_ranges, verify_consistency, verify_inclusion};
    use super::*;

    fn entry(n: u64) -> Vec<u8> {
        format!("entry {n}").into_bytes()
    }

    /// A store of files that fails when one is written as something else.
    #[derive(Default)]
    struct Store(BTreeMap<String, Vec<u8>>);

    impl Store {
        fn put(&mut self, written: Vec<Written>) {
            for Written { path, bytes } in written {
                let tile: Tile = path.parse().unwrap();
                assert!(path.contains("entries") || bytes.len() == 32 * usize::from(tile.width), "{path}");
                let there = self.0.entry(path).or_insert_with(|| bytes.clone());
                assert_eq!(*there, bytes, "a file never changes");
            }
        }

        fn tiles(&self, size: u64, ranges: &[(u64, u64)]) -> Tiles {
            let mut tiles = Tiles::of(size);
            for tile in tiles.wanted(ranges) {
                assert!(tiles.add(tile, &self.0[&tile.to_string()]), "{tile}");
            }
            assert!(tiles.wanted(ranges).is_empty());
            tiles
        }

        fn edge(&self, size: u64) -> Edge {
            let mut tiles = Tiles::of(size);
            for tile in Tile::partial(size) {
                assert!(tiles.add(tile, &self.0[&tile.to_string()]), "{tile}");
            }
            let last = Tile::partial(size).find(|tile| tile.level == 0);
            let entries = last.map(|tile| super::super::tile::entries(&self.0[&tile.bundle_path()]).unwrap());
            let entries = entries.unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect();
            Edge::read(size, &tiles, entries).unwrap()
        }
    }

    #[test]
    fn what_is_written_proves_what_it_is() {
        let (mut edge, mut store) = (Edge::default(), Store::default());
        let mut trees = vec![(0, edge.root())];
        for size in [1, 2, 255, 256, 257, 1000, 65_535, 65_536, 65_537, 70_000] {
            store.put(edge.grow((edge.size()..size).map(entry)).unwrap());
            assert_eq!((edge.size(), &store.edge(size)), (size, &edge), "what is stored is enough to go on");
            let whole = store.tiles(size, &[(0, size)]);
            assert_eq!(whole.hash((0, size)), Some(edge.root()));
            let tree = (size, edge.root());
            for index in [0, 1, size / 2, size.saturating_sub(257), size - 1] {
                let (index, ranges) = (index.min(size - 1), inclusion_ranges(index.min(size - 1), size));
                let tiles = store.tiles(size, &[ranges.as_slice(), &[(index, index + 1)]].concat());
                let proof = tiles.proof(&ranges).unwrap();
                assert_eq!(tiles.leaf(index), Some(leaf_hash(&entry(index))));
                assert!(verify_inclusion(leaf_hash(&entry(index)), index, tree, &proof), "{index} of {size}");
            }
            for before in &trees {
                let ranges = consistency_ranges(before.0, size);
                let proof = store.tiles(size, &ranges).proof(&ranges).unwrap();
                assert!(verify_consistency(*before, tree, &proof), "{before:?} to {size}");
            }
            trees.push(tree);
        }
        // 273 full tiles of entries, and so on.
        let full = store.0.keys().filter(|path| !path.contains(".p/")).count();
        assert_eq!(full, 273 + 273 + 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn in_whatever_pieces(pieces in prop::collection::vec(0_u64..400, 1..12)) {
            let (mut edge, mut store) = (Edge::default(), Store::default());
            for piece in pieces {
                let from = edge.size();
                store.put(edge.grow((from..from + piece).map(entry)).unwrap());
            }
            let mut whole = Edge::default();
            whole.grow((0..edge.size()).map(entry)).unwrap();
            prop_assert_eq!(&edge, &whole);
            prop_assert_eq!(edge.root(), whole.root());
            prop_assert_eq!(&store.edge(edge.size()), &edge);
        }
    }
}
