//! What a pushed pack holds, noted as its objects come by, and what it needs that it does not hold.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seedcorn_content::git::{
    Commit, Kind, Mode, PackSet, Tag, check_attributes, check_commit, check_modules, check_tag, parse_tree,
};
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::pointer::{POINTER_BYTES_MAX, Pointer};
use seedcorn_core::{limits, secret};
use seedcorn_db::git::BlobFact;

/// Files that are refused and named.
const NAMED_MAX: usize = 10;
/// Bytes of a `.gitmodules` or `.gitattributes` that are kept until it is known to be one.
const READ_BY_GIT_MAX: usize = 64 << 10;

/// What a pack holds.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) commits: BTreeMap<Oid, Commit>,
    pub(super) tags: BTreeMap<Oid, Tag>,
    trees: HashMap<Oid, Vec<(String, Mode, Oid)>>,
    /// Regular files, and pointers with what they point to.
    pub(super) blobs: Vec<(BlobFact, Option<Pointer>)>,
    blob_ids: HashSet<Oid>,
    /// Files that are too large to lie in git.
    large: Vec<(Oid, u64)>,
    /// Secrets, and the files they are in.
    secrets: Vec<(Oid, secret::Secret)>,
    /// Why git would not read a file of a certain name.
    unsound: HashMap<Oid, (Option<String>, Option<String>)>,
}

