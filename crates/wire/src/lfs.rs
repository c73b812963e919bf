//! Git LFS: the batch API, with the Hub's multipart extension.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The media type of every LFS body.
pub const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// `POST …/info/lfs/objects/batch`.
#[derive(Debug, Deserialize)]
pub struct BatchRequest {
    /// `upload` or `download`.
    pub operation: String,
    /// What the client can do; `basic` when absent.
    #[serde(default)]
    pub transfers: Vec<String>,
    /// The objects.
    pub objects: Vec<ObjectId>,
    /// Only `sha256`.
    #[serde(default)]
    pub hash_algo: Option<String>,
    /// The ref that the objects are of, as the client has it.
    #[serde(default, rename = "ref")]
    pub reference: Option<Reference>,
}

/// A ref.
#[derive(Debug, Deserialize)]
pub struct Reference {
    /// Such as `refs/heads/main`; it need not be there.
    pub name: String,
}

/// An object.
#[derive(Debug, Deserialize)]
pub struct ObjectId {
    /// SHA-256.
    pub oid: String,
    /// Its length.
    pub size: u64,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct BatchResponse {
    /// How the bytes go.
    pub transfer: &'static str,
    /// One an object, in order.
    pub objects: Vec<ObjectAnswer>,
    /// Only `sha256`.
    pub hash_algo: &'static str,
}

/// The answer for an object.
#[derive(Debug, Serialize)]
pub struct ObjectAnswer {
    /// SHA-256.
    pub oid: String,
    /// Its length.
    pub size: u64,
    /// What to do; absent when it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<BTreeMap<&'static str, Action>>,
    /// Why it cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ObjectError>,
    /// The addresses need no further authentication.
    pub authenticated: bool,
}

/// An address to go to.
#[derive(Debug, Serialize)]
pub struct Action {
    /// The address.
    pub href: String,
    /// Headers to send; for multipart the parts' addresses.
    pub header: BTreeMap<String, String>,
}

/// Why an object cannot be.
#[derive(Debug, Serialize)]
pub struct ObjectError {
    /// An HTTP status.
    pub code: u16,
    /// For people to read.
    pub message: String,
}

/// `POST` to the end of a multipart upload.
#[derive(Debug, Deserialize)]
pub struct Completion {
    /// SHA-256.
    pub oid: String,
    /// Every part.
    #[serde(default)]
    pub parts: Vec<Part>,
}

/// `GET` of an address of a multipart upload (ours): what was received of it.
#[derive(Debug, Serialize)]
pub struct ReceivedParts {
    /// Every part that is here, by number.
    pub parts: Vec<ReceivedPart>,
}

/// A part that is here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedPart {
    /// From 1.
    pub part_number: u32,
    /// What its sender was answered.
    pub etag: String,
    /// Its length.
    pub size: u64,
}

/// A part that was sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// From 1.
    pub part_number: u32,
    /// What the server answered.
    pub etag: String,
}
