//! Where something lies that is looked into: what its name promises, how deep it is in others, and how much may come out of all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seedcorn_core::scan::{Found, Verdict};

/// Archives in archives that are looked into.
const DEPTH_MAX: u32 = 5;
/// Bytes that may come out of one file, with all that is in it.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;
/// Endings of files that are unpickled by what is usually done with them.
const PICKLES: [&str; 9] = ["ckpt", "dill", "joblib", "pck", "pickle", "pkl", "pt", "pth", "sav"];

/// Models that may hold functions, and are not looked into: their endings.
const MODELS: [(&str, &str); 3] = [("keras", "Keras"), ("pb", "TensorFlow"), ("skops", "skops")];

/// Where something lies.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Whether its name promises a pickle: never that it is harmless, but that it has to be readable as one.
    pub(super) is_pickle: bool,
    /// The way in which a model is written that is not looked into, if its name promises one.
    closed: Option<&'static str>,
    depth: u32,
    unpacked: Arc<AtomicU64>,
    /// Opcodes of all pickles in it.
    pub(super) opcodes: Arc<AtomicU64>,
}

impl Place {
    /// A file by its path.
    pub(super) fn of(path: &str) -> Place {
        Place { is_pickle: promises_pickle(path), closed: closed(path), ..Place::default() }
    }

    /// Something in an archive.
    pub(super) fn within(&self, name: &str) -> Place {
        Place { is_pickle: promises_pickle(name), closed: closed(name), ..self.packed() }
    }

    /// What is packed here, under the same name.
    pub(super) fn packed(&self) -> Place {
        Place { depth: self.depth + 1, ..self.clone() }
    }

    /// Whether too much is packed in each other.
    pub(super) fn is_too_deep(&self) -> bool {
        self.depth > DEPTH_MAX
    }

    /// Adds what follows from its name to what was found in it.
    pub(super) fn judge(&self, found: &mut Found) {
        if let Some(way) = self.closed {
            let why = format!("a model of {way} may hold functions, and is not looked into");
            found.add(Verdict::Unscannable, why);
        }
    }

    /// Counts bytes that come out.
    pub(super) fn unpack(&self, bytes: usize) {
        self.unpacked.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Whether more may come out.
    pub(super) fn is_full(&self) -> bool {
        self.unpacked.load(Ordering::Relaxed) > UNPACKED_BYTES_MAX
    }
}

/// As what a file is looked into, by its name: the same bytes may be clean as one thing and not as another.
pub fn read_as(path: &str) -> &'static str {
    match promises_pickle(path) {
        true => "pickle",
        false => closed(path).or_else(|| super::told::read_as(path)).unwrap_or("any"),
    }
}

/// Every such way.
pub const WAYS: [&str; 9] =
    ["any", "pickle", "Keras", "TensorFlow", "skops", "safetensors", "GGUF", "template", "config"];

/// The way in which a model is written that is not looked into, by its name.
fn closed(path: &str) -> Option<&'static str> {
    MODELS.iter().find(|(known, _)| ending(path) == *known).map(|(_, way)| *way)
}

fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default()
}

/// Whether the name of a file promises a pickle: then it has to be readable as one.
fn promises_pickle(path: &str) -> bool {
    PICKLES.contains(&ending(path).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise() {
        for name in ["a.pkl", "x/data.PKL", "model.ckpt", "a.b.pt"] {
            assert!(promises_pickle(name), "{name}");
        }
        assert_eq!((closed("a/saved_model.pb"), closed("a.pbx")), (Some("TensorFlow"), None));
        assert_eq!(["a.pkl", "a.keras", "a.zip"].map(read_as), ["pickle", "Keras", "any"]);
        for name in ["README.md", "pkl", "model.safetensors", "a.pkl/b", "pytorch_model.bin"] {
            assert!(!promises_pickle(name), "{name}");
        }
    }

    #[test]
    fn there_is_an_end_to_how_deep_and_how_much() {
        let place = Place::of("a.pkl");
        let deep = (0..5).fold(place.clone(), |place, _| place.packed());
        assert!(!deep.is_too_deep() && deep.packed().is_too_deep());
        assert!(deep.is_pickle && !deep.within("a.txt").is_pickle);
        deep.unpack(1 << 30);
        assert!(!place.is_full());
        place.within("b").unpack(1);
        assert!(deep.is_full(), "all in one file count together");
    }
}
