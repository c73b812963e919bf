//! Whom one trusts: logs by their keys, and how many of which witnesses must have seen a checkpoint (C2SP tlog-policy).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::checkpoint::Checkpoint;
use crate::note::{KeyKind, Note, VerifierKey};

/// Logs, witnesses and groups of one policy, each.
const NAMES_MAX: usize = 256;
/// Bytes of a policy.
const POLICY_BYTES_MAX: usize = 256 * 1024;
const NONE: &str = "none";

/// A log or a witness: its key, and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    /// What the policy calls it; of a log its origin.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Where it is asked.
    pub url: Option<String>,
}

/// So many of these must have seen it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Group {
    least: usize,
    members: Vec<String>,
}

/// Whom one trusts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Logs that are known.
    pub logs: Vec<Witness>,
    /// Witnesses that are known.
    pub witnesses: Vec<Witness>,
    groups: BTreeMap<String, Group>,
    quorum: String,
}

/// Why something is no policy, or a checkpoint does not meet one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadPolicy(String);

/// Who saw a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quorum {
    /// Witnesses, by the names that the policy gives them, and when, in seconds since 1970.
    pub seen: BTreeMap<String, u64>,
    /// How many witnesses the policy knows.
    pub of: usize,
}

impl Default for Policy {
    /// Of no log, and no witness is required.
    fn default() -> Policy {
        Policy::of_logs(Vec::new())
    }
}

impl Policy {
    /// Of logs, and no witness is required.
    pub fn of_logs(logs: Vec<Witness>) -> Policy {
        Policy { logs, witnesses: Vec::new(), groups: BTreeMap::new(), quorum: NONE.to_owned() }
    }

    /// Who of the witnesses saw a checkpoint.
    pub fn seen(&self, note: &Note) -> Quorum {
        let seen = self
            .witnesses
            .iter()
            .filter_map(|one| Some((one.name.clone(), one.key.cosigned_at(note)?)))
            .collect();
        Quorum { seen, of: self.witnesses.len() }
    }

    /// Whether those are enough.
    pub fn is_met(&self, quorum: &Quorum) -> bool {
        let mut met: BTreeSet<&str> = quorum.seen.keys().map(String::as_str).collect();
        // Groups name only what stands before them, but here they are in the order of names: as often as one can wait for another.
        for _ in 0..self.groups.len() {
            let more: Vec<&str> = self
                .groups
                .iter()
                .filter(|(_, group)| {
                    let have = group.members.iter().filter(|member| met.contains(member.as_str()));
                    have.count() >= group.least
                })
                .map(|(name, _)| name.as_str())
                .filter(|name| !met.contains(name))
                .collect();
            if more.is_empty() {
                break;
            }
            met.extend(more);
        }
        self.quorum == NONE || met.contains(self.quorum.as_str())
    }

