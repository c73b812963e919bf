//! git's smart protocol: packet lines, what clients ask for, and how they are answered (gitprotocol-common, gitprotocol-v2,
//! gitprotocol-pack, gitprotocol-http). Versions 0 and 1 answer alike; version 1 is what nobody uses.

pub mod advert;
pub mod fetch;
pub mod pkt;
pub mod push;

/// What the program calls itself.
pub const AGENT: &str = concat!("agent=seedcorn/", env!("CARGO_PKG_VERSION"));

/// Why a request of git's cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// It ends inside a line, or before what must come.
    #[error("the request ends too soon")]
    Short,
    /// A length that no line has.
    #[error("a packet line has the length {0:?}")]
    Length(String),
    /// A line that is not expected there.
    #[error("{0:?} is not expected here")]
    Unexpected(String),
    /// More than is taken at once.
    #[error("{0} are more than {1}")]
    TooMany(&'static str, usize),
    /// Something that was not offered.
    #[error("{0:?} is not known here")]
    Unknown(String),
}

/// What stands in a line, as far as it is shown to people.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().chars().take(80).collect()
}
