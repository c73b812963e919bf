//! Names that people choose: namespaces, repos, refs, paths; what is allowed and why something is not.

use crate::{dotgit, limits};

/// Why a name is refused; the text says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadName(pub String);

fn refuse<T>(why: impl Into<String>) -> Result<T, BadName> {
    Err(BadName(why.into()))
}

/// First segments that are addresses of the hub itself, so nobody can own them.
pub const RESERVED: &[&str] = &[
    "about",
    "admin",
    "api",
    "assets",
    "blog",
    "buckets",
    "cdn",
    "code",
    "collections",
    "commons",
    "datasets",
    "docs",
    "explore",
    "favicon.ico",
    "feed.atom",
    "git",
    "groups",
    "healthz",
    "inbox",
    "join",
    "kernels",
    "lfs",
    "log",
    "login",
    "logout",
    "metrics",
    "models",
    "new",
    "oauth",
    "openness",
    "organizations",
    "papers",
    "pulse",
    "readyz",
    "robots.txt",
    "rounds",
    "search",
    "settings",
    "sitemap",
    "sitemap.xml",
    "spaces",
    "static",
    "uploads",
    "users",
    "v1",
    "v2",
    "xet",
];

/// Checks one part of `namespace/name`: `[A-Za-z0-9._-]`, at most 96 characters, a letter, digit or underscore at both
/// ends, neither `--` nor `..`, not ending in `.git` (the rule that the clients enforce before they send).
pub fn check_part(part: &str) -> Result<(), BadName> {
    if part.is_empty() || part.len() > limits::NAME_BYTES_MAX {
        return refuse(format!("a name has 1 to {} characters: {part:?}", limits::NAME_BYTES_MAX));
    }
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !part.bytes().all(|byte| word(byte) || byte == b'-' || byte == b'.') {
        return refuse(format!("a name may hold only letters, digits, '-', '_' and '.': {part:?}"));
    }
    let ends = [part.as_bytes()[0], part.as_bytes()[part.len() - 1]];
    if !ends.into_iter().all(word) {
        return refuse(format!("a name begins and ends with a letter, a digit or '_': {part:?}"));
    }
    if part.contains("--") || part.contains("..") || part.to_ascii_lowercase().ends_with(".git") {
        return refuse(format!("a name may not hold '--' or '..' nor end in '.git': {part:?}"));
    }
    Ok(())
}

/// Checks the name of a member or group: a part that is not reserved and has no capital twin among the reserved.
pub fn check_namespace(name: &str) -> Result<(), BadName> {
    check_part(name)?;
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return refuse(format!("{name:?} is an address of the hub itself; choose another name"));
    }
    Ok(())
}

/// Splits `namespace/name`, both checked.
pub fn split_full_name(full: &str) -> Result<(&str, &str), BadName> {
    let Some((namespace, name)) = full.split_once('/') else {
        return refuse(format!("a repo is written namespace/name: {full:?}"));
    };
    check_part(namespace)?;
    check_part(name)?;
    Ok((namespace, name))
}

/// Checks a path inside a repo. Relative, `/` between parts, no empty part, `.`, `..`, backslash step, control
/// character or `.git`; what git refuses to check out must not enter a tree.
pub fn check_path(path: &str) -> Result<(), BadName> {
    if path.is_empty() || path.len() > limits::PATH_BYTES_MAX {
        return refuse(format!("a path has 1 to {} bytes", limits::PATH_BYTES_MAX));
    }
    if path.split('/').count() > limits::PATH_DEPTH_MAX {
        return refuse(format!("a path has at most {} parts", limits::PATH_DEPTH_MAX));
    }
    // A path that climbs on Windows is refused where it begins; further in, the Hub takes a backslash for a letter.
    if path.split(['/', '\\']).next().is_some_and(|step| matches!(step, "" | "." | "..")) {
        return refuse(format!("a path may not begin with '/', '.' or '..' steps: {path:?}"));
    }
    path.split('/').try_for_each(|part| check_path_part(part, path))
}

