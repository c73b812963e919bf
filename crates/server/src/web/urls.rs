//! Addresses of pages as values: no template puts one together, so none can forget to encode a part.

use seedcorn_core::repo::RepoKind;

use crate::place::segment;

/// A path within a repo, each part encoded and the slashes kept.
pub(crate) fn path_segments(path: &str) -> String {
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Pages of a namespace.
pub(crate) fn namespace(name: &str) -> String {
    format!("/{}", segment(name))
}

/// Who belongs to a group.
pub(crate) fn group_members(name: &str) -> String {
    format!("/groups/{}/members", segment(name))
}

/// What a member or a group signs with.
pub(crate) fn signers(name: &str) -> String {
    format!("/-/signers/{}", segment(name))
}

/// Whom a member or a group does not let speak.
pub(crate) fn blocked(name: &str) -> String {
    format!("/-/blocked/{}", segment(name))
}

/// A page of members, for those who run the hub.
pub(crate) fn members(prefix: &str, after: &str) -> String {
    format!("/admin?q={}&after={}", segment(prefix), segment(after))
}

/// A kind's list.
pub(crate) fn browse(kind: RepoKind) -> String {
    format!("/{}", kind.plural())
}

/// The page of a model named by a card, which may not be here.
pub(crate) fn model(full_name: &str) -> String {
    format!("/{}", path_segments(full_name))
}

/// Pages of one repo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepoUrls {
    root: String,
}

impl RepoUrls {
    /// `full_name` is `namespace/name`, which needs no encoding.
    pub(crate) fn new(kind: RepoKind, full_name: &str) -> RepoUrls {
        RepoUrls { root: format!("/{}{full_name}", kind.prefix()) }
    }

    /// The card at the default branch.
    pub(crate) fn card(&self) -> &str {
        &self.root
    }

    fn at(&self, what: &str, revision: &str, path: &str) -> String {
        let (root, revision) = (&self.root, segment(revision));
        match path {
            "" => format!("{root}/{what}/{revision}"),
            path => format!("{root}/{what}/{revision}/{}", path_segments(path)),
        }
    }

    /// The card at a revision.
    pub(crate) fn card_at(&self, revision: &str) -> String {
        self.at("card", revision, "")
    }

    /// A folder.
    pub(crate) fn tree(&self, revision: &str, folder: &str) -> String {
        self.at("tree", revision, folder)
    }

    /// A file's page.
    pub(crate) fn blob(&self, revision: &str, path: &str) -> String {
        self.at("blob", revision, path)
    }

    /// A file's bytes.
    pub(crate) fn resolve(&self, revision: &str, path: &str) -> String {
        self.at("resolve", revision, path)
    }

    /// The history of a revision, or of one path in it.
    pub(crate) fn commits(&self, revision: &str, path: &str) -> String {
        self.at("commits", revision, path)
    }

    /// One commit.
    pub(crate) fn commit(&self, oid: &str) -> String {
        self.at("commit", oid, "")
    }

    /// Two revisions side by side; `parted` compares from where they parted.
    pub(crate) fn compare(&self, from: &str, to: &str, parted: bool) -> String {
        let dots = if parted { "..." } else { ".." };
        format!("{}/compare/{}{dots}{}", self.root, segment(from), segment(to))
    }

    /// Where the form that asks for two revisions is sent.
    pub(crate) fn compare_form(&self) -> String {
        format!("{}/compare", self.root)
    }

    /// All that stands on it.
    pub(crate) fn standing(&self) -> String {
        format!("{}/built-on", self.root)
    }

    /// What credit it has.
    pub(crate) fn credit(&self) -> String {
        format!("{}/credit", self.root)
    }

    /// What it grew from and what grew from it.
    pub(crate) fn lineage(&self) -> String {
        format!("{}/lineage", self.root)
    }

    /// The same as a picture by itself.
    pub(crate) fn lineage_picture(&self) -> String {
        format!("{}/lineage.svg", self.root)
    }

    /// How open it is at a revision.
    pub(crate) fn openness(&self, revision: &str) -> String {
        match revision {
            "main" => format!("{}/openness", self.root),
            other => self.at("openness", other, ""),
        }
    }

    /// Its openness as a picture for other sites.
    pub(crate) fn badge(&self) -> String {
        format!("{}/badge/openness.svg", self.root)
    }

