//! Every page drawn without a hub, from samples that each view makes of itself: full of texts that mean harm, in all the
//! states it knows. What a page forgets to escape, or says only now and then and wrongly, shows here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use askama::Template;
use seedcorn_commons::search::Piece;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_testkit::html::{Element, assert_plain};
use serde_json::json;

use super::entry::Entry;
use super::form::Wrong;
use super::frame::{Finding, Frame, Here};
use super::head::{At, Head, Tab};
use super::markdown::{self, Links};
use super::saving::Saving;
use super::show::{Count, When};
use super::statics::Statics;
use super::urls::RepoUrls;
use super::{
    admin, audit, blob, blocked, browse, built_on, card, card_edit, collections, commit, compare, credit,
    delete, device, discussions, edit, gate, group, groups, history, home, inbox, join, leaderboard, lineage,
    log, login, namespace, openness, password, profile, publish, refs, reports, rounds, search, sessions,
    settings, signatures, signers, tokens, tree, upload, visit, webhooks,
};
use crate::api::reference;
use crate::finding::described;

/// Gets out of an element, of either kind of quotes and of a text field, wherever it is not escaped.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script> & \"quotes\" onfocus=\"alert(1)\" 'single' \
                                  onblur='alert(1)' </textarea></title></pre><!-- \u{202e}";

/// An object's id as git has it, which members cannot choose.
pub(crate) const OID: &str = "0123456789abcdef0123456789abcdef01234567";

/// No page is larger; those that tests ask a hub for are held to the same.
const PAGE_BYTES_MAX: usize = 150_000;

/// A hostile text with a word that no line has room for.
pub(crate) fn text() -> String {
    format!("{HOSTILE} {}", "word".repeat(60))
}

/// An address of this hub with signs in it that the routes never put there.
pub(crate) fn href() -> String {
    format!("/ada/seed?q={HOSTILE}")
}

/// Two hours ago.
pub(crate) fn when() -> When {
    let now = Time::from_secs(1_790_000_000);
    When { at: now.plus_secs(-7200), now }
}

/// The frame of a page for an operator who is signed in; it has all that pages tell search machines.
pub(crate) fn member(here: Here) -> Frame {
    Frame {
        title: text(),
        about: text(),
        here,
        who: Some(text()),
        runs: true,
        told: 100,
        base: format!("https://hub.example/{HOSTILE}"),
        path: href(),
        finding: Finding {
            canonical: format!("https://hub.example{}", href()),
            feeds: vec![(text(), href())],
            hidden: false,
            data: described::block(&json!({ "name": text(), "</script>": "<!--" })),
        },
        statics: Statics,
    }
}

/// The frame of a page for somebody who is not signed in, of which search machines are told nothing.
pub(crate) fn stranger(here: Here) -> Frame {
    let finding = Finding { hidden: true, ..Finding::default() };
    Frame { who: None, runs: false, told: 0, finding, ..member(here) }
}

/// The addresses of a repo.
pub(crate) fn urls(kind: RepoKind) -> RepoUrls {
    RepoUrls::new(kind, "ada/seed")
}

/// The head of a repo of which everything is to be said.
pub(crate) fn head(kind: RepoKind, tab: Tab) -> Head {
    Head {
        kind,
        title: (kind == RepoKind::Paper).then(text),
        owner: text(),
        name: text(),
        urls: urls(kind),
        private: true,
        gated: true,
        licenses: vec![text(), "mit".into()],
        grade: Some(seedcorn_core::openness::Grade::III),
        admin: true,
        likes: Count(1200),
        // Of a space as somebody sees it who is not signed in.
        liked: (kind != RepoKind::Space).then_some(kind == RepoKind::Model),
        tab,
        at: Some(At { name: text(), oid: OID.into(), author: text(), when: when() }),
    }
}

/// The fields of a commit as they were filled in by somebody who may do either with it.
pub(crate) fn saving() -> Saving {
    Saving {
        revision: text(),
        write: true,
        propose: true,
        pull: true,
        summary: text(),
        otherwise: text(),
        description: text(),
    }
}

/// The same for somebody who may only propose.
pub(crate) fn proposing() -> Saving {
    Saving { write: false, ..saving() }
}

/// A fault of a field.
pub(crate) fn wrong(field: &'static str) -> Wrong {
    Wrong::at(field, text())
}

