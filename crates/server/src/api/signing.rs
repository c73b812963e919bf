//! Who signed, for programs: what owners sign with, and what the signatures in a work come to.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Read, See};
use seedcorn_commons::signing::{self, New, Row, Signature, Summary, Verdict};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Error;
use super::repo::InRepo;
use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::web::urls::RepoUrls;

/// What signatures in a revision come to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Signatures {
    /// The revision.
    commit: String,
    /// Whether somebody signed what is here whom the owner named.
    verified: bool,
    /// Each signature that was looked at: 32 at most.
    signatures: Vec<SignatureFound>,
}

/// A signature, and what it comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignatureFound {
    /// Where the bundle is (Sigstore, v0.3).
    path: String,
    /// Its SHA-256.
    bundle: String,
    /// Where to get it.
    url: String,
    /// When it was first seen here.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    /// `verified`, `untrusted-signer`, `unsupported`, `wrong-content` or `malformed`.
    verdict: String,
    /// Why, as a sentence.
    reason: String,
    /// Who signed, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<SignedBy>,
    /// What kind of statement it is (in-toto); empty where a file's bytes are signed.
    predicate: String,
    /// What the signer calls what they signed.
    name: String,
    /// When it was signed, where a log says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    /// Files that it covers.
    covered: usize,
    /// Files that are not as signed: 20 of each kind at most are told.
    changed: Vec<String>,
    /// Files that were signed and are not there.
    missing: Vec<String>,
    /// Files that are there and were not signed.
    unsigned: Vec<String>,
}

/// Who signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedBy {
    /// `key`, `certificate` or `identity`.
    kind: String,
    /// The key's SHA-256, whose the certificate is, or the identity.
    name: String,
    /// Who says that of an identity; a certificate's SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Whether the signature was checked and is theirs.
    proven: bool,
    /// What the owner registered them as; none if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    registered: Option<String>,
}

fn at(seconds: i64) -> String {
    Time::from_secs(seconds).to_string()
}

/// In which revision of which work a signature is, for its address.
struct Within<'a> {
    base: &'a str,
    kind: RepoKind,
    name: &'a str,
    commit: &'a str,
}

impl Within<'_> {
    fn found(&self, one: Signature) -> SignatureFound {
        let Within { base, kind, name, commit } = self;
        let verdict = serde_json::to_value(one.found.verdict).ok();
        SignatureFound {
            url: format!("{base}{}", RepoUrls::new(*kind, name).resolve(commit, &one.path)),
            path: one.path,
            bundle: one.bundle,
            seen: (one.seen > 0).then(|| Time(one.seen).to_string()),
            verdict: verdict.and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default(),
            reason: one.found.reason,
            signer: one.found.signer.map(|by| SignedBy {
                kind: by.kind,
                name: by.name,
                by: by.by,
                proven: by.proven,
                registered: by.registered,
            }),
            predicate: one.found.predicate,
            name: one.found.name,
            signed: one.found.signed.map(at),
            covered: one.found.covered,
            changed: one.found.changed,
            missing: one.found.missing,
            unsigned: one.found.unsigned,
        }
    }

    fn all(&self, summary: Summary) -> Signatures {
        Signatures {
            commit: self.commit.to_owned(),
            verified: summary.is_verified(),
            signatures: summary.signatures.into_iter().map(|one| self.found(one)).collect(),
        }
    }
}

/// What the signatures on the default branch come to.
///
/// As they were looked at after the last push. Digests that are kept of files are compared with those that were signed: no weight is read
/// for it.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/signatures", operation_id = "signatures", tag = "signing",
    params(InRepo),
    responses(
        (status = 200, description = "What they come to", body = Signatures),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, you may not see it, or nobody looked yet", body = Error),
    ),
)]
pub(crate) async fn head(
    State(app): State<App>,
    headers: HeaderMap,
    place: Place,
) -> Answer<Json<Signatures>> {
    let grant = place.grant::<See>(&app).await?;
    let summary = signing::of_repo(&app.commons, &grant).await?;
    let summary = summary.ok_or_else(|| {
        Refusal::NotFound("nobody looked at its signatures yet: ask again in a moment".into())
    })?;
    let (base, name, commit) = (app.base(&headers), grant.repo().full_name(), summary.oid.to_string());
    let within = Within { base: &base, kind: grant.repo().kind, name: &name, commit: &commit };
    Ok(Json(within.all(summary)))
}

/// What the signatures in a revision come to.
///
/// They are looked at now, and judged by what the owner signs with now.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/signatures/{rev}", operation_id = "signatures_at", tag = "signing",
    params(InRepo, ("rev" = String, Path, description = "A branch, a tag or a commit", example = "main")),
    responses(
        (status = 200, description = "What they come to", body = Signatures),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You may not read its files", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not see it", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn at_revision(
    State(app): State<App>,
    headers: HeaderMap,
    place: Place,
) -> Answer<Json<Signatures>> {
    let grant = place.grant::<Read>(&app).await?;
    let summary = signing::of_revision(&app.commons, &grant, place.part("rev")).await?;
    let (base, name, commit) = (app.base(&headers), grant.repo().full_name(), summary.oid.to_string());
    let within = Within { base: &base, kind: grant.repo().kind, name: &name, commit: &commit };
    Ok(Json(within.all(summary)))
}

/// What is said of a content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attestations {
    /// The revision.
    commit: String,
    /// Files there that have the digest.
    files: Vec<String>,
    /// Signed statements that speak of it: who built it, from what, how it was tested.
    attestations: Vec<SignatureFound>,
}