    /// What was logged of it.
    pub(crate) fn log(&self) -> String {
        format!("{}/log", self.root)
    }

    /// Where one asks for the files of a gated repo.
    pub(crate) fn access(&self) -> String {
        format!("{}/access", self.root)
    }

    /// Who asked for them.
    pub(crate) fn access_requests(&self) -> String {
        format!("{}/settings/access", self.root)
    }

    /// Who signed it.
    pub(crate) fn signatures(&self) -> String {
        format!("{}/signatures", self.root)
    }

    /// Where the visitor says that they like it.
    pub(crate) fn like(&self) -> String {
        format!("{}/like", self.root)
    }

    /// Discussions and pull requests.
    pub(crate) fn discussions(&self) -> String {
        format!("{}/discussions", self.root)
    }

    /// One of them.
    pub(crate) fn discussion(&self, number: i64) -> String {
        format!("{}/discussions/{number}", self.root)
    }

    /// What a pull request brings.
    pub(crate) fn discussion_files(&self, number: i64) -> String {
        format!("{}/discussions/{number}/files", self.root)
    }

    /// Branches and tags.
    pub(crate) fn refs(&self) -> String {
        format!("{}/refs", self.root)
    }

    /// How to cite it at a revision: `bib` or `cff`.
    pub(crate) fn cite(&self, form: &str, revision: &str) -> String {
        match revision {
            "main" => format!("{}/cite.{form}", self.root),
            other => format!("{}/cite.{form}?rev={}", self.root, segment(other)),
        }
    }

    /// Settings.
    pub(crate) fn settings(&self) -> String {
        format!("{}/settings", self.root)
    }

    /// Where files are sent from a browser, into a folder.
    pub(crate) fn upload(&self, revision: &str, folder: &str) -> String {
        self.at("upload", revision, folder)
    }

    /// Where a text is written that becomes a file of a folder.
    pub(crate) fn new_file(&self, revision: &str, folder: &str) -> String {
        self.at("new", revision, folder)
    }

    /// Where a text is changed.
    pub(crate) fn edit(&self, revision: &str, path: &str) -> String {
        self.at("edit", revision, path)
    }

    /// Where a file is deleted.
    pub(crate) fn delete(&self, revision: &str, path: &str) -> String {
        self.at("delete", revision, path)
    }

    /// Where the card is changed.
    pub(crate) fn edit_card(&self, revision: &str) -> String {
        self.at("edit-card", revision, "")
    }

    /// The API of the repo, for our script.
    pub(crate) fn api(&self) -> String {
        match RepoKind::ALL.into_iter().find(|kind| *kind != RepoKind::Model && self.is_of(*kind)) {
            Some(_) => format!("/api{}", self.root),
            None => format!("/api/{}{}", RepoKind::Model.plural(), self.root),
        }
    }

    /// The LFS door of the repo.
    pub(crate) fn lfs(&self) -> String {
        format!("{}.git/info/lfs/objects/batch", self.root)
    }

    fn is_of(&self, kind: RepoKind) -> bool {
        self.root.starts_with(&format!("/{}", kind.prefix()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_encoded() {
        let urls = RepoUrls::new(RepoKind::Dataset, "ada/birds");
        assert_eq!(urls.card(), "/datasets/ada/birds");
        assert_eq!(urls.tree("main", ""), "/datasets/ada/birds/tree/main");
        assert_eq!(
            urls.blob("refs/pr/1", "a b/ç#?.md"),
            "/datasets/ada/birds/blob/refs%2Fpr%2F1/a%20b/%C3%A7%23%3F.md"
        );
        assert_eq!(urls.cite("bib", "main"), "/datasets/ada/birds/cite.bib");
        assert_eq!(urls.cite("cff", "a&b"), "/datasets/ada/birds/cite.cff?rev=a%26b");
        assert_eq!(namespace("a\"b"), "/a%22b");
        assert_eq!(urls.api(), "/api/datasets/ada/birds");
        assert_eq!(urls.lfs(), "/datasets/ada/birds.git/info/lfs/objects/batch");
        assert_eq!(RepoUrls::new(RepoKind::Model, "ada/birds").api(), "/api/models/ada/birds");
    }
}
