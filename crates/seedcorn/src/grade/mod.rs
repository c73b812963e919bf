//! `seedcorn grade`: how open a release is, from the files themselves. A folder needs no hub and no network; a repo of a hub
//! is read from its store, whether or not a server runs.

mod many;
mod source;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::{Args, ValueEnum};
use seedcorn_commons::Clock;
use seedcorn_core::limits;
use seedcorn_core::note::VerifierKey;
use seedcorn_core::openness::mot::Configuration;
use seedcorn_core::openness::report::{self, badge, configuration, markdown, sarif};
use seedcorn_core::openness::review::{self, Reviewed};
use seedcorn_core::openness::{
    Class, Component, Difference, Grade, LICENSES_VERSION, Profile, RULES_VERSION, Verdict, dataset,
};
use serde_json::json;

use self::source::{Kind, Release, Source};
use crate::config::Resolved;
use crate::say;

/// `seedcorn grade`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn grade ./my-model
  seedcorn grade ./my-model --min II                     # in a workflow: fails below Class II
  seedcorn grade ./my-model --explain \"Data card\"
  seedcorn grade ./my-model --format sarif > openness.sarif
  seedcorn grade ./my-model --format json > before.json
  seedcorn grade ./my-model --diff before.json           # what was lost and what was won since
  seedcorn grade ./my-data --kind dataset
  seedcorn grade releases/* --format json                # an object a line
  seedcorn grade acorn-lab/acorn-tiny@main               # a repo of the hub whose store the settings name
  seedcorn grade datasets/acorn-lab/field-notes
  seedcorn grade --profile mot release.yml               # a file of the Model Openness Tool, by its own rules

Exit codes: 0 graded, and --min is met and nothing was lost; 1 below --min, or something was lost since --diff; 2 the
command makes no sense; 3 the release cannot be read; 4 --min is met only by what is claimed or unclear.")]
pub(crate) struct GradeArgs {
    /// A folder; or NAMESPACE/NAME, with `@REVISION` if it is not to be the main branch and `datasets/` before a data set's;
    /// with --profile mot also a configuration file of the Model Openness Tool.
    ///
    /// What is a folder here is taken for one; `hub:NAMESPACE/NAME` is a repo in any case. Several are told a line each.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    paths: Vec<String>,
    /// By which definition. [default: mof, and data for data sets]
    #[arg(long, value_enum)]
    profile: Option<Definition>,
    /// What the folder holds.
    #[arg(long, value_enum, default_value_t = Kind::Model)]
    kind: Kind,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The least class that is good enough: III, II or I.
    #[arg(long, value_name = "CLASS")]
    min: Option<String>,
    /// Tell what is different from this: a folder, a file that --format json printed, or another revision of the repo.
    #[arg(long, value_name = "BASE")]
    diff: Option<String>,
    /// Tell all that was found of one component.
    #[arg(long, value_name = "COMPONENT", conflicts_with = "diff")]
    explain: Option<String>,
    /// A signed review of a piece of evidence that is to count for a folder; as often as there are reviews.
    #[arg(long = "review", value_name = "FILE", requires = "reviewers")]
    reviews: Vec<PathBuf>,
    /// The public key of somebody whose reviews count; as often as there are people.
    #[arg(long = "reviewer", value_name = "KEY")]
    reviewers: Vec<String>,
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
    /// Data sets, by Seedcorn's own classes.
    Data,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Everything, for programs.
    Json,
    /// SARIF 2.1.0, for forges that show findings beside lines.
    Sarif,
    /// Markdown, for summaries and comments.
    Md,
    /// A badge.
    Svg,
    /// A configuration file of the Model Openness Tool with what is sure.
    MotYaml,
}

impl From<Definition> for Profile {
    fn from(definition: Definition) -> Profile {
        match definition {
            Definition::Mof => Profile::Mof,
            Definition::Mot => Profile::Mot,
            Definition::Osaid => Profile::Osaid,
            Definition::Eu => Profile::Eu,
            Definition::Data => Profile::Data,
        }
    }
}

/// What cannot be read.
const UNREADABLE: u8 = 3;
/// Bytes of an earlier answer that is compared with.
const BASE_BYTES_MAX: u64 = 64 << 20;

impl GradeArgs {
    /// Grades and prints.
    pub(crate) async fn run(&self, settings: &Resolved) -> anyhow::Result<ExitCode> {
        let min = self.min.as_deref().map(class).transpose()?;
        let [path] = self.paths.as_slice() else { return many::run(self, min) };
        let source = match Source::read(path, self.kind) {
            Ok(source) => source,
            Err(error) => return Ok(unreadable(&error)),
        };
        let profile = self.profile(&source)?;
        let explain = self.explain.as_deref().map(|name| component(name, profile)).transpose()?;
        if min.is_some() && matches!(profile, Profile::Osaid | Profile::Eu) {
            bail!("--min is a class; {profile} has none");
        }
        if let (Profile::Mot, Source::Folder(path, _)) = (profile, &source)
            && path.is_file()
        {
            return self.configuration(path, explain, min);
        }
        if self.explain.is_some() && self.format != Format::Text {
            bail!("--explain prints text; --format json has all of it for every component");
        }
        if self.format == Format::MotYaml && profile == Profile::Data {
            bail!("--format mot-yaml is of models");
        }
        let reviews = match self.reviewed() {
            Ok(reviews) => reviews,
            Err(error) => return Ok(unreadable(&error)),
        };
        let mut release = match source.grade(settings).await {
            Ok(release) => release,
            Err(error) => return Ok(unreadable(&error)),
        };
        release.count(&reviews);
        let verdict = release.verdict(profile);
        let difference = match &self.diff {
            None => None,
            Some(base) => match self.base(base, &source, settings, profile).await {
                Ok(before) => Some(Difference::between(&before, &verdict)),
                Err(error) => return Ok(unreadable(&error)),
            },
        };
        match (&difference, explain) {
            (Some(difference), _) => self.print_difference(difference)?,
            (None, Some(component)) => say::text(text::explain(&verdict, component))?,
            (None, None) => self.print(&release, &verdict)?,
        }
        if difference.is_some_and(|difference| difference.is_worse()) {
            return Ok(ExitCode::from(1));
        }
        Ok(exit(&verdict, min))
    }

    /// The reviews that are to count, each verified.
    fn reviewed(&self) -> anyhow::Result<Vec<Reviewed>> {
        let key = |key: &String| key.parse().with_context(|| format!("--reviewer {key:?}"));
        let reviewers: Vec<VerifierKey> = self.reviewers.iter().map(key).collect::<anyhow::Result<_>>()?;
        let reviewed = |path: &PathBuf| {
            let note = read(path, limits::REVIEW_BYTES_MAX as u64)?;
            review::verified(&note, &reviewers).with_context(|| path.display().to_string())
        };
        self.reviews.iter().map(reviewed).collect()
    }

    /// The profile that is asked for, if it fits what is to be graded.
    fn profile(&self, source: &Source) -> anyhow::Result<Profile> {
        let asked = self.profile.map(Profile::from);
        match (source.kind(), asked) {
            (Kind::Model, Some(Profile::Data)) => {
                bail!("--profile data is of data sets: add --kind dataset, or write datasets/NAMESPACE/NAME")
            }
            (Kind::Dataset, Some(profile)) if profile != Profile::Data => {
                bail!("--profile {profile} is of models; data sets have one of their own, data")
            }
            (Kind::Model, asked) => Ok(asked.unwrap_or(Profile::Mof)),
            (Kind::Dataset, _) => Ok(Profile::Data),
        }
    }

    /// The verdict that is compared with.
    async fn base(
        &self,
        base: &str,
        source: &Source,
        settings: &Resolved,
        profile: Profile,
    ) -> anyhow::Result<Verdict> {
        if let Some(other) = source.at(base) {
            return Ok(other.grade(settings).await?.verdict(profile));
        }
        let path = Path::new(base);
        if path.is_dir() {
            let other = Source::Folder(path.to_owned(), source.kind());
            return Ok(other.grade(settings).await?.verdict(profile));
        }
        let text = read(path, BASE_BYTES_MAX)?;
        let verdict: Verdict = serde_json::from_str(&text)
            .with_context(|| format!("{base} is neither a folder nor what --format json prints"))?;
        if verdict.profile != profile {
            bail!("{base} is a verdict by {}, and this is one by {profile}", verdict.profile);
        }
        Ok(verdict)
    }

    fn print(&self, release: &Release, verdict: &Verdict) -> anyhow::Result<()> {
        let name = release.name.as_str();
        match self.format {
            Format::Text => say::text(text::verdict(name, verdict))?,
            Format::Json => say::json(&json_of(release, verdict))?,
            Format::Sarif => {
                let log = sarif::log(verdict, env!("CARGO_PKG_VERSION"));
                say::json(&log)?;
            }
            Format::Md => say::text(markdown::page(name, verdict))?,
            Format::Svg => say::text(badge::of(verdict, &release.short()))?,
            Format::MotYaml => {
                let about = configuration::About {
                    name,
                    version: &release.commit,
                    date: &Clock::System.now().day(),
                    producer: &release.owner,
                    architecture: "",
                    address: "",
                };
                say::text(configuration::write(&about, verdict))?;
            }
        }
        Ok(())
    }

    fn print_difference(&self, difference: &Difference) -> anyhow::Result<()> {
        match self.format {
            Format::Text => say::text(text::difference(difference))?,
            Format::Json => {
                let mut told = serde_json::to_value(difference)?;
                if let Some(map) = told.as_object_mut() {
                    map.insert("worse".into(), json!(difference.is_worse()));
                }
                say::json(&told)?;
            }
            Format::Md => say::text(markdown::difference(difference))?,
            Format::Sarif | Format::Svg | Format::MotYaml => {
                bail!("--diff is told as text, json or md")
            }
        }
        Ok(())
    }

    /// A file of the Model Openness Tool, by its own rules.
    fn configuration(
        &self,
        path: &Path,
        explain: Option<Component>,
        min: Option<Class>,
    ) -> anyhow::Result<ExitCode> {
        if explain.is_some() || self.diff.is_some() {
            bail!("--explain and --diff tell of releases; {} is a file", path.display());
        }
        let read = read(path, limits::GRADED_TEXT_BYTES_MAX);
        let configuration = match read.and_then(|yaml| Ok(Configuration::read(&yaml)?)) {
            Ok(configuration) => configuration,
            Err(error) => return Ok(unreadable(&error.context(path.display().to_string()))),
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
                say::json(&told)?;
            }
            Format::Text => say::text(text::tally(&configuration, &tally))?,
            Format::Sarif | Format::Md | Format::Svg | Format::MotYaml => {
                bail!("a configuration file is told as text or json")
            }
        }
        let met = min.is_none_or(|min| tally.class >= Some(min));
        Ok(if met { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn unreadable(error: &anyhow::Error) -> ExitCode {
    // Nobody may be reading.
    say::aside(format_args!("seedcorn: {error:#}"));
    ExitCode::from(UNREADABLE)
}

fn read(path: &Path, most: u64) -> anyhow::Result<String> {
    let bytes = std::fs::metadata(path).with_context(|| path.display().to_string())?.len();
    if bytes > most {
        bail!("{} is longer than {most} bytes", path.display());
    }
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn class(text: &str) -> anyhow::Result<Class> {
    Class::from_word(text).with_context(|| format!("--min is III, II or I, not {text:?}"))
}

fn component(text: &str, profile: Profile) -> anyhow::Result<Component> {
    let all: &[Component] = if profile == Profile::Data { &dataset::PARTS } else { &Component::ALL };
    let found = all.iter().find(|component| component.name().eq_ignore_ascii_case(text));
    let names: Vec<&str> = all.iter().map(|component| component.name()).collect();
    found.copied().ok_or_else(|| anyhow!("--explain takes one of: {}; not {text:?}", names.join(", ")))
}

fn exit(verdict: &Verdict, min: Option<Class>) -> ExitCode {
    match min {
        None => ExitCode::SUCCESS,
        Some(min) if verdict.confirmed.class() >= Some(min) => ExitCode::SUCCESS,
        Some(min) if verdict.possible.class() >= Some(min) => ExitCode::from(4),
        Some(_) => ExitCode::from(1),
    }
}

fn json_of(release: &Release, verdict: &Verdict) -> serde_json::Value {
    let mut told = report::json(verdict);
    if let Some(map) = told.as_object_mut() {
        map.insert("name".into(), json!(release.name));
        if !release.commit.is_empty() {
            map.insert("commit".into(), json!(release.commit));
        }
        map.insert("class".into(), json!(verdict.confirmed));
        map.insert("rules".into(), json!(RULES_VERSION));
        map.insert("licenses".into(), json!(LICENSES_VERSION));
    }
    told
}
