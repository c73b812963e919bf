//! The text of a licence file: which licences of the SPDX list it holds, and what it adds to them.
//!
//! Texts are compared as bags of pairs of words, so a clause more or less hardly changes what a text is taken for. What
//! holds something back is therefore counted apart: a file that has more of such words than the licence has adds terms of
//! its own, whatever it resembles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use seedcorn_core::openness::LicenseText;
use seedcorn_core::openness::held::held_back;
use spdx::detection::scan::Scanner;
use spdx::detection::{Store, TextData};

use crate::license_words::{lacking, own_lines};

/// Bytes of a licence file that are read; no licence is as long.
pub const LICENSE_TEXT_BYTES_MAX: usize = 64 * 1024;

/// How alike a text must be to count as a licence.
const ALIKE: f32 = 0.8;
/// Licences in one file.
const LICENSES_MAX: u16 = 6;
/// Letters at the head of a file in which its title stands.
const TITLE_BYTES: usize = 600;
/// Lines with words of their own that are told.
const EXTRA_MAX: usize = 5;
/// Letters of such a line.
const EXTRA_CHARS_MAX: usize = 160;

/// The licences of the list, as they are compared.
#[expect(clippy::expect_used, reason = "data inside the library, read by every test here")]
static STORE: LazyLock<Store> = LazyLock::new(|| Store::load_inline().expect("the library's own data"));

/// Titles of terms that are on no list, and what they are called. The first that is found counts.
const TITLES: &[(&str, &str)] = &[
    ("llama 2 community license", "llama2"),
    ("llama 3.1 community license", "llama3.1"),
    ("llama 3.2 community license", "llama3.2"),
    ("llama 3.3 community license", "llama3.3"),
    ("llama 4 community license", "llama4"),
    ("llama 3 community license", "llama3"),
    ("gemma terms of use", "gemma"),
    ("bigcode open rail-m", "bigcode-openrail-m"),
    ("bigscience rail license", "bigscience-bloom-rail-1.0"),
    ("creativeml open rail", "creativeml-openrail-m"),
    ("open rail-m", "openrail"),
    ("openrail", "openrail"),
    ("responsible ai license", "openrail"),
    ("deepseek license agreement", "DeepSeek License Agreement"),
    ("tongyi qianwen", "Tongyi Qianwen License Agreement"),
    ("qwen license agreement", "Qwen License Agreement"),
    ("qwen research license", "Qwen Research License Agreement"),
    ("stability ai", "Stability AI licence"),
    ("falcon 180b tii license", "Falcon 180B TII License"),
    ("falcon-180b tii license", "Falcon 180B TII License"),
    ("tii falcon license", "TII Falcon License"),
    ("tencent hunyuan", "Tencent Hunyuan Community License"),
    ("databricks open model license", "Databricks Open Model License"),
    ("nvidia open model license", "NVIDIA Open Model License"),
    ("exaone ai model license", "EXAONE AI Model License"),
    ("mistral ai research license", "Mistral AI Research License"),
    ("mistral ai non-production license", "Mistral AI Non-Production License"),
    ("fair noncommercial research license", "fair-noncommercial-research-license"),
    ("apple machine learning research model", "apple-amlr"),
    ("deepfloyd if", "deepfloyd-if-license"),
    ("flux.1 [dev] non-commercial", "FLUX.1 [dev] Non-Commercial License"),
    ("jamba open model license", "Jamba Open Model License"),
    ("grok 2 community license", "grok2-community"),
    ("yi series models", "Yi Series Models License Agreement"),
];

/// Words of a file that says no more than the identifier of its licence.
const IDENTIFIER_WORDS_MAX: usize = 30;
/// Words of the head by which files of code say that they are under Apache-2.0; the licence has more.
const HEAD_WORDS_MAX: usize = 200;

