//! What people read: cards, reports, papers, results, samples.

use serde_json::Value;

use super::super::component::Component;
use super::super::finding::{Code, Evidence, Finding, Level, Place, Remark, Severity};
use super::super::prose::{About, Prose, Row};
use super::super::seen::{File, Link, Linked, Reading, Release};
use super::{finding, within};

/// Words that a section must have to tell something.
const SECTION_WORDS: usize = 20;
/// Kinds of sections that a model's card must have.
const CARD_KINDS: usize = 3;
/// Words about the training data that stand for a card of their own.
const DATA_WORDS: usize = 50;

pub(super) fn model_card(release: &Release, remarks: &mut Vec<Remark>) -> Finding {
    let searched = ["README.md"];
    let Some(card) = &release.card else {
        return finding(release, Component::ModelCard, &searched, Vec::new());
    };
    let tells = card.tells(SECTION_WORDS);
    let kinds = [About::Use, About::Limits, About::TrainingData, About::Training, About::Evaluation];
    let told: Vec<&About> = kinds.iter().filter(|kind| tells.contains(kind)).collect();
    if card.blanks > 0 {
        remarks.push(Remark {
            code: Code::Template,
            severity: Severity::Warning,
            component: Some(Component::ModelCard),
            text: format!("README.md: {} places of a template were not filled in", card.blanks),
            fix: "Fill them in, or take them out.".to_owned(),
            place: Some(Place::line("README.md", card.line)),
        });
    }
    let place = Place::line("README.md", card.line);
    let evidence = match (told.len() >= CARD_KINDS, card.words() >= SECTION_WORDS) {
        (true, _) => {
            let text =
                format!("tells of {}", told.iter().map(|about| word(**about)).collect::<Vec<_>>().join(", "));
            vec![Evidence::new("card.sections", Level::Strong, place, text)]
        }
        (false, true) => {
            let text = format!("{} of {CARD_KINDS} kinds of sections that tell something", told.len());
            vec![Evidence::new("card.short", Level::Weak, place, text)]
        }
        (false, false) => Vec::new(),
    };
    finding(release, Component::ModelCard, &searched, evidence)
}

fn word(about: About) -> &'static str {
    match about {
        About::Use => "use",
        About::Limits => "limits",
        About::TrainingData => "training data",
        About::Training => "training",
        About::Evaluation => "evaluation",
        About::Sources => "sources",
        About::Other => "other things",
    }
}

/// Whether a text about data says enough to be a card.
pub(super) fn is_data_card(card: &Prose) -> bool {
    card.words() >= DATA_WORDS && card.sections.len() > 1
}

pub(super) fn data_card(release: &Release) -> Finding {
    let searched = ["README of each data set that the card names", "datasheet", "a section on training data"];
    let mut evidence = Vec::new();
    let data: Vec<&Linked> =
        release.linked.iter().filter(|linked| linked.link == Link::TrainingData).collect();
    for found in data.iter().filter_map(|linked| linked.found.as_deref()) {
        if found.card.as_ref().is_some_and(is_data_card) {
            let text = format!("the card of {}", found.repo);
            evidence.push(Evidence::new(
                "data-card.linked",
                Level::Strong,
                within(found, "README.md", None),
                text,
            ));
        }
    }
    // A card of one data set is no card of the others.
    if !data.is_empty() && evidence.len() < data.len() {
        evidence.iter_mut().for_each(|one| one.level = Level::Weak);
    }
    for file in release
        .files
        .iter()
        .filter(|file| file.name().starts_with("datasheet") || file.name().starts_with("data_card"))
    {
        if let Reading::Prose(prose) = &file.reading
            && prose.words() >= DATA_WORDS
        {
            let text = format!("{} words", prose.words());
            evidence.push(Evidence::new("data-card.file", Level::Strong, Place::file(&file.path), text));
        }
    }
    let section = release
        .card
        .as_ref()
        .and_then(|card| card.first(About::TrainingData, 1).map(|section| (card, section)));
    if let Some((card, section)) = section {
        let words: usize =
            card.sections.iter().filter(|one| one.about == About::TrainingData).map(|one| one.words).sum();
        let names = card.sections.iter().any(|one| one.about == About::TrainingData && one.names_sources);
        let level = if words >= DATA_WORDS && names { Level::Strong } else { Level::Weak };
        let text = format!("{words} words on {:?}", section.heading);
        evidence.push(Evidence::new(
            "data-card.section",
            level,
            Place::line("README.md", section.line),
            text,
        ));
    }
    finding(release, Component::DataCard, &searched, evidence)
}

