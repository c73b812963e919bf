//! Public keys: ECDSA on P-256, P-384 and P-521, each with the hash of its size.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, EcdsaVerificationAlgorithm,
    UnparsedPublicKey,
};
use seedcorn_core::digest::Sha256;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{DecodePem, EncodePem};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// Bytes of a key's text.
const PEM_BYTES_MAX: usize = 64 << 10;
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Why something is no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadKey(pub(crate) String);

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: ObjectIdentifier,
    /// The point, uncompressed (SEC 1).
    point: Vec<u8>,
    pem: String,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.hint())
    }
}

impl PublicKey {
    /// Reads a key's PEM text ("BEGIN PUBLIC KEY").
    ///
    /// # Errors
    /// [`BadKey`] for anything but such a key, on one of the three curves.
    pub fn from_pem(text: &str) -> Result<PublicKey, BadKey> {
        if text.len() > PEM_BYTES_MAX {
            return Err(BadKey("that is too long to be a public key".into()));
        }
        if text.contains("PRIVATE KEY") {
            return Err(BadKey("that is a private key: keep it, and give its public key".into()));
        }
        let spki = SubjectPublicKeyInfoOwned::from_pem(text.trim())
            .map_err(|error| BadKey(format!("it is no public key in PEM (\"BEGIN PUBLIC KEY\"): {error}")))?;
        PublicKey::of(&spki)
    }

    /// As a certificate has it.
    pub(crate) fn of(spki: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, BadKey> {
        let other = || BadKey("only ECDSA keys on P-256, P-384 and P-521 are known".into());
        let curve =
            spki.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        let curve = curve.filter(|curve| spki.algorithm.oid == EC && [P256, P384, P521].contains(curve));
        let curve = curve.ok_or_else(other)?;
        let point = spki.subject_public_key.as_bytes().ok_or_else(other)?.to_vec();
        let pem = spki.to_pem(LineEnding::LF).map_err(|error| BadKey(error.to_string()))?;
        Ok(PublicKey { curve, point, pem })
    }

    /// Of a key as DER (SPKI).
    pub(crate) fn from_der(der: &[u8]) -> Result<PublicKey, BadKey> {
        let spki = x509_cert::der::Decode::from_der(der).map_err(|error| BadKey(format!("{error}")))?;
        PublicKey::of(&spki)
    }

    /// The text, as everybody spells it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What `model_signing` calls it in a bundle: the SHA-256 of its text.
    pub fn hint(&self) -> String {
        Sha256::of(&self.pem).to_string()
    }

    /// The curve, such as `P-256`.
    pub fn curve(&self) -> &'static str {
        match self.curve {
            P256 => "P-256",
            P384 => "P-384",
            _ => "P-521",
        }
    }

    /// Whether a signature (DER) is this key's, of these bytes.
    pub(crate) fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let algorithm: &EcdsaVerificationAlgorithm = match self.curve {
            P256 => &ECDSA_P256_SHA256_ASN1,
            P384 => &ECDSA_P384_SHA384_ASN1,
            _ => &ECDSA_P521_SHA512_ASN1,
        };
        UnparsedPublicKey::new(algorithm, &self.point).verify(bytes, signature).is_ok()
    }
}
