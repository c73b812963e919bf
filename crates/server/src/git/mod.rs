//! git itself, by its smart protocol over HTTP: clone, fetch and push (gitprotocol-http).

mod answer;
mod fetch;
mod push;
mod refs;
mod stream;

pub(crate) use fetch::upload_pack;
pub(crate) use push::receive_pack;
pub(crate) use refs::info_refs;
