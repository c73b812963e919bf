//! Files of this machine that are looked into.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use seedcorn_core::limits;
use seedcorn_core::scan::Found;
use seedcorn_formats::scan::Scan;

use crate::grade::BadFolder;

/// Folders in folders.
const DEPTH_MAX: usize = 64;

/// A file of this machine that was looked into.
#[derive(Debug)]
pub struct Scanned {
    /// Its path within the folder.
    pub path: String,
    /// What was found.
    pub found: Found,
}

/// Looks into the files of a folder, or into a file. Lines that tell what could not be read come with it.
///
/// # Errors
/// [`BadFolder`] if there is no such folder or file, or if it cannot be read.
pub fn files(root: &Path) -> Result<(Vec<Scanned>, Vec<String>), BadFolder> {
    if root.is_file() {
        let path = root.display().to_string();
        let found = file(&path, root).map_err(|error| BadFolder::Io(root.to_owned(), error))?;
        return Ok((vec![Scanned { path, found }], Vec::new()));
    }
    if !root.is_dir() {
        return Err(BadFolder::NoFolder(root.to_owned()));
    }
    let (mut paths, mut left) = (Vec::new(), Vec::new());
    list(root, "", &mut paths, &mut left).map_err(|error| BadFolder::Io(root.to_owned(), error))?;
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        match file(&path, &root.join(&path)) {
            Ok(found) => all.push(Scanned { path, found }),
            Err(error) => left.push(format!("{path} cannot be read: {error}")),
        }
    }
    Ok((all, left))
}

/// The files of a folder in the order of their names, those that are hidden too. Links to files are followed, as the caches of clients
/// are made of them; whatever else is no file is told as left out.
fn list(folder: &Path, prefix: &str, paths: &mut Vec<String>, left: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if paths.len() >= limits::SCANNED_FILES_MAX || entry.file_name().to_str().is_none() {
            left.push(format!("{path} was not looked into"));
        } else if kind.is_dir() {
            if prefix.split('/').count() > DEPTH_MAX {
                left.push(format!("{path} lies too deep"));
            } else if let Err(error) = list(&entry.path(), &format!("{path}/"), paths, left) {
                left.push(format!("{path} cannot be listed: {error}"));
            }
        } else if entry.path().is_file() {
            paths.push(path);
        } else {
            left.push(format!("{path} is no file, and was not looked into"));
        }
    }
    Ok(())
}

fn file(path: &str, at: &Path) -> io::Result<Found> {
    let file = File::open(at)?;
    let mut scan = Scan::new(path, file.metadata()?.len());
    let mut piece = Vec::new();
    while let Some(range) = scan.wants() {
        piece.resize(usize::try_from(range.end - range.start).map_err(io::Error::other)?, 0);
        file.read_exact_at(&mut piece, range.start)?;
        scan.take(&piece);
    }
    Ok(scan.finish())
}
