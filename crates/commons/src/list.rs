//! Lists of repos that somebody may see: by name, by words, by tags, in an order, in pages.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::limits;
use seedcorn_core::openness::Class;
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search::{self, Wanted};
use seedcorn_db::listings::{self, Figure, Listed, Listing};
use seedcorn_db::members;
use seedcorn_db::search::{Among, Within};
use seedcorn_db::{Tx, search as rows};

use crate::repo::{CardRow, Repo};
use crate::{Commons, Refusal, Result, grade};

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
    /// How many like it.
    Likes,
    /// How open they are; what is not graded is not listed.
    Openness,
}

/// A place in an order: the last row's figure and id.
pub type Place = (i64, RepoId);

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Which kind, or all of them.
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
    /// Only models of which so many parameters were counted.
    pub parameters: Option<Range>,
    /// Only those that are sure to have at least this class.
    pub openness: Option<Class>,
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

/// A page of repos that an actor may see. It ends early when cards and tags grow larger than
/// [`limits::LIST_PAGE_CARD_BYTES_MAX`].
///
/// # Errors
/// `Invalid` for a search longer than any name, or for too many tags.
pub async fn list(commons: &Commons, actor: Option<&Actor>, query: &Query) -> Result<Page> {
    check(query)?;
    let mut tx = commons.db.look().await?;
    let worded = match owned_and_tagged(&mut tx, query).await? {
        Some(with) => worded(&mut tx, actor, query.kind, &query.words, &with).await?,
        None => return Ok(Page { items: Vec::new(), next: None }),
    };
    page(&mut tx, actor, query, &worded).await
}

/// The best few of each of some kinds for what somebody is typing.
///
/// # Errors
/// `Invalid` for words longer than any name.
pub async fn quick(
    commons: &Commons,
    actor: Option<&Actor>,
    words: &str,
    kinds: impl IntoIterator<Item = RepoKind>,
    limit: usize,
) -> Result<Vec<(RepoKind, Vec<Item>)>> {
    let mut query = Query { words: words.to_owned(), sort: Sort::Best, limit, ..Query::default() };
    check(&query)?;
    let mut tx = commons.db.look().await?;
    let worded = worded(&mut tx, actor, None, words, &[]).await?;
    let mut all = Vec::new();
    for kind in kinds {
        query.kind = Some(kind);
        all.push((kind, page(&mut tx, actor, &query, &worded).await?.items));
    }
    Ok(all)
}

