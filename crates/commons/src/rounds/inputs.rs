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
use crate::credit::{Credit, Name, elsewhere};

/// What a round is made from: gifts in its book, who controls the works, and their credit.
pub(super) async fn inputs(tx: &mut Tx, round: &Round, credit: Option<&Credit>) -> Result<Inputs> {
    let upstream = match credit {
        Some(credit) if round.rules.upstream => upstream(tx, round, credit).await?,
        _ => Vec::new(),
    };
    let entrants: Vec<_> = round.entrants.iter().filter(|entrant| round.refuses(entrant).is_none()).collect();
    let entered = entrants.iter().map(|entrant| &entrant.namespace);
    let owners: BTreeSet<&String> =
        entered.chain(upstream.iter().filter_map(|one| one.namespace.as_ref())).collect();
    let teams =
        Teams::of(&affiliations::member_names(tx, &owners.into_iter().cloned().collect::<Vec<_>>()).await?);
    let mut inputs = Inputs { donations: Vec::new(), controllers: BTreeMap::new(), credit: BTreeMap::new() };
    let given = gifts(tx, round).await?;
    for entrant in entrants {
        let work = work_name(entrant);
        for (donor, amount) in given.get(&entrant.repo).into_iter().flatten() {
            // What a group gives itself is nobody's gift.
            if *amount > 0 && !teams.has(&entrant.namespace, donor) {
                inputs.donations.push(Given { donor: donor.clone(), project: work.clone(), amount: *amount });
            }
        }
        let keeps = credit.map_or(0, |credit| credit.keeps(&entrant.repo));
        if keeps > 0 {
            inputs.credit.insert(work.clone(), keeps);
        }
        inputs.controllers.insert(work, teams.controller(&entrant.namespace, &entrant.owner));
    }
    for one in upstream {
        let controller = match &one.namespace {
            Some(namespace) => teams.controller(namespace, &one.owner),
            None => one.owner,
        };
        inputs.credit.insert(one.work.clone(), one.keeps);
        inputs.controllers.insert(one.work, controller);
    }
    Ok(inputs)
}

/// Members of groups, and who runs each alone.
struct Teams {
    members: BTreeMap<String, BTreeSet<String>>,
    alone: BTreeMap<String, String>,
}

impl Teams {
    fn of(rows: &[affiliations::Named]) -> Teams {
        let mut teams = Teams { members: BTreeMap::new(), alone: BTreeMap::new() };
        for group in rows.chunk_by(|a, b| a.team == b.team) {
            let (team, names) = (&group[0].team, group.iter().map(|row| row.member.clone()));
            teams.members.insert(team.clone(), names.collect());
            let mut admins = group.iter().filter(|row| row.admin);
            if let (Some(only), None) = (admins.next(), admins.next()) {
                teams.alone.insert(team.clone(), only.member.clone());
            }
        }
        teams
    }

    fn has(&self, team: &str, member: &str) -> bool {
        self.members.get(team).is_some_and(|members| members.contains(member))
    }

    /// Whose all is under one cap: a group that one member alone runs is that member's, as it is where credit flows.
    fn controller(&self, namespace: &str, owner: &str) -> String {
        self.alone.get(namespace).map_or(owner, String::as_str).to_owned()
    }
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

/// A work that takes part because others build upon it.
struct Upstream {
    work: String,
    keeps: u64,
    /// Whose it is, by id; none where nobody here has that name.
    namespace: Option<String>,
    /// By name.
    owner: String,
}

/// Works with credit that nobody entered, where they may have a part.
async fn upstream(tx: &mut Tx, round: &Round, credit: &Credit) -> Result<Vec<Upstream>> {
    let entered: BTreeSet<&str> = round.entrants.iter().map(|entrant| entrant.repo.as_str()).collect();
    let most = credit.most(limits::ROUND_UPSTREAM_MAX);
    let here: Vec<_> = most.iter().filter_map(|(work, _)| work.here()).cloned().collect();
    let known = rows::candidates(tx, &here).await?;
    let owners = owners(tx, &most).await?;
    let mut all = Vec::new();
    for (work, keeps) in most {
        let (work, namespace, owner) = match work.here() {
            // Of what is not here nobody knows whether it is eligible.
            None if round.rules.eligible != Eligible::default() => continue,
            None if round.left_out.contains_key(&work.text()) => continue,
            None => match owners.get(&elsewhere(&work.text())) {
                Some((id, name)) => (work.text(), Some(id.clone()), name.clone()),
                None => (work.text(), None, elsewhere(&work.text())),
            },
            Some(id) if entered.contains(id.as_str()) => continue,
            Some(id) => match known.iter().find(|one| one.repo == *id) {
                Some(one) if round.refuses(one).is_none() => {
                    (work_name(one), Some(one.namespace.clone()), one.owner.clone())
                }
                _ => continue,
            },
        };
        // A name that no account can have is one that nobody could claim.
        if format!("escrow/{work}").parse::<Account>().is_ok() {
            all.push(Upstream { work, keeps, namespace, owner });
        }
    }
    Ok(all)
}

/// Those here who have the names that stand before the names of works which are not here, or are hidden: by such a name its id and how it is
/// spelled. So what somebody hides is under their cap all the same, and nobody learns that it is there.
async fn owners(tx: &mut Tx, works: &[(&Name, u64)]) -> Result<BTreeMap<String, (String, String)>> {
    let outside = works.iter().filter(|(work, _)| work.here().is_none());
    let folded: BTreeSet<String> = outside
        .filter_map(|(work, _)| {
            Some(elsewhere(&work.text()).strip_prefix("elsewhere/")?.to_ascii_lowercase())
        })
        .collect();
    let found = affiliations::owners(tx, &folded.into_iter().collect::<Vec<_>>()).await?;
    Ok(found.into_iter().map(|(folded, id, name)| (format!("elsewhere/{folded}"), (id, name))).collect())
}
