//! Signed notes (C2SP `signed-note`): a text, an empty line, and a line for each signature by a named key. Anybody can check one
//! with nothing but the key; many programs can.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, Signer};
use sha2::{Digest, Sha256};

/// What a key of Ed25519 signs. The byte is what tells kinds apart in what a key is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum KeyKind {
    /// The text of a note as it is.
    Signer = 1,
    /// That a checkpoint goes on from all that it saw before, and when it saw it (C2SP `tlog-cosignature`).
    Cosigner = 4,
}

/// What a signature's line begins with.
const DASH: &str = "— ";
/// Signatures of one note that are looked at.
const SIGNATURES_MAX: usize = 300;
/// Bytes of a note.
const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a key's name.
const NAME_BYTES_MAX: usize = 200;

/// Why something is no note, or no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadNote(&'static str);

/// The public half of a key: `name+id+key` as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: ed25519_dalek::VerifyingKey,
}

/// The secret half: `PRIVATE+KEY+name+id+key` as text.
pub struct SignerKey {
    name: String,
    kind: KeyKind,
    key: ed25519_dalek::SigningKey,
}

/// A signature as a note carries it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Signed {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// A note that was read. Its signatures are claims until they are verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    text: String,
    signatures: Vec<Signed>,
}

fn check_name(name: &str) -> Result<(), BadNote> {
    let sound = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains('+');
    match sound && !name.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        true => Ok(()),
        false => Err(BadNote("a key's name has letters and no space, no sign of control and no '+'")),
    }
}

/// What a key is known by beside its name.
fn id(name: &str, kind: KeyKind, key: &[u8; 32]) -> [u8; 4] {
    let hash =
        Sha256::new().chain_update(name).chain_update([b'\n', kind as u8]).chain_update(key).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// The kind of a key, and its 32 bytes behind that.
fn key_bytes(text: &str) -> Result<(KeyKind, [u8; 32]), BadNote> {
    let bad = BadNote("a key is the byte 1 or 4 and 32 more in base64: Ed25519");
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| bad.clone())?;
    let kind = match bytes.first() {
        Some(1) => KeyKind::Signer,
        Some(4) => KeyKind::Cosigner,
        _ => return Err(bad),
    };
    Ok((kind, bytes[1..].try_into().map_err(|_| bad)?))
}

