//! Counts that read all there is of something. Such a count stays for a hundred times as long as making it took: on a small
//! hub it is always true, and on a large one it costs a hundredth of one connection.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::parameters::{self, Range};
use seedcorn_core::repo::RepoKind;
use seedcorn_db::listings::{self, KindCount};
use seedcorn_db::search as rows;
use seedcorn_db::totals;
pub use seedcorn_db::totals::Shared;
use tokio::sync::Mutex;

use crate::list::sees;
use crate::{Commons, Result};

/// How often the tags of each facet are used by public repos of a kind: facet to tags and counts, the most used first, at
/// most [`limits::FACET_TAGS_MAX`] of a facet.
pub type Facets = BTreeMap<String, Vec<(String, u64)>>;

/// The last counts.
#[derive(Debug)]
pub(crate) struct Counts {
    kinds: Recounted<Vec<KindCount>>,
    facets: BTreeMap<RepoKind, Recounted<Facets>>,
    sizes: Recounted<Vec<(Range, u64)>>,
    shared: Recounted<Shared>,
}

impl Default for Counts {
    fn default() -> Self {
        let facets = RepoKind::ALL.map(|kind| (kind, Recounted::default())).into();
        Counts {
            kinds: Recounted::default(),
            facets,
            sizes: Recounted::default(),
            shared: Recounted::default(),
        }
    }
}

/// A count, when it was made, and how long that took.
type Counted<T> = Option<(Arc<T>, Instant, Duration)>;

/// A count that is kept.
#[derive(Debug)]
struct Recounted<T> {
    last: std::sync::Mutex<Counted<T>>,
    /// Held while counting: one counts, and others make do with the last count, or wait if there is none.
    counting: Mutex<()>,
}

impl<T> Default for Recounted<T> {
    fn default() -> Self {
        Recounted { last: std::sync::Mutex::default(), counting: Mutex::default() }
    }
}

impl<T> Recounted<T> {
    /// The last count, and whether it is fresh.
    fn last(&self) -> Option<(Arc<T>, bool)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(value, at, took)| (value.clone(), at.elapsed() < *took * 100))
    }

    async fn get(&self, count: impl AsyncFnOnce() -> Result<T>) -> Result<Arc<T>> {
        let held = match (self.last(), self.counting.try_lock()) {
            (Some((value, true)), _) | (Some((value, false)), Err(_)) => return Ok(value),
            (_, Ok(held)) => held,
            (None, Err(_)) => self.counting.lock().await,
        };
        if let Some((value, true)) = self.last() {
            return Ok(value);
        }
        let start = Instant::now();
        let value = Arc::new(count().await?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((value.clone(), Instant::now(), start.elapsed()));
        drop(held);
        Ok(value)
    }
}

/// How many repos of each kind an actor may see.
pub async fn works(commons: &Commons, actor: Option<&Actor>) -> Result<Vec<(RepoKind, u64)>> {
    let (mine, all) = sees(actor);
    let count = async || Ok(listings::count(&mut commons.db.look().await?).await?);
    let kinds = commons.counts.kinds.get(count).await?;
    let hidden = match all || mine.is_empty() {
        true => Vec::new(),
        false => listings::count_private(&mut commons.db.look().await?, &mine).await?,
    };
    let of = |kind: RepoKind| {
        let count = kinds.iter().find(|count| count.kind == kind);
        let count = count.map_or(0, |count| if all { count.total } else { count.public });
        count + hidden.iter().find(|(word, _)| word == kind.word()).map_or(0, |(_, count)| *count)
    };
    Ok(RepoKind::ALL.map(|kind| (kind, u64::try_from(of(kind)).unwrap_or_default())).to_vec())
}

/// What the tags of a kind are, and how often they are used.
pub async fn facets(commons: &Commons, kind: RepoKind) -> Result<Arc<Facets>> {
    let Some(kept) = commons.counts.facets.get(&kind) else {
        return Ok(Arc::default());
    };
    kept.get(async || {
        let mut tx = commons.db.look().await?;
        let limit = i64::try_from(limits::FACET_TAGS_MAX).unwrap_or(i64::MAX);
        let mut facets = Facets::new();
        for facet in rows::facets(&mut tx, kind).await? {
            let tags = rows::count_tags(&mut tx, kind, &facet, limit).await?;
            let tags = tags.into_iter().map(|(tag, uses)| (tag, u64::try_from(uses).unwrap_or_default()));
            facets.insert(facet, tags.collect());
        }
        Ok(facets)
    })
    .await
}

/// How many public models there are of each size; sizes that none has are left out.
pub async fn sizes(commons: &Commons) -> Result<Arc<Vec<(Range, u64)>>> {
    let count = async || {
        let ranges = parameters::SIZES;
        let counts = listings::count_parameters(&mut commons.db.look().await?, &ranges).await?;
        let counted = counts.into_iter().filter_map(|(place, count)| {
            let range = ranges.get(usize::try_from(place).ok()?)?;
            Some((*range, u64::try_from(count).unwrap_or_default()))
        });
        Ok(counted.collect())
    };
    commons.counts.sizes.get(count).await
}

/// What the commons shares with everybody.
pub async fn shared(commons: &Commons) -> Result<Shared> {
    let count = async || Ok(totals::shared(&mut commons.db.look().await?).await?);
    Ok(*commons.counts.shared.get(count).await?)
}
