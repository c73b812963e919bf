//! A release as it was read: which files there are, what each was read as, and what it names elsewhere. Whoever reads a
//! folder or a commit makes one of these; everything after it is pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::code::Signals;
use super::mot::Configuration;
use super::prose::Prose;
use super::terms::Terms;
use super::text::LicenseText;
use crate::card::{self, Metadata};
use crate::lineage;

/// What a file was read as.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Reading {
    /// It was not opened: its name and size are all that is known.
    #[default]
    Unread,
    /// Weights whose header lists tensors.
    Weights {
        /// How many.
        tensors: u64,
        /// The architecture that the header names (`general.architecture` of GGUF).
        architecture: Option<String>,
        /// The licence that the header names (`general.license` of GGUF).
        license: Option<String>,
        /// The models that the header says it was made from (`general.base_model.…` of GGUF).
        bases: Vec<String>,
    },
    /// A list of files that are the weights together; paths beside it.
    Shards(Vec<String>),
    /// Weights that cannot be read, and why.
    Unreadable(String),
    /// A pointer to a large file that is not there.
    Pointer,
    /// A licence.
    License(LicenseText),
    /// Code.
    Code(Signals),
    /// A PDF by its first bytes.
    Pdf,
    /// A text for people.
    Prose(Prose),
    /// The card: what it says to machines, if that can be read, and to people.
    Card(Metadata, Prose),
    /// The publisher's own list of parts, or what is wrong with it.
    Claims(Result<Configuration, String>),
    /// JSON or YAML, as a value.
    Data(Value),
    /// It could not be read as what its name says, or is too long for it.
    Odd(String),
}

/// A file of a release.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct File {
    /// Its path.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// What tells its content from others: a hash, or anything else that is the same for the same bytes; empty if nobody
    /// looked.
    pub content: String,
    /// What it was read as.
    pub reading: Reading,
}

impl File {
    /// The last part of its path, in lower case.
    pub fn name(&self) -> String {
        self.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// The folder that it is in; empty for the top.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Another revision of the release.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Revision {
    /// The branch's or tag's name.
    pub name: String,
    /// What its weights are told apart by.
    pub weights: BTreeSet<String>,
}

/// What a release may name elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Link {
    /// A data set that it was trained on.
    TrainingData,
    /// A data set that it was evaluated on.
    EvaluationData,
    /// A paper.
    Paper,
    /// Code.
    Code,
    /// A model that it builds on.
    Base,
    /// A data set that this one was made from.
    Source,
}

/// Something that a release names elsewhere.
#[derive(Clone, PartialEq, Debug)]
pub struct Linked {
    /// What it is to the release.
    pub link: Link,
    /// As the card has it.
    pub name: String,
    /// The release that was found under that name; none if it was not looked for, or is not here.
    pub found: Option<Box<Found>>,
}

/// A release that another one names.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// Where it is, as `datasets/ada/rows`.
    pub repo: String,
    /// At which commit it was read.
    pub commit: String,
    /// Its files are given on request.
    pub gated: bool,
    /// Its terms, as its own card and licence have them.
    pub terms: Option<Terms>,
    /// Its files, read as those of a release are.
    pub files: Vec<File>,
    /// The prose of its card.
    pub card: Option<Prose>,
}

/// A release as it was read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Release {
    /// Its name, as tables of results may have it; may be empty.
    pub name: String,
    /// Its files, by path.
    pub files: Vec<File>,
    /// What its card says to machines.
    pub metadata: Metadata,
    /// And to people.
    pub card: Option<Prose>,
    /// Its files are given on request.
    pub gated: bool,
    /// Its other revisions.
    pub revisions: Vec<Revision>,
    /// What it names elsewhere.
    pub linked: Vec<Linked>,
    /// The publisher's own list of parts, where it lies, and what is wrong with it.
    pub claims: Option<(String, Result<Configuration, String>)>,
    /// What was not looked at.
    pub left: Vec<String>,
}

impl Release {
    /// Of files that were read: the card is the README at the top, and what it names elsewhere is not found yet.
    pub fn of(name: &str, files: Vec<File>) -> Release {
        let mut release = Release { name: name.to_owned(), files, ..Release::default() };
        release.files.sort_by(|a, b| a.path.cmp(&b.path));
        for file in &release.files {
            match &file.reading {
                // The hub's own card is README.md; another spelling stands in where there is none.
                Reading::Card(metadata, prose)
                    if file.path == "README.md"
                        || (release.card.is_none() && file.path.eq_ignore_ascii_case("readme.md")) =>
                {
                    release.metadata = metadata.clone();
                    release.card = Some(prose.clone());
                }
                Reading::Claims(claims) if release.claims.is_none() => {
                    release.claims = Some((file.path.clone(), claims.clone()));
                }
                _ => {}
            }
        }
        release.linked = links(&release);
        release
    }
}

