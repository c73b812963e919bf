//! What somebody lacks of a repo: the objects below commits that they do not have, as far as they want them (git rev-list, partial clone).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use seedcorn_core::digest::Oid;

use super::object::Kind;
use super::resolve::{PackSet, ReadError};
use super::strict::check_tag;
use super::tree::{BadTree, raw_entries};

/// Folders in each other: no door lets in as many.
const DEPTH_MAX: u32 = 128;
/// Bytes of trees that are kept at hand: the next commit has most of them too.
const KEPT_BYTES_MAX: usize = 16 << 20;

/// Why the objects below a commit cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A tree cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A tree is damaged.
    #[error("tree {0}: {1}")]
    Tree(Oid, BadTree),
    /// An object is another thing than its place says.
    #[error("object {0} is not a {1}")]
    Kind(Oid, &'static str),
    /// More folders in each other than anybody needs.
    #[error("tree {0} is more than {DEPTH_MAX} folders deep")]
    TooDeep(Oid),
    /// More objects than are sent at once.
    #[error("these are more than {0} objects")]
    TooMany(usize),
}

/// What is left out (`--filter` of git clone).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Filter {
    /// Nothing.
    #[default]
    None,
    /// Files of so many bytes and more; with 0 every file.
    Blobs(u64),
    /// Trees, and files, that lie so many folders deep and more; with 0 every one.
    Trees(u32),
}

impl Filter {
    fn has_tree(self, depth: u32) -> bool {
        !matches!(self, Filter::Trees(most) if depth >= most)
    }
}

/// Gathers objects.
#[derive(Debug)]
pub struct Walk<'a> {
    packs: &'a PackSet,
    filter: Filter,
    most: usize,
    /// What was gathered, with the depth at which a tree was met.
    met: HashMap<Oid, u32>,
    found: Vec<Oid>,
    /// What was asked for by its id.
    asked: HashSet<Oid>,
    kept: HashMap<Oid, Arc<Vec<u8>>>,
    kept_bytes: usize,
}

