//! The book of a round: double entry, append-only, each line sealed with the one before it. No money is moved by it: it says what
//! was promised, what it was shared into, and who is owed what.
//!
//! What was written stays; a mistake is mended by another entry. Whoever writes chooses an id, so that the same entry written twice
//! is one. What is decided but may still be challenged is pending, and is posted or voided by a later entry.

mod account;
mod currency;
mod entry;
mod export;
mod payments;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::Digest;

use crate::digest::Sha256;
use crate::time::Time;
use entry::{TRANSFERS_MAX, check_words, sum};

pub use account::{Account, BadAccount, Side};
pub use currency::Currency;
pub use entry::{Act, BadEntry, Entry, Line, MEMO_CHARS_MAX, Transfer, Written};
pub use export::{beancount, csv, hledger};
pub use payments::{BadPayment, Payee, Payer, payments};

/// The most that all transfers of a book come to, in minor units.
const SUM_MAX: u64 = 1 << 62;

/// What a file of a book begins with.
pub const FORMAT: &str = "seedcorn book v1";

/// A book as a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    currency: Currency,
    lines: Vec<Line>,
}

/// What an account holds, on its own side, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Balance {
    /// What it holds.
    pub posted: u64,
    /// What of that is set aside for pending transfers.
    pub reserved: u64,
    /// What pending transfers will add.
    pub coming: u64,
}

/// What becomes of a pending entry, or became of any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Its transfers count.
    Posted,
    /// They are set aside.
    Pending,
    /// They never were.
    Voided,
}

/// A book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Book {
    currency: Currency,
    lines: Vec<Line>,
    places: BTreeMap<String, usize>,
    states: BTreeMap<String, State>,
    balances: BTreeMap<Account, Balance>,
    sum: u64,
}

impl Book {
    /// An empty one.
    pub fn new(currency: Currency) -> Book {
        Book {
            currency,
            lines: Vec::new(),
            places: BTreeMap::new(),
            states: BTreeMap::new(),
            balances: BTreeMap::new(),
            sum: 0,
        }
    }

    /// One from its lines: every seal and every entry is checked.
    ///
    /// # Errors
    /// [`BadEntry`], for the first line that is wrong.
    pub fn read(currency: Currency, lines: Vec<Line>) -> Result<Book, BadEntry> {
        let mut book = Book::new(currency);
        book.append(lines)?;
        Ok(book)
    }

    /// Goes on with lines that were sealed behind its own: every seal and every entry is checked.
    ///
    /// # Errors
    /// [`BadEntry`], for the first line that is wrong; those before it are in the book.
    pub fn append(&mut self, lines: Vec<Line>) -> Result<(), BadEntry> {
        for line in lines {
            let n = self.lines.len() + 1;
            if self.seal(&line.entry) != line.seal || self.write(line.entry)? == Written::Known {
                return Err(BadEntry::Seal(n));
            }
        }
        Ok(())
    }

    /// Whether an entry is in the book. The moment is whoever's wrote it first.
    ///
    /// # Errors
    /// [`BadEntry::Another`] if another entry has its id.
    pub fn knows(&self, entry: &Entry) -> Result<bool, BadEntry> {
        match self.places.get(&entry.id).map(|place| &self.lines[*place].entry) {
            None => Ok(false),
            Some(known) if (&known.act, &known.memo) == (&entry.act, &entry.memo) => Ok(true),
            Some(_) => Err(BadEntry::Another(entry.id.clone())),
        }
    }

