//! How a model came from those that it says it builds on.

use super::{Metadata, library_name, tags::word, texts};

/// A way to make a model from others, as the Hub names it in `base_model_relation` and in tags.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Relation {
    /// Trained further.
    Finetune,
    /// Small weights beside those of the base.
    Adapter,
    /// Made of several.
    Merge,
    /// The same weights in fewer bits.
    Quantized,
}

impl Relation {
    /// All of them, the most usual first.
    pub const ALL: [Relation; 4] =
        [Relation::Finetune, Relation::Adapter, Relation::Merge, Relation::Quantized];

    /// As cards and tags spell it.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Finetune => "finetune",
            Relation::Adapter => "adapter",
            Relation::Merge => "merge",
            Relation::Quantized => "quantized",
        }
    }

    /// What a card says, or else what its library and the number of bases tell.
    pub fn of(metadata: &Metadata) -> Relation {
        let said = word(metadata, "base_model_relation");
        let said = Relation::ALL.into_iter().find(|relation| Some(relation.word()) == said);
        said.unwrap_or_else(|| match library_name(metadata) {
            Some("peft") => Relation::Adapter,
            _ if texts(metadata, "base_model").nth(1).is_some() => Relation::Merge,
            _ => Relation::Finetune,
        })
    }

    /// The tag of a model that was made from `base` in this way.
    pub fn tag(self, base: &str) -> String {
        format!("base_model:{}:{base}", self.word())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::metadata;
    use super::*;

    #[test]
    fn what_the_card_says_counts_before_what_can_be_guessed() {
        let relation = |yaml: &str| Relation::of(&metadata(yaml).unwrap());
        assert_eq!(relation("base_model: a/b"), Relation::Finetune);
        assert_eq!(relation("base_model: [a/b, c/d]"), Relation::Merge);
        assert_eq!(relation("base_model: a/b\nlibrary_name: peft"), Relation::Adapter);
        for said in Relation::ALL {
            let yaml = format!("base_model: a/b\nlibrary_name: peft\nbase_model_relation: {}", said.word());
            assert_eq!(relation(&yaml), said);
        }
        assert_eq!(relation("base_model: a/b\nbase_model_relation: cousin"), Relation::Finetune);
        assert_eq!(Relation::Merge.tag("a/b"), "base_model:merge:a/b");
    }
}
