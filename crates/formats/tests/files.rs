//! Files that the public libraries wrote.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::path::Path;

use seedcorn_formats::model_size::ModelSize;
use seedcorn_formats::{gguf, kind, safetensors};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

#[test]
fn safetensors_are_read() {
    let file = file("model.safetensors");
    let json = safetensors::header_bytes(&file[..8], file.len() as u64).unwrap() as usize;
    let header = safetensors::parse(&file[8..8 + json], file.len() as u64).unwrap();
    let shape = |name: &str| {
        let tensor = header.tensors.iter().find(|tensor| tensor.name == name).unwrap();
        (tensor.dtype.name().to_owned(), tensor.shape.clone(), tensor.at.end - tensor.at.start)
    };
    assert_eq!(header.tensors.len(), 5);
    assert_eq!(shape("embed.weight"), ("F32".into(), vec![4, 3], 48));
    assert_eq!(shape("layers.0.bias"), ("F16".into(), vec![5], 10));
    assert_eq!(shape("mask"), ("BOOL".into(), vec![2], 2));
    assert_eq!(shape("empty"), ("I64".into(), vec![0, 3], 0));
    assert_eq!(shape("scale"), ("F64".into(), vec![], 8));
    let mut metadata = header.metadata.clone();
    metadata.sort();
    assert_eq!(metadata, [("format".into(), "pt".into()), ("note".into(), "ümlaut".into())]);
    assert_eq!(header.remarks, []);
    assert_eq!(ModelSize::of([&header, &header]).to_string(), "40, F32, F16, BOOL, F64");
    assert_eq!(kind::of("a.bin", &file), kind::Kind::Safetensors);
}

#[test]
fn gguf_is_read_in_both_byte_orders() {
    for (name, big) in [("little.gguf", false), ("big.gguf", true)] {
        let file = file(name);
        let gguf::Reading::Whole(header) = gguf::read(&file, file.len() as u64).unwrap() else { panic!() };
        assert_eq!((header.version, header.big_endian), (3, big));
        assert_eq!(header.architecture(), Some("llama"));
        assert_eq!(header.quantisation(), Some("Q8_0"));
        assert_eq!(header.context_length(), Some(2048));
        assert_eq!(header.parameters(), 32 + 3 * 64);
        assert_eq!(header.value("general.name").unwrap().text(), Some("A small garden"));
        assert_eq!(header.value("llama.tied").unwrap().to_string(), "true");
        let tokens = header.value("tokenizer.ggml.tokens").unwrap().to_string();
        assert!(tokens.starts_with("[\"<t0>\", \"<t1>\"") && tokens.ends_with(", …]"), "{tokens}");
        let shapes: Vec<_> =
            header.tensors.iter().map(|tensor| (tensor.kind.to_string(), &tensor.shape[..])).collect();
        assert_eq!(shapes, [("F32".into(), &[32][..]), ("Q8_0".into(), &[64, 3][..])]);
        assert_eq!(header.tensors[1].at.end - header.tensors[1].at.start, 3 * 2 * 34);
        assert!(header.tensors[1].at.end <= file.len() as u64);
        assert_eq!(kind::of("a.bin", &file), kind::Kind::Gguf);
    }
}
