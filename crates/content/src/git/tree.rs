//! Directories: git's tree objects, written in canonical order and read strictly.

use std::cmp::Ordering;
use std::ops::Range;

use seedcorn_core::digest::Oid;
use seedcorn_core::dotgit;
use seedcorn_core::limits::PATH_PART_BYTES_MAX;

/// What a tree entry is, with git's octal spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A directory, `40000`.
    Tree,
    /// A plain file, `100644`.
    File,
    /// A file that may be run, `100755`.
    Executable,
    /// A symbolic link, `120000`.
    Symlink,
    /// A commit of another repo (submodule), `160000`; its object is not in this one.
    Gitlink,
}

impl Mode {
    /// The octal digits inside a tree object: no leading zero.
    pub fn octal(self) -> &'static str {
        match self {
            Mode::Tree => "40000",
            Mode::File => "100644",
            Mode::Executable => "100755",
            Mode::Symlink => "120000",
            Mode::Gitlink => "160000",
        }
    }

    fn parse(digits: &[u8]) -> Option<Self> {
        match digits {
            b"40000" => Some(Mode::Tree),
            // Early git kept the group-write bit; such trees still live in old histories.
            b"100644" | b"100664" => Some(Mode::File),
            b"100755" => Some(Mode::Executable),
            b"120000" => Some(Mode::Symlink),
            b"160000" => Some(Mode::Gitlink),
            _ => None,
        }
    }
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// What it is.
    pub mode: Mode,
    /// Its name: one part of a path.
    pub name: String,
    /// The object it names.
    pub oid: Oid,
}

/// Why bytes are not a tree, or entries cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTree {
    /// The bytes end inside an entry.
    #[error("tree ends inside an entry")]
    Truncated,
    /// A mode git does not write, or one with leading zeroes.
    #[error("tree entry has mode {0:?}")]
    Mode(String),
    /// A name that is not UTF-8.
    #[error("tree entry name is not UTF-8: {0:?}")]
    NotUtf8(String),
    /// A name no file may have.
    #[error("tree entry name {0:?} is empty, too long, reserved, or holds '/' or NUL")]
    Name(String),
    /// Entries out of git's order.
    #[error("tree entry {0:?} is out of order")]
    Order(String),
    /// Two entries of one name.
    #[error("tree has two entries named {0:?}")]
    Duplicate(String),
}

/// One entry as it lies in a tree's bytes.
pub(super) struct RawEntry<'a> {
    pub(super) mode: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) oid: Oid,
    /// Where the whole entry lies; its last 20 bytes are the object id.
    pub(super) span: Range<usize>,
}

impl RawEntry<'_> {
    /// git's order: names as bytes, a directory as if its name ended in '/'.
    pub(super) fn order(&self, other: &RawEntry<'_>) -> Ordering {
        order((self.name, self.mode == b"40000"), (other.name, other.mode == b"40000"))
    }
}

/// Splits a tree's bytes into entries without judging them. Ends after the first error.
pub(super) fn raw_entries(tree: &[u8]) -> impl Iterator<Item = Result<RawEntry<'_>, BadTree>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = tree.get(at..).filter(|rest| !rest.is_empty())?;
        let entry = split_entry(rest, at);
        at = entry.as_ref().map_or(tree.len(), |entry| entry.span.end);
        Some(entry.ok_or(BadTree::Truncated))
    })
}

fn split_entry(rest: &[u8], at: usize) -> Option<RawEntry<'_>> {
    let space = rest.iter().position(|&byte| byte == b' ')?;
    let (mode, after) = (rest.get(..space)?, rest.get(space + 1..)?);
    let nul = after.iter().position(|&byte| byte == 0)?;
    let (name, after) = (after.get(..nul)?, after.get(nul + 1..)?);
    let oid = Oid::from_slice(after.get(..20)?)?;
    Some(RawEntry { mode, name, oid, span: at..at + space + nul + 22 })
}

fn order(a: (&[u8], bool), b: (&[u8], bool)) -> Ordering {
    let shared = a.0.len().min(b.0.len());
    let next = |(name, is_tree): (&[u8], bool)| match name.get(shared) {
        Some(&byte) => byte,
        None if is_tree => b'/',
        None => 0,
    };
    a.0.iter().take(shared).cmp(b.0.iter().take(shared)).then_with(|| next(a).cmp(&next(b)))
}

fn entry_order(a: &TreeEntry, b: &TreeEntry) -> Ordering {
    order((a.name.as_bytes(), a.mode == Mode::Tree), (b.name.as_bytes(), b.mode == Mode::Tree))
}

fn check_name(name: &str) -> Result<(), BadTree> {
    let reserved = name.is_empty() || name == "." || name == ".." || dotgit::is_taken_for_git(name);
    if reserved || name.len() > PATH_PART_BYTES_MAX || name.contains(['/', '\0']) {
        return Err(BadTree::Name(name.chars().take(80).collect()));
    }
    Ok(())
}

/// `before` is sorted and free of duplicates. A file and a directory of one name need not be neighbours
/// (`a`, `a.txt`, `a/`), and the file always comes first, so only a directory has to look back.
fn check_next(before: &[TreeEntry], entry: &TreeEntry) -> Result<(), BadTree> {
    check_name(&entry.name)?;
    match before.last().map_or(Ordering::Less, |last| entry_order(last, entry)) {
        Ordering::Less => {}
        Ordering::Equal => return Err(BadTree::Duplicate(entry.name.clone())),
        Ordering::Greater => return Err(BadTree::Order(entry.name.clone())),
    }
    let as_file = (entry.name.as_bytes(), false);
    let twin = |other: &TreeEntry| order((other.name.as_bytes(), other.mode == Mode::Tree), as_file);
    if entry.mode == Mode::Tree && before.binary_search_by(twin).is_ok() {
        return Err(BadTree::Duplicate(entry.name.clone()));
    }
    Ok(())
}

