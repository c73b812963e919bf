//! Papers as the Hub's clients read them: one by its arXiv id, those that have some words, and the newest.

use axum::Json;
use axum::extract::{Path, State};
use seedcorn_commons::list::{self, Item, Query as Wanted, Sort};
use seedcorn_commons::papers::{self, Newest};
use seedcorn_commons::repo::Repo;
use seedcorn_commons::{Refusal, Result, standing};
use seedcorn_core::access::Actor;
use seedcorn_core::paper::{ArxivId, Facts};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::period;
use seedcorn_core::{card, limits};
use seedcorn_wire::hub::{Paper, PaperAuthor, PaperItem, Submitter};
use serde_json::{Map, Value, json};

use super::info::summary;
use super::list::BRIEF;
use crate::actor::Asker;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// Papers in an answer unless another number is asked for.
const USUAL: usize = 50;

/// `GET /api/papers/{id}`.
pub(crate) async fn get(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Answer<Json<Value>> {
    let item = find(&app, asker.0.as_ref(), &id).await?;
    let mut told = one(&item.repo, &card_of(&item))?;
    told.extend(linked(&app, asker.0.as_ref(), &item.repo, &card_of(&item)).await?);
    Ok(Json(Value::Object(told)))
}

/// The paper that an address names by its arXiv id.
pub(crate) async fn find(app: &App, actor: Option<&Actor>, id: &str) -> Result<Item> {
    let missing = || Refusal::NotFound(format!("there is no paper {id:?} here that you may see"));
    let id = ArxivId::parse(id).map_err(|_| missing())?;
    papers::by_arxiv(&app.commons, actor, &id).await?.ok_or_else(missing)
}

/// What the card of a listed paper says.
fn card_of(item: &Item) -> Facts {
    let metadata: card::Metadata = serde_json::from_str(&item.card.card).unwrap_or_default();
    Facts::of_card(&metadata)
}

fn paper(repo: &Repo, facts: &Facts) -> Paper {
    let made = repo.created.to_string();
    let day = facts.published.map(|date| {
        format!("{:04}-{:02}-{:02}T00:00:00.000Z", date.year, date.month.unwrap_or(1), date.day.unwrap_or(1))
    });
    let author = |author: &seedcorn_core::paper::Author| PaperAuthor {
        name: author.name.clone(),
        hidden: false,
        orcid: author.orcid.as_ref().map(ToString::to_string),
    };
    Paper {
        id: facts.arxiv.as_ref().map_or_else(|| repo.full_name(), ToString::to_string),
        title: if facts.title.is_empty() { repo.name.clone() } else { facts.title.clone() },
        summary: facts.abstract_text.clone(),
        authors: facts.authors.iter().map(author).collect(),
        published_at: day.unwrap_or_else(|| made.clone()),
        submitted_on_daily_at: made,
        submitted_on_daily_by: Submitter { user: repo.owner.clone(), fullname: repo.owner.clone() },
        upvotes: 0,
        repo: repo.full_name(),
        doi: facts.doi.as_ref().map(ToString::to_string),
    }
}

/// A paper as an object, to which more can be added.
pub(super) fn one(repo: &Repo, facts: &Facts) -> Result<Map<String, Value>> {
    match serde_json::to_value(paper(repo, facts)).map_err(Refusal::broken)? {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// What builds on a paper, of what the asker may see.
pub(super) async fn linked(
    app: &App,
    actor: Option<&Actor>,
    repo: &Repo,
    facts: &Facts,
) -> Result<Map<String, Value>> {
    let mut told = Map::new();
    for citing in standing::on(&app.commons, actor, repo, facts).await? {
        let word = match citing.kind {
            RepoKind::Model => "Models",
            RepoKind::Dataset => "Datasets",
            RepoKind::Space => "Spaces",
            RepoKind::Paper => "Papers",
            RepoKind::Code => "Code",
        };
        let items: Vec<_> = citing.items.iter().map(|item| summary(&item.repo, &item.card, BRIEF)).collect();
        told.insert(format!("linked{word}"), json!(items));
        told.insert(format!("numTotal{word}"), json!(citing.total));
    }
    Ok(told)
}

fn items(found: &[Item]) -> Json<Vec<PaperItem>> {
    Json(found.iter().map(|item| PaperItem::new(paper(&item.repo, &card_of(item)))).collect())
}

fn number(query: &Query, name: &str, usual: usize) -> Result<usize> {
    let bad = |text: &str| Refusal::Invalid(format!("\"{name}\" must be a number, not {text:?}"));
    query.get(name).map_or(Ok(usual), |text| text.parse().map_err(|_| bad(text)))
}

/// `GET /api/papers/search?q=…&limit=…`.
pub(crate) async fn search(
    State(app): State<App>,
    asker: Asker,
    query: Query,
) -> Answer<Json<Vec<PaperItem>>> {
    let wanted = Wanted {
        kind: Some(RepoKind::Paper),
        words: query.get("q").unwrap_or_default().chars().filter(|c| *c != '\0').collect(),
        sort: Sort::Best,
        limit: number(&query, "limit", USUAL)?.clamp(1, limits::PAPERS_PAGE_MAX),
        ..Wanted::default()
    };
    Ok(items(&list::list(&app.commons, asker.0.as_ref(), &wanted).await?.items))
}

/// `GET /api/daily_papers`: papers by the day on which their repo was made, the newest first, whatever order is asked for.
pub(crate) async fn daily(
    State(app): State<App>,
    asker: Asker,
    query: Query,
) -> Answer<Json<Vec<PaperItem>>> {
    let (mut from, mut until) = (None, None);
    for (name, form) in [("date", "2026-01-02"), ("week", "2026-W01"), ("month", "2026-01")] {
        let Some(text) = query.get(name) else { continue };
        let told =
            period(text).filter(|_| text.len() == form.len() && text.contains('W') == (name == "week"));
        let bad = || Refusal::Invalid(format!("\"{name}\" is written like {form}, not {text:?}"));
        let (first, after) = told.ok_or_else(bad)?;
        from = from.max(Some(first));
        until = Some(until.map_or(after, |until| after.min(until)));
    }
    if let Some(sort) = query.get("sort").filter(|sort| !matches!(*sort, "publishedAt" | "trending")) {
        let text = format!("\"sort\" must be one of publishedAt, trending, not {sort:?}");
        return Err(Refusal::Invalid(text).into());
    }
    let limit = number(&query, "limit", USUAL)?.clamp(1, limits::PAPERS_PAGE_MAX);
    let skip = number(&query, "p", 0)?.saturating_mul(limit);
    let owner = query.get("submitter").unwrap_or_default().chars().filter(|c| *c != '\0').collect();
    let what = Newest { from, until, owner, skip, limit };
    Ok(items(&papers::newest(&app.commons, asker.0.as_ref(), &what).await?))
}
