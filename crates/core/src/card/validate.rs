//! What makes a card wrong (the commit is refused) and what only deserves a word, in the Hub's own wording where the
//! clients look for it.

use serde_json::Value;

use super::{CardError, Metadata, metadata, split};
use crate::repo::RepoKind;
use crate::{license, name, paper};

/// Errors, and warnings, that one report lists at most.
const LINES_MAX: usize = 50;
/// Characters of a wrong value that are quoted back.
const QUOTED_CHARS_MAX: usize = 80;
/// What a Space may be built with.
const SDKS: &[&str] = &["gradio", "streamlit", "docker", "static"];

/// What is wrong with a card: sentences without a prefix, as `errors[].message` and `warnings[].message` carry them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Reasons to refuse the card.
    pub errors: Vec<String>,
    /// Things to mend.
    pub warnings: Vec<String>,
}

impl Report {
    /// The report as plain text, a line each: `- Error: …`, then `- Warning: …`.
    pub fn text(&self) -> String {
        let errors = self.errors.iter().map(|error| format!("- Error: {error}\n"));
        errors.chain(self.warnings.iter().map(|warning| format!("- Warning: {warning}\n"))).collect()
    }

    fn error(&mut self, text: String) {
        if self.errors.len() < LINES_MAX {
            self.errors.push(text);
        }
    }

    fn warn(&mut self, text: String) {
        if self.warnings.len() < LINES_MAX {
            self.warnings.push(text);
        }
    }
}

/// Judges a README.md by the rules that the clients know from the Hub (Hub protocol, `validate-yaml`). Lines in YAML
/// errors are lines of the whole text.
pub fn validate(text: &str, kind: RepoKind) -> Report {
    let mut report = Report::default();
    let card = split(text);
    match metadata(card.yaml.unwrap_or_default()) {
        Ok(metadata) if metadata.is_empty() => {
            report.warn("empty or missing yaml metadata in repo card".to_owned());
        }
        Ok(metadata) => check(&metadata, kind, &mut report),
        Err(CardError::Syntax { line, column, message }) => {
            let line = line + card.yaml_line - 1;
            report.error(CardError::Syntax { line, column, message }.to_string());
        }
        Err(error @ (CardError::TooLarge | CardError::NotAMapping)) => report.error(error.to_string()),
    }
    report
}

fn check(metadata: &Metadata, kind: RepoKind, report: &mut Report) {
    check_license(metadata, report);
    check_languages(metadata, report);
    array(metadata, "tags", report).for_each(|(label, tag)| {
        text(&label, tag, report);
    });
    match kind {
        RepoKind::Model => check_model(metadata, report),
        RepoKind::Dataset => check_dataset(metadata, report),
        RepoKind::Space => check_space(metadata, report),
        RepoKind::Paper => check_paper(metadata, report),
        RepoKind::Code => {}
    }
}

fn check_license(metadata: &Metadata, report: &mut Report) {
    for (label, id) in text_or_texts(metadata, "license", report) {
        if !license::is_known(id) {
            report.error(format!("{label} must be one of [{}]", license::IDS.join(", ")));
        } else if id == "other" && !metadata.contains_key("license_name") {
            report.warn("\"license_name\" should say which license \"other\" means".to_owned());
        }
    }
}

/// Languages are judged mildly: what they should look like, never a refusal.
fn check_languages(metadata: &Metadata, report: &mut Report) {
    let mut unread = Report::default();
    for (label, code) in text_or_texts(metadata, "language", &mut unread) {
        if !is_language(code) {
            let code = quoted(code);
            report.warn(format!(
                "{label} with value {code} should be a language code, such as \"en\" or \"zho\", or \"multilingual\" or \"code\""
            ));
        }
    }
    unread.errors.into_iter().for_each(|error| report.warn(error));
}

