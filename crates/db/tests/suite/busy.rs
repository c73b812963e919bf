//! A database with too much at once says so, and is not taken for a broken one.

use std::str::FromStr;
use std::time::Duration;

use seedcorn_db::{Db, DbError, repos, settings};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::place::Place;
use crate::rows::{member, repo};

on_both!(a_pool_without_a_free_connection, who_waits_in_a_circle, what_the_database_says);

const SOON: Duration = Duration::from_millis(20);

/// The same database with one connection and little patience.
async fn small(place: &Place) -> Db {
    match &place.db {
        Db::Sqlite { .. } => {
            let options = SqliteConnectOptions::from_str(&place.address).unwrap().busy_timeout(SOON);
            let pool = || SqlitePoolOptions::new().max_connections(1).acquire_timeout(SOON);
            Db::Sqlite {
                write: pool().connect_with(options.clone()).await.unwrap(),
                read: pool().connect_with(options).await.unwrap(),
            }
        }
        Db::Postgres(_) => {
            // Time enough to connect.
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
            Db::Postgres(pool.connect(&place.address).await.unwrap())
        }
    }
}

#[track_caller]
fn assert_busy<T: std::fmt::Debug>(got: Result<T, DbError>) {
    assert!(matches!(got, Err(DbError::Busy(_))), "{got:?}");
}

async fn a_pool_without_a_free_connection(place: &Place) {
    let db = small(place).await;
    let writing = db.write().await.unwrap();
    // SQLite has a pool for each.
    let reading = if matches!(db, Db::Sqlite { .. }) { Some(db.look().await.unwrap()) } else { None };
    let (write, read, look) = tokio::join!(db.write(), db.read(), db.look());
    assert_busy(write);
    assert_busy(read);
    assert_busy(look);
    drop((writing, reading));
    db.write().await.unwrap();
    db.look().await.unwrap();
    db.close().await;
}

/// On SQLite whoever is second waits for the first, who may not end in time.
async fn who_waits_in_a_circle(place: &Place) {
    let mut first = place.db.write().await.unwrap();
    if matches!(place.db, Db::Sqlite { .. }) {
        settings::put(&mut first, "a", "1").await.unwrap();
        let other = small(place).await;
        assert_busy(other.write().await);
        first.commit().await.unwrap();
        other.write().await.unwrap();
        return other.close().await;
    }
    let ada = member(&mut first, "ada").await;
    let (one, two) = (repo(&mut first, &ada, "one").await, repo(&mut first, &ada, "two").await);
    first.commit().await.unwrap();
    let (mut first, mut second) = (place.db.write().await.unwrap(), place.db.write().await.unwrap());
    assert!(repos::lock(&mut first, &one).await.unwrap());
    assert!(repos::lock(&mut second, &two).await.unwrap());
    // Each lets go of what it has when it is refused, or else the other would wait on.
    let cross =
        [(first, two), (second, one)].map(|(mut tx, id)| async move { repos::lock(&mut tx, &id).await });
    let [first, second] = cross.map(tokio::spawn);
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
    assert!(won.unwrap());
    assert_busy(lost);
}

/// Whatever else the servers say of too much at once, and a few that are something else.
async fn what_the_database_says(place: &Place) {
    let Db::Postgres(pool) = &place.db else {
        let mut tx = place.db.read().await.unwrap();
        let error = settings::put(&mut tx, "a", "1").await.unwrap_err();
        assert!(matches!(error, DbError::Sql(_)), "a picture is only looked at: {error:?}");
        return;
    };
    for (code, expected) in [
        ("40P01", "Busy"),
        ("40001", "Busy"),
        ("55P03", "Busy"),
        ("53300", "Busy"),
        ("53100", "Full"),
        ("23503", "Sql"),
        ("00005", "Sql"),
    ] {
        let sql = format!("DO $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '{code}'; END $$");
        let said = sqlx::query(AssertSqlSafe(sql).into_sql_str()).execute(pool).await.unwrap_err();
        let kind = match DbError::from(said) {
            DbError::Busy(_) => "Busy",
            DbError::Full => "Full",
            DbError::Sql(_) => "Sql",
            other => panic!("{code}: {other}"),
        };
        assert_eq!(kind, expected, "{code}");
    }
}
