//! A round of clr.fund: what its contract computed, from its tally (`round.json`), to the last of eighteen digits.

use std::fs;

use seedcorn_core::fund::{alpha, capital_constrained};
use serde_json::Value;

/// What a round of this kind is known by.
pub(crate) const ROUND: &str = "round.json";

fn numbers<T: std::str::FromStr>(round: &Value, key: &str) -> Vec<T> {
    let texts = round[key].as_array().unwrap();
    texts.iter().map(|text| text.as_str().unwrap().parse().ok().unwrap()).collect()
}

fn number(round: &Value, key: &str) -> u128 {
    round[key].as_str().unwrap().parse().unwrap()
}

#[test]
#[ignore = "takes the folder of a round: SEEDCORN_ROUNDS"]
fn every_claim_to_the_bit() {
    for folder in crate::rounds::folders(ROUND) {
        let round: Value = serde_json::from_slice(&fs::read(folder.join(ROUND)).unwrap()).unwrap();
        let (votes, spent) = (numbers::<u64>(&round, "votes"), numbers::<u64>(&round, "spent"));
        let (unit, precision) = (number(&round, "voice_credit_factor"), number(&round, "alpha_precision"));
        let alpha = alpha(number(&round, "budget"), &votes, &spent, unit, precision).unwrap();
        assert_eq!(alpha, number(&round, "expected_alpha"));
        let claims: Vec<u128> = numbers(&round, "expected_claims");
        assert_eq!(claims.len(), votes.len());
        for ((votes, spent), claim) in votes.iter().zip(&spent).zip(&claims) {
            assert_eq!(capital_constrained(alpha, *votes, *spent, unit, precision).unwrap(), *claim);
        }
    }
}
