//! Limits of what is read, told and shown.

use super::{COMMIT_OPERATIONS_MAX, KIB, MIB, NAME_BYTES_MAX};

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
/// Groups in a page of them.
pub const GROUPS_PAGE: usize = 100;
/// Members of a group, or groups of a member, in a page.
pub const GROUP_MEMBERS_PAGE: usize = 100;
/// Branches, tags and proposals in a page.
pub const REFS_PAGE: usize = 100;
/// Letters of a commit's first line that a list shows.
pub const LISTED_TITLE_CHARS: usize = 120;
/// Letters of the rest of what a commit says that a list shows.
pub const LISTED_TEXT_CHARS: usize = 240;
/// Repos of one kind that a page or an answer lists as standing on a work.
pub const STANDING_MAX: usize = 50;
/// Models that a page says a model builds on, itself or through others.
pub const BASES_SHOWN_MAX: usize = 20;
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
/// Files of a revision that are looked into for what may harm whoever opens them.
pub const SCANNED_FILES_MAX: usize = 100_000;
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
pub const WEIGHED_FILES_MAX: usize = 20_000;
/// Xorbs whose indexes are read to weigh a repo, where runs of chunks are shared in part.
pub const WEIGHED_XORBS_MAX: usize = 4096;
/// Entries of a tree looked through for large files that a commit's may share chunks with; a folder counts as a hundred.
pub const WEIGHED_ENTRIES_MAX: usize = 300_000;
/// What weighing the commits of one page may cost, in rows and entries read, before the rest is left for another time.
pub const WEIGHED_COST_MAX: usize = 10_000;
/// Runs of chunks of all these files.
pub const WEIGHED_TERMS_MAX: usize = 200_000;

// Pages made of what members wrote.

/// Bytes of Markdown that are rendered; of a longer text the beginning is shown as it is.
pub const MARKDOWN_BYTES_MAX: usize = MIB as usize;
/// Bytes of HTML that a text may become, so that no page is heavy. What would come after is left out, and the page says so.
pub const MARKDOWN_HTML_BYTES_MAX: usize = 100 * 1024;
/// Elements of that HTML: each costs a parser far more than its bytes.
pub const MARKDOWN_ELEMENTS_MAX: usize = 50_000;
/// Elements within each other; deeper ones are left out, and what they hold stays.
pub const MARKDOWN_DEPTH_MAX: usize = 64;
/// Attributes of one tag that are looked at.
pub const MARKDOWN_ATTRIBUTES_MAX: usize = 32;
/// Headings that get an id and a place in the outline.
pub const MARKDOWN_HEADINGS_MAX: usize = 400;
/// Blocks of code that are coloured; further ones are shown plain.
pub const MARKDOWN_CODE_BLOCKS_MAX: usize = 400;
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
