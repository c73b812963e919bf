//! Definitions that are met or not: the OSI's Open Source AI Definition 1.0 and what the EU's AI Act calls a free and
//! open-source model. Where no machine can tell, the answer is that somebody must look, with the question.

use super::component::{Component, Content};
use super::evaluate::step;
use super::finding::Presence;
use super::tally::Status;
use super::verdict::{Grade, Part, Profile, Step, Verdict};

/// The parts of the definition's *Code* and *Model*; its *Data Information* is judged apart.
const OSAID: [Component; 6] = [
    Component::PreprocessingCode,
    Component::TrainingCode,
    Component::InferenceCode,
    Component::Libraries,
    Component::Architecture,
    Component::Parameters,
];

/// Texts that can tell enough of the data.
const TELLS_OF_DATA: [Component; 3] =
    [Component::ResearchPaper, Component::TechnicalReport, Component::DataCard];

fn of(parts: &[Part], component: Component) -> Option<&Part> {
    parts.iter().find(|part| part.component == component)
}

/// What a part that a definition asks for comes to.
fn answer(status: Status, possible: Status) -> Grade {
    match (status, possible) {
        (Status::Included, _) => Grade::Meets,
        (_, Status::Included) => Grade::NeedsReview,
        _ => Grade::Fails,
    }
}

/// Whether the terms of a part that is code are written for code.
fn suits_code(part: &Part) -> bool {
    part.component.content() != Content::Code
        || part.license.as_ref().is_none_or(|license| license.terms.suit(Content::Code))
}

fn verdict(
    profile: Profile,
    parts: Vec<Part>,
    asked: &[Component],
    own: Grade,
    questions: Vec<String>,
) -> Verdict {
    let judged = |possible: bool| {
        let answers = asked.iter().filter_map(|component| of(&parts, *component)).map(|part| {
            let status = if possible { part.possible } else { part.status };
            match answer(status, part.possible) {
                // The definition asks for licences of the OSI, and those are for software.
                Grade::Meets if profile == Profile::Osaid && !suits_code(part) => Grade::NeedsReview,
                answer => answer,
            }
        });
        answers.min().unwrap_or(Grade::Fails).min(own)
    };
    let lacking = asked.iter().filter_map(|component| of(&parts, *component));
    let next: Vec<Step> = lacking.filter(|part| part.status != Status::Included).map(step).collect();
    Verdict {
        profile,
        confirmed: judged(false),
        possible: judged(true),
        progress: Vec::new(),
        next,
        parts,
        remarks: Vec::new(),
        questions,
    }
}

/// *Data Information*: data that are all there and open tell everything; otherwise a text must, and whether it does, only
/// people can say.
pub(super) fn osaid(parts: Vec<Part>) -> Verdict {
    let open = of(&parts, Component::Datasets).is_some_and(|part| part.status == Status::Included);
    let there = |component: &Component| {
        of(&parts, *component).is_some_and(|part| part.presence != Presence::NotFound)
    };
    let told: Vec<&str> = TELLS_OF_DATA.iter().filter(|one| there(one)).map(|one| one.name()).collect();
    let (data, questions) = match (open, told.is_empty() && !there(&Component::Datasets)) {
        (true, _) => (Grade::Meets, Vec::new()),
        (false, true) => (Grade::Fails, Vec::new()),
        (false, false) => {
            let where_ = if told.is_empty() { "what is there".to_owned() } else { told.join(", ") };
            let question = format!(
                "Do {where_} tell enough of the training data (provenance, scope, selection, labelling, processing) for \
                 a skilled person to build a substantially equivalent system?"
            );
            (Grade::NeedsReview, vec![question])
        }
    };
    let mut verdict = verdict(Profile::Osaid, parts, &OSAID, data, questions);
    if data == Grade::Fails
        && let Some(part) = of(&verdict.parts, Component::DataCard)
    {
        verdict.next.insert(0, step(part));
    }
    verdict
}

/// Weights and architecture are there, under terms of a free licence, and it is told how the model is used. The summary of
/// the training content is due all the same.
pub(super) fn eu(parts: Vec<Part>) -> Verdict {
    let asked = [Component::Parameters, Component::Architecture, Component::ModelCard];
    let question =
        "Is there a summary of the content used for training, which the Act asks of open models too?";
    // Of a card the Act asks that it is there, not under which terms.
    let there = of(&parts, Component::ModelCard).map_or(Grade::Fails, |card| match card.presence {
        Presence::NotFound => Grade::Fails,
        presence if presence.is_whole() && card.evidence.iter().any(|one| one.level.confirms()) => {
            Grade::Meets
        }
        _ => Grade::NeedsReview,
    });
    let mut verdict = verdict(Profile::Eu, parts, &asked[..2], there, vec![question.to_owned()]);
    if there != Grade::Meets
        && let Some(part) = of(&verdict.parts, Component::ModelCard)
    {
        verdict.next.push(step(part));
    }
    verdict
}
