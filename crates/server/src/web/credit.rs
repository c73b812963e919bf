//! What credit a work has, where it comes from and where it goes.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::See;
use seedcorn_commons::credit::{self, Amount, Share, Told};
use seedcorn_core::credit::{Kind, Passing};

use super::entry::icon;
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::lineage::picture;
use super::show::When;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::api::{METHOD, ROOT};
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;

/// A line of a list: another work, or a word.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    href: Option<String>,
    icon: Option<&'static str>,
    /// Of all that reaches the work, or of all that it keeps.
    part: String,
    /// Of all credit there is.
    whole: String,
    /// Hundredths, for the bar.
    wide: u64,
    /// How it is joined to the work, or the works in between: `finetune, measured`, `by way of ada/one`.
    by: String,
}

/// The credit of a work.
#[derive(Clone, Debug)]
pub(crate) struct Credit {
    when: When,
    users: String,
    reached: String,
    keeps: String,
    from: Vec<Row>,
    to: Vec<Row>,
    sources: Vec<Row>,
    /// What PageRank gives it, and the Shapley value of the lineage.
    page_rank: String,
    shapley: Option<String>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "credit.html")]
pub(crate) struct CreditPage {
    frame: Frame,
    head: Head,
    /// None where nobody's use counts yet, or the work is not public.
    credit: Option<Credit>,
    method: &'static str,
    /// How much works pass on.
    passing: String,
    api: String,
}

/// `GET …/credit`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<CreditPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, "main", Tab::Lineage).await?;
    let share = credit::of(&app.commons, &opened.grant).await?;
    let frame = opened.frame(&visit, "Credit");
    Ok(Page(CreditPage {
        credit: share.filter(|share| share.seeded > 0).map(|share| told(&share, &visit)),
        method: METHOD,
        passing: passing(),
        api: format!("{ROOT}/{}/{}/credit", opened.head.kind.plural(), opened.head.full_name()),
        head: Head { at: None, ..opened.head.clone() },
        frame,
    }))
}

fn told(share: &Share, visit: &Visit) -> Credit {
    let of_all = |units| part(units, share.seeded);
    let row = |(name, href, icon): (String, Option<String>, Option<&'static str>), units: u64, of: u64| Row {
        name,
        href,
        icon,
        part: part(units, of),
        whole: of_all(units),
        wide: hundredths(units, of),
        by: String::new(),
    };
    let works = |all: &[Amount], of: u64| -> Vec<Row> {
        let one = |one: &Amount| Row { by: by(one), ..row(work(one.work.as_ref()), one.units, of) };
        all.iter().map(one).collect()
    };
    let own = |text: &str, units: u64| row((text.to_owned(), None, None), units, share.reached);
    let mut from = works(&share.from, share.reached);
    from.insert(0, own("Used by itself", share.seed));
    let mut to = works(&share.to, share.reached);
    to.insert(0, own("Kept by those who made it", share.keeps));
    for list in [&mut from, &mut to] {
        list.retain(|row| row.wide > 0 || row.href.is_some() || row.part != NOTHING);
    }
    Credit {
        when: When { at: share.at, now: visit.now },
        users: share.users.to_string(),
        reached: of_all(share.reached),
        keeps: of_all(share.keeps),
        from,
        to,
        sources: works(&share.sources, share.keeps),
        page_rank: of_one(share.page_rank),
        shapley: share.shapley.map(of_one),
    }
}

/// How an amount came, in words.
fn by(amount: &Amount) -> String {
    let ways: Vec<String> =
        amount.ways.iter().map(|(kind, state)| format!("{}, {}", kind.word(), state.word())).collect();
    let along: Vec<String> = amount.along.iter().map(|told| work(told.as_ref()).0).collect();
    match along.is_empty() {
        true => ways.join("; "),
        false => format!("by way of {}", along.join(", then ")),
    }
}

