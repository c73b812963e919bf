//! What it costs to take money out of a round by accounts that are all one person's: under each rule, in the cheapest way of
//! those that are tried.

use std::collections::BTreeSet;

use serde::Serialize;

use super::allocate::{Caps, allocate};
use super::donations::{BadDonations, Donation, Donations};
use super::rule::{Rule, scores};

/// The project of whoever attacks: no id of a real one has these signs in it.
const OWN: &str = "\u{1}attacker";
/// How many accounts are tried.
const ACCOUNTS: [usize; 8] = [2, 3, 5, 10, 20, 50, 100, 200];
/// Thousandths of a unit.
const MILLI: u128 = 1000;

/// A way to give to oneself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// Every account gives the least that can be given.
    Dust,
    /// Every account gives as much as donors usually do.
    Usual,
    /// One large gift in equal parts.
    Split,
    /// Every account also gives a little to a project of strangers, so that they look like strangers to each other.
    Strangers,
}

impl Ring {
    /// All of them.
    pub const ALL: [Ring; 4] = [Ring::Dust, Ring::Usual, Ring::Split, Ring::Strangers];

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Ring::Dust => "a ring of dust: each account gives the least there is",
            Ring::Usual => "a ring: each account gives what donors usually give",
            Ring::Split => "one large gift, split over accounts",
            Ring::Strangers => "a ring whose accounts each also give a little to a project of strangers",
        }
    }

    /// What each of so many accounts gives to its own project and to a project of strangers, in the ways that are tried.
    fn ways(self, accounts: usize, usual: u64, most: u64) -> Vec<(u64, u64)> {
        match self {
            Ring::Dust => vec![(1, 0)],
            Ring::Usual => vec![(usual, 0)],
            Ring::Split => vec![((most / accounts as u64).max(1), 0)],
            Ring::Strangers => {
                let parts = |own: u64| [10, 50].map(|part| (own, (own / part).max(1)));
                [parts(usual), parts(most)].concat()
            }
        }
    }
}

/// The cheapest of what was tried.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Attacked {
    /// In which way.
    pub attack: Ring,
    /// Under which rule.
    pub rule: Rule,
    /// With so many accounts.
    pub accounts: usize,
    /// What they gave to their own project, in minor units: it comes back.
    pub locked: u64,
    /// What they gave to projects of strangers: it does not.
    pub spent: u64,
    /// What they got of the pool.
    pub extracted: u64,
    /// What a unit of that costs, in thousandths, at so much an account and with what was spent; none where nothing was got.
    pub cost_per_mille: Option<u64>,
}

impl Attacked {
    /// Whether it costs more than it brings in.
    pub fn holds(&self) -> bool {
        self.cost_per_mille.is_none_or(|cost| u128::from(cost) >= MILLI)
    }
}

/// What is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Round {
    /// What is shared, in minor units.
    pub pool: u64,
    /// The most that a pair brings in under [`Rule::Pairwise`].
    pub pair_limit: u64,
    /// Bounds on a project.
    pub caps: Caps,
    /// What it costs to have an account that may give, in minor units.
    pub account: u64,
}

