//! FORKS.md names exactly the SQL that is not the same on both databases.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::literals::{beginning_with, forked, source_files};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Statements of a script, each on one line, without comments.
fn script(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or("").trim()).collect();
    let statements = lines.join(" ");
    statements.split(';').map(str::trim).filter(|sql| !sql.is_empty()).map(str::to_owned).collect()
}

fn listed() -> BTreeSet<String> {
    let text = read("FORKS.md");
    let blocks = text.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap_or(""));
    blocks.flat_map(script).collect()
}

#[test]
fn exactly_the_forks_are_listed() {
    let scripts = ["0_postgres", "2_search_postgres", "2_search_sqlite"];
    let scripts = scripts.map(|name| script(&read(&format!("../../migrations/{name}.sql"))));
    let mut forks: BTreeSet<String> = scripts.into_iter().flatten().collect();
    forks.extend(beginning_with(&["BEGIN", "PRAGMA"]));
    forks.extend(forked().into_iter().map(|(_, sql)| sql));
    assert_eq!(listed(), forks);
}

/// Statements reach a driver in `db.rs` alone, so a fork cannot hide in a function over tables.
#[test]
fn only_two_files_know_the_drivers() {
    for path in source_files() {
        let name = path.file_name().unwrap().to_string_lossy();
        if ["db.rs", "open.rs", "record.rs"].contains(&&*name) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for word in ["Tx::Sqlite", "Tx::Postgres", "Db::Sqlite", "Db::Postgres", "sqlx::query"] {
            assert!(!source.contains(word), "{name} knows a driver: {word}");
        }
    }
}

/// The tables are the same text on both.
#[test]
fn one_script_makes_the_tables() {
    let opening = read("src/open.rs");
    let scripts: Vec<&str> =
        opening.split("migrations/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(scripts.contains(&"0_postgres.sql"), "{scripts:?}");
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")).unwrap();
    let there: BTreeSet<String> =
        folder.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(there, scripts.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
    let strange = there.iter().filter(|name| name.contains("postgres") || name.contains("sqlite")).count();
    assert_eq!(strange, 3, "{there:?}");
}
