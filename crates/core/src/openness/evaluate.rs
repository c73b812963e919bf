//! From findings to a verdict. The same findings give the same verdict, to the byte.

use std::collections::BTreeMap;

use super::advice::{to_have, to_license};
use super::component::{Class, Component};
use super::dataset;
use super::definition;
use super::finding::{Code, Finding, Level, Licensing, Presence, Remark, Severity};
use super::mot;
use super::tally::{Progress, Status, Tally, tally};
use super::terms::Open;
use super::verdict::{Grade, Part, Profile, Step, Verdict, Way};

/// Judges a release by a profile. Of a part that `findings` does not have, nothing is known: it was not found. `remarks` are
/// what the gathering had to say; the verdict has them too.
pub fn evaluate(findings: &[Finding], remarks: &[Remark], profile: Profile) -> Verdict {
    let mut known: BTreeMap<Component, &Finding> = BTreeMap::new();
    for finding in findings {
        known.entry(finding.component).or_insert(finding);
    }
    let nothing = |component| Finding::none(component, &[]);
    let asked: &[Component] = if profile == Profile::Data { &dataset::PARTS } else { &Component::ALL };
    let parts: Vec<Part> = asked
        .iter()
        .map(|component| match known.get(component) {
            Some(finding) => part(finding, profile),
            None => part(&nothing(*component), profile),
        })
        .collect();
    let mut verdict = match profile {
        Profile::Mof | Profile::Mot | Profile::Data => by_class(parts, profile),
        Profile::Osaid => definition::osaid(parts),
        Profile::Eu => definition::eu(parts),
    };
    let said = verdict.parts.iter().flat_map(|part| remarks_on(part, profile));
    let mut all: Vec<Remark> = remarks.iter().cloned().chain(said).collect();
    weigh(&mut all, &verdict);
    verdict.remarks = all;
    verdict
}

/// Errors are what stands in the way of the next class.
fn weigh(remarks: &mut Vec<Remark>, verdict: &Verdict) {
    for remark in remarks.iter_mut() {
        let blocks = verdict.next.iter().any(|step| Some(step.component) == remark.component);
        remark.severity = match (remark.severity, blocks) {
            (Severity::Error, false) => Severity::Warning,
            (severity, _) => severity,
        };
    }
    remarks.sort_by(|a, b| {
        (b.severity, a.code, a.component, &a.text).cmp(&(a.severity, b.code, b.component, &b.text))
    });
    remarks.dedup();
}

fn part(finding: &Finding, profile: Profile) -> Part {
    let (status, possible) = (confirmed(finding, profile), possible(finding, profile));
    let (class, required) = match profile {
        Profile::Data => (dataset::class_of(finding.component), true),
        _ => (finding.component.class(), finding.component.required()),
    };
    Part {
        component: finding.component,
        class: Grade::of(Some(class)),
        required,
        presence: finding.presence,
        status,
        // More evidence never makes a part worse.
        possible: possible.max(status),
        license: finding.license.clone(),
        evidence: finding.evidence.clone(),
        searched: finding.searched.clone(),
    }
}

/// How a part counts by what is sure alone.
fn confirmed(finding: &Finding, profile: Profile) -> Status {
    if !finding.is_confirmed() {
        return Status::Missing;
    }
    if any_terms(finding.component, profile) {
        return Status::Included;
    }
    match &finding.license {
        Some(licensing) if is_open(licensing, profile) => match licensing.is_confirmed() {
            true => Status::Included,
            false => Status::Unlicensed,
        },
        Some(licensing) if licensing.terms.open == Open::Unclear => Status::Unlicensed,
        Some(_) => Status::Invalid,
        None => Status::Unlicensed,
    }
}

/// How it counts if all that is claimed, and all that is unclear, is so.
fn possible(finding: &Finding, profile: Profile) -> Status {
    if finding.presence == Presence::NotFound {
        return Status::Missing;
    }
    if any_terms(finding.component, profile) {
        return Status::Included;
    }
    match &finding.license {
        Some(licensing) if licensing.terms.open == Open::No => Status::Invalid,
        Some(licensing) if licensing.terms.restrictions.contains(&super::Restriction::Undeclared) => {
            Status::Unlicensed
        }
        Some(_) => Status::Included,
        None => Status::Unlicensed,
    }
}

/// The framework takes data sets and samples under any terms and under none; its tool does not. What a data set says of where
/// it came from and what is in it is no work of its own.
fn any_terms(component: Component, profile: Profile) -> bool {
    match profile {
        Profile::Mof => matches!(component, Component::Datasets | Component::SampleOutputs),
        Profile::Data => matches!(component, Component::Provenance | Component::Structure),
        Profile::Mot | Profile::Osaid | Profile::Eu => false,
    }
}

/// The tool takes ids as they are spelled.
fn is_open(licensing: &Licensing, profile: Profile) -> bool {
    match profile {
        Profile::Mot => licensing.terms.open == Open::Yes && mot::is_open(&licensing.terms.name),
        Profile::Mof | Profile::Osaid | Profile::Eu | Profile::Data => licensing.terms.open == Open::Yes,
    }
}

/// How far a release is on the way to each class, and the class that is reached.
type Reached = (BTreeMap<Class, Progress>, Option<Class>);

