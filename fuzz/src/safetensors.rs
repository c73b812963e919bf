//! A safetensors header, with as many bytes of tensors behind it as it speaks of; and an index of several files.

use std::collections::HashSet;

use seedcorn_formats::safetensors::{Header, LENGTH_BYTES, header_bytes, index, parse};
use serde_json::{Value, json};

/// The bytes are the header's JSON.
pub fn check(data: &[u8]) {
    let before = data.len() as u64 + LENGTH_BYTES;
    let spoken_of = serde_json::from_slice(data).as_ref().map_or(0, data_bytes);
    let Some(file_bytes) = before.checked_add(spoken_of) else { return };
    if let Ok(header) = parse(data, file_bytes) {
        sound(&header, before, file_bytes);
        agrees(&header, data, before);
        let again = rendered(&header, before);
        let bytes = again.len() as u64 + LENGTH_BYTES + header.data_bytes();
        let read = parse(again.as_bytes(), bytes).unwrap();
        assert_eq!((&read.metadata, read.parameters()), (&header.metadata, header.parameters()));
        assert_eq!(read.tensors.len(), header.tensors.len());
        assert_eq!(header_bytes(&header.header_bytes.to_le_bytes(), file_bytes), Ok(header.header_bytes));
        assert!(parse(data, file_bytes + 1).is_err(), "bytes at the end were not noticed");
    }
    if let Ok(index) = index(data) {
        let names: HashSet<_> = index.tensors.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), index.tensors.len(), "a tensor stands twice");
        assert!(index.tensors.iter().all(|(_, file)| *file < index.files.len()));
        assert!(
            index
                .files
                .iter()
                .all(|file| !file.starts_with('/') && !file.split('/').any(|part| part == ".."))
        );
    }
}

/// Where the last tensor ends, read by another parser.
fn data_bytes(header: &Value) -> u64 {
    let ends =
        header.as_object().into_iter().flatten().filter_map(|(_, body)| body["data_offsets"][1].as_u64());
    ends.max().unwrap_or(0)
}

fn sound(header: &Header, before: u64, file_bytes: u64) {
    let mut end = before;
    let mut names = HashSet::new();
    for tensor in &header.tensors {
        assert_eq!(tensor.at.start, end, "a hole, or two tensors in one place");
        end = tensor.at.end;
        assert!(names.insert(&tensor.name), "a tensor stands twice");
        let product = tensor.shape.iter().map(|n| u128::from(*n)).product::<u128>();
        assert_eq!(product, u128::from(tensor.elements));
        if let Some(bits) = tensor.dtype.bits() {
            assert_eq!(product * u128::from(bits), u128::from(tensor.at.end - tensor.at.start) * 8);
        }
    }
    assert_eq!(end, file_bytes);
}

/// Another parser, which takes the last of two, sees the same tensors: there were no two.
fn agrees(header: &Header, data: &[u8], before: u64) {
    // It gives up on nesting where unknown fields are passed over.
    let Ok(Value::Object(theirs)) = serde_json::from_slice(data) else { return };
    let named = theirs.keys().filter(|name| *name != "__metadata__").count();
    assert_eq!(named, header.tensors.len());
    for tensor in &header.tensors {
        let body = &theirs[&tensor.name];
        assert_eq!(body["dtype"], json!(tensor.dtype.name()));
        assert_eq!(body["shape"], json!(tensor.shape));
        assert_eq!(body["data_offsets"], json!([tensor.at.start - before, tensor.at.end - before]));
    }
}

fn rendered(header: &Header, before: u64) -> String {
    let mut map = serde_json::Map::new();
    for tensor in &header.tensors {
        let offsets = [tensor.at.start - before, tensor.at.end - before];
        let body = json!({"dtype": tensor.dtype.name(), "shape": tensor.shape, "data_offsets": offsets});
        map.insert(tensor.name.clone(), body);
    }
    let tensors = Value::Object(map).to_string();
    let pairs: Vec<_> =
        header.metadata.iter().map(|(key, value)| format!("{}:{}", json!(key), json!(value))).collect();
    let metadata = format!("{{\"__metadata__\":{{{}}}", pairs.join(","));
    match tensors.strip_prefix('{') {
        Some("}") | None => metadata + "}",
        Some(rest) => format!("{metadata},{rest}"),
    }
}
