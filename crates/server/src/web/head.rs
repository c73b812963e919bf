//! The head that every page of a repo has: where it is, what marks it has, its tabs and the revision looked at.

use seedcorn_commons::access::{Grant, See};
use seedcorn_commons::browse::{self, Revision};
use seedcorn_commons::repo::{self, CardRow};
use seedcorn_commons::{grade, likes};
use seedcorn_core::access::Action;
use seedcorn_core::card;
use seedcorn_core::openness::Grade;
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::RepoKind;

use super::entry::{icon, kind_word, plural_word};
use super::frame::{Frame, Here};
use super::show::{Count, When};
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::app::App;
use crate::finding::feeds;
use crate::refuse::Answer;

/// The tabs of a repo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tab {
    /// The card.
    Card,
    /// Folders and files.
    Files,
    /// How open it is, for kinds that are graded.
    Openness,
    /// What it grew from, and what grew from it.
    Lineage,
    /// Discussions and pull requests.
    Talk,
    /// Commits.
    History,
    /// Branches and tags.
    Refs,
    /// Settings, for those who may change them.
    Settings,
}

/// A link of the tabs.
#[derive(Clone, Debug)]
pub(crate) struct TabLink {
    /// Where it leads.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) text: &'static str,
    /// Whether it is the page at hand.
    pub(crate) here: bool,
}

/// The revision looked at.
#[derive(Clone, Debug)]
pub(crate) struct At {
    /// As it was asked for: a branch, a tag, a commit's id.
    pub(crate) name: String,
    /// The commit's id.
    pub(crate) oid: String,
    /// Who made it.
    pub(crate) author: String,
    /// When.
    pub(crate) when: When,
}

impl At {
    /// The first characters of the commit's id.
    pub(crate) fn short(&self) -> &str {
        &self.oid[..7]
    }
}

/// The head.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// What it is.
    pub(crate) kind: RepoKind,
    /// What a paper is called by people; other works go by their name.
    pub(crate) title: Option<String>,
    /// The owner.
    pub(crate) owner: String,
    /// The repo's own name.
    pub(crate) name: String,
    /// Its pages.
    pub(crate) urls: RepoUrls,
    /// Only its namespace may see it.
    pub(crate) private: bool,
    /// Its files need a grant.
    pub(crate) gated: bool,
    /// The licences its card names.
    pub(crate) licenses: Vec<String>,
    /// How open its main branch is, once it was graded.
    pub(crate) grade: Option<Grade>,
    /// Whether the visitor may change its settings.
    pub(crate) admin: bool,
    /// How many members like it.
    pub(crate) likes: Count,
    /// Whether the visitor does; none of who is not signed in.
    pub(crate) liked: Option<bool>,
    /// Which tab is open.
    pub(crate) tab: Tab,
    /// The revision looked at; none on pages of the whole repo.
    pub(crate) at: Option<At>,
}

impl Head {
    /// `namespace/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The icon of its kind.
    pub(crate) fn icon(&self) -> &'static str {
        icon(self.kind)
    }

    /// `Model`.
    pub(crate) fn kind_word(&self) -> &'static str {
        kind_word(self.kind)
    }

    /// The revision's name for links: the default branch unless another was asked for.
    pub(crate) fn revision(&self) -> &str {
        self.at.as_ref().map_or("main", |at| at.name.as_str())
    }

    /// The tabs.
    pub(crate) fn tabs(&self) -> Vec<TabLink> {
        let revision = self.revision();
        let card = if revision == "main" { self.urls.card().to_owned() } else { self.urls.card_at(revision) };
        let link = |tab, text, href| TabLink { href, text, here: self.tab == tab };
        let settings = self.admin.then(|| link(Tab::Settings, "Settings", self.urls.settings()));
        let graded = grade::is_graded(self.kind);
        let openness = graded.then(|| link(Tab::Openness, "Openness", self.urls.openness(revision)));
        let first = [link(Tab::Card, "Card", card), link(Tab::Files, "Files", self.urls.tree(revision, ""))];
        let last = [
            link(Tab::Lineage, "Lineage", self.urls.lineage()),
            link(Tab::Talk, "Discussions", self.urls.discussions()),
            link(Tab::History, "History", self.urls.commits(revision, "")),
            link(Tab::Refs, "Branches and tags", self.urls.refs()),
        ];
        first.into_iter().chain(openness).chain(last).chain(settings).collect()
    }

    /// The class that is sure, where there is one: the word and the icon.
    pub(crate) fn class(&self) -> Option<String> {
        Some(format!("Class {}", self.grade?.class()?))
    }

    /// `Models`.
    pub(crate) fn list_word(&self) -> &'static str {
        plural_word(&self.kind)
    }

    /// Where the kind's list is.
    pub(crate) fn list(&self) -> String {
        urls::browse(self.kind)
    }

    /// Where the owner's page is.
    pub(crate) fn owner_page(&self) -> String {
        urls::namespace(&self.owner)
    }
}

