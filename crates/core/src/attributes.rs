//! gitattributes(5), as far as it decides which files go by LFS, and what a new repo starts with.

use crate::glob::{self, OutOfSteps, Pattern, Steps};
use crate::repo::RepoKind;

/// Bytes of a line from which on git skips it.
const LINE_BYTES_MAX: usize = 2048;

/// The rules about `filter` in one `.gitattributes` at the root of a repo.
#[derive(Debug, Default)]
pub struct Attributes {
    rules: Vec<(Pattern, Filter)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Lfs,
    /// `-filter`, `filter`, or another filter.
    NotLfs,
    /// `!filter`: as if no line had spoken.
    Unspecified,
}

impl Attributes {
    /// Reads the text of a `.gitattributes`. Nothing is an error, as in git: comments, macros (`[attr]`), negated
    /// patterns, over-long lines and lines that do not speak of `filter` are skipped; lines past
    /// [`crate::limits::ATTRIBUTES_BYTES_MAX`] are not read.
    pub fn parse(text: &str) -> Attributes {
        Attributes { rules: glob::lines(text).filter_map(rule).collect() }
    }

    /// Whether a file (its whole path in the repo) goes by LFS: the last line that matches decides; `None` if none does,
    /// so that size and content may. `steps` is what the request may still cost.
    pub fn is_lfs(&self, path: &str, steps: &mut Steps) -> Option<bool> {
        let parts: Vec<&str> = path.split('/').collect();
        steps.begin_path();
        // Rules too costly to follow decide nothing.
        match self.last_match(&parts, steps) {
            Ok(Some(Filter::Lfs)) => Some(true),
            Ok(Some(Filter::NotLfs)) => Some(false),
            Ok(Some(Filter::Unspecified) | None) | Err(OutOfSteps) => None,
        }
    }

    fn last_match(&self, parts: &[&str], steps: &mut Steps) -> Result<Option<Filter>, OutOfSteps> {
        for (pattern, filter) in self.rules.iter().rev() {
            if pattern.matches(parts, steps)? {
                return Ok(Some(*filter));
            }
        }
        Ok(None)
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

fn rule(line: &str) -> Option<(Pattern, Filter)> {
    if line.len() >= LINE_BYTES_MAX {
        return None;
    }
    let line = line.trim_start_matches(is_blank);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (pattern, states) = quoted(line).unwrap_or_else(|| {
        let (pattern, states) = line.split_once(is_blank).unwrap_or((line, ""));
        (pattern.as_bytes().to_vec(), states)
    });
    if pattern.starts_with(b"!") || pattern.starts_with(b"[attr]") {
        return None;
    }
    let filter = states.split(is_blank).filter_map(filter).next_back()?;
    let pattern = Pattern::compile(&pattern)?;
    // Attributes are asked of files only, so a pattern for folders matches none.
    (!pattern.folders_only).then_some((pattern, filter))
}

fn filter(state: &str) -> Option<Filter> {
    match state {
        "filter=lfs" => Some(Filter::Lfs),
        "!filter" => Some(Filter::Unspecified),
        "-filter" | "filter" => Some(Filter::NotLfs),
        _ => state.starts_with("filter=").then_some(Filter::NotLfs),
    }
}

/// A pattern in double quotes with C escapes, and what follows it; `None` if the quotes are not well formed, in which
/// case git takes them literally.
fn quoted(line: &str) -> Option<(Vec<u8>, &str)> {
    let mut bytes = line.strip_prefix('"')?.bytes().enumerate();
    let mut pattern = Vec::new();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((pattern, line.get(at + 2..)?)),
            b'\\' => pattern.push(escaped(&mut bytes)?),
            _ => pattern.push(byte),
        }
    }
    None
}

fn escaped(bytes: &mut impl Iterator<Item = (usize, u8)>) -> Option<u8> {
    let mut next = || bytes.next().map(|(_, byte)| byte);
    let first = next()?;
    Some(match first {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'"' => first,
        b'0'..=b'3' => {
            let (second, third) = (next()?, next()?);
            let digit = |byte: u8| (b'0'..=b'7').contains(&byte).then(|| byte - b'0');
            digit(first)? << 6 | digit(second)? << 3 | digit(third)?
        }
        _ => return None,
    })
}

/// Files of weights, arrays, archives and tables, which go by LFS in every new repo.
const BINARY: &[&str] = &[
    "*.7z",
    "*.arrow",
    "*.bin",
    "*.bz2",
    "*.ckpt",
    "*.ftz",
    "*.gguf",
    "*.gz",
    "*.h5",
    "*.joblib",
    "*.lfs.*",
    "*.mlmodel",
    "*.model",
    "*.msgpack",
    "*.npy",
    "*.npz",
    "*.onnx",
    "*.ot",
    "*.parquet",
    "*.pb",
    "*.pickle",
    "*.pkl",
    "*.pt",
    "*.pth",
    "*.rar",
    "*.safetensors",
    "saved_model/**/*",
    "*.tar.*",
    "*.tar",
    "*.tflite",
    "*.tgz",
    "*.wasm",
    "*.xz",
    "*.zip",
    "*.zst",
    "*tfevents*",
];

