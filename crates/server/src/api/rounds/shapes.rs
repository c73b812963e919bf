//! The shapes in which rounds are told and asked for.

use seedcorn_commons::rounds::{New, Rules};
use seedcorn_core::fund::{Line, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All rounds, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rounds {
    /// Rounds.
    pub(super) rounds: Vec<Listed>,
}

/// A round of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed {
    /// What its address has.
    pub(super) name: String,
    /// Its title.
    pub(super) title: String,
    /// `open`, `tallied` or `posted`; one that is open takes gifts until it closes.
    pub(super) state: String,
    /// Until when it takes gifts.
    pub(super) closes: String,
    /// The currency, and how many digits its amounts have behind the point.
    pub(super) currency: String,
    /// Digits behind the point: amounts are whole minor units.
    pub(super) digits: i64,
}

/// A round.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    /// What its address has.
    pub(super) name: String,
    /// Its title.
    pub(super) title: String,
    /// What it is for.
    pub(super) about: String,
    /// `open`, `closed`, `tallied` or `posted`.
    pub(super) stage: &'static str,
    /// Until when it takes gifts.
    pub(super) closes: String,
    /// Until when the result may be challenged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) challenged_until: Option<String>,
    /// The currency.
    pub(super) currency: String,
    /// Digits behind the point: amounts are whole minor units.
    pub(super) digits: i64,
    /// How it is shared and who may take part.
    #[schema(value_type = Object)]
    pub(super) rules: Rules,
    /// What is to be shared, in minor units.
    pub(super) pool: u64,
    /// The seal of the last line of its book, which stands for the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) book_seal: Option<String>,
    /// Works that take part, and what each gets: while the round is open, what it would get if it closed now.
    pub(super) works: Vec<RoundWork>,
    /// What was said against results.
    pub(super) challenges: Vec<Challenge>,
}

/// A work of a round.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoundWork {
    /// What names it: `models/ada/one`.
    pub(super) work: String,
    /// Why it has no part, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_out: Option<String>,
    /// What it gets, and why: donors, what they gave, its match, what it would be uncapped, what reduced it, other rules.
    #[schema(value_type = Object)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<Line>,
}

/// What somebody says against a result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Challenge {
    /// Its number.
    pub(super) n: i64,
    /// Against which tally.
    pub(super) tally: i64,
    /// Who.
    pub(super) member: String,
    /// What is said.
    pub(super) words: String,
    /// When.
    pub(super) at: String,
    /// The answer; empty before there is one.
    pub(super) answer: String,
}

/// What is to be done with rounds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Deed {
    /// Promise an amount to the pool.
    Pledge {
        /// Minor units.
        amount: u64,
        /// Chosen by you: the same deed sent twice is one.
        key: String,
    },
    /// Enter a work of yours.
    Enter {
        /// `models/ada/one`.
        work: String,
    },
    /// Give to a work.
    Give {
        /// `models/ada/one`.
        work: String,
        /// Minor units.
        amount: u64,
        /// Chosen by you: the same deed sent twice is one.
        key: String,
    },
    /// Leave a work out, with a reason; for no reason, let it in again.
    LeaveOut {
        /// `models/ada/one`.
        work: String,
        /// Why.
        #[serde(default)]
        why: String,
    },
    /// Ends the time in which it takes gifts. For those who run the hub.
    Close {},
    /// Share the pool: the result may be challenged.
    Tally {},
    /// Say something against the result.
    Challenge {
        /// What.
        words: String,
    },
    /// Answer a challenge.
    Answer {
        /// Its number.
        n: i64,
        /// What.
        words: String,
    },
    /// The result never was.
    Withdraw {},
    /// The result holds.
    Post {},
    /// Claim what is kept for a work of yours.
    Claim {
        /// What names it in the book.
        work: String,
        /// The work here whose owner it is owed to, where that is another: what is kept for `arxiv:2401.00001` may be claimed by
        /// `papers/ada/one`. Those who run the hub do so, once they know whose it is.
        #[serde(default)]
        by: Option<String>,
    },
    /// Write a correcting entry, or give back what nobody will have. What was written stays.
    Correct {
        /// The account that is debited: `pool`, `bank`, `pledged/WHO`, `escrow/WORK`, `payable/WHO`.
        debit: String,
        /// The account that is credited.
        credit: String,
        /// Minor units.
        amount: u64,
        /// Why, in one line.
        why: String,
        /// Chosen by you: the same deed sent twice is one.
        key: String,
    },
    /// A funder gave, outside of the hub, what they had promised.
    Received {
        /// Who.
        who: String,
        /// Minor units.
        amount: u64,
        /// Chosen by you: the same deed sent twice is one.
        key: String,
    },
    /// Somebody was paid, outside of the hub, what they were owed.
    Paid {
        /// Who.
        who: String,
        /// Minor units.
        amount: u64,
        /// Chosen by you: the same deed sent twice is one.
        key: String,
    },
}

