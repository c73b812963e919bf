//! The Markdown of a card as HTML that is safe to show: GitHub's flavour, formulas, coloured code, pictures and links
//! that lead into the repo, and nothing that runs, asks a third party, or looks like a part of the page itself.
//!
//! The way: `parse` makes a tree of the text; `walk` goes through it and tells `writer` which elements open and close,
//! those of raw HTML (`raw`, `elements`) like those of Markdown. The writer balances them, keeps to limits, and writes
//! only what `vocabulary` lists. `gate` parses all of it again as a browser would and lets pass what is allowed. Last,
//! formulas and code, which are our own, are put where the writer left room for them.

mod address;
mod alert;
mod elements;
pub(crate) mod escape;
mod footnotes;
mod gate;
mod ids;
mod math;
mod outline;
mod parse;
mod raw;
mod vocabulary;
mod walk;
mod writer;

use seedcorn_core::limits;

pub use address::{ID_PREFIX, Links};
pub use outline::Heading;

/// What a text became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// HTML for the inside of an `.prose` element.
    pub html: String,
    /// The outline, in the text's order. Levels begin at 2, below the page's own heading, and never skip one.
    pub headings: Vec<Heading>,
    /// The text of the first paragraph that is more than pictures, on one line, cut at a word's end after about 300
    /// characters; empty if there is none.
    pub first_paragraph: String,
    /// Whether a limit left something out; `html` then ends with a sentence that says so.
    pub cut: bool,
}

/// Renders a card without its metadata block (`seedcorn_core::card::split`), or any other Markdown file of a repo.
/// Never fails: what cannot be read as meant is shown as it is written.
///
/// This computes for up to some hundred milliseconds when a text is as long and as odd as
/// [`limits::MARKDOWN_BYTES_MAX`] permits, and for less than two when it is a common card.
pub fn render(source: &str, place: &dyn Links) -> Rendered {
    if source.len() > limits::MARKDOWN_BYTES_MAX {
        return plain(source, place);
    }
    let written = parse::with_tree(source, |root| walk::walk(root, place));
    written.map_or_else(|| plain(source, place), finish)
}

impl Rendered {
    /// The same with ids that begin with [`ID_PREFIX`] and a name, so that a page can hold several texts.
    #[must_use]
    pub fn among(self, name: &str) -> Rendered {
        Rendered { html: ids::among(&self.html, name), headings: Vec::new(), ..self }
    }
}

fn finish(written: writer::Written) -> Rendered {
    let html = gate::pass(&written.html, &written.slots);
    Rendered { html, headings: written.headings, first_paragraph: written.first_paragraph, cut: written.cut }
}

/// The beginning of a text as it is written.
fn plain(source: &str, place: &dyn Links) -> Rendered {
    let cut = source.len() > limits::MARKDOWN_BYTES_MAX;
    let end = source.floor_char_boundary(limits::MARKDOWN_BYTES_MAX);
    let mut writer = writer::Writer::new(place);
    writer.plain(source.get(..end).unwrap_or_default());
    let written = writer.finish();
    Rendered { cut: cut || written.cut, ..finish(written) }
}

#[cfg(test)]
mod tests;
