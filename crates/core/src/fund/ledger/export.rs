//! A book as other programs read it: hledger's journal, beancount's ledger, and CSV. Only what counts is told to the first two;
//! CSV has every line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::account::{Account, Side};
use super::{Act, Book, State, Transfer, posted};
use crate::time::Time;

/// As a journal of hledger (and ledger): amounts of debits are positive.
pub fn hledger(book: &Book) -> String {
    let currency = book.currency();
    let mut out = format!("; {} lines, the last sealed {}\n", book.lines().len(), last_seal(book));
    let example = currency.amount(10_u64.pow(9));
    // hledger wants a point, also where nothing stands behind it.
    let point = if example.contains('.') { "" } else { "." };
    let _ = writeln!(out, "commodity {example}{point} {}\n", currency.code());
    for account in used(book) {
        let _ = writeln!(out, "account {}", hledger_name(account));
    }
    for (entry, at, transfers) in posted(book) {
        let _ = writeln!(out, "\n{} * ({}) {}", at.day(), entry.id, entry.memo);
        for (account, sign, minor) in sums(transfers) {
            let amount = currency.amount(minor);
            let _ = writeln!(out, "    {}  {sign}{amount} {}", hledger_name(account), currency.code());
        }
    }
    out
}

/// The accounts of the entries that count.
fn used(book: &Book) -> BTreeSet<&Account> {
    posted(book).into_iter().flat_map(|(_, _, all)| all).flat_map(|one| [&one.debit, &one.credit]).collect()
}

fn hledger_name(account: &Account) -> String {
    let top = match account.side() {
        Side::Debit => "assets",
        Side::Credit => "liabilities",
    };
    match account.parts() {
        (word, None) => format!("{top}:{word}"),
        // A colon would begin another level.
        (word, Some(name)) => format!("{top}:{word}:{}", name.replace(':', "%3A")),
    }
}

/// As a ledger of beancount. Its accounts have few letters, so names are folded, each with a piece of its hash, and told in full
/// beside the account.
pub fn beancount(book: &Book) -> String {
    let currency = book.currency();
    let mut out = format!("; {} lines, the last sealed {}\n", book.lines().len(), last_seal(book));
    let _ = writeln!(out, "option \"title\" \"Seedcorn round\"");
    let _ = writeln!(out, "option \"operating_currency\" \"{}\"\n", currency.code());
    let all = posted(book);
    if let Some((_, first, _)) = all.first() {
        for account in used(book) {
            let _ = writeln!(out, "{} open {} {}", first.day(), beancount_name(account), currency.code());
            if let (_, Some(name)) = account.parts() {
                let _ = writeln!(out, "  name: \"{name}\"");
            }
        }
    }
    for (entry, at, transfers) in all {
        let _ = writeln!(out, "\n{} * \"{}\" ^{}", at.day(), entry.memo, entry.id);
        for (account, sign, minor) in sums(transfers) {
            let amount = currency.amount(minor);
            let _ = writeln!(out, "  {}  {sign}{amount} {}", beancount_name(account), currency.code());
        }
    }
    out
}

fn beancount_name(account: &Account) -> String {
    let top = match account.side() {
        Side::Debit => "Assets",
        Side::Credit => "Liabilities",
    };
    let (word, name) = account.parts();
    let word = format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]);
    let Some(name) = name else { return format!("{top}:{word}") };
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let folded: String = name.chars().map(letter).take(40).collect();
    let hash = Sha256::digest(name);
    format!("{top}:{word}:X{folded}-{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

/// What each account of some transfers gains (debits) or loses, each once, in order; what comes to nothing is left out.
fn sums(transfers: &[Transfer]) -> Vec<(&Account, &'static str, u64)> {
    let mut sums: BTreeMap<&Account, i128> = BTreeMap::new();
    for one in transfers {
        *sums.entry(&one.debit).or_default() += i128::from(one.amount);
        *sums.entry(&one.credit).or_default() -= i128::from(one.amount);
    }
    let told = |(account, sum): (_, i128)| {
        let minor = u64::try_from(sum.unsigned_abs()).unwrap_or(u64::MAX);
        (account, if sum < 0 { "-" } else { "" }, minor)
    };
    sums.into_iter().filter(|(_, sum)| *sum != 0).map(told).collect()
}

/// As CSV: a row a transfer, and one for each entry that posts or voids another.
pub fn csv(book: &Book) -> String {
    let mut out = String::from("line,id,at,act,state,debit,credit,amount,currency,memo,seal\n");
    for (n, line) in book.lines().iter().enumerate() {
        let entry = &line.entry;
        let at = Time(entry.at);
        let state = match book.state(&entry.id) {
            Some(State::Posted) => "posted",
            Some(State::Pending) => "pending",
            Some(State::Voided) => "voided",
            None => "",
        };
        let begin = |act: &str| format!("{},{},{at},{act},{state}", n + 1, entry.id);
        let end = format!("{},\"{}\",{}\n", book.currency().code(), entry.memo, line.seal);
        match &entry.act {
            Act::Transfer(transfers) | Act::Pend(transfers) => {
                let act = if matches!(entry.act, Act::Transfer(_)) { "transfer" } else { "pend" };
                for one in transfers {
                    let amount = book.currency().amount(one.amount);
                    let _ = write!(out, "{},{},{},{amount},{end}", begin(act), one.debit, one.credit);
                }
            }
            Act::Post(id) => {
                let _ = write!(out, "{},{id},,,{end}", begin("post"));
            }
            Act::Void(id) => {
                let _ = write!(out, "{},{id},,,{end}", begin("void"));
            }
        }
    }
    out
}

fn last_seal(book: &Book) -> &str {
    book.lines().last().map_or("with nothing", |line| line.seal.as_str())
}
