//! The donations of Gitcoin's third round (514 donors, 81 projects), with what each rule makes of them: computed from the
//! published formulas by another program. The files are from gitcoin-grants-analysis (see NOTICE).

use std::collections::BTreeMap;

use seedcorn_core::fund::{
    Caps, Donation, Donations, Meeting, Rule, allocate, cocm, pairwise, plain, scores,
};

const DONATIONS: &str = include_str!("gr3/gr3_donations.csv");
const EXPECTED: &str = include_str!("gr3/gr3_expected.csv");

/// Minor units of a dollar: so many that rounding to them is below what is compared.
const UNITS: f64 = 1e11;

fn donations() -> Donations {
    let rows = DONATIONS.lines().skip(1).map(|line| {
        let mut values = line.split(',');
        let (project, donor) = (values.next().unwrap(), values.next().unwrap());
        let dollars: f64 = values.next().unwrap().parse().unwrap();
        Donation { donor, project, amount: (dollars * UNITS).round() as u64 }
    });
    Donations::new(rows).unwrap()
}

/// A column of what is expected, by project.
fn expected(column: &str) -> BTreeMap<&'static str, f64> {
    let mut lines = EXPECTED.lines();
    let place = lines.next().unwrap().split(',').position(|name| name == column).unwrap();
    let row = |line: &'static str| {
        let values: Vec<&str> = line.split(',').collect();
        (values[0], values[place].parse().unwrap())
    };
    lines.map(row).collect()
}

#[test]
fn every_rule_comes_to_what_is_known() {
    let donations = donations();
    assert_eq!((donations.donors().len(), donations.projects().len()), (514, 81));
    for (column, scores) in [
        ("plain_qf", plain(&donations)),
        ("pairwise_M25", pairwise(&donations, 25.0 * UNITS).unwrap()),
        ("pairwise_M0.01", pairwise(&donations, 0.01 * UNITS).unwrap()),
        ("cocm_markov_harsh", cocm(&donations, Meeting::Harsh).unwrap()),
        ("cocm_markov_soft", cocm(&donations, Meeting::Soft { unit: UNITS }).unwrap()),
    ] {
        let expected = expected(column);
        let total: f64 = expected.values().sum();
        let here: f64 = scores.iter().sum();
        for (project, score) in donations.projects().iter().zip(&scores) {
            let known = expected[project.as_str()];
            // Parts of the whole: how the whole is scaled is the round's affair.
            let off = (score / here - known / total).abs();
            assert!(
                off <= 1e-9 * (known / total).max(1e-6),
                "{column} {project}: {score} is not {known} of {total}"
            );
        }
    }
}

#[test]
fn a_pool_is_paid_out_to_the_cent_under_every_rule() {
    let donations = donations();
    for rule in Rule::ALL {
        let scores = scores(rule, &donations, (25.0 * UNITS) as u64).unwrap();
        let paid: u64 =
            allocate(10_000_000, &scores, &Caps::default(), &[]).iter().map(|one| one.amount).sum();
        assert_eq!(paid, 10_000_000, "{rule}");
    }
}
