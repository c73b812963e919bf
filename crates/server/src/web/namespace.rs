//! A member's or a group's page: who they are and what they have published; who vouches for a member, and whether their use counts.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::{Refusal, likes, lineage, people, trust};
use seedcorn_core::repo::RepoKind;

use super::browse;
use super::entry::{self, Entry};
use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::show::Count;
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::app::App;
use crate::finding::feeds;
use crate::place::segment;
use crate::refuse::Answer;

/// Works shown of each kind.
const WORKS: usize = 20;

/// Members of a group, or groups of a member, that are named.
const TIES: usize = 30;

/// Somebody who belongs to a group, or a group somebody belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Tie {
    name: String,
    href: String,
    role: String,
}

/// The newest works of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Works {
    kind: RepoKind,
    entries: Vec<Entry>,
    /// Where all of them are listed, if there are more.
    all: Option<String>,
}

/// A work that has bytes of another and does not say so.
#[derive(Clone, Debug)]
pub(crate) struct Unnamed {
    child: String,
    parent: String,
    /// The child's lineage.
    href: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "namespace.html")]
pub(crate) struct NamespacePage {
    frame: Frame,
    name: String,
    full_name: String,
    group: bool,
    /// It is the visitor's own.
    own: bool,
    ties: Vec<Tie>,
    /// How many more there are.
    more_ties: usize,
    /// Works of each kind that has some.
    works: Vec<Works>,
    /// What is measured between works of theirs and others and not declared, for those who may do something about it.
    unnamed: Vec<Unnamed>,
    /// How many follow them, and whether the visitor does, if they could.
    followers: Count,
    follows: Option<bool>,
    /// Where their collections are.
    collections: String,
    /// Of a member, those who vouch for them.
    vouchers: Vec<Tie>,
    /// Whether the visitor does, if they may.
    vouches: Option<bool>,
    /// Whether the visitor's own use counts for credit, on their own page.
    counts: Option<bool>,
    wrong: Wrong,
}

/// `GET /{ns}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Answer<Page<NamespacePage>> {
    page(&app, &visit, &name, Wrong::default()).await
}

/// `POST /{ns}`: somebody vouches for a member, or takes it back; or says whether their own use counts for credit.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Answer<Response> {
    let actor =
        visit.actor.as_ref().ok_or_else(|| Refusal::Unsigned("sign in to vouch for somebody".into()))?;
    let done = match form.text("what") {
        word @ ("count" | "forget") => trust::set_counts(&app.commons, actor, word == "count").await,
        word @ ("follow" | "unfollow") => likes::follow(&app.commons, actor, &name, word == "follow").await,
        word @ ("vouch" | "take-back") => trust::vouch(&app.commons, actor, &name, word == "vouch").await,
        word => Err(Refusal::Invalid(format!("nothing is called {word:?} here"))),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&urls::namespace(&name)).into_response()),
        Err(refusal) => {
            let wrong = Wrong::invalid("vouch", refusal)?;
            Ok(page(&app, &visit, &name, wrong).await?.into_response())
        }
    }
}

