//! The lines in which two texts differ, with the words that changed.

use std::time::{Duration, Instant};

use seedcorn_core::limits;
use similar::{ChangeTag, DiffOp, TextDiff};

/// Lines around a change that are shown along.
const AROUND: usize = 3;

/// Whether a line is in both texts or in one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// In both.
    Same,
    /// In the old one alone.
    Removed,
    /// In the new one alone.
    Added,
}

/// A line without its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Where it stands.
    pub sign: Sign,
    /// Its number in the old text, from 1.
    pub before: Option<usize>,
    /// Its number in the new text, from 1.
    pub after: Option<usize>,
    /// Its text in pieces, each with whether it changed within the line. Cut at [`limits::DIFF_LINE_BYTES_MAX`].
    pub parts: Vec<(bool, String)>,
    /// Whether it was cut.
    pub cut: bool,
    /// Whether it ends in CR LF.
    pub crlf: bool,
    /// Whether the text ends with it and without a line's end.
    pub unended: bool,
}

/// Neighbouring lines with a change among them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Hunk {
    /// The lines.
    pub lines: Vec<Line>,
}

/// How two texts differ.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lines {
    /// The places where they do.
    pub hunks: Vec<Hunk>,
    /// Lines added in all.
    pub added: usize,
    /// Lines removed in all.
    pub removed: usize,
    /// Whether there is more than is shown.
    pub more: bool,
}

/// A file's text, if it is one that people read: UTF-8 without NUL.
pub(crate) fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Compares two texts; `None` if one has more than [`limits::DIFF_LINES_MAX`] lines. A comparison that would take long
/// becomes rough: more lines count as changed than need be.
pub(super) fn compare(before: &str, after: &str) -> Option<Lines> {
    let count = |text: &str| text.bytes().filter(|&byte| byte == b'\n').take(limits::DIFF_LINES_MAX).count();
    if count(before).max(count(after)) >= limits::DIFF_LINES_MAX {
        return None;
    }
    let deadline = Instant::now() + Duration::from_millis(limits::DIFF_MILLIS_MAX);
    // Split here, at LF alone: a CR within a line ends none.
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let diff = TextDiff::configure().deadline(deadline).newline_terminated(true).diff_slices(&old, &new);
    let mut found = Lines::default();
    for op in diff.ops() {
        if !matches!(op, DiffOp::Equal { .. }) {
            found.removed += op.old_range().len();
            found.added += op.new_range().len();
        }
    }
    let mut left = limits::DIFF_SHOWN_LINES_MAX;
    for group in diff.grouped_ops(AROUND) {
        if left == 0 {
            found.more = true;
            break;
        }
        let mut hunk = Hunk::default();
        for op in group {
            let lines = op_lines(&diff, &op, deadline, left);
            found.more |= lines.len() < op.old_range().len().max(op.new_range().len());
            left -= lines.len();
            hunk.lines.extend(lines);
        }
        found.hunks.push(hunk);
    }
    Some(found)
}

/// The lines of one step of a comparison.
fn op_lines(diff: &TextDiff<'_, '_, str>, op: &DiffOp, deadline: Instant, most: usize) -> Vec<Line> {
    let bytes = |range: std::ops::Range<usize>, slice: &dyn Fn(usize) -> Option<usize>| {
        range.filter_map(slice).sum::<usize>()
    };
    let old = bytes(op.old_range(), &|n| diff.old_slice(n).map(str::len));
    let new = bytes(op.new_range(), &|n| diff.new_slice(n).map(str::len));
    let words = matches!(op, DiffOp::Replace { .. }) && old + new <= limits::DIFF_WORDS_BYTES_MAX;
    if !words {
        let plain = diff.iter_changes(op).take(most);
        let line = |change: similar::Change<&str>| {
            line(change.tag(), change.old_index(), change.new_index(), &[(false, change.value())])
        };
        return plain.map(line).collect();
    }
    let marked = diff.iter_inline_changes_deadline(op, Some(deadline)).take(most);
    marked.map(|change| line(change.tag(), change.old_index(), change.new_index(), change.values())).collect()
}

