//! `*.safetensors.index.json`: the files of a large model, and how many tensors each has.

use std::collections::BTreeMap;

use seedcorn_core::limits;
use seedcorn_formats::limits::SAFETENSORS_INDEX_BYTES_MAX;
use seedcorn_formats::{Unreadable, safetensors};

use super::{Reading, Source, cut};
use crate::access::{Grant, Read, See};
use crate::{Refusal, browse, compute};

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From the repo's root.
    pub path: String,
    /// Its last part, or what follows the index's folder; cut.
    pub name: String,
    /// How many tensors it has, by the index.
    pub tensors: u64,
    /// Its length; none if the repo has no such file.
    pub bytes: Option<u64>,
}

/// The files of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shards {
    /// The first of them, in the order in which the index names them.
    pub rows: Vec<Shard>,
    /// How many there are.
    pub count: usize,
    /// How many tensors.
    pub tensors: usize,
    /// Bytes of all tensors, as the writer counted.
    pub total_bytes: Option<u64>,
}

/// The folder of an index, with its slash.
pub(super) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

pub(super) async fn read(grant: &Grant<Read>, source: &Source<'_>, path: &str) -> Reading<Shards> {
    let bytes = source.bytes();
    if bytes > SAFETENSORS_INDEX_BYTES_MAX as u64 {
        let max = SAFETENSORS_INDEX_BYTES_MAX as u64;
        return Ok(Err(Unreadable::TooMuch { what: "bytes of index", max }));
    }
    let held = source.room(bytes).await?;
    let all = source.range(0..bytes).await?;
    let folder = folder(path).to_owned();
    let read = compute(move || {
        let shards = safetensors::index(&all).map(|index| summary(&index, &folder));
        drop(held);
        shards
    });
    let mut shards = match read.await? {
        Ok(shards) => shards,
        Err(why) => return Ok(Err(why)),
    };
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let paths: Vec<String> = shards.rows.iter().map(|shard| shard.path.clone()).collect();
    let there = browse::at_paths(source.commons, &see, &source.located.commit, &paths).await?;
    let bytes: BTreeMap<&str, u64> =
        there.iter().filter(|e| !e.folder).map(|e| (e.path.as_str(), e.bytes)).collect();
    for shard in &mut shards.rows {
        shard.bytes = bytes.get(shard.path.as_str()).copied();
    }
    Ok(Ok(shards))
}

fn summary(index: &safetensors::Index, folder: &str) -> Shards {
    let mut tensors = vec![0u64; index.files.len()];
    for (_, file) in &index.tensors {
        if let Some(count) = tensors.get_mut(*file) {
            *count += 1;
        }
    }
    let shard = |(file, tensors): (&String, u64)| Shard {
        path: format!("{folder}{file}"),
        name: cut(file.clone(), limits::PATH_BYTES_MAX).0,
        tensors,
        bytes: None,
    };
    let fits = |(file, _): &(&String, u64)| file.len() + folder.len() <= limits::PATH_BYTES_MAX;
    let named = index.files.iter().zip(tensors).filter(fits);
    Shards {
        rows: named.take(limits::PREVIEW_SHARDS).map(shard).collect(),
        count: index.files.len(),
        tensors: index.tensors.len(),
        total_bytes: index.total_bytes,
    }
}
