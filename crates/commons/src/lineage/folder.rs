//! A work in a folder of this machine, read for its lineage.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use seedcorn_core::card::{self, Relation};
use seedcorn_core::credit::Kind;
use seedcorn_core::limits;
use seedcorn_core::lineage::{Near, Numbers, Side, architecture};
use seedcorn_formats::release::Opening;
use seedcorn_formats::{gguf, safetensors};
use serde_json::Value;

use super::marks::words;
use super::trace::{Placed, Trace, half};
use crate::grade::{self, BadFolder};

/// Bytes of a list of words.
const WORDS_BYTES_MAX: u64 = 256 << 20;
/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 20;
/// Numbers of each of two tensors that are compared: from their middles.
const NEAR_NUMBERS: u64 = 1 << 20;
/// Works that one says it builds upon.
const NAMED_MAX: usize = 256;

/// A work in a folder.
#[derive(Debug)]
pub(super) struct Work {
    /// What of it is compared.
    pub(super) side: Side,
    /// What could not be read, a line each.
    pub(super) left: Vec<String>,
    root: PathBuf,
    /// Where each tensor lies: its file and its bytes in it.
    places: Vec<(usize, Range<u64>)>,
    files: Vec<String>,
}

/// Reads all bytes of a folder once.
///
/// # Errors
/// [`BadFolder`] if the folder itself cannot be read. A file that cannot be is said.
pub(super) fn read(root: &Path) -> Result<Work, BadFolder> {
    let (paths, left) = grade::paths(root)?;
    let mut work =
        Work { side: Side::default(), left, root: root.to_owned(), places: Vec::new(), files: Vec::new() };
    for path in paths {
        if let Err(error) = work.read_file(&path) {
            work.left.push(format!("{path} cannot be read: {error}"));
        }
    }
    Ok(work)
}

