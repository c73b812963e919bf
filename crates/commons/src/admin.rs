//! What an operator does from the command line: members, groups, tokens. Works whether or not a server runs.

use seedcorn_core::access::{Actor, FineScope, Role};
use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_core::name;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_core::token;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::repos::{self, Named};
use seedcorn_db::tokens::{self, Token};
use seedcorn_db::{Db, Tx};
use serde_json::json;

use crate::identity::{identify, secret_hash};
use crate::{Clock, Commons, Refusal, Result, audit, dice};

/// A member or group to make.
#[derive(Debug, Default)]
pub struct NewNamespace {
    /// Its name.
    pub name: String,
    /// For people to read; the name when empty.
    pub full_name: String,
    /// Members only: runs this hub.
    pub admin: bool,
    /// New repos are private unless said otherwise.
    pub private_default: bool,
}

async fn add(db: &Db, new: NewNamespace, kind: &str, now: Time) -> Result<Namespace> {
    name::check_namespace(&new.name).map_err(|why| Refusal::Invalid(why.to_string()))?;
    let row = Namespace {
        id: NamespaceId(dice::id()),
        full_name: if new.full_name.is_empty() { new.name.clone() } else { new.full_name },
        name: new.name,
        kind: kind.into(),
        admin: new.admin,
        disabled: false,
        private_default: new.private_default,
        pull_policy: String::new(),
        created: now,
    };
    let mut tx = db.write().await?;
    if !members::add(&mut tx, &row).await? {
        return Err(Refusal::Conflict(format!("there is a member or group called {:?} already", row.name)));
    }
    audit::note(
        &mut tx,
        None,
        ("namespace.add", &row.name),
        json!({ "kind": kind, "admin": row.admin }),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// Adds a member.
pub async fn add_member(db: &Db, new: NewNamespace, now: Time) -> Result<Namespace> {
    add(db, new, "member", now).await
}

/// Adds a group.
pub async fn add_group(db: &Db, new: NewNamespace, now: Time) -> Result<Namespace> {
    add(db, new, "group", now).await
}

/// Whether anybody has an account yet.
pub async fn any_member(db: &Db) -> Result<bool> {
    Ok(members::any(&mut db.read().await?).await?)
}

/// Members or groups, by name.
pub async fn list(db: &Db, kind: &str) -> Result<Vec<Namespace>> {
    Ok(members::list(&mut db.read().await?, kind).await?)
}

async fn expect(tx: &mut Tx, name: &str, kind: &str) -> Result<Namespace> {
    let found = members::find(tx, name).await?.filter(|row| row.kind == kind);
    found.ok_or_else(|| Refusal::Invalid(format!("there is no {kind} called {name:?}")))
}

/// Shuts a member out: their tokens and sessions are void, for good.
pub async fn disable_member(db: &Db, name: &str, now: Time) -> Result<()> {
    let mut tx = db.write().await?;
    let row = expect(&mut tx, name, "member").await?;
    members::set_disabled(&mut tx, &row.id, true).await?;
    tokens::revoke_all(&mut tx, &row.id, now).await?;
    audit::note(&mut tx, None, ("member.disable", &row.name), json!({}), now).await?;
    Ok(tx.commit().await?)
}

/// Lets a member in again. They need a new token, or their password, however they were shut out.
pub async fn enable_member(db: &Db, name: &str, now: Time) -> Result<()> {
    let mut tx = db.write().await?;
    let row = expect(&mut tx, name, "member").await?;
    if row.disabled {
        tokens::revoke_all(&mut tx, &row.id, now).await?;
        members::set_disabled(&mut tx, &row.id, false).await?;
        audit::note(&mut tx, None, ("member.enable", &row.name), json!({}), now).await?;
    }
    Ok(tx.commit().await?)
}

/// Lets a member in again with the token that everybody knows, for a hub that nobody else can reach.
pub async fn enable_holder(db: &Db, name: &str) -> Result<()> {
    set_disabled(db, name, "member", false).await
}

/// Makes a group lend nobody any right, or lets it again.
pub async fn set_group_disabled(db: &Db, name: &str, disabled: bool) -> Result<()> {
    set_disabled(db, name, "group", disabled).await
}

async fn set_disabled(db: &Db, name: &str, kind: &str, disabled: bool) -> Result<()> {
    let mut tx = db.write().await?;
    let row = expect(&mut tx, name, kind).await?;
    members::set_disabled(&mut tx, &row.id, disabled).await?;
    audit::note(
        &mut tx,
        None,
        ("namespace.set_disabled", &row.name),
        json!({ "disabled": disabled }),
        Clock::System.now(),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Shuts out a member who holds a token that everybody knows; false if there is none such, or they are out already.
pub async fn disable_holder(db: &Db, member: &str, secret: &str) -> Result<bool> {
    let mut tx = db.write().await?;
    let Some(token) = tokens::find(&mut tx, &secret_hash(secret)).await? else {
        return Ok(false);
    };
    // Somebody of the same name who holds no such token is somebody else.
    let holder = members::find(&mut tx, member).await?;
    let Some(holder) = holder.filter(|row| row.id == token.member && !row.disabled) else {
        return Ok(false);
    };
    members::set_disabled(&mut tx, &holder.id, true).await?;
    tx.commit().await?;
    Ok(true)
}

/// Puts a member into a group with a role, or changes the role they have.
pub async fn join(db: &Db, group: &str, member: &str, role: Role, now: Time) -> Result<()> {
    let mut tx = db.write().await?;
    let (group, member) = (expect(&mut tx, group, "group").await?, expect(&mut tx, member, "member").await?);
    members::join(&mut tx, &group.id, &member.id, role.word(), now).await?;
    let says = json!({ "member": member.name, "role": role.word() });
    audit::note(&mut tx, None, ("group.put", &group.name), says, now).await?;
    Ok(tx.commit().await?)
}

/// Takes a member out of a group.
pub async fn leave(db: &Db, group: &str, member: &str) -> Result<()> {
    let mut tx = db.write().await?;
    let (group, member) = (expect(&mut tx, group, "group").await?, expect(&mut tx, member, "member").await?);
    if !members::leave(&mut tx, &group.id, &member.id).await? {
        return Err(Refusal::Invalid(format!("{} is not in {}", member.name, group.name)));
    }
    let says = json!({ "member": member.name });
    audit::note(&mut tx, None, ("group.remove", &group.name), says, Clock::System.now()).await?;
    Ok(tx.commit().await?)
}

/// The members of a group: name and role.
pub async fn members_of(db: &Db, group: &str) -> Result<Vec<(String, String)>> {
    let mut tx = db.read().await?;
    let group = expect(&mut tx, group, "group").await?;
    Ok(members::members_of(&mut tx, &group.id).await?)
}

/// What a new token may do.
#[derive(Debug)]
pub enum TokenRole {
    /// Only reading.
    Read,
    /// All that its member may.
    Write,
    /// A role on each of these repos, and nothing else.
    Fine(Vec<FineLine>),
}

/// A line of a fine-grained token, as people write it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FineLine {
    /// What the repo is.
    pub kind: RepoKind,
    /// `namespace/name`.
    pub full_name: String,
    /// What the token may do there.
    pub role: Role,
}

/// Reads `model:namespace/name=write`: a line of a fine-grained token. The kind may be left out for a model.
pub fn parse_fine_line(text: &str) -> Result<FineLine> {
    let bad = || {
        Refusal::Invalid(format!(
            "expected [model:|dataset:|space:|paper:|code:]namespace/name=read|write|admin: {text:?}"
        ))
    };
    let (repo, role) = text.rsplit_once('=').ok_or_else(bad)?;
    let (kind, full_name) = repo.split_once(':').unwrap_or(("model", repo));
    let kind = RepoKind::from_word(kind).ok_or_else(bad)?;
    name::split_full_name(full_name).map_err(|why| Refusal::Invalid(why.to_string()))?;
    let role = Role::from_word(role).ok_or_else(bad)?;
    Ok(FineLine { kind, full_name: full_name.to_owned(), role })
}

/// The refusal of a line that names no repo.
pub(crate) fn no_such_repo(line: &FineLine) -> Refusal {
    let FineLine { kind, full_name, .. } = line;
    Refusal::Invalid(format!("There is no {kind} {full_name}: make it first, then a token for it."))
}

/// A token to make.
#[derive(Debug)]
pub struct NewToken {
    /// Whose.
    pub member: String,
    /// What they call it.
    pub name: String,
    /// What it may do.
    pub role: TokenRole,
    /// When it ends, if ever.
    pub expires: Option<Time>,
}

/// Makes a token and returns its secret, which is kept nowhere.
///
/// # Errors
/// `Invalid` for a member or a repo that is not there.
pub async fn create_token(db: &Db, new: NewToken, now: Time) -> Result<String> {
    let secret = dice::secret(token::PERSONAL)?;
    put_token(db, new, &secret, now).await?;
    Ok(secret)
}

/// Makes a token of a given secret: for tests with well-known tokens.
pub async fn put_token(db: &Db, new: NewToken, secret: &str, now: Time) -> Result<()> {
    let mut tx = db.write().await?;
    add_token(&mut tx, new, secret, now, (None, None)).await?;
    Ok(tx.commit().await?)
}

/// Adds a token that ends with the one it was made with, if it was.
pub(crate) async fn add_token(
    tx: &mut Tx,
    new: NewToken,
    secret: &str,
    now: Time,
    (by, with): (Option<&Actor>, Option<TokenId>),
) -> Result<()> {
    let (role, scopes) = match &new.role {
        TokenRole::Read => ("read", Vec::new()),
        TokenRole::Write => ("write", Vec::new()),
        TokenRole::Fine(lines) => ("fine", scopes(tx, lines).await?),
    };
    let member = expect(tx, &new.member, "member").await?;
    let says = json!({ "name": new.name, "role": role, "expires": new.expires.map(|at| at.to_string()) });
    audit::note(tx, by, ("token.make", &member.name), says, now).await?;
    let row = Token {
        id: TokenId(dice::id()),
        member: member.id,
        name: new.name,
        hash: secret_hash(secret),
        hint: secret.get(secret.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
        role: role.into(),
        scopes: serde_json::to_string(&scopes).map_err(Refusal::broken)?,
        created: now,
        expires: new.expires.map(|end| end.0),
        revoked: None,
        parent: with.map(|token| token.0),
    };
    tokens::add(tx, &row).await?;
    Ok(())
}

async fn scopes(tx: &mut Tx, lines: &[FineLine]) -> Result<Vec<FineScope>> {
    let mut scopes = Vec::with_capacity(lines.len());
    for line in lines {
        match repos::find(tx, line.kind, &line.full_name).await? {
            Named::Repo(repo) => scopes.push(FineScope { repo: repo.id, role: line.role.word().into() }),
            _ => return Err(no_such_repo(line)),
        }
    }
    Ok(scopes)
}

/// How long a deed of the command line may take.
const ACTING_SECS: i64 = 3600;

/// A member as an actor, for a deed of the command line: whoever holds the data folder may do what its members may. There
/// is a token for it, which ends by itself should the program be killed.
///
/// # Errors
/// `Invalid` for a member who is not there, `BadToken` for one who is shut out.
pub async fn act_as(commons: &Commons, member: &str) -> Result<Actor> {
    let now = commons.now();
    let token = NewToken {
        member: member.to_owned(),
        name: "command line".into(),
        role: TokenRole::Write,
        expires: Some(now.plus_secs(ACTING_SECS)),
    };
    identify(commons, &create_token(&commons.db, token, now).await?).await
}

/// Takes the token of [`act_as`] back.
pub async fn act_no_more(commons: &Commons, actor: &Actor) -> Result<()> {
    revoke_token(&commons.db, &actor.token.0, commons.now()).await
}

/// The tokens of a member, then their sessions that are not over.
pub async fn list_tokens(db: &Db, member: &str, now: Time) -> Result<Vec<Token>> {
    let mut tx = db.read().await?;
    let member = expect(&mut tx, member, "member").await?;
    let mut all = tokens::list(&mut tx, &member.id).await?;
    all.extend(tokens::list_sessions(&mut tx, &member.id, now, i64::MAX).await?);
    Ok(all)
}

/// Takes back every token and session of a member; how many there were.
pub async fn revoke_all(db: &Db, member: &str, now: Time) -> Result<u64> {
    let mut tx = db.write().await?;
    let member = expect(&mut tx, member, "member").await?;
    let revoked = tokens::revoke_all(&mut tx, &member.id, now).await?;
    audit::note(&mut tx, None, ("token.revoke_all", &member.name), json!({ "tokens": revoked }), now).await?;
    tx.commit().await?;
    Ok(revoked)
}

/// Takes a token or session back, by its id, and all that was made with it.
pub async fn revoke_token(db: &Db, id: &str, now: Time) -> Result<()> {
    let mut tx = db.write().await?;
    if !tokens::revoke(&mut tx, &TokenId(id.to_owned()), now).await? {
        return Err(Refusal::Invalid(format!("there is no token {id:?} in use")));
    }
    audit::note(&mut tx, None, ("token.revoke", id), json!({}), now).await?;
    Ok(tx.commit().await?)
}
