//! Every statement prepares on both databases, and gives columns that decode alike on both.

use std::collections::BTreeSet;

use seedcorn_db::Db;
use sqlx::{AssertSqlSafe, Column, Executor, SqlSafeStr, Statement, TypeInfo};

use crate::literals::{statements, statements_of};
use crate::place::Place;

on_both!(every_statement_prepares);

async fn every_statement_prepares(place: &Place) {
    for sql in statements_of(place.driver) {
        let text = AssertSqlSafe(sql.clone()).into_sql_str();
        match &place.db {
            Db::Sqlite { write, .. } => {
                let prepared = write.acquire().await.unwrap().prepare(text).await;
                prepared.unwrap_or_else(|error| panic!("{error}: {sql}"));
            }
            Db::Postgres(pool) => {
                let prepared = pool.acquire().await.unwrap().prepare(text).await;
                let prepared = prepared.unwrap_or_else(|error| panic!("{error}: {sql}"));
                for column in prepared.columns() {
                    // What decodes on SQLite from any whole number may be INT4 or NUMERIC here, and then does not.
                    let (name, kind) = (column.name(), column.type_info().name());
                    let alike = ["TEXT", "INT8", "FLOAT8", "BOOL", "BYTEA"].contains(&kind);
                    assert!(alike, "column {name} is {kind}: {sql}");
                }
            }
        }
    }
}

/// Cards are long, and nearly every request asks for a repo. One statement gives cards to those who ask for them, and one
/// reads a card that has changed, to enter it in the index of words.
#[test]
fn two_statements_read_cards() {
    let reads =
        |sql: &String| sql.starts_with("SELECT") && sql.replace("octet_length(r.card)", "").contains("card,");
    let reading: Vec<String> = statements().into_iter().filter(reads).collect();
    assert_eq!(reading.len(), 2, "{reading:#?}");
}

/// Postgres's statement cache goes by the text alone: the same text bound with other types would reuse the first ones.
#[test]
fn every_statement_has_one_home() {
    let mut seen = BTreeSet::new();
    for sql in statements() {
        assert!(seen.insert(sql.clone()), "two functions share: {sql}");
    }
}
