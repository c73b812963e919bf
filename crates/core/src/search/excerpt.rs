//! The part of a text that shows best why it was found.

use super::{Wanted, fold, runs};

/// A piece of an excerpt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The text, as it stands in the source.
    pub text: String,
    /// Whether it is a word that was asked for.
    pub hit: bool,
}

/// A word of the text.
struct Word {
    start: usize,
    end: usize,
    /// Which of the wanted words begins it.
    hit: Option<usize>,
}

/// About `chars` characters of a text around the place where most of the wanted words stand close together, cut at words;
/// the whole text if it is short. Without any hit, its beginning.
pub fn excerpt(text: &str, wanted: &Wanted, chars: usize) -> Vec<Piece> {
    let found: Vec<Word> = runs(text)
        .map(|(start, end)| {
            let word = fold(&text[start..end]);
            Word { start, end, hit: wanted.words().iter().position(|wanted| word.starts_with(&**wanted)) }
        })
        .collect();
    let window = best(&found, chars);
    let Some((first, last)) = window.and_then(|(from, to)| Some((found.get(from)?, found.get(to)?))) else {
        return Vec::new();
    };
    let (start, end) = (first.start, last.end);
    let mut pieces = Vec::new();
    let mut at = start;
    if start > 0 {
        push(&mut pieces, "… ", false);
    }
    for word in found.iter().filter(|word| word.start >= start && word.end <= end && word.hit.is_some()) {
        push(&mut pieces, &text[at..word.start], false);
        push(&mut pieces, &text[word.start..word.end], true);
        at = word.end;
    }
    // A full stop or bracket right behind the last word belongs to it.
    let tail = text[end..].chars().take_while(|c| !c.is_whitespace() && !c.is_alphanumeric()).take(3);
    let tail: usize = tail.map(char::len_utf8).sum();
    push(&mut pieces, &text[at..end + tail], false);
    if end + tail < text.trim_end().len() {
        push(&mut pieces, " …", false);
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, hit: bool) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), hit });
    }
}

/// The first and last word of the window with most different hits, the earliest of equals.
fn best(found: &[Word], chars: usize) -> Option<(usize, usize)> {
    // Bytes are as good as characters for a width that is rough anyhow.
    let fits = |from: usize, to: usize| found[to].end - found[from].start <= chars;
    let (mut best, mut best_hits, mut to) = (None, 0, 0);
    let mut seen = vec![0_usize; found.iter().filter_map(|word| word.hit).max().map_or(0, |hit| hit + 1)];
    for from in 0..found.len() {
        while to < found.len() && (to == from || fits(from, to)) {
            if let Some(count) = found[to].hit.and_then(|hit| seen.get_mut(hit)) {
                *count += 1;
            }
            to += 1;
        }
        let hits = seen.iter().filter(|count| **count > 0).count();
        if best.is_none() || hits > best_hits {
            (best, best_hits) = (Some((from, to.saturating_sub(1))), hits);
        }
        if let Some(count) = found[from].hit.and_then(|hit| seen.get_mut(hit)) {
            *count -= 1;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, query: &str, chars: usize) -> String {
        let pieces = excerpt(text, &Wanted::read(query), chars);
        let show = |piece: Piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text };
        pieces.into_iter().map(show).collect()
    }

    #[test]
    fn hits_are_marked_as_they_stand() {
        assert_eq!(shown("A Small model.", "smal mod", 100), "A [Small] [model].");
        assert_eq!(shown("Nothing here", "x", 100), "Nothing here");
        assert_eq!(shown("", "x", 100), "");
        assert_eq!(shown("… !", "x", 100), "");
    }

    #[test]
    fn the_densest_window_is_shown() {
        let text = format!(
            "{} speech {} speech recognition in Norwegian {}",
            "aa ".repeat(60),
            "bb ".repeat(60),
            "cc ".repeat(60)
        );
        let shown = shown(&text, "norwegian speech", 60);
        assert!(shown.starts_with("… ") && shown.ends_with(" …"), "{shown}");
        assert!(shown.contains("[speech] recognition in [Norwegian]"), "{shown}");
    }

    #[test]
    fn a_single_endless_word_is_shown_whole() {
        let text = "é".repeat(300);
        assert_eq!(shown(&text, "é", 10), format!("[{text}]"));
    }
}
