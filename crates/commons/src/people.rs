//! Members and groups as others see them.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::name::check_namespace;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Tx;
pub use seedcorn_db::members::Namespace;
use seedcorn_db::members::{self, Group, Membership};

use crate::list::{self, Page, Query};
use crate::{Commons, Refusal, Result};

/// What there is to know of a member or group.
#[derive(Debug)]
pub struct Profile {
    /// Its row.
    pub namespace: Namespace,
    /// A member's groups.
    pub groups: Vec<Membership>,
    /// A group's members: name and role.
    pub members: Vec<(String, String)>,
}

/// The member or group of a name.
///
/// # Errors
/// `NotFound` if there is none.
pub(crate) async fn named(tx: &mut Tx, name: &str) -> Result<Namespace> {
    let found = members::find(tx, name).await?;
    found.ok_or_else(|| Refusal::NotFound(format!("no member or group is called {name:?}")))
}

/// The member or group of a name, in whatever case.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn profile(commons: &Commons, name: &str) -> Result<Profile> {
    let missing = || Refusal::NotFound(format!("no member or group is called {name:?}"));
    if check_namespace(name).is_err() {
        return Err(missing());
    }
    let mut tx = commons.db.look().await?;
    let namespace = members::find(&mut tx, name).await?.ok_or_else(missing)?;
    let (groups, members) = match namespace.kind.as_str() {
        "group" => (Vec::new(), members::members_of(&mut tx, &namespace.id).await?),
        _ => (members::groups_of(&mut tx, &namespace.id).await?, Vec::new()),
    };
    Ok(Profile { namespace, groups, members })
}

/// A page of groups with a text in their names, by name, and the name after which the next page begins.
///
/// # Errors
/// `Invalid` for a text longer than any name.
pub async fn groups(commons: &Commons, text: &str, after: &str) -> Result<(Vec<Group>, Option<String>)> {
    if text.len() > limits::FULL_NAME_BYTES_MAX || text.contains('\0') || after.contains('\0') {
        return Err(Refusal::Invalid("no group has a name as long as that".into()));
    }
    let limit = limits::GROUPS_PAGE;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut groups = members::list_groups(&mut commons.db.look().await?, text, after, most).await?;
    let more = groups.len() > limit;
    groups.truncate(limit);
    let next = groups.last().filter(|_| more).map(|last| last.name.clone());
    Ok((groups, next))
}

/// The namespaces under which somebody may make repos, by name: their own, and groups with the role for it.
pub async fn homes(commons: &Commons, actor: &Actor) -> Result<Vec<String>> {
    let groups = members::groups_of(&mut commons.db.look().await?, &actor.member).await?;
    let groups = groups.into_iter().filter(|group| actor.may_create_in(&group.team)).map(|group| group.name);
    let own = actor.may_create_in(&actor.member).then(|| actor.name.clone());
    Ok(own.into_iter().chain(groups).collect())
}

/// The newest repos of a member or group that the asker may see.
pub async fn works(
    commons: &Commons,
    actor: Option<&Actor>,
    owner: &str,
    kind: RepoKind,
    limit: usize,
) -> Result<Page> {
    let query = Query { kind: Some(kind), author: owner.to_owned(), limit, ..Query::default() };
    list::list(commons, actor, &query).await
}

/// Those of some names that are members, by their names in lower case, each as it is spelled.
pub async fn known(commons: &Commons, names: &BTreeSet<String>) -> Result<BTreeMap<String, String>> {
    let (mut tx, mut known) = (commons.db.look().await?, BTreeMap::new());
    for name in names {
        let found = members::find(&mut tx, name).await?;
        known.extend(found.filter(|one| one.kind == "member").map(|one| (name.clone(), one.name)));
    }
    Ok(known)
}
