//! Texts written and changed in a browser. A form says on which commit it was made, so that nobody undoes what others
//! did meanwhile without having seen it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use seedcorn_commons::access::{Propose, Read, See};
use seedcorn_commons::publish::{Committed, Draft};
use seedcorn_commons::pull::{self, From};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::card;
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;

use super::form::{Form, LongForm, Wrong};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Opened, Tab};
use super::saving::{self, Saving};
use super::visit::Visit;
use crate::app::App;
use crate::body;
use crate::place::Place;
use crate::refuse::{Answer, Failure};

/// A file whose text can be changed here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    /// As text fields have it: lines end in `\n`.
    pub(crate) text: String,
    /// Whether its lines end in CR LF.
    pub(crate) crlf: bool,
    /// Whether they end now so, now so; they will all end alike.
    pub(crate) mixed: bool,
}

impl Text {
    /// `None` of what is no text.
    pub(crate) fn of(bytes: Vec<u8>) -> Option<Text> {
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
        let (all, crlf) = (text.matches('\n').count(), text.matches("\r\n").count());
        let mixed = text.matches('\r').count() != crlf || crlf != 0 && crlf != all;
        Some(Text { text: saving::lines(&text), crlf: crlf > all / 2, mixed })
    }

    /// What a text field sent, with line ends as the file has them.
    pub(crate) fn as_sent(&self, text: &str) -> String {
        let text = saving::lines(text);
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }
}

/// Reads a file as a text to be changed.
///
/// # Errors
/// `Unprocessable` for what can only be replaced as a whole.
pub(crate) async fn read(app: &App, grant: &Grant<Read>, commit: &Oid, path: &str) -> Answer<Text> {
    let located = pull::locate(&app.commons, grant, &commit.to_string(), path, true).await?;
    let no =
        |why: &str| Refusal::Unprocessable(format!("{path} cannot be changed here: {why}. Upload it anew."));
    if matches!(located.from, From::Chunks { .. }) {
        return Err(no("it is stored as a large file").into());
    }
    if located.bytes > limits::EDIT_BYTES_MAX as u64 {
        return Err(no(&format!("it has more than {} bytes", limits::EDIT_BYTES_MAX)).into());
    }
    let bytes = pull::beginning(&app.commons, &located, limits::EDIT_BYTES_MAX as u64).await?;
    Ok(Text::of(bytes).ok_or_else(|| no("it is not text in UTF-8"))?)
}

/// How a form relates to what is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    /// It was made on the newest commit.
    Newest,
    /// There is a newer commit, which left the file as it was.
    Moved,
    /// Somebody changed the file to this.
    Changed(String),
    /// The file is gone, or no text any more.
    Gone,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "edit.html")]
pub(crate) struct EditPage {
    frame: Frame,
    head: Head,
    saving: Saving,
    /// The file; of a new one what was written as its name.
    path: String,
    /// Whether it is a new one.
    new: bool,
    text: String,
    mixed: bool,
    /// The commit that the form is made on.
    parent: String,
    now: Now,
    wrong: Wrong,
}

/// What both forms are made of.
struct Desk {
    grant: Grant<Propose>,
    read: Grant<Read>,
    saving: Saving,
}

impl Desk {
    async fn open(app: &App, place: &Place, otherwise: String) -> Answer<Desk> {
        let grant = place.grant::<Propose>(app).await?;
        let read = grant.lower::<Read>().ok_or(Refusal::Unseen)?;
        let saving = Saving::open(app, &grant, place.part("rev"), otherwise).await?;
        Ok(Desk { grant, read, saving })
    }

    async fn at(&self, app: &App, visit: &Visit) -> Answer<Opened> {
        let see = self.grant.lower::<See>().ok_or(Refusal::Unseen)?;
        head::open(app, visit, see, &self.saving.revision, Tab::Files).await
    }

    async fn commit(&self, app: &App, path: &str, text: String, parent: Oid) -> Answer<Committed> {
        // As the clients have a card judged before they send it: one whose head cannot be read shows none of it.
        if path == "README.md"
            && let Some(error) = card::validate(&text, self.grant.repo().kind).errors.first()
        {
            return Err(Refusal::Invalid(format!("The head of the card: {error}")).into());
        }
        put(app, &self.grant, &self.saving, path, text, parent).await
    }
}

