//! The files of a release, each read as what its name says: which bytes are wanted of it, one range after the other, and what
//! they come to. Weights are read no further than their headers, and nothing is run.

mod kept;

use std::ops::Range;

use seedcorn_core::openness::held::Held;
use seedcorn_core::openness::mot::Configuration;
use seedcorn_core::openness::seen::Reading;
use seedcorn_core::openness::{LicenseText, Restriction, code, prose};
use seedcorn_core::pointer::{POINTER_BYTES_MAX, Pointer};
use seedcorn_core::{card, limits};
use serde_json::Value;

use self::kept::kept;
use crate::license_text::{self, LICENSE_TEXT_BYTES_MAX};
use crate::limits::{GGUF_FIRST_BYTES, SAFETENSORS_INDEX_BYTES_MAX};
use crate::{gguf, safetensors};

/// Bytes that a PDF with one page of text has at least: catalogue, page, font, words and table of places.
const PDF_BYTES_MIN: u64 = 600;

/// Bytes at the end of a PDF in which it says where its table of places is.
const PDF_TAIL_BYTES: u64 = 2048;

/// What is to be done next with a file.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Fetch these bytes and hand them in.
    Need(Range<u64>),
    /// It is read.
    Done(Reading),
}

/// What a file's name promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Promise {
    Safetensors,
    Gguf,
    Index,
    License,
    Card,
    Claims,
    Code,
    Pdf,
    Prose,
    Json,
    Yaml,
    /// Weights of other kinds, of which no more is looked at than how they begin.
    Closed,
    /// Data that say themselves which columns they have, of which no more is looked at either.
    Columns,
    /// Other data, which are opened only where they are short enough to be pointers.
    Data,
}

/// A file on its way to being read.
#[derive(Debug)]
pub struct Opening {
    path: String,
    bytes: u64,
    promise: Option<Promise>,
    /// The length of the header of a safetensors file, once it is known; something once the head of a PDF was seen.
    header: Option<u64>,
    begun: bool,
}

fn promise(path: &str) -> Option<Promise> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let ends = |ending: &str| name.ends_with(ending);
    Some(match name {
        _ if ends(".safetensors") => Promise::Safetensors,
        _ if ends(".gguf") => Promise::Gguf,
        _ if ends(".index.json") => Promise::Index,
        "readme.md" => Promise::Card,
        "mof.yml" | "mof.yaml" => Promise::Claims,
        _ if is_license(path, name) => Promise::License,
        _ if ends(".pdf") => Promise::Pdf,
        _ if lower.starts_with(".eval_results/") && (ends(".yaml") || ends(".yml")) => Promise::Yaml,
        "config.json" | "model_index.json" | "adapter_config.json" => Promise::Json,
        _ if ends(".json") && name.contains("croissant") => Promise::Json,
        "mergekit_config.yml" | "mergekit_config.yaml" | "merge_config.yml" | "merge_config.yaml" => {
            Promise::Yaml
        }
        "notice" | "notice.md" | "notice.txt" => Promise::Prose,
        _ if ends(".json") && (name.starts_with("results") || lower.contains("eval")) => Promise::Json,
        _ if (ends(".md") || ends(".txt"))
            && (name.starts_with("datasheet") || name.starts_with("data_card")) =>
        {
            Promise::Prose
        }
        _ if code::is_code(path) => Promise::Code,
        _ if [".bin", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".onnx", ".msgpack", ".npz", ".nemo"]
            .iter()
            .any(|e| ends(e)) =>
        {
            Promise::Closed
        }
        _ if [".parquet", ".arrow", ".feather"].iter().any(|e| ends(e)) => Promise::Columns,
        _ if [".csv", ".tsv", ".jsonl", ".ndjson", ".gz", ".zst", ".zip", ".tar"].iter().any(|e| ends(e)) => {
            Promise::Data
        }
        _ => return None,
    })
}

/// Endings of files that are no licence, whatever their names begin with.
const NO_LICENSE: &[&str] =
    &["csv", "tsv", "json", "jsonl", "parquet", "yaml", "yml", "png", "jpg", "jpeg", "svg", "css", "lock"];

