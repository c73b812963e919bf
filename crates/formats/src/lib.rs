//! What model and data files say about themselves, read from a few of their bytes.
//!
//! Pure and synchronous. Nothing here fetches a byte, waits, or believes one: every count is checked against the bytes
//! that are there before anything is made of it, and every reader has a limit in [`limits`]. The caller asks which bytes
//! are needed, fetches them, and hands them in.

pub mod columns;
pub mod gguf;
pub mod kind;
pub mod license_text;
mod license_words;
pub mod limits;
pub mod model_size;
pub mod parquet;
pub mod pickle;
pub mod release;
pub mod safetensors;
pub mod scan;
pub mod table;
pub mod template;
mod text;
mod unreadable;

pub use text::Text;
pub use unreadable::Unreadable;