fn is_language(code: &str) -> bool {
    let (main, rest) = code.split_once('-').map_or((code, None), |(main, rest)| (main, Some(rest)));
    let subtag = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_code = matches!(main.len(), 2 | 3) && main.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(code, "code" | "multilingual") || is_code && rest.is_none_or(|rest| rest.split('-').all(subtag))
}

fn check_model(metadata: &Metadata, report: &mut Report) {
    for key in ["library_name", "pipeline_tag", "base_model_relation"] {
        given(metadata, key).into_iter().for_each(|value| {
            text(&format!("{key:?}"), value, report);
        });
    }
    for (label, id) in text_or_texts(metadata, "base_model", report) {
        if !is_repo_id(id) {
            let id = quoted(id);
            report.error(format!(
                "{label} with value {id} is not valid. Use a model id, such as \"namespace/name\"."
            ));
        }
    }
    for (label, id) in text_or_texts(metadata, "datasets", report) {
        if !is_repo_id(id) {
            let id = quoted(id);
            report.warn(format!("{label} with value {id} is not valid. If possible, use a dataset id."));
        }
    }
    text_or_texts(metadata, "metrics", report);
    for (label, entry) in array(metadata, "model-index", report) {
        check_index_entry(&label, entry, report);
    }
}

/// One model of a `model-index`: what the clients and leaderboards read of each result.
fn check_index_entry(label: &str, entry: &Value, report: &mut Report) {
    required(label, entry, "name", report);
    let results = entry.get("results").and_then(Value::as_array).into_iter().flatten();
    if entry.get("results").is_some_and(|results| !results.is_array()) {
        report.error(format!("{} must be an array", inner(label, "results")));
    }
    for (n, result) in results.enumerate() {
        let label = inner(label, &format!("results[{n}]"));
        for (part, keys) in [("task", &["type"][..]), ("dataset", &["type", "name"])] {
            if let Some(value) = required(&label, result, part, report) {
                keys.iter().for_each(|key| {
                    required(&inner(&label, part), value, key, report);
                });
            }
        }
        let Some(metrics) = required(&label, result, "metrics", report) else { continue };
        let Some(metrics) = metrics.as_array() else {
            report.error(format!("{} must be an array", inner(&label, "metrics")));
            continue;
        };
        for (n, metric) in metrics.iter().enumerate() {
            let label = inner(&label, &format!("metrics[{n}]"));
            required(&label, metric, "type", report);
            required(&label, metric, "value", report);
        }
    }
}

fn check_dataset(metadata: &Metadata, report: &mut Report) {
    for key in ["task_categories", "task_ids", "size_categories", "source_datasets", "multilinguality"] {
        text_or_texts(metadata, key, report);
    }
    array(metadata, "configs", report).for_each(drop);
    if given(metadata, "dataset_info").is_some_and(|info| !info.is_object() && !info.is_array()) {
        report.error("\"dataset_info\" must be an object or an array".to_owned());
    }
}

fn check_space(metadata: &Metadata, report: &mut Report) {
    if let Some(sdk) = given(metadata, "sdk")
        && !sdk.as_str().is_some_and(|sdk| SDKS.contains(&sdk))
    {
        report.error(format!("\"sdk\" must be one of [{}]", SDKS.join(", ")));
    }
}

fn check_paper(metadata: &Metadata, report: &mut Report) {
    paper::problems(metadata).into_iter().for_each(|problem| report.error(problem));
    for key in ["title", "authors"] {
        if given(metadata, key).is_none() {
            report.warn(format!("a paper's card should have {key:?}, by which it is cited"));
        }
    }
}

/// The value of a field, unless it is null: an empty field says nothing.
fn given<'a>(metadata: &'a Metadata, key: &str) -> Option<&'a Value> {
    metadata.get(key).filter(|value| !value.is_null())
}

