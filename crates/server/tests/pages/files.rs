//! Small files of their real formats.

use serde_json::Value;

/// A safetensors file of this header and so many zeros.
pub(crate) fn safetensors(header: &Value, data_bytes: usize) -> Vec<u8> {
    let json = header.to_string();
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(json.as_bytes());
    file.resize(file.len() + data_bytes, 0);
    file
}

/// One of tensors of these names, a byte each.
pub(crate) fn bare_safetensors(names: &[String]) -> Vec<u8> {
    let tensor = |(at, name): (usize, &String)| {
        (name.clone(), serde_json::json!({ "dtype": "U8", "shape": [1], "data_offsets": [at, at + 1] }))
    };
    safetensors(&Value::from_iter(names.iter().enumerate().map(tensor)), names.len())
}

/// A GGUF file of a tensor `blk.0.w` of 512 elements in Q4_K, some metadata and a vocabulary of so many words
/// (GGUF specification).
pub(crate) fn gguf(words: u64) -> Vec<u8> {
    fn text(file: &mut Vec<u8>, text: &str) {
        file.extend_from_slice(&(text.len() as u64).to_le_bytes());
        file.extend_from_slice(text.as_bytes());
    }
    let mut file = b"GGUF".to_vec();
    file.extend_from_slice(&3u32.to_le_bytes());
    file.extend_from_slice(&1u64.to_le_bytes());
    file.extend_from_slice(&4u64.to_le_bytes());
    text(&mut file, "general.architecture");
    file.extend_from_slice(&8u32.to_le_bytes());
    text(&mut file, "llama");
    for (key, value) in [("llama.context_length", 4096u32), ("general.file_type", 15)] {
        text(&mut file, key);
        file.extend_from_slice(&4u32.to_le_bytes());
        file.extend_from_slice(&value.to_le_bytes());
    }
    text(&mut file, "tokenizer.ggml.tokens");
    file.extend_from_slice(&9u32.to_le_bytes());
    file.extend_from_slice(&8u32.to_le_bytes());
    file.extend_from_slice(&words.to_le_bytes());
    (0..words).for_each(|n| text(&mut file, &format!("t{n}")));
    text(&mut file, "blk.0.w");
    file.extend_from_slice(&2u32.to_le_bytes());
    file.extend_from_slice(&256u64.to_le_bytes());
    file.extend_from_slice(&2u64.to_le_bytes());
    file.extend_from_slice(&12u32.to_le_bytes());
    file.extend_from_slice(&0u64.to_le_bytes());
    file.resize(file.len().next_multiple_of(32) + 288, 0);
    file
}

/// A second of nothing in WAV.
pub(crate) fn wav() -> Vec<u8> {
    let mut file =
        b"RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0\0"
            .to_vec();
    file.resize(44 + 8000, 0x80);
    file
}
