//! Packs at rest: small ones handed in by whoever keeps the rows, larger ones in the depot; opened once, shared by all.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use tokio::io::AsyncWriteExt;

use super::{BadTree, Index, IndexError, Kind, Pack, PackSet, ReadError, SourceError, TreeEntry, parse_tree};
use crate::{Depot, DepotError, Key, Offload, OffloadError, Written};

/// Bytes of packs and indexes kept in memory.
const PACK_CACHE_BYTES: u64 = 96 * 1024 * 1024;
/// Bytes of parsed trees kept in memory.
const TREE_CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// A pack up to this size is read into memory; a larger one is read from a file.
const PACK_IN_MEMORY_BYTES: u64 = 4 * 1024 * 1024;

/// Why git objects could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// An object is missing or damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A pack's index is damaged.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A pack cannot be opened.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A tree is damaged.
    #[error("tree {0}: {1}")]
    Tree(Oid, BadTree),
    /// An object is of another kind than its place demands.
    #[error("object {0} is not a {1}")]
    Kind(Oid, &'static str),
    /// The depot failed.
    #[error(transparent)]
    Depot(#[from] DepotError),
    /// The folder for pack files failed.
    #[error("pack folder: {0}")]
    Folder(#[from] std::io::Error),
    /// A computation was cut off.
    #[error(transparent)]
    Offload(#[from] OffloadError),
}

type Name = (RepoId, Oid);

/// Where the bytes of a new pack are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackRest {
    /// Here: a small pack is for the caller to keep in a row, with its index.
    Row(Bytes),
    /// In the depot with its index, at this place (see [`Key::Pack`]).
    Depot(String),
}

/// Opens packs and keeps them and the trees read from them.
#[derive(Clone, Debug)]
pub struct GitStore {
    depot: Depot,
    places: fn() -> String,
    folder: PathBuf,
    packs: moka::sync::Cache<Name, Arc<Pack>>,
    trees: moka::sync::Cache<Name, Arc<Vec<TreeEntry>>>,
}

impl GitStore {
    /// Over a depot. `places` gives a name that was never given before. `folder` holds copies of packs that are too large
    /// for memory and not on this machine.
    pub fn new(depot: Depot, places: fn() -> String, folder: PathBuf) -> GitStore {
        let packs = moka::sync::Cache::builder()
            .max_capacity(PACK_CACHE_BYTES)
            .weigher(|_, pack: &Arc<Pack>| {
                let body = if pack.size() <= PACK_IN_MEMORY_BYTES { pack.size() } else { 0 };
                u32::try_from(body + 28 * pack.index().len() as u64 + 1200).unwrap_or(u32::MAX)
            })
            .build();
        let trees = moka::sync::Cache::builder()
            .max_capacity(TREE_CACHE_BYTES)
            .weigher(|_, tree: &Arc<Vec<TreeEntry>>| {
                u32::try_from(64 + tree.iter().map(|entry| 64 + entry.name.len()).sum::<usize>())
                    .unwrap_or(u32::MAX)
            })
            .build();
        GitStore { depot, places, folder, packs, trees }
    }

    /// A pack that is open already.
    pub fn opened(&self, repo: &RepoId, id: &Oid) -> Option<Arc<Pack>> {
        self.packs.get(&(repo.clone(), *id))
    }

    /// Opens a pack whose bytes are at hand.
    pub fn open_inline(
        &self,
        repo: &RepoId,
        pack: Bytes,
        index: Bytes,
        thin: bool,
    ) -> Result<Arc<Pack>, GitError> {
        let pack = Arc::new(Pack::open(Box::new(pack), Index::parse(index)?, thin)?);
        self.packs.insert((repo.clone(), pack.id()), pack.clone());
        Ok(pack)
    }

    /// Opens a pack of so many bytes in the depot, at this place.
    pub async fn open_stored(
        &self,
        (repo, id, place): (&RepoId, &Oid, &str),
        bytes: u64,
        thin: bool,
    ) -> Result<Arc<Pack>, GitError> {
        let index =
            Index::parse(self.depot.get(&Key::PackIndex(repo.clone(), *id, place.to_owned())).await?)?;
        let key = Key::Pack(repo.clone(), *id, place.to_owned());
        let pack = if bytes <= PACK_IN_MEMORY_BYTES {
            Pack::open(Box::new(self.depot.get(&key).await?), index, thin)?
        } else {
            let path = match self.depot.file(&key) {
                Some(path) => path,
                None => self.fetch(&key, (repo, id), bytes).await?,
            };
            Pack::open(Box::new(path), index, thin)?
        };
        let pack = Arc::new(pack);
        self.packs.insert((repo.clone(), *id), pack.clone());
        Ok(pack)
    }

    /// Where the copy of a pack is. Two repos may have the same pack, and only one of them loses it.
    fn copy(&self, (repo, id): (&RepoId, &Oid)) -> PathBuf {
        self.folder.join(format!("{repo}-{id}.pack"))
    }

    /// Copies a pack from the depot to a file of this machine. The name is the hash, so a copy never goes stale.
    async fn fetch(&self, key: &Key, pack: (&RepoId, &Oid), bytes: u64) -> Result<PathBuf, GitError> {
        let path = self.copy(pack);
        if tokio::fs::metadata(&path).await.is_ok_and(|about| about.len() == bytes) {
            return Ok(path);
        }
        tokio::fs::create_dir_all(&self.folder).await?;
        let temporary = tempfile::NamedTempFile::new_in(&self.folder)?;
        let mut file = tokio::fs::File::from_std(temporary.reopen()?);
        let mut stream = std::pin::pin!(self.depot.stream(key, 0..bytes).await?);
        while let Some(piece) = stream.next().await {
            file.write_all(&piece?).await?;
        }
        file.flush().await?;
        temporary.persist(&path).map_err(|error| error.error)?;
        Ok(path)
    }

    /// Stores a new pack, from a file positioned anywhere, and its index, unless both are small.
    pub async fn store(
        &self,
        repo: &RepoId,
        id: &Oid,
        mut pack: tokio::fs::File,
        index: Bytes,
    ) -> Result<PackRest, GitError> {
        use tokio::io::{AsyncReadExt, AsyncSeekExt};
        pack.rewind().await?;
        let place = (self.places)();
        let mut writer = self.depot.writer(&Key::Pack(repo.clone(), *id, place.clone()));
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let n = pack.read(&mut buffer).await?;
            if n == 0 {
                break;
            }
            writer.write(&buffer[..n]).await?;
        }
        let small = limits::PACK_INLINE_BYTES_MAX.saturating_sub(index.len());
        match writer.finish(small).await? {
            Written::Small(bytes) => Ok(PackRest::Row(bytes)),
            Written::Stored => {
                self.depot.put(&Key::PackIndex(repo.clone(), *id, place.clone()), vec![index]).await?;
                Ok(PackRest::Depot(place))
            }
        }
    }

    /// Removes a pack that is not wanted any more; from its place in the depot too, if it has one.
    pub async fn forget(&self, repo: &RepoId, id: &Oid, place: Option<&str>) -> Result<(), GitError> {
        self.packs.invalidate(&(repo.clone(), *id));
        if let Some(place) = place {
            self.depot.delete(&Key::PackIndex(repo.clone(), *id, place.to_owned())).await?;
            self.depot.delete(&Key::Pack(repo.clone(), *id, place.to_owned())).await?;
        }
        match tokio::fs::remove_file(self.copy((repo, id))).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The entries of a tree.
    pub async fn tree(
        &self,
        repo: &RepoId,
        packs: &PackSet,
        oid: &Oid,
    ) -> Result<Arc<Vec<TreeEntry>>, GitError> {
        let name = (repo.clone(), *oid);
        if let Some(tree) = self.trees.get(&name) {
            return Ok(tree);
        }
        let data = self.object(packs, oid, Kind::Tree).await?;
        let tree = Arc::new(parse_tree(&data).map_err(|why| GitError::Tree(*oid, why))?);
        self.trees.insert(name, tree.clone());
        Ok(tree)
    }

    /// The bytes of an object that must be of a kind.
    pub async fn object(&self, packs: &PackSet, oid: &Oid, kind: Kind) -> Result<Bytes, GitError> {
        let (packs, wanted) = (packs.clone(), *oid);
        let object = Offload::run(move || packs.read(&wanted)).await??;
        if object.kind != kind {
            return Err(GitError::Kind(*oid, kind.name()));
        }
        Ok(object.data.into())
    }
}