/// Words that hold something back.
const HOLDS_BACK: &[&str] = &[
    r"\bsell\b",
    r"\bcommercial(ly)?\b",
    r"\bnon-?commercial(ly)?\b",
    r"\bmonthly active\b",
    r"\bannual revenue\b",
    r"\bresearch (only|purposes?|use)\b",
    r"\bsubject to the following (additional )?conditions?\b",
    r"\bprohibited\b",
    r"\bforbidden\b",
    r"\b(must|shall) (prominently |clearly )?display\b",
    r"\bprominently display\b",
    r"\bresponsibly\b",
    r"\b(acceptable )?use (policy|restrictions?)\b",
    r"\b(may|shall|must) not (be used|use)\b",
    r"\bnot to use\b",
    r"\bmilitary\b",
    r"\bweapons?\b",
    r"\bcompet(e|ing|itive)\b",
    r"\bpersonal use\b",
    r"\bevaluation (purposes?|only)\b",
    r"\bwritten (permission|consent) (of|from)\b",
    r"\bonly\b",
    r"\bnot\b",
    r"\bmust\b",
    r"\bunless\b",
    r"\bexcept\b",
    r"\bexclusively\b",
];

#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test here")]
static WORDS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    HOLDS_BACK.iter().map(|pattern| Regex::new(pattern).expect("a valid pattern")).collect()
});

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static APACHE_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"licensed under the apache license,? version 2\.0").expect("a valid pattern")
});

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| {
    // Before it nothing but signs of comments: what a program prints is said by nobody.
    Regex::new(r"(?m)^[^A-Za-z0-9\r\n]*SPDX-License-Identifier:[ \t]*([^\r\n]{0,300})")
        .expect("a valid pattern")
});

/// Signs that close a comment behind an expression.
const CLOSERS: &[&str] = &["*/", "-->", "#}", "--", "\"\"\"", "'''", "\"", "#"];

/// The expressions of all `SPDX-License-Identifier` of a text, which all hold (SPDX 2.3, annex E), and the line of the first,
/// counted from 1. A line is taken as it is, to its end: what is no expression is for nobody to guess.
pub fn identifier(text: &str) -> Option<(u32, String)> {
    let mut first = None;
    let mut all: Vec<&str> = Vec::new();
    for found in IDENTIFIER.captures_iter(text) {
        let (Some(whole), Some(said)) = (found.get(0), found.get(1)) else { continue };
        let said = said.as_str().trim();
        let said = CLOSERS.iter().fold(said, |said, closer| said.trim_end_matches(closer).trim_end());
        if first.is_none() {
            let before = text.get(..whole.start()).unwrap_or_default();
            let within = whole.as_str().matches('\n').count();
            first = u32::try_from(before.matches('\n').count() + within + 1).ok();
        }
        if !all.contains(&said) {
            all.push(said);
        }
    }
    let joined = match all.as_slice() {
        [one] => (*one).to_owned(),
        many => many.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND "),
    };
    Some((first?, joined))
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static REUSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*(?:SPDX-License-Identifier[ \t]*=[ \t]*"([^"\r\n]{0,300})"|License:[ \t]*([^\r\n]{0,300}))"#)
        .expect("a valid pattern")
});

/// Reads how a project tells the terms of its files (REUSE 3.3: `REUSE.toml`, `.reuse/dep5`): all licences that it names hold.
pub fn reuse(text: &str) -> LicenseText {
    let mut ids: Vec<String> = REUSE
        .captures_iter(text)
        .filter_map(|found| Some(found.get(1).or_else(|| found.get(2))?.as_str().trim().to_owned()))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    LicenseText { ids, ..LicenseText::default() }
}

/// Whether a text is the head by which files of code say under which licence they are, and not the licence.
fn is_head(flat: &str) -> bool {
    APACHE_HEADER.is_match(flat) && flat.split(' ').count() <= HEAD_WORDS_MAX
}

/// Texts that were read last, with what they are: the same few stand in most releases, and comparing one takes longer than
/// everything else that is read of a small one.
static KNOWN: Mutex<VecDeque<(Box<str>, LicenseText)>> = Mutex::new(VecDeque::new());
/// So many.
const KNOWN_MAX: usize = 32;

