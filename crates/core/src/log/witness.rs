//! Witnesses: whoever saw a log grow and never change says so under its checkpoints (C2SP tlog-witness).

use super::checkpoint::{Checkpoint, decimal};
use super::hash::Hash;
use super::merkle::verify_consistency;
use crate::note::{Note, SignerKey, VerifierKey};

/// Hashes of one proof.
const HASHES_MAX: usize = 63;
/// Bytes of a request.
const REQUEST_BYTES_MAX: usize = 128 * 1024;

/// That a witness sees a checkpoint: what it is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    /// The size of the tree that it saw last.
    pub old: u64,
    /// That the checkpoint goes on from there.
    pub proof: Vec<Hash>,
    /// The checkpoint: a note.
    pub checkpoint: String,
}

/// Why a witness does not say that it saw a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Turned {
    /// The request is none.
    #[error("{0}")]
    Malformed(String),
    /// The log is not one that it looks at.
    #[error("this witness does not look at the log {0:?}")]
    Unknown(String),
    /// No key that it knows signed the checkpoint.
    #[error("no key that this witness knows of the log signed the checkpoint")]
    Unsigned,
    /// It saw another size last, this one.
    #[error("this witness saw {0} entries last")]
    Another(u64),
    /// The same size has another root: the log has two pasts.
    #[error("a checkpoint of {0} entries with another root was seen: the log has two pasts")]
    Forked(u64),
    /// The proof does not hold.
    #[error("the proof does not show that the checkpoint goes on from {0} entries")]
    Inconsistent(u64),
}

impl Turned {
    /// The status of HTTP that says so.
    pub fn status(&self) -> u16 {
        match self {
            Turned::Malformed(_) => 400,
            Turned::Unknown(_) => 404,
            Turned::Unsigned => 403,
            Turned::Another(_) | Turned::Forked(_) => 409,
            Turned::Inconsistent(_) => 422,
        }
    }
}

/// A checkpoint that a witness may say it saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosigned {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Its text, which is signed.
    pub text: String,
}

impl AddCheckpoint {
    /// As it is sent.
    pub fn text(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| format!("{hash}\n")).collect();
        format!("old {}\n{proof}\n{}", self.old, self.checkpoint)
    }

    /// Reads what is sent.
    ///
    /// # Errors
    /// [`Turned::Malformed`].
    pub fn read(text: &str) -> Result<AddCheckpoint, Turned> {
        let bad = |why: &str| Turned::Malformed(why.to_owned());
        if text.len() > REQUEST_BYTES_MAX {
            return Err(bad("a request has at most 128 KiB"));
        }
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| bad("an empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or_else(|| bad("the first line is \"old \" and a size"))?;
        let proof: Result<Vec<Hash>, _> = lines.map(str::parse).collect();
        let proof =
            proof.map_err(|_| bad("between the old size and the checkpoint stand hashes in base64"))?;
        match proof.len() <= HASHES_MAX {
            true => Ok(AddCheckpoint { old, proof, checkpoint: checkpoint.to_owned() }),
            false => Err(bad("a proof has at most 63 hashes")),
        }
    }

    /// Decides whether a witness says that it saw this: `seen` is the checkpoint of this log that it saw last (of no entries, if
    /// none), and `keys` are those that it knows of the log. Whoever asks holds the log, so that `seen` stays what it is until the
    /// answer is written down.
    ///
    /// # Errors
    /// [`Turned`], in the order in which the specification has them.
    pub fn decide(&self, keys: &[VerifierKey], seen: (u64, Hash)) -> Result<Cosigned, Turned> {
        let (note, checkpoint) = self.checkpoint()?;
        let own = keys.iter().filter(|key| key.name() == checkpoint.origin);
        if own.clone().count() == 0 {
            return Err(Turned::Unknown(checkpoint.origin));
        }
        if !own.into_iter().any(|key| key.verifies(&note)) {
            return Err(Turned::Unsigned);
        }
        if self.old > checkpoint.size {
            return Err(Turned::Malformed("the old size is larger than the checkpoint's".into()));
        }
        if self.old != seen.0 {
            return Err(Turned::Another(seen.0));
        }
        if self.old == checkpoint.size && seen.1 != checkpoint.root {
            return Err(Turned::Forked(self.old));
        }
        match verify_consistency(seen, checkpoint.tree(), &self.proof) {
            true => Ok(Cosigned { checkpoint, text: note.text().to_owned() }),
            false => Err(Turned::Inconsistent(self.old)),
        }
    }

    /// The checkpoint, as a claim.
    ///
    /// # Errors
    /// [`Turned::Malformed`].
    pub fn checkpoint(&self) -> Result<(Note, Checkpoint), Turned> {
        let note: Note =
            self.checkpoint.parse().map_err(|error| Turned::Malformed(format!("the checkpoint: {error}")))?;
        let checkpoint = Checkpoint::read(&note).map_err(|error| Turned::Malformed(error.to_string()))?;
        Ok((note, checkpoint))
    }
}