fn work(told: Option<&Told>) -> (String, Option<String>, Option<&'static str>) {
    match told {
        None => ("a work that you may not see".to_owned(), None, None),
        Some(Told::Here(repo)) => {
            let urls = RepoUrls::new(repo.kind, &repo.full_name());
            (repo.full_name(), Some(urls.credit()), Some(icon(repo.kind)))
        }
        Some(Told::Elsewhere(parent)) => {
            let (kind, name, owner) = picture::elsewhere(parent);
            (format!("{name} ({owner})"), None, Some(kind.map_or("paper", icon)))
        }
    }
}

/// How much a work passes on by each way, and at most: `quantized 85 %, merge 80 %, … and 90 % at most`.
fn passing() -> String {
    let passing = Passing::default();
    let each = Kind::ALL.map(|kind| format!("{kind} {} %", passing.of(kind) / 10));
    format!("{}, and {} % at most", each.join(", "), passing.most / 10)
}

/// What nothing is told as.
const NOTHING: &str = "nothing";

/// A part of a whole as people read it, to the nearest: hundredths to two digits behind the point, less than that in millionths.
fn part(units: u64, whole: u64) -> String {
    // To the nearest: parts that are cut would not come to the whole.
    let of = |scale: u64| {
        let whole = u128::from(whole.max(1));
        (u128::from(units) * u128::from(scale) + whole / 2) / whole
    };
    let is_large = u128::from(units) * 1000 >= u128::from(whole.max(1));
    match (of(10_000), of(1_000_000)) {
        (hundredths, _) if is_large && units > 0 => format!("{}.{:02} %", hundredths / 100, hundredths % 100),
        (_, 0) if units == 0 => NOTHING.to_owned(),
        (_, 0) => "less than a millionth".to_owned(),
        (_, 1) => "1 millionth".to_owned(),
        (_, millionths) => format!("{millionths} millionths"),
    }
}

/// A part of one as people read it.
fn of_one(part_of_one: f64) -> String {
    part((part_of_one * 1e12) as u64, 1_000_000_000_000)
}

fn hundredths(units: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(units) * 100 / u128::from(whole.max(1))).unwrap_or_default().min(100)
}

#[cfg(test)]
impl CreditPage {
    /// One with everything that can be said, and one of which nothing is known.
    pub(crate) fn samples() -> Vec<CreditPage> {
        use super::samples::{head, href, member, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let row = |href: Option<String>, icon| Row {
            name: text(),
            href,
            icon,
            part: "12.50 %".into(),
            whole: "3 millionths".into(),
            wide: 12,
            by: text(),
        };
        let rows = || vec![row(None, None), row(Some(href()), Some("model")), row(None, Some("paper"))];
        let full = CreditPage {
            frame: member(Here::Kind(Model)),
            head: Head { at: None, ..head(Model, Tab::Lineage) },
            credit: Some(Credit {
                when: when(),
                users: "7".into(),
                reached: "3.00 %".into(),
                keeps: "1.50 %".into(),
                from: rows(),
                to: rows(),
                sources: rows(),
                page_rank: "2.00 %".into(),
                shapley: Some("4.00 %".into()),
            }),
            method: METHOD,
            passing: passing(),
            api: href(),
        };
        let empty = CreditPage {
            frame: stranger(Here::Kind(Model)),
            head: Head { at: None, private: false, ..head(Model, Tab::Lineage) },
            credit: None,
            method: METHOD,
            passing: passing(),
            api: href(),
        };
        let lone = CreditPage {
            frame: stranger(Here::Kind(Model)),
            head: Head { at: None, private: false, ..head(Model, Tab::Lineage) },
            credit: full.credit.clone().map(|credit| Credit { sources: Vec::new(), shapley: None, ..credit }),
            method: METHOD,
            passing: passing(),
            api: href(),
        };
        vec![full, empty, lone]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        assert_eq!(part(1, 3), "33.33 %");
        assert_eq!(part(5, 5), "100.00 %");
        assert_eq!(part(1, 1_000_000), "1 millionth");
        assert_eq!(part(999, 1_000_000), "999 millionths");
        assert_eq!(part(1, 1_000), "0.10 %");
        assert_eq!(part(1, u64::MAX), "less than a millionth");
        assert_eq!((part(0, 5), part(0, 0)), (NOTHING.to_owned(), NOTHING.to_owned()));
    }
}
