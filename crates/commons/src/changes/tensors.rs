//! Which tensors of a safetensors file changed, told from its headers and the chunks that both files are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use seedcorn_content::xet::rebuild::{TermRun, rebuild};
use seedcorn_content::xet::store::Catalog;
use seedcorn_content::xet::xorb::XorbIndex;
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits;
use seedcorn_formats::Unreadable;
use seedcorn_formats::safetensors::{self, Header, LENGTH_BYTES, Tensor};

use super::detail::{Detail, Effort, Why};
use super::pieces::{self, Name, Span, Told};
use crate::pull::terms;
use crate::{Commons, Refusal, Result, compute};

/// Requests to the depot at once.
const AT_ONCE: usize = 8;
/// Bytes of two tensors that are read and compared in one go.
const STEP_BYTES: u64 = 64 * 1024;
/// Memory that a parsed header takes, as a multiple of its bytes.
const PARSED_TIMES: u64 = 8;

/// What became of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// It was not there.
    Added,
    /// It is there no more.
    Removed,
    /// Its dtype or shape is another.
    Reshaped,
    /// Its numbers are others.
    Changed,
    /// The chunks do not tell, and too much would have to be read.
    MayDiffer,
    /// It is the same.
    Same,
}

/// A tensor that is not the same, or perhaps not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TensorChange {
    /// Its name: any text.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
    /// Dtype and shape as they were.
    pub before: Option<String>,
    /// Dtype and shape as they are.
    pub after: Option<String>,
    /// Its bytes, those of the old one if it was removed.
    pub bytes: u64,
}

/// How the tensors of two files differ.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tensors {
    /// Tensors that differ, in the order of their bytes, at most [`limits::TENSORS_SHOWN_MAX`].
    pub changes: Vec<TensorChange>,
    /// How many tensors there are of each fate.
    pub counts: BTreeMap<Fate, usize>,
    /// Whether the header's free texts differ.
    pub metadata: bool,
}

/// A stored file and where its runs of chunks begin.
struct File {
    terms: Vec<TermRun>,
    starts: Vec<u64>,
    bytes: u64,
}

impl File {
    async fn open(commons: &Commons, (xet, bytes): (XetHash, u64)) -> Result<File> {
        let terms = terms(&mut commons.db.look().await?, &xet).await?;
        let starts = terms.iter().scan(0, |at, term| {
            let start = *at;
            *at += u64::from(term.raw_bytes);
            Some(start)
        });
        Ok(File { starts: starts.collect(), terms, bytes })
    }

