//! A round in words: its rule, and why a work gets what it gets.

use seedcorn_commons::rounds::Rules;
use seedcorn_core::fund::ledger::Currency;
use seedcorn_core::fund::{Line, Reduced, Rule, class_word};

/// A part of a reason: what, how much, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) what: String,
    pub(crate) amount: String,
    pub(crate) why: String,
}

/// The rule in plain words, a sentence each.
pub(super) fn rule(rules: &Rules, currency: &Currency) -> Vec<String> {
    let parameters = &rules.parameters;
    let amount = |minor: u64| format!("{} {}", currency.spelled(minor), currency.code());
    let mut all = Vec::new();
    let credit = parameters.by_credit;
    if credit > 0 {
        let upstream = if rules.upstream {
            " Works that others build upon have their part although nobody entered them; it is kept until they are claimed."
        } else {
            ""
        };
        all.push(format!(
            "{} % of the pool follow credit: what is really used, and what that builds upon.{upstream}",
            tenths(credit)
        ));
    }
    if credit < 1000 {
        let gifts = match parameters.rule {
            Rule::Plain => "Many small gifts count for more than a large one, with no bound: whoever has many accounts wins.".to_owned(),
            Rule::Pairwise => format!(
                "Many small gifts count for more than a large one. No two donors together bring in more than {}, before all is scaled to the pool.",
                amount(parameters.pair_limit)
            ),
            Rule::Cocm => "Many small gifts count for more than a large one, and for less the more their donors are connected.".to_owned(),
        };
        let part = if credit > 0 {
            format!("{} % of the pool follow gifts. ", tenths(1000 - credit))
        } else {
            String::new()
        };
        let empty =
            if credit > 0 { " Where one of the two parts is nobody's, the other has all of it." } else { "" };
        all.push(format!("{part}{gifts}{empty} What is given to a work is the work's in any case; what its owners give does not count."));
    }
    if let Some(most) = parameters.caps.most {
        all.push(format!(
            "No owner gets more than {} for all works that are theirs: what is over goes to the others, in proportion, and stays in the pool if all are at the cap.",
            amount(most)
        ));
    }
    if parameters.caps.least > 0 {
        all.push(format!(
            "No work gets less than {}: it gets nothing then, and the others share it.",
            amount(parameters.caps.least)
        ));
    }
    all.push(
        "The smallest units go by largest remainder, so that the amounts come to the pool exactly, unless all who have a part are at the cap."
            .to_owned(),
    );
    let eligible = &rules.eligible;
    if eligible.class > 0 {
        all.push(format!(
            "Works take part whose openness is of class {} at least.",
            class_word(eligible.class)
        ));
    }
    if !eligible.licenses.is_empty() {
        all.push(format!(
            "Works take part whose card names one of these licences: {}.",
            eligible.licenses.join(", ")
        ));
    }
    if !eligible.kinds.is_empty() {
        all.push(format!("It is for works of these kinds: {}.", eligible.kinds.join(", ")));
    }
    all
}

