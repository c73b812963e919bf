//! A round as one value: what was given, by which rule it is shared, and what comes of it. Whoever has the inputs and the
//! parameters comes to the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::allocate::{Allocated, Caps, Reduced, Surplus, allocate};
use super::donations::{Donation, Donations};
use super::rule::{PAIR_LIMIT, Rule, scores};
use crate::digest::Sha256;

/// What a bundle begins with: whoever reads it knows by which version of this file.
pub const FORMAT: &str = "seedcorn round v1";
/// The whole, of thousandths.
const WHOLE: u16 = 1000;

/// How a pool is shared.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The rule for what people give.
    pub rule: Rule,
    /// What is shared, in minor units.
    pub pool: u64,
    /// The most that two donors bring in together under [`Rule::Pairwise`], in minor units.
    pub pair_limit: u64,
    /// Bounds on what one project gets.
    pub caps: Caps,
    /// Of a thousand units of the pool, those that go by credit for what was used, and not by what people give.
    pub by_credit: u16,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            rule: Rule::Pairwise,
            pool: 0,
            pair_limit: PAIR_LIMIT,
            caps: Caps::default(),
            by_credit: 0,
        }
    }
}

impl Parameters {
    /// Whether a round can be shared so.
    ///
    /// # Errors
    /// What makes no sense, with the names of the parameters.
    pub fn check(&self) -> Result<(), &'static str> {
        let Caps { most, least, surplus } = self.caps;
        match () {
            () if self.by_credit > WHOLE => Err("by_credit: no more than 1000 of a thousand go by credit"),
            () if self.pair_limit == 0 => Err("pair_limit: two donors bring in at least one minor unit"),
            () if most == Some(0) => Err("cap (most): with a cap of 0 nobody would get anything"),
            () if most.is_some_and(|most| most < least) => {
                Err("cap and floor: the most that a project gets is less than the least")
            }
            // Credit asks for no amount: it has no surplus that could be kept.
            () if self.by_credit > 0 && surplus == Surplus::Keep => {
                Err("surplus: none can be kept where a part of the pool goes by credit")
            }
            () => Ok(()),
        }
    }
}

/// What somebody gave to a project.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Who.
    pub donor: String,
    /// To which project.
    pub project: String,
    /// Minor units.
    pub amount: u64,
}

/// What a round is made from.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// What people gave.
    pub donations: Vec<Given>,
    /// Who controls each project, where that is known: what they give to it themselves does not count, and the cap is on all that is
    /// theirs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub controllers: BTreeMap<String, String>,
    /// What each project keeps of the credit for what was used.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub credit: BTreeMap<String, u64>,
}

/// What one project gets, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The project.
    pub project: String,
    /// How many gave to it.
    pub donors: u64,
    /// What they gave, in minor units.
    pub donated: u64,
    /// What its credit was.
    #[serde(skip_serializing_if = "is_nothing", default)]
    pub credit: u64,
    /// What it gets of the pool, in minor units.
    #[serde(rename = "match")]
    pub matched: u64,
    /// What it would get with no cap and no floor.
    pub uncapped: u64,
    /// What of that is by its credit, where credit and gifts share the pool; the rest is by gifts.
    #[serde(skip_serializing_if = "is_nothing", default)]
    pub by_credit: u64,
    /// Of what its gifts would bring in under the plain rule, how much this rule counts, of a thousand: the rest is what people bring in
    /// who give to the same. None where there is nothing to compare.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counted: Option<u16>,
    /// What made it less.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reduced: Option<Reduced>,
    /// What it would get under each of the other rules, with the same bounds; a rule that takes too long is left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub others: BTreeMap<String, u64>,
}

fn is_nothing(amount: &u64) -> bool {
    *amount == 0
}

/// A round with its result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// [`FORMAT`].
    pub format: String,
    /// The version of the program that computed it.
    pub code: String,
    /// How the pool is shared.
    pub parameters: Parameters,
    /// What it is made from, in an order of its own.
    pub inputs: Inputs,
    /// What comes of it, by project.
    pub result: Vec<Line>,
}

