//! The content of a demo hub: two groups, three related models, a data set, and the paper and the code they stand on,
//! generated anew and always the same.
//!
//! Pure functions: nothing is read, fetched or stored, and no clock or chance takes part. Every file is of its real
//! format, so real clients load it; the cards say that weights and rows are made up. Raw literals hold the texts
//! because a compiler reads those alike on every platform, whatever the line ends of a checkout.

mod cards;
mod draw;
mod garden;
mod parquet;
mod safetensors;
mod seed;
mod thrift;
mod tokenizer;
mod used;
mod weights;
mod writings;

pub use seed::seed;

use seedcorn_core::access::Role;
use seedcorn_core::repo::RepoKind;

/// Notes that the tokenizer learns from; more bring it no new words.
const NOTES_LEARNED: usize = 600;

/// An account that the demo needs: it stands for a task, not for a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DemoMember {
    /// Its name.
    pub name: &'static str,
    /// Its name for people to read.
    pub full_name: &'static str,
    /// What it may do in the group.
    pub role: Role,
}

/// A group that owns demo repos.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DemoGroup {
    /// Its name: the namespace of its repos.
    pub name: &'static str,
    /// Its name for people to read.
    pub full_name: &'static str,
    /// Who belongs to it. The first may write, and is the author of the group's commits; an account may be in several
    /// groups and is the same one in all.
    pub members: &'static [DemoMember],
}

/// One commit of a demo repo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoCommit {
    /// Its message: one line.
    pub message: &'static str,
    /// The files that it adds or replaces: path and bytes. Everything else stays as it was; nothing is deleted.
    pub files: Vec<(String, Vec<u8>)>,
    /// The tag that it gets.
    pub tag: Option<&'static str>,
}

/// A demo repo with its whole history, oldest commit first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoRepo {
    /// What it is.
    pub kind: RepoKind,
    /// The group that owns it.
    pub owner: &'static str,
    /// Its name in the group's namespace.
    pub name: &'static str,
    /// Its commits.
    pub commits: Vec<DemoCommit>,
}

const KEEPER: DemoMember = DemoMember { name: "demo-keeper", full_name: "Demo keeper", role: Role::Admin };
const READER: DemoMember = DemoMember { name: "demo-reader", full_name: "Demo reader", role: Role::Read };

const GARDENER: DemoMember =
    DemoMember { name: "demo-gardener", full_name: "Demo gardener", role: Role::Admin };
const STUDENT: DemoMember = DemoMember { name: "demo-student", full_name: "Demo student", role: Role::Admin };

/// The groups of the demo: two that publish and one that reads.
pub fn groups() -> Vec<DemoGroup> {
    vec![
        DemoGroup { name: "acorn-lab", full_name: "Acorn Lab", members: &[KEEPER] },
        DemoGroup { name: "field-notes", full_name: "Field Notes", members: &[KEEPER, GARDENER, READER] },
        DemoGroup { name: "reading-circle", full_name: "Reading Circle", members: &[STUDENT, READER] },
    ]
}

/// A hub in a folder with the demo set, after all that follows from its making.
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
pub(crate) async fn hub(folder: &std::path::Path) -> crate::Commons {
    let opening = crate::Opening::within(folder, [9; 32]).await.unwrap();
    let commons = crate::Commons::open(opening).await.unwrap();
    seed(&commons).await.unwrap();
    while crate::jobs::run_due(&commons).await.unwrap() > 0 {}
    commons
}

/// The six repos of the demo, in an order in which each comes after those that its card names: the code, the paper, the
/// data set, the base model, its tuned copy, its adapter. About 24 MB, made in a fraction of a second when optimized.
pub fn repos() -> Vec<DemoRepo> {
    let (train, test) = garden::splits();
    let notes = train.iter().take(NOTES_LEARNED).map(|row| row.note.as_str());
    let tokenizer = tokenizer::Tokenizer::learn(notes.chain([cards::BASE]));
    let unseen: Vec<&str> = test.iter().map(|row| row.note.as_str()).collect();
    let words: usize = unseen.iter().map(|note| note.split_whitespace().count()).sum();
    let tokens: usize = unseen.iter().map(|note| tokenizer.count(note)).sum();
    let (tokenizer, measured) = (tokenizer.json(), cards::evaluation(tokens, words));
    let works = [writings::code(), writings::paper(), dataset(&train, &test)];
    works.into_iter().chain([base(&tokenizer, measured), tuned(&tokenizer), adapter()]).collect()
}

fn file(path: &str, bytes: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (path.to_owned(), bytes.into())
}

fn dataset(train: &[garden::Observation], test: &[garden::Observation]) -> DemoRepo {
    let files = vec![
        file("README.md", cards::DATASET),
        file("data/test-00000-of-00001.parquet", garden::parquet(test)),
        file("data/train-00000-of-00001.parquet", garden::parquet(train)),
    ];
    DemoRepo {
        kind: RepoKind::Dataset,
        owner: "field-notes",
        name: "garden-observations",
        commits: vec![DemoCommit { message: "Add the observations of one season", files, tag: None }],
    }
}