    /// Some of its bytes.
    async fn read(&self, commons: &Commons, range: Range<u64>) -> Result<Vec<u8>> {
        let first = self.starts.partition_point(|start| *start <= range.start).saturating_sub(1);
        let past = self.starts.partition_point(|start| *start < range.end).max(first);
        let before = self.starts.get(first).copied().unwrap_or_default();
        let run = self.terms.get(first..past).unwrap_or_default().to_vec();
        let within = range.start - before..range.end - before;
        let pieces = rebuild(commons.xorbs.clone(), Arc::new(commons.shelf.clone()), run, within);
        let mut pieces = std::pin::pin!(pieces);
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// The bytes of its header; `None` if it is longer than what is read to compare.
    async fn header(&self, commons: &Commons) -> Result<Result<Option<Vec<u8>>, Unreadable>> {
        let first = self.read(commons, 0..LENGTH_BYTES.min(self.bytes)).await?;
        Ok(match safetensors::header_bytes(&first, self.bytes) {
            Err(why) => Err(why),
            Ok(length) if length > limits::TENSORS_HEADER_BYTES_MAX => Ok(None),
            Ok(length) => Ok(Some(self.read(commons, LENGTH_BYTES..LENGTH_BYTES + length).await?)),
        })
    }
}

/// Compares two stored files by their Xet hashes and lengths.
pub(super) async fn compare(
    commons: &Commons,
    before: (XetHash, u64),
    after: (XetHash, u64),
    effort: &mut Effort,
) -> Result<Detail> {
    let files = (File::open(commons, before).await?, File::open(commons, after).await?);
    let mut texts = Vec::with_capacity(2);
    for file in [&files.0, &files.1] {
        match file.header(commons).await? {
            Ok(Some(json)) => texts.push((json, file.bytes)),
            Ok(None) => return Ok(Detail::Sizes(Why::TooLarge)),
            Err(why) => return Ok(Detail::Sizes(Why::Unreadable(why.to_string()))),
        }
    }
    let memory: u64 = texts.iter().map(|(json, _)| json.len() as u64 * PARSED_TIMES).sum();
    let held = commons.blobs.hold(memory).await?;
    let spans = spans(commons, &files, effort).await?;
    let told = compute(move || {
        let parsed: Result<Vec<Header>, Unreadable> =
            texts.iter().map(|(json, bytes)| safetensors::parse(json, *bytes)).collect();
        let told = parsed.map(|parsed| match &parsed[..] {
            [before, after] => tell(before, after, &spans),
            _ => Outcome::default(),
        });
        drop(held);
        told
    });
    match told.await? {
        Err(why) => Ok(Detail::Sizes(Why::Unreadable(why.to_string()))),
        Ok(outcome) => Ok(Detail::Tensors(settle(commons, &files, outcome, effort).await?)),
    }
}

/// The chunks of both files. Runs that both have stand as they are: only the others need the index of their xorb, and
/// those for which there is none left stand as runs, which prove less.
async fn spans(
    commons: &Commons,
    files: &(File, File),
    effort: &mut Effort,
) -> Result<(Vec<Span>, Vec<Span>)> {
    let key = |term: &TermRun| (term.xorb, term.chunks.start, term.chunks.end);
    let runs = |file: &File| file.terms.iter().map(key).collect::<BTreeSet<_>>();
    let (left, right) = (runs(&files.0), runs(&files.1));
    let unlike: BTreeSet<XetHash> = left.symmetric_difference(&right).map(|run| run.0).collect();
    let wanted: Vec<XetHash> = unlike.into_iter().take(effort.xorbs).collect();
    effort.xorbs -= wanted.len();
    let indexes =
        stream::iter(wanted).map(|xorb| async move { Ok::<_, Refusal>((xorb, index(commons, xorb).await?)) });
    let indexes: BTreeMap<XetHash, Arc<XorbIndex>> = indexes.buffered(AT_ONCE).try_collect().await?;
    let of = |file: &File, other: &BTreeSet<_>| {
        let mut spans = Vec::new();
        for (term, start) in file.terms.iter().zip(&file.starts) {
            let index = indexes.get(&term.xorb).filter(|_| !other.contains(&key(term)));
            let end = start + u64::from(term.raw_bytes);
            match index.and_then(|index| chunks(index, term, *start)) {
                Some(chunks) if chunks.last().is_some_and(|last| last.end == end) => spans.extend(chunks),
                _ => spans.push(Span { name: Name::Run(term.xorb, term.chunks.start, term.chunks.end), end }),
            }
        }
        spans
    };
    Ok((of(&files.0, &right), of(&files.1, &left)))
}

/// The index of a stored xorb.
pub(super) async fn index(commons: &Commons, xorb: XetHash) -> Result<Arc<XorbIndex>> {
    match commons.xorbs.cached(&xorb) {
        Some(index) => Ok(index),
        None => Ok(commons.xorbs.index(&commons.shelf.find(xorb).await?).await?),
    }
}

fn chunks(index: &XorbIndex, term: &TermRun, start: u64) -> Option<Vec<Span>> {
    let origin = index.raw_range(&term.chunks)?.start;
    let run = index.chunks.get(term.chunks.start as usize..term.chunks.end as usize)?;
    let span = |chunk: &seedcorn_content::xet::xorb::ChunkEntry| Span {
        name: Name::Chunk(chunk.hash),
        end: start + u64::from(chunk.raw_end - origin),
    };
    Some(run.iter().map(span).collect())
}

/// A tensor whose chunks leave it open whether it changed: its place among the changes, where it lies in both files, and
/// which of its bytes are to be read.
type Undecided = (TensorChange, (Range<u64>, Range<u64>), Vec<Range<u64>>);

/// What headers and chunks tell.
#[derive(Default)]
struct Outcome {
    told: Tensors,
    open: Vec<Undecided>,
}

fn tell(before: &Header, after: &Header, spans: &(Vec<Span>, Vec<Span>)) -> Outcome {
    let old: BTreeMap<&str, &Tensor> = before.tensors.iter().map(|tensor| (&*tensor.name, tensor)).collect();
    let new: BTreeSet<&str> = after.tensors.iter().map(|tensor| &*tensor.name).collect();
    let mut outcome = Outcome::default();
    outcome.told.metadata = before.metadata != after.metadata;
    let gone = before.tensors.iter().filter(|tensor| !new.contains(&*tensor.name));
    for tensor in gone {
        outcome.told.note(change(Fate::Removed, Some(tensor), None));
    }
    for tensor in &after.tensors {
        let Some(was) = old.get(&*tensor.name) else {
            outcome.told.note(change(Fate::Added, None, Some(tensor)));
            continue;
        };
        if (&was.dtype, &was.shape) != (&tensor.dtype, &tensor.shape) {
            outcome.told.note(change(Fate::Reshaped, Some(was), Some(tensor)));
            continue;
        }
        match pieces::compare((&spans.0, &was.at), (&spans.1, &tensor.at)) {
            Told::Same => outcome.told.count(Fate::Same),
            Told::Differ => outcome.told.note(change(Fate::Changed, Some(was), Some(tensor))),
            Told::Open(ranges) => {
                let change = change(Fate::MayDiffer, Some(was), Some(tensor));
                outcome.open.push((change, (was.at.clone(), tensor.at.clone()), ranges));
            }
        }
    }
    outcome
}

fn change(fate: Fate, before: Option<&Tensor>, after: Option<&Tensor>) -> TensorChange {
    let form = |tensor: &Tensor| format!("{} {:?}", tensor.dtype, tensor.shape);
    let at = after.or(before).map_or(0..0, |tensor| tensor.at.clone());
    TensorChange {
        name: after.or(before).map(|tensor| tensor.name.clone()).unwrap_or_default(),
        fate,
        before: before.map(form),
        after: after.map(form),
        bytes: at.end - at.start,
    }
}

impl Tensors {
    fn count(&mut self, fate: Fate) {
        *self.counts.entry(fate).or_default() += 1;
    }