/// Sound, pictures and film, which are what many datasets consist of.
const MEDIA: &[&str] = &[
    "*.lz4", "*.mds", "*.pcm", "*.sam", "*.raw", "*.aac", "*.flac", "*.mp3", "*.ogg", "*.wav", "*.bmp",
    "*.gif", "*.png", "*.tiff", "*.jpg", "*.jpeg", "*.webp", "*.avi", "*.mp4", "*.webm",
];

/// The `.gitattributes` that a new repo of this kind starts with.
pub fn default_for(kind: RepoKind) -> String {
    let media = if kind == RepoKind::Dataset { MEDIA } else { &[] };
    BINARY
        .iter()
        .chain(media)
        .map(|pattern| format!("{pattern} filter=lfs diff=lfs merge=lfs -text\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lfs(text: &str, path: &str) -> Option<bool> {
        Attributes::parse(text).is_lfs(path, &mut Steps::new())
    }

    #[test]
    fn the_line_that_the_client_suite_commits() {
        let text = "*.png filter=lfs diff=lfs merge=lfs -text";
        assert_eq!(is_lfs(text, "image.png"), Some(true));
        assert_eq!(is_lfs(text, "a/b/image.png"), Some(true));
        assert_eq!(is_lfs(text, "image.jpg"), None);
    }

    #[test]
    fn the_last_line_wins() {
        let text =
            "*.bin filter=lfs\nsmall/*.bin -filter\nother/*.bin !filter\n*.gpg filter=crypt\n*.bin text\n";
        assert_eq!(is_lfs(text, "a.bin"), Some(true));
        assert_eq!(is_lfs(text, "small/a.bin"), Some(false));
        assert_eq!(is_lfs(text, "small/x/a.bin"), Some(true));
        assert_eq!(is_lfs(text, "other/a.bin"), None);
        assert_eq!(is_lfs(text, "a.gpg"), Some(false));
        assert_eq!(is_lfs("* filter=lfs -filter", "a"), Some(false));
        assert_eq!(is_lfs("* -filter filter=lfs", "a"), Some(true));
    }

    #[test]
    fn spelling() {
        assert_eq!(is_lfs("\"a b.bin\" filter=lfs", "a b.bin"), Some(true));
        assert_eq!(is_lfs("\"\\303\\251\\\"\" filter=lfs", "é\""), Some(true));
        assert_eq!(is_lfs("\"a filter=lfs", "\"a"), Some(true));
        assert_eq!(is_lfs("  *.bin\tfilter=lfs\r\n", "x.bin"), Some(true));
        assert_eq!(is_lfs("#*.bin filter=lfs", "#x.bin"), None);
        assert_eq!(is_lfs("!*.bin filter=lfs", "x.bin"), None);
        assert_eq!(is_lfs("[attr]big filter=lfs", "x"), None);
        assert_eq!(is_lfs("dir/ filter=lfs", "dir/x"), None);
        assert_eq!(is_lfs("dir/** filter=lfs", "dir/x/y"), Some(true));
        assert_eq!(is_lfs("/x filter=lfs", "a/x"), None);
        assert_eq!(is_lfs(&format!("{} filter=lfs", "*".repeat(3000)), "x"), None);
    }

    #[test]
    fn defaults() {
        let model = Attributes::parse(&default_for(RepoKind::Model));
        let dataset = Attributes::parse(&default_for(RepoKind::Dataset));
        let lfs = |attributes: &Attributes, path: &str| attributes.is_lfs(path, &mut Steps::new());
        for path in ["lfs.bin", "lfs.pkl", "x/model.safetensors", "a.parquet", "saved_model/v/x", "x.tar.gz"]
        {
            assert_eq!(lfs(&model, path), Some(true), "{path}");
            assert_eq!(lfs(&dataset, path), Some(true), "{path}");
        }
        for path in ["README.md", "config.json", "saved_model", "tokenizer.json", ".gitattributes"] {
            assert_eq!(lfs(&dataset, path), None, "{path}");
        }
        assert_eq!((lfs(&model, "a.png"), lfs(&dataset, "a.png")), (None, Some(true)));
    }

    #[test]
    fn hostile_rules_decide_nothing() {
        let text = format!("*{}b filter=lfs\n", "a".repeat(100)).repeat(500);
        assert_eq!(is_lfs(&format!("* filter=lfs\n{text}"), &"a".repeat(250)), None);
    }
}