/// The bytes of a tree object. Entries may come in any order and leave in git's. [`BadTree::Name`] and
/// [`BadTree::Duplicate`] for what no tree may hold.
pub fn render_tree(entries: &[TreeEntry]) -> Result<Vec<u8>, BadTree> {
    let mut sorted = entries.to_vec();
    sorted.sort_by(entry_order);
    let mut out = Vec::new();
    for (at, entry) in sorted.iter().enumerate() {
        check_next(sorted.get(..at).unwrap_or_default(), entry)?;
        out.extend_from_slice(entry.mode.octal().as_bytes());
        out.push(b' ');
        out.extend_from_slice(entry.name.as_bytes());
        out.push(0);
        out.extend_from_slice(entry.oid.as_bytes());
    }
    Ok(out)
}

/// Reads a tree object as `git fsck --strict` would: canonical modes, canonical order, no name twice, none that a
/// checkout must refuse; and, stricter than git, UTF-8 names no longer than a file system takes.
pub fn parse_tree(tree: &[u8]) -> Result<Vec<TreeEntry>, BadTree> {
    let mut entries = Vec::new();
    for raw in raw_entries(tree) {
        let raw = raw?;
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(80).collect();
        let mode = Mode::parse(raw.mode).ok_or_else(|| BadTree::Mode(lossy(raw.mode)))?;
        let name = str::from_utf8(raw.name).map_err(|_| BadTree::NotUtf8(lossy(raw.name)))?.to_owned();
        let entry = TreeEntry { mode, name, oid: raw.oid };
        check_next(&entries, &entry)?;
        entries.push(entry);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn entry(mode: Mode, name: &str) -> TreeEntry {
        TreeEntry { mode, name: name.to_owned(), oid: Oid([7; 20]) }
    }

    fn raw(entries: &[(&str, &[u8])]) -> Vec<u8> {
        entries
            .iter()
            .flat_map(|(mode, name)| [mode.as_bytes(), b" ", name, b"\0", &[7; 20]].concat())
            .collect()
    }

    #[test]
    fn directories_sort_as_if_they_ended_in_a_slash() {
        let tree = render_tree(&[
            entry(Mode::Tree, "a"),
            entry(Mode::File, "a.txt"),
            entry(Mode::Executable, "a0"),
            entry(Mode::Symlink, "A"),
        ])
        .unwrap();
        let names: Vec<String> = parse_tree(&tree).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["A", "a.txt", "a", "a0"]);
    }

    #[test]
    fn each_fault_is_named() {
        let fault = |entries: &[(&str, &[u8])]| parse_tree(&raw(entries)).unwrap_err();
        assert_eq!(fault(&[("0100644", b"a")]), BadTree::Mode("0100644".into()));
        assert_eq!(fault(&[("040000", b"a")]), BadTree::Mode("040000".into()));
        assert_eq!(fault(&[("100644", b"b"), ("100644", b"a")]), BadTree::Order("a".into()));
        assert_eq!(fault(&[("100644", b"a"), ("100644", b"a")]), BadTree::Duplicate("a".into()));
        let apart: &[(&str, &[u8])] = &[("100644", b"a"), ("100644", b"a.txt"), ("40000", b"a")];
        assert_eq!(fault(apart), BadTree::Duplicate("a".into()));
        assert_eq!(fault(&[("100644", b"\xff")]), BadTree::NotUtf8("\u{fffd}".into()));
        for name in ["", ".", "..", ".git", ".GIT", "a/b", &"n".repeat(256)] {
            assert!(matches!(fault(&[("100644", name.as_bytes())]), BadTree::Name(_)), "{name}");
        }
        let whole = raw(&[("100644", b"a")]);
        assert_eq!(parse_tree(&whole[..whole.len() - 1]).unwrap_err(), BadTree::Truncated);
        assert_eq!(parse_tree(&raw(&[("100664", b"a")])).unwrap(), [entry(Mode::File, "a")]);
    }

    #[test]
    fn nothing_unreadable_is_written() {
        let twice = [entry(Mode::File, "a"), entry(Mode::Tree, "a"), entry(Mode::File, "a-b")];
        assert_eq!(render_tree(&twice), Err(BadTree::Duplicate("a".into())));
        assert!(matches!(render_tree(&[entry(Mode::File, "a\0b")]), Err(BadTree::Name(_))));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_tree(&bytes);
        }

        #[test]
        fn rendered_trees_read_back(names in prop::collection::btree_set("[a-c./]{1,4}", 0..20), kinds in any::<u32>()) {
            let entries: Vec<TreeEntry> = names.iter().enumerate()
                .map(|(at, name)| entry(if kinds >> at & 1 == 1 { Mode::Tree } else { Mode::File }, name))
                .collect();
            if let Ok(tree) = render_tree(&entries) {
                let mut back = parse_tree(&tree).unwrap();
                back.sort_by(|a, b| a.name.cmp(&b.name));
                prop_assert_eq!(back, entries);
            }
        }
    }
}