/// Whether a file is a licence by its name: it begins or ends with the word, as `LICENSE.txt` and `MODEL_LICENSE` do.
fn is_license(path: &str, name: &str) -> bool {
    let known = ["license", "licence", "licenses", "licences", "lizenz", "licencia", "copying", "unlicense"];
    let legal = ["eula", "terms", "agreement", "nutzungsbedingungen"];
    let unspaced = ["许可", "授权", "協議", "协议", "条款", "ライセンス", "利用規約", "라이선스", "лиценз"];
    // How a project tells the terms of its files one by one (REUSE 3.3), and each licence's text in a folder of them.
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder.rsplit('/').next().unwrap_or(folder));
    let of_licenses = ["licenses", "licences"].contains(&folder.to_ascii_lowercase().as_str());
    if name == "reuse.toml" || path == ".reuse/dep5" {
        return true;
    }
    // Words that stand in many other names are meant so where they come first, or at the top.
    let first = |word: &&str| name.starts_with(*word) && !name.contains("terms_") || !path.contains('/');
    let word = |word: &&str| known.contains(word) || (legal.contains(word) && first(word));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let text = ["md", "txt", "rst", "html", "pdf"].contains(&ending);
    let stem = if text { name.rsplit_once('.').map_or(name, |(stem, _)| stem) } else { name };
    let mut words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // What is called just so at the top is meant as one, whatever its ending says.
    let bare = name.split('.').next().unwrap_or_default();
    let plain = !path.contains('/') && known.contains(&bare);
    let listed = of_licenses && (text || !name.contains('.') || ending.parse::<u8>().is_ok());
    plain
        || listed
        || unspaced.iter().any(|word| name.contains(word) && (text || !name.contains('.')))
        || (!code::is_code(path) && !NO_LICENSE.contains(&ending) && words.any(|one| word(&one)))
}

impl Opening {
    /// Of a file of so many bytes.
    pub fn new(path: &str, bytes: u64) -> Opening {
        Opening { path: path.to_owned(), bytes, promise: promise(path), header: None, begun: false }
    }

    /// Whether its name is that of weights, which are told from others even where they are not opened.
    pub fn is_weights(&self) -> bool {
        matches!(self.promise, Some(Promise::Safetensors | Promise::Gguf | Promise::Closed))
    }

    /// Whether its name is that of a licence: one that is not read still says something.
    pub fn is_license(&self) -> bool {
        self.promise == Some(Promise::License)
    }

    /// Whether it decides more than others do, so that it is read before them.
    pub fn is_first(&self) -> bool {
        matches!(self.promise, Some(Promise::License | Promise::Card | Promise::Claims))
    }

    /// Takes the bytes that were asked for last, and tells what is next. The first call has none.
    pub fn step(&mut self, got: &[u8]) -> Step {
        let Some(promise) = self.promise else { return Step::Done(Reading::Unread) };
        if !self.begun {
            self.begun = true;
            return self.begin(promise);
        }
        // A pointer stands where a file is not.
        let may_be = self.is_weights() || matches!(promise, Promise::Columns | Promise::Data);
        if may_be && self.bytes <= POINTER_BYTES_MAX as u64 && Pointer::parse(got).is_some() {
            return Step::Done(Reading::Pointer);
        }
        match promise {
            Promise::Safetensors => self.safetensors(got),
            Promise::Gguf => self.gguf(got),
            Promise::Closed => Step::Done(closed(&self.path, got, self.bytes)),
            Promise::Columns => Step::Done(columns(got, self.bytes)),
            Promise::Data => Step::Done(Reading::Unread),
            Promise::Index => Step::Done(index(got)),
            Promise::Pdf => self.pdf(got),
            _ => Step::Done(self.text(promise, got)),
        }
    }

    fn begin(&self, promise: Promise) -> Step {
        let most = match promise {
            Promise::Safetensors if self.bytes > POINTER_BYTES_MAX as u64 => 8,
            Promise::Gguf => GGUF_FIRST_BYTES,
            Promise::Data if self.bytes > POINTER_BYTES_MAX as u64 => return Step::Done(Reading::Unread),
            Promise::Safetensors | Promise::Closed | Promise::Columns | Promise::Data => {
                POINTER_BYTES_MAX as u64
            }
            Promise::Pdf => POINTER_BYTES_MAX as u64,
            Promise::Index => SAFETENSORS_INDEX_BYTES_MAX as u64,
            Promise::License => LICENSE_TEXT_BYTES_MAX as u64 + 1,
            Promise::Code
            | Promise::Prose
            | Promise::Json
            | Promise::Yaml
            | Promise::Card
            | Promise::Claims => limits::GRADED_TEXT_BYTES_MAX,
        };
        if self.bytes == 0 {
            return Step::Done(match promise {
                Promise::Safetensors | Promise::Gguf => Reading::Unreadable("it is empty".into()),
                _ => Reading::Unread,
            });
        }
        Step::Need(0..self.bytes.min(most))
    }

