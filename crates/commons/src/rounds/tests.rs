//! A round from its opening to what is owed, and what does not get in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use seedcorn_core::fund::{Caps, Rule};
use seedcorn_core::repo::RepoKind;

use super::*;
use crate::access::{Grant, See, authorize};
use crate::{Clock, Opening, admin, demo, jobs, publish};

const BASE: &str = "models/acorn-lab/acorn-tiny";
const DATA: &str = "datasets/field-notes/garden-observations";

struct Hub {
    commons: Commons,
    clock: Arc<AtomicI64>,
    keeper: Actor,
    gardener: Actor,
    reader: Actor,
    student: Actor,
    operator: Actor,
    _folder: tempfile::TempDir,
}

impl Hub {
    async fn new() -> Hub {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_767_355_200_000_000));
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(Opening { clock: Clock::Set(clock.clone()), ..opening }).await.unwrap();
        demo::seed(&commons).await.unwrap();
        while jobs::run_due(&commons).await.unwrap() > 0 {}
        let operator = admin::NewNamespace { name: "operator".into(), admin: true, ..Default::default() };
        admin::add_member(commons.database(), operator, commons.now()).await.unwrap();
        let who = async |name: &str| admin::act_as(&commons, name).await.unwrap();
        Hub {
            keeper: who("demo-keeper").await,
            gardener: who("demo-gardener").await,
            reader: who("demo-reader").await,
            student: who("demo-student").await,
            operator: who("operator").await,
            commons,
            clock,
            _folder: folder,
        }
    }

    fn days_later(&self, days: i64) {
        self.clock.fetch_add(days * 86_400_000_000, Ordering::SeqCst);
    }

    async fn open(&self, rules: Rules) {
        let new = New {
            name: "spring".into(),
            title: "Spring".into(),
            currency: "EUR".into(),
            digits: 2,
            rules,
            days: 10,
            challenge_days: 14,
            ..New::default()
        };
        open(&self.commons, &self.operator, new).await.unwrap();
    }

    /// As who they are now: what they signed in with ends.
    async fn see(&self, who: &Actor, work: &str) -> Grant<See> {
        let who = admin::act_as(&self.commons, &who.name).await.unwrap();
        let (plural, name) = work.split_once('/').unwrap();
        let kind = RepoKind::from_plural(plural).unwrap();
        authorize(&self.commons, Some(&who), kind, name).await.unwrap()
    }

    async fn enter(&self, who: &Actor, work: &str) -> Result<()> {
        enter(&self.commons, "spring", &self.see(who, work).await).await
    }

    async fn give(&self, who: &Actor, work: &str, amount: u64) -> Result<()> {
        give(&self.commons, who, "spring", (work, amount), &format!("of-{}", work.len())).await
    }

    async fn round(&self) -> Round {
        get(&self.commons, "spring").await.unwrap()
    }

    async fn held(&self, account: &str) -> u64 {
        self.round().await.book.balance(&account.parse().unwrap()).posted
    }
}

fn plain() -> Rules {
    Rules {
        parameters: Parameters { rule: Rule::Plain, caps: Caps::default(), ..Parameters::default() },
        ..Rules::default()
    }
}

