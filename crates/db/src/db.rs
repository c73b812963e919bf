//! `Db` and `Tx`: the only place that knows there are two databases. Every SQL text is one literal for both.

use std::sync::Arc;

use sqlx::encode::Encode;
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteError, SqlitePool, SqliteRow};
use sqlx::{Arguments, Database, FromRow, Postgres, Sqlite, Transaction, Type};
use tokio::sync::Notify;

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_FULL: u32 = 13;

/// Why the database did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The disk under the database is full.
    #[error("the database's disk is full")]
    Full,
    /// Too much at once: no connection came free in time, or others hold what this waits for. The same, asked again,
    /// may go well; what was asked within the transaction did not happen.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A text holds NUL, which the database cannot keep.
    #[error("a text may not hold NUL")]
    Nul,
    /// Anything else: a broken connection, a constraint, a row that does not decode.
    #[error("database: {0}")]
    Sql(sqlx::Error),
    /// A value could not be encoded as an argument.
    #[error("database argument: {0}")]
    Argument(BoxDynError),
    /// A statement that writes, outside of a transaction.
    #[error("this would write outside of a transaction: {0}")]
    Look(&'static str),
    /// The data folder's lock or a migration failed.
    #[error("opening the database: {0}")]
    Open(String),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match trouble(&error) {
            Some(Trouble::Full) => DbError::Full,
            Some(Trouble::Busy) => DbError::Busy(error.to_string()),
            Some(Trouble::Nul) => DbError::Nul,
            None => DbError::Sql(error),
        }
    }
}

/// What goes by with time or with room and is nobody's mistake, and what is that of who asked.
enum Trouble {
    Full,
    Busy,
    Nul,
}

fn trouble(error: &sqlx::Error) -> Option<Trouble> {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Some(Trouble::Busy);
    }
    let error = error.as_database_error()?;
    let code = error.code()?;
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The low byte is the code, what is above tells more of it.
        return match code.parse::<u32>().ok()? & 0xff {
            SQLITE_FULL => Some(Trouble::Full),
            SQLITE_BUSY | SQLITE_LOCKED => Some(Trouble::Busy),
            _ => None,
        };
    }
    match &*code {
        // disk_full
        "53100" => Some(Trouble::Full),
        // too_many_connections, serialization_failure, deadlock_detected, lock_not_available
        "53300" | "40001" | "40P01" | "55P03" => Some(Trouble::Busy),
        // character_not_in_repertoire
        "22021" => Some(Trouble::Nul),
        _ => None,
    }
}

/// What database calls return.
pub type Result<T, E = DbError> = std::result::Result<T, E>;

/// One of the two databases, open.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file: one writer, many readers.
    Sqlite {
        /// A pool of one connection.
        write: SqlitePool,
        /// Connections that cannot write.
        read: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A transaction on either database, or a look outside of one. Dropped without `commit`, a transaction rolls back.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Session<Sqlite>),
    /// On Postgres.
    Postgres(Session<Postgres>),
}

/// A connection, within a transaction or without.
#[derive(Debug)]
pub enum Session<D: Database> {
    /// Within, with whoever is woken once it is through.
    Tx(Transaction<'static, D>, Vec<Arc<Notify>>),
    /// Without: each statement sees the database as it is then.
    Look(PoolConnection<D>),
}

impl<D: Database> Session<D> {
    fn within(tx: Transaction<'static, D>) -> Session<D> {
        Session::Tx(tx, Vec::new())
    }

    fn connection(&mut self) -> &mut D::Connection {
        match self {
            Session::Tx(tx, _) => &mut *tx,
            Session::Look(connection) => &mut *connection,
        }
    }

    async fn commit(self) -> Result<()> {
        let Session::Tx(tx, waiting) = self else { return Ok(()) };
        tx.commit().await?;
        waiting.iter().for_each(|one| one.notify_one());
        Ok(())
    }

    fn wake(&mut self, who: &Arc<Notify>) {
        match self {
            Session::Tx(_, waiting) => {
                if !waiting.iter().any(|one| Arc::ptr_eq(one, who)) {
                    waiting.push(who.clone());
                }
            }
            Session::Look(_) => who.notify_one(),
        }
    }
}

/// A struct or tuple that a row of either database can fill.
pub trait Row: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}
impl<T> Row for T where T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}

/// A value that either database can hold.
pub trait Value<'q>:
    Encode<'q, Sqlite> + Encode<'q, Postgres> + Type<Sqlite> + Type<Postgres> + Send + 'q
{
}
impl<'q, T> Value<'q> for T where
    T: Encode<'q, Sqlite> + Encode<'q, Postgres> + Type<Sqlite> + Type<Postgres> + Send + 'q
{
}

/// What stands for `$1, $2, …`: a tuple of values.
pub trait Args<'q>: Send {
    /// How many.
    const COUNT: usize;
    /// As SQLite takes them.
    fn sqlite(self) -> Result<SqliteArguments, BoxDynError>;
    /// As Postgres takes them.
    fn postgres(self) -> Result<PgArguments, BoxDynError>;
}

impl<'q> Args<'q> for () {
    const COUNT: usize = 0;
    fn sqlite(self) -> Result<SqliteArguments, BoxDynError> {
        Ok(SqliteArguments::default())
    }
    fn postgres(self) -> Result<PgArguments, BoxDynError> {
        Ok(PgArguments::default())
    }
}

