//! What a commit's operations make of a folder: pure trees in, pure trees out; whoever stores them loads and writes.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Oid;
use crate::{limits, name};

/// What a file is in a git tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `100644`
    File,
    /// `100755`
    Executable,
    /// `120000`
    Symlink,
}

/// One entry of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// A file or link.
    Blob {
        /// Its mode.
        mode: Mode,
        /// The blob that holds its bytes (or its LFS pointer).
        oid: Oid,
    },
    /// A commit of another repo (`160000`), kept as it is.
    Gitlink(Oid),
    /// A folder that was not loaded, so it is unchanged.
    Tree(Oid),
    /// A folder that was loaded or made, so it may have changed and must be hashed again.
    Dir(Dir),
}

/// A loaded folder: its entries by name, in plain byte order (git's own order puts a `/` behind folder names).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dir {
    /// The entries.
    pub entries: BTreeMap<String, Node>,
}

/// One operation of a commit. Paths are from the root of the repo, `/` between parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A file is made, or its content replaced.
    Put {
        /// Where.
        path: String,
        /// The blob.
        oid: Oid,
    },
    /// A file is removed, or the folder of that name (Hub protocol: `deletedFile` may name a folder).
    DeleteFile {
        /// Which.
        path: String,
    },
    /// A folder is removed with all that is in it.
    DeleteFolder {
        /// Which; may end in `/`.
        path: String,
    },
}

impl Change {
    /// The path, without the `/` that a folder may end in.
    pub fn path(&self) -> &str {
        match self {
            Change::Put { path, .. } | Change::DeleteFile { path } => path,
            Change::DeleteFolder { path } => path.strip_suffix('/').unwrap_or(path),
        }
    }
}

/// Why the operations cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// More than [`limits::COMMIT_OPERATIONS_MAX`].
    #[error("a commit has at most {max} operations, not {0}", max = limits::COMMIT_OPERATIONS_MAX)]
    TooMany(usize),
    /// A path that no tree may hold.
    #[error("{0}")]
    BadPath(#[from] name::BadName),
    /// Nothing (or, for `DeleteFolder`, no folder) stands at the path.
    #[error("A file with this name doesn't exist: {0:?}")]
    NoSuchEntry(String),
    /// The path leads through a file.
    #[error("{path:?} cannot be made: {file:?} is a file, not a folder")]
    FileInTheWay {
        /// What was to be made.
        path: String,
        /// The file on the way.
        file: String,
    },
    /// A file was to be put where a folder is.
    #[error("{0:?} cannot be made: a folder of that name exists")]
    FolderInTheWay(String),
    /// A folder of [`dirs_needed`] was not loaded: a mistake of the caller, not of the client.
    #[error("the folder {0:?} was not loaded")]
    NotLoaded(String),
}

/// Every folder (`""` is the root) whose entries must be loaded before [`apply`]: all that lie above the changed paths.
/// Those that do not exist need nothing.
pub fn dirs_needed(changes: &[Change]) -> BTreeSet<String> {
    let mut dirs = BTreeSet::from([String::new()]);
    for change in changes {
        let mut path = change.path();
        while let Some((folder, _)) = path.rsplit_once('/') {
            // What lies above a folder that is there is there too.
            if !dirs.insert(folder.to_owned()) {
                break;
            }
            path = folder;
        }
    }
    dirs
}

/// Applies the operations in order. Folders are made as needed and vanish when they become empty; a file that is put
/// over an executable one stays executable (over a link it becomes a plain file: its bytes were not meant as a target).
pub fn apply(mut root: Dir, changes: &[Change]) -> Result<Dir, TreeError> {
    if changes.len() > limits::COMMIT_OPERATIONS_MAX {
        return Err(TreeError::TooMany(changes.len()));
    }
    for change in changes {
        let path = change.path();
        name::check_path(path)?;
        match change {
            Change::Put { oid, .. } => put(&mut root, path, *oid)?,
            Change::DeleteFile { .. } => remove(&mut root, path, path, false)?,
            Change::DeleteFolder { .. } => remove(&mut root, path, path, true)?,
        }
    }
    Ok(root)
}

fn put(root: &mut Dir, path: &str, oid: Oid) -> Result<(), TreeError> {
    let (folders, file) = path.rsplit_once('/').map_or((None, path), |(folders, file)| (Some(folders), file));
    let mut dir = root;
    let mut walked = 0;
    for part in folders.into_iter().flat_map(|folders| folders.split('/')) {
        walked += part.len() + 1;
        let here = || path.get(..walked - 1).unwrap_or(path).to_owned();
        dir = match dir.entries.entry(part.to_owned()).or_insert_with(|| Node::Dir(Dir::default())) {
            Node::Dir(dir) => dir,
            Node::Tree(_) => return Err(TreeError::NotLoaded(here())),
            Node::Blob { .. } | Node::Gitlink(_) => {
                return Err(TreeError::FileInTheWay { path: path.to_owned(), file: here() });
            }
        };
    }
    let mode = match dir.entries.get(file) {
        Some(Node::Dir(_) | Node::Tree(_)) => return Err(TreeError::FolderInTheWay(path.to_owned())),
        Some(Node::Blob { mode: Mode::Executable, .. }) => Mode::Executable,
        Some(Node::Blob { .. } | Node::Gitlink(_)) | None => Mode::File,
    };
    dir.entries.insert(file.to_owned(), Node::Blob { mode, oid });
    Ok(())
}

