//! An object that comes bit by bit: cut into parts, which are dropped unless all of them came.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutPayload};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::DepotError;

/// Bytes of one part of an object in a bucket: the least that S3 takes. A dozen clients send at once, and each has a few
/// parts in memory.
const BUCKET_PART_BYTES: usize = 5 * 1024 * 1024;
/// Parts of an object that are all of that size, half of what S3 takes: enough for the largest object that the hub
/// makes. Some stores want parts of one size.
const BUCKET_PARTS_ALIKE: usize = 5000;
/// Of an object that is still longer, how many parts come before they are doubled.
const BUCKET_PARTS_A_SIZE: usize = 500;
/// Bytes written to a file in one go.
const FILE_PART_BYTES: usize = 1024 * 1024;
/// Parts on their way to the store at once, for one object.
const PARTS_IN_FLIGHT: usize = 2;

/// Bytes of the next part of an object of which so many parts were sent.
pub(crate) type PartBytes = fn(usize) -> usize;

/// A bucket takes 10,000 parts of an object and no more. First the memory is spared, then the number of parts.
pub(crate) fn bucket_part_bytes(sent: usize) -> usize {
    match sent.checked_sub(BUCKET_PARTS_ALIKE) {
        None => BUCKET_PART_BYTES,
        Some(more) => BUCKET_PART_BYTES << (1 + more / BUCKET_PARTS_A_SIZE).min(10),
    }
}

/// A file has any number of parts.
pub(crate) fn file_part_bytes(_sent: usize) -> usize {
    FILE_PART_BYTES
}

/// What came of a [`Writer`].
#[derive(Debug)]
pub enum Written {
    /// Small: nothing was stored; these are the bytes.
    Small(Bytes),
    /// Stored, durable, visible.
    Stored,
}

/// An object on its way. Dropped or [aborted](Writer::abort), it leaves nothing behind.
pub struct Writer {
    store: Arc<dyn ObjectStore>,
    path: Path,
    part_bytes: PartBytes,
    buffer: BytesMut,
    parts: Option<Parts>,
    bytes: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({}, {} bytes)", self.path, self.bytes)
    }
}

impl Writer {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, path: Path, part_bytes: PartBytes) -> Writer {
        Writer { store, path, part_bytes, buffer: BytesMut::new(), parts: None, bytes: 0 }
    }

    /// Adds bytes, waiting while too many are in flight.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), DepotError> {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let sent = self.parts.as_ref().map_or(0, |parts| parts.sent);
            let room = (self.part_bytes)(sent).saturating_sub(self.buffer.len());
            // A part is sent when more bytes follow: an object of one part needs no multipart upload.
            if room == 0 {
                self.send().await?;
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Sends a part, and waits until there is room in memory for the next.
    async fn send(&mut self) -> Result<(), DepotError> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => self.parts.insert(Parts::begin(self.store.clone(), self.path.clone()).await?),
        };
        parts.send(std::mem::take(&mut self.buffer).freeze());
        parts.wait(PARTS_IN_FLIGHT - 1).await?;
        // All at once: a buffer that grows would end with up to twice the bytes.
        self.buffer.reserve((self.part_bytes)(parts.sent));
        Ok(())
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the object visible, or hands the bytes back when there are at most `small`.
    pub async fn finish(self, small: usize) -> Result<Written, DepotError> {
        let bytes = self.buffer.freeze();
        if let Some(mut parts) = self.parts {
            parts.send(bytes);
            parts.finish().await?;
            return Ok(Written::Stored);
        }
        if bytes.len() <= small {
            return Ok(Written::Small(bytes));
        }
        self.store.put(&self.path, PutPayload::from_bytes(bytes)).await?;
        Ok(Written::Stored)
    }

    /// Gives up; what was sent is dropped.
    pub async fn abort(self) {
        if let Some(parts) = self.parts {
            parts.abort().await;
        }
    }
}

/// A multipart upload. Dropped before its end, it is aborted in the background: a bucket keeps parts of which nothing
/// became for ever, and they are paid for.
struct Parts {
    path: Path,
    upload: Option<Box<dyn MultipartUpload>>,
    on_their_way: JoinSet<object_store::Result<()>>,
    sent: usize,
}

impl Parts {
    /// In a task of its own: whoever waits may be gone when the store's answer comes, and nobody else could abort then.
    async fn begin(store: Arc<dyn ObjectStore>, path: Path) -> object_store::Result<Parts> {
        let begin = async move {
            let upload = store.put_multipart_opts(&path, PutMultipartOptions::default()).await?;
            Ok(Parts { path, upload: Some(upload), on_their_way: JoinSet::new(), sent: 0 })
        };
        tokio::spawn(begin).await?
    }

    fn send(&mut self, part: Bytes) {
        if let Some(upload) = &mut self.upload {
            self.on_their_way.spawn(upload.put_part(PutPayload::from_bytes(part)));
            self.sent += 1;
        }
    }