/// Why there is no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadRound {
    /// The parameters make no sense.
    #[error("{0}")]
    Parameters(&'static str),
    /// The donations cannot be counted.
    #[error("{0}")]
    Donations(String),
    /// It is no bundle of a round.
    #[error("it is no round: {0}")]
    Bundle(String),
}

impl Round {
    /// Computes a round.
    ///
    /// # Errors
    /// [`BadRound`], with what is wrong.
    pub fn compute(code: &str, parameters: Parameters, mut inputs: Inputs) -> Result<Round, BadRound> {
        parameters.check().map_err(BadRound::Parameters)?;
        inputs.donations.sort();
        let counted =
            Donations::new(inputs.counted()).map_err(|error| BadRound::Donations(error.to_string()))?;
        let projects: Vec<&str> = projects(&counted, &inputs).into_iter().collect();
        let Shared { main, scores: given, by_credit } =
            share(&parameters, parameters.rule, &counted, &inputs, &projects)
                .map_err(|error| BadRound::Donations(error.to_string()))?;
        let others: Vec<(Rule, Vec<Allocated>)> = Rule::ALL
            .into_iter()
            .filter(|rule| *rule != parameters.rule)
            .filter_map(|rule| {
                Some((rule, share(&parameters, rule, &counted, &inputs, &projects).ok()?.main))
            })
            .collect();
        let plain = || scores(Rule::Plain, &counted, parameters.pair_limit).unwrap_or_default();
        let unbounded = match parameters.rule {
            Rule::Plain => Vec::new(),
            // That rule counts each pair once.
            Rule::Pairwise => plain().into_iter().map(|score| score / 2.0).collect(),
            Rule::Cocm => plain(),
        };
        let line = |(n, project): (usize, &&str)| {
            let place = counted.projects().binary_search_by(|known| known.as_str().cmp(project)).ok();
            Line {
                project: (*project).to_owned(),
                donors: place.map_or(0, |place| counted.donors_of(place) as u64),
                donated: place.map_or(0, |place| counted.amounts()[place]),
                credit: inputs.credit.get(*project).copied().unwrap_or_default(),
                matched: main[n].amount,
                uncapped: main[n].uncapped,
                by_credit: (main[n].uncapped as f64 * by_credit[n]).round() as u64,
                counted: place.and_then(|place| part_counted(given[place], *unbounded.get(place)?)),
                reduced: main[n].reduced,
                others: others.iter().map(|(rule, all)| (rule.word().to_owned(), all[n].amount)).collect(),
            }
        };
        let result = projects.iter().enumerate().map(line).collect();
        Ok(Round { format: FORMAT.to_owned(), code: code.to_owned(), parameters, inputs, result })
    }

    /// The bundle: JSON whose bytes are the same for the same round.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// What a bundle is known by: the SHA-256 of its bytes, in hexadecimal digits.
    pub fn name(bytes: &[u8]) -> String {
        Sha256::of(bytes).to_string()
    }

    /// Reads a bundle as it is: nobody says that its result comes of its inputs.
    ///
    /// # Errors
    /// [`BadRound::Bundle`] where it is none.
    pub fn read(bytes: &[u8]) -> Result<Round, BadRound> {
        let said: Round =
            serde_json::from_slice(bytes).map_err(|error| BadRound::Bundle(error.to_string()))?;
        if said.format != FORMAT {
            return Err(BadRound::Bundle(format!(
                "its format is {:?}, and {FORMAT:?} is read here",
                said.format
            )));
        }
        Ok(said)
    }

    /// What comes of the inputs of a round, to be compared with what it says byte by byte.
    ///
    /// # Errors
    /// [`BadRound`] where it cannot be computed.
    pub fn recompute(&self) -> Result<Round, BadRound> {
        Round::compute(&self.code, self.parameters.clone(), self.inputs.clone())
    }

    /// The part of the pool that goes by what people give, in minor units.
    pub fn by_gifts(&self) -> u64 {
        let of_gifts =
            u128::from(self.parameters.pool) * u128::from(WHOLE.saturating_sub(self.parameters.by_credit));
        u64::try_from(of_gifts / u128::from(WHOLE)).unwrap_or(self.parameters.pool)
    }
}

