//! The transparency log: entries as they happen, their numbers, how far the tree is, and what was signed of it.

use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// What happened, as it is written down with the change itself.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Draft {
    /// Chosen by whoever writes it.
    pub id: String,
    /// Whose chain it is in.
    pub subject: String,
    /// Its place there.
    pub place: i64,
    /// The commit, the bundle or what else it is about.
    pub about: String,
    /// When it happened.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// What is to be said of it: a JSON text.
    pub draft: String,
}

/// Place and moment of the last entry of a subject; none if it has none.
pub async fn last(tx: &mut Tx, subject: &str) -> Result<Option<(i64, Time)>> {
    let sql = "SELECT place, created FROM log_entry WHERE subject = $1 ORDER BY place DESC LIMIT 1";
    let row: Option<(i64, i64)> = tx.one(sql, (subject,)).await?;
    Ok(row.map(|(place, created)| (place, Time(created))))
}

/// Writes down what happened; the caller holds the subject.
pub async fn add(tx: &mut Tx, row: &Draft) -> Result<()> {
    let sql =
        "INSERT INTO log_entry (id, subject, place, about, created, draft) VALUES ($1, $2, $3, $4, $5, $6)";
    let args = (
        row.id.as_str(),
        row.subject.as_str(),
        row.place,
        row.about.as_str(),
        row.created.0,
        row.draft.as_str(),
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// Drafts that are not entries yet, in the order in which they happened, so many at most.
pub async fn drafts(tx: &mut Tx, limit: i64) -> Result<Vec<Draft>> {
    let sql = "SELECT id, subject, place, about, created, draft FROM log_entry \
               WHERE idx IS NULL AND entry IS NULL ORDER BY created, subject, place LIMIT $1";
    tx.many(sql, (limit,)).await
}

/// How many happenings have no number yet: drafts, and entries that are whole since a moment.
pub async fn unnumbered(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.one("SELECT COUNT(*) FROM log_entry WHERE idx IS NULL", ()).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// The hash of an entry by its place in its subject's chain; none before it is whole.
pub async fn hash(tx: &mut Tx, subject: &str, place: i64) -> Result<Option<String>> {
    let sql = "SELECT hash FROM log_entry WHERE subject = $1 AND place = $2";
    let row: Option<(Option<String>,)> = tx.one(sql, (subject, place)).await?;
    Ok(row.and_then(|(hash,)| hash))
}

/// Makes an entry of a draft, if nobody was faster; the caller holds the log.
pub async fn finish(tx: &mut Tx, id: &str, (entry, hash): (&str, &str)) -> Result<()> {
    let sql = "UPDATE log_entry SET entry = $2, hash = $3 WHERE id = $1 AND entry IS NULL";
    tx.run(sql, (id, entry, hash)).await?;
    Ok(())
}

/// How far the log is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct State {
    /// What names the log.
    pub origin: String,
    /// Entries that have a number.
    pub numbered: i64,
    /// Entries that are in the tree.
    pub size: i64,
    /// Its root, in base64.
    pub root: String,
    /// The size of the checkpoint that is shown.
    pub published: i64,
    /// Why it does not go on; empty if it does.
    pub held: String,
}

/// Begins the log, if it has not begun: an origin and the root of nothing.
pub async fn begin(tx: &mut Tx, origin: &str, root: &str) -> Result<()> {
    let sql = "INSERT INTO log_state (id, origin, numbered, size, root, published, held) VALUES (1, $1, 0, 0, $2, 0, '') \
               ON CONFLICT DO NOTHING";
    tx.run(sql, (origin, root)).await?;
    Ok(())
}

/// How far it is; none before it has begun.
pub async fn state(tx: &mut Tx) -> Result<Option<State>> {
    tx.one("SELECT origin, numbered, size, root, published, held FROM log_state WHERE id = 1", ()).await
}

/// Holds the log until the transaction ends.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    tx.run("UPDATE log_state SET id = id WHERE id = 1", ()).await?;
    Ok(())
}

/// Says why the log does not go on; nothing, and it goes on.
pub async fn hold(tx: &mut Tx, why: &str) -> Result<()> {
    tx.run("UPDATE log_state SET held = $1 WHERE id = 1", (why,)).await?;
    Ok(())
}

/// An entry that is in the log's files, and that this database does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is written down by, if it is new here.
    pub id: String,
    /// Its number.
    pub idx: i64,
    /// Whose chain it is in, its place there, and what it is about.
    pub subject: String,
    /// Its place there.
    pub place: i64,
    /// The commit, the bundle or what else it is about.
    pub about: String,
    /// When it happened.
    pub created: Time,
    /// Its text.
    pub entry: String,
    /// Its hash as a leaf, in base64.
    pub hash: String,
}

