//! Changes as one text that people and programs read, in the unified format of `git diff`.

use std::fmt::Write;

use seedcorn_core::limits;

use super::{Change, Detail, Difference, Effort, Hunk, Sign, What, Why, detail};
use crate::access::{Grant, Read, See};
use crate::{Commons, Result};

/// A difference as a text of at most [`limits::PATCH_BYTES_MAX`] bytes. What has no lines that differ is told in a sentence, as git tells that
/// binary files differ; what there is no room for, at the end.
pub async fn patch(
    commons: &Commons,
    (see, read): (&Grant<See>, &Grant<Read>),
    difference: &Difference,
) -> Result<String> {
    let (mut text, mut effort) = (String::new(), Effort::default());
    let mut after: Option<String> = None;
    loop {
        let page = difference.page(commons, see, after.as_deref()).await?;
        for change in &page.files {
            let told = detail(commons, read, change, &mut effort).await?;
            file(&mut text, change, &told);
            if text.len() > limits::PATCH_BYTES_MAX {
                text.truncate(text.floor_char_boundary(limits::PATCH_BYTES_MAX));
                text.push_str("\n… there is more\n");
                return Ok(text);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(text),
        }
    }
}

/// A path as git writes it: quoted as in C, where a letter of it would end a line or a name.
fn quoted(path: &str) -> String {
    let is_odd = |c: char| c.is_control() || matches!(c, '"' | '\\');
    if !path.contains(is_odd) {
        return path.to_owned();
    }
    let mut text = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if is_odd(c) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| {
                let _ = write!(text, "\\{byte:03o}");
            }),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

fn file(text: &mut String, change: &Change, told: &Detail) {
    let was = change.before.as_ref().map_or(change.path.as_str(), |entry| entry.path.as_str());
    let (before, after) = (quoted(&format!("a/{was}")), quoted(&format!("b/{}", change.path)));
    let _ = writeln!(text, "diff --git {before} {after}");
    match change.what {
        // Whether a file can be run is not told; git does not read the line without a mode.
        What::Added => text.push_str("new file mode 100644\n"),
        What::Removed => text.push_str("deleted file mode 100644\n"),
        What::Renamed => {
            let _ = write!(text, "rename from {}\nrename to {}\n", quoted(was), quoted(&change.path));
        }
        What::Changed => {}
    }
    let there = |is: bool, name: &str| if is { name.to_owned() } else { "/dev/null".to_owned() };
    let (before, after) = (there(change.before.is_some(), &before), there(change.after.is_some(), &after));
    match told {
        Detail::Sizes(Why::SameContent) if change.what == What::Renamed => {}
        Detail::Sizes(Why::SameContent) => text.push_str("The mode differs\n"),
        Detail::Tensors(_) | Detail::Sizes(_) => {
            let _ = writeln!(text, "Binary files {before} and {after} differ");
        }
        // An empty file has no lines that are new.
        Detail::Lines(lines) if lines.hunks.is_empty() => {}
        Detail::Lines(lines) => {
            let _ = write!(text, "--- {before}\n+++ {after}\n");
            lines.hunks.iter().for_each(|each| hunk(text, each));
            if lines.more {
                text.push_str("\\ More lines differ\n");
            }
        }
    }
}

fn hunk(text: &mut String, hunk: &Hunk) {
    let numbers = |of: fn(&super::Line) -> Option<usize>| {
        let mut numbers = hunk.lines.iter().filter_map(of);
        let first = numbers.next();
        (first.unwrap_or(0), first.map_or(0, |_| 1 + numbers.count()))
    };
    let (before, after) = (numbers(|line| line.before), numbers(|line| line.after));
    let _ = writeln!(text, "@@ -{},{} +{},{} @@", before.0, before.1, after.0, after.1);
    for line in &hunk.lines {
        text.push(match line.sign {
            Sign::Same => ' ',
            Sign::Removed => '-',
            Sign::Added => '+',
        });
        line.parts.iter().for_each(|(_, part)| text.push_str(part));
        text.push_str(if line.crlf { "\r\n" } else { "\n" });
        if line.cut {
            text.push_str("\\ The line is longer than is shown\n");
        }
        if line.unended {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_as_git_reads_them() {
        for (path, expected) in [
            ("a/é b.txt", "a/é b.txt"),
            ("a/\"q\".txt", "\"a/\\\"q\\\".txt\""),
            ("a/\u{1}\n\\", "\"a/\\001\\n\\\\\""),
        ] {
            assert_eq!(quoted(path), expected);
        }
    }
}
