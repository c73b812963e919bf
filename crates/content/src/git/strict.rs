//! What `git fsck --strict` asks of objects, asked before they are let in: whoever clones a repo must not find that it is unsound
//! (git-fsck(1), section "fsck messages"). Trees are read strictly anyway, see [`super::parse_tree`].

use seedcorn_core::digest::Oid;

use super::object::Kind;

/// Bytes of a line of `.gitattributes` that git reads.
const ATTRIBUTES_LINE_MAX: usize = 2048;

/// What an annotated tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it is on.
    pub target: Oid,
    /// What kind of object that is.
    pub kind: Kind,
    /// Its own name.
    pub name: String,
}

/// A line of a header: what stands before the first blank, and what follows.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = (bytes.get(..end)?, bytes.get(end + 1..)?);
    let space = line.iter().position(|byte| *byte == b' ')?;
    Some((line.get(..space)?, line.get(space + 1..)?, rest))
}

fn oid(value: &[u8]) -> Option<Oid> {
    std::str::from_utf8(value).ok().filter(|text| text.len() == 40)?.parse().ok()
}

/// Checks a commit's header: its lines in order, and who made it and when.
///
/// # Errors
/// What is wrong, in words.
pub fn check_commit(bytes: &[u8]) -> Result<(), String> {
    if bytes.contains(&0) {
        return Err("a commit holds a NUL".into());
    }
    let missing = |what: &str| format!("a commit has no sound {what:?} line where one must be");
    let (_, _, mut rest) = line(bytes)
        .filter(|(key, value, _)| *key == b"tree" && oid(value).is_some())
        .ok_or_else(|| missing("tree"))?;
    while let Some((b"parent", value, after)) = line(rest) {
        oid(value).ok_or_else(|| missing("parent"))?;
        rest = after;
    }
    for who in ["author", "committer"] {
        let found = line(rest).filter(|(key, ..)| *key == who.as_bytes());
        let (_, value, after) = found.ok_or_else(|| missing(who))?;
        check_ident(value).map_err(|why| format!("a commit's {who}: {why}"))?;
        rest = after;
    }
    match is_terminated(bytes) {
        true => Ok(()),
        false => Err("a commit's header has no end".into()),
    }
}

/// Whether the last line of a header has an end, with or without a body behind it.
fn is_terminated(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\n") || bytes.windows(2).any(|pair| pair == b"\n\n")
}

/// `Name <address> seconds +0000`.
fn check_ident(value: &[u8]) -> Result<(), &'static str> {
    if value.starts_with(b"<") {
        return Err("there is no name before the address");
    }
    let open = value.iter().position(|byte| matches!(byte, b'<' | b'>')).ok_or("there is no address")?;
    if value.get(open) != Some(&b'<') {
        return Err("the name holds '>'");
    }
    if !value.get(..open).is_some_and(|name| name.ends_with(b" ")) {
        return Err("there is no blank before the address");
    }
    let rest = value.get(open + 1..).unwrap_or_default();
    let close = rest.iter().position(|byte| matches!(byte, b'<' | b'>')).ok_or("the address has no end")?;
    if rest.get(close) != Some(&b'>') {
        return Err("the address holds '<'");
    }
    let date = rest.get(close + 1..).and_then(|rest| rest.strip_prefix(b" ")).ok_or("there is no date")?;
    let date = std::str::from_utf8(date).map_err(|_| "the date is no number")?;
    let (secs, zone) = date.split_once(' ').ok_or("the date has no time zone")?;
    let is_number = !secs.is_empty() && secs.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || secs.parse::<i64>().is_err() {
        return Err("the date is no number of seconds");
    }
    if secs.len() > 1 && secs.starts_with('0') {
        return Err("the date begins with a zero");
    }
    let digits = zone.strip_prefix(['+', '-']).unwrap_or_default();
    match digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(()),
        false => Err("the time zone is not written as +0000"),
    }
}

