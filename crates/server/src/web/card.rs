//! A repo's front page: its card, how to use it, and what is known of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Redirect;
use seedcorn_commons::access::{Read, See};
use seedcorn_commons::browse::{self, Listing};
use seedcorn_commons::model_size::{Says, model_size};
use seedcorn_commons::{Grant, Refusal, compute, likes, pull, repo, scan};
use seedcorn_core::access::Action;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::scan::Verdict;
use seedcorn_core::{card, limits};
use seedcorn_formats::model_size::figure;

use super::blob::InRepo;
use super::browse as browse_page;
use super::changes;
use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::gate::{self, Gate, Stands};
use super::head::{self, Head, Opened, Tab};
use super::highlight::highlight;
use super::made::{Card, Key};
use super::markdown::{self, Rendered};
use super::proven::{self, Proven};
use super::saving;
use super::show::{Bytes, Count, Shares};
use super::signatures::{self, Signed};
use super::snippets::{Snippet, Use, snippets};
use super::urls::RepoUrls;
use super::visit::Visit;
use super::work::{self, Work};
use crate::app::App;
use crate::finding::described;
use crate::place::Place;
use crate::refuse::Answer;

/// What stands in the place of the card.
#[derive(Debug)]
pub(crate) enum Text {
    /// The card.
    Card(Arc<Rendered>),
    /// The revision has none.
    None,
    /// Its files need a grant.
    Gated(Gate),
}

/// What of a work may harm whoever loads it.
#[derive(Clone, Debug)]
pub(crate) struct Warned {
    /// Files that are dangerous to open, and their pages.
    dangerous: Vec<(String, String)>,
    /// Programs that are run by whoever loads it and trusts it to.
    runs: Vec<String>,
}

/// Files that are named above a card.
const DANGEROUS_SHOWN: usize = 5;

/// What was found in the revision that is shown, if it was looked into.
async fn warned(app: &App, opened: &Opened) -> Answer<Option<Warned>> {
    let summary = scan::of_commit(&app.commons, &opened.grant, &opened.commit.oid).await?;
    Ok(summary.map(|summary| {
        let files = summary.files.into_iter().filter(|(_, verdict)| *verdict == Verdict::Dangerous);
        let page = |path: String| (opened.head.urls.blob(opened.head.revision(), &path), path);
        let dangerous =
            files.take(DANGEROUS_SHOWN).map(|(path, _)| page(path)).map(|(href, path)| (path, href));
        Warned { dangerous: dangerous.collect(), runs: summary.runs }
    }))
}

/// Tags that are shown; a list has room for all of them.
const TAGS_SHOWN: usize = 60;

/// A line of facts.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    name: &'static str,
    value: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "card.html")]
pub(crate) struct CardPage {
    frame: Frame,
    head: Head,
    text: Text,
    /// What to copy, with highlighted code.
    uses: Vec<(Snippet, String)>,
    facts: Vec<Fact>,
    /// Tags, each with the list of all that have it.
    tags: Vec<(String, String)>,
    /// How many are left out.
    more_tags: usize,
    /// What it builds on, what stands on it, papers and code, and how it is cited.
    work: Work,
    /// Whether the revision stands in the log.
    logged: Option<Proven>,
    /// Who signed it.
    signed: Option<Signed>,
    /// What of it may harm whoever loads it.
    warned: Option<Warned>,
    /// How to fill the repo, while it is empty, for those who may.
    fill: bool,
    /// Where the card is changed, for those who may.
    edit: Option<String>,
}

/// `GET …/{ns}/{name}`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<CardPage>> {
    page(app, visit, place, "main").await
}

