//! The marks by which a model of this hub is known again: what names its tensors, and its build.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::limits;
use seedcorn_core::lineage::{Architecture, Print, architecture};
use seedcorn_db::git::Commit;
use seedcorn_db::lineage as rows;
use serde_json::Value;

use super::trace::{Placed, Trace, half};
use crate::browse::Entry;
use crate::objects::Objects;
use crate::preview::{Source, with_gguf, with_safetensors};
use crate::pull::Located;
use crate::{Commons, Refusal, Result, compute};

/// Before the mark of a build.
pub(super) const BUILD: &str = "build:";

/// What is kept of a tensor that speaks: what names its bytes, how many they are, and what it is called.
pub(super) type Kept = (String, u64, String);

/// The marks of a revision, each with its bytes, beside those that it has of other files; and that of its build, if it has one.
pub(super) async fn marks(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entries: &[Entry],
    others: Vec<(String, i64)>,
) -> Result<(Vec<(String, i64)>, Option<String>)> {
    let mut marks: BTreeMap<String, i64> = others.into_iter().collect();
    let read = |entry: &&Entry| is_weights(&entry.path) && entry.bytes <= limits::LINEAGE_FILE_BYTES_MAX;
    for entry in entries.iter().filter(read) {
        let Some(located) = Located::of_entry(objects, commit, entry) else { continue };
        for (print, bytes, _) in tensors(commons, &located, entry).await? {
            marks.insert(print, i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        if marks.len() >= limits::LINEAGE_MARKS_MAX {
            marks = marks.into_iter().take(limits::LINEAGE_MARKS_MAX).collect();
            break;
        }
    }
    let build = build(commons, objects, commit, entries).await?;
    let build = build.map(|build| format!("{BUILD}{}", build.text()));
    marks.extend(build.clone().map(|build| (build, 0)));
    Ok((marks.into_iter().collect(), build))
}

/// Whether a file is one of weights whose tensors are known by name.
pub(super) fn is_weights(path: &str) -> bool {
    path.ends_with(".safetensors") || path.ends_with(".gguf")
}

/// What is known of the tensors of a file, if they were read before.
pub(super) async fn known(commons: &Commons, content: &str) -> Result<Option<Vec<Kept>>> {
    let known = rows::tensor_files(&mut commons.db.look().await?, &[content.to_owned()]).await?;
    known.first().map(|(_, says)| serde_json::from_str(says).map_err(Refusal::broken)).transpose()
}

/// What names the contents of a file of weights: the same bytes are read otherwise under another ending.
pub(super) fn content_of(entry: &Entry) -> String {
    format!("{}:{}", if entry.path.ends_with(".gguf") { "gguf" } else { "safetensors" }, entry.content())
}

/// What names the tensors of a file: read once, wherever else the same file lies.
async fn tensors(commons: &Commons, located: &Located, entry: &Entry) -> Result<Vec<Kept>> {
    let content = content_of(entry);
    if let Some(known) = known(commons, &content).await? {
        return Ok(known);
    }
    let source = Source::open(commons, located).await?;
    let placed = if entry.path.ends_with(".gguf") {
        with_gguf(&source, Placed::of_gguf).await?
    } else {
        with_safetensors(&source, Placed::of_safetensors).await?
    };
    // What is damaged has no tensors, and is told where the file is shown.
    let mut trace = Trace::new(placed.unwrap_or_default(), false);
    let mut at = 0;
    while at < source.bytes() && trace.is_open() {
        let end = source.bytes().min(at + limits::LINEAGE_PIECE_BYTES);
        let piece = source.range(at..end).await?;
        trace = compute(move || {
            trace.take(&piece);
            trace
        })
        .await?;
        at = end;
    }
    let (found, _) = trace.end();
    let speaking = found.into_iter().filter(seedcorn_core::lineage::Tensor::speaks);
    let kept: Vec<Kept> = speaking.map(|tensor| (tensor.print.text(), tensor.bytes, tensor.name)).collect();
    let says = serde_json::to_string(&kept).map_err(Refusal::broken)?;
    let mut tx = commons.db.write().await?;
    rows::put_tensor_file(&mut tx, &content, &says).await?;
    tx.commit().await?;
    Ok(kept)
}

/// What names how a model is built and its words, if its settings say enough and its words are there.
async fn build(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entries: &[Entry],
) -> Result<Option<Print>> {
    let named = |name: &str| entries.iter().find(|entry| entry.path == name);
    let (Some(config), Some(tokenizer)) = (named("config.json"), named("tokenizer.json")) else {
        return Ok(None);
    };
    let Some(config) = text(commons, objects, commit, config, limits::LINEAGE_TEXT_BYTES_MAX).await? else {
        return Ok(None);
    };
    let Ok(config) = serde_json::from_slice::<Value>(&config) else { return Ok(None) };
    let built: Architecture = architecture(&config);
    if !built.speaks() {
        return Ok(None);
    }
    let limit = limits::LINEAGE_WORDS_BYTES_MAX;
    let Some(tokenizer) = text(commons, objects, commit, tokenizer, limit).await? else { return Ok(None) };
    let says = serde_json::to_vec(&built).map_err(Refusal::broken)?;
    compute(move || {
        let mut hash = blake3::Hasher::new();
        hash.update(&says).update(&words(&tokenizer).0);
        Some(half(&hash.finalize()))
    })
    .await
}

/// A file of a revision, if it is here and not too large.
pub(super) async fn text(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entry: &Entry,
    limit: u64,
) -> Result<Option<Vec<u8>>> {
    if entry.bytes > limit {
        return Ok(None);
    }
    let Some(located) = Located::of_entry(objects, commit, entry) else { return Ok(None) };
    let source = Source::open(commons, &located).await?;
    let _held = source.room(source.bytes()).await?;
    Ok(Some(source.range(0..source.bytes()).await?.to_vec()))
}

/// What names the words of a tokenizer: each with its number, in the order of these, whatever the rest of the file says.
pub(super) fn words(json: &[u8]) -> Print {
    let read: Option<Value> = serde_json::from_slice(json).ok();
    let vocabulary = read.as_ref().and_then(|all| all.get("model")?.get("vocab"));
    let mut words: BTreeSet<(u64, &str)> = BTreeSet::new();
    match vocabulary {
        Some(Value::Object(all)) => {
            words.extend(all.iter().map(|(word, n)| (n.as_u64().unwrap_or(u64::MAX), word.as_str())));
        }
        Some(Value::Array(all)) => {
            words.extend(
                (0..).zip(all.iter().map(|one| one.get(0).and_then(Value::as_str).unwrap_or_default())),
            );
        }
        _ => return half(&blake3::hash(json)),
    }
    let mut hash = blake3::Hasher::new();
    for (n, word) in words {
        hash.update(&n.to_le_bytes()).update(word.as_bytes()).update(&[0]);
    }
    half(&hash.finalize())
}
