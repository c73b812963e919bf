//! Writes safetensors files: eight bytes of header length, a JSON header padded with spaces, then the tensors.

/// How a tensor's numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dtype {
    /// The upper half of an IEEE single.
    Bf16,
    /// An IEEE single.
    F32,
}

impl Dtype {
    /// The word in the header.
    fn word(self) -> &'static str {
        match self {
            Dtype::Bf16 => "BF16",
            Dtype::F32 => "F32",
        }
    }

    /// Appends a value, rounded to the nearest, ties to even.
    pub(super) fn push(self, value: f32, bytes: &mut Vec<u8>) {
        let bits = value.to_bits();
        match self {
            Dtype::Bf16 => {
                let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
                bytes.extend_from_slice(&(rounded as u16).to_le_bytes());
            }
            Dtype::F32 => bytes.extend_from_slice(&bits.to_le_bytes()),
        }
    }
}

/// One tensor, row by row.
pub(super) struct Tensor {
    /// Its name: plain ASCII without quotes or backslashes, so it stands in JSON as it is.
    pub(super) name: String,
    /// Its number format.
    pub(super) dtype: Dtype,
    /// Its sizes, outermost first.
    pub(super) shape: Vec<usize>,
    /// Its numbers, little-endian; as many as the shape says.
    pub(super) bytes: Vec<u8>,
}

/// The file of some tensors of one number format (safetensors format): sorted by name and without gaps, as the
/// reference writer does it, so that equal tensors of two files lie in equal order.
pub(super) fn write(mut tensors: Vec<Tensor>) -> Vec<u8> {
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let mut header = String::from(r#"{"__metadata__":{"format":"pt"}"#);
    let mut end = 0;
    for Tensor { name, dtype, shape, bytes } in &tensors {
        let start = end;
        end += bytes.len();
        let (dtype, shape) = (dtype.word(), shape.iter().map(usize::to_string).collect::<Vec<_>>().join(","));
        header.push_str(&format!(
            r#","{name}":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{start},{end}]}}"#
        ));
    }
    header.push('}');
    let padded = header.len().next_multiple_of(8);
    let mut file = Vec::with_capacity(8 + padded + end);
    file.extend_from_slice(&(padded as u64).to_le_bytes());
    file.extend_from_slice(header.as_bytes());
    file.resize(8 + padded, b' ');
    for tensor in &tensors {
        file.extend_from_slice(&tensor.bytes);
    }
    file
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use std::collections::BTreeMap;

    /// Reads a file by the rules of the format, and fails on any hole, overlap or size that differs from the shape.
    pub(in super::super) fn read(file: &[u8]) -> BTreeMap<String, &[u8]> {
        let header_len = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        assert_eq!(header_len % 8, 0);
        let (header, data) = file[8..].split_at(header_len);
        let header: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(header).unwrap();
        let mut spans = Vec::new();
        let mut tensors = BTreeMap::new();
        for (name, entry) in header.iter().filter(|(name, _)| *name != "__metadata__") {
            let numbers = |key: &str| -> Vec<usize> { serde_json::from_value(entry[key].clone()).unwrap() };
            let (offsets, shape) = (numbers("data_offsets"), numbers("shape"));
            let width = if entry["dtype"] == "BF16" { 2 } else { 4 };
            assert_eq!(offsets[1] - offsets[0], shape.iter().product::<usize>() * width, "{name}");
            spans.push((offsets[0], offsets[1]));
            tensors.insert(name.clone(), &data[offsets[0]..offsets[1]]);
        }
        spans.sort_unstable();
        assert_eq!(spans.first().unwrap().0, 0);
        assert_eq!(spans.last().unwrap().1, data.len());
        assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0));
        tensors
    }

    #[test]
    fn files_read_back() {
        let tensor = |name: &str, values: &[f32]| {
            let mut bytes = Vec::new();
            values.iter().for_each(|value| Dtype::F32.push(*value, &mut bytes));
            Tensor { name: name.into(), dtype: Dtype::F32, shape: vec![values.len()], bytes }
        };
        let file = write(vec![tensor("b", &[1.0, 2.0]), tensor("a", &[3.0])]);
        let tensors = read(&file);
        assert_eq!(tensors["a"], 3f32.to_le_bytes());
        assert_eq!(tensors["b"].len(), 8);
    }

    #[test]
    fn bf16_rounds_to_nearest_even() {
        let (tie_down, tie_up) = (1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0);
        for (value, expected) in
            [(1.0, 0x3f80), (-2.0, 0xc000), (tie_down, 0x3f80), (tie_up, 0x3f82), (1.005, 0x3f81)]
        {
            let mut bytes = Vec::new();
            Dtype::Bf16.push(value, &mut bytes);
            assert_eq!(bytes, u16::to_le_bytes(expected), "{value}");
        }
    }
}
