//! The card changed as a form: fields of its metadata, and its body. Keys that the form has no field for stay as they are.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use seedcorn_commons::access::{Propose, Read, See};
use seedcorn_commons::{Grant, Refusal, compute};
use seedcorn_core::card::{self, EditError, Field, Metadata, Report};
use seedcorn_core::digest::Oid;
use seedcorn_core::license;
use seedcorn_core::repo::RepoKind;

use super::blob::InRepo;
use super::edit::{self, Text};
use super::form::{Form, LongForm};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::markdown;
use super::saving::{self, Saving};
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::Place;
use crate::refuse::{Answer, Failure};

const PATH: &str = "README.md";
/// The choice that leaves a licence as it is when the list has none like it.
const AS_IT_IS: &str = "=";

/// A field of the form.
#[derive(Debug)]
struct Spec {
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    many: bool,
    kinds: &'static [RepoKind],
}

use RepoKind::{Dataset, Model, Paper};

static SPECS: [Spec; 8] = [
    Spec {
        key: "license",
        label: "Licence",
        hint: "Without one nobody else may use the work.",
        many: false,
        kinds: &RepoKind::ALL,
    },
    Spec {
        key: "language",
        label: "Languages",
        hint: "A code in each line, such as en or zho.",
        many: true,
        kinds: &[Model, Dataset, Paper],
    },
    Spec {
        key: "pipeline_tag",
        label: "Task",
        hint: "Such as text-generation or image-classification.",
        many: false,
        kinds: &[Model],
    },
    Spec {
        key: "library_name",
        label: "Library",
        hint: "What loads it, such as transformers.",
        many: false,
        kinds: &[Model],
    },
    Spec {
        key: "base_model",
        label: "Builds on the models",
        hint: "One in each line, as namespace/name.",
        many: true,
        kinds: &[Model],
    },
    Spec {
        key: "datasets",
        label: "Trained on the datasets",
        hint: "One in each line, as namespace/name.",
        many: true,
        kinds: &[Model],
    },
    Spec {
        key: "task_categories",
        label: "Tasks",
        hint: "One in each line, such as question-answering.",
        many: true,
        kinds: &[Dataset],
    },
    Spec { key: "tags", label: "Tags", hint: "One in each line.", many: true, kinds: &RepoKind::ALL },
];

/// A field as the page shows it.
#[derive(Clone, Debug)]
struct Shown {
    spec: &'static Spec,
    value: String,
}

/// What the checks say, with the fields they say it of.
#[derive(Clone, Debug, Default)]
struct Said(Vec<(&'static str, String)>);

impl Said {
    /// Of the whole card or of keys that the form has no field for.
    fn other(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(key, _)| key.is_empty()).map(|(_, text)| text.as_str())
    }

    /// Of one field.
    fn of(&self, key: &str) -> Option<String> {
        let texts: Vec<&str> =
            self.0.iter().filter(|(of, _)| *of == key).map(|(_, text)| text.as_str()).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    fn from(lines: Vec<String>) -> Said {
        let key = |line: &str| {
            let named = line.strip_prefix('"').and_then(|rest| rest.split(['"', '[', '.']).next());
            SPECS.iter().find(|spec| Some(spec.key) == named).map_or("", |spec| spec.key)
        };
        Said(lines.into_iter().map(|line| (key(&line), line)).collect())
    }
}

/// A look at the card before it is published.
#[derive(Debug)]
struct Preview {
    html: String,
    yaml: String,
    warnings: Vec<String>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "card_edit.html")]
pub(crate) struct CardEditPage {
    frame: Frame,
    head: Head,
    saving: Saving,
    fields: Vec<Shown>,
    licenses: &'static [&'static str],
    /// What the licence is when the list has none like it.
    odd_license: Option<String>,
    body: String,
    parent: String,
    wrong: Said,
    preview: Option<Preview>,
    /// What the card is now, if somebody changed it meanwhile; empty if they did not.
    stale: Option<String>,
}

/// A card at a commit.
struct Was {
    text: Text,
    metadata: Metadata,
}

impl Was {
    async fn at(app: &App, grant: &Grant<Read>, commit: &Oid) -> Answer<Was> {
        let text = match edit::read(app, grant, commit, PATH).await {
            Ok(text) => text,
            Err(Failure(Refusal::NoEntry { .. })) => Text::default(),
            Err(failure) => return Err(failure),
        };
        let source = text.text.clone();
        let metadata = compute(move || card::metadata(card::split(&source).yaml.unwrap_or_default())).await?;
        let metadata = metadata.map_err(|why| {
            Refusal::Unprocessable(format!(
                "The card cannot be changed as a form: {why}. Open {PATH} among the files and change its text."
            ))
        })?;
        Ok(Was { text, metadata })
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        card::texts(&self.metadata, key).collect()
    }

