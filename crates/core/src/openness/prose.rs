//! What a text for people tells: its sections, each with what it is about, and how much stands in it that is no template.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// What a section is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum About {
    /// What it is for.
    Use,
    /// What it is not for, and where it errs.
    Limits,
    /// What it was trained on.
    TrainingData,
    /// How it was trained.
    Training,
    /// How well it does.
    Evaluation,
    /// Where the data came from, for data sets.
    Sources,
    /// Something else.
    Other,
}

/// A section of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// The line of the heading, counted from 1.
    pub line: u32,
    /// What it is about.
    pub about: About,
    /// Words in it that no template has.
    pub words: usize,
    /// Whether it names sources: links, or collections that everybody knows.
    pub names_sources: bool,
    /// Rows of its tables: the cells of each.
    pub tables: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The line, counted from 1.
    pub line: u32,
    /// Its cells.
    pub cells: Vec<String>,
}

/// A text, section by section.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Prose {
    /// What stands before the first heading counts as a section, too.
    pub sections: Vec<Section>,
    /// Places where a template waits to be filled in.
    pub blanks: usize,
    /// The line on which the text itself begins, behind the metadata.
    pub line: u32,
}

/// Rows of tables that are kept of a section.
const ROWS_MAX: usize = 200;
/// Sections of a text.
const SECTIONS_MAX: usize = 2000;

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static SOURCES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)https?://|\bcommon ?crawl\b|\bwikipedia\b|\bc4\b|\bthe pile\b|\bredpajama\b|\bfineweb\b|\bgithub\b|\barxiv\b|\bstack ?overflow\b|\bbooks?corpus\b|\bproject gutenberg\b|\bdolma\b|\blaion\b|\bimagenet\b|\blibrispeech\b",
    )
    .expect("a valid pattern")
});

const BLANKS: &[&str] = &[
    "more information needed",
    "needs more information",
    "[optional]",
    "{{ ",
    "todo:",
    "should be made aware of the risks",
    "coming soon",
];

fn about(heading: &str) -> About {
    let lower = heading.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // As whole words: they stand within too many others.
    let word = |words: &[&str]| lower.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part));
    if has(&["evaluation", "benchmark"]) {
        About::Evaluation
    } else if has(&[
        "training data",
        "dataset",
        "data set",
        "training corpus",
        "pretraining data",
        "data sources",
    ]) {
        About::TrainingData
    } else if has(&["out-of-scope", "limitation", "bias", "risk", "ethical", "safety", "misuse"]) {
        About::Limits
    } else if has(&["evaluation", "benchmark", "results", "performance", "metrics"]) {
        About::Evaluation
    } else if has(&["training", "fine-tuning", "finetuning", "hyperparameter", "procedure"]) {
        About::Training
    } else if word(&["use", "uses", "usage", "user", "users"])
        || has(&["intended", "application", "how to get started"])
    {
        About::Use
    } else if has(&[
        "source",
        "collection",
        "curation",
        "annotation",
        "provenance",
        "composition",
        "creation",
    ]) {
        About::Sources
    } else {
        About::Other
    }
}

/// Reads Markdown; `first` is the number of its first line in the file.
pub fn read(text: &str, first: u32) -> Prose {
    let mut prose = Prose { line: first, ..Prose::default() };
    let blank = |heading: &str, line| Section {
        heading: heading.to_owned(),
        line,
        about: about(heading),
        words: 0,
        names_sources: false,
        tables: Vec::new(),
    };
    let mut section = blank("", first);
    let (mut fenced, mut comment) = (false, false);
    // A heading below another that says more is still about that.
    let mut above: Vec<(usize, About)> = Vec::new();
    for (line, text) in (first..).zip(text.lines()) {
        let trimmed = text.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let lower = trimmed.to_lowercase();
        prose.blanks += BLANKS.iter().map(|blank| lower.matches(blank).count()).sum::<usize>();
        if comment || trimmed.starts_with("<!--") {
            comment = !trimmed.contains("-->");
            continue;
        }
        let level = trimmed.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&level) && trimmed.as_bytes().get(level).is_none_or(|byte| *byte == b' ') {
            if prose.sections.len() >= SECTIONS_MAX {
                break;
            }
            let next = blank(trimmed.trim_matches('#').trim(), line);
            prose.sections.push(std::mem::replace(&mut section, next));
            above.retain(|(other, _)| *other < level);
            if section.about == About::Other
                && let Some((_, about)) = above.last()
            {
                section.about = *about;
            }
            above.push((level, section.about));
            continue;
        }
        if trimmed.starts_with('|') || trimmed.matches('|').count() >= 2 {
            let cells: Vec<String> =
                trimmed.trim_matches('|').split('|').map(|cell| cell.trim().replace('*', "")).collect();
            if section.tables.len() < ROWS_MAX {
                section.tables.push(Row { line, cells });
            }
            continue;
        }
        if BLANKS.iter().any(|blank| lower.contains(blank)) {
            continue;
        }
        section.words +=
            trimmed.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
        section.names_sources |= SOURCES.is_match(trimmed);
    }
    prose.sections.push(section);
    prose
}

impl Prose {
    /// What it tells in at least so many words, section by section of one kind taken together.
    pub fn tells(&self, words: usize) -> BTreeSet<About> {
        let kinds: BTreeSet<About> = self.sections.iter().map(|section| section.about).collect();
        let long = |about: &About| {
            self.sections
                .iter()
                .filter(|section| section.about == *about)
                .map(|section| section.words)
                .sum::<usize>()
                >= words
        };
        kinds.into_iter().filter(long).collect()
    }

    /// The first section about something that has at least so many words.
    pub fn first(&self, about: About, words: usize) -> Option<&Section> {
        self.sections.iter().find(|section| section.about == about && section.words >= words)
    }

    /// All its words that no template has.
    pub fn words(&self) -> usize {
        self.sections.iter().map(|section| section.words).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_told_apart_and_templates_count_nothing() {
        let words = "word ".repeat(25);
        let text = format!(
            "intro\n# Model\n## Intended uses\n{words}\n## Bias and limitations\n[More Information Needed]\n\
             ## Training data\n### Web\n{words} from https://example.org\n<!-- {words}\n{words} -->\n```\n{words}\n```\n\
             ## Evaluation\n| Model | MMLU |\n|---|---|\n| **acorn** | 61.2 |\n"
        );
        let prose = read(&text, 4);
        assert_eq!(prose.tells(20), [About::Use, About::TrainingData].into());
        assert_eq!(prose.blanks, 1);
        let data = prose.first(About::TrainingData, 20).map(|section| (section.line, section.names_sources));
        assert_eq!(data, Some((11, true)), "the heading below is about the same");
        let evaluation = prose.sections.iter().find(|section| section.about == About::Evaluation);
        let rows = evaluation.map(|section| section.tables.clone()).unwrap_or_default();
        assert_eq!((rows.len(), rows[2].cells.clone()), (3, vec!["acorn".to_owned(), "61.2".to_owned()]));
    }

    #[test]
    fn nothing_is_a_text_as_well() {
        assert_eq!((read("", 1).words(), read("", 1).sections.len()), (0, 1));
        let many = read(&"# a\n".repeat(SECTIONS_MAX + 10), 1);
        assert!(many.sections.len() <= SECTIONS_MAX + 1);
    }
}
