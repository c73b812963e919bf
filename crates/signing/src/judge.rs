//! What a bundle comes to: whether the signature holds, whether the files are those that were signed, and whether the signer is one that
//! the owner named.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::digest::Sha256;
use seedcorn_core::time::Time;
use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Content, Material, signed_bytes};
use crate::chain::{self, Certificate};
use crate::key::PublicKey;
use crate::keyless::Root;
use crate::oms::{self, Difference, Made, Unread};
use crate::statement::Statement;
use crate::{Anchor, Identity, Registered};

/// Paths that are told of each kind of difference.
const PATHS_TOLD: usize = 20;
/// Characters of what a signer is called, or of a reason.
const CHARS_TOLD: usize = 500;

/// What a bundle comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds, of these files, by somebody whom the owner named.
    Verified,
    /// These are the files that it speaks of; by whom is not known, or is nobody whom the owner named.
    UntrustedSigner,
    /// It has digests, or signs in a way, that are not looked at.
    Unsupported,
    /// The files are not those that were signed.
    WrongContent,
    /// It is no such bundle, or its signature does not hold.
    Malformed,
}

/// Who signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signer {
    /// `key`, `certificate` or `identity`.
    pub kind: String,
    /// The key's hint, whose the certificate is, or the identity. Of keys that the owner did not name it is the bundle's own word.
    pub name: String,
    /// Who says that of an identity; a certificate's fingerprint.
    pub by: Option<String>,
    /// Whether the signature was checked and is theirs.
    pub proven: bool,
    /// What the owner named them as; none if it did not.
    pub registered: Option<String>,
}

/// What was found of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Found {
    /// What it comes to.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub reason: String,
    /// Who signed, where that is known.
    pub signer: Option<Signer>,
    /// What kind of statement it is (in-toto predicate type); empty where a file's bytes are signed.
    pub predicate: String,
    /// What the signer calls what they signed.
    pub name: String,
    /// When it was signed, in seconds since 1970, where a log says so.
    pub signed: Option<i64>,
    /// Files that it covers.
    pub covered: usize,
    /// Files that are not as signed: twenty of each kind at most are told.
    pub changed: Vec<String>,
    /// Files that were signed and are not there.
    pub missing: Vec<String>,
    /// Files that are there and were not signed.
    pub unsigned: Vec<String>,
}

impl Found {
    /// Of a bundle that was not read, for a reason.
    pub fn unread(why: &str) -> Found {
        Found::new(Verdict::Malformed, format!("It is not looked at: {why}."))
    }

    /// Whether it speaks of the whole model, and not of some files.
    pub fn is_whole(&self) -> bool {
        self.predicate == oms::PREDICATE
    }

