//! Files sent from a browser: a form that works without script, and does more with it.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use seedcorn_commons::access::{Propose, See};
use seedcorn_commons::publish::{Committed, Draft, refs};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::limits;

use super::form::{Form, Wrong, no_nul};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::multipart::Parts;
use super::saving::{self, Saving};
use super::show::{Bytes, Many};
use super::visit::Visit;
use crate::app::App;
use crate::body;
use crate::place::Place;
use crate::refuse::{Answer, Failure};

/// The page.
#[derive(Debug, Template)]
#[template(path = "upload.html")]
pub(crate) struct UploadPage {
    frame: Frame,
    head: Head,
    saving: Saving,
    /// Branches to choose from, the one at hand among them.
    branches: Vec<String>,
    folder: String,
    /// What was wrong with the form that was sent.
    wrong: Wrong,
    most: Bytes,
}

const OTHERWISE: &str = "Upload files";

/// Names a file as the repo will.
fn join(folder: &str, name: &str) -> String {
    match folder.trim_matches('/') {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    grant: &Grant<Propose>,
    saving: Saving,
    folder: String,
) -> Answer<UploadPage> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let all = refs::list(&app.commons, &see).await?;
    let mut branches: Vec<String> = all
        .into_iter()
        .filter_map(|one| one.name.strip_prefix("refs/heads/").map(str::to_owned))
        .take(limits::FORM_BRANCHES_MAX)
        .collect();
    if !branches.contains(&saving.revision) {
        branches.push(saving.revision.clone());
    }
    let opened = head::open(app, visit, see, &saving.revision, Tab::Files).await?;
    Ok(UploadPage {
        frame: opened.frame(visit, "Upload files"),
        head: opened.head,
        saving,
        branches,
        folder,
        wrong: Wrong::default(),
        most: Bytes(limits::UPLOAD_FORM_BYTES_MAX),
    })
}

/// `GET …/upload/{rev}[/{folder}]`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<UploadPage>> {
    let grant = place.grant::<Propose>(&app).await?;
    let saving = Saving::open(&app, &grant, place.part("rev"), OTHERWISE.into()).await?;
    let folder = place.part("path").trim_matches('/').to_owned();
    Ok(Page(page(&app, &visit, &grant, saving, folder).await?))
}

/// A form on its way in: its fields come before its files, as they stand on the page.
struct Arriving<'a> {
    app: &'a App,
    grant: &'a Grant<Propose>,
    parts: Parts,
    fields: Vec<(String, String)>,
    /// Which branch the page was for.
    page_of: &'a str,
    /// What was filled in, once the first file comes.
    saving: Option<Saving>,
    draft: Option<Draft>,
    /// How many files came, and what the first is called.
    files: usize,
    first: String,
}

