//! Lists of repos that somebody may see: by name, by words, by tags, in an order, in pages; and how often tags are used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search::{self, Wanted};
use seedcorn_db::listings::{self, Listed, Listing, Order};
use seedcorn_db::{Tx, search as rows};

use crate::repo::{CardRow, Repo};
use crate::{Commons, Refusal, Result};

/// How a listing is ordered; always greatest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sort {
    /// What fits the words best; when there are none, as `Updated`.
    Best,
    /// When its default branch last moved.
    #[default]
    Updated,
    /// When it was made.
    Created,
    /// File requests.
    Downloads,
}

/// A place in an order: the last row's figure and id.
pub type Place = (i64, RepoId);

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Which kind; all of them only together with words.
    pub kind: Option<RepoKind>,
    /// Only of this owner, when not empty.
    pub author: String,
    /// Only with all these texts in `owner/name`.
    pub search: Vec<String>,
    /// Only with all these words in name, tags or card, when not empty.
    pub words: String,
    /// Only those whose files need a grant, or only those whose files do not.
    pub gated: Option<bool>,
    /// Only with all these tags.
    pub tags: Vec<String>,
    /// The order.
    pub sort: Sort,
    /// After this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
}

/// A repo of a listing.
#[derive(Debug)]
pub struct Item {
    /// The repo.
    pub repo: Repo,
    /// Its card and tags.
    pub card: CardRow,
}

/// A page of a listing.
#[derive(Debug)]
pub struct Page {
    /// What is on it.
    pub items: Vec<Item>,
    /// Where the next one begins; `None` if nothing follows.
    pub next: Option<Place>,
}

/// The namespaces whose private repos somebody may see, and whether they may see all.
pub(crate) fn sees(actor: Option<&Actor>) -> (Vec<NamespaceId>, bool) {
    let all = actor.is_some_and(|actor| actor.admin && !matches!(actor.scope, Scope::Fine(_)));
    (actor.map(Actor::readable_namespaces).unwrap_or_default(), all)
}

/// How many repos of each kind an actor may see.
pub async fn count(commons: &Commons, actor: Option<&Actor>) -> Result<Vec<(RepoKind, u64)>> {
    let (mine, all) = sees(actor);
    let rows = listings::count_visible(&mut commons.db.look().await?, &mine, all).await?;
    let of =
        |kind: RepoKind| rows.iter().find(|(word, _)| word == kind.word()).map_or(0, |(_, count)| *count);
    Ok(RepoKind::ALL.map(|kind| (kind, u64::try_from(of(kind)).unwrap_or_default())).to_vec())
}

/// A page of repos that an actor may see. It ends early when cards and tags grow larger than
/// [`limits::LIST_PAGE_CARD_BYTES_MAX`].
///
/// # Errors
/// `Invalid` for a search longer than any name, or for too many tags.
pub async fn list(commons: &Commons, actor: Option<&Actor>, query: &Query) -> Result<Page> {
    check(query)?;
    let (mine, all) = sees(actor);
    let what = Listing {
        kind: query.kind,
        author: &query.author,
        search: &query.search,
        gated: query.gated,
        tags: &query.tags,
        mine: &mine,
        all,
    };
    let after = query.after.as_ref().map_or((i64::MAX, "~"), |(figure, id)| (*figure, id.as_str()));
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut tx = commons.db.read().await?;
    let listed = match few(&mut tx, query).await? {
        Some(few) => listings::list_among(&mut tx, &what, &few, order(query), after, limit).await?,
        None => by_figure(listings_of(&mut tx, &what, query, after, limit).await?, query.sort),
    };
    let (found, places) = (listed.len(), places(&listed));
    let items = with_cards(&mut tx, listed.into_iter().map(|(_, listed)| listed).collect()).await?;
    let more = found == query.limit || items.len() < found;
    let next =
        items.last().filter(|_| more).and_then(|last| places.into_iter().find(|(_, id)| *id == last.repo.id));
    Ok(Page { items, next })
}

fn check(query: &Query) -> Result<()> {
    let search = query.search.iter().map(|text| ("search", text));
    for (name, text) in search.chain([("q", &query.words)]) {
        if text.len() > limits::SEARCH_BYTES_MAX {
            let max = limits::SEARCH_BYTES_MAX;
            return Err(Refusal::Invalid(format!("\"{name}\" has at most {max} bytes; no name is longer")));
        }
    }
    if query.tags.len().max(query.search.len()) > limits::LIST_TAGS_MAX {
        let max = limits::LIST_TAGS_MAX;
        return Err(Refusal::Invalid(format!("a list is narrowed by at most {max} tags and texts")));
    }
    let place = query.after.iter().map(|(_, id)| id.as_str());
    let mut texts = query.tags.iter().map(String::as_str).chain([query.author.as_str()]).chain(place);
    if texts.any(|text| text.contains('\0')) {
        return Err(Refusal::Invalid("a list is narrowed by no text that holds NUL".into()));
    }
    Ok(())
}

fn order(query: &Query) -> Order {
    match query.sort {
        Sort::Best if !Wanted::read(&query.words).is_empty() => Order::Given,
        Sort::Best | Sort::Updated => Order::Updated,
        Sort::Created => Order::Created,
        Sort::Downloads => Order::Downloads,
    }
}