    fn new(verdict: Verdict, reason: impl Into<String>) -> Found {
        Found {
            verdict,
            reason: cut(&reason.into()),
            signer: None,
            predicate: String::new(),
            name: String::new(),
            signed: None,
            covered: 0,
            changed: Vec::new(),
            missing: Vec::new(),
            unsigned: Vec::new(),
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(CHARS_TOLD).collect()
}

/// What of a bundle its content has to say.
struct Said<'a> {
    predicate: String,
    name: String,
    /// The digest that stands for what was signed.
    digest: Sha256,
    /// What is signed, and the signature; none where it is up to Sigstore.
    bytes: Option<(Vec<u8>, &'a [u8])>,
    covered: usize,
    difference: Difference,
    /// Nothing of what it speaks of is here.
    elsewhere: bool,
}

/// Judges the bundle at a path by the files of a revision (their SHA-256, by path), by what the owner named, and by Sigstore's root of trust,
/// as of a moment.
pub fn judge(
    (path, bytes): (&str, &[u8]),
    files: &BTreeMap<String, Sha256>,
    named: &[Registered],
    root: &Root,
    at: Time,
) -> Found {
    let bundle = match Bundle::read(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            return Found::new(Verdict::Malformed, format!("It is no bundle of Sigstore: {error}."));
        }
    };
    let said = match said(&bundle, path, files) {
        Ok(said) => said,
        Err(Unread::Malformed(error)) => {
            return Found::new(Verdict::Malformed, format!("It cannot be read: {error}."));
        }
        Err(Unread::Unsupported(why)) => {
            return Found::new(Verdict::Unsupported, format!("It is not looked at: {why}."));
        }
    };
    let mut found = Found::new(Verdict::Verified, "");
    let signed = match &bundle.material {
        Material::Key(hint) => by_key(hint, &said, named).map(|signer| (signer, None)),
        Material::Chain(chain) => by_chain(chain, &said, named, at).map(|signer| (signer, None)),
        Material::Logged => by_identity(bytes, &said, named, root),
    };
    let reason = match signed {
        Ok(((signer, reason), at)) => {
            (found.signer, found.signed) = (Some(signer), at);
            reason
        }
        Err(error) => {
            found.verdict = Verdict::Malformed;
            format!("The signature does not hold: {error}.")
        }
    };
    settle(&mut found, said, reason);
    found
}

/// The worst that was found is the verdict.
fn settle(found: &mut Found, said: Said<'_>, reason: String) {
    let Difference { changed, missing, unsigned } = said.difference;
    let wrong = [(&changed, "changed"), (&missing, "missing"), (&unsigned, "not signed")];
    let wrong: Vec<String> = wrong
        .iter()
        .filter(|(paths, _)| !paths.is_empty())
        .map(|(paths, word)| format!("{} {word}", paths.len()))
        .collect();
    let registered = found.signer.as_ref().is_some_and(|signer| signer.registered.is_some());
    let (verdict, reason) = if found.verdict == Verdict::Malformed {
        (Verdict::Malformed, reason)
    } else if said.elsewhere {
        (Verdict::WrongContent, "Nothing of what was signed is here.".to_owned())
    } else if !wrong.is_empty() {
        (Verdict::WrongContent, format!("The files are not those that were signed: {}.", wrong.join(", ")))
    } else if registered {
        (Verdict::Verified, reason)
    } else {
        (Verdict::UntrustedSigner, reason)
    };
    (found.verdict, found.reason) = (verdict, cut(&reason));
    (found.predicate, found.name, found.covered) = (cut(&said.predicate), cut(&said.name), said.covered);
    let told = |paths: Vec<String>| paths.into_iter().take(PATHS_TOLD).collect();
    (found.changed, found.missing, found.unsigned) = (told(changed), told(missing), told(unsigned));
}

fn said<'a>(bundle: &'a Bundle, path: &str, files: &BTreeMap<String, Sha256>) -> Result<Said<'a>, Unread> {
    let (payload, signature) = match &bundle.content {
        Content::Bytes => return bytes_of_a_file(bundle, path, files),
        Content::Statement(payload, signature) => (payload, signature),
    };
    let statement = Statement::read(payload)?;
    let first = statement.digests().find_map(oms::sha256);
    let digest = first.ok_or_else(|| Unread::Unsupported("what it speaks of has no SHA-256".into()))?;
    let mut said = Said {
        name: statement.subject.first().map(|subject| subject.name.clone()).unwrap_or_default(),
        digest,
        bytes: Some((signed_bytes(payload), signature)),
        covered: 0,
        difference: Difference::default(),
        elsewhere: false,
        predicate: statement.predicate_type.clone(),
    };
    if statement.predicate_type == oms::PREDICATE {
        let made = Made::read(&statement)?;
        said.difference = made.differs(files, path);
        said.covered = made.files.len() - said.difference.changed.len() - said.difference.missing.len();
    } else {
        let spoken: BTreeSet<Sha256> = statement.digests().filter_map(oms::sha256).collect();
        said.covered = files.values().filter(|digest| spoken.contains(digest)).count();
        said.elsewhere = said.covered == 0;
    }
    Ok(said)
}

/// A bundle beside a file signs its bytes.
fn bytes_of_a_file<'a>(
    bundle: &Bundle,
    path: &str,
    files: &BTreeMap<String, Sha256>,
) -> Result<Said<'a>, Unread> {
    if bundle.material != Material::Logged {
        return Err(Unread::Unsupported(
            "it signs a file's bytes by a key, and not a statement of them".into(),
        ));
    }
    let name = path.strip_suffix(".sigstore.json").unwrap_or(path);
    let digest = files.get(name).copied();
    let missing =
        "it signs a file's bytes, and there is no such file beside it: NAME.sigstore.json signs NAME";
    Ok(Said {
        predicate: String::new(),
        name: name.to_owned(),
        digest: digest.ok_or_else(|| Unread::Unsupported(missing.into()))?,
        bytes: None,
        covered: 1,
        difference: Difference::default(),
        elsewhere: false,
    })
}

