//! What a member or a group signs with: seen by everybody, changed by whoever runs it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::signing::{self, Field, New};
use seedcorn_core::time::Time;

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::show::When;
use super::urls;
use super::visit::Visit;
use crate::api::ROOT;
use crate::app::App;
use crate::place::segment;
use crate::refuse::Answer;

/// One thing that an owner signs with.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    id: String,
    kind: String,
    label: String,
    value: String,
    issuer: String,
    print: String,
    added: When,
    revoked: Option<When>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "signers.html")]
pub(crate) struct SignersPage {
    frame: Frame,
    owner: String,
    /// The owner's page.
    href: String,
    urls: String,
    /// Whether the page is one of the visitor's own settings.
    own: bool,
    /// Whether the visitor may change it.
    runs: bool,
    rows: Vec<Row>,
    api: String,
    wrong: Wrong,
    /// The form as it was sent.
    kind: String,
    label: String,
    value: String,
    issuer: String,
}

async fn page(app: &App, visit: &Visit, name: &str) -> Answer<SignersPage> {
    let owned = signing::signers(&app.commons, visit.actor.as_ref(), name).await?;
    let when = |at: Time| When { at, now: visit.now };
    let rows = owned.signers.into_iter().map(|row| Row {
        id: row.id,
        kind: row.kind,
        label: row.label,
        value: row.value,
        issuer: row.issuer,
        print: row.print,
        added: when(row.added),
        revoked: row.revoked.map(|at| when(Time(at))),
    });
    let owner = owned.owner.name;
    let (label, value, issuer) = Default::default();
    Ok(SignersPage {
        frame: visit.frame(format!("What {owner} signs with"), "", Here::Elsewhere),
        href: urls::namespace(&owner),
        urls: urls::signers(&owner),
        own: visit.actor.as_ref().is_some_and(|actor| actor.name == owner),
        runs: owned.runs,
        rows: rows.collect(),
        api: format!("{ROOT}/owners/{}/signers", segment(&owner)),
        wrong: Wrong::default(),
        kind: "key".into(),
        label,
        value,
        issuer,
        owner,
    })
}

/// `GET /settings/signers`: one's own.
pub(crate) async fn own(visit: Visit) -> Answer<Redirect> {
    Ok(Redirect::to(&urls::signers(&visit.member()?.name)))
}

/// `GET /-/signers/{owner}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Answer<Page<SignersPage>> {
    Ok(Page(page(&app, &visit, &name).await?))
}

/// `POST /-/signers/{owner}`: says what it signs with.
pub(crate) async fn register(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Answer<Response> {
    let actor = visit.member()?;
    let text = |field: &str| form.text(field).to_owned();
    let (kind, label, value, issuer) = (text("kind"), text("label"), text("value"), text("issuer"));
    let new = New { kind: &kind, label: &label, value: &value, issuer: &issuer };
    let wrong = match new.read(&app.commons) {
        Err(unfit) => Wrong::at(beside(unfit.field), unfit.text),
        Ok(fit) => match signing::register(&app.commons, actor, &name, fit).await {
            Ok(_) => return Ok(Redirect::to(&urls::signers(&name)).into_response()),
            Err(refusal) => Wrong::told("value", refusal)?,
        },
    };
    let page = page(&app, &visit, &name).await?;
    Ok(Page(SignersPage { wrong, kind, label, value, issuer, ..page }).into_response())
}

/// The field of the form beside which a fault is told: of the kinds one is always chosen.
fn beside(field: Field) -> &'static str {
    match field {
        Field::Label => "label",
        Field::Issuer => "issuer",
        Field::Kind | Field::Value => "value",
    }
}

/// `POST /-/signers/{owner}/revoke`.
pub(crate) async fn revoke(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Answer<Redirect> {
    signing::revoke(&app.commons, visit.member()?, &name, form.text("id")).await?;
    Ok(Redirect::to(&urls::signers(&name)))
}

#[cfg(test)]
impl SignersPage {
    /// For whoever runs it, with a fault in each field; and for a stranger, of one who signs with nothing.
    pub(crate) fn samples() -> Vec<SignersPage> {
        use super::samples::{href, member, stranger, text, when, wrong};
        let row = |kind: &str, revoked| Row {
            id: text(),
            kind: kind.into(),
            label: text(),
            value: text(),
            issuer: if kind == "identity" { text() } else { String::new() },
            print: text(),
            added: when(),
            revoked,
        };
        let page = |frame, own, runs, rows, wrong| SignersPage {
            frame,
            owner: text(),
            href: href(),
            urls: href(),
            own,
            runs,
            rows,
            api: href(),
            wrong,
            kind: "identity".into(),
            label: text(),
            value: text(),
            issuer: text(),
        };
        let rows = || vec![row("key", None), row("certificate", Some(when())), row("identity", None)];
        let runs = |field| page(member(Here::Elsewhere), field == "label", true, rows(), wrong(field));
        let mut all: Vec<SignersPage> = ["label", "value", "issuer"].map(runs).into();
        all.push(page(stranger(Here::Elsewhere), false, false, rows(), Wrong::default()));
        all.push(page(stranger(Here::Elsewhere), false, false, Vec::new(), Wrong::default()));
        all
    }
}
