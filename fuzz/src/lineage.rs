//! What a work says that it builds upon: in a card, the settings of an adapter, a recipe of a merge, a list of references.

use seedcorn_core::lineage::{Parent, declared};
use seedcorn_core::repo::RepoKind;

/// Files that speak; the first byte chooses.
const FILES: [&str; 4] = ["README.md", "adapter_config.json", "mergekit_config.yml", "references.bib"];
const DECLARED_MAX: usize = 256;

/// A byte, and the text of the file that it chooses.
pub fn check(data: &[u8]) {
    let Some((choice, text)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(text).into_owned();
    let (readme, files) = match FILES[usize::from(*choice) % FILES.len()] {
        "README.md" => (text.clone(), Vec::new()),
        path => (String::new(), vec![(path.to_owned(), text.clone())]),
    };
    for kind in RepoKind::ALL {
        let found = declared(kind, "ada/one", &readme, &files);
        assert!(found.len() <= DECLARED_MAX);
        for (n, one) in found.iter().enumerate() {
            assert_ne!(one.parent, Parent::Repo(kind, "ada/one".into()), "nothing builds upon itself");
            assert_eq!(one.parent.to_string().parse().as_ref(), Ok(&one.parent), "its name is read again");
            assert!(one.place.line >= 1 && one.place.line as usize <= text.lines().count().max(1));
            let twice = |other: &&seedcorn_core::lineage::Declared| {
                (other.kind, &other.parent) == (one.kind, &one.parent)
            };
            assert!(found[..n].iter().find(twice).is_none(), "told once for each way");
        }
    }
}