impl Inputs {
    /// Donations without those that people give to what is theirs.
    pub fn counted(&self) -> impl Iterator<Item = Donation<'_>> {
        let is_own = |given: &&Given| self.controllers.get(&given.project) == Some(&given.donor);
        self.donations.iter().filter(move |given| !is_own(given)).map(|given| Donation {
            donor: &given.donor,
            project: &given.project,
            amount: given.amount,
        })
    }
}

/// Projects that anybody gave to, controls or has credit for, in the order of their ids.
fn projects<'a>(counted: &'a Donations, inputs: &'a Inputs) -> BTreeSet<&'a str> {
    let named = inputs.controllers.keys().chain(inputs.credit.keys()).map(String::as_str);
    counted.projects().iter().map(String::as_str).chain(named).collect()
}

/// A number for each project that those of one controller have in common; where no controller is known, it is its own.
fn groups(projects: &[&str], controllers: &BTreeMap<String, String>) -> Vec<u32> {
    let mut known: BTreeMap<(bool, &str), u32> = BTreeMap::new();
    let mut groups = Vec::with_capacity(projects.len());
    for project in projects {
        let controller = controllers.get(*project).map(String::as_str);
        let next = known.len() as u32;
        groups.push(*known.entry((controller.is_some(), controller.unwrap_or(project))).or_insert(next));
    }
    groups
}

/// Of a thousand, how much a rule counts of what another does; none where that is nothing, or less.
fn part_counted(here: f64, unbounded: f64) -> Option<u16> {
    let of_all = (here / unbounded * 1000.0).round();
    (unbounded > 0.0 && (0.0..=1000.0).contains(&of_all)).then_some(of_all as u16)
}

/// How a rule shares a pool.
struct Shared {
    /// What each project gets.
    main: Vec<Allocated>,
    /// What gifts to each project that was given to come to by the rule.
    scores: Vec<f64>,
    /// What of each project's score is by credit, where gifts count as well: of one.
    by_credit: Vec<f64>,
}

