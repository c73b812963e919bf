//! Hand-made files: each that the format allows is read, each that it does not is refused.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use proptest::prelude::*;

use super::*;
use crate::limits::{SAFETENSORS_FILES_MAX, SAFETENSORS_INDEX_BYTES_MAX};

fn read(json: &str, data_bytes: u64) -> Result<Header, Unreadable> {
    parse(json.as_bytes(), LENGTH_BYTES + json.len() as u64 + data_bytes)
}

#[test]
fn a_header_is_read() {
    let json = r#"{"__metadata__":{"format":"pt","a":"ü"},
        "b":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},
        "none":{"dtype":"I64","shape":[0,7],"data_offsets":[8,8]},
        "a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8],"more":[[{"x":1}]]},
        "one":{"dtype":"U8","shape":[],"data_offsets":[32,33]}}   "#;
    let header = read(json, 33).unwrap();
    let names: Vec<_> = header.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["a", "none", "b", "one"]);
    let data_at = LENGTH_BYTES + json.len() as u64;
    assert_eq!(header.tensors[2].at, data_at + 8..data_at + 32);
    assert_eq!(header.tensors[2].shape, [2, 3]);
    assert_eq!(header.metadata, [("format".into(), "pt".into()), ("a".into(), "ü".into())]);
    assert_eq!(header.data_bytes(), 33);
    assert_eq!(header.remarks, []);
    let counts: Vec<_> = header.parameters().into_iter().map(|(d, n)| (d.name().to_owned(), n)).collect();
    assert_eq!(counts, [("F32".into(), 6), ("BF16".into(), 4), ("U8".into(), 1), ("I64".into(), 0)]);
    assert_eq!(read("{}", 0).unwrap().tensors, []);
}

#[test]
fn odd_things_are_read_and_told() {
    let json = r#" {"../../etc/passwd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
        "layer/0":{"dtype":"INT4_PACKED","shape":[1000],"data_offsets":[1,4]},
        "half":{"dtype":"F4","shape":[3,2],"data_offsets":[4,7]}}"#;
    let header = read(json, 7).unwrap();
    assert_eq!(header.remarks, [Remark::SpaceBefore, Remark::OddNames(1)]);
    assert_eq!(header.tensors[1].dtype.bits(), None);
    assert_eq!(header.tensors[1].dtype.to_string(), "INT4_PACKED");
    assert_eq!(header.tensors[2].elements, 6);
}

