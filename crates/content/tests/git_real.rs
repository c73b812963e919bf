//! Real git as the judge: what we write it accepts to the last bit, and what it writes we read.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use seedcorn_content::git::{
    Commit, Index, IndexRow, Kind, Mode, Pack, PackSet, PackSummary, PackWriter, Signature, TreeBase,
    TreeEntry, compact, oid_of, parse_tree, render_index, render_tree,
};
use seedcorn_core::digest::Oid;
use tempfile::TempDir;

fn git(folder: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn bare() -> TempDir {
    let repo = tempfile::tempdir().unwrap();
    git(repo.path(), &["init", "-q", "--bare", "-b", "main", "."], b"");
    repo
}

/// Everything git finds in a repo, by id.
fn all_objects(repo: &Path) -> BTreeMap<Oid, (Kind, Vec<u8>)> {
    let text = git(repo, &["cat-file", "--batch-all-objects", "--batch"], b"");
    let (mut objects, mut rest) = (BTreeMap::new(), text.as_slice());
    while !rest.is_empty() {
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap();
        let head = str::from_utf8(&rest[..end]).unwrap();
        let [oid, kind, size] = head.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let kinds = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];
        let kind = kinds.into_iter().find(|known| known.name() == kind).unwrap();
        let size: usize = size.parse().unwrap();
        objects.insert(oid.parse().unwrap(), (kind, rest[end + 1..end + 1 + size].to_vec()));
        rest = &rest[end + 2 + size..];
    }
    objects
}

fn pack_files(repo: &Path) -> Vec<PathBuf> {
    let folder = fs::read_dir(repo.join("objects/pack")).unwrap();
    let mut packs: Vec<PathBuf> = folder.map(|file| file.unwrap().path()).collect();
    packs.retain(|path| path.extension().is_some_and(|end| end == "pack"));
    packs.sort();
    packs
}

fn open_file(path: &Path) -> Arc<Pack> {
    let index = Index::parse(fs::read(path.with_extension("idx")).unwrap().into()).unwrap();
    Arc::new(Pack::open(Box::new(File::open(path).unwrap()), index, false).unwrap())
}

fn open(bytes: Vec<u8>, summary: &PackSummary) -> Arc<Pack> {
    let index = Index::parse(summary.index.clone().into()).unwrap();
    Arc::new(Pack::open(Box::new(Bytes::from(bytes)), index, summary.thin).unwrap())
}

/// Puts a pack and our index of it into a repo, after git has made its own index of the pack, which must be the same.
fn install(repo: &Path, pack: &[u8], summary: &PackSummary) {
    let trial = repo.join("trial.pack");
    fs::write(&trial, pack).unwrap();
    let said = git(repo, &["index-pack", "--strict", "trial.pack"], b"");
    assert_eq!(String::from_utf8(said).unwrap().trim(), summary.pack_id.to_string());
    assert!(fs::read(trial.with_extension("idx")).unwrap() == summary.index, "git would write another index");
    let name = repo.join(format!("objects/pack/pack-{}.pack", summary.pack_id));
    fs::write(&name, pack).unwrap();
    fs::write(name.with_extension("idx"), &summary.index).unwrap();
    git(repo, &["verify-pack", "-v", name.to_str().unwrap()], b"");
    let left = [trial.clone(), trial.with_extension("idx"), trial.with_extension("rev")];
    left.iter().for_each(|path| drop(fs::remove_file(path)));
}

fn who() -> Signature {
    let name = "Ada <x> Lovelace\n".to_owned();
    Signature { name, email: "ada@example.org".to_owned(), secs: 1_700_000_000, offset_minutes: -90 }
}

/// A hub's life in small: each commit changes some files of one flat folder and makes one pack, thin where it pays.
struct History {
    packs: Vec<Arc<Pack>>,
    head: Oid,
    objects: BTreeMap<Oid, (Kind, Vec<u8>)>,
}

