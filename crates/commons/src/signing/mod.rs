//! Who signed what was published: what owners say that they sign with, and what the signatures in their repos come to. Verified by the
//! digests that are kept of files: no weight is read again.

mod look;
mod owner;

pub use look::{Attestations, Signature, Summary, attestations, look_all, of_repo, of_revision};
pub(crate) use look::{SIGNED, look, see};
pub use owner::{Field, Fit, New, Owned, Unfit, register, revoke, signers};
pub use seedcorn_db::signing::Signer as Row;
pub use seedcorn_signing::{Found, Key, MODEL_SIG, Root, Signer, Verdict, sign};
