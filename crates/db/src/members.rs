//! Members, groups, and who belongs where.

use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `namespace`: a member or a group.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Namespace {
    /// Never changes.
    #[sqlx(try_from = "String")]
    pub id: NamespaceId,
    /// As its owner spells it.
    pub name: String,
    /// `member` or `group`.
    pub kind: String,
    /// For people to read.
    pub full_name: String,
    /// May do everything on this hub (members only).
    pub admin: bool,
    /// May not sign in; its tokens are void.
    pub disabled: bool,
    /// Whether new repos are private unless said otherwise.
    pub private_default: bool,
    /// What it requires of the openness of what its members pull.
    pub pull_policy: String,
    /// When it was made.
    #[sqlx(try_from = "i64")]
    pub created: Time,
}

/// A group, as one of its members sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Membership {
    /// The group.
    #[sqlx(try_from = "String")]
    pub team: NamespaceId,
    /// The group's name.
    pub name: String,
    /// The group's name for people to read.
    pub full_name: String,
    /// `read`, `write` or `admin`.
    pub role: String,
    /// What it requires of the openness of what its members pull.
    pub pull_policy: String,
}

/// Adds a namespace; false if the name is taken in any spelling.
pub async fn add(tx: &mut Tx, row: &Namespace) -> Result<bool> {
    let sql = "INSERT INTO namespace (id, name, folded, kind, full_name, admin, disabled, private_default, created, \
               sought, pull_policy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (folded) DO NOTHING";
    let folded = row.name.to_ascii_lowercase();
    let args = (
        row.id.as_str(),
        row.name.as_str(),
        folded,
        row.kind.as_str(),
        row.full_name.as_str(),
        row.admin,
        row.disabled,
        row.private_default,
        row.created.0,
        row.full_name.to_lowercase(),
        row.pull_policy.as_str(),
    );
    Ok(tx.run(sql, args).await? == 1)
}

/// The namespace of a name, in whatever case.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<Namespace>> {
    let sql = "SELECT id, name, kind, full_name, admin, disabled, private_default, pull_policy, created \
               FROM namespace WHERE folded = $1";
    tx.one(sql, (name.to_ascii_lowercase(),)).await
}

/// The namespace of an id.
pub async fn find_by_id(tx: &mut Tx, id: &NamespaceId) -> Result<Option<Namespace>> {
    let sql = "SELECT id, name, kind, full_name, admin, disabled, private_default, pull_policy, created \
               FROM namespace WHERE id = $1";
    tx.one(sql, (id.as_str(),)).await
}

/// Every namespace of a kind (`member` or `group`), by name.
pub async fn list(tx: &mut Tx, kind: &str) -> Result<Vec<Namespace>> {
    let sql = "SELECT id, name, kind, full_name, admin, disabled, private_default, pull_policy, created \
               FROM namespace WHERE kind = $1 ORDER BY folded";
    tx.many(sql, (kind,)).await
}

/// A group as a list shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its name for people to read; may be empty.
    pub full_name: String,
    /// How many works it has that everybody may see.
    pub works: i64,
}

/// Groups with a text in one of their names, in any case, by name; those after a name, at most so many.
pub async fn list_groups(tx: &mut Tx, text: &str, after: &str, limit: i64) -> Result<Vec<Group>> {
    let sql = "SELECT n.name AS name, n.full_name AS full_name, \
               (SELECT COUNT(*) FROM repo r WHERE r.namespace = n.id AND r.gone IS NULL AND NOT r.private) AS works \
               FROM namespace n WHERE n.kind = 'group' AND NOT n.disabled AND n.folded > $1 \
               AND (n.folded LIKE $2 ESCAPE '\\' OR n.sought LIKE $2 ESCAPE '\\') ORDER BY n.folded LIMIT $3";
    tx.many(sql, (after.to_ascii_lowercase(), crate::holds(text), limit)).await
}

/// Lets a namespace in or shuts it out.
pub async fn set_disabled(tx: &mut Tx, id: &NamespaceId, disabled: bool) -> Result<()> {
    tx.run("UPDATE namespace SET disabled = $2 WHERE id = $1", (id.as_str(), disabled)).await?;
    Ok(())
}

/// Locks a namespace's row until the transaction ends.
pub async fn lock(tx: &mut Tx, id: &NamespaceId) -> Result<()> {
    tx.run("UPDATE namespace SET disabled = disabled WHERE id = $1", (id.as_str(),)).await?;
    Ok(())
}

/// Sets a namespace's name for people to read, and whether its new repos are private unless said otherwise.
pub async fn set_profile(
    tx: &mut Tx,
    id: &NamespaceId,
    full_name: &str,
    private_default: bool,
) -> Result<()> {
    let sql = "UPDATE namespace SET full_name = $2, private_default = $3, sought = $4 WHERE id = $1";
    tx.run(sql, (id.as_str(), full_name, private_default, full_name.to_lowercase())).await?;
    Ok(())
}

/// Sets what a namespace requires of the openness of what its members pull.
pub async fn set_pull_policy(tx: &mut Tx, id: &NamespaceId, policy: &str) -> Result<()> {
    tx.run("UPDATE namespace SET pull_policy = $2 WHERE id = $1", (id.as_str(), policy)).await?;
    Ok(())
}

/// Puts a member into a group, or changes their role there.
pub async fn join(
    tx: &mut Tx,
    team: &NamespaceId,
    member: &NamespaceId,
    role: &str,
    now: Time,
) -> Result<()> {
    let sql = "INSERT INTO membership (team, member, role, created) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (team, member) DO UPDATE SET role = excluded.role";
    tx.run(sql, (team.as_str(), member.as_str(), role, now.0)).await?;
    Ok(())
}

/// Takes a member out of a group; false if they were not in it.
pub async fn leave(tx: &mut Tx, team: &NamespaceId, member: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM membership WHERE team = $1 AND member = $2";
    Ok(tx.run(sql, (team.as_str(), member.as_str())).await? == 1)
}

/// The groups of a member.
pub async fn groups_of(tx: &mut Tx, member: &NamespaceId) -> Result<Vec<Membership>> {
    let sql = "SELECT m.team AS team, n.name AS name, n.full_name AS full_name, m.role AS role, \
               n.pull_policy AS pull_policy FROM membership m JOIN namespace n ON n.id = m.team \
               WHERE m.member = $1 AND NOT n.disabled ORDER BY n.folded";
    tx.many(sql, (member.as_str(),)).await
}

/// The members of a group: name and role.
pub async fn members_of(tx: &mut Tx, team: &NamespaceId) -> Result<Vec<(String, String)>> {
    let sql = "SELECT n.name AS name, m.role AS role FROM membership m JOIN namespace n ON n.id = m.member \
               WHERE m.team = $1 ORDER BY n.folded";
    tx.many(sql, (team.as_str(),)).await
}

/// Whether anybody has an account yet.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let row: Option<(String,)> = tx.one("SELECT id FROM namespace WHERE kind = 'member' LIMIT 1", ()).await?;
    Ok(row.is_some())
}

/// The members of a group that are there: id and role, at most so many.
pub async fn list_ids_of(tx: &mut Tx, team: &NamespaceId, limit: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT m.member AS member, m.role AS role FROM membership m JOIN namespace n ON n.id = m.member \
               WHERE m.team = $1 AND NOT n.disabled ORDER BY m.member LIMIT $2";
    tx.many(sql, (team.as_str(), limit)).await
}