/// What a page of a repo begins with.
pub(crate) struct Opened {
    /// The grant to see it.
    pub(crate) grant: Grant<See>,
    /// The head.
    pub(crate) head: Head,
    /// The commit of the revision, if the page has one.
    pub(crate) commit: Revision,
    /// The card's row.
    pub(crate) card: CardRow,
    /// The card's metadata.
    pub(crate) metadata: card::Metadata,
}

impl Opened {
    /// The frame of a page of this repo.
    pub(crate) fn frame(&self, visit: &Visit, what: &str) -> Frame {
        let name = self.head.full_name();
        let own = self.head.title.clone().unwrap_or_else(|| name.clone());
        let title = if what.is_empty() { own } else { format!("{what} · {name}") };
        let about = format!("{} {name} on {}", self.head.kind_word(), visit.host());
        let mut frame = visit.frame(title, about, Here::Kind(self.head.kind));
        frame.finding.hidden = self.head.private;
        if !self.head.private {
            frame.finding.canonical = canonical(visit, &self.head.urls);
            frame = frame.feed(&format!("Commits of {name}"), feeds::of_repo(self.head.kind, &name));
        }
        frame
    }
}

impl Opened {
    /// Shows what another card says, such as that of an earlier commit.
    pub(crate) fn take_card(&mut self, card: CardRow) {
        self.metadata = serde_json::from_str(&card.card).unwrap_or_default();
        self.head.licenses = licenses(&self.metadata);
        self.head.title = title(self.head.kind, &self.metadata);
        self.card = card;
    }
}

fn licenses(metadata: &card::Metadata) -> Vec<String> {
    card::texts(metadata, "license").map(str::to_owned).collect()
}

/// What people call a paper.
fn title(kind: RepoKind, metadata: &card::Metadata) -> Option<String> {
    let title = (kind == RepoKind::Paper).then(|| Facts::of_card(metadata).title)?;
    (!title.is_empty()).then_some(title)
}

/// The address of a page of a repo as the repo spells its name, without what was asked of the page.
fn canonical(visit: &Visit, urls: &RepoUrls) -> String {
    let path = visit.path.split('?').next().unwrap_or_default();
    let parts = urls.card().matches('/').count();
    let rest = path.match_indices('/').nth(parts).map_or("", |(at, _)| &path[at..]);
    match rest {
        "/card/main" => format!("{}{}", visit.base, urls.card()),
        rest => format!("{}{}{}", visit.base, urls.card(), rest.trim_end_matches('/')),
    }
}

/// Opens a repo at a revision for a page.
pub(crate) async fn open(
    app: &App,
    visit: &Visit,
    grant: Grant<See>,
    revision: &str,
    tab: Tab,
) -> Answer<Opened> {
    let card = repo::card(&app.commons, &grant).await?;
    let metadata: card::Metadata = serde_json::from_str(&card.card).unwrap_or_default();
    let commit = browse::revision(&app.commons, &grant, revision).await?;
    let at = At {
        name: revision.to_owned(),
        oid: commit.oid.to_string(),
        author: commit.author.clone(),
        when: When { at: commit.at, now: visit.now },
    };
    let liked = match grant.actor() {
        Some(_) => Some(likes::likes(&app.commons, &grant).await?),
        None => None,
    };
    let row = grant.repo();
    let head = Head {
        likes: Count(u64::try_from(row.likes).unwrap_or_default()),
        liked,
        kind: row.kind,
        title: title(row.kind, &metadata),
        owner: row.owner.clone(),
        name: row.name.clone(),
        urls: RepoUrls::new(row.kind, &row.full_name()),
        private: row.private,
        gated: !row.gated.is_empty(),
        admin: grant.may(Action::Admin),
        licenses: licenses(&metadata),
        grade: card.openness.map(grade::grade_of),
        tab,
        at: Some(at),
    };
    Ok(Opened { grant, head, commit, card, metadata })
}
