//! The Hub API's shapes, one file a family of endpoints.

mod account;
mod commit;
mod discussions;
mod flag;
mod info;
mod papers;
mod preupload;
mod refs;
mod repos;
mod tree;
mod webhooks;

pub use account::{AccessToken, Auth, Org, Whoami};
pub use commit::{CommitAnswer, CommitLine, DeletedPath, FileLine, Header, LargeLine, LineError, parse_line};
pub use discussions::{
    Author, Changes, Comment, CreateDiscussion, DiscussedRepo, Discussion, DiscussionDetails, Discussions,
    EditComment, Event, EventData, HideComment, LockDiscussion, MergePull, NewComment, NewStatus, NewTitle,
    Noticed, Notification, Notifications, OnLine, React, Reaction, ReadNotifications, ReportComment, Version,
};
pub use flag::flag;
pub use info::{
    BlobLfs, CODE_EXPAND, DATASET_EXPAND, MODEL_EXPAND, OLD_EXPAND, PAPER_EXPAND, SPACE_EXPAND, Sibling,
};
pub use papers::{Paper, PaperAuthor, PaperItem, Submitter};
pub use preupload::{PreuploadAnswer, PreuploadFile, PreuploadRequest, PreuploadVerdict};
pub use refs::{CommitItem, CreateBranch, CreateTag, Formatted, RefItem, Refs, Squash, UserName};
pub use repos::{CreateRepo, CreatedRepo, DeleteRepo, Gated, MoveRepo, RepoSettings};
pub use tree::{LastCommit, PathsInfo, TreeEntry, TreeLfs};
pub use webhooks::{PutWebhook, WatchedItem, Webhook, WebhookDeliveries, WebhookDelivery};
