//! The rules of the Model Openness Tool, and its own 27 test releases.

mod judging;

use std::collections::BTreeMap;
use std::path::Path;

use super::mot::{BadConfiguration, Configuration};
use super::*;

/// A release whose required parts of some classes are all open, changed by hand.
fn release(class: Option<Class>, changes: &[(Component, Status)]) -> Tally {
    tally(|component| {
        let changed = changes.iter().find(|(one, _)| *one == component).map(|(_, status)| *status);
        let open = class.is_some_and(|class| component.is_asked_for(class));
        changed.unwrap_or(if open { Status::Included } else { Status::Missing })
    })
}

fn shares(tally: &Tally) -> Vec<(u8, u8, bool)> {
    tally.progress.values().map(|progress| (progress.done, progress.of, progress.barred)).collect()
}

use Component::{ResearchPaper as Paper, TechnicalReport as Report};
use Status::{Included, Invalid, Missing, Unlicensed};

#[test]
fn a_paper_stands_in_for_a_report() {
    for state in [Missing, Invalid, Unlicensed] {
        let tally = release(Some(Class::III), &[(Report, state), (Paper, Included)]);
        assert_eq!((tally.class, shares(&tally)[0]), (Some(Class::III), (6, 6, false)), "{state:?}");
        assert!(tally.parts[&Class::III].missing.is_empty());
    }
    let both_bad = release(Some(Class::III), &[(Report, Invalid), (Paper, Invalid)]);
    assert_eq!((both_bad.class, shares(&both_bad)[0]), (None, (5, 6, false)));
    assert_eq!(both_bad.parts[&Class::III].invalid, [Report, Paper]);
    let no_paper = release(Some(Class::I), &[(Paper, Missing)]);
    assert_eq!((no_paper.class, shares(&no_paper)[2]), (Some(Class::II), (13, 14, false)));
    let no_report = release(Some(Class::I), &[(Report, Missing)]);
    assert_eq!((no_report.class, shares(&no_report)[2]), (Some(Class::I), (13, 13, false)));
    assert_eq!(shares(&release(Some(Class::I), &[]))[2], (14, 14, false));
}

#[test]
fn a_class_is_barred_by_those_below_it() {
    let tally = release(Some(Class::I), &[(Component::DataCard, Unlicensed)]);
    assert_eq!(tally.class, None);
    assert_eq!(tally.progress.values().map(|one| one.percent()).collect::<Vec<_>>(), [83, 0, 0]);
    let tally = release(Some(Class::I), &[(Component::EvaluationData, Missing)]);
    assert_eq!(tally.class, Some(Class::III));
    assert_eq!(tally.progress.values().map(|one| one.percent()).collect::<Vec<_>>(), [100, 90, 0]);
}

#[test]
fn what_is_welcome_changes_nothing() {
    let plain = release(Some(Class::II), &[]);
    for component in Component::ALL.into_iter().filter(|one| !one.required()) {
        for status in [Included, Invalid, Unlicensed] {
            assert_eq!(release(Some(Class::II), &[(component, status)]), plain, "{component:?}");
        }
    }
}

#[test]
fn an_open_part_never_lowers_a_class() {
    let mut dice = 7_u64;
    for _ in 0..20_000 {
        let states: BTreeMap<Component, Status> = Component::ALL
            .into_iter()
            .map(|component| {
                // xorshift64
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                let included = !dice.is_multiple_of(4);
                (
                    component,
                    if included { Included } else { [Missing, Invalid, Unlicensed][(dice / 4 % 3) as usize] },
                )
            })
            .collect();
        let before = tally(|component| states[&component]);
        for opened in Component::ALL {
            let after = tally(|component| if component == opened { Included } else { states[&component] });
            assert!(after.class >= before.class, "{opened:?} in {states:?}");
        }
    }
}

fn file(components: &str, licenses: &str) -> Result<Configuration, BadConfiguration> {
    Configuration::read(&format!("release:\n  name: x\n  license: {licenses}\n  components: {components}\n"))
}

