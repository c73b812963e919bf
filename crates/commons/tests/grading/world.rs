//! Releases made for one question each, in a folder that is gone afterwards.

use std::fs;
use std::path::Path;

use seedcorn_commons::grade;
use seedcorn_core::openness::seen::Release;
use seedcorn_core::openness::{Component, Part, Profile, Status, Verdict, evaluate, gather};

/// A safetensors file with one tensor.
pub(crate) fn safetensors(seed: u8) -> Vec<u8> {
    let header = br#"{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend([seed; 4]);
    file
}

/// A GGUF file with one tensor and an architecture.
pub(crate) fn gguf(architecture: &str) -> Vec<u8> {
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.bytes());
    };
    let mut out = b"GGUF".to_vec();
    out.extend(3_u32.to_le_bytes());
    out.extend(1_u64.to_le_bytes());
    out.extend(1_u64.to_le_bytes());
    text(&mut out, "general.architecture");
    out.extend(8_u32.to_le_bytes());
    text(&mut out, architecture);
    text(&mut out, "w");
    out.extend(1_u32.to_le_bytes());
    out.extend(4_u64.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(0_u64.to_le_bytes());
    out.resize(out.len().next_multiple_of(32), 0);
    out.extend([0; 16]);
    out
}

/// So many words.
pub(crate) fn words(n: usize) -> String {
    (0..n).map(|n| format!("corn{n} ")).collect()
}

/// As long as a PDF with a page.
pub(crate) fn pdf() -> Vec<u8> {
    [b"%PDF-1.7\n".as_slice(), &[b' '; 700], b"\nstartxref\n9\n%%EOF\n"].concat()
}

/// A card with all sections that a model's card must have.
pub(crate) fn card(yaml: &str) -> String {
    let w = words(25);
    format!(
        "---\n{yaml}\n---\n# Acorn\n## Intended use\n{w}\n## Limitations\n{w}\n## Training procedure\n{w}\n## Evaluation\n{w}\n"
    )
}

/// Files of a release: paths and bytes.
pub(crate) type Files = Vec<(&'static str, Vec<u8>)>;

pub(crate) fn write(root: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

pub(crate) fn read(files: &Files) -> Release {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("acorn");
    fs::create_dir(&root).unwrap();
    write(&root, files);
    grade::folder(&root).unwrap()
}

pub(crate) fn judged(release: &Release, profile: Profile) -> Verdict {
    let (findings, remarks) = gather(release);
    evaluate(&findings, &remarks, profile)
}

pub(crate) fn mof(files: &Files) -> Verdict {
    judged(&read(files), Profile::Mof)
}

pub(crate) fn part(verdict: &Verdict, component: Component) -> &Part {
    verdict.parts.iter().find(|part| part.component == component).unwrap()
}

/// How a part counts: by what is sure, and by all that may be.
pub(crate) fn counts(files: &Files, component: Component) -> (Status, Status) {
    let verdict = mof(files);
    let part = part(&verdict, component);
    (part.status, part.possible)
}
