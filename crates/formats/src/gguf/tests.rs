//! Hand-made files in both byte orders: each that the format allows is read, each that it does not is refused.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use super::*;
use crate::limits::GGUF_NAME_BYTES_MAX;

/// A file in the making.
#[derive(Clone)]
struct Bytes(Vec<u8>, bool);

impl Bytes {
    fn new(big: bool, version: u32, tensors: u64, pairs: u64) -> Self {
        Bytes(b"GGUF".to_vec(), big).u32(version).u64(tensors).u64(pairs)
    }

    fn put(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    fn u32(self, n: u32) -> Self {
        let bytes = if self.1 { n.to_be_bytes() } else { n.to_le_bytes() };
        self.put(&bytes)
    }

    fn u64(self, n: u64) -> Self {
        let bytes = if self.1 { n.to_be_bytes() } else { n.to_le_bytes() };
        self.put(&bytes)
    }

    fn text(self, text: &str) -> Self {
        self.u64(text.len() as u64).put(text.as_bytes())
    }

    fn pair(self, key: &str, kind: u32) -> Self {
        self.text(key).u32(kind)
    }

    fn tensor(self, name: &str, shape: &[u64], kind: u32, at: u64) -> Self {
        let named = self.text(name).u32(shape.len() as u32);
        shape.iter().fold(named, |bytes, n| bytes.u64(*n)).u32(kind).u64(at)
    }

    /// Padding and so many bytes of data.
    fn data(mut self, bytes: usize) -> Vec<u8> {
        self.0.resize(self.0.len().next_multiple_of(32) + bytes, 0);
        self.0
    }
}

fn whole(file: &[u8]) -> Result<Header, Unreadable> {
    match read(file, file.len() as u64)? {
        Reading::Whole(header) => Ok(header),
        Reading::More(bytes) => panic!("{bytes} of {} wanted", file.len()),
    }
}

fn sample(big: bool) -> Vec<u8> {
    let tokens: Vec<String> = (0..100).map(|n| format!("token {n}")).collect();
    let file = Bytes::new(big, 3, 3, 6)
        .pair("general.architecture", 8)
        .text("llama")
        .pair("general.file_type", 4)
        .u32(15)
        .pair("llama.context_length", 10)
        .u64(8192)
        .pair("llama.rope", 6)
        .u32(1e-5f32.to_bits())
        .pair("tokens", 9)
        .u32(8)
        .u64(100);
    let file = tokens.iter().fold(file, |file, token| file.text(token));
    file.pair("flags", 9)
        .u32(7)
        .u64(3)
        .put(&[1, 0, 1])
        .tensor("a.weight", &[256, 2], 12, 0)
        .tensor("b", &[], 0, 288)
        .tensor("c", &[5, 7], 999, 320)
        .data(352)
}

#[test]
fn a_header_is_read_in_both_byte_orders() {
    for big in [false, true] {
        let file = sample(big);
        let header = whole(&file).unwrap();
        assert_eq!((header.version, header.big_endian), (3, big));
        assert_eq!(header.architecture(), Some("llama"));
        assert_eq!(header.quantisation(), Some("Q4_K_M"));
        assert_eq!(header.context_length(), Some(8192));
        assert_eq!(header.parameters(), 512 + 1 + 35);
        assert_eq!(header.value("llama.rope").unwrap().to_string(), "1e-5");
        let Some(Value::List(tokens)) = header.value("tokens") else { panic!() };
        assert_eq!((tokens.of, tokens.count, tokens.first.len()), ("string", 100, 8));
        assert_eq!(header.value("flags").unwrap().to_string(), "[true, false, true]");
        assert!(header.value("tokens").unwrap().to_string().starts_with("[\"token 0\", \"token 1\", "));
        let [a, b, c] = header.tensors.as_slice() else { panic!() };
        assert_eq!((a.kind.to_string(), a.at.end - a.at.start), ("Q4_K".into(), 288));
        assert_eq!((b.elements, b.at.start), (1, header.data_at + 288));
        assert_eq!((c.kind.to_string(), c.at.is_empty()), ("type 999".into(), true));
    }
}

#[test]
fn more_is_asked_for_until_it_is_enough() {
    let file = sample(false);
    let header = whole(&file).unwrap();
    for n in 0..file.len() {
        match read(&file[..n], file.len() as u64).unwrap() {
            // Short files are wanted whole.
            Reading::More(bytes) => assert_eq!(bytes, file.len() as u64),
            Reading::Whole(read) => assert_eq!(read, header),
        }
    }
    let long = "x".repeat(10_000_000);
    let file = Bytes::new(false, 2, 0, 1).pair("a", 8).text(&long).data(0);
    let mut have = FIRST_BYTES as usize;
    let mut rounds = 0;
    let header = loop {
        match read(&file[..have], file.len() as u64).unwrap() {
            Reading::More(bytes) => have = bytes as usize,
            Reading::Whole(header) => break header,
        }
        rounds += 1;
    };
    assert!(rounds <= 2, "{rounds}");
    let Some(Value::Text(text)) = header.value("a") else { panic!() };
    assert_eq!((text.bytes, text.cut, text.text.len()), (10_000_000, true, 65_536));
}

#[test]
fn contradictions_are_refused() {
    let with = |pairs| Bytes::new(false, 3, 0, pairs);
    let tensors = |count| Bytes::new(false, 3, count, 0);
    let max = u64::MAX;
    for (file, why) in [
        (b"GGUX".to_vec(), "not a GGUF"),
        (b"GG".to_vec(), "not a GGUF"),
        (b"GGUF\x03\0\0\0".to_vec(), "not a GGUF"),
        (Bytes::new(false, 1, 0, 0).data(0), "version 1"),
        (Bytes::new(false, 0, 0, 0).data(0), "version 0"),
        (Bytes::new(false, 4, 0, 0).data(0), "version 4"),
        (with(max).data(0), "key-value pairs"),
        (tensors(max).data(0), "tensors"),
        (with(1).data(0), "empty"),
        (with(1).u64(max).data(0), "bytes of a name"),
        (with(1).u64(GGUF_NAME_BYTES_MAX).data(0), "ends inside"),
        (with(1).u64(1).put(b"\xff").u32(0).data(0), "UTF-8"),
        (with(1).pair("a", 13).data(8), "unknown type 13"),
        (with(1).pair("a", 8).u64(max).data(0), "ends inside"),
        (with(1).pair("a", 9).u32(8).u64(1 << 63).data(0), "longer than the file"),
        (with(1).pair("a", 9).u32(0).u64(max).data(0), "longer than the file"),
        (with(1).pair("a", 9).u32(12).u64(1 << 61).data(0), "longer than the file"),
        (with(1).pair("a", 9).u32(13).u64(0).data(0), "unknown type 13"),
        (with(1).pair("a", 9).u32(9).u64(1).u32(0).u64(0).data(0), "list of lists"),
        (with(2).pair("a", 0).put(&[1]).pair("a", 0).put(&[2]).data(0), "key \"a\" stands twice"),
        (with(1).pair("general.alignment", 4).u32(0).data(0), "alignment"),
        (with(1).pair("general.alignment", 4).u32(1 << 31).data(0), "alignment"),
        (with(1).pair("general.alignment", 4).u32(33).data(0), "alignment"),
        (with(1).pair("general.alignment", 10).u64(32).data(0), "alignment"),
        (tensors(2).tensor("a", &[], 0, 0).tensor("a", &[], 0, 32).data(64), "tensor \"a\" stands twice"),
        (tensors(1).tensor("a", &[1; 5], 0, 0).data(4), "four dimensions"),
        (tensors(1).text("a").u32(u32::MAX).data(4), "four dimensions"),
        (tensors(1).tensor("a", &[1 << 32, 1 << 32], 0, 0).data(4), "counted"),
        (tensors(1).tensor("a", &[1 << 32, 1 << 31], 27, 0).data(4), "outside"),
        (tensors(1).tensor("a", &[1], 0, 8).data(64), "aligned"),
        (tensors(1).tensor("a", &[31], 2, 0).data(64), "inside a block"),
        (tensors(1).tensor("a", &[9], 0, 0).data(32), "outside"),
        (tensors(1).tensor("a", &[1], 0, max - 31).data(32), "outside"),
        (tensors(1).tensor("a", &[1], 999, 1 << 40).data(32), "outside"),
        (tensors(2).tensor("a", &[9], 0, 0).tensor("b", &[1], 0, 32).data(64), "overlaps"),
        (tensors(2).tensor("b", &[1], 0, 0).tensor("a", &[1], 0, 0).data(64), "overlaps"),
    ] {
        let error = whole(&file).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
    let far = read(&with(1).pair("a", 8).u64(1 << 30).data(0), 1 << 40).unwrap_err();
    assert!(matches!(far, Unreadable::TooMuch { .. }), "{far}");
}
