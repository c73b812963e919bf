//! Verdicts: the cases that the framework and its tool leave room to get wrong, and what must hold of all of them.

use proptest::prelude::*;

use super::super::*;

/// A part that is there, seen in bytes, under terms.
fn there(component: Component, license: Option<&str>) -> Finding {
    let seen = |rule| vec![Evidence::new(rule, Level::Verified, Place::file("x"), "seen")];
    let license = license.map(|text| Licensing::new(Terms::of(text), seen("license.text")));
    Finding {
        component,
        presence: Presence::Present,
        evidence: seen("x.seen"),
        license,
        searched: Vec::new(),
    }
}

/// An open licence that suits.
fn open(component: Component) -> Finding {
    let license = match component.content() {
        Content::Code => "Apache-2.0",
        Content::Data => "CDLA-Permissive-2.0",
        Content::Document => "CC-BY-4.0",
    };
    there(component, Some(license))
}

fn up_to(class: Class) -> Vec<Finding> {
    Component::ALL.into_iter().filter(|one| one.is_asked_for(class)).map(open).collect()
}

fn without(mut findings: Vec<Finding>, component: Component) -> Vec<Finding> {
    findings.retain(|finding| finding.component != component);
    findings
}

fn with(findings: Vec<Finding>, finding: Finding) -> Vec<Finding> {
    let mut findings = without(findings, finding.component);
    findings.push(finding);
    findings
}

fn mof(findings: &[Finding]) -> Verdict {
    evaluate(findings, &[], Profile::Mof)
}

fn done(verdict: &Verdict, class: Grade) -> (u8, u8, bool) {
    let way = verdict.progress.iter().find(|way| way.class == class).unwrap();
    (way.confirmed.done, way.confirmed.of, way.confirmed.barred)
}

#[test]
fn each_class_is_reached_by_what_it_asks_for() {
    for (class, grade) in [(Class::III, Grade::III), (Class::II, Grade::II), (Class::I, Grade::I)] {
        let verdict = mof(&up_to(class));
        assert_eq!((verdict.confirmed, verdict.possible), (grade, grade));
        assert_eq!(verdict.next.is_empty(), class == Class::I);
        assert!(verdict.remarks.iter().all(|remark| remark.code != Code::WrongType), "{:?}", verdict.remarks);
    }
    assert_eq!(mof(&[]).confirmed, Grade::Unclassified);
    assert_eq!(mof(&[]).parts.len(), 17);
}

#[test]
fn a_paper_stands_in_for_a_report() {
    let report = Component::TechnicalReport;
    let paper = open(Component::ResearchPaper);
    let closed = there(Component::ResearchPaper, Some("CC-BY-NC-4.0"));
    let lacking = without(up_to(Class::III), report);
    assert_eq!(mof(&lacking).confirmed, Grade::Unclassified);
    assert_eq!(mof(&with(lacking.clone(), paper.clone())).confirmed, Grade::III);
    let invalid = with(lacking.clone(), there(report, Some("CC-BY-ND-4.0")));
    assert_eq!(mof(&with(invalid.clone(), paper)).confirmed, Grade::III);
    let both = mof(&with(invalid, closed));
    assert_eq!((both.confirmed, done(&both, Grade::III)), (Grade::Unclassified, (5, 6, false)));
    // Open reports without a paper: one of fourteen is lacking for the best class.
    let no_paper = mof(&without(up_to(Class::I), Component::ResearchPaper));
    assert_eq!((no_paper.confirmed, done(&no_paper, Grade::I)), (Grade::II, (13, 14, false)));
    let no_report = mof(&without(up_to(Class::I), report));
    assert_eq!((no_report.confirmed, done(&no_report, Grade::I)), (Grade::I, (13, 13, false)));
}

#[test]
fn a_higher_class_is_not_begun_before_the_lower_is_reached() {
    let verdict = mof(&without(up_to(Class::I), Component::DataCard));
    assert_eq!(done(&verdict, Grade::III), (5, 6, false));
    assert!(done(&verdict, Grade::II).2 && done(&verdict, Grade::I).2);
    assert_eq!(verdict.next.len(), 1);
    assert_eq!(verdict.next[0].component, Component::DataCard);
    let verdict = mof(&without(up_to(Class::I), Component::TrainingCode));
    assert_eq!(verdict.confirmed, Grade::III);
    assert!(done(&verdict, Grade::I).2);
}

