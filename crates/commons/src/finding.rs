//! How works are found from outside: which addresses search machines are told, and how a work is told in a sentence.
//! Nothing here is asked on anybody's behalf: all of it is what everybody may see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search::{self, Wanted};
use seedcorn_core::time::Time;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::sitemaps::{self, Address};
use seedcorn_db::{Tx, search as rows};

use crate::access::{Grant, See};
use crate::repo::Repo;
use crate::{Commons, Refusal, Result};

/// Behind every id, which are hexadecimal.
const PAST_ALL: &str = "~";

/// A page of the sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Groups, or repos.
    groups: bool,
    first: String,
    past: String,
    /// When something in it changed last, as of when the parts were found.
    pub updated: Time,
}

/// An address to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// A repo's kind; none for a group.
    pub kind: Option<RepoKind>,
    /// `namespace/name`, or the group's name.
    pub full_name: String,
    /// When it changed last.
    pub updated: Time,
}

/// Where the pages of the sitemap begin, when that was found, and how long it took. Finding it reads the row of every
/// repo, so it stays for a hundred times as long: on a small hub it is always true, and on a large one it costs a hundredth
/// of one connection.
type Known = (Arc<Vec<Part>>, Instant, Duration);

/// What is [`Known`] in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts(Arc<tokio::sync::Mutex<Option<Known>>>);

/// The pages of the sitemap, at most [`limits::SITEMAP_PARTS_MAX`] of repos and as many of groups.
pub async fn parts(commons: &Commons) -> Result<Arc<Vec<Part>>> {
    // Held meanwhile, so that many who ask at once wait for one.
    let mut known = commons.sitemap.0.lock().await;
    if let Some((parts, at, took)) = known.as_ref()
        && at.elapsed() < *took * 100
    {
        return Ok(parts.clone());
    }
    let start = Instant::now();
    let mut tx = commons.db.look().await?;
    let parts = Arc::new(find_parts(&mut tx, limits::SITEMAP_PART_MAX).await?);
    *known = Some((parts.clone(), Instant::now(), start.elapsed()));
    Ok(parts)
}

async fn find_parts(tx: &mut Tx, rows: i64) -> Result<Vec<Part>> {
    let most = limits::SITEMAP_PARTS_MAX;
    let mut all = Vec::new();
    for (groups, found) in [
        (false, sitemaps::repo_parts(tx, rows, most).await?),
        (true, sitemaps::group_parts(tx, rows, most).await?),
    ] {
        let pasts = found.iter().skip(1).map(|part| part.first.as_str()).chain([PAST_ALL]);
        let parts = found.iter().zip(pasts).map(|(part, past)| Part {
            groups,
            first: part.first.clone(),
            past: past.to_owned(),
            updated: part.updated,
        });
        all.extend(parts);
    }
    Ok(all)
}

/// What is on a page of the sitemap: what is new goes onto the last one, so that one may have grown meanwhile; beyond
/// [`limits::SITEMAP_PART_MAX`] it is cut.
pub async fn part(commons: &Commons, part: &Part) -> Result<Vec<Told>> {
    let mut tx = commons.db.look().await?;
    let rows = match part.groups {
        false => sitemaps::repos(&mut tx, &part.first, &part.past, limits::SITEMAP_PART_MAX).await?,
        true => sitemaps::groups(&mut tx, &part.first, &part.past, limits::SITEMAP_PART_MAX).await?,
    };
    let told = |row: Address| Told {
        kind: RepoKind::from_word(&row.kind),
        full_name: row.full_name,
        updated: row.updated,
    };
    Ok(rows.into_iter().map(told).collect())
}

/// How the cards of some repos begin, as plain text; nothing of those whose files need a grant.
pub async fn openings(commons: &Commons, repos: &[&Repo]) -> Result<BTreeMap<RepoId, String>> {
    let open = repos.iter().filter(|repo| repo.gated.is_empty());
    let ids: Vec<RepoId> = open.map(|repo| repo.id.clone()).collect();
    let texts = rows::list_texts(&mut commons.db.look().await?, &ids).await?;
    let nothing = Wanted::read("");
    let opening = |body: &str| -> String {
        search::excerpt(body, &nothing, limits::OPENING_CHARS).into_iter().map(|piece| piece.text).collect()
    };
    Ok(texts.into_iter().map(|(id, body)| (RepoId(id), opening(&body))).collect())
}

/// Whose a repo is.
pub async fn owner(commons: &Commons, grant: &Grant<See>) -> Result<Namespace> {
    let found = members::find_by_id(&mut commons.db.look().await?, &grant.repo().namespace).await?;
    found.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("a repo belongs to nobody")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::{Opening, demo};

    #[tokio::test]
    async fn every_public_work_is_on_one_page() {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(opening).await.unwrap();
        assert!(parts(&commons).await.unwrap().is_empty());
        demo::seed(&commons).await.unwrap();
        let parts = find_parts(&mut commons.db.look().await.unwrap(), 2).await.unwrap();
        let mut told = Vec::new();
        for one in &parts {
            let page = part(&commons, one).await.unwrap();
            assert!((1..=2).contains(&page.len()), "{one:?}: {page:?}");
            // A group may have changed since it was made.
            assert!(one.groups || page.iter().map(|told| told.updated).max() == Some(one.updated));
            told.extend(page);
        }
        let listed = crate::counts::works(&commons, None).await.unwrap();
        let listed: u64 = listed.iter().map(|(_, count)| count).sum();
        let groups = crate::people::groups(&commons, "", "").await.unwrap().0.len();
        assert_eq!(told.iter().filter(|one| one.kind.is_some()).count() as u64, listed);
        assert_eq!(told.iter().filter(|one| one.kind.is_none()).count(), groups);
        let mut names: Vec<_> = told.iter().map(|one| (one.kind, &one.full_name)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), told.len(), "told twice");
    }
}
