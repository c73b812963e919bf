//! Writes elements so that they are balanced, nest as HTML's rules want, and stay within limits: whatever is asked of
//! it, a browser makes the same tree of its output as it had in mind.

mod headings;

use seedcorn_core::limits;

use super::address::Links;
use super::escape;
use super::outline::{Heading, Outline, one_line};
use super::vocabulary::{Kind, element};

/// Levels that a table needs within: itself, a section, a row, a cell and what stands in it.
const TABLE_LEVELS: usize = 6;

/// Skipped elements in which the partner of an end tag is looked for.
const SKIPPED_SEARCH_MAX: usize = 64;

/// An element that is open.
struct Open {
    tag: &'static str,
    /// Where in the output it begins, and where its content does.
    start: usize,
    inside: usize,
    /// What follows its end tag.
    behind: &'static str,
}

/// A heading that is open.
struct OpenHeading {
    level: u8,
    id: Option<String>,
    text: String,
}

/// Attributes as names and values.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// What was written.
pub(super) struct Written {
    /// With an element `<hr id="slot-N">` or `<wbr id="slot-N">` for each slot.
    pub(super) html: String,
    /// Our own HTML for the slots.
    pub(super) slots: Vec<String>,
    pub(super) headings: Vec<Heading>,
    pub(super) first_paragraph: String,
    /// Whether something was left out.
    pub(super) cut: bool,
}

/// See the module.
pub(super) struct Writer<'p> {
    pub(super) place: &'p dyn Links,
    pub(super) outline: Outline,
    out: String,
    stack: Vec<Open>,
    /// Elements that were too deep, whose end tags will come.
    skipped: Vec<&'static str>,
    slots: Vec<String>,
    slot_bytes: usize,
    elements: usize,
    tables: usize,
    heading: Option<OpenHeading>,
    paragraph: Option<String>,
    first_paragraph: Option<String>,
    cut: bool,
}