/// What signed statements say of a file's content.
///
/// All bundles of the revision that speak of this digest (in-toto: SLSA provenance and others), each judged.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/attestations/{digest}", operation_id = "attestations", tag = "signing",
    params(
        InRepo,
        ("digest" = String, Path, description = "`sha256:` and the SHA-256 of a file"),
        ("rev" = Option<String>, Query, description = "A branch, a tag or a commit: `main` unless said"),
    ),
    responses(
        (status = 200, description = "What is said of it", body = Attestations),
        (status = 400, description = "It is no digest", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You may not read its files", body = Error),
        (status = 404, description = "There is no such repo or revision, or you may not see it", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn attestations(
    State(app): State<App>,
    headers: HeaderMap,
    place: Place,
    query: Query,
) -> Answer<Json<Attestations>> {
    let grant = place.grant::<Read>(&app).await?;
    let rev = query.get("rev").unwrap_or("main");
    let told = signing::attestations(&app.commons, &grant, rev, place.part("digest")).await?;
    let (base, name, commit) = (app.base(&headers), grant.repo().full_name(), told.oid.to_string());
    let within = Within { base: &base, kind: grant.repo().kind, name: &name, commit: &commit };
    let attestations = told.signatures.into_iter().map(|one| within.found(one)).collect();
    Ok(Json(Attestations { commit: commit.clone(), files: told.files, attestations }))
}

/// What an owner signs with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Signers {
    /// The member or group.
    owner: String,
    /// Also those taken back, the oldest first.
    signers: Vec<Signing>,
}

/// One thing that an owner signs with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Signing {
    /// Names it.
    id: String,
    /// `key`, `certificate` or `identity`.
    kind: String,
    /// What its owner calls it.
    label: String,
    /// The PEM text, or the identity.
    value: String,
    /// Who says that of an identity.
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    /// What the log has of it: the SHA-256 of a key's PEM text or of a certificate; of an identity that of salt, identity and issuer, a line
    /// each.
    print: String,
    /// What an identity's print is made with.
    #[serde(skip_serializing_if = "String::is_empty")]
    salt: String,
    /// Since when it counts.
    added: String,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
}

impl From<Row> for Signing {
    fn from(row: Row) -> Signing {
        Signing {
            id: row.id,
            kind: row.kind,
            label: row.label,
            value: row.value,
            issuer: row.issuer,
            print: row.print,
            salt: row.salt,
            added: row.added.to_string(),
            revoked: row.revoked.map(|at| Time(at).to_string()),
        }
    }
}

/// What a member or a group signs with.
///
/// Everybody may know.
#[utoipa::path(
    get, path = "/api/commons/v1/owners/{owner}/signers", operation_id = "signers", tag = "signing",
    params(("owner" = String, Path, description = "The name of a member or group", example = "ada")),
    responses(
        (status = 200, description = "What it signs with", body = Signers),
        (status = 404, description = "Nobody has that name", body = Error),
    ),
)]
pub(crate) async fn signers(State(app): State<App>, place: Place) -> Answer<Json<Signers>> {
    let owned = signing::signers(&app.commons, None, place.part("owner")).await?;
    let signers = owned.signers.into_iter().map(Signing::from).collect();
    Ok(Json(Signers { owner: owned.owner.name, signers }))
}

/// What an owner will sign with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSigner {
    /// `key`, `certificate` or `identity`.
    kind: String,
    /// What you call it.
    label: String,
    /// A public key or a certificate as PEM; a mail address, or the address of a workflow.
    value: String,
    /// Who says that of an identity, such as `https://github.com/login/oauth`.
    #[serde(default)]
    issuer: String,
}

/// Says what a member or a group signs with.
///
/// It is logged. What is signed with it then counts as signed by the owner.
#[utoipa::path(
    post, path = "/api/commons/v1/owners/{owner}/signers", operation_id = "register_signer", tag = "signing",
    params(("owner" = String, Path, description = "The name of a member or group", example = "ada")),
    request_body = NewSigner,
    responses(
        (status = 200, description = "It counts from now on", body = Signing),
        (status = 400, description = "It is no key, certificate or identity, or there are too many", body = Error),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You do not run the owner, or the token may not", body = Error),
        (status = 404, description = "Nobody has that name", body = Error),
        (status = 409, description = "It is registered already", body = Error),
        (status = 413, description = "The body is too long", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn register(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Signing>> {
    let actor = place.asker.signed_in()?;
    let new: NewSigner = body::json(body).await?;
    let new = New { kind: &new.kind, label: &new.label, value: &new.value, issuer: &new.issuer };
    let fit = new.read(&app.commons).map_err(Refusal::from)?;
    let row = signing::register(&app.commons, actor, place.part("owner"), fit).await?;
    Ok(Json(row.into()))
}

/// Takes back what an owner signs with.
///
/// It is logged. What was signed with it and was here before stays as it was.
#[utoipa::path(
    delete, path = "/api/commons/v1/owners/{owner}/signers/{signer}", operation_id = "revoke_signer", tag = "signing",
    params(
        ("owner" = String, Path, description = "The name of a member or group", example = "ada"),
        ("signer" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "What it signs with now", body = Signers),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You do not run the owner, or the token may not", body = Error),
        (status = 404, description = "Nobody has that name, or does not sign with that", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn revoke(State(app): State<App>, place: Place) -> Answer<Json<Signers>> {
    let actor = place.asker.signed_in()?;
    signing::revoke(&app.commons, actor, place.part("owner"), place.part("signer")).await?;
    signers(State(app), place).await
}

/// What a verdict says, in a word or two.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "verified",
        Verdict::UntrustedSigner => "signer not known",
        Verdict::Unsupported => "not looked at",
        Verdict::WrongContent => "other files than signed",
        Verdict::Malformed => "does not hold",
    }
}
