//! Limits of what members say to each other.

use super::{KIB, MIB};

/// Bytes of a discussion's title.
pub const DISCUSSION_TITLE_BYTES_MAX: usize = 300;
/// Bytes of a comment.
pub const COMMENT_BYTES_MAX: usize = 64 * KIB as usize;
/// Bytes of all that is written in one discussion, earlier versions of comments too.
pub const DISCUSSION_BYTES_MAX: i64 = 4 * MIB as i64;
/// Events of one discussion.
pub const DISCUSSION_EVENTS_MAX: i64 = 5_000;
/// Times that a comment can be edited.
pub const COMMENT_EDITS_MAX: i64 = 100;
/// Discussions of a repo that one member may have open: whoever may publish there has no limit.
pub const DISCUSSIONS_OPEN_MAX: i64 = 200;
/// Discussions that one member opens in a repo in a day: whoever may publish there has no limit.
pub const DISCUSSIONS_DAY_MAX: i64 = 100;
/// Discussions in a page.
pub const DISCUSSIONS_PAGE: i64 = 50;
/// Events of a discussion in a page.
pub const EVENTS_PAGE: i64 = 50;
/// Comments on lines that the page of changes shows.
pub const LINE_COMMENTS_MAX: i64 = 500;
/// Commits of a pull request that are listed.
pub const PULL_COMMITS_MAX: usize = 250;
/// Members that one comment names and who are told of it.
pub const MENTIONS_MAX: usize = 20;
/// Members who are told of one event.
pub const TOLD_MAX: usize = 2_000;
/// Notices in a page.
pub const NOTICES_PAGE: i64 = 50;
/// Notices that are counted; of more it is said that there are more.
pub const NOTICES_COUNTED_MAX: i64 = 100;
/// Bytes of a picture or a film in a comment.
pub const ATTACHMENT_BYTES_MAX: u64 = 10 * MIB;
/// Bytes as which the smallest of them counts.
pub const ATTACHMENT_BYTES_LEAST: i64 = 64 * KIB as i64;
/// Bytes of them that a member sends in a day.
pub const ATTACHMENTS_DAY_BYTES_MAX: i64 = 200 * MIB as i64;
/// Members whom one namespace does not let speak.
pub const BLOCKED_MAX: i64 = 10_000;
/// Characters of why a comment is reported.
pub const REPORT_CHARS_MAX: usize = 1_000;
/// Comments that a member reports in a day.
pub const REPORTS_DAY_MAX: i64 = 50;
/// Reports in a page.
pub const REPORTS_PAGE: i64 = 50;

/// Large files that one request makes usable in another repo.
pub const COPIED_FILES_MAX: usize = 1_000;
/// Large files of a repo that can be duplicated.
pub const DUPLICATED_FILES_MAX: usize = 200_000;
/// Large files of a repo that are listed.
pub const LARGE_FILES_MAX: usize = 50_000;
/// Branches, tags and pull requests that are looked through for them.
pub const LARGE_FILES_REFS_MAX: usize = 200;
/// Large files that one request forgets.
pub const FORGOTTEN_FILES_MAX: usize = 1_000;
/// Commits of a history that is rewritten.
pub const REWRITTEN_COMMITS_MAX: usize = 100_000;

/// Works that one member likes.
pub const LIKES_MAX: i64 = 10_000;
/// Members and groups that one member follows.
pub const FOLLOWED_MAX: i64 = 10_000;
/// People in a page of those who like a work, or follow somebody.
pub const PEOPLE_PAGE: usize = 500;
/// Collections of one member or group.
pub const COLLECTIONS_MAX: usize = 500;
/// Works and collections in one.
pub const COLLECTION_ITEMS_MAX: usize = 500;
/// Characters of a collection's title.
pub const COLLECTION_TITLE_CHARS: usize = 120;
/// Characters of its description, and of a note on something in it.
pub const COLLECTION_TEXT_CHARS: usize = 2_000;
/// Collections in a page.
pub const COLLECTIONS_PAGE: usize = 50;

/// Entries of folders that are read to merge two trees.
pub const MERGE_ENTRIES_MAX: usize = 1_000_000;
/// Files of which both sides have their own, that are told.
pub const CONFLICTS_MAX: usize = 200;
/// Bytes of a text of which both sides have their own, that is merged line by line.
pub const MERGE_TEXT_BYTES_MAX: u64 = 2 * MIB;
/// Texts of which both sides have their own, in one merge.
pub const MERGE_TEXTS_MAX: usize = 500;
/// Milliseconds of computing that it takes at most to merge them.
pub const MERGE_MILLIS_MAX: u64 = 2_000;
/// Merges that are tried at once to tell whether they would go well.
pub const MERGES_TRIED_AT_ONCE: usize = 2;
/// Bytes of what is remembered of such trials.
pub const MERGES_KEPT_BYTES_MAX: u64 = 16 * MIB;
/// Seconds for which that is remembered.
pub const MERGES_KEPT_SECS: u64 = 600;
/// Bytes of a pull request's changes that are told as one text.
pub const PATCH_BYTES_MAX: usize = MIB as usize;
