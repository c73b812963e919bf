//! What a rendered text may consist of, written down a second time and without a look at the code that renders: the
//! HTML is parsed as browsers parse it, and each element, attribute and address is judged.

use std::collections::HashSet;

use html5ever::tendril::TendrilSink as _;
use html5ever::{Attribute, QualName, local_name, ns, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use seedcorn_server::web::markdown::{ID_PREFIX, Rendered};

/// Namespaces, and which elements they may have here.
const HTML: &str = "a abbr audio b bdi blockquote br button caption cite code dd del details dfn div dl dt em figcaption \
                    figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small source span strong sub \
                    summary sup table tbody td tfoot th thead time tr u ul var video wbr";
const MATHML: &str = "math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace \
                      msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover";

/// Every value that `class` may have.
const CLASSES: [&str; 25] = [
    "al-c",
    "al-l",
    "al-r",
    "fl-l",
    "fl-r",
    "num",
    "ledger",
    "scroll",
    "fold",
    "task",
    "code",
    "code-head",
    "copy",
    "footnotes",
    "notice",
    "notice notice-ok",
    "notice notice-warn",
    "notice notice-bad",
    "k",
    "s",
    "c",
    "n",
    "p",
    "m-r",
    "m-l",
];

/// Parses HTML where a page would have it.
pub(crate) fn parse(html: &str) -> RcDom {
    let name = QualName::new(None, ns!(html), local_name!("article"));
    let mut parser = parse_fragment(RcDom::default(), Default::default(), name, Vec::new(), true);
    parser.process(html.into());
    parser.finish()
}

/// The nodes below a node, in order. Not recursive: what is checked may be deep.
fn nodes(dom: &RcDom) -> Vec<(usize, Handle)> {
    let mut found = Vec::new();
    let mut left = vec![(0, dom.document.clone())];
    while let Some((depth, node)) = left.pop() {
        left.extend(node.children.borrow().iter().rev().map(|child| (depth + 1, child.clone())));
        found.push((depth, node));
    }
    found
}

/// Says what should not be there.
pub(crate) fn check(rendered: &Rendered) -> Result<(), String> {
    let dom = parse(&rendered.html);
    let mut ids = HashSet::new();
    let mut headings = Vec::new();
    for (depth, node) in nodes(&dom).into_iter().skip(2) {
        if depth > 300 {
            return Err("too deep".to_owned());
        }
        match &node.data {
            NodeData::Text { .. } => {}
            NodeData::Element { name, attrs, .. } => {
                let attrs = attrs.borrow();
                element(name, &attrs, &node)?;
                if let Some(id) = get(&attrs, "id") {
                    if !ids.insert(id.to_owned()) {
                        return Err(format!("the id {id} is there twice"));
                    }
                    if name.ns == ns!(html)
                        && name.local.len() == 2
                        && name.local.starts_with('h')
                        && &*name.local != "hr"
                    {
                        headings.push(id.to_owned());
                    }
                }
            }
            _ => return Err("a comment, a doctype or an instruction".to_owned()),
        }
    }
    let outline: Vec<_> = rendered.headings.iter().map(|heading| heading.id.clone()).collect();
    if !outline.iter().all(|id| ids.contains(id)) || (!rendered.cut && outline != headings) {
        return Err(format!("the outline is {outline:?}, the headings are {headings:?}"));
    }
    Ok(())
}

fn get<'a>(attrs: &'a [Attribute], name: &str) -> Option<&'a str> {
    attrs.iter().find(|attr| &*attr.name.local == name).map(|attr| &*attr.value)
}

fn element(name: &QualName, attrs: &[Attribute], node: &Handle) -> Result<(), String> {
    let tag = &*name.local;
    let (known, math) = match &name.ns {
        space if *space == ns!(html) => (HTML, false),
        space if *space == ns!(mathml) => (MATHML, true),
        space => return Err(format!("{tag} in {space}")),
    };
    if !known.split(' ').any(|known| known == tag) {
        return Err(format!("the element {tag} ({})", name.ns));
    }
    if math && matches!(tag, "mi" | "mn" | "mo" | "ms" | "mtext") {
        let children = node.children.borrow();
        if children.iter().any(|child| !matches!(child.data, NodeData::Text { .. })) {
            return Err(format!("an element within {tag}"));
        }
    }
    if tag == "button" {
        let all: Vec<_> = attrs.iter().map(|attr| (&*attr.name.local, &*attr.value)).collect();
        let ours = [("class", "copy"), ("type", "button"), ("data-copy", ""), ("hidden", "")];
        return if all == ours { Ok(()) } else { Err(format!("a button with {all:?}")) };
    }
    for attr in attrs {
        let (key, value) = (&*attr.name.local, &*attr.value);
        if attr.name.ns != ns!() || !may(tag, math, key, value) {
            return Err(format!("{tag} has {key}={value:?}"));
        }
    }
    if tag == "a"
        && get(attrs, "href")
            .is_some_and(|href| !href.starts_with(['/', '#']) && !href.starts_with("mailto:"))
    {
        let rel = get(attrs, "rel");
        if rel != Some("nofollow noopener") {
            return Err(format!("a link away has rel {rel:?}"));
        }
    }
    Ok(())
}