/// What a cosigner signs.
fn cosigned(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl VerifierKey {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether two are the same whatever they are called.
    pub fn is_same_key(&self, other: &VerifierKey) -> bool {
        self.key == other.key
    }

    fn id(&self) -> [u8; 4] {
        id(&self.name, self.kind, self.key.as_bytes())
    }

    /// Whether it signed a note.
    pub fn verifies(&self, note: &Note) -> bool {
        self.signed(note).is_some()
    }

    /// When a cosigner saw a checkpoint, in seconds since 1970; none if it did not, or this is no cosigner's key.
    pub fn cosigned_at(&self, note: &Note) -> Option<u64> {
        self.signed(note).filter(|_| self.kind == KeyKind::Cosigner)
    }

    /// The last moment at which it signed, which is 0 for what has none. A signature of its that is wrong spoils the note.
    fn signed(&self, note: &Note) -> Option<u64> {
        let own = note.signatures.iter().filter(|signed| signed.name == self.name && signed.id == self.id());
        let mut last = None;
        for signed in own {
            let (time, signature) = match self.kind {
                KeyKind::Signer => (0, signed.bytes.as_slice()),
                KeyKind::Cosigner => {
                    let (time, signature) = signed.bytes.split_first_chunk::<8>()?;
                    (u64::from_be_bytes(*time), signature)
                }
            };
            let signature = Signature::from_slice(signature).ok()?;
            let message = match self.kind {
                KeyKind::Signer => note.text.clone(),
                KeyKind::Cosigner => cosigned(&note.text, time),
            };
            self.key.verify_strict(message.as_bytes(), &signature).ok()?;
            last = last.max(Some(time));
        }
        last.filter(|time| i64::try_from(*time).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind as u8], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex(self.id()), BASE64_STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = BadNote;

    fn from_str(text: &str) -> Result<VerifierKey, BadNote> {
        let bad = BadNote("a key is NAME+ID+KEY");
        let (name, rest) = text.trim().split_once('+').ok_or_else(|| bad.clone())?;
        let (told, key) = rest.split_once('+').ok_or(bad)?;
        check_name(name)?;
        let (kind, bytes) = key_bytes(key)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes)
            .map_err(|_| BadNote("this is no point of Ed25519"))?;
        if told != hex(id(name, kind, &bytes)) {
            return Err(BadNote("the key's id does not belong to its name and bytes"));
        }
        Ok(VerifierKey { name: name.to_owned(), kind, key })
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SignerKey {
    /// Of 32 random bytes.
    ///
    /// # Errors
    /// [`BadNote`] for a name that no key can have.
    pub fn new(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<SignerKey, BadNote> {
        check_name(name)?;
        Ok(SignerKey { name: name.to_owned(), kind, key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    /// Its public half.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), kind: self.kind, key: self.key.verifying_key() }
    }

    /// A note of a text, which ends with a line end.
    ///
    /// # Errors
    /// [`BadNote`] for a text that no note can have, and for a cosigner's key, which says more than that.
    pub fn sign(&self, text: &str) -> Result<String, BadNote> {
        check_text(text)?;
        match self.kind {
            KeyKind::Signer => {
                Ok(format!("{text}\n{}", self.line(&self.key.sign(text.as_bytes()).to_bytes())))
            }
            KeyKind::Cosigner => Err(BadNote("a cosigner's key signs nothing but checkpoints")),
        }
    }

    /// The line by which a cosigner says that it saw a checkpoint, whose text this is, at a time in seconds since 1970.
    ///
    /// # Errors
    /// [`BadNote`] for a text that no note can have, and for a key that is no cosigner's.
    pub fn cosign(&self, text: &str, time: u64) -> Result<String, BadNote> {
        check_text(text)?;
        if self.kind != KeyKind::Cosigner {
            return Err(BadNote("only a cosigner's key cosigns"));
        }
        let signature = self.key.sign(cosigned(text, time).as_bytes()).to_bytes();
        Ok(self.line(&[time.to_be_bytes().as_slice(), &signature].concat()))
    }

    fn line(&self, signature: &[u8]) -> String {
        let signed = BASE64_STANDARD.encode([self.verifier().id().as_slice(), signature].concat());
        format!("{DASH}{} {signed}\n", self.name)
    }

    /// As it is written down, to be kept secret.
    pub fn secret(&self) -> String {
        let verifier = self.verifier();
        let key = [&[self.kind as u8], self.key.as_bytes().as_slice()].concat();
        format!("PRIVATE+KEY+{}+{}+{}", self.name, hex(verifier.id()), BASE64_STANDARD.encode(key))
    }
}

impl FromStr for SignerKey {
    type Err = BadNote;

    fn from_str(text: &str) -> Result<SignerKey, BadNote> {
        let bad = BadNote("a secret key is PRIVATE+KEY+NAME+ID+KEY");
        let rest = text.trim().strip_prefix("PRIVATE+KEY+").ok_or_else(|| bad.clone())?;
        let (name, rest) = rest.split_once('+').ok_or_else(|| bad.clone())?;
        let (told, key) = rest.split_once('+').ok_or(bad)?;
        let (kind, seed) = key_bytes(key)?;
        let signer = SignerKey::new(name, kind, &seed)?;
        match told == hex(signer.verifier().id()) {
            true => Ok(signer),
            false => Err(BadNote("the key's id does not belong to its name and bytes")),
        }
    }
}

fn check_text(text: &str) -> Result<(), BadNote> {
    match text.ends_with('\n') && text.len() <= NOTE_BYTES_MAX {
        true if text.chars().any(|letter| letter.is_control() && letter != '\n') => {
            Err(BadNote("a note has no sign of control but line ends"))
        }
        true => Ok(()),
        false => Err(BadNote("a note's text ends with a line end, and has at most 64 KiB")),
    }
}

impl Note {
    /// The text that is signed, with its last line end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same with no other signatures than those of some keys that hold.
    pub fn only<'a>(&self, keys: impl IntoIterator<Item = &'a VerifierKey>) -> String {
        let mut text = format!("{}\n", self.text);
        for key in keys.into_iter().filter(|key| key.verifies(self)) {
            let own = self.signatures.iter().filter(|one| one.name == key.name() && one.id == key.id());
            for one in own.take(1) {
                let signed = BASE64_STANDARD.encode([one.id.as_slice(), &one.bytes].concat());
                text.push_str(&format!("{DASH}{} {signed}\n", one.name));
            }
        }
        text
    }

    /// What the keys are called whose signatures it has, whether those hold or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|signed| signed.name.as_str())
    }
}

impl FromStr for Note {
    type Err = BadNote;

    fn from_str(all: &str) -> Result<Note, BadNote> {
        let bad = BadNote("a note ends with an empty line and lines \"— NAME SIGNATURE\"");
        if all.len() > 2 * NOTE_BYTES_MAX {
            return Err(BadNote("a note's text ends with a line end, and has at most 64 KiB"));
        }
        // The last empty line: the text may have others.
        let at = all.rfind("\n\n").ok_or_else(|| bad.clone())?;
        let (text, lines) = (&all[..=at], &all[at + 2..]);
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| bad.clone())?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            let (name, signature) =
                line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(|| bad.clone())?;
            check_name(name)?;
            let bytes = BASE64_STANDARD.decode(signature).map_err(|_| bad.clone())?;
            let (id, bytes) = bytes.split_at_checked(4).ok_or_else(|| bad.clone())?;
            let id = id.try_into().map_err(|_| bad.clone())?;
            signatures.push(Signed { name: name.to_owned(), id, bytes: bytes.to_vec() });
            if signatures.len() > SIGNATURES_MAX {
                return Err(BadNote("a note has at most 300 signatures"));
            }
        }
        Ok(Note { text: text.to_owned(), signatures })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    /// The example in the documentation of Go's package `golang.org/x/mod/sumdb/note`.
    const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n\n\
                        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn others_read_what_is_signed_here() {
        let (signer, verifier): (SignerKey, VerifierKey) = (SECRET.parse().unwrap(), PUBLIC.parse().unwrap());
        assert_eq!((signer.secret().as_str(), verifier.to_string().as_str()), (SECRET, PUBLIC));
        let note: Note = NOTE.parse().unwrap();
        assert!(verifier.verifies(&note));
        assert_eq!(signer.sign(note.text()).unwrap(), NOTE);
    }

    #[test]
    fn nothing_else_is_signed() {
        let verifier: VerifierKey = PUBLIC.parse().unwrap();
        for (from, to) in
            [("answer", "question"), ("\n\n—", " \n\n—"), ("x08go", "x08gp"), ("— Peter", "— Paul")]
        {
            let other = NOTE.replacen(from, to, 1);
            assert!(!other.parse::<Note>().is_ok_and(|note| verifier.verifies(&note)), "{from}");
        }
        let other = SignerKey::new("PeterNeumann", KeyKind::Signer, &[7; 32]).unwrap();
        assert!(
            !verifier.verifies(&other.sign("text\n").unwrap().parse().unwrap()),
            "the same name is not the same key"
        );
        for bad in [
            "",
            "text",
            "text\n",
            "text\n\n",
            "text\n\n— name\n",
            "a\u{7}\n\n— n AAAAAA==\n",
            "\n\n— n AAAAAA==",
        ] {
            assert!(bad.parse::<Note>().is_err(), "{bad:?}");
        }
        for bad in ["x", "n+00000000+AAAA", &PUBLIC.replace("c74f", "c74e"), &PUBLIC.replace("Peter", "P ")] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad:?}");
        }
        assert!(
            SignerKey::new("a+b", KeyKind::Signer, &[1; 32]).is_err() && other.sign("no line end").is_err()
        );
    }

    #[test]
    fn what_witnesses_sign() {
        let text = "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
        let log = SignerKey::new("example.com/log", KeyKind::Signer, &[1; 32]).unwrap();
        let witness = SignerKey::new("witness.example/w1", KeyKind::Cosigner, &[2; 32]).unwrap();
        let plain = log.sign(text).unwrap();
        let both: Note = format!("{plain}{}", witness.cosign(text, 1_790_000_000).unwrap()).parse().unwrap();
        assert!(log.verifier().verifies(&both) && witness.verifier().verifies(&both));
        assert_eq!(witness.verifier().cosigned_at(&both), Some(1_790_000_000));
        assert_eq!((log.verifier().cosigned_at(&both), both.names().count()), (None, 2));
        assert!(!witness.verifier().verifies(&plain.parse().unwrap()));
        assert!(witness.sign(text).is_err() && log.cosign(text, 1).is_err());
        for key in [witness.secret(), log.secret()] {
            assert_eq!(key.parse::<SignerKey>().unwrap().secret(), key);
        }
        let verifier: VerifierKey = witness.verifier().to_string().parse().unwrap();
        assert_eq!((verifier.kind(), verifier == witness.verifier()), (KeyKind::Cosigner, true));
        // Another time is another statement.
        let moved = witness.cosign(text, 1_790_000_001).unwrap();
        let twice: Note =
            format!("{plain}{moved}{}", witness.cosign(text, 1_790_000_000).unwrap()).parse().unwrap();
        assert_eq!(witness.verifier().cosigned_at(&twice), Some(1_790_000_001), "the last");
        let wrong = witness.cosign("example.com/log\n1\nx\n", 1_790_000_000).unwrap();
        let spoilt: Note = format!("{plain}{}{wrong}", witness.cosign(text, 1).unwrap()).parse().unwrap();
        assert_eq!(witness.verifier().cosigned_at(&spoilt), None);
        let as_signer = SignerKey::new("witness.example/w1", KeyKind::Signer, &[2; 32]).unwrap();
        assert!(!as_signer.verifier().verifies(&both), "the same key of another kind is another");
        assert!(as_signer.verifier().is_same_key(&witness.verifier()));
    }
}
