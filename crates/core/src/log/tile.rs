//! Tiles: the tree's hashes and the entries themselves as files that never change (C2SP tlog-tiles).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::hash::{Hash, node_hash};
use super::merkle::{Node, Range, nodes_of, together};

/// Hashes of a full tile, and entries of a full bundle.
pub const BUNDLE: u64 = 256;
/// Levels of the tree that one level of tiles spans.
const HEIGHT: u8 = 8;
/// Levels of tiles that can be: more entries than fit into 64 bits there are not.
const LEVELS: u8 = 8;

/// A tile of hashes: which, and how many hashes wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tile {
    /// 0 has the hashes of entries; each hash of a level is that of a full tile of the level below.
    pub level: u8,
    /// Which of its level.
    pub index: u64,
    /// Hashes that it has, 1 to 256: fewer where the tree ends in it.
    pub width: u16,
}

/// Something is no path of a tile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a tile is tile/LEVEL/NNN, with x before all but the last three digits, and .p/WIDTH where it is partial"
)]
pub struct BadTile;

impl Tile {
    /// Hashes of a full tile.
    pub const FULL: u16 = BUNDLE as u16;

    /// The tile that a hash of its level lies in, in a tree of so many entries; none if the tree has no such hash.
    fn of(level: u8, hash: u64, size: u64) -> Option<Tile> {
        let all = size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
        let index = hash / BUNDLE;
        let width = all.checked_sub(index * BUNDLE)?.min(BUNDLE);
        (hash < all).then_some(Tile { level, index, width: width as u16 })
    }

    /// The last tile of each level, in a tree of so many entries, where it is partial.
    pub fn partial(size: u64) -> impl Iterator<Item = Tile> {
        (0..LEVELS).filter_map(move |level| {
            let all = size >> (u32::from(level) * u32::from(HEIGHT));
            let tile = all.checked_sub(1).and_then(|last| Tile::of(level, last, size))?;
            (u64::from(tile.width) < BUNDLE).then_some(tile)
        })
    }

    /// Whether nothing can be added to it.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == BUNDLE
    }

    /// Whether a tree of so many entries has it.
    pub fn is_within(&self, size: u64) -> bool {
        let all = size.checked_shr(u32::from(self.level) * u32::from(HEIGHT)).unwrap_or(0);
        self.index.saturating_mul(BUNDLE).saturating_add(u64::from(self.width)) <= all
    }

    /// Where the bundle of the entries lies whose hashes a tile of level 0 has.
    pub fn bundle_path(&self) -> String {
        format!("tile/entries/{}", Place(*self))
    }

    /// The hash of all that it covers.
    pub fn root(hashes: &[Hash]) -> Hash {
        let mut level = hashes.to_vec();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| if let [a, b] = pair { node_hash(a, b) } else { pair[0] })
                .collect();
        }
        level.first().copied().unwrap_or_else(Hash::empty)
    }
}

/// Index and width as a path has them.
struct Place(Tile);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tile = &self.0;
        let mut groups = vec![tile.index % 1000];
        let mut rest = tile.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if !tile.is_full() {
            write!(f, ".p/{}", tile.width)?;
        }
        Ok(())
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, Place(*self))
    }
}

impl FromStr for Tile {
    type Err = BadTile;

    /// Reads the path of a tile, or of a bundle, which is at level 0.
    fn from_str(path: &str) -> Result<Tile, BadTile> {
        let (level, place) =
            path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(BadTile)?;
        let (place, width) = match place.split_once(".p/") {
            Some((place, width)) => (place, width.parse().map_err(|_| BadTile)?),
            None => (place, 256),
        };
        let digits = |group: &str| match group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()) {
            true => group.parse::<u64>().map_err(|_| BadTile),
            false => Err(BadTile),
        };
        let mut index = 0_u64;
        let mut groups = place.split('/').peekable();
        while let Some(group) = groups.next() {
            let group = match groups.peek() {
                Some(_) => digits(group.strip_prefix('x').ok_or(BadTile)?)?,
                None => digits(group)?,
            };
            index = index.checked_mul(1000).and_then(|index| index.checked_add(group)).ok_or(BadTile)?;
        }
        let tile = match level {
            "entries" => Tile { level: 0, index, width },
            level => Tile { level: level.parse().map_err(|_| BadTile)?, index, width },
        };
        // Whatever else says the same, such as a zero too many, is no path.
        let told = if level == "entries" { tile.bundle_path() } else { tile.to_string() };
        let fits = tile.level < 64 && (1..=256).contains(&tile.width) && index <= u64::MAX / BUNDLE;
        (fits && told == path).then_some(tile).ok_or(BadTile)
    }
}

/// A complete subtree within a tile: the tile, and its first hash and how many.
fn place_of(node: Node, size: u64) -> Option<(Tile, usize, usize)> {
    let (level, within) = (node.level / HEIGHT, node.level % HEIGHT);
    let first = node.index << within;
    let count = 1 << within;
    // The last of them must be there as well; all lie in one tile.
    let tile = Tile::of(level, first + count - 1, size)?;
    Some((tile, (first % BUNDLE) as usize, count as usize))
}

