//! Files that pyarrow wrote, read as pyarrow reads them; and hand-made ones that no honest writer writes.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::Unreadable;
use crate::limits::{
    CELL_BYTES_MAX, PARQUET_FOOTER_BYTES_MAX, PARQUET_PLAN_BYTES_MAX, PARQUET_RANGE_BYTES_MAX,
};
use crate::table::CellKind;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

fn opened(file: &[u8]) -> Result<Footer, Unreadable> {
    let bytes = trailer(&file[file.len().saturating_sub(8)..], file.len() as u64)? as usize;
    let end = file.len() - 8;
    footer(&file[end - bytes..end], file.len() as u64)
}

fn read(file: &[u8]) -> Result<(Footer, Table), Unreadable> {
    read_some(file, usize::MAX)
}

/// Only the bytes that the plan names are handed in.
fn read_some(file: &[u8], rows_max: usize) -> Result<(Footer, Table), Unreadable> {
    let footer = opened(file)?;
    let cut = |range: &std::ops::Range<u64>| &file[range.start as usize..range.end as usize];
    let ranges = plan(&footer);
    let pieces: Vec<_> = ranges.iter().map(|range| Piece { at: range.start, bytes: cut(range) }).collect();
    let table = rows(&footer, rows_max, &pieces);
    Ok((footer, table))
}

fn is_sound(table: &Table) {
    for row in &table.rows {
        assert_eq!(row.len(), table.columns.len());
        assert!(row.iter().all(|cell| cell.text.len() <= CELL_BYTES_MAX));
    }
}

const FILES: [&str; 8] = [
    "flat.snappy.parquet",
    "flat.none.v2.parquet",
    "nested.zstd.parquet",
    "nested.gzip.v2.parquet",
    "encodings.lz4.parquet",
    "encodings.zstd.v2.parquet",
    "pages.parquet",
    "int96.parquet",
];

