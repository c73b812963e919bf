//! Certificates (X.509, RFC 5280) of signers, and whether one was issued by somebody who is known.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use seedcorn_core::digest::Sha256;
use seedcorn_core::time::Time;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};
use x509_cert::der::{Decode, DecodePem, Encode, EncodePem, pem::LineEnding};
use x509_cert::ext::pkix;

use crate::key::{BadKey, PublicKey};

/// Bytes of a certificate.
const BYTES_MAX: usize = 64 << 10;
/// What a certificate is for that signs code: 1.3.6.1.5.5.7.3.3.
const CODE_SIGNING: KeyUsage = KeyUsage::required_if_present(&[0x2B, 6, 1, 5, 5, 7, 3, 3]);

/// A certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    read: Box<x509_cert::Certificate>,
}

impl Certificate {
    /// Reads a certificate's PEM text: one.
    ///
    /// # Errors
    /// [`BadKey`] for anything else.
    pub fn from_pem(text: &str) -> Result<Certificate, BadKey> {
        let bad = |error| BadKey(format!("it is no certificate in PEM (\"BEGIN CERTIFICATE\"): {error}"));
        if text.len() > BYTES_MAX {
            return Err(BadKey("that is too long to be a certificate".into()));
        }
        let read = x509_cert::Certificate::from_pem(text.trim()).map_err(bad)?;
        let der = read.to_der().map_err(bad)?;
        Ok(Certificate { der, read: Box::new(read) })
    }

    pub(crate) fn from_der(der: Vec<u8>) -> Result<Certificate, BadKey> {
        if der.len() > BYTES_MAX {
            return Err(BadKey("a certificate is too long".into()));
        }
        let read = x509_cert::Certificate::from_der(&der)
            .map_err(|error| BadKey(format!("a certificate is none: {error}")))?;
        Ok(Certificate { der, read: Box::new(read) })
    }

    /// The text, as everybody spells it.
    pub fn pem(&self) -> String {
        self.read.to_pem(LineEnding::LF).unwrap_or_default()
    }

    /// The SHA-256 of its bytes: its fingerprint.
    pub fn fingerprint(&self) -> Sha256 {
        Sha256::of(&self.der)
    }

    /// Whose it is, as it says itself (RFC 4514).
    pub fn subject(&self) -> String {
        self.read.tbs_certificate.subject.to_string()
    }

    /// Its key.
    pub(crate) fn key(&self) -> Result<PublicKey, BadKey> {
        PublicKey::of(&self.read.tbs_certificate.subject_public_key_info)
    }

    fn extension<'a, T: Decode<'a> + x509_cert::der::oid::AssociatedOid>(&'a self) -> Option<T> {
        let all = self.read.tbs_certificate.extensions.iter().flatten();
        all.filter(|extension| extension.extn_id == T::OID)
            .find_map(|extension| T::from_der(extension.extn_value.as_bytes()).ok())
    }

    /// Whether it says of its key that it signs: anything, or code.
    fn may_sign(&self) -> bool {
        let usage = self.extension::<pkix::KeyUsage>();
        usage.is_some_and(|usage| usage.digital_signature())
            || self.extension::<pkix::ExtendedKeyUsage>().is_some()
    }

    fn holds_at(&self, at: Time) -> bool {
        let validity = &self.read.tbs_certificate.validity;
        let at = unix(at);
        (validity.not_before.to_unix_duration()..=validity.not_after.to_unix_duration()).contains(&at)
    }
}

fn unix(at: Time) -> Duration {
    Duration::from_micros(u64::try_from(at.0).unwrap_or(0))
}

/// Whether a signer's certificate, the first of a chain, is one of those known, or was issued by one, and was good for signing at a
/// moment. Whether it was taken back since is not asked: nobody is asked for anything.
pub(crate) fn is_known(chain: &[Certificate], known: &Certificate, at: Time) -> Result<(), String> {
    let Some((own, issuers)) = chain.split_first() else { return Err("there is no certificate".into()) };
    if !own.may_sign() {
        return Err("the certificate's key is not for signatures".into());
    }
    if own.der == known.der {
        return match own.holds_at(at) {
            true => Ok(()),
            false => Err("the certificate was not good at that time".into()),
        };
    }
    let named = |error: webpki::Error| format!("the certificate was not issued by a known one: {error}");
    let (own, root) = (CertificateDer::from(own.der.as_slice()), CertificateDer::from(known.der.as_slice()));
    let anchor = webpki::anchor_from_trusted_cert(&root).map_err(named)?;
    let issuers: Vec<CertificateDer<'_>> =
        issuers.iter().map(|one| CertificateDer::from(one.der.as_slice())).collect();
    let own = EndEntityCert::try_from(&own).map_err(named)?;
    let time = UnixTime::since_unix_epoch(unix(at));
    own.verify_for_usage(ALL_VERIFICATION_ALGS, &[anchor], &issuers, time, CODE_SIGNING, None, None)
        .map_err(named)?;
    Ok(())
}
