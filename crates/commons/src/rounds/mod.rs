//! Rounds: a pool of money that is shared among works by what members give and by what is used. What is promised and shared is in the
//! book of the round; no money is moved.
//!
//! A round takes pledges, works and gifts until it closes. Then it is tallied; the result may be challenged for a while, and is posted,
//! or withdrawn and tallied anew. Every step is an entry that a later one completes or voids.

mod entrants;
mod inputs;
mod money;
mod result;

use std::collections::BTreeMap;
use std::sync::Arc;

use seedcorn_core::access::Actor;
use seedcorn_core::fund::ledger::{
    Account, Act, BadEntry, Book, Currency, Entry, Line, State, Transfer, Written,
};
use seedcorn_core::fund::{Eligible, Parameters};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::rounds::{self as rows, Round as Row};
use serde::{Deserialize, Serialize};

use crate::{Commons, Refusal, Result, account, compute, dice};

pub use entrants::{enter, leave_out};
pub use money::{Correction, Settled, claim, correct, give, pledge, settle};
pub use result::{Outcome, answer, bundle, challenge, outcome, post, tally, withdraw};
pub use seedcorn_db::rounds::{Challenge, Entrant};

/// How a round is shared, and who may take part.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The rule and its bounds. Its pool is what is in the book.
    pub parameters: Parameters,
    /// What is asked of works.
    pub eligible: Eligible,
    /// Whether works that others build upon have their part by credit although nobody entered them: it is kept until they are claimed.
    pub upstream: bool,
}

/// Where a round stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It takes pledges, works and gifts.
    Open,
    /// It takes no more, and is not tallied.
    Closed,
    /// There is a result, which may be challenged until then.
    Tallied(Time),
    /// The result holds.
    Posted,
}

impl Stage {
    /// Where a round stands.
    pub fn of(row: &Row, now: Time) -> Stage {
        match (row.state.as_str(), row.challenged_until) {
            ("posted", _) => Stage::Posted,
            ("tallied", Some(until)) => Stage::Tallied(Time(until)),
            _ if now < row.closes => Stage::Open,
            _ => Stage::Closed,
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Open => "open",
            Stage::Closed => "closed",
            Stage::Tallied(_) => "tallied",
            Stage::Posted => "posted",
        }
    }
}

/// A round, with all that is known of it.
#[derive(Clone, Debug)]
pub struct Round {
    /// Its row.
    pub row: Row,
    /// How it is shared.
    pub rules: Rules,
    /// What was promised, shared and is owed.
    pub book: Arc<Book>,
    /// Works that take part.
    pub entrants: Vec<Entrant>,
    /// What is known by a name alone and has no part, with why.
    pub left_out: BTreeMap<String, String>,
    /// What was said against results.
    pub challenges: Vec<Challenge>,
}

impl Round {
    /// Where it stands.
    pub fn stage(&self, now: Time) -> Stage {
        Stage::of(&self.row, now)
    }

    /// Refuses unless the round is at a stage that will do.
    fn at(&self, now: Time, will_do: impl Fn(Stage) -> bool, what: &str) -> Result<()> {
        let stage = self.stage(now);
        match will_do(stage) {
            true => Ok(()),
            false => Err(Refusal::Conflict(format!("the round is {}: {what}", stage.word()))),
        }
    }

    /// What is to be shared, or was, in minor units.
    pub fn pool(&self) -> u64 {
        let shared = self.book.lines().iter().filter_map(|line| match &line.entry.act {
            Act::Pend(transfers) if self.book.state(&line.entry.id) == Some(State::Posted) => Some(transfers),
            _ => None,
        });
        let paid: u64 = shared.flatten().filter(|one| one.debit == Account::Pool).map(|one| one.amount).sum();
        self.book.balance(&Account::Pool).posted + paid
    }
}

/// What names a work in a book: `models/ada/one`.
pub fn work_name(entrant: &Entrant) -> String {
    let kind = RepoKind::from_word(&entrant.kind);
    format!("{}/{}/{}", kind.map_or("models", |kind| kind.plural()), entrant.owner, entrant.name)
}

/// A round that somebody opens.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// What its address has.
    pub name: String,
    /// Its title, one line.
    pub title: String,
    /// What it is for.
    pub about: String,
    /// Three letters.
    pub currency: String,
    /// Digits behind the point.
    pub digits: u8,
    /// How it is shared.
    pub rules: Rules,
    /// Days that it takes gifts.
    pub days: i64,
    /// Days that a result may be challenged.
    pub challenge_days: i64,
}

/// Whether somebody runs rounds here: those who run the hub do.
pub fn runs(actor: Option<&Actor>) -> bool {
    actor.is_some_and(|actor| actor.admin && account::check(actor).is_ok())
}

