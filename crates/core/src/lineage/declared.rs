//! What a work says that it builds upon: in its card, in the settings of an adapter or a merge, and in its list of references.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use crate::card::{self, Metadata, Relation, texts};
use crate::cite::read_bibtex;
use crate::credit::Kind;
use crate::name;
use crate::paper::{self, ArxivId, Cited, Doi};
use crate::repo::RepoKind;

/// Works that one says it builds upon; more are not looked at.
const DECLARED_MAX: usize = 256;
/// Characters of the name of something that is no repo.
const ADDRESS_CHARS_MAX: usize = 200;

/// A work that another builds upon, by what names it: here, at another hub, or anywhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Parent {
    /// A repo of some kind, `namespace/name` in lower case: of this hub, or one like it.
    Repo(RepoKind, String),
    /// A paper at arXiv.
    Arxiv(ArxivId),
    /// Whatever has a DOI.
    Doi(Doi),
    /// Something that has only a name, such as data in the catalogue of a library.
    Named(String),
}

/// Where most works are that others name.
const HUB: [&str; 4] =
    ["https://huggingface.co/", "http://huggingface.co/", "https://hf.co/", "huggingface.co/"];

impl Parent {
    /// A repo by the name that a card gives it, if it is one.
    fn repo(kind: RepoKind, text: &str) -> Parent {
        // People copy addresses of the Hub, too.
        let text = HUB.iter().find_map(|hub| text.trim().strip_prefix(hub)).unwrap_or(text.trim());
        let text = text.strip_prefix(kind.prefix()).unwrap_or(text).trim_end_matches('/');
        match name::split_full_name(text) {
            Ok(_) => Parent::Repo(kind, text.to_ascii_lowercase()),
            Err(_) => {
                let bare = text.chars().filter(|letter| !letter.is_control()).take(ADDRESS_CHARS_MAX);
                Parent::Named(bare.collect::<String>().to_ascii_lowercase())
            }
        }
    }

    fn paper(cited: Cited) -> Parent {
        match cited {
            Cited::Arxiv(id) => Parent::Arxiv(id),
            Cited::Doi(doi) => Parent::Doi(doi),
            Cited::Repo(name) => Parent::Repo(RepoKind::Paper, name),
        }
    }
}

impl fmt::Display for Parent {
    /// `models/ada/one`, `arxiv:2401.00001`, `doi:10.5281/zenodo.1`, `name:imagenet`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parent::Repo(kind, name) => write!(f, "{}/{name}", kind.plural()),
            Parent::Arxiv(id) => write!(f, "arxiv:{id}"),
            Parent::Doi(doi) => write!(f, "doi:{doi}"),
            Parent::Named(name) => write!(f, "name:{name}"),
        }
    }
}

impl FromStr for Parent {
    type Err = String;

    fn from_str(text: &str) -> Result<Parent, String> {
        let odd = || format!("{text:?} names no work");
        if let Some(id) = text.strip_prefix("arxiv:") {
            return ArxivId::parse(id).map(Parent::Arxiv).map_err(|_| odd());
        }
        if let Some(doi) = text.strip_prefix("doi:") {
            return Doi::parse(doi).map(Parent::Doi).map_err(|_| odd());
        }
        if let Some(name) = text.strip_prefix("name:") {
            return Ok(Parent::Named(name.to_owned()));
        }
        let (plural, name) = text.split_once('/').ok_or_else(odd)?;
        let kind = RepoKind::from_plural(plural).ok_or_else(odd)?;
        Ok(Parent::Repo(kind, name.to_owned()))
    }
}

/// Something that a work says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    /// In which way it builds upon the other.
    pub kind: Kind,
    /// What it builds upon.
    pub parent: Parent,
    /// Where it says so.
    pub place: Place,
}

/// A line of a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Counted from 1.
    pub line: u32,
}

/// Files beside the card in which works say what they build upon, each as a text.
pub fn speaks(path: &str) -> bool {
    matches!(
        path,
        "adapter_config.json" | "mergekit_config.yml" | "mergekit_config.yaml" | "merge_config.yaml"
    ) || (path.ends_with(".bib") && !path.contains('/'))
}

/// What a work of a kind says that it builds upon: in its card, whose text is given, and in the files that [`speaks`] names.
/// Each is told once for each way, at most 256 of them; the work itself, by its name, is not told.
pub fn declared(kind: RepoKind, own: &str, readme: &str, files: &[(String, String)]) -> Vec<Declared> {
    let split = card::split(readme);
    let metadata = split.yaml.and_then(|yaml| card::metadata(yaml).ok()).unwrap_or_default();
    let mut all = Vec::new();
    of_card(kind, &metadata, split.body, readme, &mut all);
    for (path, text) in files {
        of_file(path, text, &mut all);
    }
    let own = Parent::Repo(kind, own.to_ascii_lowercase());
    let mut known = BTreeSet::new();
    all.retain(|one: &Declared| one.parent != own && known.insert((one.kind, one.parent.clone())));
    all.truncate(DECLARED_MAX);
    all
}

