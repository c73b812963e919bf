//! What the whole commons has: totals, and search over all kinds.

use axum::Json;
use axum::extract::State;
use seedcorn_commons::Refusal;
use seedcorn_commons::counts;
use seedcorn_commons::list::{self, Item, Query as Listing, Sort};
use seedcorn_core::card;
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, cursor, foreign_cursor, limit, write_cursor};
use crate::actor::Asker;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;
use crate::web::browse::{read_place, write_place};

/// Models told as those that most others build on.
const BASES: usize = 8;

/// How many works there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Works of all kinds that you may see.
    works: u64,
    /// The same by kind.
    kinds: Vec<KindTotal>,
    /// The models that most public ones say they build on, here or elsewhere.
    most_built_upon: Vec<Base>,
}

/// How many works of a kind there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindTotal {
    /// `model`, `dataset`, `space`, `paper` or `code`.
    kind: String,
    /// How many that you may see.
    works: u64,
}

/// A model that others build on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Base {
    /// `namespace/name`, as their cards have it.
    name: String,
    /// How many public models name it.
    models: u64,
}

/// A work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Work {
    /// `model`, `dataset`, `space`, `paper` or `code`.
    kind: String,
    /// `namespace/name`.
    name: String,
    /// Whether only its namespace may see it.
    private: bool,
    /// Whether its files need a grant.
    gated: bool,
    /// The licences that its card names.
    licenses: Vec<String>,
    /// Its tags.
    tags: Vec<String>,
    /// File requests.
    downloads: u64,
    /// When it was made, RFC 3339.
    created: String,
    /// When its main branch moved last, RFC 3339.
    updated: String,
}

impl From<Item> for Work {
    fn from(item: Item) -> Work {
        let metadata: card::Metadata = serde_json::from_str(&item.card.card).unwrap_or_default();
        Work {
            kind: item.repo.kind.word().to_owned(),
            name: item.repo.full_name(),
            private: item.repo.private,
            gated: !item.repo.gated.is_empty(),
            licenses: card::texts(&metadata, "license").map(str::to_owned).collect(),
            tags: serde_json::from_str(&item.card.tags).unwrap_or_default(),
            downloads: u64::try_from(item.repo.downloads).unwrap_or_default(),
            created: item.repo.created.to_string(),
            updated: item.repo.updated.to_string(),
        }
    }
}

/// A page of works.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Works {
    /// The works; a page may have fewer than were asked for.
    pub(super) items: Vec<Work>,
    /// The `cursor` of the next page; none on the last one.
    pub(super) next: Option<String>,
}

impl From<list::Page> for Works {
    fn from(page: list::Page) -> Works {
        let next = page.next.map(|place| write_cursor(&write_place(&place)));
        Works { items: page.items.into_iter().map(Work::from).collect(), next }
    }
}

/// Where a list of works goes on.
pub(super) fn place(query: &Query) -> Result<Option<list::Place>, Refusal> {
    let text = cursor(query)?;
    text.map(|text| read_place(&text).ok_or_else(foreign_cursor)).transpose()
}

/// How much there is.
///
/// Anybody may ask; counted is what whoever asks may see.
#[utoipa::path(
    get, path = "/api/commons/v1/totals", operation_id = "totals", tag = "commons",
    responses(
        (status = 200, description = "The totals", body = Totals),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn totals(State(app): State<App>, asker: Asker) -> Answer<Json<Totals>> {
    let counts = counts::works(&app.commons, asker.0.as_ref()).await?;
    let facets = counts::facets(&app.commons, RepoKind::Model).await?;
    let bases = facets.get("base_model").map(Vec::as_slice).unwrap_or_default().iter();
    let bases = bases.filter_map(|(tag, models)| {
        let name = tag.strip_prefix("base_model:").filter(|name| name.matches('/').count() == 1)?;
        Some(Base { name: name.to_owned(), models: *models })
    });
    Ok(Json(Totals {
        works: counts.iter().map(|(_, works)| works).sum(),
        kinds: counts
            .iter()
            .map(|(kind, works)| KindTotal { kind: kind.to_string(), works: *works })
            .collect(),
        most_built_upon: bases.take(BASES).collect(),
    }))
}

/// Search for works of every kind.
///
/// Anybody may ask; found is what whoever asks may see. Words are looked for in names, tags and cards; the best match comes
/// first. Without words nothing is found.
#[utoipa::path(
    get, path = "/api/commons/v1/search", operation_id = "search", tag = "commons",
    params(
        ("q" = Option<String>, Query, description = "The words; at most 193 bytes", example = "acorn"),
        ("kind" = Option<String>, Query, description = "Only of this kind: `model`, `dataset`, `space`, `paper` or `code`",
            pattern = "^(model|dataset|space|paper|code)$", example = "model"),
        ("num_parameters" = Option<String>, Query, description = "Only models with so many parameters",
            pattern = "^min:[0-9]{1,6}[KMBT]?(,max:[0-9]{1,6}[KMBT]?)?$", example = "min:1B,max:7B"),
        ("limit" = Option<u32>, Query, description = "Works in a page", minimum = 1, maximum = 100, example = 10),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of what was found", body = Works),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn search(State(app): State<App>, asker: Asker, query: Query) -> Answer<Json<Works>> {
    let unknown =
        |word: &str| Refusal::Invalid(format!("\"kind\" must be one of {}, not {word:?}", RepoKind::words()));
    let kind =
        query.get("kind").map(|word| RepoKind::from_word(word).ok_or_else(|| unknown(word))).transpose()?;
    let words = query.get("q").unwrap_or_default().trim().to_owned();
    if words.contains('\0') {
        return Err(Refusal::Invalid("\"q\" holds a character that is in no text".into()).into());
    }
    let parameters = query.get("num_parameters").map(str::parse::<Range>).transpose();
    let parameters = parameters.map_err(|bad| Refusal::Invalid(format!("\"num_parameters\": {bad}")))?;
    let (after, limit) = (place(&query)?, limit(&query)?);
    if words.is_empty() {
        return Ok(Json(Works { items: Vec::new(), next: None }));
    }
    let sort = Sort::Best;
    let listing = Listing { kind, words, parameters, sort, after, limit, ..Listing::default() };
    Ok(Json(list::list(&app.commons, asker.0.as_ref(), &listing).await?.into()))
}