#[tokio::test]
async fn from_its_opening_to_what_is_owed() {
    let hub = Hub::new().await;
    let c = &hub.commons;
    hub.open(plain()).await;
    pledge(c, &hub.student, "spring", 100_000, "a").await.unwrap();
    pledge(c, &hub.student, "spring", 100_000, "a").await.unwrap();
    assert_eq!(hub.round().await.pool(), 100_000, "the same pledge twice is one");
    assert!(matches!(pledge(c, &hub.student, "spring", 5, "a").await, Err(Refusal::Conflict(_))));
    assert!(matches!(hub.enter(&hub.student, BASE).await, Err(Refusal::Forbidden(_))));
    hub.enter(&hub.keeper, BASE).await.unwrap();
    hub.enter(&hub.keeper, BASE).await.unwrap();
    hub.enter(&hub.gardener, DATA).await.unwrap();
    assert_eq!(hub.round().await.entrants.len(), 2);
    for (who, work) in [(&hub.student, BASE), (&hub.reader, BASE), (&hub.student, DATA)] {
        hub.give(who, work, 400).await.unwrap();
    }
    assert!(matches!(hub.give(&hub.keeper, DATA, 1).await, Err(Refusal::Invalid(_))), "it is their group's");
    assert!(
        matches!(hub.give(&hub.student, BASE, 1).await, Err(Refusal::Conflict(_))),
        "another of that key"
    );
    let much = give(c, &hub.student, "spring", (BASE, 1 << 50), "much").await;
    assert!(matches!(much, Err(Refusal::Invalid(_))), "nobody gives so much");
    assert!(matches!(hub.give(&hub.student, "models/no/one", 1).await, Err(Refusal::NotFound(_))));
    let now = result::estimate(c, &hub.round().await).await.unwrap().unwrap();
    let of = |round: &seedcorn_core::fund::Round, work: &str| {
        round.result.iter().find(|line| line.project == work).map(|line| (line.donors, line.matched)).unwrap()
    };
    assert_eq!((of(&now, BASE), of(&now, DATA)), ((2, 100_000), (1, 0)));
    assert!(matches!(tally(c, &hub.operator, "spring").await, Err(Refusal::Conflict(_))), "it is open");

    hub.days_later(11);
    assert!(matches!(pledge(c, &hub.student, "spring", 5, "b").await, Err(Refusal::Conflict(_))));
    assert!(matches!(tally(c, &hub.keeper, "spring").await, Err(Refusal::Forbidden(_))));
    pledge(c, &hub.student, "spring", 100_000, "a").await.unwrap();
    assert!(
        matches!(tally(c, &hub.operator, "spring").await, Err(Refusal::Invalid(_))),
        "it is not received"
    );
    for (who, amount) in [("demo-student", 100_800), ("demo-reader", 400)] {
        settle(c, &hub.operator, "spring", (Settled::Received, who, amount), "one").await.unwrap();
    }
    tally(c, &hub.operator, "spring").await.unwrap();
    let round = hub.round().await;
    let first = bundle(c, &round, 1).await.unwrap();
    assert_eq!(round.stage(c.now()).word(), "tallied");
    assert_eq!(round.book.balance(&Account::Pool).reserved, 100_000);
    let read = seedcorn_core::fund::Round::read(first.as_bytes()).unwrap();
    assert_eq!(read.recompute().unwrap().bytes(), first.as_bytes(), "anybody comes to the same bytes");

    // Challenged, withdrawn, tallied anew without the work in question, posted, claimed.
    challenge(c, &hub.gardener, "spring", "It is mine.").await.unwrap();
    assert!(matches!(post(c, &hub.operator, "spring").await, Err(Refusal::Conflict(_))));
    withdraw(c, &hub.operator, "spring").await.unwrap();
    answer(c, &hub.operator, "spring", 1, "Looked at again.").await.unwrap();
    assert!(matches!(answer(c, &hub.operator, "spring", 1, "x").await, Err(Refusal::NotFound(_))));
    leave_out(c, &hub.operator, "spring", BASE, "under review").await.unwrap();
    leave_out(c, &hub.operator, "spring", BASE, "").await.unwrap();
    tally(c, &hub.operator, "spring").await.unwrap();
    let round = hub.round().await;
    assert_eq!(bundle(c, &round, 2).await.unwrap(), first, "the same inputs come to the same");
    assert_eq!(bundle(c, &round, 1).await.unwrap(), first, "what was withdrawn is kept");
    assert!(matches!(bundle(c, &round, 3).await, Err(Refusal::NotFound(_))));
    challenge(c, &hub.gardener, "spring", "Still.").await.unwrap();
    hub.days_later(15);
    assert!(matches!(challenge(c, &hub.gardener, "spring", "Late.").await, Err(Refusal::Conflict(_))));
    assert!(
        matches!(post(c, &hub.operator, "spring").await, Err(Refusal::Conflict(_))),
        "one waits for its answer"
    );
    answer(c, &hub.operator, "spring", 2, "It was made before.").await.unwrap();
    let see = hub.see(&hub.keeper, BASE).await;
    assert!(matches!(claim(c, "spring", BASE, &see).await, Err(Refusal::Conflict(_))));
    post(c, &hub.operator, "spring").await.unwrap();
    assert_eq!((hub.held("pool").await, hub.held(&format!("escrow/{BASE}")).await), (0, 100_800));
    let stranger = hub.see(&hub.student, BASE).await;
    assert!(matches!(claim(c, "spring", BASE, &stranger).await, Err(Refusal::Forbidden(_))));
    assert!(matches!(claim(c, "spring", DATA, &see).await, Err(Refusal::Forbidden(_))), "another work");
    assert_eq!(claim(c, "spring", BASE, &see).await.unwrap(), 100_800);
    assert!(matches!(claim(c, "spring", BASE, &see).await, Err(Refusal::Invalid(_))));
    settle(c, &hub.operator, "spring", (Settled::Paid, "acorn-lab", 100_000), "one").await.unwrap();
    let paid = (Settled::Paid, "acorn-lab", 801);
    assert!(matches!(settle(c, &hub.operator, "spring", paid, "two").await, Err(Refusal::Invalid(_))));
    assert_eq!((hub.held("bank").await, hub.held("payable/acorn-lab").await), (1_200, 800));
    let back = Correction {
        debit: format!("escrow/{DATA}").parse().unwrap(),
        credit: Account::Bank,
        amount: 401,
        why: "given back".into(),
    };
    let correct = |correction| correct(c, &hub.operator, "spring", correction, "back");
    assert!(matches!(correct(back.clone()).await, Err(Refusal::Invalid(_))), "more than there is");
    correct(Correction { amount: 400, ..back.clone() }).await.unwrap();
    correct(Correction { amount: 400, ..back }).await.unwrap();
    assert_eq!((hub.held("bank").await, hub.held(&format!("escrow/{DATA}")).await), (800, 0));
    assert!(withdraw(c, &hub.operator, "spring").await.is_err());
}

