//! A verdict as a page of Markdown, for summaries of workflows and for comments.

use std::fmt::Write;

use super::super::difference::Difference;
use super::super::finding::{Code, Severity};
use super::super::verdict::Verdict;
use super::{definition, grade, label, mark, place};

/// Remarks that are told below the table.
const REMARKS_MAX: usize = 20;

/// The whole verdict. `name`: of the release.
pub fn page(name: &str, verdict: &Verdict) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "## Openness of {}: {}\n", plain(name), label(verdict.profile, verdict.confirmed));
    let _ = write!(out, "By: {}.", definition(verdict.profile));
    if verdict.possible != verdict.confirmed {
        let _ = write!(
            out,
            " Possible, if what is claimed or unclear is so: **{}**.",
            label(verdict.profile, verdict.possible)
        );
    }
    out.push_str("\n\n| Component | Class | Counts | Terms | Evidence |\n| --- | --- | --- | --- | --- |\n");
    for part in &verdict.parts {
        let terms = part.license.as_ref().map_or("", |license| license.terms.name.as_str());
        let seen = part.evidence.first().map(|one| place(&one.place)).unwrap_or_default();
        let optional = if part.required { "" } else { " (welcome)" };
        let _ = writeln!(
            out,
            "| {} | {}{optional} | {} | {} | {} |",
            part.component.name(),
            part.class.word(),
            mark(part),
            plain(terms),
            plain(&seen)
        );
    }
    next(&mut out, verdict);
    remarks(&mut out, verdict);
    out
}

/// What is different, as a list.
pub fn difference(difference: &Difference) -> String {
    let (before, after) = (grade(difference.before), grade(difference.after));
    let mut out = match before == after {
        true => format!("## Openness: {after}, as before\n\n"),
        false => format!("## Openness: {before} became {after}\n\n"),
    };
    for change in &difference.changes {
        let terms = match change.relicensed() {
            Some((before, after)) => format!(" ({} became {})", plain(before), plain(after)),
            None => String::new(),
        };
        let _ = writeln!(out, "- **{}**: {}{terms}", change.component.name(), change.what.word());
    }
    if difference.changes.is_empty() {
        out.push_str("Nothing is different.\n");
    }
    out
}

fn next(out: &mut String, verdict: &Verdict) {
    if verdict.next.is_empty() {
        return;
    }
    let _ = match verdict.progress.iter().find(|way| !way.confirmed.is_whole()) {
        Some(way) => writeln!(out, "\n### To reach Class {}\n", way.class.word()),
        None => writeln!(out, "\n### To meet the definition\n"),
    };
    for step in &verdict.next {
        let _ = writeln!(out, "- **{}**: {}", step.component.name(), plain(&step.fix));
    }
}

fn remarks(out: &mut String, verdict: &Verdict) {
    // What is missing stands in the table.
    let told: Vec<_> = verdict
        .remarks
        .iter()
        .filter(|remark| remark.severity >= Severity::Warning && remark.code != Code::Missing)
        .collect();
    if told.is_empty() && verdict.questions.is_empty() {
        return;
    }
    out.push_str("\n### Remarks\n\n");
    for remark in told.iter().take(REMARKS_MAX) {
        let _ = writeln!(out, "- `{}` {}", remark.code.word(), plain(&remark.text));
    }
    if told.len() > REMARKS_MAX {
        let _ = writeln!(out, "- and {} more", told.len() - REMARKS_MAX);
    }
    for question in &verdict.questions {
        let _ = writeln!(out, "- Open question: {}", plain(question));
    }
}

/// A text of the release that can be nothing but text: no mark-up, no link, no mention, no other cell.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A forge would tell somebody of that name.
            '@' => out.push_str("@\u{200b}"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_release_says_is_text_and_nothing_else() {
        let said = plain("a|b <img src=x> [x](y) @ada\n# no");
        assert_eq!(said, "a\\|b &lt;img src=x&gt; \\[x\\]\\(y\\) @\u{200b}ada \\# no");
    }
}
