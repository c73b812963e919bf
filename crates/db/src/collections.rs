//! Works and other collections that somebody put together, in an order and with notes.

use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A collection.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Collection {
    /// 24 hexadecimal digits, with which its address ends.
    pub id: String,
    /// Whose it is.
    #[sqlx(try_from = "String")]
    pub namespace: NamespaceId,
    /// Their name.
    pub owner: String,
    /// What it is called.
    pub title: String,
    /// The same as its address has it.
    pub slug: String,
    /// What it is about.
    pub description: String,
    /// Only those who belong to its owner see it.
    pub private: bool,
    /// A colour.
    pub theme: String,
    /// When it was changed last.
    #[sqlx(try_from = "i64")]
    pub updated: Time,
}

/// Something in one.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// Names it within the collection.
    pub id: String,
    /// The kind of a repo, or `collection`.
    pub kind: String,
    /// Which.
    pub target: String,
    /// What is said of it there.
    pub note: String,
}

/// Which collections are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which<'a> {
    /// Those of one namespace, by its name in lower case; empty for all.
    pub owner: &'a str,
    /// Those that hold something, by its id; empty for all.
    pub holding: &'a str,
    /// Those with a text in their title, in lower case; empty for all.
    pub text: &'a str,
}

/// Adds a collection, or changes it.
pub async fn put(tx: &mut Tx, row: &Collection) -> Result<()> {
    let sql = "INSERT INTO collection (id, namespace, title, slug, description, private, theme, updated) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE \
               SET title = excluded.title, slug = excluded.slug, description = excluded.description, private = excluded.private, \
               theme = excluded.theme, updated = excluded.updated";
    let args = (
        row.id.as_str(),
        row.namespace.as_str(),
        row.title.as_str(),
        row.slug.as_str(),
        row.description.as_str(),
        row.private,
        row.theme.as_str(),
        row.updated.0,
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// A collection.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Collection>> {
    let sql = "SELECT c.id AS id, c.namespace AS namespace, n.name AS owner, c.title AS title, c.slug AS slug, c.description AS description, \
               c.private AS private, c.theme AS theme, c.updated AS updated \
               FROM collection c JOIN namespace n ON n.id = c.namespace WHERE c.id = $1";
    tx.one(sql, (id,)).await
}

/// A page of collections that everybody sees or some namespaces do, the last changed first, before a place.
pub async fn list(
    tx: &mut Tx,
    which: Which<'_>,
    (mine, all): (&[NamespaceId], bool),
    before: (i64, &str),
    limit: i64,
) -> Result<Vec<Collection>> {
    let sql = "SELECT c.id AS id, c.namespace AS namespace, n.name AS owner, c.title AS title, c.slug AS slug, c.description AS description, \
               c.private AS private, c.theme AS theme, c.updated AS updated \
               FROM collection c JOIN namespace n ON n.id = c.namespace WHERE (c.updated, c.id) < ($1, $2) \
               AND ($3 = '' OR n.folded = $3) AND ($4 = '' OR c.id IN (SELECT collection FROM collection_item WHERE target = $4)) \
               AND ($5 = '' OR lower(c.title) LIKE $5 ESCAPE '\\') \
               AND (NOT c.private OR $6 OR c.namespace IN (SELECT value ->> 0 FROM json_each($7))) \
               ORDER BY c.updated DESC, c.id DESC LIMIT $8";
    let text = if which.text.is_empty() { String::new() } else { crate::holds_as_it_is(which.text) };
    let args = (before.0, before.1, which.owner, which.holding, text, all, crate::list(mine), limit);
    tx.many(sql, args).await
}

/// How many collections a namespace has.
pub async fn count(tx: &mut Tx, namespace: &NamespaceId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM collection WHERE namespace = $1";
    let row: Option<(i64,)> = tx.one(sql, (namespace.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Locks a collection's row until the transaction ends; false if there is none.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(tx.run("UPDATE collection SET updated = updated WHERE id = $1", (id,)).await? > 0)
}

/// Deletes a collection. Where it is in others, it is there no more.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tx.run(
        "DELETE FROM collection_item WHERE collection = $1 OR (kind = 'collection' AND target = $1)",
        (id,),
    )
    .await?;
    tx.run("DELETE FROM collection WHERE id = $1", (id,)).await?;
    Ok(())
}

/// What is in a collection, in order, at most so many.
pub async fn items(tx: &mut Tx, id: &str, limit: i64) -> Result<Vec<Item>> {
    let sql = "SELECT id, kind, target, note FROM collection_item WHERE collection = $1 ORDER BY place, id LIMIT $2";
    tx.many(sql, (id, limit)).await
}

/// How much is in a collection.
pub async fn count_items(tx: &mut Tx, id: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM collection_item WHERE collection = $1";
    let row: Option<(i64,)> = tx.one(sql, (id,)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Puts something at the end of a collection; false if it is there.
pub async fn add_item(tx: &mut Tx, collection: &str, item: &Item) -> Result<bool> {
    let sql = "INSERT INTO collection_item (id, collection, place, kind, target, note) VALUES ($1, $2, \
               (SELECT COALESCE(MAX(i.place), 0) + 1 FROM collection_item i WHERE i.collection = $6), $3, $4, $5) \
               ON CONFLICT DO NOTHING";
    let (kind, target, note) = (item.kind.as_str(), item.target.as_str(), item.note.as_str());
    // Twice: a column to be filled and one to be compared with have a parameter of another type each.
    let args = (item.id.as_str(), collection, kind, target, note, collection);
    Ok(tx.run(sql, args).await? > 0)
}

/// Says something else of it, and where it stands.
pub async fn set_item(tx: &mut Tx, collection: &str, id: &str, (note, place): (&str, i64)) -> Result<()> {
    let sql = "UPDATE collection_item SET note = $3, place = $4 WHERE collection = $1 AND id = $2";
    tx.run(sql, (collection, id, note, place)).await?;
    Ok(())
}

/// Takes something out; false if it is not there.
pub async fn delete_item(tx: &mut Tx, collection: &str, id: &str) -> Result<bool> {
    let sql = "DELETE FROM collection_item WHERE collection = $1 AND id = $2";
    Ok(tx.run(sql, (collection, id)).await? > 0)
}
