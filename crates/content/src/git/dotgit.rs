//! Names that some file system takes for `.git`: whoever checks out a file of such a name has it written into their repository, where
//! programs are found and run (CVE-2014-9390, CVE-2019-1352).

/// Code points that HFS+ passes over in names (Apple TN1150).
const PASSED_OVER: [std::ops::RangeInclusive<char>; 4] =
    ['\u{200c}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{206a}'..='\u{206f}', '\u{feff}'..='\u{feff}'];

/// Whether a name is `.git`, or what a file system of macOS or Windows takes for it.
pub(super) fn is_taken_for_it(name: &str) -> bool {
    // Windows takes a backslash for the end of a folder's name.
    name.split('\\').any(|part| on_hfs(part) || on_ntfs(part))
}

fn on_hfs(name: &str) -> bool {
    let is_seen = |letter: &char| !PASSED_OVER.iter().any(|passed| passed.contains(letter));
    // No name of so many bytes that are seen can be it.
    name.chars().filter(is_seen).take(5).collect::<String>().eq_ignore_ascii_case(".git")
}

/// NTFS passes over dots and blanks at the end and has streams behind a colon; `GIT~1` is what it calls `.git` in short.
fn on_ntfs(name: &str) -> bool {
    let file = name.split(':').next().unwrap_or(name).trim_end_matches(['.', ' ']);
    file.eq_ignore_ascii_case(".git") || file.eq_ignore_ascii_case("git~1")
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
        ] {
            assert!(is_taken_for_it(name), "{name:?}");
        }
        for name in
            [".gitignore", ".gitattributes", "git", ".gi", "git~2", "x.git", ".git-x", "..git", ".gït"]
        {
            assert!(!is_taken_for_it(name), "{name:?}");
        }
    }
}
