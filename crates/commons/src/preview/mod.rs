//! Preview: what a file says about itself, from a few of its bytes. Nothing of it is believed and nothing is loaded; what
//! cannot be read says why, and is no error.

mod headers;
mod rows;
mod shards;
mod source;
mod tensors;

use std::sync::Arc;
use std::time::Duration;

use seedcorn_core::limits;
use seedcorn_formats::Unreadable;
use seedcorn_formats::kind::{self, Kind};

pub use headers::headers;
pub use rows::Rows;
pub use shards::{Shard, Shards};
pub use tensors::{Gguf, Pair, TensorRow, Tensors};

pub(crate) use source::{Source, with_gguf, with_safetensors};
pub(crate) use tensors::gguf_size;

use crate::access::{Grant, Read};
use crate::kept::Weighed;
use crate::pull::Located;
use crate::{Commons, Refusal, Result};

/// What to show of a file of which not everything fits on a page.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Wanted {
    /// Only tensors with this in their name, in any case.
    pub find: String,
    /// Of those, what comes after so many.
    pub after: usize,
    /// A table as the text it is written in.
    pub as_text: bool,
}

/// What a preview is made of: the same bytes under the same name, asked for the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    content: String,
    path: String,
    wanted: Wanted,
}

/// What a file is and says.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What it is, by its first bytes.
    pub kind: Kind,
    /// What it says.
    pub what: What,
    /// Why it says no more: a clause for people, which may quote the file.
    pub unread: Option<String>,
}

/// What a file says.
#[derive(Clone, Debug)]
pub enum What {
    /// Tensors and metadata, by its header.
    Tensors(Box<Tensors>),
    /// The first rows of a table.
    Rows(Box<Rows>),
    /// Which file of a model has how many tensors.
    Shards(Shards),
    /// Its beginning as text, and whether there is more.
    Text(String, bool),
    /// Something that a browser shows or plays by itself.
    Media,
    /// Its first bytes, since nothing else can be told.
    Bytes(Vec<u8>),
}

impl Weighed for Preview {
    fn bytes(&self) -> usize {
        let unread = self.unread.as_ref().map_or(0, String::len);
        unread
            + match &self.what {
                What::Tensors(tensors) => tensors.bytes(),
                What::Rows(rows) => rows.bytes(),
                What::Text(text, _) => text.len(),
                What::Bytes(bytes) => bytes.len(),
                What::Media | What::Shards(_) => 0,
            }
    }
}

/// What came of reading a file: the hub's trouble outside, the file's own inside.
pub(crate) type Reading<T> = Result<std::result::Result<T, Unreadable>>;

/// Reads what a file says. `path`: its own.
///
/// # Errors
/// Only what is the hub's to mend; a file that is damaged, too large or of no known kind is told as such.
pub async fn preview(
    commons: &Commons,
    grant: &Grant<Read>,
    located: &Located,
    path: &str,
    wanted: &Wanted,
) -> Result<Arc<Preview>> {
    let key = Key { content: located.etag(), path: path.to_owned(), wanted: wanted.clone() };
    if let Some(preview) = commons.looks.get(&key) {
        return Ok(preview);
    }
    let reading = read(commons, grant, located, path, wanted);
    let unread =
        |why: String| Preview { kind: Kind::Binary(None), what: What::Bytes(Vec::new()), unread: Some(why) };
    match tokio::time::timeout(Duration::from_secs(limits::PREVIEW_SECS), reading).await {
        Ok(Err(Refusal::Busy(why))) => Ok(Arc::new(unread(why))),
        // Which files a model consists of is a matter of what lies beside the list.
        Ok(Ok(preview @ Preview { what: What::Shards(_), .. })) => Ok(Arc::new(preview)),
        // A page further on, or of what somebody looks for, is hardly asked for twice.
        Ok(read) if *wanted != Wanted::default() || path.len() > limits::NAME_BYTES_MAX => {
            Ok(Arc::new(read?))
        }
        Ok(read) => Ok(commons.looks.put(key, read?)),
        Err(_) => Ok(Arc::new(unread("it takes too long to read here".into()))),
    }
}

async fn read(
    commons: &Commons,
    grant: &Grant<Read>,
    located: &Located,
    path: &str,
    wanted: &Wanted,
) -> Result<Preview> {
    let source = Source::open(commons, located).await?;
    let head = source.range(0..located.bytes.min(kind::HEAD_BYTES)).await?;
    let kind = kind::of(path, &head);
    let what = match kind {
        Kind::Safetensors => {
            let wanted = wanted.clone();
            let tensors = move |header| tensors::of_safetensors(header, &wanted);
            with_safetensors(&source, tensors).await?.map(Box::new).map(What::Tensors)
        }
        Kind::Gguf => {
            let wanted = wanted.clone();
            let tensors = move |header| tensors::of_gguf(header, &wanted);
            with_gguf(&source, tensors).await?.map(Box::new).map(What::Tensors)
        }
        Kind::Parquet => rows::parquet(&source).await?.map(Box::new).map(What::Rows),
        Kind::Text(_) | Kind::Notebook | Kind::Svg => {
            return text(grant, &source, kind, path, wanted).await;
        }
        kind if kind.inline().is_some() => Ok(What::Media),
        _ => Ok(What::Bytes(first(&head))),
    };
    Ok(match what {
        Ok(what) => Preview { kind, what, unread: None },
        Err(why) => Preview { kind, what: What::Bytes(first(&head)), unread: Some(why.to_string()) },
    })
}

fn first(head: &[u8]) -> Vec<u8> {
    head[..head.len().min(limits::PREVIEW_BYTES)].to_vec()
}

/// A text as its table or list of shards if it is one, or as it is.
async fn text(
    grant: &Grant<Read>,
    source: &Source<'_>,
    kind: Kind,
    path: &str,
    wanted: &Wanted,
) -> Result<Preview> {
    let mut unread = None;
    if !wanted.as_text {
        let read = match kind.rows() {
            _ if path.ends_with(".safetensors.index.json") => {
                shards::read(grant, source, path).await?.map(What::Shards)
            }
            Some(how) => rows::of_text(source, how).await?.map(Box::new).map(What::Rows),
            None => Err(Unreadable::Foreign("a table")),
        };
        match read {
            Ok(what) => return Ok(Preview { kind, what, unread }),
            // Most texts are no tables, and most JSON is a single object.
            Err(Unreadable::Foreign(_)) => {}
            Err(why) => unread = Some(why.to_string()),
        }
    }
    let bytes = source.range(0..source.bytes().min(limits::PREVIEW_TEXT_BYTES)).await?;
    let cut = bytes.len() as u64 != source.bytes();
    // A character that the limit cut in two is no part of what is shown.
    let whole = match std::str::from_utf8(&bytes) {
        Err(error) if cut && error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => &bytes[..],
    };
    let text = String::from_utf8_lossy(whole).into_owned();
    Ok(Preview { kind, what: What::Text(text, cut), unread })
}

/// At most `max` bytes of a text, and whether there was more; no character is cut in two.
pub(crate) fn cut(mut text: String, max: usize) -> (String, bool) {
    let is_longer = text.len() > max;
    text.truncate(text.floor_char_boundary(max));
    if is_longer {
        // A long name must not go on taking the room of its whole length.
        text.shrink_to_fit();
    }
    (text, is_longer)
}
