//! What the page of a work shows of what it stands on: models, papers, code; and of what stands on it.

use std::sync::Arc;

use seedcorn_commons::kept::Weighed;
use seedcorn_commons::list::Item;
use seedcorn_commons::{bases, papers, standing};
use seedcorn_core::card::{self, Relation};
use seedcorn_core::paper::{self, Cited, Facts};
use seedcorn_core::repo::RepoKind;

use super::entry::{self, plural_word};
use super::head::Opened;
use super::made::Key;
use super::show::Count;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// Repos that are listed of each group that stands on a work.
const SHOWN: usize = 12;

/// A link with its text.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: String,
}

/// A model that a model builds on, itself or through others.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) name: String,
    /// Its page, if it is here.
    pub(crate) href: Option<String>,
    /// The base that builds on it, if it is not the model itself.
    pub(crate) under: Option<String>,
    pub(crate) relation: &'static str,
}

/// Works of one kind that stand on this one in one way.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) heading: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) total: Count,
    pub(crate) works: Vec<Link>,
    /// How many are not listed.
    pub(crate) left: u64,
    /// How many models build on these, in words; empty if none does.
    pub(crate) deeper: String,
}

/// For how long strangers are told the same, though another process changed it, in microseconds.
const TOLD_MICROS: i64 = 10_000_000;

/// What a work builds on, and what stands on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    /// Papers that its card names, and whether they are here.
    pub(crate) papers: Vec<(Link, bool)>,
    /// Code that its card names, which may not be here.
    pub(crate) made_with: Vec<(String, Option<String>)>,
    pub(crate) bases: Vec<Base>,
    /// Whether it builds on more than are told.
    pub(crate) more_bases: bool,
    pub(crate) standing: Vec<Standing>,
}

impl Weighed for Around {
    fn bytes(&self) -> usize {
        let links = self.standing.iter().flat_map(|group| &group.works);
        let links: usize = links.map(|link| link.text.len() + link.href.len() + 48).sum();
        links
            + (self.bases.len() + self.papers.len() + self.made_with.len()) * 256
            + self.standing.len() * 128
    }
}

/// What a work builds on, and what stands on it, as the visitor may see it. Strangers all see the same, which is kept for a
/// while.
pub(super) async fn around(app: &App, visit: &Visit, opened: &Opened) -> Answer<Arc<Around>> {
    let key = match visit.actor {
        None => Key::of(opened.grant.repo(), opened.head.revision(), "", opened.commit.oid),
        Some(_) => None,
    };
    let key = key.map(|key| (key, app.commons.epoch(), visit.now.0 / TOLD_MICROS));
    if let Some(known) = key.as_ref().and_then(|key| app.made.around.get(key)) {
        return Ok(known);
    }
    let (bases, more_bases) = bases(app, visit, opened).await?;
    let names = paper::code(&opened.metadata);
    let made_with = papers::code(&app.commons, visit.actor.as_ref(), &names).await?;
    let around = Around {
        papers: papers_named(app, visit, opened).await?,
        made_with: made_with.into_iter().map(|(name, item)| (name, item.as_ref().map(page))).collect(),
        bases,
        more_bases,
        standing: on(app, visit, opened).await?,
    };
    Ok(match key {
        Some(key) => app.made.around.put(key, around),
        None => Arc::new(around),
    })
}

/// The papers that a work's card names.
async fn papers_named(app: &App, visit: &Visit, opened: &Opened) -> Answer<Vec<(Link, bool)>> {
    let tags: Vec<String> = serde_json::from_str(&opened.card.tags).unwrap_or_default();
    // What a paper's own tags name is the paper itself; what it cites is spelled otherwise.
    let cited: Vec<String> = match opened.head.kind {
        RepoKind::Paper => tags
            .iter()
            .filter(|tag| tag.starts_with("paper:") || tag.starts_with("cites:"))
            .map(|tag| tag.replacen("cites:arxiv:", "arxiv:", 1))
            .collect(),
        _ => tags,
    };
    let named = papers::named(&app.commons, visit.actor.as_ref(), &cited).await?;
    Ok(named.into_iter().map(named_link).collect())
}