impl<'a> Walk<'a> {
    /// Among the objects of a repo, at most so many.
    pub fn new(packs: &'a PackSet, filter: Filter, most: usize) -> Walk<'a> {
        let (met, found, asked, kept) = Default::default();
        Walk { packs, filter, most, met, found, asked, kept, kept_bytes: 0 }
    }

    /// What was gathered, each object once.
    pub fn found(self) -> Vec<Oid> {
        self.found
    }

    /// An object that is wanted by its id, whatever the filter says: a file, a tag with the tags that it is on, or a tree with what is
    /// in it.
    ///
    /// # Errors
    /// [`WalkError`].
    pub fn object(&mut self, mut oid: Oid) -> Result<(), WalkError> {
        while self.asked.insert(oid) {
            self.meet(oid, 0)?;
            match self.packs.about(&oid)?.0 {
                Kind::Tree => return self.below(oid, &[], 0),
                Kind::Tag => match check_tag(&self.packs.read(&oid)?.data) {
                    Ok(tag) if tag.kind == Kind::Tag => oid = tag.target,
                    _ => return Ok(()),
                },
                Kind::Blob | Kind::Commit => return Ok(()),
            }
        }
        Ok(())
    }

    /// A commit, and what is in its tree and not in those that whoever gets it has, or that were walked before: of two commits the one
    /// that the other builds upon comes first, or what came back later would be left out.
    ///
    /// # Errors
    /// [`WalkError`].
    pub fn commit(&mut self, oid: Oid, tree: Oid, besides: &[Oid]) -> Result<(), WalkError> {
        self.meet(oid, 0)?;
        self.tree(tree, besides, 0)
    }

    /// Notes an object; tells whether it is new, or a tree that lies less deep than it did.
    fn meet(&mut self, oid: Oid, depth: u32) -> Result<bool, WalkError> {
        let before = self.met.get(&oid).copied();
        if before.is_some_and(|before| before <= depth) {
            return Ok(false);
        }
        if before.is_none() {
            if self.found.len() >= self.most {
                return Err(WalkError::TooMany(self.most));
            }
            self.found.push(oid);
        }
        self.met.insert(oid, depth);
        // Where nothing depends on the depth, once is enough.
        Ok(before.is_none() || matches!(self.filter, Filter::Trees(_)))
    }

    fn tree(&mut self, oid: Oid, besides: &[Oid], depth: u32) -> Result<(), WalkError> {
        if besides.contains(&oid) || !self.filter.has_tree(depth) || !self.meet(oid, depth)? {
            return Ok(());
        }
        self.below(oid, besides, depth)
    }

    fn below(&mut self, oid: Oid, besides: &[Oid], depth: u32) -> Result<(), WalkError> {
        if depth >= DEPTH_MAX {
            return Err(WalkError::TooDeep(oid));
        }
        let data = self.read(oid)?;
        let others = besides.iter().map(|other| self.read(*other)).collect::<Result<Vec<_>, _>>()?;
        let mut others: Vec<_> = others.iter().map(|data| Beside::new(data)).collect();
        for entry in raw_entries(&data) {
            let entry = entry.map_err(|why| WalkError::Tree(oid, why))?;
            let is_tree = entry.mode == b"40000";
            let mut same = false;
            let mut deeper = Vec::new();
            for other in &mut others {
                match other.at(&entry) {
                    Some(there) if there == entry.oid => same = true,
                    Some(there) if is_tree => deeper.push(there),
                    _ => {}
                }
            }
            if same || entry.mode == b"160000" {
                continue;
            }
            match is_tree {
                true => self.tree(entry.oid, &deeper, depth + 1)?,
                false => self.blob(entry.oid, depth + 1)?,
            }
        }
        Ok(())
    }

    fn blob(&mut self, oid: Oid, depth: u32) -> Result<(), WalkError> {
        if self.met.contains_key(&oid) {
            return Ok(());
        }
        let is_wanted = match self.filter {
            Filter::None => true,
            Filter::Blobs(0) => false,
            Filter::Blobs(most) => self.packs.about(&oid)?.1 < most,
            Filter::Trees(_) => self.filter.has_tree(depth),
        };
        if is_wanted {
            self.meet(oid, depth)?;
        }
        Ok(())
    }

    fn read(&mut self, oid: Oid) -> Result<Arc<Vec<u8>>, WalkError> {
        if let Some(kept) = self.kept.get(&oid) {
            return Ok(kept.clone());
        }
        let object = self.packs.read(&oid)?;
        if object.kind != Kind::Tree {
            return Err(WalkError::Kind(oid, Kind::Tree.name()));
        }
        let data = Arc::new(object.data);
        if self.kept_bytes > KEPT_BYTES_MAX {
            self.kept.clear();
            self.kept_bytes = 0;
        }
        self.kept_bytes += data.len() + 64;
        self.kept.insert(oid, data.clone());
        Ok(data)
    }
}

/// A tree that is read along with another, whose entries come in the same order.
struct Beside<'a> {
    rest: Box<dyn Iterator<Item = super::tree::RawEntry<'a>> + 'a>,
    next: Option<super::tree::RawEntry<'a>>,
}

