//! Proofs that one keeps: that an entry is in a log, to be checked with no network (C2SP tlog-proof).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::checkpoint::{Checkpoint, decimal};
use super::hash::{Hash, leaf_hash};
use super::merkle::verify_inclusion;
use super::policy::{Policy, Quorum};
use crate::note::Note;

/// Hashes of one proof: a tree has no more levels.
const HASHES_MAX: usize = 63;
/// Bytes of a proof: an entry of 64 KiB in base64, and a note with as many signatures as one may have.
const PROOF_BYTES_MAX: usize = 256 * 1024;
const HEAD: &str = "c2sp.org/tlog-proof@v1";

/// That an entry is in a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    /// The entry itself. Nobody may believe it before its hash was proved.
    pub entry: Vec<u8>,
    /// Its number in the log.
    pub index: u64,
    /// The hashes from its sibling up to a child of the root.
    pub hashes: Vec<Hash>,
    /// The checkpoint that they lead to, as it was signed: a note.
    pub checkpoint: String,
}

/// Why something is no proof, or proves nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadProof(pub String);

fn bad(why: &str) -> BadProof {
    BadProof(why.to_owned())
}

impl Proof {
    /// Checks it: the log that it is of is one that the policy knows, signed its checkpoint, enough witnesses saw it, and the entry is
    /// in it. Tells the checkpoint and who saw it.
    ///
    /// # Errors
    /// [`BadProof`], with what does not hold.
    pub fn verify(&self, policy: &Policy) -> Result<(Checkpoint, Quorum), BadProof> {
        let note: Note =
            self.checkpoint.parse().map_err(|error| BadProof(format!("its checkpoint: {error}")))?;
        let (checkpoint, quorum) = policy.check(&note).map_err(|error| BadProof(error.to_string()))?;
        match verify_inclusion(leaf_hash(&self.entry), self.index, checkpoint.tree(), &self.hashes) {
            true => Ok((checkpoint, quorum)),
            false => {
                Err(bad("the entry is not in the log at this place: its hashes do not lead to the root"))
            }
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}\nextra {}\nindex {}", BASE64_STANDARD.encode(&self.entry), self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = BadProof;

    /// Reads one whose `extra` line has the entry, as this hub writes it.
    fn from_str(text: &str) -> Result<Proof, BadProof> {
        if text.len() > PROOF_BYTES_MAX {
            return Err(bad("a proof has at most 256 KiB"));
        }
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| bad("an empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEAD) {
            return Err(BadProof(format!("a proof begins with {HEAD:?}")));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let entry = extra.and_then(|extra| BASE64_STANDARD.decode(extra).ok());
        let entry = entry.ok_or_else(|| bad("its second line is \"extra \" and the entry in base64"))?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or_else(|| bad("its third line is \"index \" and a number"))?;
        let hashes: Result<Vec<Hash>, _> = lines.map(str::parse).collect();
        let hashes = hashes.map_err(|error| BadProof(format!("below the index: {error}")))?;
        match hashes.len() <= HASHES_MAX {
            true => Ok(Proof { entry, index, hashes, checkpoint: checkpoint.to_owned() }),
            false => Err(bad("a proof has at most 63 hashes")),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::super::grow::Edge;
    use super::super::merkle::inclusion_ranges;
    use super::super::tile::Tiles;
    use super::*;
    use crate::note::{KeyKind, SignerKey};

    fn made() -> (Proof, Policy) {
        let (mut edge, entry) = (Edge::default(), |n: u64| format!("entry {n}").into_bytes());
        let written = edge.grow((0..300).map(entry)).unwrap();
        let ranges = inclusion_ranges(260, 300);
        let mut tiles = Tiles::of(300);
        for tile in tiles.wanted(&ranges) {
            let file = written.iter().find(|file| file.path == tile.to_string()).unwrap();
            assert!(tiles.add(tile, &file.bytes));
        }
        let log = SignerKey::new("hub.example/log/1", KeyKind::Signer, &[1; 32]).unwrap();
        let text = Checkpoint { origin: "hub.example/log/1".into(), size: 300, root: edge.root() }.text();
        let proof = Proof {
            entry: entry(260),
            index: 260,
            hashes: tiles.proof(&ranges).unwrap(),
            checkpoint: log.sign(&text).unwrap(),
        };
        (proof, format!("log {}\nquorum none\n", log.verifier()).parse().unwrap())
    }

    #[test]
    fn kept_and_read_again() {
        let (proof, policy) = made();
        let text = proof.to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra ZW50cnkgMjYw\nindex 260\n"), "{text}");
        let read: Proof = text.parse().unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.verify(&policy).unwrap().0.size, 300);
    }

    #[test]
    fn nothing_else_is_proved() {
        let (proof, policy) = made();
        let holds = |proof: Proof| proof.verify(&policy).is_ok();
        assert!(holds(proof.clone()));
        assert!(!holds(Proof { entry: b"entry 261".to_vec(), ..proof.clone() }));
        assert!(!holds(Proof { index: 261, ..proof.clone() }));
        assert!(!holds(Proof { hashes: proof.hashes[1..].to_vec(), ..proof.clone() }));
        assert!(!holds(Proof { checkpoint: proof.checkpoint.replacen("300", "301", 1), ..proof.clone() }));
        let text = proof.to_string();
        for (from, to) in [
            ("@v1", "@v2"),
            ("extra ", "extra  "),
            ("index 260", "index 0260"),
            ("index ", ""),
            ("\n\n", "\n"),
            ("extra ZW50cnkgMjYw\n", ""),
        ] {
            assert!(text.replacen(from, to, 1).parse::<Proof>().is_err(), "{from:?}");
        }
    }
}
