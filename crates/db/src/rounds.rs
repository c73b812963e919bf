//! Rounds: who takes part, what is said against a result, and the book, line by line.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `round`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Round {
    /// Never changes.
    pub id: String,
    /// What its address has: small letters, digits and `-`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub about: String,
    /// Three letters.
    pub currency: String,
    /// Digits behind the point.
    pub digits: i64,
    /// How it is shared, and who may take part: a JSON text.
    pub rules: String,
    /// `open`, `tallied` or `posted`.
    pub state: String,
    /// Since when it takes gifts.
    #[sqlx(try_from = "i64")]
    pub opened: Time,
    /// Until when.
    #[sqlx(try_from = "i64")]
    pub closes: Time,
    /// How long a result may be challenged.
    pub challenge_secs: i64,
    /// Until when this result may be, in microseconds UTC.
    pub challenged_until: Option<i64>,
    /// How often it was tallied.
    pub tallies: i64,
}

/// Adds a round. False if its name is taken.
pub async fn add(tx: &mut Tx, row: &Round) -> Result<bool> {
    let sql = "INSERT INTO round (id, name, title, about, currency, digits, rules, state, opened, closes, challenge_secs, tallies) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0) ON CONFLICT DO NOTHING";
    let args = (
        row.id.as_str(),
        row.name.as_str(),
        row.title.as_str(),
        row.about.as_str(),
        row.currency.as_str(),
        row.digits,
        row.rules.as_str(),
        row.state.as_str(),
        row.opened.0,
        row.closes.0,
        row.challenge_secs,
    );
    Ok(tx.run(sql, args).await? == 1)
}

/// The round of a name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<Round>> {
    let sql = "SELECT id, name, title, about, currency, digits, rules, state, opened, closes, challenge_secs, challenged_until, \
               tallies FROM round WHERE name = $1";
    tx.one(sql, (name,)).await
}

/// Rounds, the newest first.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<Round>> {
    let sql = "SELECT id, name, title, about, currency, digits, rules, state, opened, closes, challenge_secs, challenged_until, \
               tallies FROM round ORDER BY opened DESC, id DESC LIMIT $1";
    tx.many(sql, (limit,)).await
}

/// Holds a round until the transaction ends: what is written of it is written one after the other.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<()> {
    tx.run("UPDATE round SET tallies = tallies WHERE id = $1", (id,)).await?;
    Ok(())
}

/// What a round came to when it was tallied for the `n`th time: the bytes of a bundle.
pub async fn bundle(tx: &mut Tx, id: &str, n: i64) -> Result<Option<String>> {
    let sql = "SELECT bundle FROM tally WHERE round = $1 AND n = $2";
    let row: Option<(String,)> = tx.one(sql, (id, n)).await?;
    Ok(row.map(|(bundle,)| bundle))
}

/// A round was tallied for the `n`th time: its result, and until when that may be challenged.
pub async fn set_tallied(tx: &mut Tx, id: &str, (n, bundle): (i64, &str), until: Time) -> Result<()> {
    tx.run("INSERT INTO tally (round, n, bundle) VALUES ($1, $2, $3)", (id, n, bundle)).await?;
    let sql = "UPDATE round SET state = 'tallied', challenged_until = $2, tallies = $3 WHERE id = $1";
    tx.run(sql, (id, until.0, n)).await?;
    Ok(())
}

/// A round takes nothing from now on.
pub async fn close(tx: &mut Tx, id: &str, now: Time) -> Result<()> {
    tx.run("UPDATE round SET closes = $2 WHERE id = $1", (id, now.0)).await?;
    Ok(())
}

/// A round is in another state.
pub async fn set_state(tx: &mut Tx, id: &str, state: &str) -> Result<()> {
    tx.run("UPDATE round SET state = $2 WHERE id = $1", (id, state)).await?;
    Ok(())
}

/// A work that takes part.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entrant {
    /// The work.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// Its kind.
    pub kind: String,
    /// Whose it is, by id.
    pub namespace: String,
    /// By name.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Whether only some may see it.
    pub private: bool,
    /// 100 times the class of its openness and the parts that count, once it was graded.
    pub openness: Option<i64>,
    /// What its card says: a JSON text.
    pub card: String,
    /// Why it is left out; empty if it is not.
    pub left_out: String,
}

/// A work takes part. False if it did already.
pub async fn enter(tx: &mut Tx, round: &str, repo: &RepoId, now: Time) -> Result<bool> {
    let sql =
        "INSERT INTO entrant (round, repo, entered, left_out) VALUES ($1, $2, $3, '') ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (round, repo.as_str(), now.0)).await? == 1)
}

/// Leaves a work out of a round, or lets it in again (for no reason). False if it takes no part.
pub async fn leave_out(tx: &mut Tx, round: &str, repo: &RepoId, why: &str) -> Result<bool> {
    let sql = "UPDATE entrant SET left_out = $3 WHERE round = $1 AND repo = $2";
    Ok(tx.run(sql, (round, repo.as_str(), why)).await? == 1)
}

/// How many works take part in a round, also those that are hidden or gone by now, and how many of them are one owner's.
pub async fn count_entrants(tx: &mut Tx, round: &str, owner: &NamespaceId) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS entered, COUNT(*) FILTER (WHERE r.namespace = $2) AS own \
               FROM entrant e JOIN repo r ON r.id = e.repo WHERE e.round = $1";
    Ok(tx.one(sql, (round, owner.as_str())).await?.unwrap_or_default())
}

