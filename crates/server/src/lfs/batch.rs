//! `POST …/info/lfs/objects/batch` and `verify`.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use seedcorn_commons::access::{Grant, Propose, Read};
use seedcorn_commons::publish::{
    BatchAnswer, LfsObject, batch as answer, batch_in_parts, downloadable, verify as is_here,
};
use seedcorn_commons::{Refusal, browse, grade, xet};
use seedcorn_core::limits;
use seedcorn_wire::lfs::{
    Action, BatchRequest, BatchResponse, MEDIA_TYPE, ObjectAnswer, ObjectError, ObjectId,
};
use serde::Serialize;

use crate::app::App;
use crate::body;
use crate::place::{Place, segment};
use crate::refuse::{Answer, Failure, error_response};

fn lfs_json(status: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], text).into_response()
}

fn object(id: &ObjectId) -> Result<LfsObject, Refusal> {
    let sha256 =
        id.oid.parse().map_err(|why| Refusal::Unprocessable(format!("object {:?}: {why}", id.oid)))?;
    Ok(LfsObject { sha256, bytes: id.size })
}

/// git-lfs asks its user for a token only when told 401, so whoever comes without one is told that first.
fn ask_for_token(place: &Place, failure: Failure) -> Failure {
    match failure.0 {
        Refusal::Unseen if place.asker.0.is_none() => {
            Refusal::Unsigned("this needs an access token".into()).into()
        }
        refusal => refusal.into(),
    }
}

pub(crate) async fn batch(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let request: BatchRequest = body::json(body).await?;
    if request.objects.len() > limits::BATCH_FILES_MAX {
        let max = limits::BATCH_FILES_MAX;
        return Err(Refusal::TooLarge(format!("at most {max} objects can be asked about at once")).into());
    }
    if request.hash_algo.as_deref().is_some_and(|algo| algo != "sha256") {
        return Err(Refusal::Conflict("only the hash algorithm sha256 is known".into()).into());
    }
    let base = app.base(&headers);
    let response = match request.operation.as_str() {
        "upload" => {
            let grant =
                place.grant::<Propose>(&app).await.map_err(|failure| ask_for_token(&place, failure))?;
            match request.transfers.iter().any(|transfer| transfer == "xet") {
                true => upload_by_xet(&app, &grant, &request, &headers).await?,
                false => upload(&app, &grant, &request, &base).await?,
            }
        }
        "download" => {
            let grant = place.grant::<Read>(&app).await.map_err(|failure| ask_for_token(&place, failure))?;
            let commit = match &request.reference {
                // A branch that was not pushed yet is none here.
                Some(reference) => browse::revision(&app.commons, &grant, &reference.name).await.ok(),
                None => None,
            };
            grade::may_pull(&app.commons, &grant, commit.as_ref()).await?;
            download(&app, &grant, &request, &base).await?
        }
        other => {
            let text = format!("\"operation\" must be \"upload\" or \"download\", not {other:?}");
            return Err(Refusal::Invalid(text).into());
        }
    };
    Ok(lfs_json(StatusCode::OK, &response))
}

fn repo_url(base: &str, repo: &seedcorn_commons::repo::Repo) -> String {
    format!("{base}/{}{}", repo.kind.prefix(), repo.full_name())
}

/// Clients that offer it send what is missing through the Xet store: the address is where its tokens are had, and the
/// headers spare the first visit there.
async fn upload_by_xet(
    app: &App,
    grant: &Grant<Propose>,
    request: &BatchRequest,
    headers: &HeaderMap,
) -> Answer<BatchResponse> {
    let objects = request.objects.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let answers = answer(&app.commons, grant, &objects, false).await?;
    let token = xet::write_token(&app.commons, grant, true)?;
    let (kind, name) = (grant.repo().kind.plural(), grant.repo().full_name());
    let href = format!("{}/api/{kind}/{name}/xet-write-token/main", app.base(headers));
    let header = BTreeMap::from([
        ("X-Xet-Cas-Url".to_owned(), app.cas_url(headers, &token.store)),
        ("X-Xet-Access-Token".to_owned(), token.secret),
        ("X-Xet-Token-Expiration".to_owned(), token.expires_secs.to_string()),
    ]);
    let objects = request.objects.iter().zip(answers).map(|(id, answer)| {
        let mut out = ObjectAnswer {
            oid: id.oid.clone(),
            size: id.size,
            actions: None,
            error: None,
            authenticated: true,
        };
        match answer {
            BatchAnswer::Present => {}
            BatchAnswer::Error(code, message) => out.error = Some(ObjectError { code, message }),
            BatchAnswer::Basic(_) | BatchAnswer::Multipart { .. } => {
                let action = Action { href: href.clone(), header: header.clone() };
                out.actions = Some(BTreeMap::from([("upload", action)]));
            }
        }
        out
    });
    Ok(BatchResponse { transfer: "xet", objects: objects.collect(), hash_algo: "sha256" })
}

