//! Signing what a model is made of, as `model_signing` does with a key.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, KeyPair,
};
use seedcorn_core::digest::Sha256;
use x509_cert::der::pem::{self, LineEnding};

use crate::bundle::{signed_bytes, write};
use crate::key::{BadKey, PublicKey};
use crate::oms::{LEFT_OUT, Made};

/// Bytes of a key's text.
const PEM_BYTES_MAX: usize = 64 << 10;

/// A private key, to sign with.
pub struct Key {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key(of {:?})", self.public)
    }
}

impl Key {
    /// A new one, on P-256.
    ///
    /// # Errors
    /// Where the machine has no randomness.
    pub fn new() -> Result<Key, BadKey> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
        Key::of(pair.map_err(|_| BadKey("no key can be made here".into()))?)
    }

    /// Reads a key's PEM text ("BEGIN PRIVATE KEY" or "BEGIN EC PRIVATE KEY"), on P-256, P-384 or P-521.
    ///
    /// # Errors
    /// [`BadKey`] for anything else, also where it is kept under a password.
    pub fn from_pem(text: &str) -> Result<Key, BadKey> {
        if text.len() > PEM_BYTES_MAX {
            return Err(BadKey("that is too long to be a key".into()));
        }
        if text.contains("ENCRYPTED") {
            return Err(BadKey(
                "the key is kept under a password: write it without one first (openssl pkcs8 -in KEY -nocrypt -topk8)"
                    .into(),
            ));
        }
        // Tools write what they know of the curve in front of the key.
        let begin = text.rfind("-----BEGIN").unwrap_or(0);
        let bad = |why: &str| BadKey(format!("it is no private key in PEM (\"BEGIN PRIVATE KEY\"): {why}"));
        let (label, der) =
            pem::decode_vec(text[begin..].trim().as_bytes()).map_err(|error| bad(&error.to_string()))?;
        if !["PRIVATE KEY", "EC PRIVATE KEY"].contains(&label) {
            return Err(bad(&format!("it is a {label:?}")));
        }
        let curves = [
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            &ECDSA_P384_SHA384_ASN1_SIGNING,
            &ECDSA_P521_SHA512_ASN1_SIGNING,
        ];
        let pair = curves.into_iter().find_map(|curve| EcdsaKeyPair::from_private_key_der(curve, &der).ok());
        Key::of(pair.ok_or_else(|| bad("only ECDSA keys on P-256, P-384 and P-521 are known"))?)
    }

    fn of(pair: EcdsaKeyPair) -> Result<Key, BadKey> {
        let der: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|_| BadKey("the key has no public key".into()))?;
        let public = PublicKey::from_der(der.as_ref())?;
        Ok(Key { pair, public })
    }

    /// Its public key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The text to keep it as (PKCS #8). Whoever has it can sign as you.
    ///
    /// # Errors
    /// Where it cannot be written so.
    pub fn pem(&self) -> Result<String, BadKey> {
        let bad = || BadKey("the key cannot be written".into());
        let der = self.pair.to_pkcs8v1().map_err(|_| bad())?;
        pem::encode_string("PRIVATE KEY", LineEnding::LF, der.as_ref()).map_err(|_| bad())
    }
}

/// Signs the files of a model (their SHA-256, by path): the text of `model.sig`. What versions of files are kept with (`.git`,
/// `.gitattributes`, …) is left out, and whatever else is named.
///
/// # Errors
/// Where there is nothing to sign, or no signature can be made.
pub fn sign(
    name: &str,
    files: &BTreeMap<String, Sha256>,
    left_out: &[&str],
    key: &Key,
) -> Result<String, BadKey> {
    let made = Made::of(files, &[&LEFT_OUT[..], left_out].concat());
    if made.files.is_empty() {
        return Err(BadKey("there is no file to sign".into()));
    }
    let payload = made.statement(name).into_bytes();
    let signature = key.pair.sign(&SystemRandom::new(), &signed_bytes(&payload));
    let signature = signature.map_err(|_| BadKey("no signature can be made here".into()))?;
    Ok(write(&key.public.hint(), &payload, signature.as_ref()))
}
