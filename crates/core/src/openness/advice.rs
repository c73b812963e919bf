//! What would make up for each part that a release lacks.

use super::component::Component;
use super::terms::Open;
use super::verdict::Part;

/// What to do to have a part, in one sentence.
pub(super) fn to_have(component: Component) -> &'static str {
    match component {
        Component::Architecture => {
            "Put the code of the architecture into the repo (modeling_….py), or name a known one: `model_type` in config.json."
        }
        Component::Parameters => "Put the weights in, as safetensors or GGUF: their headers are read.",
        Component::TechnicalReport => {
            "Put a report in as PDF, or name one in the card (`papers:`) that is on this hub under an open licence."
        }
        Component::EvaluationResults => {
            "Put results in: `model-index` in the card, files in .eval_results, or a table under a heading \"Evaluation\" with a row of this model."
        }
        Component::ModelCard => {
            "Write in the README what the model is for, what it is not for, how and on what it was trained, and how it was evaluated."
        }
        Component::DataCard => {
            "Name the data sets in the card (`datasets:`) and describe each in its README, or write a section \"Training data\" that names the sources."
        }
        Component::SampleOutputs => {
            "Put some of what it makes into a folder samples, or into `widget` of the card."
        }
        Component::TrainingCode => {
            "Put the code that trained it in, or name its repo on this hub in the card (`code:`)."
        }
        Component::InferenceCode => {
            "Put the code that runs it in, or name the library that does (`library_name:`)."
        }
        Component::EvaluationCode => {
            "Put the code that evaluated it in, or name its repo on this hub in the card (`code:`)."
        }
        Component::EvaluationData => {
            "Name the data sets of the results (`dataset.type` in `model-index`) by repos that are on this hub."
        }
        Component::Libraries => {
            "Put in what the code stands on: requirements.txt, pyproject.toml or a lock file."
        }
        Component::Datasets => {
            "Name all data it was trained on in the card (`datasets:`), by repos that are on this hub and open to everybody."
        }
        Component::PreprocessingCode => {
            "Put the code that made the data ready in, here or in the repo of the data."
        }
        Component::ResearchPaper => {
            "Put the paper in as PDF, or name it in the card (`papers:`) by a repo of this hub under an open licence."
        }
        Component::Checkpoints => {
            "Keep weights from the way to the final ones: as branches or tags (step1000 …) or in folders checkpoint-1000 …"
        }
        Component::Provenance => {
            "Name the sources in the card: `source_datasets`, or a section on sources and collection with links."
        }
        Component::Structure => {
            "Describe the columns: `dataset_info` with features in the card, a croissant.json, or data as Parquet."
        }
        Component::Metadata => {
            "Put in how the training was set up: trainer_state.json, training arguments, logs."
        }
    }
}

/// What to do so that a part is under open terms.
pub(super) fn to_license(part: &Part) -> &'static str {
    let own = part.license.as_ref().and_then(|license| license.own.as_ref());
    if own.is_some_and(|own| own.terms.open == Open::Yes && own.is_confirmed()) {
        return "Name what it is made from by a work that is on this hub and whose terms grant as much: nothing made of another grants more.";
    }
    match part.component.content() {
        super::component::Content::Code => {
            "Name an open licence for code, such as Apache-2.0 or MIT, in LICENSE, LICENSE-CODE or a header SPDX-License-Identifier."
        }
        super::component::Content::Data => {
            "Name an open licence for data, such as CDLA-Permissive-2.0, CC-BY-4.0 or OpenMDW-1.1, in the card (`license:`) or in LICENSE-MODEL or LICENSE-DATA."
        }
        super::component::Content::Document => {
            "Name an open licence for texts, such as CC-BY-4.0, in the card (`license:`) or in a header SPDX-License-Identifier."
        }
    }
}
