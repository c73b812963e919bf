//! How open works are: verdicts with their evidence, what differs between two revisions, and the commons by class.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use seedcorn_commons::access::{Propose, Read, See};
use seedcorn_commons::browse::Revision;
use seedcorn_commons::grade::{self, Graded};
use seedcorn_commons::{Refusal, browse};
use seedcorn_core::limits;
use seedcorn_core::openness::review::Reviewed;
use seedcorn_core::openness::{Difference, LICENSES_VERSION, Profile, RULES_VERSION, report};
use seedcorn_core::repo::RepoKind;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Error;
use super::repo::InRepo;
use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// How open a revision is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Openness {
    /// The repo.
    repo: String,
    /// The commit that was graded.
    commit: String,
    /// When.
    graded: String,
    /// The version of the rules.
    rules: String,
    /// The version of what is known of licences.
    licenses: String,
    /// By which definition: `mof`, `mot`, `osaid`, `eu`, or `data` for data sets.
    profile: String,
    /// What is sure: `I`, `II`, `III` or `unclassified`; `meets`, `needs_review` or `fails` by definitions without classes.
    class: String,
    /// What may be, if all that is claimed or unclear is so.
    possible: String,
    /// How far it is to each class: parts that count, of how many, by what is sure and by what may be.
    #[schema(value_type = Vec<Object>)]
    progress: Value,
    /// Every part: whether it is there, how it counts, its terms, and what speaks for both, with file and line.
    #[schema(value_type = Vec<Object>)]
    parts: Value,
    /// What is to be said of it, the weightiest first, each with what would mend it.
    #[schema(value_type = Vec<Object>)]
    remarks: Value,
    /// What would raise it: one step a part.
    #[schema(value_type = Vec<Object>)]
    next: Value,
    /// Questions that only people can answer.
    questions: Vec<String>,
    /// Repos that it names, and at which commit each was read.
    linked: Vec<Linked>,
}

/// A repo that a release names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Linked {
    /// Such as `datasets/ada/rows`.
    repo: String,
    /// The commit.
    commit: String,
}

/// What became of the openness from one revision to another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpennessDiff {
    /// The one commit.
    from: String,
    /// The other.
    to: String,
    /// By which definition.
    profile: String,
    /// What was sure.
    class_before: String,
    /// What is sure.
    class_after: String,
    /// Whether something was lost: the class, or a part that counted.
    worse: bool,
    /// Parts that are not what they were, losses first: `component`, `what`, `before`, `after` and both licences.
    #[schema(value_type = Vec<Object>)]
    changes: Value,
}

/// How many public works there are of each class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Classes {
    /// Models.
    models: Vec<ClassCount>,
    /// Data sets.
    datasets: Vec<ClassCount>,
}

/// Works of one class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClassCount {
    /// `I`, `II`, `III`, `unclassified`, or `unknown` for those that nobody graded yet.
    class: String,
    /// How many.
    works: u64,
}

/// The grade of a revision, as whoever asks may know it.
pub(crate) async fn graded(app: &App, place: &Place, commit: &Revision) -> Answer<Graded> {
    let see = place.grant::<See>(app).await?;
    match place.grant::<Read>(app).await {
        Ok(read) => Ok(grade::at(&app.commons, &read, commit).await?),
        // Whoever is not let in to the files is told the verdict, and no line of them.
        Err(failure) if matches!(failure.0, Refusal::Gated { .. }) => {
            let known = grade::known(&app.commons, &see, &commit.oid).await?;
            let none = || Refusal::NotFound("this revision is not graded yet".into());
            Ok(known.ok_or_else(none)?.without_excerpts())
        }
        Err(failure) => Err(failure),
    }
}

/// The profile that is asked for, or the usual one.
pub(crate) fn profile(kind: RepoKind, query: &Query) -> Result<Profile, Refusal> {
    let Some(text) = query.get("profile") else { return Ok(grade::usual(kind)) };
    let known: Vec<String> = grade::profiles(kind).iter().map(|profile| format!("\"{profile}\"")).collect();
    let found = grade::profiles(kind).iter().find(|profile| profile.word() == text);
    found.copied().ok_or_else(|| {
        Refusal::Invalid(match known.is_empty() {
            true => format!("openness is graded of models and data sets, and this is a {kind}"),
            false => format!("\"profile\" must be one of {}, not {text:?}", known.join(", ")),
        })
    })
}

