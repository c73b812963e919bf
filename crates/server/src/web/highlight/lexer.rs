//! Cuts a source into pieces with a class, from left to right and never back.

use super::languages::{Language, Quote, Shape};

/// What a piece is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    Keyword,
    Str,
    Comment,
    Number,
}

impl Class {
    /// The stylesheet's name for it.
    pub(super) fn letter(self) -> char {
        match self {
            Class::Keyword => 'k',
            Class::Str => 's',
            Class::Comment => 'c',
            Class::Number => 'n',
        }
    }
}

/// A run of the source; joined, all pieces are the source again.
pub(super) type Piece<'a> = (Option<Class>, &'a str);

/// Takes `source` apart. At most `spans_max` pieces have a class; what follows is one piece without.
pub(super) fn pieces<'a>(language: &Language, source: &'a str, spans_max: usize) -> Vec<Piece<'a>> {
    let mut lexer =
        Lexer { language, source, at: 0, plain: 0, left: spans_max, in_tag: false, out: Vec::new() };
    lexer.run();
    lexer.out
}

struct Lexer<'a, 'l> {
    language: &'l Language,
    source: &'a str,
    /// The byte that is looked at.
    at: usize,
    /// Where the run without a class began that ends here.
    plain: usize,
    /// Coloured pieces that may still come.
    left: usize,
    /// Within `<…>` of markup.
    in_tag: bool,
    out: Vec<Piece<'a>>,
}