impl<'a> Beside<'a> {
    fn new(data: &'a [u8]) -> Beside<'a> {
        let mut rest: Box<dyn Iterator<Item = _>> = Box::new(raw_entries(data).map_while(Result::ok));
        Beside { next: rest.next(), rest }
    }

    /// The object of the same name and kind, if there is one.
    fn at(&mut self, entry: &super::tree::RawEntry<'_>) -> Option<Oid> {
        while self.next.as_ref().is_some_and(|next| next.order(entry).is_lt()) {
            self.next = self.rest.next();
        }
        let next = self.next.as_ref()?;
        let is_same = next.name == entry.name && (next.mode == b"40000") == (entry.mode == b"40000");
        is_same.then_some(next.oid)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use std::io::Cursor;

    use bytes::Bytes;

    use super::super::{Index, Mode, Pack, PackWriter, TreeEntry, render_tree};
    use super::*;

    struct World {
        writer: PackWriter<Cursor<Vec<u8>>>,
    }

    impl World {
        fn blob(&mut self, text: &str) -> Oid {
            self.writer.add(Kind::Blob, text.as_bytes()).unwrap()
        }

        fn tree(&mut self, entries: &[(&str, Mode, Oid)]) -> Oid {
            let entry = |&(name, mode, oid): &(&str, Mode, Oid)| TreeEntry { mode, name: name.into(), oid };
            let entries: Vec<TreeEntry> = entries.iter().map(entry).collect();
            self.writer.add(Kind::Tree, &render_tree(&entries).unwrap()).unwrap()
        }

        fn packs(self) -> PackSet {
            let (summary, out) = self.writer.finish().unwrap();
            let index = Index::parse(summary.index.into()).unwrap();
            let bytes = Bytes::from(out.into_inner());
            PackSet::new(vec![Arc::new(Pack::open(Box::new(bytes), index, false).unwrap())])
        }
    }

    #[test]
    fn what_others_have_is_left_out_and_filters_leave_out_more() {
        let mut world = World { writer: PackWriter::new(Cursor::new(Vec::new())).unwrap() };
        let (a, b, c) = (world.blob("a"), world.blob("a longer b"), world.blob("c"));
        let sub_old = world.tree(&[("a", Mode::File, a)]);
        let sub_new = world.tree(&[("a", Mode::File, a), ("b", Mode::File, b)]);
        let link = ("link", Mode::Gitlink, Oid([5; 20]));
        let old = world.tree(&[("c", Mode::File, c), ("sub", Mode::Tree, sub_old)]);
        let new =
            world.tree(&[("c", Mode::File, c), link, ("sub", Mode::Tree, sub_new), ("top", Mode::File, a)]);
        let packs = world.packs();
        let commit = Oid([1; 20]);
        let below = |filter, besides: &[Oid]| {
            let mut walk = Walk::new(&packs, filter, 99);
            walk.commit(commit, new, besides).unwrap();
            walk.found()
        };
        assert_eq!(below(Filter::None, &[]), [commit, new, c, sub_new, a, b]);
        assert_eq!(below(Filter::None, &[old]), [commit, new, sub_new, b, a], "a lies elsewhere there");
        assert_eq!(below(Filter::None, &[new]), [commit]);
        assert_eq!(below(Filter::Blobs(0), &[]), [commit, new, sub_new]);
        assert_eq!(below(Filter::Blobs(2), &[]), [commit, new, c, sub_new, a]);
        assert_eq!(below(Filter::Trees(0), &[]), [commit]);
        assert_eq!(below(Filter::Trees(1), &[]), [commit, new]);
        assert_eq!(below(Filter::Trees(2), &[]), [commit, new, c, sub_new, a]);
        let mut walk = Walk::new(&packs, Filter::Blobs(0), 99);
        for oid in [b, sub_new, b] {
            walk.object(oid).unwrap();
        }
        assert_eq!(walk.found(), [b, sub_new], "what is asked for by its id is sent");
        // What comes back is not left out: old, new, and old again, with nobody having anything.
        let mut back = Walk::new(&packs, Filter::None, 99);
        for (n, tree, besides) in [(1, old, vec![]), (2, new, vec![old]), (3, old, vec![new])] {
            back.commit(Oid([n; 20]), tree, &besides).unwrap();
        }
        let found = back.found();
        assert!([old, new, a, b, c, sub_old, sub_new].iter().all(|oid| found.contains(oid)));
        let mut few = Walk::new(&packs, Filter::None, 3);
        assert!(matches!(few.commit(commit, new, &[]), Err(WalkError::TooMany(3))));
        let mut wrong = Walk::new(&packs, Filter::None, 9);
        assert!(matches!(wrong.commit(commit, a, &[]), Err(WalkError::Kind(_, "tree"))));
    }
}
