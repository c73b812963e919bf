//! From a release as it was read to what was found of each of its parts, and what is to be said of it besides.

mod beside;
mod code;
mod conflict;
mod data;
mod dataset;
mod documents;
mod licensing;
mod weights;

use std::collections::BTreeSet;

use super::component::Component;
use super::finding::{Code, Evidence, Finding, Level, Place, Presence, Remark, Severity};
use super::seen::{File, Found, Link, Reading, Release};
use super::terms::{Open, Terms};

/// What was found of every part of a model's release, and remarks on it.
pub fn gather(release: &Release) -> (Vec<Finding>, Vec<Remark>) {
    let mut remarks = Vec::new();
    let mut findings: Vec<Finding> =
        Component::ALL.into_iter().map(|component| look(release, component, &mut remarks)).collect();
    claimed(release, &mut findings, &mut remarks);
    finish(release, findings, remarks)
}

/// What was found of every part of a data set, and remarks on it.
pub fn gather_dataset(release: &Release) -> (Vec<Finding>, Vec<Remark>) {
    let findings = vec![
        dataset::data(release),
        dataset::card(release),
        dataset::provenance(release),
        dataset::structure(release),
        code::preprocessing(release),
    ];
    finish(release, findings, Vec::new())
}

/// The terms of a release that another one names, as what it is to that one; none if it names none.
pub fn terms_of(release: &Release, link: Link) -> Option<Terms> {
    // Terms that are open by a claim alone, or by a base that nobody knows, are not known.
    let terms = |findings: Vec<Finding>, component| {
        let finding = findings.into_iter().find(|finding| finding.component == component)?;
        let license = finding.license?;
        (license.terms.open != Open::Yes || license.is_confirmed()).then_some(license.terms)
    };
    match link {
        Link::Base => terms(gather(release).0, Component::Parameters),
        Link::TrainingData | Link::EvaluationData | Link::Source => {
            terms(gather_dataset(release).0, Component::Datasets)
        }
        Link::Paper => licensing::of_whole(release, Component::ResearchPaper),
        Link::Code => licensing::of_whole(release, Component::TrainingCode),
    }
}

/// The contents of weights among some files that are together one checkpoint; none if a part of it is missing.
pub fn whole_weights(files: &[File]) -> BTreeSet<String> {
    weights::whole(files.iter()).into_iter().map(str::to_owned).collect()
}

/// Evidence in order, terms, and what is to be said besides.
fn finish(
    release: &Release,
    mut findings: Vec<Finding>,
    mut remarks: Vec<Remark>,
) -> (Vec<Finding>, Vec<Remark>) {
    for finding in &mut findings {
        finding.evidence.sort_by(|a, b| (b.level, &a.rule, &a.place).cmp(&(a.level, &b.rule, &b.place)));
        finding.evidence.dedup();
    }
    licensing::resolve(release, &mut findings, &mut remarks);
    findings.iter_mut().for_each(|finding| finding.evidence.truncate(EVIDENCE_MAX));
    pin(release, &mut findings);
    odd(release, &mut remarks);
    for remark in &mut remarks {
        remark.text =
            remark.text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    }
    for left in &release.left {
        remarks.push(Remark {
            code: Code::Limits,
            severity: Severity::Warning,
            component: None,
            text: left.clone(),
            fix: String::new(),
            place: None,
        });
    }
    (findings, remarks)
}

/// Lets evidence tell the content that it was seen in.
fn pin(release: &Release, findings: &mut [Finding]) {
    let of_terms = |finding: &mut Finding| finding.license.take();
    for finding in findings {
        let mut license = of_terms(finding);
        let terms = license.iter_mut().flat_map(|license| &mut license.evidence);
        for one in finding.evidence.iter_mut().chain(terms).filter(|one| one.place.repo.is_none()) {
            let file = release.files.binary_search_by(|file| file.path.as_str().cmp(&one.place.path));
            // Of weights the header speaks, which the evidence tells itself.
            let text = |file: &&File| {
                !matches!(file.reading, Reading::Weights { .. } | Reading::Shards(_) | Reading::Unread)
            };
            if let Some(file) = file.ok().and_then(|place| release.files.get(place)).filter(text) {
                one.content.clone_from(&file.content);
            }
        }
        finding.license = license;
    }
}