async fn page(tx: &mut Tx, actor: Option<&Actor>, query: &Query, worded: &Worded) -> Result<Page> {
    let listed = match worded {
        Worded::Among(few) => pick(tx, actor, query, few).await?,
        Worded::Named(names) => walk(tx, actor, query, Figure::Downloads, names).await?,
        Worded::Nothing => walk(tx, actor, query, Figure::Updated, &[]).await?,
    };
    let (found, places) = (listed.len(), places(&listed));
    let items = with_cards(tx, listed.into_iter().map(|(_, listed)| listed).collect()).await?;
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

/// What the words say of where the answer is.
enum Worded {
    /// Among these, each with its rank, greatest first.
    Among(Vec<(RepoId, i64)>),
    /// So many repos have the words in their names that the words say little: who is used most comes first.
    Named(Vec<String>),
    /// There are no words.
    Nothing,
}

/// What must stand among the words of the tags of all that has the tags and the owner that are asked for, so that words are
/// looked for among those alone; `None` if there is no such owner.
async fn owned_and_tagged(tx: &mut Tx, query: &Query) -> Result<Option<Vec<String>>> {
    // Spaces are found by tags as well that they do not show; those are in no index of words.
    let shown = query.kind != Some(RepoKind::Space);
    let mut with: Vec<String> =
        query.tags.iter().filter(|_| shown).flat_map(|tag| search::words(tag)).collect();
    if !query.author.is_empty() && !query.words.is_empty() {
        match members::find(tx, &query.author).await? {
            Some(owner) => with.push(search::namespace_mark(&owner.id)),
            None => return Ok(None),
        }
    }
    with.sort_unstable();
    with.dedup();
    Ok(Some(with))
}

/// Looks the words up. Those that too many repos have are looked for in names and tags alone, or even in names alone,
/// where those who search for such a word mean it.
async fn worded(
    tx: &mut Tx,
    actor: Option<&Actor>,
    kind: Option<RepoKind>,
    query: &str,
    with: &[String],
) -> Result<Worded> {
    let wanted = Wanted::read(query);
    if wanted.is_empty() {
        // Marks alone are in no text.
        return Ok(if query.trim().is_empty() { Worded::Nothing } else { Worded::Among(Vec::new()) });
    }
    let most = i64::try_from(limits::SEARCH_FOUND_MAX).unwrap_or(i64::MAX);
    let (mine, all) = sees(actor);
    let among = Among { kind, mine: &mine, all, with };
    let mut within = None;
    // From the quickest to look through to the slowest.
    for wider in [Within::Names, Within::NamesAndTags, Within::All] {
        let count = rows::count_matching(tx, &wanted, wider, among, most + 1).await?;
        if count > most {
            if wider == Within::Names {
                return Ok(Worded::Named(wanted.words().to_vec()));
            }
            within.get_or_insert(wider);
            break;
        }
        within = if count > 0 { Some(wider) } else { within };
    }
    let Some(within) = within else {
        return Ok(Worded::Among(Vec::new()));
    };
    let ordered = search::order(rows::matching(tx, &wanted, within, among, most).await?, query);
    let figures = (0_i64..).map(|place| most.saturating_add(1) - place);
    Ok(Worded::Among(ordered.into_iter().map(|one| one.id).zip(figures).collect()))
}

fn after(query: &Query) -> (i64, &str) {
    query.after.as_ref().map_or((i64::MAX, "~"), |(figure, id)| (*figure, id.as_str()))
}

fn limit(query: &Query) -> i64 {
    i64::try_from(query.limit).unwrap_or(i64::MAX)
}

/// The figure that orders a list, if one was asked for, or if nothing else does.
fn figure(query: &Query) -> Option<Figure> {
    match query.sort {
        Sort::Best => None,
        Sort::Updated => Some(Figure::Updated),
        Sort::Created => Some(Figure::Created),
        Sort::Downloads => Some(Figure::Downloads),
        Sort::Likes => Some(Figure::Likes),
        Sort::Openness => Some(Figure::Openness),
    }
}

/// What of the query every statement is told; `search` is besides what the query searches for.
fn listing<'a>(query: &'a Query, search: &'a [String], mine: &'a [NamespaceId], all: bool) -> Listing<'a> {
    Listing {
        kind: query.kind,
        author: &query.author,
        search,
        gated: query.gated,
        tags: &query.tags,
        parameters: query.parameters,
        openness: query.openness.map(grade::least),
        mine,
        all,
    }
}

/// Picks those of a few that the query also narrows to otherwise.
async fn pick(
    tx: &mut Tx,
    actor: Option<&Actor>,
    query: &Query,
    few: &[(RepoId, i64)],
) -> Result<Vec<(i64, Listed)>> {
    let (mine, all) = sees(actor);
    let what = listing(query, &query.search, &mine, all);
    Ok(listings::list_among(tx, &what, few, figure(query), after(query), limit(query)).await?)
}

