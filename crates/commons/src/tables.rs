//! Which tables a data set has: its files by their names, and the columns of one file of each table.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;
use seedcorn_db::git::Commit;
use seedcorn_formats::table::{Cell, CellKind, Table};

use crate::access::{Grant, Read, See};
use crate::browse::{self, Entry};
use crate::preview::{self, What};
use crate::{Commons, Refusal, Result, compute, pull};

/// Formats of tables, by the ends of names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "formats by their names")]
pub enum Format {
    Parquet,
    Csv,
    Tsv,
    JsonLines,
    Json,
}

impl Format {
    fn of(path: &str) -> Option<Format> {
        let (_, end) = path.rsplit_once('.')?;
        Some(match end.to_ascii_lowercase().as_str() {
            "parquet" => Format::Parquet,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "jsonl" | "ndjson" => Format::JsonLines,
            "json" => Format::Json,
            _ => return None,
        })
    }
}

/// A file of known content.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// Its path.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// What names its content.
    pub sha256: Sha256,
    /// If its name says that it is a table.
    pub format: Option<Format>,
}

/// What is in a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// `true` or `false`.
    Booleans,
    /// Whole numbers.
    Integers,
    /// Other numbers.
    Floats,
    /// Days.
    Dates,
    /// Moments.
    Times,
    /// Texts, and whatever is told as text.
    Texts,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the file has it; empty if the file has none.
    pub kind: String,
    /// What is in it.
    pub holds: Holds,
    /// Whether each cell has a list of it.
    pub repeated: bool,
}

/// Files that go on where another ends, with the same columns.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Their names, with `*` where they count.
    pub pattern: String,
    /// Their format.
    pub format: Format,
    /// Which of the files.
    pub files: Vec<usize>,
    /// The columns of the first one; empty if it was not looked into or cannot be read.
    pub columns: Vec<Column>,
}

/// The tables of a data set.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Files whose content is known by its SHA-256: large ones, and small tables within limits.
    pub files: Vec<DataFile>,
    /// The tables among them.
    pub tables: Vec<Parts>,
}

/// Reads which tables a revision has. Looks at [`limits::CROISSANT_ENTRIES_MAX`] entries, and into one file of each of
/// [`limits::CROISSANT_TABLES_MAX`] tables.
pub async fn tables(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<Tables> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let entries = browse::all_files(commons, &see, commit, limits::CROISSANT_ENTRIES_MAX).await?;
    let files = known(commons, grant, commit, entries).await?;
    let mut groups: BTreeMap<(String, Format), Vec<usize>> = BTreeMap::new();
    for (n, file) in files.iter().enumerate() {
        if let Some(format) = file.format {
            groups.entry((pattern(&file.path), format)).or_default().push(n);
        }
    }
    let end = Instant::now() + Duration::from_secs(limits::CROISSANT_SECS);
    let mut tables = Vec::new();
    for ((pattern, format), members) in groups.into_iter().take(limits::CROISSANT_TABLES_MAX) {
        let first = members.first().and_then(|first| files.get(*first));
        let columns = match first.filter(|_| Instant::now() < end) {
            Some(first) => columns(commons, grant, commit, &first.path).await?,
            None => Vec::new(),
        };
        let alone = members.len() == 1;
        let pattern = if alone { first.map_or(pattern, |first| first.path.clone()) } else { pattern };
        tables.push(Parts { pattern, format, files: members, columns });
    }
    Ok(Tables { files, tables })
}

/// The name of a file with a `*` for each of its counts: `data/train-*-of-*.parquet`.
fn pattern(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let mut out = String::new();
    for c in name.chars() {
        match c.is_ascii_digit() {
            true if out.ends_with('*') => {}
            true => out.push('*'),
            false => out.push(c),
        }
    }
    if folder.is_empty() { out } else { format!("{folder}/{out}") }
}

