//! Entries of a book: what they do, and what is wrong with one.

use serde::{Deserialize, Serialize};

use super::account::Account;

/// Transfers of one entry.
pub(super) const TRANSFERS_MAX: usize = 100_000;
/// Characters of an id.
const ID_CHARS_MAX: usize = 160;
/// Characters of a memo.
pub const MEMO_CHARS_MAX: usize = 140;

/// So much goes from one account to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The account that is debited.
    pub debit: Account,
    /// The account that is credited.
    pub credit: Account,
    /// Minor units, more than none.
    pub amount: u64,
}

/// What an entry does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// All of these transfers, at once.
    Transfer(Vec<Transfer>),
    /// The same, if nobody succeeds in challenging them: what they take is set aside.
    Pend(Vec<Transfer>),
    /// The transfers of a pending entry.
    Post(String),
    /// The transfers of a pending entry never were.
    Void(String),
}

/// An entry, as whoever writes it says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Chosen by whoever writes it: small letters, digits, `-`, `_`, `.` and `/`.
    pub id: String,
    /// When, in microseconds UTC.
    pub at: i64,
    /// What it is, in one line.
    pub memo: String,
    /// What it does.
    pub act: Act,
}

/// A line of a book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The entry.
    pub entry: Entry,
    /// The SHA-256 of the seal before (before the first, of format, currency and digits, with spaces between) and of the entry, in
    /// hexadecimal digits.
    pub seal: String,
}

/// What became of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// It is a new line.
    New,
    /// The same entry was there.
    Known,
}

/// Why an entry is not written, or a book is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadEntry {
    /// Its id or its memo cannot be one.
    #[error("{0}")]
    Words(String),
    /// It has no transfers, too many, or one of nothing or to itself.
    #[error("{0}")]
    Transfers(String),
    /// Another entry has its id.
    #[error("another entry has the id {0:?}: what is written stays")]
    Another(String),
    /// It is older than the line before.
    #[error("the entry {0:?} is older than the one before it")]
    Older(String),
    /// What it posts or voids is not pending.
    #[error("no entry {0:?} is pending")]
    NotPending(String),
    /// An account has not so much.
    #[error("{account} has {has} minor units that are free, and {wanted} are wanted")]
    Short {
        /// Which.
        account: String,
        /// What it has.
        has: u64,
        /// What is wanted.
        wanted: u64,
    },
    /// A seal is not that of the line.
    #[error("line {0} is not what was sealed")]
    Seal(usize),
}

pub(super) fn sum(act: &Act) -> u64 {
    match act {
        Act::Transfer(transfers) => transfers.iter().map(|one| one.amount).sum(),
        // Pending ones move only what is there.
        Act::Pend(_) | Act::Post(_) | Act::Void(_) => 0,
    }
}

pub(super) fn check_words(entry: &Entry) -> Result<(), BadEntry> {
    let bad = |what: &str| Err(BadEntry::Words(format!("{what}: {:?}", entry.id)));
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_./".contains(&byte);
    if entry.id.is_empty() || entry.id.len() > ID_CHARS_MAX || !entry.id.bytes().all(is_letter) {
        return bad("an id is up to 160 small letters, digits, '-', '_', '.' and '/'");
    }
    let memo = entry.memo.trim();
    if memo != entry.memo || memo.is_empty() || memo.chars().count() > MEMO_CHARS_MAX {
        return bad("a memo is a line of up to 140 characters");
    }
    // What programs for tables would take for a formula, and what would end a line or a field of an export.
    let odd = |c: char| c.is_control() || is_unseen(c) || "\";|".contains(c);
    if memo.starts_with(['=', '+', '-', '@']) || memo.chars().any(odd) {
        return bad(
            "a memo has no quotes, semicolons, bars, control characters or signs that turn or hide others, and does not begin as a \
             formula does",
        );
    }
    Ok(())
}

/// Signs that nobody sees and that end a line, turn what follows around, or have no width.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
