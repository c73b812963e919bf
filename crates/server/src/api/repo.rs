//! What is known of one repo: what differs between two revisions, how much of a commit is new, what it builds on and what
//! builds on it, and how its weights are stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use seedcorn_commons::access::{Read, See};
use seedcorn_commons::changes::{self as deeds, Change, Counts, What};
use seedcorn_commons::model_size::{self, model_size};
use seedcorn_commons::{Refusal, bases, browse, repo, standing};
use seedcorn_core::card;
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::RepoKind;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::works::{self, Works};
use super::{Error, cursor, limit, write_cursor};
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::web::compare::Spec;

/// The part of an address that names a repo. The document alone reads it: handlers have the whole [`Place`].
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "its fields are what the document describes")]
pub(super) struct InRepo {
    /// `models`, `datasets`, `spaces`, `papers` or `code`
    #[param(pattern = "^(models|datasets|spaces|papers|code)$", example = "models")]
    kind: String,
    /// The owner
    #[param(example = "acorn-lab")]
    ns: String,
    /// The repo's own name
    #[param(example = "acorn-tiny")]
    name: String,
}

/// What differs between two revisions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// The commit from which is compared: where the two parted if there were three dots.
    from: String,
    /// The commit to which is compared.
    to: String,
    /// How many files there are of each sort.
    counts: FileCounts,
    /// Whether all was compared; false if more differs than is compared or listed.
    whole: bool,
    /// A page of the files, by path.
    files: Vec<FileChange>,
    /// The `cursor` of the next page; none on the last one.
    next: Option<String>,
}

/// How many files became what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileCounts {
    /// They were not there.
    added: u64,
    /// They are there no more.
    removed: u64,
    /// Their content or mode is another.
    changed: u64,
    /// Their very content lay at another path.
    renamed: u64,
}

impl From<Counts> for FileCounts {
    fn from(counts: Counts) -> FileCounts {
        FileCounts {
            added: counts.added as u64,
            removed: counts.removed as u64,
            changed: counts.changed as u64,
            renamed: counts.renamed as u64,
        }
    }
}

/// A file that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileChange {
    /// Where it is, or where it was if it was removed.
    path: String,
    /// `added`, `removed`, `changed` or `renamed`.
    change: String,
    /// Where it was, if it was renamed.
    was: Option<String>,
    /// Its length before; none if it was not there.
    bytes_before: Option<u64>,
    /// Its length after; none if it is there no more.
    bytes_after: Option<u64>,
}

impl From<Change> for FileChange {
    fn from(change: Change) -> FileChange {
        let word = match change.what {
            What::Added => "added",
            What::Removed => "removed",
            What::Changed => "changed",
            What::Renamed => "renamed",
        };
        let was = change.before.as_ref().filter(|_| change.what == What::Renamed);
        FileChange {
            was: was.map(|entry| entry.path.clone()),
            change: word.to_owned(),
            bytes_before: change.before.map(|entry| entry.bytes),
            bytes_after: change.after.map(|entry| entry.bytes),
            path: change.path,
        }
    }
}

/// How much of a commit is new.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommitBytes {
    /// The commit.
    commit: String,
    /// How many files differ from its first parent.
    files: FileCounts,
    /// Bytes that the parent's files do not have.
    new_bytes: u64,
    /// Bytes of what it adds or changes that they have already.
    shared_bytes: u64,
    /// Whether all was looked at. If not, some of the new bytes may be shared, and some are not counted.
    whole: bool,
}

/// What a work builds on, and what builds on it, as cards declare it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TreeOfBases {
    /// The names that its card gives, here or elsewhere.
    builds_on: Vec<String>,
    /// A page of the works here that name it, by any name that it has or had, the newest first.
    built_on_by: Works,
}

/// How a model's weights are stored, by the headers of its files.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Weights {
    /// The commit.
    commit: String,
    /// What its safetensors files say; none if it has none that can be read.
    safetensors: Option<Parameters>,
    /// What its GGUF file says.
    gguf: Option<Parameters>,
}

/// Parameters by type.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Parameters {
    /// How many.
    total: u64,
    /// How many of each type, most first.
    by_dtype: Vec<Dtype>,
}

/// Parameters of one type.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dtype {
    /// Such as `BF16`.
    dtype: String,
    /// How many.
    parameters: u64,
}

impl From<model_size::Parameters> for Parameters {
    fn from(told: model_size::Parameters) -> Parameters {
        let by_dtype = told.by_dtype.into_iter().map(|(dtype, parameters)| Dtype { dtype, parameters });
        Parameters { total: told.total, by_dtype: by_dtype.collect() }
    }
}