/// Those of the files whose SHA-256 is known, or can be found out within limits.
async fn known(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
    entries: Vec<Entry>,
) -> Result<Vec<DataFile>> {
    let (mut count, mut left) = (limits::CROISSANT_HASHED_MAX, limits::CROISSANT_HASHED_BYTES_MAX);
    let mut files = Vec::new();
    for entry in entries {
        let format = Format::of(&entry.path);
        let sha256 = match &entry.large {
            Some(large) => large.sha256,
            None if format.is_none() || count == 0 || entry.bytes > left => continue,
            None => {
                (count, left) = (count - 1, left - entry.bytes);
                let oid = commit.oid.to_string();
                let located = pull::locate(commons, grant, &oid, &entry.path, true).await?;
                let bytes = pull::beginning(commons, &located, entry.bytes).await?;
                compute(move || Sha256::of(&bytes)).await?
            }
        };
        files.push(DataFile { path: entry.path, bytes: entry.bytes, sha256, format });
    }
    Ok(files)
}

async fn columns(commons: &Commons, grant: &Grant<Read>, commit: &Commit, path: &str) -> Result<Vec<Column>> {
    let located = pull::locate(commons, grant, &commit.oid.to_string(), path, true).await?;
    let read = preview::preview(commons, grant, &located, path, &preview::Wanted::default()).await?;
    let What::Rows(rows) = &read.what else { return Ok(Vec::new()) };
    let table = &rows.table;
    let told = table.columns.iter().enumerate().take(limits::CROISSANT_COLUMNS_MAX);
    let told = told.filter(|(_, column)| !column.name.is_empty()).map(|(n, column)| {
        let (holds, repeated) = match column.kind.as_str() {
            "" => (guess(table, n), false),
            kind => declared(kind),
        };
        Column { name: column.name.clone(), kind: column.kind.clone(), holds, repeated }
    });
    Ok(told.collect())
}

/// By the type that the file gives, as people read it; and whether it is a list of such.
fn declared(kind: &str) -> (Holds, bool) {
    let inner = kind.strip_prefix("list<").and_then(|kind| kind.strip_suffix('>'));
    let word = inner.unwrap_or(kind);
    let holds = match word {
        "bool" => Holds::Booleans,
        "date" => Holds::Dates,
        word if word.contains('<') => return (Holds::Texts, false),
        word if word.starts_with("int") || word.starts_with("uint") => Holds::Integers,
        word if word.starts_with("float") || word.starts_with("decimal") => Holds::Floats,
        word if word.starts_with("timestamp") => Holds::Times,
        _ => Holds::Texts,
    };
    (holds, inner.is_some())
}

/// By what stands in the first rows.
fn guess(table: &Table, n: usize) -> Holds {
    let cells = || table.rows.iter().filter_map(|row| row.get(n)).filter(|cell| !cell.text.is_empty());
    let all = |test: fn(&Cell) -> bool| cells().next().is_some() && cells().all(test);
    if all(|cell| cell.kind == CellKind::Bool) {
        Holds::Booleans
    } else if all(|cell| cell.kind != CellKind::Nested && cell.text.parse::<i64>().is_ok()) {
        Holds::Integers
    } else if all(|cell| cell.kind != CellKind::Nested && is_float(&cell.text)) {
        Holds::Floats
    } else {
        Holds::Texts
    }
}

/// Words such as `nan` are none here: they stand in texts as well.
fn is_float(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_one_pattern() {
        assert_eq!(pattern("data/train-00001-of-00012.parquet"), "data/train-*-of-*.parquet");
        assert_eq!(pattern("v2/a.csv"), "v2/a.csv");
    }

    #[test]
    fn types_by_their_words() {
        assert_eq!(declared("int64"), (Holds::Integers, false));
        assert_eq!(declared("list<float32>"), (Holds::Floats, true));
        assert_eq!(declared("list<list<int8>>"), (Holds::Texts, false));
        assert_eq!(declared("struct<a: int64>"), (Holds::Texts, false));
        assert_eq!(declared("timestamp[µs, UTC]"), (Holds::Times, false));
    }
}
