//! Verdicts for people: a table of all parts, and what would take the release further.

use std::fmt::Write;

use seedcorn_core::openness::mot::Configuration;
use seedcorn_core::openness::report::{definition, label, mark, place};
use seedcorn_core::openness::{
    Code, Component, Difference, Evidence, Grade, Profile, Remark, Severity, Tally, Verdict, What,
};

/// Columns of a name.
const NAME: usize = 34;
/// Remarks that are told below the table.
const REMARKS: usize = 20;

/// The whole verdict.
pub(super) fn verdict(name: &str, verdict: &Verdict) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{name}: {} ({})",
        label(verdict.profile, verdict.confirmed),
        definition(verdict.profile)
    );
    if verdict.possible != verdict.confirmed {
        let _ = writeln!(
            out,
            "possible, if what is claimed or unclear is so: {}",
            label(verdict.profile, verdict.possible)
        );
    }
    for way in &verdict.progress {
        let _ = writeln!(
            out,
            "  Class {:<4} {:>2} of {:<2} confirmed, {:>2} possible",
            way.class.word(),
            way.confirmed.done,
            way.confirmed.of,
            way.possible.done
        );
    }
    let _ = writeln!(out);
    for part in &verdict.parts {
        let class = format!("{}{}", part.class.word(), if part.required { "" } else { " (welcome)" });
        let seen = part.evidence.first().map(|one| place(&one.place)).unwrap_or_default();
        let terms = part.license.as_ref().map(|one| one.terms.name.as_str()).unwrap_or_default();
        let tail = format!("{terms:<18} {seen}");
        let _ = writeln!(
            out,
            "{:<NAME$} {class:<14} {:<10} {}",
            part.component.name(),
            mark(part),
            tail.trim_end()
        );
    }
    remarks(&mut out, verdict);
    if !verdict.next.is_empty() {
        let goal = match verdict.progress.iter().find(|way| !way.confirmed.is_whole()) {
            Some(way) => format!("To reach Class {}:", way.class.word()),
            None => "To meet the definition:".to_owned(),
        };
        let _ = writeln!(out, "\n{goal}");
        for step in &verdict.next {
            let _ = writeln!(out, "  {}: {}", step.component.name(), step.fix);
        }
    }
    for question in &verdict.questions {
        let _ = writeln!(out, "\nOpen question: {question}");
    }
    out
}

fn remarks(out: &mut String, verdict: &Verdict) {
    // What is missing stands in the table.
    let counts = |remark: &&Remark| remark.severity >= Severity::Warning && remark.code != Code::Missing;
    let told: Vec<_> = verdict.remarks.iter().filter(counts).collect();
    if !told.is_empty() {
        let _ = writeln!(out);
    }
    for remark in told.iter().take(REMARKS) {
        let seen = remark.place.as_ref().map(|seen| format!(" ({})", place(seen))).unwrap_or_default();
        let _ = writeln!(out, "{}: {}{seen}", remark.code.word(), remark.text);
    }
    if told.len() > REMARKS {
        let _ = writeln!(out, "and {} more: --format json has them all", told.len() - REMARKS);
    }
}

fn evidence(out: &mut String, all: &[Evidence]) {
    for one in all {
        let _ =
            writeln!(out, "    {} ({}) {}: {}", one.level.word(), one.rule, place(&one.place), one.excerpt);
    }
}

/// All that was found of one part.
pub(super) fn explain(verdict: &Verdict, component: Component) -> String {
    let mut out = String::new();
    for part in verdict.parts.iter().filter(|part| part.component == component) {
        let _ = writeln!(out, "{}: {} ({})", component.name(), mark(part), part.presence.word());
        if !part.searched.is_empty() {
            let _ = writeln!(out, "  looked for in: {}", part.searched.join(", "));
        }
        evidence(&mut out, &part.evidence);
        match &part.license {
            None => {
                let _ = writeln!(out, "  terms: nobody names any");
            }
            Some(license) => {
                let terms = &license.terms;
                let _ = writeln!(out, "  terms: {}: {}", terms.name, terms.reason);
                evidence(&mut out, &license.evidence);
            }
        }
    }
    for remark in verdict.remarks.iter().filter(|remark| remark.component == Some(component)) {
        let _ = writeln!(out, "  {}: {}", remark.code.word(), remark.text);
        if !remark.fix.is_empty() {
            let _ = writeln!(out, "    {}", remark.fix);
        }
    }
    out
}

/// What a configuration file of the Model Openness Tool comes to.
pub(super) fn tally(configuration: &Configuration, tally: &Tally) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} (as the Model Openness Tool counts)",
        configuration.name,
        label(Profile::Mot, Grade::of(tally.class))
    );
    for (class, way) in &tally.progress {
        let _ = writeln!(out, "  Class {class:<4} {}%", way.percent());
    }
    for component in Component::ALL {
        let license = configuration.license(component).unwrap_or_default();
        let _ = writeln!(
            out,
            "{:<NAME$} {:<11} {license}",
            component.name(),
            configuration.status(component).word()
        );
    }
    out
}

/// What is different.
pub(super) fn difference(difference: &Difference) -> String {
    let mut out = String::new();
    let (before, after) = (difference.before.word(), difference.after.word());
    // Writing to a string cannot fail.
    let _ = match before == after {
        true => writeln!(out, "class: {after}, as before"),
        false => writeln!(out, "class: {before} became {after}"),
    };
    if difference.changes.is_empty() {
        let _ = writeln!(out, "nothing is different");
    }
    for change in &difference.changes {
        let terms = match change.relicensed().filter(|_| change.what != What::Gained) {
            Some((before, after)) => format!(", {before} became {after}"),
            None => String::new(),
        };
        let (before, after) = (change.before.word(), change.after.word());
        let _ = writeln!(
            out,
            "{:<13} {}: {before} before, {after} now{terms}",
            change.what.word(),
            change.component.name()
        );
    }
    out
}
