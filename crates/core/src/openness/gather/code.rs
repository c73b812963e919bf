//! Code: what is in the release, in code that it names, and in libraries that it names.

use serde_json::Value;

use super::super::code::Purpose;
use super::super::component::Component;
use super::super::finding::{Evidence, Finding, Level, Licensing, Place, Presence};
use super::super::known::{diffusers_class, gguf_architecture, library, model_type};
use super::super::seen::{File, Link, Reading, Release};
use super::super::terms::Terms;
use super::{finding, within};
use crate::card;

/// Files of code with a purpose, here and in the code that the card names.
fn files(release: &Release, purpose: Purpose, rule: &str) -> Vec<Evidence> {
    let mut all = Vec::new();
    let signals = |files: &[File], place: &dyn Fn(&str, u32) -> Place, all: &mut Vec<Evidence>| {
        for file in files {
            let Reading::Code(signals) = &file.reading else { continue };
            for signal in signals.found.iter().filter(|signal| signal.purpose == purpose) {
                all.push(Evidence::new(rule, Level::Strong, place(&file.path, signal.line), &signal.text));
            }
        }
    };
    signals(&release.files, &|path, line| Place::line(path, line), &mut all);
    for linked in release.linked.iter().filter(|linked| linked.link == Link::Code) {
        if let Some(found) = linked.found.as_deref().filter(|found| !found.gated) {
            signals(&found.files, &|path, line| within(found, path, Some(line)), &mut all);
        }
    }
    all
}

/// Evidence that a card names code that was not found here.
fn named(release: &Release, rule: &str) -> Vec<Evidence> {
    let missing = release.linked.iter().filter(|linked| linked.link == Link::Code && linked.found.is_none());
    missing
        .map(|linked| {
            Evidence::new(
                rule,
                Level::Weak,
                Place::file("README.md"),
                format!("the card names the code {}", linked.name),
            )
        })
        .take(1)
        .collect()
}

/// A part that a library has, under its licence.
fn by_library(
    mut finding: Finding,
    rule: &str,
    place: Place,
    (name, license): (&str, &str),
    seen: &str,
) -> Finding {
    let text = format!("{seen}: part of {name}");
    let evidence = Evidence::new(rule, Level::Strong, place, &text);
    finding.presence = Presence::ByReference;
    finding.license = Some(Licensing::new(Terms::of(license), vec![evidence.clone()]));
    finding.evidence.insert(0, evidence);
    finding
}

pub(super) fn architecture(release: &Release) -> Finding {
    let searched = [
        "modeling_….py and code with model classes",
        "model_type of config.json",
        "general.architecture of GGUF",
    ];
    let evidence = files(release, Purpose::Architecture, "arch.code");
    let found = finding(release, Component::Architecture, &searched, evidence);
    if found.presence != Presence::NotFound {
        return found;
    }
    for file in &release.files {
        let place = || Place::file(&file.path);
        match &file.reading {
            Reading::Data(value) if file.path == "config.json" && brings_its_code(release, value) => {
                let said = value.get("model_type").and_then(|kind| kind.as_str()).unwrap_or_default();
                if let Some(known) = model_type(said) {
                    let seen = format!("model_type {said}");
                    return by_library(found, "arch.by-reference", place(), known, &seen);
                }
            }
            Reading::Data(value) if file.path == "model_index.json" => {
                let said = value.get("_class_name").and_then(|class| class.as_str()).unwrap_or_default();
                if let Some(known) = diffusers_class(said) {
                    let seen = format!("pipeline {said}");
                    return by_library(found, "arch.by-reference", place(), known, &seen);
                }
            }
            Reading::Weights { architecture: Some(said), .. } => {
                if let Some(known) = gguf_architecture(said) {
                    let seen = format!("general.architecture {said}");
                    return by_library(found, "arch.by-reference", place(), known, &seen);
                }
            }
            _ => {}
        }
    }
    let weak = release.files.iter().filter(|file| file.name() == "config.json");
    let weak = weak.map(|file| {
        Evidence::new(
            "arch.config",
            Level::Weak,
            Place::file(&file.path),
            "a configuration, and no code of it",
        )
    });
    finding(
        release,
        Component::Architecture,
        &searched,
        weak.take(1).chain(named(release, "arch.linked")).collect(),
    )
}

/// Whether the code that a configuration names by `auto_map` is there; most name none.
fn brings_its_code(release: &Release, config: &Value) -> bool {
    let map = config.get("auto_map").and_then(Value::as_object);
    map.into_iter().flat_map(|map| map.values()).filter_map(Value::as_str).all(|class| {
        let module = class.split('.').next().unwrap_or_default();
        release.files.iter().any(|file| file.path == format!("{module}.py"))
    })
}

