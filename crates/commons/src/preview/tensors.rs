//! A page of the tensors that a header tells of, with the totals over all of them.

use seedcorn_core::limits;
use seedcorn_formats::model_size::ModelSize;
use seedcorn_formats::safetensors::Remark;
use seedcorn_formats::{gguf, safetensors};

use super::{Wanted, cut};

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorRow {
    /// Its name, cut if it is very long.
    pub name: String,
    /// What its elements are, such as `BF16` or `Q4_K`.
    pub dtype: String,
    /// Its dimensions in the file's order.
    pub shape: Vec<u64>,
    /// Its bytes; 0 if we do not know its type.
    pub bytes: u64,
}

/// A pair of a file's own metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// The type of the value; empty if the format has only texts.
    pub kind: String,
    /// The value as people read it; of a list its length is in the type.
    pub value: String,
    /// Whether that is only a beginning.
    pub cut: bool,
}

/// What only GGUF tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gguf {
    /// Version of the format.
    pub version: u32,
    /// Such as `llama`.
    pub architecture: Option<String>,
    /// Such as `Q4_K_M`.
    pub quantisation: Option<&'static str>,
    /// Tokens.
    pub context_length: Option<u64>,
}

/// The tensors of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensors {
    /// Those of the page, in the order of their bytes.
    pub rows: Vec<TensorRow>,
    /// How many of those looked for come before.
    pub before: usize,
    /// How many are looked for.
    pub found: usize,
    /// How many the file has.
    pub count: usize,
    /// Elements by dtype, of all.
    pub size: ModelSize,
    /// Bytes of all.
    pub data_bytes: u64,
    /// Bytes in front of them.
    pub header_bytes: u64,
    /// The first pairs of metadata.
    pub pairs: Vec<Pair>,
    /// How many there are.
    pub pairs_count: usize,
    /// What is odd: sentences for people.
    pub remarks: Vec<String>,
    /// What only GGUF tells.
    pub gguf: Option<Gguf>,
}

impl Tensors {
    /// About how many bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let rows = self.rows.iter().map(|row| 100 + row.name.len() + row.dtype.len() + 8 * row.shape.len());
        let pairs = self.pairs.iter().map(|pair| 100 + pair.key.len() + pair.kind.len() + pair.value.len());
        let remarks = self.remarks.iter().map(|remark| 24 + remark.len());
        let dtypes = self.size.parameters.iter().map(|(dtype, _)| 32 + dtype.len());
        rows.chain(pairs).chain(remarks).chain(dtypes).sum()
    }
}

/// The places of a page among the names that hold what is looked for, and how many there are.
fn page<'a>(names: impl Iterator<Item = &'a str>, wanted: &Wanted) -> (Vec<usize>, usize) {
    let find = wanted.find.to_lowercase();
    let hit = |name: &str| find.is_empty() || name.to_lowercase().contains(&find);
    let found: Vec<usize> = names.enumerate().filter(|(_, name)| hit(name)).map(|(at, _)| at).collect();
    let page = found.iter().copied().skip(wanted.after).take(limits::PREVIEW_TENSORS);
    (page.collect(), found.len())
}

fn name(text: &str) -> String {
    let (name, is_cut) = cut(text.to_owned(), limits::PREVIEW_VALUE_BYTES);
    if is_cut { name + "…" } else { name }
}

pub(super) fn of_safetensors(header: safetensors::Header, wanted: &Wanted) -> Tensors {
    let (places, found) = page(header.tensors.iter().map(|tensor| tensor.name.as_str()), wanted);
    let row = |tensor: &safetensors::Tensor| TensorRow {
        name: name(&tensor.name),
        dtype: tensor.dtype.to_string(),
        shape: tensor.shape.clone(),
        bytes: tensor.at.end - tensor.at.start,
    };
    let (size, data_bytes) = (ModelSize::of([&header]), header.data_bytes());
    let pairs_count = header.metadata.len();
    let pairs = header.metadata.into_iter().take(limits::PREVIEW_PAIRS).map(|(key, value)| {
        let (value, cut) = cut(value, limits::PREVIEW_VALUE_BYTES);
        Pair { key: name(&key), kind: String::new(), value, cut }
    });
    Tensors {
        rows: places.into_iter().filter_map(|at| header.tensors.get(at)).map(row).collect(),
        before: wanted.after,
        found,
        count: header.tensors.len(),
        size,
        data_bytes,
        header_bytes: header.header_bytes + safetensors::LENGTH_BYTES,
        pairs: pairs.collect(),
        pairs_count,
        remarks: header.remarks.iter().map(remark).collect(),
        gguf: None,
    }
}

fn remark(remark: &Remark) -> String {
    match remark {
        Remark::SpaceBefore => "White space stands before its header, which the format does not have.".into(),
        Remark::OddNames(1) => {
            "One tensor has a name that would lead out of a folder or hide on a screen.".into()
        }
        Remark::OddNames(count) => {
            format!("{count} tensors have names that would lead out of a folder or hide on a screen.")
        }
    }
}

pub(super) fn of_gguf(header: gguf::Header, wanted: &Wanted) -> Tensors {
    let (places, found) = page(header.tensors.iter().map(|tensor| tensor.name.as_str()), wanted);
    let row = |tensor: &gguf::Tensor| TensorRow {
        name: name(&tensor.name),
        dtype: tensor.kind.to_string(),
        shape: tensor.shape.clone(),
        bytes: tensor.at.end - tensor.at.start,
    };
    let bytes = header.tensors.iter().map(|tensor| tensor.at.end - tensor.at.start);
    let told = Gguf {
        version: header.version,
        architecture: header.architecture().map(name),
        quantisation: header.quantisation(),
        context_length: header.context_length(),
    };
    Tensors {
        rows: places.into_iter().filter_map(|at| header.tensors.get(at)).map(row).collect(),
        before: wanted.after,
        found,
        count: header.tensors.len(),
        size: gguf_size(&header),
        data_bytes: bytes.sum(),
        header_bytes: header.data_at,
        pairs: header.pairs.iter().take(limits::PREVIEW_PAIRS).map(pair).collect(),
        pairs_count: header.pairs.len(),
        remarks: Vec::new(),
        gguf: Some(told),
    }
}

/// Elements by type.
pub(crate) fn gguf_size(header: &gguf::Header) -> ModelSize {
    let mut counts: std::collections::BTreeMap<gguf::TensorType, u64> = std::collections::BTreeMap::new();
    for tensor in &header.tensors {
        let count = counts.entry(tensor.kind).or_default();
        *count = count.saturating_add(tensor.elements);
    }
    let mut size = ModelSize::default();
    counts.iter().for_each(|(kind, count)| size.add(&kind.to_string(), *count));
    size
}

fn pair((key, value): &(String, gguf::Value)) -> Pair {
    let kind = match value {
        gguf::Value::List(list) => format!("{} × {}", list.count, list.of),
        value => value.kind().to_owned(),
    };
    let was_cut = matches!(value, gguf::Value::Text(text) if text.cut);
    let (value, is_cut) = cut(value.to_string(), limits::PREVIEW_VALUE_BYTES);
    Pair { key: name(key), kind, value, cut: is_cut || was_cut }
}
