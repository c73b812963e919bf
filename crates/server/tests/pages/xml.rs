//! Reads XML as strictly as readers of feeds do: one wrong character, and nothing of the document is read.

/// An element: its name, its attributes, what is in it.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |node| node.name == name)
    }

    /// The text of the only element of a name.
    pub(crate) fn one(&self, name: &str) -> &str {
        let found: Vec<&Node> = self.children.iter().filter(|node| node.name == name).collect();
        assert_eq!(found.len(), 1, "{} has so many {name}", self.name);
        &found[0].text
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

/// Reads a document without comments, CDATA and DTD, which the hub never writes.
pub(crate) fn read(document: &str) -> Node {
    let forbidden =
        |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!document.contains(forbidden), "a character that XML has not: {document:?}");
    let rest = document.strip_prefix("<?xml version=\"1.0\" encoding=\"").unwrap();
    let (_, mut rest) = rest.split_once("?>").unwrap();
    let mut open = vec![Node::default()];
    while let Some((before, from)) = rest.split_once('<') {
        open.last_mut().unwrap().text.push_str(&decoded(before));
        let (tag, after) = from.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let node = open.pop().unwrap();
            assert_eq!(node.name, name, "closed in another order");
            open.last_mut().unwrap().children.push(node);
            continue;
        }
        let node = element(tag.trim_end_matches('/'));
        match tag.ends_with('/') {
            true => open.last_mut().unwrap().children.push(node),
            false => open.push(node),
        }
    }
    assert!(rest.trim().is_empty() && open.len() == 1, "not closed: {rest}");
    let mut root = open.pop().unwrap();
    assert_eq!(root.children.len(), 1, "one element at the root");
    root.children.pop().unwrap()
}

fn element(tag: &str) -> Node {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(name.chars().all(|c| c.is_ascii_alphabetic()), "a strange name: {name}");
    let mut node = Node { name: name.into(), ..Node::default() };
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, behind) = after.split_once('"').unwrap();
        node.attributes.push((key.trim().to_owned(), decoded(value)));
        rest = behind;
    }
    assert!(rest.trim().is_empty(), "an attribute without quotes: {rest}");
    node
}

fn decoded(text: &str) -> String {
    assert!(!text.contains("]]>"), "{text}");
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').unwrap();
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            "#13" => '\r',
            other => panic!("an entity that XML has not: {other}"),
        });
        out.push_str(after);
    }
    out
}
