//! What is told of what happened: the third version of the Hub's webhooks (`huggingface_hub`, `WebhookPayload`). Addresses begin with `/`
//! until it is sent, since nobody knows before by which name the hub is reached.

use seedcorn_core::limits;
use seedcorn_db::repos::Repo;
use seedcorn_db::{Tx, discussions, git};
use serde_json::{Map, Value, json};

use super::Happened;
use crate::Result;
use crate::discuss::COMMENT;
use crate::objects::MAIN;

/// The whole of it, but for which webhook it is.
pub(super) async fn of(tx: &mut Tx, repo: &Repo, what: Happened<'_>) -> Result<Value> {
    let mut told = Map::new();
    let (action, scope) = match what {
        Happened::Made => ("create", "repo"),
        Happened::Gone => ("delete", "repo"),
        Happened::Renamed(to) => {
            let to = json!({ "name": to.full_name(), "owner": { "id": to.namespace.as_str() } });
            told.insert("movedTo".into(), to);
            ("move", "repo")
        }
        Happened::Set => ("update", "repo.config"),
        Happened::Moved(name, before, after) => {
            let text = |oid: Option<&seedcorn_core::digest::Oid>| oid.map(ToString::to_string);
            let one = json!({ "ref": name, "oldSha": text(before), "newSha": text(after) });
            told.insert("updatedRefs".into(), json!([one]));
            ("update", "repo.content")
        }
        Happened::Said(number, event) => said(tx, repo, (number, event), &mut told).await?,
        Happened::Edited(number, event) => {
            said(tx, repo, (number, event), &mut told).await?;
            ("update", "discussion.comment")
        }
    };
    told.insert("event".into(), json!({ "action": action, "scope": scope }));
    let head = git::find_ref(tx, &repo.id, MAIN).await?.map(|oid| oid.to_string());
    told.insert("repo".into(), of_repo(repo, head));
    Ok(Value::Object(told))
}

fn of_repo(repo: &Repo, head: Option<String>) -> Value {
    let name = repo.full_name();
    json!({
        "id": repo.id.as_str(),
        "type": repo.kind.word(),
        "name": name,
        "private": repo.private,
        "headSha": head,
        "owner": { "id": repo.namespace.as_str() },
        "url": {
            "web": page(repo),
            "api": format!("/api/{}/{name}", repo.kind.plural()),
        },
    })
}

fn page(repo: &Repo) -> String {
    format!("/{}{}", repo.kind.prefix(), repo.full_name())
}

/// What happened in a discussion, and what that is called.
async fn said(
    tx: &mut Tx,
    repo: &Repo,
    (number, id): (i64, &str),
    told: &mut Map<String, Value>,
) -> Result<(&'static str, &'static str)> {
    let Some(row) = discussions::find(tx, &repo.id, number).await? else {
        return Ok(("update", "discussion"));
    };
    let page = format!("{}/discussions/{number}", page(repo));
    let api = format!("/api/{}/{}/discussions/{number}", repo.kind.plural(), repo.full_name());
    let mut discussion = json!({
        "id": format!("{}-{number}", repo.id),
        "num": number,
        "title": row.title,
        "status": row.status,
        "isPullRequest": row.is_pull(),
        "author": { "id": row.author.as_str(), "name": row.name },
        "url": { "web": page, "api": api },
    });
    if row.is_pull() {
        discussion["changes"] = json!({ "base": row.base, "mergeCommitId": row.merged });
    }
    told.insert("discussion".into(), discussion);
    let event = discussions::find_event(tx, &repo.id, number, id).await?;
    let Some(event) = event.filter(|event| event.kind == COMMENT) else {
        return Ok(("update", "discussion"));
    };
    let hidden = event.hidden.is_some();
    let text: String = event.says.chars().take(limits::HOOK_TEXT_CHARS).collect();
    let comment = json!({
        "id": event.id,
        "author": { "id": event.author.as_str(), "name": event.name },
        "hidden": hidden,
        "content": (!hidden).then_some(text),
        "url": { "web": format!("{page}#e{}", event.place) },
    });
    told.insert("comment".into(), comment);
    Ok(if event.place == 1 { ("create", "discussion") } else { ("create", "discussion.comment") })
}

/// The same with addresses that anybody can follow.
pub(super) fn absolute(told: &mut Value, base: &str) {
    for part in ["repo", "discussion", "comment"] {
        let Some(Value::Object(url)) = told.get_mut(part).and_then(|part| part.get_mut("url")) else {
            continue;
        };
        for address in url.values_mut() {
            if let Value::String(text) = address {
                text.insert_str(0, base);
            }
        }
    }
}
