//! Every limit of the readers, each with its unit: they bound memory and time whatever a file claims.

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

// What is shown of anything.

/// Bytes of a text from a file's metadata that are kept: chat templates and descriptions are shorter, token lists longer.
pub const TEXT_BYTES_MAX: usize = 64 * KIB;
/// Bytes of a value in a table that are kept: more does not fit on a page.
pub const CELL_BYTES_MAX: usize = 2 * KIB;
/// Bytes of a name (column, tensor, key) in a message: enough to find it.
pub const NAME_SHOWN_BYTES_MAX: usize = 80;
/// Rows of a table: a first look, no viewer.
pub const ROWS_MAX: usize = 100;
/// Columns of a table that get cells; wider ones are named in the schema alone.
pub const FIELDS_MAX: usize = 100;

// safetensors.

/// Bytes of a safetensors header that the format allows.
pub const SAFETENSORS_FORMAT_BYTES_MAX: u64 = 100_000_000;
/// Bytes of a safetensors header that we read. The largest known are a tenth of it: a tensor costs about 150 bytes.
pub const SAFETENSORS_HEADER_BYTES_MAX: u64 = 25 * MIB as u64;
/// Bytes of a `model.safetensors.index.json`; it names each tensor once, as the headers together do.
pub const SAFETENSORS_INDEX_BYTES_MAX: usize = 25 * MIB;
/// Files that an index may name: a model of a terabyte has a few hundred.
pub const SAFETENSORS_FILES_MAX: usize = 2000;
/// Tensors of one file or one index.
pub const TENSORS_MAX: usize = 1_000_000;
/// Dimensions of a safetensors tensor: what PyTorch takes.
pub const DIMENSIONS_MAX: usize = 64;
/// Bytes of a dtype's name: the known ones have up to eleven.
pub const DTYPE_BYTES_MAX: usize = 32;
/// Dtypes that are counted apart: more than the format has, so that invented ones do not cost a search each.
pub const DTYPES_MAX: usize = 64;
/// Pairs in a file's own metadata (safetensors, Parquet): known files have a handful.
pub const METADATA_PAIRS_MAX: usize = 4096;

// GGUF.

/// Bytes to begin with when a GGUF header's length is unknown: all of it but the token lists.
pub const GGUF_FIRST_BYTES: u64 = 256 * KIB as u64;
/// Bytes of a GGUF file up to the end of its tensor list that we read; large vocabularies take about ten.
pub const GGUF_HEADER_BYTES_MAX: u64 = 64 * MIB as u64;
/// Key-value pairs of a GGUF file.
pub const GGUF_PAIRS_MAX: u64 = 65_536;
/// Bytes of a GGUF key (GGUF specification), and of a tensor's name, for which it says 64 but writers do not keep to it.
pub const GGUF_NAME_BYTES_MAX: u64 = 65_535;
/// Dimensions of a GGUF tensor (ggml).
pub const GGUF_DIMENSIONS_MAX: u32 = 4;
/// Bytes to which GGUF tensors may be aligned; the usual value is 32.
pub const GGUF_ALIGNMENT_BYTES_MAX: u64 = MIB as u64;
/// Values of a list that are kept.
pub const GGUF_LIST_SHOWN: usize = 8;

// Parquet.

/// Bytes of a Parquet footer that we read: hundreds of columns in hundreds of row groups.
pub const PARQUET_FOOTER_BYTES_MAX: u64 = 16 * MIB as u64;
/// Nodes of a Parquet schema, groups and columns.
pub const PARQUET_NODES_MAX: usize = 10_000;
/// Levels of groups in a schema, so that nothing recurses far.
pub const PARQUET_DEPTH_MAX: usize = 32;
/// Levels of Thrift structures in each other: the format itself has under ten.
pub const THRIFT_DEPTH_MAX: usize = 32;
/// Columns inside the fields shown, each with pages of its own.
pub const PARQUET_LEAVES_MAX: usize = 512;
/// Bytes that are fetched of one column's dictionary, and of its data pages: writers end a page at about one MiB.
pub const PARQUET_RANGE_BYTES_MAX: u64 = MIB as u64;
/// Bytes that are fetched of all columns together, gaps left out.
pub const PARQUET_PLAN_BYTES_MAX: u64 = 16 * MIB as u64;
/// Bytes between two ranges that are fetched along rather than make two requests of them.
pub const PARQUET_GAP_BYTES_MAX: u64 = 4 * KIB as u64;
/// Bytes that the pages of one column may unpack to; what a page has beyond is not unpacked.
pub const PARQUET_UNPACKED_BYTES_MAX: usize = 4 * MIB;
/// The same for all columns together, so that many columns do not take a bomb's effect each.
pub const PARQUET_TABLE_UNPACKED_BYTES_MAX: usize = 64 * MIB;
/// Values of one column that are decoded: lists of embeddings have a few thousand a row.
pub const PARQUET_VALUES_MAX: usize = 65_536;
/// The same for all columns together.
pub const PARQUET_TABLE_VALUES_MAX: usize = MIB;
/// Pages of one column that are looked at: each may cost a decompressor, and the first one usually has all the rows.
pub const PARQUET_PAGES_MAX: usize = 64;
/// Bytes of history a Zstandard frame may refer to: what compressors ask for at their highest usual level.
pub const ZSTD_WINDOW_BYTES_MAX: u64 = 8 * MIB as u64;

// Texts as tables.

/// Bytes of the head of a CSV, TSV or JSON file that are looked at.
pub const TABLE_HEAD_BYTES_MAX: usize = MIB;
/// Fields of one record of a CSV file, shown or not.
pub const CSV_FIELDS_MAX: usize = 16_384;
