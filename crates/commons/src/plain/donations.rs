//! The donations of a round, and what is known of its projects.

use std::collections::BTreeMap;
use std::path::Path;

use seedcorn_core::fund::{DONATIONS_MAX, Given};

use seedcorn_formats::columns;

use super::{BadFile, amount, named, rows};

/// Projects whose controllers or credit are told.
const PROJECTS_MAX: usize = 1 << 20;

/// Reads a table with the columns `donor`, `project` and `amount`, in minor units.
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn donations(path: &Path) -> Result<Vec<Given>, BadFile> {
    let mut all: Vec<Given> = Vec::new();
    rows(path, &["donor", "project", "amount"], &mut |values| {
        let [donor, project, given] = values else { return Err("it has not three values".to_owned()) };
        if all.len() >= DONATIONS_MAX {
            return Err(format!("a round has at most {DONATIONS_MAX} donations"));
        }
        all.push(Given {
            donor: named(donor, "donor")?,
            project: named(project, "project")?,
            amount: amount(given)?,
        });
        Ok(())
    })?;
    Ok(all)
}

/// Reads who controls each project: `project`, `controller`.
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn controllers(path: &Path) -> Result<BTreeMap<String, String>, BadFile> {
    by_project(path, &["project", "controller"], |controller| named(controller, "controller"))
}

/// Reads what each project keeps of the credit: `project`, `amount`.
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn credit(path: &Path) -> Result<BTreeMap<String, u64>, BadFile> {
    by_project(path, &["project", "amount"], amount)
}

fn by_project<T>(
    path: &Path,
    columns: &'static [&'static str],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<BTreeMap<String, T>, BadFile> {
    let mut all = BTreeMap::new();
    rows(path, columns, &mut |values| {
        let [project, value] = values else { return Err("it has not two values".to_owned()) };
        if all.len() >= PROJECTS_MAX {
            return Err(format!("a round has at most {PROJECTS_MAX} projects"));
        }
        match all.insert(named(project, "project")?, read(value)?) {
            Some(_) => Err(format!("the project {} is listed twice", columns::shown(project))),
            None => Ok(()),
        }
    })?;
    Ok(all)
}
