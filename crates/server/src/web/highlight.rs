//! Source code as HTML in the design's five classes: `k` keyword, `s` string, `c` comment, `n` number, `p` prompt.
//!
//! Not a grammar: a lexer by table, which knows comments, strings, numbers and words. It looks at each byte once or
//! twice, cannot fail, and colours no more than [`limits::HIGHLIGHT_SPANS_MAX`] pieces.

mod languages;
mod lexer;

use seedcorn_core::limits;

use self::languages::{Language, Shape};
use self::lexer::{Class, Piece, pieces};
use super::markdown::escape;

/// The name under which a file's language is known here, by its path; `None` for one that is not known.
pub fn language_of(path: &str) -> Option<&'static str> {
    languages::of_path(path).map(|language| language.name)
}

/// How a language is called on a page; `None` for one that is not known. Takes what stands behind the fence of a block
/// of code, such as `py`, in any case.
pub fn label(language: &str) -> Option<&'static str> {
    languages::named(language).map(|language| language.label)
}

/// The inside of a `<code>`: `source` escaped and coloured. A language that is not known, or a source longer than
/// [`limits::HIGHLIGHT_BYTES_MAX`], is only escaped. In a shell's lines the prompt `$ ` becomes class `p`, whose sign
/// the stylesheet draws, so that it is not copied.
pub fn highlight(language: &str, source: &str) -> String {
    let mut html = String::with_capacity(source.len() + source.len() / 4);
    match languages::named(language).filter(|_| source.len() <= limits::HIGHLIGHT_BYTES_MAX) {
        None => escape::text(&mut html, source),
        Some(known) if known.shape == Shape::Shell && has_prompt(source) => session(known, source, &mut html),
        Some(known) => {
            for piece in pieces(known, source, limits::HIGHLIGHT_SPANS_MAX) {
                span(&mut html, piece);
            }
        }
    }
    html
}

/// As [`highlight`], line by line, without the line ends and with prompts as they are: each line is whole HTML, for
/// pages of files whose lines have anchors. `\n` and `\r\n` end a line; after a last line end there is no further line.
pub fn highlight_lines(language: &str, source: &str) -> Vec<String> {
    let known = languages::named(language).filter(|_| source.len() <= limits::HIGHLIGHT_BYTES_MAX);
    let source = &source.replace("\r\n", "\n");
    let all = match known {
        Some(known) => pieces(known, source, limits::HIGHLIGHT_SPANS_MAX),
        None => vec![(None, source.as_str())],
    };
    let mut lines = vec![String::new()];
    for (class, text) in all {
        for (n, part) in text.split('\n').enumerate() {
            if n > 0 {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                span(line, (class, part));
            }
        }
    }
    if source.is_empty() || source.ends_with('\n') {
        lines.pop();
    }
    lines
}

fn span(html: &mut String, (class, text): Piece<'_>) {
    match class {
        None => escape::text(html, text),
        Some(class) => {
            html.push_str("<span class=\"");
            html.push(class.letter());
            html.push_str("\">");
            escape::text(html, text);
            html.push_str("</span>");
        }
    }
}

fn has_prompt(source: &str) -> bool {
    source.lines().any(|line| line.starts_with("$ "))
}

/// Commands behind prompts, and what they answer.
fn session(language: &Language, source: &str, html: &mut String) {
    let mut left = limits::HIGHLIGHT_SPANS_MAX;
    for line in source.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        match line.strip_prefix("$ ") {
            Some(command) if left > 0 => {
                html.push_str("<span class=\"p\">");
                let found = pieces(language, command, left);
                left = left.saturating_sub(1 + found.len());
                found.into_iter().for_each(|piece| span(html, piece));
                html.push_str("</span>");
            }
            _ if line.starts_with('#') && left > 0 => {
                left -= 1;
                span(html, (Some(Class::Comment), line));
            }
            _ => escape::text(html, line),
        }
        html.push_str(end);
    }
}

#[cfg(test)]
mod tests;
