//! What names the tensors of a file, and its chunks, while its bytes go by once.

use std::collections::BTreeMap;
use std::ops::Range;

use seedcorn_content::xet::chunk::Chunker;
use seedcorn_core::lineage::{Print, Tensor};
use seedcorn_formats::{gguf, safetensors};

/// A tensor that lies somewhere in a file.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) name: String,
    pub(crate) dtype: String,
    pub(crate) shape: Vec<u64>,
    pub(crate) at: Range<u64>,
    /// Bytes after which a tensor of one number begins again.
    step: usize,
}

/// Bytes of the longest number: patterns of so many bytes are looked for where the length of one is not known.
const STEP_MAX: usize = 8;
/// Different numbers of a tensor that says nothing.
const FEW_MAX: usize = 16;

impl Placed {
    /// How many numbers it holds.
    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().fold(1, |product: u64, size| product.saturating_mul(*size))
    }

    /// Those of a safetensors file.
    pub(crate) fn of_safetensors(header: safetensors::Header) -> Vec<Placed> {
        let placed = |tensor: safetensors::Tensor| Placed {
            step: tensor.dtype.bits().map_or(STEP_MAX, |bits| (bits as usize / 8).clamp(1, STEP_MAX)),
            name: tensor.name,
            dtype: tensor.dtype.name().to_ascii_uppercase(),
            shape: tensor.shape,
            at: tensor.at,
        };
        in_order(header.tensors.into_iter().map(placed).collect())
    }

    /// Those of a GGUF file.
    pub(crate) fn of_gguf(header: gguf::Header) -> Vec<Placed> {
        let placed = |tensor: gguf::Tensor| Placed {
            dtype: tensor.kind.name().unwrap_or("?").to_ascii_uppercase(),
            name: tensor.name,
            shape: tensor.shape,
            at: tensor.at,
            step: STEP_MAX,
        };
        in_order(header.tensors.into_iter().map(placed).collect())
    }
}

/// As they lie in the file. What lies over another is left out: bytes go by once.
fn in_order(mut placed: Vec<Placed>) -> Vec<Placed> {
    placed.sort_by_key(|tensor| (tensor.at.start, tensor.at.end));
    let mut end = 0;
    placed.retain(|tensor| {
        let apart = tensor.at.start >= end;
        end = end.max(tensor.at.end);
        apart
    });
    placed
}

/// Goes along with the bytes of one file.
pub(crate) struct Trace {
    placed: Vec<Placed>,
    /// The tensor that is open or comes next.
    next: usize,
    at: u64,
    hash: blake3::Hasher,
    /// The different numbers of the open tensor, as long as they are few, and the bytes of one that is not whole yet.
    few: Vec<[u8; STEP_MAX]>,
    open: Vec<u8>,
    plain: bool,
    found: Vec<Tensor>,
    chunks: Option<Chunks>,
}

/// The chunks of a file.
struct Chunks {
    chunker: Chunker,
    hash: blake3::Hasher,
    /// Whether the open one has nothing but zeros so far.
    zeros: bool,
    found: BTreeMap<Print, u64>,
}

impl Trace {
    /// For a file with such tensors; with or without its chunks.
    pub(crate) fn new(placed: Vec<Placed>, with_chunks: bool) -> Trace {
        Trace {
            placed,
            next: 0,
            at: 0,
            hash: blake3::Hasher::new(),
            few: Vec::new(),
            open: Vec::new(),
            plain: true,
            found: Vec::new(),
            chunks: with_chunks.then(Chunks::new),
        }
    }

    /// Whether there are tensors whose bytes are still to come.
    pub(crate) fn is_open(&self) -> bool {
        self.next < self.placed.len()
    }

    /// Takes the next bytes of the file.
    pub(crate) fn take(&mut self, piece: &[u8]) {
        if let Some(chunks) = &mut self.chunks {
            chunks.take(piece);
        }
        let (begin, end) = (self.at, self.at + piece.len() as u64);
        self.at = end;
        while let Some(tensor) = self.placed.get(self.next) {
            let at = tensor.at.clone();
            if at.start >= end && at.end > end {
                break;
            }
            let within = |place: u64| (place.clamp(begin, end) - begin) as usize;
            let part = &piece[within(at.start)..within(at.end)];
            self.take_part(part);
            if at.end > end {
                break;
            }
            self.close();
        }
    }

