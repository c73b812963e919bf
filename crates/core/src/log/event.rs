//! What is logged: an event of a subject, as bytes of which there is one spelling. The events of a subject are a chain: whoever follows
//! one work sees that none was left out, without reading the rest of the log.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical::canonical;
use super::hash::{Hash, leaf_hash};
use crate::time::Time;

/// Bytes of an entry.
const ENTRY_BYTES_MAX: usize = 32 * 1024;
/// The version of this shape.
const VERSION: u8 = 1;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Happened {
    /// A work can be seen by everybody from its beginning.
    #[serde(rename = "repo.publish")]
    Publish,
    /// A branch or another name of commits is at a commit.
    #[serde(rename = "revision")]
    Revision,
    /// A tag is at a commit, or is gone.
    #[serde(rename = "tag")]
    Tag,
    /// A work has another licence.
    #[serde(rename = "license")]
    License,
    /// A work was graded otherwise than before.
    #[serde(rename = "openness")]
    Openness,
    /// What credit works have, as a digest of all of it.
    #[serde(rename = "credit")]
    Credit,
    /// A round was tallied, withdrawn or posted.
    #[serde(rename = "funding")]
    Funding,
    /// A work can be seen by everybody no more, or by everybody again.
    #[serde(rename = "visibility")]
    Visibility,
    /// A work has another name, or another owner.
    #[serde(rename = "rename")]
    Rename,
    /// A work is gone.
    #[serde(rename = "takedown")]
    Takedown,
    /// A work that was gone is back.
    #[serde(rename = "restore")]
    Restore,
    /// Commits of a work are others than they were, so that something that was in them is not any more.
    #[serde(rename = "history.rewrite")]
    Rewrite,
    /// Somebody's signature of a revision was looked at.
    #[serde(rename = "signature")]
    Signature,
    /// A key or an identity is an owner's from now on.
    #[serde(rename = "key.register")]
    KeyRegister,
    /// It is no longer.
    #[serde(rename = "key.revoke")]
    KeyRevoke,
    /// The rules by which files are scanned are others.
    #[serde(rename = "scan.ruleset")]
    ScanRules,
    /// The log ends, or goes on from another.
    #[serde(rename = "log.rotate")]
    Rotate,
}

/// Whose event it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Never changes, and means nothing.
    pub id: String,
    /// `model`, `dataset`, `space`, `paper`, `code`, `round`, `member`, `group` or `hub`.
    pub kind: String,
    /// What it was called then.
    pub name: String,
}

/// Who did it. No name: those can be forgotten, and an entry cannot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// The account, by an id that means nothing.
    pub id: String,
    /// `member`, or `hub` for what the hub does by itself.
    pub via: String,
}

/// One entry of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The version of this shape: 1.
    pub v: u8,
    /// What happened.
    #[serde(rename = "type")]
    pub happened: Happened,
    /// To what.
    pub subject: Subject,
    /// How many events of the subject came before.
    #[serde(rename = "sseq")]
    pub place: u64,
    /// The hash of the one before; none for the first.
    pub prev: Option<Hash>,
    /// Who did it.
    pub actor: By,
    /// When, as the hub's clock says: `2026-01-31T12:00:00.000Z`.
    pub time: String,
    /// What is to be said of it, by its kind.
    pub data: Value,
}

/// Why something is no entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadEvent(String);

impl Event {
    /// The event that follows another of the same subject, or is its first.
    pub fn following(
        before: Option<(u64, Hash)>,
        (happened, data): (Happened, Value),
        subject: Subject,
        actor: By,
        now: Time,
    ) -> Event {
        let (place, prev) = before.map_or((0, None), |(place, hash)| (place + 1, Some(hash)));
        Event { v: VERSION, happened, subject, place, prev, actor, time: now.to_string(), data }
    }