fn of_card(kind: RepoKind, metadata: &Metadata, body: &str, readme: &str, all: &mut Vec<Declared>) {
    let mut tell = |kind: Kind, parent: Parent, said: &str| {
        all.push(Declared {
            kind,
            parent,
            place: Place { path: "README.md".into(), line: line_of(readme, said) },
        });
    };
    let mut names = |key: &str, kind: Kind, of: RepoKind| {
        for name in texts(metadata, key).filter(|name| !name.trim().is_empty()).take(DECLARED_MAX) {
            // Of data sets: made from nothing else, from something that is not named, or from what stands behind the bar.
            let named = name.strip_prefix("extended|").unwrap_or(name);
            if !matches!(named, "original" | "extended" | "other") {
                tell(kind, Parent::repo(of, named), name);
            }
        }
    };
    match kind {
        RepoKind::Model => {
            names("base_model", Relation::of(metadata).into(), RepoKind::Model);
            names("distilled_from", Kind::Distilled, RepoKind::Model);
            names("datasets", Kind::Dataset, RepoKind::Dataset);
        }
        RepoKind::Dataset => {
            names("source_datasets", Kind::Dataset, RepoKind::Dataset);
            names("distilled_from", Kind::Distilled, RepoKind::Model);
        }
        RepoKind::Space => {
            names("models", Kind::Code, RepoKind::Model);
            names("datasets", Kind::Dataset, RepoKind::Dataset);
        }
        RepoKind::Paper => {
            names("models", Kind::Cites, RepoKind::Model);
            names("datasets", Kind::Cites, RepoKind::Dataset);
        }
        RepoKind::Code => {}
    }
    for name in paper::code(metadata) {
        tell(Kind::Code, Parent::Repo(RepoKind::Code, name.clone()), &name);
    }
    let tagged = texts(metadata, "tags").filter_map(Cited::from_tag);
    for cited in paper::cited(metadata, body).into_iter().chain(tagged) {
        let said = match &cited {
            Cited::Arxiv(id) => id.as_str().to_owned(),
            Cited::Doi(doi) => doi.as_str().to_owned(),
            Cited::Repo(name) => name.clone(),
        };
        tell(Kind::Cites, Parent::paper(cited), &said);
    }
}

fn of_file(path: &str, text: &str, all: &mut Vec<Declared>) {
    let mut tell = |kind: Kind, parent: Parent, said: &str| {
        all.push(Declared {
            kind,
            parent,
            place: Place { path: path.to_owned(), line: line_of(text, said) },
        });
    };
    if path.ends_with(".json") {
        let config: Value = serde_json::from_str(text).unwrap_or_default();
        let base = config.get("base_model_name_or_path").and_then(Value::as_str);
        if let Some(base) = base.filter(|base| name::split_full_name(base).is_ok()) {
            tell(Kind::Adapter, Parent::repo(RepoKind::Model, base), base);
        }
    } else if path.ends_with(".bib") {
        for cited in references(text) {
            let said = match &cited {
                Cited::Arxiv(id) => id.as_str().to_owned(),
                Cited::Doi(doi) => doi.as_str().to_owned(),
                Cited::Repo(name) => name.clone(),
            };
            tell(Kind::Cites, Parent::paper(cited), &said);
        }
    } else {
        for name in merged(text) {
            tell(Kind::Merge, Parent::repo(RepoKind::Model, &name), &name);
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test of this file")]
static MODEL_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[\s-]*(?:model|base_model):\s*["']?([^\s"'#]+)"#).expect("a valid pattern")
});

/// The models that a merge recipe (mergekit) is made from: it nests them in slices, lists and modules, each under one key.
fn merged(text: &str) -> Vec<String> {
    let names = MODEL_LINE.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_owned()));
    // A base and an adapter on it are written as one, with a sign between.
    let parts = names.flat_map(|name| name.split('+').map(str::to_owned).collect::<Vec<_>>());
    parts.filter(|name| name::split_full_name(name).is_ok()).take(DECLARED_MAX).collect()
}

/// The works in a BibTeX file that have an id, entry by entry.
fn references(text: &str) -> Vec<Cited> {
    let mut entries: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\n@") {
        entries.push(&rest[..at]);
        rest = &rest[at + 1..];
        if entries.len() >= DECLARED_MAX {
            break;
        }
    }
    entries.push(rest);
    let of_one = |entry: &str| {
        let facts = read_bibtex(entry.trim()).ok()?;
        facts
            .arxiv
            .map(Cited::Arxiv)
            .or_else(|| facts.doi.map(|doi| doi.arxiv().map_or(Cited::Doi(doi), Cited::Arxiv)))
    };
    entries.into_iter().filter_map(of_one).collect()
}

