//! Named columns of a whole table, row by row: what sums are made from. A table is CSV with a header, or Parquet.
//!
//! Where [`crate::table`] shows the beginning of whatever somebody published, this reads all of a file that somebody has
//! chosen to count with, and a row that is odd is an error with its number rather than a mark in a cell.

mod comma;
mod packed;

pub use comma::Comma;
pub use packed::packed;

/// The first bytes of every Parquet file.
pub const PACKED_MAGIC: &[u8; 4] = b"PAR1";

/// Bytes of one row of a CSV file.
const ROW_BYTES_MAX: usize = 1 << 20;
/// Columns of a table.
const COLUMNS_MAX: usize = 1024;
/// Characters of a value that a message quotes.
const SHOWN_CHARS: usize = 60;

/// Why a table cannot be counted with. It may quote the table: text to be escaped, never markup.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadTable {
    /// Something is wrong with one row. CSV has its header in line 1; Parquet's first row is 1.
    #[error("{unit} {number}: {what}")]
    Row {
        /// "line" or "row".
        unit: &'static str,
        /// Which one.
        number: u64,
        /// What is wrong.
        what: String,
    },
    /// Something is wrong with all of it.
    #[error("{0}")]
    Whole(String),
}

/// Where each of the wanted columns is among those that there are; a column whose name is wanted with `?` behind it may be missing.
fn places(wanted: &[&str], there: &[&str]) -> Result<Vec<Option<usize>>, BadTable> {
    let place = |wished: &&str| {
        let name = wished.strip_suffix('?').unwrap_or(wished);
        let mut found = there.iter().enumerate().filter(|(_, other)| other.trim() == name).map(|(n, _)| n);
        match (found.next(), found.next()) {
            (Some(place), None) => Ok(Some(place)),
            (None, _) if wished.ends_with('?') => Ok(None),
            (Some(_), Some(_)) => Err(BadTable::Whole(format!("there are two columns {name:?}"))),
            (None, _) => {
                let there: Vec<String> = there.iter().take(20).map(|name| shown(name)).collect();
                let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
                Err(BadTable::Whole(format!(
                    "there is no column {name:?}: the columns {} are wanted, and there are {there}",
                    wanted.join(", ")
                )))
            }
        }
    };
    wanted.iter().map(place).collect()
}

/// A value as a message may show it.
pub fn shown(value: &str) -> String {
    let cut: String = value.chars().take(SHOWN_CHARS).collect();
    let dots = if cut.len() < value.len() { "…" } else { "" };
    format!("{cut:?}{dots}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
