//! What the page of a work shows of papers and code: who wrote it, what it stands on, what stands on it, its releases, and
//! how it is cited.

use std::sync::Arc;

use seedcorn_commons::access::Read;
use seedcorn_commons::browse::{self, Listing};
use seedcorn_commons::citation;
use seedcorn_commons::publish::refs;
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::{limits, paper};

use super::cite;
use super::head::Opened;
use super::raw;
use super::show::{Bytes, When};
use super::standing::{self, Around, Link};
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// Authors named at once; the others are a fold away.
const AUTHORS: usize = 12;
/// Files that say under which terms code may be used, as most projects call them.
const LICENSE_FILES: [&str; 5] = ["LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING", "LICENCE"];

/// Somebody who wrote a paper.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) name: String,
    pub(crate) affiliation: String,
    /// Their ORCID iD and its page.
    pub(crate) orcid: Option<Link>,
}

/// The PDF of a paper.
#[derive(Clone, Debug)]
pub(crate) struct Pdf {
    pub(crate) path: String,
    pub(crate) page: String,
    /// Where everybody finds it, if the repo is open.
    pub(crate) file: String,
    /// Where this reader gets it.
    pub(crate) address: String,
    pub(crate) size: Bytes,
}

/// What stands above the card of a paper.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    pub(crate) facts: Facts,
    pub(crate) first: Vec<Writer>,
    pub(crate) more: Vec<Writer>,
    pub(crate) paragraphs: Vec<String>,
    /// When and where it came out.
    pub(crate) came_out: String,
    pub(crate) links: Vec<Link>,
    pub(crate) pdf: Option<Pdf>,
    /// By which search machines and reference managers know a paper: names and values.
    pub(crate) metas: Vec<(&'static str, String)>,
}

impl Paper {
    /// The abstract's beginning, for previews.
    pub(crate) fn about(&self) -> String {
        let text = self.facts.abstract_text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(200) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}

/// A release of code: a tag.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) tree: String,
    pub(crate) commit: Link,
    pub(crate) when: When,
}

/// What stands beside the card of code.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) releases: Vec<Release>,
    pub(crate) all: usize,
    /// Where all of them are.
    pub(crate) refs: String,
    pub(crate) license: Option<Link>,
}

/// What the page of a work shows besides its card.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    pub(crate) paper: Option<Paper>,
    pub(crate) code: Option<Code>,
    /// What it stands on, and what on it.
    pub(crate) around: Arc<Around>,
    /// Where all that stands on it is listed.
    pub(crate) all_standing: String,
    /// Its entry for a list of references.
    pub(crate) bibtex: String,
    /// The same as a file, and its CITATION.cff.
    pub(crate) bib: String,
    pub(crate) cff: String,
}

/// Gathers it; `read` is there for those who may read the files.
pub(crate) async fn of(
    app: &App,
    visit: &Visit,
    opened: &Opened,
    read: Option<&Grant<Read>>,
) -> Answer<Work> {
    let says = citation::says(&app.commons, read, &opened.commit, &opened.card).await?;
    let row = opened.grant.repo();
    Ok(Work {
        paper: match row.kind {
            RepoKind::Paper => Some(paper_view(app, visit, opened, read, says.shown()).await?),
            _ => None,
        },
        code: match row.kind {
            RepoKind::Code => Some(code_view(app, visit, opened).await?),
            _ => None,
        },
        around: standing::around(app, visit, opened).await?,
        all_standing: opened.head.urls.standing(),
        bibtex: cite::bibtex(app, visit, &opened.grant, &opened.commit, &says).await?,
        bib: opened.head.urls.cite("bib", opened.head.revision()),
        cff: opened.head.urls.cite("cff", opened.head.revision()),
    })
}

async fn paper_view(
    app: &App,
    visit: &Visit,
    opened: &Opened,
    read: Option<&Grant<Read>>,
    facts: Facts,
) -> Answer<Paper> {
    let writer = |author: &paper::Author| Writer {
        name: author.name.clone(),
        affiliation: author.affiliation.clone(),
        orcid: author.orcid.as_ref().map(|id| Link { text: id.to_string(), href: id.address() }),
    };
    let mut first: Vec<Writer> = facts.authors.iter().map(writer).collect();
    let more = if first.len() > AUTHORS { first.split_off(AUTHORS) } else { Vec::new() };
    let date = facts.published.map(|date| date.to_string()).unwrap_or_default();
    let came_out = [date, facts.venue.clone()].into_iter().filter(|part| !part.is_empty());
    let arxiv = facts.arxiv.as_ref().map(|id| Link { text: format!("arXiv:{id}"), href: id.address() });
    let doi = facts.doi.as_ref().map(|doi| Link { text: format!("doi:{doi}"), href: doi.address() });
    let pdf = match read {
        Some(read) => pdf(app, opened, read).await?,
        None => None,
    };
    let metas = metas(visit, &facts, pdf.as_ref());
    Ok(Paper {
        metas,
        first,
        more,
        paragraphs: facts
            .abstract_text
            .split("\n\n")
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
        came_out: came_out.collect::<Vec<_>>().join(", "),
        links: arxiv.into_iter().chain(doi).collect(),
        pdf,
        facts,
    })
}

