//! Ids of texts of which a page holds several.

use super::address::ID_PREFIX;

/// HTML as it was made here, whose ids and the links to them bear a name. What stands between the tags is left as it is.
pub(super) fn among(html: &str, name: &str) -> String {
    let (id, link) = (format!("id=\"{ID_PREFIX}"), format!("href=\"#{ID_PREFIX}"));
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        let (tag, behind) = from.split_at(end_of_tag(from));
        out.push_str(text);
        let named = tag.replace(&id, &format!("{id}{name}-")).replace(&link, &format!("{link}{name}-"));
        out.push_str(&named);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Where a tag ends: at the first `>` that no quotes are around.
fn end_of_tag(from: &str) -> usize {
    let mut quoted = false;
    for (at, c) in from.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            _ => {}
        }
    }
    from.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_are_changed() {
        let html = "<h2 id=\"card-a\">id=\"card-b\" &lt;</h2><a title=\"> id='card-\" href=\"#card-a\">x</a>";
        let named =
            "<h2 id=\"card-n-a\">id=\"card-b\" &lt;</h2><a title=\"> id='card-\" href=\"#card-n-a\">x</a>";
        assert_eq!(among(html, "n"), named);
        assert_eq!(among("no tags < \"", "n"), "no tags < \"");
    }
}
