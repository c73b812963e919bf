//! The terms of each part: what stands in the file itself, then typed licence files, then the nearest licence up the tree,
//! then the card, then a claim; of what lies in another repo, that repo's own. Where two say two things, the stricter holds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::component::Component;
use super::super::custom::of_name;
use super::super::finding::{Code, Evidence, Finding, Level, Licensing, Place, Remark, Severity};
use super::super::seen::{File, Link, Reading, Release};
use super::super::terms::{Open, Restriction, Terms};
use super::beside::beside_license;
use super::conflict::{base_conflict, use_policy};
use crate::card;

pub(super) fn resolve(release: &Release, findings: &mut [Finding], remarks: &mut Vec<Remark>) {
    let card = of_card(release);
    let texts = texts(release);
    conflict(&texts, card.as_ref(), remarks);
    extra(release, remarks);
    for finding in findings.iter_mut().filter(|finding| !finding.evidence.is_empty()) {
        // What a library has is under the library's licence.
        if finding.license.is_none() {
            finding.license = of_part(release, &texts, finding, card.as_ref());
        }
    }
    use_policy(release, findings, remarks);
    base_conflict(release, (Component::Parameters, Link::Base), findings, remarks);
    base_conflict(release, (Component::Datasets, Link::Source), findings, remarks);
}

/// The terms of all of a release, as those of one of its parts.
pub(super) fn of_whole(release: &Release, component: Component) -> Option<Terms> {
    let texts = texts(release);
    let license = of_path(release, &texts, component, "", of_card(release).as_ref())?;
    (license.terms.open != Open::Yes || license.is_confirmed()).then_some(license.terms)
}

/// What the card says: all licences that it names hold.
fn of_card(release: &Release) -> Option<Licensing> {
    let named: Vec<&str> = card::texts(&release.metadata, "license").collect();
    let own = card::texts(&release.metadata, "license_name").next();
    let more = beside_license(release);
    let mut terms = match (Terms::of_all(named.iter().copied()), own) {
        (Some(_), Some(name)) if named == ["other"] => of_name(name),
        (Some(terms), _) => terms,
        (None, _) if release.metadata.contains_key("license") => {
            Terms::unclear("unclear", "what the card says of its licence is no licence")
        }
        (None, _) if release.card.as_ref().is_some_and(|card| !card.held.is_empty()) || !more.is_empty() => {
            Terms::unclear("unclear", "the card names no licence")
        }
        (None, _) => return None,
    };
    // A list that has more than names, and words beside a licence's name, say what nobody can judge here.
    let has_more =
        release.metadata.get("license").and_then(Value::as_array).is_some_and(|all| all.len() > named.len());
    let beside = ["license_name", "license_details"].iter().any(|key| {
        release
            .metadata
            .get(*key)
            .is_some_and(|said| said.as_str().is_none_or(|said| !said.trim().is_empty()))
    });
    if has_more || (beside && named != ["other"]) {
        terms.open = terms.open.max(Open::Unclear);
        terms.reason = format!("{}; the card says more of it than a licence's name", terms.reason);
    }
    let text = format!("license: {}", named.join(", "));
    let mut evidence = vec![Evidence::new("license.card", Level::Strong, Place::file("README.md"), text)];
    for (said, what) in more {
        terms.open = terms.open.max(Open::Unclear);
        terms.restrictions.extend(what);
        terms.reason = format!("{}; the card says {said}", terms.reason);
        evidence.push(Evidence::new("license.told", Level::Strong, Place::file("README.md"), said));
    }
    Some(as_told(release, Licensing::new(terms, evidence)))
}

/// What the card tells people of its terms may hold back what its metadata grant.
fn as_told(release: &Release, mut said: Licensing) -> Licensing {
    for held in release.card.iter().flat_map(|card| &card.held) {
        said.terms.open = said.terms.open.max(Open::Unclear);
        if said.terms.restrictions.insert(held.what) {
            said.terms.reason = format!("{}; the card says {:?}", said.terms.reason, held.said);
        }
        let place = Place::line("README.md", held.line);
        said.evidence.push(Evidence::new("license.told", Level::Strong, place, &held.said));
    }
    said
}

/// A licence file and what it comes to.
struct Text<'a> {
    file: &'a File,
    folder: &'a str,
    terms: Terms,
    /// The parts that it is for by its name; none for one of everything beside and below it.
    of: Option<&'static [Component]>,
}

fn texts(release: &Release) -> Vec<Text<'_>> {
    let read = release.files.iter().filter_map(|file| match &file.reading {
        Reading::License(text) => {
            Some(Text { file, folder: rules(file), terms: text.terms(), of: typed(file) })
        }
        _ => None,
    });
    read.collect()
}

