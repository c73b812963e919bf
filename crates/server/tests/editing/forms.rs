//! Forms with files as a browser sends them, and what is in the repo afterwards.

use serde_json::Value;

use crate::world::{Answer, World};

pub(crate) const BOUNDARY: &str = "----WebKitFormBoundaryq3v8";

/// A form with files: fields, then files, as they stand on the page.
pub(crate) fn body(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        let head =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        out.extend_from_slice(head.as_bytes());
    }
    for (name, bytes) in files {
        // As browsers do (HTML standard, "multipart/form-data encoding algorithm").
        let name = name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    out
}

impl World {
    /// Sends files as a member's browser does.
    pub(crate) async fn upload(
        &self,
        who: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        self.upload_body(who, path, body(fields, files)).await
    }

    pub(crate) async fn upload_body(&self, who: &str, path: &str, body: Vec<u8>) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [
            ("content-type", kind.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("cookie", self.cookie(who)),
        ];
        self.ask("POST", path, &headers, body).await
    }

    /// The bytes of a file of the open repo, as text.
    pub(crate) async fn file(&self, revision: &str, path: &str) -> String {
        let answer = self.ask("GET", &format!("/team/open/resolve/{revision}/{path}"), &[], "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    /// What the API says of the files of the open repo.
    pub(crate) async fn tree(&self, revision: &str) -> Vec<Value> {
        let path = format!("/api/models/team/open/tree/{revision}?recursive=true");
        serde_json::from_str(&self.ask("GET", &path, &[], "").await.text).unwrap()
    }

    /// Every path of the open repo, those of large files with a star.
    pub(crate) async fn paths(&self, revision: &str) -> Vec<String> {
        let files = self.tree(revision).await.into_iter().filter(|entry| entry["type"] == "file");
        let star = |entry: &Value| if entry.get("lfs").is_some() { "*" } else { "" };
        files.map(|entry| format!("{}{}", entry["path"].as_str().unwrap(), star(&entry))).collect()
    }

    /// Titles of the open repo's commits, newest first, and the newest one's id.
    pub(crate) async fn titles(&self, revision: &str) -> (Vec<String>, String) {
        let path = format!("/api/models/team/open/commits/{revision}");
        let all: Vec<Value> = serde_json::from_str(&self.ask("GET", &path, &[], "").await.text).unwrap();
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
        (all.iter().map(|entry| text(entry, "title")).collect(), text(&all[0], "id"))
    }
}

/// A form as browsers encode it.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    let code = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", code(name), code(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The value that a field of a page has: of an input, a chosen option, or a text field.
pub(crate) fn value(page: &str, name: &str) -> String {
    let (all, _) = crate::html::elements(page);
    let named = all.iter().find(|one| one.get("name") == Some(name));
    let field = named.unwrap_or_else(|| panic!("no field {name} in {page}"));
    match field.name.as_str() {
        // A parser drops the line break right behind the tag.
        "textarea" => field.text.clone(),
        _ => field.get("value").unwrap_or_default().to_owned(),
    }
}
