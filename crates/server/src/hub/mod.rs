//! The Hub API as the clients speak it (Hub protocol).

pub(crate) mod account;
pub(crate) mod cards;
pub(crate) mod commit;
pub(crate) mod commits;
pub(crate) mod discussions;
pub(crate) mod info;
pub(crate) mod list;
pub(crate) mod preupload;
pub(crate) mod refs;
pub(crate) mod repos;
pub(crate) mod resolve;
pub(crate) mod tree;