/// Commits one text, which goes the way that the repo's rules say.
pub(crate) async fn put(
    app: &App,
    grant: &Grant<Propose>,
    saving: &Saving,
    path: &str,
    text: String,
    parent: Oid,
) -> Answer<Committed> {
    if text.len() > limits::EDIT_BYTES_MAX {
        let max = limits::EDIT_BYTES_MAX;
        return Err(Refusal::TooLarge(format!("a text that is written here has at most {max} bytes")).into());
    }
    let mut draft = Draft::begin(&app.commons, grant.clone(), saving.target()).await?;
    let most = text.len() as u64;
    let whole = stream::once(async move { Ok::<Bytes, &'static str>(Bytes::from(text)) });
    draft.put_stream(path.to_owned(), whole, most, &body::budget()?).await?;
    Ok(draft.finish(saving.header(Some(parent))).await?)
}

/// A form that is shown again, or for the first time.
struct Sheet {
    path: String,
    new: bool,
    text: String,
    mixed: bool,
    now: Now,
    wrong: Wrong,
}

impl Sheet {
    fn page(self, visit: &Visit, saving: Saving, opened: Opened, parent: Oid) -> EditPage {
        let what = if self.new { "A new file".to_owned() } else { format!("Change {}", self.path) };
        EditPage {
            frame: opened.frame(visit, &what),
            head: opened.head,
            saving,
            path: self.path,
            new: self.new,
            text: self.text,
            mixed: self.mixed,
            parent: parent.to_string(),
            now: self.now,
            wrong: self.wrong,
        }
    }
}

/// `GET …/edit/{rev}/{path}`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<EditPage>> {
    let path = place.part("path").trim_matches('/').to_owned();
    let desk = Desk::open(&app, &place, format!("Change {path}")).await?;
    let opened = desk.at(&app, &visit).await?;
    let commit = opened.commit.oid;
    let Text { text, mixed, .. } = read(&app, &desk.read, &commit, &path).await?;
    let sheet = Sheet { path, new: false, text, mixed, now: Now::Newest, wrong: Wrong::default() };
    Ok(Page(sheet.page(&visit, desk.saving, opened, commit)))
}

/// `POST …/edit/{rev}/{path}`.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    LongForm(form): LongForm,
) -> Answer<Response> {
    let path = place.part("path").trim_matches('/').to_owned();
    let mut desk = Desk::open(&app, &place, format!("Change {path}")).await?;
    desk.saving = desk.saving.filled(&form);
    let parent = saving::parent(&form)?;
    // A commit of which the repo knows nothing is answered as any other that is not the newest.
    let old = match read(&app, &desk.read, &parent, &path).await {
        Err(Failure(Refusal::NoRevision(_))) => None,
        // It was deleted, which the form told; sent again, it makes the file anew.
        Err(Failure(Refusal::NoEntry { .. } | Refusal::Unprocessable(_))) => Some(Text::default()),
        old => Some(old?),
    };
    let sent = saving::lines(form.exact("text"));
    let before = old.clone().unwrap_or_default();
    let outcome = match old {
        None => Err(Refusal::Stale.into()),
        Some(old) if old.text == sent => Err(Refusal::Invalid("Nothing is different.".into()).into()),
        Some(old) => desk.commit(&app, &path, old.as_sent(&sent), parent).await,
    };
    let refusal = match outcome {
        Ok(committed) => {
            let urls = super::urls::RepoUrls::new(desk.grant.repo().kind, &desk.grant.repo().full_name());
            return Ok(desk.saving.done(&committed, &urls, |revision| urls.blob(revision, &path)));
        }
        Err(Failure(refusal)) => refusal,
    };
    let opened = desk.at(&app, &visit).await?;
    let sheet = Sheet {
        path: path.clone(),
        new: false,
        text: sent,
        mixed: before.mixed,
        now: Now::Newest,
        wrong: Wrong::default(),
    };
    if !matches!(refusal, Refusal::Stale) {
        let sheet = Sheet { wrong: saving::fault("text", refusal)?, ..sheet };
        return Ok(Page(sheet.page(&visit, desk.saving, opened, parent)).into_response());
    }
    let newest = opened.commit.oid;
    let now = match read(&app, &desk.read, &newest, &path).await {
        Ok(now) if now.text == before.text => Now::Moved,
        Ok(now) => Now::Changed(now.text),
        Err(Failure(Refusal::NoEntry { .. } | Refusal::Unprocessable(_))) => Now::Gone,
        Err(failure) => return Err(failure),
    };
    let page = Sheet { now, ..sheet }.page(&visit, desk.saving, opened, newest);
    Ok(saving::stale(Page(page).into_response()))
}

