//! Files of this machine that are looked into.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use seedcorn_core::scan::Found;
use seedcorn_formats::scan::Scan;

use crate::grade::{self, BadFolder};

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
    let (paths, mut left) = grade::paths(root)?;
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        match file(&path, &root.join(&path)) {
            Ok(found) => all.push(Scanned { path, found }),
            Err(error) => left.push(format!("{path} cannot be read: {error}")),
        }
    }
    Ok((all, left))
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
