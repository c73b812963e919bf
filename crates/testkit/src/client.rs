//! A member who talks to a hub over plain HTTP: what the tests need of the Hub API, git-lfs and the Xet store.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::http::{Reply, ask};
use crate::xet;

/// A member's view of a hub.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the hub listens.
    pub address: SocketAddr,
    /// The member's token.
    pub token: String,
}

/// A way into the Xet store: a token for one repo.
#[derive(Clone, Debug)]
pub struct XetDoor {
    /// The path of the store.
    pub path: String,
    /// The token.
    pub token: String,
}

/// The path of an address of the hub.
fn path_of(address: &str) -> anyhow::Result<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (_, path) = rest.split_once('/').with_context(|| format!("{address:?} has no path"))?;
    Ok(format!("/{path}"))
}

fn field<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no {pointer} in {value}"))
}

fn good(reply: Reply) -> anyhow::Result<Value> {
    if reply.status != 200 {
        bail!("the hub answered {}: {}", reply.status, reply.text());
    }
    serde_json::from_slice(&reply.body).with_context(|| format!("not JSON: {}", reply.text()))
}

/// The header line of a commit.
pub fn header(summary: &str) -> Value {
    json!({ "key": "header", "value": { "summary": summary, "description": "" } })
}

/// The line of a commit for a file sent before.
pub fn large_file(path: &str, bytes: &[u8]) -> Value {
    let oid = xet::hex(&xet::sha256(bytes));
    json!({ "key": "lfsFile", "value": { "path": path, "algo": "sha256", "oid": oid, "size": bytes.len() } })
}

/// The line of a commit for a file of text that is in it.
pub fn text_file(path: &str, text: &str) -> Value {
    json!({ "key": "file", "value": { "path": path, "content": text, "encoding": "utf-8" } })
}

/// Lines of a commit as they are sent.
pub fn lines(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

impl Client {
    /// A request with the member's token.
    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<Reply> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        ask(self.address, method, path, &headers, body)
    }

    /// GET of JSON, which must go well.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        good(self.ask("GET", path, b"")?)
    }

    /// Makes a model repo in the member's own namespace, or in a group's.
    pub fn create(&self, repo: &str, private: bool) -> anyhow::Result<()> {
        let (owner, name) = repo.split_once('/').context("a repo is namespace/name")?;
        let body = json!({ "name": name, "organization": owner, "private": private, "type": "model" });
        good(self.ask("POST", "/api/repos/create", body.to_string().as_bytes())?).map(|_| ())
    }

    /// Commits these lines to a branch.
    pub fn commit(&self, repo: &str, branch: &str, body: &[u8]) -> anyhow::Result<Reply> {
        self.ask("POST", &format!("/api/models/{repo}/commit/{branch}"), body)
    }

    /// Commits these lines to main, which must go well; the commit's id.
    pub fn must_commit(&self, repo: &str, changes: &[Value]) -> anyhow::Result<String> {
        let answer = good(self.commit(repo, "main", &lines(changes))?)?;
        Ok(field(&answer, "/commitOid")?.to_owned())
    }

    /// The answer to an LFS upload batch for one object.
    pub fn batch(&self, repo: &str, bytes: &[u8], transfers: &[&str]) -> anyhow::Result<Value> {
        let oid = xet::hex(&xet::sha256(bytes));
        let objects = [json!({ "oid": oid, "size": bytes.len() })];
        let body = json!({ "operation": "upload", "transfers": transfers, "objects": objects });
        let path = format!("/{repo}.git/info/lfs/objects/batch");
        good(self.ask("POST", &path, body.to_string().as_bytes())?)
    }

    /// Where a whole file is to be put by LFS.
    pub fn lfs_path(&self, repo: &str, bytes: &[u8]) -> anyhow::Result<String> {
        let answer = self.batch(repo, bytes, &["basic"])?;
        path_of(field(&answer, "/objects/0/actions/upload/href")?)
    }

    /// Sends a whole file by LFS, which must go well.
    pub fn must_put(&self, repo: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let reply = ask(self.address, "PUT", &self.lfs_path(repo, bytes)?, &[], bytes)?;
        if reply.status != 200 {
            bail!("the hub answered {}: {}", reply.status, reply.text());
        }
        Ok(())
    }

    /// Where a large file goes by LFS in parts: a path for each part, and the one where the end is told.
    pub fn lfs_parts(&self, repo: &str, bytes: &[u8]) -> anyhow::Result<(Vec<String>, String)> {
        let answer = self.batch(repo, bytes, &["basic", "multipart"])?;
        let upload = answer.pointer("/objects/0/actions/upload").context("no upload is asked for")?;
        let header = upload.get("header").and_then(Value::as_object).context("the upload has no header")?;
        let parts = header.iter().filter(|(name, _)| *name != "chunk_size");
        let mut parts: Vec<(u32, &str)> = parts
            .map(|(name, value)| Ok((name.parse()?, value.as_str().context("no address")?)))
            .collect::<anyhow::Result<_>>()?;
        parts.sort_unstable();
        let parts = parts.into_iter().map(|(_, address)| path_of(address)).collect::<anyhow::Result<_>>()?;
        Ok((parts, path_of(field(upload, "/href")?)?))
    }

    /// A way into the Xet store, to read or to write.
    pub fn xet(&self, repo: &str, what: &str) -> anyhow::Result<XetDoor> {
        let answer = self.get(&format!("/api/models/{repo}/xet-{what}-token/main"))?;
        let token = field(&answer, "/accessToken")?.to_owned();
        Ok(XetDoor { path: path_of(field(&answer, "/casUrl")?)?, token })
    }

    /// A request to the Xet store.
    pub fn ask_xet(&self, door: &XetDoor, method: &str, path: &str, body: &[u8]) -> anyhow::Result<Reply> {
        let bearer = format!("Bearer {}", door.token);
        let path = format!("{}{path}", door.path);
        ask(self.address, method, &path, &[("Authorization", bearer.as_str())], body)
    }

    /// Posts a xorb under a hash.
    pub fn post_xorb(&self, door: &XetDoor, hash: &[u8; 32], body: &[u8]) -> anyhow::Result<Reply> {
        self.ask_xet(door, "POST", &format!("/v1/xorbs/default/{}", xet::spelled(hash)), body)
    }

    /// Posts a shard.
    pub fn post_shard(&self, door: &XetDoor, body: &[u8]) -> anyhow::Result<Reply> {
        self.ask_xet(door, "POST", "/v1/shards", body)
    }

    /// Asks for a file at the head of main.
    pub fn read(&self, repo: &str, path: &str) -> anyhow::Result<Reply> {
        self.ask("GET", &format!("/{repo}/resolve/main/{path}"), b"")
    }

    /// The ids of the commits of main, newest first.
    pub fn history(&self, repo: &str) -> anyhow::Result<Vec<String>> {
        let mut ids = Vec::new();
        for page in 0.. {
            let items = self.get(&format!("/api/models/{repo}/commits/main?limit=1000&p={page}"))?;
            let items = items.as_array().context("no list of commits")?;
            for item in items {
                ids.push(field(item, "/id")?.to_owned());
            }
            if items.len() < 1000 {
                break;
            }
        }
        Ok(ids)
    }
}
