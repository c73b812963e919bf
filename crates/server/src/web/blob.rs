//! A file's page: its text with line numbers, its picture or sound, or what its own header says.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::{Read, See};
use seedcorn_commons::preview::{Preview, Wanted, What, preview};
use seedcorn_commons::pull::{self, From, Located};
use seedcorn_commons::scan;
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_core::scan::{Found, Verdict};
use seedcorn_formats::kind::Kind;

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::look::{self, Shown};
use super::markdown::Links;
use super::raw;
use super::saving::may_commit;
use super::show::{Bytes, Count};
use super::tree::{Crumb, crumbs};
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "blob.html")]
pub(crate) struct BlobPage {
    frame: Frame,
    head: Head,
    crumbs: Vec<Crumb>,
    name: String,
    /// Where its bytes are.
    raw: String,
    /// The same file at this very commit, whatever the branch does.
    permalink: String,
    /// The commits that touched it.
    history: String,
    size: Bytes,
    hash: String,
    /// What it is, in a word or two.
    kind: &'static str,
    /// A sentence on such files.
    note: Option<&'static str>,
    /// What was found in it, if somebody looked.
    found: Option<Found>,
    /// Why no more is shown of it.
    unread: Option<String>,
    /// What the visitor may do with it.
    acts: Vec<(&'static str, String)>,
    /// A table's text, or the table of a text.
    other: Option<(&'static str, String)>,
    shown: Shown,
}

/// Where links and pictures of a Markdown file lead.
pub(crate) struct InRepo {
    urls: RepoUrls,
    revision: String,
    folder: String,
    app: App,
    grant: Grant<Read>,
    commit: Oid,
}

impl InRepo {
    pub(crate) fn new(app: &App, grant: &Grant<Read>, commit: Oid, revision: &str, folder: &str) -> InRepo {
        InRepo {
            urls: RepoUrls::new(grant.repo().kind, &grant.repo().full_name()),
            revision: revision.to_owned(),
            folder: folder.to_owned(),
            app: app.clone(),
            grant: grant.clone(),
            commit,
        }
    }

    /// The page of a file.
    pub(crate) fn file(&self, path: &str) -> String {
        self.urls.blob(&self.revision, path)
    }
}

impl Links for InRepo {
    fn folder(&self) -> &str {
        &self.folder
    }

    fn image(&self, path: &str) -> String {
        // An address that begins with no slash is dropped: the text beside the picture is left.
        raw::address(&self.app, &self.grant, &self.commit, path).unwrap_or_default()
    }

    fn link(&self, path: &str, folder: bool) -> String {
        if folder { self.urls.tree(&self.revision, path) } else { self.urls.blob(&self.revision, path) }
    }
}

/// `GET …/blob/{rev}/{path}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<BlobPage>> {
    let grant = place.grant::<Read>(&app).await?;
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let path = place.part("path").trim_matches('/').to_owned();
    let opened = head::open(&app, &visit, see, place.part("rev"), Tab::Files).await?;
    let commit = opened.commit.oid;
    let located = pull::locate(&app.commons, &grant, &commit.to_string(), &path, true).await?;
    let find = query.get("q").unwrap_or_default().trim();
    let wanted = Wanted {
        find: find[..find.floor_char_boundary(limits::PREVIEW_FIND_BYTES_MAX)].to_owned(),
        after: query.get("after").and_then(|after| after.parse().ok()).unwrap_or_default(),
        as_text: query.get("as") == Some("text"),
    };
    let preview = preview(&app.commons, &grant, &located, &path, &wanted).await?;
    let here = opened.head.urls.blob(opened.head.revision(), &path);
    let (kind, unread, other) =
        (preview.kind, preview.unread.clone(), other(&preview, &path, &wanted, &here));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let links = InRepo::new(&app, &grant, commit, opened.head.revision(), folder);
    let acts = match may_commit(&app, &place, &grant, opened.head.revision()).await {
        true => acts(&opened.head, &path, &located, kind),
        false => Vec::new(),
    };
    let found = scan::of_file(&app.commons, &located, &path).await?;
    let shown = look::shown(Arc::unwrap_or_clone(preview), &path, &here, &wanted, links).await?;
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let mut crumbs = crumbs(&opened.head, &path);
    crumbs.pop();
    Ok(Page(BlobPage {
        frame: opened.frame(&visit, &path),
        crumbs,
        name,
        raw: raw::address(&app, &grant, &commit, &path)?,
        permalink: opened.head.urls.blob(&commit.to_string(), &path),
        history: opened.head.urls.commits(opened.head.revision(), &path),
        size: Bytes(located.bytes),
        hash: located.etag(),
        kind: kind.word(),
        note: look::note(kind),
        found,
        unread,
        acts,
        other,
        head: opened.head,
        shown,
    }))
}

/// A text of no great length can be changed here; whatever it is, it can be deleted.
fn acts(head: &Head, path: &str, located: &Located, kind: Kind) -> Vec<(&'static str, String)> {
    let text = matches!(kind, Kind::Text(_) | Kind::Svg | Kind::Notebook);
    let short = located.bytes <= limits::EDIT_BYTES_MAX as u64;
    let edit = text && short && matches!(located.from, From::Blob(_));
    let edit = edit.then(|| ("Change", head.urls.edit(head.revision(), path)));
    edit.into_iter().chain([("Delete", head.urls.delete(head.revision(), path))]).collect()
}

/// Where a table is shown as text, and a text as the table it is.
fn other(preview: &Preview, path: &str, wanted: &Wanted, here: &str) -> Option<(&'static str, String)> {
    let is_text = matches!(preview.kind, Kind::Text(_));
    match &preview.what {
        What::Rows(_) | What::Shards(_) if is_text => Some(("As text", format!("{here}?as=text"))),
        What::Text(_, false) if look::is_prose(path) => match wanted.as_text {
            true => Some(("As it is read", here.to_owned())),
            false => Some(("As text", format!("{here}?as=text"))),
        },
        What::Text(..) if wanted.as_text && preview.kind.rows().is_some() => {
            Some(("As a table", here.to_owned()))
        }
        _ => None,
    }
}

impl BlobPage {
    /// Whether it was looked into and nothing was found.
    fn is_clean(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.verdict == Verdict::NothingFound)
    }

