//! What links, pictures and the elements of raw HTML become.

use super::address::{self, Picture, Target};
use super::escape;
use super::raw::{Tag, Token, tokens};
use super::vocabulary::{CENTER, FLOAT_LEFT, FLOAT_RIGHT, LEFT, RIGHT};
use super::writer::Writer;

/// Columns or rows that a cell may span.
const SPAN_MAX: u32 = 100;

/// Pixels of a picture's side.
const PIXELS_MAX: u32 = 4096;

/// Writes raw HTML. Gives the name of an element that is to be left out with its content, if its end is still to come.
pub(super) fn raw(writer: &mut Writer<'_>, literal: &str) -> Option<String> {
    for token in tokens(literal) {
        match token {
            Token::Text(text) => writer.text(&escape::decode(text)),
            Token::Start(tag) => start(writer, &tag),
            Token::End(name) => end(writer, &name),
            Token::Swallowed(name) => return Some(name),
        }
    }
    None
}

/// The element that stands for another of old or of our own headings.
fn modern(name: &str) -> &str {
    match name {
        "center" => "div",
        "strike" => "s",
        "tt" => "code",
        name => name,
    }
}

fn start(writer: &mut Writer<'_>, tag: &Tag<'_>) {
    let id = tag.get("id").and_then(|id| address::id(&id));
    match tag.name.as_str() {
        "a" => anchor(writer, tag, id),
        "img" => image(
            writer,
            &Image {
                address: &tag.get("src").unwrap_or_default(),
                alt: &tag.get("alt").unwrap_or_default(),
                title: &tag.get("title").unwrap_or_default(),
                width: pixels(tag, "width"),
                height: pixels(tag, "height"),
                class: match align(tag) {
                    Some(LEFT) => Some(FLOAT_LEFT),
                    Some(RIGHT) => Some(FLOAT_RIGHT),
                    _ => None,
                },
            },
        ),
        "audio" | "video" => film(writer, tag),
        "source" => source(writer, tag),
        "table" => writer.open_table(),
        "pre" => writer.open_pre(),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let level = tag.name.bytes().last().map_or(6, |digit| digit - b'0');
            writer.open_heading(level, id, align(tag));
        }
        _ => plain(writer, tag, id),
    }
}

fn end(writer: &mut Writer<'_>, name: &str) {
    match name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => writer.close_heading(),
        name => writer.close(modern(name)),
    }
}