/// The first line that has some words, in any case; the first of all if none has.
fn line_of(text: &str, words: &str) -> u32 {
    let words = words.trim().to_ascii_lowercase();
    let has = |(_, line): &(u32, &str)| line.to_ascii_lowercase().contains(&words);
    (1..).zip(text.lines()).find(has).map_or(1, |(line, _)| line)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    fn told(kind: RepoKind, readme: &str, files: &[(&str, &str)]) -> Vec<(Kind, String, String)> {
        let files: Vec<(String, String)> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        declared(kind, "Me/Own", readme, &files)
            .into_iter()
            .map(|one| (one.kind, one.parent.to_string(), format!("{}:{}", one.place.path, one.place.line)))
            .collect()
    }

    fn three(kind: Kind, parent: &str, place: &str) -> (Kind, String, String) {
        (kind, parent.into(), place.into())
    }

    #[test]
    fn a_model_says_what_it_is_made_from() {
        let card = "---\nbase_model:\n- Ada/One\n- me/own\n- Ada/One\nbase_model_relation: quantized\ndatasets:\n- ben/rows\n- imagenet-1k\n\
                    papers: \"2401.00001\"\ntags: [\"arxiv:2401.00002\"]\ncode: cem/tool\n---\nSee https://doi.org/10.5281/zenodo.7.\n";
        assert_eq!(
            told(RepoKind::Model, card, &[]),
            [
                three(Kind::Quantized, "models/ada/one", "README.md:3"),
                three(Kind::Dataset, "datasets/ben/rows", "README.md:8"),
                three(Kind::Dataset, "name:imagenet-1k", "README.md:9"),
                three(Kind::Code, "code/cem/tool", "README.md:12"),
                three(Kind::Cites, "arxiv:2401.00001", "README.md:10"),
                three(Kind::Cites, "doi:10.5281/zenodo.7", "README.md:14"),
                three(Kind::Cites, "arxiv:2401.00002", "README.md:11"),
            ]
        );
        assert_eq!(told(RepoKind::Model, "no card", &[]), []);
        assert_eq!(told(RepoKind::Model, "---\nbase_model: [1, {a: b}]\n---\n", &[]), []);
    }

    #[test]
    fn data_that_were_made_from_nothing_else_say_so() {
        let card = "---\nsource_datasets:\n- original\n- extended|other-foo\n- extended|ben/rows\n- extended|other\n---\n";
        let found = told(RepoKind::Dataset, card, &[]);
        assert_eq!(
            found,
            [
                three(Kind::Dataset, "name:other-foo", "README.md:4"),
                three(Kind::Dataset, "datasets/ben/rows", "README.md:5"),
            ]
        );
    }

    #[test]
    fn settings_and_recipes_speak_too() {
        let adapter = "{\n  \"base_model_name_or_path\": \"Ada/One\"\n}";
        let merge = "merge_method: slerp\nslices:\n  - sources:\n      - model: ada/one # first\n        layer_range: [0, 4]\n      \
                     - model: \"ben/two\"\nbase_model: ada/one\nmodels:\n- model: ./three\n";
        let found =
            told(RepoKind::Model, "", &[("adapter_config.json", adapter), ("mergekit_config.yml", merge)]);
        assert_eq!(
            found,
            [
                three(Kind::Adapter, "models/ada/one", "adapter_config.json:2"),
                three(Kind::Merge, "models/ada/one", "mergekit_config.yml:4"),
                three(Kind::Merge, "models/ben/two", "mergekit_config.yml:6"),
            ]
        );
        assert!(
            told(RepoKind::Model, "", &[("adapter_config.json", "{\"base_model_name_or_path\": \"./x\"}")])
                .is_empty()
        );
    }

    #[test]
    fn references_are_works_with_ids() {
        let bib = "@article{a, title={One}, doi={10.1000/XYZ}}\n\n@misc{b,\n title={Two}, eprint={2402.00002}, archivePrefix={arXiv}}\n@book{c, title={Three}}\n";
        assert_eq!(
            told(RepoKind::Paper, "---\nmodels: ada/one\n---\n", &[("refs.bib", bib)]),
            [
                three(Kind::Cites, "models/ada/one", "README.md:2"),
                three(Kind::Cites, "doi:10.1000/xyz", "refs.bib:1"),
                three(Kind::Cites, "arxiv:2402.00002", "refs.bib:4"),
            ]
        );
    }

    #[test]
    fn names_are_read_back() {
        for name in
            ["models/ada/one", "arxiv:2401.00001", "doi:10.5281/zenodo.7", "name:imagenet-1k", "code/a/b"]
        {
            assert_eq!(name.parse::<Parent>().unwrap().to_string(), name);
        }
        for odd in ["", "ada", "planets/ada/one", "arxiv:no"] {
            assert!(odd.parse::<Parent>().is_err(), "{odd}");
        }
    }
}