impl<'p> Writer<'p> {
    pub(super) fn new(place: &'p dyn Links) -> Writer<'p> {
        Writer {
            place,
            outline: Outline::default(),
            out: String::new(),
            stack: Vec::new(),
            skipped: Vec::new(),
            slots: Vec::new(),
            slot_bytes: 0,
            elements: 0,
            tables: 0,
            heading: None,
            paragraph: None,
            first_paragraph: None,
            cut: false,
        }
    }

    /// Whether there is room for `bytes` more and an element.
    fn has_room(&mut self, bytes: usize) -> bool {
        let used = self.out.len() + self.slot_bytes;
        let full =
            used + bytes > limits::MARKDOWN_HTML_BYTES_MAX || self.elements >= limits::MARKDOWN_ELEMENTS_MAX;
        self.cut |= full;
        !self.cut
    }

    /// Whether an element of this name is open, not looking out of a table's cell.
    pub(super) fn within(&self, tag: &str) -> bool {
        self.find(tag).is_some()
    }

    fn find(&self, tag: &str) -> Option<usize> {
        let in_table = matches!(element(tag), Some((_, Kind::Table)));
        for (at, open) in self.stack.iter().enumerate().rev() {
            let wall = match in_table {
                true => open.tag == "table",
                false => matches!(open.tag, "table" | "td" | "th" | "caption"),
            };
            if open.tag == tag {
                return Some(at);
            } else if wall || tag == "li" && matches!(open.tag, "ul" | "ol") {
                return None;
            }
        }
        None
    }

    /// Opens an element, or writes it if it is void. An unknown one is passed over, and its end with it.
    pub(super) fn open(&mut self, tag: &str, attributes: Attributes<'_>) {
        let Some((tag, kind)) = element(tag) else { return };
        if !self.has_room(length(tag, attributes)) || !self.make_way(tag, kind) {
            return;
        }
        match kind {
            Kind::Void => _ = self.write_start(tag, attributes),
            _ => self.push(tag, kind, attributes, None),
        }
    }

    /// Opens an element in a `div` of its own.
    fn open_boxed(&mut self, around: Attributes<'_>, tag: &str, attributes: Attributes<'_>) {
        let Some((tag, kind)) = element(tag) else { return };
        let bytes = length(tag, attributes) + length("div", around);
        if self.has_room(bytes) && self.make_way(tag, kind) {
            self.push(tag, kind, attributes, Some(around));
        }
    }

    fn push(&mut self, tag: &'static str, kind: Kind, own: Attributes<'_>, around: Option<Attributes<'_>>) {
        let levels = if tag == "table" { TABLE_LEVELS } else { 0 };
        // Parts of tables are no deeper than the table made sure of.
        if kind != Kind::Table && self.stack.len() + levels >= limits::MARKDOWN_DEPTH_MAX {
            self.skipped.push(tag);
            return;
        }
        if let Some(around) = around {
            self.write_start("div", around);
        }
        let start = self.write_start(tag, own);
        let behind = if around.is_some() { "</div>" } else { "" };
        self.stack.push(Open { tag, start, inside: self.out.len(), behind });
    }

    /// Says where the tag begins.
    fn write_start(&mut self, tag: &'static str, attributes: Attributes<'_>) -> usize {
        self.elements += 1;
        let start = self.out.len();
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape::attribute(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
        start
    }

    /// Closes what a browser would close, and opens what it would open, before this element. `false` if the element
    /// makes no sense here.
    fn make_way(&mut self, tag: &'static str, kind: Kind) -> bool {
        if kind == Kind::Table {
            return self.make_way_in_table(tag);
        }
        self.ensure_cell();
        if kind == Kind::Block || tag == "hr" {
            self.close("p");
        }
        match tag {
            "li" => {
                self.close("li");
                self.within("ul") || self.within("ol")
            }
            "dt" | "dd" => {
                self.close_within("dt", "dl");
                self.close_within("dd", "dl");
                self.within("dl")
            }
            "h2" | "h3" | "h4" | "h5" | "h6" => {
                for other in ["h2", "h3", "h4", "h5", "h6"] {
                    self.close(other);
                }
                true
            }
            "a" => {
                self.close("a");
                true
            }
            "summary" => self.stack.last().is_some_and(|open| open.tag == "details"),
            "source" => self.stack.last().is_some_and(|open| matches!(open.tag, "audio" | "video")),
            _ => true,
        }
    }

    fn close_within(&mut self, tag: &str, list: &str) {
        if self.find(tag).is_some_and(|at| self.find(list).is_some_and(|list| list < at)) {
            self.close(tag);
        }
    }

    fn make_way_in_table(&mut self, tag: &str) -> bool {
        let Some(table) = self.stack.iter().rposition(|open| open.tag == "table") else { return false };
        let wanted: &[&str] = match tag {
            "td" | "th" => &["table", "thead", "tbody", "tfoot", "tr"],
            "tr" => &["table", "thead", "tbody", "tfoot"],
            _ => &["table"],
        };
        let inside = self.stack.iter().skip(table).take_while(|open| wanted.contains(&open.tag)).count();
        self.close_down_to(table + inside);
        let top = self.stack.last().map(|open| open.tag);
        if matches!(tag, "td" | "th" | "tr") && top == Some("table") {
            self.open("tbody", &[]);
        }
        if matches!(tag, "td" | "th") && self.stack.last().is_some_and(|open| open.tag != "tr") {
            self.open("tr", &[]);
        }
        true
    }

    /// In a table, but in no cell of it, content has no place of its own: it gets a cell.
    fn ensure_cell(&mut self) {
        let top = self.stack.last().map(|open| open.tag);
        if top.is_some_and(|tag| matches!(tag, "table" | "thead" | "tbody" | "tfoot" | "tr")) {
            self.open("td", &[]);
        }
    }

    /// Closes the nearest element of this name with all that is open in it; nothing, if there is none.
    pub(super) fn close(&mut self, tag: &str) {
        let recent = self.skipped.iter().rev().take(SKIPPED_SEARCH_MAX).position(|skipped| *skipped == tag);
        if let Some(above) = recent {
            self.skipped.truncate(self.skipped.len() - above - 1);
        } else if let Some(at) = self.find(tag) {
            self.close_down_to(at);
        }
    }

    /// Closes all but the `depth` outermost elements.
    pub(super) fn close_down_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            self.skipped.clear();
            let Some(open) = self.stack.pop() else { break };
            match open.tag {
                "h2" | "h3" | "h4" | "h5" | "h6" => self.end_heading(&open),
                "th" if self.out.len() == open.inside => {
                    // A heading of a column that says nothing is none.
                    self.out.truncate(open.start);
                    self.out.push_str("<td></td>");
                }
                "p" => self.end_paragraph(&open),
                _ => self.end_tag(&open),
            }
        }
    }

