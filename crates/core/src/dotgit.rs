//! Names that some file system takes for `.git`, or for a file that git reads its settings from: whoever checks out such a file has it
//! written where programs are found and run (CVE-2014-9390, CVE-2018-11235, CVE-2019-1352).

use std::ops::RangeInclusive;

/// Code points that HFS+ passes over in names (Apple TN1150).
const PASSED_OVER: [RangeInclusive<char>; 4] =
    ['\u{200c}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{206a}'..='\u{206f}', '\u{feff}'..='\u{feff}'];

/// A file that git reads when it is checked out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Special {
    /// `.gitmodules`: where submodules come from.
    Modules,
    /// `.gitattributes`: what is done with files.
    Attributes,
}

impl Special {
    const ALL: [Special; 2] = [Special::Modules, Special::Attributes];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Special::Modules => ".gitmodules",
            Special::Attributes => ".gitattributes",
        }
    }

    /// The two beginnings of the names that NTFS makes of it: the usual one, and the one of many such files (git, `path.c`).
    fn short(self) -> [&'static str; 2] {
        match self {
            Special::Modules => ["gitmod", "gi7eba"],
            Special::Attributes => ["gitatt", "gi7d29"],
        }
    }
}

/// A name as file systems compare it: what is seen of it, in lower case, without what NTFS passes over at its end or behind a colon.
fn as_compared(name: &str) -> String {
    let is_seen = |letter: &char| !PASSED_OVER.iter().any(|passed| passed.contains(letter));
    let seen: String = name.chars().filter(is_seen).flat_map(char::to_lowercase).collect();
    seen.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']).to_owned()
}

/// Whether a part of a path is `.git`, or what a file system of macOS or Windows takes for it.
pub fn is_taken_for_git(name: &str) -> bool {
    // Windows takes a backslash for the end of a folder's name.
    name.split('\\').map(as_compared).any(|name| name == ".git" || name == "git~1")
}

/// The file that git reads its settings from and that a name stands for on some file system, and whether it is that file's own name.
pub fn stands_for(name: &str) -> Option<(Special, bool)> {
    let compared = as_compared(name);
    let special = Special::ALL.into_iter().find(|special| {
        let is_short = |short: &&str| is_short_for(&compared, short);
        compared == special.name() || special.short().iter().any(is_short)
    })?;
    Some((special, name == special.name()))
}

/// `gitmod~1`, and `gi7eba~1` with as many letters of the beginning as leave room for the number.
fn is_short_for(name: &str, short: &str) -> bool {
    let Some((begin, number)) = name.split_once('~') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    // Of the second kind all eight letters are used.
    is_number && (begin == short || (name.len() == 8 && short.starts_with("gi7") && short.starts_with(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_known() {
        for name in [
            ".git",
            ".GIT",
            ".gIt",
            ".git.",
            ".git ",
            ".git . .",
            "git~1",
            "GIT~1",
            ".git::$INDEX_ALLOCATION",
            ".git:x",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".git\u{206f}",
            "a\\.git",
            ".git\\hooks",
            "GIT~1.",
            ".g\u{200d}it. ",
        ] {
            assert!(is_taken_for_git(name), "{name:?}");
        }
        for name in
            [".gitignore", ".gitattributes", "git", ".gi", "git~2", "x.git", ".git-x", "..git", ".gït"]
        {
            assert!(!is_taken_for_git(name), "{name:?}");
        }
    }

    #[test]
    fn files_that_git_reads_are_known_by_all_their_names() {
        assert_eq!(stands_for(".gitmodules"), Some((Special::Modules, true)));
        assert_eq!(stands_for(".gitattributes"), Some((Special::Attributes, true)));
        for name in [
            ".GITMODULES",
            ".gitmodules ",
            ".gitmodules:x",
            ".git\u{200c}modules",
            "GITMOD~1",
            "gi7eba~1",
            "gi7~1234",
            "g~123456",
        ] {
            assert_eq!(stands_for(name), Some((Special::Modules, false)), "{name:?}");
        }
        assert_eq!(stands_for("GITATT~2"), Some((Special::Attributes, false)));
        for name in [
            ".gitmodule",
            "gitmodules",
            "gitmod~",
            "gitmod~a",
            "a~1",
            ".gitignore",
            "~1",
            "gitm~1",
            "g~1",
            "gi7~12",
        ] {
            assert_eq!(stands_for(name), None, "{name:?}");
        }
    }
}
