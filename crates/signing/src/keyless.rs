//! Signatures by an identity that Sigstore saw: checked offline, by a root of trust that is part of this program unless the operator has
//! another (a `trusted_root.json`, as Sigstore publishes it).

use seedcorn_core::digest::Sha256;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};
use sigstore_verify::types::{Artifact, Bundle, Sha256Hash};
use sigstore_verify::{VerificationPolicy, Verifier};

use crate::Identity;

/// Why something is no root of trust.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is no trusted_root.json of Sigstore: {0}")]
pub struct BadRoot(String);

/// Whom one has to trust to know who signed.
pub struct Root {
    verifier: Verifier,
    digest: Sha256,
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Root({})", self.digest)
    }
}

/// What Sigstore saw.
pub(crate) struct Seen {
    pub(crate) by: Identity,
    /// When, in seconds since 1970, where a log or a clock says so.
    pub(crate) at: Option<i64>,
}

impl Root {
    /// Sigstore's public instance, as it was when this program was made.
    ///
    /// # Errors
    /// Never but by a mistake in this program.
    pub fn built_in() -> Result<Root, BadRoot> {
        Root::read(SIGSTORE_PRODUCTION_TRUSTED_ROOT)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BadRoot`] where it is none.
    pub fn read(json: &str) -> Result<Root, BadRoot> {
        let bad = |error: &dyn std::fmt::Display| BadRoot(error.to_string());
        let root = TrustedRoot::from_json(json).map_err(|error| bad(&error))?;
        let verifier = Verifier::new(&root).map_err(|error| bad(&error))?;
        Ok(Root { verifier, digest: Sha256::of(json) })
    }

    /// What names it.
    pub fn digest(&self) -> Sha256 {
        self.digest
    }

    /// Who signed something of a digest, if all of it holds: the certificate, its time, the signature, and that the log has it.
    pub(crate) fn verify(&self, bundle: &[u8], digest: &Sha256) -> Result<Seen, String> {
        let text = std::str::from_utf8(bundle).map_err(|error| error.to_string())?;
        let bundle = Bundle::from_json(text).map_err(|error| error.to_string())?;
        let artifact = Artifact::from_digest(Sha256Hash::new(digest.0));
        let policy = VerificationPolicy::any_identity();
        let result = self.verifier.verify(artifact, &bundle, &policy).map_err(|error| error.to_string())?;
        let (Some(identity), Some(issuer)) = (result.identity(), result.issuer()) else {
            return Err("its certificate names nobody".into());
        };
        let by = Identity { identity: identity.as_str().to_owned(), issuer: issuer.to_owned() };
        let at = result.integrated_time().or_else(|| result.verified_timestamps().first().copied());
        Ok(Seen { by, at: at.map(|at| at.as_second()) })
    }
}