impl<'a> Lexer<'a, '_> {
    fn run(&mut self) {
        while self.at < self.source.len() && self.left > 0 {
            let new_line = self.at == 0 || self.byte_before() == Some(b'\n');
            if new_line && self.line_start() {
                continue;
            }
            if !(self.comment() || self.string() || self.sign() || self.word()) {
                self.at += 1;
            }
        }
        self.flush(self.source.len());
    }

    fn rest(&self) -> &'a [u8] {
        self.source.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> u8 {
        self.rest().first().copied().unwrap_or_default()
    }

    fn byte_before(&self) -> Option<u8> {
        self.at.checked_sub(1).and_then(|at| self.source.as_bytes().get(at)).copied()
    }

    fn line_end(&self) -> usize {
        let rest = self.rest();
        self.at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    /// Ends the run without a class at `end`.
    fn flush(&mut self, end: usize) {
        if let Some(text) = self.source.get(self.plain..end).filter(|text| !text.is_empty()) {
            self.out.push((None, text));
        }
        self.plain = end;
    }

    /// From here to `end` is one piece of this class. Ends are found at ASCII bytes, or where such a run ends, so they
    /// never lie within a character.
    fn take(&mut self, class: Class, end: usize) -> bool {
        let Some(text) = self.source.get(self.at..end).filter(|text| !text.is_empty()) else { return false };
        self.flush(self.at);
        self.out.push((Some(class), text));
        self.left -= 1;
        self.at = end;
        self.plain = end;
        true
    }

    /// What only the start of a line decides. Says whether it moved on.
    fn line_start(&mut self) -> bool {
        let end = self.line_end();
        match (self.language.shape, self.byte()) {
            (Shape::Diff, b'+') => self.take(Class::Str, end),
            (Shape::Diff, b'-') => self.take(Class::Comment, end),
            (Shape::Diff, b'@' | b'd' | b'i') | (Shape::Markdown, b'#') => self.take(Class::Keyword, end),
            (Shape::Diff, _) => {
                self.at = (end + 1).min(self.source.len());
                true
            }
            (Shape::Markdown, b'>') => self.take(Class::Comment, end),
            (Shape::Markdown, b'`') if self.rest().starts_with(b"```") => self.fence(end),
            (Shape::Toml, b'[') => self.take(Class::Keyword, end),
            (Shape::Toml, _) => self.key(end, b'='),
            (Shape::Yaml, _) => self.key(end, b':'),
            _ => false,
        }
    }

    fn fence(&mut self, line_end: usize) -> bool {
        let behind = self.source.get(line_end..).unwrap_or_default();
        let close = behind.find("\n```").map_or(self.source.len(), |at| line_end + at + 4);
        self.take(Class::Str, close)
    }

    /// A key at the line's start, behind spaces and dashes: only the sign behind it makes it one.
    fn key(&mut self, line_end: usize, sign: u8) -> bool {
        let line = self.source.as_bytes().get(self.at..line_end).unwrap_or_default();
        let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'-')).count();
        let word = line.get(indent..).unwrap_or_default();
        let name = word.iter().take_while(|byte| part_of_key(**byte)).count();
        let gap = word.iter().skip(name).take_while(|byte| **byte == b' ').count();
        let mut behind = word.iter().skip(name + gap);
        let is_key = name > 0
            && behind.next() == Some(&sign)
            && (sign != b':' || behind.next().is_none_or(u8::is_ascii_whitespace));
        if is_key {
            self.at += indent;
            self.take(Class::Keyword, self.at + name);
        }
        is_key
    }

    fn comment(&mut self) -> bool {
        let rest = self.rest();
        if let Some((open, close)) = self.language.block.filter(|(open, _)| rest.starts_with(open.as_bytes()))
        {
            let inside = self.source.get(self.at + open.len()..).unwrap_or_default();
            let end =
                inside.find(close).map_or(self.source.len(), |at| self.at + open.len() + at + close.len());
            return self.take(Class::Comment, end);
        }
        let opens = self.language.comment.iter().any(|mark| rest.starts_with(mark.as_bytes()));
        // `a#b` and `https://` are no comments.
        let apart = self.byte_before().is_none_or(|byte| !part_of_word(byte) && !matches!(byte, b':' | b'$'));
        opens && apart && self.take(Class::Comment, self.line_end())
    }

    fn string(&mut self) -> bool {
        if self.language.shape == Shape::Markup && !self.in_tag || self.language.shape == Shape::Markdown {
            return false;
        }
        if self.language.lifetimes && self.byte() == b'\'' {
            return self.character();
        }
        let rest = self.rest();
        let quote = self.language.quotes.iter().find(|quote| rest.starts_with(quote.mark.as_bytes()));
        let Some(quote) = quote else { return false };
        let end = self.string_end(quote);
        let class = if self.is_json_key(end) { Class::Keyword } else { Class::Str };
        self.take(class, end)
    }

    fn string_end(&self, quote: &Quote) -> usize {
        let (bytes, mark) = (self.source.as_bytes(), quote.mark.as_bytes());
        let mut at = self.at + mark.len();
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if quote.escapes => at += 2,
                b'\n' if !quote.lines => return at,
                _ if bytes.get(at..).is_some_and(|rest| rest.starts_with(mark)) => return at + mark.len(),
                _ => at += 1,
            }
        }
        bytes.len()
    }

    fn is_json_key(&self, end: usize) -> bool {
        let behind = self.source.as_bytes().get(end..).unwrap_or_default();
        self.language.shape == Shape::Json && behind.iter().find(|byte| **byte != b' ') == Some(&b':')
    }

    /// `'a'` and `'\n'`; anything else behind the sign is a lifetime's name.
    fn character(&mut self) -> bool {
        let mut chars = self.source.get(self.at + 1..).unwrap_or_default().char_indices();
        let inside = match chars.next() {
            Some((_, '\\')) => self.source.get(self.at + 2..self.line_end()).and_then(|rest| rest.find('\'')),
            Some((_, _)) => chars.next().filter(|(_, next)| *next == '\'').map(|(at, _)| at - 1),
            None => None,
        };
        match inside {
            Some(inside) => self.take(Class::Str, self.at + inside + 3),
            None => false,
        }
    }

    /// A sign that makes the word behind it a keyword, and the names of markup.
    fn sign(&mut self) -> bool {
        let markup = self.language.shape == Shape::Markup;
        match self.byte() {
            b'<' if markup => {
                self.in_tag = true;
                self.at += if self.rest().starts_with(b"</") { 2 } else { 1 };
                self.take(Class::Keyword, self.word_end());
                true
            }
            b'>' if markup => {
                self.in_tag = false;
                self.at += 1;
                true
            }
            byte if self.language.sigil == Some(byte) => {
                let name = self.rest().iter().skip(1).take_while(|byte| part_of_word(**byte)).count();
                name > 0 && self.take(Class::Keyword, self.at + 1 + name)
            }
            _ => false,
        }
    }

    fn word_end(&self) -> usize {
        self.at + self.rest().iter().take_while(|byte| part_of_word(**byte)).count()
    }

    /// A whole word or number, coloured or not.
    fn word(&mut self) -> bool {
        let first = self.byte();
        if !part_of_word(first) {
            return false;
        }
        let end = self.word_end();
        if self.language.shape == Shape::Markup || self.language.shape == Shape::Markdown {
            self.at = end;
            return true;
        }
        if first.is_ascii_digit() {
            let more = self.rest().iter().take_while(|byte| part_of_word(**byte) || **byte == b'.').count();
            return self.take(Class::Number, self.at + more);
        }
        let word = self.source.get(self.at..end).unwrap_or_default();
        if self.is_keyword(word) {
            return self.take(Class::Keyword, end);
        }
        self.at = end;
        true
    }

    fn is_keyword(&self, word: &str) -> bool {
        // No keyword is longer; a long word would be compared for nothing.
        let mut keywords = self.language.keywords.split(' ').filter(|_| word.len() <= 12);
        match self.language.any_case {
            true => keywords.any(|keyword| keyword.eq_ignore_ascii_case(word)),
            false => keywords.any(|keyword| keyword == word),
        }
    }
}

/// Bytes beyond ASCII count, so that a piece never ends within a character.
fn part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn part_of_key(byte: u8) -> bool {
    part_of_word(byte) || matches!(byte, b'.' | b'-' | b'/' | b'"' | b'\'')
}