    fn end_tag(&mut self, open: &Open) {
        self.out.push_str("</");
        self.out.push_str(open.tag);
        self.out.push('>');
        self.out.push_str(open.behind);
    }

    /// Opens a table within a box that scrolls, with a name of its own; within another table just a table.
    pub(super) fn open_table(&mut self) {
        if self.stack.iter().any(|open| open.tag == "table") {
            return self.open("table", &[("class", "ledger")]);
        }
        self.tables += 1;
        let below = self.outline.headings.last().map(|heading| one_line(&heading.text, 60));
        let label = match below {
            Some(heading) => format!("Table {}: {heading}", self.tables),
            None => format!("Table {}", self.tables),
        };
        let name = [("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", &*label)];
        self.open_boxed(&name, "table", &[("class", "ledger")]);
    }

    /// Opens preformatted text in the design's box for code.
    pub(super) fn open_pre(&mut self) {
        self.open_boxed(&[("class", "code")], "pre", &[("tabindex", "0")]);
    }

    /// Writes text.
    pub(super) fn text(&mut self, text: &str) {
        let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        let mut text = text;
        match self.stack.last().map(|open| (open.tag, open.inside == self.out.len())) {
            Some(("table" | "thead" | "tbody" | "tfoot" | "tr", _)) if blank => return,
            // A browser drops a line end at its start.
            Some(("pre", true)) => text = text.trim_start_matches(['\r', '\n']),
            _ => self.ensure_cell(),
        }
        if text.is_empty() || self.cut {
            return;
        }
        let room = limits::MARKDOWN_HTML_BYTES_MAX.saturating_sub(self.out.len() + self.slot_bytes);
        if !self.has_room(escape::text_length(text)) {
            // As much of it as surely fits.
            text = text.get(..text.floor_char_boundary(room / 5)).unwrap_or_default();
        }
        escape::text(&mut self.out, text);
        for noted in [self.heading.as_mut().map(|heading| &mut heading.text), self.paragraph.as_mut()] {
            noted.into_iter().for_each(|noted| noted.push_str(text));
        }
    }

    /// Writes text that stands for a picture: a heading may consist of it, a first paragraph not.
    pub(super) fn picture_text(&mut self, text: &str) {
        let paragraph = self.paragraph.take();
        self.text(text);
        self.paragraph = paragraph;
    }

    /// Notes the text of a picture that is shown, for the heading it stands in.
    pub(super) fn note_picture(&mut self, alt: &str) {
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(alt);
        }
    }

    /// Puts our own HTML here, as a block or within text; `false` if there is no room, then nothing was written.
    pub(super) fn slot(&mut self, block: bool, html: String) -> bool {
        if !self.has_room(html.len() + 64) {
            return false;
        }
        let id = format!("slot-{}", self.slots.len());
        self.slot_bytes += html.len();
        self.slots.push(html);
        self.open(if block { "hr" } else { "wbr" }, &[("id", &id)]);
        true
    }

    /// A text as it is written.
    pub(super) fn plain(&mut self, text: &str) {
        self.open_pre();
        for part in text.split_inclusive('\n') {
            self.text(part);
        }
        self.close("pre");
    }

    /// Closes all that is open.
    pub(super) fn finish(mut self) -> Written {
        self.close_down_to(0);
        if self.cut {
            self.out.push_str("<p>The rest of this text is not shown here: there is too much of it.</p>");
        }
        Written {
            html: self.out,
            slots: self.slots,
            headings: self.outline.headings,
            first_paragraph: self.first_paragraph.unwrap_or_default(),
            cut: self.cut,
        }
    }
}

/// Bytes that an element adds at most, its end tag and a box's included.
fn length(tag: &str, attributes: Attributes<'_>) -> usize {
    let values = attributes
        .iter()
        .map(|(name, value)| name.len() + 4 + escape::attribute_length(value))
        .sum::<usize>();
    values + 2 * tag.len() + 16
}
