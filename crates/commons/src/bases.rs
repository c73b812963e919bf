//! What a work says it builds on, and for a model what that builds on in turn. It is told to each reader as far as they may
//! see it.

use seedcorn_core::access::Actor;
use seedcorn_core::card::{self, Metadata, Relation};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;

use crate::access::{Grant, See, authorize};
use crate::list::Item;
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

/// The models that a model builds on, each followed by those it builds on itself; at most [`limits::BASES_SHOWN_MAX`], and
/// each once, though cards can name each other in circles.
pub async fn tree(commons: &Commons, actor: Option<&Actor>, metadata: &Metadata) -> Result<Vec<Base>> {
    let mut told: Vec<Base> = Vec::new();
    let mut open = bases_of(metadata, None);
    while let Some(mut base) = open.pop() {
        if told.len() == limits::BASES_SHOWN_MAX {
            break;
        }
        if told.iter().any(|known| known.name == base.name) {
            continue;
        }
        base.repo = by_name(commons, actor, RepoKind::Model, &base.name).await?;
        if let Some(item) = &base.repo {
            let metadata: Metadata = serde_json::from_str(&item.card.card).unwrap_or_default();
            open.extend(bases_of(&metadata, Some(&base.name)));
        }
        told.push(base);
    }
    Ok(told)
}

/// Those that one card names, the first of them last.
fn bases_of(metadata: &Metadata, under: Option<&str>) -> Vec<Base> {
    let relation = Relation::of(metadata);
    let names = card::texts(metadata, "base_model").take(limits::BASES_SHOWN_MAX);
    let base =
        |name: &str| Base { name: name.to_owned(), relation, under: under.map(str::to_owned), repo: None };
    let mut bases: Vec<Base> = names.map(base).collect();
    bases.reverse();
    bases
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