    /// Waits until at most so many are on their way.
    async fn wait(&mut self, most: usize) -> object_store::Result<()> {
        while self.on_their_way.len() > most {
            match self.on_their_way.join_next().await {
                Some(sent) => sent??,
                None => break,
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> object_store::Result<()> {
        self.wait(0).await?;
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(())
    }

    async fn abort(mut self) {
        if let Some(upload) = self.upload.take() {
            abort(&self.path, upload, std::mem::take(&mut self.on_their_way)).await;
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent: the process ends, and the bucket's own rule has to clean up.
        if let (Some(upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) {
            let (path, on_their_way) = (self.path.clone(), std::mem::take(&mut self.on_their_way));
            runtime.spawn(async move { abort(&path, upload, on_their_way).await });
        }
    }
}

/// What is on its way is waited for: a part that came after the end would stay.
async fn abort(
    path: &Path,
    mut upload: Box<dyn MultipartUpload>,
    mut on_their_way: JoinSet<object_store::Result<()>>,
) {
    while on_their_way.join_next().await.is_some() {}
    if let Err(error) = upload.abort().await {
        tracing::debug!(%path, %error, "an abandoned upload was not cleaned up");
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use std::sync::Mutex;

    use async_trait::async_trait;
    use futures_util::FutureExt;
    use futures_util::stream::BoxStream;
    use object_store::memory::InMemory;
    use object_store::{
        CopyOptions, GetOptions, GetResult, ListResult, ObjectMeta, PutOptions, PutResult, UploadPart,
    };
    use tokio::sync::{Notify, Semaphore};

    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn a_file_of_any_length_fits_in_the_parts_that_a_bucket_takes() {
        let whole: u64 = (0..10_000).map(|sent| bucket_part_bytes(sent) as u64).sum();
        assert!(whole >= seedcorn_core::limits::FILE_BYTES_MAX, "{whole}");
        let alike: u64 = (0..10_000)
            .map(|sent| bucket_part_bytes(sent) as u64)
            .take_while(|bytes| *bytes == 5 * MIB)
            .sum();
        assert!(alike > seedcorn_core::limits::PACK_MERGED_BYTES_MAX, "{alike}");
        for sent in 0..10_000 {
            let (now, next) = (bucket_part_bytes(sent), bucket_part_bytes(sent + 1));
            assert!((5 * MIB..=5 * 1024 * MIB).contains(&(now as u64)), "S3 takes no part of {now} bytes");
            assert!(next == now || next == 2 * now);
        }
        assert_eq!((bucket_part_bytes(4999), bucket_part_bytes(5000)), (5 << 20, 10 << 20));
        assert_eq!((bucket_part_bytes(5499), bucket_part_bytes(5500)), (10 << 20, 20 << 20));
        bucket_part_bytes(usize::MAX);
    }

    /// What a store was asked for.
    #[derive(Debug, Default)]
    struct Seen {
        parts: Mutex<Vec<usize>>,
        stored: Mutex<usize>,
        ends: Mutex<Vec<(&'static str, usize)>>,
        ended: Notify,
    }

    impl Seen {
        /// How it ended, with the number of parts that were stored by then.
        async fn end(&self) -> (&'static str, usize) {
            let long = std::time::Duration::from_secs(60);
            tokio::time::timeout(long, self.ended.notified()).await.unwrap();
            let ends = self.ends.lock().unwrap();
            assert_eq!(ends.len(), 1, "{ends:?}");
            ends[0]
        }

        fn tell(&self, how: &'static str) {
            self.ends.lock().unwrap().push((how, *self.stored.lock().unwrap()));
            self.ended.notify_one();
        }
    }

    /// A store that does nothing before it is let.
    #[derive(Debug, Clone)]
    struct Slow {
        seen: Arc<Seen>,
        begin: Arc<Semaphore>,
        part: Arc<Semaphore>,
        complete: Arc<Semaphore>,
        objects: Arc<InMemory>,
    }

    impl Slow {
        /// With so many permits to begin, to store a part, to complete.
        fn new(begin: usize, part: usize, complete: usize) -> Slow {
            let [begin, part, complete] = [begin, part, complete].map(|n| Arc::new(Semaphore::new(n)));
            Slow { seen: Arc::default(), begin, part, complete, objects: Arc::default() }
        }

        fn writer(&self) -> Writer {
            Writer::new(Arc::new(self.clone()), Path::from("x"), |sent| 10 * (1 + sent / 2))
        }
    }

    impl std::fmt::Display for Slow {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Slow")
        }
    }

    #[async_trait]
    impl MultipartUpload for Slow {
        fn put_part(&mut self, data: PutPayload) -> UploadPart {
            self.seen.parts.lock().unwrap().push(data.content_length());
            let (seen, part) = (self.seen.clone(), self.part.clone());
            async move {
                part.acquire().await.unwrap().forget();
                *seen.stored.lock().unwrap() += 1;
                Ok(())
            }
            .boxed()
        }

        async fn complete(&mut self) -> object_store::Result<PutResult> {
            self.complete.acquire().await.unwrap().forget();
            self.seen.tell("complete");
            self.objects.put(&Path::from("x"), "whole".into()).await
        }

        async fn abort(&mut self) -> object_store::Result<()> {
            self.seen.tell("abort");
            Ok(())
        }
    }

    #[async_trait]
    impl ObjectStore for Slow {
        async fn put_opts(
            &self,
            at: &Path,
            payload: PutPayload,
            options: PutOptions,
        ) -> object_store::Result<PutResult> {
            self.objects.put_opts(at, payload, options).await
        }

        async fn put_multipart_opts(
            &self,
            _at: &Path,
            _options: PutMultipartOptions,
        ) -> object_store::Result<Box<dyn MultipartUpload>> {
            self.begin.acquire().await.unwrap().forget();
            Ok(Box::new(self.clone()))
        }

        async fn get_opts(&self, at: &Path, options: GetOptions) -> object_store::Result<GetResult> {
            self.objects.get_opts(at, options).await
        }

        fn delete_stream(
            &self,
            at: BoxStream<'static, object_store::Result<Path>>,
        ) -> BoxStream<'static, object_store::Result<Path>> {
            self.objects.delete_stream(at)
        }

        fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
            self.objects.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
            self.objects.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
            self.objects.copy_opts(from, to, options).await
        }
    }

    #[tokio::test]
    async fn bytes_are_cut_into_parts_that_grow() {
        let store = Slow::new(9, 99, 9);
        let mut writer = store.writer();
        writer.write(&[0; 3]).await.unwrap();
        writer.write(&[0; 96]).await.unwrap();
        writer.write(&[]).await.unwrap();
        writer.write(&[0; 30]).await.unwrap();
        assert_eq!(writer.bytes(), 129);
        assert!(matches!(writer.finish(500).await.unwrap(), Written::Stored));
        assert_eq!(*store.seen.parts.lock().unwrap(), [10, 10, 20, 20, 30, 30, 9]);
        assert_eq!(store.seen.end().await, ("complete", 7));
    }

    #[tokio::test]
    async fn one_part_needs_no_multipart_upload() {
        let store = Slow::new(0, 0, 0);
        for (small, kept) in [(10, true), (9, false)] {
            let mut writer = store.writer();
            writer.write(&[1; 10]).await.unwrap();
            let written = writer.finish(small).await.unwrap();
            assert_eq!(matches!(written, Written::Small(bytes) if bytes == [1; 10][..]), kept);
        }
        assert_eq!(store.objects.head(&Path::from("x")).await.unwrap().size, 10);
    }

    #[tokio::test]
    async fn a_writer_that_is_dropped_aborts_once_its_parts_have_come() {
        let store = Slow::new(1, 1, 0);
        let mut writer = store.writer();
        let mut write = Box::pin(writer.write(&[0; 50]));
        while store.seen.parts.lock().unwrap().len() < 3 {
            assert!(write.as_mut().now_or_never().is_none(), "the second part is not let through");
            tokio::task::yield_now().await;
        }
        drop(write);
        drop(writer);
        store.part.add_permits(9);
        let (how, stored) = store.seen.end().await;
        assert_eq!((how, stored), ("abort", 3));
    }

    #[tokio::test]
    async fn who_leaves_while_it_begins_or_ends_leaves_nothing() {
        let store = Slow::new(0, 9, 0);
        let mut writer = store.writer();
        assert!(writer.write(&[0; 11]).now_or_never().is_none());
        drop(writer);
        store.begin.add_permits(1);
        assert_eq!(store.seen.end().await, ("abort", 0));

        let store = Slow::new(1, 9, 0);
        let mut writer = store.writer();
        writer.write(&[0; 11]).await.unwrap();
        let mut end = Box::pin(writer.finish(0));
        while *store.seen.stored.lock().unwrap() < 2 {
            assert!(end.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        drop(end);
        assert_eq!(store.seen.end().await, ("abort", 2));
    }

    #[tokio::test]
    async fn a_part_that_fails_ends_it() {
        let store = Slow::new(1, 0, 9);
        let mut writer = store.writer();
        writer.write(&[0; 11]).await.unwrap();
        store.part.close();
        writer.finish(0).await.unwrap_err();
        assert_eq!(store.seen.end().await, ("abort", 0));

        let store = Slow::new(1, 9, 9);
        let mut writer = store.writer();
        writer.write(&[0; 11]).await.unwrap();
        writer.abort().await;
        assert_eq!(store.seen.end().await, ("abort", 1));
    }
}