/// Leaves what is known by a name alone out of a round.
pub async fn leave_out_name(tx: &mut Tx, round: &str, work: &str, why: &str) -> Result<()> {
    let sql = "INSERT INTO left_out (round, work, why) VALUES ($1, $2, $3) ON CONFLICT (round, work) DO UPDATE SET why = excluded.why";
    tx.run(sql, (round, work, why)).await?;
    Ok(())
}

/// Lets it in again. False if it was not left out.
pub async fn let_in_name(tx: &mut Tx, round: &str, work: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM left_out WHERE round = $1 AND work = $2", (round, work)).await? == 1)
}

/// Names that are left out of a round, with why.
pub async fn left_out(tx: &mut Tx, round: &str, limit: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT work, why FROM left_out WHERE round = $1 ORDER BY work LIMIT $2";
    tx.many(sql, (round, limit)).await
}

/// The works that take part, in the order of their owners and names; those that are gone, or hidden by now, are not told.
pub async fn entrants(tx: &mut Tx, round: &str, limit: i64) -> Result<Vec<Entrant>> {
    let sql = "SELECT e.repo AS repo, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.openness AS openness, e.left_out AS left_out, r.card AS card \
               FROM entrant e JOIN repo r ON r.id = e.repo JOIN namespace n ON n.id = r.namespace \
               WHERE e.round = $1 AND r.gone IS NULL AND NOT r.private ORDER BY n.name, r.name, r.id LIMIT $2";
    tx.many(sql, (round, limit)).await
}

/// What is said against a result.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Challenge {
    /// Its number in the round.
    pub n: i64,
    /// Against which tally.
    pub tally: i64,
    /// By whom, by name.
    pub member: String,
    /// What is said.
    pub words: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub at: Time,
    /// The answer; empty before there is one.
    pub answer: String,
    /// When it was given, in microseconds UTC.
    pub answered: Option<i64>,
}

/// Adds what somebody says against a result; the caller holds the round.
pub async fn challenge(
    tx: &mut Tx,
    (round, tally): (&str, i64),
    member: &NamespaceId,
    words: &str,
    now: Time,
) -> Result<()> {
    let last: Option<(i64,)> =
        tx.one("SELECT COALESCE(MAX(n), 0) AS n FROM challenge WHERE round = $1", (round,)).await?;
    let n = last.map_or(0, |(n,)| n) + 1;
    let sql = "INSERT INTO challenge (round, n, tally, member, words, at, answer) VALUES ($1, $2, $3, $4, $5, $6, '')";
    tx.run(sql, (round, n, tally, member.as_str(), words, now.0)).await?;
    Ok(())
}

/// Answers what was said. False if there is no such challenge, or it was answered.
pub async fn answer(tx: &mut Tx, round: &str, n: i64, words: &str, now: Time) -> Result<bool> {
    let sql =
        "UPDATE challenge SET answer = $3, answered = $4 WHERE round = $1 AND n = $2 AND answered IS NULL";
    Ok(tx.run(sql, (round, n, words, now.0)).await? == 1)
}

/// What was said against the results of a round, the oldest first.
pub async fn challenges(tx: &mut Tx, round: &str, limit: i64) -> Result<Vec<Challenge>> {
    let sql = "SELECT c.n AS n, c.tally AS tally, m.name AS member, c.words AS words, c.at AS at, c.answer AS answer, \
               c.answered AS answered FROM challenge c JOIN namespace m ON m.id = c.member \
               WHERE c.round = $1 ORDER BY c.n LIMIT $2";
    tx.many(sql, (round, limit)).await
}

/// A line of a book.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// The entry: a JSON text.
    pub entry: String,
    /// Its seal.
    pub seal: String,
}

/// The lines of a book behind the first `known`, the oldest first.
pub async fn book(tx: &mut Tx, round: &str, known: i64) -> Result<Vec<Line>> {
    let sql = "SELECT entry, seal FROM book_line WHERE round = $1 AND n >= $2 ORDER BY n";
    tx.many(sql, (round, known)).await
}

/// Adds a line to a book; the caller holds the round.
pub async fn add_line(tx: &mut Tx, round: &str, n: i64, id: &str, line: &Line) -> Result<()> {
    let sql = "INSERT INTO book_line (round, n, id, entry, seal) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, (round, n, id, line.entry.as_str(), line.seal.as_str())).await?;
    Ok(())
}

/// A name that a work has or had.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Name {
    /// The work.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// Its kind, in a word.
    pub kind: String,
    /// The name, as it was spelled.
    pub spelled: String,
}

/// Every name that the works of a round have or had.
pub async fn names(tx: &mut Tx, round: &str) -> Result<Vec<Name>> {
    let sql = "SELECT e.repo AS repo, a.kind AS kind, a.spelled AS spelled FROM entrant e \
               JOIN repo_name a ON a.repo = e.repo WHERE e.round = $1 ORDER BY a.kind, a.folded";
    tx.many(sql, (round,)).await
}

/// Works by their ids as if they took part, those that are gone left out.
pub async fn candidates(tx: &mut Tx, repos: &[RepoId]) -> Result<Vec<Entrant>> {
    let sql = "SELECT r.id AS repo, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.openness AS openness, '' AS left_out, r.card AS card \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.id IN (SELECT value ->> 0 FROM json_each($1)) AND r.gone IS NULL ORDER BY r.id";
    tx.many(sql, (crate::list(repos),)).await
}