macro_rules! args {
    ($count:literal: $($name:ident $field:tt),+) => {
        impl<'q, $($name: Value<'q>),+> Args<'q> for ($($name,)+) {
            const COUNT: usize = $count;
            fn sqlite(self) -> Result<SqliteArguments, BoxDynError> {
                let mut arguments = SqliteArguments::default();
                $(arguments.add(self.$field)?;)+
                Ok(arguments)
            }
            fn postgres(self) -> Result<PgArguments, BoxDynError> {
                let mut arguments = PgArguments::default();
                $(arguments.add(self.$field)?;)+
                Ok(arguments)
            }
        }
    };
}
args!(1: A 0);
args!(2: A 0, B 1);
args!(3: A 0, B 1, C 2);
args!(4: A 0, B 1, C 2, D 3);
args!(5: A 0, B 1, C 2, D 3, E 4);
args!(6: A 0, B 1, C 2, D 3, E 4, F 5);
args!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
args!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
args!(9: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
args!(10: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
args!(11: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
args!(12: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
args!(13: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
args!(15: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);

/// SQLite takes missing arguments for NULL without a word; count them ourselves.
fn note<'q, A: Args<'q>>(_tx: &Tx, sql: &'static str, _args: &A) {
    debug_assert_eq!(highest_placeholder(sql), A::COUNT, "placeholders and arguments differ: {sql}");
    #[cfg(feature = "record")]
    crate::record::ran(_tx, sql);
}

fn highest_placeholder(sql: &str) -> usize {
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    sql.split('$').skip(1).filter_map(|rest| rest[..digits(rest)].parse().ok()).max().unwrap_or(0)
}

impl Db {
    /// A transaction that may write. SQLite has one at a time: keep no network or file I/O inside.
    pub async fn write(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite { write, .. } => {
                Tx::Sqlite(Session::within(write.begin_with("BEGIN IMMEDIATE").await?))
            }
            Db::Postgres(pool) => Tx::Postgres(Session::within(pool.begin_with("BEGIN READ WRITE").await?)),
        })
    }

    /// One still picture of the database; writing in it is an error.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite { read, .. } => Tx::Sqlite(Session::within(read.begin().await?)),
            Db::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Tx::Postgres(Session::within(pool.begin_with(begin).await?))
            }
        })
    }

    /// For reads that need no common picture, like one statement alone: spares the round trips of a transaction, of
    /// which a request for a small file would make a dozen.
    pub async fn look(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite { read, .. } => Tx::Sqlite(Session::Look(read.acquire().await?)),
            Db::Postgres(pool) => Tx::Postgres(Session::Look(pool.acquire().await?)),
        })
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// What is not the same for both databases; every one is listed in `FORKS.md`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fork<T> {
    /// For the file.
    pub(crate) sqlite: T,
    /// For the server.
    pub(crate) postgres: T,
}

impl Tx {
    /// The one that is for this database.
    pub(crate) fn pick<T>(&self, fork: Fork<T>) -> T {
        match self {
            Tx::Sqlite(_) => fork.sqlite,
            Tx::Postgres(_) => fork.postgres,
        }
    }

    /// The first row, if any.
    pub async fn one<'q, R: Row>(&mut self, sql: &'static str, args: impl Args<'q>) -> Result<Option<R>> {
        note(self, sql, &args);
        Ok(match self {
            Tx::Sqlite(tx) => {
                let args = args.sqlite().map_err(DbError::Argument)?;
                sqlx::query_as_with(sql, args).fetch_optional(tx.connection()).await?
            }
            Tx::Postgres(tx) => {
                let args = args.postgres().map_err(DbError::Argument)?;
                sqlx::query_as_with(sql, args).fetch_optional(tx.connection()).await?
            }
        })
    }

    /// Every row.
    pub async fn many<'q, R: Row>(&mut self, sql: &'static str, args: impl Args<'q>) -> Result<Vec<R>> {
        note(self, sql, &args);
        Ok(match self {
            Tx::Sqlite(tx) => {
                let args = args.sqlite().map_err(DbError::Argument)?;
                sqlx::query_as_with(sql, args).fetch_all(tx.connection()).await?
            }
            Tx::Postgres(tx) => {
                let args = args.postgres().map_err(DbError::Argument)?;
                sqlx::query_as_with(sql, args).fetch_all(tx.connection()).await?
            }
        })
    }

    /// Runs a statement and returns how many rows it changed. Only within a transaction.
    pub async fn run<'q>(&mut self, sql: &'static str, args: impl Args<'q>) -> Result<u64> {
        note(self, sql, &args);
        Ok(match self {
            Tx::Sqlite(Session::Look(_)) | Tx::Postgres(Session::Look(_)) => return Err(DbError::Look(sql)),
            Tx::Sqlite(tx) => {
                let args = args.sqlite().map_err(DbError::Argument)?;
                sqlx::query_with(sql, args).execute(tx.connection()).await?.rows_affected()
            }
            Tx::Postgres(tx) => {
                let args = args.postgres().map_err(DbError::Argument)?;
                sqlx::query_with(sql, args).execute(tx.connection()).await?.rows_affected()
            }
        })
    }

    /// Makes it so.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(session) => session.commit().await,
            Tx::Postgres(session) => session.commit().await,
        }
    }

    /// Wakes somebody once this is through, and never if it is not: whoever looks before sees nothing of it.
    pub fn wake(&mut self, who: &Arc<Notify>) {
        match self {
            Tx::Sqlite(session) => session.wake(who),
            Tx::Postgres(session) => session.wake(who),
        }
    }
}
