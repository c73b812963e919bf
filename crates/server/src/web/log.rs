//! The transparency log, for people: how far it is, what was logged last, and what of one work.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::See;
use seedcorn_commons::log::{self, Logged};
use seedcorn_core::limits;
use seedcorn_core::log::Happened;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use serde_json::Value;

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::show::{Count, Many, When};
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::api::ROOT;
use crate::app::App;
use crate::log::{MIRRORS, ROOT as FILES};
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// An entry as a line of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its number, and where its proof is; none for a moment after it happened.
    index: Option<(Count, String)>,
    when: When,
    happened: String,
    subject: String,
    /// The subject's page, if it has one.
    href: Option<String>,
    says: String,
}

/// How far the log is.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    size: Count,
    /// When it was signed.
    at: When,
    checkpoint: String,
    /// Who saw it.
    witnesses: Vec<Seen>,
    /// How many witnesses are asked.
    of: usize,
}

/// Who saw a checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    name: String,
    when: When,
}

/// A log of others that is kept here.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    origin: String,
    href: String,
    size: Count,
    when: When,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "log.html")]
pub(crate) struct LogPage {
    frame: Frame,
    /// None of a hub on which nothing was published yet.
    standing: Option<Standing>,
    /// Why the log does not go on; empty if it does.
    held: String,
    key: String,
    files: &'static str,
    api: String,
    /// Logs of others that are kept here.
    mirrors: Vec<Kept>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /log`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<LogPage>> {
    let before = query.get("before").and_then(|text| text.parse().ok());
    let entries = log::newest(&app.commons, before, limits::LOG_PAGE).await?;
    let next = entries.last().and_then(|last| last.index).filter(|index| *index > 0);
    let standing = log::standing(&app.commons).await?;
    let quorum = log::quorum(&app.commons).await?;
    let seen = quorum.seen.iter().map(|(name, at)| {
        let at = Time::from_secs(i64::try_from(*at).unwrap_or_default());
        Seen { name: name.clone(), when: When { at, now: visit.now } }
    });
    let held = standing.held.clone();
    let standing = match standing.at {
        None => None,
        Some(at) => Some(Standing {
            size: Count(standing.size),
            at: When { at, now: visit.now },
            checkpoint: log::checkpoint(&app.commons).await?,
            of: quorum.of,
            witnesses: seen.collect(),
        }),
    };
    let mirrors = log::mirrors(&app.commons).await?.into_iter().map(|one| Kept {
        origin: one.origin,
        href: format!("{MIRRORS}/{}/checkpoint", one.name),
        size: Count(u64::try_from(one.size).unwrap_or_default()),
        when: When { at: one.at, now: visit.now },
    });
    let about = format!("What happened to works on {}, in a log that can only grow.", visit.host());
    Ok(Page(LogPage {
        frame: visit.frame("The log", about, Here::Elsewhere),
        standing,
        held,
        key: log::key(&app.commons).to_string(),
        files: FILES,
        api: format!("{ROOT}/log"),
        mirrors: mirrors.collect(),
        rows: entries.iter().map(|entry| row(entry, &visit)).collect(),
        next: next.filter(|_| entries.len() == limits::LOG_PAGE).map(|index| format!("/log?before={index}")),
    }))
}

/// What was logged of a work.
#[derive(Debug, Template)]
#[template(path = "log_of_work.html")]
pub(crate) struct WorkLogPage {
    frame: Frame,
    head: Head,
    rows: Vec<Row>,
    next: Option<String>,
    api: String,
    /// What checks files against it.
    verify: String,
}

/// `GET …/log`.
pub(crate) async fn of_work(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<WorkLogPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, "main", Tab::History).await?;
    let before = query.get("before").and_then(|text| text.parse().ok());
    let entries = log::events(&app.commons, &opened.grant, before, limits::LOG_PAGE).await?;
    let next = entries.last().map(|last| last.event.place).filter(|place| *place > 0);
    let (kind, name) = (opened.head.kind, opened.head.full_name());
    let work = if kind == RepoKind::Model { name.clone() } else { format!("{}/{name}", kind.plural()) };
    Ok(Page(WorkLogPage {
        frame: opened.frame(&visit, "Log"),
        rows: entries.iter().map(|entry| row(entry, &visit)).collect(),
        next: next
            .filter(|_| entries.len() == limits::LOG_PAGE)
            .map(|place| format!("{}?before={place}", opened.head.urls.log())),
        api: format!("{ROOT}/{}/{name}/log", kind.plural()),
        verify: format!("seedcorn verify {work} --hub {} --local .", visit.base),
        head: Head { at: None, ..opened.head.clone() },
    }))
}

fn row(entry: &Logged, visit: &Visit) -> Row {
    let event = &entry.event;
    let (kind, name) = (RepoKind::from_word(&event.subject.kind), event.subject.name.clone());
    Row {
        index: entry.index.map(|index| (Count(index), format!("{ROOT}/log/entries/{index}/proof"))),
        when: When { at: entry.at().unwrap_or(visit.now), now: visit.now },
        happened: event.happened.word(),
        href: match kind {
            Some(kind) => Some(RepoUrls::new(kind, &name).card().to_owned()),
            None if event.subject.kind == "round" => Some(format!("/rounds/{name}")),
            None if ["member", "group"].contains(&event.subject.kind.as_str()) => Some(urls::signers(&name)),
            None => None,
        },
        subject: name,
        says: says(event.happened, &event.data),
    }
}

/// What an entry says, in a few words.
fn says(happened: Happened, data: &Value) -> String {
    let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| {
        let each = data[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        let all = each.collect::<Vec<_>>().join(", ");
        if all.is_empty() { "none".to_owned() } else { all }
    };
    let short = |oid: &str| oid.chars().take(7).collect::<String>();
    match happened {
        Happened::Revision | Happened::Tag => {
            let name = text("ref");
            let name = name
                .rsplit_once("heads/")
                .or(name.rsplit_once("tags/"))
                .map_or(name.as_str(), |(_, name)| name);
            match data["commit"].as_str() {
                None => format!("{name} is gone"),
                Some(oid) => match data["files"].as_u64() {
                    Some(files) => format!("{name} is at {}, {}", short(oid), Many(files, "file")),
                    None => format!("{name} is at {}", short(oid)),
                },
            }
        }
        Happened::License => format!("{}, was {}", list("license"), list("before")),
        Happened::Openness => {
            let class = match data["grade"]["class"].as_u64() {
                Some(3) => "class I",
                Some(2) => "class II",
                Some(1) => "class III",
                _ => "no class",
            };
            let parts = data["grade"]["parts"].as_u64().unwrap_or_default();
            format!("{class}, {}", Many(parts, "part"))
        }
        Happened::Visibility if data["private"] == true => "not everybody may see it any more".to_owned(),
        Happened::Visibility | Happened::Publish => match text("gated").as_str() {
            "" => "everybody may see it".to_owned(),
            _ => "everybody may see it; files on request".to_owned(),
        },
        Happened::Rename => format!("was {}", text("from")),
        Happened::Funding => {
            format!("{}, tally {}", text("state"), data["tally"].as_i64().unwrap_or_default())
        }
        Happened::Takedown if data["by"] == "hub" => "whoever runs the hub took it down".to_owned(),
        Happened::Takedown => "it is gone".to_owned(),
        Happened::Rewrite => {
            let count = |key: &str| data[key].as_u64().unwrap_or_default();
            format!(
                "{} forgotten, {} written anew",
                Many(count("files"), "file"),
                Many(count("commits"), "commit")
            )
        }
        Happened::Restore => "everybody may see it again".to_owned(),
        Happened::ScanRules => {
            format!("files are judged by rules {}", data["rules"].as_i64().unwrap_or_default())
        }
        Happened::KeyRegister => format!("signs with a {} from now on", text("kind")),
        Happened::KeyRevoke => format!("signs with a {} no longer", text("kind")),
        Happened::Signature => {
            let files = Many(data["files"].as_u64().unwrap_or_default(), "file");
            let owner = if data["by_owner"] == true { ", by its owner" } else { "" };
            format!("{} at {}, {files}{owner}", text("verdict").replace('-', " "), short(&text("commit")))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
fn rows() -> Vec<Row> {
    use super::samples::{href, text, when};
    let row = |index, href| Row {
        index,
        when: when(),
        happened: "revision".into(),
        subject: text(),
        href,
        says: text(),
    };
    vec![row(Some((Count(70_411), href())), Some(href())), row(None, None)]
}

#[cfg(test)]
impl LogPage {
    /// One with entries, and one of a hub on which nothing happened.
    pub(crate) fn samples() -> Vec<LogPage> {
        use super::samples::{href, member, stranger, text, when};
        let full = LogPage {
            frame: member(Here::Elsewhere),
            standing: Some(Standing {
                size: Count(70_412),
                at: when(),
                checkpoint: text(),
                witnesses: vec![Seen { name: text(), when: when() }],
                of: 3,
            }),
            held: text(),
            key: text(),
            files: FILES,
            api: href(),
            mirrors: vec![Kept { origin: text(), href: href(), size: Count(7), when: when() }],
            rows: rows(),
            next: Some(href()),
        };
        let alone = LogPage {
            standing: Some(Standing {
                size: Count(1),
                at: when(),
                checkpoint: text(),
                witnesses: Vec::new(),
                of: 0,
            }),
            held: String::new(),
            frame: stranger(Here::Elsewhere),
            key: text(),
            files: FILES,
            api: href(),
            mirrors: Vec::new(),
            rows: rows(),
            next: None,
        };
        let empty = LogPage {
            frame: stranger(Here::Elsewhere),
            standing: None,
            held: String::new(),
            key: text(),
            files: FILES,
            api: href(),
            mirrors: Vec::new(),
            rows: Vec::new(),
            next: None,
        };
        vec![full, alone, empty]
    }
}

#[cfg(test)]
impl WorkLogPage {
    /// Of a work with entries, and of one of which nothing is logged.
    pub(crate) fn samples() -> Vec<WorkLogPage> {
        use super::samples::{head, href, member, stranger, text};
        use seedcorn_core::repo::RepoKind::Model;
        let page = |frame, private, rows: Vec<Row>| WorkLogPage {
            frame,
            head: Head { at: None, private, ..head(Model, Tab::History) },
            next: (!rows.is_empty()).then(href),
            rows,
            api: href(),
            verify: text(),
        };
        vec![
            page(stranger(Here::Kind(Model)), false, rows()),
            page(member(Here::Kind(Model)), true, Vec::new()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_in_words() {
        let oid = "9f31c0a0".repeat(5);
        for (happened, data, words) in [
            (
                Happened::Revision,
                json!({"ref": "refs/heads/main", "commit": oid, "files": 1}),
                "main is at 9f31c0a, 1 file",
            ),
            (Happened::Revision, json!({"ref": "refs/heads/a/b", "commit": null}), "a/b is gone"),
            (Happened::Tag, json!({"ref": "refs/tags/v1", "commit": oid}), "v1 is at 9f31c0a"),
            (Happened::License, json!({"license": ["mit"], "before": []}), "mit, was none"),
            (Happened::Openness, json!({"grade": {"class": 1, "parts": 9}}), "class III, 9 parts"),
            (
                Happened::Visibility,
                json!({"private": true, "gated": ""}),
                "not everybody may see it any more",
            ),
            (Happened::Publish, json!({"gated": "manual"}), "everybody may see it; files on request"),
            (Happened::Rename, json!({"from": "a/b", "to": "a/c"}), "was a/b"),
            (Happened::Funding, json!({"state": "posted", "tally": 2}), "posted, tally 2"),
            (Happened::Takedown, json!({}), "it is gone"),
            (
                Happened::Rewrite,
                json!({"files": 1, "commits": 3}),
                "1 file forgotten, 3 commits written anew",
            ),
            (Happened::KeyRevoke, json!({"kind": "key"}), "signs with a key no longer"),
            (
                Happened::Signature,
                json!({"verdict": "wrong-content", "commit": oid, "files": 2, "by_owner": true}),
                "wrong content at 9f31c0a, 2 files, by its owner",
            ),
        ] {
            assert_eq!(says(happened, &data), words);
        }
    }
}
