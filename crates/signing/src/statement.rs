//! A statement of in-toto (v1): that something holds of files, which are named by their digests.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bundle::Malformed;

/// Subjects that are read.
const SUBJECTS_MAX: usize = 100_000;
/// What a statement is called (in-toto Attestation Framework, "Statement").
pub(crate) const TYPE: &str = "https://in-toto.io/Statement/v1";
/// What it was called before.
const TYPE_BEFORE: &str = "https://in-toto.io/Statement/v0.1";

/// What a statement speaks of.
#[derive(Deserialize)]
pub(crate) struct Subject {
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) digest: Digests,
}

/// Digests of one thing, as lowercase hex; others than these are not known.
#[derive(Deserialize)]
pub(crate) struct Digests {
    pub(crate) sha256: Option<String>,
}

/// A statement.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: String,
    pub(crate) subject: Vec<Subject>,
    /// What kind of thing is said.
    pub(crate) predicate_type: String,
    /// What is said.
    #[serde(borrow)]
    pub(crate) predicate: Option<&'a RawValue>,
}

impl Statement<'_> {
    /// Reads a statement.
    pub(crate) fn read(bytes: &[u8]) -> Result<Statement<'_>, Malformed> {
        let statement: Statement<'_> =
            serde_json::from_slice(bytes).map_err(|error| Malformed(format!("the statement: {error}")))?;
        if ![TYPE, TYPE_BEFORE].contains(&statement.kind.as_str()) {
            return Err(Malformed(format!("it is a {:?}, and no statement of in-toto", statement.kind)));
        }
        if statement.subject.is_empty() || statement.subject.len() > SUBJECTS_MAX {
            return Err(Malformed(format!("it speaks of {} things", statement.subject.len())));
        }
        Ok(statement)
    }

    /// The SHA-256 of what it speaks of.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &str> {
        self.subject.iter().filter_map(|subject| subject.digest.sha256.as_deref())
    }
}