fn check_path_part(part: &str, path: &str) -> Result<(), BadName> {
    if part.is_empty() {
        return refuse(format!("a path may not begin or end with '/' nor hold '//': {path:?}"));
    }
    if part == "." || part == ".." {
        return refuse(format!("a path may not hold '.' or '..' steps: {path:?}"));
    }
    if part.chars().any(char::is_control) {
        return refuse(format!("a path may not hold control characters: {path:?}"));
    }
    if part.len() > limits::PATH_PART_BYTES_MAX {
        return refuse(format!(
            "a part of a path has at most {} bytes: {path:?}",
            limits::PATH_PART_BYTES_MAX
        ));
    }
    if let Some((special, false)) = dotgit::stands_for(part) {
        return refuse(format!(
            "a path may not hold what some systems take for {}: {path:?}",
            special.name()
        ));
    }
    if dotgit::is_taken_for_git(part) {
        return refuse(format!("a path may not hold '.git': {path:?}"));
    }
    Ok(())
}

/// Checks the short name of a branch or tag by the rules of `git check-ref-format`; nor may it read as something else
/// that a revision can be, since nothing would ever lead to it: a commit id, by which people pin what they download, a
/// whole ref, or `HEAD`.
pub fn check_ref_name(name: &str) -> Result<(), BadName> {
    if name.is_empty() || name.len() > limits::REF_BYTES_MAX {
        return refuse(format!("a branch or tag name has 1 to {} bytes", limits::REF_BYTES_MAX));
    }
    let forbidden = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    if name.chars().any(forbidden) || name.contains("..") || name.contains("@{") || name == "@" {
        return refuse(format!("not a name that git allows for a branch or tag: {name:?}"));
    }
    if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return refuse(format!("a branch or tag may not be named like a commit id: {name:?}"));
    }
    if name == "HEAD" {
        return refuse("a branch or tag may not be named \"HEAD\", which always means the main branch");
    }
    if name.starts_with("refs/") {
        return refuse(format!(
            "the name of a branch or tag does not begin with \"refs/\"; give its short name, such as \"v1\": {name:?}"
        ));
    }
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    if name.split('/').any(bad_part) || name.ends_with('.') || name.starts_with('-') {
        return refuse(format!("not a name that git allows for a branch or tag: {name:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn parts() {
        for good in ["a", "A-b_c.d", "__DUMMY__", "x1", &"a".repeat(96)] {
            check_part(good).unwrap();
        }
        for bad in
            ["", "-a", "a-", ".a", "a.", "a--b", "a..b", "a.git", "A.GIT", "a b", "é", "a/b", &"a".repeat(97)]
        {
            assert!(check_part(bad).is_err(), "{bad}");
        }
        assert!(check_namespace("API").is_err());
        assert!(split_full_name("a/b/c").is_err());
    }

    #[test]
    fn paths() {
        for good in [
            "a/..\\..\\b",
            "a",
            "a/b.c",
            "ünï/☃",
            "folder/..x",
            "-",
            "a b/c:d",
            ".gitattributes",
            ".gitignore",
        ] {
            check_path(good).unwrap();
        }
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "..\\ddd",
            "\\a",
            "a\0",
            "a\nb",
            ".git",
            "x/.GIT/y",
            ".git.",
            "git~1",
            ".gi\u{200c}t",
            ".git::$INDEX",
        ] {
            assert!(check_path(bad).is_err(), "{bad:?}");
        }
        assert!(check_path(&"a/".repeat(200)).is_err());
        assert!(check_path(&"a".repeat(5000)).is_err());
    }

    #[test]
    fn refs() {
        for good in [
            "main",
            "a/b",
            "v1.0",
            "ünï",
            "abcdef0",
            &"a".repeat(39),
            &format!("v{}", "0".repeat(39)),
            "HEAD/x",
            "refs",
        ] {
            check_ref_name(good).unwrap();
        }
        for bad in [
            "",
            "a..b",
            "a b",
            ".a",
            "a/.b",
            "a.lock",
            "a/",
            "/a",
            "@",
            "a@{b",
            "-a",
            "a^",
            "a:b",
            "a\\b",
            "x.",
            &"a".repeat(40),
            &"A0".repeat(20),
            "HEAD",
            "refs/heads/x",
            "refs/pr/9",
            "refs/",
        ] {
            assert!(check_ref_name(bad).is_err(), "{bad}");
        }
    }
}