async fn upload(
    app: &App,
    grant: &Grant<Propose>,
    request: &BatchRequest,
    base: &str,
) -> Answer<BatchResponse> {
    let objects = request.objects.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let offers = |way: &str| request.transfers.iter().any(|transfer| transfer == way);
    let answers = match (offers("multipart"), offers("basic")) {
        (true, false) => batch_in_parts(&app.commons, grant, &objects).await?,
        (multipart, _) => answer(&app.commons, grant, &objects, multipart).await?,
    };
    let verify = format!("{}.git/info/lfs/objects/verify", repo_url(base, grant.repo()));
    let in_parts = answers.iter().any(|answer| matches!(answer, BatchAnswer::Multipart { .. }));
    let objects =
        request.objects.iter().zip(answers).map(|(id, answer)| upload_answer(base, &verify, id, answer));
    Ok(BatchResponse {
        transfer: if in_parts { "multipart" } else { "basic" },
        objects: objects.collect(),
        hash_algo: "sha256",
    })
}

fn upload_answer(base: &str, verify: &str, id: &ObjectId, answer: BatchAnswer) -> ObjectAnswer {
    // The addresses are signed, but for the one that verifies: git-lfs shows its token there only if it is told that it has to.
    let mut out =
        ObjectAnswer { oid: id.oid.clone(), size: id.size, actions: None, error: None, authenticated: false };
    let address = |sealed: &str| format!("{base}/lfs/{sealed}");
    let (href, header) = match answer {
        BatchAnswer::Present => return out,
        BatchAnswer::Error(code, message) => {
            out.error = Some(ObjectError { code, message });
            return out;
        }
        BatchAnswer::Basic(sealed) => (address(&sealed), BTreeMap::new()),
        BatchAnswer::Multipart { part_bytes, parts, complete } => {
            // Clients take every header but `chunk_size` for a part, in the order of their numbers.
            let width = parts.len().to_string().len();
            let numbered =
                parts.iter().enumerate().map(|(n, sealed)| (format!("{:0width$}", n + 1), address(sealed)));
            let mut header: BTreeMap<String, String> = numbered.collect();
            header.insert("chunk_size".into(), part_bytes.to_string());
            (address(&complete), header)
        }
    };
    let verify = Action { href: verify.to_owned(), header: BTreeMap::new() };
    out.actions = Some(BTreeMap::from([("upload", Action { href, header }), ("verify", verify)]));
    out
}

async fn download(
    app: &App,
    grant: &Grant<Read>,
    request: &BatchRequest,
    base: &str,
) -> Answer<BatchResponse> {
    let objects = request.objects.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let sums: Vec<_> = objects.iter().map(|object| object.sha256).collect();
    let here = downloadable(&app.commons, grant, &sums).await?;
    let page = repo_url(base, grant.repo());
    let answers = request.objects.iter().zip(&objects).map(|(id, object)| {
        let mut out = ObjectAnswer {
            oid: id.oid.clone(),
            size: id.size,
            actions: None,
            error: None,
            authenticated: false,
        };
        if here.contains_key(&object.sha256) {
            let href = format!("{page}/lfs-object/{}", segment(&id.oid));
            out.actions = Some(BTreeMap::from([("download", Action { href, header: BTreeMap::new() })]));
        } else {
            out.error = Some(ObjectError { code: 404, message: "the repository has no such object".into() });
        }
        out
    });
    Ok(BatchResponse { transfer: "basic", objects: answers.collect(), hash_algo: "sha256" })
}

pub(crate) async fn verify(State(app): State<App>, place: Place, body: Body) -> Answer<Response> {
    let grant = place.grant::<Propose>(&app).await.map_err(|failure| ask_for_token(&place, failure))?;
    let id: ObjectId = body::json(body).await?;
    is_here(&app.commons, &grant, &object(&id)?).await?;
    Ok(lfs_json(StatusCode::OK, &serde_json::json!({})))
}

/// Locks are not kept; git-lfs takes a 404 for that and goes on.
pub(crate) async fn locks() -> Response {
    error_response(StatusCode::NOT_FOUND, None, "this hub keeps no LFS locks")
}
