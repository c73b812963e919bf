//! gitignore(5): which files of an upload the repo wants left out.

use crate::glob::{self, OutOfSteps, Pattern, Steps};

/// The rules of one `.gitignore` at the root of a repo.
#[derive(Debug, Default)]
pub struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    /// `!`: takes back what an earlier rule ignored.
    negated: bool,
}

impl Ignore {
    /// Reads the text of a `.gitignore`. Nothing is an error, as in git: a line that can match nothing is skipped, and
    /// lines past [`crate::limits::ATTRIBUTES_BYTES_MAX`] are not read.
    pub fn parse(text: &str) -> Ignore {
        Ignore { rules: glob::lines(text).filter_map(rule).collect() }
    }

    /// Whether a file (its whole path in the repo) is ignored: by itself, or with one of its folders, out of which no
    /// rule can take it back. `steps` is what the request may still cost.
    pub fn is_ignored(&self, path: &str, steps: &mut Steps) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        steps.begin_path();
        for depth in 1..=parts.len() {
            let is_folder = depth < parts.len();
            match self.last_match(parts.get(..depth).unwrap_or(&parts), is_folder, steps) {
                Ok(Some(true)) => return true,
                Ok(Some(false) | None) => {}
                // Rules too costly to follow keep a file rather than lose it.
                Err(OutOfSteps) => return false,
            }
        }
        false
    }

    fn last_match(
        &self,
        parts: &[&str],
        is_folder: bool,
        steps: &mut Steps,
    ) -> Result<Option<bool>, OutOfSteps> {
        for rule in self.rules.iter().rev() {
            if (is_folder || !rule.pattern.folders_only) && rule.pattern.matches(parts, steps)? {
                return Ok(Some(!rule.negated));
            }
        }
        Ok(None)
    }
}

fn rule(line: &str) -> Option<Rule> {
    let line = without_trailing_spaces(line);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (pattern, negated) = match line.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    Some(Rule { pattern: Pattern::compile(pattern.as_bytes())?, negated })
}

/// Spaces at the end do not count unless a backslash stands before them.
fn without_trailing_spaces(line: &str) -> &str {
    let mut end = 0;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        end = match c {
            ' ' => continue,
            '\\' => chars.next().map_or(line.len(), |(at, escaped)| at + escaped.len_utf8()),
            _ => at + c.len_utf8(),
        };
    }
    line.get(..end).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn ignored(text: &str, path: &str) -> bool {
        Ignore::parse(text).is_ignored(path, &mut Steps::new())
    }

    #[test]
    fn what_the_clients_send() {
        assert!(ignored("nested/*\n", "nested/file.bin"));
        assert!(!ignored("nested/*\n", "temp"));
        assert!(ignored("*.pyc\n__pycache__/\n", "a/__pycache__/b.txt"));
    }

    #[test]
    fn folders() {
        assert!(ignored("x/", "x/a") && ignored("x/", "b/x/a"));
        assert!(!ignored("x/", "x") && !ignored("/x/", "b/x/a"));
        assert!(ignored("a/b", "a/b/c") && !ignored("a/b", "z/a/b"));
        assert!(ignored("**/logs", "p/q/logs/today.txt"));
    }

    #[test]
    fn the_last_rule_wins_but_not_inside_an_ignored_folder() {
        let text = "*.log\n!keep.log\n";
        assert!(ignored(text, "a.log") && !ignored(text, "d/keep.log"));
        assert!(ignored("d/\n!d/keep\n", "d/keep"));
        assert!(!ignored("d/*\n!d/keep\n", "d/keep") && ignored("d/*\n!d/keep\n", "d/other"));
        assert!(ignored("/*\n!/foo\n/foo/*\n!/foo/bar\n", "foo/x"));
        assert!(!ignored("/*\n!/foo\n/foo/*\n!/foo/bar\n", "foo/bar/y"));
    }

    #[test]
    fn spelling() {
        assert!(ignored("# note\n\na \r\n", "a"));
        assert!(ignored("a\\ ", "a ") && !ignored("a\\ ", "a"));
        assert!(ignored("\\#x", "#x") && ignored("\\!x", "!x"));
        assert!(ignored("\u{feff}a", "a"));
        assert!(!ignored("[x\n", "[x"));
        assert!(!ignored("", "a") && !ignored("/", "a") && !ignored("!", "a"));
    }

    #[test]
    fn hostile_rules_keep_the_file() {
        let rules = format!("*{}b\n", "a".repeat(60)).repeat(500);
        let path = vec!["a".repeat(120); 30].join("/");
        assert!(!ignored(&format!("last*\n{rules}"), &format!("{path}/last")));
    }

    #[test]
    fn a_request_has_one_budget_for_all_its_paths() {
        let rules = format!("*{}b\n", "a".repeat(60)).repeat(500);
        let ignore = Ignore::parse(&format!("{rules}plain\n"));
        let hostile = vec!["a".repeat(120); 30].join("/");
        let mut steps = Steps::new();
        assert!(ignore.is_ignored("plain", &mut steps));
        for _ in 0..=limits::PATTERN_STEPS_MAX / limits::PATTERN_STEPS_A_PATH_MAX {
            assert!(!ignore.is_ignored(&hostile, &mut steps));
        }
        assert!(!ignore.is_ignored("plain", &mut steps), "the request is used up");
        assert!(ignore.is_ignored("plain", &mut Steps::new()), "and the next one is not");
    }
}