/// Tiles that were fetched, of a tree of so many entries.
#[derive(Clone, Default, Debug)]
pub struct Tiles {
    size: u64,
    tiles: BTreeMap<Tile, Vec<Hash>>,
}

impl Tiles {
    /// None yet, of a tree.
    pub fn of(size: u64) -> Tiles {
        Tiles { size, tiles: BTreeMap::new() }
    }

    /// The tiles that are needed for the hashes of ranges, and are not here.
    pub fn wanted(&self, ranges: &[Range]) -> BTreeSet<Tile> {
        let nodes = ranges.iter().flat_map(|range| nodes_of(*range));
        let tiles = nodes.filter_map(|node| place_of(node, self.size)).map(|(tile, ..)| tile);
        tiles.filter(|tile| !self.tiles.contains_key(tile)).collect()
    }

    /// Adds a tile as it was fetched. False if it has not as many hashes as it should.
    pub fn add(&mut self, tile: Tile, bytes: &[u8]) -> bool {
        let hashes: Vec<Hash> = bytes.chunks(32).filter_map(Hash::from_slice).collect();
        let fits = bytes.len() == 32 * usize::from(tile.width) && hashes.len() == usize::from(tile.width);
        if fits {
            self.tiles.insert(tile, hashes);
        }
        fits
    }

    /// The hashes of a tile that is here.
    pub(super) fn hashes(&self, tile: Tile) -> Option<&[Hash]> {
        self.tiles.get(&tile).map(Vec::as_slice)
    }

    /// The hash of a range of entries: for ranges of proofs, and for the beginning of the tree. None where a tile is missing.
    pub fn hash(&self, range: Range) -> Option<Hash> {
        let of_node = |node: Node| {
            let (tile, first, count) = place_of(node, self.size)?;
            self.tiles.get(&tile)?.get(first..first + count).map(Tile::root)
        };
        let hashes: Option<Vec<Hash>> = nodes_of(range).into_iter().map(of_node).collect();
        hashes.map(|hashes| together(&hashes))
    }

    /// The hashes of a proof.
    pub fn proof(&self, ranges: &[Range]) -> Option<Vec<Hash>> {
        ranges.iter().map(|range| self.hash(*range)).collect()
    }

    /// The hash of an entry.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.hash((index, index + 1))
    }
}

/// Entries as one file: each behind its length, as 16 bits, the high byte first. `None` if one is too long for that.
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend(entry);
    }
    Some(bytes)
}

/// The entries of a bundle; `None` if it is cut off, or has more than it may.
pub fn entries(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        if entries.len() as u64 > BUNDLE {
            return None;
        }
        bytes = rest;
    }
    Some(entries)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let tile = |level, index, width| Tile { level, index, width };
        for (tile, path) in [
            (tile(0, 0, 256), "tile/0/000"),
            (tile(0, 273, 112), "tile/0/273.p/112"),
            (tile(1, 1_234_067, 256), "tile/1/x001/x234/067"),
            (tile(2, 1000, 1), "tile/2/x001/000.p/1"),
        ] {
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse(), Ok(tile));
        }
        assert_eq!(tile(0, 5, 7).bundle_path(), "tile/entries/005.p/7");
        assert_eq!("tile/entries/005.p/7".parse(), Ok(tile(0, 5, 7)));
        for bad in [
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/0000",
            "tile/00/000",
            "tile/64/000",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/000.p/1/2",
            "tile/+1/000",
            "tile/-1/000",
            "tile/0/00a",
            "tile/entries",
            "tile/Entries/000",
            "tile/0/x18/x446/744/073",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "checkpoint",
            "/tile/0/000",
        ] {
            assert_eq!(bad.parse::<Tile>(), Err(BadTile), "{bad}");
        }
    }

    #[test]
    fn a_tree_of_seventy_thousand() {
        let partial: Vec<String> = Tile::partial(70_000).map(|tile| tile.to_string()).collect();
        assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        let partial: Vec<String> = Tile::partial(256).map(|tile| tile.to_string()).collect();
        assert_eq!(partial, ["tile/1/000.p/1"]);
        assert_eq!(Tile::partial(0).count(), 0);
        for (path, within) in [
            ("tile/0/273.p/112", true),
            ("tile/0/273.p/113", false),
            ("tile/0/273", false),
            ("tile/1/000", true),
            ("tile/2/000.p/1", true),
            ("tile/2/000.p/2", false),
            ("tile/63/000.p/1", false),
            ("tile/entries/273.p/1", true),
        ] {
            assert_eq!(path.parse::<Tile>().unwrap().is_within(70_000), within, "{path}");
        }
    }

    #[test]
    fn bundles() {
        let entries_ = [b"one".as_slice(), b"", b"three"];
        let bytes = bundle(entries_).unwrap();
        assert_eq!(bytes, b"\0\x03one\0\0\0\x05three");
        assert_eq!(entries(&bytes).unwrap(), entries_);
        assert_eq!(entries(&bytes[..bytes.len() - 1]), None);
        assert_eq!(entries(&[0; 514]), None, "257 of nothing");
        assert_eq!(entries(&[0; 512]).unwrap().len(), 256);
        assert_eq!(bundle([[0; 65_536].as_slice()]), None);
    }
}