/// Reads a licence file; what is behind [`LICENSE_TEXT_BYTES_MAX`] counts as words of its own.
pub fn read(text: &str) -> LicenseText {
    let known = |known: &VecDeque<(Box<str>, LicenseText)>| {
        Some(known.iter().find(|(other, _)| **other == *text)?.1.clone())
    };
    if let Some(found) = known(&KNOWN.lock().unwrap_or_else(PoisonError::into_inner)) {
        return found;
    }
    let found = compare(text);
    if text.len() <= LICENSE_TEXT_BYTES_MAX {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.truncate(KNOWN_MAX - 1);
        known.push_front((text.into(), found.clone()));
    }
    found
}

fn compare(text: &str) -> LicenseText {
    let mut end = text.len().min(LICENSE_TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let whole = end == text.len();
    let text = text.get(..end).unwrap_or_default();
    let flat = flatten(text);
    if let Some(name) = title(&flat) {
        return LicenseText { custom: Some(name.to_owned()), ..LicenseText::default() };
    }
    let mut ids = detect(text, &flat);
    if ids.is_empty()
        && let Some((_, said)) = identifier(text)
        && flat.split(' ').count() <= IDENTIFIER_WORDS_MAX
    {
        ids.push(said);
    }
    let mut extra = if ids.is_empty() { Vec::new() } else { additions(text, &flat, &ids) };
    // Struck out, or hidden in a comment, it is not what it seems to be.
    if let Some(odd) = ["~~", "<!--", "<del", "<s>", "\\iffalse"].iter().find(|mark| flat.contains(**mark)) {
        extra.push((1, format!("it has {odd} in it")));
    }
    // It names another licence than it is.
    if let Some((line, said)) = identifier(text).filter(|(_, said)| !ids.is_empty() && !ids.contains(said)) {
        let known =
            spdx::license_id(&said).is_some_and(|id| ids.iter().any(|known| known.starts_with(id.name)));
        if !known {
            extra.push((line, format!("it says that it is {said}")));
        }
    }
    if !whole {
        extra.push((1, "the file is longer than any licence".to_owned()));
    }
    let mut holds = BTreeSet::new();
    if ids.is_empty() {
        for held in held_back(text) {
            holds.insert(held.what);
            extra.push((held.line, held.said));
        }
        extra.truncate(EXTRA_MAX);
    }
    LicenseText { ids, custom: None, extra, holds }
}

/// In lower case, without line breaks.
fn flatten(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn title(flat: &str) -> Option<&'static str> {
    let mut end = flat.len().min(TITLE_BYTES);
    while !flat.is_char_boundary(end) {
        end -= 1;
    }
    let head = flat.get(..end)?;
    TITLES.iter().find(|(title, _)| head.contains(title)).map(|(_, name)| *name)
}

fn detect(text: &str, flat: &str) -> Vec<String> {
    let data = TextData::new(text);
    let scanner = Scanner::new(&STORE)
        .confidence_threshold(ALIKE)
        .shallow_limit(0.99)
        .optimize(true)
        .max_passes(LICENSES_MAX);
    let found = scanner.scan(&data);
    let parts = found.containing.iter().map(|one| one.license.name);
    let mut names: Vec<&str> = match (&found.license, found.containing.is_empty()) {
        (Some(all), true) => vec![all.name],
        _ => parts.collect(),
    };
    names.sort_unstable();
    names.dedup();
    let mut ids: Vec<String> = names.into_iter().map(|name| guarded(name, flat)).collect();
    if ids.is_empty() && APACHE_HEADER.is_match(flat) {
        ids.push("Apache-2.0".to_owned());
    }
    if !ids.is_empty() {
        let more = beside(flat, &ids);
        ids.extend(more);
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Licences that are looked for beside the one that a file resembles most: a short one behind a long one hardly changes
/// what the whole resembles.
const BESIDE: &[&str] = &[
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC-BY-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "ISC",
    "LGPL-3.0-only",
    "MIT",
    "MPL-2.0",
    "ODC-By-1.0",
    "ODbL-1.0",
    "Unlicense",
];
/// Words in a row that are compared.
const ROW: usize = 6;

/// Every row of words of a text, without signs.
fn rows(flat: &str, row: usize) -> BTreeSet<String> {
    let words: Vec<&str> =
        flat.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(row).map(|row| row.join(" ")).collect()
}

static ROWS: LazyLock<Vec<(&str, BTreeSet<String>)>> = LazyLock::new(|| {
    let known = BESIDE.iter().filter_map(|id| Some((*id, spdx::license_id(id)?)));
    known.map(|(id, license)| (id, rows(&flatten(license.text()), ROW))).collect()
});

/// Licences of which nearly all stands in a text, and most of it not in those that were found there.
fn beside(flat: &str, ids: &[String]) -> Vec<String> {
    let here = rows(flat, ROW);
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for license in ids.iter().filter_map(|id| spdx::license_id(id)) {
        taken.extend(rows(&flatten(license.text()), ROW));
    }
    let share = |of: &BTreeSet<String>, within: &BTreeSet<String>| {
        of.iter().filter(|row| within.contains(*row)).count() * 100 / of.len().max(1)
    };
    let found = ROWS.iter().filter(|(_, known)| share(known, &here) >= 90 && share(known, &taken) < 60);
    found.map(|(id, _)| (*id).to_owned()).collect()
}

/// What a text is taken for, where two are nearly the same.
fn guarded(name: &str, flat: &str) -> String {
    match name {
        // Apache-2.0 without its appendix is nearer to the licence that was made of it.
        "Pixar" if !flat.contains("modified apache") => "Apache-2.0".to_owned(),
        name if name.starts_with("OpenMDW") && flat.contains("1.1") => "LicenseRef-OpenMDW-1.1".to_owned(),
        name if name.starts_with("OpenMDW") => "LicenseRef-OpenMDW-1.0".to_owned(),
        name => name.to_owned(),
    }
}

/// Lines with words that hold something back, as many as there are more of them than the licences have.
fn additions(text: &str, flat: &str, ids: &[String]) -> Vec<(u32, String)> {
    let originals: Vec<String> =
        ids.iter().filter_map(|id| spdx::license_id(id)).map(|id| flatten(id.text())).collect();
    if originals.len() < ids.len() {
        // Of a licence whose text is not here, an expression or a reference, nothing is known of what was added to it.
        if flat.split(' ').count() <= IDENTIFIER_WORDS_MAX {
            return own_lines(text, &[]).into_iter().take(EXTRA_MAX).collect();
        }
        let same = ids.iter().all(|id| id.starts_with("LicenseRef-OpenMDW"));
        return match same && !WORDS_OF_RESTRICTION.is_match(flat) {
            true => Vec::new(),
            false => vec![(1, "its text cannot be compared with the licence".to_owned())],
        };
    }
    let mut lines: BTreeMap<u32, String> = BTreeMap::new();
    for word in WORDS.iter() {
        let here = word.find_iter(flat).count();
        let there: usize = originals.iter().map(|original| word.find_iter(original).count()).sum();
        if here > there {
            // The last ones are the likeliest: what is added stands at the end.
            let seen = text.lines().enumerate().filter(|(_, line)| word.is_match(&line.to_lowercase()));
            let seen: Vec<(usize, &str)> = seen.collect();
            let (n, line) = seen.last().copied().unwrap_or((0, "words that span lines"));
            let line: String = line.trim().chars().take(EXTRA_CHARS_MAX).collect();
            lines.insert(u32::try_from(n + 1).unwrap_or(u32::MAX), line);
        }
    }
    let texts: Vec<&str> = ids.iter().filter_map(|id| spdx::license_id(id)).map(|id| id.text()).collect();
    lines.extend(own_lines(text, &texts));
    // The head that files of code have is all of what is said by it.
    if !is_head(flat) && flat.split(' ').count() > IDENTIFIER_WORDS_MAX {
        let lacks = texts.iter().find_map(|original| lacking(text, original));
        lines.extend(lacks.map(|lacks| (1, format!("of the licence it lacks \"{lacks}\""))));
    }
    lines.into_iter().take(EXTRA_MAX).collect()
}

/// What no open licence says of a whole.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static WORDS_OF_RESTRICTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bsell\b|non-?commercial|may not be used|monthly active|research (only|purposes)")
        .expect("a valid pattern")
});
