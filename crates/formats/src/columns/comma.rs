//! CSV (RFC 4180) with a header, as it comes in: pieces of any length.

use std::str;

use csv_core::{ReadRecordResult, Reader};

use super::{BadTable, COLUMNS_MAX, ROW_BYTES_MAX, places};

/// Reads the wanted columns of a CSV file that is handed in piece by piece.
pub struct Comma {
    reader: Reader,
    wanted: &'static [&'static str],
    /// Where the wanted columns are; empty before the header was read.
    places: Vec<Option<usize>>,
    /// How many columns the header has.
    columns: usize,
    /// The values of one row, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How much of both is filled.
    text_len: usize,
    ends_len: usize,
    /// Whether a row has begun, and the line on which it does.
    begun: bool,
    line: u64,
    /// Line breaks between rows, which the reader does not see.
    skipped: u64,
}

impl Comma {
    /// For the columns that are wanted, by name; others are passed over.
    pub fn new(wanted: &'static [&'static str]) -> Comma {
        Comma {
            reader: Reader::new(),
            wanted,
            places: Vec::new(),
            columns: 0,
            text: vec![0; 1024],
            ends: vec![0; 64],
            text_len: 0,
            ends_len: 0,
            begun: false,
            line: 1,
            skipped: 0,
        }
    }

    /// Takes the next piece, and tells each row that it ends: the values of the wanted columns in their order.
    ///
    /// # Errors
    /// [`BadTable`] for what is no such table, and for what the reader of the row says of it.
    pub fn take(
        &mut self,
        mut piece: &[u8],
        row: &mut dyn FnMut(&[&str]) -> Result<(), String>,
    ) -> Result<(), BadTable> {
        while !piece.is_empty() {
            let read = self.step(piece, row)?;
            piece = &piece[read..];
        }
        Ok(())
    }

    /// There are no more pieces: tells the last row, if no line break ended it.
    ///
    /// # Errors
    /// As [`Comma::take`], and where there was not even a header.
    pub fn end(mut self, row: &mut dyn FnMut(&[&str]) -> Result<(), String>) -> Result<(), BadTable> {
        self.step(&[], row)?;
        match self.places.is_empty() && !self.wanted.is_empty() {
            true => Err(BadTable::Whole(format!(
                "it is empty: a header with the columns {} is wanted",
                self.wanted.join(", ")
            ))),
            false => Ok(()),
        }
    }

    /// One row or as much of it as there is. Tells how much of the piece was read.
    fn step(
        &mut self,
        piece: &[u8],
        row: &mut dyn FnMut(&[&str]) -> Result<(), String>,
    ) -> Result<usize, BadTable> {
        let mut begin = 0;
        if !self.begun {
            begin = piece.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.skipped += piece[..begin].iter().filter(|byte| **byte == b'\n').count() as u64;
            if begin < piece.len() {
                (self.begun, self.line) = (true, self.reader.line() + self.skipped);
            } else if !piece.is_empty() {
                return Ok(begin);
            }
        }
        loop {
            let (result, read, wrote, ended) = self.reader.read_record(
                &piece[begin..],
                &mut self.text[self.text_len..],
                &mut self.ends[self.ends_len..],
            );
            begin += read;
            self.text_len += wrote;
            self.ends_len += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(begin),
                ReadRecordResult::OutputFull if self.text.len() < ROW_BYTES_MAX => {
                    self.text.resize(2 * self.text.len(), 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < COLUMNS_MAX => {
                    self.ends.resize(2 * self.ends.len(), 0);
                }
                ReadRecordResult::OutputFull => {
                    return Err(self.odd(format!("it has more than {ROW_BYTES_MAX} bytes")));
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(self.odd(format!("it has more than {COLUMNS_MAX} values")));
                }
                ReadRecordResult::Record => {
                    self.record(row)?;
                    (self.text_len, self.ends_len) = (0, 0);
                    self.begun = false;
                    return Ok(begin);
                }
            }
        }
    }

    fn record(&mut self, row: &mut dyn FnMut(&[&str]) -> Result<(), String>) -> Result<(), BadTable> {
        let ends = &self.ends[..self.ends_len];
        let text =
            str::from_utf8(&self.text[..self.text_len]).map_err(|_| self.odd("it is not UTF-8".into()))?;
        let value = |n: usize| {
            let begin = n.checked_sub(1).map_or(0, |before| ends[before]);
            text.get(begin..ends[n]).ok_or_else(|| self.odd("it is not UTF-8".into()))
        };
        if self.places.is_empty() {
            let header: Vec<&str> = (0..ends.len()).map(value).collect::<Result<_, _>>()?;
            self.places = places(self.wanted, &header)?;
            self.columns = ends.len();
            return Ok(());
        }
        if ends.len() != self.columns {
            return Err(self.odd(format!(
                "it has {} values, and the header has {}",
                ends.len(),
                self.columns
            )));
        }
        let values: Vec<&str> =
            self.places.iter().map(|place| place.map_or(Ok(""), value)).collect::<Result<_, _>>()?;
        row(&values).map_err(|what| self.odd(what))
    }

    fn odd(&self, what: String) -> BadTable {
        BadTable::Row { unit: "line", number: self.line, what }
    }
}
