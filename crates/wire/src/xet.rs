//! The Xet store's JSON: tokens, reconstructions, upload answers, the events of a shard upload.

use std::collections::BTreeMap;

use serde::Serialize;

/// `GET …/xet-{read|write}-token/{revision}`; the same facts also go in headers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenAnswer {
    /// Where the store is.
    pub cas_url: String,
    /// When the token ends, in seconds since 1970 UTC.
    pub exp: i64,
    /// The token.
    pub access_token: String,
}

/// `POST /v1/xorbs/…`.
#[derive(Debug, Serialize)]
pub struct XorbAnswer {
    /// Whether it was new.
    pub was_inserted: bool,
}

/// `POST /v1/shards`.
#[derive(Debug, Serialize)]
pub struct ShardAnswer {
    /// 0: there already, 1: recorded.
    pub result: u8,
}

/// A line of the answer to `POST /v2/shards`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ShardEvent {
    /// Still hashing.
    Validating {
        /// So far.
        verified: u64,
        /// Of so many.
        total: u64,
    },
    /// Done.
    Result,
    /// Refused.
    Error {
        /// Why.
        message: String,
        /// Whether the same shard may fare better later.
        retryable: bool,
    },
}

/// A range; whether the end counts depends on where it stands.
#[derive(Debug, Serialize)]
pub struct Span {
    /// First.
    pub start: u64,
    /// Last, or one past the last.
    pub end: u64,
}

/// A run of chunks of a file.
#[derive(Debug, Serialize)]
pub struct Term {
    /// The xorb.
    pub hash: String,
    /// Bytes, decompressed.
    pub unpacked_length: u32,
    /// Chunks, end exclusive.
    pub range: Span,
}

/// `GET /v2/reconstructions/{file}`.
#[derive(Debug, Serialize)]
pub struct ReconstructionV2 {
    /// Bytes of the first run before the range.
    pub offset_into_first_range: u64,
    /// The runs.
    pub terms: Vec<Term>,
    /// By xorb, what to fetch.
    pub xorbs: BTreeMap<String, Vec<FetchV2>>,
}

/// An address, and what it holds.
#[derive(Debug, Serialize)]
pub struct FetchV2 {
    /// The address.
    pub url: String,
    /// What it holds.
    pub ranges: Vec<FetchRange>,
}

/// Chunks and the bytes that hold them.
#[derive(Debug, Serialize)]
pub struct FetchRange {
    /// End exclusive.
    pub chunks: Span,
    /// End inclusive.
    pub bytes: Span,
}

/// `GET /v1/reconstructions/{file}`.
#[derive(Debug, Serialize)]
pub struct ReconstructionV1 {
    /// Bytes of the first run before the range.
    pub offset_into_first_range: u64,
    /// The runs.
    pub terms: Vec<Term>,
    /// By xorb, what to fetch.
    pub fetch_info: BTreeMap<String, Vec<FetchV1>>,
}

/// `GET /v1/reconstructions?file_id=…`.
#[derive(Debug, Serialize)]
pub struct BatchReconstruction {
    /// By file, its runs.
    pub files: BTreeMap<String, Vec<Term>>,
    /// By xorb, what to fetch.
    pub fetch_info: BTreeMap<String, Vec<FetchV1>>,
}

/// An address, the chunks and the bytes.
#[derive(Debug, Serialize)]
pub struct FetchV1 {
    /// Chunks, end exclusive.
    pub range: Span,
    /// The address.
    pub url: String,
    /// Bytes, end inclusive.
    pub url_range: Span,
}