    /// Reads a checkpoint if a log of the policy signed it, and enough witnesses saw it.
    ///
    /// # Errors
    /// [`BadPolicy`], with what is missing.
    pub fn check(&self, note: &Note) -> Result<(Checkpoint, Quorum), BadPolicy> {
        let checkpoint = Checkpoint::read(note).map_err(|error| BadPolicy(error.to_string()))?;
        let known = self.logs.iter().filter(|log| log.key.name() == checkpoint.origin);
        if known.clone().count() == 0 {
            return Err(BadPolicy(format!(
                "the checkpoint is of {:?}, a log that is not known",
                checkpoint.origin
            )));
        }
        if !known.into_iter().any(|log| log.key.verifies(note)) {
            return Err(BadPolicy(format!(
                "the checkpoint is not signed by the key of {:?}",
                checkpoint.origin
            )));
        }
        let quorum = self.seen(note);
        match self.is_met(&quorum) {
            true => Ok((checkpoint, quorum)),
            false => Err(BadPolicy(format!(
                "{} of {} witnesses saw the checkpoint, which is not enough",
                quorum.seen.len(),
                quorum.of
            ))),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        name == NONE || self.groups.contains_key(name) || self.witnesses.iter().any(|one| one.name == name)
    }

    fn log(&mut self, words: &[&str]) -> Result<(), String> {
        let [key, url @ ..] = words else { return Err("a log has a key".into()) };
        let key = key_of(key, KeyKind::Signer)?;
        if self.logs.iter().any(|log| log.key.is_same_key(&key)) {
            return Err("this log's key stands here twice".into());
        }
        self.logs.push(Witness { name: key.name().to_owned(), url: url_of(url)?, key });
        Ok(())
    }

    fn witness(&mut self, words: &[&str]) -> Result<(), String> {
        let [name, key, url @ ..] = words else { return Err("a witness has a name and a key".into()) };
        let key = key_of(key, KeyKind::Cosigner)?;
        if self.witnesses.iter().any(|one| one.key.is_same_key(&key)) {
            return Err("this witness's key stands here twice".into());
        }
        self.free(name)?;
        self.witnesses.push(Witness { name: (*name).to_owned(), key, url: url_of(url)? });
        Ok(())
    }

    fn group(&mut self, words: &[&str]) -> Result<(), String> {
        let [name, least, members @ ..] = words else {
            return Err("a group has a name, how many of its members are enough, and members".into());
        };
        self.free(name)?;
        let least = match *least {
            "any" => 1,
            "all" => members.len(),
            number => number.parse().map_err(|_| format!("{number:?} is neither a number, any nor all"))?,
        };
        if !(1..=members.len()).contains(&least) {
            return Err(format!("{least} of {} members cannot be", members.len()));
        }
        for (n, member) in members.iter().enumerate() {
            if *member == NONE || !self.is_named(member) {
                return Err(format!("{member:?} is named before it is told"));
            }
            let taken = self.groups.values().any(|group| group.members.iter().any(|one| one == member));
            if taken || members[..n].contains(member) {
                return Err(format!("{member:?} is in a group already"));
            }
        }
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.insert((*name).to_owned(), Group { least, members });
        Ok(())
    }

    fn free(&self, name: &str) -> Result<(), String> {
        match self.is_named(name) {
            true => Err(format!("the name {name:?} is taken")),
            false => Ok(()),
        }
    }
}

fn key_of(text: &str, kind: KeyKind) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error| format!("{error}"))?;
    match key.kind() == kind {
        true => Ok(key),
        false => Err("a log has a key that signs (1), a witness one that cosigns (4)".into()),
    }
}

fn url_of(words: &[&str]) -> Result<Option<String>, String> {
    match words {
        [] => Ok(None),
        [url] if url.starts_with("https://") || url.starts_with("http://") => {
            Ok(Some(url.trim_end_matches('/').to_owned()))
        }
        _ => Err("behind the key stands nothing but an address with http:// or https://".into()),
    }
}

impl FromStr for Policy {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Policy, BadPolicy> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(BadPolicy("a policy has at most 256 KiB".into()));
        }
        let mut policy = Policy::of_logs(Vec::new());
        let mut quorum = None;
        for (n, line) in (1..).zip(text.split('\n')) {
            let at = |why: String| BadPolicy(format!("line {n}: {why}"));
            if line.chars().any(|letter| letter.is_ascii_control() && letter != '\t') {
                return Err(at("a sign of control".into()));
            }
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            let Some((what, rest)) = words.split_first().filter(|(what, _)| !what.starts_with('#')) else {
                continue;
            };
            match (*what, rest) {
                ("log", rest) => policy.log(rest).map_err(at)?,
                ("witness", rest) => policy.witness(rest).map_err(at)?,
                ("group", rest) => policy.group(rest).map_err(at)?,
                ("quorum", [name]) if quorum.is_none() && policy.is_named(name) => {
                    quorum = Some((*name).to_owned())
                }
                ("quorum", _) => {
                    return Err(
                        at("one quorum, of a witness or group that stands before it, or none".into()),
                    );
                }
                _ => return Err(at(format!("{what:?} is none of log, witness, group and quorum"))),
            }
            if policy.logs.len().max(policy.witnesses.len()).max(policy.groups.len()) > NAMES_MAX {
                return Err(at(format!("more than {NAMES_MAX}")));
            }
        }
        policy.quorum = quorum
            .ok_or_else(|| BadPolicy("it has no quorum: add \"quorum none\" to require no witness".into()))?;
        Ok(policy)
    }
}

