//! Lists of references and CITATION.cff: whatever is read of them is written so that it is read again.

use seedcorn_core::cite::{Source, bibtex, cff, read_bibtex, read_cff};
use seedcorn_core::limits::{AUTHORS_MAX, TITLE_BYTES_MAX};
use seedcorn_core::paper::{Cited, Facts, Published, card};
use seedcorn_core::repo::RepoKind;

const DAY: Published = Published { year: 2025, month: Some(3), day: Some(9) };

/// The bytes are the text of a file of either sort.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(cited) = Cited::read(&text) {
        assert_eq!(Cited::from_tag(&cited.tag(RepoKind::Model)), Some(cited));
    }
    let read = [read_bibtex(&text).ok(), read_cff(&text).ok()];
    read.iter().flatten().for_each(written_anew);
}

fn written_anew(facts: &Facts) {
    assert!(facts.authors.len() <= AUTHORS_MAX && facts.title.len() <= TITLE_BYTES_MAX);
    assert!(facts.authors.iter().all(|author| !author.name.is_empty() && !author.name.contains('\n')));
    let source = Source {
        kind: RepoKind::Paper,
        owner: "acorn-lab",
        name: "growth",
        address: "https://hub.example/papers/acorn-lab/growth",
        commit: "0123456789012345678901234567890123456789",
        day: DAY,
    };
    let bib = read_bibtex(&bibtex(facts, &source)).unwrap();
    let cff = read_cff(&cff(facts, &source)).unwrap();
    for again in [&bib, &cff] {
        assert!(facts.title.is_empty() || again.title == facts.title, "{again:?}");
        assert_eq!((&again.arxiv, &again.doi), (&facts.arxiv, &facts.doi));
        assert_eq!(again.authors.len().max(1), facts.authors.len().max(1), "{again:?}");
    }
    let text = card(facts);
    // A card of nothing has no metadata.
    let yaml = seedcorn_core::card::split(&text).yaml.unwrap_or_default();
    let metadata = seedcorn_core::card::metadata(yaml).unwrap();
    assert_eq!(Facts::of_card(&metadata).title, facts.title);
}
