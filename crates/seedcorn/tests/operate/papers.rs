//! `seedcorn paper add`: papers put into a hub from the command line.

use std::fs;

use seedcorn_testkit::http::ask;

use crate::program::{Hub, good, refused, run};

const BIB: &str = "@article{x, title = {On {Growth}}, author = {G{\\\"o}del, Kurt and {Acorn Lab}}, year = 2024, month = may,\n\
                   journal = {Proc. of it}, doi = {10.1038/X}}\n";

/// The command, with its options and the data folder.
fn paper<'w>(words: &[&'w str]) -> Vec<&'w str> {
    [&["paper", "add"], words, &["--data", "data"]].concat()
}

#[test]
fn made_while_a_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hub = Hub::first(folder, &[]);
    let at = ["--data", "data"];
    good(folder, &[&["admin", "member", "add", "ada"], &at[..]].concat());
    good(folder, &[&["admin", "group", "add", "lab"], &at[..]].concat());

    fs::write(folder.join("paper.bib"), BIB).unwrap();
    fs::write(folder.join("abstract.txt"), "First.\n\nSecond: \"quoted\".\n").unwrap();
    let pdf = [b"%PDF-1.4\n".as_slice(), &[7; 70_000]].concat();
    fs::write(folder.join("growth.pdf"), &pdf).unwrap();
    let words = [
        "ada/growth",
        "--as",
        "ada",
        "--bib",
        "paper.bib",
        "--pdf",
        "growth.pdf",
        "--abstract-file",
        "abstract.txt",
        "--author",
        "Ada Lovelace <0000-0002-1825-0097>",
        "--arxiv",
        "2305.18290v1",
        "--license",
        "cc-by-4.0",
    ];
    let said = good(folder, &paper(&words));
    assert!(said.trim().ends_with("/papers/ada/growth"), "{said}");

    let get = |path: &str| ask(hub.address, "GET", path, &[], &[]).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&get("/api/papers/2305.18290").body).unwrap();
    assert_eq!((&told["title"], &told["repo"]), (&"On Growth".into(), &"ada/growth".into()));
    assert_eq!(told["authors"][0]["orcid"], "0000-0002-1825-0097", "an option comes before the file: {told}");
    assert_eq!(
        (&told["doi"], &told["publishedAt"]),
        (&"10.1038/x".into(), &"2024-05-01T00:00:00.000Z".into())
    );
    assert_eq!(told["summary"], "First.\n\nSecond: \"quoted\".");
    assert_eq!(get("/papers/ada/growth/resolve/main/paper.pdf").body, pdf);
    assert_eq!(get("/papers/ada/growth/resolve/main/paper.bib").body, BIB.as_bytes());
    let bib = String::from_utf8(get("/papers/ada/growth/cite.bib").body).unwrap();
    assert!(bib.starts_with("@article{lovelace2024growth,"), "{bib}");

    // No token is left, and a second one is no other paper.
    let tokens = good(folder, &[&["admin", "token", "list", "ada"], &at[..]].concat());
    assert!(
        !tokens.lines().any(|line| line.contains("command line") && !line.contains("revoked")),
        "{tokens}"
    );
    assert!(refused(folder, &paper(&words)).contains("nothing was changed"));

    let entry = ["--title", "T", "--author", "A"];
    for (words, says) in [
        (&["ada/two", "--as", "nobody"][..], "no member called \"nobody\""),
        (&["lab/two", "--as", "ada"], "don't have the rights"),
        (&["two", "--as", "ada"], "namespace/name"),
        (&["ada/two", "--as", "ada", "--doi", "x"], "--doi: a DOI looks like"),
        (&["ada/two", "--as", "ada", "--arxiv", "x"], "--arxiv: an arXiv id"),
        (&["ada/two", "--as", "ada", "--published", "May"], "--published: a date"),
        (&["ada/two", "--as", "ada", "--author", "B <0000-0002-1825-0096>"], "--author: the last sign"),
        (&["ada/two", "--as", "ada", "--license", "mine"], "no licence"),
        (&["ada/two", "--as", "ada", "--pdf", "paper.bib"], "is no PDF"),
        (&["ada/two", "--as", "ada", "--pdf", "absent.pdf"], "absent.pdf cannot be read"),
        (&["ada/two", "--as", "ada", "--bib", "abstract.txt"], "--bib: there is no entry"),
        (&["ada/two", "--as", "ada", "--abstract-file", "growth.pdf"], "longer than"),
    ] {
        let said = refused(folder, &paper(&[words, &entry].concat()));
        assert!(said.contains(says), "{words:?}: {said}");
    }
    assert!(refused(folder, &paper(&["ada/two", "--as", "ada", "--author", "A"])).contains("--title"));
    assert!(refused(folder, &paper(&["ada/two", "--as", "ada", "--title", "T"])).contains("--author"));
    assert_eq!(get("/papers/ada/two").status, 404, "what was refused made nothing");

    good(folder, &paper(&[&["ada/two", "--as", "ada", "--private"], &entry[..]].concat()));
    assert_eq!(get("/papers/ada/two").status, 404);
    hub.stop();
    assert!(good(folder, &[&["fsck"], &at[..]].concat()).contains("0 findings"));
}

#[test]
fn the_help_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let out = run(folder.path(), &["paper", "add", "--help"]);
    let text = String::from_utf8(out.stdout).unwrap();
    for part in [
        "Examples:",
        "--author \"Ada Lovelace <0000-0002-1825-0097>\"",
        "--abstract-file <FILE>",
        "paper.pdf",
    ] {
        assert!(text.contains(part), "{text}");
    }
}
