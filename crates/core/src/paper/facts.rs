//! What a work says about itself: read from its card mildly, to show what can be shown, and judged strictly before a
//! paper's card is taken.

use serde_json::Value;

use super::ids::{ArxivId, Doi, Orcid};
use super::published::Published;
use crate::card::{Metadata, texts};
use crate::limits;
use crate::name::BadName;

/// Somebody who made a work.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Author {
    /// As it is read aloud: `Ada Lovelace`.
    pub name: String,
    /// Who that is, beyond doubt.
    pub orcid: Option<Orcid>,
    /// Where they worked.
    pub affiliation: String,
    /// A group or an institution: its name has no first and last part.
    pub entity: bool,
}

/// What a work says about itself. Whatever is not known is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// In one line.
    pub title: String,
    /// In their order.
    pub authors: Vec<Author>,
    /// May have several paragraphs.
    pub abstract_text: String,
    /// When it came out.
    pub published: Option<Published>,
    /// The journal or the proceedings.
    pub venue: String,
    /// At arXiv.
    pub arxiv: Option<ArxivId>,
    /// Of the work itself.
    pub doi: Option<Doi>,
    /// As cards name licences.
    pub licenses: Vec<String>,
}

/// Marks that turn the direction of text around: in a name they make it look like another.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of text with single spaces, and nothing that is not seen.
pub(crate) fn one_line(text: &str) -> String {
    let seen: String = text.chars().filter(|c| c.is_whitespace() || !c.is_control() && !turns(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of text, each trimmed, with at most one empty line between two.
fn paragraphs(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().map(one_line) {
        let ends = match line.is_empty() {
            true if out.is_empty() || out.ends_with("\n\n") => continue,
            true => "",
            false => line.as_str(),
        };
        out.push_str(ends);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

impl Author {
    /// A person by the name that people write: `Lovelace, Ada` is turned around.
    pub fn named(name: &str) -> Author {
        let name = one_line(name);
        let name = match name.split_once(',') {
            Some((family, given)) if !given.contains(',') && !is_suffix(given.trim()) => {
                one_line(&format!("{given} {family}"))
            }
            _ => name,
        };
        Author { name, ..Author::default() }
    }

    /// A group or an institution.
    pub fn entity(name: &str) -> Author {
        Author { name: one_line(name), entity: true, ..Author::default() }
    }

    /// Given names, family name and what stands behind it (`Jr.`), any of which may be empty. Small words before the last
    /// name belong to it: `Ludwig van Beethoven` is sorted by `van Beethoven`.
    pub fn parts(&self) -> (String, String, String) {
        let (name, suffix) =
            self.name.split_once(", ").filter(|(name, _)| !name.is_empty()).unwrap_or((&self.name, ""));
        let words: Vec<&str> = name.split(' ').collect();
        let mut first = words.len().saturating_sub(1);
        while first > 1 && words.get(first - 1).is_some_and(|word| is_particle(word)) {
            first -= 1;
        }
        let (given, family) = words.split_at(first);
        (given.join(" "), family.join(" "), suffix.to_owned())
    }

    fn from_value(value: &Value) -> Option<Author> {
        let author = match value {
            Value::String(line) => read_author_line(line).unwrap_or_else(|_| Author::named(line)),
            Value::Object(map) => {
                let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
                let entity = map.get("entity").and_then(Value::as_bool).unwrap_or_default();
                let name = text("name");
                Author {
                    orcid: Orcid::parse(text("orcid")).ok(),
                    affiliation: short(text("affiliation"), limits::AUTHOR_BYTES_MAX),
                    ..if entity { Author::entity(name) } else { Author::named(name) }
                }
            }
            _ => return None,
        };
        (!author.name.is_empty() && author.name.len() <= limits::AUTHOR_BYTES_MAX).then_some(author)
    }
}

fn is_suffix(text: &str) -> bool {
    matches!(text, "Jr" | "Jr." | "Sr" | "Sr." | "II" | "III" | "IV")
}

fn is_particle(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_lowercase)
}

/// The line, or nothing if it is longer than a limit.
fn short(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.len() <= most { line } else { String::new() }
}

/// Reads `Ada Lovelace <0000-0002-1825-0097>`, as forms and the command line take an author; the id may be left out.
///
/// # Errors
/// Says what is wrong with the line.
pub fn read_author_line(line: &str) -> Result<Author, BadName> {
    let (name, orcid) = match line.split_once('<') {
        Some((name, rest)) => {
            let id = rest.trim_end().strip_suffix('>');
            let id =
                id.ok_or_else(|| BadName(format!("an author is written \"Name <ORCID iD>\": {line:?}")))?;
            (name, Some(Orcid::parse(id)?))
        }
        // The id may stand there bare.
        None => match line.trim_end().rsplit_once(char::is_whitespace) {
            Some((name, last)) if last.bytes().filter(u8::is_ascii_digit).count() >= 8 => {
                (name, Some(Orcid::parse(last)?))
            }
            _ => (line, None),
        },
    };
    let author = Author { orcid, ..Author::named(name) };
    match author.name.len() {
        0 => Err(BadName(format!("an author has a name: {line:?}"))),
        bytes if bytes > limits::AUTHOR_BYTES_MAX => {
            Err(BadName(format!("an author's name has at most {} bytes", limits::AUTHOR_BYTES_MAX)))
        }
        _ => Ok(author),
    }
}

impl Facts {
    /// What a card says, with whatever is not as it should be left out.
    pub fn of_card(metadata: &Metadata) -> Facts {
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
        let list = metadata.get("authors").or_else(|| metadata.get("author"));
        let authors = match list {
            Some(Value::Array(list)) => {
                list.iter().take(limits::AUTHORS_MAX).filter_map(Author::from_value).collect()
            }
            Some(one) => Author::from_value(one).into_iter().collect(),
            None => Vec::new(),
        };
        let abstract_text = paragraphs(text("abstract"));
        let doi = Doi::parse(text("doi")).ok();
        let arxiv = metadata.get("arxiv").and_then(|value| ArxivId::from_value(value).ok());
        Facts {
            title: short(text("title"), limits::TITLE_BYTES_MAX),
            authors,
            abstract_text: if abstract_text.len() <= limits::ABSTRACT_BYTES_MAX {
                abstract_text
            } else {
                String::new()
            },
            published: metadata.get("published").and_then(|value| Published::from_value(value).ok()),
            venue: short(text("venue"), limits::TITLE_BYTES_MAX),
            // A DOI of arXiv's own says the same.
            arxiv: arxiv.or_else(|| doi.as_ref().and_then(Doi::arxiv)),
            doi,
            licenses: texts(metadata, "license").take(limits::LINKS_MAX).map(one_line).collect(),
        }
    }

    /// These facts, and whatever they do not say from others.
    #[must_use]
    pub fn or(self, others: Facts) -> Facts {
        let text = |one: String, other: String| if one.is_empty() { other } else { one };
        Facts {
            title: text(self.title, others.title),
            authors: if self.authors.is_empty() { others.authors } else { self.authors },
            abstract_text: text(self.abstract_text, others.abstract_text),
            published: self.published.or(others.published),
            venue: text(self.venue, others.venue),
            arxiv: self.arxiv.or(others.arxiv),
            doi: self.doi.or(others.doi),
            licenses: if self.licenses.is_empty() { others.licenses } else { self.licenses },
        }
    }
}

/// What is wrong with the card of a paper, a sentence each; `null` says nothing.
pub(crate) fn problems(metadata: &Metadata) -> Vec<String> {
    let given = |key: &str| metadata.get(key).filter(|value| !value.is_null());
    let mut wrong = Vec::new();
    for (key, most) in [
        ("title", limits::TITLE_BYTES_MAX),
        ("venue", limits::TITLE_BYTES_MAX),
        ("abstract", limits::ABSTRACT_BYTES_MAX),
    ] {
        match given(key).map(Value::as_str) {
            Some(None) => wrong.push(format!("{key:?} must be a string")),
            Some(Some(text)) if text.len() > most => wrong.push(format!("{key:?} has at most {most} bytes")),
            _ => {}
        }
    }
    let told = |key: &str, why: BadName| format!("{key:?} is not valid: {why}");
    let arxiv = given("arxiv").and_then(|value| ArxivId::from_value(value).err());
    wrong.extend(arxiv.map(|why| told("arxiv", why)));
    let doi = given("doi").and_then(|value| Doi::parse(value.as_str().unwrap_or_default()).err());
    wrong.extend(doi.map(|why| told("doi", why)));
    let published = given("published").and_then(|value| Published::from_value(value).err());
    wrong.extend(published.map(|why| told("published", why)));
    match given("authors") {
        None => {}
        Some(Value::Array(list)) if list.len() > limits::AUTHORS_MAX => {
            wrong.push(format!("\"authors\" has at most {} entries", limits::AUTHORS_MAX));
        }
        Some(Value::Array(list)) => {
            wrong.extend(
                list.iter()
                    .enumerate()
                    .filter_map(|(n, author)| Some(format!("\"authors[{n}]\" {}", author_problem(author)?))),
            );
        }
        Some(_) => wrong.push("\"authors\" must be an array".to_owned()),
    }
    wrong
}

fn author_problem(author: &Value) -> Option<String> {
    let map = match author {
        Value::String(line) => return read_author_line(line).err().map(|why| format!("is not valid: {why}")),
        Value::Object(map) => map,
        _ => return Some("must be a name, or an object with \"name\", \"orcid\" and \"affiliation\"".into()),
    };
    let text = |key: &str| map.get(key).filter(|value| !value.is_null()).map(Value::as_str);
    match text("name") {
        None => return Some("needs a \"name\"".into()),
        Some(None) => return Some("has a \"name\" that is no string".into()),
        Some(Some(name)) if one_line(name).is_empty() || name.len() > limits::AUTHOR_BYTES_MAX => {
            return Some(format!("has a \"name\" of 1 to {} bytes", limits::AUTHOR_BYTES_MAX));
        }
        Some(Some(_)) => {}
    }
    let orcid = text("orcid")?;
    Orcid::parse(orcid.unwrap_or_default()).err().map(|why| format!("is not valid: {why}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::card::metadata;

    #[test]
    fn names_are_turned_and_parted() {
        for (written, name, parts) in [
            ("Lovelace,  Ada", "Ada Lovelace", ("Ada", "Lovelace", "")),
            ("Ludwig van Beethoven", "Ludwig van Beethoven", ("Ludwig", "van Beethoven", "")),
            ("de Souza", "de Souza", ("de", "Souza", "")),
            ("Plato", "Plato", ("", "Plato", "")),
            ("Martin Luther King, Jr.", "Martin Luther King, Jr.", ("Martin Luther", "King", "Jr.")),
            ("A\u{202e}b\u{7}\n C", "Ab C", ("Ab", "C", "")),
        ] {
            let author = Author::named(written);
            assert_eq!(author.name, name);
            let (given, family, suffix) = author.parts();
            assert_eq!((given.as_str(), family.as_str(), suffix.as_str()), parts);
        }
    }

    #[test]
    fn author_lines() {
        let ada = read_author_line("Ada Lovelace <0000-0002-1825-0097>").unwrap();
        assert_eq!((ada.name.as_str(), ada.orcid.unwrap().as_str()), ("Ada Lovelace", "0000-0002-1825-0097"));
        assert!(read_author_line("Ada Lovelace").unwrap().orcid.is_none());
        let bare = read_author_line("Ada Lovelace 0000-0002-1825-0097").unwrap();
        assert_eq!(
            (bare.name.as_str(), bare.orcid.unwrap().as_str()),
            ("Ada Lovelace", "0000-0002-1825-0097")
        );
        assert!(read_author_line("Ada 0000-0002-1825-0098").is_err());
        for (bad, says) in [
            ("Ada <0000-0002-1825-0098>", "last sign"),
            ("Ada <0000-0002-1825-0097", "Name <ORCID iD>"),
            ("<0000-0002-1825-0097>", "has a name"),
            ("  ", "has a name"),
            (&"x".repeat(1000), "at most"),
        ] {
            assert!(read_author_line(bad).unwrap_err().0.contains(says), "{bad}");
        }
    }

    #[test]
    fn cards_are_read_mildly_and_judged_strictly() {
        let good = metadata(
            "title: A  title\nauthors:\n- Ada Lovelace <0000-0002-1825-0097>\n- name: Acorn Lab\n  entity: true\n\
             arxiv: 2305.18290\ndoi: https://doi.org/10.1038/X\npublished: 2024\nlicense: cc-by-4.0\n\
             abstract: |\n  One.\n\n\n  Two.\n",
        )
        .unwrap();
        assert_eq!(problems(&good), [""; 0]);
        let facts = Facts::of_card(&good);
        assert_eq!((facts.title.as_str(), facts.authors.len()), ("A title", 2));
        assert!(facts.authors[1].entity && !facts.authors[0].entity);
        assert_eq!(facts.arxiv.unwrap().as_str(), "2305.18290");
        assert_eq!(facts.doi.unwrap().as_str(), "10.1038/x");
        assert_eq!(facts.abstract_text, "One.\n\nTwo.");

        let bad = metadata(
            "title: [x]\nauthors: [{orcid: x}, 7, 'A <1>', {name: B, orcid: 0000-0002-1825-0098}, {name: C}]\n\
             arxiv: next year\ndoi: 7\npublished: soon\nabstract: 1\n",
        )
        .unwrap();
        let wrong = problems(&bad);
        assert_eq!(wrong.len(), 9, "{wrong:?}");
        let facts = Facts::of_card(&bad);
        assert_eq!(
            facts.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>(),
            ["A <1>", "B", "C"]
        );
        assert!(facts.authors[1].orcid.is_none() && facts.title.is_empty() && facts.doi.is_none());
        assert_eq!(problems(&metadata("title:\nauthors:\ndoi:\n").unwrap()), [""; 0]);
        assert_eq!(problems(&metadata("authors: Ada").unwrap()), ["\"authors\" must be an array"]);
    }

    #[test]
    fn what_is_missing_is_taken_from_others() {
        let one = Facts { title: "One".into(), ..Facts::default() };
        let two = Facts { title: "Two".into(), venue: "V".into(), ..Facts::default() };
        let both = one.or(two);
        assert_eq!((both.title.as_str(), both.venue.as_str()), ("One", "V"));
        let doi = metadata("doi: 10.48550/arXiv.2305.18290").unwrap();
        assert_eq!(Facts::of_card(&doi).arxiv.unwrap().as_str(), "2305.18290");
    }
}