/// Reads an annotated tag strictly.
///
/// # Errors
/// What is wrong, in words.
pub fn check_tag(bytes: &[u8]) -> Result<Tag, String> {
    let missing = |what: &str| format!("a tag has no sound {what:?} line where one must be");
    let header = bytes.windows(2).position(|pair| pair == b"\n\n").map_or(bytes.len(), |end| end + 1);
    let header = bytes.get(..header).unwrap_or_default();
    if header.contains(&0) || !is_terminated(bytes) {
        return Err("a tag's header holds a NUL, or has no end".into());
    }
    let (key, value, rest) = line(header).ok_or_else(|| missing("object"))?;
    let target = oid(value).filter(|_| key == b"object").ok_or_else(|| missing("object"))?;
    let (key, value, rest) = line(rest).ok_or_else(|| missing("type"))?;
    let kinds = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];
    let kind = kinds.into_iter().find(|kind| kind.name().as_bytes() == value && key == b"type");
    let kind = kind.ok_or_else(|| missing("type"))?;
    let (key, value, rest) = line(rest).ok_or_else(|| missing("tag"))?;
    let name = std::str::from_utf8(value).ok().filter(|_| key == b"tag").ok_or_else(|| missing("tag"))?;
    // Early tags say nothing of who made them.
    if let Some((b"tagger", value, _)) = line(rest) {
        check_ident(value).map_err(|why| format!("the tag {name:?}: {why}"))?;
    }
    Ok(Tag { target, kind, name: name.to_owned() })
}

/// Checks a `.gitmodules`. git reads it as any of its settings, in many spellings by which programs were made to run (CVE-2018-11235,
/// CVE-2018-17456, CVE-2019-19604); here each line has to be written as git itself writes it, which has none of them.
///
/// # Errors
/// What is wrong, in words.
pub fn check_modules(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| ".gitmodules is no text".to_owned())?;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        let is_sound = match line.strip_prefix('[') {
            _ if line.is_empty() || line.starts_with(['#', ';']) => true,
            Some(section) => is_module(section),
            None => is_setting(line),
        };
        if !is_sound {
            let line: String = line.chars().take(80).collect();
            return Err(format!(
                ".gitmodules has the line {line:?}, which is not as git writes it, or may do harm"
            ));
        }
    }
    Ok(())
}

/// `submodule "name"]`, with a name that leads nowhere else.
fn is_module(section: &str) -> bool {
    let name = section.strip_prefix("submodule \"").and_then(|rest| rest.strip_suffix("\"]"));
    name.is_some_and(|name| is_plain(name) && !name.is_empty() && !name.split('/').any(|part| part == ".."))
}

/// `key = value`, with a value that no program takes for an option or an order.
fn is_setting(line: &str) -> bool {
    let Some((key, value)) = line.split_once('=') else { return false };
    let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    // Outside of quotes what begins a comment ends the value.
    let bare = || value.split(['#', ';']).next().unwrap_or_default().trim_end();
    let value = quoted.unwrap_or_else(bare);
    let is_key = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !key.is_empty();
    let is_fine = match key.as_str() {
        "url" => is_url(value),
        "update" => !value.starts_with('!'),
        _ => !value.starts_with('-'),
    };
    is_key && is_fine && is_plain(value)
}

/// Whether an address of a submodule is one by git's own rules (git, `submodule-config.c`).
fn is_url(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    if url.is_empty()
        || url.starts_with('-')
        || lower.contains("%0a")
        || lower.contains("%0d")
        || lower.contains("::")
    {
        return false;
    }
    if let Some((_, host)) = lower.split_once("://") {
        return !host.is_empty()
            && !host.starts_with('-')
            && (lower.starts_with("file:") || !host.starts_with('/'));
    }
    let mut rest = url;
    while let Some(after) = rest.strip_prefix("../").or_else(|| rest.strip_prefix("./")) {
        rest = after;
    }
    rest.len() == url.len() || !rest.starts_with(['/', ':'])
}

/// Whether nothing in a text is read otherwise than it is written.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'))
}

