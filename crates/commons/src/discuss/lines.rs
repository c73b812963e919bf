//! Two texts that grew from one, merged line by line (diff3). Pure.

use std::ops::Range;
use std::time::{Duration, Instant};

use seedcorn_core::limits;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// Lines of the first text that another has others for.
struct Edit<'a> {
    was: Range<usize>,
    is: Vec<&'a str>,
}

/// What becomes of a text that two changed, where neither changed what the other did, or both did the same. Changes that touch each other count
/// as one: nobody looked at the two side by side.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let most = limits::DIFF_LINES_MAX;
    if [&base, &ours, &theirs].into_iter().any(|lines| lines.len() > most) {
        return None;
    }
    let (ours, theirs) = (edits(&base, &ours), edits(&base, &theirs));
    let (mut left, mut right) = (&ours[..], &theirs[..]);
    let (mut merged, mut at) = (String::new(), 0);
    while let Some(start) =
        [left.first(), right.first()].into_iter().flatten().map(|edit| edit.was.start).min()
    {
        let (mut of_left, mut of_right, mut end) = (0, 0, start);
        loop {
            let touches = |rest: &[Edit<'_>], n: usize| rest.get(n).is_some_and(|edit| edit.was.start <= end);
            let (side, n) = match (touches(left, of_left), touches(right, of_right)) {
                (true, _) => (left, &mut of_left),
                (false, true) => (right, &mut of_right),
                (false, false) => break,
            };
            end = side.get(*n).map_or(end, |edit| edit.was.end.max(end));
            *n += 1;
        }
        let (lefts, rights);
        (lefts, left) = left.split_at(of_left);
        (rights, right) = right.split_at(of_right);
        base.get(at..start)?.iter().for_each(|line| merged.push_str(line));
        let (from_left, from_right) = (apply(&base, start..end, lefts), apply(&base, start..end, rights));
        match (lefts.is_empty(), rights.is_empty()) {
            (true, _) => merged.push_str(&from_right),
            (_, true) => merged.push_str(&from_left),
            (false, false) if from_left == from_right => merged.push_str(&from_left),
            (false, false) => return None,
        }
        at = end;
    }
    base.get(at..)?.iter().for_each(|line| merged.push_str(line));
    Some(merged)
}

fn edits<'a>(base: &[&'a str], other: &[&'a str]) -> Vec<Edit<'a>> {
    let deadline = Instant::now() + Duration::from_millis(limits::DIFF_MILLIS_MAX);
    let ops = capture_diff_slices_deadline(Algorithm::Myers, base, other, Some(deadline));
    let mut found: Vec<Edit<'a>> = Vec::new();
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let is = other.get(op.new_range()).unwrap_or_default();
        match found.last_mut() {
            Some(last) if last.was.end == op.old_range().start => {
                last.was.end = op.old_range().end;
                last.is.extend(is);
            }
            _ => found.push(Edit { was: op.old_range(), is: is.to_vec() }),
        }
    }
    found
}

/// A stretch of the first text with edits made.
fn apply(base: &[&str], stretch: Range<usize>, edits: &[Edit<'_>]) -> String {
    let (mut text, mut at) = (String::new(), stretch.start);
    for edit in edits {
        base.get(at..edit.was.start).unwrap_or_default().iter().for_each(|line| text.push_str(line));
        edit.is.iter().for_each(|line| text.push_str(line));
        at = edit.was.end;
    }
    base.get(at..stretch.end).unwrap_or_default().iter().for_each(|line| text.push_str(line));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = "a\nb\nc\nd\ne\nf\n";

    #[test]
    fn changes_of_both_come_together() {
        let merged = merge(BASE, "A\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\ne\nF\nG");
        assert_eq!(merged.as_deref(), Some("A\nb\nc\nd\ne\nF\nG"));
        let merged = merge(BASE, "a\nc\nd\ne\nf\n", "a\nb\nc\nx\nd\ne\n");
        assert_eq!(merged.as_deref(), Some("a\nc\nx\nd\ne\n"));
        let both = "a\nb\nC\nd\ne\nf\n";
        assert_eq!(merge(BASE, both, both).as_deref(), Some(both));
    }

    #[test]
    fn what_touches_is_nobodys_to_decide() {
        for (ours, theirs) in [
            ("a\nX\nc\nd\ne\nf\n", "a\nY\nc\nd\ne\nf\n"),
            // Next to each other.
            ("a\nX\nc\nd\ne\nf\n", "a\nb\nY\nd\ne\nf\n"),
            // Something else at the same place.
            ("a\nb\nc\nd\ne\nf\nX\n", "a\nb\nc\nd\ne\nf\nY\n"),
            // Gone, and changed.
            ("", "a\nb\nc\nD\ne\nf\n"),
        ] {
            assert_eq!(merge(BASE, ours, theirs), None, "{ours:?} {theirs:?}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        "([abc]\n){0,8}[ab]?"
    }

    proptest! {
        #[test]
        fn who_changed_nothing_is_not_in_the_way(base in text(), other in text()) {
            prop_assert_eq!(merge(&base, &base, &other), Some(other.clone()));
            prop_assert_eq!(merge(&base, &other, &base), Some(other.clone()));
            prop_assert_eq!(merge(&base, &other, &other), Some(other));
        }

        #[test]
        fn neither_side_comes_first(base in text(), ours in text(), theirs in text()) {
            prop_assert_eq!(merge(&base, &ours, &theirs), merge(&base, &theirs, &ours));
        }
    }
}
