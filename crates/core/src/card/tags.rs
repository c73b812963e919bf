//! The tags by which a repo is found, as the Hub derives them from a card.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Metadata, Relation, texts};
use crate::limits;
use crate::paper::{self, Facts};
use crate::repo::RepoKind;

/// Tags of one repo.
const TAGS_MAX: usize = 1000;
/// Bytes of one tag.
const TAG_BYTES_MAX: usize = 256;
/// Papers that one README may name.
const PAPERS_MAX: usize = 100;

/// Fields of a dataset's card that become tags `field:value`, in the Hub's order.
const DATASET_FIELDS: &[&str] = &[
    "task_categories",
    "task_ids",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "source_datasets",
    "language",
    "license",
    "size_categories",
];

/// Prefixes that only the hub may give, so that nobody claims a license outside the field that is checked.
const RESERVED_PREFIXES: &[&str] = &["license:", "region:", "doi:", "published:"];

/// `library_name`, if the card names one.
pub fn library_name(metadata: &Metadata) -> Option<&str> {
    word(metadata, "library_name")
}

/// `pipeline_tag` (the task), if the card names one.
pub fn pipeline_tag(metadata: &Metadata) -> Option<&str> {
    word(metadata, "pipeline_tag")
}

pub(super) fn word<'a>(metadata: &'a Metadata, key: &str) -> Option<&'a str> {
    metadata.get(key).and_then(Value::as_str).map(str::trim).filter(|word| is_tag(word))
}

/// The tags of a repo from its card's metadata and the text behind it: each once, at most `TAGS_MAX`, each at most
/// `TAG_BYTES_MAX`. Those that follow from other files (such as `safetensors`) are not here.
pub fn tags(metadata: &Metadata, body: &str, kind: RepoKind) -> Vec<String> {
    let mut tags = Tags::default();
    match kind {
        RepoKind::Model => model(metadata, body, &mut tags),
        RepoKind::Dataset => dataset(metadata, body, &mut tags),
        RepoKind::Space => {
            word(metadata, "sdk").into_iter().for_each(|sdk| tags.push(sdk));
            own(metadata, &mut tags);
            prefixed("license", texts(metadata, "license"), &mut tags);
        }
        RepoKind::Paper => paper(metadata, &mut tags),
        RepoKind::Code => {
            own(metadata, &mut tags);
            papers(body, &mut tags);
            prefixed("license", texts(metadata, "license"), &mut tags);
        }
    }
    stood_on(metadata, body, kind, &mut tags);
    tags.list
}

fn paper(metadata: &Metadata, tags: &mut Tags) {
    let facts = Facts::of_card(metadata);
    own(metadata, tags);
    paper::own_tags(&facts).iter().for_each(|tag| tags.push(tag));
    let year = facts.published.map(|date| date.year.to_string());
    prefixed("published", year.as_deref().into_iter(), tags);
    prefixed("language", texts(metadata, "language"), tags);
    prefixed("license", texts(metadata, "license"), tags);
}

/// The papers and the code that the card says the work stands on.
fn stood_on(metadata: &Metadata, body: &str, kind: RepoKind, tags: &mut Tags) {
    paper::cited(metadata, beginning(body)).iter().for_each(|cited| tags.push(&cited.tag(kind)));
    paper::code(metadata).iter().for_each(|name| tags.push(&format!("code:{name}")));
}

fn model(metadata: &Metadata, body: &str, tags: &mut Tags) {
    library_name(metadata).into_iter().chain(pipeline_tag(metadata)).for_each(|tag| tags.push(tag));
    own(metadata, tags);
    for field in ["model-index", "co2_eq_emissions"] {
        if metadata.get(field).is_some_and(|value| !value.is_null()) {
            tags.push(field);
        }
    }
    texts(metadata, "language").for_each(|language| tags.push(language));
    prefixed("dataset", texts(metadata, "datasets"), tags);
    papers(body, tags);
    prefixed("base_model", texts(metadata, "base_model"), tags);
    prefixed(&format!("base_model:{}", Relation::of(metadata).word()), texts(metadata, "base_model"), tags);
    prefixed("license", texts(metadata, "license"), tags);
}

fn dataset(metadata: &Metadata, body: &str, tags: &mut Tags) {
    for field in DATASET_FIELDS {
        prefixed(field, texts(metadata, field), tags);
    }
    papers(body, tags);
    own(metadata, tags);
}

fn own(metadata: &Metadata, tags: &mut Tags) {
    let reserved = |tag: &str| RESERVED_PREFIXES.iter().any(|prefix| tag.starts_with(prefix));
    texts(metadata, "tags").filter(|tag| !reserved(tag.trim())).for_each(|tag| tags.push(tag));
}

fn prefixed<'a>(prefix: &str, values: impl Iterator<Item = &'a str>, tags: &mut Tags) {
    for value in values.map(str::trim).filter(|value| !value.is_empty()) {
        tags.push(&format!("{prefix}:{value}"));
    }
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test of papers")]
static PAPER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\barxiv\.org/(?:abs|pdf)/|\b(?:hf|huggingface)\.co/papers/|\barxiv: ?)(\d{4}\.\d{4,5})(?:v\d+)?\b")
        .expect("a valid pattern")
});