fn check_runs(actor: &Actor) -> Result<()> {
    match runs(Some(actor)) {
        true => Ok(()),
        false => Err(Refusal::Forbidden("only those who run this hub run its rounds".into())),
    }
}

/// Opens a round.
///
/// # Errors
/// `Forbidden` for those who do not run the hub, `Invalid` with what is wrong, `Conflict` where the name is taken.
pub async fn open(commons: &Commons, actor: &Actor, new: New) -> Result<()> {
    check_runs(actor)?;
    let invalid = |why: String| Err(Refusal::Invalid(why));
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(letter) {
        return invalid(format!(
            "a round is called by up to 64 small letters, digits and '-', not {:?}",
            new.name
        ));
    }
    let title = new.title.trim();
    if title.is_empty() || title.chars().count() > 120 || title.chars().any(char::is_control) {
        return invalid("a round has a title of one line, up to 120 characters".into());
    }
    if new.about.chars().count() > limits::ROUND_ABOUT_CHARS_MAX {
        return invalid(format!(
            "what a round is for has up to {} characters",
            limits::ROUND_ABOUT_CHARS_MAX
        ));
    }
    if !(1..=366).contains(&new.days) || !(0..=366).contains(&new.challenge_days) {
        return invalid("a round takes gifts for 1 to 366 days, and may be challenged for 0 to 366".into());
    }
    let currency = Currency::new(&new.currency, new.digits).map_err(Refusal::Invalid)?;
    new.rules.parameters.check().map_err(|why| Refusal::Invalid(why.into()))?;
    let eligible = &new.rules.eligible;
    if eligible.class > 3 {
        return invalid(format!("a class of openness is 0 (any) to 3 (class I), not {}", eligible.class));
    }
    if let Some(odd) = eligible.kinds.iter().find(|kind| RepoKind::from_word(kind).is_none()) {
        return invalid(format!("{odd:?} is no kind of works; there are {}", RepoKind::words()));
    }
    if eligible.licenses.len() > 100 || eligible.licenses.iter().any(|name| name.len() > 100) {
        return invalid("up to 100 licences are named, each by up to 100 letters".into());
    }
    let now = commons.now();
    let row = Row {
        id: dice::id(),
        name: new.name.clone(),
        title: title.to_owned(),
        about: new.about,
        currency: currency.code().to_owned(),
        digits: i64::from(new.digits),
        rules: serde_json::to_string(&new.rules).map_err(Refusal::broken)?,
        state: "open".into(),
        opened: now,
        closes: now.plus_secs(new.days * 86_400),
        challenge_secs: new.challenge_days * 86_400,
        challenged_until: None,
        tallies: 0,
    };
    let mut tx = commons.db.write().await?;
    if !rows::add(&mut tx, &row).await? {
        return Err(Refusal::Conflict(format!("there is a round called {} already", new.name)));
    }
    tx.commit().await?;
    Ok(())
}

/// Ends the time in which a round takes gifts: it can be tallied from now on.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` for one that is not open.
pub async fn close(commons: &Commons, actor: &Actor, name: &str) -> Result<()> {
    check_runs(actor)?;
    let mut held = Held::of(commons, name).await?;
    held.at(commons.now(), |stage| stage == Stage::Open, "only one that is open is closed")?;
    rows::close(&mut held.tx, &held.round.row.id, commons.now()).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Rounds, the newest first.
pub async fn list(commons: &Commons) -> Result<Vec<Row>> {
    Ok(rows::list(&mut commons.db.look().await?, limits::ROUNDS_SHOWN).await?)
}

/// The round of a name.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn get(commons: &Commons, name: &str) -> Result<Round> {
    let mut tx = commons.db.look().await?;
    let row = find(&mut tx, name).await?;
    read(commons, &mut tx, row).await
}

/// What is known of a round without its book.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn row(commons: &Commons, name: &str) -> Result<Row> {
    find(&mut commons.db.look().await?, name).await
}

/// The currency of a round.
pub fn currency(row: &Row) -> Result<Currency> {
    let digits = u8::try_from(row.digits).map_err(Refusal::broken)?;
    Currency::new(&row.currency, digits).map_err(|why| Refusal::Broken(anyhow::anyhow!(why)))
}

async fn find(tx: &mut Tx, name: &str) -> Result<Row> {
    let row = rows::find(tx, name).await?;
    row.ok_or_else(|| Refusal::NotFound(format!("no round is called {name:?}")))
}

/// The book of a round. What was read and checked before is kept: only lines that came since are.
async fn book(commons: &Commons, tx: &mut Tx, row: &Row) -> Result<Arc<Book>> {
    let known = commons.books.get(&row.id);
    if let Some(known) = &known {
        match continued(tx, row, known.clone()).await {
            Ok(book) => {
                commons.books.insert(row.id.clone(), book.clone());
                return Ok(book);
            }
            // Another database than before, such as a backup, has another book.
            Err(_) => commons.books.invalidate(&row.id),
        }
    }
    let book = continued(tx, row, Arc::new(Book::new(currency(row)?))).await?;
    commons.books.insert(row.id.clone(), book.clone());
    Ok(book)
}

