//! Goes through comrak's tree and tells the writer what to write.

use comrak::Node;
use comrak::arena_tree::NodeEdge;
use comrak::nodes::{ListType, NodeCodeBlock, NodeHeading, NodeValue, TableAlignment};
use seedcorn_core::{limits, talk};

use super::address::Links;
use super::elements::{self, Image};
use super::vocabulary::CENTER;
use super::writer::{Writer, Written};
use super::{alert, escape, footnotes, math, raw};
use crate::web::highlight;

/// Writes the tree below `root`.
pub(super) fn walk(root: Node<'_>, place: &dyn Links) -> Written {
    let mut walk = Walk {
        writer: Writer::new(place),
        place,
        passed_over: None,
        swallowed: None,
        math: math::Formulas::default(),
        code_blocks: 0,
        footnotes: 0,
        columns: Vec::new(),
        column: 0,
    };
    for edge in root.traverse() {
        match edge {
            NodeEdge::Start(node) if walk.passed_over.is_none() => walk.start(node),
            NodeEdge::End(node) => match walk.passed_over {
                Some(over) if over.same_node(node) => walk.passed_over = None,
                Some(_) => {}
                None => walk.end(node),
            },
            NodeEdge::Start(_) => {}
        }
    }
    walk.writer.finish()
}

struct Walk<'a, 'p> {
    writer: Writer<'p>,
    place: &'p dyn Links,
    /// A node whose children have been dealt with, until its end.
    passed_over: Option<Node<'a>>,
    /// An element of raw HTML that is left out with its content, until its end or that of its paragraph.
    swallowed: Option<String>,
    math: math::Formulas,
    code_blocks: usize,
    footnotes: u32,
    /// How the columns of the table at hand stand, and which one is next.
    columns: Vec<TableAlignment>,
    column: usize,
}