    /// What was found in it that may harm: the class and the picture of the notice, its title, and why.
    fn warning(&self) -> Option<(&'static str, &'static str, &'static str, &[String])> {
        let found = self.found.as_ref().filter(|_| !self.is_clean())?;
        let (level, icon, title) = match found.verdict {
            Verdict::Dangerous => ("notice-bad", "stop", "It is dangerous to open this file"),
            Verdict::Suspicious => ("notice-warn", "warn", "This file is suspicious"),
            _ => ("notice-warn", "warn", "This file could not be scanned"),
        };
        Some((level, icon, title, &found.reasons))
    }

    /// Programs that are run by whoever loads it and trusts it to.
    fn runs(&self) -> &[String] {
        self.found.as_ref().map_or(&[], |found| &found.runs)
    }

    /// How many lines are shown, in words.
    fn lines(&self) -> String {
        match &self.shown {
            Shown::Lines(lines, false) => super::show::Many(lines.len() as u64, "line").to_string(),
            Shown::Lines(lines, true) if lines.len() == 1 => "the first line".to_owned(),
            Shown::Lines(lines, true) => format!("the first {} lines", Count(lines.len() as u64)),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
impl BlobPage {
    /// Each way in which a file is shown, with all that is said around it.
    pub(crate) fn samples() -> Vec<BlobPage> {
        use super::samples::{HOSTILE, head, href, member, prose, text};
        use seedcorn_core::repo::RepoKind::Model;
        let found = |verdict| {
            let mut found = Found::default();
            found.add(verdict, text());
            found
        };
        let page = |shown| BlobPage {
            found: Some(Found { runs: vec![text(), text()], ..found(Verdict::Dangerous) }),
            frame: member(Here::Kind(Model)),
            head: head(Model, Tab::Files),
            crumbs: vec![Crumb { name: text(), href: href() }],
            name: text(),
            raw: href(),
            permalink: href(),
            history: href(),
            size: Bytes(4200),
            hash: text(),
            kind: HOSTILE,
            note: Some(HOSTILE),
            unread: Some(text()),
            acts: vec![(HOSTILE, href())],
            other: Some((HOSTILE, href())),
            shown,
        };
        let lines = super::highlight::highlight_lines("html", &format!("{}\n\n{}", text(), text()));
        let number = ("00000000".to_owned(), "3c 62 3e".to_owned(), text());
        let all = [
            Shown::Prose(prose().html),
            Shown::Lines(lines.clone(), false),
            Shown::Lines(lines, true),
            Shown::Tensors(Box::new(look::TensorsView::sample())),
            Shown::Rows(Box::new(look::RowsView::sample())),
            Shown::Shards(look::ShardsView::sample()),
            Shown::Picture,
            Shown::Sound,
            Shown::Film,
            Shown::Document,
            Shown::Numbers(vec![number]),
            Shown::Numbers(Vec::new()),
        ];
        let others = [
            None,
            Some(Found::default()),
            Some(found(Verdict::Suspicious)),
            Some(found(Verdict::Unscannable)),
        ];
        let others = others.map(|found| BlobPage { found, ..page(Shown::Picture) });
        all.into_iter().map(page).chain(others).collect()
    }
}
