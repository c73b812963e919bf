//! What the demo's members used before, and who trusts whom: what credit begins with.

use std::collections::BTreeMap;

use seedcorn_core::repo::RepoKind;
use seedcorn_core::usage::{Day, Sort};
use seedcorn_db::repos::{self, Named};
use seedcorn_db::usage::{self as rows, Taken};
use seedcorn_db::{Tx, members};

use crate::{Commons, Refusal, Result, usage};

/// Who sits on which panel.
const SEATS: [(&str, &str); 2] = [("stewards", "demo-keeper"), ("readers", "demo-reader")];
/// Who vouches for whom.
const VOUCHINGS: [(&str, &str); 4] = [
    ("demo-keeper", "demo-reader"),
    ("demo-reader", "demo-keeper"),
    ("demo-keeper", "demo-student"),
    ("demo-reader", "demo-student"),
];
/// Who used what, on how many days.
const USES: [(&str, RepoKind, &str, i64); 5] = [
    ("demo-student", RepoKind::Model, "field-notes/acorn-tiny-notes", 12),
    ("demo-student", RepoKind::Dataset, "field-notes/garden-observations", 3),
    ("demo-student", RepoKind::Model, "acorn-lab/acorn-tiny", 2),
    ("demo-reader", RepoKind::Model, "acorn-lab/acorn-tiny", 5),
    ("demo-reader", RepoKind::Paper, "acorn-lab/one-season", 1),
];
/// Bytes that are use of any work.
const BYTES: i64 = 64 << 20;

/// Writes it down, every other day before today.
pub(super) async fn seed(commons: &Commons) -> Result<()> {
    let today = Day::of(commons.now());
    let mut tx = commons.db.write().await?;
    let mut ids = BTreeMap::new();
    for name in USES.iter().map(|one| one.0).chain(SEATS.iter().map(|one| one.1)) {
        let found = members::find(&mut tx, name).await?.ok_or_else(|| missing(name))?;
        ids.insert(name, found.id);
    }
    let id = |name: &str| ids.get(name).ok_or_else(|| missing(name));
    for (panel, name) in SEATS {
        rows::seat(&mut tx, panel, id(name)?).await?;
    }
    for (by, of) in VOUCHINGS {
        rows::vouch(&mut tx, id(by)?, id(of)?, commons.now().0).await?;
    }
    for name in USES.iter().map(|one| one.0) {
        rows::set_counts(&mut tx, id(name)?, true).await?;
    }
    for (name, kind, work, days) in USES {
        let who = id(name)?.to_string();
        add(&mut tx, &who, (kind, work), (1..=days).map(|n| Day(today.0 - 2 * n))).await?;
    }
    tx.commit().await?;
    usage::sum_up(commons).await?;
    Ok(())
}

async fn add(
    tx: &mut Tx,
    who: &str,
    (kind, work): (RepoKind, &str),
    days: impl Iterator<Item = Day>,
) -> Result<()> {
    let Named::Repo(repo) = repos::find(tx, kind, work).await? else { return Err(missing(work)) };
    for day in days {
        let (repo, who) = (repo.id.clone(), who.to_owned());
        rows::add(tx, &Taken { repo, day, who, sort: Sort::Member.word(), requests: 1, bytes: BYTES })
            .await?;
    }
    Ok(())
}

fn missing(name: &str) -> Refusal {
    Refusal::Broken(anyhow::anyhow!("the demo has no {name}"))
}
