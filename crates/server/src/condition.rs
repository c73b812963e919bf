//! Conditional requests (RFC 9110 §13) by entity tags: what is only wanted of one version of a file. The hub's own tags
//! are strong and hexadecimal; it tells no times of change, so conditions by date hold for nothing.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What the conditions of a request make of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is answered.
    Go,
    /// The asker has this version already: 304.
    Unchanged,
    /// The asker wants another version: 412.
    Another,
}

/// Judges `If-Match` and then `If-None-Match` against the tag of what is here, given without its quotes.
pub(crate) fn judge(headers: &HeaderMap, tag: &str) -> Verdict {
    if headers.contains_key(header::IF_MATCH) && !named(headers, header::IF_MATCH, tag, false) {
        return Verdict::Another;
    }
    if named(headers, header::IF_NONE_MATCH, tag, true) {
        return Verdict::Unchanged;
    }
    Verdict::Go
}

/// Whether a part may be sent: `If-Range`, if there is one, names exactly this version.
pub(crate) fn part_wanted(headers: &HeaderMap, tag: &str) -> bool {
    let quoted = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.trim() == format!("\"{tag}\""));
    headers.get_all(header::IF_RANGE).iter().all(quoted)
}

/// Whether one of the header's tags is this one, or it is `*`, which names whatever is here.
fn named(headers: &HeaderMap, name: HeaderName, tag: &str, weakly: bool) -> bool {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).any(|list| lists(list, tag, weakly))
}

/// Reads a list of tags up to the first thing that is none. A comma may stand inside the quotes.
fn lists(list: &str, wanted: &str, weakly: bool) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (weak, tag) = rest.strip_prefix("W/").map_or((false, rest), |tag| (true, tag));
        let Some((opaque, after)) = tag.strip_prefix('"').and_then(|tag| tag.split_once('"')) else {
            return false;
        };
        if opaque == wanted && (weakly || !weak) {
            return true;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn if_match_compares_strongly() {
        for (values, expected) in [
            (&[][..], Verdict::Go),
            (&["*"], Verdict::Go),
            (&["\"ab\""], Verdict::Go),
            (&["\"x\",\"ab\""], Verdict::Go),
            (&["\"x\"", " \"y\" , \"ab\""], Verdict::Go),
            (&["W/\"ab\""], Verdict::Another),
            (&["\"abc\""], Verdict::Another),
            (&["ab"], Verdict::Another),
            (&["\"x,ab\""], Verdict::Another),
            (&[""], Verdict::Another),
            (&["\"ab"], Verdict::Another),
        ] {
            assert_eq!(judge(&headers(header::IF_MATCH, values), "ab"), expected, "{values:?}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for (values, expected) in [
            (&["*"][..], Verdict::Unchanged),
            (&["\"ab\""], Verdict::Unchanged),
            (&["W/\"ab\""], Verdict::Unchanged),
            (&["\"x\", W/\"ab\""], Verdict::Unchanged),
            (&["\"x\""], Verdict::Go),
            (&["\"a,b\""], Verdict::Go),
            (&[""], Verdict::Go),
        ] {
            assert_eq!(judge(&headers(header::IF_NONE_MATCH, values), "ab"), expected, "{values:?}");
        }
        let mut both = headers(header::IF_NONE_MATCH, &["\"ab\""]);
        both.insert(header::IF_MATCH, HeaderValue::from_static("\"x\""));
        assert_eq!(judge(&both, "ab"), Verdict::Another);
    }

    #[test]
    fn if_range_names_exactly_this() {
        for (value, expected) in [
            ("\"ab\"", true),
            ("W/\"ab\"", false),
            ("ab", false),
            ("*", false),
            ("Wed, 21 Oct 2015 07:28:00 GMT", false),
        ] {
            assert_eq!(part_wanted(&headers(header::IF_RANGE, &[value]), "ab"), expected, "{value}");
        }
        assert!(part_wanted(&HeaderMap::new(), "ab"));
    }
}