impl fmt::Display for Policy {
    /// Logs and witnesses alone; what needs groups is written by people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = |one: &Witness| one.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        for log in &self.logs {
            writeln!(f, "log {}{}", log.key, url(log))?;
        }
        for one in &self.witnesses {
            writeln!(f, "witness {} {}{}", one.name, one.key, url(one))?;
        }
        let mut told: BTreeSet<&str> = self.witnesses.iter().map(|one| one.name.as_str()).collect();
        while told.len() < self.witnesses.len() + self.groups.len() {
            let before = told.len();
            for (name, group) in &self.groups {
                let ready = group.members.iter().all(|member| told.contains(member.as_str()));
                if ready && told.insert(name) {
                    writeln!(f, "group {name} {} {}", group.least, group.members.join(" "))?;
                }
            }
            if told.len() == before {
                break;
            }
        }
        writeln!(f, "quorum {}", self.quorum)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::super::hash::Hash;
    use super::*;
    use crate::note::SignerKey;

    fn key(name: &str, kind: KeyKind, n: u8) -> SignerKey {
        SignerKey::new(name, kind, &[n; 32]).unwrap()
    }

    fn text() -> String {
        let witness = |n: u8| key(&format!("w{n}.example"), KeyKind::Cosigner, n).verifier();
        let mut text = format!(
            "# Whom we trust\n\nlog {} https://hub.example/log/1/\n",
            key("hub.example/log/1", KeyKind::Signer, 9).verifier()
        );
        for n in 1..=5 {
            text += &format!("  witness W{n}\t{}\n", witness(n));
        }
        text + "group X 2 W1 W2 W3\ngroup Y any W4 W5\ngroup both all X Y\nquorum both\n"
    }

    fn seen_by(witnesses: &[u8]) -> Note {
        let checkpoint = Checkpoint { origin: "hub.example/log/1".into(), size: 0, root: Hash::empty() };
        let mut note = key("hub.example/log/1", KeyKind::Signer, 9).sign(&checkpoint.text()).unwrap();
        for n in witnesses {
            note += &key(&format!("w{n}.example"), KeyKind::Cosigner, *n)
                .cosign(&checkpoint.text(), 1000 + u64::from(*n))
                .unwrap();
        }
        note.parse().unwrap()
    }

    #[test]
    fn as_many_as_it_takes() {
        let policy: Policy = text().parse().unwrap();
        assert_eq!(policy.logs[0].url.as_deref(), Some("https://hub.example/log/1"));
        assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
        for (witnesses, enough) in [
            (&[][..], false),
            (&[1, 2, 3], false),
            (&[1, 4], false),
            (&[1, 3, 5], true),
            (&[1, 2, 3, 4, 5], true),
            (&[4, 5, 2], false),
        ] {
            assert_eq!(policy.check(&seen_by(witnesses)).is_ok(), enough, "{witnesses:?}");
        }
        let (_, quorum) = policy.check(&seen_by(&[1, 3, 5])).unwrap();
        assert_eq!((quorum.seen.len(), quorum.of, quorum.seen["W3"]), (3, 5, 1003));
        let other: Policy = text().replace("quorum both", "quorum none").parse().unwrap();
        assert!(other.check(&seen_by(&[])).is_ok());
        let unknown = text().replace("log ", "# log ").parse::<Policy>().unwrap();
        assert!(unknown.check(&seen_by(&[1, 3, 5])).unwrap_err().to_string().contains("not known"));
    }

    #[test]
    fn what_is_no_policy() {
        let plain = text();
        let log = key("hub.example/log/1", KeyKind::Signer, 9).verifier();
        for (from, to, why) in [
            ("quorum both", "", "no quorum"),
            ("quorum both", "quorum neither", "quorum"),
            ("quorum both", "quorum both\nquorum both", "one quorum"),
            ("group X 2", "group X 4", "cannot be"),
            ("group X 2", "group X 0", "cannot be"),
            ("group X 2", "group X two", "neither"),
            ("any W4 W5", "any W4 W4", "already"),
            ("any W4 W5", "any W4 W1", "already"),
            ("any W4 W5", "any both", "before it is told"),
            ("any W4 W5", "any none", "before it is told"),
            ("group Y", "group W1", "taken"),
            ("group Y", "groups Y", "none of"),
            ("witness W2\t", "witness W1\t", "taken"),
            ("https://hub", "ftp://hub", "address"),
            ("#", "\u{7}", "control"),
            ("quorum both", &format!("quorum both\nlog {log}"), "twice"),
            ("quorum both", &format!("quorum both\nwitness Z {log}"), "cosigns"),
        ] {
            let error = plain.replacen(from, to, 1).parse::<Policy>().unwrap_err();
            assert!(error.to_string().contains(why), "{to}: {error}");
        }
    }
}
