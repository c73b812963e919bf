//! Limits of grading: what is read of a release, so that no folder and no repo costs more than its share.

use super::MIB;

/// Bytes of one text that are read: code, cards, results.
pub const GRADED_TEXT_BYTES_MAX: u64 = MIB;
/// Files of a release that are listed; of those behind, nothing is known.
pub const GRADED_FILES_MAX: usize = 100_000;
/// Files that are opened.
pub const GRADED_OPENED_MAX: usize = 4_000;
/// Licences whose texts are compared; others are taken for unclear.
pub const GRADED_LICENSES_MAX: usize = 24;
/// Bytes that are read of all files together.
pub const GRADED_BYTES_MAX: u64 = 512 * MIB;
/// Files of a repo that are listed when one of its revisions is graded.
pub const GRADED_REPO_FILES_MAX: usize = 50_000;
/// Names of a card that are looked for here.
pub const GRADED_LINKS_MAX: usize = 64;
/// Files of each repo that a release names that are listed, opened, and bytes that are read of them.
pub const GRADED_LINKED_FILES_MAX: usize = 5_000;
/// See above.
pub const GRADED_LINKED_OPENED_MAX: usize = 400;
/// See above.
pub const GRADED_LINKED_BYTES_MAX: u64 = 64 * MIB;
/// Bases of bases, one after the other.
pub const GRADED_BASES_DEPTH_MAX: usize = 8;
/// Repos that are read for one release, itself among them.
pub const GRADED_REPOS_MAX: usize = 100;
/// Branches and tags of which the weights are looked at.
pub const GRADED_REVISIONS_MAX: usize = 256;
/// Repos that are graded anew when one that they name changes.
pub const GRADED_FOLLOWERS_MAX: usize = 10_000;
/// Releases that are read at once in one process.
pub const GRADED_AT_ONCE: usize = 2;
/// How long somebody waits for a grade that nobody asked for before.
pub const GRADE_SECS: u64 = 25;
/// What became of a repo's openness: so much is told.
pub const OPENNESS_EVENTS_MAX: usize = 100;
/// Signed reviews of one work.
pub const REVIEWS_MAX: usize = 200;
/// Bytes of a signed review.
pub const REVIEW_BYTES_MAX: usize = 8 * 1024;
/// Classes of commits kept in memory, and for how long at most: other processes grade as well.
pub const OPENNESS_BRIEFS_MAX: u64 = 50_000;
/// See above.
pub const OPENNESS_BRIEF_SECS: u64 = 10;

/// Folders within each other.
pub const GRADED_DEPTH_MAX: usize = 64;