/// What a release names elsewhere.
fn links(release: &Release) -> Vec<Linked> {
    let metadata = &release.metadata;
    let mut all: Vec<(Link, String)> = Vec::new();
    let of = |link: Link, key: &str| {
        card::texts(metadata, key).map(move |name| (link, name.trim().to_owned())).collect::<Vec<_>>()
    };
    all.extend(of(Link::TrainingData, "datasets"));
    all.extend(of(Link::Paper, "papers"));
    all.extend(of(Link::Code, "code"));
    all.extend(of(Link::Base, "base_model"));
    let made_here = |name: &str| name == "original" || name.starts_with("extended|other");
    let sources = of(Link::Source, "source_datasets");
    all.extend(sources.into_iter().filter(|(_, name)| !made_here(name)));
    all.extend(evaluated_on(release).into_iter().map(|name| (Link::EvaluationData, name)));
    let tags =
        card::texts(metadata, "tags").filter(|tag| tag.starts_with("arxiv:") || tag.starts_with("doi:"));
    all.extend(tags.map(|tag| (Link::Paper, tag.to_owned())));
    all.extend(other_bases(release).into_iter().map(|name| (Link::Base, name)));
    let mut known = BTreeSet::new();
    all.retain(|(link, name)| !name.is_empty() && known.insert((*link, name.to_ascii_lowercase())));
    all.into_iter().map(|(link, name)| Linked { link, name, found: None }).collect()
}

/// Bases that are named elsewhere than in plain words of `base_model`: in tags, by an adapter, in shapes that nobody reads, and
/// where a configuration says from which path it was loaded.
fn other_bases(release: &Release) -> Vec<String> {
    let metadata = &release.metadata;
    let mut all: Vec<String> = card::texts(metadata, "tags")
        .filter_map(|tag| tag.strip_prefix("base_model:"))
        .map(|rest| rest.rsplit(':').next().unwrap_or(rest).to_owned())
        .collect();
    let odd = |value: &Value| !value.is_string() && !value.is_null();
    let base = metadata.get("base_model");
    let items = base.and_then(Value::as_array);
    if base.is_some_and(|value| odd(value) && !value.is_array())
        || items.is_some_and(|all| all.iter().any(odd))
    {
        all.push("that the card names in a shape of its own".to_owned());
    }
    let other_keys = |key: &&String| {
        key.starts_with("base_model") && !matches!(key.as_str(), "base_model" | "base_model_relation")
    };
    for key in metadata.keys().filter(other_keys) {
        all.extend(card::texts(metadata, key).map(str::to_owned));
    }
    let own =
        |name: &String| name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&release.name));
    all.extend(release.card.iter().flat_map(|card| card.bases.clone()).filter(|name| !own(name)));
    for file in &release.files {
        if let Reading::Weights { bases, .. } = &file.reading {
            all.extend(bases.iter().cloned());
        }
        let Reading::Data(value) = &file.reading else { continue };
        if lineage::speaks(&file.path) && !file.path.ends_with(".json") {
            all.extend(merged(value));
        }
        if file.path.contains('/') && file.name() != "adapter_config.json" {
            continue;
        }
        let key =
            if file.name() == "adapter_config.json" { "base_model_name_or_path" } else { "_name_or_path" };
        let Some(name) = value.get(key).and_then(Value::as_str) else { continue };
        let parts: Vec<&str> = name.split('/').collect();
        let own = parts.last().is_some_and(|last| last.eq_ignore_ascii_case(&release.name));
        let is_name = parts.len() == 2 && !parts[0].is_empty() && !parts[0].starts_with('.');
        let lower = name.to_ascii_lowercase();
        let is_family = FAMILIES.iter().any(|family| lower.contains(family));
        if !own && (is_name || is_family) {
            all.push(name.to_owned());
        }
    }
    all
}

/// Families whose terms hold something back, by what paths to them have in them.
const FAMILIES: &[&str] = &[
    "llama-2",
    "llama-3",
    "llama-4",
    "llama2",
    "llama3",
    "llama4",
    "meta-llama",
    "gemma",
    "command-r",
    "c4ai-",
    "falcon-180b",
    "exaone",
    "stable-diffusion-3",
    "stable-diffusion-xl",
    "sdxl",
    "flux.1-dev",
    "mistral-large",
    "codestral",
];

/// The models of a merge recipe: they stand at any depth, under two keys.
fn merged(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text)
                        if matches!(key.as_str(), "model" | "base_model")
                            && crate::name::split_full_name(text).is_ok() =>
                    {
                        all.push(text.clone());
                    }
                    value => all.extend(merged(value)),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|one| all.extend(merged(one))),
        _ => {}
    }
    all
}

/// Data sets of the results in the card and beside it.
fn evaluated_on(release: &Release) -> Vec<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all = Vec::new();
    for model in list(release.metadata.get("model-index")) {
        let results = list(model.get("results"));
        all.extend(results.iter().filter_map(|one| text(one.get("dataset")?.get("type"))));
    }
    for file in release.files.iter().filter(|file| file.path.starts_with(".eval_results/")) {
        let Reading::Data(value) = &file.reading else { continue };
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        all.extend(items.iter().filter_map(|one| text(one.get("dataset")?.get("id"))));
    }
    all
}
