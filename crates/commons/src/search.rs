//! What repos are found by: each repo's entry in the index of words and its tags, kept in the transaction that changes
//! them; and why a repo was found.

use std::collections::BTreeMap;

use seedcorn_core::card::{self, Metadata};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
pub use seedcorn_core::search::Piece;
use seedcorn_core::search::{self, Wanted};
use seedcorn_core::time::Time;
use seedcorn_db::search::{self as rows, Words};
use seedcorn_db::{Tx, repos};

use crate::repo::Repo;
use crate::{Commons, Refusal, Result, dice};

/// Characters of an excerpt.
const EXCERPT_CHARS: usize = 220;

/// The tag of a space that names models or datasets it uses; in the index alone.
pub const LINKED: &str = "linked";

/// Keeps the text of a card, and enters the repo anew.
pub(crate) async fn put(tx: &mut Tx, repo: &RepoId, body: &str) -> Result<()> {
    let n = u64::from_le_bytes(dice::bytes().map_err(Refusal::broken)?) >> 1;
    let n = i64::try_from(n).map_err(Refusal::broken)?;
    rows::put_text(tx, repo, n, &search::plain(body)).await?;
    enter(tx, repo).await
}

/// Brings the entry of a repo up to its name, its tags, its text, and who may see it. A deleted one loses it.
pub(crate) async fn enter(tx: &mut Tx, repo: &RepoId) -> Result<()> {
    let Some(source) = rows::find(tx, repo).await? else {
        return Ok(());
    };
    let tags: Vec<String> = serde_json::from_str(&source.tags).unwrap_or_default();
    if let Some(n) = source.n {
        // What a gated repo's card says is for those who were let in.
        let body = if source.gated.is_empty() { source.body.as_str() } else { "" };
        let words = Words {
            name: search::name_words(&source.full_name),
            tags: tags
                .iter()
                .flat_map(|tag| search::name_words(tag))
                .chain(search::marks(source.kind, source.private, &source.namespace))
                .collect(),
            body: search::words(body).collect(),
        };
        rows::forget(tx, n).await?;
        rows::enter(tx, n, &words).await?;
    }
    let metadata: Metadata = serde_json::from_str(&source.card).unwrap_or_default();
    let facets = tags.into_iter().map(|tag| {
        let facet = card::facet(source.kind, &metadata, &tag).to_owned();
        (tag, facet)
    });
    let mut facets: Vec<(String, String)> = facets.collect();
    if source.kind == RepoKind::Space {
        facets.extend(links(&metadata));
    }
    Ok(rows::put_tags(tx, repo, (source.kind, !source.private), &facets).await?)
}

/// What a space's card says it uses, as tags by which it is found and that it does not show.
fn links(metadata: &Metadata) -> Vec<(String, String)> {
    let of = |field: &'static str, facet: &'static str| {
        let values = card::texts(metadata, field).take(limits::LINKS_MAX);
        values.map(move |value| (format!("{facet}:{}", value.trim()), facet.to_owned()))
    };
    let mut links: Vec<_> = of("models", "model").chain(of("datasets", "dataset")).collect();
    if !links.is_empty() {
        links.push((LINKED.to_owned(), LINKED.to_owned()));
    }
    links
}

/// Deletes a repo, and takes it out of the index.
pub(crate) async fn delete(tx: &mut Tx, repo: &RepoId, now: Time) -> Result<()> {
    if let Some(source) = rows::find(tx, repo).await? {
        if let Some(n) = source.n {
            rows::forget(tx, n).await?;
        }
        rows::put_tags(tx, repo, (source.kind, false), &[]).await?;
    }
    Ok(repos::delete(tx, repo, now).await?)
}

/// Where the words stand in the cards of some repos that were found; nothing of gated ones.
pub async fn excerpts(
    commons: &Commons,
    found: &[&Repo],
    words: &str,
) -> Result<BTreeMap<RepoId, Vec<Piece>>> {
    let open = found.iter().filter(|repo| repo.gated.is_empty());
    let ids: Vec<RepoId> = open.map(|repo| repo.id.clone()).collect();
    let wanted = Wanted::read(words);
    let texts = rows::list_texts(&mut commons.db.look().await?, &ids).await?;
    let excerpt = |(id, body): (String, String)| (RepoId(id), search::excerpt(&body, &wanted, EXCERPT_CHARS));
    Ok(texts.into_iter().map(excerpt).collect())
}
