//! A release in a folder of this machine: no link is followed, nothing outside of the folder is read, and of each file no more
//! than what is told of it.

use std::fs::File as Handle;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use seedcorn_content::git::{Kind, oid_of};
use seedcorn_core::limits;
use seedcorn_core::openness::seen::{File, Reading, Release};
use seedcorn_formats::release::{Opening, Step};

use super::room::{Room, is_aside, order, unopened};

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadFolder {
    /// There is none.
    #[error("{0} is no folder")]
    NoFolder(PathBuf),
    /// It cannot be listed.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

/// Entries of one folder that are put in order: more than are looked at, so that it is always the same ones.
const ENTRIES_MAX: usize = 20 * limits::GRADED_FILES_MAX;
/// Lines that tell what was left out.
const LEFT_MAX: usize = 50;
/// Bytes at both ends and in the middle by which large files are told apart.
const SAMPLE_BYTES: u64 = 4096;

/// Where the hash FNV-1a begins, and by what it grows (Fowler, Noll, Vo).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Reads a folder.
///
/// # Errors
/// [`BadFolder`] if the folder itself cannot be read. A file that cannot be is said in the release.
pub fn folder(path: &Path) -> Result<Release, BadFolder> {
    let meta = std::fs::metadata(path).map_err(|error| BadFolder::Io(path.to_owned(), error))?;
    if !meta.is_dir() {
        return Err(BadFolder::NoFolder(path.to_owned()));
    }
    let mut left = Vec::new();
    let mut files = list(path, &mut left).map_err(|error| BadFolder::Io(path.to_owned(), error))?;
    files.sort_by(|a, b| order(&a.path).cmp(&order(&b.path)));
    let mut room = Room::new(limits::GRADED_OPENED_MAX, limits::GRADED_BYTES_MAX);
    // What a link leads to is never opened, whatever was made of its name.
    for file in files.iter_mut().filter(|file| file.reading == Reading::Unread) {
        let mut opening = Opening::new(&file.path, file.bytes);
        let step = opening.step(&[]);
        if let Step::Done(reading) = &step
            && !opening.is_weights()
        {
            file.reading = reading.clone();
            continue;
        }
        if !room.take(&file.path, opening.is_license(), &mut left) {
            file.reading = unopened(&opening);
            continue;
        }
        match read(path, file, opening, step, &mut room) {
            Ok((reading, content)) => (file.reading, file.content) = (reading, content),
            Err(error) => {
                file.reading = unopened(&Opening::new(&file.path, file.bytes));
                left.push(format!("{} cannot be read: {error}", file.path));
            }
        }
    }
    let name =
        path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let mut release = Release::of(&name.unwrap_or_default(), files);
    let more = left.len().saturating_sub(LEFT_MAX);
    left.truncate(LEFT_MAX);
    if more > 0 {
        left.push(format!("and {more} more"));
    }
    release.left = left;
    Ok(release)
}

/// The paths of the files of a folder, and a line each for what was left out.
///
/// # Errors
/// As [`folder`].
pub(crate) fn paths(root: &Path) -> Result<(Vec<String>, Vec<String>), BadFolder> {
    if !root.is_dir() {
        return Err(BadFolder::NoFolder(root.to_owned()));
    }
    let mut left = Vec::new();
    let files = list(root, &mut left).map_err(|error| BadFolder::Io(root.to_owned(), error))?;
    let mut paths: Vec<String> =
        files.into_iter().filter(|file| file.reading == Reading::Unread).map(|file| file.path).collect();
    paths.sort();
    Ok((paths, left))
}

/// The regular files of a folder, each with its path within it.
fn list(root: &Path, left: &mut Vec<String>) -> io::Result<Vec<File>> {
    let (mut files, mut seen) = (Vec::new(), 0);
    let mut open: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(error),
            Err(error) => {
                left.push(format!("{prefix} cannot be listed: {error}"));
                continue;
            }
        };
        // In an order of their own, so that a limit cuts the same files each time.
        let mut entries: Vec<_> = entries.flatten().take(ENTRIES_MAX).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        entries.truncate(limits::GRADED_FILES_MAX.saturating_sub(seen));
        seen += entries.len();
        if seen >= limits::GRADED_FILES_MAX {
            left.push(format!("only {} files were looked at", limits::GRADED_FILES_MAX));
            open.clear();
        }
        for entry in entries {
            let Ok(name) = entry.file_name().into_string() else {
                left.push(format!("{prefix}: a name that is no text was left out"));
                continue;
            };
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            // Of the entry itself: a link leads who knows where.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if is_aside(&name) {
                    continue;
                }
                match depth + 1 < limits::GRADED_DEPTH_MAX {
                    true => open.push((entry.path(), path, depth + 1)),
                    false => left.push(format!("{path} lies too deep to be looked at")),
                }
            } else if kind.is_file() {
                let bytes = entry.metadata().map_or(0, |meta| meta.len());
                files.push(File { path, bytes, ..File::default() });
            } else if kind.is_symlink() {
                linked(root, &entry.path(), path, &mut files, left);
            }
        }
    }
    Ok(files)
}