#[test]
fn rows_are_what_pyarrow_reads() {
    let expected: BTreeMap<String, Vec<Option<String>>> =
        serde_json::from_slice(&file("expected.json")).unwrap();
    for name in FILES {
        let (footer, table) = read(&file(name)).unwrap();
        is_sound(&table);
        let group = if name == "encodings.zstd.v2.parquet" { 50 } else { 100 };
        assert_eq!((footer.rows, table.rows.len(), table.more), (120, group, true), "{name}");
        for (n, column) in table.columns.iter().enumerate() {
            assert_eq!(column.unread, None, "{name} {}", column.name);
            let cells = table.rows.iter().map(|row| &row[n]);
            let found: Vec<_> =
                cells.clone().map(|cell| (cell.kind != CellKind::Null).then(|| cell.text.clone())).collect();
            assert_eq!(found[..5], expected[&column.name], "{name} {}", column.name);
            assert!(cells.clone().all(|cell| cell.kind != CellKind::Unread && !cell.cut));
        }
        // The last row of a list column ends where the next one begins.
        if let Some(n) = table.columns.iter().position(|column| column.name == "tags") {
            assert_eq!(table.rows[99][n].text, r#"["t0", "t1"]"#, "{name}");
        }
    }
}

#[test]
fn a_footer_is_read() {
    let footer = opened(&file("nested.zstd.parquet")).unwrap();
    assert_eq!((footer.rows, footer.row_groups), (120, 1));
    assert!(footer.created_by.as_deref().unwrap().starts_with("parquet-cpp-arrow"));
    let (key, value) = &footer.metadata[0];
    assert_eq!(
        (key.as_str(), value.as_ref().unwrap().text.as_str()),
        ("huggingface", r#"{"info": {"features": {}}}"#)
    );
    let kinds: Vec<_> = footer.fields().into_iter().map(|field| field.kind).collect();
    let wanted = [
        "list<float32>",
        "list<string>",
        "list<struct<role: string, content: string>>",
        "struct<bytes: binary, path: string>",
        "list<list<int32>>",
        "map<string, int32>",
    ];
    assert_eq!(kinds, wanted);
    let footer = opened(&file("flat.snappy.parquet")).unwrap();
    let kinds: Vec<_> = footer.fields().into_iter().map(|field| field.kind).collect();
    let wanted = [
        "int64",
        "string",
        "string",
        "bool",
        "uint8",
        "uint64",
        "float16",
        "float32",
        "float64",
        "decimal(9, 2)",
        "date",
        "time[µs]",
        "timestamp[ms]",
        "binary[16]",
    ];
    assert_eq!(kinds, wanted);
    assert!(footer.fields().iter().all(|field| field.optional));
    assert_eq!(opened(&file("encodings.zstd.v2.parquet")).unwrap().row_groups, 3);
}

#[test]
fn what_we_do_not_read_is_told() {
    let (_, table) = read(&file("brotli.parquet")).unwrap();
    assert_eq!(table.columns[0].unread.as_deref(), Some("Brotli compression is not read here"));
    assert!(table.rows.iter().all(|row| row[0].kind == CellKind::Unread));
    let (footer, table) = read(&file("empty.parquet")).unwrap();
    assert_eq!((footer.rows, table.rows.len(), table.more), (0, 0, false));
    assert_eq!(table.columns[0].name, "a");
    assert_eq!(plan(&footer), []);
    // Without bytes there are no rows, and no panic.
    let footer = opened(&file("nested.zstd.parquet")).unwrap();
    let table = rows(&footer, 3, &[]);
    assert!(table.rows.iter().flatten().all(|cell| cell.kind == CellKind::Unread));
    assert!(table.columns.iter().all(|column| column.unread.is_some()));
}

#[test]
fn the_trailer_is_checked_first() {
    let ask = |bytes: u32, magic: &[u8], file| trailer(&[&bytes.to_le_bytes(), magic].concat(), file);
    assert_eq!(ask(5, b"PAR1", 17), Ok(5));
    assert!(matches!(ask(6, b"PAR1", 17), Err(Unreadable::Broken(_))));
    assert!(matches!(ask(0, b"PAR1", 8), Err(Unreadable::Broken(_))));
    assert!(matches!(ask(u32::MAX, b"PAR1", u64::MAX), Err(Unreadable::TooMuch { .. })));
    assert!(matches!(ask(5, b"PARE", 17), Err(Unreadable::Unknown(_))));
    assert!(matches!(ask(5, b"PAR2", 17), Err(Unreadable::Foreign(_))));
    assert!(matches!(trailer(b"PAR1", 17), Err(Unreadable::Foreign(_))));
    assert!(footer(&[], 5).is_err());
    assert!(footer(&vec![0; PARQUET_FOOTER_BYTES_MAX as usize + 1], u64::MAX).is_err());
}

/// Every byte changed and every length: an answer each time, and never a longer one than is allowed.
#[test]
fn damage_is_met_calmly() {
    for name in ["pages.parquet", "encodings.lz4.parquet", "nested.zstd.parquet", "nested.gzip.v2.parquet"] {
        let sound = file(name);
        for n in 0..sound.len() {
            for change in [1u8, 0x80] {
                let mut file = sound.clone();
                file[n] = file[n].wrapping_add(change);
                if let Ok((_, table)) = read_some(&file, 10) {
                    is_sound(&table);
                }
            }
            assert!(opened(&sound[..n]).is_err(), "{name} {n}");
        }
    }
}

/// Thrift's compact protocol, written.
#[derive(Clone, Default)]
struct Fields(Vec<u8>, u8);

impl Fields {
    fn head(mut self, id: u8, kind: u8) -> Self {
        self.0.push((id - self.1) << 4 | kind);
        self.1 = id;
        self
    }

    fn int(self, id: u8, n: i64) -> Self {
        let mut this = self.head(id, 6);
        let mut rest = (n << 1 ^ n >> 63) as u64;
        while rest >= 0x80 {
            this.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        this.0.push(rest as u8);
        this
    }

    fn text(self, id: u8, text: &str) -> Self {
        let mut this = self.head(id, 8);
        this.0.push(text.len() as u8);
        this.0.extend(text.as_bytes());
        this
    }

    fn record(self, id: u8, fields: Fields) -> Self {
        let mut this = self.head(id, 12);
        this.0.extend(fields.end());
        this
    }

    fn list(self, id: u8, records: &[Fields]) -> Self {
        let mut this = self.head(id, 9);
        let count = records.len();
        this.0.extend([0xfc, count as u8 | 0x80, (count >> 7) as u8]);
        records.iter().for_each(|fields| this.0.extend(fields.clone().end()));
        this
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(0);
        self.0
    }
}

fn root(children: i64) -> Fields {
    Fields::default().text(4, "schema").int(5, children)
}

fn leaf(physical: i64, repetition: i64) -> Fields {
    Fields::default().int(1, physical).int(3, repetition).text(4, "a")
}

fn group(repetition: i64, children: i64) -> Fields {
    Fields::default().int(3, repetition).text(4, "g").int(5, children)
}

/// A column of so many values in so many bytes at the fifth byte.
fn described(codec: i64, values: i64, bytes: i64) -> Fields {
    let meta = Fields::default().int(1, 6).int(4, codec).int(5, values).int(7, bytes).int(9, 4);
    Fields::default().record(3, meta)
}

fn page(raw: i64, packed: i64, values: i64) -> Vec<u8> {
    let data = Fields::default().int(1, values).int(2, 0).int(3, 3).int(4, 3);
    Fields::default().int(1, 0).int(2, raw).int(3, packed).record(5, data).end()
}

/// A file of one column.
fn made(body: &[u8], schema: &[Fields], columns: &[Fields], rows: i64) -> Vec<u8> {
    let group = Fields::default().list(1, columns).int(3, rows);
    let footer = Fields::default().int(1, 1).list(2, schema).int(3, rows).list(4, &[group]).end();
    let bytes = (footer.len() as u32).to_le_bytes();
    [b"PAR1", body, &footer, &bytes, b"PAR1"].concat()
}

#[test]
fn a_page_that_was_cut_still_has_its_first_rows() {
    let texts: Vec<_> = (0..100).map(|n| n.to_string().repeat(100_000 / n.to_string().len())).collect();
    let values: Vec<u8> = texts
        .iter()
        .flat_map(|text| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat())
        .collect();
    let size = values.len() as i64;
    let body = [page(size, size, 100), values].concat();
    let columns = [described(0, 100, body.len() as i64)];
    let file = made(&body, &[root(1), leaf(6, 0)], &columns, 100);
    let (footer, table) = read(&file).unwrap();
    let planned = plan(&footer);
    assert_eq!((planned.len(), &planned[0]), (1, &(4..4 + PARQUET_RANGE_BYTES_MAX)));
    assert_eq!((table.rows[9][0].kind, table.rows[9][0].cut), (CellKind::Text, true));
    assert_eq!(table.rows[10][0].kind, CellKind::Unread);
    assert_eq!(table.columns[0].unread.as_deref(), Some("longer than what is read here"));
}

#[test]
fn bombs_and_lies_are_told() {
    let one = |body: &[u8], codec, values| {
        let columns = [described(codec, values, body.len() as i64)];
        let (_, table) = read(&made(body, &[root(1), leaf(6, 0)], &columns, 100)).unwrap();
        is_sound(&table);
        assert!(table.rows.iter().all(|row| row[0].kind == CellKind::Unread));
        table.columns[0].unread.clone().unwrap()
    };
    let with = |head: Vec<u8>, rest: &[u8]| [head, rest.to_vec()].concat();
    let huge = i64::from(i32::MAX);
    let copies = [&b"\xff\xff\xff\xff\x07\x00a"[..], &b"\xfe\x01\x00".repeat(200_000)].concat();
    for (body, codec, why) in [
        (with(page(huge, copies.len() as i64, huge), &copies), 1, "longer than what is read"),
        (with(page(huge, 4, huge), b"\x28\xb5\x2f\xfd"), 6, "damaged"),
        (with(page(huge, 4, huge), b"\x1f\x8b\x08\x00"), 2, "unpack"),
        (with(page(huge, 4, huge), b"abcd"), 7, "LZ4"),
        (with(page(4, 4, 1), b"abcd"), 5, "compression 5"),
        (with(page(4, 5, 1), b"abcde"), 0, "unpack"),
        (with(page(4, 400, 1), b"abcd"), 0, "longer than its column"),
        (with(page(-1, 4, 1), b"abcd"), 0, "negative"),
        (Fields::default().int(1, 0).int(2, 4).int(3, 4).end(), 0, "what it is"),
        (Fields::default().int(1, 2).int(2, 0).end(), 0, "how long"),
        (page(0, 0, 0).repeat(100_000), 0, "longer than what is read"),
        (vec![0x19; 100], 0, "damaged"),
        (Vec::new(), 0, "damaged"),
    ] {
        let told = one(&body, codec, huge);
        assert!(told.contains(why), "{why}: {told}");
    }
    let told = one(&with(page(4, 4, 1), b"\xff\xff\xff\xff"), 0, 1);
    assert!(told.contains("too few values"), "{told}");
    // Its bytes lie outside, or in another file.
    let (_, table) = read(&made(b"", &[root(1), leaf(6, 0)], &[described(0, 1, 1 << 40)], 1)).unwrap();
    assert!(table.columns[0].unread.as_deref().unwrap().contains("outside"));
    let elsewhere = Fields::default().text(1, "other").record(3, Fields::default());
    let (_, table) = read(&made(b"", &[root(1), leaf(6, 0)], &[elsewhere], 1)).unwrap();
    assert!(table.columns[0].unread.as_deref().unwrap().contains("another file"));
}

#[test]
fn impossible_schemas_are_refused() {
    let column = || described(0, 0, 0);
    let deep: Vec<_> =
        std::iter::once(root(1)).chain((0..100).map(|_| group(1, 1))).chain([leaf(6, 0)]).collect();
    let fixed = |length| Fields::default().int(1, 7).int(2, length).int(3, 0).text(4, "a");
    for (schema, columns, why) in [
        (vec![], vec![], "no schema"),
        (vec![root(1)], vec![], "too early"),
        (vec![root(i64::MAX), leaf(6, 0)], vec![column()], "too early"),
        (vec![root(1), leaf(6, 0), leaf(6, 0)], vec![column()], "belong nowhere"),
        (vec![root(1), group(1, 0)], vec![column()], "empty"),
        (vec![root(-1)], vec![], "negative"),
        (vec![root(1), leaf(6, 3)], vec![column()], "neither required"),
        (vec![root(1), leaf(8, 0)], vec![column()], "unknown type"),
        (vec![root(1), fixed(0)], vec![column()], "fixed length"),
        (deep, vec![column()], "levels of groups"),
        (vec![root(1), leaf(6, 0)], vec![column(), column()], "more or fewer"),
        (vec![root(1), leaf(6, 0)], vec![], "more or fewer"),
    ] {
        let error = opened(&made(b"", &schema, &columns, 1)).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
    let (_, table) = read(&made(b"", &[root(1), leaf(2, 0)], &[column()], 1)).unwrap();
    assert!(table.columns[0].unread.as_deref().unwrap().contains("schema's type"));
}

/// Lists that have no end, rows that begin inside others, and a list whose last row is the column's last.
#[test]
fn levels_are_not_believed() {
    let listed = |levels: &[u8], defined: &[u8], values: i64, rows: i64| {
        let size = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
        let data = [size(levels), size(defined), b"\x01\0\0\0x".repeat(4)].concat();
        let body = [page(data.len() as i64, data.len() as i64, values), data].concat();
        let columns = [described(0, values, body.len() as i64)];
        let (_, table) = read(&made(&body, &[root(1), leaf(6, 2)], &columns, rows)).unwrap();
        table
    };
    let table = listed(&[0x03, 0b1010], &[8, 1], 4, 2);
    assert_eq!(table.columns[0].kind, "list<binary>");
    assert_eq!([&table.rows[0][0].text, &table.rows[1][0].text], [r#"["x", "x"]"#; 2]);
    let table = listed(&[0x03, 0b0010], &[4, 1, 4, 0], 4, 3);
    assert_eq!([&table.rows[0][0].text, &table.rows[1][0].text], [r#"["x", "x"]"#, "[]"]);
    let table = listed(&[0x03, 0b1011], &[8, 1], 4, 2);
    assert!(table.columns[0].unread.as_deref().unwrap().contains("begins inside"));
    let endless = listed(&[0xfe, 0xff, 0xff, 0xff, 0x0f, 1], &[0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1 << 30, 2);
    assert_eq!(endless.rows[0][0].kind, CellKind::Unread);
    let table = listed(&[0x03], &[8, 1], 4, 2);
    assert!(table.columns[0].unread.as_deref().unwrap().contains("too few levels"));
    let table = listed(&[8, 1], &[0x03, 0xff], 4, 2);
    assert_eq!(table.rows[0][0].kind, CellKind::Unread);
}

/// Many columns share what is fetched.
#[test]
fn plans_are_bounded() {
    let body = [page(4, 4, 1), b"\0\0\0\0".to_vec()].concat();
    let schema: Vec<_> = std::iter::once(root(250)).chain((0..250).map(|_| leaf(6, 0))).collect();
    let columns = vec![described(0, 1, body.len() as i64); 250];
    let (footer, table) = read(&made(&body, &schema, &columns, 1)).unwrap();
    assert_eq!((table.columns.len(), table.more_columns, footer.fields().len()), (100, true, 250));
    assert!(table.rows[0].iter().all(|cell| cell.kind == CellKind::Text && cell.text.is_empty()));
    let planned: u64 = plan(&footer).iter().map(|range| range.end - range.start).sum();
    assert!(planned <= PARQUET_PLAN_BYTES_MAX);
}
