//! What is graded: a folder of this machine, or a revision of a repo in the store of a hub.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::ValueEnum;
use seedcorn_commons::grade::{self, BadFolder, Graded};
use seedcorn_commons::store::Unused;
use seedcorn_core::name;
use seedcorn_core::openness::review::{self, Reviewed};
use seedcorn_core::openness::{Finding, Profile, Remark, Verdict, evaluate};
use seedcorn_core::repo::RepoKind;

use crate::config::Resolved;
use crate::open;

/// What a release is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Kind {
    /// A model.
    Model,
    /// A data set.
    Dataset,
}

impl From<Kind> for RepoKind {
    fn from(kind: Kind) -> RepoKind {
        match kind {
            Kind::Model => RepoKind::Model,
            Kind::Dataset => RepoKind::Dataset,
        }
    }
}

/// Where it is.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A folder, or a file that is looked at later.
    Folder(PathBuf, Kind),
    /// A repo of a hub: kind, `namespace/name`, revision.
    Hub(Kind, String, String),
}

/// A release that was graded.
#[derive(Debug)]
pub(super) struct Release {
    /// Its name.
    pub(super) name: String,
    /// Who owns it, if it is a repo.
    pub(super) owner: String,
    /// Its commit, if it is a repo.
    pub(super) commit: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Folder(Vec<Finding>, Vec<Remark>),
    Hub(Box<Graded>),
}

impl Release {
    /// The verdict by a profile.
    pub(super) fn verdict(&self, profile: Profile) -> Verdict {
        match &self.what {
            What::Folder(findings, remarks) => evaluate(findings, remarks, profile),
            What::Hub(graded) => graded.verdict(profile),
        }
    }

    /// Lets reviews count for a folder, whatever its work is called elsewhere; a hub's store has its own.
    pub(super) fn count(&mut self, reviews: &[Reviewed]) {
        if let What::Folder(findings, _) = &mut self.what {
            for one in reviews {
                review::apply(&one.review.work, findings, std::slice::from_ref(one));
            }
        }
    }

    /// The first letters of its commit.
    pub(super) fn short(&self) -> String {
        self.commit.chars().take(7).collect()
    }
}

impl Source {
    /// What an argument means: a folder if there is one, else a repo if it is named as one.
    pub(super) fn read(text: &str, kind: Kind) -> anyhow::Result<Source> {
        let path = Path::new(text);
        match text.strip_prefix("hub:") {
            Some(named) => Source::named(named, kind)
                .ok_or_else(|| anyhow!("{text:?} is not hub:NAMESPACE/NAME[@REVISION]")),
            None if path.exists() => Ok(Source::Folder(path.to_owned(), kind)),
            None if text.starts_with(['.', '/']) => bail!("there is no folder {text}"),
            None => Source::named(text, kind)
                .ok_or_else(|| anyhow!("{text:?} is neither a folder here nor NAMESPACE/NAME[@REVISION]")),
        }
    }

    fn named(text: &str, kind: Kind) -> Option<Source> {
        let (name, revision) = text.split_once('@').unwrap_or((text, "main"));
        let (kind, name) = match name.split_once('/') {
            Some(("datasets", rest)) => (Kind::Dataset, rest),
            Some(("models", rest)) => (Kind::Model, rest),
            _ => (kind, name),
        };
        let named = name::split_full_name(name).is_ok() && !revision.is_empty();
        named.then(|| Source::Hub(kind, name.to_owned(), revision.to_owned()))
    }

    /// What it is.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Source::Folder(_, kind) | Source::Hub(kind, ..) => *kind,
        }
    }

    /// The same repo at another revision; nothing for a folder.
    pub(super) fn at(&self, revision: &str) -> Option<Source> {
        match self {
            Source::Folder(..) => None,
            Source::Hub(kind, name, _) => Some(Source::Hub(*kind, name.clone(), revision.to_owned())),
        }
    }

    /// Reads and grades it.
    pub(super) async fn grade(&self, settings: &Resolved) -> anyhow::Result<Release> {
        match self {
            Source::Folder(path, kind) => folder(path, *kind),
            Source::Hub(kind, name, revision) => {
                let commons = open::commons(settings, Unused::Refuse).await?;
                let graded = grade::by_operator(&commons, (*kind).into(), name, revision).await;
                commons.close().await?;
                let graded = graded?;
                Ok(Release {
                    name: name.clone(),
                    owner: name.split('/').next().unwrap_or_default().to_owned(),
                    commit: graded.commit.to_string(),
                    what: What::Hub(Box::new(graded)),
                })
            }
        }
    }
}

pub(super) fn folder(path: &Path, kind: Kind) -> anyhow::Result<Release> {
    let release = match grade::folder(path) {
        Ok(release) => release,
        Err(error @ BadFolder::NoFolder(_)) if path.is_file() => {
            bail!("{error}; a file of the Model Openness Tool is read with --profile mot")
        }
        Err(error) => return Err(error.into()),
    };
    let (findings, remarks) = grade::findings(kind.into(), &release);
    Ok(Release {
        name: release.name,
        owner: String::new(),
        commit: String::new(),
        what: What::Folder(findings, remarks),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_folders() {
        let read = |text: &str| match Source::read(text, Kind::Model) {
            Ok(Source::Hub(kind, name, revision)) => format!("{kind:?} {name} {revision}"),
            Ok(Source::Folder(path, _)) => format!("folder {}", path.display()),
            Err(error) => error.to_string(),
        };
        assert_eq!(read("ada/one"), "Model ada/one main");
        assert_eq!(read("datasets/ada/rows@v1.0"), "Dataset ada/rows v1.0");
        assert_eq!(read("hub:models/ada/one@refs/pr/1"), "Model ada/one refs/pr/1");
        assert_eq!(read("src"), "folder src");
        assert!(read("./nowhere").contains("no folder") && read("nowhere").contains("neither"));
        assert!(read("ada/one@").contains("neither"));
    }
}
