//! Papers and code: which papers a work names, which code it was made with, and the papers that are here. Everything is
//! told to each reader as far as they may see it.

use seedcorn_core::access::Actor;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::paper::{ArxivId, Cited};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::listings;

use crate::bases::by_name;
use crate::list::{self, Item, Query, Sort};
use crate::standing::seen;
use crate::{Commons, Result};

/// The repo of the paper with an arXiv id: the one that has said for longest that it is it, so that nobody takes a paper
/// over by saying so later.
pub async fn by_arxiv(commons: &Commons, actor: Option<&Actor>, id: &ArxivId) -> Result<Option<Item>> {
    first_to_say(commons, actor, format!("arxiv:{id}")).await
}

/// The repo of a paper that is named in some way, if the reader may see it.
pub(crate) async fn of_cited(commons: &Commons, actor: Option<&Actor>, said: &Cited) -> Result<Option<Item>> {
    match said {
        Cited::Arxiv(id) => by_arxiv(commons, actor, id).await,
        Cited::Doi(doi) => first_to_say(commons, actor, format!("doi:{doi}")).await,
        Cited::Repo(name) => by_name(commons, actor, RepoKind::Paper, name).await,
    }
}

async fn first_to_say(commons: &Commons, actor: Option<&Actor>, tag: String) -> Result<Option<Item>> {
    let (mine, all) = list::sees(actor);
    let mut tx = commons.db.look().await?;
    let what = seen(RepoKind::Paper, &mine, all);
    let listed = listings::list_tagged(&mut tx, &what, &[tag], true, (i64::MAX, ""), 1).await?;
    Ok(list::with_cards(&mut tx, listed).await?.pop())
}

/// A paper that a work names.
#[derive(Debug)]
pub struct Named {
    /// What its card says.
    pub said: Cited,
    /// Its repo here, if it has one that the reader may see.
    pub repo: Option<Item>,
}

/// The papers that a work's tags name, in their order, at most [`limits::NAMED_MAX`]; one that is named in two ways stands
/// once.
pub async fn named(commons: &Commons, actor: Option<&Actor>, tags: &[String]) -> Result<Vec<Named>> {
    let mut named: Vec<Named> = Vec::new();
    for said in tags.iter().filter_map(|tag| Cited::from_tag(tag)).take(limits::NAMED_MAX) {
        let repo = of_cited(commons, actor, &said).await?;
        let there = |one: &Named| {
            one.repo.as_ref().zip(repo.as_ref()).is_some_and(|(one, other)| one.repo.id == other.repo.id)
        };
        if !named.iter().any(there) {
            named.push(Named { said, repo });
        }
    }
    Ok(named)
}

/// The code repos of these names that a reader may see, and for the others their names.
pub async fn code(
    commons: &Commons,
    actor: Option<&Actor>,
    names: &[String],
) -> Result<Vec<(String, Option<Item>)>> {
    let mut all = Vec::new();
    for name in names.iter().take(limits::NAMED_MAX) {
        all.push((name.clone(), by_name(commons, actor, RepoKind::Code, name).await?));
    }
    Ok(all)
}

/// Which papers to list.
#[derive(Clone, Debug, Default)]
pub struct Newest {
    /// Made here at or after this moment.
    pub from: Option<Time>,
    /// Made here before this moment.
    pub until: Option<Time>,
    /// Only of this owner, when not empty.
    pub owner: String,
    /// So many of the first are left out.
    pub skip: usize,
    /// At most so many; together with `skip` no more than [`limits::PAPERS_LISTED_MAX`].
    pub limit: usize,
}

/// Papers by the moment their repo was made, the newest first.
pub async fn newest(commons: &Commons, actor: Option<&Actor>, what: &Newest) -> Result<Vec<Item>> {
    let wanted = what.skip.saturating_add(what.limit).min(limits::PAPERS_LISTED_MAX);
    let mut found: Vec<Item> = Vec::new();
    let mut query = Query {
        kind: Some(RepoKind::Paper),
        author: what.owner.clone(),
        sort: Sort::Created,
        after: what.until.map(|until| (until.0, RepoId(String::new()))),
        ..Query::default()
    };
    while found.len() < wanted {
        query.limit = wanted - found.len();
        let page = list::list(commons, actor, &query).await?;
        let fresh = |item: &Item| what.from.is_none_or(|from| item.repo.created >= from);
        let all = page.items.iter().all(fresh);
        found.extend(page.items.into_iter().filter(fresh));
        match page.next {
            Some(next) if all => query.after = Some(next),
            _ => break,
        }
    }
    Ok(found.into_iter().skip(what.skip).take(what.limit).collect())
}
