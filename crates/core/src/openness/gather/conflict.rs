//! What takes away from the terms of parts, whatever the licence says: lists of forbidden uses, and what a base does not grant.

use super::super::component::Component;
use super::super::finding::{Code, Evidence, Finding, Level, Place, Remark, Severity};
use super::super::seen::{File, Link, Reading, Release};
use super::super::terms::{Open, Restriction};

/// A list of forbidden uses beside a licence holds something back, whatever the licence says.
pub(super) fn use_policy(release: &Release, findings: &mut [Finding], remarks: &mut Vec<Remark>) {
    let policy = release.files.iter().find_map(|file| Some((file, policy_of(file)?)));
    let Some((policy, (line, said))) = policy else { return };
    let place = line.map_or_else(|| Place::file(&policy.path), |line| Place::line(&policy.path, line));
    remarks.push(Remark {
        code: Code::ExtraTerms,
        severity: Severity::Warning,
        component: Some(Component::Parameters),
        text: format!("{} {said}", policy.path),
        fix: "Take it out, or name terms that say so.".to_owned(),
        place: Some(place),
    });
    let weights = findings.iter_mut().filter(|finding| finding.component == Component::Parameters);
    for licensing in weights.filter_map(|finding| finding.license.as_mut()) {
        licensing.terms.open = licensing.terms.open.max(Open::Unclear);
        licensing.terms.restrictions.insert(Restriction::UseRestriction);
        licensing.terms.reason = format!("{}; {} {said}", licensing.terms.reason, policy.path);
    }
}

/// Whether a file at the top lists forbidden uses, by its name, or is a notice that holds something back: the line, and what it
/// does in a few words.
fn policy_of(file: &File) -> Option<(Option<u32>, String)> {
    const NAMED: [&str; 7] = [
        "usepolicy",
        "usagepolicy",
        "acceptableuse",
        "prohibiteduse",
        "userestriction",
        "usagerestriction",
        "licenserestriction",
    ];
    let name = file.name();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    if file.path.contains('/') || !["", "md", "txt", "rst", "html", "pdf"].contains(&ending) {
        return None;
    }
    let words: String = stem.chars().filter(char::is_ascii_alphabetic).collect();
    if words == "aup" || words == "restrictions" || NAMED.iter().any(|named| words.contains(named)) {
        return Some((None, "lists uses beside the licence".to_owned()));
    }
    match &file.reading {
        Reading::Prose(prose) if words == "notice" => {
            let held = prose.held.first()?;
            Some((Some(held.line), format!("says {:?}", held.said)))
        }
        _ => None,
    }
}

/// Nobody can grant more of a model than its base grants, nor of data than the data that they were made from.
pub(super) fn base_conflict(
    release: &Release,
    (component, link): (Component, Link),
    findings: &mut [Finding],
    remarks: &mut Vec<Remark>,
) {
    let Some(made) = findings.iter_mut().find(|finding| finding.component == component) else {
        return;
    };
    let Some(own) = made.license.clone() else { return };
    let what = if component == Component::Parameters { "the weights" } else { "the data" };
    for linked in release.linked.iter().filter(|linked| linked.link == link) {
        let known = linked.found.as_deref().and_then(|found| Some((found, found.terms.as_ref()?)));
        let Some((found, base)) = known else {
            unknown_base(&linked.name, made, remarks);
            continue;
        };
        if base.open <= own.terms.open {
            continue;
        }
        let text = format!(
            "{what} are said to be under {}, but are made from {}, which is under {}: {}",
            own.terms.name, linked.name, base.name, base.reason
        );
        remarks.push(Remark {
            code: Code::BaseConflict,
            severity: Severity::Error,
            component: Some(component),
            text,
            fix: "Name the terms of the base, which hold for what is made of it.".to_owned(),
            place: Some(Place::file("README.md")),
        });
        let place =
            Place { repo: Some(found.repo.clone()), commit: Some(found.commit.clone()), ..Place::default() };
        let evidence =
            Evidence::new("license.base", Level::Strong, place, format!("{}: {}", base.name, base.reason));
        if let Some(licensing) = &mut made.license {
            licensing.keep_own();
            licensing.terms = licensing.terms.clone().stricter(base.clone());
            licensing.evidence.insert(0, evidence);
        }
    }
}

/// What a base grants that nobody looked at is not sure.
fn unknown_base(name: &str, made: &mut Finding, remarks: &mut Vec<Remark>) {
    remarks.push(Remark {
        code: Code::Unresolved,
        severity: Severity::Warning,
        component: Some(made.component),
        text: format!("the terms of the base {name} are not known here, and nothing made of it grants more"),
        fix: "Name a base that is on this hub, with its terms.".to_owned(),
        place: Some(Place::file("README.md")),
    });
    let Some(licensing) = &mut made.license else { return };
    licensing.keep_own();
    for one in &mut licensing.evidence {
        one.level = one.level.min(Level::Weak);
    }
}
