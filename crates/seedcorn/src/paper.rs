//! `seedcorn paper …`: papers put into a hub from the command line, whether or not a server runs.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use seedcorn_commons::access::Propose;
use seedcorn_commons::repo::{self, Created, NewRepo};
use seedcorn_commons::{Commons, admin, authorize, publish};
use seedcorn_core::access::Actor;
use seedcorn_core::cite::read_bibtex;
use seedcorn_core::paper::{ArxivId, Author, Doi, Facts, Published, read_author_line};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::{license, limits, name};

use crate::admin::on_hub;
use crate::config::Resolved;
use crate::say;

/// `seedcorn paper …`
#[derive(Subcommand, Debug)]
pub(crate) enum Papers {
    /// Make the repo of a paper, with its card, and its PDF if one is given.
    ///
    /// What an option does not say is taken from the first entry of --bib, if that is given. A paper needs a title and an
    /// author. Works on the data folder or the database that the settings name, like `seedcorn admin`; the repo's first
    /// commits are the member's own.
    #[command(after_help = "Examples:
  seedcorn paper add acorn-lab/growth --as ada --title \"On growth\" \\
      --author \"Ada Lovelace <0000-0002-1825-0097>\" --author \"Beth Acton\" --arxiv 2305.18290 --pdf growth.pdf
  seedcorn paper add acorn-lab/growth --as ada --bib growth.bib --license cc-by-4.0 --abstract-file abstract.txt

Afterwards whatever names the paper in its card, by its arXiv id, its DOI or `papers: [acorn-lab/growth]`, is listed on
its page, and leads to it.")]
    Add(Box<Add>),
}

/// `seedcorn paper add …`
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Where: a member or a group, and the paper's name in addresses.
    #[arg(value_name = "NAMESPACE/NAME")]
    repo: String,
    /// Who does it; they must be allowed to make repos in the namespace.
    #[arg(long = "as", value_name = "MEMBER")]
    member: String,
    /// As it is printed.
    #[arg(long)]
    title: Option<String>,
    /// `Name` or `Name <ORCID iD>`; once an author, in their order.
    #[arg(long = "author", value_name = "AUTHOR")]
    authors: Vec<String>,
    /// Its id at arXiv, such as 2305.18290.
    #[arg(long, value_name = "ID")]
    arxiv: Option<String>,
    /// Its DOI, such as 10.1038/s41586-021-03819-2.
    #[arg(long)]
    doi: Option<String>,
    /// When it came out: a year, a month or a day, such as 2024-05-31.
    #[arg(long, value_name = "DATE")]
    published: Option<String>,
    /// The journal or the proceedings.
    #[arg(long)]
    venue: Option<String>,
    /// Under which terms, such as cc-by-4.0.
    #[arg(long, value_name = "ID")]
    license: Option<String>,
    /// A text file with its abstract.
    #[arg(long, value_name = "FILE")]
    abstract_file: Option<PathBuf>,
    /// The paper itself; becomes paper.pdf.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Its entry of a list of references (BibTeX); becomes paper.bib.
    #[arg(long, value_name = "FILE")]
    bib: Option<PathBuf>,
    /// Only its namespace may see it.
    #[arg(long)]
    private: bool,
}

/// Does it, and closes the database.
pub(crate) async fn run(settings: &Resolved, command: Papers) -> anyhow::Result<()> {
    let Papers::Add(add) = command;
    // Whatever is wrong with the command is said before anything is opened.
    let asked = add.asked()?;
    let url = settings.url();
    on_hub(settings, async |hub| {
        let actor = admin::act_as(hub, &add.member).await?;
        let made = make(hub, &actor, asked).await;
        let over = admin::act_no_more(hub, &actor).await;
        say::line(format_args!("{url}/papers/{}", made?))?;
        Ok(over?)
    })
    .await
}

/// What is to be made.
struct Asked {
    new: NewRepo,
    facts: Facts,
    files: Vec<(String, Vec<u8>)>,
}

