//! `POST /api/{kind}s/{id}/commit/{revision}`: one JSON object a line.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// A line.
#[derive(Debug, Deserialize)]
#[serde(tag = "key", content = "value", rename_all = "camelCase")]
pub enum CommitLine<'a> {
    /// The first line.
    Header(Header),
    /// A file with its bytes.
    #[serde(borrow)]
    File(FileLine<'a>),
    /// A file that was sent before.
    LfsFile(LargeLine),
    /// A file, or a folder of that name, to be deleted.
    DeletedFile(DeletedPath),
    /// A folder to be deleted.
    DeletedFolder(DeletedPath),
}

/// What the commit says of itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// The rest.
    #[serde(default)]
    pub description: Option<String>,
    /// 5 to 40 hex digits of the commit that the sender saw as head.
    #[serde(default)]
    pub parent_commit: Option<String>,
}

/// A file with its bytes.
#[derive(Debug, Deserialize)]
pub struct FileLine<'a> {
    /// Where in the repo.
    pub path: String,
    /// Its bytes, encoded; not copied out of the line, which may be megabytes long.
    #[serde(borrow)]
    content: Cow<'a, str>,
    /// `base64` or `utf-8`.
    #[serde(default)]
    encoding: Option<String>,
}

/// A file that was sent before.
#[derive(Debug, Deserialize)]
pub struct LargeLine {
    /// Where in the repo.
    pub path: String,
    /// Only `sha256`.
    #[serde(default)]
    pub algo: Option<String>,
    /// SHA-256 of the file.
    pub oid: String,
    /// Its length; absent on copies.
    #[serde(default)]
    pub size: Option<u64>,
}

/// A path to be deleted.
#[derive(Debug, Deserialize)]
pub struct DeletedPath {
    /// Where in the repo.
    pub path: String,
}

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not JSON of a known shape.
    #[error("not a line of a commit: {0}")]
    Shape(serde_json::Error),
    /// The content is not what its encoding says.
    #[error("{path}: the content is not {encoding}")]
    Content {
        /// The file.
        path: String,
        /// The encoding it claims.
        encoding: String,
    },
}

/// Reads one line.
pub fn parse_line(line: &[u8]) -> Result<CommitLine<'_>, LineError> {
    serde_json::from_slice(line).map_err(LineError::Shape)
}

impl FileLine<'_> {
    /// The path, and the bytes decoded.
    pub fn decode(self) -> Result<(String, Vec<u8>), LineError> {
        let encoding = self.encoding.unwrap_or_else(|| "base64".into());
        let decoded = match encoding.as_str() {
            "base64" => BASE64_STANDARD.decode(self.content.as_bytes()).ok(),
            "utf-8" => Some(self.content.into_owned().into_bytes()),
            _ => None,
        };
        match decoded {
            Some(bytes) => Ok((self.path, bytes)),
            None => Err(LineError::Content { path: self.path, encoding }),
        }
    }
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitAnswer {
    /// Always true.
    pub success: bool,
    /// The commit's page.
    pub commit_url: String,
    /// The commit's id.
    pub commit_oid: String,
    /// The page of the pull request that it opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request_url: Option<String>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn lines_as_the_clients_write_them() {
        let line = br#"{"key": "file", "value": {"content": "aGk=", "path": "a.txt", "encoding": "base64"}}"#;
        let CommitLine::File(file) = parse_line(line).unwrap() else { panic!("not a file") };
        assert!(matches!(file.content, Cow::Borrowed("aGk=")), "the content was copied");
        assert_eq!(file.decode().unwrap(), ("a.txt".into(), b"hi".to_vec()));
        let line = br#"{"key":"header","value":{"summary":"s","description":"","parentCommit":"abcde"}}"#;
        assert!(
            matches!(parse_line(line).unwrap(), CommitLine::Header(h) if h.parent_commit.as_deref() == Some("abcde"))
        );
        let line = br#"{"key":"lfsFile","value":{"path":"w","algo":"sha256","oid":"00"}}"#;
        assert!(matches!(parse_line(line).unwrap(), CommitLine::LfsFile(l) if l.size.is_none()));
    }

    #[test]
    fn what_is_not_a_line_says_so() {
        for bad in [
            &b"{}"[..],
            b"",
            b"[]",
            br#"{"key":"nonsense","value":{}}"#,
            b"\xff",
            br#"{"key":"file","value":{}}"#,
        ] {
            assert!(matches!(parse_line(bad), Err(LineError::Shape(_))));
        }
        let line = br#"{"key":"file","value":{"content":"!","path":"a","encoding":"base64"}}"#;
        let CommitLine::File(file) = parse_line(line).unwrap() else { panic!("not a file") };
        assert_eq!(file.decode().unwrap_err().to_string(), "a: the content is not base64");
    }
}
