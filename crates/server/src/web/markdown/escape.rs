//! Text into HTML, and the character references of HTML into text.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;

/// The longest name of a character that HTML knows, and its semicolon.
const REFERENCE_BYTES_MAX: usize = 33;

/// Adds `text` as the content of an element.
pub(crate) fn text(html: &mut String, text: &str) {
    escape(html, text, |byte| matches!(byte, b'&' | b'<' | b'>'));
}

/// Adds `value` as an attribute's value between double quotes.
pub(crate) fn attribute(html: &mut String, value: &str) {
    escape(html, value, |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\''));
}

/// Bytes that `value` has at most as an attribute's value.
pub(super) fn attribute_length(value: &str) -> usize {
    value.len() + 5 * value.bytes().filter(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')).count()
}

/// Bytes that `text` has at most as an element's content.
pub(super) fn text_length(text: &str) -> usize {
    text.len() + 4 * text.bytes().filter(|byte| matches!(byte, b'&' | b'<' | b'>')).count()
}

fn escape(html: &mut String, text: &str, special: impl Fn(u8) -> bool) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(&special) {
        let (before, behind) = rest.split_at(at);
        html.push_str(before);
        html.push_str(match behind.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "&#39;",
        });
        rest = behind.get(1..).unwrap_or_default();
    }
    html.push_str(rest);
}

/// Replaces `&amp;`, `&#65;` and all others; what is no reference stays.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let (before, mut rest) = text.split_at(first);
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(before);
    while !rest.is_empty() {
        let read = reference(rest, &mut decoded);
        let rest_behind = rest.get(read..).unwrap_or_default();
        // A sign that begins no reference is text itself.
        let text_bytes = if read == 0 { 1 } else { 0 };
        let end = rest_behind.get(text_bytes..).and_then(|more| more.find('&'));
        let end = end.map_or(rest_behind.len(), |at| at + text_bytes);
        let (plain, more) = rest_behind.split_at(end);
        decoded.push_str(plain);
        rest = more;
    }
    Cow::Owned(decoded)
}

/// Adds the character that `rest` refers to at its start and says how many bytes that took; 0 if it is none.
fn reference(rest: &str, decoded: &mut String) -> usize {
    let end = rest.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';');
    let Some((end, name)) = end.and_then(|end| Some((end, rest.get(1..=end)?))) else { return 0 };
    let code = match name.strip_prefix('#').map(|number| number.trim_end_matches(';')) {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        },
        None => None,
    };
    if let Some(code) = code {
        let character = char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}');
        decoded.push(character);
        return end + 1;
    }
    let Some((one, two)) = NAMED_ENTITIES.get(name).filter(|(one, _)| *one != 0) else { return 0 };
    decoded.extend([*one, *two].into_iter().filter(|code| *code != 0).filter_map(char::from_u32));
    end + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        let cases = [
            ("a&amp;b", "a&b"),
            ("&#65;&#x42;&#X43;", "ABC"),
            ("&eacute;&NotEqualTilde;", "é≂\u{338}"),
            ("&colon;&Tab;", ":\t"),
            ("& &; &nope; &amp &#; &#x; &#99999999999;", "& &; &nope; &amp &#; &#x; &#99999999999;"),
            ("&#0;&#xD800;", "\u{fffd}\u{fffd}"),
            ("&&lt;&", "&<&"),
            ("é&é;é", "é&é;é"),
        ];
        for (source, expected) in cases {
            assert_eq!(decode(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_special_is_escaped() {
        let mut html = String::new();
        text(&mut html, "a<b>&\"é");
        attribute(&mut html, "'\"&");
        assert_eq!(html, "a&lt;b&gt;&amp;\"é&#39;&quot;&amp;");
    }
}