fn history(commits: u32) -> History {
    let mut made = History { packs: Vec::new(), head: Oid::ZERO, objects: BTreeMap::new() };
    let mut files: BTreeMap<String, (Mode, Oid)> = BTreeMap::new();
    let mut before: Option<(Oid, Vec<u8>, usize)> = None;
    for n in 0..commits {
        let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
        for k in 0..if n == 0 { 300 } else { 3 } {
            let text = format!("version https://git-lfs.github.com/spec/v1\nnumber {n} {k}\n");
            let oid = writer.add(Kind::Blob, text.as_bytes()).unwrap();
            let mode = [Mode::File, Mode::Executable, Mode::Symlink][k as usize % 3];
            files.insert(format!("file-{:04}", (n * 37 + k) % 400), (mode, oid));
            made.objects.insert(oid, (Kind::Blob, text.into_bytes()));
        }
        files.insert("sub".to_owned(), (Mode::Gitlink, Oid([n as u8 + 1; 20])));
        let listing = |files: &BTreeMap<String, (Mode, Oid)>| {
            let entry =
                |(name, &(mode, oid)): (&String, &(Mode, Oid))| TreeEntry { mode, name: name.clone(), oid };
            render_tree(&files.iter().map(entry).collect::<Vec<_>>()).unwrap()
        };
        let data = listing(&files);
        let base = before.as_ref().map(|(oid, data, depth)| TreeBase { oid: *oid, data, depth: *depth });
        let (folder, depth) = writer.add_tree(&data, base).unwrap();
        made.objects.insert(folder, (Kind::Tree, data.clone()));
        let root = listing(&BTreeMap::from([("data".to_owned(), (Mode::Tree, folder))]));
        let tree = writer.add_tree(&root, None).unwrap().0;
        made.objects.insert(tree, (Kind::Tree, root));
        let parents = if n == 0 { Vec::new() } else { vec![made.head] };
        let message = format!("Upload {n}\n\nwith a body");
        let commit = Commit { tree, parents, author: who(), committer: who(), message }.render();
        made.head = writer.add(Kind::Commit, &commit).unwrap();
        made.objects.insert(made.head, (Kind::Commit, commit));
        before = Some((folder, data, depth));
        let (summary, out) = writer.finish().unwrap();
        assert_eq!(summary.thin, depth > 0);
        made.packs.push(open(out.into_inner(), &summary));
    }
    made
}

fn same_objects(set: &PackSet, expected: &BTreeMap<Oid, (Kind, Vec<u8>)>) {
    for (oid, (kind, data)) in expected {
        let object = set.read(oid).unwrap();
        assert!(object.kind == *kind && object.data == *data, "object {oid} reads otherwise");
    }
}

#[test]
fn our_history_compacts_into_a_pack_git_accepts() {
    let made = history(70);
    let thin = PackSet::new(made.packs.clone());
    assert!(thin.packs().iter().filter(|pack| pack.is_thin()).count() > 60);
    same_objects(&thin, &made.objects);

    let (summary, file) = compact(&thin, thin.packs(), &|_| true, tempfile::tempfile().unwrap()).unwrap();
    drop(file);
    let (again, bytes) = compact(&thin, thin.packs(), &|_| true, Cursor::new(Vec::new())).unwrap();
    assert_eq!(again.pack_id, summary.pack_id, "the same packs give the same pack");
    let bytes = bytes.into_inner();
    assert_eq!(bytes.len() as u64, summary.bytes);

    let repo = bare();
    git(repo.path(), &["update-server-info"], b"");
    install(repo.path(), &bytes, &summary);
    git(repo.path(), &["update-ref", "refs/heads/main", &made.head.to_string()], b"");
    git(repo.path(), &["fsck", "--strict", "--full", "--no-dangling"], b"");
    assert!(all_objects(repo.path()) == made.objects);
    let count = git(repo.path(), &["rev-list", "--count", "main"], b"");
    assert_eq!(count, b"70\n");
    let log = git(repo.path(), &["log", "-1", "--format=%an|%ae|%ad|%B", "--date=iso-strict"], b"");
    let expected = "Ada x Lovelace|ada@example.org|2023-11-14T20:43:20-01:30|Upload 69\n\nwith a body\n\n";
    assert_eq!(String::from_utf8(log).unwrap(), expected);
    // Had each version of the tree been kept whole, the trees alone would take about 70 times 8 KB.
    assert!(summary.bytes < 150_000, "{}", summary.bytes);
}

#[test]
fn a_self_contained_pack_needs_no_compaction() {
    let repo = bare();
    let mut writer = PackWriter::new(tempfile::tempfile().unwrap()).unwrap();
    let mut objects = BTreeMap::new();
    for data in [b"".as_slice(), b"x", &[7; 300_000]] {
        objects.insert(writer.add(Kind::Blob, data).unwrap(), (Kind::Blob, data.to_vec()));
    }
    let (summary, file) = writer.finish().unwrap();
    let index = Index::parse(summary.index.clone().into()).unwrap();
    let mut bytes = Vec::new();
    let mut reader = file;
    std::io::Seek::rewind(&mut reader).unwrap();
    std::io::Read::read_to_end(&mut reader, &mut bytes).unwrap();
    install(repo.path(), &bytes, &summary);
    assert!(all_objects(repo.path()) == objects);
    same_objects(
        &PackSet::new(vec![Arc::new(Pack::open(Box::new(reader), index, false).unwrap())]),
        &objects,
    );

    let (empty, out) = PackWriter::new(Cursor::new(Vec::new())).unwrap().finish().unwrap();
    install(repo.path(), &out.into_inner(), &empty);
}