/// Removes what `rest` names under `dir`; `whole` is the same path from the root. Recurses no deeper than
/// [`limits::PATH_DEPTH_MAX`].
fn remove(dir: &mut Dir, rest: &str, whole: &str, folder_only: bool) -> Result<(), TreeError> {
    let missing = || TreeError::NoSuchEntry(whole.to_owned());
    let Some((part, inner)) = rest.split_once('/') else {
        let node = dir.entries.get(rest).ok_or_else(missing)?;
        if folder_only && !matches!(node, Node::Dir(_) | Node::Tree(_)) {
            return Err(missing());
        }
        dir.entries.remove(rest);
        return Ok(());
    };
    match dir.entries.get_mut(part) {
        Some(Node::Dir(folder)) => {
            remove(folder, inner, whole, folder_only)?;
            if folder.entries.is_empty() {
                dir.entries.remove(part);
            }
            Ok(())
        }
        Some(Node::Tree(_)) => {
            let above = whole.len().saturating_sub(inner.len() + 1);
            Err(TreeError::NotLoaded(whole.get(..above).unwrap_or(whole).to_owned()))
        }
        Some(Node::Blob { .. } | Node::Gitlink(_)) | None => Err(missing()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn oid(n: u8) -> Oid {
        Oid([n; 20])
    }

    fn put(path: &str, n: u8) -> Change {
        Change::Put { path: path.into(), oid: oid(n) }
    }

    fn delete(path: &str) -> Change {
        Change::DeleteFile { path: path.into() }
    }

    fn delete_folder(path: &str) -> Change {
        Change::DeleteFolder { path: path.into() }
    }

    fn dir<const N: usize>(entries: [(&str, Node); N]) -> Dir {
        Dir { entries: entries.map(|(name, node)| (name.to_owned(), node)).into() }
    }

    fn blob(mode: Mode, n: u8) -> Node {
        Node::Blob { mode, oid: oid(n) }
    }

    #[test]
    fn the_folders_above() {
        let changes = [put("a/b/c", 1), put("x", 1), delete("a/d/e"), delete_folder("q/r/")];
        assert_eq!(dirs_needed(&changes).into_iter().collect::<Vec<_>>(), ["", "a", "a/b", "a/d", "q"]);
    }

    #[test]
    fn what_is_not_named_stays_unloaded() {
        let root = dir([("big", Node::Tree(oid(9))), ("sub", Node::Gitlink(oid(8)))]);
        let out = apply(root, &[put("a/b", 1)]).unwrap();
        assert_eq!(out.entries["big"], Node::Tree(oid(9)));
        assert_eq!(out.entries["a"], Node::Dir(dir([("b", blob(Mode::File, 1))])));
        assert_eq!(apply(out.clone(), &[put("big/x", 1)]), Err(TreeError::NotLoaded("big".into())));
        assert_eq!(apply(out, &[delete("big/x/y")]), Err(TreeError::NotLoaded("big".into())));
    }

    #[test]
    fn modes() {
        let root = dir([
            ("run.sh", blob(Mode::Executable, 1)),
            ("link", blob(Mode::Symlink, 1)),
            ("sub", Node::Gitlink(oid(8))),
        ]);
        let out = apply(root, &[put("run.sh", 2), put("link", 3), put("sub", 4)]).unwrap();
        assert_eq!(
            out,
            dir([
                ("run.sh", blob(Mode::Executable, 2)),
                ("link", blob(Mode::File, 3)),
                ("sub", blob(Mode::File, 4))
            ])
        );
    }

    #[test]
    fn deletions() {
        let root = || {
            dir([
                ("f", blob(Mode::File, 1)),
                ("t", Node::Tree(oid(2))),
                ("d", Node::Dir(dir([("e", Node::Dir(dir([("x", blob(Mode::File, 3))])))]))),
            ])
        };
        let left =
            |changes: &[Change]| apply(root(), changes).unwrap().entries.into_keys().collect::<Vec<_>>();
        assert_eq!(left(&[delete("d/e/x")]), ["f", "t"]);
        assert_eq!(left(&[delete("t"), delete("d")]), ["f"]);
        assert_eq!(left(&[delete_folder("d/e/")]), ["f", "t"]);
        assert_eq!(left(&[delete("f"), put("f/g", 1)]), ["d", "f", "t"]);
        assert_eq!(left(&[put("n", 1), delete("n")]), ["d", "f", "t"]);
        assert_eq!(left(&[delete("f"), delete("t"), delete("d")]), [""; 0]);
        for gone in [delete("nope"), delete("d/nope"), delete("f/x"), delete_folder("f"), delete_folder("n/")]
        {
            let path = gone.path().to_owned();
            assert_eq!(apply(root(), &[gone]), Err(TreeError::NoSuchEntry(path)));
        }
    }

    #[test]
    fn conflicts_name_both_sides() {
        let root = || dir([("f", blob(Mode::File, 1)), ("d", Node::Tree(oid(2)))]);
        let through = apply(root(), &[put("f/a/b", 1)]);
        assert_eq!(through, Err(TreeError::FileInTheWay { path: "f/a/b".into(), file: "f".into() }));
        assert_eq!(apply(root(), &[put("d", 1)]), Err(TreeError::FolderInTheWay("d".into())));
        assert!(matches!(apply(root(), &[put("../x", 1)]), Err(TreeError::BadPath(_))));
        assert!(matches!(apply(root(), &[delete_folder("/")]), Err(TreeError::BadPath(_))));
        let many = vec![put("x", 1); limits::COMMIT_OPERATIONS_MAX + 1];
        assert_eq!(apply(root(), &many), Err(TreeError::TooMany(many.len())));
    }

    /// The same meaning on a flat list of files.
    fn flat(files: &mut BTreeMap<String, Oid>, change: &Change) -> bool {
        let path = change.path().to_owned();
        let inside = format!("{path}/");
        let under = files.range(inside.clone()..).take_while(|(file, _)| file.starts_with(&inside));
        let under: Vec<String> = under.map(|(file, _)| file.clone()).collect();
        let through = path.match_indices('/').any(|(at, _)| files.contains_key(&path[..at]));
        match change {
            Change::Put { oid, .. } => {
                let free = under.is_empty() && !through;
                free.then(|| files.insert(path, *oid));
                free
            }
            Change::DeleteFile { .. } if files.remove(&path).is_some() => true,
            Change::DeleteFile { .. } | Change::DeleteFolder { .. } => {
                under.iter().for_each(|file| {
                    files.remove(file);
                });
                !under.is_empty()
            }
        }
    }

    fn flatten(dir: &Dir, above: &str, files: &mut BTreeMap<String, Oid>) {
        for (name, node) in &dir.entries {
            match node {
                Node::Blob { oid, .. } => {
                    files.insert(format!("{above}{name}"), *oid);
                }
                Node::Dir(inner) => {
                    assert!(!inner.entries.is_empty(), "an empty folder is left");
                    flatten(inner, &format!("{above}{name}/"), files);
                }
                Node::Gitlink(_) | Node::Tree(_) => unreachable!("none was made"),
            }
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        let path = prop::collection::vec("[abc]", 1..4).prop_map(|parts| parts.join("/"));
        (0..5, path, any::<u8>()).prop_map(|(what, path, n)| match what {
            0 => Change::DeleteFile { path },
            1 => Change::DeleteFolder { path },
            _ => Change::Put { path, oid: oid(n) },
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_flat_list(changes in prop::collection::vec(change(), 0..40)) {
            let mut root = Dir::default();
            let mut files = BTreeMap::new();
            for change in changes {
                let before = root.clone();
                let applied = apply(root, std::slice::from_ref(&change));
                prop_assert_eq!(applied.is_ok(), flat(&mut files, &change), "{:?}", change);
                root = applied.unwrap_or(before);
            }
            let mut found = BTreeMap::new();
            flatten(&root, "", &mut found);
            prop_assert_eq!(found, files);
        }

        #[test]
        fn loading_what_is_needed_is_enough(
            old in prop::collection::vec(change(), 0..30),
            new in prop::collection::vec(change(), 0..10),
        ) {
            let mut root = Dir::default();
            for change in old {
                let before = root.clone();
                root = apply(root, &[change]).unwrap_or(before);
            }
            let mut partial = root.clone();
            unload(&mut partial, "", &dirs_needed(&new));
            match (apply(root, &new), apply(partial, &new)) {
                (Ok(_), Ok(_)) => {}
                (whole, partial) => prop_assert_eq!(whole.err(), partial.err()),
            }
        }
    }

    fn unload(dir: &mut Dir, above: &str, needed: &BTreeSet<String>) {
        for (name, node) in &mut dir.entries {
            let path = format!("{above}{name}");
            if let Node::Dir(inner) = node {
                if needed.contains(&path) {
                    unload(inner, &format!("{path}/"), needed);
                } else {
                    *node = Node::Tree(oid(0));
                }
            }
        }
    }
}
