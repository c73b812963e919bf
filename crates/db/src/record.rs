//! Remembers which statements ran on which database, so that a test can ask for each of them on both.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::db::Tx;

static RAN: Mutex<BTreeSet<(Driver, &'static str)>> = Mutex::new(BTreeSet::new());

/// Which of the two databases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Driver {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

pub(crate) fn ran(tx: &Tx, sql: &'static str) {
    let driver = match tx {
        Tx::Sqlite(_) => Driver::Sqlite,
        Tx::Postgres(_) => Driver::Postgres,
    };
    RAN.lock().unwrap_or_else(PoisonError::into_inner).insert((driver, sql));
}

/// Every statement that ran on one of the databases in this process.
pub fn all(driver: Driver) -> BTreeSet<&'static str> {
    let ran = RAN.lock().unwrap_or_else(PoisonError::into_inner);
    ran.iter().filter(|(on, _)| *on == driver).map(|(_, sql)| *sql).collect()
}