async fn page(app: &App, visit: &Visit, name: &str, wrong: Wrong) -> Answer<Page<NamespacePage>> {
    let profile = people::profile(&app.commons, name).await?;
    let row = profile.namespace;
    let mut works = Vec::new();
    for kind in RepoKind::ALL {
        let page = people::works(&app.commons, visit.actor.as_ref(), &row.name, kind, WORKS).await?;
        let entries = entry::all(app, visit, page.items, "").await?;
        if !entries.is_empty() {
            let all = page.next.is_some().then(|| browse::of_owner(kind, &row.name));
            works.push(Works { kind, entries, all });
        }
    }
    let members = profile.members.into_iter();
    let groups = profile.groups.into_iter().map(|group| (group.name, group.role));
    let ties = members.chain(groups).map(|(name, role)| Tie { href: urls::namespace(&name), name, role });
    let mut ties: Vec<Tie> = ties.collect();
    let more_ties = ties.len().saturating_sub(TIES);
    ties.truncate(TIES);
    let group = row.kind == "group";
    let what = if group { "group" } else { "member" };
    let about = format!("Works of the {what} {} on {}", row.name, visit.host());
    let here = if group { Here::Groups } else { Here::Elsewhere };
    let own = visit.actor.as_ref().is_some_and(|actor| actor.member == row.id);
    let vouchers = if group { Vec::new() } else { trust::vouchers(&app.commons, &row, TIES).await? };
    let vouches = match visit.actor.as_ref().filter(|_| !group && !own) {
        Some(actor) => Some(trust::vouches(&app.commons, actor, &row).await?),
        None => None,
    };
    let counts = match visit.actor.as_ref().filter(|_| own) {
        Some(actor) => Some(trust::counts(&app.commons, actor).await?),
        None => None,
    };
    let unnamed = match visit.actor.as_ref() {
        Some(actor) => lineage::unnamed(&app.commons, actor, &row.name).await?,
        None => Vec::new(),
    };
    let unnamed = unnamed.into_iter().map(|one| Unnamed {
        child: one.child.full_name(),
        parent: one.parent.full_name(),
        href: RepoUrls::new(one.child.kind, &one.child.full_name()).lineage(),
    });
    let (followers, follows) = likes::followers_of(&app.commons, visit.actor.as_ref(), &row).await?;
    let voucher = |name: String| Tie { href: urls::namespace(&name), name, role: String::new() };
    let mut frame = visit.frame(row.name.clone(), about, here);
    frame = frame.feed(&format!("Works of {}", row.name), feeds::of_namespace(&row.name));
    frame.finding.canonical = format!("{}{}", visit.base, urls::namespace(&row.name));
    Ok(Page(NamespacePage {
        frame,
        followers: Count(u64::try_from(followers).unwrap_or_default()),
        follows,
        collections: format!("/collections?owner={}", segment(&row.name)),
        name: row.name,
        full_name: row.full_name,
        group,
        own,
        ties,
        more_ties,
        works,
        unnamed: unnamed.collect(),
        vouches,
        counts,
        vouchers: vouchers.into_iter().map(voucher).collect(),
        wrong,
    }))
}

#[cfg(test)]
impl NamespacePage {
    /// The visitor's own page, a group with works of all kinds, and somebody who has published nothing.
    pub(crate) fn samples() -> Vec<NamespacePage> {
        use super::samples::{entries, href, member, stranger, text};
        let tie = || Tie { name: text(), href: href(), role: text() };
        let of_kind = |kind| Works { kind, entries: entries(), all: (kind == RepoKind::Paper).then(href) };
        // Not of every kind: together they say more than a page has room for.
        let works = || RepoKind::ALL.map(of_kind).into_iter().skip(1).collect::<Vec<_>>();
        let page = |frame, group, own, ties: Vec<Tie>, works: Vec<Works>| NamespacePage {
            frame,
            name: text(),
            full_name: format!("{} Lovelace", text()),
            group,
            own,
            unnamed: match own && works.is_empty() {
                true => vec![Unnamed { child: text(), parent: text(), href: href() }],
                false => Vec::new(),
            },
            more_ties: ties.len() / 2,
            followers: Count(3),
            follows: (!own).then_some(group),
            collections: href(),
            vouchers: ties.clone(),
            vouches: (!group && !own).then_some(ties.len() > 1),
            counts: (!group && own).then_some(ties.len() == 1),
            wrong: if own { Wrong::default() } else { Wrong::at("vouch", text()) },
            ties,
            works,
        };
        vec![
            page(member(Here::Elsewhere), false, true, vec![tie()], works()),
            page(member(Here::Groups), true, false, vec![tie(), tie()], works()),
            page(member(Here::Elsewhere), false, false, vec![tie(), tie()], works()),
            page(member(Here::Elsewhere), false, true, vec![tie(), tie()], works()),
            page(stranger(Here::Elsewhere), false, false, Vec::new(), Vec::new()),
            page(member(Here::Elsewhere), false, false, vec![tie()], works()),
            page(member(Here::Elsewhere), false, true, vec![tie()], Vec::new()),
        ]
    }
}
