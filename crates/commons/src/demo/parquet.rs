//! Writes small Parquet files: one row group, plain encoding, no compression, required columns only.

use super::thrift::{Fields, Kind};

/// The four bytes at both ends of a file.
const MAGIC: &[u8; 4] = b"PAR1";
/// `Encoding.PLAIN`.
const PLAIN: i64 = 0;
/// `Encoding.RLE`: what levels would be written in, if a required column had any.
const RLE: i64 = 3;

/// The values of a column, one for each row.
pub(super) enum Values {
    /// 64-bit integers.
    Int64(Vec<i64>),
    /// IEEE doubles.
    Double(Vec<f64>),
    /// UTF-8 text.
    Text(Vec<String>),
}

impl Values {
    /// The number of `Type` in the format's definition.
    fn physical_type(&self) -> i64 {
        match self {
            Values::Int64(_) => 2,
            Values::Double(_) => 5,
            Values::Text(_) => 6,
        }
    }

    fn len(&self) -> usize {
        match self {
            Values::Int64(values) => values.len(),
            Values::Double(values) => values.len(),
            Values::Text(values) => values.len(),
        }
    }

    /// Plain encoding: eight little-endian bytes a number, four bytes of length before a text.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Values::Int64(values) => values.iter().for_each(|value| bytes.extend(value.to_le_bytes())),
            Values::Double(values) => values.iter().for_each(|value| bytes.extend(value.to_le_bytes())),
            Values::Text(values) => values.iter().for_each(|value| {
                bytes.extend((value.len() as u32).to_le_bytes());
                bytes.extend(value.as_bytes());
            }),
        }
        bytes
    }
}

/// A named column.
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// Its values; all columns of a file have equally many.
    pub(super) values: Values,
}

/// Where a written column lies.
struct Chunk {
    offset: usize,
    bytes: usize,
}

/// The Parquet file of some columns of equal length, each one page (Parquet format: file layout and `parquet.thrift`).
pub(super) fn write(columns: &[Column]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    let mut chunks = Vec::new();
    for column in columns {
        let offset = file.len();
        let page = column.values.encode();
        file.extend(page_header(column.values.len(), page.len()));
        file.extend(page);
        chunks.push(Chunk { offset, bytes: file.len() - offset });
    }
    let footer = footer(columns, &chunks);
    file.extend(&footer);
    file.extend((footer.len() as u32).to_le_bytes());
    file.extend(MAGIC);
    file
}

/// `PageHeader` of a data page of the first kind.
fn page_header(rows: usize, bytes: usize) -> Vec<u8> {
    let data_page = Fields::new().i32(1, rows as i64).i32(2, PLAIN).i32(3, RLE).i32(4, RLE);
    Fields::new().i32(1, 0).i32(2, bytes as i64).i32(3, bytes as i64).record(5, data_page).finish()
}

/// `FileMetaData`.
fn footer(columns: &[Column], chunks: &[Chunk]) -> Vec<u8> {
    let rows = columns.first().map_or(0, |column| column.values.len()) as i64;
    let total: i64 = chunks.iter().map(|chunk| chunk.bytes as i64).sum();
    let root = Fields::new().text(4, "schema").i32(5, columns.len() as i64).finish();
    let schema = std::iter::once(root).chain(columns.iter().map(schema_element)).collect::<Vec<_>>();
    let written = columns.iter().zip(chunks).map(|(column, chunk)| column_chunk(column, chunk));
    let row_group = Fields::new()
        .list(1, Kind::Struct, &written.collect::<Vec<_>>())
        .i64(2, total)
        .i64(3, rows)
        .i64(5, MAGIC.len() as i64)
        .i64(6, total)
        .finish();
    Fields::new()
        .i32(1, 1)
        .list(2, Kind::Struct, &schema)
        .i64(3, rows)
        .list(4, Kind::Struct, &[row_group])
        .text(6, "seedcorn version 1 (build demo)")
        .finish()
}

/// `SchemaElement` of a required column; text says so in the old field (`ConvertedType.UTF8`) and in the new one
/// (`LogicalType.STRING`), as some readers know only one of them.
fn schema_element(column: &Column) -> Vec<u8> {
    let element = Fields::new().i32(1, column.values.physical_type()).i32(3, 0).text(4, column.name);
    match column.values {
        Values::Text(_) => element.i32(6, 0).record(10, Fields::new().record(1, Fields::new())).finish(),
        Values::Int64(_) | Values::Double(_) => element.finish(),
    }
}

/// `ColumnChunk` with its `ColumnMetaData`.
fn column_chunk(column: &Column, chunk: &Chunk) -> Vec<u8> {
    let metadata = Fields::new()
        .i32(1, column.values.physical_type())
        .list(2, Kind::I32, &[Fields::number(PLAIN), Fields::number(RLE)])
        .list(3, Kind::Binary, &[Fields::bytes(column.name)])
        .i32(4, 0)
        .i64(5, column.values.len() as i64)
        .i64(6, chunk.bytes as i64)
        .i64(7, chunk.bytes as i64)
        .i64(9, chunk.offset as i64);
    Fields::new().i64(2, chunk.offset as i64).record(3, metadata).finish()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn layout() {
        let file = write(&[
            Column { name: "n", values: Values::Int64(vec![7, -1]) },
            Column { name: "x", values: Values::Double(vec![0.5, 2.0]) },
            Column { name: "t", values: Values::Text(vec!["ä".into(), String::new()]) },
        ]);
        assert!(file.starts_with(MAGIC) && file.ends_with(MAGIC));
        let at = file.len() - 8;
        let footer = u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        // The footer opens with field 1 (version 1), then field 2: a list of four structs, the root and three columns.
        assert_eq!(file[at - footer..][..4], [0x15, 2, 0x19, 0x4c]);
        // The first page: type 0, 16 bytes twice, then a nested header of two plain values.
        assert_eq!(
            file[4..][..16],
            [0x15, 0, 0x15, 32, 0x15, 32, 0x2c, 0x15, 4, 0x15, 0, 0x15, 6, 0x15, 6, 0]
        );
        assert_eq!(file[4 + 17..][..16], [7, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
        let text = [2, 0, 0, 0, 0xc3, 0xa4, 0, 0, 0, 0];
        assert_eq!(file[at - footer - text.len()..at - footer], text);
    }
}
