//! Every limit of the hub in one place, each with its unit. "A limit on everything": what is not bounded here is a bug.

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
pub const COMMIT_TRIES_MAX: usize = 8;
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

// Pages.

/// Entries of a tree in one page.
pub const TREE_PAGE_MAX: usize = 1000;
/// Entries of a tree in one page, when each carries its last commit.
pub const TREE_PAGE_EXPANDED_MAX: usize = 100;
/// Repos in one page of a listing.
pub const LIST_PAGE_MAX: usize = 1000;
/// Commits in one page.
pub const COMMITS_PAGE_MAX: usize = 1000;
/// Bytes of what a listing searches for: no `namespace/name` is longer.
pub const SEARCH_BYTES_MAX: usize = 2 * NAME_BYTES_MAX + 1;
/// Words of a search; those behind them are not asked for.
pub const SEARCH_WORDS_MAX: usize = 12;
/// Characters of a word by which repos are found; longer ones are cut.
pub const SEARCH_WORD_CHARS_MAX: usize = 48;
/// Bytes of a card's text, without its marks, by which a repo is found.
pub const SEARCH_TEXT_BYTES_MAX: usize = 16 * KIB as usize;
/// Repos that are ranked for one search. Of words that more repos have, only those with them in their names and tags count;
/// nobody looks further than this.
pub const SEARCH_FOUND_MAX: usize = 2000;
/// Models, and datasets, that a space is found by.
pub const LINKS_MAX: usize = 100;
/// Authors of one work; the largest collaborations sign with about three thousand.
pub const AUTHORS_MAX: usize = 4000;
/// An author's name, or where they worked.
pub const AUTHOR_BYTES_MAX: usize = 300;
/// A paper's title, or the name of its journal.
pub const TITLE_BYTES_MAX: usize = 1000;
/// A paper's abstract.
pub const ABSTRACT_BYTES_MAX: usize = 32 * KIB as usize;
/// A list of references of which one entry is taken over.
pub const BIB_BYTES_MAX: usize = MIB as usize;
/// A CITATION.cff that is read; a longer one is a file like any other.
pub const CITATION_BYTES_MAX: u64 = 256 * KIB;
/// A PDF that the command line puts into a paper's repo.
pub const PDF_BYTES_MAX: u64 = 512 * MIB;
/// Repos of one kind that a page or an answer lists as building on a paper or on code.
pub const CITING_MAX: usize = 50;
/// Papers, and code repos, that a page says a work stands on.
pub const NAMED_MAX: usize = 20;
/// Papers that one answer lists, and how far its pages can be turned.
pub const PAPERS_LISTED_MAX: usize = 1000;
/// Releases that a page of code lists.
pub const RELEASES_MAX: usize = 10;
/// Tags that a listing may ask for at once.
pub const LIST_TAGS_MAX: usize = 20;
/// Different tags of one facet that are counted, the most used first.
pub const FACET_TAGS_MAX: usize = 1000;
/// Bytes of cards and tags in one page of a listing, beyond its first repo.
pub const LIST_PAGE_CARD_BYTES_MAX: usize = 4 * MIB as usize;
/// Commits looked through to find the last one that touched a path, or passed over to reach a page by its number.
pub const HISTORY_WALK_MAX: usize = 10_000;
/// Entries of folders read for one request that asks for last commits; a folder itself counts as a hundred.
pub const LAST_COMMIT_ENTRIES_MAX: usize = 2_000_000;
/// Commits that a place in a history may name: the tips from which it goes on.
pub const HISTORY_TIPS_MAX: usize = 64;

// Jobs.

/// Repos that are weighed anew when one that shares with them changed.
pub const SHARING_REPOS_MAX: usize = 1000;
/// How long a process waits before it looks whether another asked for a job.
pub const JOBS_LOOK_SECS: u64 = 5;
/// How long whoever began a job has for it; half of that to work, so that it is over when another may begin it.
pub const JOB_SECS: i64 = 600;
/// How long a job that failed waits; twice as long each time.
pub const JOB_AGAIN_SECS: i64 = 10;
/// At most so long.
pub const JOB_AGAIN_SECS_MAX: i64 = 3600;
/// A job that was begun so often has something wrong with it.
pub const JOB_TRIES_FAILING: i64 = 3;

// What is told outside: to search machines and readers of feeds.

