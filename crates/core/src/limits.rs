//! Every limit of the hub in one place, each with its unit. "A limit on everything": what is not bounded here is a bug.

mod funding;
mod grades;
mod hooks;
mod lineage;
mod log;
mod pages;
mod talk;

pub use funding::*;
pub use grades::*;
pub use hooks::*;
pub use lineage::*;
pub use log::*;
pub use pages::*;
pub use talk::*;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

// Names.

/// Bytes of one part of `namespace/name`; the clients refuse longer ones themselves.
pub const NAME_BYTES_MAX: usize = 96;
/// Bytes of a path inside a repo.
pub const PATH_BYTES_MAX: usize = 4096;
/// Bytes of one part of a path: what file systems take.
pub const PATH_PART_BYTES_MAX: usize = 255;
/// Parts of a path, so that nothing recurses far.
pub const PATH_DEPTH_MAX: usize = 64;
/// Bytes of a branch or tag name.
pub const REF_BYTES_MAX: usize = 255;

// Members and groups.

/// Bytes of the name of a member or group for people to read.
pub const FULL_NAME_BYTES_MAX: usize = 200;
/// Groups that one member may run: names are never handed on, so nobody takes many of them.
pub const GROUPS_RUN_MAX: usize = 50;
/// Members of one group.
pub const GROUP_MEMBERS_MAX: usize = 1000;
/// Requests in five minutes from one address without a token, of each kind, unless the operator says otherwise.
pub const STRANGERS_REQUESTS: u32 = 6_000;
/// The same by one member.
pub const MEMBERS_REQUESTS: u32 = 60_000;
/// Lines of the audit log that are told at once.
pub const AUDIT_PAGE: usize = 100;
/// Requests for access that are told at once.
pub const ACCESS_REQUESTS_PAGE: usize = 100;
/// Requests for access that the Hub's API tells in one answer.
pub const ACCESS_REQUESTS_TOLD: usize = 10_000;
/// Bytes of the table of all who asked.
pub const ACCESS_REPORT_BYTES_MAX: usize = 32 << 20;
/// Characters of a reason for turning somebody away.
pub const REJECTION_CHARS_MAX: usize = 1_000;
/// Keys, certificates and identities that a member or group signs with, those taken back counted too.
pub const SIGNERS_MAX: usize = 100;
/// Bytes of an identity, and of who vouches for it.
pub const IDENTITY_BYTES_MAX: usize = 500;
/// Sessions of one member that are shown, the newest.
pub const SESSIONS_SHOWN_MAX: i64 = 100;
/// Bytes kept of what a browser says of itself.
pub const BROWSER_BYTES_MAX: usize = 200;

// Passwords.

/// Characters of a password at least.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Bytes of a password.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Access tokens of one member in use.
pub const TOKENS_MAX: usize = 200;
/// Lines of a fine-grained token made on a page: all are read with every request that shows it.
pub const TOKEN_LINES_MAX: usize = 100;
/// Wrong passwords for one name within [`WRONG_PASSWORDS_SECS`] before no more are looked at.
pub const WRONG_PASSWORDS_MAX: u32 = 10;

/// Members that may join an open hub within [`WRONG_PASSWORDS_SECS`], by each process: names are never handed on, and
/// each costs the hashing of a password.
pub const JOINS_MAX: u32 = 50;

// Connections, and what they hold.

