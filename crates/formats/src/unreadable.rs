//! Why a file is not read.

use std::borrow::Cow;

use crate::limits::NAME_SHOWN_BYTES_MAX;
use crate::text::prefix;

/// Why a file is not read. Its `Display` is a clause for people; it may quote a few bytes of the file, so it is text to
/// be escaped, never markup.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The file is of another format than its name says.
    #[error("this is not {0}")]
    Foreign(&'static str),
    /// The file contradicts its format or itself.
    #[error("the file is damaged: {0}")]
    Broken(Cow<'static, str>),
    /// More of something than is read here; the file may well be sound.
    #[error("more than {max} {what}: too much to be read here")]
    TooMuch {
        /// What there is too much of, in the plural.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// The format has it, we do not read it.
    #[error("{0} is not read here")]
    Unknown(Cow<'static, str>),
}

impl Unreadable {
    pub(crate) fn broken(why: impl Into<Cow<'static, str>>) -> Self {
        Unreadable::Broken(why.into())
    }

    pub(crate) fn too_much(what: &'static str, max: impl TryInto<u64>) -> Self {
        Unreadable::TooMuch { what, max: max.try_into().unwrap_or(u64::MAX) }
    }
}

/// A name from a file as a message may show it: short, quoted, without control characters.
pub(crate) fn quoted(name: &str) -> String {
    let shown = prefix(name, NAME_SHOWN_BYTES_MAX);
    let dots = if shown.len() < name.len() { "…" } else { "" };
    format!("{shown:?}{dots}")
}

/// The message of a JSON parser, which may quote all of a long text.
pub(crate) fn json(error: &serde_json::Error) -> Unreadable {
    let why = error.to_string();
    let shown = prefix(&why, 2 * NAME_SHOWN_BYTES_MAX);
    let dots = if shown.len() < why.len() { "…" } else { "" };
    Unreadable::broken(format!("{shown}{dots}"))
}
