//! Whether files are what was logged: the bytes on disk against a manifest, the manifest against an entry, the entry against a
//! checkpoint that is signed. Needs neither a hub nor a network.

use std::io::Read;
use std::path::Path;

use seedcorn_core::digest::Sha256;
use seedcorn_core::log::{BadProof, Checkpoint, Event, Happened, Policy, Proof, Quorum};
use sha2::Digest;

use super::Manifest;

/// What a proof proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
    /// Who saw that.
    pub quorum: Quorum,
    /// The entry's number.
    pub index: u64,
    /// The entry: a revision.
    pub event: Event,
}

impl Verified {
    /// What it says of the revision under a name, such as `commit` or `manifest`.
    pub fn says(&self, key: &str) -> Option<&str> {
        self.event.data.get(key)?.as_str()
    }
}

/// Checks a proof of a revision by whom one trusts.
///
/// # Errors
/// [`BadProof`], with what does not hold.
pub fn verify(proof: &Proof, policy: &Policy) -> Result<Verified, BadProof> {
    let (checkpoint, quorum) = proof.verify(policy)?;
    let event = Event::read(&proof.entry).map_err(|error| BadProof(format!("the entry: {error}")))?;
    match event.happened {
        Happened::Revision => Ok(Verified { checkpoint, quorum, index: proof.index, event }),
        other => Err(BadProof(format!("the entry tells of {:?}, and of no revision", other.word()))),
    }
}

/// Bytes read in one go.
const PIECE_BYTES: usize = 1 << 20;
/// Folders within folders.
const DEPTH_MAX: usize = 64;

/// What a folder is made of, but for `.git`; what programs put beside a work (`.cache`) and proofs are left out, unless they are wanted:
/// a revision may have such files itself.
///
/// # Errors
/// Whatever cannot be read, with its path.
pub fn folder(root: &Path, with_aside: bool) -> std::io::Result<Manifest> {
    let mut files = Vec::new();
    walk(root, ("", with_aside), DEPTH_MAX, &mut files)?;
    Ok(Manifest::new(files))
}

fn walk(
    folder: &Path,
    (prefix, with_aside): (&str, bool),
    depth: usize,
    files: &mut Vec<(String, u64, Sha256)>,
) -> std::io::Result<()> {
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    if depth == 0 {
        return Err(named(std::io::Error::other("folders are nested too deep")));
    }
    for entry in std::fs::read_dir(folder).map_err(named)? {
        let entry = entry.map_err(named)?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| named(std::io::Error::other(format!("the name {name:?} is not UTF-8"))))?;
        let (path, full) = (format!("{prefix}{name}"), entry.path());
        // What a link leads to is what the work has: caches of clients are made of links.
        let meta = std::fs::metadata(&full).map_err(named)?;
        if meta.is_dir() {
            if prefix.is_empty() && (name == ".git" || (name == ".cache" && !with_aside)) {
                continue;
            }
            walk(&full, (&format!("{path}/"), with_aside), depth - 1, files)?;
        } else if with_aside || !name.ends_with(".tlog-proof") {
            let (bytes, sha256) = digest(&full).map_err(named)?;
            files.push((path, bytes, sha256));
        }
    }
    Ok(())
}

fn digest(path: &Path) -> std::io::Result<(u64, Sha256)> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = sha2::Sha256::new();
    let (mut piece, mut bytes) = (vec![0; PIECE_BYTES], 0);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((bytes, Sha256(hash.finalize().into()))),
            read => {
                hash.update(&piece[..read]);
                bytes += read as u64;
            }
        }
    }
}