/// The labelled elements of a field that must be a list.
fn array<'a>(
    metadata: &'a Metadata,
    key: &'a str,
    report: &mut Report,
) -> impl Iterator<Item = (String, &'a Value)> + use<'a> {
    let value = given(metadata, key);
    if value.is_some_and(|value| !value.is_array()) {
        report.error(format!("{key:?} must be an array"));
    }
    let elements = value.and_then(Value::as_array).into_iter().flatten().enumerate();
    elements.map(move |(n, element)| (format!("\"{key}[{n}]\""), element))
}

/// The labelled texts of a field that must be a text or a list of texts.
fn text_or_texts<'a>(metadata: &'a Metadata, key: &str, report: &mut Report) -> Vec<(String, &'a str)> {
    let labelled: Vec<(String, &Value)> = match given(metadata, key) {
        None => Vec::new(),
        Some(Value::Array(list)) => {
            list.iter().enumerate().map(|(n, value)| (format!("\"{key}[{n}]\""), value)).collect()
        }
        Some(value) => vec![(format!("{key:?}"), value)],
    };
    labelled
        .into_iter()
        .filter_map(|(label, value)| Some((text(&label, value, report)?, value.as_str()?)))
        .collect()
}

/// Gives the label back if the value is a text.
fn text(label: &str, value: &Value, report: &mut Report) -> Option<String> {
    if !value.is_string() {
        report.error(format!("{label} must be a string"));
        return None;
    }
    Some(label.to_owned())
}

fn required<'a>(label: &str, value: &'a Value, key: &str, report: &mut Report) -> Option<&'a Value> {
    let found = value.get(key).filter(|value| !value.is_null());
    if found.is_none() {
        report.error(format!("{} is required", inner(label, key)));
    }
    found
}

/// `"a[0]"` and `b` make `"a[0].b"`.
fn inner(label: &str, key: &str) -> String {
    format!("{}.{key}\"", label.strip_suffix('"').unwrap_or(label))
}

/// `namespace/name`, or the plain name of an old repo.
fn is_repo_id(id: &str) -> bool {
    match id.split_once('/') {
        Some((namespace, name)) => name::check_part(namespace).is_ok() && name::check_part(name).is_ok(),
        None => name::check_part(id).is_ok(),
    }
}