/// Moves what has no number yet in a subject's chain so many places on, to make room for entries that came before it.
pub async fn make_room(tx: &mut Tx, subject: &str, places: i64) -> Result<()> {
    // Far away first: no two have one place in between.
    let sql = "UPDATE log_entry SET place = -place - 1, entry = NULL, hash = NULL WHERE subject = $1 AND idx IS NULL";
    tx.run(sql, (subject,)).await?;
    let sql = "UPDATE log_entry SET place = -place - 1 + $2 WHERE subject = $1 AND place < 0";
    tx.run(sql, (subject, places)).await?;
    Ok(())
}

/// Takes an entry of the log's files back; the caller holds the log, and has made room.
pub async fn take_back(tx: &mut Tx, row: &Known) -> Result<()> {
    let sql = "INSERT INTO log_entry (id, subject, place, about, created, draft, entry, hash, idx) \
               VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8)";
    let args = (
        row.id.as_str(),
        row.subject.as_str(),
        row.place,
        row.about.as_str(),
        row.created.0,
        row.entry.as_str(),
        row.hash.as_str(),
        row.idx,
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// Says how many entries have a number, after some were taken back.
pub async fn set_numbered(tx: &mut Tx, numbered: i64) -> Result<()> {
    tx.run("UPDATE log_state SET numbered = $1 WHERE id = 1", (numbered,)).await?;
    Ok(())
}

/// Gives numbers to entries that have none, so many at most, in the order in which they happened; the caller holds the log. Tells how
/// many entries have a number now.
pub async fn number(tx: &mut Tx, limit: i64) -> Result<i64> {
    let sql = "UPDATE log_entry SET idx = w.idx FROM (SELECT e.id AS id, s.numbered - 1 + \
               ROW_NUMBER() OVER (ORDER BY e.created, e.subject, e.place) AS idx FROM log_state s, \
               (SELECT id, created, subject, place FROM log_entry WHERE idx IS NULL AND entry IS NOT NULL \
               ORDER BY created, subject, place LIMIT $1) e WHERE s.id = 1) w WHERE log_entry.id = w.id";
    let given = tx.run(sql, (limit,)).await?;
    let given = i64::try_from(given).unwrap_or(i64::MAX);
    tx.run("UPDATE log_state SET numbered = numbered + $1 WHERE id = 1", (given,)).await?;
    Ok(state(tx).await?.map_or(0, |state| state.numbered))
}

/// Entries from a number on, so many at most, in their order.
pub async fn entries(tx: &mut Tx, from: i64, limit: i64) -> Result<Vec<String>> {
    let sql = "SELECT entry FROM log_entry WHERE idx >= $1 ORDER BY idx LIMIT $2";
    let rows: Vec<(String,)> = tx.many(sql, (from, limit)).await?;
    Ok(rows.into_iter().map(|(entry,)| entry).collect())
}

/// Moves the tree on from a size; false if somebody was faster.
pub async fn grow(tx: &mut Tx, from: i64, (size, root): (i64, &str)) -> Result<bool> {
    let sql = "UPDATE log_state SET size = $2, root = $3 WHERE id = 1 AND size = $1";
    Ok(tx.run(sql, (from, size, root)).await? == 1)
}

/// A checkpoint that was signed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Signed {
    /// Entries.
    pub size: i64,
    /// The root.
    pub root: String,
    /// The note with the log's own signature.
    pub note: String,
    /// Lines of witnesses.
    pub cosigned: String,
    /// When it was signed.
    #[sqlx(try_from = "i64")]
    pub at: Time,
}

/// Keeps a checkpoint that was signed; the first of a size stays.
pub async fn put_signed(tx: &mut Tx, row: &Signed) -> Result<()> {
    let sql = "INSERT INTO log_signed (size, root, note, cosigned, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let args = (row.size, row.root.as_str(), row.note.as_str(), row.cosigned.as_str(), row.at.0);
    tx.run(sql, args).await?;
    Ok(())
}

/// The checkpoint of a size.
pub async fn signed(tx: &mut Tx, size: i64) -> Result<Option<Signed>> {
    tx.one("SELECT size, root, note, cosigned, at FROM log_signed WHERE size = $1", (size,)).await
}

/// The last checkpoint that was signed.
pub async fn last_signed(tx: &mut Tx) -> Result<Option<Signed>> {
    tx.one("SELECT size, root, note, cosigned, at FROM log_signed ORDER BY size DESC LIMIT 1", ()).await
}

/// Keeps what witnesses say of a checkpoint.
pub async fn set_cosigned(tx: &mut Tx, size: i64, cosigned: &str) -> Result<()> {
    tx.run("UPDATE log_signed SET cosigned = $2 WHERE size = $1", (size, cosigned)).await?;
    Ok(())
}

/// Shows a checkpoint; false if a later one is shown already.
pub async fn publish(tx: &mut Tx, size: i64) -> Result<bool> {
    let sql = "UPDATE log_state SET published = $1 WHERE id = 1 AND published < $1";
    Ok(tx.run(sql, (size,)).await? == 1)
}

/// An entry as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Its number, once it has one.
    pub idx: Option<i64>,
    /// Its place in its subject's chain.
    pub place: i64,
    /// Its text.
    pub entry: String,
}

