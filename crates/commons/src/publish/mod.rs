//! Publish: offer, receive, commit. Bytes come first and are nobody's until a commit names them.

mod branches;
mod commit;
mod forget;
mod lfs;
mod offer;
mod pack;
mod parts;
pub(crate) mod pointers;
mod record;
pub mod refs;
mod send;
mod squash;
mod tree;
mod whole;

pub(crate) use branches::BranchLocks;
pub(crate) use commit::{CARD, SECRETS_MEANT, check_special, secrets_are_meant, target_allowed};
pub use commit::{CommitHeader, Committed, Draft, Target, check_target};
pub use forget::{Kept, forget, large_files};
pub use lfs::{
    BatchAnswer, LfsObject, OpenTransfer, batch, batch_in_parts, complete_multipart, downloadable,
    open_transfer, receive_basic, receive_part, verify,
};
pub use offer::{Offered, OfferedFile, Sample, offer};
pub(crate) use pack::{
    Message, Recorded, StoredPack, begin, finish, first_commit, pack_refusal, signature, stored_pack,
};
pub use parts::{ReceivedPart, received_parts};
pub(crate) use record::{Card, card_is, card_of, moved, put_card, record_card};
pub use squash::squash;
pub(crate) use tree::write as write_tree;
pub use whole::whole;