async fn listings_of(
    tx: &mut Tx,
    what: &Listing<'_>,
    query: &Query,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<Listed>> {
    Ok(match query.sort {
        Sort::Downloads => listings::list_by_downloads(tx, what, after, limit).await?,
        Sort::Best | Sort::Updated => listings::list_by_time(tx, what, false, after, limit).await?,
        Sort::Created => listings::list_by_time(tx, what, true, after, limit).await?,
    })
}

fn by_figure(listed: Vec<Listed>, sort: Sort) -> Vec<(i64, Listed)> {
    let figure = |repo: &Repo| match sort {
        Sort::Best | Sort::Updated => repo.updated.0,
        Sort::Created => repo.created.0,
        Sort::Downloads => repo.downloads,
    };
    listed.into_iter().map(|listed| (figure(&listed.repo), listed)).collect()
}

fn places(listed: &[(i64, Listed)]) -> Vec<Place> {
    listed.iter().map(|(figure, listed)| (*figure, listed.repo.id.clone())).collect()
}

/// The few repos among which the answer is, with their rank (greatest first), if words or a rare tag name them; `None` if
/// the whole list must be gone through, which then is quick, since what is asked for is common.
async fn few(tx: &mut Tx, query: &Query) -> Result<Option<Vec<(RepoId, i64)>>> {
    let wanted = Wanted::read(&query.words);
    let mut few = None;
    if !wanted.is_empty() {
        few = Some(ranked(tx, &wanted, &query.words).await?);
    } else if !query.words.trim().is_empty() {
        // Marks alone are in no text.
        few = Some(Vec::new());
    }
    let Some(kind) = query.kind else {
        return Ok(few);
    };
    let most = i64::try_from(limits::SEARCH_FOUND_MAX).unwrap_or(i64::MAX);
    for tag in &query.tags {
        if few.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
        let tagged = rows::tagged(tx, kind, tag, most.saturating_add(1)).await?;
        if tagged.len() > limits::SEARCH_FOUND_MAX {
            continue;
        }
        let tagged: BTreeSet<RepoId> = tagged.into_iter().collect();
        few = Some(match few {
            None => tagged.into_iter().map(|id| (id, 0)).collect(),
            Some(few) => few.into_iter().filter(|(id, _)| tagged.contains(id)).collect(),
        });
    }
    Ok(few)
}

/// What has the words, best last in figures: the first has the greatest. Words that too many repos have are looked for in
/// names and tags alone, where those who search for such a word mean it.
async fn ranked(tx: &mut Tx, wanted: &Wanted, query: &str) -> Result<Vec<(RepoId, i64)>> {
    let most = i64::try_from(limits::SEARCH_FOUND_MAX).unwrap_or(i64::MAX);
    let mut found = rows::matching(tx, wanted, false, most.saturating_add(1)).await?;
    if found.len() > limits::SEARCH_FOUND_MAX {
        let named = rows::matching(tx, wanted, true, most).await?;
        if !named.is_empty() {
            found = named;
        }
    }
    let ordered = search::order(found, query);
    let figures = (0_i64..).map(|place| most.saturating_add(1) - place);
    Ok(ordered.into_iter().map(|one| one.id).zip(figures).collect())
}

/// Those of the first repos whose cards and tags fit into a page, with them; never none of some.
pub(crate) async fn with_cards(tx: &mut Tx, listed: Vec<Listed>) -> Result<Vec<Item>> {
    let (mut bytes, mut repos) = (0, Vec::new());
    for listed in listed {
        bytes += usize::try_from(listed.card_bytes).unwrap_or_default();
        if bytes > limits::LIST_PAGE_CARD_BYTES_MAX && !repos.is_empty() {
            break;
        }
        repos.push(listed.repo);
    }
    let ids: Vec<RepoId> = repos.iter().map(|repo| repo.id.clone()).collect();
    let rows = listings::list_cards(tx, &ids).await?;
    let mut cards: BTreeMap<RepoId, CardRow> = rows.into_iter().map(|row| (row.repo.clone(), row)).collect();
    Ok(repos.into_iter().filter_map(|repo| Some(Item { card: cards.remove(&repo.id)?, repo })).collect())
}

/// How often the tags of each facet are used by public repos of a kind: facet to tags and counts, the most used first, at
/// most [`limits::FACET_TAGS_MAX`] of a facet.
pub type Facets = BTreeMap<String, Vec<(String, u64)>>;

/// Counts of one kind, when they were made, and how long that took.
type Counted = (Arc<Facets>, Instant, Duration);

/// The last counts of each kind. Counting reads every tag there is, so counts stay for a hundred times as long as making
/// them took: on a small hub they are always true, and on a large one they cost a hundredth of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(Arc<tokio::sync::Mutex<BTreeMap<RepoKind, Counted>>>);

/// What the tags of a kind are, and how often they are used.
pub async fn facets(commons: &Commons, kind: RepoKind) -> Result<Arc<Facets>> {
    // Held while counting, so that many who ask at once wait for one count.
    let mut counts = commons.counts.0.lock().await;
    if let Some((facets, at, took)) = counts.get(&kind)
        && at.elapsed() < *took * 100
    {
        return Ok(facets.clone());
    }
    let start = Instant::now();
    let mut tx = commons.db.look().await?;
    let limit = i64::try_from(limits::FACET_TAGS_MAX).unwrap_or(i64::MAX);
    let mut facets = Facets::new();
    for facet in rows::facets(&mut tx, kind).await? {
        let tags = rows::count_tags(&mut tx, kind, &facet, limit).await?;
        let tags = tags.into_iter().map(|(tag, uses)| (tag, u64::try_from(uses).unwrap_or_default()));
        facets.insert(facet, tags.collect());
    }
    let facets = Arc::new(facets);
    counts.insert(kind, (facets.clone(), Instant::now(), start.elapsed()));
    Ok(facets)
}