fn line(tag: ChangeTag, before: Option<usize>, after: Option<usize>, values: &[(bool, &str)]) -> Line {
    let whole: usize = values.iter().map(|(_, text)| text.len()).sum();
    let last = values.last().map_or("", |(_, text)| text);
    let unended = !last.ends_with('\n');
    // The two bytes of an end may lie in two pieces.
    let mut tail = values.iter().rev().flat_map(|(_, text)| text.bytes().rev());
    let crlf = tail.next() == Some(b'\n') && tail.next() == Some(b'\r');
    let end = match (unended, crlf) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    };
    let mut left = (whole - end).min(limits::DIFF_LINE_BYTES_MAX);
    let mut parts: Vec<(bool, String)> = Vec::new();
    for (marked, text) in values {
        let kept = &text[..text.floor_char_boundary(left)];
        left -= kept.len();
        match parts.last_mut() {
            _ if kept.is_empty() => {}
            Some((before, joined)) if before == marked => joined.push_str(kept),
            _ => parts.push((*marked, kept.to_owned())),
        }
    }
    Line {
        sign: match tag {
            ChangeTag::Equal => Sign::Same,
            ChangeTag::Delete => Sign::Removed,
            ChangeTag::Insert => Sign::Added,
        },
        before: before.map(|n| n + 1),
        after: after.map(|n| n + 1),
        parts,
        cut: whole - end > limits::DIFF_LINE_BYTES_MAX,
        crlf,
        unended,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn whole(line: &Line) -> String {
        let text: String = line.parts.iter().map(|(_, text)| text.as_str()).collect();
        let end = match (line.unended, line.crlf) {
            (true, _) => "",
            (false, true) => "\r\n",
            (false, false) => "\n",
        };
        text + end
    }

    proptest! {
        /// The hunks, put in place of the lines they name, lead from the old text to the new one.
        #[test]
        fn hunks_lead_from_one_to_the_other(
            before in "([ab \r]{0,3}\n){0,12}[a\r]{0,2}", after in "([ab \r]{0,3}\n){0,12}[a\r]{0,2}",
        ) {
            let found = compare(&before, &after).unwrap();
            let old: Vec<&str> = before.split_inclusive('\n').collect();
            let (mut made, mut at) = (String::new(), 0);
            for line in found.hunks.iter().flat_map(|hunk| &hunk.lines) {
                if let Some(n) = line.before {
                    old[at..n - 1].iter().for_each(|line| made.push_str(line));
                    prop_assert_eq!(whole(line), old[n - 1]);
                    at = n;
                } else if line.before.is_none() && at < old.len() {
                    // Lines before the first of a hunk are the same in both.
                    let n = line.after.unwrap() - 1;
                    while made.matches('\n').count() < n && at < old.len() {
                        made.push_str(old[at]);
                        at += 1;
                    }
                }
                if line.sign != Sign::Removed {
                    made.push_str(&whole(line));
                }
            }
            old[at..].iter().for_each(|line| made.push_str(line));
            prop_assert_eq!(made, after);
            prop_assert!(!found.more);
        }
    }

    #[test]
    fn words_are_marked_and_ends_are_told() {
        let found = compare("one\nthe old word\nend", "one\nthe new word\nend\n").unwrap();
        assert_eq!((found.added, found.removed, found.hunks.len()), (2, 2, 1));
        let lines = &found.hunks[0].lines;
        let marked = |sign| {
            let of = lines.iter().filter(move |line| line.sign == sign);
            of.flat_map(|line| &line.parts)
                .filter(|part| part.0)
                .map(|part| part.1.as_str())
                .collect::<String>()
        };
        assert!(marked(Sign::Removed).contains("old") && !marked(Sign::Removed).contains("the"));
        assert!(marked(Sign::Added).contains("new"));
        let ends: Vec<_> = lines.iter().filter(|line| line.unended).map(|line| line.sign).collect();
        assert_eq!(ends, [Sign::Removed]);
        let ends = compare("a\r\nb\r\n", "a\nb\n").unwrap();
        assert!(ends.hunks[0].lines.iter().all(|line| line.crlf == (line.sign == Sign::Removed)));
        assert_eq!(compare("same\n", "same\n").unwrap(), Lines::default());
        assert!(text(vec![0xff, b'a']).is_none() && text(b"a\0".to_vec()).is_none());
    }

    #[test]
    fn what_is_long_is_cut() {
        let long = "é".repeat(limits::DIFF_LINE_BYTES_MAX);
        let found = compare("", &long).unwrap();
        assert!(found.hunks[0].lines[0].cut && found.hunks[0].lines[0].unended);
        assert_eq!(whole(&found.hunks[0].lines[0]).len(), limits::DIFF_LINE_BYTES_MAX);
        let many = "x\n".repeat(limits::DIFF_LINES_MAX - 1);
        let found = compare("", &many).unwrap();
        assert!(found.more && found.added == limits::DIFF_LINES_MAX - 1);
        assert_eq!(found.hunks[0].lines.len(), limits::DIFF_SHOWN_LINES_MAX);
        assert!(compare(&many, &format!("{many}x\n")).is_none());
    }
}
