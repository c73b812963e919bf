//! Documents: their links and paths lead somewhere, and the code speaks their words.

use std::collections::BTreeSet;

use crate::{file, root, tree, verdict};

#[test]
fn architecture_names_files_that_exist() {
    let folders = ["crates/", "docs/", "migrations/", "tests/", "bench/"];
    let spans = file("ARCHITECTURE.md").text.split('`').skip(1).step_by(2);
    let paths = spans.filter(|span| folders.iter().any(|folder| span.starts_with(folder)));
    let gone = paths.filter(|path| !root().join(path).exists());
    let complaints: Vec<_> = gone.map(str::to_owned).collect();
    verdict("a path in ARCHITECTURE.md leads to a file or folder", &complaints);
}

/// Where the links of a document point, code left out.
fn links(document: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut code = false;
    for line in document.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            let prose = line.split('`').step_by(2);
            let inline =
                prose.flat_map(|part| part.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
            found.extend(inline);
            let named = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
            found.extend(named.map(|(_, target)| target));
        }
    }
    let targets = found.into_iter().filter_map(|target| target.split_whitespace().next());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// A link's target as a path from the root.
fn resolve(from: &str, target: &str) -> String {
    let path = target.split('#').next().unwrap();
    let mut parts: Vec<&str> = match path.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    for document in tree().iter().filter(|file| file.is_document()) {
        for target in links(&document.text).into_iter().filter(|target| !target.starts_with('#')) {
            if !root().join(resolve(&document.path, target)).exists() {
                complaints.push(format!("{}: {target}", document.path));
            }
        }
    }
    verdict("a relative link in a document leads to a file or folder", &complaints);
}

#[test]
fn every_document_is_in_the_index() {
    let index = "docs/README.md";
    let listed: BTreeSet<_> = links(&file(index).text).iter().map(|target| resolve(index, target)).collect();
    let documents = tree().iter().filter(|file| file.is_document() && file.path.starts_with("docs/"));
    let lost = documents.filter(|file| file.path != index && !listed.contains(&file.path));
    let complaints: Vec<_> = lost.map(|file| file.path.clone()).collect();
    verdict("docs/README.md links every document below docs/", &complaints);
}

#[test]
fn types_have_names_from_the_glossary() {
    let glossary = &file("GLOSSARY.md").text;
    let section =
        glossary.split("\n## ").find(|section| section.starts_with("Words we do not use\n")).unwrap();
    let unused = section.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0));
    let unused: Vec<_> = unused.collect();
    assert!(!unused.is_empty(), "GLOSSARY.md lists no word that is not used");
    let mut complaints = Vec::new();
    // On the wire the protocols' own words win.
    for file in tree().iter().filter(|file| file.is_rust() && !file.path.starts_with("crates/wire/")) {
        for line in file.text.lines().map(str::trim_start) {
            let words: Vec<_> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            let names = words.windows(2).filter(|two| ["struct", "enum", "trait"].contains(&two[0]));
            let names = names.map(|two| two[1]).filter(|_| !line.starts_with("//"));
            let bad = names.filter(|name| unused.iter().any(|word| name.ends_with(word)));
            complaints.extend(bad.map(|name| format!("{}: {name}", file.path)));
        }
    }
    verdict("no type is named by a word that GLOSSARY.md lists as not used", &complaints);
}
