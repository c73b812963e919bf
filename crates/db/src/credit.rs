//! What credit is computed from: public works, what they build upon and did, and who runs them together.

use crate::{Result, Tx};

/// A work that everybody may see.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Work {
    /// Its id.
    pub id: String,
    /// Whose it is, by id.
    pub namespace: String,
    /// When the hub received it, in microseconds UTC.
    pub created: i64,
}

/// Works that everybody may see, in the order of their ids, from behind one.
pub async fn works(tx: &mut Tx, behind: &str, limit: i64) -> Result<Vec<Work>> {
    let sql = "SELECT id, namespace, created FROM repo WHERE NOT private AND gone IS NULL AND id > $1 ORDER BY id LIMIT $2";
    tx.many(sql, (behind, limit)).await
}

/// One work builds upon another, as it is or was declared or measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Derivation {
    /// What was made.
    pub child: String,
    /// `declared` or `measured`.
    pub state: String,
    /// In which way.
    pub way: String,
    /// What names the other.
    pub parent: String,
    /// That, if it is here.
    pub parent_repo: Option<String>,
    /// When it was first seen, in microseconds UTC.
    pub since: i64,
    /// Since when it is no longer seen, in microseconds UTC.
    pub gone: Option<i64>,
}

/// Derivations that carry credit, in the order of their keys, from behind one.
pub async fn derivations(tx: &mut Tx, behind: &Derivation, limit: i64) -> Result<Vec<Derivation>> {
    let sql = "SELECT child, state, way, parent, parent_repo, since, gone FROM derivation WHERE state <> 'inferred' \
               AND (child, state, way, parent, since) > ($1, $2, $3, $4, $5) ORDER BY child, state, way, parent, since LIMIT $6";
    let Derivation { child, state, way, parent, since, .. } = behind;
    let args = (child.as_str(), state.as_str(), way.as_str(), parent.as_str(), *since, limit);
    tx.many(sql, args).await
}

/// A member of a group, both by id.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// The group.
    pub team: String,
    /// The member.
    pub member: String,
    /// Whether they run it.
    pub admin: bool,
}

/// Who is in which group, in order.
pub async fn memberships(tx: &mut Tx) -> Result<Vec<Membership>> {
    tx.many("SELECT team, member, role = 'admin' AS admin FROM membership ORDER BY team, member", ()).await
}

/// Those that have these names, in lower case: that name, the id, and the name as it is spelled.
pub async fn owners(tx: &mut Tx, folded: &[String]) -> Result<Vec<(String, String, String)>> {
    let sql =
        "SELECT folded, id, name FROM namespace WHERE folded IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(folded),)).await
}

/// A member of a group: the group by id, the member by name.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Named {
    /// The group.
    pub team: String,
    /// The member.
    pub member: String,
    /// Whether they run it.
    pub admin: bool,
}

/// Who is in which of these groups, by name.
pub async fn member_names(tx: &mut Tx, teams: &[String]) -> Result<Vec<Named>> {
    let sql = "SELECT m.team AS team, n.name AS member, m.role = 'admin' AS admin FROM membership m JOIN namespace n ON n.id = m.member \
               WHERE m.team IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY m.team, n.name";
    tx.many(sql, (crate::list(teams),)).await
}