/// `GET …/new/{rev}[/{folder}]`.
pub(crate) async fn new(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<EditPage>> {
    let desk = Desk::open(&app, &place, "Add a file".into()).await?;
    let opened = desk.at(&app, &visit).await?;
    let path = match place.part("path").trim_matches('/') {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let commit = opened.commit.oid;
    let (text, now, wrong) = (String::new(), Now::Newest, Wrong::default());
    let sheet = Sheet { path, new: true, text, mixed: false, now, wrong };
    Ok(Page(sheet.page(&visit, desk.saving, opened, commit)))
}

/// Whether a file is at a path.
async fn is_there(app: &App, grant: &Grant<Read>, commit: &Oid, path: &str) -> Answer<bool> {
    match pull::locate(&app.commons, grant, &commit.to_string(), path, false).await {
        Ok(_) => Ok(true),
        Err(Refusal::NoEntry { .. }) => Ok(false),
        Err(refusal) => Err(refusal.into()),
    }
}

fn otherwise(form: &Form) -> String {
    format!("Add {}", form.text("path"))
}

/// `POST …/new/{rev}`.
pub(crate) async fn make(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    LongForm(form): LongForm,
) -> Answer<Response> {
    let mut desk = Desk::open(&app, &place, otherwise(&form)).await?;
    desk.saving = desk.saving.filled(&form);
    let parent = saving::parent(&form)?;
    let (path, text) = (form.text("path").to_owned(), saving::lines(form.exact("text")));
    let there = match is_there(&app, &desk.read, &parent, &path).await {
        Err(Failure(Refusal::NoRevision(_))) => Err(Refusal::Stale.into()),
        other => other,
    };
    let outcome = match there {
        Ok(true) => Err(Refusal::Conflict(format!("{path} is there already; change that file.")).into()),
        Ok(false) => desk.commit(&app, &path, text.clone(), parent).await,
        Err(failure) => Err(failure),
    };
    let refusal = match outcome {
        Ok(committed) => {
            let urls = super::urls::RepoUrls::new(desk.grant.repo().kind, &desk.grant.repo().full_name());
            return Ok(desk.saving.done(&committed, &urls, |revision| urls.blob(revision, &path)));
        }
        Err(Failure(refusal)) => refusal,
    };
    let opened = desk.at(&app, &visit).await?;
    let newest = opened.commit.oid;
    let stale = matches!(refusal, Refusal::Stale);
    let (now, wrong) = match refusal {
        Refusal::Stale => (Now::Moved, Wrong::default()),
        refusal => (Now::Newest, saving::fault("path", refusal)?),
    };
    let sheet = Sheet { path, new: true, text, mixed: false, now, wrong };
    let page = Page(sheet.page(&visit, desk.saving, opened, if stale { newest } else { parent }));
    Ok(if stale { saving::stale(page.into_response()) } else { page.into_response() })
}

#[cfg(test)]
impl EditPage {
    /// A file changed and a new one, each with its faults, and what others did meanwhile.
    pub(crate) fn samples() -> Vec<EditPage> {
        use super::samples::{OID, head, member, proposing, saving, text, wrong};
        use seedcorn_core::repo::RepoKind::Code;
        let page = |saving, new, now, wrong| EditPage {
            frame: member(Here::Kind(Code)),
            head: head(Code, Tab::Files),
            saving,
            path: text(),
            new,
            text: text(),
            mixed: !new,
            parent: OID.into(),
            now,
            wrong,
        };
        vec![
            page(saving(), false, Now::Newest, wrong("text")),
            page(saving(), true, Now::Newest, wrong("path")),
            page(proposing(), true, Now::Moved, wrong("summary")),
            page(proposing(), false, Now::Gone, wrong("description")),
            page(saving(), false, Now::Changed(text()), Wrong::default()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_stay_what_they_are() {
        let text = |bytes: &[u8]| Text::of(bytes.to_vec()).unwrap_or_default();
        for (bytes, crlf, mixed) in [
            (&b"a\nb\n"[..], false, false),
            (b"a\r\nb\r\n", true, false),
            (b"a\r\nb\r\nc\n", true, true),
            (b"a\nb\nc\r\n", false, true),
            (b"a\rb", false, true),
            (b"", false, false),
            (b"a", false, false),
        ] {
            let read = text(bytes);
            assert_eq!((read.crlf, read.mixed), (crlf, mixed), "{bytes:?}");
            // What a browser sends of it.
            let sent = read.text.replace('\n', "\r\n");
            if !mixed {
                assert_eq!(read.as_sent(&sent).as_bytes(), bytes);
            }
        }
        assert_eq!(Text::of(b"a\0b".to_vec()), None);
        assert_eq!(Text::of(b"\xff".to_vec()), None);
    }
}
