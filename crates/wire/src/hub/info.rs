//! What a repo's info holds; the object itself is put together from the keys that were asked for.

use serde::Serialize;

/// What `expand` may ask of a model, as the Hub lists them.
pub const MODEL_EXPAND: &[&str] = &[
    "author",
    "baseModels",
    "cardData",
    "childrenModelCount",
    "config",
    "createdAt",
    "disabled",
    "downloads",
    "downloadsAllTime",
    "evalResults",
    "gated",
    "gguf",
    "inference",
    "inferenceProviderMapping",
    "lastModified",
    "library_name",
    "likes",
    "mask_token",
    "model-index",
    "pipeline_tag",
    "private",
    "resourceGroup",
    "safetensors",
    "sha",
    "siblings",
    "spaces",
    "tags",
    "transformersInfo",
    "trendingScore",
    "usedStorage",
    "widgetData",
];

/// What `expand` may ask of a dataset.
pub const DATASET_EXPAND: &[&str] = &[
    "author",
    "cardData",
    "citation",
    "createdAt",
    "description",
    "disabled",
    "downloads",
    "downloadsAllTime",
    "gated",
    "lastModified",
    "likes",
    "mainSize",
    "paperswithcode_id",
    "private",
    "resourceGroup",
    "sha",
    "siblings",
    "tags",
    "trendingScore",
    "usedStorage",
];

/// What `expand` may ask of a space.
pub const SPACE_EXPAND: &[&str] = &[
    "author",
    "cardData",
    "createdAt",
    "datasets",
    "disabled",
    "lastModified",
    "likes",
    "models",
    "private",
    "region",
    "resourceGroup",
    "runtime",
    "sdk",
    "sha",
    "siblings",
    "subdomain",
    "tags",
    "trendingScore",
    "usedStorage",
];

/// What `expand` may ask of code, which the Hub does not have.
pub const CODE_EXPAND: &[&str] = &[
    "author",
    "cardData",
    "createdAt",
    "disabled",
    "downloads",
    "gated",
    "lastModified",
    "likes",
    "private",
    "resourceGroup",
    "sha",
    "siblings",
    "tags",
    "usedStorage",
];

/// What `expand` may ask of a paper that is a repo, which the Hub does not have.
pub const PAPER_EXPAND: &[&str] = CODE_EXPAND;

/// What clients before 1.0 ask of every kind, and the Hub no longer lists.
pub const OLD_EXPAND: &[&str] = &["xetEnabled"];

/// A file in `siblings`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sibling {
    /// From the root.
    pub rfilename: String,
    /// The blob's id, with `blobs=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob_id: Option<String>,
    /// The file's length, with `blobs=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// A large file's facts, with `blobs=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfs: Option<BlobLfs>,
}

/// A large file's facts; here the digest is called `sha256`, in trees `oid`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobLfs {
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its length.
    pub size: u64,
    /// Bytes of the pointer that stands for it.
    pub pointer_size: u64,
}
