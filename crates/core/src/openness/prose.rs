//! What a text for people tells: its sections, each with what it is about, and how much stands in it that is no template.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::held::{Held, held_back};

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
    /// Words in it that no template has; one word over and over counts twice.
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
    /// What it holds back, wherever it says so.
    pub held: Vec<Held>,
    /// Models that it says it was made from.
    pub bases: Vec<String>,
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
    "lorem ipsum",
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

// A name that is marked as one: in running text, a bar stands between many other words.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static MADE_FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:fine-?tun[a-z]*|quanti[sz][a-z]*|distill[a-z]*|derived|merged?|adapted|continued)[^.\n]{0,60} (?:from|of|on top of) [^\n]{0,60}?(?:`|\[|huggingface\.co/)([a-z0-9][a-z0-9_.-]{0,95}/[a-z0-9][a-z0-9_.-]{0,95})",
    )
    .expect("a valid pattern")
});
/// Models that a text says it was made from, at most.
const BASES_MAX: usize = 16;

/// How many words a section has. A word over and over says no more than twice, and of writing without blanks between words
/// two characters are one: so long is a word of Chinese or Japanese at the mean.
#[derive(Default)]
struct Words {
    all: usize,
    different: HashSet<String>,
}

impl Words {
    fn add(&mut self, line: &str) {
        for piece in line.split_whitespace() {
            let piece = piece.trim_matches(|c: char| !c.is_alphanumeric());
            let dense: Vec<char> = piece.chars().filter(|c| is_dense(*c)).collect();
            for pair in dense.chunks(2) {
                self.all += 1;
                self.different.insert(pair.iter().collect());
            }
            if dense.is_empty() && !piece.is_empty() {
                self.all += 1;
                self.different.insert(piece.to_owned());
            }
        }
    }

    fn take(&mut self) -> usize {
        let words = std::mem::take(self);
        words.all.min(2 * words.different.len())
    }
}

/// Whether a character is of a writing that has no blanks between words: Thai, kana, Han.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
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
    let mut words = Words::default();
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
            section.words = words.take();
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
        words.add(&lower);
        section.names_sources |= SOURCES.is_match(trimmed);
    }
    section.words = words.take();
    prose.sections.push(section);
    // In whatever form: tables, quotes, code and comments are read by people as well.
    prose.held = held_back(text);
    prose.held.iter_mut().for_each(|held| held.line += first - 1);
    let bases = MADE_FROM.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_owned()));
    prose.bases = bases.take(BASES_MAX).collect();
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
    use super::super::terms::Restriction;
    use super::*;

    #[test]
    fn sections_are_told_apart_and_templates_count_nothing() {
        let words: String = (0..25).map(|n| format!("word{n} ")).collect();
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
    fn a_word_over_and_over_is_no_text() {
        assert_eq!(read(&"corn ".repeat(60), 1).words(), 2);
        assert_eq!(read("- one, two\n- Two — three", 1).words(), 4);
        assert_eq!(read("本模型用于研究和生产。", 1).words(), 5, "two characters are a word");
    }

    #[test]
    fn what_it_holds_back_is_found_in_any_form() {
        for text in [
            "# A\n\n**License:** for non-commercial use only\n",
            "# A\n\n> research use only\n",
            "## License: CC-BY-NC-4.0\n\n",
            "# A\n\n| Weights | CC-BY-NC-4.0 |\n",
            "# A\n\n```\nnon-commercial\n```",
            "# A\n\n<h2>License</h2> No commercial use",
        ] {
            let held = read(text, 10).held;
            assert_eq!(held.first().map(|held| held.what), Some(Restriction::NonCommercial), "{text}");
            assert!(held[0].line >= 10, "{text}");
        }
        assert_eq!(read("# A\nUse it as you like.\n", 1).held, []);
    }

    #[test]
    fn models_that_it_was_made_from_are_found() {
        let bases = |text: &str| read(text, 1).bases;
        assert_eq!(
            bases("It was fine-tuned from [meta-llama/Llama-2-7b](https://x)."),
            ["meta-llama/Llama-2-7b"]
        );
        assert_eq!(bases("This is a quantized version of `a/b`, see c/d."), ["a/b"]);
        assert_eq!(bases("Finetuned from [this one](https://huggingface.co/a/b)"), ["a/b"]);
        for text in [
            "Fine-tuned on data/web pages. See docs/of/it.",
            "quantization of weights/activations",
            "distilled pairs of question/answer",
        ] {
            assert!(bases(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn nothing_is_a_text_as_well() {
        assert_eq!((read("", 1).words(), read("", 1).sections.len()), (0, 1));
        let many = read(&"# a\n".repeat(SECTIONS_MAX + 10), 1);
        assert!(many.sections.len() <= SECTIONS_MAX + 1);
    }
}