/// Pieces of evidence kept of a part, the surest.
const EVIDENCE_MAX: usize = 8;

fn look(release: &Release, component: Component, remarks: &mut Vec<Remark>) -> Finding {
    match component {
        Component::Parameters => weights::parameters(release, remarks),
        Component::Checkpoints => weights::checkpoints(release),
        Component::Metadata => weights::metadata(release),
        Component::Architecture => code::architecture(release),
        Component::TrainingCode => code::training(release),
        Component::InferenceCode => code::inference(release),
        Component::EvaluationCode => code::evaluation(release),
        Component::PreprocessingCode => code::preprocessing(release),
        Component::Libraries => code::libraries(release),
        Component::ModelCard => documents::model_card(release, remarks),
        Component::DataCard => documents::data_card(release),
        Component::TechnicalReport => documents::report(release),
        Component::ResearchPaper => documents::paper(release),
        Component::EvaluationResults => documents::results(release),
        Component::SampleOutputs => documents::samples(release),
        Component::Datasets => data::training(release, remarks),
        Component::EvaluationData => data::evaluation(release, remarks),
        Component::Provenance => dataset::provenance(release),
        Component::Structure => dataset::structure(release),
    }
}

/// A finding by what speaks for it: nothing is not found, and what is given on request is that.
fn finding(release: &Release, component: Component, searched: &[&str], evidence: Vec<Evidence>) -> Finding {
    let mut finding = Finding::none(component, searched);
    if !evidence.is_empty() {
        // What lies in another repo is as open as that one.
        let own = evidence.iter().any(|one| one.place.repo.is_none());
        finding.presence = match release.gated && own && component != Component::ModelCard {
            true => Presence::Restricted,
            false => Presence::Present,
        };
        finding.evidence = evidence;
    }
    finding
}

/// A place in a release that this one names.
fn within(found: &Found, path: &str, line: Option<u32>) -> Place {
    Place { repo: Some(found.repo.clone()), commit: Some(found.commit.clone()), path: path.to_owned(), line }
}

/// What the publisher's own list claims: never enough by itself, and said where it is wrong.
fn claimed(release: &Release, findings: &mut [Finding], remarks: &mut Vec<Remark>) {
    let Some((path, claims)) = &release.claims else { return };
    let claims = match claims {
        Ok(claims) => claims,
        Err(why) => {
            remarks.push(Remark {
                code: Code::WrongClaim,
                severity: Severity::Warning,
                component: None,
                text: format!("{path}: {why}"),
                fix: "Mend the file, or take it out.".to_owned(),
                place: Some(Place::file(path)),
            });
            return;
        }
    };
    for finding in findings {
        if !claims.components.contains_key(&finding.component) {
            continue;
        }
        let text = format!("{path} lists it");
        finding.evidence.push(Evidence::new("claim.listed", Level::Claimed, Place::file(path), text));
        if finding.presence == Presence::NotFound {
            finding.presence = Presence::Present;
            remarks.push(Remark {
                code: Code::WrongClaim,
                severity: Severity::Note,
                component: Some(finding.component),
                text: format!("{path} lists {}, and nothing of it was found", finding.component.name()),
                fix: super::advice::to_have(finding.component).to_owned(),
                place: Some(Place::file(path)),
            });
        }
    }
}

/// What could not be read of the files that decide something.
fn odd(release: &Release, remarks: &mut Vec<Remark>) {
    for file in release.files.iter().filter(|file| !file.path.contains('/')) {
        let Reading::Odd(why) = &file.reading else { continue };
        remarks.push(Remark {
            code: Code::Limits,
            severity: Severity::Warning,
            component: None,
            text: format!("{} was not read: {why}", file.path),
            fix: "Mend the file.".to_owned(),
            place: Some(Place::file(&file.path)),
        });
    }
}