/// Addresses in one part of a sitemap; the protocol allows 50,000.
pub const SITEMAP_PART_MAX: i64 = 10_000;
/// Parts of the sitemap for repos, and as many for groups: ten million of each.
pub const SITEMAP_PARTS_MAX: i64 = 1000;
/// Entries of a feed, the newest.
pub const FEED_ENTRIES: usize = 50;
/// Characters of a card's beginning that describe its work elsewhere.
pub const OPENING_CHARS: usize = 300;

/// Files that a page's description for machines names.
pub const DESCRIBED_FILES_MAX: usize = 30;
/// Bytes of that description's files.
pub const DESCRIBED_BYTES_MAX: usize = 20 * KIB as usize;
/// Entries of a data set's tree that its Croissant description is made from.
pub const CROISSANT_ENTRIES_MAX: usize = 1000;
/// Tables of a data set whose columns are told; each is a file that is looked into.
pub const CROISSANT_TABLES_MAX: usize = 12;
/// Columns of one of them.
pub const CROISSANT_COLUMNS_MAX: usize = 500;
/// Small files of a data set that are read for their SHA-256, which is known of large ones.
pub const CROISSANT_HASHED_MAX: usize = 50;
/// Bytes of all of these.
pub const CROISSANT_HASHED_BYTES_MAX: u64 = 16 * MIB;
/// Seconds that looking into all of them may take; what is not reached is told without columns.
pub const CROISSANT_SECS: u64 = 20;

/// Works in one page of our own API.
pub const API_PAGE_MAX: usize = 100;

// What files say about themselves.

/// Bytes of headers, pages and tables held in memory at once while they are read for pages: two of the costliest.
pub const PREVIEWS_BYTES_MAX: u64 = 384 * MIB;
/// Bytes of a header up to which reading it counts as small: nearly all are.
pub const PREVIEW_SMALL_HEADER_BYTES: u64 = 2 * MIB;
/// Memory that a small one may take: names and shapes cost some eight times their bytes.
pub const PREVIEW_SMALL_BYTES: u64 = 16 * MIB;
/// Memory that any other may take: a million tensors, or the columns of a Parquet file unpacked.
pub const PREVIEW_LARGE_BYTES: u64 = 192 * MIB;
/// Seconds that reading a file for its page may take; what takes longer is shown as unread.
pub const PREVIEW_SECS: u64 = 20;
/// Tensors on one page.
pub const PREVIEW_TENSORS: usize = 100;
/// Pairs of a file's own metadata on a page.
pub const PREVIEW_PAIRS: usize = 100;
/// Files of an index on a page.
pub const PREVIEW_SHARDS: usize = 200;
/// Rows of a table on a page.
pub const PREVIEW_ROWS: usize = 50;
/// Bytes of a text that are read for its page, its lines or its rows.
pub const PREVIEW_TEXT_BYTES: u64 = MIB;
/// Bytes of a name or a value that leave the reader of a header; longer ones are cut.
pub const PREVIEW_VALUE_BYTES: usize = 8 * KIB as usize;
/// Bytes of a file of which nothing else is known that are shown as numbers.
pub const PREVIEW_BYTES: usize = 256;
/// Bytes of what a page looks for in the names of tensors.
pub const PREVIEW_FIND_BYTES_MAX: usize = 200;
/// Seconds for which the first who asks waits while the headers of a model's files are read. What was read is kept, so
/// that the next one gets further.
pub const MODEL_SIZE_SECS: u64 = 5;
/// Files of a model that are read for its size: a model of a terabyte has a few hundred.
pub const MODEL_SIZE_FILES_MAX: usize = 1000;
/// Bytes of an answer that tells the headers of a model's files: the largest known have half of it. It is held in memory
/// until it is sent, two at once.
pub const TENSORS_ANSWER_BYTES_MAX: u64 = 32 * MIB;
/// Seconds that reading all of them may take.
pub const TENSORS_ANSWER_SECS: u64 = 60;
/// Headers of one model that are read at once: each is a few requests to the depot.
pub const HEADERS_AT_ONCE: usize = 4;
// Changes between two revisions.