/// The lines of a witness's answer that a log adds to its checkpoint: those of one key, if they hold.
pub fn cosigned_by(key: &VerifierKey, checkpoint: &str, answer: &str) -> Option<String> {
    let own: String = answer
        .split_inclusive('\n')
        .filter(|line| {
            line.strip_prefix("— ")
                .and_then(|rest| rest.split_once(' '))
                .is_some_and(|(name, _)| name == key.name())
        })
        .take(HASHES_MAX)
        .filter(|line| {
            let whole: Option<Note> = format!("{checkpoint}{line}").parse().ok();
            whole.is_some_and(|note| key.cosigned_at(&note).is_some())
        })
        .take(1)
        .collect();
    (!own.is_empty()).then_some(own)
}

/// The line by which a witness says that it saw a checkpoint at a time in seconds since 1970.
///
/// # Errors
/// What is wrong with the key.
pub fn cosign(key: &SignerKey, cosigned: &Cosigned, time: u64) -> Result<String, crate::note::BadNote> {
    key.cosign(&cosigned.text, time)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::super::grow::{Edge, Written};
    use super::super::merkle::consistency_ranges;
    use super::super::tile::Tiles;
    use super::*;
    use crate::note::KeyKind;

    fn log() -> SignerKey {
        SignerKey::new("hub.example/log/1", KeyKind::Signer, &[1; 32]).unwrap()
    }

    /// A log of entries with a word in them, as it was at each size.
    struct Grown {
        edge: Edge,
        files: Vec<Written>,
        word: &'static str,
    }

    impl Grown {
        fn new(word: &'static str) -> Grown {
            Grown { edge: Edge::default(), files: Vec::new(), word }
        }

        fn to(&mut self, size: u64) -> (u64, Hash) {
            let word = self.word;
            let entries = (self.edge.size()..size).map(|n| format!("{word} {n}").into_bytes());
            self.files.extend(self.edge.grow(entries).unwrap());
            (size, self.edge.root())
        }

        /// What a witness is asked that saw so many entries.
        fn ask(&self, old: u64) -> AddCheckpoint {
            let size = self.edge.size();
            let ranges = consistency_ranges(old, size);
            let mut tiles = Tiles::of(size);
            for tile in tiles.wanted(&ranges) {
                let file = self.files.iter().find(|file| file.path == tile.to_string()).unwrap();
                assert!(tiles.add(tile, &file.bytes));
            }
            let checkpoint = Checkpoint { origin: "hub.example/log/1".into(), size, root: self.edge.root() };
            AddCheckpoint {
                old,
                proof: tiles.proof(&ranges).unwrap(),
                checkpoint: log().sign(&checkpoint.text()).unwrap(),
            }
        }
    }

    #[test]
    fn a_log_is_seen_to_grow_and_not_to_fork() {
        let keys = [log().verifier()];
        let (mut honest, mut forked) = (Grown::new("entry"), Grown::new("lie"));
        let mut seen = (0, Hash::empty());
        for size in [0, 1, 5, 256, 300, 70_000] {
            let tree = honest.to(size);
            let ask = honest.ask(seen.0);
            assert_eq!(AddCheckpoint::read(&ask.text()).unwrap(), ask);
            seen = ask.decide(&keys, seen).unwrap().checkpoint.tree();
            assert_eq!(seen, tree);
            assert_eq!(honest.ask(size).decide(&keys, seen).unwrap().checkpoint.tree(), tree, "asked again");
        }
        forked.to(70_000);
        assert_eq!(forked.ask(70_000).decide(&keys, seen), Err(Turned::Forked(70_000)));
        forked.to(70_001);
        assert_eq!(forked.ask(70_000).decide(&keys, seen), Err(Turned::Inconsistent(70_000)));
        assert_eq!(forked.ask(300).decide(&keys, seen), Err(Turned::Another(70_000)));
        honest.to(70_002);
        let ask = honest.ask(70_000);
        for (bad, why) in [
            (AddCheckpoint { old: 70_003, ..ask.clone() }, 400),
            (AddCheckpoint { old: 1, ..ask.clone() }, 409),
            (AddCheckpoint { proof: Vec::new(), ..ask.clone() }, 422),
            (AddCheckpoint { checkpoint: ask.checkpoint.replacen("70002", "70003", 1), ..ask.clone() }, 403),
            (AddCheckpoint { checkpoint: ask.checkpoint.replacen("hub.", "hut.", 1), ..ask.clone() }, 404),
            (AddCheckpoint { checkpoint: "x".into(), ..ask.clone() }, 400),
        ] {
            assert_eq!(bad.decide(&keys, seen).unwrap_err().status(), why, "{bad:?}");
        }
        let grown = Grown::new("entry");
        let nothing = AddCheckpoint { proof: vec![Hash::empty()], ..grown.ask(0) };
        assert_eq!(
            nothing.decide(&keys, (0, Hash::empty())).unwrap_err().status(),
            422,
            "a proof of nothing is empty"
        );
    }

    #[test]
    fn what_a_witness_answers_is_taken_if_it_holds() {
        let mut grown = Grown::new("entry");
        grown.to(3);
        let ask = grown.ask(0);
        let (_, checkpoint) = ask.checkpoint().unwrap();
        let witness = SignerKey::new("witness.example/w1", KeyKind::Cosigner, &[2; 32]).unwrap();
        let cosigned = Cosigned { text: checkpoint.text(), checkpoint };
        let line = cosign(&witness, &cosigned, 1_790_000_000).unwrap();
        let key = witness.verifier();
        assert_eq!(cosigned_by(&key, &ask.checkpoint, &line).as_deref(), Some(line.as_str()));
        let more = format!("— other.example AAAAAAAA\n{line}garbage\n");
        assert_eq!(cosigned_by(&key, &ask.checkpoint, &more).as_deref(), Some(line.as_str()));
        let stranger = SignerKey::new("witness.example/w1", KeyKind::Cosigner, &[3; 32]).unwrap();
        let forged = cosign(&stranger, &cosigned, 1_790_000_000).unwrap();
        for bad in ["", "\n", "— witness.example/w1 x\n", &forged] {
            assert_eq!(cosigned_by(&key, &ask.checkpoint, bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_request() {
        let text = Grown::new("entry").ask(0).text();
        for (from, to) in
            [("old 0", "old 00"), ("old 0", "old -1"), ("old ", "new "), ("\n\n", "\nx\n\n"), ("\n", "\r\n")]
        {
            assert!(AddCheckpoint::read(&text.replacen(from, to, 1)).is_err(), "{from:?}");
        }
        let long = format!("old 1\n{}\n", format!("{}\n", Hash::empty()).repeat(64));
        assert!(AddCheckpoint::read(&(long + &text)).is_err());
    }
}
