//! Two revisions side by side: `a..b` compares them as they are, `a...b` what `b` did since they parted.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::access::See;
use seedcorn_commons::browse::{self, Revision};
use seedcorn_commons::{Refusal, changes as deeds};

use super::changes::{self, At, Changes, Shown};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// One of the revisions.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    name: String,
    oid: String,
    href: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "compare.html")]
pub(crate) struct ComparePage {
    frame: Frame,
    head: Head,
    from: Side,
    to: Side,
    /// The commit where they parted, if the comparison begins there.
    base: Option<Side>,
    /// The same two, compared in the other way.
    other: String,
    /// The same two, the other way round.
    swapped: String,
    changes: Changes,
}

/// What an address asks for: two revisions, and whether to begin where they parted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spec<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) parted: bool,
}

impl<'a> Spec<'a> {
    /// No ref's name has two dots in a row, so the first ones part the two.
    pub(crate) fn parse(text: &'a str) -> Option<Spec<'a>> {
        let (from, rest) = text.split_once("..")?;
        let (to, parted) = rest.strip_prefix('.').map_or((rest, false), |to| (to, true));
        (!from.is_empty() && !to.is_empty()).then_some(Spec { from, to, parted })
    }
}

fn side(urls: &RepoUrls, name: &str, commit: &Revision) -> Side {
    let oid = commit.oid.to_string();
    Side { name: name.to_owned(), href: urls.commit(&oid), oid: oid[..7].to_owned() }
}

/// `GET …/compare/{spec}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<ComparePage>> {
    let (see, read) = changes::grants(&app, &place).await?;
    let unclear = || {
        let text = "Name two revisions with two or three dots between them, such as main...draft.";
        Refusal::Invalid(text.into())
    };
    let spec = Spec::parse(place.part("spec")).ok_or_else(unclear)?;
    let opened = head::open(&app, &visit, see, spec.to, Tab::Refs).await?;
    let (to, grant, commons) = (&opened.commit, &opened.grant, &app.commons);
    let from = browse::revision(commons, grant, spec.from).await?;
    let base = match spec.parted {
        false => None,
        true => {
            let text = "The two have no commit in common. Compare them with two dots instead of three.";
            let base = deeds::merge_base(commons, grant, &from, to).await?;
            Some(base.ok_or_else(|| Refusal::Invalid(text.into()))?)
        }
    };
    let before = base.as_ref().unwrap_or(&from);
    let difference = deeds::between(commons, grant, Some(before), to).await?;
    let urls = &opened.head.urls;
    let at = At {
        urls,
        here: urls.compare(spec.from, spec.to, spec.parted),
        before: before.oid.to_string(),
        after: to.oid.to_string(),
    };
    let changes = changes::show(&app, (grant, read.as_ref()), &difference, &at, &query).await?;
    Ok(Page(ComparePage {
        frame: opened.frame(&visit, &format!("{} and {}", spec.from, spec.to)),
        from: side(urls, spec.from, &from),
        to: side(urls, spec.to, to),
        base: base.as_ref().map(|base| side(urls, "", base)),
        other: urls.compare(spec.from, spec.to, !spec.parted),
        swapped: urls.compare(spec.to, spec.from, spec.parted),
        changes,
        head: opened.head,
    }))
}

/// `GET …/compare?from=…&to=…`: what the form on the refs' page sends, led to the address of the comparison.
pub(crate) async fn form(State(app): State<App>, place: Place, query: Query) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let repo = grant.repo();
    let urls = RepoUrls::new(repo.kind, &repo.full_name());
    let field = |name| query.get(name).map(str::trim).filter(|text| !text.is_empty());
    let to = match (field("from"), field("to")) {
        (Some(from), Some(to)) => urls.compare(from, to, query.get("way") != Some("direct")),
        _ => urls.refs(),
    };
    Ok(Redirect::to(&to).into_response())
}

#[cfg(test)]
impl ComparePage {
    /// Two revisions since they parted, and as they are.
    pub(crate) fn samples() -> Vec<ComparePage> {
        use super::samples::{OID, head, href, member, stranger, text};
        use seedcorn_core::repo::RepoKind::Dataset;
        let side = || Side { name: text(), oid: OID[..7].to_owned(), href: href() };
        let page = |frame, base, changes| ComparePage {
            frame,
            head: head(Dataset, Tab::Refs),
            from: side(),
            to: side(),
            base,
            other: href(),
            swapped: href(),
            changes,
        };
        let here = Here::Kind(Dataset);
        let [several, one] = Changes::samples();
        vec![page(member(here), Some(side()), several), page(stranger(here), None, one)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_and_three_dots() {
        let spec = |from, to, parted| Some(Spec { from, to, parted });
        assert_eq!(Spec::parse("main...refs/pr/1"), spec("main", "refs/pr/1", true));
        assert_eq!(Spec::parse("v1.0..v1.1"), spec("v1.0", "v1.1", false));
        for bad in ["", "main", "..b", "a..", "a...", "..."] {
            assert_eq!(Spec::parse(bad), None, "{bad}");
        }
    }
}
