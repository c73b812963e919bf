//! A GGUF file, whole and piece by piece.

use std::collections::HashSet;

use seedcorn_formats::gguf::{Header, Reading, Value, read};

/// The bytes are a whole file.
pub fn check(data: &[u8]) {
    let file_bytes = data.len() as u64;
    let whole = read(data, file_bytes);
    assert!(!matches!(whole, Ok(Reading::More(_))), "more is wanted than there is");
    for start in [0, data.len().min(7), data.len() / 3, data.len() / 2] {
        let mut have = start;
        let stepped = loop {
            match read(&data[..have], file_bytes) {
                Ok(Reading::More(bytes)) => {
                    assert!(bytes > have as u64 && bytes <= file_bytes, "{have} {bytes}");
                    have = bytes as usize;
                }
                other => break other,
            }
        };
        // NaN is not NaN.
        assert_eq!(format!("{stepped:?}"), format!("{whole:?}"), "the answer depends on how much was there");
    }
    // As the beginning of a longer file.
    if let (Ok(Reading::Whole(longer)), Ok(Reading::Whole(header))) =
        (read(data, file_bytes + (1 << 40)), &whole)
    {
        assert_eq!(longer.tensors, header.tensors);
    }
    if let Ok(Reading::Whole(header)) = &whole {
        sound(header, file_bytes);
    }
}

fn sound(header: &Header, file_bytes: u64) {
    let keys: HashSet<_> = header.pairs.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), header.pairs.len(), "a key stands twice");
    let names: HashSet<_> = header.tensors.iter().map(|tensor| &tensor.name).collect();
    assert_eq!(names.len(), header.tensors.len(), "a tensor stands twice");
    for (key, value) in &header.pairs {
        assert_eq!(header.value(key).map(|value| format!("{value:?}")), Some(format!("{value:?}")));
        if let Value::List(list) = value {
            assert!(list.first.len() <= 8 && list.first.len() as u64 <= list.count);
            assert!(list.first.iter().all(|value| value.kind() == list.of));
        }
        let _ = value.to_string();
    }
    let mut places: Vec<_> = header.tensors.iter().map(|tensor| tensor.at.clone()).collect();
    places.retain(|place| !place.is_empty());
    places.sort_by_key(|place| place.start);
    assert!(places.windows(2).all(|two| two[0].end <= two[1].start), "two tensors in one place");
    assert!(places.iter().all(|place| place.start >= header.data_at && place.end <= file_bytes));
    let _ = (header.architecture(), header.quantisation(), header.context_length(), header.parameters());
}