fn metas(visit: &Visit, facts: &Facts, pdf: Option<&Pdf>) -> Vec<(&'static str, String)> {
    let mut metas = vec![("citation_title", facts.title.clone())];
    let names = facts.authors.iter().take(AUTHORS).map(|author| author.name.clone());
    metas.extend(names.map(|name| ("citation_author", name)));
    let date = facts.published.map(|date| date.to_string().replace('-', "/"));
    metas.push(("citation_publication_date", date.unwrap_or_default()));
    metas.push(("citation_journal_title", facts.venue.clone()));
    metas.push(("citation_arxiv_id", facts.arxiv.as_ref().map(ToString::to_string).unwrap_or_default()));
    metas.push(("citation_doi", facts.doi.as_ref().map(ToString::to_string).unwrap_or_default()));
    metas
        .push(("citation_pdf_url", pdf.map(|pdf| format!("{}{}", visit.base, pdf.file)).unwrap_or_default()));
    metas.retain(|(_, value)| !value.is_empty());
    metas
}

/// The first PDF of the top folder, `paper.pdf` before all others.
async fn pdf(app: &App, opened: &Opened, read: &Grant<Read>) -> Answer<Option<Pdf>> {
    let what = Listing { path: "", recursive: false, after: None, limit: limits::PDF_LOOKED_THROUGH_MAX };
    let entries = browse::list(&app.commons, &opened.grant, &opened.commit, &what).await?;
    let is_pdf = |path: &str| path.to_ascii_lowercase().ends_with(".pdf");
    let found = entries.iter().filter(|entry| !entry.folder && is_pdf(&entry.path));
    let first = found.min_by_key(|entry| (entry.path != "paper.pdf", entry.path.clone()));
    let (urls, revision) = (&opened.head.urls, opened.head.revision());
    let pdf = first.map(|entry| {
        Ok::<Pdf, Refusal>(Pdf {
            path: entry.path.clone(),
            page: urls.blob(revision, &entry.path),
            file: urls.resolve(revision, &entry.path),
            address: raw::address(app, read, &opened.commit.oid, &entry.path)?,
            size: Bytes(entry.bytes),
        })
    });
    Ok(pdf.transpose()?)
}

async fn code_view(app: &App, visit: &Visit, opened: &Opened) -> Answer<Code> {
    let (tags, all) = refs::releases(&app.commons, &opened.grant).await?;
    let urls = &opened.head.urls;
    let releases = tags.into_iter().map(|tag| {
        let name = tag.name.strip_prefix(refs::TAGS).unwrap_or(&tag.name).to_owned();
        let oid = tag.target.to_string();
        let short = oid.get(..7).unwrap_or_default().to_owned();
        let commit = Link { text: short, href: urls.commit(&oid) };
        Release { tree: urls.tree(&name, ""), name, commit, when: When { at: tag.moved, now: visit.now } }
    });
    let paths = LICENSE_FILES.map(str::to_owned);
    let files = browse::at_paths(&app.commons, &opened.grant, &opened.commit, &paths).await?;
    let license = files
        .iter()
        .find(|file| !file.folder)
        .map(|file| Link { text: file.path.clone(), href: urls.blob(opened.head.revision(), &file.path) });
    Ok(Code { releases: releases.collect(), all, refs: urls.refs(), license })
}

#[cfg(test)]
impl Work {
    /// Of a paper and of code, each with all that there can be.
    pub(crate) fn samples() -> [Work; 2] {
        use super::samples::{OID, href, text, when};
        let link = || Link { text: text(), href: href() };
        let writer = |orcid| Writer { name: text(), affiliation: text(), orcid };
        let paper = Paper {
            facts: Facts::default(),
            first: vec![writer(Some(link())), writer(None)],
            more: vec![writer(None)],
            paragraphs: vec![text(), text()],
            came_out: text(),
            links: vec![link()],
            pdf: Some(Pdf { path: text(), page: href(), file: href(), address: href(), size: Bytes(4200) }),
            metas: vec![("citation_title", text()), ("citation_author", text())],
        };
        let commit = Link { text: OID[..7].to_owned(), href: href() };
        let release = Release { name: text(), tree: href(), commit, when: when() };
        let code = |releases: Vec<Release>| Code { releases, all: 9, refs: href(), license: Some(link()) };
        let work = |paper, code| Work {
            paper,
            code: Some(code),
            around: Arc::new(Around::sample()),
            all_standing: href(),
            bibtex: text(),
            bib: href(),
            cff: href(),
        };
        [work(Some(paper), code(Vec::new())), work(None, code(vec![release]))]
    }
}
