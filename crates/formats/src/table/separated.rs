//! Fields between separators, as CSV and TSV have them (RFC 4180).

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{Cell, CellKind, Column, Table};
use crate::Unreadable;
use crate::limits::{CSV_FIELDS_MAX, FIELDS_MAX, ROWS_MAX, TABLE_HEAD_BYTES_MAX, TEXT_BYTES_MAX};
use crate::text::lossy;

/// Reads the head of a file. The first record names the columns. Bytes that are no UTF-8 become `U+FFFD`.
///
/// `whole`: whether `head` is all of the file. `separator`: what the file's name suggests; a comma gives way to a
/// semicolon, a tab or a bar that the first line has more of.
///
/// # Errors
///
/// The file is empty, or a record has more fields than we count.
pub fn separated(head: &[u8], whole: bool, separator: u8) -> Result<Table, Unreadable> {
    let whole = whole && head.len() <= TABLE_HEAD_BYTES_MAX;
    let head = &head[..head.len().min(TABLE_HEAD_BYTES_MAX)];
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let separator = if separator == b',' { guess(head) } else { separator };
    let reader = ReaderBuilder::new().delimiter(separator).build();
    // One byte more, so that it is never full before the head ends.
    let fields = vec![0; head.len() + 1];
    let mut records = Records { reader, head, whole, fields, ends: vec![0; CSV_FIELDS_MAX] };
    let (mut table, mut width) = match records.next()? {
        Next::Record(fields) => {
            let name = |field: &[u8]| lossy(field, TEXT_BYTES_MAX).0;
            let columns = fields.iter().take(FIELDS_MAX);
            let columns = columns.map(|field| Column { name: name(field), ..Column::default() }).collect();
            (Table { columns, ..Table::default() }, fields.len())
        }
        Next::Cut => return Err(Unreadable::too_much("bytes in the first line", TABLE_HEAD_BYTES_MAX)),
        Next::End => return Err(Unreadable::Foreign("a table: it is empty")),
    };
    loop {
        match records.next()? {
            Next::Record(_) if table.rows.len() >= ROWS_MAX => {
                table.more = true;
                break;
            }
            Next::Record(fields) => {
                width = width.max(fields.len());
                table.rows.push(fields.iter().take(FIELDS_MAX).map(|field| cell(field)).collect());
            }
            Next::Cut => {
                table.more = true;
                table.last_cut = true;
                break;
            }
            Next::End => {
                table.more = !whole;
                break;
            }
        }
    }
    let shown = width.min(FIELDS_MAX);
    table.columns.resize_with(shown, Column::default);
    for row in &mut table.rows {
        row.resize_with(shown, || Cell::new(CellKind::Null, String::new()));
    }
    table.more_columns = width > shown;
    Ok(table)
}

/// The separator that the first line has most of, quoted parts left out.
fn guess(head: &[u8]) -> u8 {
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let bare = line.split(|byte| *byte == b'"').step_by(2).flatten();
    let mut counts = [0usize; 256];
    bare.for_each(|byte| counts[usize::from(*byte)] += 1);
    let other = [b';', b'\t', b'|'].into_iter().max_by_key(|byte| counts[usize::from(*byte)]);
    other.filter(|byte| counts[usize::from(*byte)] > counts[usize::from(b',')]).unwrap_or(b',')
}

/// A field that is a number is shown as one; what it means is for the reader.
fn cell(field: &[u8]) -> Cell {
    let cell = Cell::text(field);
    let begins = cell.text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let kind = match cell.text.as_str() {
        text if begins && text.ends_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok() => {
            CellKind::Number
        }
        _ => CellKind::Text,
    };
    Cell { kind, ..cell }
}

enum Next<'a> {
    Record(Vec<&'a [u8]>),
    /// The bytes end inside a record.
    Cut,
    /// There is nothing more.
    End,
}

struct Records<'a> {
    reader: Reader,
    /// What is still to be read.
    head: &'a [u8],
    whole: bool,
    /// Room for the fields of a record without their quotes; not longer than the head was.
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl Records<'_> {
    fn next(&mut self) -> Result<Next<'_>, Unreadable> {
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, taken, wrote, ends) =
                self.reader.read_record(self.head, &mut self.fields[written..], &mut self.ends[ended..]);
            self.head = &self.head[taken..];
            written += wrote;
            ended += ends;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(Next::End),
                ReadRecordResult::InputEmpty if self.whole => {} // Told by an empty input, the reader ends the record.
                ReadRecordResult::InputEmpty if written == 0 && ended == 0 => return Ok(Next::End),
                ReadRecordResult::InputEmpty => return Ok(Next::Cut),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(Unreadable::too_much("fields in a record", CSV_FIELDS_MAX));
                }
            }
        }
        let mut fields = Vec::new();
        let mut start = 0;
        for end in &self.ends[..ended] {
            fields.push(self.fields.get(start..*end).unwrap_or_default());
            start = *end;
        }
        Ok(Next::Record(fields))
    }
}
