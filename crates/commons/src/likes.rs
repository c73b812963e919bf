//! Works that members like, and members and groups that they follow.

use std::collections::HashMap;

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::members::Namespace;
use seedcorn_db::repos::{self, Repo};
use seedcorn_db::{Tx, likes as rows, listings};

use crate::access::{Grant, See, may_see};
use crate::{Commons, Refusal, Result, account, people};

/// Somebody, by name, and by their name for people to read.
pub type Who = (String, String);

/// A page of people by name, and the name after which the next begins.
pub type People = (Vec<Who>, Option<String>);

fn page(mut found: Vec<Who>) -> People {
    let more = found.len() > limits::PEOPLE_PAGE;
    found.truncate(limits::PEOPLE_PAGE);
    let next = found.last().filter(|_| more).map(|(name, _)| name.clone());
    (found, next)
}

fn most() -> i64 {
    i64::try_from(limits::PEOPLE_PAGE + 1).unwrap_or(i64::MAX)
}

/// Notes that whoever asks likes a work, or likes it no more; what is so already stays so.
///
/// # Errors
/// `Forbidden` for narrow tokens; `TooLarge` for who likes too many.
pub async fn like(commons: &Commons, grant: &Grant<See>, liked: bool) -> Result<()> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to like a work".into()))?;
    account::check(actor)?;
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    repos::lock(&mut tx, &grant.repo().id).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let repo = &grant.repo().id;
    let is_new = liked && !rows::likes(&mut tx, &actor.member, repo).await?;
    if is_new && rows::count_likings(&mut tx, &actor.member).await? >= limits::LIKES_MAX {
        return Err(Refusal::TooLarge(format!("a member likes at most {} works", limits::LIKES_MAX)));
    }
    match liked {
        true => rows::like(&mut tx, &actor.member, repo, now).await?,
        false => rows::unlike(&mut tx, &actor.member, repo).await?,
    };
    tx.commit().await?;
    commons.changed();
    Ok(())
}

/// Whether whoever asks likes a work.
pub async fn likes(commons: &Commons, grant: &Grant<See>) -> Result<bool> {
    let Some(actor) = grant.actor() else { return Ok(false) };
    Ok(rows::likes(&mut commons.db.look().await?, &actor.member, &grant.repo().id).await?)
}

/// Those who like a work.
pub async fn likers(commons: &Commons, grant: &Grant<See>, after: &str) -> Result<People> {
    let mut tx = commons.db.look().await?;
    Ok(page(rows::likers(&mut tx, &grant.repo().id, after, most()).await?))
}

async fn named(tx: &mut Tx, name: &str) -> Result<Namespace> {
    match people::named(tx, name).await? {
        one if one.disabled => Err(Refusal::NotFound(format!("{name:?} is there no more"))),
        one => Ok(one),
    }
}

/// The works that a member likes and whoever asks may see, the last first, each with since when.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn liked(commons: &Commons, asker: Option<&Actor>, name: &str) -> Result<Vec<(Repo, Time)>> {
    let mut tx = commons.db.read().await?;
    let member = named(&mut tx, name).await?;
    let since: HashMap<String, i64> =
        rows::liked(&mut tx, &member.id, limits::LIKES_MAX).await?.into_iter().collect();
    let repos = repos::list_liked(&mut tx, &member.id, limits::LIKES_MAX).await?.into_iter();
    let seen = repos.filter(|repo| may_see(asker, repo));
    Ok(seen.filter_map(|repo| since.get(repo.id.as_str()).map(|at| (repo.clone(), Time(*at)))).collect())
}

/// Follows a member or a group, or does so no more; what is so already stays so.
///
/// # Errors
/// `NotFound` for nobody; `Invalid` for oneself; `TooLarge` for who follows too many.
pub async fn follow(commons: &Commons, actor: &Actor, name: &str, followed: bool) -> Result<()> {
    account::check(actor)?;
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    let whom = named(&mut tx, name).await?;
    if whom.id == actor.member {
        return Err(Refusal::Invalid("nobody follows themselves".into()));
    }
    let is_new = followed && !rows::follows(&mut tx, &actor.member, &whom.id).await?;
    if is_new && rows::count_follows(&mut tx, &actor.member).await?.1 >= limits::FOLLOWED_MAX {
        return Err(Refusal::TooLarge(format!("a member follows at most {}", limits::FOLLOWED_MAX)));
    }
    match followed {
        true => rows::follow(&mut tx, &actor.member, &whom.id, now).await?,
        false => rows::unfollow(&mut tx, &actor.member, &whom.id).await?,
    };
    Ok(tx.commit().await?)
}

/// Whether a member follows somebody.
pub async fn follows(commons: &Commons, actor: &Actor, name: &str) -> Result<bool> {
    let mut tx = commons.db.look().await?;
    let whom = named(&mut tx, name).await?;
    Ok(rows::follows(&mut tx, &actor.member, &whom.id).await?)
}

/// Those who follow a member or a group.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn followers(commons: &Commons, name: &str, after: &str) -> Result<People> {
    let mut tx = commons.db.look().await?;
    let whom = named(&mut tx, name).await?;
    Ok(page(rows::followers(&mut tx, &whom.id, after, most()).await?))
}

/// The members whom a member follows.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn following(commons: &Commons, name: &str, after: &str) -> Result<People> {
    let mut tx = commons.db.look().await?;
    let member = named(&mut tx, name).await?;
    Ok(page(rows::followed(&mut tx, &member.id, "member", after, most()).await?))
}

/// A member or a group in figures: what everybody may know.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Who.
    pub namespace: Namespace,
    /// Public works of each kind, by its word.
    pub works: Vec<(String, i64)>,
    /// Works that they like.
    pub likes: i64,
    /// How many follow them.
    pub followers: i64,
    /// How many they follow.
    pub following: i64,
}

impl Figures {
    /// How many works there are of a kind.
    pub fn works_of(&self, kind: &str) -> i64 {
        self.works.iter().find(|(one, _)| one == kind).map_or(0, |(_, count)| *count)
    }
}

/// A member or a group in figures.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn figures(commons: &Commons, name: &str) -> Result<Figures> {
    let mut tx = commons.db.read().await?;
    let namespace = named(&mut tx, name).await?;
    let works = listings::count_public_of(&mut tx, &namespace.id).await?;
    let likes = rows::count_liked(&mut tx, &namespace.id).await?;
    let (followers, following) = rows::count_follows(&mut tx, &namespace.id).await?;
    Ok(Figures { namespace, works, likes, followers, following })
}

/// How many follow a member or a group, and whether whoever asks does; none of oneself, and of who is nobody in particular.
pub async fn followers_of(
    commons: &Commons,
    asker: Option<&Actor>,
    whom: &Namespace,
) -> Result<(i64, Option<bool>)> {
    let mut tx = commons.db.look().await?;
    let (followers, _) = rows::count_follows(&mut tx, &whom.id).await?;
    let does = match asker.filter(|asker| asker.member != whom.id) {
        Some(asker) => Some(rows::follows(&mut tx, &asker.member, &whom.id).await?),
        None => None,
    };
    Ok((followers, does))
}