#[tokio::test]
async fn works_that_are_not_eligible_stay_out() {
    let hub = Hub::new().await;
    let eligible = Eligible { class: 0, licenses: vec!["gpl-3.0".into()], kinds: vec!["model".into()] };
    hub.open(Rules { eligible, ..plain() }).await;
    for (who, work, why) in [(&hub.keeper, BASE, "licences"), (&hub.gardener, DATA, "it is for model")] {
        match hub.enter(who, work).await {
            Err(Refusal::Invalid(said)) => assert!(said.contains(why), "{said}"),
            other => panic!("{work}: {other:?}"),
        }
    }
    assert!(hub.round().await.entrants.is_empty(), "what was refused left nothing behind");
}

#[tokio::test]
async fn what_others_build_upon_has_its_part_kept() {
    let hub = Hub::new().await;
    let c = &hub.commons;
    let keeper = admin::act_as(c, "demo-keeper").await.unwrap();
    let base = BASE.trim_start_matches("models/");
    let grant = authorize(c, Some(&keeper), RepoKind::Model, base).await.unwrap();
    let card =
        b"---\nlicense: apache-2.0\ndatasets: [elsewhere/corpus]\n---\n# With data of others\n".to_vec();
    publish::whole(c, &grant, "Name the data", vec![("README.md".into(), card)]).await.unwrap();
    while jobs::run_due(c).await.unwrap() > 0 {}
    let parameters = Parameters { by_credit: 1000, ..plain().parameters };
    hub.open(Rules { parameters, upstream: true, ..plain() }).await;
    pledge(c, &hub.student, "spring", 1_000_000, "a").await.unwrap();
    // Also what nobody entered can be left out, and let in again.
    for work in [BASE, "datasets/elsewhere/corpus"] {
        let out = async |why: &str| leave_out(c, &hub.operator, "spring", work, why).await;
        let gets = async || {
            let computed = outcome(c, &hub.round().await).await.unwrap().unwrap();
            computed.result.iter().any(|line| line.project == work && line.matched > 0)
        };
        assert!(gets().await, "{work}");
        out("It is a copy.").await.unwrap();
        assert!(!gets().await, "{work}");
        out("").await.unwrap();
        assert!(gets().await, "{work}");
    }
    let nothing = leave_out(c, &hub.operator, "spring", "datasets/elsewhere/none", "").await;
    assert!(matches!(nothing, Err(Refusal::NotFound(_))));
    hub.days_later(11);
    settle(c, &hub.operator, "spring", (Settled::Received, "demo-student", 1_000_000), "a").await.unwrap();
    tally(c, &hub.operator, "spring").await.unwrap();
    let text = bundle(c, &hub.round().await, 1).await.unwrap();
    let computed = seedcorn_core::fund::Round::read(text.as_bytes()).unwrap();
    let paid: u64 = computed.result.iter().map(|line| line.matched).sum();
    assert_eq!(paid, 1_000_000, "to the cent");
    assert!(computed.result.iter().any(|line| line.project == BASE && line.matched > 0), "{text}");
    let controllers = &computed.inputs.controllers;
    assert_eq!(controllers[BASE], "demo-keeper", "a group that one member alone runs is theirs");
    assert!(
        computed.inputs.credit.keys().all(|work| controllers.contains_key(work)),
        "all are under a cap: {text}"
    );
    hub.days_later(15);
    post(c, &hub.operator, "spring").await.unwrap();
    let see = hub.see(&hub.keeper, BASE).await;
    assert!(claim(c, "spring", BASE, &see).await.unwrap() > 0, "nobody entered it, and it is claimed");

    // What no work here is called is claimed by those who know whose it is.
    let line = computed.result.iter().find(|line| line.project == "datasets/elsewhere/corpus").unwrap();
    assert_eq!(controllers[&line.project], "elsewhere/elsewhere");
    let outside = line.project.as_str();
    let see = hub.see(&hub.keeper, BASE).await;
    assert!(matches!(claim(c, "spring", outside, &see).await, Err(Refusal::Forbidden(_))));
    // Whether there is a work of a name that they may not see nobody learns.
    let other = claim(c, "spring", DATA, &hub.see(&hub.keeper, BASE).await).await.unwrap_err().to_string();
    let none = claim(c, "spring", "datasets/no/such", &hub.see(&hub.keeper, BASE).await).await.unwrap_err();
    assert_eq!(other.replace(DATA, "datasets/no/such"), none.to_string());
    let see = hub.see(&hub.operator, BASE).await;
    assert!(matches!(claim(c, "spring", DATA, &see).await, Err(Refusal::Invalid(_))), "that is another work");
    assert_eq!(claim(c, "spring", outside, &see).await.unwrap(), line.matched);
    assert_eq!(hub.held(&format!("escrow/{outside}")).await, 0);
    assert!(hub.held("payable/acorn-lab").await > line.matched, "with what was claimed for the base");
    assert!(
        matches!(claim(c, "spring", outside, &see).await, Err(Refusal::Invalid(_))),
        "it is claimed once"
    );
}

