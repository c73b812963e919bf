//! Xet tokens: what a client shows at the store's door. Each names a repo and the token it came from, so it is only as
//! good as that one still is.

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::{RepoId, TokenId};
use seedcorn_core::limits;
use serde::{Deserialize, Serialize};

use crate::access::{Grant, Propose, Read, authorize_id};
use crate::identity::identify_id;
use crate::{Commons, Refusal, Result};

/// A token for the Xet store.
#[derive(Debug)]
pub struct XetToken {
    /// What the client sends as bearer.
    pub secret: String,
    /// When it ends, in seconds since 1970 UTC.
    pub expires_secs: i64,
    /// The store as this client may see it, for the address: the generation and, for a member, `-` and 16 hex digits.
    pub store: String,
}

/// Clients keep what they learn of a store for weeks, in a folder of its address, and refer to it without asking. So each
/// who may refer to other things has an address of their own: a member, and for a narrow token what it may do in a repo.
fn store(commons: &Commons, repo: &RepoId, actor: Option<&Actor>) -> String {
    let generation = commons.generation();
    let Some(actor) = actor else {
        return generation.to_owned();
    };
    let mut hash = blake3::Hasher::new_keyed(commons.seals.dedup.key());
    hash.update(actor.member.as_str().as_bytes());
    if actor.scope != Scope::Write {
        hash.update(b"\0").update(actor.token.as_str().as_bytes());
        hash.update(b"\0").update(repo.as_str().as_bytes());
    }
    format!("{generation}-{}", &hash.finalize().to_hex()[..16])
}

/// The generation in the name of a store.
pub fn generation_of(store: &str) -> &str {
    store.split_once('-').map_or(store, |(generation, _)| generation)
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The repo.
    r: String,
    /// The access token behind it; empty when anonymous.
    t: String,
    /// Whether it is for writing.
    w: bool,
    /// Whether a machine asked for it: the programs that come with it do not all say so.
    #[serde(default)]
    m: bool,
}

fn seal(commons: &Commons, repo: &RepoId, actor: Option<&Actor>, (write, machine): (bool, bool)) -> XetToken {
    let until = commons.now().plus_secs(limits::XET_TOKEN_SECS);
    let token = actor.map(|actor| actor.token.0.clone()).unwrap_or_default();
    let body = Sealed { r: repo.0.clone(), t: token, w: write, m: machine };
    let store = store(commons, repo, actor);
    XetToken { secret: commons.seals.xet.close(&body, until), expires_secs: until.secs(), store }
}

/// A token to read with; `machine` if nobody sits before the program that asks.
pub fn read_token(commons: &Commons, grant: &Grant<Read>, machine: bool) -> XetToken {
    seal(commons, &grant.repo().id, grant.actor(), (false, machine))
}

/// A token to send with. What is sent is the sender's alone until a commit names it, so proposers get one too; without
/// `create_pull` the right to publish is asked for, so that the refusal comes before the bytes.
pub fn write_token(commons: &Commons, grant: &Grant<Propose>, to_pull: bool) -> Result<XetToken> {
    if !to_pull && !grant.may_write() {
        return Err(grant.no_write());
    }
    Ok(seal(commons, &grant.repo().id, grant.actor(), (true, false)))
}

async fn open(commons: &Commons, secret: &str, write: bool) -> Result<(RepoId, Option<Actor>, bool)> {
    let sealed = commons.seals.xet.open::<Sealed>(secret, commons.now()).map_err(|_| Refusal::BadToken)?;
    if write && !sealed.w {
        return Err(Refusal::Forbidden("this token is for reading only".into()));
    }
    let actor = match sealed.t.as_str() {
        "" => None,
        token => Some(identify_id(&commons.db, &TokenId(token.to_owned()), commons.now()).await?),
    };
    Ok((RepoId(sealed.r), actor, sealed.m))
}

/// Opens a token to read; the rights are those of now, not those of when it was made. Tells whether a machine asked for it.
pub async fn open_for_reading(commons: &Commons, secret: &str) -> Result<(Grant<Read>, bool)> {
    let (repo, actor, machine) = open(commons, secret, false).await?;
    Ok((authorize_id(commons, actor.as_ref(), &repo).await?, machine))
}

/// Opens a token to send.
pub async fn open_for_writing(commons: &Commons, secret: &str) -> Result<Grant<Propose>> {
    let (repo, actor, _) = open(commons, secret, true).await?;
    authorize_id(commons, actor.as_ref(), &repo).await
}
