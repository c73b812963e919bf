//! Checkpoints: the root of a log at a size, as a text that is signed (C2SP tlog-checkpoint).

use super::hash::Hash;
use crate::note::Note;

/// The root of a log at a size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// What names the log: its address without a scheme.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// The root of the tree of them.
    pub root: Hash,
}

/// Something is no checkpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a checkpoint is three lines: where it is from, how many entries there are, and the root in base64")]
pub struct BadCheckpoint;

impl Checkpoint {
    /// The text that is signed. It has no lines for extensions: not all who cosign would sign those.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads the text of a note. Lines for extensions may follow, as other logs have them.
    ///
    /// # Errors
    /// [`BadCheckpoint`] where it is none.
    pub fn read(note: &Note) -> Result<Checkpoint, BadCheckpoint> {
        let text = note.text().strip_suffix('\n').ok_or(BadCheckpoint)?;
        let mut lines = text.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(BadCheckpoint);
        let (origin, size, root) = (line()?, line()?, line()?);
        if lines.any(str::is_empty) {
            return Err(BadCheckpoint);
        }
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size: decimal(size).ok_or(BadCheckpoint)?,
            root: root.parse().map_err(|_| BadCheckpoint)?,
        })
    }

    /// The same, with its root.
    pub fn tree(&self) -> (u64, Hash) {
        (self.size, self.root)
    }
}

/// A number as it is spelled in the texts of logs: no sign, no zero too many, below 2^63.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text && i64::try_from(number).is_ok()).then_some(number)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::super::grow::Edge;
    use super::*;
    use crate::note::{SignerKey, VerifierKey};

    #[test]
    fn others_sign_the_same_bytes() {
        // From the test data of Tessera, a log in Go.
        let signer: SignerKey =
            "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg"
                .parse()
                .unwrap();
        let verifier: VerifierKey =
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx".parse().unwrap();
        let words = "one two three four five six seven eit nain ten ileven twelf threeten fourten fivten";
        let mut edge = Edge::default();
        edge.grow(words.split(' ').map(|word| word.as_bytes().to_vec())).unwrap();
        let checkpoint =
            Checkpoint { origin: "example.com/log/testdata".into(), size: edge.size(), root: edge.root() };
        let note = signer.sign(&checkpoint.text()).unwrap();
        assert_eq!(
            note,
            "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n\n\
             — example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=\n"
        );
        let note: Note = note.parse().unwrap();
        assert!(verifier.verifies(&note));
        assert_eq!(Checkpoint::read(&note), Ok(checkpoint));
        assert_eq!(Hash::empty().to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn what_is_no_checkpoint() {
        let signer = SignerKey::new("a/1", crate::note::KeyKind::Signer, &[1; 32]).unwrap();
        let root = Hash::empty();
        let read = |text: String| Checkpoint::read(&signer.sign(&text).unwrap().parse().unwrap());
        assert!(read(format!("a/1\n0\n{root}\n")).is_ok());
        assert_eq!(read(format!("a/1\n0\n{root}\nmore\n")).unwrap().size, 0);
        for bad in [
            "a/1\n0\n".to_owned(),
            format!("\n0\n{root}\n"),
            format!("a/1\n\n{root}\n"),
            format!("a/1\n00\n{root}\n"),
            format!("a/1\n+1\n{root}\n"),
            format!("a/1\n-1\n{root}\n"),
            format!("a/1\n9223372036854775808\n{root}\n"),
            format!("a/1\n1\n{}\n", &root.to_string()[1..]),
            format!("a/1\n1\n{root} \n"),
            format!("a/1\n1\n{root}\n\nmore\n"),
        ] {
            assert_eq!(read(bad.clone()), Err(BadCheckpoint), "{bad:?}");
        }
    }
}
