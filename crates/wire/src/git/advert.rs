//! What refs a repo has, and what is known here: the answer to `info/refs`, and to `ls-refs`.

use seedcorn_core::digest::Oid;

use super::{AGENT, BadRequest, pkt};

/// A ref as clients are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The whole name.
    pub name: String,
    /// What it points at: a commit, or an annotated tag.
    pub oid: Oid,
    /// The commit at the end of that tag.
    pub peeled: Option<Oid>,
}

/// What a repo has to offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refs {
    /// Every ref, by name.
    pub all: Vec<Advertised>,
    /// The branch that is checked out when none is named, whether or not it is there.
    pub head: String,
}

impl Refs {
    fn head(&self) -> Option<&Advertised> {
        self.all.iter().find(|one| one.name == self.head)
    }
}

/// What `git fetch` may ask for in versions 0 and 1.
const UPLOAD: &str = "multi_ack_detailed no-done thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not \
     deepen-relative no-progress include-tag allow-tip-sha1-in-want allow-reachable-sha1-in-want filter";
/// What `git push` may ask for.
const RECEIVE: &str = "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta";

/// The answer of version 2: what is known here. Refs are asked for next.
pub fn version_2() -> Vec<u8> {
    let mut out = Vec::new();
    service(&mut out, "git-upload-pack");
    let known =
        ["version 2", AGENT, "ls-refs=unborn", "fetch=shallow wait-for-done filter", "object-format=sha1"];
    known.iter().for_each(|line| pkt::text(&mut out, line));
    out.extend_from_slice(pkt::FLUSH);
    out
}

fn service(out: &mut Vec<u8>, name: &str) {
    pkt::text(out, &format!("# service={name}"));
    out.extend_from_slice(pkt::FLUSH);
}

/// The refs and what is known here, for versions 0 and 1.
pub fn version_0(refs: &Refs, is_push: bool) -> Vec<u8> {
    let mut out = Vec::new();
    service(&mut out, if is_push { "git-receive-pack" } else { "git-upload-pack" });
    let mut known = if is_push { RECEIVE.to_owned() } else { UPLOAD.to_owned() };
    let head = refs.head().filter(|_| !is_push);
    if head.is_some() {
        known.push_str(&format!(" symref=HEAD:{}", refs.head));
    }
    known.push_str(&format!(" object-format=sha1 {AGENT}"));
    let mut lines: Vec<String> = head.map(|head| format!("{} HEAD", head.oid)).into_iter().collect();
    for one in &refs.all {
        lines.push(format!("{} {}", one.oid, one.name));
        // Whoever pushes is not told what tags lead to.
        lines.extend(one.peeled.filter(|_| !is_push).map(|peeled| format!("{peeled} {}^{{}}", one.name)));
    }
    if lines.is_empty() {
        lines.push(format!("{} capabilities^{{}}", Oid::ZERO));
    }
    for (at, line) in lines.iter().enumerate() {
        match at {
            0 => pkt::put(&mut out, format!("{line}\0{known}\n").as_bytes()),
            _ => pkt::text(&mut out, line),
        }
    }
    out.extend_from_slice(pkt::FLUSH);
    out
}

/// What `ls-refs` of version 2 asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRefs {
    /// Whether tags are to be peeled.
    pub peel: bool,
    /// Whether it is to be told which branch HEAD is.
    pub symrefs: bool,
    /// Whether HEAD is to be told of even where its branch is not there.
    pub unborn: bool,
    /// What names begin with; nothing stands for every name.
    pub prefixes: Vec<String>,
}

/// Prefixes that are looked at; with more, every ref is told, as a prefix is no more than a hint.
const PREFIXES_MAX: usize = 1000;