/// Connections served at once; each costs a file descriptor and some kilobytes. More wait to be taken.
pub const CONNECTIONS_MAX: usize = 4096;
/// Seconds for a request's headers, and between two requests of one connection.
pub const HEADERS_SECS: u64 = 30;
/// Seconds without one byte of a body that is waited for, or without one byte of an answer taken: the other side is
/// gone or means no good. How long the whole takes has no limit, unless it is held in memory meanwhile.
pub const STALLED_SECS: u64 = 60;
/// Seconds that a request waits for memory before it is told that the hub is busy.
pub const BUSY_SECS: u64 = 30;
/// Bytes of request bodies held in memory at once for those who showed a token: a few of the largest shards, dozens of
/// commits' lines.
pub const MEMBERS_BODIES_BYTES_MAX: u64 = 256 * MIB;
/// The same for those who showed none; apart, so that strangers cannot use up what members need.
pub const STRANGERS_BODIES_BYTES_MAX: u64 = 32 * MIB;
/// Bytes a second of a body that is held in memory, on average once it has had [`STALLED_SECS`]: slower than any line
/// that models are sent over.
pub const HELD_BODY_BYTES_PER_SEC_MIN: u64 = 8 * KIB;
/// Bytes of regular files held in memory at once while they are sent: eight of the largest, hundreds of common ones.
pub const BLOBS_BYTES_MAX: u64 = 128 * MIB;
/// Bytes of a regular file that are sent at once. A file of no more does not count among those held, so that it can be
/// had whatever others read; what is on its way of a longer one does not either.
pub const BLOB_SLICE_BYTES: u64 = 64 * KIB;
/// Bytes a second that the reader of a longer one takes, on average once they have had [`STALLED_SECS`]. A slower one is
/// cut off, or a few would keep everybody else from the room; the rest is had with a range.
pub const BLOB_BYTES_PER_SEC_MIN: u64 = 64 * KIB;

/// Bytes of a text at least that is sent packed: a shorter one fits into a packet as it is.
pub const PACKED_BYTES_MIN: u64 = KIB;
/// Bytes of a text at most that is packed: it is held in memory twice meanwhile.
pub const PACKED_BYTES_MAX: u64 = 4 * MIB;

// Request bodies.

/// Bytes of a body of somebody without a token.
pub const STRANGER_BODY_BYTES_MAX: usize = MIB as usize;

/// Bytes of a body that are read and thrown away after its request was answered early.
pub const UNREAD_BODY_BYTES_MAX: usize = (64 * MIB) as usize;
/// Bytes of a form that a page sends: the lines of a fine-grained token are the longest field.
pub const FORM_BYTES_MAX: usize = 256 * KIB as usize;
/// Bytes of an ordinary JSON body.
pub const JSON_BODY_BYTES_MAX: usize = 4 * MIB as usize;
/// Files asked about in one preupload or one LFS batch.
pub const BATCH_FILES_MAX: usize = 1000;
/// Paths asked about in one `paths-info`, with their last commits too: what looking for those costs is bounded by
/// [`LAST_COMMIT_ENTRIES_MAX`], however many they are.
pub const PATHS_INFO_MAX: usize = 1000;
/// Bytes up to which clients are told to send a file inside the commit; larger ones are to go by LFS or Xet.
pub const REGULAR_FILE_BYTES_MAX: u64 = 10 * MIB;
/// Decoded bytes of one file sent inside a commit. More than what is asked for: clients that only have a file in memory
/// send it so, whatever they are told.
pub const COMMIT_FILE_BYTES_MAX: u64 = 16 * MIB;
/// Bytes of one NDJSON line: base64 of the largest such file, and room for its path.
pub const COMMIT_LINE_BYTES_MAX: usize = (22 * MIB) as usize;
/// Bytes of a whole commit body.
pub const COMMIT_BODY_BYTES_MAX: u64 = 2 * GIB;
/// Operations in one commit.
pub const COMMIT_OPERATIONS_MAX: usize = 50_000;
/// Times that a commit is built anew because another process moved the branch first.
pub const COMMIT_TRIES_MAX: u32 = 16;
/// Bytes of a commit's summary and description together.
pub const COMMIT_MESSAGE_BYTES_MAX: usize = 64 * KIB as usize;

// Sent and edited in a browser.

