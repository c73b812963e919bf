//! What credit was computed from, as tables: whoever reads them computes the same with no hub.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_core::usage::Day;
use seedcorn_db::repos;
use tokio::sync::Mutex;

use super::read::{Prepared, Read};
use crate::{Commons, Refusal, Result, compute};

/// Tables in CSV, as `seedcorn credit run` reads them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tables {
    /// Versions of works: what each is known by, the name of its work if everybody may see it, who controls it, when it came.
    pub nodes: String,
    /// What builds upon what, and in which way.
    pub edges: String,
    /// What trusted use of each comes to.
    pub seeds: String,
}

/// What tables were made from last, and when.
pub(crate) type Drawn = Arc<Mutex<Option<(Time, Arc<Prepared>)>>>;

/// All that credit is computed from, as it was a while ago at most. Names are those that everybody may see now.
///
/// # Errors
/// `TooLarge` for a hub with more works or derivations than are written out.
pub async fn tables(commons: &Commons) -> Result<Tables> {
    let drawn = drawn(commons).await?;
    let most = limits::CREDIT_TABLE_ROWS_MAX;
    let counted = drawn.clone();
    let edges = compute(move || counted.versions.derivations(&counted.spans).len()).await?;
    if drawn.versions.count().max(edges) > most {
        return Err(Refusal::TooLarge(format!("tables of more than {most} rows are not written out here")));
    }
    let here: Vec<RepoId> = drawn.names.iter().filter_map(|name| name.here()).cloned().collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut tx = commons.db.look().await?;
    for page in here.chunks(limits::CREDIT_PAGE as usize) {
        for repo in repos::list_seen_by_id(&mut tx, page, &[], false).await? {
            names.insert(repo.id.0.clone(), format!("{}/{}", repo.kind.plural(), repo.full_name()));
        }
    }
    drop(tx);
    compute(move || write(&drawn, &names)).await
}

async fn drawn(commons: &Commons) -> Result<Arc<Prepared>> {
    // Whoever comes meanwhile waits for the same.
    let mut last = commons.credit_tables.lock().await;
    let now = commons.now();
    if let Some((_, drawn)) = last.as_ref().filter(|(at, _)| now < at.plus_secs(limits::CREDIT_SECS)) {
        return Ok(drawn.clone());
    }
    let mut tx = commons.db.look().await?;
    let read = Read::all(&mut tx, Day::of(now)).await?;
    drop(tx);
    let drawn = Arc::new(compute(move || read.prepare()).await?);
    *last = Some((now, drawn.clone()));
    Ok(drawn)
}

fn write(drawn: &Prepared, names: &BTreeMap<String, String>) -> Tables {
    let mut tables = Tables {
        nodes: "id,name,controller,created\n".into(),
        edges: "child,parent,type\n".into(),
        seeds: "id,amount\n".into(),
    };
    let ids: Vec<String> =
        (0..drawn.versions.count() as u32).map(|version| cell(&drawn.id(version))).collect();
    let id = |version: u32| &ids[version as usize];
    for version in 0..ids.len() as u32 {
        let name = drawn.names[drawn.versions.work(version) as usize].text();
        let name = names.get(&name).map_or("", String::as_str);
        let (controller, since) = (drawn.controller(version), drawn.versions.since(version));
        // Writing to a string cannot fail.
        let _ = writeln!(tables.nodes, "{},{},{controller},{since}", id(version), cell(name));
        let seed = drawn.seeds[version as usize];
        if seed > 0 {
            let _ = writeln!(tables.seeds, "{},{seed}", id(version));
        }
    }
    for edge in drawn.versions.derivations(&drawn.spans) {
        let _ = writeln!(tables.edges, "{},{},{}", id(edge.child), id(edge.parent), edge.kind.word());
    }
    tables
}

/// A text as a cell of CSV (RFC 4180).
fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
