//! What a round is made from: gifts in its book, who controls the works, and their credit.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::fund::ledger::{Account, Act};
use seedcorn_core::fund::{Eligible, Given, Inputs};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::rounds as rows;
use seedcorn_db::{Tx, credit as affiliations};

use super::{Round, work_name};
use crate::Result;
use crate::credit::{Credit, Name};

/// What a round is made from: gifts in its book, who controls the works, and their credit.
pub(super) async fn inputs(tx: &mut Tx, round: &Round, credit: Option<&Credit>) -> Result<Inputs> {
    let owners: BTreeSet<String> = round.entrants.iter().map(|entrant| entrant.namespace.clone()).collect();
    let mut teams: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in affiliations::member_names(tx, &owners.into_iter().collect::<Vec<_>>()).await? {
        teams.entry(row.team).or_default().insert(row.member);
    }
    let mut controllers = BTreeMap::new();
    let mut donations = Vec::new();
    let given = gifts(tx, round).await?;
    for entrant in round.entrants.iter().filter(|entrant| round.refuses(entrant).is_none()) {
        let work = work_name(entrant);
        controllers.insert(work.clone(), entrant.owner.clone());
        let team = teams.get(&entrant.namespace);
        for (donor, amount) in given.get(&entrant.repo).into_iter().flatten() {
            // What a group gives itself is nobody's gift.
            if *amount > 0 && !team.is_some_and(|team| team.contains(donor)) {
                donations.push(Given { donor: donor.clone(), project: work.clone(), amount: *amount });
            }
        }
    }
    let credit = match credit {
        Some(credit) => credits(tx, round, credit).await?,
        None => BTreeMap::new(),
    };
    Ok(Inputs { donations, controllers, credit })
}

/// What each donor gave to each work, by the book, less what was given back. A work that has another name by now is the same.
async fn gifts(tx: &mut Tx, round: &Round) -> Result<BTreeMap<RepoId, BTreeMap<String, u64>>> {
    let mut works: BTreeMap<String, RepoId> = BTreeMap::new();
    for name in rows::names(tx, &round.row.id).await? {
        let Some(kind) = RepoKind::from_word(&name.kind) else { continue };
        works.insert(format!("{}/{}", kind.plural(), name.spelled), name.repo);
    }
    let mut all: BTreeMap<RepoId, BTreeMap<String, u64>> = BTreeMap::new();
    let work = |name: &String| works.get(name).cloned();
    for line in round.book.lines() {
        let Act::Transfer(transfers) = &line.entry.act else { continue };
        for one in transfers {
            match (&one.debit, &one.credit) {
                (Account::Pledged(donor), Account::Escrow(name)) => {
                    let Some(work) = work(name) else { continue };
                    *all.entry(work).or_default().entry(donor.clone()).or_default() += one.amount;
                }
                (Account::Escrow(name), Account::Pledged(donor)) => {
                    let Some(work) = work(name) else { continue };
                    let given = all.entry(work).or_default().entry(donor.clone()).or_default();
                    *given = given.saturating_sub(one.amount);
                }
                _ => {}
            }
        }
    }
    Ok(all)
}

/// The credit of works that take part, and where the round says so of whatever others build upon.
async fn credits(tx: &mut Tx, round: &Round, credit: &Credit) -> Result<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for entrant in round.entrants.iter().filter(|entrant| round.refuses(entrant).is_none()) {
        let keeps = credit.keeps(&entrant.repo);
        if keeps > 0 {
            all.insert(work_name(entrant), keeps);
        }
    }
    if !round.rules.upstream {
        return Ok(all);
    }
    let entered: BTreeSet<&str> = round.entrants.iter().map(|entrant| entrant.repo.as_str()).collect();
    let most = credit.most(limits::ROUND_UPSTREAM_MAX);
    let here: Vec<_> = most.iter().filter_map(|(work, _)| work.here()).cloned().collect();
    let known = rows::candidates(tx, &here).await?;
    let known_names = known_names(tx, &most).await?;
    for (work, keeps) in most {
        let name = match work.here() {
            // Of what is not here nobody knows whether it is eligible.
            None if round.rules.eligible != Eligible::default() => continue,
            // One that is hidden or deleted has no part under its name.
            None if known_names.contains(&work.text().to_lowercase()) => continue,
            None => work.text(),
            Some(id) if entered.contains(id.as_str()) => continue,
            Some(id) => match known.iter().find(|one| one.repo == *id) {
                Some(one) if round.refuses(one).is_none() => work_name(one),
                _ => continue,
            },
        };
        // A name that no account can have is one that nobody could claim.
        if format!("escrow/{name}").parse::<Account>().is_ok() {
            all.insert(name, keeps);
        }
    }
    Ok(all)
}

/// Which of the works that are not here have the name of one that is or was here, in lower case.
async fn known_names(tx: &mut Tx, works: &[(&Name, u64)]) -> Result<BTreeSet<String>> {
    let outside = works.iter().filter(|(work, _)| work.here().is_none());
    let named = outside.filter_map(|(work, _)| Some(work.text().split_once('/')?.1.to_lowercase()));
    let named: Vec<String> = named.collect();
    let known = rows::known(tx, &named).await?.into_iter();
    let spelled =
        known.filter_map(|(kind, name)| Some(format!("{}/{name}", RepoKind::from_word(&kind)?.plural())));
    Ok(spelled.collect())
}
