//! The accounts of a round.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An account: spelled `pool`, `bank`, `pledged/ada`, `escrow/models/ada/one`, `payable/ada`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// What was received from funders and is not paid out.
    Bank,
    /// What a funder has promised and not given yet.
    Pledged(String),
    /// What funders gave or promised and nobody is owed yet.
    Pool,
    /// What a work has, until whoever made it claims it.
    Escrow(String),
    /// What somebody is owed.
    Payable(String),
}

/// On which side an account grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// What there is.
    Debit,
    /// What is owed.
    Credit,
}

/// What is no account.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no account: there are pool, bank, pledged/WHO, escrow/WORK and payable/WHO")]
pub struct BadAccount(pub String);

/// Characters of a name in an account.
const NAME_CHARS_MAX: usize = 256;

impl Account {
    /// On which side it grows: it never holds less than nothing there.
    pub fn side(&self) -> Side {
        match self {
            Account::Bank | Account::Pledged(_) => Side::Debit,
            Account::Pool | Account::Escrow(_) | Account::Payable(_) => Side::Credit,
        }
    }

    /// The word of its kind, and whose it is, if it is anybody's.
    pub(super) fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Account::Bank => ("bank", None),
            Account::Pledged(who) => ("pledged", Some(who)),
            Account::Pool => ("pool", None),
            Account::Escrow(work) => ("escrow", Some(work)),
            Account::Payable(who) => ("payable", Some(who)),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (word, None) => f.write_str(word),
            (word, Some(name)) => write!(f, "{word}/{name}"),
        }
    }
}

impl FromStr for Account {
    type Err = BadAccount;

    fn from_str(text: &str) -> Result<Account, BadAccount> {
        let (word, name) = text.split_once('/').unwrap_or((text, ""));
        // Letters that programs for books read as something else do not come in names.
        let is_letter = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
        let fits = name.chars().all(is_letter) && name.chars().count() <= NAME_CHARS_MAX;
        match (word, name) {
            ("bank", "") if !text.contains('/') => Ok(Account::Bank),
            ("pool", "") if !text.contains('/') => Ok(Account::Pool),
            (_, "") => Err(BadAccount(text.to_owned())),
            ("pledged", who) if fits => Ok(Account::Pledged(who.to_owned())),
            ("escrow", work) if fits => Ok(Account::Escrow(work.to_owned())),
            ("payable", who) if fits => Ok(Account::Payable(who.to_owned())),
            _ => Err(BadAccount(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Account {
    type Error = BadAccount;

    fn try_from(text: String) -> Result<Account, BadAccount> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> String {
        account.to_string()
    }
}