fn quoted(value: &str) -> String {
    format!("{:?}", value.chars().take(QUOTED_CHARS_MAX).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(yaml: &str, kind: RepoKind) -> Report {
        validate(&format!("---\n{yaml}\n---\n# Title\n"), kind)
    }

    fn errors(yaml: &str) -> Vec<String> {
        report(yaml, RepoKind::Model).errors
    }

    #[test]
    fn what_the_client_suite_expects() {
        // The card begins with an empty line there.
        let text = "\n---\nmodel-index: foo\n---\n\nThis is a modelcard with an invalid metadata section.\n";
        assert_eq!(validate(text, RepoKind::Model).errors, ["\"model-index\" must be an array"]);
        let missing = validate("This is a modelcard without metadata", RepoKind::Model);
        assert_eq!((missing.errors.len(), missing.warnings.len()), (0, 1));
        let wrong = report("license: asdf", RepoKind::Model);
        assert!(
            wrong.text().starts_with("- Error: \"license\" must be one of [afl-3.0, "),
            "{}",
            wrong.text()
        );
        let good = "language: en\nlicense: mit\nlibrary_name: pytorch\ntags:\n- text-classification\n\
            datasets: glue\nmetrics: acc";
        assert_eq!(report(good, RepoKind::Model), Report::default());
    }

    #[test]
    fn sample_cards() {
        for (text, kind) in [
            (include_str!("../../tests/cards/dataset.md"), RepoKind::Dataset),
            (include_str!("../../tests/cards/model.md"), RepoKind::Model),
            (include_str!("../../tests/cards/windows.md"), RepoKind::Model),
            ("---\ntitle: Dream\nsdk: gradio\nsdk_version: 3.9.1\ntags: [a]\n---\n", RepoKind::Space),
        ] {
            assert_eq!(validate(text, kind), Report::default(), "{text}");
        }
    }

    #[test]
    fn lists_and_null() {
        assert_eq!(errors("license: [mit, apache-2.0]"), [""; 0]);
        assert!(errors("license: [mit, MIT]")[0].starts_with("\"license[1]\" must be one of ["));
        assert_eq!(errors("datasets:\n- null\n"), ["\"datasets[0]\" must be a string"]);
        assert_eq!(errors("license:\ntags:\nmodel-index:\nbase_model:\n"), [""; 0]);
        assert_eq!(errors("tags: text"), ["\"tags\" must be an array"]);
        assert_eq!(errors("tags: [a, 1]\nlibrary_name: [x]").len(), 2);
        assert_eq!(report("configs: {a: b}", RepoKind::Dataset).errors, ["\"configs\" must be an array"]);
        assert_eq!(report("dataset_info: x", RepoKind::Dataset).errors.len(), 1);
        assert_eq!(report("sdk: cobol", RepoKind::Space).errors.len(), 1);
    }

    #[test]
    fn ids_and_languages() {
        assert_eq!(errors("base_model: [gpt2, a/b]"), [""; 0]);
        let path = "base_model: /content/output dir";
        assert!(
            errors(path)[0].starts_with("\"base_model\" with value \"/content/output dir\" is not valid.")
        );
        for (yaml, warnings) in [
            ("datasets: [glue, a/b]", 0),
            ("datasets: my own data", 1),
            ("language: [en, zho, zh-Hant, multilingual, code, no]", 0),
            ("language: [English, e, '', en-]", 4),
            ("language: 7", 1),
            ("license: other", 1),
            ("license: other\nlicense_name: mine", 0),
        ] {
            let report = report(yaml, RepoKind::Model);
            assert_eq!((report.errors.len(), report.warnings.len()), (0, warnings), "{yaml}: {report:?}");
        }
    }

    #[test]
    fn results_must_be_whole() {
        let yaml =
            "model-index:\n- name: m\n  results:\n  - task:\n      type: t\n    metrics:\n    - type: acc\n";
        assert_eq!(
            errors(yaml),
            [
                "\"model-index[0].results[0].dataset\" is required",
                "\"model-index[0].results[0].metrics[0].value\" is required"
            ]
        );
        assert_eq!(errors("model-index:\n- results: []\n"), ["\"model-index[0].name\" is required"]);
        assert_eq!(errors("model-index: [{name: m, results: x}]").len(), 1);
        assert_eq!(errors("model-index: [x]").len(), 1);
    }

    #[test]
    fn unreadable_metadata() {
        assert_eq!(errors("[]"), ["the metadata must be a mapping, such as \"license: mit\""]);
        let text = "\n\n---\nlicense: mit\nlicense: mit\n---\n";
        assert!(validate(text, RepoKind::Model).errors[0].starts_with("invalid YAML at line 5, column 1: "));
        let warned = validate("---\n# nothing\n---\n", RepoKind::Model);
        assert_eq!((warned.errors.len(), warned.warnings.len()), (0, 1));
    }

    #[test]
    fn papers() {
        let good = "title: T\nauthors: [Ada Lovelace <0000-0002-1825-0097>]\narxiv: 2305.18290\nlicense: mit";
        assert_eq!(report(good, RepoKind::Paper), Report::default());
        let wrong =
            report("title: T\nauthors: [{name: A, orcid: 0000-0002-1825-0096}]\ndoi: x", RepoKind::Paper);
        assert_eq!(wrong.errors.len(), 2, "{wrong:?}");
        assert!(wrong.errors[1].starts_with("\"authors[0]\" is not valid: the last sign"), "{wrong:?}");
        assert_eq!(report("license: mit", RepoKind::Paper).warnings.len(), 2);
        assert_eq!(report("title: [x]\nlicense: mit", RepoKind::Code), Report::default());
    }

    #[test]
    fn a_report_stays_short() {
        let yaml = format!("tags: [{}]", "1, ".repeat(1000));
        assert_eq!(errors(&yaml).len(), LINES_MAX);
    }
}
