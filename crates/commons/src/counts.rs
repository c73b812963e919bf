//! Counts that read all there is of something. Such a count stays for a hundred times as long as making it took: on a small
//! hub it is always true, and on a large one it costs a hundredth of one connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::listings::{self, KindCount};
use seedcorn_db::search as rows;
use tokio::sync::Mutex;

use crate::list::sees;
use crate::{Commons, Result};

/// How often the tags of each facet are used by public repos of a kind: facet to tags and counts, the most used first, at
/// most [`limits::FACET_TAGS_MAX`] of a facet.
pub type Facets = BTreeMap<String, Vec<(String, u64)>>;

/// The last counts.
#[derive(Debug)]
pub(crate) struct Counts {
    kinds: Kept<Vec<KindCount>>,
    facets: BTreeMap<RepoKind, Kept<Facets>>,
}

impl Default for Counts {
    fn default() -> Self {
        Counts { kinds: Kept::default(), facets: RepoKind::ALL.map(|kind| (kind, Kept::default())).into() }
    }
}

/// A count, when it was made, and how long that took.
#[derive(Debug)]
struct Kept<T>(Mutex<Option<(Arc<T>, Instant, Duration)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::new(None))
    }
}

impl<T> Kept<T> {
    async fn get(&self, count: impl AsyncFnOnce() -> Result<T>) -> Result<Arc<T>> {
        // Held while counting, so that many who ask at once wait for one count.
        let mut kept = self.0.lock().await;
        if let Some((value, at, took)) = &*kept
            && at.elapsed() < *took * 100
        {
            return Ok(value.clone());
        }
        let start = Instant::now();
        let value = Arc::new(count().await?);
        *kept = Some((value.clone(), Instant::now(), start.elapsed()));
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