/// How open the main branch is.
///
/// Whoever may see the repo may ask. It is graded behind every push, and anew when the rules change or a repo that its card
/// names does. Of files that are given on request, whoever is not let in is told the verdict and no line.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/openness", operation_id = "openness", tag = "openness",
    params(
        InRepo,
        ("profile" = Option<String>, Query, description = "By which definition: `mof`, `mot`, `osaid` or `eu` for models, `data` for data sets", example = "mof"),
    ),
    responses(
        (status = 200, description = "The verdict", body = Openness),
        (status = 400, description = "Works of this kind are not graded, or a parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, or you may not know of it, or it is not graded yet", body = Error),
        (status = 503, description = "It takes longer to read, or there is too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn head(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Openness>> {
    openness(app, place, query, "main").await
}

/// How open a revision is.
///
/// As of the main branch. A revision that nobody asked for before is graded now.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/openness/{rev}", operation_id = "openness_at", tag = "openness",
    params(
        InRepo,
        ("rev" = String, Path, description = "A branch, a tag, or a commit's id", example = "main"),
        ("profile" = Option<String>, Query, description = "By which definition: `mof`, `mot`, `osaid` or `eu` for models, `data` for data sets", example = "mof"),
    ),
    responses(
        (status = 200, description = "The verdict", body = Openness),
        (status = 400, description = "Works of this kind are not graded, or a parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not know of it, or it is not graded yet", body = Error),
        (status = 503, description = "It takes longer to read, or there is too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn at(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Openness>> {
    let revision = place.part("rev").to_owned();
    openness(app, place, query, &revision).await
}

async fn openness(app: App, place: Place, query: Query, revision: &str) -> Answer<Json<Openness>> {
    let grant = place.grant::<See>(&app).await?;
    let profile = profile(place.kind, &query)?;
    let commit = browse::revision(&app.commons, &grant, revision).await?;
    let graded = graded(&app, &place, &commit).await?;
    let verdict = graded.verdict(profile);
    let value = |made: serde_json::Result<Value>| made.map_err(Refusal::broken);
    let linked =
        graded.linked.iter().map(|(repo, commit)| Linked { repo: repo.clone(), commit: commit.clone() });
    Ok(Json(Openness {
        repo: grant.repo().full_name(),
        commit: graded.commit.to_string(),
        graded: graded.at.to_string(),
        rules: RULES_VERSION.to_owned(),
        licenses: LICENSES_VERSION.to_owned(),
        profile: profile.to_string(),
        class: verdict.confirmed.to_string(),
        possible: verdict.possible.to_string(),
        progress: value(serde_json::to_value(&verdict.progress))?,
        parts: report::json(&verdict).get_mut("parts").map(Value::take).unwrap_or_default(),
        remarks: value(serde_json::to_value(&verdict.remarks))?,
        next: value(serde_json::to_value(&verdict.next))?,
        questions: verdict.questions,
        linked: linked.collect(),
    }))
}

/// What became of the openness from one revision to another.
///
/// Whoever may see the repo may ask.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/openness/diff", operation_id = "openness_diff", tag = "openness",
    params(
        InRepo,
        ("from" = String, Query, description = "A branch, a tag, or a commit's id", example = "main"),
        ("to" = Option<String>, Query, description = "The same; without it, the main branch", example = "main"),
        ("profile" = Option<String>, Query, description = "By which definition: `mof`, `mot`, `osaid` or `eu` for models, `data` for data sets", example = "mof"),
    ),
    responses(
        (status = 200, description = "What is different", body = OpennessDiff),
        (status = 400, description = "Works of this kind are not graded, or a parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not know of it, or it is not graded yet", body = Error),
        (status = 503, description = "It takes longer to read, or there is too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn diff(State(app): State<App>, place: Place, query: Query) -> Answer<Json<OpennessDiff>> {
    let grant = place.grant::<See>(&app).await?;
    let profile = profile(place.kind, &query)?;
    let from = query.get("from").ok_or_else(|| Refusal::Invalid("\"from\" must name a revision".into()))?;
    let from = browse::revision(&app.commons, &grant, from).await?;
    let to = browse::revision(&app.commons, &grant, query.get("to").unwrap_or("main")).await?;
    let (before, after) = (graded(&app, &place, &from).await?, graded(&app, &place, &to).await?);
    let difference = Difference::between(&before.verdict(profile), &after.verdict(profile));
    Ok(Json(OpennessDiff {
        from: from.oid.to_string(),
        to: to.oid.to_string(),
        profile: profile.to_string(),
        class_before: difference.before.to_string(),
        class_after: difference.after.to_string(),
        worse: difference.is_worse(),
        changes: serde_json::to_value(&difference.changes).map_err(Refusal::broken)?,
    }))
}

/// A review of a piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewTold {
    /// The name of the key that signed it.
    reviewer: String,
    /// The component that the evidence speaks for.
    component: String,
    /// The evidence, by its id.
    evidence: String,
    /// Whether it holds.
    accepts: bool,
    /// The day.
    date: String,
    /// Why.
    reason: String,
    /// The signed note (C2SP signed-note), which anybody can check with the reviewer's public key.
    note: String,
}

/// All reviews of a work that count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewsTold {
    /// The oldest first.
    reviews: Vec<ReviewTold>,
}

impl ReviewTold {
    fn new(reviewed: Reviewed, note: String) -> ReviewTold {
        let review = reviewed.review;
        ReviewTold {
            reviewer: reviewed.reviewer,
            component: review.component.name().to_owned(),
            evidence: review.evidence,
            accepts: review.accepts,
            date: review.date,
            reason: review.reason,
            note,
        }
    }
}

/// What reviewers say of the evidence.
///
/// Whoever may see the repo may ask. Told are the reviews of those whose keys this hub counts, the oldest first.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/openness/reviews", operation_id = "openness_reviews", tag = "openness",
    params(InRepo),
    responses(
        (status = 200, description = "The reviews", body = ReviewsTold),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, or you may not know of it", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn reviews(State(app): State<App>, place: Place) -> Answer<Json<ReviewsTold>> {
    let grant = place.grant::<See>(&app).await?;
    let all = grade::reviews(&app.commons, &grant).await?.into_iter();
    Ok(Json(ReviewsTold { reviews: all.map(|(reviewed, note)| ReviewTold::new(reviewed, note)).collect() }))
}

/// Adds a signed review of a piece of evidence.
///
/// The body is the note, as `seedcorn review sign` prints it. Whoever may propose a change to the repo may bring it; what counts
/// is who signed it. Sent again, it is the same review.
#[utoipa::path(
    post, path = "/api/commons/v1/{kind}/{ns}/{name}/openness/reviews", operation_id = "openness_review", tag = "openness",
    params(InRepo),
    request_body(content = String, content_type = "text/plain", description = "A signed note"),
    responses(
        (status = 200, description = "The review as it was understood", body = ReviewTold),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You may not propose a change to the repo", body = Error),
        (status = 404, description = "There is no such repo, or you may not know of it", body = Error),
        (status = 413, description = "The note is too long", body = Error),
        (status = 422, description = "It is no review, of another work, or signed by nobody whose reviews count here", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn add_review(State(app): State<App>, place: Place, body: Body) -> Answer<Json<ReviewTold>> {
    let grant = place.grant::<Propose>(&app).await?;
    let bytes = body::whole(body, limits::REVIEW_BYTES_MAX).await?;
    let bad = || Refusal::Unprocessable("the body is no text in UTF-8".into());
    let note = String::from_utf8(bytes.to_vec()).map_err(|_| bad())?;
    let reviewed = grade::add_review(&app.commons, &grant, &note).await?;
    Ok(Json(ReviewTold::new(reviewed, note)))
}

/// The commons by class.
///
/// Everybody may ask. Counted are public works as their main branches are: models by the Model Openness Framework, data sets
/// by this hub's own classes.
#[utoipa::path(
    get, path = "/api/commons/v1/openness", operation_id = "openness_classes", tag = "openness",
    responses(
        (status = 200, description = "How many works of each class", body = Classes),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn classes(State(app): State<App>) -> Answer<Json<Classes>> {
    let count = async |kind| {
        let (classes, unknown) = grade::counts(&app.commons, kind).await?;
        let classes =
            classes.into_iter().map(|(grade, works)| ClassCount { class: grade.to_string(), works });
        let unknown = ClassCount { class: "unknown".into(), works: unknown };
        Answer::Ok(classes.chain([unknown]).collect::<Vec<_>>())
    };
    Ok(Json(Classes { models: count(RepoKind::Model).await?, datasets: count(RepoKind::Dataset).await? }))
}
