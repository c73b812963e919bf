//! A grade as a badge: a small SVG with a name and a state. It says for which revision it holds, so that one that was copied
//! does not outlive its grade.

use super::super::verdict::{Grade, Verdict};
use super::grade;

/// The name on the left.
const NAME: &str = "openness";
/// Its height, in pixels.
const HEIGHT: usize = 20;
/// Room on both sides of a text.
const MARGIN: usize = 7;
/// The ground of the name.
const GROUND: &str = "#45403a";

/// The badge of a verdict. `commit`: the revision that it is of, in short; empty if it has none.
pub fn of(verdict: &Verdict, commit: &str) -> String {
    let sure = grade(verdict.confirmed);
    let mut state = match verdict.confirmed == verdict.possible {
        true => sure.to_owned(),
        false => format!("{sure}, {} possible", grade(verdict.possible)),
    };
    if !commit.is_empty() {
        state = format!("{state} @{commit}");
    }
    draw(&state, color(verdict.confirmed))
}

/// The badge of what is not graded, with the reason in a few words.
pub fn none(state: &str) -> String {
    draw(state, "#6b6459")
}

/// Dark enough for white letters (WCAG 2.2, contrast of at least 4.5 to 1).
fn color(grade: Grade) -> &'static str {
    match grade {
        Grade::I | Grade::Meets => "#1f6b38",
        Grade::II => "#4c6512",
        Grade::III => "#7a5a00",
        Grade::NeedsReview => "#6a5220",
        Grade::Unclassified | Grade::Fails => "#6b6459",
    }
}

fn draw(state: &str, color: &str) -> String {
    let (left, right) = (width(NAME) + 2 * MARGIN, width(state) + 2 * MARGIN);
    let (all, middle) = (left + right, left + right / 2);
    let state = escape(state);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"{HEIGHT}\" role=\"img\" \
         aria-label=\"{NAME}: {state}\"><title>{NAME}: {state}</title>\
         <path fill=\"{GROUND}\" d=\"M3 0H{left}V{HEIGHT}H3A3 3 0 0 1 0 17V3A3 3 0 0 1 3 0Z\"/>\
         <path fill=\"{color}\" d=\"M{left} 0H{end}A3 3 0 0 1 {all} 3V17A3 3 0 0 1 {end} {HEIGHT}H{left}Z\"/>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" text-anchor=\"middle\">\
         <text x=\"{x}\" y=\"14\" textLength=\"{name_width}\">{NAME}</text>\
         <text x=\"{middle}\" y=\"14\" textLength=\"{state_width}\">{state}</text></g></svg>\n",
        end = all - 3,
        x = left / 2,
        name_width = left - 2 * MARGIN,
        state_width = right - 2 * MARGIN,
    )
}

/// About how wide a text is in Verdana at 11 pixels; the letters are set to just that width.
fn width(text: &str) -> usize {
    let tenths = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ' ' | 'f' | 't' | 'I' => 42,
        'm' | 'w' | 'M' | 'W' | '@' => 105,
        'A'..='Z' => 75,
        _ => 67,
    };
    text.chars().map(tenths).sum::<usize>().div_ceil(10)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let badge = none("\"><script>");
        assert!(!badge.contains("<script>"), "{badge}");
        assert_eq!(badge.matches("<text").count(), 2);
    }
}