/// The folder that links may lead within: a snapshot in a client's cache has its files beside it (`snapshots/REVISION` and
/// `blobs`).
fn home(root: PathBuf) -> PathBuf {
    let above = root.parent().filter(|above| above.file_name().is_some_and(|name| name == "snapshots"));
    match above.and_then(Path::parent).filter(|home| home.join("blobs").is_dir()) {
        Some(home) => home.to_owned(),
        None => root,
    }
}

/// A link to a file within the folder counts as that file, as caches of clients have them; any other is left out.
fn linked(root: &Path, link: &Path, path: String, files: &mut Vec<File>, left: &mut Vec<String>) {
    let target = link.canonicalize().and_then(|target| Ok((target.metadata()?, target)));
    let root = root.canonicalize().map(home);
    match (target, root) {
        (Ok((meta, target)), Ok(root)) if meta.is_file() && target.starts_with(&root) => {
            files.push(File { path, bytes: meta.len(), ..File::default() });
        }
        _ => {
            // A licence that cannot be read is no licence that is not there.
            let opening = Opening::new(&path, 1);
            if opening.is_license() {
                files.push(File { path: path.clone(), reading: unopened(&opening), ..File::default() });
            }
            left.push(format!("{path} is a link that leads out of the folder, or nowhere: it was left out"));
        }
    }
}

/// What a file comes to, and what tells its content from others.
fn read(
    root: &Path,
    file: &File,
    mut opening: Opening,
    first: Step,
    room: &mut Room,
) -> io::Result<(Reading, String)> {
    let handle = Handle::open(root.join(&file.path))?;
    let mut step = first;
    loop {
        match step {
            Step::Done(reading) => return Ok((reading, content(&handle, file.bytes)?)),
            Step::Need(range) => {
                let got = bytes(&handle, &range)?;
                room.spend(got.len() as u64);
                step = opening.step(&got);
            }
        }
    }
}

fn bytes(mut handle: &Handle, range: &Range<u64>) -> io::Result<Vec<u8>> {
    handle.seek(SeekFrom::Start(range.start))?;
    let mut got = Vec::new();
    handle.take(range.end - range.start).read_to_end(&mut got)?;
    Ok(got)
}

/// Bytes of a file that is told from others by all of them.
const WHOLE_BYTES_MAX: u64 = 4 << 20;

/// Of short files a hash; of others length and samples: enough to tell weights from others without reading them all.
fn content(handle: &Handle, bytes: u64) -> io::Result<String> {
    if bytes <= WHOLE_BYTES_MAX {
        let mut all = vec![0; usize::try_from(bytes).unwrap_or_default()];
        handle.read_exact_at(&mut all, 0)?;
        // As the hub names it once it is published, so that a review of one is a review of the other.
        return oid_of(Kind::Blob, &all).map(|oid| oid.to_string()).map_err(io::Error::other);
    }
    let mut hash = FNV_BASIS;
    for at in [0, bytes / 3, bytes / 2, bytes.saturating_sub(SAMPLE_BYTES)] {
        let mut sample = vec![0; usize::try_from(SAMPLE_BYTES.min(bytes - at)).unwrap_or(0)];
        handle.read_exact_at(&mut sample, at)?;
        hash = sample.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME));
    }
    Ok(format!("{bytes}:{hash:016x}"))
}
