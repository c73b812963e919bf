//! What a repo is: its kind, who may see it, and how its addresses are spelled.

use std::fmt;

/// The kinds of repos that are served.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum RepoKind {
    /// Weights and what belongs to them.
    Model,
    /// Data.
    Dataset,
    /// A demo, kept as a repo.
    Space,
    /// A paper: its PDF, its source, and who wrote it.
    Paper,
    /// Software that models and papers stand on.
    Code,
}

/// What a space may run on; the words that the clients know.
pub const SPACE_SDKS: [&str; 4] = ["docker", "gradio", "static", "streamlit"];

impl RepoKind {
    /// Every kind.
    pub const ALL: [RepoKind; 5] =
        [RepoKind::Model, RepoKind::Dataset, RepoKind::Space, RepoKind::Paper, RepoKind::Code];

    /// `model`: the word in JSON and in the database.
    pub fn word(self) -> &'static str {
        match self {
            RepoKind::Model => "model",
            RepoKind::Dataset => "dataset",
            RepoKind::Space => "space",
            RepoKind::Paper => "paper",
            RepoKind::Code => "code",
        }
    }

    /// `models`: the segment after `/api/`.
    pub fn plural(self) -> &'static str {
        match self {
            RepoKind::Model => "models",
            RepoKind::Dataset => "datasets",
            RepoKind::Space => "spaces",
            RepoKind::Paper => "papers",
            RepoKind::Code => "code",
        }
    }

    /// The kind whose plural this is.
    pub fn from_plural(plural: &str) -> Option<RepoKind> {
        RepoKind::ALL.into_iter().find(|kind| kind.plural() == plural)
    }

    /// `""`, `"datasets/"`, `"papers/"`, …: what stands before `namespace/name` in page, file and git addresses.
    pub fn prefix(self) -> &'static str {
        match self {
            RepoKind::Model => "",
            RepoKind::Dataset => "datasets/",
            RepoKind::Space => "spaces/",
            RepoKind::Paper => "papers/",
            RepoKind::Code => "code/",
        }
    }

    /// Every word, for a refusal: `"model", "dataset", …`.
    pub fn words() -> String {
        RepoKind::ALL.map(|kind| format!("\"{kind}\"")).join(", ")
    }

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<RepoKind> {
        RepoKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl TryFrom<String> for RepoKind {
    type Error = crate::name::BadName;
    fn try_from(word: String) -> Result<Self, Self::Error> {
        RepoKind::from_word(&word)
            .ok_or_else(|| crate::name::BadName(format!("no such kind of repo: {word:?}")))
    }
}

impl fmt::Display for RepoKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
