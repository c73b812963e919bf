//! Which elements, attributes and classes a rendered text may have: the one list, for the writer and for the gate.

/// How an element behaves among others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Has neither content nor end.
    Void,
    /// Ends an open paragraph.
    Block,
    /// A part of a table that stands between the table and its cells' content.
    Table,
    /// Text, and what stands within text.
    Inline,
}

use Kind::{Block, Inline, Table, Void};

/// Elements that may be written, with the attributes each may have besides [`EVERYWHERE`].
pub(super) const ELEMENTS: [(&str, Kind, &[&str]); 58] = [
    ("a", Inline, &["href", "title", "rel", "aria-label"]),
    ("abbr", Inline, &["title"]),
    ("audio", Inline, &["src", "controls", "preload"]),
    ("b", Inline, &[]),
    ("bdi", Inline, &[]),
    ("blockquote", Block, &[]),
    ("br", Void, &[]),
    ("caption", Table, &[]),
    ("cite", Inline, &[]),
    ("code", Inline, &[]),
    ("dd", Block, &[]),
    ("del", Inline, &[]),
    ("details", Block, &["open"]),
    ("dfn", Inline, &[]),
    ("div", Block, &["role", "tabindex", "aria-label"]),
    ("dl", Block, &[]),
    ("dt", Block, &[]),
    ("em", Inline, &[]),
    ("figcaption", Block, &[]),
    ("figure", Block, &[]),
    ("h2", Block, &[]),
    ("h3", Block, &[]),
    ("h4", Block, &[]),
    ("h5", Block, &[]),
    ("h6", Block, &[]),
    ("hr", Void, &[]),
    ("i", Inline, &[]),
    ("img", Void, &["src", "alt", "title", "width", "height", "loading", "decoding"]),
    ("ins", Inline, &[]),
    ("kbd", Inline, &[]),
    ("li", Block, &[]),
    ("mark", Inline, &[]),
    ("ol", Block, &["start"]),
    ("p", Block, &[]),
    ("pre", Block, &["tabindex"]),
    ("q", Inline, &[]),
    ("s", Inline, &[]),
    ("samp", Inline, &[]),
    ("small", Inline, &[]),
    ("source", Void, &["src"]),
    ("span", Inline, &["role", "aria-label"]),
    ("strong", Inline, &[]),
    ("sub", Inline, &[]),
    ("summary", Block, &[]),
    ("sup", Inline, &[]),
    ("table", Block, &[]),
    ("tbody", Table, &[]),
    ("td", Table, &["colspan", "rowspan"]),
    ("tfoot", Table, &[]),
    ("th", Table, &["colspan", "rowspan", "scope"]),
    ("thead", Table, &[]),
    ("tr", Table, &[]),
    ("u", Inline, &[]),
    ("ul", Block, &[]),
    ("var", Inline, &[]),
    ("video", Inline, &["src", "controls", "preload", "width", "height"]),
    ("wbr", Void, &[]),
    ("time", Inline, &[]),
];

/// Attributes that any element may have.
pub(super) const EVERYWHERE: [&str; 2] = ["id", "class"];

/// The values of `class`, each whole.
pub(super) const CLASSES: [&str; 16] = [
    CENTER,
    LEFT,
    RIGHT,
    FLOAT_LEFT,
    FLOAT_RIGHT,
    "num",
    "ledger",
    "scroll",
    "fold",
    "task",
    "code",
    "footnotes",
    "notice",
    "notice notice-ok",
    "notice notice-warn",
    "notice notice-bad",
];

/// Text in the middle.
pub(super) const CENTER: &str = "al-c";
/// Text at the left.
pub(super) const LEFT: &str = "al-l";
/// Text at the right.
pub(super) const RIGHT: &str = "al-r";
/// A picture at the left, with text around it.
pub(super) const FLOAT_LEFT: &str = "fl-l";
/// A picture at the right, with text around it.
pub(super) const FLOAT_RIGHT: &str = "fl-r";

/// Elements whose content is never text of the page: it is left out with them.
pub(super) const SWALLOWED: [&str; 14] = [
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// The element of that name as the table spells it, and its kind.
pub(super) fn element(name: &str) -> Option<(&'static str, Kind)> {
    ELEMENTS.iter().find(|(known, ..)| *known == name).map(|(known, kind, _)| (*known, *kind))
}
