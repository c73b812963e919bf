//! Lines that differ, as rows of a table: numbers, a sign, and the text with its changed words marked.

use seedcorn_commons::changes::{Hunk, Line, Lines, Sign};

/// Bytes of HTML around each line, and around each piece of it.
const ROW_HTML_BYTES: (usize, usize) = (110, 11);

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) sign: Sign,
    /// Line numbers, empty where the line is not.
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) parts: Vec<(bool, String)>,
    pub(crate) cut: bool,
    /// Whether to show that it ends in CR LF: only where that may be the change.
    pub(crate) crlf: bool,
    pub(crate) unended: bool,
}

impl Row {
    /// The class of its row.
    pub(crate) fn class(&self) -> &'static str {
        match self.sign {
            Sign::Same => "",
            Sign::Removed => "del",
            Sign::Added => "add",
        }
    }
}

/// Neighbouring rows with a line that says where they are.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) place: String,
    pub(crate) rows: Vec<Row>,
}

/// The rows of a file.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) hunks: Vec<Part>,
}

/// As many rows as the bytes allow, and whether that is not all. Once they do not suffice, none are left.
pub(crate) fn table(lines: Lines, html: &mut usize) -> (Table, bool) {
    let (mut hunks, mut cut) = (Vec::new(), false);
    for hunk in lines.hunks {
        let place = place(&hunk);
        let mut rows = Vec::new();
        for line in hunk.lines {
            let row = row(line);
            let Some(rest) = html.checked_sub(cost(&row)) else {
                (cut, *html) = (true, 0);
                break;
            };
            *html = rest;
            rows.push(row);
        }
        if !rows.is_empty() {
            hunks.push(Part { place, rows });
        }
        if cut {
            break;
        }
    }
    (Table { hunks }, cut)
}

/// Bytes that a row takes, escaped.
fn cost(row: &Row) -> usize {
    let escaped = |text: &str| {
        let longer = text.bytes().filter(|byte| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'')).count();
        text.len() + 4 * longer + ROW_HTML_BYTES.1
    };
    ROW_HTML_BYTES.0 + row.parts.iter().map(|(_, text)| escaped(text)).sum::<usize>()
}

/// `Lines 61 to 68`, of the new text unless it has none there.
fn place(hunk: &Hunk) -> String {
    let ends = |number: &dyn Fn(&Line) -> Option<usize>| {
        let mut numbers = hunk.lines.iter().filter_map(number);
        let first = numbers.next()?;
        Some((first, numbers.next_back().unwrap_or(first)))
    };
    match ends(&|line| line.after).or_else(|| ends(&|line| line.before)) {
        Some((first, last)) if first < last => format!("Lines {first} to {last}"),
        Some((first, _)) => format!("Line {first}"),
        None => String::new(),
    }
}

fn row(line: Line) -> Row {
    let number = |n: Option<usize>| n.map(|n| n.to_string()).unwrap_or_default();
    Row {
        sign: line.sign,
        before: number(line.before),
        after: number(line.after),
        parts: line.parts.into_iter().map(|(marked, text)| (marked, visible(&text))).collect(),
        cut: line.cut,
        crlf: line.crlf && line.sign != Sign::Same,
        unended: line.unended,
    }
}

/// A text in which nothing hides: control characters as their pictures, and those that turn the direction of a text or
/// have no picture by their number.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(c),
            '\0'..='\u{1f}' => shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => shown.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            // What is no character at all is an error in HTML.
            c if u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => {
                shown.push('\u{fffd}');
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
impl Table {
    pub(crate) fn sample() -> Table {
        use super::samples::text;
        let row = |sign| Row {
            sign,
            before: "9".into(),
            after: "10".into(),
            parts: vec![(false, text()), (true, text())],
            cut: true,
            crlf: true,
            unended: true,
        };
        let part = || Part { place: text(), rows: [Sign::Same, Sign::Removed, Sign::Added].map(row).into() };
        Table { hunks: vec![part(), part()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(visible("a\tb\r\u{1b}[0m é"), "a\tb␍␛[0m é");
        assert_eq!(visible("\u{202e}x\u{200b}\u{fffe}\u{7f}"), "⟨U+202E⟩x⟨U+200B⟩\u{fffd}␡");
    }
}
