//! Fills a database with so many generated repos, to measure lists and searches on: `fill ADDRESS COUNT`. The names, tags
//! and cards are made of a small vocabulary in which a few words are common and most are rare, as in real ones. There is
//! no file behind any of them.

use std::error::Error;

use seedcorn_core::card;
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search as words;
use seedcorn_core::time::Time;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::repos::{self, Repo};
use seedcorn_db::search::{self, Words};
use seedcorn_db::{Db, Tx};

const OWNERS: u64 = 500;
const VOCABULARY: u64 = 20_000;
const TASKS: [&str; 5] =
    ["text-generation", "fill-mask", "image-classification", "translation", "token-classification"];
const LICENSES: [&str; 4] = ["apache-2.0", "mit", "cc-by-4.0", "gpl-3.0"];
const LIBRARIES: [&str; 3] = ["transformers", "diffusers", "peft"];
const LANGUAGES: [&str; 6] = ["en", "de", "fr", "sw", "hi", "pt"];

/// A deterministic source of numbers: splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len() as u64) as usize).copied().unwrap_or_default()
    }

    /// A word: the square of a fraction makes the first ones common.
    fn word(&mut self) -> String {
        let fraction = self.below(1 << 20) as f64 / f64::from(1 << 20);
        let n = (fraction * fraction * VOCABULARY as f64) as u64;
        let parts = ["ka", "lo", "mi", "re", "su", "ta", "ve", "no", "pi", "da"];
        let digits = format!("{n:04}");
        digits.bytes().filter_map(|digit| parts.get(usize::from(digit - b'0'))).copied().collect()
    }

    fn text(&mut self, count: u64) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

async fn owners(tx: &mut Tx) -> Result<(), Box<dyn Error>> {
    for n in 0..OWNERS {
        let row = Namespace {
            id: NamespaceId(format!("owner-{n:05}")),
            name: format!("owner{n}"),
            kind: "group".into(),
            full_name: format!("Owner {n}"),
            admin: false,
            disabled: false,
            private_default: false,
            pull_policy: String::new(),
            created: Time::from_secs(1_700_000_000),
        };
        members::add(tx, &row).await?;
    }
    Ok(())
}

async fn repo(tx: &mut Tx, n: u64, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let kind = if n.is_multiple_of(4) { RepoKind::Dataset } else { RepoKind::Model };
    let owner = dice.below(OWNERS);
    let at = Time::from_secs(1_700_000_000 + n as i64);
    let row = Repo {
        id: RepoId(format!("repo-{n:08}")),
        kind,
        namespace: NamespaceId(format!("owner-{owner:05}")),
        owner: format!("owner{owner}"),
        name: format!("{}-{}-{n}", dice.word(), dice.word()),
        private: n.is_multiple_of(50),
        gated: String::new(),
        disabled: String::new(),
        was_private: false,
        sdk: String::new(),
        downloads: (1_000_000 / (1 + dice.below(1_000_000))) as i64,
        likes: 0,
        rewritten: 0,
        created: at,
        updated: at,
    };
    repos::add(tx, &row).await?;
    let yaml = format!(
        "license: {}\npipeline_tag: {}\nlibrary_name: {}\nlanguage: {}\ntags: [{}, {}]",
        dice.pick(&LICENSES),
        dice.pick(&TASKS),
        dice.pick(&LIBRARIES),
        dice.pick(&LANGUAGES),
        dice.word(),
        dice.word(),
    );
    let body = dice.text(150);
    let metadata = card::metadata(&yaml)?;
    let tags = card::tags(&metadata, &body, kind);
    let (card, list) = (serde_json::to_string(&metadata)?, serde_json::to_string(&tags)?);
    repos::set_card(tx, &row.id, &card, &list, at).await?;
    let n = n as i64 + 1;
    search::put_text(tx, &row.id, n, &words::plain(&body)).await?;
    let entry = Words {
        name: words::name_words(&row.full_name()),
        tags: tags
            .iter()
            .flat_map(|tag| words::name_words(tag))
            .chain(words::marks(kind, row.private, &row.namespace))
            .collect(),
        body: words::words(&body).collect(),
    };
    search::enter(tx, n, &entry).await?;
    let mut facets = Vec::new();
    for tag in tags {
        let facet = card::facet(kind, &metadata, &tag).to_owned();
        facets.push((tag, facet));
    }
    search::put_tags(tx, &row.id, (kind, !row.private), &facets).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err(
            "usage: fill ADDRESS COUNT, such as: fill sqlite:seedcorn-data/seedcorn.sqlite 100000".into()
        );
    };
    let count: u64 = count.parse()?;
    let db = Db::open(&address).await?;
    let mut tx = db.write().await?;
    owners(&mut tx).await?;
    tx.commit().await?;
    let mut dice = Dice(1);
    for first in (0..count).step_by(1000) {
        let mut tx = db.write().await?;
        for n in first..(first + 1000).min(count) {
            repo(&mut tx, n, &mut dice).await?;
        }
        tx.commit().await?;
    }
    println!("{count} repos");
    Ok(())
}