    /// A PDF begins with its version and ends with where its table of places is (ISO 32000-1, 7.5).
    fn pdf(&mut self, got: &[u8]) -> Step {
        let odd = |why: &str| Step::Done(Reading::Odd(why.to_owned()));
        if self.header.is_some() {
            let ends = got.windows(9).any(|window| window == b"startxref");
            return if ends { Step::Done(Reading::Pdf) } else { odd("it does not end as a PDF does") };
        }
        if !got.starts_with(b"%PDF-") {
            return odd("it is no PDF");
        }
        if self.bytes < PDF_BYTES_MIN {
            return odd("it is too short for a page");
        }
        self.header = Some(0);
        Step::Need(self.bytes.saturating_sub(PDF_TAIL_BYTES)..self.bytes)
    }

    fn safetensors(&mut self, got: &[u8]) -> Step {
        let Some(header) = self.header else {
            return match safetensors::header_bytes(got, self.bytes) {
                Ok(bytes) => {
                    self.header = Some(bytes);
                    Step::Need(8..8 + bytes)
                }
                Err(why) => Step::Done(Reading::Unreadable(why.to_string())),
            };
        };
        if got.len() as u64 != header {
            return Step::Done(Reading::Unreadable("its header ends early".into()));
        }
        Step::Done(match safetensors::parse(got, self.bytes) {
            Ok(header) if header.tensors.is_empty() => Reading::Unreadable("it has no tensors".into()),
            Ok(_) if self.bytes <= 8 + header => Reading::Unreadable("its tensors are empty".into()),
            Ok(header) => Reading::Weights {
                tensors: header.tensors.len() as u64,
                architecture: None,
                license: None,
                bases: Vec::new(),
            },
            Err(why) => Reading::Unreadable(why.to_string()),
        })
    }

    fn gguf(&mut self, got: &[u8]) -> Step {
        match gguf::read(got, self.bytes) {
            Ok(gguf::Reading::More(bytes)) if bytes > got.len() as u64 => {
                Step::Need(0..bytes.min(self.bytes))
            }
            Ok(gguf::Reading::More(_)) => Step::Done(Reading::Unreadable("its header ends early".into())),
            Ok(gguf::Reading::Whole(header)) if header.tensors.is_empty() => {
                Step::Done(Reading::Unreadable("it has no tensors".into()))
            }
            Ok(gguf::Reading::Whole(header)) => {
                let architecture = header.architecture().map(|name| name.chars().take(100).collect());
                Step::Done(Reading::Weights {
                    tensors: header.tensors.len() as u64,
                    architecture,
                    license: said(&header, "general.license"),
                    bases: bases(&header),
                })
            }
            Err(why) => Step::Done(Reading::Unreadable(why.to_string())),
        }
    }

    fn text(&self, promise: Promise, got: &[u8]) -> Reading {
        if promise == Promise::License {
            // One that cannot be read is still there: it is not taken for none.
            let text = String::from_utf8_lossy(got);
            let name = self.path.rsplit('/').next().unwrap_or_default();
            return Reading::License(match name {
                _ if text.contains('\0') => LicenseText::default(),
                "REUSE.toml" | "dep5" => license_text::reuse(&text),
                _ => license_text::read(&text),
            });
        }
        let Ok(text) = std::str::from_utf8(whole_characters(got)) else {
            return Reading::Odd("it is no text".into());
        };
        if text.contains('\0') {
            return Reading::Odd("it is no text".into());
        }
        let cut = self.bytes > got.len() as u64;
        match promise {
            Promise::Card => {
                let parts = card::split(text);
                let metadata = match parts.yaml.map_or_else(|| Ok(card::Metadata::new()), card::metadata) {
                    Ok(metadata) => metadata,
                    // What it says of its terms is not known, and that is not nothing.
                    Err(why) => return Reading::Odd(why.to_string()),
                };
                let before = text.len() - parts.body.len();
                let line = text.get(..before).unwrap_or_default().matches('\n').count() + 1;
                let mut prose = prose::read(parts.body, u32::try_from(line).unwrap_or(1));
                if cut {
                    // What stands behind the end may hold something back.
                    prose.held.push(Held {
                        line: u32::try_from(text.matches('\n').count() + 1).unwrap_or(u32::MAX),
                        what: Restriction::Custom,
                        said: "more than is read of a card".to_owned(),
                    });
                }
                Reading::Card(metadata, prose)
            }
            Promise::Prose => Reading::Prose(prose::read(text, 1)),
            Promise::Code => Reading::Code(code::read(&self.path, text, license_text::identifier(text))),
            _ if cut => Reading::Odd("it is too long to be read".into()),
            Promise::Claims => Reading::Claims(Configuration::read(text).map_err(|why| why.to_string())),
            Promise::Yaml => match card::metadata(&format!("it:\n{}", indented(text))) {
                Ok(map) => Reading::Data(map.get("it").cloned().unwrap_or(Value::Null)),
                Err(why) => Reading::Odd(why.to_string()),
            },
            _ => match serde_json::from_str(text) {
                Ok(value) => Reading::Data(kept(value)),
                Err(_) => Reading::Odd("it is no JSON".into()),
            },
        }
    }
}

