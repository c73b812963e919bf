//! A Markdown text without its marks, for searching and for excerpts. It is no renderer: what it leaves is never shown as
//! HTML, only as text.

use crate::limits;

/// The words of a Markdown text as somebody reads it: code blocks, HTML tags, comments, pictures and the addresses of links
/// are left out. At most [`limits::SEARCH_TEXT_BYTES_MAX`].
pub fn plain(markdown: &str) -> String {
    let mut out = String::new();
    let mut fence = None;
    for line in markdown.lines() {
        let trimmed = line.trim();
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
            fence = match fence {
                None => Some(mark),
                Some(open) if open == mark => None,
                Some(open) => Some(open),
            };
            continue;
        }
        if fence.is_none() {
            push_line(&mut out, trimmed);
        }
        if out.len() > limits::SEARCH_TEXT_BYTES_MAX {
            break;
        }
    }
    out.truncate(out.floor_char_boundary(limits::SEARCH_TEXT_BYTES_MAX));
    out.truncate(out.trim_end().len());
    out
}

/// Adds a line's text, and a space.
fn push_line(out: &mut String, line: &str) {
    let before = out.len();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let width = c.len_utf8();
        rest = match c {
            '<' => behind(rest, ">").unwrap_or(&rest[width..]),
            ']' if rest.starts_with("](") => behind(rest, ")").unwrap_or(&rest[width..]),
            '#' | '*' | '`' | '|' | '[' | ']' | '!' | '>' | '_' | '~' | '=' | '\\' => {
                space(out);
                &rest[width..]
            }
            c if c.is_whitespace() || c.is_control() => {
                space(out);
                &rest[width..]
            }
            c => {
                out.push(c);
                &rest[width..]
            }
        };
    }
    if out.len() > before {
        space(out);
    }
}

fn behind<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    text.find(end).and_then(|at| text.get(at + end.len()..))
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_left() {
        let text = "# Head\n\nA **bold** [link](https://x.example/a) and ![alt](b.png).\n```py\ncode\n```\n<img src=x>\
            after\n| a | b |\n|---|---|\n~~~\nmore\n```\n~~~\nend";
        assert_eq!(plain(text), "Head A bold link and alt. after a b --- --- end");
    }

    #[test]
    fn bounded_and_never_in_the_middle_of_a_character() {
        let text = "é ".repeat(limits::SEARCH_TEXT_BYTES_MAX);
        assert!(plain(&text).len() <= limits::SEARCH_TEXT_BYTES_MAX);
        assert_eq!(plain("< never closed [x]( nor this"), "never closed x( nor this");
    }
}