fn named_link(named: papers::Named) -> (Link, bool) {
    if let Some(item) = &named.repo {
        return (link(item), true);
    }
    let elsewhere = match &named.said {
        Cited::Arxiv(id) => Link { text: format!("arXiv:{id}"), href: id.address() },
        Cited::Doi(doi) => Link { text: doi.to_string(), href: doi.address() },
        // It is not here, or hidden, which looks alike.
        Cited::Repo(name) => Link { text: name.clone(), href: String::new() },
    };
    (elsewhere, false)
}

/// What a model builds on, level by level, and whether there is more.
async fn bases(app: &App, visit: &Visit, opened: &Opened) -> Answer<(Vec<Base>, bool)> {
    if opened.head.kind != RepoKind::Model {
        return Ok((Vec::new(), false));
    }
    let (actor, work) = (visit.actor.as_ref(), opened.grant.repo());
    let bases::Bases { told, more } = bases::tree(&app.commons, actor, work, &opened.metadata).await?;
    let base = |base: bases::Base| Base {
        href: base.repo.as_ref().map(page),
        name: base.name,
        under: base.under,
        relation: base.relation.word(),
    };
    Ok((told.into_iter().map(base).collect(), more))
}

/// What stands on a work, in groups of which none is empty.
async fn on(app: &App, visit: &Visit, opened: &Opened) -> Answer<Vec<Standing>> {
    let facts = Facts::of_card(&opened.metadata);
    let of = opened.grant.repo();
    let all = standing::on(&app.commons, visit.actor.as_ref(), of, &facts).await?;
    let all = all.into_iter().filter(|group| group.total > 0);
    Ok(all.map(|group| view(of.kind, group)).collect())
}

fn view(of: RepoKind, group: standing::Standing) -> Standing {
    let works: Vec<Link> = group.items.iter().take(SHOWN).map(link).collect();
    Standing {
        heading: heading(of, &group),
        icon: entry::icon(group.kind),
        total: Count(group.total),
        left: group.total.saturating_sub(works.len() as u64),
        deeper: match group.deeper {
            0 => String::new(),
            1 => "1 model builds on these".to_owned(),
            many => format!("{} models build on these", Count(many)),
        },
        works,
    }
}

fn heading(of: RepoKind, group: &standing::Standing) -> &'static str {
    match (group.relation, of) {
        (Some(Relation::Finetune), _) => "Fine-tunes",
        (Some(Relation::Adapter), _) => "Adapters",
        (Some(Relation::Merge), _) => "Merges",
        (Some(Relation::Quantized), _) => "Quantised",
        (None, RepoKind::Dataset) if group.kind == RepoKind::Model => "Models trained on it",
        (None, _) => plural_word(&group.kind),
    }
}

fn page(item: &Item) -> String {
    RepoUrls::new(item.repo.kind, &item.repo.full_name()).card().to_owned()
}

/// A listed paper by its title, anything else by its name.
fn link(item: &Item) -> Link {
    let metadata: card::Metadata = serde_json::from_str(&item.card.card).unwrap_or_default();
    let title = match item.repo.kind {
        RepoKind::Paper => Facts::of_card(&metadata).title,
        _ => String::new(),
    };
    let text = if title.is_empty() { item.repo.full_name() } else { title };
    Link { text, href: page(item) }
}

#[cfg(test)]
impl Around {
    /// All that there can be.
    pub(crate) fn sample() -> Around {
        use super::samples::{href, text};
        let link = |href| Link { text: text(), href };
        Around {
            papers: vec![(link(href()), true), (link(href()), false), (link(String::new()), false)],
            made_with: vec![(text(), Some(href())), (text(), None)],
            bases: Base::samples(),
            more_bases: true,
            standing: Standing::samples(),
        }
    }
}

#[cfg(test)]
impl Base {
    /// One that is here, one that is not, and one that a base builds on.
    fn samples() -> Vec<Base> {
        use super::samples::{href, text};
        let base = |here, under| Base { name: text(), href: here, under, relation: "finetune" };
        vec![base(Some(href()), None), base(None, None), base(Some(href()), Some(text()))]
    }
}

#[cfg(test)]
impl Standing {
    /// A group that is longer than the page, on which others build, and one that is not.
    fn samples() -> Vec<Standing> {
        use super::samples::{HOSTILE, href, text};
        let works = vec![Link { text: text(), href: href() }, Link { text: text(), href: href() }];
        let (heading, icon, total) = (HOSTILE, "model", Count(1200));
        let group = |left, deeper| Standing { heading, icon, total, works: works.clone(), left, deeper };
        vec![group(7, text()), group(0, String::new())]
    }
}