/// The entries of a subject before a place, the newest first.
pub async fn of_subject(tx: &mut Tx, subject: &str, before: i64, limit: i64) -> Result<Vec<Entry>> {
    let sql = "SELECT idx, place, entry FROM log_entry \
               WHERE subject = $1 AND place < $2 AND entry IS NOT NULL ORDER BY place DESC LIMIT $3";
    tx.many(sql, (subject, before, limit)).await
}

/// The last entry of a subject that is about something, of those with a number below one if there are such.
pub async fn about(tx: &mut Tx, subject: &str, about: &str, covered: i64) -> Result<Option<Entry>> {
    let sql = "SELECT idx, place, entry FROM log_entry WHERE subject = $1 AND about = $2 AND entry IS NOT NULL \
               ORDER BY CASE WHEN idx < $3 THEN 0 ELSE 1 END, place DESC LIMIT 1";
    tx.one(sql, (subject, about, covered)).await
}

/// The entry of a number.
pub async fn entry(tx: &mut Tx, idx: i64) -> Result<Option<Entry>> {
    tx.one("SELECT idx, place, entry FROM log_entry WHERE idx = $1", (idx,)).await
}

/// Entries before a number, the newest first.
pub async fn newest(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Entry>> {
    let sql = "SELECT idx, place, entry FROM log_entry WHERE idx < $1 ORDER BY idx DESC LIMIT $2";
    tx.many(sql, (before, limit)).await
}

/// A log of others as a witness saw it last.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Seen {
    /// What names it.
    pub origin: String,
    /// Entries.
    pub size: i64,
    /// The root.
    pub root: String,
    /// The checkpoint, as the log signed it and this witness cosigned it.
    pub note: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub at: Time,
}

/// A log as it was seen last.
pub async fn seen(tx: &mut Tx, origin: &str) -> Result<Option<Seen>> {
    tx.one("SELECT origin, size, root, note, at FROM log_seen WHERE origin = $1", (origin,)).await
}

/// Keeps what is seen now, if what was seen last is still that: its size and root, or nothing (0). False if somebody was faster.
pub async fn see(tx: &mut Tx, (size, root): (i64, &str), row: &Seen) -> Result<bool> {
    if size == 0 {
        let sql = "INSERT INTO log_seen (origin, size, root, note, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let args = (row.origin.as_str(), row.size, row.root.as_str(), row.note.as_str(), row.at.0);
        if tx.run(sql, args).await? == 1 {
            return Ok(true);
        }
    }
    let sql = "UPDATE log_seen SET size = $2, root = $3, note = $4, at = $5 WHERE origin = $1 AND size = $6 AND root = $7";
    let args = (row.origin.as_str(), row.size, row.root.as_str(), row.note.as_str(), row.at.0, size, root);
    Ok(tx.run(sql, args).await? == 1)
}

/// A log of others that is kept here.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Mirror {
    /// What names it.
    pub origin: String,
    /// The SHA-256 of that, in hexadecimal digits.
    pub name: String,
    /// Entries.
    pub size: i64,
    /// The root.
    pub root: String,
    /// The checkpoint, as it was signed.
    pub note: String,
    /// When it was looked at last.
    #[sqlx(try_from = "i64")]
    pub at: Time,
}

/// A log of others as far as it is kept here, by its name.
pub async fn mirror(tx: &mut Tx, name: &str) -> Result<Option<Mirror>> {
    tx.one("SELECT origin, name, size, root, note, at FROM log_mirror WHERE name = $1", (name,)).await
}

/// All logs of others that are kept here.
pub async fn mirrors(tx: &mut Tx, limit: i64) -> Result<Vec<Mirror>> {
    tx.many("SELECT origin, name, size, root, note, at FROM log_mirror ORDER BY origin LIMIT $1", (limit,))
        .await
}

/// Writes down how far a log of others is kept here; never less far than it was.
pub async fn set_mirror(tx: &mut Tx, row: &Mirror) -> Result<bool> {
    let sql = "INSERT INTO log_mirror (origin, name, size, root, note, at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note, at = excluded.at \
               WHERE log_mirror.size <= excluded.size";
    let args =
        (row.origin.as_str(), row.name.as_str(), row.size, row.root.as_str(), row.note.as_str(), row.at.0);
    Ok(tx.run(sql, args).await? == 1)
}
