//! Secrets in texts that cannot be anything else: access tokens whose checksum is right. Of others nobody could tell whether they are one, so
//! nothing is said of those.

use crate::token;

/// A secret that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Secret {
    /// Whose it is, in words.
    pub kind: &'static str,
    /// In which line, counted from 1.
    pub line: usize,
}

/// Tokens of 30 characters and a checksum of 6, by what stands before them. GitHub and npm write theirs so.
const CHECKED: [(&[u8], &str); 7] = [
    (b"ghp_", "an access token of GitHub"),
    (b"gho_", "an OAuth token of GitHub"),
    (b"ghu_", "a token of a GitHub app"),
    (b"ghs_", "a token of a GitHub app"),
    (b"ghr_", "a refresh token of GitHub"),
    (b"npm_", "an access token of npm"),
    (b"scn_", "an access token of a hub like this one"),
];
/// What every token of PyPI begins with: a macaroon for pypi.org, in base64.
const PYPI: &[u8] = b"pypi-AgEIcHlwaS5vcmc";

/// The secrets in a text, a few at most.
pub fn find(text: &[u8]) -> impl Iterator<Item = Secret> {
    let marks = text.iter().enumerate().filter(|(_, byte)| matches!(byte, b'_' | b'-')).map(|(at, _)| at);
    let found = marks.filter_map(|at| Some((at, kind_at(text, at)?)));
    let line = |at: usize| 1 + text[..at].iter().filter(|byte| **byte == b'\n').count();
    let all: Vec<Secret> =
        found.take(SECRETS_MAX).map(|(at, kind)| Secret { kind, line: line(at) }).collect();
    all.into_iter()
}

/// Secrets that are told of one text.
const SECRETS_MAX: usize = 5;

/// What kind of secret has its mark at a place.
fn kind_at(text: &[u8], mark: usize) -> Option<&'static str> {
    let begin = mark.checked_sub(3)?;
    if text[mark] == b'-' {
        let begin = mark.checked_sub(4)?;
        let rest = text[begin..].strip_prefix(PYPI)?;
        let more =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)).count();
        return (more >= 40).then_some("an access token of PyPI");
    }
    // In the middle of a longer word it is none.
    if begin.checked_sub(1).is_some_and(|before| text[before].is_ascii_alphanumeric()) {
        return None;
    }
    let (prefix, kind) = CHECKED.into_iter().find(|(prefix, _)| text[begin..].starts_with(prefix))?;
    let rest = &text[begin + prefix.len()..];
    // Our own say in a letter what they are for.
    let rest = if prefix == b"scn_" { rest.get(2..).filter(|_| rest[1] == b'_')? } else { rest };
    let word = rest.get(..token::RANDOM_CHARS + token::CHECK_CHARS)?;
    let ends = !rest.get(word.len()).is_some_and(u8::is_ascii_alphanumeric);
    (ends && token::is_checked(std::str::from_utf8(word).ok()?)).then_some(kind)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    fn made(prefix: &str) -> String {
        let own = token::render("", &[7, 99, 31, 200].repeat(20)).unwrap();
        format!("{prefix}{own}")
    }

    fn kinds(text: &str) -> Vec<(&'static str, usize)> {
        find(text.as_bytes()).map(|one| (one.kind, one.line)).collect()
    }

    #[test]
    fn what_opens_doors_is_found() {
        for (prefix, says) in
            [("ghp_", "GitHub"), ("npm_", "npm"), ("scn_p_", "hub like this"), ("ghs_", "GitHub app")]
        {
            let token = made(prefix);
            for text in [token.clone(), format!("a\nKEY=\"{token}\"\n"), format!("\n{token}.")] {
                let found = kinds(&text);
                assert_eq!(found.len(), 1, "{text}");
                assert!(
                    found[0].0.contains(says)
                        && found[0].1 == 1 + text[..text.find(prefix).unwrap()].matches('\n').count()
                );
            }
        }
        assert_eq!(
            kinds(&format!("pypi-AgEIcHlwaS5vcmc{}", "Ab0-_".repeat(10))),
            [("an access token of PyPI", 1)]
        );
        assert_eq!(kinds(&format!("{0} {0} {0} {0} {0} {0} {0}", made("ghp_"))).len(), SECRETS_MAX);
    }

    #[test]
    fn what_only_looks_like_it_is_left() {
        let token = made("ghp_");
        let other = if token.ends_with('a') { "b" } else { "a" };
        for text in [
            format!("{}{other}", &token[..token.len() - 1]),
            format!("{token}x"),
            format!("x{token}"),
            token[..30].to_owned(),
            "ghp_".to_owned(),
            "scn_".to_owned(),
            "scn_p_".to_owned(),
            "_".repeat(100),
            "pypi-AgEIcHlwaS5vcmc".to_owned(),
            format!("ghp_{}", "x".repeat(36)),
        ] {
            assert_eq!(kinds(&text), [], "{text}");
        }
    }
}
