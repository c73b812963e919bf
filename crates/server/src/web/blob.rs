//! A file's page: its text with line numbers, its picture or sound, or what its own header says.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::{Read, See};
use seedcorn_commons::{Grant, Refusal, Result, compute, pull};
use seedcorn_core::digest::Oid;
use seedcorn_core::{card, limits};

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::markdown::{self, Links};
use super::show::{Bytes, Count};
use super::tree::{Crumb, crumbs};
use super::urls::RepoUrls;
use super::visit::Visit;
use super::{highlight, raw};
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;

/// Bytes of a text that are shown.
const TEXT_BYTES_MAX: usize = 48 * 1024;
/// Bytes of HTML that its lines may become: no page is to be larger than 150 kB.
const LINES_HTML_BYTES_MAX: usize = 100_000;
/// Bytes of HTML around each line.
const LINE_HTML_BYTES: usize = 100;

/// What is shown of a file.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Rendered Markdown.
    Prose(String),
    /// Lines of text as HTML, and whether there are more.
    Lines(Vec<String>, bool),
    /// A picture.
    Picture,
    /// Sound.
    Sound,
    /// Moving pictures.
    Film,
    /// Nothing but facts.
    Nothing,
}

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
    size: Bytes,
    hash: String,
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
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<BlobPage>> {
    let grant = place.grant::<Read>(&app).await?;
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let path = place.part("path").trim_matches('/').to_owned();
    let opened = head::open(&app, &visit, see, place.part("rev"), Tab::Files).await?;
    let commit = opened.commit.oid;
    let located = pull::locate(&app.commons, &grant, &commit.to_string(), &path, true).await?;
    let shown = shown(&app, &grant, &located, &path, opened.head.revision()).await?;
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let mut crumbs = crumbs(&opened.head, &path);
    crumbs.pop();
    Ok(Page(BlobPage {
        frame: opened.frame(&visit, &path),
        crumbs,
        name,
        raw: raw::address(&app, &grant, &commit, &path)?,
        permalink: opened.head.urls.blob(&commit.to_string(), &path),
        size: Bytes(located.bytes),
        hash: located.etag(),
        head: opened.head,
        shown,
    }))
}

async fn shown(
    app: &App,
    grant: &Grant<Read>,
    located: &pull::Located,
    path: &str,
    revision: &str,
) -> Result<Shown> {
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" => return Ok(Shown::Picture),
        "wav" | "mp3" | "flac" | "ogg" => return Ok(Shown::Sound),
        "mp4" | "webm" => return Ok(Shown::Film),
        _ => {}
    }
    let most = limits::CARD_BYTES_MAX as u64;
    let bytes = pull::beginning(&app.commons, located, most).await?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(Shown::Nothing);
    };
    if text.contains('\0') {
        return Ok(Shown::Nothing);
    }
    let cut = located.bytes > most;
    if path.to_ascii_lowercase().ends_with(".md") && !cut {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let links = InRepo::new(app, grant, located.commit.oid, revision, folder);
        let html = compute(move || markdown::render(card::split(&text).body, &links).html).await?;
        return Ok(Shown::Prose(html));
    }
    let language = highlight::language_of(path).unwrap_or_default();
    compute(move || lines(language, &text, cut)).await
}

/// As many lines from the beginning as a page may hold.
fn lines(language: &str, text: &str, cut: bool) -> Shown {
    let shown = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    let all = highlight::highlight_lines(language, shown);
    let (count, mut bytes) = (all.len(), 0);
    let fits = |line: &String| {
        bytes += line.len() + LINE_HTML_BYTES;
        bytes <= LINES_HTML_BYTES_MAX
    };
    let lines: Vec<String> = all.into_iter().take_while(fits).collect();
    let more = cut || shown.len() < text.len() || lines.len() < count;
    Shown::Lines(lines, more)
}

impl BlobPage {
    /// How many lines are shown, in words.
    fn lines(&self) -> String {
        match &self.shown {
            Shown::Lines(lines, false) => super::show::Many(lines.len() as u64, "line").to_string(),
            Shown::Lines(lines, true) => format!("the first {} lines", Count(lines.len() as u64)),
            _ => String::new(),
        }
    }
}