pub(super) fn inference(release: &Release) -> Finding {
    let searched = ["scripts that generate or predict", "library_name of the card"];
    let found = finding(
        release,
        Component::InferenceCode,
        &searched,
        files(release, Purpose::Inference, "infer.code"),
    );
    if found.presence != Presence::NotFound {
        return found;
    }
    let said = card::library_name(&release.metadata).unwrap_or_default();
    if let Some(known) = library(said) {
        let place = Place::file("README.md");
        return by_library(found, "infer.by-reference", place, known, &format!("library_name {said}"));
    }
    // Weights of one file format are run by the program that the format belongs to.
    let gguf = release
        .files
        .iter()
        .find(|file| file.name().ends_with(".gguf") && matches!(file.reading, Reading::Weights { .. }));
    if let (Some(file), Some(known)) = (gguf, library("gguf")) {
        return by_library(found, "infer.by-reference", Place::file(&file.path), known, "a GGUF file");
    }
    let has_code = release.card.as_ref().is_some_and(|card| card.words() > 0)
        && release.files.iter().any(|file| file.name() == "config.json");
    let weak = has_code.then(|| {
        Evidence::new(
            "infer.config",
            Level::Weak,
            Place::file("config.json"),
            "a configuration that a library may run",
        )
    });
    finding(
        release,
        Component::InferenceCode,
        &searched,
        weak.into_iter().chain(named(release, "infer.linked")).collect(),
    )
}

pub(super) fn training(release: &Release) -> Finding {
    let mut evidence = files(release, Purpose::Training, "train.code");
    evidence.extend(named(release, "train.linked"));
    let has_base = release.linked.iter().any(|linked| linked.link == Link::Base);
    let tunes = !evidence.is_empty() && evidence.iter().all(|one| is_tuning(&one.place.path));
    let mut found =
        finding(release, Component::TrainingCode, &["code here", "code that the card names"], evidence);
    // What tunes a model is not what trained it, unless it was tuned itself.
    if tunes && !has_base && found.presence == Presence::Present {
        found.presence = Presence::Partial;
    }
    found
}

/// Whether code tunes a model that is there already, by its path.
fn is_tuning(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace(['-', '_'], "");
    ["finetun", "lora", "sft", "dpo"].iter().any(|word| lower.contains(word))
}

pub(super) fn evaluation(release: &Release) -> Finding {
    let mut evidence = files(release, Purpose::Evaluation, "eval.code");
    evidence.extend(named(release, "eval.linked"));
    finding(release, Component::EvaluationCode, &["code here", "code that the card names"], evidence)
}

pub(super) fn preprocessing(release: &Release) -> Finding {
    let mut evidence = files(release, Purpose::Preprocessing, "prep.code");
    for linked in release.linked.iter().filter(|linked| linked.link == Link::TrainingData) {
        let Some(found) = linked.found.as_deref().filter(|found| !found.gated) else { continue };
        for file in &found.files {
            let Reading::Code(signals) = &file.reading else { continue };
            for signal in signals.found.iter().filter(|signal| signal.purpose == Purpose::Preprocessing) {
                let place = within(found, &file.path, Some(signal.line));
                evidence.push(Evidence::new("prep.of-data", Level::Strong, place, &signal.text));
            }
        }
    }
    evidence.extend(named(release, "prep.linked"));
    let searched = ["code here", "code that the card names", "code in the repos of the data"];
    finding(release, Component::PreprocessingCode, &searched, evidence)
}

pub(super) fn libraries(release: &Release) -> Finding {
    let is_list = |file: &&File| {
        let name = file.name();
        if file.bytes == 0 {
            return false;
        }
        (name.starts_with("requirements") && name.ends_with(".txt"))
            || matches!(
                name.as_str(),
                "pyproject.toml"
                    | "environment.yml"
                    | "environment.yaml"
                    | "poetry.lock"
                    | "uv.lock"
                    | "pipfile"
                    | "pipfile.lock"
                    | "setup.py"
                    | "setup.cfg"
                    | "cargo.toml"
                    | "dockerfile"
                    | "conda.yaml"
            )
    };
    let lists = release.files.iter().filter(is_list);
    let evidence: Vec<Evidence> = lists
        .map(|file| {
            Evidence::new("libs.list", Level::Strong, Place::file(&file.path), "a list of what it stands on")
        })
        .collect();
    let searched =
        ["requirements.txt, pyproject.toml, environment.yml, lock files", "library_name of the card"];
    let found = finding(release, Component::Libraries, &searched, evidence);
    if found.presence != Presence::NotFound {
        return found;
    }
    let said = card::library_name(&release.metadata).unwrap_or_default();
    match library(said) {
        Some(known) => by_library(
            found,
            "libs.by-reference",
            Place::file("README.md"),
            known,
            &format!("library_name {said}"),
        ),
        None => found,
    }
}
