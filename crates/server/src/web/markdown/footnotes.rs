//! Footnotes: the numbers in the text, and the list at its end.

use super::address::ID_PREFIX;
use super::writer::Writer;

/// Writes the `repeat`-th reference (from 1) to a footnote by its number.
pub(super) fn reference(writer: &mut Writer<'_>, number: u32, repeat: u32) {
    let number = number.to_string();
    let href = format!("#{ID_PREFIX}fn-{number}");
    let id = format!("{ID_PREFIX}fnref-{number}-{repeat}");
    writer.open("sup", &[]);
    let mut attributes = vec![("href", href.as_str())];
    if writer.outline.claim(&id) {
        attributes.push(("id", &id));
    }
    writer.open("a", &attributes);
    writer.text(&number);
    writer.close("a");
    writer.close("sup");
}

/// Opens the list.
pub(super) fn open_list(writer: &mut Writer<'_>) {
    writer.close_down_to(0);
    writer.open("div", &[("class", "footnotes")]);
    writer.open("ol", &[]);
}

/// Opens a footnote.
pub(super) fn open(writer: &mut Writer<'_>, number: u32) {
    let id = format!("{ID_PREFIX}fn-{number}");
    let attributes: &[(&'static str, &str)] = &[("id", &id)];
    let free = writer.outline.claim(&id);
    writer.open("li", if free { attributes } else { &[] });
}

/// Ends a footnote with the way back.
pub(super) fn close(writer: &mut Writer<'_>, number: u32) {
    writer.close("p");
    let (href, label) = (format!("#{ID_PREFIX}fnref-{number}-1"), format!("Back to {number} in the text"));
    writer.open("a", &[("href", &href), ("aria-label", &label)]);
    writer.text("↩");
    writer.close("a");
    writer.close("li");
}