    /// Reads what [`Book::bytes`] writes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Book, String> {
        let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match file.format.as_str() {
            FORMAT => Book::read(file.currency, file.lines).map_err(|error| error.to_string()),
            other => Err(format!("its format is {other:?}, and {FORMAT:?} is read here")),
        }
    }

    /// As a file: JSON with every line.
    pub fn bytes(&self) -> Vec<u8> {
        let file =
            File { format: FORMAT.to_owned(), currency: self.currency.clone(), lines: self.lines.clone() };
        let mut bytes = serde_json::to_vec(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Its currency.
    pub fn currency(&self) -> &Currency {
        &self.currency
    }

    /// Its lines, the oldest first.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The seal of the last line, which stands for the whole book; none of a book with no line.
    pub fn last_seal(&self) -> Option<&str> {
        self.lines.last().map(|line| line.seal.as_str())
    }

    /// What became of an entry that transfers or pends.
    pub fn state(&self, id: &str) -> Option<State> {
        self.states.get(id).copied()
    }

    /// Accounts and what they hold, in order.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, Balance)> {
        self.balances.iter().map(|(account, balance)| (account, *balance))
    }

    /// What one account holds.
    pub fn balance(&self, account: &Account) -> Balance {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// Writes an entry, all of it or nothing.
    ///
    /// # Errors
    /// [`BadEntry`], with what is wrong; the book is as it was.
    pub fn write(&mut self, entry: Entry) -> Result<Written, BadEntry> {
        if self.knows(&entry)? {
            return Ok(Written::Known);
        }
        check_words(&entry)?;
        if self.lines.last().is_some_and(|last| last.entry.at > entry.at) {
            return Err(BadEntry::Older(entry.id));
        }
        let balances = self.moved(&entry.act)?;
        self.sum += sum(&entry.act);
        self.balances.extend(balances);
        match &entry.act {
            Act::Transfer(_) => self.states.insert(entry.id.clone(), State::Posted),
            Act::Pend(_) => self.states.insert(entry.id.clone(), State::Pending),
            Act::Post(id) => self.states.insert(id.clone(), State::Posted),
            Act::Void(id) => self.states.insert(id.clone(), State::Voided),
        };
        let seal = self.seal(&entry);
        self.places.insert(entry.id.clone(), self.lines.len());
        self.lines.push(Line { entry, seal });
        Ok(Written::New)
    }

    /// The accounts that an act changes, as they are after it.
    fn moved(&self, act: &Act) -> Result<BTreeMap<Account, Balance>, BadEntry> {
        let mut changed = Changed { book: self, balances: BTreeMap::new() };
        match act {
            Act::Transfer(transfers) => {
                self.check(transfers)?;
                changed.each(transfers, |balance, gives, amount| match gives {
                    true => balance.posted -= amount,
                    false => balance.posted += amount,
                })?;
            }
            Act::Pend(transfers) => {
                self.check(transfers)?;
                changed.each(transfers, |balance, gives, amount| match gives {
                    true => balance.reserved += amount,
                    false => balance.coming += amount,
                })?;
            }
            Act::Post(id) => {
                let transfers = self.pending(id)?;
                changed.free(transfers);
                changed.each(transfers, |balance, gives, amount| match gives {
                    true => balance.posted -= amount,
                    false => balance.posted += amount,
                })?;
            }
            Act::Void(id) => changed.free(self.pending(id)?),
        }
        Ok(changed.balances)
    }

    fn pending(&self, id: &str) -> Result<&[Transfer], BadEntry> {
        let not = || BadEntry::NotPending(id.to_owned());
        if self.state(id) != Some(State::Pending) {
            return Err(not());
        }
        match self.places.get(id).map(|place| &self.lines[*place].entry.act) {
            Some(Act::Pend(transfers)) => Ok(transfers),
            _ => Err(not()),
        }
    }

    fn check(&self, transfers: &[Transfer]) -> Result<(), BadEntry> {
        let bad = |what: String| Err(BadEntry::Transfers(what));
        if transfers.is_empty() || transfers.len() > TRANSFERS_MAX {
            return bad(format!("an entry has 1 to {TRANSFERS_MAX} transfers"));
        }
        if transfers.iter().any(|one| one.amount == 0) {
            return bad("a transfer of nothing is none".to_owned());
        }
        if let Some(one) = transfers.iter().find(|one| one.debit == one.credit) {
            return bad(format!("{} cannot transfer to itself", one.debit));
        }
        let all = transfers.iter().try_fold(self.sum, |sum, one| sum.checked_add(one.amount));
        match all.is_some_and(|all| all <= SUM_MAX) {
            true => Ok(()),
            false => bad("all transfers of a book come to less than 2^62 minor units".to_owned()),
        }
    }

    fn seal(&self, entry: &Entry) -> String {
        let mut hash = sha2::Sha256::new();
        match self.lines.last() {
            Some(last) => hash.update(&last.seal),
            // What all amounts are in is sealed as well.
            None => hash.update(format!("{FORMAT} {} {}", self.currency.code(), self.currency.digits())),
        }
        hash.update(serde_json::to_vec(entry).unwrap_or_default());
        Sha256(hash.finalize().into()).to_string()
    }
}

/// Accounts that change, as they are after it.
struct Changed<'a> {
    book: &'a Book,
    balances: BTreeMap<Account, Balance>,
}

impl Changed<'_> {
    fn of(&mut self, account: &Account) -> &mut Balance {
        let before = self.book.balance(account);
        self.balances.entry(account.clone()).or_insert(before)
    }

    /// Changes both accounts of each transfer, what is added before what is taken; then looks whether all hold what they give.
    fn each(
        &mut self,
        transfers: &[Transfer],
        mut change: impl FnMut(&mut Balance, bool, u64),
    ) -> Result<(), BadEntry> {
        let mut gives: BTreeMap<&Account, u64> = BTreeMap::new();
        for one in transfers {
            for (account, gives_it) in [
                (&one.debit, one.debit.side() == Side::Credit),
                (&one.credit, one.credit.side() == Side::Debit),
            ] {
                match gives_it {
                    true => *gives.entry(account).or_default() += one.amount,
                    false => change(self.of(account), false, one.amount),
                }
            }
        }
        for (account, wanted) in gives {
            let balance = self.of(account);
            let free = balance.posted.saturating_sub(balance.reserved);
            if free < wanted {
                return Err(BadEntry::Short { account: account.to_string(), has: free, wanted });
            }
            change(balance, true, wanted);
        }
        Ok(())
    }

    /// What was set aside for these is so no longer.
    fn free(&mut self, transfers: &[Transfer]) {
        for one in transfers {
            for (account, gives) in [
                (&one.debit, one.debit.side() == Side::Credit),
                (&one.credit, one.credit.side() == Side::Debit),
            ] {
                let balance = self.of(account);
                let held = if gives { &mut balance.reserved } else { &mut balance.coming };
                *held = held.saturating_sub(one.amount);
            }
        }
    }
}

/// The entries whose transfers count, each with the moment since when they do, in that order.
fn posted(book: &Book) -> Vec<(&Entry, Time, &[Transfer])> {
    let of = |id: &str| book.places.get(id).map(|place| &book.lines[*place].entry);
    let each = book.lines.iter().filter_map(|line| {
        let (said, at) = match &line.entry.act {
            Act::Transfer(_) => (&line.entry, line.entry.at),
            Act::Post(id) => (of(id)?, line.entry.at),
            Act::Pend(_) | Act::Void(_) => return None,
        };
        match &said.act {
            Act::Transfer(transfers) | Act::Pend(transfers) => Some((said, Time(at), transfers.as_slice())),
            Act::Post(_) | Act::Void(_) => None,
        }
    });
    each.collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