/// Goes through the repos of a kind, or of every kind, in their order, until a page is full; where something rare is asked
/// for, through what has it alone.
async fn walk(
    tx: &mut Tx,
    actor: Option<&Actor>,
    query: &Query,
    otherwise: Figure,
    names: &[String],
) -> Result<Vec<(i64, Listed)>> {
    let (mine, all) = sees(actor);
    let search: Vec<String> = query.search.iter().chain(names).cloned().collect();
    let (by, after, limit) = (figure(query).unwrap_or(otherwise), after(query), limit(query));
    let mut listed = Vec::new();
    for kind in RepoKind::ALL.into_iter().filter(|kind| query.kind.is_none_or(|only| only == *kind)) {
        let what = Listing { kind: Some(kind), ..listing(query, &search, &mine, all) };
        listed.extend(match few(tx, kind, &what).await? {
            Some(few) => listings::list_among(tx, &what, &few, Some(by), after, limit).await?,
            None => {
                let listed = listings::list(tx, &what, by, after, limit).await?.into_iter();
                listed.map(|listed| (by.of(&listed), listed)).collect()
            }
        });
    }
    listed.sort_by(|(a, one), (b, other)| (b, &other.repo.id).cmp(&(a, &one.repo.id)));
    listed.truncate(query.limit);
    Ok(listed)
}

/// The few repos of a kind among which all are that are asked for; `None` when each thing that is asked for is common.
async fn few(tx: &mut Tx, kind: RepoKind, what: &Listing<'_>) -> Result<Option<Vec<(RepoId, i64)>>> {
    let most = limits::SEARCH_FOUND_MAX;
    let past = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let mut few: Option<BTreeSet<RepoId>> = None;
    let mut narrow = |ids: Vec<RepoId>| {
        if ids.len() <= most {
            let ids: BTreeSet<RepoId> = ids.into_iter().collect();
            few =
                Some(few.take().map_or_else(|| ids.clone(), |few| few.intersection(&ids).cloned().collect()));
        }
    };
    if !what.author.is_empty() {
        narrow(rows::owned(tx, kind, what.author, past).await?);
    }
    for tag in what.tags {
        narrow(rows::tagged(tx, kind, tag, past).await?);
    }
    if let Some(range) = what.parameters {
        narrow(rows::sized(tx, range, past).await?);
    }
    if let Some(least) = what.openness {
        narrow(rows::open(tx, kind, least, past).await?);
    }
    if let Some(text) = what.search.iter().max_by_key(|text| text.len()) {
        narrow(rows::named(tx, kind, text, past).await?);
    }
    Ok(few.map(|few| few.into_iter().map(|id| (id, 0)).collect()))
}

