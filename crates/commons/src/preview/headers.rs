//! The whole headers of a model's safetensors files, as one JSON text: what clients ask for who would otherwise read
//! each file's beginning themselves.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use seedcorn_core::limits;
use seedcorn_formats::limits::SAFETENSORS_INDEX_BYTES_MAX;
use seedcorn_formats::safetensors::{self, Header, Index};

use super::{Source, shards, with_safetensors};
use crate::access::{Grant, Read};
use crate::{Commons, Refusal, Result, compute, pull};

/// The headers of the files that an index of the default branch names: a JSON text in pieces,
/// `{"index":{"metadata":{…}},"headers":{file:{tensor:{dtype,shape,data_offsets}}}}`.
///
/// # Errors
/// `NoEntry` without the index or one of its files, `Unprocessable` if one is damaged, `TooLarge`, `Busy` when it takes
/// too long.
pub async fn headers(
    commons: &Commons,
    grant: &Grant<Read>,
    index: &str,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let held = commons.answers.hold(limits::TENSORS_ANSWER_BYTES_MAX).await?;
    let within = Duration::from_secs(limits::TENSORS_ANSWER_SECS);
    let text = match tokio::time::timeout(within, collect(commons, grant, index)).await {
        Ok(text) => Bytes::from(text?),
        Err(_) => return Err(Refusal::Busy("reading the headers took too long; try again later".into())),
    };
    let patience = limits::STALLED_SECS + text.len() as u64 / limits::BLOB_BYTES_PER_SEC_MIN;
    let whole = 0..text.len();
    let slice = limits::BLOB_SLICE_BYTES as usize;
    Ok(held.lend(text, whole, slice, Duration::from_secs(patience)).boxed())
}

async fn collect(commons: &Commons, grant: &Grant<Read>, path: &str) -> Result<String> {
    let located = pull::locate(commons, grant, "HEAD", path, true).await?;
    let commit = located.commit.oid.to_string();
    let index = read_index(&Source::open(commons, &located).await?, path).await?;
    let total = index.total_bytes.map_or(String::new(), |bytes| format!("\"total_size\":{bytes}"));
    let mut text = format!("{{\"index\":{{\"metadata\":{{{total}}}}},\"headers\":{{");
    let (folder, commit) = (shards::folder(path), &commit);
    let read = |file: String| async move {
        let path = format!("{folder}{file}");
        let located = pull::locate(commons, grant, commit, &path, true).await?;
        let source = Source::open(commons, &located).await?;
        let header = with_safetensors(&source, |header| json(&header)).await?;
        let header = header.map_err(|why| Refusal::Unprocessable(format!("{path} cannot be read: {why}")))?;
        Ok::<_, Refusal>((quoted(&file), header?))
    };
    let mut headers = stream::iter(index.files.into_iter().map(read)).buffered(limits::HEADERS_AT_ONCE);
    let mut comma = "";
    while let Some(header) = headers.next().await {
        let (file, header) = header?;
        if text.len() + file.len() + header.len() + 4 > limits::TENSORS_ANSWER_BYTES_MAX as usize {
            return Err(too_large());
        }
        text.extend([comma, &file, ":", &header]);
        comma = ",";
    }
    text.push_str("}}");
    Ok(text)
}

fn too_large() -> Refusal {
    let max = limits::TENSORS_ANSWER_BYTES_MAX;
    Refusal::TooLarge(format!("the headers have more than {max} bytes together; read each file's beginning"))
}

async fn read_index(source: &Source<'_>, path: &str) -> Result<Index> {
    let bytes = source.bytes();
    if bytes > SAFETENSORS_INDEX_BYTES_MAX as u64 {
        return Err(Refusal::TooLarge(format!("{path} is longer than {SAFETENSORS_INDEX_BYTES_MAX} bytes")));
    }
    let held = source.room(bytes).await?;
    let all = source.range(0..bytes).await?;
    let read = compute(move || {
        // Only the files' names are wanted, so what is large of it goes with the room.
        let index = safetensors::index(&all).map(|index| Index { tensors: Vec::new(), ..index });
        drop(held);
        index
    });
    read.await?.map_err(|why| Refusal::Unprocessable(format!("{path} cannot be read: {why}")))
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A header as its file has it, offsets counted from the end of the header.
fn json(header: &Header) -> Result<String> {
    let data_at = header.header_bytes + safetensors::LENGTH_BYTES;
    let mut text = String::from("{");
    if !header.metadata.is_empty() {
        let pairs = header.metadata.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)));
        text.extend(["\"__metadata__\":{", &pairs.collect::<Vec<_>>().join(","), "}"]);
    }
    for tensor in &header.tensors {
        let comma = if text.len() > 1 { "," } else { "" };
        let shape = tensor.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let (start, end) = (tensor.at.start - data_at, tensor.at.end - data_at);
        let (name, dtype) = (quoted(&tensor.name), quoted(tensor.dtype.name()));
        let written = write!(
            text,
            "{comma}{name}:{{\"dtype\":{dtype},\"shape\":[{shape}],\"data_offsets\":[{start},{end}]}}"
        );
        written.map_err(Refusal::broken)?;
        if text.len() > limits::TENSORS_ANSWER_BYTES_MAX as usize {
            return Err(too_large());
        }
    }
    text.push('}');
    Ok(text)
}
