//! Cuts raw HTML within Markdown into tags and text. It need not agree with browsers on odd input: what comes out is
//! written anew, balanced and escaped, and `gate` reads that as a browser does.

use seedcorn_core::limits;

use super::vocabulary::SWALLOWED;

/// Bytes of an element's name; no known one is longer.
const NAME_BYTES_MAX: usize = 16;

/// A piece of raw HTML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    /// Text, with its character references.
    Text(&'a str),
    /// A start tag, its name in lower case.
    Start(Tag<'a>),
    /// An end tag.
    End(String),
    /// The start tag of an element that is left out with its content, of which this literal did not have the end.
    Swallowed(String),
}

/// A start tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tag<'a> {
    /// In lower case.
    pub(super) name: String,
    /// Names and values as written, the first [`limits::MARKDOWN_ATTRIBUTES_MAX`] of them.
    attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    /// The value of an attribute, character references read; the first one counts, as in browsers.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| super::escape::decode(value).into_owned())
    }
}

/// Reads a literal from left to right.
pub(super) fn tokens(literal: &str) -> Tokens<'_> {
    Tokens { rest: literal }
}

/// See [`tokens`].
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                let text = self.up_to(self.rest.find('<').unwrap_or(self.rest.len()));
                return Some(Token::Text(text));
            }
            match self.rest.as_bytes().get(1) {
                Some(b'!') if self.rest.starts_with("<!--") => self.skip_behind("-->"),
                Some(b'!' | b'?') => self.skip_behind(">"),
                Some(b'/') => match self.end_tag() {
                    Some(name) => return Some(Token::End(name)),
                    None => self.skip_behind(">"),
                },
                Some(byte) if byte.is_ascii_alphabetic() => {
                    if let Some(token) = self.start_tag() {
                        return Some(token);
                    }
                }
                _ => return Some(Token::Text(self.up_to(1))),
            }
        }
        None
    }
}

fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')
}

impl<'a> Tokens<'a> {
    fn up_to(&mut self, end: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Drops all up to and with `end`; all, if it does not come.
    fn skip_behind(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
    }

    /// The name at the start, which ends at a space, `/`, `>` or, if `equals`, at `=`.
    fn name(&mut self, equals: bool) -> &'a str {
        let ends = |byte: u8| ends_name(byte) || equals && byte == b'=';
        self.up_to(self.rest.bytes().position(ends).unwrap_or(self.rest.len()))
    }

    fn end_tag(&mut self) -> Option<String> {
        let mut inside = Tokens { rest: self.rest.strip_prefix("</")? };
        if !inside.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let name = inside.name(false);
        inside.skip_behind(">");
        self.rest = inside.rest;
        (name.len() <= NAME_BYTES_MAX).then(|| name.to_ascii_lowercase())
    }

    /// `None` if the tag has no end, or a name too long to be known: then it is dropped.
    fn start_tag(&mut self) -> Option<Token<'a>> {
        _ = self.up_to(1);
        let name = self.name(false);
        let mut attributes = Vec::new();
        loop {
            self.skip_spaces();
            if self.rest.is_empty() {
                return None;
            } else if self.rest.starts_with('>') {
                _ = self.up_to(1);
                break;
            }
            let attribute = self.attribute();
            if attributes.len() < limits::MARKDOWN_ATTRIBUTES_MAX {
                attributes.push(attribute);
            }
        }
        if name.len() > NAME_BYTES_MAX {
            return None;
        }
        let name = name.to_ascii_lowercase();
        if SWALLOWED.contains(&name.as_str()) {
            return self.swallow(name);
        }
        Some(Token::Start(Tag { name, attributes }))
    }

    fn attribute(&mut self) -> (&'a str, &'a str) {
        // A name may begin with `=`, oddly; the first byte is always taken, so that this gets on.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let behind = self.rest.get(first..).unwrap_or_default();
        let more = behind.bytes().position(|byte| ends_name(byte) || byte == b'=').unwrap_or(behind.len());
        let name = self.up_to(first + more);
        let Some(value) = self.rest.trim_ascii_start().strip_prefix('=') else { return (name, "") };
        self.rest = value.trim_ascii_start();
        for quote in ['"', '\''] {
            if let Some(quoted) = self.rest.strip_prefix(quote) {
                let (value, rest) = quoted.split_once(quote).unwrap_or(("", ""));
                self.rest = rest;
                return (name, value);
            }
        }
        let end = self.rest.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'>');
        (name, self.up_to(end.unwrap_or(self.rest.len())))
    }

    /// Drops the content of an element up to its end tag.
    fn swallow(&mut self, name: String) -> Option<Token<'a>> {
        loop {
            self.rest = match self.rest.find("</") {
                Some(at) => self.rest.get(at..).unwrap_or_default(),
                None => {
                    self.rest = "";
                    return Some(Token::Swallowed(name));
                }
            };
            let behind = self.rest.get(2..).unwrap_or_default();
            let same = behind.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(&name));
            if same && behind.as_bytes().get(name.len()).is_none_or(|byte| ends_name(*byte)) {
                self.skip_behind(">");
                return None;
            }
            _ = self.up_to(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(literal: &str) -> Vec<String> {
        let show = |token| match token {
            Token::Text(text) => text.to_owned(),
            Token::Start(tag) => format!("<{} {:?}>", tag.name, tag.attributes),
            Token::End(name) => format!("</{name}>"),
            Token::Swallowed(name) => format!("({name}"),
        };
        tokens(literal).map(show).collect()
    }

    #[test]
    fn tags_as_they_are_written() {
        assert_eq!(read("a<B>b</B >"), ["a", "<b []>", "b", "</b>"]);
        assert_eq!(
            read("<img src = 'a b' ALT=\"<x>\" width=1/><br/>"),
            ["<img [(\"src\", \"a b\"), (\"ALT\", \"<x>\"), (\"width\", \"1/\")]>", "<br []>"]
        );
        assert_eq!(read("<a =b c==d>"), ["<a [(\"=b\", \"\"), (\"c\", \"=d\")]>"]);
        assert_eq!(read("1 < 2 <3"), ["1 ", "<", " 2 ", "<", "3"]);
        assert_eq!(read("a<!-- <b> --><?c?><!d>e</>f</ g>h"), ["a", "e", "f", "h"]);
        assert_eq!(read("a<b title=\"never ends"), ["a"]);
        assert_eq!(read("<a-very-long-name-that-nobody-knows>x"), ["x"]);
    }

    #[test]
    fn what_is_no_text_is_swallowed() {
        assert_eq!(read("a<script>b</scripts></SCRIPT >c"), ["a", "c"]);
        assert_eq!(read("<svg><b>x</b></svg>y"), ["y"]);
        assert_eq!(read("<style>never ends"), ["(style"]);
        assert_eq!(read("<title></tit"), ["(title"]);
    }

    #[test]
    fn attributes_are_decoded_and_bounded() {
        let Some(Token::Start(tag)) = tokens("<a href='j&#97;v&colon;' HREF=2>").next() else {
            panic!("no tag");
        };
        assert_eq!(tag.get("href").as_deref(), Some("jav:"));
        let many = format!("<a{}>", " x".repeat(100_000));
        let Some(Token::Start(tag)) = tokens(&many).next() else { panic!("no tag") };
        assert_eq!(tag.attributes.len(), limits::MARKDOWN_ATTRIBUTES_MAX);
    }
}