/// A list with all that it can say of a work, for each kind, and a work of which nothing is known.
pub(crate) fn entries() -> Vec<Entry> {
    let pieces = || vec![Piece { text: text(), hit: false }, Piece { text: text(), hit: true }];
    let full = |kind| Entry {
        kind,
        title: (kind == RepoKind::Paper).then(text),
        by: text(),
        owner: text(),
        name: text(),
        urls: urls(kind),
        private: true,
        task: Some(text()),
        class: Some("Class III".into()),
        license: Some(text()),
        bases: vec![(text(), Some(href())), (text(), None)],
        downloads: 1200,
        updated: when(),
        marked: if kind == RepoKind::Model { pieces() } else { Vec::new() },
        tagged: if kind == RepoKind::Model { vec![pieces()] } else { Vec::new() },
        why: pieces(),
    };
    let bare = Entry {
        by: String::new(),
        private: false,
        task: None,
        class: None,
        license: None,
        bases: Vec::new(),
        downloads: 0,
        marked: Vec::new(),
        tagged: Vec::new(),
        why: Vec::new(),
        ..full(RepoKind::Model)
    };
    RepoKind::ALL.map(full).into_iter().chain([bare]).collect()
}

struct Nowhere;

impl Links for Nowhere {
    fn image(&self, path: &str) -> String {
        format!("/image/{path}")
    }

    fn link(&self, path: &str, _folder: bool) -> String {
        format!("/link/{path}")
    }
}

/// A hostile text in Markdown, rendered; its headings are called like parts of our own pages.
pub(crate) fn prose() -> markdown::Rendered {
    let headings = ["main", "q", "use", "cite", "f1", "tags", "body", "summary", "file-h"];
    let headings: String = headings.map(|heading| format!("# {heading}\n\n")).concat();
    let links =
        "[a](javascript:alert(1)) <a href=\"javascript:alert(1)\" onclick=\"alert(1)\">b</a> ![c](d.png)";
    let text = text();
    markdown::render(&format!("# {text}\n\n{text}\n\n{headings}{links}\n\n```html\n{text}\n```\n"), &Nowhere)
}

/// A template, and what it makes of the samples.
type View = (&'static str, fn() -> Vec<String>);

fn html<T: Template>(views: impl IntoIterator<Item = T>) -> Vec<String> {
    let draw = |view: T| view.render().unwrap_or_else(|error| panic!("{error}"));
    views.into_iter().map(draw).collect()
}

const VIEWS: [View; 59] = [
    ("access.html", || html(gate::AccessPage::samples())),
    ("access_requests.html", || html(gate::RequestsPage::samples())),
    ("admin.html", || html(admin::AdminPage::samples())),
    ("audit.html", || html(audit::AuditPage::samples())),
    ("blob.html", || html(blob::BlobPage::samples())),
    ("blocked.html", || html(blocked::BlockedPage::samples())),
    ("browse.html", || html(browse::BrowsePage::samples())),
    ("built_on.html", || html(built_on::BuiltOnPage::samples())),
    ("card.html", || html(card::CardPage::samples())),
    ("card_edit.html", || html(card_edit::CardEditPage::samples())),
    ("collection.html", || html(collections::CollectionPage::samples())),
    ("collections.html", || html(collections::CollectionsPage::samples())),
    ("commit.html", || html(commit::CommitPage::samples())),
    ("compare.html", || html(compare::ComparePage::samples())),
    ("delete.html", || html(delete::DeletePage::samples())),
    ("device.html", || html(device::DevicePage::samples())),
    ("discussion.html", || html(discussions::show::DiscussionPage::samples())),
    ("discussion_files.html", || html(discussions::files::FilesPage::samples())),
    ("discussion_new.html", || html(discussions::new::NewDiscussionPage::samples())),
    ("discussions.html", || html(discussions::list::DiscussionsPage::samples())),
    ("edit.html", || html(edit::EditPage::samples())),
    ("group_new.html", || html(group::NewGroupPage::samples())),
    ("groups.html", || html(groups::GroupsPage::samples())),
    ("history.html", || html(history::HistoryPage::samples())),
    ("home.html", || html(home::HomePage::samples())),
    ("inbox.html", || html(inbox::InboxPage::samples())),
    ("join.html", || html(join::JoinPage::samples())),
    ("join_password.html", || html(join::PasswordLinkPage::samples())),
    ("credit.html", || html(credit::CreditPage::samples())),
    ("reports.html", || html(reports::ReportsPage::samples())),
    ("rounds.html", || html(rounds::RoundsPage::samples())),
    ("round.html", || html(rounds::RoundPage::samples())),
    ("lineage.html", || html(lineage::LineagePage::samples())),
    ("log.html", || html(log::LogPage::samples())),
    ("log_of_work.html", || html(log::WorkLogPage::samples())),
    ("signatures.html", || html(signatures::SignaturesPage::samples())),
    ("signers.html", || html(signers::SignersPage::samples())),
    ("login.html", || html(login::LoginPage::samples())),
    ("members.html", || html(group::MembersPage::samples())),
    ("namespace.html", || html(namespace::NamespacePage::samples())),
    ("new.html", || html(publish::NewPage::samples())),
    ("openness.html", || html(openness::OpennessPage::samples())),
    ("openness_board.html", || html(leaderboard::BoardPage::samples())),
    ("openness_method.html", || html(leaderboard::MethodPage::samples())),
    ("openness_none.html", || html(openness::NonePage::samples())),
    ("password.html", || html(password::PasswordPage::samples())),
    ("profile.html", || html(profile::ProfilePage::samples())),
    ("publish.html", || html(publish::PublishPage::samples())),
    ("reference.html", || html([reference::ReferencePage::sample()])),
    ("refs.html", || html(refs::RefsPage::samples())),
    ("refusal.html", || html(visit::RefusalPage::samples())),
    ("search.html", || html(search::SearchPage::samples())),
    ("sessions.html", || html(sessions::SessionsPage::samples())),
    ("settings.html", || html(settings::SettingsPage::samples())),
    ("tokens.html", || html(tokens::TokensPage::samples())),
    ("tree.html", || html(tree::TreePage::samples())),
    ("upload.html", || html(upload::UploadPage::samples())),
    ("webhook.html", || html(webhooks::WebhookPage::samples())),
    ("webhooks.html", || html(webhooks::WebhooksPage::samples())),
];

/// What the checker of every page does not look for: places where an address becomes a program.
fn assert_harmless(name: &str, all: &[Element]) {
    for element in all {
        for (attribute, value) in &element.attributes {
            let address =
                matches!(attribute.as_str(), "href" | "src" | "action" | "formaction" | "data" | "poster");
            let scheme = value.trim_start().to_ascii_lowercase();
            let runs =
                address && ["javascript:", "vbscript:", "data:text"].iter().any(|s| scheme.starts_with(s));
            assert!(!runs && attribute != "srcdoc", "{name}: {} has {attribute}={value:?}", element.name);
        }
    }
}

#[test]
fn every_view_is_plain_html() {
    for (name, draw) in VIEWS {
        for (n, html) in draw().iter().enumerate() {
            let name = format!("{name}, sample {n}");
            assert_harmless(&name, &assert_plain(&name, html));
            assert!(html.len() < PAGE_BYTES_MAX, "{name} has {} bytes", html.len());
        }
    }
}

/// The templates by name, from the folder of templates, and their texts.
fn templates() -> io::Result<Vec<(String, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            match entry.file_type()?.is_dir() {
                true => folders.push(path),
                // Pictures by themselves are drawn where they are made.
                false if path.extension().is_none_or(|ending| ending != "html") => {}
                false => found.push((path.display().to_string(), fs::read_to_string(entry.path())?)),
            }
        }
    }
    Ok(found)
}