impl Arriving<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    fn folder(&self) -> String {
        self.field("folder").unwrap_or_default().trim_matches('/').to_owned()
    }

    /// What the fields so far say.
    async fn saving(&mut self) -> Answer<Saving> {
        let branch = self.field("branch").filter(|branch| !branch.is_empty()).unwrap_or(self.page_of);
        let (branch, form) = (branch.to_owned(), Form::of(self.fields.clone()));
        let saving = Saving::open(self.app, self.grant, &branch, OTHERWISE.into()).await?;
        Ok(saving.filled(&form))
    }

    async fn take(&mut self) -> Answer<()> {
        while let Some(part) = self.parts.next().await? {
            match part.file {
                None => {
                    if self.fields.len() >= limits::UPLOAD_FORM_FIELDS_MAX {
                        return Err(Refusal::Invalid("the form has fields that ours has not".into()).into());
                    }
                    let text = self.parts.text(limits::COMMIT_MESSAGE_BYTES_MAX).await?;
                    no_nul(&text)?;
                    self.fields.push((part.name, text));
                }
                // A file field in which nothing was chosen.
                Some(name) if name.is_empty() => {}
                Some(name) => self.file(name).await?,
            }
        }
        Ok(())
    }

    async fn file(&mut self, name: String) -> Answer<()> {
        if self.files >= limits::UPLOAD_FORM_FILES_MAX {
            let max = limits::UPLOAD_FORM_FILES_MAX;
            return Err(Refusal::TooLarge(format!("at most {max} files go in one form")).into());
        }
        if self.draft.is_none() {
            let saving = self.saving().await?;
            self.draft = Some(Draft::begin(&self.app.commons, self.grant.clone(), saving.target()).await?);
            self.saving = Some(saving);
        }
        let path = join(&self.folder(), &name);
        let Some(draft) = &mut self.draft else {
            return Err(Refusal::broken(std::io::Error::other("a file without a draft")).into());
        };
        let room = body::budget()?;
        let taken = draft.put_stream(path, &mut self.parts, limits::UPLOAD_FORM_BYTES_MAX, &room).await;
        if let Err(refusal) = taken {
            return Err(self.parts.take_refusal().unwrap_or(refusal).into());
        }
        if self.files == 0 {
            self.first = name;
        }
        self.files += 1;
        Ok(())
    }

    async fn finish(&mut self) -> Answer<(Saving, Committed)> {
        let draft = self.draft.take().ok_or_else(|| Refusal::Invalid("Choose at least one file.".into()))?;
        let begun = self.saving.take().ok_or_else(|| Refusal::Invalid("Choose at least one file.".into()))?;
        let otherwise = match self.files {
            1 => format!("Upload {}", self.first),
            many => format!("Upload {}", Many(many as u64, "file")),
        };
        // What the commit says may come after the files; where it goes was settled before them.
        let (revision, pull) = (begun.revision.clone(), begun.pull);
        let said = begun.filled(&Form::of(self.fields.clone()));
        let saving = Saving { revision, pull, otherwise, ..said };
        let committed = draft.finish(saving.header(None)).await?;
        Ok((saving, committed))
    }
}

/// `POST …/upload/{rev}[/{folder}]`.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let grant = place.grant::<Propose>(&app).await?;
    let urls = super::urls::RepoUrls::new(grant.repo().kind, &grant.repo().full_name());
    let parts = Parts::new(&headers, body, limits::UPLOAD_FORM_BYTES_MAX)?;
    let mut arriving = Arriving {
        app: &app,
        grant: &grant,
        parts,
        fields: Vec::new(),
        page_of: place.part("rev"),
        saving: None,
        draft: None,
        files: 0,
        first: String::new(),
    };
    let outcome = match arriving.take().await {
        Ok(()) => arriving.finish().await,
        Err(failure) => Err(failure),
    };
    let Failure(refusal) = match outcome {
        Ok((saving, committed)) => {
            let folder = arriving.folder();
            return Ok(saving.done(&committed, &urls, |revision| urls.tree(revision, &folder)));
        }
        Err(failure) => failure,
    };
    let wrong = saving::fault("files", refusal)?;
    let (saving, folder) = (arriving.saving().await?, arriving.folder());
    let page = page(&app, &visit, &grant, saving, folder).await?;
    Ok(Page(UploadPage { wrong, ..page }).into_response())
}

#[cfg(test)]
impl UploadPage {
    /// For somebody who may write, with a fault, and for somebody who may only propose.
    pub(crate) fn samples() -> Vec<UploadPage> {
        use super::samples::{head, member, proposing, saving, text, wrong};
        use seedcorn_core::repo::RepoKind::Space;
        let page = |saving, wrong| UploadPage {
            frame: member(Here::Kind(Space)),
            head: head(Space, Tab::Files),
            saving,
            branches: vec![text(), "main".into()],
            folder: text(),
            wrong,
            most: Bytes(4200),
        };
        vec![page(saving(), wrong("files")), page(proposing(), wrong("summary"))]
    }
}
