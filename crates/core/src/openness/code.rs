//! What a file of code is for, told by its path and its content together: by its path alone one in six is taken for
//! something that it is not.

use std::sync::LazyLock;

use regex::Regex;

use super::held::held_back;

/// What code may be for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// It defines the model.
    Architecture,
    /// It trains it.
    Training,
    /// It runs it.
    Inference,
    /// It evaluates it.
    Evaluation,
    /// It makes data ready.
    Preprocessing,
}

impl Purpose {
    const ALL: [Purpose; 5] = [
        Purpose::Architecture,
        Purpose::Training,
        Purpose::Inference,
        Purpose::Evaluation,
        Purpose::Preprocessing,
    ];

    /// Words of names and folders.
    fn words(self) -> &'static [&'static str] {
        match self {
            Purpose::Architecture => {
                &["modeling", "modelling", "model", "models", "architecture", "network", "transformer"]
            }
            Purpose::Training => &[
                "train",
                "training",
                "trainer",
                "pretrain",
                "pretraining",
                "finetune",
                "finetuning",
                "sft",
                "dpo",
                "rlhf",
                "grpo",
            ],
            Purpose::Inference => &[
                "generate",
                "generation",
                "infer",
                "inference",
                "predict",
                "sample",
                "sampling",
                "chat",
                "demo",
                "serve",
                "example",
                "examples",
                "pipeline",
            ],
            Purpose::Evaluation => {
                &["eval", "evals", "evaluate", "evaluation", "benchmark", "benchmarks", "bench"]
            }
            Purpose::Preprocessing => &[
                "preprocess",
                "preprocessing",
                "prepare",
                "preparation",
                "tokenize",
                "dedup",
                "deduplicate",
                "clean",
                "cleaning",
                "filter",
                "filtering",
                "dataset",
                "datasets",
                "data",
                "process",
            ],
        }
    }

    fn pattern(self) -> &'static str {
        match self {
            Purpose::Architecture => {
                r"class\s+\w+\s*\([^)]*(nn\.Module|PreTrainedModel|eqx\.Module|keras\.Model|linen\.Module|nnx\.Module)"
            }
            Purpose::Training => {
                r"\.backward\(|optimizer\.step\(|\bTrainer\(|SFTTrainer\(|\btorchrun\b|\bdeepspeed\b|\boptax\.|accelerate launch|\.fit\("
            }
            Purpose::Inference => {
                r"\.generate\(|from_pretrained\(|load_state_dict\(|\bpipeline\(|llama-cli|\bvllm\b"
            }
            Purpose::Evaluation => {
                r"\blm_eval\b|\blighteval\b|\baccuracy|pass@|\bevaluate\(|exact_match|\bperplexity\b"
            }
            Purpose::Preprocessing => {
                r"load_dataset\(|\bmemmap\b|jsonl|\bdedup|minhash|\.map\(|tokenizer\(|read_parquet\("
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test here")]
static PATTERNS: LazyLock<Vec<(Purpose, Regex)>> = LazyLock::new(|| {
    Purpose::ALL.map(|purpose| (purpose, Regex::new(purpose.pattern()).expect("a valid pattern"))).into()
});

/// Folders in which code is not that of the release.
const ELSEWHERES: &[&str] = &[
    "test",
    "tests",
    "testing",
    "docs",
    "doc",
    "third_party",
    "thirdparty",
    "dependencies",
    "vendor",
    "node_modules",
    ".github",
    "site-packages",
];

/// Endings of files that are code.
const CODE: &[&str] = &[
    "c", "cc", "cpp", "cu", "go", "h", "hpp", "ipynb", "java", "jl", "js", "mojo", "py", "rs", "sh", "swift",
    "ts",
];

/// Where a purpose shows: the line, counted from 1, and what stands there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signal {
    /// What the code is for.
    pub purpose: Purpose,
    /// The line.
    pub line: u32,
    /// What was found in it.
    pub text: String,
}

/// What a file of code is for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Signals {
    /// Each purpose that its path and its content agree on.
    pub found: Vec<Signal>,
    /// The expression of its `SPDX-License-Identifier`, and the line.
    pub license: Option<(u32, String)>,
}

