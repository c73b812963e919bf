//! Lineage: what of a work is another's.

mod chunks;
mod folder;
mod hub;
mod job;
mod marks;
mod near;
mod talk;
mod trace;
mod unnamed;

use std::path::Path;

use seedcorn_core::lineage::{Comparison, compare};

pub use hub::{Direct, Edge, Lineage, Node, Novelty, Reach, Work, around, direct, novelty};
pub(crate) use job::{TRACE, measured_bases, retrace, trace};
pub use seedcorn_db::lineage::Word;
pub use talk::say;
pub use unnamed::{Unnamed, unnamed};

use folder::read;

use crate::grade::BadFolder;

/// Compares two works in folders: what of the second is in the first. Both are read at once, each wholly. Lines that tell what
/// could not be read come with it.
///
/// # Errors
/// [`BadFolder`] if one of the folders cannot be read.
pub fn folders(a: &Path, b: &Path) -> Result<(Comparison, Vec<String>), BadFolder> {
    let (a, b) = std::thread::scope(|scope| {
        let a = scope.spawn(|| read(a));
        let b = read(b);
        (a.join(), b)
    });
    let a = a.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let b = b?;
    let found = compare(&a.side, &b.side, |one, other| folder::near((&a, one), (&b, other)));
    Ok((found, [a.left, b.left].concat()))
}