fn by_class(parts: Vec<Part>, profile: Profile) -> Verdict {
    let state = |of: fn(&Part) -> Status| -> Reached {
        let states: BTreeMap<Component, Status> =
            parts.iter().map(|part| (part.component, of(part))).collect();
        let status = |component: Component| states.get(&component).copied().unwrap_or(Status::Missing);
        if profile == Profile::Data {
            let (progress, class) = dataset::tally(status);
            return (progress.into(), class);
        }
        let Tally { progress, class, .. } = tally(status);
        (progress, class)
    };
    let (sure, maybe) = (state(|part| part.status), state(|part| part.possible));
    let none = Progress { done: 0, of: 0, barred: true };
    let of = |reached: &Reached, class: Class| reached.0.get(&class).copied().unwrap_or(none);
    let way = |class| Way {
        class: Grade::of(Some(class)),
        confirmed: of(&sure, class),
        possible: of(&maybe, class),
    };
    Verdict {
        profile,
        confirmed: Grade::of(sure.1),
        possible: Grade::of(maybe.1.max(sure.1)),
        progress: Class::ALL.map(way).into(),
        next: steps(&parts, sure.1),
        parts,
        remarks: Vec::new(),
        questions: Vec::new(),
    }
}

/// What lacks for the class above the one that is reached.
fn steps(parts: &[Part], reached: Option<Class>) -> Vec<Step> {
    let Some(next) = Class::ALL.into_iter().find(|class| Some(*class) > reached) else {
        return Vec::new();
    };
    let status = |component| parts.iter().find(|part| part.component == component).map(|part| part.status);
    let paper = status(Component::ResearchPaper) == Some(Status::Included);
    parts
        .iter()
        .filter(|part| part.required && part.class.class() <= Some(next))
        .filter(|part| part.status != Status::Included)
        // A paper stands in for the report.
        .filter(|part| !(part.component == Component::TechnicalReport && paper))
        .map(step)
        .collect()
}

/// What to do about a part that does not count.
pub(super) fn step(part: &Part) -> Step {
    let fix = match part.status {
        Status::Unlicensed | Status::Invalid => to_license(part),
        Status::Missing | Status::Included if part.presence == Presence::Restricted => {
            "Give it to everybody: files that are given on request do not count."
        }
        Status::Missing | Status::Included => to_have(part.component),
    };
    Step { component: part.component, status: part.status, fix: fix.to_owned() }
}

/// What is to be said of a part by itself.
fn remarks_on(part: &Part, profile: Profile) -> Vec<Remark> {
    let name = part.component.name();
    let place = part.evidence.first().map(|evidence| evidence.place.clone());
    let remark = |code, severity, text: String, fix: &str| Remark {
        code,
        severity,
        component: Some(part.component),
        text,
        fix: fix.to_owned(),
        place: place.clone(),
    };
    let mut all = Vec::new();
    let severity = if part.required { Severity::Error } else { Severity::Note };
    match part.presence {
        Presence::NotFound => {
            let searched = match part.searched.is_empty() {
                true => String::new(),
                false => format!(" in {}", part.searched.join(", ")),
            };
            all.push(remark(
                Code::Missing,
                severity,
                format!("{name}: not found{searched}"),
                to_have(part.component),
            ));
            return all;
        }
        Presence::Partial => {
            let text = format!("{name}: only a part of it was found");
            all.push(remark(Code::Partial, severity, text, to_have(part.component)));
        }
        Presence::Restricted => {
            let text = format!("{name}: there, but given on request alone");
            all.push(remark(Code::Gated, severity, text, &step(part).fix));
        }
        Presence::ByReference | Presence::Present => {
            let level = part.evidence.iter().map(|one| one.level).max();
            if let Some(level @ (Level::Claimed | Level::Weak)) = level {
                let text = format!("{name}: {} evidence alone", level.word());
                all.push(remark(Code::WeakEvidence, severity, text, to_have(part.component)));
            }
        }
    }
    if !any_terms(part.component, profile) {
        all.extend(on_terms(part, &remark, severity));
    }
    all
}

fn on_terms(
    part: &Part,
    remark: &impl Fn(Code, Severity, String, &str) -> Remark,
    severity: Severity,
) -> Vec<Remark> {
    let (name, fix) = (part.component.name(), to_license(part));
    let Some(licensing) = &part.license else {
        return vec![remark(
            Code::Unlicensed,
            severity,
            format!("{name}: nobody says under which terms it is"),
            fix,
        )];
    };
    let terms = &licensing.terms;
    let place = licensing.evidence.first().map(|evidence| evidence.place.clone());
    let at = |mut remark: Remark| {
        remark.place = place.clone().or(remark.place);
        remark
    };
    let told = format!("{name}: {}: {}", terms.name, terms.reason);
    let mut all = Vec::new();
    match terms.open {
        Open::No => all.push(at(remark(Code::NotOpen, severity, told, fix))),
        Open::Unclear => all.push(at(remark(Code::Unclear, severity, told, fix))),
        Open::Yes => {
            if !licensing.is_confirmed() {
                let text = match &licensing.own {
                    Some(own) if own.is_confirmed() => {
                        format!(
                            "{name}: {} stands there, and what it is made from may grant less",
                            terms.name
                        )
                    }
                    _ => format!("{name}: {} is claimed, and no text of it was found", terms.name),
                };
                all.push(at(remark(Code::WeakEvidence, severity, text, fix)));
            }
            let content = part.component.content();
            if !terms.suit(content) {
                let text = format!("{name}: {} was not written for {}", terms.name, content.word());
                all.push(at(remark(Code::WrongType, Severity::Note, text, fix)));
            }
        }
    }
    all
}
