//! Credit and the use that it begins with, for programs.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::credit::{self, Amount, Told};
use seedcorn_commons::usage;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time;
use seedcorn_core::usage::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::repo::InRepo;
use super::{Error, cursor, typed, write_cursor};
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// What the credit of one work is made of. `seed` and `from` come to `in`, `to` and `keeps` do as well, and `sources` come to
/// `keeps`, unless a list is cut after 100.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Credit {
    /// The work, as `models/ada/one`.
    work: String,
    /// When it was computed.
    at: String,
    /// Members whose use counts.
    users: usize,
    /// Units that all use comes to.
    seeded: u64,
    /// Units by the use of this work.
    seed: u64,
    /// Units that reach it.
    #[serde(rename = "in")]
    reached: u64,
    /// Units that it keeps.
    keeps: u64,
    /// By works that build upon it.
    from: Vec<Flow>,
    /// To works that it builds upon.
    to: Vec<Flow>,
    /// By the works whose use what it keeps began with.
    sources: Vec<Flow>,
    /// What other measures would give it: for comparison, no money follows them.
    diagnostics: Diagnostics,
}

/// What other measures would give a work, of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Diagnostics {
    /// PageRank over the same derivations, which links alone can win.
    page_rank: f64,
    /// The Shapley value of the lineage, which whoever cuts a work in pieces can win; none where it takes too long to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    shapley: Option<f64>,
}

/// Units that one work has from another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Flow {
    /// The other work; none where you may not see it.
    work: Option<String>,
    /// Units.
    units: u64,
    /// In which ways the younger of the two builds upon the older, and how that is known. None between works that are further apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<By>,
    /// The works that it came by, in the order in which it passed them; where there are several ways, those of the widest. The first 16 are
    /// named. Between works that are next to each other, works of the same people, through which credit passes as if they were one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    along: Vec<Option<String>>,
}

/// How one work builds upon another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct By {
    /// `quantized`, `adapter`, `finetune`, `merge`, `distilled`, `dataset`, `code` or `cites`.
    #[serde(rename = "type")]
    way: &'static str,
    /// `declared` or `measured`.
    state: &'static str,
}

/// Where a work's credit comes from and where it goes.
///
/// Trusted use of public works is the only source. A work passes a bounded part of what reaches it to the works that it builds upon
/// and keeps the rest.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/credit", operation_id = "credit", tag = "lineage",
    params(InRepo),
    responses(
        (status = 200, description = "The credit", body = Credit),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, you may not see it, or it is not public and has no credit", body = Error),
    ),
)]
pub(crate) async fn get(State(app): State<App>, place: Place) -> Answer<Json<Credit>> {
    let grant = place.grant::<See>(&app).await?;
    let Some(share) = credit::of(&app.commons, &grant).await? else {
        let why = "it has no credit: it is not public, or came a moment ago";
        return Err(Refusal::NotFound(why.into()).into());
    };
    let flows = |all: &[Amount]| -> Vec<Flow> {
        let by = |one: &Amount| {
            one.ways.iter().map(|(kind, state)| By { way: kind.word(), state: state.word() }).collect()
        };
        let one = |one: &Amount| Flow {
            work: one.work.as_ref().map(id),
            units: one.units,
            by: by(one),
            along: one.along.iter().map(|work| work.as_ref().map(id)).collect(),
        };
        all.iter().map(one).collect()
    };
    let repo = grant.repo();
    Ok(Json(Credit {
        work: format!("{}/{}", repo.kind.plural(), repo.full_name()),
        at: share.at.to_string(),
        users: share.users,
        seeded: share.seeded,
        seed: share.seed,
        reached: share.reached,
        keeps: share.keeps,
        from: flows(&share.from),
        to: flows(&share.to),
        sources: flows(&share.sources),
        diagnostics: Diagnostics { page_rank: share.page_rank, shapley: share.shapley },
    }))
}

fn id(told: &Told) -> String {
    match told {
        Told::Here(repo) => format!("{}/{}", repo.kind.plural(), repo.full_name()),
        Told::Elsewhere(parent) => parent.to_string(),
    }
}