/// Why a work gets what it gets.
pub(super) fn reasons(line: &Line, rules: &Rules, currency: &Currency, credited: u64) -> Vec<Reason> {
    let amount = |minor: u64| currency.spelled(minor);
    let mut all = Vec::new();
    if rules.parameters.by_credit < 1000 {
        let donors = if line.donors == 1 { "1 donor".to_owned() } else { format!("{} donors", line.donors) };
        all.push(Reason {
            what: format!("{donors} gave"),
            amount: amount(line.donated),
            why: match line.donors {
                0 => "Nobody gave to it, so nothing follows from gifts.".to_owned(),
                1 => "One gift alone brings nothing in from the pool.".to_owned(),
                _ => "These are its own; the match is beside them.".to_owned(),
            },
        });
        if let Some(counted) = line.counted.filter(|counted| *counted < 1000) {
            let why = match rules.parameters.rule {
                Rule::Pairwise => {
                    "So much of what these gifts would bring in with no bound: what two donors bring in together is bounded."
                }
                Rule::Plain | Rule::Cocm => {
                    "So much of what these gifts would bring in with no bound: gifts of people who give to the same count for less."
                }
            };
            all.push(Reason {
                what: "What counts of it".to_owned(),
                amount: format!("{} %", tenths(counted)),
                why: why.to_owned(),
            });
        }
    }
    if rules.parameters.by_credit > 0 {
        let share = line.credit as f64 / credited.max(1) as f64 * 100.0;
        all.push(Reason {
            what: "Its credit".to_owned(),
            amount: format!("{share:.2} %"),
            why: "Of all credit of the works that take part.".to_owned(),
        });
    }
    all.push(Reason {
        what: "By its score alone".to_owned(),
        amount: amount(line.uncapped),
        why: match rules.parameters.by_credit {
            1..1000 => format!(
                "Its part of the pool with no cap and no floor: {} by gifts and {} by credit.",
                amount(line.uncapped.saturating_sub(line.by_credit)),
                amount(line.by_credit)
            ),
            _ => "Its part of the pool with no cap and no floor.".to_owned(),
        },
    });
    match line.reduced {
        Some(Reduced::Cap) => all.push(Reason {
            what: "The cap".to_owned(),
            amount: format!("−{}", amount(line.uncapped - line.matched)),
            why: "What is over goes to the others.".to_owned(),
        }),
        Some(Reduced::Floor) => all.push(Reason {
            what: "The floor".to_owned(),
            amount: format!("−{}", amount(line.uncapped)),
            why: "It would be less than is paid out at all.".to_owned(),
        }),
        None if line.matched != line.uncapped => all.push(Reason {
            what: "Its part of what others left".to_owned(),
            amount: match line.matched.checked_sub(line.uncapped) {
                Some(more) => format!("+{}", amount(more)),
                None => format!("−{}", amount(line.uncapped - line.matched)),
            },
            why: "What caps and floors leave is shared again, in proportion.".to_owned(),
        }),
        None => {}
    }
    let others: Vec<String> =
        line.others.iter().map(|(rule, minor)| format!("{rule}: {}", amount(*minor))).collect();
    all.push(Reason {
        what: "From the pool".to_owned(),
        amount: amount(line.matched),
        why: if others.is_empty() {
            String::new()
        } else {
            format!("Under the other rules: {}.", others.join(", "))
        },
    });
    all
}

fn tenths(per_mille: u16) -> String {
    match per_mille % 10 {
        0 => (per_mille / 10).to_string(),
        part => format!("{}.{part}", per_mille / 10),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use seedcorn_core::fund::Parameters;

    use super::*;

    #[test]
    fn every_bound_is_said() {
        let euro = Currency::new("EUR", 2).unwrap();
        let mut rules = Rules { upstream: true, ..Rules::default() };
        rules.parameters = Parameters { by_credit: 605, ..Parameters::default() };
        rules.parameters.caps.most = Some(5);
        rules.parameters.caps.least = 2;
        rules.eligible.class = 2;
        rules.eligible.licenses = vec!["mit".into()];
        rules.eligible.kinds = vec!["model".into()];
        let said = rule(&rules, &euro).join(" ");
        for part in
            ["60.5 %", "39.5 %", "25.00 EUR", "0.05 EUR", "0.02 EUR", "class II", "mit", "model", "claimed"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn what_reduced_it_is_told() {
        let euro = Currency::new("EUR", 2).unwrap();
        let line = |matched, uncapped, reduced| Line {
            project: "models/a/b".into(),
            donors: 2,
            donated: 100,
            credit: 0,
            matched,
            uncapped,
            by_credit: 300,
            counted: Some(425),
            reduced,
            others: [("plain".to_owned(), 7)].into(),
        };
        let told = |line: &Line| -> Vec<(String, String)> {
            let all = reasons(line, &Rules::default(), &euro, 0);
            all.into_iter().map(|one| (one.what, one.amount)).collect()
        };
        let has = |line: &Line, what: &str, amount: &str| {
            assert!(told(line).contains(&(what.to_owned(), amount.to_owned())), "{:?}", told(line));
        };
        has(&line(500, 800, Some(Reduced::Cap)), "The cap", "−3.00");
        has(&line(0, 80, Some(Reduced::Floor)), "The floor", "−0.80");
        has(&line(900, 800, None), "Its part of what others left", "+1.00");
        has(&line(800, 800, None), "From the pool", "8.00");
        has(&line(800, 800, None), "What counts of it", "42.5 %");
        assert_eq!(told(&line(800, 800, None)).len(), 4);
        let mut mixed = Rules::default();
        mixed.parameters.by_credit = 500;
        let why: Vec<String> =
            reasons(&line(800, 800, None), &mixed, &euro, 0).into_iter().map(|one| one.why).collect();
        assert!(why.iter().any(|why| why.contains("5.00 by gifts and 3.00 by credit")), "{why:?}");
    }
}
