//! The one gate: all that was written is parsed as a browser parses it, and only what `vocabulary` lists comes out.
//!
//! The writer writes nothing else already, so the gate changes nothing; it is here for the day when that is not so.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use super::address::{self, ID_PREFIX};
use super::vocabulary::{CLASSES, ELEMENTS, EVERYWHERE};

static GATE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    let attributes = ELEMENTS.iter().map(|(tag, _, attributes)| (*tag, attributes.iter().copied().collect()));
    builder
        .tags(ELEMENTS.iter().map(|(tag, ..)| *tag).collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes.collect::<HashMap<_, _>>())
        .generic_attributes(EVERYWHERE.into_iter().collect())
        .url_schemes(HashSet::from(["http", "https", "mailto", "data"]))
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|tag, name, value| may_have(tag, name, value).then_some(Cow::Borrowed(value)));
    builder
});

/// Lets pass what may, and puts our own HTML into its slots.
pub(super) fn pass(html: &str, slots: &[String]) -> String {
    fill(&GATE.clean(html).to_string(), slots)
}

fn is_number(value: &str) -> bool {
    (1..=5).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a listed attribute may have this value.
fn may_have(tag: &str, name: &str, value: &str) -> bool {
    let here = value.starts_with('/') && !value.starts_with("//");
    match (tag, name) {
        (_, "class") => CLASSES.contains(&value),
        // Ids of the text have their prefix; only the writer makes slots.
        (_, "id") => {
            value.starts_with(ID_PREFIX) || matches!(tag, "hr" | "wbr") && value.starts_with("slot-")
        }
        ("a", "href") => {
            let schemes = ["http:", "https:", "mailto:"];
            let begins =
                |scheme: &&str| value.get(..scheme.len()).is_some_and(|v| v.eq_ignore_ascii_case(scheme));
            here || value.starts_with('#') || schemes.iter().any(begins)
        }
        ("a", "rel") => value == "nofollow noopener",
        ("img", "src") => here || address::data_image(value).is_some(),
        (_, "src") => here,
        ("div", "role") => value == "region",
        (_, "role") => value == "img",
        (_, "tabindex") => value == "0",
        (_, "width" | "height" | "colspan" | "rowspan" | "start") => is_number(value),
        (_, "scope") => matches!(value, "col" | "row" | "colgroup" | "rowgroup"),
        (_, "loading") => value == "lazy",
        (_, "decoding") => value == "async",
        (_, "preload") => value == "none",
        (_, "controls" | "open") => value.is_empty(),
        // Texts.
        (_, "alt" | "title" | "aria-label") => true,
        _ => false,
    }
}

/// Replaces each slot by its HTML. In serialized HTML `<` and, in attributes, `"` are always escaped, so what looks like
/// a slot is one; and no element that a text brings has an id without the prefix.
fn fill(html: &str, slots: &[String]) -> String {
    let room = slots.iter().map(String::len).sum::<usize>();
    let mut filled = String::with_capacity(html.len() + room);
    let mut rest = html;
    while let Some(at) = rest.find(" id=\"slot-") {
        let (before, behind) = rest.split_at(at);
        let start = before.rfind('<').unwrap_or(at);
        let is_slot = matches!(before.get(start..), Some("<hr" | "<wbr"));
        let number = behind.strip_prefix(" id=\"slot-").and_then(|behind| behind.split_once("\">"));
        match number.filter(|_| is_slot) {
            Some((number, behind)) => {
                filled.push_str(before.get(..start).unwrap_or_default());
                let slot = number.parse().ok().and_then(|number: usize| slots.get(number));
                filled.push_str(slot.map_or("", String::as_str));
                rest = behind;
            }
            None => {
                // The words of a text.
                let (words, behind) = rest.split_at(at + 1);
                filled.push_str(words);
                rest = behind;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_passes() {
        let cases = [
            ("<b onclick=\"x\">a</b>", "<b>a</b>"),
            ("<a href=\"JavaScript:x\">a</a>", "<a>a</a>"),
            ("<a href=\"data:image/png;base64,AAAA\">a</a>", "<a>a</a>"),
            ("<a href=\"x\">a</a>", "<a>a</a>"),
            ("<img src=\"//x/y\" alt=\"a\">", "<img alt=\"a\">"),
            ("<img src=\"data:image/svg+xml;base64,AAAA\">", "<img>"),
            ("<p class=\"btn\" id=\"main\">a", "<p>a</p>"),
            ("<p id=\"slot-0\">a", "<p>a</p>"),
            ("<math><mi>a</mi></math><svg><g/></svg>b", "b"),
            ("<script>a</script><form>b", "b"),
        ];
        for (source, expected) in cases {
            assert_eq!(pass(source, &["SLOT".to_owned()]), expected, "{source}");
        }
    }

    #[test]
    fn slots_are_filled_where_they_are() {
        let slots = ["A".to_owned(), "B".to_owned()];
        assert_eq!(pass("<hr id=\"slot-0\"><p>x<wbr id=\"slot-1\">y</p>", &slots), "A<p>xBy</p>");
        assert_eq!(pass("<hr id=\"slot-7\"><hr id=\"slot-x\">", &slots), "");
        let words = "<p>&lt;hr id=\"slot-0\"&gt; id=\"slot-1\"&gt;</p>";
        assert_eq!(pass(words, &slots), words);
        assert_eq!(pass("<abbr title='<hr id=\"slot-0\">'>x</abbr>", &slots).matches('A').count(), 0);
    }
}
