//! A hub as those who run it see it in a browser: how much it holds, whether it is well, and who its members are.

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::members::Namespace;
pub use seedcorn_db::totals::{Stored, Tally};
use seedcorn_db::{jobs, totals};

use crate::upkeep::Done;
use crate::{Commons, Refusal, Result, account};

/// What a hub holds and how it does.
#[derive(Debug)]
pub struct Overview {
    /// Repos of each kind.
    pub repos: Vec<Tally>,
    /// Members and groups.
    pub namespaces: Vec<Tally>,
    /// Large files, each as often as a repo names it.
    pub files: Stored,
    /// What these and everything sent besides take in chunks.
    pub xorbs: Stored,
    /// What the history of all repos takes.
    pub packs: Stored,
    /// Uploads in parts that are under way or were left.
    pub uploads: i64,
    /// Jobs that wait, and those of them that failed again and again.
    pub jobs: (i64, i64),
    /// Why database or depot do not answer, if they do not.
    pub trouble: Option<String>,
    /// The last upkeep of this process: when, and what it did; none since it started.
    pub upkeep: Option<(Time, Done)>,
    /// The store's generation.
    pub generation: String,
}

/// Whether somebody runs this hub.
///
/// # Errors
/// `Forbidden` for everybody else, and for narrow tokens.
pub fn check(actor: &Actor) -> Result<()> {
    account::check(actor)?;
    match actor.admin {
        true => Ok(()),
        false => Err(Refusal::Forbidden("This page is for those who run the hub.".into())),
    }
}

/// Tells what a hub holds. Reads whole tables, so it is for operators.
pub async fn look(commons: &Commons, actor: &Actor) -> Result<Overview> {
    check(actor)?;
    let trouble = commons.ready().await.err().map(|error| error.to_string());
    let mut tx = commons.db.read().await?;
    Ok(Overview {
        repos: totals::repos(&mut tx).await?,
        namespaces: totals::namespaces(&mut tx).await?,
        files: totals::files(&mut tx).await?,
        xorbs: totals::xorbs(&mut tx).await?,
        packs: totals::packs(&mut tx).await?,
        uploads: totals::uploads(&mut tx).await?,
        jobs: jobs::count(&mut tx, limits::JOB_TRIES_FAILING).await?,
        trouble,
        upkeep: commons.last_upkeep(),
        generation: commons.generation().to_owned(),
    })
}

/// Members whose names begin with a text, after a name; whether there are more.
pub async fn members(
    commons: &Commons,
    actor: &Actor,
    prefix: &str,
    after: &str,
) -> Result<(Vec<Namespace>, bool)> {
    check(actor)?;
    let most = limits::MEMBERS_PAGE;
    let mut tx = commons.db.read().await?;
    let mut rows = totals::members(&mut tx, prefix, after, most + 1).await?;
    let more = rows.len() as i64 > most;
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok((rows, more))
}
