//! The string literals of the crate's source: what stands in for a registry of statements.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use seedcorn_db::record::Driver;

pub(crate) fn source_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.iter().all(|file| file.is_file()), "statements in a folder below src would be missed");
    files.sort();
    files
}

/// Every literal of the source that begins with one of these words, in the order of files and lines.
pub(crate) fn beginning_with(words: &[&str]) -> Vec<String> {
    let literals = source_files().into_iter().flat_map(|file| literals(&fs::read_to_string(file).unwrap()));
    literals.filter(|text| text.split(' ').next().is_some_and(|word| words.contains(&word))).collect()
}

/// Every statement over the tables that is the same on both databases.
pub(crate) fn statements() -> Vec<String> {
    let forked: BTreeSet<String> = forked().into_iter().map(|(_, sql)| sql).collect();
    let all = beginning_with(&["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]);
    all.into_iter().filter(|sql| !forked.contains(sql)).collect()
}

/// The statements of one database.
pub(crate) fn statements_of(driver: Driver) -> Vec<String> {
    let own = forked().into_iter().filter(|(of, _)| *of == driver).map(|(_, sql)| sql);
    own.chain(statements()).collect()
}

/// Every statement that is for one of the databases alone: the `sqlite:` or `postgres:` field of a `Fork`.
pub(crate) fn forked() -> Vec<(Driver, String)> {
    let mut found = Vec::new();
    for file in source_files() {
        let source = fs::read_to_string(file).unwrap();
        for (mark, driver) in [("sqlite: \"", Driver::Sqlite), ("postgres: \"", Driver::Postgres)] {
            found.extend(source.split(mark).skip(1).map(|text| (driver, literal(text).0)));
        }
    }
    found
}

/// The values of the plain string literals of a Rust source text. Comments and character literals are passed over.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let from = &rest[at..];
        rest = if from.starts_with("//") {
            from.find('\n').map_or("", |end| &from[end..])
        } else if let Some(text) = from.strip_prefix('"') {
            assert!(!rest[..at].ends_with(['r', '#']), "a raw string, which this reader does not know");
            let (value, behind) = literal(text);
            found.push(value);
            behind
        } else if let Some(text) = from.strip_prefix("'\\") {
            &text[text.char_indices().nth(1).unwrap().0..]
        } else {
            let mut inside = from.char_indices().skip(1);
            let (_, second) = (inside.next(), inside.next());
            // A character, or else a lifetime or a slash.
            second
                .filter(|(_, c)| from.starts_with('\'') && *c == '\'')
                .map_or(&from[1..], |(end, _)| &from[end + 1..])
        };
    }
    found
}

/// The value of a literal, and the text behind its closing quote.
fn literal(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next().unwrap() {
            '"' => return (value, rest.as_str()),
            '\\' => match rest.next().unwrap() {
                '\n' => rest = rest.as_str().trim_start().chars(),
                'n' => value.push('\n'),
                '0' => value.push('\0'),
                c @ ('\\' | '"' | '\'') => value.push(c),
                c => panic!("an escape that this reader does not know: \\{c}"),
            },
            c => value.push(c),
        }
    }
}

#[test]
fn reads_as_the_compiler_does() {
    let source = r#"
        // not "this"
        fn f<'q>(x: &'q str) -> char { let a = "one \
               two"; let b = 1 / 2; ('"', '\'', '\\', 'é', "ESCAPE '\\'", "", "a \"b\"") }
    "#;
    assert_eq!(literals(source), ["one two", "ESCAPE '\\'", "", "a \"b\""]);
}

#[test]
fn finds_the_statements() {
    let statements = statements();
    assert!(statements.iter().any(|sql| sql == "SELECT value FROM setting WHERE name = $1"));
    assert!(statements.iter().any(|sql| sql.contains("LIKE s.value ->> 0 ESCAPE '\\'")));
    assert!(statements.len() > 60, "only {} statements", statements.len());
}