#[test]
fn licences_are_resolved_as_the_tool_does() {
    let global = "{distribution: {name: MIT}, code: {name: Llama}, data: {name: ''}}";
    let read = file(
        "[{name: Model architecture}, {name: Model card, license: null}, {name: Datasets, license: ''}, \
         {name: Data card, license: unlicensed}, {name: Training code, license: apache-2.0}, \
         {name: Evaluation code, license: Apache-2.0}, {name: Evaluation data}]",
        global,
    )
    .unwrap();
    let state = |component| (read.license(component), read.status(component));
    assert_eq!(state(Component::Architecture), (Some("Llama"), Invalid), "of its kind before that of all");
    assert_eq!(state(Component::ModelCard), (Some("MIT"), Included), "null inherits");
    assert_eq!(state(Component::EvaluationData), (Some("MIT"), Included), "an empty one of its kind is none");
    assert_eq!(state(Component::Datasets), (None, Unlicensed));
    assert_eq!(state(Component::DataCard), (None, Unlicensed), "says itself that it has none");
    assert_eq!(state(Component::TrainingCode), (Some("apache-2.0"), Invalid), "in this very spelling");
    assert_eq!(state(Component::EvaluationCode), (Some("Apache-2.0"), Included));
    assert_eq!(state(Component::InferenceCode), (None, Missing));
    for open in ["BSD-3-Clause", "GPL-3.0", "OpenMDW-1.0", "CC-BY-4.0", "CDLA-Permissive-2.0"] {
        assert!(mot::is_open(open), "{open}");
    }
    for not in ["PDDL-1.0", "OpenMDW-1.1", "CC-BY-NC-4.0", "Gemma", "Undisclosed", "", "mit"] {
        assert!(!mot::is_open(not), "{not}");
    }
}

#[test]
fn what_is_no_configuration_says_why() {
    let empty = file("[]", "{}").unwrap().tally();
    assert_eq!((empty.class, shares(&empty)), (None, vec![(0, 6, false), (0, 10, true), (0, 14, true)]));
    let unknown = file("[{name: Training dataset}]", "{}").unwrap_err();
    assert_eq!(unknown, BadConfiguration::Unknown("Training dataset".into()));
    for bad in [
        "",
        "release: 3",
        "release: {}",
        "release: {components: 3}",
        "release: {components: [3]}",
        "- a",
        "{",
    ] {
        assert!(Configuration::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_tools_own_cases_are_exact() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mot");
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: BTreeMap<String, serde_json::Value> = serde_json::from_str(&expected).unwrap();
    assert_eq!(expected.len(), 27);
    for (name, case) in expected {
        let tally =
            Configuration::read(&std::fs::read_to_string(folder.join(&name)).unwrap()).unwrap().tally();
        assert_eq!(case["class"], tally.class.map_or(0, Class::number), "{name}");
        for (class, progress) in &tally.progress {
            let number = class.number().to_string();
            let exact =
                if progress.barred { 0.0 } else { f64::from(progress.done) / f64::from(progress.of) * 100.0 };
            let told = case["progress"][&number].as_f64().unwrap();
            assert!((told - exact).abs() < 1e-9, "{name}, class {class}: {told} is not {exact}");
            let badge = match progress.percent() {
                _ if progress.is_whole() => "Qualified".to_owned(),
                0 => "Not met".to_owned(),
                percent => format!("In progress ({percent}%)"),
            };
            assert_eq!(case["badges"][&number], badge.as_str(), "{name}, class {class}");
        }
        let parts = &tally.parts[&Class::III];
        for (state, ours) in [
            ("included", &parts.included),
            ("invalid", &parts.invalid),
            ("missing", &parts.missing),
            ("unlicensed", &parts.unlicensed),
        ] {
            let mut ours: Vec<&str> = ours.iter().map(|component| component.name()).collect();
            // The tool lists optional parts as well.
            let asked = |name: &&str| Component::named(name).unwrap().required();
            let theirs = case["class3"][state].as_array().unwrap().iter().map(|one| one.as_str().unwrap());
            let mut theirs: Vec<&str> = theirs.filter(asked).collect();
            ours.sort_unstable();
            theirs.sort_unstable();
            assert_eq!(ours, theirs, "{name}: {state}");
        }
    }
}