/// The folder for which a licence is: one in a folder of legal texts is for what lies beside that.
fn rules(file: &File) -> &str {
    let folder = file.folder();
    let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
    match matches!(
        last.to_ascii_lowercase().as_str(),
        "legal" | "license" | "licence" | "licenses" | "licences"
    ) {
        true => above,
        false => folder,
    }
}

fn typed(file: &File) -> Option<&'static [Component]> {
    let name = file.name();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |all: &[&str]| words.iter().any(|word| all.contains(word));
    if has(&["model", "weights"]) {
        Some(&[Component::Parameters, Component::Checkpoints, Component::Metadata])
    } else if has(&["data", "dataset", "datasets"]) {
        Some(&[Component::Datasets, Component::EvaluationData])
    } else if has(&["code"]) {
        Some(&[
            Component::Architecture,
            Component::TrainingCode,
            Component::InferenceCode,
            Component::EvaluationCode,
            Component::PreprocessingCode,
            Component::Libraries,
        ])
    } else if has(&["docs", "documentation"]) {
        Some(&[
            Component::ModelCard,
            Component::DataCard,
            Component::TechnicalReport,
            Component::ResearchPaper,
            Component::EvaluationResults,
            Component::SampleOutputs,
        ])
    } else {
        None
    }
}

/// Folders, and files with terms of their own, of one part.
const PATHS_MAX: usize = 256;

/// The terms of all that speaks for a part: all of them hold.
fn of_part(
    release: &Release,
    texts: &[Text<'_>],
    finding: &Finding,
    card: Option<&Licensing>,
) -> Option<Licensing> {
    let elsewhere = linked_terms(release, finding);
    let own: BTreeSet<&str> = finding
        .evidence
        .iter()
        .filter(|one| one.place.repo.is_none())
        .map(|one| one.place.path.as_str())
        .collect();
    if own.is_empty() || elsewhere.is_some() {
        return elsewhere;
    }
    let mut all: Option<Licensing> = None;
    // Files of one folder that say the same of themselves are under the same terms.
    let mut told = BTreeSet::new();
    let own: Vec<&str> = own
        .into_iter()
        .filter(|path| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            told.insert((folder, said_in(release, path).map(|(_, said)| said)))
        })
        .collect();
    if own.len() > PATHS_MAX {
        let why = format!("it lies in more than {PATHS_MAX} places with terms of their own");
        return Some(Licensing::new(Terms::unclear("unclear", &why), Vec::new()));
    }
    for path in own {
        let one = of_path(release, texts, finding.component, path, card)?;
        all = Some(match all {
            None => one,
            Some(so_far) if so_far.terms == one.terms => so_far,
            Some(mut so_far) => {
                so_far.terms = so_far.terms.and(one.terms);
                so_far.evidence.extend(one.evidence);
                so_far
            }
        });
    }
    all
}

fn of_path(
    release: &Release,
    texts: &[Text<'_>],
    component: Component,
    path: &str,
    card: Option<&Licensing>,
) -> Option<Licensing> {
    let own = of_file(release, path);
    // Whoever writes code says under what it is; the header of weights is often a default of the program that wrote it.
    let is_header =
        file_at(release, path).is_some_and(|file| matches!(file.reading, Reading::Weights { .. }));
    if own.is_some() && !is_header {
        return own;
    }
    let text = nearest(texts, component, path).map(|(file, terms)| {
        let seen = format!("{}: {}", terms.name, terms.reason);
        let evidence = vec![Evidence::new("license.text", Level::Verified, Place::file(&file.path), seen)];
        Licensing::new(terms, evidence)
    });
    let around = match (text, card) {
        (Some(text), Some(card)) => Some(stricter(text, card.clone())),
        (Some(text), None) => Some(text),
        (None, Some(card)) => Some(card.clone()),
        (None, None) => None,
    };
    match (around, own) {
        (Some(around), Some(own)) => Some(stricter(around, own)),
        (around, own) => around.or(own).or_else(|| of_claim(release, component)),
    }
}

/// A text decides where the card leaves it to the text; else the stricter holds.
fn stricter(text: Licensing, card: Licensing) -> Licensing {
    // Unless it holds something back besides.
    let says_nothing = card.terms.restrictions.iter().all(|what| *what == Restriction::Custom)
        && !card.evidence.iter().any(|one| one.rule == "license.told");
    if card.terms.open == Open::Unclear
        && matches!(card.terms.name.as_str(), "other" | "unknown")
        && says_nothing
    {
        return text;
    }
    let evidence: Vec<Evidence> = text.evidence.iter().chain(&card.evidence).cloned().collect();
    Licensing::new(text.terms.stricter(card.terms), evidence)
}

fn file_at<'a>(release: &'a Release, path: &str) -> Option<&'a File> {
    let place = release.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
    release.files.get(place)
}