/// What each project gets by one rule: its part by what people give and its part by credit, bounded together.
fn share(
    parameters: &Parameters,
    rule: Rule,
    counted: &Donations,
    inputs: &Inputs,
    projects: &[&str],
) -> Result<Shared, super::pairwise::TooManyPairs> {
    let given = scores(rule, counted, parameters.pair_limit)?;
    let by_given: BTreeMap<&str, f64> =
        counted.projects().iter().map(String::as_str).zip(given.iter().copied()).collect();
    let credit = |project: &&str| inputs.credit.get(*project).copied().unwrap_or_default() as f64;
    let all_given: f64 = given.iter().sum();
    let all_credit: f64 = projects.iter().map(credit).sum();
    let of_credit = f64::from(parameters.by_credit) / f64::from(WHOLE);
    let part = |own: f64, all: f64| if all > 0.0 { own / all } else { 0.0 };
    let score = |project: &&str| {
        let given = by_given.get(project).copied().unwrap_or_default();
        if parameters.by_credit == 0 {
            return (given, 0.0);
        }
        let credit = of_credit * part(credit(project), all_credit);
        let score = (1.0 - of_credit) * part(given, all_given) + credit;
        (score, if of_credit < 1.0 { part(credit, score) } else { 0.0 })
    };
    let (scores, by_credit): (Vec<f64>, Vec<f64>) = projects.iter().map(score).unzip();
    let main = allocate(parameters.pool, &scores, &parameters.caps, &groups(projects, &inputs.controllers));
    Ok(Shared { main, scores: given, by_credit })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    fn given(all: &[(&str, &str, u64)]) -> Vec<Given> {
        let one = |(donor, project, amount): &(&str, &str, u64)| Given {
            donor: (*donor).into(),
            project: (*project).into(),
            amount: *amount,
        };
        all.iter().map(one).collect()
    }

    fn inputs() -> Inputs {
        Inputs {
            donations: given(&[
                ("ada", "one", 100),
                ("ben", "one", 100),
                ("cem", "two", 50),
                ("ben", "two", 50),
                ("two-owner", "two", 9000),
            ]),
            controllers: [("two".to_owned(), "two-owner".to_owned())].into(),
            credit: [("one".to_owned(), 1), ("three".to_owned(), 3)].into(),
        }
    }

    fn matches(round: &Round) -> Vec<(&str, u64)> {
        round.result.iter().map(|line| (line.project.as_str(), line.matched)).collect()
    }

    #[test]
    fn a_round_is_recomputed_to_the_byte() {
        let parameters = Parameters { pool: 1000, ..Parameters::default() };
        let round = Round::compute("seedcorn 1", parameters.clone(), inputs()).unwrap();
        let bytes = round.bytes();
        assert_eq!(Round::read(&bytes).unwrap().recompute().unwrap().bytes(), bytes);
        let mut shuffled = inputs();
        shuffled.donations.reverse();
        assert_eq!(
            Round::compute("seedcorn 1", parameters, shuffled).unwrap().bytes(),
            bytes,
            "the order is nothing"
        );
        let mut forged = round.clone();
        forged.result[0].matched += 1;
        assert_ne!(forged.recompute().unwrap().bytes(), forged.bytes());
        assert!(matches!(Round::read(b"{}"), Err(BadRound::Bundle(_))));
        assert_eq!(Round::name(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn ones_own_gifts_do_not_count_and_other_rules_are_told() {
        let plain = Parameters { rule: Rule::Plain, pool: 300, ..Parameters::default() };
        let round = Round::compute("x", plain, inputs()).unwrap();
        // 200 of one pair, 100 of the other; the owner's 9000 are nothing.
        assert_eq!(matches(&round), [("one", 200), ("three", 0), ("two", 100)]);
        assert_eq!((round.result[2].donors, round.result[2].donated), (2, 100));
        let others: Vec<&str> = round.result[0].others.keys().map(String::as_str).collect();
        assert_eq!(others, ["cocm", "pairwise"]);
        assert!(round.result.iter().all(|line| line.counted.is_none()), "nothing is taken off");
    }

    #[test]
    fn what_a_bound_takes_off_is_told() {
        // Ada and Ben give 100 each to one work: √(100 · 100) of theirs, of which M / (M + X) counts.
        let inputs =
            Inputs { donations: given(&[("ada", "one", 100), ("ben", "one", 100)]), ..Inputs::default() };
        let pairwise = Parameters { rule: Rule::Pairwise, pool: 9, pair_limit: 300, ..Parameters::default() };
        let round = Round::compute("x", pairwise, inputs).unwrap();
        assert_eq!((round.result[0].counted, round.result[0].by_credit), (Some(750), 0));
    }

    #[test]
    fn credit_and_gifts_share_one_pool_and_one_cap() {
        let half = Parameters { rule: Rule::Plain, pool: 1200, by_credit: 500, ..Parameters::default() };
        let round = Round::compute("x", half.clone(), inputs()).unwrap();
        // By gifts 400, 0, 200; by credit 150, 450, 0.
        assert_eq!(matches(&round), [("one", 550), ("three", 450), ("two", 200)]);
        assert_eq!(round.result.iter().map(|line| line.by_credit).collect::<Vec<_>>(), [150, 450, 0]);
        let capped = Parameters { caps: Caps { most: Some(500), ..Caps::default() }, ..half.clone() };
        let round = Round::compute("x", capped, inputs()).unwrap();
        assert_eq!(matches(&round).iter().map(|(_, amount)| amount).sum::<u64>(), 1200);
        assert_eq!(round.result[0].reduced, Some(Reduced::Cap));
        let all = Parameters { by_credit: 1000, ..half };
        assert_eq!(
            matches(&Round::compute("x", all.clone(), inputs()).unwrap()),
            [("one", 300), ("three", 900), ("two", 0)]
        );
        let refused = |parameters| Round::compute("x", parameters, inputs()).unwrap_err().to_string();
        assert!(refused(Parameters { by_credit: 1001, ..all.clone() }).starts_with("by_credit"));
        let keep = Caps { surplus: Surplus::Keep, ..Caps::default() };
        assert!(refused(Parameters { caps: keep, ..all.clone() }).starts_with("surplus"));
        let none = Caps { most: Some(0), ..Caps::default() };
        assert!(refused(Parameters { caps: none, ..all.clone() }).starts_with("cap (most)"));
        let crossed = Caps { most: Some(5), least: 6, ..Caps::default() };
        assert!(refused(Parameters { caps: crossed, ..all }).starts_with("cap and floor"));
    }
}
