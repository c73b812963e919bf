//! How a repo is cited: what its CITATION.cff says, or else its card, at the revision that is asked for.

use std::sync::Arc;

use seedcorn_core::card;
use seedcorn_core::cite::read_cff;
use seedcorn_core::limits;
use seedcorn_core::paper::{Facts, Published};
use seedcorn_db::git::Commit;

use crate::access::{Grant, Read};
use crate::kept::Weighed;
use crate::repo::CardRow;
use crate::{Commons, Refusal, Result, compute, pull};

/// The file's name, at the top of a repo.
pub const FILE: &str = "CITATION.cff";

/// What a repo says of itself.
#[derive(Debug, Default)]
pub struct Says {
    /// The text of its CITATION.cff, if it has one that can be read.
    pub file: Option<String>,
    /// What that says.
    pub from_file: Facts,
    /// What its card says.
    pub from_card: Facts,
    /// What stands in the card behind its metadata.
    pub body: String,
}

impl Says {
    /// For a citation: the file is made for that.
    pub fn cited(&self) -> Facts {
        self.from_file.clone().or(self.from_card.clone())
    }

    /// For the page of a paper: the card, by which it is found and linked, comes first.
    pub fn shown(&self) -> Facts {
        self.from_card.clone().or(self.from_file.clone())
    }
}

/// Reads what a revision says of itself. Whoever may not read its files learns what the card on the default branch says.
pub async fn says(
    commons: &Commons,
    grant: Option<&Grant<Read>>,
    commit: &Commit,
    row: &CardRow,
) -> Result<Arc<Says>> {
    let Some(grant) = grant else {
        return Ok(Arc::new(of_card(row)));
    };
    let key = (grant.repo().id.clone(), commit.oid);
    if let Some(kept) = commons.citations.get(&key) {
        return Ok(kept);
    }
    Ok(commons.citations.put(key, read(commons, grant, commit).await?))
}

/// Reads it from the files of a commit, which never change.
async fn read(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<Says> {
    let readme = text(commons, grant, commit, "README.md", limits::CARD_BYTES_MAX as u64).await?;
    let file = text(commons, grant, commit, FILE, limits::CITATION_BYTES_MAX).await?;
    compute(move || of_texts(readme.as_deref(), file)).await
}

fn of_texts(readme: Option<&str>, file: Option<String>) -> Says {
    let metadata = readme.and_then(|text| card::metadata(card::split(text).yaml?).ok());
    let from_card = metadata.map(|metadata| Facts::of_card(&metadata)).unwrap_or_default();
    // One that cannot be read is a file like any other.
    let read = file.and_then(|text| Some((read_cff(&text).ok()?, text)));
    let (from_file, file) = read.map_or((Facts::default(), None), |(facts, text)| (facts, Some(text)));
    let body = readme.map(|text| card::split(text).body.to_owned()).unwrap_or_default();
    Says { file, from_file, from_card, body }
}

impl Weighed for Says {
    fn bytes(&self) -> usize {
        // What is read of a text takes no more than the text, and there are two of each.
        let texts = self.body.len() + self.file.as_ref().map_or(0, String::len);
        2 * texts + self.from_card.abstract_text.len() + 200 * self.from_card.authors.len()
    }
}

/// What the metadata of the card on the default branch says, which whoever sees the repo may know.
pub fn of_card(row: &CardRow) -> Says {
    let metadata: card::Metadata = serde_json::from_str(&row.card).unwrap_or_default();
    Says { from_card: Facts::of_card(&metadata), ..Says::default() }
}

/// A text file of a revision, if it is there and no longer than that.
async fn text(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
    path: &str,
    most: u64,
) -> Result<Option<String>> {
    let located = match pull::locate(commons, grant, &commit.oid.to_string(), path, true).await {
        Ok(located) => located,
        Err(Refusal::NoEntry { .. }) => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    if located.bytes > most {
        return Ok(None);
    }
    let bytes = pull::beginning(commons, &located, most).await?;
    Ok(String::from_utf8(bytes).ok())
}

/// The day of a commit.
pub fn day(commit: &Commit) -> Published {
    let unknown = Published { year: 1970, month: None, day: None };
    Published::parse(&commit.at.to_string()).unwrap_or(unknown)
}