/// As much of a text as is looked through.
fn beginning(body: &str) -> &str {
    let mut end = body.len().min(limits::CARD_BYTES_MAX);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    body.get(..end).unwrap_or_default()
}

fn papers(body: &str, tags: &mut Tags) {
    let found = PAPER.captures_iter(beginning(body));
    let ids = found.filter_map(|captures| captures.get(1)).map(|id| id.as_str());
    let mut seen = HashSet::new();
    let distinct = ids.filter(|id| seen.insert(*id)).take(PAPERS_MAX);
    prefixed("arxiv", distinct, tags);
}

/// Tags in the order in which they came, each once.
#[derive(Default)]
struct Tags {
    list: Vec<String>,
    seen: HashSet<String>,
}

impl Tags {
    fn push(&mut self, tag: &str) {
        let tag = tag.trim();
        if is_tag(tag) && self.list.len() < TAGS_MAX && self.seen.insert(tag.to_owned()) {
            self.list.push(tag.to_owned());
        }
    }
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= TAG_BYTES_MAX && !tag.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::card;

    fn tags_of(text: &str, kind: RepoKind) -> Vec<String> {
        let card = card::split(text);
        tags(&card::metadata(card.yaml.unwrap()).unwrap(), card.body, kind)
    }

    #[test]
    fn a_model() {
        let text = "---\nlibrary_name: transformers\npipeline_tag: text-generation\nlanguage: [en, no]\n\
            license: mit\ntags: [generated_from_trainer, transformers, 'license:fake', 7]\n\
            datasets: HuggingFaceH4/ultrachat_200k\nbase_model: mistralai/Mistral-7B-v0.1\nmodel-index: []\n---\n\
            See https://arxiv.org/abs/2305.18290v2, arXiv:2310.16944, again arxiv.org/pdf/2305.18290 and\n\
            https://huggingface.co/papers/2401.00001; not 2301.99999 nor arxiv.org/abs/2301.123456.";
        assert_eq!(
            tags_of(text, RepoKind::Model),
            [
                "transformers",
                "text-generation",
                "generated_from_trainer",
                "model-index",
                "en",
                "no",
                "dataset:HuggingFaceH4/ultrachat_200k",
                "arxiv:2305.18290",
                "arxiv:2310.16944",
                "arxiv:2401.00001",
                "base_model:mistralai/Mistral-7B-v0.1",
                "base_model:finetune:mistralai/Mistral-7B-v0.1",
                "license:mit",
            ]
        );
    }

    #[test]
    fn a_dataset() {
        let text = include_str!("../../tests/cards/dataset.md");
        assert_eq!(
            tags_of(text, RepoKind::Dataset),
            [
                "task_categories:image-segmentation",
                "task_ids:semantic-segmentation",
                "annotations_creators:crowdsourced",
                "annotations_creators:expert-generated",
                "language_creators:found",
                "multilinguality:monolingual",
                "language:en",
                "license:bsd-3-clause",
                "size_categories:n<1K",
            ]
        );
    }

    #[test]
    fn papers_and_what_stands_on_them() {
        let paper = "---\ntitle: T\narxiv: 2305.18290\ndoi: 10.1038/X\npublished: 2024-05\nlicense: cc-by-4.0\n\
            tags: [topic, 'doi:10.1/claimed', 'published:1999']\nlanguage: en\npapers: ['2310.16944', ada/old]\n---\n\
            After arXiv:2401.00001.";
        assert_eq!(
            tags_of(paper, RepoKind::Paper),
            [
                "topic",
                "arxiv:2305.18290",
                "doi:10.1038/x",
                "published:2024",
                "language:en",
                "license:cc-by-4.0",
                "cites:arxiv:2310.16944",
                "paper:ada/old",
            ],
            "what a paper cites is not what it is"
        );
        let model = "---\npapers: acorn-lab/Growth\ncode: [acorn-lab/tools]\n---\nhttps://doi.org/10.1038/x";
        assert_eq!(
            tags_of(model, RepoKind::Model),
            ["paper:acorn-lab/growth", "cites:10.1038/x", "code:acorn-lab/tools"]
        );
        let code = "---\nlicense: mit\ntags: [trainer]\n---\narXiv:2305.18290";
        assert_eq!(tags_of(code, RepoKind::Code), ["trainer", "arxiv:2305.18290", "license:mit"]);
    }

    #[test]
    fn a_space_and_nonsense() {
        assert_eq!(tags_of("---\nsdk: gradio\ntags: [x]\n---\n", RepoKind::Space), ["gradio", "x"]);
        let long = format!("---\nlibrary_name: {}\ntags: [\"a\\nb\", '', null]\n---\n", "x".repeat(300));
        assert_eq!(tags_of(&long, RepoKind::Model), [""; 0]);
        let many: String = (0..3000).map(|n| format!("- t{n}\n")).collect();
        assert_eq!(tags_of(&format!("---\ntags:\n{many}---\n"), RepoKind::Model).len(), TAGS_MAX);
        let papers: String = (0..3000).map(|n| format!("arxiv:2301.{:05} ", n)).collect();
        assert_eq!(tags_of(&format!("---\na: 1\n---\n{papers}"), RepoKind::Model).len(), PAPERS_MAX);
    }
}