#[tokio::test]
async fn odd_rounds_are_none() {
    let hub = Hub::new().await;
    let c = &hub.commons;
    let good = New {
        name: "a".into(),
        title: "A".into(),
        currency: "EUR".into(),
        digits: 2,
        rules: plain(),
        days: 1,
        ..New::default()
    };
    let odd = [
        New { name: "A b".into(), ..good.clone() },
        New { title: " ".into(), ..good.clone() },
        New { currency: "euro".into(), ..good.clone() },
        New { days: 0, ..good.clone() },
        New {
            rules: Rules { eligible: Eligible { class: 4, ..Eligible::default() }, ..plain() },
            ..good.clone()
        },
        New {
            rules: Rules {
                eligible: Eligible { kinds: vec!["models".into()], ..Eligible::default() },
                ..plain()
            },
            ..good.clone()
        },
        New {
            rules: Rules { parameters: Parameters { pair_limit: 0, ..plain().parameters }, ..plain() },
            ..good.clone()
        },
    ];
    for one in odd {
        assert!(matches!(open(c, &hub.operator, one.clone()).await, Err(Refusal::Invalid(_))), "{one:?}");
    }
    assert!(matches!(open(c, &hub.keeper, good.clone()).await, Err(Refusal::Forbidden(_))));
    open(c, &hub.operator, good.clone()).await.unwrap();
    assert!(matches!(open(c, &hub.operator, good).await, Err(Refusal::Conflict(_))));
    assert!(matches!(get(c, "none").await, Err(Refusal::NotFound(_))));
    assert_eq!(list(c).await.unwrap().len(), 1);
}
