//! What changed within one file: its lines, its tensors, or nothing but its size.

use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_formats::template;

use super::lines::{self, Lines};
use super::tensors::{self, Tensors};
use super::{Change, What};
use crate::access::{Grant, Read};
use crate::browse::Entry;
use crate::objects::Objects;
use crate::pull::stream_file;
use crate::{Commons, Refusal, Result, compute};
use futures_util::StreamExt;

/// What can be told of a file's change.
#[derive(Clone, Debug)]
pub enum Detail {
    /// The lines that differ.
    Lines(Lines),
    /// The tensors that differ.
    Tensors(Tensors),
    /// No more than its sizes.
    Sizes(Why),
}

/// Why no more is told than sizes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// The content is the same; its name or its mode is not.
    SameContent,
    /// One of the two is not text.
    NotText,
    /// One of the two is larger than what is compared.
    TooLarge,
    /// It is a commit of another repo.
    Submodule,
    /// It says that it holds tensors, and cannot be read: why, for people. It may quote the file.
    Unreadable(String),
}

/// What one request may still ask of the depot to compare files.
#[derive(Clone, Debug)]
pub struct Effort {
    /// Indexes of xorbs.
    pub(super) xorbs: usize,
    /// Tensors of which some bytes are read.
    pub(super) tensors: usize,
}

impl Default for Effort {
    fn default() -> Effort {
        Effort { xorbs: limits::CHANGES_XORBS_MAX, tensors: limits::TENSORS_READ_MAX }
    }
}

/// Compares what a file was with what it is. Weights are never read as a whole: see [`Tensors`].
pub async fn detail(
    commons: &Commons,
    grant: &Grant<Read>,
    change: &Change,
    effort: &mut Effort,
) -> Result<Detail> {
    let sides = (change.before.as_ref(), change.after.as_ref());
    if change.submodule {
        return Ok(Detail::Sizes(Why::Submodule));
    }
    if let (Some(before), Some(after)) = sides {
        if change.what == What::Renamed || before.oid == after.oid {
            return Ok(Detail::Sizes(Why::SameContent));
        }
        let file = |entry: &Entry| Some((entry.large.as_ref()?.xet?, entry.bytes));
        if let (true, Some(before), Some(after)) =
            (change.path.ends_with(".safetensors"), file(before), file(after))
        {
            return tensors::compare(commons, before, after, effort).await;
        }
    }
    let all = || [sides.0, sides.1].into_iter().flatten();
    if all().any(|entry| entry.bytes > limits::DIFF_BYTES_MAX) {
        return Ok(Detail::Sizes(Why::TooLarge));
    }
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let mut texts = Vec::with_capacity(2);
    for side in [sides.0, sides.1] {
        let bytes = match side {
            Some(entry) => bytes(commons, &objects, entry).await?,
            None => Vec::new(),
        };
        if bytes.len() as u64 > limits::DIFF_BYTES_MAX {
            return Ok(Detail::Sizes(Why::TooLarge));
        }
        let Some(text) = lines::text(bytes) else {
            return Ok(Detail::Sizes(Why::NotText));
        };
        texts.push(text);
    }
    let path = change.path.clone();
    let found = compute(move || match &texts[..] {
        [before, after] => {
            // A chat template is one line of escapes, of which nobody sees what it says now: a change of behaviour may hide there.
            let unfolded = (template::unfold(&path, before), template::unfold(&path, after));
            match unfolded {
                (Some(before), Some(after)) => lines::compare(&before, &after),
                _ => lines::compare(before, after),
            }
        }
        _ => None,
    });
    Ok(found.await?.map_or(Detail::Sizes(Why::TooLarge), Detail::Lines))
}

/// The bytes of a small file.
async fn bytes(commons: &Commons, objects: &Objects, entry: &Entry) -> Result<Vec<u8>> {
    let Some(large) = &entry.large else {
        return Ok(objects.blob(&entry.oid).await?.to_vec());
    };
    let lost = |oid: &Oid| Refusal::Broken(anyhow::anyhow!("pointer {oid} leads nowhere"));
    let xet = large.xet.ok_or_else(|| lost(&entry.oid))?;
    let mut bytes = Vec::new();
    let mut pieces = stream_file(commons, &xet, 0..entry.bytes).await?;
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}