/// What all credit is computed from: `nodes.csv`, `edges.csv` or `seeds.csv`.
///
/// `seedcorn credit run --nodes nodes.csv --edges edges.csv --seeds seeds.csv` computes the same from them. A node is a version of a
/// work (`ID`, `ID@1`, …); `name` says of which, unless it is hidden. Who controls what is told by numbers.
#[utoipa::path(
    get, path = "/api/commons/v1/credit/{file}", operation_id = "credit_table", tag = "lineage",
    params(("file" = String, Path, description = "Which", example = "nodes.csv")),
    responses(
        (status = 200, description = "The table", body = String, content_type = "text/csv"),
        (status = 404, description = "There is no such table", body = Error),
        (status = 413, description = "The hub has more works than are written out", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn table(State(app): State<App>, place: Place) -> Answer<Response> {
    let file = place.part("file");
    if !["nodes.csv", "edges.csv", "seeds.csv"].contains(&file) {
        let why = format!("there is no {file:?}; there are nodes.csv, edges.csv and seeds.csv");
        return Err(Refusal::NotFound(why).into());
    }
    let tables = credit::tables(&app.commons).await?;
    let text = match file {
        "nodes.csv" => tables.nodes,
        "edges.csv" => tables.edges,
        _ => tables.seeds,
    };
    Ok(typed(text, "text/csv; charset=utf-8"))
}

/// Days whose use is summed up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageDays {
    /// Days in UTC on which anything was used, the newest first, two years at most: each has a table of its own.
    days: Vec<String>,
    /// How use is counted.
    method: &'static str,
}

/// The days whose use is summed up.
#[utoipa::path(
    get, path = "/api/commons/v1/usage", operation_id = "usage_days", tag = "lineage",
    responses(
        (status = 200, description = "The days", body = UsageDays),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn days(State(app): State<App>) -> Answer<Json<UsageDays>> {
    let days = usage::days(&app.commons).await?;
    let days = days.into_iter().map(|day| day.start().day()).collect();
    Ok(Json(UsageDays { days, method: METHOD }))
}

/// The use of public works on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    /// The day, in UTC.
    day: String,
    /// How it was counted.
    method: &'static str,
    /// Works that anything was taken of.
    works: Vec<DayOfUse>,
    /// The next page, for `cursor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The use of one work on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayOfUse {
    /// The work, as `models/ada/one`.
    work: String,
    /// Files that were asked for, by whomever.
    requests: i64,
    /// Bytes of what it is made of that were sent in full, to whomever.
    bytes: i64,
    /// Members who used it.
    members: i64,
    /// Visitors who did, told apart by their addresses.
    visitors: i64,
    /// Programs that say of themselves that they are no person's: continuous integration and crawlers.
    machines: i64,
}

/// How use is counted, in a sentence for whoever reads a table.
pub(crate) const METHOD: &str = "A consumer used a work on a day if they were sent a hundredth of the bytes that it is made of, \
    all its versions together, or 8 MiB, each piece in full; each counts once a day. Members count by account, others by address, programs that call themselves so apart. Only \
    sums are kept, but for members who want their use to count for credit, and nobody's reading is told.";

/// The use of all public works on a day that is over.
///
/// Raw sums by day, for whoever wants to count in another way.
#[utoipa::path(
    get, path = "/api/commons/v1/usage/{day}", operation_id = "usage", tag = "lineage",
    params(
        ("day" = String, Path, description = "The day, in UTC", example = "2026-01-31"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "The use of that day", body = Usage),
        (status = 400, description = "It is no day, or the cursor was not made here", body = Error),
        (status = 404, description = "The day is not over, or not summed up yet", body = Error),
    ),
)]
pub(crate) async fn usage(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Usage>> {
    let text = place.part("day");
    let bad = || Refusal::Invalid(format!("{text:?} is no day such as 2026-01-31"));
    let (start, _) = time::period(text).filter(|_| text.len() == 10).ok_or_else(bad)?;
    let day = Day::of(start);
    if !usage::is_complete(&app.commons, day).await? {
        return Err(Refusal::NotFound(format!("{text} is not over, or not summed up yet")).into());
    }
    let behind = cursor(&query)?.unwrap_or_default();
    let (rows, more) = usage::of_day(&app.commons, day, &behind).await?;
    let next = rows.last().filter(|_| more).map(|last| write_cursor(&last.repo));
    let works = rows.into_iter().filter_map(|row| {
        let kind = RepoKind::from_word(&row.kind)?;
        Some(DayOfUse {
            work: format!("{}/{}/{}", kind.plural(), row.namespace, row.name),
            requests: row.requests,
            bytes: row.bytes,
            members: row.members,
            visitors: row.visitors,
            machines: row.machines,
        })
    });
    Ok(Json(Usage { day: text.to_owned(), method: METHOD, works: works.collect(), next }))
}
