//! Who is told of what happens in a discussion: who takes part in it, who is called, and who wants to know.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::Role;
use seedcorn_core::id::NamespaceId;
use seedcorn_core::limits;
use seedcorn_core::talk::mentions;
use seedcorn_core::time::Time;
use seedcorn_db::discussions::{self as rows, Event};
use seedcorn_db::repos::Repo;
use seedcorn_db::{Tx, members, notices};

use crate::access::{Grant, Propose};
use crate::hooks::{self, Happened};
use crate::{Commons, Result};

/// Why, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reason {
    Watch,
    Comment,
    Author,
    Mention,
}

impl Reason {
    fn word(self) -> &'static str {
        match self {
            Reason::Watch => "watch",
            Reason::Comment => "comment",
            Reason::Author => "author",
            Reason::Mention => "mention",
        }
    }
}

type Why = BTreeMap<NamespaceId, Reason>;

fn add(why: &mut Why, member: NamespaceId, reason: Reason) {
    let known = why.entry(member).or_insert(reason);
    *known = reason.max(*known);
}

/// Tells of an event all who want to know of it, but not who did it.
pub(super) async fn tell(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Propose>,
    (number, event): (i64, &str),
    text: &str,
    now: Time,
) -> Result<()> {
    let repo = grant.repo();
    let most = i64::try_from(limits::TOLD_MAX).unwrap_or(i64::MAX);
    let mut why = Why::new();
    let belong = belong(tx, repo, most).await?;
    for (member, role) in &belong {
        if *role >= Role::Write {
            add(&mut why, member.clone(), Reason::Watch);
        }
    }
    for member in rows::list_who(tx, &repo.id, number, most).await? {
        add(&mut why, member, Reason::Comment);
    }
    if let Some(row) = rows::find(tx, &repo.id, number).await? {
        add(&mut why, row.author, Reason::Author);
    }
    // What is said of all of a repo comes first, and what is said of the discussion counts more.
    for (member, of, wanted) in notices::list_wants(tx, &repo.id, number, most).await? {
        let (member, all) = (NamespaceId(member), of == 0);
        match (wanted, all) {
            (true, _) => add(&mut why, member, if all { Reason::Watch } else { Reason::Comment }),
            (false, true) if why.get(&member) == Some(&Reason::Watch) => drop(why.remove(&member)),
            (false, true) => {}
            (false, false) => drop(why.remove(&member)),
        }
    }
    for member in called(tx, mentions(text)).await? {
        add(&mut why, member, Reason::Mention);
    }
    put(tx, grant, (number, event), (why, &belong), now).await?;
    hooks::happened(commons, tx, repo, Happened::Said(number, event)).await
}

/// Tells of a comment those whom it calls since it was edited.
pub(super) async fn called_anew(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Propose>,
    (number, before): (i64, &Event),
    text: &str,
    now: Time,
) -> Result<()> {
    let was: BTreeSet<String> = mentions(&before.says).into_iter().collect();
    let new = mentions(text).into_iter().filter(|name| !was.contains(name)).collect();
    let mut why = Why::new();
    for member in called(tx, new).await? {
        add(&mut why, member, Reason::Mention);
    }
    let belong = belong(tx, grant.repo(), limits::TOLD_MAX as i64).await?;
    put(tx, grant, (number, &before.id), (why, &belong), now).await?;
    hooks::happened(commons, tx, grant.repo(), Happened::Edited(number, &before.id)).await
}

/// Those to whom a repo belongs, each with their role.
async fn belong(tx: &mut Tx, repo: &Repo, most: i64) -> Result<BTreeMap<NamespaceId, Role>> {
    let owner = members::find_by_id(tx, &repo.namespace).await?;
    if owner.is_some_and(|owner| owner.kind == "member") {
        return Ok(BTreeMap::from([(repo.namespace.clone(), Role::Admin)]));
    }
    let all = members::list_ids_of(tx, &repo.namespace, most).await?.into_iter();
    Ok(all.filter_map(|(id, role)| Some((NamespaceId(id), Role::from_word(&role)?))).collect())
}

async fn called(tx: &mut Tx, names: Vec<String>) -> Result<Vec<NamespaceId>> {
    let mut found = Vec::new();
    for name in names {
        let member = members::find(tx, &name).await?;
        found.extend(member.filter(|one| one.kind == "member" && !one.disabled).map(|one| one.id));
    }
    Ok(found)
}

/// Writes it down; of what not everybody may see, only those are told to whom it belongs.
async fn put(
    tx: &mut Tx,
    grant: &Grant<Propose>,
    (number, event): (i64, &str),
    (mut why, belong): (Why, &BTreeMap<NamespaceId, Role>),
    now: Time,
) -> Result<()> {
    let repo = grant.repo();
    if let Some(actor) = grant.actor() {
        why.remove(&actor.member);
    }
    if repo.private {
        why.retain(|member, _| belong.contains_key(member));
    }
    // Of too many, those go without who only watch.
    let mut who: Vec<(NamespaceId, Reason)> = why.into_iter().collect();
    who.sort_by_key(|(_, reason)| std::cmp::Reverse(*reason));
    who.truncate(limits::TOLD_MAX);
    if who.is_empty() {
        return Ok(());
    }
    let who: Vec<(NamespaceId, &str)> =
        who.into_iter().map(|(member, reason)| (member, reason.word())).collect();
    Ok(notices::put(tx, &who, (&repo.id, number), event, now).await?)
}