type Signed = Result<(Signer, String), String>;

fn is_signed_by(key: &PublicKey, said: &Said<'_>) -> bool {
    said.bytes.as_ref().is_some_and(|(bytes, signature)| key.verifies(bytes, signature))
}

fn by_key(hint: &str, said: &Said<'_>, named: &[Registered]) -> Signed {
    let keys = named.iter().filter_map(|one| match &one.anchor {
        Anchor::Key(key) => Some((one, key)),
        _ => None,
    });
    // Signers call keys by what they like: one that verifies is the one.
    let mut called = false;
    for (one, key) in keys {
        if is_signed_by(key, said) {
            let name = key.hint();
            let signer =
                Signer { kind: "key".into(), name, by: None, proven: true, registered: Some(one.id.clone()) };
            return Ok((signer, format!("Signed with a {} key that the owner registered.", key.curve())));
        }
        called |= key.hint() == hint;
    }
    if called {
        return Err("it is not that of the key that it names".into());
    }
    let signer = Signer { kind: "key".into(), name: cut(hint), by: None, proven: false, registered: None };
    let reason = "Signed with a key that the owner did not register: by whom, and whether the signature holds, is not known.";
    Ok((signer, reason.into()))
}

fn by_chain(chain: &[Vec<u8>], said: &Said<'_>, named: &[Registered], at: Time) -> Signed {
    let chain = chain.iter().map(|der| Certificate::from_der(der.clone())).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| error.to_string())?;
    let own = chain.first().ok_or("there is no certificate")?;
    let key = own.key().map_err(|error| error.to_string())?;
    if !is_signed_by(&key, said) {
        return Err("it is not that of the certificate's key".into());
    }
    let signer = |registered: Option<&Registered>| Signer {
        kind: "certificate".into(),
        name: cut(&own.subject()),
        by: Some(own.fingerprint().to_string()),
        proven: true,
        registered: registered.map(|one| one.id.clone()),
    };
    let mut why = "the owner registered none that it was issued by".to_owned();
    for one in named {
        match &one.anchor {
            Anchor::Key(known) if *known == key => {
                return Ok((signer(Some(one)), "Signed with a key that the owner registered.".into()));
            }
            Anchor::Certificate(known) => match chain::is_known(&chain, known, at) {
                Ok(()) => {
                    let reason =
                        "Signed with a certificate that the owner registered, or that was issued by one.";
                    return Ok((signer(Some(one)), reason.into()));
                }
                Err(error) => why = error,
            },
            _ => {}
        }
    }
    Ok((signer(None), format!("Signed with a certificate that nobody vouches for: {why}.")))
}

fn by_identity(
    bytes: &[u8],
    said: &Said<'_>,
    named: &[Registered],
    root: &Root,
) -> Result<((Signer, String), Option<i64>), String> {
    let seen = root.verify(bytes, &said.digest)?;
    let Identity { identity, issuer } = seen.by.clone();
    let known = named.iter().find(|one| matches!(&one.anchor, Anchor::Identity(named) if *named == seen.by));
    let reason = match known {
        Some(_) => "Signed by an identity that the owner registered, as Sigstore saw.",
        None => "Signed by this identity, as Sigstore saw. The owner did not say that it is its own.",
    };
    let signer = Signer {
        kind: "identity".into(),
        name: cut(&identity),
        by: Some(cut(&issuer)),
        proven: true,
        registered: known.map(|one| one.id.clone()),
    };
    Ok(((signer, reason.into()), seen.at))
}

/// Digests of what the statement in a bundle speaks of; none where it is no bundle with one. Nothing is checked.
pub fn speaks_of(bytes: &[u8]) -> Vec<Sha256> {
    let Ok(Bundle { content: Content::Statement(payload, _), .. }) = Bundle::read(bytes) else {
        return Vec::new();
    };
    let Ok(statement) = Statement::read(&payload) else { return Vec::new() };
    let mut all: BTreeSet<Sha256> = statement.digests().filter_map(oms::sha256).collect();
    if let Ok(made) = Made::read(&statement) {
        all.extend(made.files.into_iter().map(|(_, digest)| digest));
    }
    all.into_iter().collect()
}