/// An element with nothing to it but its name, and a few attributes.
fn plain(writer: &mut Writer<'_>, tag: &Tag<'_>, id: Option<String>) {
    let name = modern(&tag.name);
    let numbers = ["colspan", "rowspan", "start"].map(|of| number(tag, of, SPAN_MAX).map(|n| (of, n)));
    let mut attributes: Vec<(&'static str, &str)> = Vec::new();
    let class = match name {
        "details" => Some("fold"),
        "td" | "th" if align(tag) == Some(RIGHT) => Some("num"),
        "td" | "th" | "p" | "div" => align(tag),
        _ => None,
    };
    attributes.extend(class.map(|class| ("class", class)));
    match name {
        "td" | "th" => {
            let spans = numbers.iter().flatten().filter(|(of, _)| *of != "start");
            attributes.extend(spans.map(|(of, n)| (*of, n.as_str())));
        }
        "ol" => attributes.extend(
            numbers.iter().flatten().filter(|(of, _)| *of == "start").map(|(of, n)| (*of, n.as_str())),
        ),
        "details" if tag.get("open").is_some() => attributes.push(("open", "")),
        _ => {}
    }
    let title = tag.get("title").filter(|_| name == "abbr");
    attributes.extend(title.as_deref().map(|title| ("title", title)));
    let scope = tag.get("scope").filter(|_| name == "th");
    let scopes = ["col", "row", "colgroup", "rowgroup"];
    attributes.extend(scopes.into_iter().find(|of| scope.as_deref() == Some(of)).map(|of| ("scope", of)));
    let id = id.filter(|id| writer.outline.claim(id));
    attributes.extend(id.as_deref().map(|id| ("id", id)));
    writer.open(name, &attributes);
}

fn align(tag: &Tag<'_>) -> Option<&'static str> {
    if tag.name == "center" {
        return Some(CENTER);
    }
    match tag.get("align")?.to_ascii_lowercase().as_str() {
        "center" | "middle" => Some(CENTER),
        "left" => Some(LEFT),
        "right" => Some(RIGHT),
        _ => None,
    }
}

fn number(tag: &Tag<'_>, name: &str, max: u32) -> Option<String> {
    let value = tag.get(name)?;
    let value: u32 = value.trim().trim_end_matches("px").parse().ok()?;
    (1..=max).contains(&value).then(|| value.to_string())
}

fn pixels(tag: &Tag<'_>, name: &str) -> Option<String> {
    number(tag, name, PIXELS_MAX)
}

fn anchor(writer: &mut Writer<'_>, tag: &Tag<'_>, id: Option<String>) {
    let id = id.or_else(|| tag.get("name").and_then(|name| address::id(&name)));
    let title = tag.get("title").unwrap_or_default();
    match tag.get("href") {
        Some(href) => open_link(writer, &href, &title, id),
        None => {
            let id = id.filter(|id| writer.outline.claim(id));
            let attributes: Vec<_> = id.as_deref().map(|id| ("id", id)).into_iter().collect();
            writer.open("a", &attributes);
        }
    }
}

/// Opens an `a`. One that may lead nowhere has no address and is as good as its text.
pub(super) fn open_link(writer: &mut Writer<'_>, address: &str, title: &str, id: Option<String>) {
    let target = address::link(address, writer.place);
    let id = id.filter(|id| writer.outline.claim(id));
    let mut attributes = Vec::new();
    match &target {
        Target::Here(url) => attributes.push(("href", url.as_str())),
        Target::Away(url) => attributes.extend([("href", url.as_str()), ("rel", "nofollow noopener")]),
        Target::Nowhere => {}
    }
    if !title.is_empty() {
        attributes.push(("title", title));
    }
    attributes.extend(id.as_deref().map(|id| ("id", id)));
    writer.open("a", &attributes);
}

/// A picture as a text asks for it.
#[derive(Default)]
pub(super) struct Image<'a> {
    pub(super) address: &'a str,
    pub(super) alt: &'a str,
    pub(super) title: &'a str,
    pub(super) width: Option<String>,
    pub(super) height: Option<String>,
    pub(super) class: Option<&'a str>,
}

/// Writes a picture of this hub; of one elsewhere a link with its text, since nobody else is asked for anything.
pub(super) fn image(writer: &mut Writer<'_>, image: &Image<'_>) {
    let url = match address::picture(image.address, writer.place) {
        Picture::Here(url) => url,
        Picture::Away(url) => return away(writer, &url, image.alt, "Picture"),
        Picture::Nowhere => return writer.picture_text(image.alt),
    };
    let mut attributes = vec![("src", url.as_str()), ("alt", image.alt)];
    attributes.extend(Some(("title", image.title)).filter(|(_, title)| !title.is_empty()));
    attributes.extend(image.width.as_deref().map(|width| ("width", width)));
    attributes.extend(image.height.as_deref().map(|height| ("height", height)));
    attributes.extend(image.class.map(|class| ("class", class)));
    attributes.extend([("loading", "lazy"), ("decoding", "async")]);
    writer.open("img", &attributes);
    writer.note_picture(image.alt);
}

/// A link to what is somewhere else, or its text within another link.
fn away(writer: &mut Writer<'_>, url: &str, text: &str, what: &str) {
    let host = url.split('/').nth(2).unwrap_or_default();
    let named = format!("{what} at {host}");
    let text = if text.trim().is_empty() { &named } else { text };
    if writer.within("a") {
        return writer.picture_text(text);
    }
    open_link(writer, url, "", None);
    writer.picture_text(text);
    writer.close("a");
}

fn film(writer: &mut Writer<'_>, tag: &Tag<'_>) {
    let size = ["width", "height"].map(|of| pixels(tag, of).filter(|_| tag.name == "video").map(|n| (of, n)));
    let url = match tag.get("src").map(|src| address::picture(&src, writer.place)) {
        Some(Picture::Away(url)) => return away(writer, &url, "", "Recording"),
        Some(Picture::Here(url)) if url.starts_with('/') => Some(url),
        Some(_) => return,
        None => None,
    };
    let mut attributes: Vec<_> = url.as_deref().map(|url| ("src", url)).into_iter().collect();
    attributes.extend([("controls", ""), ("preload", "none")]);
    attributes.extend(size.iter().flatten().map(|(of, n)| (*of, n.as_str())));
    writer.open(&tag.name, &attributes);
}

fn source(writer: &mut Writer<'_>, tag: &Tag<'_>) {
    if !writer.within("audio") && !writer.within("video") {
        return;
    }
    match address::picture(&tag.get("src").unwrap_or_default(), writer.place) {
        Picture::Here(url) if url.starts_with('/') => writer.open("source", &[("src", &url)]),
        Picture::Away(url) => away(writer, &url, "", "Recording"),
        _ => {}
    }
}
