//! The profile `mot`: a configuration file of the Model Openness Tool, judged as the tool itself judges it (its evaluator at
//! commit `8b5d30e`). What it says is what the file claims, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use super::component::{Component, Content};
use super::open_ids::MOT_OPEN;
use super::tally::{Status, Tally, tally};
use crate::card;

/// A configuration file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Configuration {
    /// The release's name.
    pub name: String,
    /// The parts it lists, each with its own licence: `None` if it names none, and then a licence of the whole holds; empty
    /// or `unlicensed` if it says that there is none.
    pub components: BTreeMap<Component, Option<String>>,
    /// The licence of all of it, if it names one.
    pub distribution: Option<String>,
    /// The licence of all parts of a kind, where it names one.
    pub contents: BTreeMap<Content, String>,
}

/// Why a configuration file cannot be judged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadConfiguration {
    /// It is no YAML.
    #[error("the file is no YAML: {0}")]
    Yaml(String),
    /// It has no such field.
    #[error("the file has no {0}; a configuration of the Model Openness Tool has one")]
    Lacks(&'static str),
    /// It lists a part that the framework does not know.
    #[error("the framework has no component called {0:?}")]
    Unknown(String),
}

impl Configuration {
    /// Reads a file.
    ///
    /// # Errors
    /// Where the tool would guess, this refuses: a component of another name is an error.
    pub fn read(yaml: &str) -> Result<Configuration, BadConfiguration> {
        let file = card::metadata(yaml).map_err(|error| BadConfiguration::Yaml(error.to_string()))?;
        let release =
            file.get("release").and_then(Value::as_object).ok_or(BadConfiguration::Lacks("\"release\""))?;
        let listed = release.get("components").and_then(Value::as_array);
        let mut components = BTreeMap::new();
        for part in listed.ok_or(BadConfiguration::Lacks("\"release.components\""))? {
            let name = part.get("name").and_then(Value::as_str);
            let name = name.ok_or(BadConfiguration::Lacks("\"name\" of a component"))?;
            let component = Component::named(name)
                .ok_or_else(|| BadConfiguration::Unknown(name.chars().take(100).collect()))?;
            let license = part.get("license").and_then(Value::as_str).map(str::to_owned);
            components.insert(component, license);
        }
        let global = |kind: &str| {
            let name = release.get("license")?.get(kind)?.get("name")?.as_str()?;
            (!name.is_empty()).then(|| name.to_owned())
        };
        let contents = [Content::Code, Content::Data, Content::Document];
        Ok(Configuration {
            name: release.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            components,
            distribution: global("distribution"),
            contents: contents.into_iter().filter_map(|kind| Some((kind, global(kind.word())?))).collect(),
        })
    }

    /// The licence that holds for a part, as it is written; `None` if none does.
    pub fn license(&self, component: Component) -> Option<&str> {
        match self.components.get(&component)? {
            Some(own) => (!own.is_empty() && own != "unlicensed").then_some(own),
            None => {
                let of_kind = self.contents.get(&component.content());
                of_kind.or(self.distribution.as_ref()).map(String::as_str)
            }
        }
    }

    /// The state of a part.
    pub fn status(&self, component: Component) -> Status {
        match (self.components.contains_key(&component), self.license(component)) {
            (false, _) => Status::Missing,
            (true, None) => Status::Unlicensed,
            (true, Some(license)) if is_open(license) => Status::Included,
            (true, Some(_)) => Status::Invalid,
        }
    }

    /// What it all comes to.
    pub fn tally(&self) -> Tally {
        tally(|component| self.status(component))
    }
}

/// Whether the tool takes an id for open: in this very spelling.
pub fn is_open(id: &str) -> bool {
    MOT_OPEN.binary_search(&id).is_ok()
}