/// Whether a file is worth reading as code.
pub fn is_code(path: &str) -> bool {
    let (folders, name) = parts(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    CODE.contains(&ending) && !folders.iter().any(|folder| ELSEWHERES.contains(&folder.as_str()))
}

fn parts(path: &str) -> (Vec<String>, String) {
    let lower = path.to_ascii_lowercase();
    let mut all: Vec<String> = lower.split('/').map(str::to_owned).collect();
    let name = all.pop().unwrap_or_default();
    (all, name)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Lines of a file of code at whose head it says under which terms it is.
const HEAD_LINES: usize = 40;

/// What the comment at the head of a file holds back, which is a licence of its own.
fn held_at_head(text: &str) -> Option<(u32, String)> {
    let is_head = |line: &&str| line.trim().is_empty() || is_comment(line.trim_start());
    let head: Vec<&str> = text.lines().take(HEAD_LINES).take_while(is_head).collect();
    let held = held_back(&head.join("\n")).into_iter().next()?;
    Some((held.line, format!("terms of its own: {}", held.said)))
}

/// Reads a file of code. `license`: what its `SPDX-License-Identifier` says, and where.
pub fn read(path: &str, text: &str, license: Option<(u32, String)>) -> Signals {
    let license = license.or_else(|| held_at_head(text));
    let (folders, name) = parts(path);
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let named = |purpose: Purpose| words(stem).any(|word| purpose.words().contains(&word));
    let parent = folders.last().map_or("", String::as_str);
    let housed = |purpose: Purpose| words(parent).any(|word| purpose.words().contains(&word));
    let speaks = |purpose: Purpose| {
        let others = Purpose::ALL.into_iter().any(|other| other != purpose && named(other));
        // What a name says of itself counts before what its folder says of all.
        let here = named(purpose) || (housed(purpose) && !others);
        let in_data_or_eval = folders.iter().any(|folder| {
            words(folder).any(|word| {
                matches!(
                    word,
                    "data"
                        | "dataset"
                        | "datasets"
                        | "eval"
                        | "evals"
                        | "evaluation"
                        | "benchmark"
                        | "benchmarks"
                )
            })
        });
        here && !(purpose == Purpose::Inference && in_data_or_eval)
    };
    // A name that promises everything promises nothing.
    if Purpose::ALL.into_iter().filter(|purpose| named(*purpose)).count() > PURPOSES_MAX {
        return Signals { found: Vec::new(), license };
    }
    let said = uncommented(text);
    let mut found = Vec::new();
    for (purpose, pattern) in PATTERNS.iter().filter(|(purpose, _)| speaks(*purpose)) {
        // Image processors ready what the model is shown, not what it was trained on.
        if *purpose == Purpose::Preprocessing && text.contains("pixel_values") {
            continue;
        }
        if let Some(hit) = pattern.find(&said) {
            let line = said.get(..hit.start()).unwrap_or_default().matches('\n').count() + 1;
            let text = text.lines().nth(line - 1).unwrap_or_default().trim().chars().take(160).collect();
            found.push(Signal { purpose: *purpose, line: u32::try_from(line).unwrap_or(u32::MAX), text });
        }
    }
    Signals { found, license }
}

/// Purposes that the name of one file speaks of.
const PURPOSES_MAX: usize = 2;

/// A program without what it says to people, line by line as it was: comments, texts over several lines, what a shell prints. A page
/// under a program's name is none.
fn uncommented(text: &str) -> String {
    let head = text.trim_start().get(..PAGE_MARK.len()).unwrap_or_default();
    if head.eq_ignore_ascii_case(PAGE_MARK) || text.trim_start().to_ascii_lowercase().starts_with("<html") {
        return String::new();
    }
    // The mark that ends a text over several lines, while one is open.
    let mut within: Option<&'static str> = None;
    let kept = |line: &'_ str| -> String {
        let was = within;
        let mut rest = line;
        while let Some((at, mark)) = next_quote(rest, within) {
            within = if within.is_some() { None } else { Some(mark) };
            rest = rest.get(at + mark.len()..).unwrap_or_default();
        }
        let bare = line.trim_start();
        let begins = QUOTES.iter().any(|mark| bare.starts_with(mark));
        if was.is_some() || begins || is_comment(bare) || bare.starts_with("echo ") {
            return String::new();
        }
        let end = [" #", " //"].iter().filter_map(|mark| line.find(mark)).min();
        line[..end.unwrap_or(line.len())].to_owned()
    };
    text.lines().map(kept).collect::<Vec<_>>().join("\n")
}

/// The next mark that opens a text over several lines, or the one that closes the open one.
fn next_quote(line: &str, open: Option<&'static str>) -> Option<(usize, &'static str)> {
    let marks = QUOTES.into_iter().filter(|mark| open.is_none_or(|open| open == *mark));
    marks.filter_map(|mark| Some((line.find(mark)?, mark))).min()
}

/// Whether a line is nothing but a comment, in any of the languages.
fn is_comment(bare: &str) -> bool {
    ["#", "//", "/*", "*", "%", "--"].iter().any(|mark| bare.starts_with(mark))
}

/// What encloses texts over several lines.
const QUOTES: [&str; 2] = ["\"\"\"", "\u{27}\u{27}\u{27}"];
/// How a page begins.
const PAGE_MARK: &str = "<!doctype html";

#[cfg(test)]
mod tests {
    use super::*;

    fn purposes(path: &str, text: &str) -> Vec<Purpose> {
        read(path, text, None).found.into_iter().map(|signal| signal.purpose).collect()
    }

    #[test]
    fn path_and_content_must_agree() {
        assert_eq!(purposes("train.py", "loss.backward()"), [Purpose::Training]);
        assert_eq!(purposes("train.py", "print('train')"), []);
        assert_eq!(purposes("notes.py", "loss.backward()"), []);
        assert_eq!(purposes("scripts/pretrain_7b.sh", "torchrun --nproc 8 x.py"), [Purpose::Training]);
        assert_eq!(purposes("modeling_acorn.py", "class Acorn(nn.Module):"), [Purpose::Architecture]);
        assert_eq!(purposes("eval/run.py", "import lm_eval"), [Purpose::Evaluation]);
        assert_eq!(purposes("generate.py", "model.generate(x)"), [Purpose::Inference]);
        assert_eq!(purposes("prepare_data.py", "load_dataset('x')"), [Purpose::Preprocessing]);
    }

    #[test]
    fn what_only_looks_like_it_is_not_taken_for_it() {
        assert_eq!(purposes("data/generate.py", "model.generate(x)"), [], "makes data");
        assert_eq!(purposes("eval/generate.py", "model.generate(x)"), [], "makes answers to be judged");
        assert_eq!(purposes("preprocess_image.py", "load_dataset('x')\npixel_values = 1"), []);
        assert_eq!(purposes("trainset.py", "loss.backward()"), [], "a part of a word is none");
        assert!(is_code("src/train.py") && !is_code("tests/train.py") && !is_code("vendor/x/train.py"));
        assert!(!is_code("train.txt") && !is_code("train"));
    }

    #[test]
    fn the_line_is_told() {
        let signals = read("train.py", "import torch\n\nloss.backward()\n", Some((1, "MIT".into())));
        assert_eq!((signals.found[0].line, signals.found[0].text.as_str()), (3, "loss.backward()"));
        assert_eq!(signals.license, Some((1, "MIT".into())));
    }

    #[test]
    fn what_is_said_to_people_runs_nothing() {
        let found = |path: &str, text: &str| read(path, text, None).found.len();
        assert_eq!(found("train.py", "\"\"\"Soon.\nloss.backward()\n\"\"\"\nx = 1\n"), 0);
        assert_eq!(found("train.py", "\"\"\"One line.\"\"\"\nloss.backward()\n"), 1);
        assert_eq!(found("eval.sh", "echo \"lm_eval scripts coming soon\"\n"), 0);
        assert_eq!(found("train.py", "<!DOCTYPE html><p>404: torchrun not found</p>"), 0);
        let prompt = "PROMPT = \"\"\"\nSay it.\n\"\"\"\nloss.backward()\n";
        assert_eq!(found("train.py", prompt), 1, "what stands behind a text is code again");
    }
}
