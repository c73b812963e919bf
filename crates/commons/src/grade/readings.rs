//! What files were read as, kept for some time: a push changes few files of a release, and all are asked for again.

use seedcorn_core::openness::seen::Reading;

use crate::kept::Weighed;

/// A file by its name, which says what it is read as, and its content.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    path: String,
    content: String,
}

impl Key {
    pub(super) fn new(path: &str, content: String) -> Key {
        Key { path: path.to_owned(), content }
    }
}

/// A reading that is kept.
#[derive(Debug)]
pub(crate) struct Kept(pub(super) Reading);

/// What one takes besides its texts.
const READING_BYTES: usize = 200;
/// What a value of JSON takes, about.
const VALUE_BYTES: usize = 60;

impl Weighed for Kept {
    fn bytes(&self) -> usize {
        READING_BYTES
            + match &self.0 {
                Reading::Unread | Reading::Pointer | Reading::Pdf | Reading::Claims(_) => 0,
                Reading::Weights { architecture, license, bases, .. } => {
                    let texts = architecture.iter().chain(license).chain(bases);
                    texts.map(|text| text.len() + size_of::<String>()).sum()
                }
                Reading::Shards(files) => files.iter().map(|file| 24 + file.len()).sum(),
                Reading::Unreadable(why) | Reading::Odd(why) => why.len(),
                Reading::License(_) | Reading::Code(_) => 1000,
                Reading::Prose(prose) => of_prose(prose),
                Reading::Card(metadata, prose) => {
                    metadata.iter().map(|(key, value)| key.len() + of_value(value)).sum::<usize>()
                        + of_prose(prose)
                }
                Reading::Data(value) => of_value(value),
            }
    }
}

fn of_prose(prose: &seedcorn_core::openness::prose::Prose) -> usize {
    let rows = |section: &seedcorn_core::openness::prose::Section| {
        section.tables.iter().flat_map(|row| &row.cells).map(|cell| 24 + cell.len()).sum::<usize>()
    };
    prose.sections.iter().map(|section| 100 + section.heading.len() + rows(section)).sum()
}

fn of_value(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => VALUE_BYTES + items.iter().map(of_value).sum::<usize>(),
        serde_json::Value::Object(map) => {
            VALUE_BYTES
                + map.iter().map(|(key, value)| VALUE_BYTES + key.len() + of_value(value)).sum::<usize>()
        }
        serde_json::Value::String(text) => VALUE_BYTES + text.len(),
        _ => VALUE_BYTES,
    }
}
