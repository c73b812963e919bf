//! How much of a release is opened, whatever it lies in.

use seedcorn_core::limits;
use seedcorn_core::openness::seen::Reading;
use seedcorn_core::openness::{LicenseText, code};
use seedcorn_formats::release::Opening;

/// Folders that are no part of a release.
const SKIPPED: &[&str] = &[".git", ".hg", ".svn", ".cache", "node_modules", "__pycache__", ".venv"];

/// Whether a folder of this name is no part of a release.
pub(super) fn is_aside(folder: &str) -> bool {
    SKIPPED.contains(&folder)
}

/// Whether a file lies in a folder that is no part of a release.
pub(super) fn is_skipped(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(is_aside))
}

/// In which order files are opened: what decides most first, and of code there may be more than is opened.
pub(super) fn order(path: &str) -> (u8, &str) {
    let rank = match Opening::new(path, 1).is_first() {
        true => 0,
        false => 1 + u8::from(code::is_code(path)),
    };
    (rank, path)
}

/// What a file is taken for that there was no room to open: a licence that nobody read is not none.
pub(super) fn unopened(opening: &Opening) -> Reading {
    match opening.is_license() {
        true => Reading::License(LicenseText::default()),
        false => Reading::Unread,
    }
}

/// Room for opening files.
#[derive(Debug)]
pub(super) struct Room {
    opened: usize,
    licenses: usize,
    bytes: u64,
    is_full: bool,
}

impl Room {
    /// For so many files, and so many bytes of all of them.
    pub(super) fn new(opened: usize, bytes: u64) -> Room {
        Room { opened, licenses: limits::GRADED_LICENSES_MAX, bytes, is_full: false }
    }

    /// Takes the place of one more file. Without one, `left` is told the first file that had to go without.
    /// Licences, whose texts are compared with hundreds of others, have fewer places than other files.
    pub(super) fn take(&mut self, path: &str, is_license: bool, left: &mut Vec<String>) -> bool {
        if self.opened > 0 && self.bytes > 0 && (!is_license || self.licenses > 0) {
            self.opened -= 1;
            self.licenses -= usize::from(is_license);
            return true;
        }
        if !self.is_full {
            left.push(format!("{path} and what comes after it was not opened: there is too much of it"));
        }
        self.is_full = true;
        false
    }

    /// Some bytes were read.
    pub(super) fn spend(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_where_the_room_ended() {
        let (mut room, mut left) = (Room::new(2, 100), Vec::new());
        assert!(room.take("a", false, &mut left));
        room.spend(40);
        assert!(room.take("b", false, &mut left));
        assert!(!room.take("c", false, &mut left) && !room.take("d", false, &mut left));
        assert_eq!(left, ["c and what comes after it was not opened: there is too much of it"]);
        let mut room = Room::new(10, 5);
        room.spend(6);
        assert!(!room.take("e", false, &mut left));
    }

    #[test]
    fn what_is_aside_is_so_by_its_folders() {
        assert!(is_skipped("a/node_modules/b.js") && is_skipped(".git/config"));
        assert!(!is_skipped("node_modules.md") && !is_skipped("src/cache.py"));
    }
}
