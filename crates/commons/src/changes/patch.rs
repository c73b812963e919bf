//! Changes as one text that people and programs read, in the unified format of `git diff`.

use std::fmt::Write;

use seedcorn_core::limits;

use super::{Change, Detail, Difference, Effort, Hunk, Lines, Sign, What, detail};
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
            let told = match detail(commons, read, change, &mut effort).await? {
                Detail::Lines(lines) => Some(lines),
                Detail::Tensors(_) | Detail::Sizes(_) => None,
            };
            file(&mut text, change, told.as_ref());
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

/// A path as git writes it: quoted, where a letter of it would end a line or a name.
fn name(side: &str, path: &str) -> String {
    match path.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        true => format!("\"{side}/{}\"", path.escape_default()),
        false => format!("{side}/{path}"),
    }
}

fn file(text: &mut String, change: &Change, lines: Option<&Lines>) {
    let was = change.before.as_ref().map_or(change.path.as_str(), |entry| entry.path.as_str());
    let (before, after) = (name("a", was), name("b", &change.path));
    let _ = writeln!(text, "diff --git {before} {after}");
    match change.what {
        What::Added => text.push_str("new file\n"),
        What::Removed => text.push_str("deleted file\n"),
        What::Renamed => {
            let _ = write!(text, "rename from {was}\nrename to {}\n", change.path);
        }
        What::Changed => {}
    }
    let there = |is: bool, name: &str| if is { name.to_owned() } else { "/dev/null".to_owned() };
    let (before, after) = (there(change.before.is_some(), &before), there(change.after.is_some(), &after));
    match lines {
        None if change.what == What::Renamed => {}
        None => {
            let _ = writeln!(text, "Binary files {before} and {after} differ");
        }
        Some(lines) => {
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
        if line.unended {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}
