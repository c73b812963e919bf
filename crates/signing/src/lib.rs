//! Who signed what a model is made of, and whether that holds: OpenSSF Model Signing 1.0 (`model.sig`) and other statements of in-toto in
//! bundles of Sigstore, by a key, by a certificate, or by an identity that Sigstore saw.
//!
//! Files are known by the digests that a store keeps of them: nothing here reads a weight, waits, or asks anybody.

mod bundle;
mod chain;
mod judge;
mod key;
mod keyless;
mod oms;
mod sign;
mod statement;

pub use bundle::{BUNDLE_BYTES_MAX, Malformed};
pub use chain::Certificate;
pub use judge::{Found, Signer, Verdict, judge, speaks_of};
pub use key::{BadKey, PublicKey};
pub use keyless::{BadRoot, Root};
pub use oms::{as_signed, is_left_out};
pub use sign::{Key, sign};

/// The file that signers of models write.
pub const MODEL_SIG: &str = "model.sig";

/// The version of what is found: what was found by another is found anew.
pub const RULES: u32 = 1;

/// Whether a file of this path may be such a bundle: `model.sig`, `*.oms.json`, `*.sigstore.json`, or JSON in `attestations/`.
pub fn is_bundle(path: &str) -> bool {
    path == MODEL_SIG
        || path.ends_with(".oms.json")
        || path.ends_with(".sigstore.json")
        || (path.starts_with("attestations/") && path.ends_with(".json"))
}

/// An identity that Sigstore vouches for: who somebody is, and who says so.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// A mail address, or the address of a workflow.
    pub identity: String,
    /// The address of whoever signed them in (OpenID Connect).
    pub issuer: String,
}

/// What an owner said that its signatures are made with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// A public key.
    Key(PublicKey),
    /// A certificate: the signer's own, or one that it was issued by.
    Certificate(Certificate),
    /// Somebody whom Sigstore knows.
    Identity(Identity),
}

/// An anchor, and what names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// What names it.
    pub id: String,
    /// What it is.
    pub anchor: Anchor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_may_be_bundles() {
        for path in ["model.sig", "a/b.oms.json", "wheel.whl.sigstore.json", "attestations/slsa.json"] {
            assert!(is_bundle(path), "{path}");
        }
        for path in
            ["a/model.sig", "config.json", "attestations/readme.md", "x/attestations/y.json", ".sigstore"]
        {
            assert!(!is_bundle(path), "{path}");
        }
    }
}