/// What a file says of its own terms, and on which line.
fn said_in<'a>(release: &'a Release, path: &str) -> Option<(Option<u32>, &'a str)> {
    match &file_at(release, path)?.reading {
        Reading::Weights { license: Some(said), .. } => Some((None, said)),
        Reading::Code(signals) => signals.license.as_ref().map(|(line, said)| (Some(*line), said.as_str())),
        _ => None,
    }
}

fn of_file(release: &Release, path: &str) -> Option<Licensing> {
    let (line, said) = said_in(release, path)?;
    let evidence = match line {
        Some(line) => Evidence::new("license.identifier", Level::Verified, Place::line(path, line), said),
        None => {
            let text = format!("general.license: {said}");
            Evidence::new("license.header", Level::Verified, Place::file(path), text)
        }
    };
    Some(Licensing::new(Terms::of(said), vec![evidence]))
}

/// The licence in the folder of a file, or in the nearest above that has one: one for this part before one of everything.
fn nearest<'a>(texts: &[Text<'a>], component: Component, path: &str) -> Option<(&'a File, Terms)> {
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let here = texts.iter().filter(|text| text.folder == folder);
        let (typed, plain): (Vec<_>, Vec<_>) = here
            .filter(|text| text.of.is_none_or(|of| of.contains(&component)))
            .partition(|text| text.of.is_some());
        // Several that are not told apart by their names all hold.
        let here = if typed.is_empty() { plain } else { typed };
        if let Some(first) = here.first() {
            let terms = here.iter().map(|text| text.terms.clone()).reduce(Terms::and)?;
            return Some((first.file, terms));
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// Of what lies in other repos, their own terms, all together.
fn linked_terms(release: &Release, finding: &Finding) -> Option<Licensing> {
    let mut all: Option<Terms> = None;
    let mut evidence = Vec::new();
    let mut silent = false;
    for one in finding.evidence.iter().filter(|one| one.level.confirms()) {
        let Some(repo) = &one.place.repo else { return None };
        let found = release
            .linked
            .iter()
            .filter_map(|linked| linked.found.as_deref())
            .find(|found| found.repo == *repo);
        match found.and_then(|found| found.terms.clone()) {
            Some(terms) => {
                let text = format!("{}: {}", terms.name, terms.reason);
                evidence.push(Evidence::new("license.linked", Level::Strong, one.place.clone(), text));
                all = Some(match all {
                    Some(so_far) => so_far.and(terms),
                    None => terms,
                });
            }
            None => silent = true,
        }
    }
    // Where one of them says nothing, nothing is known of the whole.
    all.filter(|_| !silent).map(|terms| Licensing::new(terms, evidence))
}

fn of_claim(release: &Release, component: Component) -> Option<Licensing> {
    let (path, claims) = release.claims.as_ref()?;
    let said = claims.as_ref().ok()?.license(component)?;
    let evidence = Evidence::new("license.claimed", Level::Claimed, Place::file(path), said);
    Some(Licensing::new(Terms::of(said), vec![evidence]))
}

/// The card says one thing and the licence beside it another.
fn conflict(texts: &[Text<'_>], card: Option<&Licensing>, remarks: &mut Vec<Remark>) {
    let Some(card) = card else { return };
    let deferred = matches!(card.terms.name.as_str(), "other" | "unknown");
    let plain = texts.iter().find(|text| text.folder.is_empty() && text.of.is_none());
    let Some(Text { file, terms: text, .. }) = plain else { return };
    let alike = text.open == card.terms.open && (text.name == card.terms.name || text.open != Open::Yes);
    if !deferred && !alike {
        remarks.push(Remark {
            code: Code::Conflict,
            severity: Severity::Warning,
            component: None,
            text: format!(
                "the card says {}, {} says {}: the stricter holds",
                card.terms.name, file.path, text.name
            ),
            fix: "Let both say the same.".to_owned(),
            place: Some(Place::file(&file.path)),
        });
    }
}

/// Licences with words of their own around them.
fn extra(release: &Release, remarks: &mut Vec<Remark>) {
    for file in &release.files {
        let Reading::License(text) = &file.reading else { continue };
        if let (true, Some((line, said))) = (text.has_extra(), text.extra.first()) {
            remarks.push(Remark {
                code: Code::ExtraTerms,
                severity: Severity::Warning,
                component: None,
                text: format!("{} adds to {}: {said}", file.path, text.ids.join(" AND ")),
                fix: "Use the licence as it is, or say what it is by another name.".to_owned(),
                place: Some(Place::line(&file.path, *line)),
            });
        }
    }
}
