//! `seedcorn fund book`

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use seedcorn_commons::{Clock, plain};
use seedcorn_core::fund::ledger::{
    Account, Balance, Book as Ledger, Payer, beancount, csv, hledger, payments,
};
use seedcorn_core::time;
use serde::Serialize;

use super::{BOOK, bundle, instead};
use crate::say;

/// `seedcorn fund book`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn fund book book.json
  seedcorn fund book book.json --format hledger | hledger -f - balance
  seedcorn fund book book.json --format beancount > round.beancount && bean-check round.beancount
  seedcorn fund book book.json --format pain001 --payees payees.csv \\
      --payer 'Commons Fund' --iban DE89370400440532013000 --message round-1 --day 2026-02-01

Every line is checked against its seal first. Payees are a table of your own (payee, name, iban): the book does not keep them.
Exit codes: 0 the book is sound; 2 it is not, and why.")]
pub(crate) struct Book {
    /// A book, as a hub tells it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The seal of its last line, as somebody told it: a book that was cut short ends with another.
    #[arg(long, value_name = "HEX")]
    seal: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = As::Text)]
    format: As,
    /// Who is paid and where (payee, name, iban), for pain001.
    #[arg(long, value_name = "FILE")]
    payees: Option<PathBuf>,
    /// Who pays, as their bank knows them, for pain001.
    #[arg(long, value_name = "NAME")]
    payer: Option<String>,
    /// From which account, for pain001.
    #[arg(long, value_name = "IBAN")]
    iban: Option<String>,
    /// What no other message of yours is called, for pain001.
    #[arg(long, value_name = "ID")]
    message: Option<String>,
    /// The day on which the payments are to be made, for pain001.
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum As {
    /// Accounts and what they hold.
    Text,
    /// The same, for programs.
    Json,
    /// A journal of hledger.
    Hledger,
    /// A ledger of beancount.
    Beancount,
    /// Every line.
    Csv,
    /// Credit transfers of what is owed (ISO 20022 pain.001.001.09).
    Pain001,
}

#[derive(Serialize)]
struct Told {
    lines: usize,
    seal: Option<String>,
    currency: String,
    accounts: Vec<Held>,
}

#[derive(Serialize)]
struct Held {
    account: Account,
    #[serde(flatten)]
    balance: Balance,
}

impl Book {
    /// Checks and prints.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let bytes = bundle(&self.file)?;
        let read = Ledger::parse(&bytes).map_err(|error| instead(&bytes, BOOK, anyhow::Error::msg(error)));
        let book = read.with_context(|| self.file.display().to_string())?;
        if let Some(seal) = self.seal.as_deref().filter(|seal| book.last_seal() != Some(*seal)) {
            let ends = book.last_seal().unwrap_or("no line");
            bail!("the book ends with {ends} and not with {seal}: it was cut short, goes on, or is another")
        }
        match self.format {
            As::Text => say::text(text(&told(&book), &book)),
            As::Json => say::json(&told(&book)),
            As::Hledger => say::text(hledger(&book)),
            As::Beancount => say::text(beancount(&book)),
            As::Csv => say::text(csv(&book)),
            As::Pain001 => say::text(self.payments(&book)?),
        }
    }

    fn payments(&self, book: &Ledger) -> anyhow::Result<String> {
        let (Some(payees), Some(name), Some(iban), Some(message), Some(day)) =
            (&self.payees, &self.payer, &self.iban, &self.message, &self.day)
        else {
            bail!("--payees, --payer, --iban, --message and --day are wanted for pain001")
        };
        let Some(day) = time::moment(day) else { bail!("{day:?} is no day such as 2026-01-31") };
        let payer = Payer { name: name.clone(), iban: iban.clone(), message: message.clone() };
        Ok(payments(book, &payer, &plain::payees(payees)?, day, Clock::System.now())?)
    }
}

fn told(book: &Ledger) -> Told {
    Told {
        lines: book.lines().len(),
        seal: book.last_seal().map(str::to_owned),
        currency: book.currency().code().to_owned(),
        accounts: book
            .balances()
            .map(|(account, balance)| Held { account: account.clone(), balance })
            .collect(),
    }
}

fn text(told: &Told, book: &Ledger) -> String {
    let mut out = format!("{} lines, every seal holds; amounts in {}\n", told.lines, told.currency);
    if let Some(seal) = &told.seal {
        let _ = writeln!(out, "the last is sealed by {seal}");
    }
    out.push('\n');
    let _ = writeln!(out, "{:<48} {:>16} {:>16} {:>16}", "account", "holds", "set aside", "coming");
    for one in &told.accounts {
        let amount = |minor| book.currency().amount(minor);
        let Balance { posted, reserved, coming } = one.balance;
        let _ = writeln!(
            out,
            "{:<48} {:>16} {:>16} {:>16}",
            one.account.to_string(),
            amount(posted),
            amount(reserved),
            amount(coming)
        );
    }
    out
}