    /// A field's value as the form has it.
    fn shown(&self, spec: &'static Spec) -> Shown {
        let texts = self.texts(spec.key);
        let value = match spec.key {
            "license" => match (&texts[..], self.metadata.contains_key("license")) {
                ([id], _) if license::is_known(id) => (*id).to_owned(),
                (_, true) => AS_IT_IS.to_owned(),
                _ => String::new(),
            },
            _ => texts.join("\n"),
        };
        Shown { spec, value }
    }

    fn odd_license(&self) -> Option<String> {
        let license = self.metadata.get("license")?;
        match &self.texts("license")[..] {
            [id] if license::is_known(id) => None,
            [] => Some(license.to_string()),
            texts => Some(texts.join(", ")),
        }
    }

    fn body(&self) -> &str {
        card::split(&self.text.text).body
    }

    /// What a field is to be; `None` if it stays as it is.
    fn change(&self, shown: &Shown) -> Option<(&'static str, Field)> {
        let key = shown.spec.key;
        let lines: Vec<&str> = shown.value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if key == "license" && lines == [AS_IT_IS] || shown.value == self.shown(shown.spec).value {
            return None;
        }
        if lines == self.texts(key) {
            return None;
        }
        let old = self.metadata.get(key);
        let single = !shown.spec.many
            || key == "base_model" && old.is_none()
            || old.is_some_and(|old| old.is_string());
        let field = match &lines[..] {
            [] => Field::Absent,
            [one] if single => Field::Text((*one).to_owned()),
            many => Field::Texts(many.iter().map(|one| (*one).to_owned()).collect()),
        };
        Some((key, field))
    }

    /// The card as a form has it, and what is to be said of it.
    async fn changed(&self, form: &Filled, kind: RepoKind) -> Answer<Result<(String, Report), EditError>> {
        let changes: Vec<(&'static str, Field)> =
            form.fields.iter().filter_map(|shown| self.change(shown)).collect();
        let (source, body) = (self.text.text.clone(), form.body.clone());
        Ok(compute(move || {
            let edited = card::edit(&source, &changes, &body)?;
            let report = card::validate(&edited, kind);
            Ok((edited, report))
        })
        .await?)
    }
}

/// The form as it was sent.
struct Filled {
    fields: Vec<Shown>,
    body: String,
}

impl Filled {
    fn new(form: &Form, kind: RepoKind) -> Filled {
        let fields = specs(kind).map(|spec| Shown { spec, value: saving::lines(form.text(spec.key)) });
        Filled { fields: fields.collect(), body: saving::lines(form.exact("body")) }
    }
}

fn specs(kind: RepoKind) -> impl Iterator<Item = &'static Spec> {
    SPECS.iter().filter(move |spec| spec.kinds.contains(&kind))
}

/// Everything but the form.
struct Desk<'a> {
    app: &'a App,
    visit: &'a Visit,
    grant: Grant<Propose>,
    read: Grant<Read>,
    saving: Saving,
}

impl<'a> Desk<'a> {
    async fn open(app: &'a App, visit: &'a Visit, place: &Place) -> Answer<Desk<'a>> {
        let grant = place.grant::<Propose>(app).await?;
        let read = grant.lower::<Read>().ok_or(Refusal::Unseen)?;
        let saving = Saving::open(app, &grant, place.part("rev"), "Change the card".into()).await?;
        Ok(Desk { app, visit, grant, read, saving })
    }

    fn kind(&self) -> RepoKind {
        self.grant.repo().kind
    }

    /// The page at the newest commit, as nobody has filled it in; and that commit.
    async fn page(&self) -> Answer<(CardEditPage, Was, Oid)> {
        let see = self.grant.lower::<See>().ok_or(Refusal::Unseen)?;
        let opened = head::open(self.app, self.visit, see, &self.saving.revision, Tab::Card).await?;
        let commit = opened.commit.oid;
        let was = Was::at(self.app, &self.read, &commit).await?;
        let page = CardEditPage {
            frame: opened.frame(self.visit, "Change the card"),
            head: opened.head,
            saving: self.saving.clone(),
            fields: specs(self.kind()).map(|spec| was.shown(spec)).collect(),
            licenses: license::IDS,
            odd_license: was.odd_license(),
            body: was.body().to_owned(),
            parent: commit.to_string(),
            wrong: Said::default(),
            preview: None,
            stale: None,
        };
        Ok((page, was, commit))
    }

    async fn preview(&self, edited: String, warnings: Vec<String>, commit: Oid) -> Answer<Preview> {
        let links = InRepo::new(self.app, &self.read, commit, &self.saving.revision, "");
        Ok(compute(move || {
            let card = card::split(&edited);
            let html = markdown::render(card.body, &links).html;
            Preview { html, yaml: card.yaml.unwrap_or_default().to_owned(), warnings }
        })
        .await?)
    }

    async fn publish(&self, was: &Was, edited: String, parent: Oid) -> Answer<Response> {
        if edited == was.text.text {
            return Err(Refusal::Invalid("Nothing is different.".into()).into());
        }
        let text = was.text.as_sent(&edited);
        let committed = edit::put(self.app, &self.grant, &self.saving, PATH, text, parent).await?;
        let urls = RepoUrls::new(self.kind(), &self.grant.repo().full_name());
        let card = |revision: &str| match revision {
            "main" => urls.card().to_owned(),
            revision => urls.card_at(revision),
        };
        Ok(self.saving.done(&committed, &urls, card))
    }
}

