//! A release: files by their names, read as what those promise, and judged by every profile.

use seedcorn_core::openness::mot::Configuration;
use seedcorn_core::openness::report::{badge, configuration, markdown, sarif};
use seedcorn_core::openness::seen::{File, Reading, Release};
use seedcorn_core::openness::{Difference, Open, Profile, evaluate, gather, gather_dataset};
use seedcorn_formats::license_text;
use seedcorn_formats::release::{Opening, Step};

/// Names of every kind that is opened.
const NAMES: [&str; 16] = [
    "README.md",
    "LICENSE",
    "LICENSE-MODEL.txt",
    "model.safetensors",
    "model.gguf",
    "model.safetensors.index.json",
    "mof.yml",
    "train/train.py",
    "paper/paper.pdf",
    "config.json",
    "adapter_config.json",
    ".eval_results/a.yaml",
    "eval/results.json",
    "datasheet.md",
    "pytorch_model.bin",
    "data/train.csv",
];
/// Ranges that a reader may ask for; one after the other they only grow.
const STEPS_MAX: usize = 64;

/// The bytes are files, each with a byte in front that says how it is called; a byte of 0 is between them.
pub fn check(data: &[u8]) {
    let pieces = data.split(|byte| *byte == 0).filter(|piece| !piece.is_empty()).take(NAMES.len());
    let files: Vec<File> = pieces.map(file).collect();
    let release = Release::of("acorn", files);
    let (findings, remarks) = gather(&release);
    assert_eq!(gather(&release), (findings.clone(), remarks.clone()), "the same input, the same answer");
    for profile in Profile::ALL {
        judged(&release, profile, evaluate(&findings, &remarks, profile));
    }
    let (findings, remarks) = gather_dataset(&release);
    judged(&release, Profile::Data, evaluate(&findings, &remarks, Profile::Data));
}

fn file(piece: &[u8]) -> File {
    let (first, bytes) = piece.split_first().unwrap();
    let path = NAMES[usize::from(*first) % NAMES.len()];
    let mut opening = Opening::new(path, bytes.len() as u64);
    let mut step = opening.step(&[]);
    for _ in 0..STEPS_MAX {
        match step {
            Step::Done(reading) => {
                return File {
                    path: path.into(),
                    bytes: bytes.len() as u64,
                    content: format!("{bytes:?}"),
                    reading,
                };
            }
            Step::Need(range) => {
                assert!(range.start <= range.end && range.end <= bytes.len() as u64, "outside of the file");
                let (start, end) =
                    (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
                step = opening.step(&bytes[start..end]);
            }
        }
    }
    panic!("{path} is never read");
}

fn judged(release: &Release, profile: Profile, verdict: seedcorn_core::openness::Verdict) {
    assert!(verdict.confirmed <= verdict.possible, "{profile}: more is sure than may be");
    for part in &verdict.parts {
        assert!(part.status <= part.possible);
    }
    assert!(!Difference::between(&verdict, &verdict).is_worse());
    // What others read of it is well formed, whatever the files say.
    let log = sarif::log(&verdict, "0");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(verdict.remarks.len()));
    assert!(!markdown::page(&release.name, &verdict).contains("<script"));
    assert_eq!(badge::of(&verdict, "").matches("<text").count(), 2);
    if profile == Profile::Mot {
        let about = configuration::About { name: &release.name, ..configuration::About::default() };
        let written = configuration::write(&about, &verdict);
        let read = Configuration::read(&written).unwrap();
        assert!(read.tally().class <= verdict.possible.class(), "more than was seen:\n{written}");
    }
}

/// The bytes are the text of a licence file.
pub fn license(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read = license_text::read(&text);
    let lines = u32::try_from(text.lines().count().max(1)).unwrap();
    assert!(read.extra.iter().all(|(line, _)| (1..=lines).contains(line)), "{read:?}");
    let terms = read.terms();
    if terms.open == Open::Yes {
        assert!(!read.ids.is_empty() && read.extra.is_empty() && read.custom.is_none(), "{read:?}");
    }
    assert!(matches!(
        seedcorn_formats::release::Opening::new("LICENSE", 1).step(&[]),
        Step::Need(_) | Step::Done(Reading::Unread)
    ));
}