/// Bytes of a file's beginning by which it is judged to be text or not: as many as clients send when they ask.
pub const SAMPLE_BYTES: usize = 512;
/// Bytes of a form with files. What is sent in one request begins anew when it breaks off, so there is no use in more than
/// an LFS upload that is one PUT.
pub const UPLOAD_FORM_BYTES_MAX: u64 = LFS_BASIC_BYTES_MAX;
/// Files of such a form: each is judged by the rules of the repo, and a browser's file picker chooses no more by hand.
pub const UPLOAD_FORM_FILES_MAX: usize = 1000;
/// Bytes of what a part of a form says of itself: the longest path, and room for escapes.
pub const FORM_PART_HEAD_BYTES_MAX: usize = 16 * KIB as usize;
/// Fields without a file in such a form, each of at most [`COMMIT_MESSAGE_BYTES_MAX`].
pub const UPLOAD_FORM_FIELDS_MAX: usize = 20;
/// Branches that a form offers to commit to; others are reached by their address.
pub const FORM_BRANCHES_MAX: usize = 200;
/// Bytes of a text that is edited in a browser: longer ones make its text field slow.
pub const EDIT_BYTES_MAX: usize = MIB as usize;
/// Bytes of a form that holds such a text: every byte may be escaped as three.
pub const EDIT_FORM_BYTES_MAX: usize = 3 * EDIT_BYTES_MAX + FORM_BYTES_MAX;

// Cards.

/// Bytes of a README.md that are read for its metadata.
pub const CARD_BYTES_MAX: usize = MIB as usize;
/// Bytes of `.gitattributes` or `.gitignore` that are read.
pub const ATTRIBUTES_BYTES_MAX: usize = 256 * KIB as usize;
/// Steps that the patterns of `.gitattributes` and `.gitignore` may take together for one path.
pub const PATTERN_STEPS_A_PATH_MAX: u32 = 1_000_000;
/// Steps that they may take for all paths of one request: some tenths of a second, and far more than honest rules need.
pub const PATTERN_STEPS_MAX: u32 = 50_000_000;

// Xet (Xet protocol).

/// Decompressed bytes of a chunk.
pub const CHUNK_BYTES_MAX: usize = 128 * KIB as usize;
/// Chunks in a xorb.
pub const XORB_CHUNKS_MAX: usize = 8192;
/// Decompressed bytes of a xorb.
pub const XORB_RAW_BYTES_MAX: u64 = 64 * MIB;
/// Bytes of a serialized xorb body: its raw bytes, 8-byte chunk headers, and an old client's footer.
pub const XORB_BODY_BYTES_MAX: u64 = 64 * MIB + 8 * 8192 + 512 * KIB;
/// Bytes of an uploaded shard.
pub const SHARD_BYTES_MAX: u64 = 80 * MIB;
/// Bytes of a xorb that is kept as a row rather than as an object of its own.
pub const XORB_INLINE_BYTES_MAX: usize = 64 * KIB as usize;
/// Bytes of all files of a shard, every one of which is read back and hashed.
pub const SHARD_FILES_BYTES_MAX: u64 = FILE_BYTES_MAX;
/// Shards of one member that are verified at once; the next ones wait.
pub const SHARDS_AT_ONCE_MAX: usize = 4;
/// Seconds for which a stored xorb or pack is kept though no row speaks of it: longer than from its first byte to its
/// row.
pub const STRAY_SECS: i64 = 24 * 3600;
/// Bytes of a telemetry report, which is read and dropped.
pub const TELEMETRY_BYTES_MAX: usize = MIB as usize;

// Files.

/// Bytes of one file.
pub const FILE_BYTES_MAX: u64 = 1024 * GIB;
/// Bytes up to which an LFS upload is one PUT; above it goes in parts.
pub const LFS_BASIC_BYTES_MAX: u64 = 5 * GIB;
/// Bytes of one part of a multipart LFS upload, except the last.
pub const LFS_PART_BYTES: u64 = 256 * MIB;
/// Parts of one multipart upload: for a file of more parts they grow.
pub const LFS_PARTS_MAX: u64 = 1000;
/// Parts that one batch answer may name: each costs a signed address of some 600 bytes.
pub const LFS_BATCH_PARTS_MAX: u64 = 5000;
/// Seconds after which a multipart upload that was not completed is given up.
pub const UPLOAD_SECS: i64 = 7 * 24 * 3600;

