//! A page of tensors and the metadata beside them.

use seedcorn_commons::preview::{Gguf, Pair, TensorRow, Tensors};
use seedcorn_formats::model_size::figure;

use super::super::show::{Bytes, Count, Shares};
use super::fit::{NAME_CHARS, ROWS_HTML_BYTES_MAX, Room, clip, escaped_len};
use crate::place::segment;

/// Characters of a shape that are shown: sixty-four dimensions are allowed.
const SHAPE_CHARS: usize = 80;
/// Characters of a value that stand in its line; longer ones unfold.
const VALUE_CHARS: usize = 160;
/// Bytes of HTML that the metadata may become.
const PAIRS_HTML_BYTES_MAX: usize = 30_000;
/// Bytes of HTML around a row.
const ROW_HTML_BYTES: usize = 120;

/// A tensor's line.
#[derive(Debug)]
pub(crate) struct TensorView {
    /// Its name, and all of it if that is cut.
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) dtype: String,
    pub(crate) shape: String,
    pub(crate) size: Bytes,
}

/// A pair's line.
#[derive(Debug)]
pub(crate) struct PairView {
    pub(crate) key: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    /// All that is kept of a long value.
    pub(crate) long: Option<String>,
}

/// What is shown of a file of tensors.
#[derive(Debug)]
pub(crate) struct TensorsView {
    /// Names and values of what holds for all of it.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) remarks: Vec<String>,
    pub(crate) rows: Vec<TensorView>,
    /// Which of how many these are, in words.
    pub(crate) which: String,
    /// What was looked for.
    pub(crate) find: String,
    /// The page's own address, for its form.
    pub(crate) here: String,
    /// The address of the first tensors, unless they are shown.
    pub(crate) first: Option<String>,
    /// The address of the next ones.
    pub(crate) next: Option<String>,
    pub(crate) pairs: Vec<PairView>,
    /// How many pairs are not shown.
    pub(crate) pairs_left: usize,
}

impl TensorsView {
    pub(super) fn new(tensors: Tensors, here: &str, find: &str) -> TensorsView {
        let mut room = Room::new(ROWS_HTML_BYTES_MAX);
        let fits = |row: &TensorView| {
            let name = escaped_len(&row.name) + row.title.as_deref().map_or(0, escaped_len);
            room.takes(ROW_HTML_BYTES + name + escaped_len(&row.dtype) + row.shape.len())
        };
        let rows: Vec<TensorView> = tensors.rows.iter().map(tensor).take_while(fits).collect();
        let past = tensors.before + rows.len();
        let address = |after: usize| match (find, after) {
            ("", 0) => here.to_owned(),
            ("", after) => format!("{here}?after={after}"),
            (find, 0) => format!("{here}?q={}", segment(find)),
            (find, after) => format!("{here}?q={}&after={after}", segment(find)),
        };
        let count = |n: usize| Count(n as u64);
        let which = match (rows.len(), find) {
            (0, _) if tensors.found > 0 => format!("There are only {}", count(tensors.found)),
            (0, "") => "No tensors".to_owned(),
            (0, _) => format!("No tensor has “{find}” in its name"),
            (_, "") => {
                format!("{} to {} of {}", count(tensors.before + 1), count(past), count(tensors.count))
            }
            _ => format!(
                "{} to {} of {} with “{find}” in their names",
                count(tensors.before + 1),
                count(past),
                count(tensors.found)
            ),
        };
        let (pairs, pairs_left) = pairs(&tensors.pairs, tensors.pairs_count);
        TensorsView {
            facts: facts(&tensors),
            remarks: tensors.remarks,
            which,
            find: find.to_owned(),
            here: here.to_owned(),
            first: (tensors.before > 0).then(|| address(0)),
            next: (!rows.is_empty() && past < tensors.found).then(|| address(past)),
            rows,
            pairs,
            pairs_left,
        }
    }
}

fn tensor(row: &TensorRow) -> TensorView {
    let (name, cut) = clip(&row.name, NAME_CHARS);
    let shape = row.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(" × ");
    TensorView {
        name,
        title: cut.then(|| clip(&row.name, 4 * NAME_CHARS).0),
        dtype: clip(&row.dtype, NAME_CHARS).0,
        shape: if shape.is_empty() { "one number".into() } else { clip(&shape, SHAPE_CHARS).0 },
        size: Bytes(row.bytes),
    }
}

fn facts(tensors: &Tensors) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Tensors", Count(tensors.count as u64).to_string()),
        ("Parameters", parameters(tensors.size.total)),
        ("Types", Shares(&tensors.size.parameters, tensors.size.total).to_string()),
        ("Tensor bytes", Bytes(tensors.data_bytes).to_string()),
        ("Header", Bytes(tensors.header_bytes).to_string()),
    ];
    if let Some(Gguf { version, architecture, quantisation, context_length }) = &tensors.gguf {
        facts.push(("Format", format!("GGUF version {version}")));
        let architecture = architecture.as_deref().map(|text| clip(text, NAME_CHARS).0);
        let context = context_length.map(|tokens| format!("{} tokens", Count(tokens)));
        let quantisation = quantisation.map(str::to_owned);
        let told = [("Architecture", architecture), ("Quantisation", quantisation), ("Context", context)];
        facts.extend(told.into_iter().filter_map(|(name, value)| Some((name, value?))));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// `1.23 B`, and all digits where the figure has not all of them.
fn parameters(total: u64) -> String {
    match total {
        ..1000 => total.to_string(),
        _ => format!("{} ({})", figure(total), Count(total)),
    }
}

fn pairs(pairs: &[Pair], count: usize) -> (Vec<PairView>, usize) {
    let mut room = Room::new(PAIRS_HTML_BYTES_MAX);
    let mut shown = Vec::new();
    for pair in pairs {
        let (value, cut) = clip(&pair.value, VALUE_CHARS);
        let mut row =
            PairView { key: clip(&pair.key, NAME_CHARS).0, kind: pair.kind.clone(), value, long: None };
        if !room.takes(ROW_HTML_BYTES + escaped_len(&row.key) + escaped_len(&row.value)) {
            break;
        }
        let dots = if pair.cut { "\n…" } else { "" };
        let long = clip(&pair.value, usize::MAX).0 + dots;
        if cut && room.takes(ROW_HTML_BYTES + escaped_len(&long)) {
            row.long = Some(long);
        }
        shown.push(row);
    }
    let left = count - shown.len();
    (shown, left)
}

#[cfg(test)]
impl TensorsView {
    pub(crate) fn sample() -> TensorsView {
        use crate::web::samples::{HOSTILE, href, text};
        let tensor =
            |title| TensorView { name: text(), title, dtype: text(), shape: text(), size: Bytes(4200) };
        let pair = |long| PairView { key: text(), kind: text(), value: text(), long };
        TensorsView {
            facts: vec![(HOSTILE, text())],
            remarks: vec![text()],
            rows: vec![tensor(Some(text())), tensor(None)],
            which: text(),
            find: text(),
            here: href(),
            first: Some(href()),
            next: Some(href()),
            pairs: vec![pair(Some(text())), pair(None)],
            pairs_left: 7,
        }
    }
}