#[test]
fn data_count_under_any_terms_in_the_framework_and_not_in_its_tool() {
    for license in [None, Some("CC-BY-NC-4.0")] {
        let findings = with(up_to(Class::I), there(Component::Datasets, license));
        assert_eq!(mof(&findings).confirmed, Grade::I);
        assert_eq!(evaluate(&findings, &[], Profile::Mot).confirmed, Grade::II);
    }
}

#[test]
fn spellings_count_in_the_tool_alone() {
    let card = Component::ModelCard;
    let lower = Licensing::new(Terms::unclear("apache-2.0", ""), Vec::new());
    assert!(!mot::is_open(&lower.terms.name) && mot::is_open("Apache-2.0"));
    let findings = with(up_to(Class::III), there(card, Some("apache-2.0")));
    assert_eq!(mof(&findings).confirmed, Grade::III);
    let findings = with(up_to(Class::III), there(Component::Parameters, Some("pddl")));
    assert_eq!(mof(&findings).confirmed, Grade::III);
    assert_eq!(evaluate(&findings, &[], Profile::Mot).confirmed, Grade::Unclassified);
}

#[test]
fn what_is_not_sure_is_possible_alone() {
    for level in [Level::Claimed, Level::Weak] {
        let mut card = open(Component::DataCard);
        card.evidence[0].level = level;
        let verdict = mof(&with(up_to(Class::III), card));
        assert_eq!((verdict.confirmed, verdict.possible), (Grade::Unclassified, Grade::III));
        let remark = verdict.remarks.iter().find(|remark| remark.code == Code::WeakEvidence).unwrap();
        assert_eq!((remark.severity, remark.component), (Severity::Error, Some(Component::DataCard)));
    }
    for presence in [Presence::Partial, Presence::Restricted] {
        let weights = Finding { presence, ..open(Component::Parameters) };
        let verdict = mof(&with(up_to(Class::III), weights));
        assert_eq!((verdict.confirmed, verdict.possible), (Grade::Unclassified, Grade::III), "{presence:?}");
    }
    let mut claimed = open(Component::Parameters);
    claimed.license.as_mut().unwrap().evidence[0].level = Level::Claimed;
    let verdict = mof(&with(up_to(Class::III), claimed));
    assert_eq!((verdict.confirmed, verdict.possible), (Grade::Unclassified, Grade::III));
}

#[test]
fn what_is_not_understood_is_never_open() {
    for license in ["other", "cc", "LicenseRef-ours", "Apache 2", "bsd"] {
        let verdict = mof(&with(up_to(Class::III), there(Component::Parameters, Some(license))));
        assert_eq!((verdict.confirmed, verdict.possible), (Grade::Unclassified, Grade::III), "{license}");
    }
    for license in ["llama3", "cc-by-nc-4.0", "gemma"] {
        let verdict = mof(&with(up_to(Class::III), there(Component::Parameters, Some(license))));
        assert_eq!(verdict.possible, Grade::Unclassified, "{license}");
        let remark = verdict.remarks.iter().find(|remark| remark.code == Code::NotOpen).unwrap();
        assert!(
            remark.severity == Severity::Error
                && remark.text.to_lowercase().contains(license)
                && !remark.fix.is_empty()
        );
    }
    assert_eq!(
        mof(&with(up_to(Class::III), there(Component::Parameters, Some("unknown")))).possible,
        Grade::Unclassified
    );
}

#[test]
fn welcome_parts_change_nothing() {
    for component in [Component::SampleOutputs, Component::Libraries, Component::Metadata] {
        let verdict = mof(&with(up_to(Class::I), there(component, Some("CC-BY-NC-4.0"))));
        assert_eq!(verdict.confirmed, Grade::I, "{component:?}");
        assert!(verdict.remarks.iter().all(|remark| remark.severity != Severity::Error));
    }
}

#[test]
fn licences_for_other_kinds_of_parts_are_noted_alone() {
    let verdict = mof(&with(up_to(Class::III), there(Component::Parameters, Some("Apache-2.0"))));
    assert_eq!(verdict.confirmed, Grade::III);
    let notes: Vec<_> = verdict.remarks.iter().filter(|remark| remark.code == Code::WrongType).collect();
    assert_eq!((notes.len(), notes[0].severity), (1, Severity::Note));
    let code = with(up_to(Class::III), there(Component::Architecture, Some("BSD-3-Clause")));
    assert!(mof(&code).remarks.iter().all(|remark| remark.code != Code::WrongType));
}