/// What differs between two revisions.
///
/// Whoever may see the repo may ask. With three dots, what `head` did since the two parted; with two, the two as they are.
/// A slash in a revision is written `%2F`.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/compare/{base}...{head}", operation_id = "compare", tag = "repo",
    params(
        InRepo,
        ("base" = String, Path, description = "A branch, a tag, or a commit's id", example = "main"),
        ("head" = String, Path, description = "A branch, a tag, or a commit's id", example = "main"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of what differs", body = Comparison),
        (status = 400, description = "The two have no commit in common, or a parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not know of it", body = Error),
        (status = 413, description = "The two parted longer ago than is looked back", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn compare(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Comparison>> {
    let (commons, grant) = (&app.commons, place.grant::<See>(&app).await?);
    let after = cursor(&query)?;
    let unclear = || Refusal::Invalid("write two revisions with three or two dots between them".into());
    let spec = Spec::parse(place.part("spec")).ok_or_else(unclear)?;
    let from = browse::revision(commons, &grant, spec.from).await?;
    let to = browse::revision(commons, &grant, spec.to).await?;
    let from = match spec.parted {
        false => from,
        true => {
            let strangers = || Refusal::Invalid("the two have no commit in common: write two dots".into());
            deeds::merge_base(commons, &grant, &from, &to).await?.ok_or_else(strangers)?
        }
    };
    let difference = deeds::between(commons, &grant, Some(&from), &to).await?;
    let page = difference.page(commons, &grant, after.as_deref()).await?;
    Ok(Json(Comparison {
        from: from.oid.to_string(),
        to: to.oid.to_string(),
        counts: difference.counts().into(),
        whole: difference.is_whole(),
        files: page.files.into_iter().map(FileChange::from).collect(),
        next: page.next.as_deref().map(write_cursor),
    }))
}

/// How many bytes of a commit are new.
///
/// Whoever may see the repo may ask. Compared is with the commit's first parent.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/commits/{rev}/bytes", operation_id = "commit_bytes", tag = "repo",
    params(
        InRepo,
        ("rev" = String, Path, description = "A branch, a tag, or a commit's id", example = "main"),
    ),
    responses(
        (status = 200, description = "Files and bytes", body = CommitBytes),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not know of it", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn bytes(State(app): State<App>, place: Place) -> Answer<Json<CommitBytes>> {
    let (commons, grant) = (&app.commons, place.grant::<See>(&app).await?);
    let commit = browse::revision(commons, &grant, place.part("rev")).await?;
    let parent = deeds::first_parent(commons, &grant, &commit).await?;
    let difference = deeds::between(commons, &grant, parent.as_ref(), &commit).await?;
    let weight = deeds::weigh(commons, &grant, &commit).await?;
    Ok(Json(CommitBytes {
        commit: commit.oid.to_string(),
        files: difference.counts().into(),
        new_bytes: weight.new,
        shared_bytes: weight.shared,
        whole: weight.whole && difference.is_whole(),
    }))
}

/// What it builds on, and what builds on it.
///
/// Whoever may see the repo may ask; of those that build on it, whoever asks is told what they may see. A model's bases are
/// models; models name the data sets they were made with; works of every kind name papers and code. Of what names a paper
/// by its arXiv id or its DOI, its page and `/api/papers/{id}` tell.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/tree-of-bases", operation_id = "tree_of_bases", tag = "repo",
    params(
        InRepo,
        ("limit" = Option<u32>, Query, description = "Works in a page", minimum = 1, maximum = 100, example = 10),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "Bases, and a page of what builds on it", body = TreeOfBases),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, or you may not know of it", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn tree_of_bases(
    State(app): State<App>,
    place: Place,
    query: Query,
) -> Answer<Json<TreeOfBases>> {
    let grant = place.grant::<See>(&app).await?;
    let (after, limit) = (works::place(&query)?, limit(&query)?);
    let row = repo::card(&app.commons, &grant).await?;
    let metadata: card::Metadata = serde_json::from_str(&row.card).unwrap_or_default();
    let facts = Facts::of_card(&metadata);
    let builds_on = bases::named(grant.repo().kind, &metadata);
    let page =
        standing::page(&app.commons, place.asker.0.as_ref(), (grant.repo(), &facts), after, limit).await?;
    let built_on_by = page.into();
    Ok(Json(TreeOfBases { builds_on, built_on_by }))
}

/// A model's parameters by type.
///
/// Whoever may read the repo's files may ask. It is read from the headers of its safetensors and GGUF files; works that are
/// no models have none.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/weights/{rev}", operation_id = "weights", tag = "repo",
    params(
        InRepo,
        ("rev" = String, Path, description = "A branch, a tag, or a commit's id", example = "main"),
    ),
    responses(
        (status = 200, description = "Parameters", body = Weights),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "The files are given on request, or the token is unknown or has ended", body = Error),
        (status = 403, description = "The files are given on request, and you were not let in", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not know of it", body = Error),
        (status = 503, description = "It takes longer to read, or there is too much at once: ask again", body = Error),
    )
)]
pub(crate) async fn weights(State(app): State<App>, place: Place) -> Answer<Json<Weights>> {
    let grant = place.grant::<Read>(&app).await?;
    let commit = browse::revision(&app.commons, &grant, place.part("rev")).await?;
    let says = match grant.repo().kind {
        RepoKind::Model => model_size(&app.commons, &grant, &commit).await?,
        RepoKind::Dataset | RepoKind::Space | RepoKind::Paper | RepoKind::Code => Some(Arc::default()),
    };
    let later =
        || Refusal::Busy("not all headers were read in time; what was read is kept, so ask again".into());
    let says = Arc::unwrap_or_clone(says.ok_or_else(later)?);
    Ok(Json(Weights {
        commit: commit.oid.to_string(),
        safetensors: says.safetensors.map(Parameters::from),
        gguf: says.gguf.map(|(parameters, _)| parameters.into()),
    }))
}
