//! What stands on a work, as the cards of others declare it: models on a model, models on a data set, everything on papers
//! and code. It is told to each reader as far as they may see it.

use std::collections::BTreeMap;

use seedcorn_core::access::Actor;
use seedcorn_core::card::Relation;
use seedcorn_core::id::NamespaceId;
use seedcorn_core::limits;
use seedcorn_core::paper::{Facts, tags_of_citing};
use seedcorn_core::repo::RepoKind;
use seedcorn_db::listings::{self, Listing};
use seedcorn_db::repos;

use crate::list::{self, Item, Page, Place};
use crate::repo::Repo;
use crate::{Commons, Result};

/// Repos that stand on a work in one way.
#[derive(Debug)]
pub struct Standing {
    /// What they are.
    pub kind: RepoKind,
    /// How they came from it; told of models that build on a model.
    pub relation: Option<Relation>,
    /// The tags of which each of them has one. They name the work; several of them, if it had other names.
    pub tags: Vec<String>,
    /// The newest of them, at most [`limits::STANDING_MAX`].
    pub items: Vec<Item>,
    /// How many there are.
    pub total: u64,
    /// How many models build on those of `items`.
    pub deeper: u64,
}

/// All that stands on a work, group by group; `facts` are those of a paper's card. Groups that nothing is of are there too,
/// and empty.
pub async fn on(
    commons: &Commons,
    actor: Option<&Actor>,
    work: &Repo,
    facts: &Facts,
) -> Result<Vec<Standing>> {
    let names = repos::list_names(&mut commons.db.look().await?, &work.id).await?;
    let mut all = Vec::new();
    for (kind, relation, tags) in groups(work.kind, &names, facts) {
        all.push(tagged(commons, actor, (kind, relation), tags).await?);
    }
    Ok(all)
}

/// What names a work with a tag of its own: kind, relation, and the tags by all the names that it has and had.
fn groups(kind: RepoKind, names: &[String], facts: &Facts) -> Vec<(RepoKind, Option<Relation>, Vec<String>)> {
    let named =
        |prefix: &str| -> Vec<String> { names.iter().map(|name| format!("{prefix}:{name}")).collect() };
    match kind {
        RepoKind::Model => {
            let tags = |relation: Relation| names.iter().map(|name| relation.tag(name)).collect();
            let models = Relation::ALL.map(|relation| (RepoKind::Model, Some(relation), tags(relation)));
            models.into_iter().chain([(RepoKind::Space, None, named("model"))]).collect()
        }
        RepoKind::Dataset => {
            [RepoKind::Model, RepoKind::Space].map(|kind| (kind, None, named("dataset"))).into()
        }
        RepoKind::Space => Vec::new(),
        RepoKind::Paper => RepoKind::ALL.map(|kind| (kind, None, tags_of_citing(facts, names, kind))).into(),
        RepoKind::Code => {
            let tags = named("code");
            RepoKind::ALL.map(|kind| (kind, None, tags.clone())).into()
        }
    }
}

/// The newest repos of a kind that have one of these tags and that an actor may see.
async fn tagged(
    commons: &Commons,
    actor: Option<&Actor>,
    (kind, relation): (RepoKind, Option<Relation>),
    tags: Vec<String>,
) -> Result<Standing> {
    let mut standing = Standing { kind, relation, tags, items: Vec::new(), total: 0, deeper: 0 };
    if standing.tags.is_empty() {
        return Ok(standing);
    }
    let (mine, all) = list::sees(actor);
    let what = seen(kind, &mine, all);
    let mut tx = commons.db.look().await?;
    let total = listings::count_tagged(&mut tx, &what, &standing.tags).await?;
    if total > 0 {
        let limit = i64::try_from(limits::STANDING_MAX).unwrap_or(i64::MAX);
        let listed =
            listings::list_tagged(&mut tx, &what, &standing.tags, false, (i64::MAX, ""), limit).await?;
        standing.items = list::with_cards(&mut tx, listed).await?;
    }
    if relation.is_some() && total > 0 {
        let next = standing.items.iter().map(|item| format!("base_model:{}", item.repo.full_name()));
        let next: Vec<String> = next.collect();
        let deeper = listings::count_tagged(&mut tx, &what, &next).await?;
        standing.deeper = u64::try_from(deeper).unwrap_or_default();
    }
    standing.total = u64::try_from(total).unwrap_or_default();
    Ok(standing)
}

/// All repos of a kind that somebody may see.
pub(crate) fn seen(kind: RepoKind, mine: &[NamespaceId], all: bool) -> Listing<'_> {
    Listing {
        kind: Some(kind),
        author: "",
        search: &[],
        gated: None,
        tags: &[],
        parameters: None,
        openness: None,
        mine,
        all,
    }
}

/// A page of all that stands on a work, the newest first; `facts` are those of a paper's card.
pub async fn page(
    commons: &Commons,
    actor: Option<&Actor>,
    (work, facts): (&Repo, &Facts),
    after: Option<Place>,
    limit: usize,
) -> Result<Page> {
    let (mine, all) = list::sees(actor);
    let mut tx = commons.db.look().await?;
    let names = repos::list_names(&mut tx, &work.id).await?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let after = after.as_ref().map_or((i64::MAX, ""), |(created, id)| (*created, id.as_str()));
    let mut found = Vec::new();
    for (kind, tags) in by_kind(groups(work.kind, &names, facts)) {
        let what = seen(kind, &mine, all);
        found.extend(listings::list_tagged(&mut tx, &what, &tags, false, after, most).await?);
    }
    found.sort_by(|a, b| (b.repo.created, &a.repo.id).cmp(&(a.repo.created, &b.repo.id)));
    found.truncate(limit);
    let full = found.len() == limit;
    let wanted = found.len();
    let items = list::with_cards(&mut tx, found).await?;
    let last = items.last().filter(|_| full || items.len() < wanted);
    let next = last.map(|last| (last.repo.created.0, last.repo.id.clone()));
    Ok(Page { items, next })
}

/// The tags of all groups of a kind together.
fn by_kind(groups: Vec<(RepoKind, Option<Relation>, Vec<String>)>) -> BTreeMap<RepoKind, Vec<String>> {
    let mut all: BTreeMap<RepoKind, Vec<String>> = BTreeMap::new();
    for (kind, _, tags) in groups {
        all.entry(kind).or_default().extend(tags);
    }
    all
}
