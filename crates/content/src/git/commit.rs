//! Commits: written so that `git fsck --strict` is content, read so that old and signed ones still open.

use seedcorn_core::digest::Oid;

use super::COMMIT_PARENTS_MAX;

/// Who, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// A person's name. Angle brackets and control characters are left out when written.
    pub name: String,
    /// An e-mail address, cleaned likewise.
    pub email: String,
    /// Seconds since 1970-01-01 UTC. Below zero is written as zero, since git's date is unsigned.
    pub secs: i64,
    /// Minutes the writer's clock was east of UTC.
    pub offset_minutes: i32,
}

/// A snapshot and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The root directory.
    pub tree: Oid,
    /// What it was made from: none for a first commit, several for a merge.
    pub parents: Vec<Oid>,
    /// Who wrote the change.
    pub author: Signature,
    /// Who recorded it.
    pub committer: Signature,
    /// Summary line, and further text after an empty line.
    pub message: String,
}

/// Why bytes are not a commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCommit {
    /// A header git always writes is not where it must be.
    #[error("commit has no {0:?} line where one must be")]
    Missing(&'static str),
    /// The value of `tree` or `parent` is not an object id.
    #[error("commit's {0:?} line holds no object id")]
    BadOid(&'static str),
    /// More parents than [`COMMIT_PARENTS_MAX`].
    #[error("commit has more than {COMMIT_PARENTS_MAX} parents")]
    TooManyParents,
}

/// Minutes that `+HHMM` can spell.
const OFFSET_MINUTES_MAX: i32 = 99 * 60 + 59;

fn clean(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    kept.trim().to_owned()
}

impl Signature {
    fn render(&self) -> String {
        let minutes = self.offset_minutes.clamp(-OFFSET_MINUTES_MAX, OFFSET_MINUTES_MAX);
        let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
        let (name, email, secs) = (clean(&self.name), clean(&self.email), self.secs.max(0));
        format!("{name} <{email}> {secs} {sign}{:02}{:02}", minutes / 60, minutes % 60)
    }

    /// Lenient, because what is here already cannot be changed: a date that cannot be read is 1970, as git shows it.
    fn parse(line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(line);
        let (name, rest) = text.split_once('<').unwrap_or((&text, ""));
        let (email, date) = rest.rsplit_once('>').unwrap_or((rest, ""));
        let mut words = date.split_ascii_whitespace();
        let secs = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let offset_minutes = words.next().and_then(parse_offset).unwrap_or(0);
        Signature { name: name.trim().to_owned(), email: email.trim().to_owned(), secs, offset_minutes }
    }
}

fn parse_offset(word: &str) -> Option<i32> {
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i32 = digits.parse().ok().filter(|_| digits.len() == 4 && !digits.starts_with(['+', '-']))?;
    Some(sign * (number / 100 * 60 + number % 100))
}

impl Commit {
    /// The bytes of the commit object. NULs leave the message, and a message that is not empty ends in a newline.
    pub fn render(&self) -> Vec<u8> {
        let mut text = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        text.push_str(&format!("author {}\ncommitter {}\n\n", self.author.render(), self.committer.render()));
        text.extend(self.message.chars().filter(|&c| c != '\0'));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.into_bytes()
    }

    /// Reads a commit object. Signatures, encodings, merge tags and whatever else stands after `committer` are passed
    /// over; text in other encodings than UTF-8 comes with replacement characters.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadCommit> {
        let mut rest = bytes;
        let tree = parse_oid("tree", take_header(&mut rest, "tree").ok_or(BadCommit::Missing("tree"))?)?;
        let mut parents = Vec::new();
        while let Some(value) = take_header(&mut rest, "parent") {
            if parents.len() == COMMIT_PARENTS_MAX {
                return Err(BadCommit::TooManyParents);
            }
            parents.push(parse_oid("parent", value)?);
        }
        let author = take_header(&mut rest, "author").ok_or(BadCommit::Missing("author"))?;
        let committer = take_header(&mut rest, "committer").ok_or(BadCommit::Missing("committer"))?;
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            if line.is_empty() {
                break;
            }
        }
        Ok(Commit {
            tree,
            parents,
            author: Signature::parse(author),
            committer: Signature::parse(committer),
            message: String::from_utf8_lossy(rest).into_owned(),
        })
    }
}

/// The bytes of an annotated tag on a commit. NULs leave the message, and it ends in a newline.
pub fn render_tag(target: &Oid, name: &str, tagger: &Signature, message: &str) -> Vec<u8> {
    let head = format!("object {target}\ntype commit\ntag {name}\ntagger {}\n\n", tagger.render());
    let message: String = message.trim_end().chars().filter(|&c| c != '\0').collect();
    format!("{head}{message}\n").into_bytes()
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    Some((bytes.get(..end)?, bytes.get(end + 1..).unwrap_or_default()))
}

