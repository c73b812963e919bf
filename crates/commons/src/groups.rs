//! Groups, as those who run them do it: made, members taken in, given roles and let go.

use seedcorn_core::access::{Actor, Role};
use seedcorn_core::id::NamespaceId;
use seedcorn_core::{limits, name};
use seedcorn_db::Tx;
use seedcorn_db::members::{self, Namespace};
use serde_json::json;

use crate::identity::identify_within;
use crate::{Commons, Refusal, Result, account, audit, dice};

/// A group, and what somebody may do there.
#[derive(Debug)]
pub struct Group {
    /// Its row.
    pub row: Namespace,
    /// Its members: name and role.
    pub members: Vec<(String, String)>,
    /// Whether the asker may change who belongs to it.
    pub runs: bool,
}

fn missing(name: &str) -> Refusal {
    Refusal::NotFound(format!("no group is called {name:?}"))
}

async fn find(tx: &mut Tx, name: &str) -> Result<Namespace> {
    members::find(tx, name).await?.filter(|row| row.kind == "group").ok_or_else(|| missing(name))
}

/// The group of a name, in whatever case.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn get(commons: &Commons, actor: Option<&Actor>, name: &str) -> Result<Group> {
    let mut tx = commons.db.read().await?;
    let row = find(&mut tx, name).await?;
    let members = members::members_of(&mut tx, &row.id).await?;
    let runs = actor.is_some_and(|actor| runs(actor, &row.id));
    Ok(Group { row, members, runs })
}

fn runs(actor: &Actor, group: &NamespaceId) -> bool {
    actor.may_speak() && actor.role_in(group) >= Some(Role::Admin)
}

/// Makes a group, which its maker runs.
///
/// # Errors
/// `Invalid` for a name that cannot be one, or when they run too many; `Conflict` if somebody has the name.
pub async fn make(commons: &Commons, actor: &Actor, name: &str, full_name: &str) -> Result<Namespace> {
    account::check(actor)?;
    name::check_namespace(name).map_err(|why| Refusal::Invalid(why.to_string()))?;
    account::check_full_name(full_name)?;
    let row = Namespace {
        id: NamespaceId(dice::id()),
        name: name.to_owned(),
        kind: "group".into(),
        full_name: if full_name.is_empty() { name } else { full_name }.to_owned(),
        admin: false,
        disabled: false,
        private_default: false,
        pull_policy: String::new(),
        created: commons.now(),
    };
    let mut tx = commons.db.write().await?;
    members::lock(&mut tx, &actor.member).await?;
    let theirs = members::groups_of(&mut tx, &actor.member).await?;
    if theirs.iter().filter(|group| group.role == Role::Admin.word()).count() >= limits::GROUPS_RUN_MAX {
        let max = limits::GROUPS_RUN_MAX;
        return Err(Refusal::Invalid(format!("A member runs at most {max} groups. Leave one first.")));
    }
    if !members::add(&mut tx, &row).await? {
        return Err(Refusal::Conflict(format!("There is a member or group called {name} already.")));
    }
    members::join(&mut tx, &row.id, &actor.member, Role::Admin.word(), row.created).await?;
    audit::note(&mut tx, Some(actor), ("group.make", &row.name), json!({}), commons.now()).await?;
    tx.commit().await?;
    Ok(row)
}

/// A group's row, locked, for somebody who is asked again what they may: two who run it may let each other go at once.
async fn open(tx: &mut Tx, commons: &Commons, actor: &Actor, group: &str) -> Result<(Actor, Namespace)> {
    account::check(actor)?;
    let row = find(tx, group).await?;
    members::lock(tx, &row.id).await?;
    Ok((identify_within(tx, &actor.token, commons.now()).await?, row))
}

fn check_runs(actor: &Actor, row: &Namespace) -> Result<()> {
    match runs(actor, &row.id) {
        true => Ok(()),
        false => Err(Refusal::Forbidden(format!("Only those who run {} may do this.", row.name))),
    }
}

/// Puts a member into a group with a role, or changes the one they have.
///
/// # Errors
/// `Forbidden` for those who do not run it; `Invalid` for an unknown member, or if nobody were left to run it.
pub async fn put(commons: &Commons, actor: &Actor, group: &str, member: &str, role: Role) -> Result<()> {
    let mut tx = commons.db.write().await?;
    let (actor, row) = open(&mut tx, commons, actor, group).await?;
    check_runs(&actor, &row)?;
    let found =
        members::find(&mut tx, member).await?.filter(|found| found.kind == "member" && !found.disabled);
    let found = found.ok_or_else(|| Refusal::Invalid(format!("No member is called {member:?}.")))?;
    if members::members_of(&mut tx, &row.id).await?.len() >= limits::GROUP_MEMBERS_MAX {
        let max = limits::GROUP_MEMBERS_MAX;
        return Err(Refusal::Invalid(format!("A group has at most {max} members.")));
    }
    members::join(&mut tx, &row.id, &found.id, role.word(), commons.now()).await?;
    check_run(&mut tx, &row).await?;
    let says = json!({ "member": found.name, "role": role.word() });
    audit::note(&mut tx, Some(&actor), ("group.put", &row.name), says, commons.now()).await?;
    Ok(tx.commit().await?)
}

/// Takes a member out of a group; everybody may take themselves.
///
/// # Errors
/// `Forbidden` for those who do not run it; `Invalid` for one who is not in it, or if nobody were left to run it.
pub async fn remove(commons: &Commons, actor: &Actor, group: &str, member: &str) -> Result<()> {
    let mut tx = commons.db.write().await?;
    let (actor, row) = open(&mut tx, commons, actor, group).await?;
    if !actor.name.eq_ignore_ascii_case(member) {
        check_runs(&actor, &row)?;
    }
    let none = || Refusal::Invalid(format!("{member} is not in {}.", row.name));
    let found = members::find(&mut tx, member).await?.ok_or_else(none)?;
    if !members::leave(&mut tx, &row.id, &found.id).await? {
        return Err(none());
    }
    check_run(&mut tx, &row).await?;
    let says = json!({ "member": found.name });
    audit::note(&mut tx, Some(&actor), ("group.remove", &row.name), says, commons.now()).await?;
    Ok(tx.commit().await?)
}

/// Whether somebody is left to run a group.
async fn check_run(tx: &mut Tx, row: &Namespace) -> Result<()> {
    let left = members::members_of(tx, &row.id).await?;
    match left.iter().any(|(_, role)| role == Role::Admin.word()) {
        true => Ok(()),
        false => Err(Refusal::Invalid(format!(
            "Nobody would be left to run {}. Give somebody else the admin role first.",
            row.name
        ))),
    }
}

/// Sets what others read of a group, how its new repos begin, and what is required of what its members pull.
///
/// # Errors
/// `Forbidden` for those who do not run it; `Invalid` for a name that cannot be one.
pub async fn set_profile(
    commons: &Commons,
    actor: &Actor,
    group: &str,
    profile: account::Profile<'_>,
) -> Result<()> {
    account::check_full_name(profile.full_name)?;
    let mut tx = commons.db.write().await?;
    let (actor, row) = open(&mut tx, commons, actor, group).await?;
    check_runs(&actor, &row)?;
    let full_name = if profile.full_name.is_empty() { &row.name } else { profile.full_name };
    members::set_profile(&mut tx, &row.id, full_name, profile.private_default).await?;
    members::set_pull_policy(&mut tx, &row.id, &profile.policy.to_string()).await?;
    Ok(tx.commit().await?)
}
