//! The parts that make a release complete, as the Model Openness Framework 1.0 counts them, and which of them each of its
//! classes asks for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a part is made of, which decides what kind of licence suits it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Programs.
    Code,
    /// Weights and data sets.
    Data,
    /// What people read.
    Document,
}

impl Content {
    /// `code`, `data` or `document`.
    pub fn word(self) -> &'static str {
        match self {
            Content::Code => "code",
            Content::Data => "data",
            Content::Document => "document",
        }
    }
}

/// A class of the framework; the better, the greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// Open Model: the entry.
    III,
    /// Open Tooling Model.
    II,
    /// Open Science Model: the best.
    I,
}

impl Class {
    /// From the entry to the best.
    pub const ALL: [Class; 3] = [Class::III, Class::II, Class::I];

    /// The class that a word names, in whatever case: `III`, `II` or `I`.
    pub fn from_word(word: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.to_string().eq_ignore_ascii_case(word))
    }

    /// `3`, `2` or `1`, as the framework numbers them.
    pub fn number(self) -> u8 {
        match self {
            Class::III => 3,
            Class::II => 2,
            Class::I => 1,
        }
    }

    /// `Class III - Open Model`, and so on.
    pub fn label(self) -> &'static str {
        match self {
            Class::III => "Class III - Open Model",
            Class::II => "Class II - Open Tooling Model",
            Class::I => "Class I - Open Science Model",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::III => "III",
            Class::II => "II",
            Class::I => "I",
        })
    }
}

macro_rules! components {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $text:literal, $content:ident, $class:ident, $required:literal;)*) => {
        /// A part of a release. The framework knows seventeen of them; the last two are asked of data sets alone.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Component {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// Where data came from, and how they were chosen.
            Provenance,
            /// What is in data, so that machines can read it.
            Structure,
        }

        impl Component {
            /// Those of the framework, class by class from the entry on.
            pub const ALL: [Component; 17] = [$(Component::$name,)*];

            /// The number that the Model Openness Tool gives it (`mof.settings.yml`); none for what it does not know.
            pub fn id(self) -> Option<u8> {
                match self {
                    $(Component::$name => Some($id),)*
                    Component::Provenance | Component::Structure => None,
                }
            }

            /// What it is called.
            pub fn name(self) -> &'static str {
                match self {
                    $(Component::$name => $text,)*
                    Component::Provenance => "Provenance",
                    Component::Structure => "Structure",
                }
            }

            /// What it is made of.
            pub fn content(self) -> Content {
                match self {
                    $(Component::$name => Content::$content,)*
                    Component::Provenance | Component::Structure => Content::Document,
                }
            }

            /// The least class of models that counts it.
            pub fn class(self) -> Class {
                match self {
                    $(Component::$name => Class::$class,)*
                    Component::Provenance | Component::Structure => Class::II,
                }
            }

            /// Whether that class asks for it; without, it is welcome and changes nothing.
            pub fn required(self) -> bool {
                match self {
                    $(Component::$name => $required,)*
                    Component::Provenance | Component::Structure => false,
                }
            }
        }
    };
}

components! {
    /// Code of the model's architecture.
    Architecture = 9, "Model architecture", Code, III, true;
    /// The trained weights.
    Parameters = 10, "Model parameters (Final)", Data, III, true;
    /// What was built and how it is used.
    TechnicalReport = 11, "Technical report", Document, III, true;
    /// How well it does.
    EvaluationResults = 12, "Evaluation results", Document, III, true;
    /// What it is for, and what it is not for.
    ModelCard = 13, "Model card", Document, III, true;
    /// Where the data came from and what is in it.
    DataCard = 14, "Data card", Document, III, true;
    /// Examples of what it makes.
    SampleOutputs = 20, "Sample model outputs", Document, III, false;
    /// Code that trained it.
    TrainingCode = 7, "Training code", Code, II, true;
    /// Code that runs it.
    InferenceCode = 8, "Inference code", Code, II, true;
    /// Code that evaluated it.
    EvaluationCode = 18, "Evaluation code", Code, II, true;
    /// What it was evaluated on.
    EvaluationData = 19, "Evaluation data", Data, II, true;
    /// What the code stands on.
    Libraries = 22, "Supporting libraries and tools", Code, II, false;
    /// What it was trained on.
    Datasets = 15, "Datasets", Data, I, true;
    /// Code that made the data ready.
    PreprocessingCode = 16, "Data preprocessing code", Code, I, true;
    /// The paper.
    ResearchPaper = 21, "Research paper", Document, I, true;
    /// Weights from the way to the final ones.
    Checkpoints = 24, "Model parameters (Intermediate)", Data, I, true;
    /// How the training was set up: configuration, optimizer states.
    Metadata = 17, "Model metadata", Data, I, false;
}

impl Component {
    /// The part that the framework calls so, in just this spelling.
    pub fn named(name: &str) -> Option<Component> {
        Component::ALL.into_iter().find(|component| component.name() == name)
    }

    /// Whether a class asks for it.
    pub fn is_asked_for(self, class: Class) -> bool {
        self.required() && self.class() <= class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_the_frameworks() {
        let asked =
            Class::ALL.map(|class| Component::ALL.iter().filter(|one| one.is_asked_for(class)).count());
        assert_eq!(asked, [6, 10, 14]);
        let mut ids: Vec<u8> = Component::ALL.iter().filter_map(|one| one.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 17);
        assert!(Component::ALL.iter().all(|one| Component::named(one.name()) == Some(*one)));
        assert_eq!(Component::named("datasets"), None);
    }
}