fn is_pdf(file: &File) -> bool {
    file.reading == Reading::Pdf
}

/// Whether a PDF is a paper by its name or its folder: figures and licences are PDFs as well.
fn is_writing(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let stem = lower.trim_end_matches(".pdf");
    let (folders, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let last = folders.rsplit('/').next().unwrap_or_default();
    let known =
        ["paper", "report", "preprint", "manuscript", "article", "thesis", "arxiv", "whitepaper", "papers"];
    let other = ["bug", "figure", "fig", "loss", "plot", "poster", "slides"];
    let named = words.iter().any(|word| known.contains(word)) || known.contains(&last);
    (named && !words.iter().any(|word| other.contains(word))) || crate::paper::ArxivId::parse(name).is_ok()
}

fn is_report(name: &str) -> bool {
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    (words.contains(&"report") && !words.contains(&"bug"))
        || name.contains("whitepaper")
        || name.contains("white_paper")
}

/// PDFs of the release, and of papers that it names; `report` tells which of the two kinds is asked for.
fn writings(release: &Release, report: bool) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = release
        .files
        .iter()
        .filter(|file| is_pdf(file) && is_report(&file.name()) == report)
        .map(|file| {
            let level = if is_writing(&file.path) { Level::Strong } else { Level::Weak };
            Evidence::new(
                "paper.pdf",
                level,
                Place::file(&file.path),
                format!("a PDF of {} bytes", file.bytes),
            )
        })
        .collect();
    for linked in release.linked.iter().filter(|linked| linked.link == Link::Paper && !report) {
        evidence.push(match linked.found.as_deref() {
            Some(found) => match found.files.iter().find(|file| is_pdf(file)) {
                Some(file) if !found.gated => {
                    let text = format!("{}, with its PDF", found.repo);
                    Evidence::new("paper.linked", Level::Strong, within(found, &file.path, None), text)
                }
                _ => {
                    Evidence::new("paper.linked", Level::Weak, within(found, "README.md", None), &found.repo)
                }
            },
            None => {
                let text = format!("the card names {}", linked.name);
                Evidence::new("paper.named", Level::Weak, Place::file("README.md"), text)
            }
        });
    }
    evidence
}

pub(super) fn report(release: &Release) -> Finding {
    finding(release, Component::TechnicalReport, &["PDFs called report"], writings(release, true))
}

pub(super) fn paper(release: &Release) -> Finding {
    let searched = ["PDFs", "papers that the card names"];
    finding(release, Component::ResearchPaper, &searched, writings(release, false))
}

pub(super) fn results(release: &Release) -> Finding {
    let mut evidence = Vec::new();
    let metrics = |value: &Value| -> usize {
        let models = value.as_array().into_iter().flatten();
        let results =
            models.flat_map(|model| model.get("results").and_then(Value::as_array).into_iter().flatten());
        let metrics =
            results.flat_map(|one| one.get("metrics").and_then(Value::as_array).into_iter().flatten());
        metrics.filter(|metric| metric.get("value").is_some_and(is_figure)).count()
    };
    let index = release.metadata.get("model-index");
    let count = index.map(metrics).unwrap_or_default();
    if count > 0 {
        let own = own_names(&release.name);
        let names = index.and_then(Value::as_array).into_iter().flatten();
        let named: Vec<&str> = names.filter_map(|model| model.get("name").and_then(Value::as_str)).collect();
        // Results of another model are none of this one.
        let is_own = named.is_empty() || own.is_empty() || named.iter().any(|name| is_named(name, &own));
        let level = if is_own { Level::Verified } else { Level::Weak };
        let text = match is_own {
            true => format!("model-index with {count} values"),
            false => format!("model-index with {count} values of {}", named.join(", ")),
        };
        evidence.push(Evidence::new("results.model-index", level, Place::file("README.md"), text));
    }
    for file in &release.files {
        let Reading::Data(value) = &file.reading else { continue };
        let place = Place::file(&file.path);
        if file.path.starts_with(".eval_results/") {
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let values = items.iter().filter(|item| item.get("value").is_some_and(Value::is_number)).count();
            if values > 0 {
                evidence.push(Evidence::new(
                    "results.file",
                    Level::Verified,
                    place,
                    format!("{values} values"),
                ));
            }
        } else if value.get("results").is_some_and(has_figure)
            && (value.get("versions").is_some() || value.get("config").is_some())
        {
            let own = own_names(&release.name);
            let of = value.get("model").and_then(Value::as_str).unwrap_or_default();
            let (level, text) = match of.is_empty() || own.is_empty() || is_named(of, &own) {
                true => (Level::Verified, "results of an evaluation harness".to_owned()),
                false => (Level::Weak, format!("results of an evaluation harness, of {of}")),
            };
            evidence.push(Evidence::new("results.harness", level, place, text));
        }
    }
    evidence.extend(table(release));
    let searched =
        ["model-index of the card", ".eval_results", "results of lm-eval", "tables of numbers in the card"];
    finding(release, Component::EvaluationResults, &searched, evidence)
}

