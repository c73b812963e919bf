//! A bundle of Sigstore (v0.3, JSON): what was signed, the signature, and what it is to be checked with.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

/// Bytes of a bundle.
pub const BUNDLE_BYTES_MAX: usize = 16 << 20;
/// Certificates that one brings.
const CERTIFICATES_MAX: usize = 16;
/// The media types of bundles, as they were spelled over the years.
const MEDIA: [&str; 4] = [
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
];
/// The one kind of payload that is known.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Why a file is no bundle.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) String);

/// What a signature is to be checked with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Material {
    /// A public key: what the signer calls it (`model_signing`: the SHA-256 of its PEM text).
    Key(String),
    /// Certificates (DER): the signer's first, then those that issued it.
    Chain(Vec<Vec<u8>>),
    /// A certificate that Sigstore issued, and what its logs say of it.
    Logged,
}

/// What was signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// A statement (DSSE): its bytes, and the signature (DER) over them and their type.
    Statement(Vec<u8>, Vec<u8>),
    /// The bytes of a file.
    Bytes,
}

/// A bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Bundle {
    pub(crate) material: Material,
    pub(crate) content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBundle {
    media_type: String,
    verification_material: RawMaterial,
    dsse_envelope: Option<RawEnvelope>,
    message_signature: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMaterial {
    public_key: Option<RawKey>,
    x509_certificate_chain: Option<RawChain>,
    certificate: Option<RawCertificate>,
    #[serde(default)]
    tlog_entries: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RawKey {
    #[serde(default)]
    hint: String,
}

#[derive(Deserialize)]
struct RawChain {
    certificates: Vec<RawCertificate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCertificate {
    raw_bytes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize)]
struct RawSignature {
    sig: String,
}

fn decoded(text: &str, what: &str) -> Result<Vec<u8>, Malformed> {
    BASE64_STANDARD.decode(text).map_err(|_| Malformed(format!("{what} is no base64")))
}

impl Bundle {
    /// Reads a bundle. A key that is there twice makes it none: readers differ in which they take.
    pub(crate) fn read(bytes: &[u8]) -> Result<Bundle, Malformed> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(Malformed(format!("it has {} bytes, and {BUNDLE_BYTES_MAX} are read", bytes.len())));
        }
        let raw: RawBundle = serde_json::from_slice(bytes).map_err(|error| Malformed(error.to_string()))?;
        if !MEDIA.contains(&raw.media_type.as_str()) {
            return Err(Malformed(format!("its media type is {:?}", raw.media_type)));
        }
        let content = match (raw.dsse_envelope, raw.message_signature) {
            (Some(envelope), None) => statement(envelope)?,
            (None, Some(_)) => Content::Bytes,
            _ => return Err(Malformed("it needs a dsseEnvelope or a messageSignature, one of them".into())),
        };
        Ok(Bundle { material: material(raw.verification_material)?, content })
    }
}

fn statement(envelope: RawEnvelope) -> Result<Content, Malformed> {
    if envelope.payload_type != IN_TOTO {
        return Err(Malformed(format!(
            "its payload is {:?}, and no statement of in-toto",
            envelope.payload_type
        )));
    }
    let [signature] = envelope.signatures.as_slice() else {
        return Err(Malformed(format!("it has {} signatures, and one is read", envelope.signatures.len())));
    };
    Ok(Content::Statement(
        decoded(&envelope.payload, "the payload")?,
        decoded(&signature.sig, "the signature")?,
    ))
}

fn material(raw: RawMaterial) -> Result<Material, Malformed> {
    match (raw.public_key, raw.x509_certificate_chain, raw.certificate) {
        (Some(key), None, None) => Ok(Material::Key(key.hint)),
        // What Sigstore issues lives for minutes: without its log, nobody knows when it was used.
        (None, _, Some(_)) => Ok(Material::Logged),
        (None, Some(_), None) if !raw.tlog_entries.is_empty() => Ok(Material::Logged),
        (None, Some(chain), None) => {
            if chain.certificates.is_empty() || chain.certificates.len() > CERTIFICATES_MAX {
                return Err(Malformed(format!("it has {} certificates", chain.certificates.len())));
            }
            let all = chain.certificates.iter().map(|one| decoded(&one.raw_bytes, "a certificate"));
            Ok(Material::Chain(all.collect::<Result<_, _>>()?))
        }
        _ => Err(Malformed(
            "it needs a publicKey, an x509CertificateChain or a certificate, one of them".into(),
        )),
    }
}

/// What is signed of a payload (DSSE 1.0.2, "PAE"): its type and its bytes, with their lengths.
pub(crate) fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    let mut all = format!("DSSEv1 {} {IN_TOTO} {} ", IN_TOTO.len(), payload.len()).into_bytes();
    all.extend_from_slice(payload);
    all
}

/// A bundle with a public key's signature of a statement, as `model_signing` writes it.
pub(crate) fn write(hint: &str, payload: &[u8], signature: &[u8]) -> String {
    serde_json::json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": hint }, "tlogEntries": [] },
        "dsseEnvelope": {
            "payload": BASE64_STANDARD.encode(payload),
            "payloadType": IN_TOTO,
            "signatures": [{ "sig": BASE64_STANDARD.encode(signature), "keyid": "" }],
        },
    })
    .to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn read_as_written() {
        let bundle = Bundle::read(write("h", b"{}", b"s").as_bytes()).unwrap();
        assert_eq!(bundle.material, Material::Key("h".into()));
        assert_eq!(bundle.content, Content::Statement(b"{}".to_vec(), b"s".to_vec()));
        let told = "DSSEv1 28 application/vnd.in-toto+json 2 {}";
        assert_eq!(signed_bytes(b"{}"), told.as_bytes());
    }

    #[test]
    fn what_is_none_is_named() {
        let good = write("h", b"{}", b"s");
        for (from, to, says) in [
            ("sigstore.bundle", "other", "media type"),
            ("vnd.in-toto", "vnd.other", "no statement"),
            ("\"sig\"", "\"sig\":\"\",\"sig\"", "duplicate field"),
            ("\"hint\"", "\"hint\":\"x\",\"hint\"", "duplicate field"),
            ("\"publicKey\"", "\"other\"", "publicKey"),
            ("dsseEnvelope", "envelope", "dsseEnvelope"),
            ("e30=", "e30", "base64"),
            ("{\"keyid\"", "{\"sig\":\"\"},{\"keyid\"", "2 signatures"),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good, "{from}");
            let error = Bundle::read(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(says), "{from} -> {to}: {error}");
        }
        assert!(Bundle::read(b"").is_err());
        assert!(Bundle::read(&vec![b' '; BUNDLE_BYTES_MAX + 1]).is_err());
    }
}
