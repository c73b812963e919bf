//! Who signed a work, for people: in a word beside its card, and whole on a page.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::See;
use seedcorn_commons::signing::{self, Signature, Summary, Verdict};
use seedcorn_core::time::Time;

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Opened, Tab};
use super::show::{Many, When};
use super::urls;
use super::visit::Visit;
use crate::api::ROOT;
use crate::api::signing::word;
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;

/// Who signed the default branch, in a word.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// Whether the owner named whoever signed what is here.
    pub(super) verified: bool,
    /// Whether files are not as they were signed, or the signature does not hold.
    pub(super) wrong: bool,
    pub(super) by: Option<String>,
    pub(super) reason: String,
    pub(super) href: String,
}

/// Who signed the revision that is shown; nothing where nobody signed anything, or that was not looked at yet.
pub(crate) async fn of(app: &App, opened: &Opened) -> Answer<Option<Signed>> {
    let summary = signing::of_repo(&app.commons, &opened.grant).await?;
    let summary = summary.filter(|summary| summary.oid == opened.commit.oid);
    let verified = summary.as_ref().is_some_and(Summary::is_verified);
    Ok(summary.as_ref().and_then(Summary::best).map(|best| Signed {
        verified,
        wrong: best.found.verdict >= Verdict::WrongContent,
        by: best.found.signer.as_ref().filter(|signer| signer.proven).map(|signer| signer.name.clone()),
        reason: best.found.reason.clone(),
        href: opened.head.urls.signatures(),
    }))
}

/// A signature as the page has it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    path: String,
    href: String,
    word: &'static str,
    verified: bool,
    wrong: bool,
    reason: String,
    /// What kind of signer, who, and who says so.
    signer: Option<(String, String, Option<String>)>,
    predicate: String,
    name: String,
    covered: Many,
    seen: Option<When>,
    signed: Option<When>,
    /// Files that are not as signed: what of them, and which.
    differing: Vec<(&'static str, Vec<String>)>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "signatures.html")]
pub(crate) struct SignaturesPage {
    frame: Frame,
    head: Head,
    rows: Vec<Row>,
    /// Whether it was looked at.
    looked: bool,
    /// What the owner signs with.
    signers: String,
    api: String,
}

/// `GET …/signatures`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<SignaturesPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, "main", Tab::History).await?;
    let summary = signing::of_repo(&app.commons, &opened.grant).await?;
    let looked = summary.is_some();
    let rows = summary.into_iter().flat_map(|summary| {
        let commit = summary.oid.to_string();
        summary.signatures.into_iter().map(|one| row(one, &opened, &commit, &visit)).collect::<Vec<_>>()
    });
    let (kind, name) = (opened.head.kind, opened.head.full_name());
    Ok(Page(SignaturesPage {
        frame: opened.frame(&visit, "Signatures"),
        rows: rows.collect(),
        looked,
        signers: urls::signers(&opened.head.owner),
        api: format!("{ROOT}/{}/{name}/signatures", kind.plural()),
        head: Head { at: None, ..opened.head.clone() },
    }))
}

fn row(one: Signature, opened: &Opened, commit: &str, visit: &Visit) -> Row {
    let found = one.found;
    let when = |at: Time| When { at, now: visit.now };
    let all = [("changed", found.changed), ("missing", found.missing), ("not signed", found.unsigned)];
    Row {
        href: opened.head.urls.blob(commit, &one.path),
        path: one.path,
        word: word(found.verdict),
        verified: found.verdict == Verdict::Verified,
        wrong: found.verdict >= Verdict::WrongContent,
        reason: found.reason,
        signer: found.signer.map(|signer| (signer.kind, signer.name, signer.by)),
        predicate: found.predicate,
        name: found.name,
        covered: Many(found.covered as u64, "file"),
        seen: (one.seen > 0).then(|| when(Time(one.seen))),
        signed: found.signed.map(|at| when(Time::from_secs(at))),
        differing: all.into_iter().filter(|(_, paths)| !paths.is_empty()).collect(),
    }
}

#[cfg(test)]
impl Signed {
    /// By somebody whom the owner named, by somebody else, by nobody knows whom, and of other files.
    pub(crate) fn samples() -> [Signed; 4] {
        use super::samples::{href, text};
        let one = |verified, wrong, by| Signed { verified, wrong, by, reason: text(), href: href() };
        [
            one(true, false, Some(text())),
            one(false, false, Some(text())),
            one(false, false, None),
            one(false, true, None),
        ]
    }
}

#[cfg(test)]
impl SignaturesPage {
    /// Of a work with signatures of each kind, of one with none, and of one that nobody looked at.
    pub(crate) fn samples() -> Vec<SignaturesPage> {
        use super::samples::{head, href, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let row = |verified, wrong, signer, differing| Row {
            path: text(),
            href: href(),
            word: "verified",
            verified,
            wrong,
            reason: text(),
            signer,
            predicate: text(),
            name: text(),
            covered: Many(3, "file"),
            seen: Some(when()),
            signed: Some(when()),
            differing,
        };
        let rows = vec![
            row(true, false, Some((text(), text(), Some(text()))), Vec::new()),
            row(false, true, Some((text(), text(), None)), vec![("changed", vec![text(), text()])]),
            Row {
                predicate: String::new(),
                name: String::new(),
                seen: None,
                signed: None,
                ..row(false, false, None, Vec::new())
            },
        ];
        let page = |rows, looked| SignaturesPage {
            frame: stranger(Here::Kind(Model)),
            head: Head { at: None, ..head(Model, Tab::History) },
            rows,
            looked,
            signers: href(),
            api: href(),
        };
        let open = |page: SignaturesPage| SignaturesPage {
            head: Head { private: false, ..page.head.clone() },
            ..page
        };
        vec![open(page(rows, true)), page(Vec::new(), true), page(Vec::new(), false)]
    }
}