impl<'a> Walk<'a, '_> {
    fn start(&mut self, node: Node<'a>) {
        let data = node.data();
        if let Some(name) = &self.swallowed {
            if let NodeValue::HtmlInline(literal) = &data.value
                && raw::tokens(literal).any(|token| token == raw::Token::End(name.clone()))
            {
                self.swallowed = None;
            }
            return;
        }
        match &data.value {
            NodeValue::Text(text) => self.text(text),
            NodeValue::SoftBreak => self.writer.text("\n"),
            NodeValue::LineBreak => self.writer.open("br", &[]),
            NodeValue::Code(code) => self.wrapped("code", &code.literal),
            NodeValue::Emph => self.writer.open("em", &[]),
            NodeValue::Strong => self.writer.open("strong", &[]),
            NodeValue::Strikethrough => self.writer.open("del", &[]),
            NodeValue::Link(link) => elements::open_link(&mut self.writer, &link.url, &link.title, None),
            NodeValue::Image(link) => {
                let alt = text_of(node);
                let image = Image { address: &link.url, alt: &alt, title: &link.title, ..Image::default() };
                elements::image(&mut self.writer, &image);
                self.passed_over = Some(node);
            }
            NodeValue::Math(math) => self.formula(&math.literal, math.display_math),
            NodeValue::HtmlInline(literal) => self.swallowed = elements::raw(&mut self.writer, literal),
            NodeValue::FootnoteReference(to) => footnotes::reference(&mut self.writer, to.ix, to.ref_num),
            _ => self.start_block(node, &data.value),
        }
    }

    fn start_block(&mut self, node: Node<'a>, value: &NodeValue) {
        let writer = &mut self.writer;
        match value {
            NodeValue::Paragraph if in_tight_list(node) => writer.text("\n"),
            NodeValue::Paragraph if matches!(parent(node), Some(NodeValue::Document)) => {
                writer.open_paragraph()
            }
            NodeValue::Paragraph => writer.open("p", &[]),
            NodeValue::Heading(NodeHeading { level, .. }) => writer.open_heading(*level, None, None),
            NodeValue::ThematicBreak => writer.open("hr", &[]),
            NodeValue::BlockQuote => writer.open("blockquote", &[]),
            NodeValue::Alert(found) => alert::open(writer, found),
            NodeValue::List(list) if list.list_type == ListType::Bullet => writer.open("ul", &[]),
            NodeValue::List(list) if list.start == 1 => writer.open("ol", &[]),
            NodeValue::List(list) => writer.open("ol", &[("start", &list.start.to_string())]),
            NodeValue::Item(_) => writer.open("li", &[]),
            NodeValue::TaskItem(task) => {
                writer.open("li", &[]);
                let (name, sign) = if task.symbol.is_some() { ("Done", "☑") } else { ("To do", "☐") };
                writer.open("span", &[("class", "task"), ("role", "img"), ("aria-label", name)]);
                writer.text(sign);
                writer.close("span");
                writer.text(" ");
            }
            NodeValue::CodeBlock(block) => self.code_block(block),
            NodeValue::HtmlBlock(block) => _ = elements::raw(writer, &block.literal),
            NodeValue::Table(table) => {
                self.columns.clone_from(&table.alignments);
                writer.open_table();
            }
            NodeValue::TableRow(header) => {
                if *header {
                    writer.open("thead", &[]);
                } else if !writer.within("tbody") {
                    writer.open("tbody", &[]);
                }
                writer.open("tr", &[]);
                self.column = 0;
            }
            NodeValue::TableCell => self.cell(matches!(parent(node), Some(NodeValue::TableRow(true)))),
            NodeValue::FootnoteDefinition(_) => {
                self.footnotes += 1;
                if self.footnotes == 1 {
                    footnotes::open_list(writer);
                }
                footnotes::open(writer, self.footnotes);
            }
            _ => {}
        }
    }

    fn end(&mut self, node: Node<'a>) {
        let data = node.data();
        if data.value.block() {
            self.swallowed = None;
        }
        let writer = &mut self.writer;
        match &data.value {
            NodeValue::Emph => writer.close("em"),
            NodeValue::Strong => writer.close("strong"),
            NodeValue::Strikethrough => writer.close("del"),
            NodeValue::Link(_) => writer.close("a"),
            NodeValue::Paragraph if in_tight_list(node) => {}
            NodeValue::Paragraph => writer.close("p"),
            NodeValue::Heading(_) => writer.close_heading(),
            NodeValue::BlockQuote => writer.close("blockquote"),
            NodeValue::Alert(_) => {
                writer.close("div");
                writer.close("div");
            }
            NodeValue::List(list) => writer.close(match list.list_type {
                ListType::Bullet => "ul",
                ListType::Ordered => "ol",
            }),
            NodeValue::Item(_) | NodeValue::TaskItem(_) => writer.close("li"),
            NodeValue::Table(_) => writer.close("table"),
            NodeValue::TableRow(true) => writer.close("thead"),
            NodeValue::TableRow(false) => writer.close("tr"),
            NodeValue::FootnoteDefinition(_) => footnotes::close(writer, self.footnotes),
            _ => {}
        }
    }

    fn cell(&mut self, header: bool) {
        let class = match self.columns.get(self.column) {
            Some(TableAlignment::Right) => Some(("class", "num")),
            Some(TableAlignment::Center) => Some(("class", CENTER)),
            _ => None,
        };
        self.column += 1;
        let attributes: Vec<_> = header.then_some(("scope", "col")).into_iter().chain(class).collect();
        self.writer.open(if header { "th" } else { "td" }, &attributes);
    }

    fn wrapped(&mut self, tag: &str, text: &str) {
        self.writer.open(tag, &[]);
        self.writer.text(text);
        self.writer.close(tag);
    }

    /// Text, and formulas between `\(` and `\)`: written with two backslashes, they reach here with one.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, formula, behind)) = bracketed(rest) {
            self.words(before);
            self.formula(formula, false);
            rest = behind;
        }
        self.words(rest);
    }

    /// Text, with links to the members that it calls.
    fn words(&mut self, text: &str) {
        let mut at = 0;
        for (range, name) in talk::calls(text) {
            let Some(page) = self.place.member(&name).filter(|_| !self.writer.within("a")) else { continue };
            self.writer.text(text.get(at..range.start).unwrap_or_default());
            self.writer.open("a", &[("href", &page)]);
            self.writer.text(text.get(range.clone()).unwrap_or_default());
            self.writer.close("a");
            at = range.end;
        }
        self.writer.text(text.get(at..).unwrap_or_default());
    }

    fn formula(&mut self, source: &str, display: bool) {
        let typeset = self.math.typeset(source, display);
        if !typeset.is_some_and(|mathml| self.writer.slot(false, mathml)) {
            self.wrapped("code", source.trim());
        }
    }

    fn code_block(&mut self, block: &NodeCodeBlock) {
        let language = block.info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("math")
            && let Some(mathml) = self.math.typeset(&block.literal, true)
            && self.writer.slot(true, format!("<p>{mathml}</p>"))
        {
            return;
        }
        self.code_blocks += 1;
        let coloured = self.code_blocks <= limits::MARKDOWN_CODE_BLOCKS_MAX;
        let language = if coloured { language } else { "" };
        let source = block.literal.strip_suffix('\n').unwrap_or(&block.literal);
        if !self.writer.slot(true, code_html(language, source)) {
            self.writer.plain(source);
        }
    }
}

/// A block of code as the design has it; the button is for the page's script.
fn code_html(language: &str, source: &str) -> String {
    let label = highlight::label(language).unwrap_or("Text");
    let mut html = String::from("<div class=\"code\"><div class=\"code-head\"><span>");
    escape::text(&mut html, label);
    html.push_str("</span><button class=\"copy\" type=\"button\" data-copy hidden>Copy</button></div>");
    html.push_str("<pre tabindex=\"0\"><code>");
    html.push_str(&highlight::highlight(language, source));
    html.push_str("</code></pre></div>");
    html
}

fn bracketed(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("\\(")?;
    let (formula, behind) = rest.split_once("\\)")?;
    Some((before, formula, behind))
}

fn parent(node: Node<'_>) -> Option<NodeValue> {
    node.parent().map(|parent| parent.data().value.clone())
}

/// Whether a paragraph is written as the mere content of its item.
fn in_tight_list(node: Node<'_>) -> bool {
    let list =
        node.parent().filter(|item| matches!(item.data().value, NodeValue::Item(_) | NodeValue::TaskItem(_)));
    let list = list.and_then(|item| item.parent());
    list.is_some_and(|list| matches!(&list.data().value, NodeValue::List(list) if list.tight))
}

/// The text below a node.
fn text_of(node: Node<'_>) -> String {
    let mut text = String::new();
    for below in node.descendants() {
        match &below.data().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::Math(math) => text.push_str(&math.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            _ => {}
        }
    }
    text
}