/// Files that differ and are listed: as many as one commit may touch.
pub const CHANGES_MAX: usize = COMMIT_OPERATIONS_MAX;
/// Entries of folders read to compare two revisions; a folder itself counts as a hundred.
pub const CHANGES_ENTRIES_MAX: usize = 2_000_000;
/// Files that differ in one page.
pub const CHANGES_PAGE_MAX: usize = 50;
/// Bytes of a file whose lines are compared: a page shows no more of them.
pub const DIFF_BYTES_MAX: u64 = 512 * KIB;
/// Lines of a file that are compared.
pub const DIFF_LINES_MAX: usize = 20_000;
/// Milliseconds after which two files are compared roughly: far more than files that people wrote take.
pub const DIFF_MILLIS_MAX: u64 = 500;
/// Lines of one file's difference that are shown.
pub const DIFF_SHOWN_LINES_MAX: usize = 1000;
/// Bytes of one line that are shown.
pub const DIFF_LINE_BYTES_MAX: usize = 1000;
/// Bytes of neighbouring changed lines within which changed words are looked for.
pub const DIFF_WORDS_BYTES_MAX: usize = 16 * KIB as usize;
/// Bytes of a safetensors header that is read to compare tensors: about 15,000 of them. Parsed, a header takes some
/// eight times as much memory.
pub const TENSORS_HEADER_BYTES_MAX: u64 = 2 * MIB;
/// Tensors whose change is told one by one.
pub const TENSORS_SHOWN_MAX: usize = 100;
/// Indexes of xorbs read to compare two files, or to weigh a commit: each is a request to the depot.
pub const CHANGES_XORBS_MAX: usize = 256;
/// Tensors of two files of which a few bytes are read where their chunks leave it open whether they are the same.
pub const TENSORS_READ_MAX: usize = 256;
/// Bytes read of one such tensor.
pub const TENSOR_READ_BYTES_MAX: u64 = 512 * KIB;
/// Files whose chunks are looked at to weigh a commit, its own and those it may share with.
pub const WEIGHED_FILES_MAX: usize = 2000;
/// Entries of a tree looked through for large files that a commit's may share chunks with; a folder counts as a hundred.
pub const WEIGHED_ENTRIES_MAX: usize = 300_000;
/// What weighing the commits of one page may cost, in rows and entries read, before the rest is left for another time.
pub const WEIGHED_COST_MAX: usize = 10_000;
/// Runs of chunks of all these files.
pub const WEIGHED_TERMS_MAX: usize = 200_000;

// Pages made of what members wrote.

/// Bytes of Markdown that are rendered; of a longer text the beginning is shown as it is.
pub const MARKDOWN_BYTES_MAX: usize = MIB as usize;
/// Bytes of HTML that a text may become. What would come after is left out, and the page says so.
pub const MARKDOWN_HTML_BYTES_MAX: usize = 2 * MIB as usize;
/// Elements of that HTML: each costs a parser far more than its bytes.
pub const MARKDOWN_ELEMENTS_MAX: usize = 50_000;
/// Elements within each other; deeper ones are left out, and what they hold stays.
pub const MARKDOWN_DEPTH_MAX: usize = 64;
/// Attributes of one tag that are looked at.
pub const MARKDOWN_ATTRIBUTES_MAX: usize = 32;
/// Headings that get an id and a place in the outline.
pub const MARKDOWN_HEADINGS_MAX: usize = 1000;
/// Blocks of code that are coloured; further ones are shown plain.
pub const MARKDOWN_CODE_BLOCKS_MAX: usize = 1000;
/// Steps of searches whose number grows with the square of what is searched: for the partner of a dollar sign in its
/// paragraph, for the quotes that a line goes on. A text that needs more has no formulas, or is shown as it is.
pub const MARKDOWN_STEPS_MAX: usize = 200_000_000;
/// Formulas of a text that are typeset; further ones are shown as they are written.
pub const FORMULAS_MAX: usize = 2000;
/// Bytes of one formula.
pub const FORMULA_BYTES_MAX: usize = 4096;
/// Commands and braces of a formula that may wait for each other: each is some 2 KiB of stack.
pub const FORMULA_DEPTH_MAX: usize = 300;
/// Bytes of a picture that stands in a text as a `data:` address.
pub const DATA_IMAGE_BYTES_MAX: usize = 64 * KIB as usize;
/// Bytes of code that are coloured at once.
pub const HIGHLIGHT_BYTES_MAX: usize = 512 * KIB as usize;
/// Coloured pieces of one text; the rest stays plain, since each costs the page more than its bytes.
pub const HIGHLIGHT_SPANS_MAX: usize = 20_000;

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
