//! Whether files may harm whoever opens them. What is in a file decides, so each content is looked into once, wherever else it lies;
//! what was found by other rules counts no longer.

mod job;
mod local;

use std::collections::BTreeMap;

use seedcorn_core::access::Action;
use seedcorn_core::digest::Oid;
use seedcorn_core::scan::{Found, Verdict};
use seedcorn_db::scan as rows;
use seedcorn_formats::scan::{RULES, WAYS, read_as};
use serde::{Deserialize, Serialize};

pub use job::scan_all;
pub(crate) use job::{SCAN, look};
pub use local::{Scanned, files};

use crate::access::{Grant, Read, See};
use crate::browse::Entry;
use crate::pull::Located;
use crate::{Commons, Refusal, Result};

/// What names what is looked into: the content of a file, and as what it is looked into.
fn content_of(entry: &Entry) -> String {
    name(&entry.content(), &entry.path)
}

fn name(content: &str, path: &str) -> String {
    format!("{}:{content}", read_as(path))
}

/// What was found in some files, by their paths; of those that nobody looked into yet, nothing.
///
/// # Errors
/// Those of the database.
pub async fn found(commons: &Commons, entries: &[Entry]) -> Result<BTreeMap<String, Found>> {
    let contents: Vec<String> = entries.iter().filter(|entry| !entry.folder).map(content_of).collect();
    let known = rows::files(&mut commons.db.look().await?, &contents, RULES).await?;
    let known: BTreeMap<String, String> = known.into_iter().collect();
    let mut all = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.folder) {
        if let Some(says) = known.get(&content_of(entry)) {
            all.insert(entry.path.clone(), serde_json::from_str(says).map_err(Refusal::broken)?);
        }
    }
    Ok(all)
}

/// What was found in a file; none if nobody looked into it yet.
///
/// # Errors
/// Those of the database.
pub async fn of_file(commons: &Commons, located: &Located, path: &str) -> Result<Option<Found>> {
    let content = name(&located.etag(), path);
    let known = rows::files(&mut commons.db.look().await?, &[content], RULES).await?;
    known.first().map(|(_, says)| serde_json::from_str(says).map_err(Refusal::broken)).transpose()
}

/// Refuses bytes that are dangerous to open, where whoever runs the hub wants that, to all but those who may publish there. What names
/// them is a large file's SHA-256, or a blob's id.
///
/// # Errors
/// `Forbidden` for such bytes.
pub async fn may_give(
    commons: &Commons,
    grant: &Grant<Read>,
    content: &str,
    path: Option<&str>,
) -> Result<()> {
    if !commons.block_dangerous || grant.may(Action::Write) {
        return Ok(());
    }
    // By its path it is read in one way; where that is not known, in any.
    let ways = path.map_or(WAYS.to_vec(), |path| vec!["any", read_as(path)]);
    let names: Vec<String> = ways.iter().map(|way| format!("{way}:{content}")).collect();
    let known = rows::files(&mut commons.db.look().await?, &names, RULES).await?;
    let dangerous = |says: &String| {
        serde_json::from_str(says).is_ok_and(|found: Found| found.verdict == Verdict::Dangerous)
    };
    match known.iter().any(|(_, says)| dangerous(says)) {
        true => Err(Refusal::Forbidden(
            "this file is dangerous to open, and this hub gives out no such files; its page says why".into(),
        )),
        false => Ok(()),
    }
}

/// Refuses objects among which are files that are dangerous to open, where whoever runs the hub wants that: git has no way to leave out some.
/// A blob is looked for as whatever it may be, as its path is not known.
///
/// # Errors
/// `Forbidden` for such objects.
pub async fn may_send(commons: &Commons, grant: &Grant<Read>, objects: &[Oid]) -> Result<()> {
    if !commons.block_dangerous || grant.may(Action::Write) {
        return Ok(());
    }
    for page in objects.chunks(SENT_PAGE) {
        let names = page.iter().flat_map(|oid| WAYS.iter().map(move |way| format!("{way}:{oid}")));
        let names: Vec<String> = names.collect();
        let found = rows::dangerous(&mut commons.db.look().await?, &names, RULES).await?;
        if let Some(name) = found {
            let oid = name.rsplit(':').next().unwrap_or_default();
            return Err(Refusal::Forbidden(format!(
                "among these files is one that is dangerous to open ({oid}), and this hub gives out no such files; the others are had one by \
                 one, as with `hf download`"
            )));
        }
    }
    Ok(())
}

/// Objects that are looked up at once, each as everything that it may be.
const SENT_PAGE: usize = 2000;

/// What was found in a revision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Files in which something was found, the worst first, and what it comes to.
    pub files: Vec<(String, Verdict)>,
    /// Programs of the repo, or of others, that are run by whoever loads it and trusts it to.
    pub runs: Vec<String>,
}

/// What was found in a commit that a branch, a tag or a pull request leads to; none before it was looked into.
///
/// # Errors
/// Those of the database.
pub async fn of_commit(commons: &Commons, grant: &Grant<See>, oid: &Oid) -> Result<Option<Summary>> {
    let says = rows::commit(&mut commons.db.look().await?, &grant.repo().id, oid, RULES).await?;
    says.map(|says| serde_json::from_str(&says).map_err(Refusal::broken)).transpose()
}
