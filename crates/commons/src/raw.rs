//! Sealed addresses of single files: how a browser gets pictures and downloads of a repo that is not open to everybody,
//! from an address that takes no cookie. Each asks again whether its maker may still read.

use seedcorn_core::digest::Oid;
use seedcorn_core::id::{RepoId, TokenId};
use seedcorn_core::limits;
use serde::{Deserialize, Serialize};

use crate::access::{Grant, Read, authorize_id};
use crate::identity::identify_id;
use crate::{Commons, Refusal, Result};

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The repo.
    r: String,
    /// The token or session that asked: taken back, it voids the address.
    t: String,
    /// The commit.
    c: String,
    /// The path.
    p: String,
}

/// Whether a repo's files need a sealed address: those of an open repo are anybody's.
pub fn needs_seal(grant: &Grant<Read>) -> bool {
    grant.repo().private || !grant.repo().gated.is_empty()
}

/// A sealed address of a file.
pub fn seal(commons: &Commons, grant: &Grant<Read>, commit: &Oid, path: &str) -> Result<String> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to read this file".into()))?;
    let sealed = Sealed {
        r: grant.repo().id.0.clone(),
        t: actor.token.0.clone(),
        c: commit.to_string(),
        p: path.to_owned(),
    };
    Ok(commons.seals.raw.close(&sealed, commons.now().plus_secs(limits::SIGNED_URL_SECS)))
}

/// Opens a sealed address: the grant behind it, asked for anew, the commit and the path.
///
/// # Errors
/// `BadSeal` when forged or expired, `BadToken` when the token or session behind it is over.
pub async fn open(commons: &Commons, sealed: &str) -> Result<(Grant<Read>, String, String)> {
    let opened = commons.seals.raw.open::<Sealed>(sealed, commons.now());
    let opened = opened.map_err(|why| Refusal::BadSeal(why.to_string()))?;
    let actor = identify_id(&commons.db, &TokenId(opened.t), commons.now()).await?;
    let grant = authorize_id(commons, Some(&actor), &RepoId(opened.r)).await?;
    Ok((grant, opened.c, opened.p))
}