/// `GET …/edit-card/{rev}`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<CardEditPage>> {
    let desk = Desk::open(&app, &visit, &place).await?;
    Ok(Page(desk.page().await?.0))
}

/// `POST …/edit-card/{rev}`: shows it, or publishes it.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    LongForm(form): LongForm,
) -> Answer<Response> {
    let mut desk = Desk::open(&app, &visit, &place).await?;
    desk.saving = desk.saving.filled(&form);
    let parent = saving::parent(&form)?;
    let filled = Filled::new(&form, desk.kind());
    let was = match Was::at(&app, &desk.read, &parent).await {
        Err(Failure(Refusal::NoRevision(_))) => return stale(&desk, filled, None).await,
        was => was?,
    };
    let (wrong, preview) = match was.changed(&filled, desk.kind()).await? {
        Err(why) => (Said(vec![("", told(&why))]), None),
        Ok((edited, report)) if form.text("do") == "preview" => {
            (Said::from(report.errors), Some(desk.preview(edited, report.warnings, parent).await?))
        }
        Ok((_, report)) if !report.errors.is_empty() => (Said::from(report.errors), None),
        Ok((edited, _)) => match desk.publish(&was, edited, parent).await {
            Ok(response) => return Ok(response),
            Err(Failure(Refusal::Stale)) => return stale(&desk, filled, Some(&was)).await,
            Err(Failure(refusal)) => {
                let wrong = saving::fault("text", refusal)?;
                (Said(vec![("", wrong.of("text").unwrap_or_default().to_owned())]), None)
            }
        },
    };
    let (page, _, _) = desk.page().await?;
    let Filled { fields, body } = filled;
    let (parent, odd_license) = (parent.to_string(), was.odd_license());
    Ok(Page(CardEditPage { fields, body, parent, odd_license, wrong, preview, ..page }).into_response())
}

fn told(why: &EditError) -> String {
    match why {
        EditError::Entangled => format!(
            "{why}: open {PATH} among the files. A body that begins with “---” would be read as metadata as well."
        ),
        EditError::Unread(_) => why.to_string(),
    }
}

/// The form shown again, on the newest commit, with what others made of the card.
async fn stale(desk: &Desk<'_>, filled: Filled, was: Option<&Was>) -> Answer<Response> {
    let (page, now, _) = desk.page().await?;
    let same = was.is_some_and(|was| was.text == now.text);
    let stale = Some(if same { String::new() } else { now.text.text });
    let Filled { fields, body } = filled;
    let page = CardEditPage { fields, body, stale, ..page };
    Ok(saving::stale(Page(page).into_response()))
}

#[cfg(test)]
impl CardEditPage {
    /// The form of each kind: with faults and a look at the card, and after others changed the card or something else.
    pub(crate) fn samples() -> Vec<CardEditPage> {
        use super::samples::{OID, head, member, proposing, prose, saving, text};
        let field = |spec: &'static Spec, license: &str| Shown {
            spec,
            value: if spec.key == "license" { license.into() } else { text() },
        };
        let page = |kind, saving, license, stale| CardEditPage {
            frame: member(Here::Kind(kind)),
            head: head(kind, Tab::Card),
            saving,
            fields: specs(kind).map(|spec| field(spec, license)).collect(),
            licenses: license::IDS,
            odd_license: Some(text()),
            body: text(),
            parent: OID.into(),
            wrong: Said(SPECS.iter().map(|spec| spec.key).chain(["", ""]).map(|key| (key, text())).collect()),
            preview: Some(Preview { html: prose().html, yaml: text(), warnings: vec![text(), text()] }),
            stale,
        };
        let plain = CardEditPage {
            odd_license: None,
            wrong: Said::default(),
            preview: None,
            ..page(Dataset, saving(), "mit", None)
        };
        vec![
            page(Model, saving(), AS_IT_IS, Some(text())),
            page(Paper, proposing(), "", Some(String::new())),
            page(RepoKind::Code, saving(), "mit", None),
            plain,
        ]
    }
}
