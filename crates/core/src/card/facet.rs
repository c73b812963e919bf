//! Which kind of thing a tag tells: the facets by which lists are narrowed, named as the Hub's lists of tags name them.

use super::{Metadata, library_name, pipeline_tag, texts};
use crate::repo::RepoKind;

/// Prefixes of tags that are facets of their own.
const PREFIXES: &[&str] = &[
    "annotations_creators",
    "arxiv",
    "base_model",
    "cites",
    "code",
    "dataset",
    "doi",
    "language",
    "language_creators",
    "license",
    "multilinguality",
    "paper",
    "published",
    "region",
    "size_categories",
    "source_datasets",
    "task_categories",
    "task_ids",
];

/// What is left over.
const OTHER: &str = "other";

/// A facet by which a page narrows its list.
#[derive(Clone, Copy, Debug)]
pub struct Facet {
    /// Its name.
    pub name: &'static str,
    /// What stands in the tag before the value, such as `license:`; often nothing.
    pub prefix: &'static str,
    /// For people.
    pub word: &'static str,
}

const fn plain(name: &'static str, word: &'static str) -> Facet {
    Facet { name, prefix: "", word }
}

const LICENSE: Facet = Facet { name: "license", prefix: "license:", word: "Licence" };
const MODEL: &[Facet] = &[
    plain("pipeline_tag", "Task"),
    plain("library", "Library"),
    LICENSE,
    plain("language", "Language"),
    Facet { name: "base_model", prefix: "base_model:", word: "Builds on" },
    Facet { name: "dataset", prefix: "dataset:", word: "Trained on" },
];
const DATASET: &[Facet] = &[
    Facet { name: "task_categories", prefix: "task_categories:", word: "Task" },
    LICENSE,
    LANGUAGE,
    Facet { name: "size_categories", prefix: "size_categories:", word: "Size" },
];
const SPACE: &[Facet] = &[plain("sdk", "Runs on"), LICENSE];
const LANGUAGE: Facet = Facet { name: "language", prefix: "language:", word: "Language" };
const PAPER: &[Facet] = &[
    Facet { name: "published", prefix: "published:", word: "Year" },
    plain("other", "Topic"),
    LICENSE,
    LANGUAGE,
    Facet { name: "code", prefix: "code:", word: "Code" },
];
const CODE: &[Facet] = &[plain("other", "Topic"), LICENSE];

/// The facets by which a list of a kind is narrowed, the most telling first.
pub fn facets(kind: RepoKind) -> &'static [Facet] {
    match kind {
        RepoKind::Model => MODEL,
        RepoKind::Dataset => DATASET,
        RepoKind::Space => SPACE,
        RepoKind::Paper => PAPER,
        RepoKind::Code => CODE,
    }
}

/// The facet of one of a repo's tags. `base_model:finetune:a/b`, which repeats `base_model:a/b` with the relation, is of
/// the facet `base_model_relation`, so that no base counts twice.
pub fn facet<'a>(kind: RepoKind, metadata: &Metadata, tag: &'a str) -> &'a str {
    if let Some((prefix, value)) = tag.split_once(':') {
        if prefix == "base_model" && value.contains(':') {
            return "base_model_relation";
        }
        return PREFIXES.iter().find(|known| **known == prefix).copied().unwrap_or(OTHER);
    }
    match kind {
        RepoKind::Model if pipeline_tag(metadata) == Some(tag) => "pipeline_tag",
        RepoKind::Model if library_name(metadata) == Some(tag) => "library",
        RepoKind::Model if texts(metadata, "language").any(|language| language.trim() == tag) => "language",
        RepoKind::Space if metadata.get("sdk").and_then(|sdk| sdk.as_str()) == Some(tag) => "sdk",
        RepoKind::Model | RepoKind::Dataset | RepoKind::Space | RepoKind::Paper | RepoKind::Code => OTHER,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::card;

    #[test]
    fn every_tag_has_one_facet() {
        let yaml = "pipeline_tag: fill-mask\nlibrary_name: peft\nlanguage: [en, no]\nlicense: mit\nbase_model: a/b\ntags: [x, 'y:z']";
        let metadata = card::metadata(yaml).unwrap();
        let tags = card::tags(&metadata, "arxiv:2305.18290", RepoKind::Model);
        let facets: Vec<_> =
            tags.iter().map(|tag| (facet(RepoKind::Model, &metadata, tag), tag.as_str())).collect();
        for pair in [
            ("library", "peft"),
            ("pipeline_tag", "fill-mask"),
            ("other", "x"),
            ("other", "y:z"),
            ("language", "en"),
            ("arxiv", "arxiv:2305.18290"),
            ("base_model", "base_model:a/b"),
            ("base_model_relation", "base_model:adapter:a/b"),
            ("license", "license:mit"),
        ] {
            assert!(facets.contains(&pair), "{pair:?} in {facets:?}");
        }
        assert_eq!(facet(RepoKind::Dataset, &metadata, "fill-mask"), "other");
        assert_eq!(facet(RepoKind::Dataset, &metadata, "language:en"), "language");
    }
}