    fn note(&mut self, change: TensorChange) {
        self.count(change.fate);
        if self.changes.len() < limits::TENSORS_SHOWN_MAX {
            self.changes.push(change);
        }
    }
}

/// Reads a few bytes of the tensors that are undecided.
async fn settle(
    commons: &Commons,
    files: &(File, File),
    outcome: Outcome,
    effort: &mut Effort,
) -> Result<Tensors> {
    let Outcome { mut told, mut open } = outcome;
    let rest = open.split_off(open.len().min(effort.tensors));
    effort.tensors -= open.len();
    let read = stream::iter(open).map(|(mut change, at, ranges)| async move {
        change.fate = read_both(commons, files, at, &ranges).await?;
        Ok::<_, Refusal>(change)
    });
    let mut read = read.buffered(AT_ONCE);
    while let Some(change) = read.try_next().await? {
        match change.fate {
            Fate::Same => told.count(Fate::Same),
            _ => told.note(change),
        }
    }
    rest.into_iter().for_each(|(change, ..)| told.note(change));
    Ok(told)
}

/// Reads up to so many bytes in which two tensors may differ, and no further than to the first that does.
async fn read_both(
    commons: &Commons,
    files: &(File, File),
    at: (Range<u64>, Range<u64>),
    ranges: &[Range<u64>],
) -> Result<Fate> {
    let mut left = limits::TENSOR_READ_BYTES_MAX;
    for range in ranges {
        let mut from = range.start;
        while from < range.end {
            let to = range.end.min(from + STEP_BYTES);
            let Some(rest) = left.checked_sub(to - from) else {
                return Ok(Fate::MayDiffer);
            };
            left = rest;
            let before = files.0.read(commons, at.0.start + from..at.0.start + to).await?;
            let after = files.1.read(commons, at.1.start + from..at.1.start + to).await?;
            if before != after {
                return Ok(Fate::Changed);
            }
            from = to;
        }
    }
    Ok(Fate::Same)
}