/// Attacks a round by every rule in every way.
///
/// # Errors
/// [`BadDonations`] beyond the limits. A rule that would take too long is left out.
pub fn attack(donations: &[Donation<'_>], round: &Round) -> Result<Vec<Attacked>, BadDonations> {
    let usual = usual(donations);
    let most = donations.iter().map(|one| one.amount).max().unwrap_or(1).max(1);
    let mut all = Vec::new();
    for ring in Ring::ALL {
        for rule in Rule::ALL {
            let tried = ACCOUNTS.iter().flat_map(|accounts| {
                ring.ways(*accounts, usual, most).into_iter().map(|way| (*accounts, way))
            });
            let mut best: Option<Attacked> = None;
            for (accounts, way) in tried {
                let Some(one) = attacked(donations, round, (ring, rule), (accounts, way))? else { continue };
                let price = |one: &Attacked| one.cost_per_mille.unwrap_or(u64::MAX);
                if best.as_ref().is_none_or(|best| price(&one) < price(best)) {
                    best = Some(one);
                }
            }
            all.extend(best);
        }
    }
    Ok(all)
}

/// What one try comes to; none where the rule takes too long.
fn attacked(
    donations: &[Donation<'_>],
    round: &Round,
    (attack, rule): (Ring, Rule),
    (accounts, way): (usize, (u64, u64)),
) -> Result<Option<Attacked>, BadDonations> {
    let Some(extracted) = extracted(donations, round, rule, (accounts, way))? else { return Ok(None) };
    let of_all = |each: u64| each.saturating_mul(accounts as u64);
    let spent = if donations.is_empty() { 0 } else { of_all(way.1) };
    let cost = (u128::from(round.account) * accounts as u128 + u128::from(spent)) * MILLI;
    let cost_per_mille =
        (extracted > 0).then(|| u64::try_from(cost / u128::from(extracted)).unwrap_or(u64::MAX));
    Ok(Some(Attacked { attack, rule, accounts, locked: of_all(way.0), spent, extracted, cost_per_mille }))
}

/// What donors usually give: the middle of all gifts.
fn usual(donations: &[Donation<'_>]) -> u64 {
    let mut amounts: Vec<u64> = donations.iter().map(|one| one.amount).filter(|amount| *amount > 0).collect();
    amounts.sort_unstable();
    amounts.get(amounts.len() / 2).copied().unwrap_or(1)
}

/// What the attacker's project gets, with so many accounts that give so much each to it and to one of the others in turn; none where
/// the rule takes too long.
fn extracted(
    donations: &[Donation<'_>],
    round: &Round,
    rule: Rule,
    (accounts, (own, aside)): (usize, (u64, u64)),
) -> Result<Option<u64>, BadDonations> {
    let names: Vec<String> = (0..accounts).map(|n| format!("\u{1}account{n}")).collect();
    let others: BTreeSet<&str> = donations.iter().map(|one| one.project).collect();
    let strangers = names.iter().zip(others.iter().cycle());
    let strangers = strangers.map(|(donor, project)| Donation { donor, project, amount: aside });
    let fakes = names.iter().map(|donor| Donation { donor, project: OWN, amount: own });
    let fakes = fakes.chain(strangers.filter(|one| one.amount > 0));
    let counted = Donations::new(donations.iter().copied().chain(fakes))?;
    let Ok(scores) = scores(rule, &counted, round.pair_limit) else { return Ok(None) };
    let allocated = allocate(round.pool, &scores, &round.caps, &[]);
    let place = counted.projects().binary_search_by(|project| project.as_str().cmp(OWN));
    Ok(Some(place.map_or(0, |place| allocated[place].amount)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::super::allocate::Surplus;
    use super::*;

    #[test]
    fn a_bound_on_pairs_holds_where_plain_squares_do_not() {
        let names: Vec<String> = (0..60).map(|n| format!("donor{n}")).collect();
        let projects: Vec<String> = (0..6).map(|n| format!("project{n}")).collect();
        let mut donations = Vec::new();
        for (n, donor) in names.iter().enumerate() {
            for step in [1, 3] {
                let project = &projects[(n * step + n / 6) % 6];
                donations.push(Donation { donor, project, amount: 1000 + 100 * n as u64 });
            }
        }
        // Each gets what the rule says: where the whole pool is shared, what matters is how all others fare under it.
        let caps = Caps { surplus: Surplus::Keep, ..Caps::default() };
        let round = Round { pool: 1_000_000_000, pair_limit: 2500, caps, account: 500 };
        let found = attack(&donations, &round).unwrap();
        assert_eq!(found.len(), 12);
        let of = |ring, rule| found.iter().find(|one| (one.attack, one.rule) == (ring, rule)).unwrap();
        let price = |ring, rule| of(ring, rule).cost_per_mille.unwrap_or(u64::MAX);
        assert!(price(Ring::Usual, Rule::Pairwise) > price(Ring::Usual, Rule::Plain));
        assert!(price(Ring::Dust, Rule::Plain) > price(Ring::Usual, Rule::Plain), "dust brings in dust");
        assert!(!of(Ring::Usual, Rule::Plain).holds(), "{:?}", of(Ring::Usual, Rule::Plain));
        // Accounts that give to one project alone are of one cluster, and a cluster brings in nothing by itself; those that give
        // a little to others as well are not.
        assert_eq!(of(Ring::Usual, Rule::Cocm).extracted, 0);
        let strangers = of(Ring::Strangers, Rule::Cocm);
        assert!(strangers.extracted > 0 && strangers.spent > 0, "{strangers:?}");
        assert_eq!(attack(&[], &round).unwrap().len(), 12, "a round of nobody else is all theirs");
    }
}
