//! What a model is made of, as its signer says (OpenSSF Model Signing 1.0, `https://model_signing/signature/v1.0`).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::digest::Sha256;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bundle::Malformed;
use crate::statement::{self, Statement};

/// Files that are read of one.
const RESOURCES_MAX: usize = 100_000;
/// Paths that one leaves out.
const IGNORED_MAX: usize = 10_000;
/// What the predicate is called.
pub(crate) const PREDICATE: &str = "https://model_signing/signature/v1.0";
/// What signers leave out unless they say otherwise.
pub(crate) const LEFT_OUT: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

#[derive(Deserialize)]
struct Predicate {
    serialization: Serialization,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Serialization {
    method: String,
    hash_type: String,
    #[serde(default)]
    ignore_paths: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct Resource {
    algorithm: String,
    digest: String,
    name: String,
}

/// The order in which files are signed: folder by folder, as `model_signing` has it (`s/x` before `s!`).
pub fn as_signed(a: &str, b: &str) -> Ordering {
    a.split('/').cmp(b.split('/'))
}

/// What signers leave out unless they say otherwise, with all below it; and the signature itself.
pub fn is_left_out(path: &str) -> bool {
    LEFT_OUT
        .iter()
        .chain(&[crate::MODEL_SIG])
        .any(|left| path.strip_prefix(left).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// What a model is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Made {
    /// Of each file its path and SHA-256, in the signer's order.
    pub(crate) files: Vec<(String, Sha256)>,
    /// Paths that are left out, with all below them.
    ignored: BTreeSet<String>,
}

/// How files are not what a signer says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Difference {
    pub(crate) changed: Vec<String>,
    pub(crate) missing: Vec<String>,
    /// Those that are there and not signed.
    pub(crate) unsigned: Vec<String>,
}

/// Why one was not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unread {
    Malformed(String),
    /// It has digests that nobody keeps: files would have to be read for them.
    Unsupported(String),
}

impl From<Malformed> for Unread {
    fn from(malformed: Malformed) -> Unread {
        Unread::Malformed(malformed.0)
    }
}

impl Made {
    /// Reads what a statement says.
    pub(crate) fn read(statement: &Statement<'_>) -> Result<Made, Unread> {
        let malformed = |text: String| Err(Unread::Malformed(text));
        let predicate = statement.predicate.map_or("", |raw| raw.get());
        let predicate: Predicate = serde_json::from_str(predicate)
            .map_err(|error| Unread::Malformed(format!("the predicate: {error}")))?;
        let Predicate { serialization, resources } = predicate;
        if (serialization.method.as_str(), serialization.hash_type.as_str()) != ("files", "sha256") {
            return Err(Unread::Unsupported(format!(
                "it has digests {} of {}: only SHA-256 of whole files is kept here",
                serialization.hash_type, serialization.method
            )));
        }
        if resources.is_empty()
            || resources.len() > RESOURCES_MAX
            || serialization.ignore_paths.len() > IGNORED_MAX
        {
            return malformed(format!("it names {} files", resources.len()));
        }
        let (mut files, mut seen) = (Vec::with_capacity(resources.len()), BTreeSet::new());
        for resource in &resources {
            if resource.algorithm != "sha256" {
                return malformed(format!("{:?} has a digest {:?}", resource.name, resource.algorithm));
            }
            if !is_path(&resource.name) {
                return malformed(format!("{:?} is no path of a file in a model", resource.name));
            }
            let Some(digest) = sha256(&resource.digest) else {
                return malformed(format!("{:?} has a digest that is none", resource.name));
            };
            if !seen.insert(resource.name.as_str()) {
                return malformed(format!("{:?} is there twice", resource.name));
            }
            files.push((resource.name.clone(), digest));
        }
        let made = Made { files, ignored: serialization.ignore_paths.into_iter().collect() };
        let root = statement.subject.first().and_then(|subject| subject.digest.sha256.as_deref());
        if statement.subject.len() != 1 || root.and_then(sha256) != Some(made.root()) {
            return malformed("its root is not that of the files that it names".into());
        }
        Ok(made)
    }

    /// Of files that are there, but for what is left out.
    pub(crate) fn of(files: &BTreeMap<String, Sha256>, ignored: &[&str]) -> Made {
        let mut made =
            Made { files: Vec::new(), ignored: ignored.iter().map(|path| (*path).to_owned()).collect() };
        let kept = files.iter().filter(|(path, _)| !made.ignores(path));
        made.files = kept.map(|(path, digest)| (path.clone(), *digest)).collect();
        made.files.sort_by(|(a, _), (b, _)| as_signed(a, b));
        made
    }

    /// The SHA-256 over the digests of all files, in their order.
    pub(crate) fn root(&self) -> Sha256 {
        Sha256::of(self.files.iter().flat_map(|(_, digest)| digest.0).collect::<Vec<u8>>())
    }

    /// The statement that says it of a model of a name.
    pub(crate) fn statement(&self, name: &str) -> String {
        let resources: Vec<Resource> = self
            .files
            .iter()
            .map(|(name, digest)| Resource {
                algorithm: "sha256".into(),
                digest: digest.to_string(),
                name: name.clone(),
            })
            .collect();
        json!({
            "_type": statement::TYPE,
            "subject": [{ "name": name, "digest": { "sha256": self.root().to_string() } }],
            "predicateType": PREDICATE,
            "predicate": {
                "serialization": {
                    "method": "files",
                    "hash_type": "sha256",
                    "allow_symlinks": false,
                    "ignore_paths": self.ignored,
                },
                "resources": resources,
            },
        })
        .to_string()
    }

    fn ignores(&self, path: &str) -> bool {
        self.ignored.contains(path)
            || path.match_indices('/').any(|(at, _)| self.ignored.contains(&path[..at]))
    }

    /// How files are not what it says. What is at `own`, where it lies itself, counts for nothing.
    pub(crate) fn differs(&self, files: &BTreeMap<String, Sha256>, own: &str) -> Difference {
        let mut difference = Difference::default();
        for (path, digest) in &self.files {
            match files.get(path) {
                None => difference.missing.push(path.clone()),
                Some(there) if there != digest => difference.changed.push(path.clone()),
                Some(_) => {}
            }
        }
        let signed: BTreeSet<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        let unsigned = files
            .keys()
            .filter(|path| !signed.contains(path.as_str()) && path.as_str() != own && !self.ignores(path));
        difference.unsigned = unsigned.cloned().collect();
        difference
    }
}

/// Reads lowercase hex of its exact length.
pub(crate) fn sha256(text: &str) -> Option<Sha256> {
    text.parse::<Sha256>().ok().filter(|digest| digest.to_string() == text)
}

/// Relative, with slashes, and of nothing but names.
fn is_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}
