//! What a paper, or any other work, says about itself; by which ids it is known elsewhere; and how a card names the
//! papers and the code that its work stands on.

mod facts;
mod ids;
mod named;
mod published;
mod write;

pub use facts::{Author, Facts, read_author_line};
pub(crate) use facts::{one_line, problems};
pub use ids::{ArxivId, Doi, Orcid};
pub use named::{Cited, cited, code, own_tags, tags_of_citing};
pub use published::Published;
pub use write::card;
