//! Who is paid and where.

use std::collections::BTreeMap;
use std::path::Path;

use seedcorn_core::fund::ledger::Payee;
use seedcorn_formats::columns;

use super::{BadFile, named, rows};

/// Payees of a table.
const PAYEES_MAX: usize = 1 << 20;

/// Reads a table with the columns `payee`, `name` and `iban`.
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn payees(path: &Path) -> Result<BTreeMap<String, Payee>, BadFile> {
    let mut all = BTreeMap::new();
    rows(path, &["payee", "name", "iban"], &mut |values| {
        let [payee, name, iban] = values else { return Err("it has not three values".to_owned()) };
        if all.len() >= PAYEES_MAX {
            return Err(format!("a table has at most {PAYEES_MAX} payees"));
        }
        let one = Payee { name: named(name, "name")?, iban: named(iban, "iban")? };
        match all.insert(named(payee, "payee")?, one) {
            Some(_) => Err(format!("the payee {} is listed twice", columns::shown(payee))),
            None => Ok(()),
        }
    })?;
    Ok(all)
}
