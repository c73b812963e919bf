//! Puts the demo set into an empty hub, through the same deeds that clients use.

use bytes::Bytes;
use seedcorn_core::access::Actor;
use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;
use sha2::Digest;

use super::{DemoCommit, DemoRepo, groups, repos};
use crate::access::{Grant, Propose, authorize};
use crate::admin::{self, NewNamespace, NewToken, TokenRole};
use crate::identity::identify;
use crate::publish::{
    BatchAnswer, CommitHeader, Draft, LfsObject, OfferedFile, Target, batch, offer, open_transfer,
    receive_basic,
};
use crate::repo::{self, NewRepo};
use crate::{Commons, Refusal, Result};

/// How long the token lives that the set is made with.
const TOKEN_SECS: i64 = 3600;

/// Makes the set; false, and nothing done, if the hub has a repo already.
pub async fn seed(commons: &Commons) -> Result<bool> {
    if seedcorn_db::repos::count(&mut commons.db.read().await?).await? > 0 {
        return Ok(false);
    }
    let now = commons.now();
    for group in groups() {
        let new = |name: &str, full_name: &str| NewNamespace {
            name: name.into(),
            full_name: full_name.into(),
            ..NewNamespace::default()
        };
        made(admin::add_group(&commons.db, new(group.name, group.full_name), now).await)?;
        for member in group.members {
            made(admin::add_member(&commons.db, new(member.name, member.full_name), now).await)?;
            admin::join(&commons.db, group.name, member.name, member.role, now).await?;
        }
    }
    for repo in repos() {
        make(commons, repo).await?;
    }
    Ok(true)
}

/// A name that is there already is as good as one just made.
fn made<T>(result: Result<T>) -> Result<()> {
    match result {
        Ok(_) | Err(Refusal::Conflict(_)) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// The first member of the owning group, who signs the demo's commits.
async fn author(commons: &Commons, owner: &str) -> Result<Actor> {
    let group = groups().into_iter().find(|group| group.name == owner);
    let member = group.and_then(|group| group.members.first());
    let member = member.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("{owner} has no members")))?;
    let now = commons.now();
    let token = NewToken {
        member: member.name.into(),
        name: "demo".into(),
        role: TokenRole::Write,
        expires: Some(now.plus_secs(TOKEN_SECS)),
    };
    identify(commons, &admin::create_token(&commons.db, token, now).await?).await
}

async fn make(commons: &Commons, demo: DemoRepo) -> Result<()> {
    let actor = author(commons, demo.owner).await?;
    let new = NewRepo {
        kind: demo.kind,
        owner: Some(demo.owner.into()),
        name: demo.name.into(),
        private: Some(false),
        sdk: String::new(),
    };
    repo::create(commons, &actor, new).await?;
    let full_name = format!("{}/{}", demo.owner, demo.name);
    let grant: Grant<Propose> = authorize(commons, Some(&actor), demo.kind, &full_name).await?;
    for commit in demo.commits {
        publish(commons, &grant, commit).await?;
    }
    Ok(())
}

async fn publish(commons: &Commons, grant: &Grant<Propose>, commit: DemoCommit) -> Result<()> {
    let target = Target::new("main", false);
    let mut draft = Draft::begin(commons, grant.clone(), target.clone()).await?;
    for (path, bytes) in commit.files {
        let len = bytes.len() as u64;
        let sample = bytes.iter().copied().take(512).collect();
        let asked = OfferedFile { path: path.clone(), sample, bytes: len };
        let large = offer(commons, grant, &target, None, vec![asked]).await?.iter().any(|file| file.large);
        if large || len > limits::REGULAR_FILE_BYTES_MAX {
            let sha256 = Sha256(sha2::Sha256::digest(&bytes).into());
            send(commons, grant, LfsObject { sha256, bytes: len }, bytes.into()).await?;
            draft.put_large(path, sha256, Some(len))?;
        } else {
            draft.put(path, bytes).await?;
        }
    }
    draft.finish(CommitHeader { summary: commit.message.into(), ..CommitHeader::default() }).await?;
    Ok(())
}

async fn send(commons: &Commons, grant: &Grant<Propose>, object: LfsObject, bytes: Bytes) -> Result<()> {
    for answer in batch(commons, grant, std::slice::from_ref(&object), false).await? {
        if let BatchAnswer::Basic(sealed) = answer {
            let open = open_transfer(commons, &sealed).await?;
            let body = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes.clone())]);
            receive_basic(commons, &open, body).await?;
        }
    }
    Ok(())
}