/// What a decoder's repo holds besides weights and card.
fn decoder_files(tokenizer: &str) -> [(String, Vec<u8>); 4] {
    [
        file("config.json", cards::CONFIG),
        file("generation_config.json", cards::GENERATION_CONFIG),
        file("tokenizer.json", tokenizer),
        file("tokenizer_config.json", cards::TOKENIZER_CONFIG),
    ]
}

fn base(tokenizer: &str, measured: String) -> DemoRepo {
    let mut files = vec![file("README.md", cards::BASE_FIRST), file("model.safetensors", weights::base())];
    files.extend(decoder_files(tokenizer));
    let card = vec![file("README.md", cards::BASE)];
    DemoRepo {
        kind: RepoKind::Model,
        owner: "acorn-lab",
        name: "acorn-tiny",
        commits: vec![
            DemoCommit { message: "Add acorn-tiny", files, tag: None },
            DemoCommit {
                message: "Complete the card: task, data, how it was made, limits",
                files: card,
                tag: None,
            },
            DemoCommit {
                message: "Measure the tokenizer on notes that it has not seen",
                files: vec![file("README.md", cards::BASE.to_owned() + &measured)],
                tag: None,
            },
        ],
    }
}

fn tuned(tokenizer: &str) -> DemoRepo {
    let mut files = vec![file("README.md", cards::TUNED), file("model.safetensors", weights::tuned())];
    files.extend(decoder_files(tokenizer));
    DemoRepo {
        kind: RepoKind::Model,
        owner: "field-notes",
        name: "acorn-tiny-notes",
        commits: vec![DemoCommit { message: "Tune acorn-tiny on garden notes", files, tag: None }],
    }
}

fn adapter() -> DemoRepo {
    let files = vec![
        file("README.md", cards::ADAPTER),
        file("adapter_config.json", cards::ADAPTER_CONFIG),
        file("adapter_model.safetensors", weights::adapter()),
    ];
    DemoRepo {
        kind: RepoKind::Model,
        owner: "field-notes",
        name: "acorn-tiny-lora",
        commits: vec![DemoCommit { message: "Add a LoRA adapter for acorn-tiny", files, tag: None }],
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use seedcorn_core::name;
    use std::collections::BTreeSet;
    use std::sync::LazyLock;

    /// BLAKE3 of every name, message and file. A change here changes what every demo hub serves.
    const DIGEST: &str = "1a64ef4063fdcc8a37d879689d3e2a89f86d742be2d4566210e1424ba92208eb";

    /// Made once for all tests: unoptimized it takes a second.
    static REPOS: LazyLock<Vec<DemoRepo>> = LazyLock::new(repos);

    #[test]
    fn same_bytes_for_ever() {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        for repo in REPOS.iter() {
            add(format!("{}:{}/{}", repo.kind, repo.owner, repo.name).as_bytes());
            for commit in &repo.commits {
                add(commit.message.as_bytes());
                add(commit.tag.unwrap_or_default().as_bytes());
                for (path, bytes) in &commit.files {
                    add(path.as_bytes());
                    add(bytes);
                }
            }
        }
        assert_eq!(hasher.finalize().to_hex().as_str(), DIGEST);
    }

    #[test]
    fn names_and_paths_are_allowed() {
        let groups = groups();
        for group in &groups {
            name::check_namespace(group.name).unwrap();
            group.members.iter().for_each(|member| name::check_namespace(member.name).unwrap());
            assert_ne!(group.members[0].role, Role::Read);
        }
        let mut seen = BTreeSet::new();
        for repo in REPOS.iter() {
            name::check_part(repo.name).unwrap();
            assert!(groups.iter().any(|group| group.name == repo.owner));
            for commit in &repo.commits {
                let paths: BTreeSet<_> = commit.files.iter().map(|(path, _)| path).collect();
                assert_eq!(paths.len(), commit.files.len());
                paths.into_iter().for_each(|path| name::check_path(path).unwrap());
            }
            // What a card names must be there by then: `field: owner/name` and `- owner/name` lines of its metadata.
            let mut files = repo.commits.iter().rev().flat_map(|commit| &commit.files);
            let (_, card) = files.find(|(path, _)| path == "README.md").unwrap();
            let card = std::str::from_utf8(card).unwrap();
            let metadata = card.strip_prefix("---\n").unwrap().split("\n---\n").next().unwrap();
            let named = metadata.lines().filter_map(|line| line.split_once(' ')).map(|(_, value)| value);
            for named in
                named.filter(|value| value.starts_with("acorn-lab/") || value.starts_with("field-notes/"))
            {
                assert!(seen.contains(named), "{named}");
            }
            seen.insert(format!("{}/{}", repo.owner, repo.name));
        }
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn json_files_parse_and_agree() {
        for repo in REPOS.iter() {
            for (path, bytes) in repo.commits.iter().flat_map(|commit| &commit.files) {
                if path.ends_with(".json") {
                    serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
                }
            }
        }
        let config: serde_json::Value = serde_json::from_str(cards::CONFIG).unwrap();
        for (key, token) in [("bos_token_id", 0), ("eos_token_id", 1), ("pad_token_id", 2)] {
            assert_eq!(config[key], token);
            let name = key.trim_end_matches("_id");
            let tokens: serde_json::Value = serde_json::from_str(cards::TOKENIZER_CONFIG).unwrap();
            assert_eq!(tokens[name], tokenizer::SPECIAL[token]);
        }
    }
}
