//! The Rust crate `hf-hub`, the present one and the one that most programs still use, against the hub at HF_ENDPOINT.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, ensure};
use hf_hub::HFClient;
use hf_hub::repository::{AddSource, CommitOperation, HFRepository, RepoTreeEntry, RepoTypeModel};
use tempfile::TempDir;

const OWNER: &str = "tester";
const MIB: usize = 1024 * 1024;

/// Bytes that do not compress, the same for the same seed.
fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut step).flatten().take(size).collect()
}

fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("rust-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn client(cache: &Path) -> Result<HFClient> {
    Ok(HFClient::builder().token(std::env::var("SEEDCORN_TOKEN")?).cache_dir(cache).build()?)
}

/// A new public repo.
async fn repo(client: &HFClient) -> Result<(HFRepository<RepoTypeModel>, String)> {
    let name = new_name();
    let full = format!("{OWNER}/{name}");
    client.create_repository().repo_id(&full).repo_type(RepoTypeModel).send().await?;
    Ok((client.model(OWNER, &name), full))
}

async fn upload(repo: &HFRepository<RepoTypeModel>, path: &str, data: &[u8]) -> Result<()> {
    let source = AddSource::Bytes(data.to_vec().into());
    repo.upload_file().source(source).path_in_repo(path).commit_message("one file").send().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_and_come_down() -> Result<()> {
    let folder = TempDir::new()?;
    let (repo, _) = repo(&client(folder.path())?).await?;
    for (path, data) in [
        ("config.json", b"{}\n".to_vec()),
        ("empty.txt", Vec::new()),
        ("sub/weights.safetensors", noise(3 * MIB + 1, 1)),
    ] {
        upload(&repo, path, &data).await?;
        let local = repo.download_file().filename(path).send().await?;
        ensure!(std::fs::read(local)? == data, "{path} differs on disk");
        let bytes = repo.download_file_to_bytes().filename(path).send().await?;
        ensure!(bytes == data, "{path} differs in memory");
    }
    let infos = repo.get_paths_info().paths(vec!["sub/weights.safetensors".to_owned()]).send().await?;
    // Where the hub declines Xet, this client puts files of any size into git itself.
    let stored = matches!(&infos[..], [RepoTreeEntry::File { lfs: Some(_), xet_hash: Some(_), .. }]);
    ensure!(stored, "the weights went up inline: {infos:?}");
    let part = repo
        .download_file_to_bytes()
        .filename("sub/weights.safetensors")
        .range(100..2_000_000)
        .send()
        .await?;
    ensure!(part == noise(3 * MIB + 1, 1)[100..2_000_000], "a range differs");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_snapshots() -> Result<()> {
    let folder = TempDir::new()?;
    let (repo, _) = repo(&client(&folder.path().join("cache"))?).await?;
    let source = folder.path().join("source");
    std::fs::create_dir_all(source.join("a/b"))?;
    let files =
        [("top.txt", b"top".to_vec()), ("a/b/deep.bin", noise(MIB, 2)), ("a/zeros.bin", vec![0; MIB])];
    for (path, data) in &files {
        std::fs::write(source.join(path), data)?;
    }
    repo.upload_folder().folder_path(source).commit_message("a folder").send().await?;
    let snapshot = repo.snapshot_download().send().await?;
    for (path, data) in &files {
        ensure!(std::fs::read(snapshot.join(path))? == *data, "{path} differs");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_parent_is_refused() -> Result<()> {
    let folder = TempDir::new()?;
    let (repo, _) = repo(&client(folder.path())?).await?;
    let commit = |text: &'static str, parent: Option<String>| {
        let source = AddSource::Bytes(text.as_bytes().to_vec().into());
        let add = CommitOperation::Add { path_in_repo: "f.txt".to_owned(), source };
        repo.create_commit().operations(vec![add]).commit_message(text).maybe_parent_commit(parent).send()
    };
    let first = commit("first", None).await?.commit_oid;
    ensure!(first.is_some(), "a commit has a name");
    commit("second", first.clone()).await?;
    ensure!(commit("third", first).await.is_err(), "a commit on an old parent was taken");
    let bytes = repo.download_file_to_bytes().filename("f.txt").send().await?;
    ensure!(bytes == b"second".as_slice());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classic_crate_reads_what_was_written() -> Result<()> {
    let folder = TempDir::new()?;
    let (repo, full) = repo(&client(&folder.path().join("cache"))?).await?;
    let data = noise(12 * MIB + 5, 3);
    upload(&repo, "sub/model.bin", &data).await?;
    upload(&repo, "config.json", b"{}\n").await?;

    let cache = folder.path().join("tokio");
    let api = hf_hub_classic::api::tokio::ApiBuilder::from_env();
    let api = api.with_cache_dir(cache).with_progress(false).with_chunk_size(Some(5 * MIB)).build()?;
    let model = api.model(full.clone());
    let names: Vec<String> = model.info().await?.siblings.into_iter().map(|file| file.rfilename).collect();
    ensure!(names.contains(&"sub/model.bin".to_owned()), "{names:?}");
    ensure!(std::fs::read(model.get("sub/model.bin").await?)? == data, "in pieces, at once");

    let cache = folder.path().join("sync");
    let blocking = tokio::task::spawn_blocking(move || -> Result<(Vec<u8>, Vec<u8>)> {
        let api = hf_hub_classic::api::sync::ApiBuilder::from_env();
        let api = api.with_cache_dir(cache).with_progress(false).build()?;
        let model = api.model(full);
        Ok((std::fs::read(model.get("sub/model.bin")?)?, std::fs::read(model.get("config.json")?)?))
    });
    ensure!(blocking.await?? == (data, b"{}\n".to_vec()), "in one piece");
    Ok(())
}