async fn continued(tx: &mut Tx, row: &Row, mut book: Arc<Book>) -> Result<Arc<Book>> {
    let from = i64::try_from(book.lines().len()).map_err(Refusal::broken)?;
    let mut lines = Vec::new();
    for line in rows::book(tx, &row.id, from).await? {
        let entry = serde_json::from_str(&line.entry).map_err(Refusal::broken)?;
        lines.push(Line { entry, seal: line.seal });
    }
    if lines.is_empty() {
        return Ok(book);
    }
    compute(move || {
        Arc::make_mut(&mut book).append(lines).map_err(Refusal::broken)?;
        Ok(book)
    })
    .await?
}

async fn read(commons: &Commons, tx: &mut Tx, row: Row) -> Result<Round> {
    Ok(Round {
        rules: serde_json::from_str(&row.rules).map_err(Refusal::broken)?,
        book: book(commons, tx, &row).await?,
        entrants: rows::entrants(tx, &row.id, limits::ROUND_WORKS_MAX).await?,
        left_out: rows::left_out(tx, &row.id, limits::ROUND_WORKS_MAX).await?.into_iter().collect(),
        challenges: rows::challenges(tx, &row.id, limits::ROUND_CHALLENGES_MAX).await?,
        row,
    })
}

/// A round that is held until the transaction ends.
struct Held {
    tx: Tx,
    round: Round,
}

impl Held {
    async fn of(commons: &Commons, name: &str) -> Result<Held> {
        let mut tx = commons.db.write().await?;
        let id = find(&mut tx, name).await?.id;
        rows::lock(&mut tx, &id).await?;
        // As it is now that nobody else changes it.
        let row = find(&mut tx, name).await?;
        let round = read(commons, &mut tx, row).await?;
        Ok(Held { tx, round })
    }

    /// As [`Round::at`].
    fn at(&self, now: Time, will_do: impl Fn(Stage) -> bool, what: &str) -> Result<()> {
        self.round.at(now, will_do, what)
    }

    /// Whether an entry is in the book already: then its deed is done, whatever stage the round is at by now.
    fn has(&self, entry: &Entry) -> Result<bool> {
        self.round.book.knows(entry).map_err(refused)
    }

    /// Refuses what members write beyond what a book may have of it, so that there is room for what ends the round.
    fn bound(&self, id: &str, amount: u64, most: usize) -> Result<()> {
        let lines = self.round.book.lines();
        if lines.len() >= limits::ROUND_LINES_MAX {
            return Err(Refusal::Invalid(format!("a round takes up to {} entries", limits::ROUND_LINES_MAX)));
        }
        if amount > limits::ROUND_AMOUNT_MAX {
            return Err(Refusal::Invalid(format!(
                "an amount is up to {} minor units",
                limits::ROUND_AMOUNT_MAX
            )));
        }
        let whose = id.rsplit_once('/').map_or(id, |(whose, _)| whose);
        let theirs =
            lines.iter().filter(|line| line.entry.id.rsplit_once('/').is_some_and(|(one, _)| one == whose));
        match theirs.count() < most {
            true => Ok(()),
            false => Err(Refusal::Invalid(format!("a member does so {most} times in a round at most"))),
        }
    }

    /// Writes an entry into the book. Tells whether it is new.
    async fn write(&mut self, mut entry: Entry) -> Result<bool> {
        let (id, n) = (entry.id.clone(), self.round.book.lines().len());
        // Clocks of replicas differ a little; the book goes on.
        let last = self.round.book.lines().last().map_or(i64::MIN, |line| line.entry.at);
        entry.at = entry.at.max(last);
        if Arc::make_mut(&mut self.round.book).write(entry).map_err(refused)? == Written::Known {
            return Ok(false);
        }
        let Some(line) = self.round.book.lines().last() else { return Ok(false) };
        let entry = serde_json::to_string(&line.entry).map_err(Refusal::broken)?;
        let row = rows::Line { entry, seal: line.seal.clone() };
        let n = i64::try_from(n).map_err(Refusal::broken)?;
        rows::add_line(&mut self.tx, &self.round.row.id, n, &id, &row).await?;
        Ok(true)
    }
}

fn refused(error: BadEntry) -> Refusal {
    match error {
        BadEntry::Another(_) => Refusal::Conflict(error.to_string()),
        _ => Refusal::Invalid(error.to_string()),
    }
}

fn transfer(debit: Account, credit: Account, amount: u64) -> Transfer {
    Transfer { debit, credit, amount }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
