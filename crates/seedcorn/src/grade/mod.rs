//! `seedcorn grade`: how open a release is, from what is really in it. Offline, and without a hub.

mod text;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::{Args, ValueEnum};
use seedcorn_commons::grade::{self, BadFolder};
use seedcorn_core::limits;
use seedcorn_core::openness::mot::Configuration;
use seedcorn_core::openness::{
    Class, Component, Grade, LICENSES_VERSION, Profile, RULES_VERSION, Verdict, evaluate, gather,
};
use serde_json::json;

use crate::say;

/// `seedcorn grade`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn grade ./my-model
  seedcorn grade ./my-model --min II                     # in a workflow: fails below Class II
  seedcorn grade ./my-model --explain \"Data card\"
  seedcorn grade ./my-model --format json > verdict.json
  seedcorn grade --profile mot release.yml               # a file of the Model Openness Tool, by its own rules

Exit codes: 0 graded, and --min is met; 1 below --min; 2 the command makes no sense; 3 the release cannot be read;
4 --min is met only by what is claimed or unclear.")]
pub(crate) struct GradeArgs {
    /// The folder of the release; with --profile mot also a configuration file of the Model Openness Tool.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// By which definition: the Model Openness Framework, its tool, the Open Source AI Definition, the EU's AI Act.
    #[arg(long, value_enum, default_value_t = Definition::Mof)]
    profile: Definition,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The least class that is good enough: III, II or I.
    #[arg(long, value_name = "CLASS")]
    min: Option<String>,
    /// Tell all that was found of one component.
    #[arg(long, value_name = "COMPONENT")]
    explain: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Definition {
    /// The Model Openness Framework 1.0.
    Mof,
    /// As the Model Openness Tool counts.
    Mot,
    /// The Open Source AI Definition 1.0.
    Osaid,
    /// Free and open-source models in the EU's AI Act.
    Eu,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Everything, for programs.
    Json,
}

impl From<Definition> for Profile {
    fn from(definition: Definition) -> Profile {
        match definition {
            Definition::Mof => Profile::Mof,
            Definition::Mot => Profile::Mot,
            Definition::Osaid => Profile::Osaid,
            Definition::Eu => Profile::Eu,
        }
    }
}

/// What cannot be read.
const UNREADABLE: u8 = 3;

impl GradeArgs {
    /// Grades and prints.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let min = self.min.as_deref().map(class).transpose()?;
        let explain = self.explain.as_deref().map(component).transpose()?;
        if min.is_some() && matches!(self.profile, Definition::Osaid | Definition::Eu) {
            bail!("--min is a class; {} has none", Profile::from(self.profile));
        }
        if self.profile == Definition::Mot && self.path.is_file() {
            if explain.is_some() {
                bail!("--explain tells of a folder; {} is a file", self.path.display());
            }
            return self.configuration(min);
        }
        let release = match grade::folder(&self.path) {
            Ok(release) => release,
            Err(error @ BadFolder::NoFolder(_)) if self.path.is_file() => {
                return Ok(unreadable(&anyhow!(
                    "{error}; a file of the Model Openness Tool is read with --profile mot"
                )));
            }
            Err(error) => return Ok(unreadable(&error.into())),
        };
        let (findings, remarks) = gather(&release);
        let verdict = evaluate(&findings, &remarks, self.profile.into());
        match (explain, self.format) {
            (Some(component), _) => say::text(text::explain(&verdict, component))?,
            (None, Format::Text) => say::text(text::verdict(&release.name, &verdict))?,
            (None, Format::Json) => say::line(json_of(&release.name, &verdict)?)?,
        }
        Ok(exit(&verdict, min))
    }

    /// A file of the Model Openness Tool, by its own rules.
    fn configuration(&self, min: Option<Class>) -> anyhow::Result<ExitCode> {
        let read = read(&self.path).and_then(|yaml| Ok(Configuration::read(&yaml)?));
        let configuration = match read.with_context(|| self.path.display().to_string()) {
            Ok(configuration) => configuration,
            Err(error) => return Ok(unreadable(&error)),
        };
        let tally = configuration.tally();
        let progress: Vec<_> = tally
            .progress
            .iter()
            .map(|(class, way)| json!({ "class": class.to_string(), "percent": way.percent(), "done": way.done, "of": way.of }))
            .collect();
        match self.format {
            Format::Json => {
                let components: serde_json::Map<_, _> = Component::ALL
                    .iter()
                    .map(|one| (one.name().to_owned(), json!(configuration.status(*one).word())))
                    .collect();
                let told = json!({
                    "name": configuration.name,
                    "profile": "mot",
                    "class": Grade::of(tally.class).word(),
                    "progress": progress,
                    "components": components,
                });
                say::line(serde_json::to_string_pretty(&told)?)?;
            }
            Format::Text => say::text(text::tally(&configuration, &tally))?,
        }
        let met = min.is_none_or(|min| tally.class >= Some(min));
        Ok(if met { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn unreadable(error: &anyhow::Error) -> ExitCode {
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr(), "seedcorn: {error:#}");
    ExitCode::from(UNREADABLE)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::metadata(path).with_context(|| path.display().to_string())?.len();
    if bytes > limits::GRADED_TEXT_BYTES_MAX {
        bail!("{} is longer than {} bytes", path.display(), limits::GRADED_TEXT_BYTES_MAX);
    }
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn class(text: &str) -> anyhow::Result<Class> {
    let found = Class::ALL.into_iter().find(|class| class.to_string().eq_ignore_ascii_case(text));
    found.with_context(|| format!("--min is III, II or I, not {text:?}"))
}

fn component(text: &str) -> anyhow::Result<Component> {
    let found = Component::ALL.into_iter().find(|component| component.name().eq_ignore_ascii_case(text));
    let all: Vec<&str> = Component::ALL.iter().map(|component| component.name()).collect();
    found.with_context(|| format!("--explain takes one of: {}; not {text:?}", all.join(", ")))
}

fn exit(verdict: &Verdict, min: Option<Class>) -> ExitCode {
    match min {
        None => ExitCode::SUCCESS,
        Some(min) if verdict.confirmed.class() >= Some(min) => ExitCode::SUCCESS,
        Some(min) if verdict.possible.class() >= Some(min) => ExitCode::from(4),
        Some(_) => ExitCode::from(1),
    }
}

fn json_of(name: &str, verdict: &Verdict) -> anyhow::Result<String> {
    let mut told = serde_json::to_value(verdict)?;
    if let Some(map) = told.as_object_mut() {
        map.insert("name".into(), json!(name));
        map.insert("class".into(), json!(verdict.confirmed));
        map.insert("rules".into(), json!(RULES_VERSION));
        map.insert("licenses".into(), json!(LICENSES_VERSION));
    }
    Ok(serde_json::to_string_pretty(&told)?)
}
