//! Remembers which statements ran, so that a test can ask for each of them on each database.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static RAN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

pub(crate) fn ran(sql: &'static str) {
    RAN.lock().unwrap_or_else(PoisonError::into_inner).insert(sql);
}

/// Every statement that ran in this process.
pub fn all() -> BTreeSet<&'static str> {
    RAN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