// Git store.

/// Bytes of a pack that is kept as a row rather than as an object of its own.
pub const PACK_INLINE_BYTES_MAX: usize = 64 * KIB as usize;
/// Bytes of a pack that is pushed.
pub const PUSH_BYTES_MAX: u64 = 4 * GIB;
/// Branches, tags and pull requests of one repo: each is told to every client of git that asks.
pub const REFS_MAX: usize = 50_000;
/// Bytes of a request for a pack, unpacked.
pub const FETCH_BODY_BYTES_MAX: u64 = 16 * MIB;
/// Objects of a pack that is sent.
pub const FETCH_OBJECTS_MAX: usize = 2_000_000;
/// Tags on tags that are followed.
pub const TAGS_ON_TAGS_MAX: usize = 16;
/// Packs of one repo before some are merged: each costs every reader of the repo a row and a search.
pub const PACKS_MAX: usize = 30;
/// Bytes that are merged into one pack. A pack of more than half of that stays as it is: copying it costs more than it
/// saves those who read, and scratch space has an end.
pub const PACK_MERGED_BYTES_MAX: u64 = 16 * GIB;
/// Seconds for which a pack that was replaced is kept: longer than any request takes, and as old as a backup of the
/// database may be that is to be restored beside today's depot.
pub const SUPERSEDED_PACK_SECS: i64 = 30 * 24 * 3600;
/// Length of a delta chain before a full tree is written.
pub const DELTA_DEPTH_MAX: usize = 50;

// Lifetimes, in seconds.

/// How long a Xet token is good for.
pub const XET_TOKEN_SECS: i64 = 3600;
/// How long a session lasts without a page being asked for.
pub const SESSION_IDLE_SECS: i64 = 7 * 24 * 3600;
/// How long a session lasts at most.
pub const SESSION_SECS: i64 = 30 * 24 * 3600;
/// Bytes that are kept of each kind of thing that was read or rendered of content which never changes.
pub const KEPT_BYTES_MAX: u64 = 16 * MIB;
/// Entries of a paper's top folder that are looked through for its PDF.
pub const PDF_LOOKED_THROUGH_MAX: usize = 1000;
/// Papers in an answer of the Hub's API.
pub const PAPERS_PAGE_MAX: usize = 100;
/// Bases of a work that our own API tells; no honest card names as many.
pub const BASES_TOLD_MAX: usize = 100;
/// How long a program's sign-in waits for somebody to confirm it.
pub const DEVICE_CODE_SECS: i64 = 15 * 60;
/// How often a program may ask whether somebody did.
pub const DEVICE_POLL_SECS: i64 = 5;
/// Sign-ins of programs that are remembered at once: whoever begins one is nobody yet.
pub const DEVICE_CODES_MAX: i64 = 10_000;
/// How long the token lasts that a program is given by a browser.
pub const DEVICE_TOKEN_SECS: i64 = 90 * 24 * 3600;
/// Members on one page of those who run the hub.
pub const MEMBERS_PAGE: i64 = 50;
/// How long a link to join is good for.
pub const JOIN_LINK_SECS: i64 = 7 * 24 * 3600;
/// How long a link to set a password is good for.
pub const PASSWORD_LINK_SECS: i64 = 24 * 3600;
/// For how long a link that has ended is remembered, so that whoever comes late is told what is wrong with it.
pub const LINK_MEMORY_SECS: i64 = 30 * 24 * 3600;
/// For how long wrong passwords of a name are counted.
pub const WRONG_PASSWORDS_SECS: u64 = 900;
/// How long a signed upload or download address is good for.
pub const SIGNED_URL_SECS: i64 = 3600;
