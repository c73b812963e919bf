//! What members wrote in discussions, as HTML.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_commons::{Result, compute, people};
use seedcorn_core::talk;

use crate::app::App;
use crate::web::markdown::{self, Links};
use crate::web::urls::{self, RepoUrls};

/// Names that are looked up for one page.
const NAMES_MAX: usize = 100;

/// Where the links of comments lead: into the repo at its default branch, to members, and to what was attached.
#[derive(Clone, Debug)]
struct InTalk {
    urls: RepoUrls,
    site: String,
    members: BTreeMap<String, String>,
}

impl Links for InTalk {
    fn image(&self, path: &str) -> String {
        self.urls.resolve("main", path)
    }

    fn link(&self, path: &str, folder: bool) -> String {
        if folder { self.urls.tree("main", path) } else { self.urls.blob("main", path) }
    }

    fn site(&self) -> &str {
        &self.site
    }

    fn member(&self, name: &str) -> Option<String> {
        self.members.get(name).map(|name| urls::namespace(name))
    }
}

/// Texts as HTML, each with a word that its ids bear. `site` is the hub's own address.
pub(crate) async fn html(
    app: &App,
    urls: &RepoUrls,
    site: &str,
    texts: Vec<(String, String)>,
) -> Result<Vec<String>> {
    let called = texts.iter().flat_map(|(_, text)| talk::mentions(text));
    let names: BTreeSet<String> = called.take(NAMES_MAX).collect();
    let members = people::known(&app.commons, &names).await?;
    let links = InTalk { urls: urls.clone(), site: site.to_owned(), members };
    compute(move || {
        let render = |(word, text): (String, String)| markdown::render(&text, &links).among(&word).html;
        texts.into_iter().map(render).collect()
    })
    .await
}
