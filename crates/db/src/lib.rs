//! Names and facts, as rows. Nothing here ever sees a byte of content larger than a small pack.

pub mod attachments;
pub mod audit;
pub mod collections;
pub mod credit;
mod db;
pub mod devices;
pub mod discussions;
pub mod files;
pub mod git;
pub mod jobs;
pub mod likes;
pub mod lineage;
pub mod links;
pub mod listings;
pub mod log;
pub mod members;
pub mod moderation;
pub mod notices;
mod open;
pub mod openness;
mod packs;
pub mod passwords;
#[cfg(feature = "record")]
pub mod record;
pub mod repos;
pub mod requests;
pub mod rounds;
pub mod scan;
pub mod search;
pub mod settings;
pub mod signing;
pub mod sitemaps;
pub mod tokens;
pub mod told;
pub mod totals;
pub mod uploads;
pub mod usage;
pub mod webhooks;
pub mod weights;

pub use db::{Args, Db, DbError, Result, Row, Tx, Value};

/// A list of texts as the JSON that `json_each` unfolds: `[["a"],["b"]]`.
fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let rows: Vec<[String; 1]> = values.into_iter().map(|value| [value.to_string()]).collect();
    serde_json::Value::from_iter(rows.into_iter().map(|row| serde_json::json!(row))).to_string()
}

/// A pattern of `LIKE … ESCAPE '\'` for what holds a text, letter by letter.
fn holds_as_it_is(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A pattern of `LIKE … ESCAPE '\'` for what holds a text, in lower case.
fn holds(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}
