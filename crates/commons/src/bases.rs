//! What a work says it builds on, and for a model what that builds on in turn. It is told to each reader as far as they may
//! see it.

use std::collections::{BTreeSet, VecDeque};

use seedcorn_core::access::Actor;
use seedcorn_core::card::{self, Metadata, Relation};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::repos;

use crate::access::{Grant, See, authorize};
use crate::list::{self, Item};
use crate::repo::Repo;
use crate::{Commons, Refusal, Result};

/// A model that a model builds on, itself or through others.
#[derive(Debug)]
pub struct Base {
    /// As the card has it that names it.
    pub name: String,
    /// How what names it came from it, by the same card.
    pub relation: Relation,
    /// What names it, if that is a base itself.
    pub under: Option<String>,
    /// Its repo here, if there is one that the reader may see.
    pub repo: Option<Item>,
}

/// The names of what a work's card says it builds on, at most [`limits::BASES_TOLD_MAX`]: a model's bases are models, a
/// data set's are data sets, and so on.
pub fn named(kind: RepoKind, metadata: &Metadata) -> Vec<String> {
    let key = match kind {
        RepoKind::Model => "base_model",
        RepoKind::Dataset => "source_datasets",
        RepoKind::Space => "models",
        RepoKind::Paper => "papers",
        RepoKind::Code => "code",
    };
    card::texts(metadata, key).take(limits::BASES_TOLD_MAX).map(str::to_owned).collect()
}

/// Some of the models that a model builds on, and how many more its card names itself.
#[derive(Debug, Default)]
pub struct Bases {
    /// Its own bases, then theirs, and so on down.
    pub told: Vec<Base>,
    /// Whether there are more than are told.
    pub more: bool,
}

/// The models that a model builds on, level by level, at most [`limits::BASES_SHOWN_MAX`], each once: cards can name each
/// other, and themselves, in circles.
pub async fn tree(
    commons: &Commons,
    actor: Option<&Actor>,
    work: &Repo,
    metadata: &Metadata,
) -> Result<Bases> {
    let mut bases = Bases::default();
    let mut open: VecDeque<Base> = bases_of(metadata, None).into();
    let mut known: BTreeSet<String> = [work.full_name().to_ascii_lowercase()].into();
    while let Some(mut base) = open.pop_front() {
        if !known.insert(base.name.to_ascii_lowercase()) {
            continue;
        }
        if bases.told.len() == limits::BASES_SHOWN_MAX {
            bases.more = true;
            break;
        }
        base.repo = by_name(commons, actor, RepoKind::Model, &base.name).await?;
        if let Some(item) = &base.repo {
            // Under a name that it had before it is the same.
            if item.repo.id == work.id || !known.insert(item.repo.id.to_string()) {
                continue;
            }
            let metadata: Metadata = serde_json::from_str(&item.card.card).unwrap_or_default();
            open.extend(bases_of(&metadata, Some(&base.name)));
        }
        bases.told.push(base);
    }
    Ok(bases)
}

/// Those that one card names.
fn bases_of(metadata: &Metadata, under: Option<&str>) -> Vec<Base> {
    let relation = Relation::of(metadata);
    let names = card::texts(metadata, "base_model").take(limits::BASES_SHOWN_MAX + 1);
    let base =
        |name: &str| Base { name: name.to_owned(), relation, under: under.map(str::to_owned), repo: None };
    names.map(base).collect()
}

/// The repo that a name leads to, an old one too, if the reader may see it.
pub(crate) async fn by_name(
    commons: &Commons,
    actor: Option<&Actor>,
    kind: RepoKind,
    full_name: &str,
) -> Result<Option<Item>> {
    let grant: Grant<See> = match authorize(commons, actor, kind, full_name).await {
        Err(Refusal::Moved(now)) => authorize(commons, actor, kind, &now).await?,
        Err(Refusal::Unseen) => return Ok(None),
        answer => answer?,
    };
    let card = crate::repo::card(commons, &grant).await?;
    Ok(Some(Item { repo: grant.repo().clone(), card }))
}

/// Which of these names of models lead to one here that the reader may see; in lower case.
pub async fn here(commons: &Commons, actor: Option<&Actor>, names: &[String]) -> Result<BTreeSet<String>> {
    if names.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (mine, all) = list::sees(actor);
    let mut tx = commons.db.look().await?;
    Ok(repos::list_seen(&mut tx, RepoKind::Model, names, &mine, all).await?.into_iter().collect())
}