/// The names that templates extend, import or include.
fn leaned_on(texts: &[(String, String)]) -> BTreeSet<&str> {
    let tags = texts.iter().flat_map(|(_, text)| text.split("{%").skip(1));
    let words = ["extends", "import", "include"];
    let named =
        tags.filter(|tag| words.iter().any(|word| tag.trim_start_matches('-').trim().starts_with(word)));
    named.filter_map(|tag| tag.split('"').nth(1)).collect()
}

#[test]
fn every_template_is_drawn() -> io::Result<()> {
    let texts = templates()?;
    let leaned_on = leaned_on(&texts);
    let all: BTreeSet<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
    let pages: BTreeSet<&str> = all.difference(&leaned_on).copied().collect();
    let drawn: BTreeSet<&str> = VIEWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(pages, drawn, "pages, and the views that have samples");
    for (name, draw) in VIEWS {
        assert!(!draw().is_empty(), "{name} has no sample");
    }
    Ok(())
}

/// What a template says in its own words: what stands between its tags.
fn pieces(template: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), template);
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let end = match &rest[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        pieces.push(&rest[..at]);
        rest = rest[at..].split_once(end).map_or("", |(_, rest)| rest);
    }
    pieces.push(rest);
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

#[test]
fn templates_are_cut_at_their_tags() {
    assert_eq!(pieces("a{% if b %} c {{ d }}<e>{# f #}{%- endif %}g"), ["a", "c", "<e>", "g"]);
}

/// A branch that no sample takes is a branch that nobody has looked at.
#[test]
fn every_word_of_every_template_is_shown() -> io::Result<()> {
    let drawn: Vec<(&str, Vec<String>)> = VIEWS.iter().map(|(name, draw)| (*name, draw())).collect();
    let mut unseen = Vec::new();
    for (name, text) in templates()? {
        // What pages share may be shown by any of them.
        let own = drawn.iter().any(|(page, _)| *page == name);
        let views = drawn.iter().filter(|(page, _)| !own || *page == name);
        let shown: Vec<&String> = views.flat_map(|(_, html)| html).collect();
        let missing =
            pieces(&text).into_iter().filter(|piece| !shown.iter().any(|html| html.contains(piece)));
        unseen.extend(missing.map(|piece| format!("{name}: {piece}")));
    }
    assert!(unseen.is_empty(), "no sample shows\n{}", unseen.join("\n"));
    Ok(())
}