#[test]
fn the_open_source_definition_is_met_by_open_data_alone() {
    let osaid = |findings: &[Finding]| evaluate(findings, &[], Profile::Osaid);
    let full: Vec<Finding> = Component::ALL.map(open).into();
    assert_eq!(osaid(&full).confirmed, Grade::Meets);
    let told = osaid(&without(full.clone(), Component::Datasets));
    assert_eq!((told.confirmed, told.questions.len()), (Grade::NeedsReview, 1));
    let mut silent = full.clone();
    for component in
        [Component::Datasets, Component::DataCard, Component::ResearchPaper, Component::TechnicalReport]
    {
        silent = without(silent, component);
    }
    assert_eq!(osaid(&silent).confirmed, Grade::Fails);
    assert!(!osaid(&silent).next.is_empty());
    // Cards, results and checkpoints are not asked for; libraries are.
    let bare = without(without(full.clone(), Component::ModelCard), Component::Checkpoints);
    assert_eq!(osaid(&bare).confirmed, Grade::Meets);
    assert_eq!(osaid(&without(full.clone(), Component::Libraries)).confirmed, Grade::Fails);
    let rail = with(full, there(Component::Parameters, Some("bigscience-bloom-rail-1.0")));
    assert_eq!(osaid(&rail).confirmed, Grade::Fails);
}

#[test]
fn the_act_asks_for_weights_architecture_and_a_card() {
    let eu = |findings: &[Finding]| evaluate(findings, &[], Profile::Eu);
    let bare =
        vec![open(Component::Parameters), open(Component::Architecture), there(Component::ModelCard, None)];
    assert_eq!((eu(&bare).confirmed, eu(&bare).questions.len()), (Grade::Meets, 1));
    assert_eq!(eu(&without(bare.clone(), Component::ModelCard)).confirmed, Grade::Fails);
    assert_eq!(eu(&with(bare, there(Component::Parameters, Some("llama2")))).confirmed, Grade::Fails);
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let licenses = ["MIT", "CC-BY-4.0", "CC-BY-NC-4.0", "llama3", "other", "unknown", "nonsense"];
    let presences = [
        Presence::NotFound,
        Presence::Partial,
        Presence::Restricted,
        Presence::ByReference,
        Presence::Present,
    ];
    let levels = [Level::Claimed, Level::Weak, Level::Strong, Level::Verified];
    let license = (proptest::sample::select(licenses.to_vec()), proptest::sample::select(levels.to_vec()));
    (
        proptest::sample::select(&Component::ALL[..]),
        proptest::sample::select(presences.to_vec()),
        proptest::sample::select(levels.to_vec()),
        proptest::option::of(license),
    )
        .prop_map(|(component, presence, level, license)| {
            let seen = |level| vec![Evidence::new("x", level, Place::file("x"), "seen")];
            let license = license.map(|(text, level)| Licensing::new(Terms::of(text), seen(level)));
            Finding { component, presence, evidence: seen(level), license, searched: Vec::new() }
        })
}

proptest! {
    #[test]
    fn an_open_part_never_lowers_a_grade(
        findings in proptest::collection::vec(any_finding(), 0..17),
        added in proptest::sample::select(&Component::ALL[..]),
    ) {
        for profile in Profile::ALL {
            let before = evaluate(&findings, &[], profile);
            let after = evaluate(&with(findings.clone(), open(added)), &[], profile);
            prop_assert!(after.confirmed >= before.confirmed, "{profile}: {added:?}");
            prop_assert!(after.possible >= before.possible, "{profile}: {added:?}");
            prop_assert!(before.possible >= before.confirmed);
        }
    }

    #[test]
    fn the_same_findings_give_the_same_bytes(findings in proptest::collection::vec(any_finding(), 0..17)) {
        for profile in Profile::ALL {
            let told = |findings: &[Finding]| serde_json::to_string(&evaluate(findings, &[], profile)).unwrap();
            let verdict: Verdict = serde_json::from_str(&told(&findings)).unwrap();
            prop_assert_eq!(serde_json::to_string(&verdict).unwrap(), told(&findings));
        }
    }

    #[test]
    fn nothing_that_is_written_breaks_the_reading_of_terms(text in "\\PC{0,60}") {
        let terms = Terms::of(&text);
        prop_assert!(terms.open != Open::Yes || !terms.reason.is_empty());
    }
}