    fn take_part(&mut self, part: &[u8]) {
        self.hash.update(part);
        let Some(step) = self.placed.get(self.next).map(|tensor| tensor.step) else { return };
        let mut rest = part;
        while self.plain && !rest.is_empty() {
            let missing = step.saturating_sub(self.open.len()).min(rest.len());
            let (head, tail) = rest.split_at(missing);
            self.open.extend_from_slice(head);
            rest = tail;
            if self.open.len() < step {
                return;
            }
            let mut number = [0; STEP_MAX];
            number[..step].copy_from_slice(&self.open);
            self.open.clear();
            if !self.few.contains(&number) {
                self.plain = self.few.len() < FEW_MAX;
                self.few.push(number);
            }
        }
    }

    fn close(&mut self) {
        let tensor = &self.placed[self.next];
        self.found.push(Tensor {
            name: tensor.name.clone(),
            dtype: tensor.dtype.clone(),
            shape: tensor.shape.clone(),
            bytes: tensor.at.end - tensor.at.start,
            print: half(&self.hash.finalize()),
            plain: self.plain,
        });
        self.next += 1;
        self.hash.reset();
        self.few.clear();
        self.open.clear();
        self.plain = true;
    }

    /// What was found: tensors in the order in which they lie, those of them that the file ends before left out; chunks by what
    /// names them.
    pub(crate) fn end(self) -> (Vec<Tensor>, BTreeMap<Print, u64>) {
        (self.found, self.chunks.map(Chunks::end).unwrap_or_default())
    }
}

impl Chunks {
    fn new() -> Chunks {
        Chunks {
            chunker: Chunker::default(),
            hash: blake3::Hasher::new(),
            zeros: true,
            found: BTreeMap::new(),
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.zeros &= bytes.iter().all(|byte| *byte == 0);
    }

    fn take(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let open = self.chunker.open_bytes();
            match self.chunker.next(piece) {
                Some(end) => {
                    self.hash(&piece[..end]);
                    self.close(open + end);
                    piece = &piece[end..];
                }
                None => {
                    self.hash(piece);
                    return;
                }
            }
        }
    }

    fn close(&mut self, bytes: usize) {
        // Nothing over and over is everybody's.
        if !std::mem::replace(&mut self.zeros, true) {
            self.found.insert(half(&self.hash.finalize()), bytes as u64);
        }
        self.hash.reset();
    }

    fn end(mut self) -> BTreeMap<Print, u64> {
        let open = self.chunker.finish();
        if open > 0 {
            self.close(open);
        }
        self.found
    }
}

/// The half of a hash that names something.
pub(crate) fn half(hash: &blake3::Hash) -> Print {
    let mut print = [0; 16];
    print.copy_from_slice(&hash.as_bytes()[..16]);
    Print(print)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(name: &str, at: Range<u64>) -> Placed {
        Placed { name: name.into(), dtype: "F32".into(), shape: vec![(at.end - at.start) / 4], at, step: 4 }
    }

    #[test]
    fn pieces_of_any_length_come_to_the_same() {
        let bytes: Vec<u8> =
            (0..400_u32).flat_map(|n| if n < 100 { [1, 2, 3, 4] } else { (n * n).to_le_bytes() }).collect();
        let tensors = || {
            in_order(vec![
                placed("c", 1000..1600),
                placed("a", 0..400),
                placed("over", 8..16),
                placed("b", 404..404),
                placed("d", 1500..1501),
                placed("late", 1600..1604),
            ])
        };
        let whole = |piece: usize| {
            let mut trace = Trace::new(tensors(), true);
            bytes.chunks(piece).for_each(|piece| trace.take(piece));
            trace.end()
        };
        let (found, chunks) = whole(5000);
        let told: Vec<(&str, bool)> =
            found.iter().map(|tensor| (tensor.name.as_str(), tensor.plain)).collect();
        assert_eq!(told, [("a", true), ("b", true), ("c", false)], "a has one number, b none, c many");
        assert_eq!(found[2].print, half(&blake3::hash(&bytes[1000..1600])));
        assert_eq!(chunks.values().sum::<u64>(), 1600);
        for piece in [1, 3, 7, 64, 399, 401, 1599] {
            assert_eq!(whole(piece), (found.clone(), chunks.clone()), "{piece}");
        }
    }
}
