//! Git objects and packs: pure, synchronous, bounded. Bytes in, bytes out; no refs, no network, no clock.
//!
//! # How objects are kept
//!
//! Everything a repo holds lies in standard version-2 packs with a version-2 index (git pack format). A pack made by
//! a server-side commit may be **thin**: a tree can be a `REF_DELTA` whose base lies in an older pack of the same
//! repo, because a full tree of a large flat directory costs hundreds of kilobytes a commit. A pack
//! that was pushed may be thin for the same reason: git leans on what the repo has. Packs that were compacted are
//! **self-contained**. [`compact`] turns any set of them into one standard pack that every git tool
//! reads.
//!
//! # Why reading always ends
//!
//! The same object may lie in several packs, so following bases by id could run in a circle. [`PackSet`] looks in packs
//! that were made of others first, and then in all others, oldest first. One that was made of others is self-contained
//! and never left. Of any other pack an object counts only if no older one has it, so the repo did not have it before;
//! what it leans on is in the same pack, where [`unpack`] has seen that chains end, or was in the repo before it. Nothing
//! that comes later takes the place of what is there, however it is packed. Whoever hands over packs in another order
//! meets [`DELTA_CHAIN_MAX`].

mod commit;
mod compact;
mod delta;
mod entry;
mod index;
mod object;
mod pack;
mod resolve;
mod send;
mod source;
#[cfg(feature = "depot")]
mod store;
mod strict;
mod tree;
mod unpack;
mod walk;

pub use commit::{BadCommit, Commit, Signature, render_tag};
pub use compact::{CompactError, compact};
pub use delta::{DeltaError, DeltaSizes, apply, tree_delta};
pub use entry::{EntryError, EntryHeader, EntryKind, inflate, inflate_counted};
pub use index::{Index, IndexError, IndexRow, render_index};
pub use object::{Collision, Kind, oid_of};
pub use pack::{PackError, PackSummary, PackWriter, TreeBase};
pub use resolve::{Object, PackSet, ReadError, Spot, read};
pub use send::{SendError, Sending};
pub use source::{Pack, PackBytes, SourceError};
#[cfg(feature = "depot")]
pub use store::{GitError, GitStore, PackRest};
pub use strict::{Tag, check_attributes, check_commit, check_modules, check_tag};
pub use tree::{BadTree, Mode, TreeEntry, parse_tree, render_tree};
pub use unpack::{See, UnpackError, Unpacked, unpack};
pub use walk::{Filter, Walk, WalkError};

/// Bytes of one object's content. Files above the hub's limit for regular files go by LFS or Xet, so only pushes of
/// old histories come near.
pub const OBJECT_BYTES_MAX: u64 = 100 << 20;
/// Bytes of one entry as it lies in a pack: an object that does not compress, and what zlib adds to it.
pub const ENTRY_BYTES_MAX: u64 = OBJECT_BYTES_MAX + (1 << 20);
/// Objects of one pack.
pub const PACK_OBJECTS_MAX: usize = 2_000_000;
/// Deltas between an object and its full base that are followed: git's own ceiling.
pub const DELTA_CHAIN_MAX: usize = 4095;
/// Bytes that may be inflated or rebuilt to read one object through its chain.
pub const READ_BYTES_MAX: u64 = 1 << 30;
/// Parents of one commit.
pub const COMMIT_PARENTS_MAX: usize = 1024;