/// A round to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    /// What its address has: small letters, digits and `-`.
    #[schema(example = "spring-2026")]
    pub(super) name: String,
    /// Its title.
    pub(super) title: String,
    /// What it is for.
    #[serde(default)]
    pub(super) about: String,
    /// Three letters (ISO 4217).
    #[schema(example = "EUR")]
    pub(super) currency: String,
    /// Digits behind the point.
    #[serde(default = "hundredths")]
    pub(super) digits: u8,
    /// `pairwise`, `plain` or `cocm`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) rule: Option<Rule>,
    /// The most that two donors bring in together under `pairwise`, before all is scaled to the pool.
    #[serde(default)]
    pub(super) pair_limit: Option<u64>,
    /// The most that all works of one owner get, in minor units.
    #[serde(default)]
    pub(super) cap: Option<u64>,
    /// The least that a work gets, or nothing.
    #[serde(default)]
    pub(super) floor: u64,
    /// Of a thousand units, those that go by credit for what is used.
    #[serde(default)]
    pub(super) by_credit: u16,
    /// Whether works that others build upon have their part by credit although nobody entered them.
    #[serde(default)]
    pub(super) upstream: bool,
    /// The least class of openness: 0 for any, 1 for III, 2 for II, 3 for I.
    #[serde(default)]
    pub(super) class: u8,
    /// Licences of which one is wanted.
    #[serde(default)]
    pub(super) licenses: Vec<String>,
    /// Kinds that take part, such as `model`.
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    /// Days that it takes gifts.
    pub(super) days: i64,
    /// Days that a result may be challenged.
    #[serde(default = "two_weeks")]
    pub(super) challenge_days: i64,
}

fn hundredths() -> u8 {
    2
}

fn two_weeks() -> i64 {
    14
}

impl Opening {
    pub(super) fn meant(self) -> New {
        let mut rules = Rules { upstream: self.upstream, ..Rules::default() };
        let parameters = &mut rules.parameters;
        parameters.rule = self.rule.unwrap_or(Rule::Pairwise);
        parameters.pair_limit = self.pair_limit.unwrap_or(parameters.pair_limit);
        parameters.caps.most = self.cap;
        parameters.caps.least = self.floor;
        parameters.by_credit = self.by_credit;
        rules.eligible.class = self.class;
        rules.eligible.licenses = self.licenses;
        rules.eligible.kinds = self.kinds;
        let (name, title, about, currency) = (self.name, self.title, self.about, self.currency);
        let (digits, days, challenge_days) = (self.digits, self.days, self.challenge_days);
        New { name, title, about, currency, digits, rules, days, challenge_days }
    }
}

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Where the round stands.
    pub(super) stage: &'static str,
}

/// A file of a round: `format` says of which shape.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoundFile {
    /// `seedcorn round v1` or `seedcorn book v1`.
    format: String,
}