    /// The entry's bytes.
    ///
    /// # Errors
    /// [`BadEvent`] for data that has no such spelling, or is too long.
    pub fn bytes(&self) -> Result<Vec<u8>, BadEvent> {
        let bad = || BadEvent("an entry has whole numbers below 2^53 and at most 32 KiB".into());
        let value = serde_json::to_value(self).map_err(|error| BadEvent(error.to_string()))?;
        let text = canonical(&value).filter(|text| text.len() <= ENTRY_BYTES_MAX);
        text.map(String::into_bytes).ok_or_else(bad)
    }

    /// Reads an entry. Its bytes must be the ones that it is spelled with.
    ///
    /// # Errors
    /// [`BadEvent`] where it is none.
    pub fn read(bytes: &[u8]) -> Result<Event, BadEvent> {
        let event: Event = serde_json::from_slice(bytes).map_err(|error| BadEvent(error.to_string()))?;
        if event.v != VERSION {
            return Err(BadEvent(format!("an entry of version {}, and 1 is known here", event.v)));
        }
        match event.bytes()? == bytes {
            true => Ok(event),
            false => Err(BadEvent("its bytes are not spelled as they must be (RFC 8785)".into())),
        }
    }

    /// Whether it follows the event before it in its subject's chain.
    pub fn follows(&self, before: Option<(u64, Hash)>) -> bool {
        match before {
            None => self.place == 0 && self.prev.is_none(),
            Some((place, hash)) => self.place == place + 1 && self.prev == Some(hash),
        }
    }
}

impl Happened {
    /// As an entry has it.
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
    }
}

impl FromStr for Happened {
    type Err = BadEvent;

    fn from_str(word: &str) -> Result<Happened, BadEvent> {
        let unknown = || BadEvent(format!("nothing that happens is called {word:?}"));
        serde_json::from_value(Value::String(word.to_owned())).map_err(|_| unknown())
    }
}

/// The place and hash by which the next event of a subject follows an entry.
pub fn after(event: &Event, bytes: &[u8]) -> (u64, Hash) {
    (event.place, leaf_hash(bytes))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(before: Option<(u64, Hash)>, data: Value) -> Event {
        let subject = Subject { id: "r_1".into(), kind: "model".into(), name: "ada/one".into() };
        let actor = By { id: "u_1".into(), via: "token".into() };
        Event::following(before, (Happened::Revision, data), subject, actor, Time::from_secs(1_790_000_000))
    }

    #[test]
    fn a_chain_of_bytes_of_one_spelling() {
        let first = event(None, json!({"files": 2, "commit": "abc"}));
        let bytes = first.bytes().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(
            text.starts_with("{\"actor\":{\"id\":\"u_1\",\"via\":\"token\"},\"data\":{\"commit\":\"abc\",\"files\":2},\"prev\":null,\"sseq\":0,"),
            "{text}"
        );
        assert!(text.ends_with("\"type\":\"revision\",\"v\":1}"), "{text}");
        assert_eq!(Event::read(&bytes).unwrap(), first);
        let second = event(Some(after(&first, &bytes)), json!({}));
        assert!(first.follows(None) && second.follows(Some(after(&first, &bytes))));
        assert!(!second.follows(None) && !second.follows(Some((0, Hash::empty()))));
        for bad in [
            text.replace(":0,", ": 0,"),
            text.replace("\"v\":1", "\"v\":2"),
            text.replace("revision", "revolution"),
            text.replace("\"sseq\":0,", ""),
            text.replace("\"v\":1", "\"v\":1,\"w\":1"),
            text.replace("\"v\":1", "\"type\":\"tag\",\"v\":1"),
        ] {
            assert!(Event::read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(event(None, json!(1.5)).bytes().is_err());
        assert!(event(None, json!("x".repeat(40_000))).bytes().is_err());
    }

    #[test]
    fn words() {
        for happened in [Happened::Publish, Happened::KeyRevoke, Happened::ScanRules] {
            assert_eq!(happened.word().parse(), Ok(happened));
        }
        assert_eq!(Happened::Publish.word(), "repo.publish");
        assert!("x".parse::<Happened>().is_err());
    }
}