impl Seen {
    /// Notes an object.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn see(&mut self, oid: Oid, kind: Kind, data: &[u8]) -> Result<(), String> {
        match kind {
            Kind::Blob => self.blob(oid, data),
            Kind::Tree => {
                let entries = parse_tree(data).map_err(|why| format!("tree {oid}: {why}"))?;
                if entries.iter().any(|entry| entry.oid == Oid::ZERO) {
                    return Err(format!("tree {oid}: an entry names no object"));
                }
                let linked = |name: &str| name.eq_ignore_ascii_case(".gitmodules");
                if entries.iter().any(|entry| entry.mode == Mode::Symlink && linked(&entry.name)) {
                    return Err(format!("tree {oid}: .gitmodules is a link"));
                }
                let entry = entries.into_iter().map(|entry| (entry.name, entry.mode, entry.oid));
                self.trees.insert(oid, entry.collect());
            }
            Kind::Commit => {
                check_commit(data).map_err(|why| format!("commit {oid}: {why}"))?;
                let commit = Commit::parse(data).map_err(|why| format!("commit {oid}: {why}"))?;
                self.commits.insert(oid, commit);
            }
            Kind::Tag => {
                let tag = check_tag(data).map_err(|why| format!("tag {oid}: {why}"))?;
                self.tags.insert(oid, tag);
            }
        }
        Ok(())
    }

    fn blob(&mut self, oid: Oid, data: &[u8]) {
        self.blob_ids.insert(oid);
        let bytes = data.len() as u64;
        if bytes > limits::COMMIT_FILE_BYTES_MAX {
            self.large.push((oid, bytes));
            return;
        }
        let pointer = if data.len() <= POINTER_BYTES_MAX { Pointer::parse(data) } else { None };
        self.secrets.extend(secret::find(data).map(|found| (oid, found)));
        if data.len() <= READ_BY_GIT_MAX {
            let (modules, attributes) = (check_modules(data).err(), check_attributes(data).err());
            if modules.is_some() || attributes.is_some() {
                self.unsound.insert(oid, (modules, attributes));
            }
        }
        self.blobs.push((BlobFact::regular(oid, bytes, Sha256::of(data)), pointer));
    }

    /// Checks that everything that is named is there, in the pack or in the repo, and is what it is named as.
    ///
    /// # Errors
    /// What is missing, in words.
    pub(super) fn check_links(&self, known: &PackSet) -> Result<(), String> {
        let mut asked: HashSet<(Oid, Kind)> = HashSet::new();
        let mut need = |from: &str, to: Oid, kind: Kind| {
            let has = match kind {
                Kind::Commit => self.commits.contains_key(&to),
                Kind::Tree => self.trees.contains_key(&to),
                Kind::Blob => self.blob_ids.contains(&to),
                Kind::Tag => self.tags.contains_key(&to),
            };
            if has || !asked.insert((to, kind)) {
                return Ok(());
            }
            match known.about(&to) {
                Ok((there, _)) if there == kind => Ok(()),
                Ok((there, _)) => {
                    Err(format!("{from} names {to} as a {}, which is a {}", kind.name(), there.name()))
                }
                Err(_) => Err(format!(
                    "{from} names the {} {to}, which is neither in the pack nor here",
                    kind.name()
                )),
            }
        };
        for (oid, commit) in &self.commits {
            need("a commit", commit.tree, Kind::Tree).map_err(|why| format!("{oid}: {why}"))?;
            for parent in &commit.parents {
                need("a commit", *parent, Kind::Commit)?;
            }
        }
        for (name, mode, oid) in self.trees.values().flatten() {
            match mode {
                Mode::Gitlink => {}
                Mode::Tree => need(name, *oid, Kind::Tree)?,
                Mode::File | Mode::Executable | Mode::Symlink => need(name, *oid, Kind::Blob)?,
            }
        }
        for tag in self.tags.values() {
            need(&tag.name, tag.target, tag.kind)?;
        }
        Ok(())
    }

    /// Checks what files may not be: too large, secret, or unsound for git.
    ///
    /// # Errors
    /// What is wrong, with the names of the files, and what to do.
    pub(super) fn check_files(&self) -> Result<(), String> {
        for (name, _, oid) in self.trees.values().flatten() {
            let Some((modules, attributes)) = self.unsound.get(oid) else { continue };
            let why = match name.to_ascii_lowercase().as_str() {
                ".gitmodules" => modules,
                ".gitattributes" => attributes,
                _ => &None,
            };
            if let Some(why) = why {
                return Err(why.clone());
            }
        }
        if !self.large.is_empty() {
            let paths = self.paths(&self.large.iter().map(|(oid, _)| *oid).collect());
            let files =
                self.large.iter().take(NAMED_MAX).map(|(oid, bytes)| {
                    format!("  {} ({:.1} MB)", name_of(&paths, oid), *bytes as f64 / 1e6)
                });
            let files: Vec<String> = files.collect();
            let include = self.large.iter().take(NAMED_MAX).map(|(oid, _)| name_of(&paths, oid));
            let include: Vec<String> = include.collect();
            return Err(format!(
                "{} of these commits are too large to lie in git itself (more than {} MB):\n{}\nLarge files go by git-lfs. This rewrites \
                 the commits so that they do:\n  git lfs migrate import --everything --include=\"{}\"",
                counted(self.large.len(), "file", "files"),
                limits::COMMIT_FILE_BYTES_MAX >> 20,
                files.join("\n"),
                include.join(","),
            ));
        }
        let meant = |commit: &Commit| crate::publish::secrets_are_meant(&commit.message);
        if let Some((oid, first)) = self.secrets.first()
            && !self.commits.values().any(meant)
        {
            let paths = self.paths(&BTreeSet::from([*oid]));
            return Err(format!(
                "these commits hold {} that open doors for whoever reads them ({}, line {}: {}). Take them out of every commit, and revoke \
                 them where they were made. If they are meant to be there, say so in a commit's message, in a line of its own: {}",
                counted(self.secrets.len(), "secret", "secrets"),
                name_of(&paths, oid),
                first.line,
                first.kind,
                crate::publish::SECRETS_MEANT,
            ));
        }
        Ok(())
    }

    /// Files that were not sent, in words.
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

    /// Paths of some files, one of each: as they lie in a commit of the pack.
    fn paths(&self, wanted: &BTreeSet<Oid>) -> BTreeMap<Oid, String> {
        let mut found = BTreeMap::new();
        let mut left: Vec<(Oid, String)> =
            self.commits.values().map(|commit| (commit.tree, String::new())).collect();
        let mut met = HashSet::new();
        while let Some((tree, path)) = left.pop() {
            if found.len() == wanted.len() || !met.insert(tree) {
                continue;
            }
            for (name, mode, oid) in self.trees.get(&tree).into_iter().flatten() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                match mode {
                    Mode::Tree => left.push((*oid, path)),
                    _ if wanted.contains(oid) => drop(found.entry(*oid).or_insert(path)),
                    _ => {}
                }
            }
        }
        found
    }
}

fn name_of(paths: &BTreeMap<Oid, String>, oid: &Oid) -> String {
    paths.get(oid).cloned().unwrap_or_else(|| oid.to_string())
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
