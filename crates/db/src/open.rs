//! Opening either database and bringing its tables up to date.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqlSafeStr, SqliteConnection};

use crate::db::{Db, DbError, Result};

/// How long a request waits for a connection before it is told that the hub is busy.
const ACQUIRE: Duration = Duration::from_secs(30);
/// How long a connection to a server is believed to be there after it was used.
const IDLE: Duration = Duration::from_secs(1);
const STATEMENTS_CACHED: usize = 512;

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…` and applies what migrations are missing.
    ///
    /// # Errors
    /// [`DbError::Open`] for an address of neither kind.
    pub async fn open(address: &str) -> Result<Db> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            return Self::open_sqlite(Path::new(path)).await;
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Self::open_postgres(address).await;
        }
        Err(DbError::Open(format!("expected sqlite:PATH or postgres://…, got {address:?}")))
    }

    async fn open_sqlite(path: &Path) -> Result<Db> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let text =
                format!("there is no folder {} for {}; make it first", folder.display(), path.display());
            return Err(DbError::Open(text));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(STATEMENTS_CACHED);
        // SQLite's migrator takes no lock: two processes starting together would both create the tables.
        let lock = lock_beside(path).await?;
        // When the disk is full, SQLite itself ends the transaction, and the driver, which then cannot, takes it to be
        // open for ever: such a connection is replaced, or nothing would be written again before a restart.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
        let write = pool.connect_with(options.clone()).await?;
        migrator(false).run(&write).await.map_err(|e| DbError::Open(e.to_string()))?;
        drop(lock);
        // A file does not hang up: asking a connection whether it is there would cost as much as most statements do.
        let pool =
            SqlitePoolOptions::new().max_connections(8).acquire_timeout(ACQUIRE).test_before_acquire(false);
        let read = pool.connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Db::Sqlite { write, read })
    }

    async fn open_postgres(address: &str) -> Result<Db> {
        let options = PgConnectOptions::from_str(address)?.statement_cache_capacity(STATEMENTS_CACHED);
        // A server may have gone and come back: a connection that was idle for a while is asked.
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    let fresh = about.idle_for < IDLE || connection.ping().await.is_ok();
                    Ok(fresh)
                })
            })
            .connect_with(options)
            .await?;
        migrator(true).run(&pool).await.map_err(|e| DbError::Open(e.to_string()))?;
        Ok(Db::Postgres(pool))
    }

    /// Moves what SQLite's write-ahead log holds into the database file, so that a copy of that file is whole; nothing
    /// to do on Postgres.
    pub async fn checkpoint(&self) -> Result<()> {
        if let Db::Sqlite { write, .. } = self {
            let mut connection = write.acquire().await?;
            let connection: &mut SqliteConnection = &mut connection;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await?;
        }
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "waits for another process once, before the hub has an `Offload`"
)]
async fn lock_beside(path: &Path) -> Result<std::fs::File> {
    let path = path.with_extension("lock");
    let named = path.display().to_string();
    let locked = tokio::task::spawn_blocking(move || {
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    let locked = locked.await.map_err(|e| DbError::Open(e.to_string()))?;
    locked.map_err(|e| DbError::Open(format!("{named}: {e}")))
}

fn migrator(postgres: bool) -> Migrator {
    let step = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut steps = Vec::new();
    if postgres {
        // Postgres numbers from one as well; the prelude sorts first.
        steps.push(step(0, "postgres", include_str!("../../../migrations/0_postgres.sql")));
    }
    steps.push(step(1, "first", include_str!("../../../migrations/1_first.sql")));
    steps.push(match postgres {
        true => step(2, "search", include_str!("../../../migrations/2_search_postgres.sql")),
        false => step(2, "search", include_str!("../../../migrations/2_search_sqlite.sql")),
    });
    Migrator::with_migrations(steps)
}
