//! Grading: reading a release so that it can be judged. A folder needs no hub.

mod folder;

pub use folder::{BadFolder, folder};
