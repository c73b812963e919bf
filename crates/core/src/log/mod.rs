//! The transparency log: an append-only list of what happened on a hub, under a tree of hashes whose root is signed, so that nobody
//! who was shown one root can later be shown another past.
//!
//! All of it is pure, and follows the specifications of C2SP: the tree is that of RFC 6962 (`merkle`), stored in tiles (`tile`,
//! `grow`; tlog-tiles), its root is signed as a [`Checkpoint`] (tlog-checkpoint) and cosigned by witnesses (`witness`;
//! tlog-cosignature, tlog-witness) of whom a [`Policy`] (tlog-policy) says how many are enough, and a [`Proof`] (tlog-proof) is what
//! somebody keeps who wants to show later that something was logged. What is logged are [`Event`]s; [`Followed`] is what somebody knows who
//! reads them all.

mod canonical;
mod checkpoint;
mod event;
mod follow;
mod grow;
mod hash;
mod merkle;
mod policy;
mod proof;
mod tile;
mod witness;

pub use canonical::canonical;
pub use checkpoint::{BadCheckpoint, Checkpoint};
pub use event::{BadEvent, By, Event, Happened, Subject, after};
pub use follow::{BadNext, Followed, Word};
pub use grow::{Edge, Written};
pub use hash::{BadHash, Hash, leaf_hash, node_hash};
pub use merkle::{consistency_ranges, inclusion_ranges, nodes_of, verify_consistency, verify_inclusion};
pub use policy::{BadPolicy, Policy, Quorum, Witness};
pub use proof::{BadProof, Proof};
pub use tile::{BUNDLE, Tile, Tiles, bundle, entries};
pub use witness::{AddCheckpoint, Cosigned, Turned, cosign, cosigned_by};
