//! The sums of funding and credit, made from plain files: no hub, no network, the same mathematics.

mod donations;
mod lineage;
mod payees;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use seedcorn_formats::columns::{self, BadTable, Comma};

pub use donations::{controllers, credit, donations};
pub use lineage::{Lineage, Tables, lineage, tables};
pub use payees::payees;

/// Why a file cannot be counted with.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    /// It cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// It is not what it is taken for.
    #[error("{0}: {1}")]
    Table(PathBuf, BadTable),
    /// What all of it comes to cannot be counted with.
    #[error("{0}: {1}")]
    Whole(PathBuf, String),
}

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 16;

/// Tells each row of a table, Parquet or CSV by its first bytes: the values of the wanted columns in their order.
fn rows(
    path: &Path,
    wanted: &'static [&'static str],
    row: &mut dyn FnMut(&[&str]) -> Result<(), String>,
) -> Result<(), BadFile> {
    let io = |error| BadFile::Io(path.to_owned(), error);
    let table = |error| BadFile::Table(path.to_owned(), error);
    let mut file = File::open(path).map_err(io)?;
    let mut first = Vec::new();
    (&mut file).take(columns::PACKED_MAGIC.len() as u64).read_to_end(&mut first).map_err(io)?;
    if first == columns::PACKED_MAGIC {
        return columns::packed(file, wanted, row).map_err(table);
    }
    let mut comma = Comma::new(wanted);
    let mut input = BufReader::with_capacity(PIECE_BYTES, io::Cursor::new(first).chain(file));
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = match input.read(&mut piece) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io(error)),
        };
        if read == 0 {
            return comma.end(row).map_err(table);
        }
        comma.take(&piece[..read], row).map_err(table)?;
    }
}

/// An id as a table may have it.
fn named(id: &str, what: &str) -> Result<String, String> {
    match () {
        () if id.is_empty() => Err(format!("it has no {what}")),
        () if id.chars().any(char::is_control) => {
            Err(format!("the {what} {} has control characters", columns::shown(id)))
        }
        () => Ok(id.to_owned()),
    }
}

/// A whole number of minor units.
fn amount(text: &str) -> Result<u64, String> {
    let text = text.trim();
    text.parse().map_err(|_| {
        format!("the amount {} is not a whole number of minor units, 0 or more", columns::shown(text))
    })
}
