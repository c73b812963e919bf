//! What counts as use of a work: that somebody has most of what it is made of, once a day, and not how often it was asked for.

use crate::repo::RepoKind;

/// Seconds of a day.
const DAY_SECS: i64 = 86_400;

/// A day in UTC: days since 1 January 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(pub i64);

impl Day {
    /// The day of a moment.
    pub fn of(at: crate::time::Time) -> Day {
        Day(at.secs().div_euclid(DAY_SECS))
    }

    /// Its beginning.
    pub fn start(self) -> crate::time::Time {
        crate::time::Time::from_secs(self.0.saturating_mul(DAY_SECS))
    }
}

/// Who takes something, as far as it is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sort {
    /// Somebody with an account.
    Member,
    /// Somebody without one.
    Visitor,
    /// A program that says of itself that it is no person's: continuous integration, a crawler.
    Machine,
}

impl Sort {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Member => "member",
            Sort::Visitor => "visitor",
            Sort::Machine => "machine",
        }
    }
}

/// Whether a program says of itself, in its `User-Agent`, that nobody sits before it. The Hub's clients say `is_ci/true` where
/// continuous integration runs them; crawlers name themselves. A word counts as a whole: names of libraries have `bot` in them.
pub fn is_machine(user_agent: &str) -> bool {
    const WORDS: [&str; 26] = [
        "ahrefsbot",
        "amazonbot",
        "applebot",
        "baiduspider",
        "bingbot",
        "bot",
        "bytespider",
        "ccbot",
        "claudebot",
        "crawler",
        "dotbot",
        "duckduckbot",
        "facebookexternalhit",
        "googlebot",
        "gptbot",
        "healthcheck",
        "mj12bot",
        "monitor",
        "petalbot",
        "scrapy",
        "semrushbot",
        "spider",
        "twitterbot",
        "uptime",
        "uptimerobot",
        "yandexbot",
    ];
    let agent = user_agent.to_ascii_lowercase();
    agent.contains("is_ci/true")
        || agent.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.binary_search(&word).is_ok())
}

/// Endings of files that models are made of.
const WEIGHTS: [&str; 13] = [
    ".safetensors",
    ".gguf",
    ".bin",
    ".pt",
    ".pth",
    ".onnx",
    ".h5",
    ".msgpack",
    ".npz",
    ".ckpt",
    ".tflite",
    ".mlmodel",
    ".nemo",
];
/// Endings of files that data sets are made of.
const DATA: [&str; 16] = [
    ".parquet", ".arrow", ".csv", ".tsv", ".json", ".jsonl", ".txt", ".zst", ".gz", ".zip", ".tar", ".png",
    ".jpg", ".wav", ".flac", ".mp4",
];

/// Whether a file is what a work of a kind is made of, rather than something about it. Large files always are.
pub fn is_content(kind: RepoKind, path: &str, is_large: bool) -> bool {
    let path = path.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
    match kind {
        _ if is_large => true,
        RepoKind::Model => ends(&WEIGHTS),
        RepoKind::Dataset => ends(&DATA),
        RepoKind::Paper => ends(&[".pdf"]),
        RepoKind::Code => !ends(&[".md", ".rst"]),
        RepoKind::Space => false,
    }
}

/// Bytes that are use, however large the work is: somebody who pulls a few of a hundred checkpoints uses them.
const USE_BYTES: u64 = 8 << 20;
/// Of all that a work has, in all its versions together, the part that is use: whoever pulls the newest of a hundred has pulled it whole.
const PART: u64 = 100;

/// Bytes of what a work is made of that make a day a day of use. `whole` is all that it has, in all its versions, if that is known: a
/// hundredth of it, and never more than 8 MiB.
pub fn least(whole: Option<u64>) -> u64 {
    whole.map_or(USE_BYTES, |whole| (whole / PART).clamp(1, USE_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn days() {
        assert_eq!(Day::of(Time::from_secs(86_399)), Day(0));
        assert_eq!(Day::of(Time::from_secs(-1)), Day(-1));
        assert_eq!(Day(2).start(), Time::from_secs(172_800));
    }

    #[test]
    fn machines_say_so() {
        assert!(is_machine("unknown/None; hf_hub/1.20.1; python/3.12; is_ci/true"));
        assert!(is_machine("Mozilla/5.0 (compatible; Googlebot/2.1)"));
        assert!(!is_machine("unknown/None; hf_hub/1.20.1; python/3.12.3; torch/2.5"));
        assert!(!is_machine("lerobot/0.3; hf_hub/1.20.1; botorch/0.14"));
        assert!(!is_machine("git-lfs/3.3.0 (GitHub; linux amd64; go 1.19)"));
    }

    #[test]
    fn what_a_work_is_made_of() {
        use RepoKind::{Code, Dataset, Model, Paper, Space};
        let content = |kind, path| is_content(kind, path, false);
        assert!(content(Model, "a/Model.SafeTensors") && !content(Model, "config.json"));
        assert!(content(Dataset, "train.jsonl") && !content(Dataset, "README.md"));
        assert!(content(Paper, "paper.pdf") && content(Code, "src/main.rs") && !content(Code, "README.md"));
        assert!(!content(Space, "app.py") && is_content(Space, "weights", true));
    }

    #[test]
    fn a_hundredth_or_much() {
        assert_eq!([0, 99, 1000, 1 << 40].map(|whole| least(Some(whole))), [1, 1, 10, 8 << 20]);
        assert_eq!(least(None), 8 << 20);
    }
}
