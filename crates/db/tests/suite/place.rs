//! A fresh database for one test: a file in a folder of its own, or a schema of its own in the tests' cluster.

use seedcorn_db::Db;
use seedcorn_db::record::Driver;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, SqlSafeStr};
use tempfile::TempDir;

/// An open, empty database.
pub(crate) struct Place {
    pub(crate) db: Db,
    pub(crate) driver: Driver,
    /// What it was opened by.
    pub(crate) address: String,
    /// Removed with the place.
    _folder: Option<TempDir>,
}

pub(crate) async fn sqlite() -> Place {
    let folder = TempDir::new().unwrap();
    let address = format!("sqlite:{}", folder.path().join("hub.db").display());
    let db = Db::open(&address).await.unwrap();
    Place { db, driver: Driver::Sqlite, address, _folder: Some(folder) }
}

/// `None` only when the developer asked for SQLite alone.
pub(crate) async fn postgres(test: &str) -> Option<Place> {
    let Some(cluster) = std::env::var_os("SEEDCORN_TEST_POSTGRES") else {
        if std::env::var_os("SEEDCORN_TEST_SQLITE_ONLY").is_some_and(|only| only == "1") {
            return None;
        }
        panic!(
            "no Postgres to test on: run `cargo xtask test`, which starts one \
             (or set SEEDCORN_TEST_SQLITE_ONLY=1 while you work on something else)"
        );
    };
    let cluster = cluster.into_string().unwrap();
    let schema = format!("db_suite_{test}");
    let pool = PgPoolOptions::new().max_connections(1).connect(&cluster).await.unwrap();
    for sql in [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")] {
        sqlx::query(AssertSqlSafe(sql).into_sql_str()).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let joint = if cluster.contains('?') { '&' } else { '?' };
    let address = format!("{cluster}{joint}options=-c%20search_path%3D{schema}");
    let db = Db::open(&address).await.unwrap();
    Some(Place { db, driver: Driver::Postgres, address, _folder: None })
}
