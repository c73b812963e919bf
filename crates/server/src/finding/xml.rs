//! XML that is written: what others wrote becomes text of it, whatever it holds.

/// A text within an element or within quotes. Characters that XML 1.0 (§2.2) knows no way to write become U+FFFD: one of
/// them would make the whole document void.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // As it is, a reader would make another character of it.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A text that stands on one line, such as a title or a name: with blanks for line ends and control characters.
pub(super) fn line(line: &str) -> String {
    let blank = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text(line.chars().map(blank).collect::<String>().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(
            text("]]><a b=\"c\" d='e'>&amp;"),
            "]]&gt;&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;"
        );
        assert_eq!(text("\0\u{1}\u{b}\u{1f}\u{fffe}\u{ffff}"), "\u{fffd}".repeat(6));
        assert_eq!(text("a\tb\nc\rd\u{7f}\u{1f600}"), "a\tb\nc&#13;d\u{7f}\u{1f600}");
        assert_eq!(line(" a\nb\u{0}\u{2028}c "), "a b  c");
    }
}
