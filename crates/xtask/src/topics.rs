//! Tests of one part of the hub, among those of the step `unit` and the steps that follow: for whoever works on that part.

/// What is run of a topic: which of cargo's targets, and the tests of each whose names hold one of these texts.
pub(crate) struct Topic {
    /// As the command line names it.
    pub(crate) name: &'static str,
    /// Targets, and texts; without texts, all of a target's tests.
    pub(crate) runs: &'static [(&'static [&'static str], &'static [&'static str])],
    /// Steps that are of that topic as a whole, with programs of others; they run after the tests.
    pub(crate) steps: &'static [&'static str],
}

/// All topics.
pub(crate) const ALL: [Topic; 4] = [OPENNESS, FUNDING, TRUST, COLLAB];

const COLLAB: Topic = Topic {
    name: "collab",
    runs: &[
        (&["--lib"], &["git::", "history::", "talk::", "discuss::", "hooks::", "reach::"]),
        (&["--test", "access"], &[]),
        (&["--test", "hub"], &["discussions", "webhooks", "liking"]),
    ],
    steps: &["git"],
};

const FUNDING: Topic = Topic {
    name: "funding",
    runs: &[
        (&["--lib"], &["credit", "fund", "columns", "plain", "lineage", "rounds"]),
        (&["--test", "funding"], &[]),
        (
            &["--test", "suite", "--test", "usage", "--test", "operate", "--test", "crash"],
            &["funding", "lineage", "rounds", "hub_lives"],
        ),
    ],
    steps: &["books"],
};

const OPENNESS: Topic = Topic {
    name: "openness",
    runs: &[
        (&["--lib"], &["openness", "grade"]),
        (&["--test", "grading", "--test", "license_text"], &[]),
        (
            &["--test", "suite", "--test", "operate", "--test", "openness"],
            &["openness", "grading", "graded", "badge", "hub_lives"],
        ),
    ],
    steps: &[],
};

const TRUST: Topic = Topic {
    name: "trust",
    runs: &[
        (&["--lib"], &["log::", "note::", "scan::", "pickle::", "signing::"]),
        (&["--test", "scan", "--test", "signing"], &[]),
        (&["--test", "suite", "--test", "operate"], &["hub_lives", "scan::", "sign::"]),
    ],
    steps: &["log", "scan", "signing"],
};