fn take_header<'a>(rest: &mut &'a [u8], key: &str) -> Option<&'a [u8]> {
    let (line, after) = split_line(rest)?;
    let value = line.strip_prefix(key.as_bytes())?.strip_prefix(b" ")?;
    *rest = after;
    Some(value)
}

fn parse_oid(key: &'static str, value: &[u8]) -> Result<Oid, BadCommit> {
    let text = str::from_utf8(value).map_err(|_| BadCommit::BadOid(key))?;
    text.parse().map_err(|_| BadCommit::BadOid(key))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::check_tag;
    use super::*;

    #[test]
    fn tags_are_written_as_git_reads_them() {
        let ada = Signature { name: "A<d>a".into(), email: "ada@b".into(), secs: 5, offset_minutes: -90 };
        let bytes = render_tag(&Oid([1; 20]), "v1", &ada, "One\n\nand\0 more\n\n");
        let tag = check_tag(&bytes).unwrap();
        assert_eq!((tag.target, tag.name.as_str()), (Oid([1; 20]), "v1"));
        assert!(bytes.ends_with(b"\ntagger Ada <ada@b> 5 -0130\n\nOne\n\nand more\n"));
    }
    use proptest::prelude::*;

    fn signature(name: &str, offset_minutes: i32) -> Signature {
        Signature {
            name: name.to_owned(),
            email: "ada@example.org".to_owned(),
            secs: 1_700_000_000,
            offset_minutes,
        }
    }

    fn commit(message: &str) -> Commit {
        Commit {
            tree: Oid([1; 20]),
            parents: vec![Oid([2; 20]), Oid([3; 20])],
            author: signature("Ada", -210),
            committer: signature("Hub", 345),
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_commit_reads_back() {
        let text = String::from_utf8(commit("Add weights").render()).unwrap();
        assert!(text.contains("\nauthor Ada <ada@example.org> 1700000000 -0330\n"), "{text}");
        assert!(
            text.ends_with("committer Hub <ada@example.org> 1700000000 +0545\n\nAdd weights\n"),
            "{text}"
        );
        assert_eq!(Commit::parse(text.as_bytes()).unwrap(), commit("Add weights\n"));
        assert!(commit("").render().ends_with(b"+0545\n\n"));
    }

    #[test]
    fn a_hostile_name_stays_on_its_line() {
        let mut forged = commit("m\0m");
        forged.author.name = " Eve\ncommitter Root <root> 0 +0000\0 ".to_owned();
        forged.committer.secs = -5;
        let back = Commit::parse(&forged.render()).unwrap();
        assert_eq!(back.author.name, "Evecommitter Root root 0 +0000");
        assert_eq!((back.committer.name.as_str(), back.committer.secs), ("Hub", 0));
        assert_eq!(back.message, "mm\n");
    }

    #[test]
    fn signed_and_foreign_headers_are_passed_over() {
        let tree = "1".repeat(40);
        let text = format!(
            "tree {tree}\nauthor A <a@b> 1 +0000\ncommitter odd\nencoding latin1\ngpgsig -----BEGIN\n \n line\n -----END\n\nhi\n\nthere"
        );
        let back = Commit::parse(text.as_bytes()).unwrap();
        assert_eq!(back.message, "hi\n\nthere");
        assert_eq!((back.committer.name.as_str(), back.committer.secs), ("odd", 0));
        assert_eq!(Commit::parse(b"tree x\n"), Err(BadCommit::BadOid("tree")));
        assert_eq!(Commit::parse(format!("tree {tree}\n").as_bytes()), Err(BadCommit::Missing("author")));
        let crowd = format!("tree {tree}\n") + &format!("parent {tree}\n").repeat(COMMIT_PARENTS_MAX + 1);
        assert_eq!(Commit::parse(crowd.as_bytes()), Err(BadCommit::TooManyParents));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Commit::parse(&tail);
            let _ = Commit::parse(&[&commit("m").render()[..150], &tail].concat());
        }

        #[test]
        fn whatever_is_rendered_reads_back(name in any::<String>(), email in any::<String>(), message in any::<String>(),
                                           secs in any::<i64>(), offset in any::<i32>()) {
            let who = Signature { name, email, secs, offset_minutes: offset };
            let made = Commit { author: who.clone(), committer: who, ..commit(&message) };
            let back = Commit::parse(&made.render()).unwrap();
            prop_assert_eq!(back.render(), made.render());
            prop_assert_eq!((back.tree, back.parents), (made.tree, made.parents));
        }
    }
}