impl Work {
    fn read_file(&mut self, path: &str) -> io::Result<()> {
        let mut file = File::open(self.root.join(path))?;
        let bytes = file.metadata()?.len();
        let name = path.rsplit('/').next().unwrap_or(path);
        self.read_settings(path, name, &file, bytes)?;
        let placed = self.placed(path, name, &file, bytes)?;
        let ranges: Vec<Range<u64>> = placed.iter().map(|tensor| tensor.at.clone()).collect();
        // Weights are compared by their tensors; a licence is everybody's.
        let opening = Opening::new(path, bytes);
        let is_weights = name.ends_with(".safetensors") || name.ends_with(".gguf");
        let with_chunks = !is_weights && !opening.is_license();
        let mut trace = Trace::new(placed, with_chunks);
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => trace.take(&piece[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (tensors, chunks) = trace.end();
        let n = self.files.len();
        self.places.extend(ranges.into_iter().take(tensors.len()).map(|at| (n, at)));
        self.files.push(path.to_owned());
        self.side.tensors.extend(tensors);
        self.side.chunks.extend(chunks);
        Ok(())
    }

    /// The tensors of a file, if it has any.
    fn placed(&mut self, path: &str, name: &str, file: &File, bytes: u64) -> io::Result<Vec<Placed>> {
        let header = if name.ends_with(".safetensors") {
            safetensors_header(file, bytes)?
        } else if name.ends_with(".gguf") {
            gguf_header(file, bytes)?
        } else {
            return Ok(Vec::new());
        };
        Ok(header.unwrap_or_else(|why| {
            self.left.push(format!("{path}: {why}"));
            Vec::new()
        }))
    }

    /// What a file says of the whole work.
    fn read_settings(&mut self, path: &str, name: &str, file: &File, bytes: u64) -> io::Result<()> {
        let at_top = path == name;
        match name {
            "config.json" if at_top && bytes <= limits::LINEAGE_TEXT_BYTES_MAX => {
                if let Ok(config) = serde_json::from_slice::<Value>(&whole(file, bytes)?) {
                    self.side.architecture = Some(architecture(&config));
                }
            }
            "adapter_config.json" if bytes <= limits::LINEAGE_TEXT_BYTES_MAX => {
                let config: Value = serde_json::from_slice(&whole(file, bytes)?).unwrap_or_default();
                let base = config.get("base_model_name_or_path").and_then(Value::as_str);
                self.name(base.map(str::to_owned), Kind::Adapter);
            }
            "README.md" if at_top && bytes <= limits::LINEAGE_TEXT_BYTES_MAX => {
                let text = whole(file, bytes)?;
                let text = String::from_utf8_lossy(&text);
                let Some(Ok(metadata)) = card::split(&text).yaml.map(card::metadata) else { return Ok(()) };
                self.name(
                    card::texts(&metadata, "base_model").map(str::to_owned),
                    Relation::of(&metadata).into(),
                );
                self.name(card::texts(&metadata, "datasets").map(str::to_owned), Kind::Dataset);
            }
            "tokenizer.json" if at_top && bytes <= WORDS_BYTES_MAX => {
                self.side.words = Some(words(&whole(file, bytes)?));
            }
            "tokenizer.model" | "vocab.txt" | "vocab.json"
                if at_top && self.side.words.is_none() && bytes <= WORDS_BYTES_MAX =>
            {
                self.side.words = Some(half(&blake3::hash(&whole(file, bytes)?)));
            }
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self, names: impl IntoIterator<Item = String>, kind: Kind) {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            if self.side.named.len() < NAMED_MAX && !self.side.named.contains(&(name.clone(), kind)) {
                self.side.named.push((name, kind));
            }
        }
    }

    /// Numbers out of the middle of a tensor, if they are written in a way that is read.
    fn middle(&self, tensor: usize) -> Option<Vec<f64>> {
        let (file, at) = &self.places[tensor];
        let tensor = &self.side.tensors[tensor];
        let numbers = Numbers::named(&tensor.dtype)?;
        let middle = numbers.middle(tensor.elements(), at, NEAR_NUMBERS)?;
        let mut bytes = vec![0; usize::try_from(middle.end - middle.start).ok()?];
        File::open(self.root.join(&self.files[*file])).ok()?.read_exact_at(&mut bytes, middle.start).ok()?;
        Some(numbers.read(&bytes))
    }
}

/// How near a tensor of one work lies to one of another of as many numbers: a sample from their middles.
pub(super) fn near(a: (&Work, usize), b: (&Work, usize)) -> Near {
    let mut near = Near::default();
    if let (Some(one), Some(other)) = (a.0.middle(a.1), b.0.middle(b.1)) {
        near.add(&one, &other);
    }
    near
}

fn whole(file: &File, bytes: u64) -> io::Result<Vec<u8>> {
    let mut all = vec![0; usize::try_from(bytes).unwrap_or_default()];
    file.read_exact_at(&mut all, 0)?;
    Ok(all)
}

/// Tensors, or why there are none.
type Header = Result<Vec<Placed>, String>;

fn safetensors_header(file: &File, bytes: u64) -> io::Result<Header> {
    let first = whole(file, bytes.min(safetensors::LENGTH_BYTES))?;
    let length = match safetensors::header_bytes(&first, bytes) {
        Ok(length) => length,
        Err(why) => return Ok(Err(why.to_string())),
    };
    let mut json = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact_at(&mut json, safetensors::LENGTH_BYTES)?;
    Ok(safetensors::parse(&json, bytes).map(Placed::of_safetensors).map_err(|why| why.to_string()))
}

fn gguf_header(file: &File, bytes: u64) -> io::Result<Header> {
    let mut want = gguf::FIRST_BYTES;
    loop {
        let head = whole(file, want.min(bytes))?;
        match gguf::read(&head, bytes) {
            Ok(gguf::Reading::Whole(header)) => return Ok(Ok(Placed::of_gguf(header))),
            Ok(gguf::Reading::More(more)) if more > want => want = more,
            Ok(gguf::Reading::More(_)) => return Ok(Err("its header does not end".to_owned())),
            Err(why) => return Ok(Err(why.to_string())),
        }
    }
}
