//! Ada publishes: repos of any kind, with any words in their commits.

use base64::Engine;
use serde_json::json;

use crate::world::World;

/// What Ada publishes to a repo of hers, which is made when there is none.
pub(crate) struct Work<'a> {
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    pub(crate) private: bool,
    pub(crate) summary: &'a str,
    pub(crate) files: &'a [(&'a str, Vec<u8>)],
}

/// A public model with one file.
pub(crate) fn model<'a>(name: &'a str, files: &'a [(&'a str, Vec<u8>)]) -> Work<'a> {
    Work { kind: "model", name, private: false, summary: "Add files", files }
}

impl World {
    pub(crate) async fn publish(&self, work: Work<'_>) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let create =
            json!({ "name": work.name, "type": work.kind, "private": work.private, "sdk": "static" });
        let made = self.ask("POST", "/api/repos/create", &headers, &create.to_string()).await;
        assert!(matches!(made.status.as_u16(), 200 | 409), "{}", made.text);
        let mut lines = json!({ "key": "header", "value": { "summary": work.summary } }).to_string();
        for (path, bytes) in work.files {
            let content = base64::prelude::BASE64_STANDARD.encode(bytes);
            let file = json!({ "path": path, "content": content, "encoding": "base64" });
            lines.push_str(&format!("\n{}", json!({ "key": "file", "value": file })));
        }
        let at = format!("/api/{}s/ada/{}/commit/main", work.kind, work.name);
        let answer = self.ask("POST", &at, &headers, &lines).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    }

    /// Changes a setting of a repo of Ada's.
    pub(crate) async fn set(&self, repo: &str, body: &str) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let answer = self.ask("PUT", &format!("/api/{repo}/settings"), &headers, body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    }
}
