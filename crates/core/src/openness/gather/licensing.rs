//! The terms of each part: what stands in the file itself, then typed licence files, then the nearest licence up the tree,
//! then the card, then a claim; of what lies in another repo, that repo's own. Where two say two things, the stricter holds.

use super::super::component::{Component, Content};
use super::super::custom::of_name;
use super::super::finding::{Code, Evidence, Finding, Level, Licensing, Place, Remark, Severity};
use super::super::seen::{File, Link, Reading, Release};
use super::super::terms::{Open, Terms};
use crate::card;

pub(super) fn resolve(release: &Release, findings: &mut [Finding], remarks: &mut Vec<Remark>) {
    let card = of_card(release);
    conflict(release, card.as_ref(), remarks);
    extra(release, remarks);
    for finding in findings.iter_mut().filter(|finding| !finding.evidence.is_empty()) {
        // What a library has is under the library's licence.
        if finding.license.is_none() {
            finding.license = of_part(release, finding, card.as_ref());
        }
    }
    base_conflict(release, findings, remarks);
}

/// What the card says: all licences that it names hold.
fn of_card(release: &Release) -> Option<Licensing> {
    let named: Vec<&str> = card::texts(&release.metadata, "license").collect();
    let terms = Terms::of_all(named.iter().copied())?;
    let own = card::texts(&release.metadata, "license_name").next();
    let terms = match own {
        Some(name) if named == ["other"] => of_name(name),
        _ => terms,
    };
    let text = format!("license: {}", named.join(", "));
    let evidence = vec![Evidence::new("license.card", Level::Strong, Place::file("README.md"), text)];
    Some(Licensing { terms, evidence })
}

/// Licence files and what they come to.
fn texts(release: &Release) -> impl Iterator<Item = (&File, Terms)> {
    release.files.iter().filter_map(|file| match &file.reading {
        Reading::License(text) => Some((file, text.terms())),
        _ => None,
    })
}

/// The kind of part that a licence file is for by its name; `None` for one of everything beside and below it.
fn typed(file: &File) -> Option<&'static [Content]> {
    let name = file.name();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |word: &str| words.contains(&word);
    if has("model") || has("weights") || has("data") || has("dataset") {
        Some(&[Content::Data])
    } else if has("code") {
        Some(&[Content::Code])
    } else if has("docs") || has("documentation") {
        Some(&[Content::Document])
    } else {
        None
    }
}

fn of_part(release: &Release, finding: &Finding, card: Option<&Licensing>) -> Option<Licensing> {
    let elsewhere = linked_terms(release, finding);
    if elsewhere.is_some() || finding.evidence.iter().all(|one| one.place.repo.is_some()) {
        return elsewhere;
    }
    let claimed = of_claim(release, finding.component);
    let path =
        finding.evidence.iter().find(|one| one.place.repo.is_none()).map(|one| one.place.path.as_str());
    let path = path.unwrap_or_default();
    if let Some(own) = of_file(release, path) {
        return Some(own);
    }
    let content = finding.component.content();
    let by_type = texts(release).find(|(file, _)| typed(file).is_some_and(|kinds| kinds.contains(&content)));
    let text = by_type.or_else(|| nearest(release, path)).map(|(file, terms)| {
        let seen = format!("{}: {}", terms.name, terms.reason);
        let evidence = vec![Evidence::new("license.text", Level::Verified, Place::file(&file.path), seen)];
        Licensing { terms, evidence }
    });
    match (text, card) {
        (Some(text), Some(card)) => Some(stricter(text, card.clone())),
        (Some(text), None) => Some(text),
        (None, Some(card)) => Some(card.clone()),
        (None, None) => claimed,
    }
}

/// A text decides where the card leaves it to the text; else the stricter holds.
fn stricter(text: Licensing, card: Licensing) -> Licensing {
    if card.terms.open == Open::Unclear && matches!(card.terms.name.as_str(), "other" | "unknown") {
        return text;
    }
    let evidence: Vec<Evidence> = text.evidence.iter().chain(&card.evidence).cloned().collect();
    Licensing { terms: text.terms.stricter(card.terms), evidence }
}

/// What the file itself says.
fn of_file(release: &Release, path: &str) -> Option<Licensing> {
    let file = release.files.iter().find(|file| file.path == path)?;
    let Reading::Code(signals) = &file.reading else { return None };
    let (line, said) = signals.license.as_ref()?;
    let evidence = Evidence::new("license.identifier", Level::Verified, Place::line(path, *line), said);
    Some(Licensing { terms: Terms::of(said), evidence: vec![evidence] })
}

/// The licence in the folder of a file, or in the nearest above that has one.
fn nearest<'a>(release: &'a Release, path: &str) -> Option<(&'a File, Terms)> {
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let here = texts(release).filter(|(file, _)| file.folder() == folder && typed(file).is_none());
        // Several that are not told apart by their names all hold.
        let here: Vec<(&File, Terms)> = here.collect();
        if let Some((file, _)) = here.first() {
            let file = *file;
            let terms = here.into_iter().map(|(_, terms)| terms).reduce(Terms::and)?;
            return Some((file, terms));
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
    all.filter(|_| !silent).map(|terms| Licensing { terms, evidence })
}

fn of_claim(release: &Release, component: Component) -> Option<Licensing> {
    let (path, claims) = release.claims.as_ref()?;
    let said = claims.as_ref().ok()?.license(component)?;
    let evidence = Evidence::new("license.claimed", Level::Claimed, Place::file(path), said);
    Some(Licensing { terms: Terms::of(said), evidence: vec![evidence] })
}

/// The card says one thing and the licence beside it another.
fn conflict(release: &Release, card: Option<&Licensing>, remarks: &mut Vec<Remark>) {
    let Some(card) = card else { return };
    let deferred = matches!(card.terms.name.as_str(), "other" | "unknown");
    let Some((file, text)) =
        texts(release).find(|(file, _)| file.folder().is_empty() && typed(file).is_none())
    else {
        return;
    };
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

/// Nobody can grant more of a model than its base grants.
fn base_conflict(release: &Release, findings: &mut [Finding], remarks: &mut Vec<Remark>) {
    let Some(weights) = findings.iter_mut().find(|finding| finding.component == Component::Parameters) else {
        return;
    };
    let Some(own) = weights.license.clone() else { return };
    for linked in release.linked.iter().filter(|linked| linked.link == Link::Base) {
        let Some(found) = linked.found.as_deref() else { continue };
        let Some(base) = &found.terms else { continue };
        if base.open <= own.terms.open {
            continue;
        }
        let text = format!(
            "the weights are said to be under {}, but they build on {}, which is under {}: {}",
            own.terms.name, linked.name, base.name, base.reason
        );
        remarks.push(Remark {
            code: Code::BaseConflict,
            severity: Severity::Error,
            component: Some(Component::Parameters),
            text,
            fix: "Name the terms of the base, which hold for what is made of it.".to_owned(),
            place: Some(Place::file("README.md")),
        });
        let place =
            Place { repo: Some(found.repo.clone()), commit: Some(found.commit.clone()), ..Place::default() };
        let evidence =
            Evidence::new("license.base", Level::Strong, place, format!("{}: {}", base.name, base.reason));
        if let Some(licensing) = &mut weights.license {
            licensing.terms = licensing.terms.clone().stricter(base.clone());
            licensing.evidence.insert(0, evidence);
        }
    }
}
