//! The S3 stand-in against the client that the hub uses: what works here is what the hub may lean on.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    PutPayload, UpdateVersion,
};
use seedcorn_content::{Depot, Key, Written};
use seedcorn_testkit::s3::{ACCESS_KEY, REGION, S3Server, SECRET_KEY};
use tempfile::TempDir;

const MIB: usize = 1024 * 1024;

fn client(address: &str, secret: &str) -> AmazonS3 {
    AmazonS3Builder::new()
        .with_endpoint(address)
        .with_allow_http(true)
        .with_bucket_name("depot")
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(secret)
        .with_region(REGION)
        .with_virtual_hosted_style_request(false)
        .build()
        .unwrap()
}

/// The folder lives as long as the test.
async fn store() -> (AmazonS3, TempDir, String) {
    let folder = TempDir::new().unwrap();
    let server = S3Server::bind(folder.path(), 0, &["depot".to_owned()]).await.unwrap();
    let address = format!("http://{}", server.address().unwrap());
    tokio::spawn(server.serve());
    (client(&address, SECRET_KEY), folder, address)
}

fn create() -> PutOptions {
    PutOptions { mode: PutMode::Create, ..PutOptions::default() }
}

async fn read(store: &AmazonS3, path: &Path) -> Vec<u8> {
    store.get(path).await.unwrap().bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn creating_twice_keeps_the_first() {
    let (store, _folder, _) = store().await;
    let path = Path::from("xorbs/ab/cdef");
    store.put_opts(&path, "first".into(), create()).await.unwrap();
    let second = store.put_opts(&path, "second".into(), create()).await;
    assert!(matches!(second, Err(Error::AlreadyExists { .. })), "{second:?}");
    assert_eq!(read(&store, &path).await, b"first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_creators_at_once_one_wins() {
    let (store, _folder, _) = store().await;
    let path = Path::from("race");
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16u8 {
        let (store, path) = (store.clone(), path.clone());
        tasks.spawn(async move {
            let body = PutPayload::from(vec![n; 64 * 1024]);
            store.put_opts(&path, body, create()).await.map(|_| n)
        });
    }
    let results = tasks.join_all().await;
    let winners: Vec<u8> = results.iter().filter_map(|r| r.as_ref().ok().copied()).collect();
    assert_eq!(winners.len(), 1, "{results:?}");
    assert!(
        results.iter().all(|r| r.is_ok() || matches!(r, Err(Error::AlreadyExists { .. }))),
        "{results:?}"
    );
    assert_eq!(read(&store, &path).await, vec![winners[0]; 64 * 1024]);
}

#[tokio::test]
async fn an_update_needs_the_right_version() {
    let (store, _folder, _) = store().await;
    let path = Path::from("manifest.json");
    let first = store.put(&path, "one".into()).await.unwrap();
    let version = UpdateVersion { e_tag: first.e_tag, version: None };
    store.put_opts(&path, "two".into(), PutMode::Update(version.clone()).into()).await.unwrap();
    let stale = store.put_opts(&path, "three".into(), PutMode::Update(version).into()).await;
    assert!(matches!(stale, Err(Error::Precondition { .. })), "{stale:?}");
    assert_eq!(read(&store, &path).await, b"two");
}

#[tokio::test]
async fn three_parts_make_one_object() {
    let (store, _folder, _) = store().await;
    let path = Path::from("big/object");
    let mut upload = store.put_multipart(&path).await.unwrap();
    for (byte, size) in [(1u8, 5 * MIB), (2, 5 * MIB), (3, MIB + 7)] {
        upload.put_part(vec![byte; size].into()).await.unwrap();
    }
    upload.complete().await.unwrap();
    let head = store.head(&path).await.unwrap();
    assert_eq!(head.size, (11 * MIB + 7) as u64);
    let seam = (5 * MIB - 2) as u64..(5 * MIB + 2) as u64;
    assert_eq!(store.get_range(&path, seam).await.unwrap().as_ref(), [1, 1, 2, 2]);
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let (store, _folder, _) = store().await;
    let path = Path::from("half");
    let mut upload = store.put_multipart(&path).await.unwrap();
    upload.put_part(vec![0; 5 * MIB].into()).await.unwrap();
    upload.abort().await.unwrap();
    assert!(matches!(store.head(&path).await, Err(Error::NotFound { .. })));
}

/// What the server keeps of uploads that have not ended.
fn unfinished(folder: &TempDir) -> Vec<std::ffi::OsString> {
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with(".upload")).collect()
}

#[tokio::test]
async fn a_writer_that_nobody_goes_on_with_leaves_nothing() {
    let (store, folder, _) = store().await;
    let depot = Depot::over(Arc::new(store));
    let key = Key::Part("upload".into(), 1);
    let mut writer = depot.writer(&key);
    writer.write(&vec![0; 12 * MIB]).await.unwrap();
    assert!(!unfinished(&folder).is_empty());
    drop(writer);
    let gone = async {
        while !unfinished(&folder).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.unwrap();
    assert_eq!(depot.size(&key).await.unwrap(), None);

    let mut writer = depot.writer(&key);
    writer.write(&vec![0; 12 * MIB]).await.unwrap();
    assert!(matches!(writer.finish(0).await.unwrap(), Written::Stored));
    assert_eq!(depot.size(&key).await.unwrap(), Some(12 * MIB as u64));
    assert!(unfinished(&folder).is_empty());
}

#[tokio::test]
async fn ranges() {
    let (store, _folder, _) = store().await;
    let path = Path::from("digits");
    store.put(&path, "0123456789".into()).await.unwrap();
    assert_eq!(store.get_range(&path, 3..6).await.unwrap().as_ref(), b"345");
    let several = store.get_ranges(&path, &[0..2, 8..10]).await.unwrap();
    assert_eq!(several.iter().map(|b| b.to_vec()).collect::<Vec<_>>(), [b"01", b"89"]);
    for (range, want) in [(GetRange::Offset(7), "789"), (GetRange::Suffix(4), "6789")] {
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        let got = store.get_opts(&path, options).await.unwrap().bytes().await.unwrap();
        assert_eq!(got, want);
    }
}

#[tokio::test]
async fn copies_renames_lists_and_deletes() {
    let (store, _folder, _) = store().await;
    let at = |path: &str| Path::from(path);
    store.put(&at("a/1"), "one".into()).await.unwrap();
    store.copy(&at("a/1"), &at("a/2")).await.unwrap();
    store.rename(&at("a/1"), &at("b/with space+plus")).await.unwrap();
    assert_eq!(read(&store, &at("a/2")).await, b"one");
    assert_eq!(read(&store, &at("b/with space+plus")).await, b"one");
    let mut names: Vec<String> =
        store.list(None).map_ok(|m| m.location.to_string()).try_collect().await.unwrap();
    names.sort();
    assert_eq!(names, ["a/2", "b/with space+plus"]);
    let under = store.list_with_delimiter(Some(&at("b"))).await.unwrap();
    assert_eq!(under.objects.len(), 1);
    store.delete(&at("a/2")).await.unwrap();
    // S3 calls it a success when there was nothing to delete.
    store.delete(&at("a/2")).await.unwrap();
    assert!(matches!(store.get(&at("a/2")).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let (store, folder, _) = store().await;
    for n in 0..1100 {
        std::fs::write(folder.path().join("depot").join(format!("n{n:04}")), "x").unwrap();
    }
    let all: Vec<String> = store.list(None).map_ok(|m| m.location.to_string()).try_collect().await.unwrap();
    assert_eq!(all.len(), 1100);
    let tail = store.list_with_offset(None, &Path::from("n1097"));
    let tail: Vec<String> = tail.map_ok(|m| m.location.to_string()).try_collect().await.unwrap();
    assert_eq!(tail, ["n1098", "n1099"]);
}

#[tokio::test]
async fn content_types_are_kept() {
    let (store, _folder, _) = store().await;
    let path = Path::from("typed");
    let attributes = Attributes::from_iter([(Attribute::ContentType, "application/x-xorb")]);
    store.put_opts(&path, "x".into(), PutOptions { attributes, ..create() }).await.unwrap();
    let got = store.get(&path).await.unwrap();
    assert_eq!(got.attributes.get(&Attribute::ContentType).unwrap().as_ref(), "application/x-xorb");
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let (_, _folder, address) = store().await;
    let thief = client(&address, "not-the-secret");
    let error = thief.put(&Path::from("x"), "x".into()).await.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }), "{error:?}");
}