/// A history by `git fast-import`: a text that scrolls line by line, so that each version is most like the one before, folders, modes, a merge and a tag.
fn fast_import(repo: &Path, commits: u32) {
    let mut script = String::new();
    for n in 1..=commits {
        let line = |n: u32| {
            format!(
                "line {n} of a text that scrolls, {}
",
                blake3::hash(&n.to_le_bytes())
            )
        };
        let body: String = (n..n + 40).map(line).collect();
        let people = "author Ada <a@b.c> 1700000000 +0200\ncommitter Émile <e@f.g> 1700000001 -0730\n";
        script.push_str(&format!(
            "commit refs/heads/main\nmark :{n}\n{people}data 10\ncommit {:02}\n\n",
            n % 100
        ));
        if n == commits {
            script.push_str("merge :1\n");
        }
        script.push_str(&format!("M 644 inline roll.txt\ndata {}\n{body}\n", body.len()));
        script.push_str(&format!("M 755 inline a/{}/{n}.sh\ndata 2\n{}\n\n", n % 5, n % 10));
        script.push_str("M 120000 inline link\ndata 8\nroll.txt\n\n");
    }
    script.push_str(&format!("tag v1\nfrom :{commits}\ntagger T <t@t> 1700000000 +0000\ndata 3\ntag\n"));
    git(repo, &["fast-import", "--quiet"], script.as_bytes());
}

#[test]
fn packs_of_real_git_read_alike_and_merge() {
    for delta_base_offset in ["true", "false"] {
        let repo = bare();
        fast_import(repo.path(), 120);
        git(repo.path(), &["config", "repack.useDeltaBaseOffset", delta_base_offset], b"");
        git(repo.path(), &["config", "pack.writeBitmaps", "false"], b"");
        // Threads share out the objects by their speed, and a chain ends where one's share does.
        git(repo.path(), &["config", "pack.threads", "1"], b"");
        git(repo.path(), &["repack", "-adfq", "--depth=80", "--window=10"], b"");
        let objects = all_objects(repo.path());
        let packs = pack_files(repo.path());
        let set = PackSet::new(packs.iter().map(|path| open_file(path)).collect());
        same_objects(&set, &objects);
        let longest = objects.keys().map(|oid| set.read(oid).unwrap().depth).max();
        assert!(longest > Some(50), "git must have made long chains, not {longest:?}");

        for (oid, (kind, data)) in &objects {
            assert_eq!(oid_of(*kind, data).unwrap(), *oid);
            match kind {
                Kind::Tree => assert!(render_tree(&parse_tree(data).unwrap()).unwrap() == *data),
                Kind::Commit => assert!(Commit::parse(data).unwrap().render() == *data),
                Kind::Blob | Kind::Tag => {}
            }
        }
        for path in &packs {
            let idx = fs::read(path.with_extension("idx")).unwrap();
            let index = Index::parse(idx.clone().into()).unwrap();
            let rows: Vec<IndexRow> = index.iter_by_offset().collect();
            assert!(render_index(&rows, &index.pack_id()).unwrap() == idx, "our index of {path:?} differs");
        }

        let (summary, out) = compact(&set, set.packs(), &|_| true, Cursor::new(Vec::new())).unwrap();
        let other = bare();
        install(other.path(), &out.into_inner(), &summary);
        assert!(all_objects(other.path()) == objects);
        let tag = git(repo.path(), &["rev-parse", "v1"], b"");
        git(other.path(), &["update-ref", "refs/tags/v1", str::from_utf8(&tag).unwrap().trim()], b"");
        git(other.path(), &["fsck", "--strict", "--full"], b"");
        let deepest = PackSet::new(vec![open_file(&pack_files(other.path())[0])]);
        assert!(objects.keys().all(|oid| deepest.read(oid).unwrap().depth <= 50));
    }
}

#[test]
fn a_push_that_git_completed_merges_with_what_it_leant_on() {
    let repo = bare();
    fast_import(repo.path(), 40);
    git(repo.path(), &["repack", "-adfq"], b"");
    let revs = b"main\n^main~2\n";
    let thin = git(repo.path(), &["pack-objects", "--thin", "--revs", "--stdout", "-q"], revs);
    let other = bare();
    let old = git(repo.path(), &["pack-objects", "--revs", "--stdout", "-q"], b"main~2\n");
    git(other.path(), &["index-pack", "--stdin"], &old);
    git(other.path(), &["index-pack", "--stdin", "--fix-thin"], &thin);
    let packs: Vec<Arc<Pack>> = pack_files(other.path()).iter().map(|path| open_file(path)).collect();
    assert_eq!(packs.len(), 2);
    let objects = all_objects(other.path());
    let set = PackSet::new(packs);
    same_objects(&set, &objects);
    let (summary, out) = compact(&set, set.packs(), &|_| true, Cursor::new(Vec::new())).unwrap();
    assert_eq!(summary.objects.len(), objects.len());
    let merged = bare();
    install(merged.path(), &out.into_inner(), &summary);
    assert!(all_objects(merged.path()) == objects);
    git(merged.path(), &["fsck", "--strict", "--full", "--no-dangling"], b"");
}
