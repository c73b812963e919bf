//! Where objects rest: a folder or a bucket, behind one type. Writes are durable when they return. No name is given to
//! two different contents.

use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, GetResultPayload, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use crate::Key;
use crate::writer::{PartBytes, Writer, bucket_part_bytes, file_part_bytes};

/// Bytes read of a file in one go.
const PIECE_BYTES: usize = 1024 * 1024;

/// Bytes of an object, as they come.
pub type Pieces = BoxStream<'static, Result<Bytes>>;

/// Why the depot did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum DepotError {
    /// No such object.
    #[error("the depot has no {0}")]
    Missing(String),
    /// An object of that name is there and holds something else.
    #[error("the depot has another {0}")]
    Another(String),
    /// The disk is full, or the bucket's quota is used up.
    #[error("the depot is full")]
    Full,
    /// The address of the depot is wrong.
    #[error("depot address: {0}")]
    Address(String),
    /// Anything else.
    #[error("depot: {0}")]
    Store(object_store::Error),
}

impl From<object_store::Error> for DepotError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => DepotError::Missing(path),
            error if is_full(&error) => DepotError::Full,
            error => DepotError::Store(error),
        }
    }
}

/// Looks for ENOSPC or EDQUOT down the chain of causes.
fn is_full(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
        }
        cause = error.source();
    }
    false
}

type Result<T, E = DepotError> = std::result::Result<T, E>;

/// How to reach a bucket, beyond the standard AWS environment, which is read first.
#[derive(Clone, Debug, Default)]
pub struct S3Options {
    /// Address of a store that is not Amazon's.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Bucket in the path rather than in the host name.
    pub path_style: bool,
}

/// A folder or a bucket of objects.
#[derive(Clone, Debug)]
pub struct Depot {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    folder: Option<Arc<FsPath>>,
}

impl Depot {
    /// A folder, made if it is missing. Every write is fsynced, and so is its folder.
    pub fn disk(root: &FsPath) -> Result<Depot> {
        std::fs::create_dir_all(root).map_err(|e| DepotError::Address(format!("{}: {e}", root.display())))?;
        let store = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        Ok(Depot { store: Arc::new(store), prefix: String::new(), folder: Some(Arc::from(root)) })
    }

    /// `s3://bucket/prefix`; keys come from the standard AWS environment.
    pub fn s3(address: &str, options: &S3Options) -> Result<Depot> {
        let rest = address.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(DepotError::Address(format!("expected s3://bucket/prefix, got {address:?}")));
        }
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_virtual_hosted_style_request(!options.path_style);
        if let Some(endpoint) = &options.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(region) = &options.region {
            builder = builder.with_region(region);
        }
        Ok(Depot {
            store: Arc::new(builder.build()?),
            prefix: prefix.trim_matches('/').to_owned(),
            folder: None,
        })
    }

    /// In memory, for tests.
    pub fn memory() -> Depot {
        Depot::over(Arc::new(InMemory::new()))
    }

    /// Any other store, for tests of what the hub does when one fails.
    pub fn over(store: Arc<dyn ObjectStore>) -> Depot {
        Depot { store, prefix: String::new(), folder: None }
    }

    fn path(&self, key: &Key) -> Path {
        match self.prefix.as_str() {
            "" => Path::from(key.path()),
            prefix => Path::from(format!("{prefix}/{}", key.path())),
        }
    }

    /// The file of an object, when the depot is a folder: it can be read in place.
    pub fn file(&self, key: &Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(key.path()))
    }

    /// Stores an object whose bytes are at hand; an object of that name stays as it is.
    pub async fn put(&self, key: &Key, pieces: Vec<Bytes>) -> Result<()> {
        let options = PutMode::Create.into();
        let payload = PutPayload::from_iter(pieces);
        let len = payload.content_length() as u64;
        match self.store.put_opts(&self.path(key), payload, options).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            // A store that refuses before it has read the body may break the connection instead of saying why.
            Err(_) if self.size(key).await.is_ok_and(|there| there == Some(len)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores an object that can have only these bytes.
    ///
    /// # Errors
    /// [`DepotError::Another`] if one of that name has others.
    pub async fn put_same(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.put(key, vec![bytes.clone()]).await?;
        // What was there before stays: so it is read again, which also tells whether it can be.
        match self.get(key).await? == bytes {
            true => Ok(()),
            false => Err(DepotError::Another(key.path())),
        }
    }

    /// Begins an object whose bytes come bit by bit; nothing is visible before [`Writer::finish`].
    pub fn writer(&self, key: &Key) -> Writer {
        let part_bytes: PartBytes = if self.folder.is_some() { file_part_bytes } else { bucket_part_bytes };
        Writer::new(self.store.clone(), self.path(key), part_bytes)
    }

    /// Bytes `range` of an object.
    pub async fn range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        Ok(self.store.get_range(&self.path(key), range).await?)
    }

    /// A whole object.
    pub async fn get(&self, key: &Key) -> Result<Bytes> {
        Ok(self.store.get(&self.path(key)).await?.bytes().await?)
    }

    /// Bytes `range` of an object, as they come.
    pub fn stream(&self, key: &Key, range: Range<u64>) -> BoxFuture<'static, Result<Pieces>> {
        let (store, path) = (self.store.clone(), self.path(key));
        async move {
            let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
            let found = store.get_opts(&path, options).await?;
            if !matches!(found.payload, GetResultPayload::File(..)) {
                return Ok(found.into_stream().map_err(DepotError::from).boxed());
            }
            // A file would come in pieces of 8 KiB, each by way of another thread.
            let range = found.range;
            let pieces = stream::iter(range.clone().step_by(PIECE_BYTES)).then(move |from| {
                let (store, path) = (store.clone(), path.clone());
                let to = range.end.min(from + PIECE_BYTES as u64);
                async move { Ok(store.get_range(&path, from..to).await?) }
            });
            Ok(pieces.boxed())
        }
        .boxed()
    }

    /// Length of an object, if it is there.
    pub async fn size(&self, key: &Key) -> Result<Option<u64>> {
        match self.store.head(&self.path(key)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an object; nothing if it is not there.
    pub async fn delete(&self, key: &Key) -> Result<()> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every object below a folder, in no order: its path as [`Key::path`] has it, and when it was written, in seconds
    /// since 1970.
    pub fn list(
        &self,
        folder: &str,
    ) -> impl futures_util::Stream<Item = Result<(String, i64)>> + Send + use<> {
        let root = Path::from(self.prefix.as_str());
        let below = Path::from(format!("{}/{folder}", self.prefix));
        self.store.list(Some(&below)).map_err(DepotError::from).map_ok(move |meta| {
            let path = meta
                .location
                .prefix_match(&root)
                .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"));
            (path.unwrap_or_default(), meta.last_modified.timestamp())
        })
    }

    /// Whether the depot answers: lists at most one object.
    pub async fn ping(&self) -> Result<()> {
        let prefix = Path::from(format!("{}/parts", self.prefix));
        self.store.list(Some(&prefix)).next().await.transpose()?;
        Ok(())
    }
}
