//! Headings and first paragraphs, whose text is noted while it is written.

use super::super::outline::paragraph;
use super::{Open, OpenHeading, Writer};

impl Writer<'_> {
    /// Opens a heading that is written with `level`, 1 to 6, and may have an id of its own.
    pub(in super::super) fn open_heading(&mut self, level: u8, own_id: Option<String>, class: Option<&str>) {
        self.close_heading();
        if self.heading.is_some() {
            // In a table's cell within a heading there is none of its own: the outline is of one level at a time.
            return self.open("p", &[]);
        }
        let depth = self.outline.level(level);
        let tag = ["h2", "h3", "h4", "h5", "h6"].get(usize::from(depth.clamp(2, 6) - 2)).copied();
        let id = own_id.filter(|id| self.outline.claim(id));
        let class = class.map(|class| ("class", class));
        let attributes = id.as_deref().map(|id| ("id", id)).into_iter().chain(class).collect::<Vec<_>>();
        self.open(tag.unwrap_or("h6"), &attributes);
        if self.stack.last().is_some_and(|open| open.tag == tag.unwrap_or("h6")) && !self.cut {
            self.heading = Some(OpenHeading { level: depth, id, text: String::new() });
        }
    }

    /// Closes the heading that is open.
    pub(in super::super) fn close_heading(&mut self) {
        for tag in ["h2", "h3", "h4", "h5", "h6"] {
            self.close(tag);
        }
    }

    pub(super) fn end_heading(&mut self, open: &Open) {
        let Some(heading) = self.heading.take() else { return self.end_tag(open) };
        if self.out.len() == open.inside {
            self.out.truncate(open.start);
            return;
        }
        if let Some(id) = self.outline.heading(heading.level, heading.id, &heading.text) {
            self.out.insert_str(open.start + 1 + open.tag.len(), &format!(" id=\"{id}\""));
        }
        self.end_tag(open);
    }

    /// Opens a paragraph whose text may become the first one.
    pub(in super::super) fn open_paragraph(&mut self) {
        self.open("p", &[]);
        if self.first_paragraph.is_none() {
            self.paragraph = Some(String::new());
        }
    }

    pub(super) fn end_paragraph(&mut self, open: &Open) {
        self.end_tag(open);
        if let Some(text) = self.paragraph.take() {
            self.first_paragraph = paragraph(&text);
        }
    }
}
