//! What is found of a data set itself: its data, its card, where it came from, and what machines can read of its structure.

use serde_json::Value;

use super::super::component::Component;
use super::super::finding::{Evidence, Finding, Level, Place, Presence};
use super::super::prose::About;
use super::super::seen::{Link, Reading, Release};
use super::data::is_data;
use super::documents::is_data_card;
use super::{finding, within};
use crate::card;

/// Words on where the data came from that tell something.
const SOURCE_WORDS: usize = 20;
/// Endings of files that say themselves which columns they have.
const SELF_DESCRIBING: &[&str] = &["parquet", "arrow", "feather", "avro", "lance"];

pub(super) fn data(release: &Release) -> Finding {
    let searched = ["files that hold data"];
    let mut data: Vec<_> = release.files.iter().filter(|file| is_data(file)).collect();
    data.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
    let bytes: u64 = data.iter().map(|file| file.bytes).sum();
    let evidence = data.first().map(|first| {
        let text = format!("{} files, {bytes} bytes", data.len());
        Evidence::new("data.files", Level::Strong, Place::file(&first.path), text)
    });
    let lost = release.files.iter().find(|file| matches!(file.reading, Reading::Pointer));
    let mut finding = finding(release, Component::Datasets, &searched, evidence.into_iter().collect());
    if let (Some(lost), true) = (lost, finding.presence == Presence::Present) {
        finding.presence = Presence::Partial;
        let text = "a pointer to data that are not here";
        finding.evidence.push(Evidence::new("data.pointer", Level::Weak, Place::file(&lost.path), text));
    }
    finding
}

pub(super) fn card(release: &Release) -> Finding {
    let searched = ["README.md"];
    let evidence = release.card.as_ref().filter(|card| card.words() > 0).map(|card| {
        let level = if is_data_card(card) { Level::Strong } else { Level::Weak };
        let text = format!("{} words in {} sections", card.words(), card.sections.len());
        Evidence::new("data-card.own", level, Place::line("README.md", card.line), text)
    });
    finding(release, Component::DataCard, &searched, evidence.into_iter().collect())
}

pub(super) fn provenance(release: &Release) -> Finding {
    let searched = ["source_datasets of the card", "a section on sources, collection or curation"];
    let mut evidence = Vec::new();
    for linked in release.linked.iter().filter(|linked| linked.link == Link::Source) {
        evidence.push(match linked.found.as_deref() {
            Some(found) => {
                let text = format!("made from {}", found.repo);
                Evidence::new("provenance.linked", Level::Strong, within(found, "", None), text)
            }
            None => {
                let text = format!("source_datasets: {}", linked.name);
                Evidence::new("provenance.named", Level::Weak, Place::file("README.md"), text)
            }
        });
    }
    let about: Vec<_> = release
        .card
        .iter()
        .flat_map(|card| &card.sections)
        .filter(|section| section.about == About::Sources && section.words > 0)
        .collect();
    let words: usize = about.iter().map(|section| section.words).sum();
    if let Some(first) = about.first() {
        let names = about.iter().any(|section| section.names_sources);
        let level = if words >= SOURCE_WORDS && names { Level::Strong } else { Level::Weak };
        let text = format!("{words} words on {:?}", first.heading);
        evidence.push(Evidence::new("provenance.section", level, Place::line("README.md", first.line), text));
    }
    finding(release, Component::Provenance, &searched, evidence)
}

pub(super) fn structure(release: &Release) -> Finding {
    let searched =
        ["croissant.json", "dataset_info and configs of the card", "files that name their columns"];
    let mut evidence = Vec::new();
    for file in &release.files {
        let Reading::Data(value) = &file.reading else { continue };
        if is_croissant(value) {
            let text = "a Croissant description with fields";
            evidence.push(Evidence::new(
                "structure.croissant",
                Level::Verified,
                Place::file(&file.path),
                text,
            ));
        }
    }
    if let Some(info) = release.metadata.get("dataset_info") {
        let infos = info.as_array().map_or(std::slice::from_ref(info), Vec::as_slice);
        let named =
            infos.iter().filter_map(|one| one.get("features")?.as_array()).map(Vec::len).sum::<usize>();
        if named > 0 {
            let text = format!("dataset_info names {named} features");
            evidence.push(Evidence::new("structure.card", Level::Strong, Place::file("README.md"), text));
        }
    }
    if card::texts(&release.metadata, "configs").next().is_some()
        || release.metadata.get("configs").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    {
        let text = "configs tells which files are which split";
        evidence.push(Evidence::new("structure.configs", Level::Weak, Place::file("README.md"), text));
    }
    let described = release.files.iter().filter(|file| is_data(file)).find(|file| {
        let name = file.name();
        SELF_DESCRIBING.contains(&name.rsplit_once('.').map_or("", |(_, ending)| ending))
    });
    if let Some(file) = described {
        let text = "its columns and their types are in the file";
        evidence.push(Evidence::new("structure.columns", Level::Strong, Place::file(&file.path), text));
    }
    finding(release, Component::Structure, &searched, evidence)
}

/// Whether a document describes a data set in Croissant (version 1.0, section "RecordSet") and names fields.
fn is_croissant(value: &Value) -> bool {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let sets = value.get("recordSet").and_then(Value::as_array);
    text("conformsTo").contains("mlcommons.org/croissant")
        && sets.is_some_and(|sets| {
            sets.iter().any(|set| {
                set.get("field").and_then(Value::as_array).is_some_and(|fields| !fields.is_empty())
            })
        })
}
