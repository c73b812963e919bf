//! The donations of a round.

use std::path::Path;

use seedcorn_core::fund::{DONATIONS_MAX, Donation, Donations};

use super::{BadFile, amount, rows};

/// Reads a table with the columns `donor`, `project` and `amount`, in minor units. What is told more than once adds up.
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn donations(path: &Path) -> Result<Donations, BadFile> {
    let mut all: Vec<(String, String, u64)> = Vec::new();
    rows(path, &["donor", "project", "amount"], &mut |values| {
        let [donor, project, given] = values else { return Err("it has not three values".to_owned()) };
        if donor.is_empty() || project.is_empty() {
            return Err("a donation has a donor and a project".to_owned());
        }
        if all.len() >= DONATIONS_MAX {
            return Err(format!("a round has at most {DONATIONS_MAX} donations"));
        }
        all.push(((*donor).to_owned(), (*project).to_owned(), amount(given)?));
        Ok(())
    })?;
    let each = all.iter().map(|(donor, project, amount)| Donation { donor, project, amount: *amount });
    Donations::new(each).map_err(|error| BadFile::Whole(path.to_owned(), error.to_string()))
}