fn may(tag: &str, math: bool, key: &str, value: &str) -> bool {
    let number = !value.is_empty() && value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit());
    let here = value.starts_with('/') && !value.starts_with("//") && !value.starts_with("/\\");
    if math {
        let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" .%+-".contains(&byte));
        return match key {
            "class" => matches!(value, "m-r" | "m-l"),
            "href" | "id" | "style" | "src" => false,
            key => plain && !key.starts_with("on") && !key.contains(':'),
        };
    }
    match (tag, key) {
        (_, "class") => CLASSES.contains(&value),
        (_, "id") => value.starts_with(ID_PREFIX) && value.len() > ID_PREFIX.len(),
        ("a", "href") => address(value),
        ("a", "rel") => value == "nofollow noopener",
        ("a" | "abbr" | "img", "title") | ("img", "alt") | ("a" | "div" | "span", "aria-label") => true,
        ("img", "src") => {
            value.starts_with("/ada/birds/resolve/main/")
                || here && value.contains("/resolve/")
                || raster(value)
        }
        ("audio" | "video" | "source", "src") => here && value.contains("/resolve/"),
        ("img" | "video", "width" | "height") | ("td" | "th", "colspan" | "rowspan") | ("ol", "start") => {
            number
        }
        ("audio" | "video", "controls") | ("details", "open") => value.is_empty(),
        ("audio" | "video", "preload") => value == "none",
        ("img", "loading") => value == "lazy",
        ("img", "decoding") => value == "async",
        ("div", "role") => value == "region",
        ("span", "role") => value == "img",
        ("div" | "pre", "tabindex") => value == "0",
        ("th", "scope") => matches!(value, "col" | "row" | "colgroup" | "rowgroup"),
        _ => false,
    }
}

fn raster(value: &str) -> bool {
    let kinds = ["png", "jpeg", "gif", "webp", "avif"];
    kinds.iter().any(|kind| value.starts_with(&format!("data:image/{kind};base64,")))
}

/// As the URL standard reads it: characters below a space count for nothing at the ends, tabs and line ends nowhere.
fn address(value: &str) -> bool {
    let value: String =
        value.trim_matches(|c: char| c <= ' ').chars().filter(|c| !"\t\r\n".contains(*c)).collect();
    let begins =
        |scheme: &str| value.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    value.starts_with('#')
        || value.starts_with('/') && !value[1..].starts_with(['/', '\\'])
        || ["http:", "https:", "mailto:"].iter().any(|scheme| begins(scheme))
}

/// A page's HTML with one thing in it that must not be.
fn page(html: &str) -> Rendered {
    Rendered { html: html.to_owned(), headings: Vec::new(), first_paragraph: String::new(), cut: false }
}

#[test]
fn the_checker_sees_what_is_bad() {
    for good in ["a", "<p class=\"al-c\">a<br></p>", "<a href=\"/x\">a</a>", "<math><mi>x</mi></math>"] {
        assert_eq!(check(&page(good)), Ok(()), "{good}");
    }
    for bad in [
        "<script>a</script>",
        "<b onclick=\"a\">a</b>",
        "<b style=\"a\">a</b>",
        "<p class=\"btn\">a</p>",
        "<p id=\"main\">a</p>",
        "<p id=\"card-a\">a</p><p id=\"card-a\">a</p>",
        "<h2 id=\"card-a\">a</h2>",
        "<a href=\"java\nscript:a\">a</a>",
        "<a href=\"//a\">a</a>",
        "<a href=\"https://a\">a</a>",
        "<img src=\"https://a/b\">",
        "<img src=\"data:image/svg+xml;base64,AAAA\">",
        "<svg></svg>",
        "<math><mi><b>x</b></mi></math>",
        "<math href=\"x\"></math>",
        "<button>a</button>",
        "<form></form>",
        "<input type=\"checkbox\">",
        "<!-- a -->",
        "<custom-a></custom-a>",
    ] {
        assert!(check(&page(bad)).is_err(), "{bad}");
    }
}