/// `GET …/card/{rev}`.
pub(crate) async fn at(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<CardPage>> {
    let revision = place.part("rev").to_owned();
    page(app, visit, place, &revision).await
}

/// `POST …/like`: the visitor likes it, or likes it no more.
pub(crate) async fn like(State(app): State<App>, visit: Visit, place: Place, form: Form) -> Answer<Redirect> {
    visit.member()?;
    let grant = place.grant::<See>(&app).await?;
    likes::like(&app.commons, &grant, form.text("liked") != "no").await?;
    Ok(Redirect::to(RepoUrls::new(grant.repo().kind, &grant.repo().full_name()).card()))
}

async fn page(app: App, visit: Visit, place: Place, revision: &str) -> Answer<Page<CardPage>> {
    let (see, read) = changes::grants(&app, &place).await?;
    let mut opened = head::open(&app, &visit, see, revision, Tab::Card).await?;
    if revision != "main"
        && let Some(read) = &read
    {
        let card = repo::card_at(&app.commons, read, &opened.commit).await?;
        opened.take_card(card);
    }
    let text = match &read {
        Some(grant) => readme(&app, grant, &opened).await?,
        None => Text::Gated(gate::of(&app, &opened).await?),
    };
    let weighed = browse::weighed(&app.commons, &opened.grant).await?;
    let stored = match weighed {
        Some(weighed) => weighed.stored,
        None => browse::total_bytes(&app.commons, &opened.grant).await?,
    };
    let weight = (stored, weighed.map(|weighed| weighed.only_here));
    let size = match &read {
        Some(grant) if opened.head.kind == RepoKind::Model => {
            model_size(&app.commons, grant, &opened.commit).await?.unwrap_or_default()
        }
        _ => Arc::new(Says::default()),
    };
    let facts = facts(&opened, weight, &size);
    let tags: Vec<String> = serde_json::from_str(&opened.card.tags).unwrap_or_default();
    let more_tags = tags.len().saturating_sub(TAGS_SHOWN);
    let tag = |tag: String| (tag.clone(), browse_page::tagged(opened.head.kind, &tag));
    let tags = tags.into_iter().take(TAGS_SHOWN).map(tag).collect();
    let work = work::of(&app, &visit, &opened, read.as_ref()).await?;
    let logged = proven::of(&app, &visit, &opened).await?;
    let signed = signatures::of(&app, &opened).await?;
    let warned = warned(&app, &opened).await?;
    let mut frame = frame(&opened, &visit, &text);
    if let Some(about) = work.paper.as_ref().map(work::Paper::about).filter(|about| !about.is_empty()) {
        frame.about = about;
    }
    if revision == "main" {
        frame.finding.data = described::data(&app, &opened, &visit.base, &frame.about).await?;
    }
    let fill = revision == "main" && opened.grant.may(Action::Write);
    let fill = fill && is_empty(&app, &opened).await?;
    let pdf = work.paper.as_ref().and_then(|paper| paper.pdf.as_ref()).map(|pdf| pdf.path.clone());
    let uses = if fill { Vec::new() } else { uses(&opened, &visit, pdf.as_deref()) };
    let may = read.is_some() && saving::may_commit(&app, &place, &opened.grant, revision).await;
    let edit = may.then(|| opened.head.urls.edit_card(revision));
    let head = opened.head;
    Ok(Page(CardPage {
        frame,
        text,
        uses,
        facts,
        tags,
        more_tags,
        work,
        logged,
        signed,
        warned,
        fill,
        edit,
        head,
    }))
}

/// Whether there is nothing but what a repo begins with.
async fn is_empty(app: &App, opened: &Opened) -> Answer<bool> {
    let what = Listing { path: "", recursive: false, after: None, limit: 3 };
    let entries = browse::list(&app.commons, &opened.grant, &opened.commit, &what).await?;
    Ok(entries.iter().all(|entry| matches!(entry.path.as_str(), ".gitattributes" | "README.md")))
}

async fn readme(app: &App, grant: &Grant<Read>, opened: &Opened) -> Answer<Text> {
    let key = Key::of(grant.repo(), opened.head.revision(), "", opened.commit.oid);
    let card = match key.as_ref().and_then(|key| app.made.cards.get(key)) {
        Some(kept) => kept.0.clone(),
        None => {
            let card = rendered(app, grant, opened).await?;
            if let Some(key) = key {
                app.made.cards.put(key, Card(card.clone()));
            }
            card
        }
    };
    Ok(card.map_or(Text::None, Text::Card))
}

async fn rendered(app: &App, grant: &Grant<Read>, opened: &Opened) -> Answer<Option<Arc<Rendered>>> {
    let commit = opened.commit.oid.to_string();
    let located = match pull::locate(&app.commons, grant, &commit, "README.md", true).await {
        Ok(located) => located,
        Err(Refusal::NoEntry { .. }) => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let bytes = pull::beginning(&app.commons, &located, limits::CARD_BYTES_MAX as u64).await?;
    let links = InRepo::new(app, grant, opened.commit.oid, opened.head.revision(), "");
    let rendered = compute(move || {
        let source = String::from_utf8_lossy(&bytes);
        markdown::render(card::split(&source).body, &links)
    });
    Ok(Some(Arc::new(rendered.await?)))
}

/// The description in previews is the card's first sentence where there is one.
fn frame(opened: &Opened, visit: &Visit, text: &Text) -> Frame {
    let mut frame = opened.frame(visit, "");
    if let Text::Card(card) = text
        && !card.first_paragraph.is_empty()
    {
        frame.about = card.first_paragraph.clone();
    }
    frame
}

fn uses(opened: &Opened, visit: &Visit, file: Option<&str>) -> Vec<(Snippet, String)> {
    let commit = opened.commit.oid.to_string();
    let library = card::library_name(&opened.metadata);
    let adapter = library == Some("peft");
    let bases: Vec<&str> = card::texts(&opened.metadata, "base_model").collect();
    let task = card::pipeline_tag(&opened.metadata);
    let of = Use {
        kind: opened.head.kind,
        full_name: &opened.head.full_name(),
        base: &visit.base,
        revision: &commit[..12],
        library,
        task,
        file: file.unwrap_or("README.md"),
        adapter_of: bases.first().copied().filter(|_| adapter),
    };
    let all = snippets(&of).into_iter();
    all.map(|snippet| (snippet.clone(), highlight(snippet.language, &snippet.code))).collect()
}

fn facts(opened: &Opened, (stored, only_here): (i64, Option<i64>), size: &Says) -> Vec<Fact> {
    let list = |key| card::texts(&opened.metadata, key).take(12).collect::<Vec<_>>().join(", ");
    let bytes = |bytes: i64| Bytes(bytes.unsigned_abs()).to_string();
    let downloads = u64::try_from(opened.grant.repo().downloads).unwrap_or_default();
    // What is in safetensors is the model itself, a GGUF beside it one rendering of it.
    let parameters = size.safetensors.as_ref().or(size.gguf.as_ref().map(|(parameters, _)| parameters));
    let gguf = size.gguf.as_ref().map(|(_, facts)| facts);
    let context = gguf.and_then(|facts| facts.context_length);
    let all = [
        ("Parameters", parameters.map(|size| figure(size.total)).unwrap_or_default()),
        ("Types", parameters.map(|size| Shares(&size.by_dtype, size.total).to_string()).unwrap_or_default()),
        ("Architecture", gguf.and_then(|facts| facts.architecture.clone()).unwrap_or_default()),
        ("Quantisation", gguf.and_then(|facts| facts.quantisation.clone()).unwrap_or_default()),
        ("Context", context.map(|tokens| format!("{} tokens", Count(tokens))).unwrap_or_default()),
        ("Task", card::pipeline_tag(&opened.metadata).unwrap_or_default().replace('-', " ")),
        ("Library", card::library_name(&opened.metadata).unwrap_or_default().to_owned()),
        ("Licence", list("license")),
        ("Languages", list("language")),
        ("Models", list("models")),
        ("Datasets", list("datasets")),
        ("Downloads", Count(downloads).to_string()),
        ("Stored", bytes(stored)),
        ("Only here", only_here.map(bytes).unwrap_or_default()),
        ("Made", opened.grant.repo().created.date()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| Fact { name, value }).collect()
}

#[cfg(test)]
impl CardPage {
    /// A paper and code with a card, repos to be filled, one without a card, and one whose files are not for everybody.
    pub(crate) fn samples() -> Vec<CardPage> {
        use super::samples::{HOSTILE, OID, head, href, member, prose, stranger, text};
        let uses = |kind| {
            let (base, library, task) = ("https://hub.example", Some("transformers"), Some(HOSTILE));
            let of = Use {
                kind,
                full_name: HOSTILE,
                base,
                revision: OID,
                library,
                task,
                file: HOSTILE,
                adapter_of: None,
            };
            let all = snippets(&of).into_iter();
            all.map(|snippet| (snippet.clone(), highlight(snippet.language, &snippet.code))).collect()
        };
        let page = |kind, text_of, work, fill, edit| CardPage {
            frame: member(Here::Kind(kind)),
            head: head(kind, Tab::Card),
            text: text_of,
            uses: uses(kind),
            facts: vec![Fact { name: HOSTILE, value: text() }],
            tags: vec![(text(), href()), (text(), href())],
            more_tags: 3,
            work,
            logged: None,
            signed: None,
            warned: Some(Warned {
                dangerous: vec![(text(), href()), (text(), href())],
                runs: vec![text(), text()],
            }),
            fill,
            edit,
        };
        let card = || Text::Card(Arc::new(prose()));
        let fill = |kind| page(kind, Text::None, Work::default(), true, Some(href()));
        let gated = |gate| CardPage {
            frame: stranger(Here::Kind(RepoKind::Model)),
            head: Head { title: None, private: false, at: None, ..head(RepoKind::Model, Tab::Card) },
            tags: Vec::new(),
            ..page(RepoKind::Model, Text::Gated(gate), Work::default(), false, None)
        };
        let [paper, code] = Work::samples();
        let [witnessed, alone, soon, never] = Proven::samples().map(Some);
        let [own, other, somebody, wrong] = Signed::samples().map(Some);
        let mut all = vec![
            CardPage {
                logged: witnessed,
                signed: own,
                ..page(RepoKind::Paper, card(), paper, false, Some(href()))
            },
            CardPage { logged: alone, signed: other, ..page(RepoKind::Code, card(), code, false, None) },
            CardPage {
                logged: soon,
                signed: somebody,
                ..page(RepoKind::Model, card(), Work::default(), false, Some(href()))
            },
            CardPage { logged: never, signed: wrong, ..gated(Gate::samples()[0].clone()) },
        ];
        all.extend(RepoKind::ALL.map(fill));
        all.extend(Gate::samples().map(gated));
        all
    }
}