impl ListRefs {
    /// From the arguments, up to the flush.
    ///
    /// # Errors
    /// [`BadRequest`] for what is none.
    pub fn read(bytes: &mut &[u8]) -> Result<ListRefs, BadRequest> {
        let mut asked = ListRefs::default();
        loop {
            let line = pkt::must(bytes)?;
            if line == pkt::Line::Flush {
                break;
            }
            match line.text()? {
                "peel" => asked.peel = true,
                "symrefs" => asked.symrefs = true,
                "unborn" => asked.unborn = true,
                other => match other.strip_prefix("ref-prefix ") {
                    Some(prefix) => asked.prefixes.push(prefix.to_owned()),
                    None => return Err(BadRequest::Unknown(other.chars().take(80).collect())),
                },
            }
        }
        if asked.prefixes.len() > PREFIXES_MAX {
            asked.prefixes.clear();
        }
        Ok(asked)
    }

    fn is_asked(&self, name: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }

    /// The answer.
    pub fn answer(&self, refs: &Refs) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_asked("HEAD") {
            let symref = if self.symrefs { format!(" symref-target:{}", refs.head) } else { String::new() };
            match refs.head() {
                Some(head) => pkt::text(&mut out, &format!("{} HEAD{symref}", head.oid)),
                None if self.unborn => pkt::text(&mut out, &format!("unborn HEAD{symref}")),
                None => {}
            }
        }
        for one in refs.all.iter().filter(|one| self.is_asked(&one.name)) {
            let peeled = one.peeled.filter(|_| self.peel).map(|peeled| format!(" peeled:{peeled}"));
            pkt::text(&mut out, &format!("{} {}{}", one.oid, one.name, peeled.unwrap_or_default()));
        }
        out.extend_from_slice(pkt::FLUSH);
        out
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    fn refs() -> Refs {
        let one = |name: &str, oid, peeled| Advertised { name: name.into(), oid: Oid([oid; 20]), peeled };
        let tag = one("refs/tags/v1", 2, Some(Oid([1; 20])));
        Refs { all: vec![one("refs/heads/main", 1, None), tag], head: "refs/heads/main".into() }
    }

    #[test]
    fn old_clients_are_told_of_refs_at_once() {
        let text = String::from_utf8(version_0(&refs(), false)).unwrap();
        let main = "01".repeat(20);
        assert!(text.starts_with("001e# service=git-upload-pack\n0000"), "{text}");
        for part in [
            format!("{main} HEAD\0multi_ack_detailed"),
            "symref=HEAD:refs/heads/main object-format=sha1 agent=seedcorn/".into(),
            format!("003d{main} refs/heads/main\n"),
            format!("{main} refs/tags/v1^{{}}\n0000"),
        ] {
            assert!(text.contains(&part), "{part} is not in {text}");
        }
        let text = String::from_utf8(version_0(&refs(), true)).unwrap();
        assert!(
            text.contains(" refs/heads/main\0report-status")
                && !text.contains("HEAD")
                && !text.contains("^{}")
        );
        let text = String::from_utf8(version_0(&Refs::default(), true)).unwrap();
        assert!(text.contains(&format!("{} capabilities^{{}}\0", Oid::ZERO)));
    }

    #[test]
    fn new_clients_ask_for_some() {
        assert!(String::from_utf8(version_2()).unwrap().contains("000eversion 2\n"));
        let mut asked = Vec::new();
        for line in ["peel", "symrefs", "unborn", "ref-prefix HEAD", "ref-prefix refs/tags/"] {
            pkt::text(&mut asked, line);
        }
        asked.extend_from_slice(pkt::FLUSH);
        let asked = ListRefs::read(&mut asked.as_slice()).unwrap();
        let (main, tag) = ("01".repeat(20), "02".repeat(20));
        let text = String::from_utf8(asked.answer(&refs())).unwrap();
        assert_eq!(
            text,
            format!(
                "0050{main} HEAD symref-target:refs/heads/main\n006a{tag} refs/tags/v1 peeled:{main}\n0000"
            )
        );
        let none = Refs { head: "refs/heads/main".into(), ..Refs::default() };
        assert!(asked.answer(&none).starts_with(b"002eunborn HEAD symref-target:refs/heads/main\n"));
        assert!(ListRefs::read(&mut &b"0008what0000"[..]).is_err());
        assert_eq!(ListRefs::read(&mut &b"0009peel\n"[..]), Err(BadRequest::Short));
    }
}
