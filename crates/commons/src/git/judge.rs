//! Whether a pack that was read may be taken in: everything that it names is there, and nothing in it harms whoever clones or looks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seedcorn_content::git::{Kind, Mode, PackSet, ReadError, check_attributes, check_modules, parse_tree};
use seedcorn_core::digest::Oid;
use seedcorn_core::dotgit::Special;
use seedcorn_core::limits;
use seedcorn_core::pointer::Pointer;

use super::seen::{Folder, Seen};
use crate::publish::{SECRETS_MEANT, secrets_are_meant};

/// Files that are refused and named.
const NAMED_MAX: usize = 10;
/// Bytes of a `.gitmodules` or `.gitattributes`.
const READ_BY_GIT_MAX: u64 = 4 << 20;
/// Trees that are looked through for the path of a file that is refused.
const LOOKED_THROUGH: usize = 20_000;

/// A pack and what there is besides; `all` has the pack's own objects too.
pub(super) struct Judge<'a> {
    pub(super) seen: &'a Seen,
    pub(super) all: &'a PackSet,
    /// Where refs are to lead to.
    pub(super) wanted: &'a [Oid],
}

impl Judge<'_> {
    /// All of it.
    ///
    /// # Errors
    /// What is wrong, in words for whoever pushed.
    pub(super) fn check(&self) -> Result<(), String> {
        self.links()?;
        self.leads()?;
        self.paths_are_short()?;
        self.read_by_git()?;
        self.large()?;
        self.secrets()
    }

    /// Everything that is named is there, and is what it is named as.
    fn links(&self) -> Result<(), String> {
        let commits = self.seen.commits.iter().flat_map(|(oid, commit)| {
            let parents = commit.parents.iter().map(|parent| (*parent, Kind::Commit));
            parents.chain([(commit.tree, Kind::Tree)]).map(move |(to, kind)| (*oid, to, kind))
        });
        let tags = self.seen.tags.iter().map(|(oid, tag)| (*oid, tag.target, tag.kind));
        for (from, to, kind) in commits.chain(tags) {
            self.need(to, kind).map_err(|why| format!("{from} {why}"))?;
        }
        let mut named = self.seen.named.iter();
        named.try_for_each(|(to, kind)| self.need(*to, *kind)).map_err(|why| format!("a tree {why}"))
    }

    fn need(&self, to: Oid, kind: Kind) -> Result<(), String> {
        if self.seen.has(&to, kind) {
            return Ok(());
        }
        match self.all.about(&to) {
            Ok((there, _)) if there == kind => Ok(()),
            Ok((there, _)) => Err(format!("names {to} as a {}, which is a {}", kind.name(), there.name())),
            Err(ReadError::NotFound(_)) => Err(format!(
                "names the {} {to}, which is neither in the pack nor here; a clone that is shallow needs `git fetch --unshallow` first",
                kind.name()
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Nothing is in the pack to which the refs do not lead: else anybody could fetch it by its id, and nobody would see it.
    fn leads(&self) -> Result<(), String> {
        let seen = self.seen;
        let mut reached: HashSet<Oid> = HashSet::new();
        let mut left: Vec<Oid> = self.wanted.to_vec();
        while let Some(oid) = left.pop() {
            if !reached.insert(oid) {
                continue;
            }
            left.extend(seen.commits.get(&oid).into_iter().flat_map(|commit| commit.parents.iter().copied()));
            left.extend(seen.tags.get(&oid).map(|tag| tag.target));
        }
        let roots: HashSet<Oid> = seen.commits.values().map(|commit| commit.tree).collect();
        let tops = seen.commits.keys().chain(seen.tags.keys());
        let lost = tops.copied().find(|oid| !reached.contains(oid));
        let trees = seen.trees.keys().copied();
        let lost = lost.or_else(|| {
            let is_named = |oid: &Oid| roots.contains(oid) || seen.named.contains(&(*oid, Kind::Tree));
            trees.into_iter().find(|oid| !is_named(oid) && !reached.contains(oid))
        });
        let blobs = seen.blob_ids.iter().copied();
        let lost = lost.or_else(|| {
            let is_named = |oid: &Oid| seen.named.contains(&(*oid, Kind::Blob));
            blobs.into_iter().find(|oid| !is_named(oid) && !reached.contains(oid))
        });
        match lost {
            None => Ok(()),
            Some(oid) => Err(format!("the pack holds {oid}, to which nothing that is pushed leads")),
        }
    }

    /// No path is deeper or longer than any door lets in: counted through folders that are here already, each looked at once.
    fn paths_are_short(&self) -> Result<(), String> {
        let mut measured: HashMap<Oid, (usize, usize)> = HashMap::new();
        for commit in self.seen.commits.values() {
            let (depth, bytes) = self.measure(commit.tree, &mut measured)?;
            if depth > limits::PATH_DEPTH_MAX {
                return Err(too_deep());
            }
            if bytes > limits::PATH_BYTES_MAX {
                return Err(format!("a path has more than {} bytes", limits::PATH_BYTES_MAX));
            }
        }
        Ok(())
    }

    /// The most parts of a path below a tree, and its most bytes. Without recursion: trees may be nested without end.
    fn measure(
        &self,
        root: Oid,
        measured: &mut HashMap<Oid, (usize, usize)>,
    ) -> Result<(usize, usize), String> {
        let (mut waiting, mut open): (Vec<(Oid, Option<Folder>)>, usize) = (vec![(root, None)], 0);
        while let Some((oid, folder)) = waiting.pop() {
            open -= usize::from(folder.is_some());
            if measured.contains_key(&oid) {
                continue;
            }
            let folder = match folder {
                Some(folder) => folder,
                None => self.folder(oid)?,
            };
            let unknown = folder.folders.iter().filter(|(inner, _)| !measured.contains_key(inner));
            let unknown: Vec<(Oid, Option<Folder>)> = unknown.map(|(inner, _)| (*inner, None)).collect();
            if !unknown.is_empty() {
                open += 1;
                if open > limits::PATH_DEPTH_MAX {
                    return Err(too_deep());
                }
                waiting.push((oid, Some(folder)));
                waiting.extend(unknown);
                continue;
            }
            let below = folder.folders.iter().map(|(inner, name)| {
                let (depth, bytes) = measured.get(inner).copied().unwrap_or_default();
                (depth.saturating_add(1), bytes.saturating_add(name + 1))
            });
            let own = (usize::from(folder.longest > 0), folder.longest);
            let most = below.fold(own, |a, b| (a.0.max(b.0), a.1.max(b.1)));
            measured.insert(oid, most);
        }
        Ok(measured.get(&root).copied().unwrap_or_default())
    }

    fn folder(&self, oid: Oid) -> Result<Folder, String> {
        if let Some(folder) = self.seen.trees.get(&oid) {
            return Ok(folder.clone());
        }
        let tree = self.all.read(&oid).map_err(|error| error.to_string())?;
        let entries = parse_tree(&tree.data).map_err(|why| format!("tree {oid}: {why}"))?;
        Ok(Folder::of(&entries))
    }

    /// Files that git reads when it checks them out are sound.
    fn read_by_git(&self) -> Result<(), String> {
        for (oid, special) in &self.seen.special {
            let name = special.name();
            let (_, bytes) = self.all.about(oid).map_err(|error| error.to_string())?;
            if bytes > READ_BY_GIT_MAX {
                return Err(format!("{name} has more than {READ_BY_GIT_MAX} bytes"));
            }
            let blob = self.all.read(oid).map_err(|error| error.to_string())?;
            match special {
                Special::Modules => check_modules(&blob.data)?,
                Special::Attributes => check_attributes(&blob.data)?,
            }
        }
        Ok(())
    }

    fn large(&self) -> Result<(), String> {
        let large = &self.seen.large;
        if large.is_empty() {
            return Ok(());
        }
        let paths = self.paths(&large.iter().map(|(oid, _)| *oid).collect());
        let named: Vec<(String, u64)> =
            large.iter().take(NAMED_MAX).map(|(oid, bytes)| (name_of(&paths, oid), *bytes)).collect();
        let files: Vec<String> =
            named.iter().map(|(path, bytes)| format!("  {path} ({:.1} MB)", *bytes as f64 / 1e6)).collect();
        let include: Vec<&str> = named.iter().map(|(path, _)| path.as_str()).collect();
        Err(too_large(
            &format!("{} of these commits are", counted(large.len(), "file", "files")),
            &format!(":\n{}", files.join("\n")),
            &format!("--include=\"{}\"", include.join(",")),
        ))
    }

    fn secrets(&self) -> Result<(), String> {
        let is_meant = self.seen.commits.values().any(|commit| secrets_are_meant(&commit.message));
        let Some((oid, first)) = self.seen.secrets.first().filter(|_| !is_meant) else { return Ok(()) };
        let paths = self.paths(&BTreeSet::from([*oid]));
        Err(format!(
            "these commits hold {} that open doors for whoever reads them ({}, line {}: {}). Take them out of every commit, and revoke \
             them where they were made. If they are meant to be there, say so in a commit's message, in a line of its own: {SECRETS_MEANT}",
            counted(self.seen.secrets.len(), "secret", "secrets"),
            name_of(&paths, oid),
            first.line,
            first.kind,
        ))
    }

    /// Files of git-lfs that were not sent, in words.
    pub(super) fn missing(&self, missing: &BTreeMap<Oid, Pointer>) -> String {
        let paths = self.paths(&missing.keys().copied().collect());
        let files = missing.iter().take(NAMED_MAX).map(|(oid, pointer)| {
            format!("  {} ({}, {} bytes)", name_of(&paths, oid), pointer.sha256, pointer.size)
        });
        let files: Vec<String> = files.collect();
        let more = if missing.len() > NAMED_MAX { "\n  and others" } else { "" };
        format!(
            "{} of git-lfs that these commits name were not sent:\n{}{more}\nSend them, then push again:\n  git lfs push --all origin",
            counted(missing.len(), "file", "files"),
            files.join("\n"),
        )
    }

    /// Paths of some files, one of each, as they lie in the pushed commits: as many as a look through some of the trees finds.
    fn paths(&self, wanted: &BTreeSet<Oid>) -> BTreeMap<Oid, String> {
        let mut found = BTreeMap::new();
        let roots = self.seen.commits.values().map(|commit| (commit.tree, String::new()));
        let (mut left, mut met): (Vec<(Oid, String)>, HashSet<Oid>) = (roots.collect(), HashSet::new());
        while let Some((oid, path)) = left.pop() {
            if found.len() == wanted.len() || met.len() >= LOOKED_THROUGH {
                break;
            }
            if !met.insert(oid) {
                continue;
            }
            let entries = self.all.read(&oid).ok().and_then(|tree| parse_tree(&tree.data).ok());
            for entry in entries.unwrap_or_default() {
                let path = if path.is_empty() { entry.name } else { format!("{path}/{}", entry.name) };
                match entry.mode {
                    Mode::Tree => left.push((entry.oid, path)),
                    _ if wanted.contains(&entry.oid) => drop(found.entry(entry.oid).or_insert(path)),
                    _ => {}
                }
            }
        }
        found
    }
}

fn too_deep() -> String {
    format!("a path has more than {} parts", limits::PATH_DEPTH_MAX)
}

/// What to do with files that are too large for git itself.
pub(super) fn too_large(which: &str, files: &str, chosen: &str) -> String {
    format!(
        "{which} too large to lie in git itself (more than {} MB){files}\nLarge files go by git-lfs. This rewrites the commits so that \
         they do:\n  git lfs migrate import --everything {chosen}",
        limits::COMMIT_FILE_BYTES_MAX >> 20,
    )
}

fn name_of(paths: &BTreeMap<Oid, String>, oid: &Oid) -> String {
    paths.get(oid).cloned().unwrap_or_else(|| oid.to_string())
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
