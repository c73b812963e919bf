//! What every page must be: whole HTML, nothing inline, one heading, names that are unique and things that are named.

use std::collections::BTreeSet;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element: its name, its attributes, the text in it.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name, in small letters.
    pub name: String,
    /// Names and values, in the page's order.
    pub attributes: Vec<(String, String)>,
    /// All of it, that of the elements within too.
    pub text: String,
}

impl Element {
    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn text(node: &Handle) -> String {
    let own = match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => String::new(),
    };
    node.children.borrow().iter().fold(own, |all, child| all + &text(child))
}

/// The elements of a page, and what is wrong with its HTML.
pub fn elements(html: &str) -> (Vec<Element>, Vec<String>) {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let (mut found, mut left) = (Vec::new(), vec![dom.document.clone()]);
    while let Some(node) = left.pop() {
        left.extend(node.children.borrow().iter().rev().cloned());
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let pair = |attribute: &html5ever::Attribute| {
                (attribute.name.local.to_string(), attribute.value.to_string())
            };
            let attributes = attrs.borrow().iter().map(pair).collect();
            found.push(Element { name: name.local.to_string(), attributes, text: text(&node) });
        }
    }
    let errors = dom.errors.borrow().iter().map(ToString::to_string).collect();
    (found, errors)
}

/// The elements of a page that is as every page must be.
///
/// # Panics
/// Unless it is; the message names `path`, the page's own or what else it is called.
pub fn assert_plain(path: &str, html: &str) -> Vec<Element> {
    let (all, errors) = elements(html);
    assert!(errors.is_empty(), "{path}: {errors:?}");
    assert_eq!(all.iter().filter(|element| element.name == "h1").count(), 1, "{path}: one h1");
    let mut ids = BTreeSet::new();
    for element in &all {
        if let Some(id) = element.get("id") {
            assert!(ids.insert(id.to_owned()), "{path}: the id {id} stands twice");
        }
    }
    for element in &all {
        assert_element(path, element, &ids);
    }
    let labels: BTreeSet<&str> =
        all.iter().filter(|e| e.name == "label").filter_map(|e| e.get("for")).collect();
    for field in all.iter().filter(|e| matches!(e.name.as_str(), "input" | "select" | "textarea")) {
        let named =
            field.get("type") == Some("hidden") || field.get("id").is_some_and(|id| labels.contains(id));
        assert!(named, "{path}: a field without a label: {:?}", field.attributes);
    }
    all
}

fn assert_element(path: &str, element: &Element, ids: &BTreeSet<String>) {
    for (name, value) in &element.attributes {
        let inline = name == "style" && !value.is_empty();
        assert!(!inline && !name.starts_with("on"), "{path}: {} has {name}={value:?}", element.name);
        if matches!(name.as_str(), "aria-labelledby" | "aria-describedby" | "for") {
            assert!(value.split(' ').all(|id| ids.contains(id)), "{path}: {name} names nothing: {value}");
        }
    }
    match element.name.as_str() {
        // A block of data is not run, and needs nothing of the policy. No other type is let through: what a browser does
        // not know it does not run, but which types it knows is for it to say.
        "script" if element.get("type") == Some("application/ld+json") => {
            let inert = element.get("src").is_none()
                && !element.text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            assert!(inert && element.attributes.len() == 1, "{path}: a block of data that may get out");
            let read = serde_json::from_str::<serde_json::Value>(&element.text);
            assert!(read.is_ok(), "{path}: a block of data that is no JSON");
        }
        "script" => assert!(element.get("src").is_some() && element.text.is_empty(), "{path}: inline script"),
        "style" | "base" | "iframe" | "object" => panic!("{path}: a {} element", element.name),
        "img" => assert!(element.get("alt").is_some(), "{path}: a picture without words"),
        "button" | "a" => {
            let named = !element.text.trim().is_empty() || element.get("aria-label").is_some();
            assert!(named, "{path}: a {} without words: {:?}", element.name, element.attributes);
        }
        _ => {}
    }
}