#[test]
fn contradictions_are_refused() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let wide = format!(r#"{{"a":{{"dtype":"U8","shape":[{}1],"data_offsets":[0,1]}}}}"#, "1,".repeat(64));
    let long = format!(r#"{{"a":{{"dtype":"{}","shape":[1],"data_offsets":[0,1]}}}}"#, "X".repeat(33));
    for (json, data_bytes, why) in [
        (
            r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4,
            "twice",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
            "twice",
        ),
        (r#"{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1, "dtype stands twice"),
        (r#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "twice"),
        (r#"{"__metadata__":{},"__metadata__":{}}"#, 0, "twice"),
        (r#"{"__metadata__":{"a":1}}"#, 0, "string"),
        (
            r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
            3,
            "overlaps",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}"#,
            4,
            "overlaps",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
            3,
            "hole",
        ),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "hole"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2, "1 bytes follow"),
        ("{}", 1, "1 bytes follow"),
        (r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1, "outside"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1, "outside"),
        (
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[18446744073709551615,18446744073709551615]}}"#,
            0,
            "outside",
        ),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "fewer bytes"),
        (r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2, "inside a byte"),
        (r#"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, "counted"),
        (r#"{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}}"#, 0, "counted"),
        (r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#, 0, "-1"),
        (r#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1, "1.0"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, 1, "trailing"),
        (r#"{"a":{"dtype":"U8","shape":[1]}}"#, 1, "lacks"),
        (r#"{"a":["U8",[1],[0,1]]}"#, 1, "sequence"),
        ("[]", 0, "sequence"),
        ("{} x", 0, "trailing"),
        ("{", 0, "EOF"),
        ("", 0, "EOF"),
        (deep.as_str(), 0, "invalid type"),
        (wide.as_str(), 1, "dimensions"),
        (long.as_str(), 1, "dtype's name"),
    ] {
        let error = read(json, data_bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{json:.200}: {error}");
        assert!(error.len() < 300, "{error}");
    }
    let error = parse(b"{\"\xff\":1}", 100).unwrap_err().to_string();
    assert!(error.contains("UTF-8"), "{error}");
    assert!(parse(b"{}", 9).unwrap_err().to_string().contains("longer than the file"));
}

#[test]
fn the_length_is_checked_first() {
    let ask = |header: u64, file: u64| header_bytes(&header.to_le_bytes(), file);
    assert_eq!(ask(2, 10), Ok(2));
    assert!(matches!(ask(2, 9), Err(Unreadable::Broken(_))));
    assert!(matches!(ask(0, 8), Err(Unreadable::Foreign(_))));
    assert!(matches!(ask(u64::MAX, u64::MAX), Err(Unreadable::Foreign(_))));
    assert!(matches!(ask(SAFETENSORS_FORMAT_BYTES_MAX + 1, u64::MAX), Err(Unreadable::Foreign(_))));
    assert!(matches!(ask(SAFETENSORS_FORMAT_BYTES_MAX, u64::MAX), Err(Unreadable::TooMuch { .. })));
    assert_eq!(ask(SAFETENSORS_HEADER_BYTES_MAX, u64::MAX), Ok(SAFETENSORS_HEADER_BYTES_MAX));
    assert!(matches!(header_bytes(b"1234567", 100), Err(Unreadable::Foreign(_))));
}

#[test]
fn an_index_is_read() {
    let json = r#"{"metadata":{"total_size":16.0,"x":[1]},"weight_map":{"b":"two.safetensors","a":"one.safetensors",
        "c":"two.safetensors"},"more":null}"#;
    let read = index(json.as_bytes()).unwrap();
    assert_eq!(read.files, ["two.safetensors", "one.safetensors"]);
    assert_eq!(read.tensors, [("a".into(), 1), ("b".into(), 0), ("c".into(), 0)]);
    assert_eq!(read.total_bytes, Some(16));
    for (metadata, total) in [("null", None), ("{}", None), (r#"{"total_size":"x"}"#, None)] {
        let json = format!(r#"{{"weight_map":{{}},"metadata":{metadata}}}"#);
        assert_eq!(index(json.as_bytes()).unwrap().total_bytes, total);
    }
}

#[test]
fn a_bad_index_is_refused() {
    let many: String = (0..=SAFETENSORS_FILES_MAX).map(|n| format!(r#""{n}":"{n}","#)).collect();
    let many = format!(r#"{{"weight_map":{{{many}"a":"0"}}}}"#);
    for (json, why) in [
        ("{}", "no weight_map"),
        ("[]", "sequence"),
        (r#"{"weight_map":{"a":"1"},"weight_map":{}}"#, "twice"),
        (r#"{"weight_map":{"a":"1","a":"2"}}"#, "twice"),
        (r#"{"weight_map":{"a":1}}"#, "integer"),
        (r#"{"weight_map":{"a":"../x"}}"#, "leads out"),
        (r#"{"weight_map":{"a":"/x"}}"#, "leads out"),
        (r#"{"weight_map":{"a":""}}"#, "leads out"),
        (r#"{"weight_map":{"a":"a\\b"}}"#, "leads out"),
        (many.as_str(), "too many files"),
    ] {
        let error = index(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{json:.100}: {error}");
    }
    assert!(index(b"\xff").is_err());
    assert!(matches!(index(&vec![b' '; SAFETENSORS_INDEX_BYTES_MAX + 1]), Err(Unreadable::TooMuch { .. })));
}

proptest! {
    /// What a plain writer writes is read as it was meant.
    #[test]
    fn written_is_read(shapes in prop::collection::vec(prop::collection::vec(0u64..5, 0..4), 0..8)) {
        let (mut json, mut at) = (serde_json::Map::new(), 0);
        for (n, shape) in shapes.iter().enumerate() {
            let end = at + shape.iter().product::<u64>() * 4;
            let body = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [at, end]});
            json.insert(format!("t{n}"), body);
            at = end;
        }
        let header = read(&serde_json::Value::Object(json).to_string(), at).unwrap();
        prop_assert_eq!(header.tensors.len(), shapes.len());
        prop_assert_eq!(header.data_bytes(), at);
        for tensor in &header.tensors {
            let n: usize = tensor.name[1..].parse().unwrap();
            prop_assert_eq!(&tensor.shape, &shapes[n]);
        }
    }

    /// Whatever the bytes, there is an answer.
    #[test]
    fn nothing_panics(json in "[\\[\\]{}\":,a-f0-9 ]{0,60}", file_bytes in any::<u64>()) {
        let _ = parse(json.as_bytes(), file_bytes);
        let _ = index(json.as_bytes());
        let _ = header_bytes(json.as_bytes(), file_bytes);
    }
}
