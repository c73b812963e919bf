//! What a form says of a paper: the fields as they were sent, and the facts that they state.

use seedcorn_core::limits;
use seedcorn_core::name::BadName;
use seedcorn_core::paper::{ArxivId, Author, Doi, Facts, Published, read_author_line};

use super::form::{Form, Wrong};

/// The fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct PaperForm {
    pub(crate) title: String,
    /// One a line: `Name <ORCID iD>`.
    pub(crate) authors: String,
    pub(crate) arxiv: String,
    pub(crate) doi: String,
    pub(crate) published: String,
    pub(crate) abstract_text: String,
}

impl PaperForm {
    pub(crate) fn read(form: &Form) -> PaperForm {
        let text = |name: &str| form.text(name).to_owned();
        PaperForm {
            title: text("title"),
            authors: text("authors"),
            arxiv: text("arxiv"),
            doi: text("doi"),
            published: text("published"),
            abstract_text: text("abstract"),
        }
    }

    /// What they state, or which of them is wrong.
    pub(crate) fn facts(&self, license: &str) -> Result<Facts, Wrong> {
        if self.title.is_empty() {
            return Err(Wrong::at("title", "A paper has a title."));
        }
        for (field, text, most) in [
            ("title", &self.title, limits::TITLE_BYTES_MAX),
            ("abstract", &self.abstract_text, limits::ABSTRACT_BYTES_MAX),
        ] {
            if text.len() > most {
                return Err(Wrong::at(field, format!("This has at most {most} bytes.")));
            }
        }
        let facts = Facts {
            title: self.title.clone(),
            authors: self.authors()?,
            abstract_text: self.abstract_text.clone(),
            published: optional("published", &self.published, Published::parse)?,
            arxiv: optional("arxiv", &self.arxiv, ArxivId::parse)?,
            doi: optional("doi", &self.doi, Doi::parse)?,
            licenses: Some(license.to_owned()).into_iter().filter(|id| !id.is_empty()).collect(),
            ..Facts::default()
        };
        Ok(facts)
    }

    fn authors(&self) -> Result<Vec<Author>, Wrong> {
        let lines = self.authors.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        let read = |(line, n): (&str, u32)| {
            read_author_line(line).map_err(|why| Wrong::at("authors", format!("Line {n}: {why}")))
        };
        let authors: Vec<Author> = lines.map(read).collect::<Result<_, _>>()?;
        match authors.len() {
            0 => Err(Wrong::at("authors", "A paper has at least one author.")),
            many if many > limits::AUTHORS_MAX => {
                Err(Wrong::at("authors", format!("At most {} authors can be named.", limits::AUTHORS_MAX)))
            }
            _ => Ok(authors),
        }
    }
}

fn optional<T>(
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, BadName>,
) -> Result<Option<T>, Wrong> {
    match text {
        "" => Ok(None),
        text => parse(text).map(Some).map_err(|why| Wrong::at(field, why.to_string())),
    }
}