/// A text in the metadata of a GGUF file.
fn said(header: &gguf::Header, key: &str) -> Option<String> {
    let text: String = header.value(key)?.text()?.chars().take(200).collect();
    (!text.trim().is_empty()).then_some(text)
}

/// Models that a GGUF file says it was made from (GGUF specification, `general.base_model`).
fn bases(header: &gguf::Header) -> Vec<String> {
    let of_one = |n: usize| {
        let repo = said(header, &format!("general.base_model.{n}.repo_url"));
        let name = || {
            let owner = said(header, &format!("general.base_model.{n}.organization"))?;
            Some(format!("{owner}/{}", said(header, &format!("general.base_model.{n}.name"))?))
        };
        let repo = repo.map(|url| url.trim_start_matches("https://huggingface.co/").to_owned());
        repo.or_else(name)
    };
    (0..GGUF_BASES_MAX).map_while(of_one).collect()
}

/// Models that a GGUF file names as its bases, at most.
const GGUF_BASES_MAX: usize = 16;

/// A list of results, or one of them, as the value of a key: the reader takes mappings alone.
fn indented(text: &str) -> String {
    text.lines().filter(|line| *line != "---").map(|line| format!("  {line}\n")).collect()
}

/// How files of weights begin that are not read here; what begins otherwise is none.
fn closed(path: &str, got: &[u8], bytes: u64) -> Reading {
    const LEAST: u64 = 256;
    let lower = path.to_ascii_lowercase();
    let begins = |marks: &[&[u8]]| marks.iter().any(|mark| got.starts_with(mark));
    let sound = match lower.rsplit('.').next().unwrap_or_default() {
        // A zip archive, or a pickle of protocol 2 to 5.
        "bin" | "pt" | "pth" | "ckpt" => {
            begins(&[b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"])
        }
        "h5" => begins(&[b"\x89HDF"]),
        "keras" | "npz" => begins(&[b"PK\x03\x04"]),
        "onnx" => begins(&[b"\x08"]),
        "nemo" => begins(&[b"\x1f\x8b"]) || got.get(257..262) == Some(b"ustar"),
        "msgpack" => got.first().is_some_and(|first| matches!(first, 0x80..=0x8f | 0xde | 0xdf)),
        _ => true,
    };
    match sound && bytes >= LEAST {
        true => Reading::Unread,
        false => Reading::Unreadable("it does not begin as weights of its kind do".into()),
    }
}

/// Parquet, Arrow and Feather say at their beginning what they are.
fn columns(got: &[u8], bytes: u64) -> Reading {
    /// Magic, one page and a footer.
    const LEAST: u64 = 64;
    match bytes >= LEAST && [&b"PAR1"[..], b"ARROW1", b"FEA1"].iter().any(|mark| got.starts_with(mark)) {
        true => Reading::Unread,
        false => Reading::Unreadable("it does not begin as data of its kind do".into()),
    }
}

fn index(got: &[u8]) -> Reading {
    match safetensors::index(got) {
        Ok(index) => Reading::Shards(index.files),
        Err(why) => Reading::Odd(why.to_string()),
    }
}

/// The bytes without the beginning of a character that was cut off.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let start = bytes.len().saturating_sub(4);
    let tail = bytes.get(start..).unwrap_or_default();
    let good = (0..=tail.len()).rev().find(|end| std::str::from_utf8(&bytes[..start + end]).is_ok());
    good.map_or(bytes, |end| &bytes[..start + end])
}