impl Add {
    fn asked(&self) -> anyhow::Result<Asked> {
        let (owner, name) = name::split_full_name(&self.repo).map_err(|why| anyhow!("{why}"))?;
        let bib = self.bib.as_deref().map(|path| read_text(path, "--bib", limits::BIB_BYTES_MAX as u64));
        let bib = bib.transpose()?;
        let told = match &bib {
            Some(text) => read_bibtex(text).map_err(|why| anyhow!("--bib: {why}"))?,
            None => Facts::default(),
        };
        let facts = self.facts()?.or(told);
        if facts.title.is_empty() {
            bail!("a paper has a title: give --title, or --bib with an entry that has one");
        }
        if facts.authors.is_empty() {
            bail!(
                "a paper has an author: give --author \"Name <ORCID iD>\", or --bib with an entry that has one"
            );
        }
        let mut files = Vec::new();
        if let Some(path) = &self.pdf {
            let bytes = read(path, "--pdf", limits::PDF_BYTES_MAX)?;
            if !bytes.starts_with(b"%PDF-") {
                bail!("--pdf: {} is no PDF", path.display());
            }
            files.push(("paper.pdf".to_owned(), bytes));
        }
        files.extend(bib.map(|text| ("paper.bib".to_owned(), text.into_bytes())));
        let new = NewRepo {
            kind: RepoKind::Paper,
            owner: Some(owner.to_owned()),
            name: name.to_owned(),
            private: self.private.then_some(true),
            sdk: String::new(),
        };
        Ok(Asked { new, facts, files })
    }

    /// What the options themselves say.
    fn facts(&self) -> anyhow::Result<Facts> {
        let id = self.license.as_deref();
        if let Some(id) = id.filter(|id| !license::is_known(id)) {
            bail!("--license: {id:?} is no licence that a card may name, such as cc-by-4.0 or other");
        }
        let authors =
            self.authors.iter().map(|line| read_author_line(line).map_err(|why| anyhow!("--author: {why}")));
        let abstract_text = match &self.abstract_file {
            Some(path) => read_text(path, "--abstract-file", limits::ABSTRACT_BYTES_MAX as u64)?,
            None => String::new(),
        };
        Ok(Facts {
            title: self.title.clone().unwrap_or_default(),
            authors: authors.collect::<anyhow::Result<Vec<Author>>>()?,
            abstract_text,
            published: checked("--published", self.published.as_deref(), Published::parse)?,
            venue: self.venue.clone().unwrap_or_default(),
            arxiv: checked("--arxiv", self.arxiv.as_deref(), ArxivId::parse)?,
            doi: checked("--doi", self.doi.as_deref(), Doi::parse)?,
            licenses: id.map(str::to_owned).into_iter().collect(),
        })
    }
}

fn checked<T>(
    option: &str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, name::BadName>,
) -> anyhow::Result<Option<T>> {
    text.map(parse).transpose().map_err(|why| anyhow!("{option}: {why}"))
}

fn read(path: &Path, option: &str, most: u64) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("{option}: {} cannot be read", path.display());
    let mut bytes = Vec::new();
    File::open(path).with_context(failed)?.take(most + 1).read_to_end(&mut bytes).with_context(failed)?;
    if bytes.len() as u64 > most {
        bail!("{option}: {} is longer than {most} bytes", path.display());
    }
    Ok(bytes)
}

fn read_text(path: &Path, option: &str, most: u64) -> anyhow::Result<String> {
    let bytes = read(path, option, most)?;
    String::from_utf8(bytes).map_err(|_| anyhow!("{option}: {} is no text in UTF-8", path.display()))
}

/// Makes the repo and fills it; returns its name.
async fn make(commons: &Commons, actor: &Actor, asked: Asked) -> anyhow::Result<String> {
    let made = match repo::create_paper(commons, actor, asked.new, &asked.facts).await? {
        Created::New(repo) => repo.full_name(),
        Created::Exists(repo, why) => bail!("{}: {why}; nothing was changed", repo.full_name()),
    };
    if !asked.files.is_empty() {
        let grant = authorize::<Propose>(commons, Some(actor), RepoKind::Paper, &made).await?;
        let files = publish::whole(commons, &grant, "Add the paper", asked.files).await;
        files.with_context(|| format!("the repo {made} was made, but its files could not be put into it"))?;
    }
    Ok(made)
}