fn places(listed: &[(i64, Listed)]) -> Vec<Place> {
    listed.iter().map(|(figure, listed)| (*figure, listed.repo.id.clone())).collect()
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use seedcorn_core::search::{marks, name_words, words};
    use seedcorn_core::time::Time;
    use seedcorn_db::members::{self, Namespace};
    use seedcorn_db::repos;
    use seedcorn_db::search::{self as index, Words};

    use super::*;
    use crate::Opening;

    /// Repos enough that a word in each says nothing: `everywhere` in names, `tagged` in tags, `written` in texts.
    const MANY: usize = limits::SEARCH_FOUND_MAX + 10;

    async fn plant(tx: &mut Tx, n: usize, name: &str, tag: &str, body: &str) {
        let kind = if n.is_multiple_of(100) { RepoKind::Dataset } else { RepoKind::Model };
        let at = Time::from_secs(1_000 + i64::try_from(n).unwrap());
        let repo = Repo {
            id: RepoId(format!("r{n:05}")),
            kind,
            namespace: NamespaceId("lab".into()),
            owner: "lab".into(),
            name: name.to_owned(),
            private: name.contains("secret"),
            gated: String::new(),
            disabled: String::new(),
            was_private: false,
            sdk: String::new(),
            downloads: 0,
            likes: 0,
            rewritten: 0,
            created: at,
            updated: at,
        };
        assert!(repos::add(tx, &repo).await.unwrap());
        repos::count_downloads(tx, &repo.id, i64::from(n == 77) * 9).await.unwrap();
        let number = i64::try_from(n).unwrap() + 1;
        index::put_text(tx, &repo.id, number, body).await.unwrap();
        let tags = name_words(tag).into_iter().chain(marks(kind, repo.private, &repo.namespace)).collect();
        let entry = Words { name: name_words(name), tags, body: words(body).collect() };
        index::enter(tx, number, &entry).await.unwrap();
        index::put_tags(tx, &repo.id, (kind, true), &[(tag.to_owned(), "other".to_owned())]).await.unwrap();
    }

    async fn planted() -> (Commons, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(opening).await.unwrap();
        let mut tx = commons.db.write().await.unwrap();
        let lab = Namespace {
            id: NamespaceId("lab".into()),
            name: "lab".into(),
            kind: "group".into(),
            full_name: String::new(),
            admin: false,
            disabled: false,
            private_default: false,
            pull_policy: String::new(),
            created: Time::from_secs(1),
        };
        assert!(members::add(&mut tx, &lab).await.unwrap());
        for n in 0..MANY {
            let (name, tag) = match n {
                5 => ("tagged-by-name-everywhere".to_owned(), "rare"),
                _ => (format!("everywhere-{n}"), "tagged"),
            };
            let body = if n == 6 { "alone" } else { "written" };
            plant(&mut tx, n, &name, tag, body).await;
        }
        plant(&mut tx, MANY, "written-secret", "tagged", "alone").await;
        tx.commit().await.unwrap();
        (commons, folder)
    }

    async fn names(commons: &Commons, query: &Query) -> Vec<String> {
        let page = list(commons, None, query).await.unwrap();
        page.items.into_iter().map(|item| item.repo.name).collect()
    }

    fn asked(words: &str, limit: usize) -> Query {
        Query { words: words.into(), sort: Sort::Best, limit, ..Query::default() }
    }

    #[tokio::test]
    async fn common_words_are_looked_for_where_they_are_meant() {
        let (commons, _folder) = planted().await;
        assert_eq!(names(&commons, &asked("alone", 9)).await, ["everywhere-6"]);
        assert_eq!(names(&commons, &asked("everywhere", 2)).await[0], "everywhere-77", "the most used");
        assert_eq!(names(&commons, &asked("tagged", 9)).await, ["tagged-by-name-everywhere"]);
        assert_eq!(names(&commons, &asked("written", 9)).await.len(), 9, "in texts, where there is no other");
        assert!(names(&commons, &asked("nowhere", 9)).await.is_empty());
        let query = Query { kind: Some(RepoKind::Dataset), ..asked("everywhere", 99) };
        assert_eq!(names(&commons, &query).await.len(), MANY.div_ceil(100));
        assert!(names(&commons, &Query { author: "nobody".into(), ..query }).await.is_empty());
    }

    #[tokio::test]
    async fn pages_go_on_over_all_kinds() {
        let (commons, _folder) = planted().await;
        for (words, sort) in [("everywhere", Sort::Best), ("", Sort::Created), ("", Sort::Updated)] {
            let mut query = Query { sort, ..asked(words, 700) };
            let mut seen = BTreeSet::new();
            loop {
                let page = list(&commons, None, &query).await.unwrap();
                let count = page.items.len();
                seen.extend(page.items.into_iter().map(|item| item.repo.id));
                assert!(count <= 700);
                let Some(next) = page.next else { break };
                query.after = Some(next);
            }
            assert_eq!(seen.len(), MANY, "{words:?} {sort:?}");
        }
        let query = Query { tags: vec!["rare".into()], limit: 9, ..Query::default() };
        assert_eq!(names(&commons, &query).await, ["tagged-by-name-everywhere"]);
        let query = Query { search: vec!["RYWHERE-13".into()], limit: 9, ..Query::default() };
        assert_eq!(names(&commons, &query).await.len(), 9);
        let query = Query { search: vec!["where-1999".into()], limit: 9, ..Query::default() };
        assert_eq!(names(&commons, &query).await, ["everywhere-1999"]);
    }
}
