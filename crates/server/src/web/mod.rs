//! The web face: pages for people. They read addresses and forms, ask for grants, call deeds, and show what comes back;
//! they work without script, and load nothing from elsewhere.

pub(crate) mod blob;
pub(crate) mod browse;
pub(crate) mod card;
mod cookie;
mod entry;
mod form;
mod frame;
pub(crate) mod groups;
mod head;
pub mod highlight;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod login;
pub mod markdown;
pub(crate) mod namespace;
pub(crate) mod password;
pub(crate) mod publish;
pub(crate) mod raw;
pub(crate) mod refs;
mod show;
mod snippets;
pub(crate) mod statics;
pub(crate) mod tokens;
pub(crate) mod tree;
pub(crate) mod urls;
pub(crate) mod visit;
