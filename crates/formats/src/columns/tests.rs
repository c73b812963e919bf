//! Tables in both formats, sound and odd ones.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;

const WANTED: &[&str] = &["id", "amount"];

/// The rows of a CSV file that comes in pieces of so many bytes.
fn read(text: &[u8], piece: usize) -> Result<Vec<Vec<String>>, BadTable> {
    let mut rows = Vec::new();
    let mut keep = |values: &[&str]| {
        rows.push(values.iter().map(|value| (*value).to_owned()).collect());
        Ok(())
    };
    let mut comma = Comma::new(WANTED);
    for piece in text.chunks(piece) {
        comma.take(piece, &mut keep)?;
    }
    comma.end(&mut keep)?;
    Ok(rows)
}

#[test]
fn columns_are_found_by_name_and_values_may_hold_anything() {
    let text = "\u{feff}note, amount ,id\r\n\"a, \"\"b\"\"\nc\",5,one\r\n,,\"t\nwo\"\nx,7,三";
    for piece in 3..text.len() {
        let rows = read(text.as_bytes(), piece).unwrap();
        assert_eq!(rows, [["one", "5"], ["t\nwo", ""], ["三", "7"]], "{piece}");
    }
    assert_eq!(read(b"id,amount\n", 4).unwrap(), Vec::<Vec<String>>::new());
}

#[test]
fn a_column_may_be_missing() {
    let read = |text: &[u8]| {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = |values: &[&str]| {
            rows.push(values.iter().map(|value| (*value).to_owned()).collect());
            Ok(())
        };
        let mut comma = Comma::new(&["id", "state?"]);
        comma.take(text, &mut row).unwrap();
        comma.end(&mut row).unwrap();
        rows
    };
    assert_eq!(read(b"id,much\na,1\n"), [["a", ""]]);
    assert_eq!(read(b"state,id\nnew,a\n"), [["a", "new"]]);
}

#[test]
fn what_is_odd_is_named() {
    let odd = |text: &[u8]| read(text, 7).unwrap_err().to_string();
    assert_eq!(odd(b""), "it is empty: a header with the columns id, amount is wanted");
    assert!(odd(b"id,much\n1,2\n").contains("no column \"amount\""));
    assert!(odd(b"id,much\n1,2\n").contains("there are \"id\", \"much\""));
    assert!(odd(b"id,amount,id\n1,2,3\n").contains("two columns \"id\""));
    assert_eq!(odd(b"id,amount\na,1\nb\n"), "line 3: it has 1 values, and the header has 2");
    assert_eq!(odd(b"id,amount\na,\xff\n"), "line 2: it is not UTF-8");
    assert_eq!(odd(b"id,amount\r\na,1\r\nb\r\n"), "line 3: it has 1 values, and the header has 2");
    assert_eq!(odd(b"\nid,amount\n\n\r\n\"a\n\",1\n\nb"), "line 8: it has 1 values, and the header has 2");
    assert!(odd(format!("id,amount\n{},1\n", "x".repeat(ROW_BYTES_MAX)).as_bytes()).contains("bytes"));
    assert!(odd(",".repeat(5000).as_bytes()).contains("values"));
}

/// A Parquet file in two row groups.
fn file(compression: Compression) -> bytes::Bytes {
    let schema = "message m { optional int64 amount; required int32 day (DATE); required binary id (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    for (amounts, levels, ids) in
        [(vec![5_i64], [1, 0], ["one", "two"]), (vec![-7, 1 << 60], [1, 1], ["", "三"])]
    {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&amounts, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[1, 2], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&ids.map(ByteArray::from), None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.into_inner().unwrap().into()
}

fn read_packed(file: bytes::Bytes, wanted: &'static [&'static str]) -> Result<Vec<Vec<String>>, BadTable> {
    let mut rows = Vec::new();
    packed(file, wanted, &mut |values| {
        rows.push(values.iter().map(|value| (*value).to_owned()).collect());
        Ok(())
    })?;
    Ok(rows)
}

#[test]
fn parquet_in_every_compression() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::LZ4_RAW,
        Compression::ZSTD(Default::default()),
    ] {
        let rows = read_packed(file(compression), WANTED).unwrap();
        assert_eq!(
            rows,
            [["one", "5"], ["two", ""], ["", "-7"], ["三", "1152921504606846976"]],
            "{compression}"
        );
    }
    let days = read_packed(file(Compression::UNCOMPRESSED), &["day"]).unwrap();
    assert_eq!(days, [["86400000000"], ["172800000000"], ["86400000000"], ["172800000000"]]);
}

#[test]
fn damaged_parquet_says_so() {
    let whole = file(Compression::SNAPPY);
    assert!(read_packed(whole.clone(), &["much"]).unwrap_err().to_string().contains("no column \"much\""));
    for end in 0..whole.len() {
        assert!(read_packed(whole.slice(..end), WANTED).is_err(), "cut at {end}");
    }
    // Any byte may be another one: it is read or refused, and never the end of the program.
    for at in 0..whole.len() {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 0xff;
        let _ = read_packed(bytes.into(), WANTED);
    }
    let told = packed(whole, WANTED, &mut |values| match values {
        ["two", _] => Err("no".to_owned()),
        _ => Ok(()),
    });
    assert_eq!(told, Err(BadTable::Row { unit: "row", number: 2, what: "no".into() }));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_alike_in_any_pieces(text in prop::collection::vec(any::<u8>(), 0..200), piece in 3_usize..50) {
        // The mark of UTF-8 at the beginning is known where it comes in one piece.
        prop_assume!(!text.starts_with(&[0xef]));
        prop_assert_eq!(read(&text, piece), read(&text, 1000));
    }
}