/// Checks a `.gitattributes`: git stops reading where a line is too long.
///
/// # Errors
/// What is wrong, in words.
pub fn check_attributes(bytes: &[u8]) -> Result<(), String> {
    match bytes.split(|byte| *byte == b'\n').any(|line| line.len() > ATTRIBUTES_LINE_MAX) {
        true => Err(format!(".gitattributes has a line of more than {ATTRIBUTES_LINE_MAX} bytes")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const ADA: &str = "Ada <ada@example.org> 1700000000 +0100";

    #[test]
    fn commits_are_as_git_wants_them() {
        let good = format!("{TREE}author {ADA}\ncommitter {ADA}\n\nText\n");
        assert_eq!(check_commit(good.as_bytes()), Ok(()));
        let parent = "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
        let signed = format!("{TREE}{parent}author {ADA}\ncommitter  <> 0 -0000\ngpgsig x\n y\n\n");
        assert_eq!(check_commit(signed.as_bytes()), Ok(()));
        for (who, why) in [
            ("<ada@example.org> 1 +0000", "no name"),
            ("Ada", "no address"),
            ("A>da <a> 1 +0000", "holds '>'"),
            ("Ada<a> 1 +0000", "no blank"),
            ("Ada <a", "no end"),
            ("Ada <a<b> 1 +0000", "holds '<'"),
            ("Ada <a>", "no date"),
            ("Ada <a> x +0000", "no number"),
            ("Ada <a> 99999999999999999999 +0000", "no number"),
            ("Ada <a> 01 +0000", "a zero"),
            ("Ada <a> 1", "no time zone"),
            ("Ada <a> 1 0000", "not written"),
            ("Ada <a> 1 +00", "not written"),
        ] {
            let bad = format!("{TREE}author {who}\ncommitter {ADA}\n\n");
            let said = check_commit(bad.as_bytes()).unwrap_err();
            assert!(said.contains(why) && said.contains("author"), "{who}: {said}");
        }
        for (bad, why) in [
            (String::new(), "\"tree\""),
            (format!("tree x\nauthor {ADA}\ncommitter {ADA}\n\n"), "\"tree\""),
            (format!("{TREE}parent x\nauthor {ADA}\ncommitter {ADA}\n\n"), "\"parent\""),
            (format!("{TREE}committer {ADA}\n\n"), "\"author\""),
            (format!("{TREE}author {ADA}\nauthor {ADA}\ncommitter {ADA}\n\n"), "\"committer\""),
            (format!("{TREE}author {ADA}\ncommitter {ADA}\n\n\0"), "NUL"),
            (format!("{TREE}author {ADA}\ncommitter {ADA}\ngpgsig x"), "no end"),
        ] {
            let said = check_commit(bad.as_bytes()).unwrap_err();
            assert!(said.contains(why), "{bad:?}: {said}");
        }
    }

    #[test]
    fn tags_are_read() {
        let head = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag v1\n";
        let tag = check_tag(format!("{head}tagger {ADA}\n\nText \0\n").as_bytes()).unwrap();
        assert_eq!((tag.kind, tag.name.as_str()), (Kind::Tree, "v1"));
        assert!(check_tag(format!("{head}\nno tagger").as_bytes()).is_ok());
        for bad in [
            "",
            "object x\n",
            &head.replace("tree", "tre"),
            &format!("{head}tagger x\n\n"),
            &format!("{head}tagger x"),
        ] {
            assert!(check_tag(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn submodules_run_nothing() {
        let good = "# ours\n[submodule \"lib/a b/\"]\n\tpath = lib\n\turl = https://example.org/lib\n\tupdate = none\n\ttag = v1\n\
                    \turl = \"https://example.org/b#c\"\n\turl = ../other\n\turl = me@host:x.git\n\turl = file:///srv/x\n\tbranch =\n";
        assert_eq!(check_modules(good.as_bytes()), Ok(()));
        for bad in [
            "[submodule \"../../x\"]",
            "[submodule \"a/../x\"]",
            "[submodule \"\\.\\./x\"]",
            "[SUBMODULE \"x\"]",
            "[submodule \"a\"] url = -u./x",
            "[submodule.a]",
            "url = -u./x",
            "url = \"-u./x\"",
            "url = ext::sh",
            "url = https://a/%0ahost=b",
            "url = http://a%0db/x",
            "url = https://a \\",
            "url = ..//x",
            "url = ../:x",
            "url = https:///x",
            "url = https://",
            "url = ssh://-oProxyCommand=x/y",
            "path=-x",
            "update = !sh",
            "x",
            "[core]",
        ] {
            assert!(check_modules(format!("{good}{bad}\n").as_bytes()).is_err(), "{bad:?}");
        }
        assert!(check_attributes(b"*.bin filter=lfs\n").is_ok());
        assert!(check_attributes(&[b'x'; 2049]).is_err());
    }
}