/// A table of numbers under a heading on evaluation in which this model has a row or a column: those of others are none.
fn table(release: &Release) -> Option<Evidence> {
    let own: Vec<String> = own_names(&release.name);
    let card = release.card.as_ref()?;
    let sections = card.sections.iter().filter(|section| section.about == About::Evaluation);
    let names = |cell: &str| is_named(cell, &own);
    for section in sections {
        let mut header: Option<&Row> = None;
        let mut before = 0;
        for row in &section.tables {
            // Where lines are left out, another table begins.
            if before + 1 != row.line {
                header = Some(row);
            }
            before = row.line;
            let columns = header.into_iter().flat_map(|header| header.cells.iter().enumerate());
            let mut own_columns = columns.filter(|(_, cell)| names(cell)).map(|(n, _)| n);
            let by_column = own_columns.any(|n| row.cells.get(n).is_some_and(|cell| is_number(cell)));
            // A first cell that has more than a name compares this model with another.
            let first = row.cells.first().map(String::as_str).unwrap_or_default();
            let by_row =
                own.contains(&normal(first)) || (names(first) && first.split_whitespace().count() <= 2);
            if by_column || (by_row && row.cells.iter().skip(1).any(|cell| is_number(cell))) {
                let text = row.cells.join(" | ");
                return Some(Evidence::new(
                    "results.table",
                    Level::Strong,
                    Place::line("README.md", row.line),
                    text,
                ));
            }
        }
        let figures = section.tables.iter().any(|row| row.cells.iter().skip(1).any(|cell| is_number(cell)));
        if figures {
            let place = Place::line("README.md", section.line);
            return Some(Evidence::new(
                "results.unnamed",
                Level::Weak,
                place,
                "a table in which this model is not named",
            ));
        }
    }
    None
}

/// Whether a text names this model: whole, or as one of its parts.
fn is_named(text: &str, own: &[String]) -> bool {
    let parts = std::iter::once(text).chain(text.split([' ', '(', ')', '/', ',', '=']));
    parts.map(normal).any(|part| own.contains(&part))
}

/// A number, or a text that is one.
fn is_figure(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(is_number)
}

/// Whether there is a number anywhere in what a harness wrote.
fn has_figure(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().any(has_figure),
        Value::Array(items) => items.iter().any(has_figure),
        value => value.is_number(),
    }
}

fn normal(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn own_names(name: &str) -> Vec<String> {
    let bare = name.rsplit('/').next().unwrap_or(name);
    let mut all = vec![normal(bare), "ours".to_owned(), "thismodel".to_owned()];
    // Names that stand in tables of any model.
    all.retain(|name| {
        name.len() > 2 && !matches!(name.as_str(), "model" | "models" | "checkpoint" | "final" | "main")
    });
    all
}

fn is_number(cell: &str) -> bool {
    let digits = cell.trim_end_matches(['%', ' ']).split(['±', '(']).next().unwrap_or_default().trim();
    digits.parse::<f64>().is_ok_and(f64::is_finite)
}

pub(super) fn samples(release: &Release) -> Finding {
    let mut evidence: Vec<Evidence> = release
        .files
        .iter()
        .filter(|file| {
            ["samples/", "outputs/", "examples/outputs/"].iter().any(|folder| file.path.starts_with(folder))
        })
        .map(|file| {
            Evidence::new(
                "samples.folder",
                Level::Strong,
                Place::file(&file.path),
                format!("{} bytes", file.bytes),
            )
        })
        .take(3)
        .collect();
    let widgets = release.metadata.get("widget").and_then(Value::as_array);
    if widgets.is_some_and(|all| all.iter().any(|one| one.get("output").is_some())) {
        evidence.push(Evidence::new(
            "samples.widget",
            Level::Weak,
            Place::file("README.md"),
            "widget with outputs",
        ));
    }
    finding(
        release,
        Component::SampleOutputs,
        &["folders samples and outputs", "widget of the card"],
        evidence,
    )
}
