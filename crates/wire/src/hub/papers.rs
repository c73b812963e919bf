//! A paper, as the clients read one, and as lists have it.

use serde::Serialize;

/// Who wrote a paper.
#[derive(Debug, Serialize)]
pub struct PaperAuthor {
    /// As it is read aloud.
    pub name: String,
    /// The Hub hides some; here it is always false.
    pub hidden: bool,
    /// ORCID iD, which the Hub does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orcid: Option<String>,
}

/// Whose repo it is.
#[derive(Debug, Serialize)]
pub struct Submitter {
    /// The namespace.
    pub user: String,
    /// For people to read.
    pub fullname: String,
}

/// A paper. `id` is its arXiv id; of one that has none, the name of its repo, by which it can be asked for too.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paper {
    /// See above.
    pub id: String,
    /// In one line.
    pub title: String,
    /// Its abstract.
    pub summary: String,
    /// In their order.
    pub authors: Vec<PaperAuthor>,
    /// When it came out, as a moment; when its repo was made, if that is all that is known.
    pub published_at: String,
    /// When its repo was made.
    pub submitted_on_daily_at: String,
    /// Whose repo it is.
    pub submitted_on_daily_by: Submitter,
    /// There are no votes here.
    pub upvotes: u64,
    /// `namespace/name` of its repo, which the Hub does not tell.
    pub repo: String,
    /// Its DOI, which the Hub does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
}

/// A paper in a list. The clients take the title from outside of `paper` and most else from inside.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaperItem {
    /// The same as inside.
    pub title: String,
    /// When its repo was made.
    pub published_at: String,
    /// Whose repo it is.
    pub submitted_by: Submitter,
    /// There are none here.
    pub num_comments: u64,
    /// The paper.
    pub paper: Paper,
}

impl PaperItem {
    /// The item of a paper.
    pub fn new(paper: Paper) -> PaperItem {
        let Submitter { user, fullname } = &paper.submitted_on_daily_by;
        PaperItem {
            title: paper.title.clone(),
            published_at: paper.submitted_on_daily_at.clone(),
            submitted_by: Submitter { user: user.clone(), fullname: fullname.clone() },
            num_comments: 0,
            paper,
        }
    }
}
