//! All that credit is computed from, and how it flows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use seedcorn_core::credit::{
    self, Graph, Kind, Passing, Span, Use, UseOfOne, Versions, Vouching, faded, seeds, trust,
};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::Parent;
use seedcorn_core::time::Time;
use seedcorn_core::usage::Day;
use seedcorn_db::usage::{self, Used};
use seedcorn_db::{Tx, credit as rows};

use super::{Credit, HALF_LIFE_DAYS, Name, Others, POOL};
use crate::{Refusal, Result};

/// All that credit is computed from.
pub(super) struct Read {
    works: Vec<rows::Work>,
    derivations: Vec<rows::Derivation>,
    memberships: Vec<rows::Membership>,
    used: Vec<Used>,
    vouchings: Vec<(String, String)>,
    seats: Vec<usage::Seat>,
    /// Who has the names that stand before works which are not here, or are hidden: `elsewhere/…` and an id.
    owners: BTreeMap<String, String>,
    today: Day,
}

impl Read {
    pub(super) async fn all(tx: &mut Tx, today: Day) -> Result<Read> {
        let mut read = Read {
            works: Vec::new(),
            derivations: Vec::new(),
            memberships: rows::memberships(tx).await?,
            used: Vec::new(),
            vouchings: usage::vouchings(tx).await?,
            seats: usage::seats(tx).await?,
            owners: BTreeMap::new(),
            today,
        };
        loop {
            let behind = read.works.last().map(|work| work.id.clone()).unwrap_or_default();
            if !add(&mut read.works, rows::works(tx, &behind, limits::CREDIT_PAGE).await?) {
                break;
            }
        }
        loop {
            let behind = read.derivations.last().cloned().unwrap_or_default();
            if !add(&mut read.derivations, rows::derivations(tx, &behind, limits::CREDIT_PAGE).await?) {
                break;
            }
        }
        let folded: BTreeSet<String> = read
            .derivations
            .iter()
            .filter_map(|row| Some(elsewhere(&row.parent).strip_prefix("elsewhere/")?.to_ascii_lowercase()))
            .collect();
        for page in folded.into_iter().collect::<Vec<_>>().chunks(limits::CREDIT_PAGE as usize) {
            let found = rows::owners(tx, page).await?;
            read.owners.extend(found.into_iter().map(|(name, id, _)| (format!("elsewhere/{name}"), id)));
        }
        let from = Day(today.0 - limits::USAGE_DAYS_MAX);
        loop {
            let none = Used { who: String::new(), repo: String::new(), day: i64::MIN };
            let behind = read.used.last().cloned().unwrap_or(none);
            if !add(&mut read.used, usage::by_members(tx, from, &behind, limits::CREDIT_PAGE).await?) {
                return Ok(read);
            }
        }
    }

    pub(super) fn prepare(self) -> Prepared {
        let mut controllers = Controllers::of(&self.memberships);
        let mut owners: Vec<&str> = self.works.iter().map(|work| work.namespace.as_str()).collect();
        let mut names: Vec<Name> = Vec::new();
        let mut facts: Vec<(u32, i64)> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for work in &self.works {
            numbers.insert(work.id.clone(), names.len() as u32);
            names.push(Name::Here(RepoId(work.id.clone())));
            facts.push((controllers.number(&work.namespace), work.created));
        }
        let mut spans = Vec::new();
        for row in &self.derivations {
            let (Some(child), Ok(kind)) = (numbers.get(&row.child).copied(), Kind::from_str(&row.way)) else {
                continue;
            };
            let here = row.parent_repo.as_ref().and_then(|id| numbers.get(id)).copied();
            // A work that came after it was named is built upon from then on; before that, what is owed is owed to the name.
            let came = here.map(|here| facts[here as usize].1);
            let until = |end: Option<i64>| match (end, row.gone) {
                (Some(end), Some(gone)) => Some(end.min(gone)),
                (end, gone) => end.or(gone),
            };
            if let (Some(parent), Some(came)) = (here, came) {
                let since = row.since.max(came);
                if row.gone.is_none_or(|gone| since < gone) {
                    spans.push(Span { child, parent, kind, since, until: row.gone });
                }
                if came <= row.since {
                    continue;
                }
            }
            let parent = match numbers.get(&row.parent).copied() {
                Some(parent) => parent,
                None => {
                    // What is hidden is not told by its bytes; by its name it is what anybody may say.
                    let Ok(parent) = row.parent.parse::<Parent>() else { continue };
                    let number = names.len() as u32;
                    numbers.insert(row.parent.clone(), number);
                    // Also what is hidden here is its owner's.
                    let owner = elsewhere(&row.parent);
                    let owner = self.owners.get(&owner).unwrap_or(&owner);
                    facts.push((controllers.number(owner), i64::MIN));
                    owners.push("");
                    names.push(Name::Elsewhere(parent));
                    number
                }
            };
            spans.push(Span { child, parent, kind, since: row.since, until: until(came) });
        }
        let created: Vec<i64> = facts.iter().map(|(_, created)| *created).collect();
        let versions = Versions::of(&created, &spans);
        let uses = self.uses(&mut controllers, &numbers, (&facts, &owners, &versions));
        let users = uses.iter().filter(|one| one.trust > 0 && !one.works.is_empty()).count();
        let seeds = seeds(versions.count(), POOL, &uses);
        Prepared { names, numbers, facts, versions, spans, users, seeds }
    }

    /// What each member used, with how far they are trusted.
    fn uses(
        &self,
        controllers: &mut Controllers,
        numbers: &HashMap<String, u32>,
        (facts, owners, versions): (&[(u32, i64)], &[&str], &Versions),
    ) -> Vec<Use> {
        let trusted = self.trusted();
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in &self.memberships {
            groups.entry(&row.member).or_default().insert(&row.team);
        }
        let age = |day: i64| u32::try_from((self.today.0 - day).max(0)).unwrap_or(u32::MAX);
        let of_one = |all: &[Used]| {
            let who = all[0].who.as_str();
            let controller = controllers.number(who);
            let is_own = |work: u32| {
                facts[work as usize].0 == controller
                    || groups.get(who).is_some_and(|groups| groups.contains(owners[work as usize]))
            };
            let mut active: BTreeSet<i64> = BTreeSet::new();
            let mut works = Vec::new();
            for one in all.chunk_by(|a, b| a.repo == b.repo) {
                let Some(work) = numbers.get(&one[0].repo).copied().filter(|work| !is_own(*work)) else {
                    continue;
                };
                active.extend(one.iter().map(|used| used.day));
                // What was used on a day is the version that was there at its end; what was counted elsewhere before the work
                // came here, that of its first day.
                let first = Day::of(Time(facts[work as usize].1)).0;
                let version = |used: &Used| {
                    let end = Day(used.day.max(first).saturating_add(1)).start();
                    versions.at(work, end.0 - 1).unwrap_or(versions.of_work(work).start)
                };
                works.extend(one.chunk_by(|a, b| version(a) == version(b)).map(|days| UseOfOne {
                    version: version(&days[0]),
                    work,
                    controller: facts[work as usize].0,
                    days: faded(days.iter().map(|used| age(used.day)), HALF_LIFE_DAYS),
                }));
            }
            Use {
                controller,
                trust: trusted.get(who).copied().unwrap_or_default(),
                days: faded(active.into_iter().map(age), HALF_LIFE_DAYS),
                works,
            }
        };
        self.used.chunk_by(|a, b| a.who == b.who).map(of_one).collect()
    }

    /// How far each member is trusted, in millionths.
    fn trusted(&self) -> BTreeMap<&str, u32> {
        let all: BTreeSet<&str> = self
            .vouchings
            .iter()
            .flat_map(|(by, of)| [by.as_str(), of.as_str()])
            .chain(self.seats.iter().map(|seat| seat.member.as_str()))
            .collect();
        let all: Vec<&str> = all.into_iter().collect();
        let number = |member: &str| all.binary_search(&member).map_or(u32::MAX, |n| n as u32);
        let vouchings: Vec<Vouching> =
            self.vouchings.iter().map(|(by, of)| Vouching { by: number(by), of: number(of) }).collect();
        let panels: Vec<Vec<u32>> = self
            .seats
            .chunk_by(|a, b| a.panel == b.panel)
            .map(|panel| panel.iter().map(|seat| number(&seat.member)).collect())
            .collect();
        let trusted = trust(all.len(), &vouchings, &panels);
        all.into_iter().zip(trusted).collect()
    }
}

/// Versions of works, what they build upon and what is seeded: what credit flows through.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(super) names: Vec<Name>,
    numbers: HashMap<String, u32>,
    /// Who controls each work, by number, and when it came.
    facts: Vec<(u32, i64)>,
    pub(super) versions: Versions,
    pub(super) spans: Vec<Span>,
    users: usize,
    /// Units by version.
    pub(super) seeds: Vec<u64>,
}

impl Prepared {
    /// What a version is known by: the work's id, and from the second on which of its versions it is.
    pub(super) fn id(&self, version: u32) -> String {
        let work = self.versions.work(version);
        let name = self.names[work as usize].text();
        match version - self.versions.of_work(work).start {
            0 => name,
            nth => format!("{name}@{nth}"),
        }
    }

    /// The number of whoever controls a version.
    pub(super) fn controller(&self, version: u32) -> u32 {
        self.facts[self.versions.work(version) as usize].0
    }

    fn graph(&self) -> Result<Graph> {
        let numbers = 0..self.versions.count() as u32;
        let ids: Vec<String> = numbers.clone().map(|version| self.id(version)).collect();
        let works: Vec<credit::Work<'_>> = ids
            .iter()
            .zip(numbers)
            .map(|(id, version)| credit::Work {
                id,
                controller: self.controller(version),
                created: self.versions.since(version),
            })
            .collect();
        let derivations = self.versions.derivations(&self.spans);
        let (graph, _) = Graph::build(&works, derivations, &Passing::default()).map_err(Refusal::broken)?;
        Ok(graph)
    }

    pub(super) fn flow(self, at: Time) -> Result<Credit> {
        let graph = self.graph()?;
        let flow = credit::run(&graph, &self.seeds);
        let others = Others::of(&graph, &self.seeds);
        let Prepared { names, numbers, facts, versions, users, seeds, .. } = self;
        let controllers = facts.into_iter().map(|(controller, _)| controller).collect();
        let seeded = seeds.iter().sum();
        Ok(Credit { at, users, seeded, names, numbers, controllers, versions, graph, flow, others })
    }
}

/// Adds a page, and tells whether there may be another.
fn add<T>(all: &mut Vec<T>, page: Vec<T>) -> bool {
    let is_full = page.len() as i64 >= limits::CREDIT_PAGE;
    all.extend(page);
    is_full
}

/// Who runs what: a group that one member alone runs is that member's.
struct Controllers {
    of_group: BTreeMap<String, String>,
    numbers: BTreeMap<String, u32>,
}

impl Controllers {
    fn of(memberships: &[rows::Membership]) -> Controllers {
        let of_group = memberships.chunk_by(|a, b| a.team == b.team).filter_map(|group| {
            let mut admins = group.iter().filter(|row| row.admin);
            match (admins.next(), admins.next()) {
                (Some(only), None) => Some((only.team.clone(), only.member.clone())),
                _ => None,
            }
        });
        Controllers { of_group: of_group.collect(), numbers: BTreeMap::new() }
    }

    fn number(&mut self, namespace: &str) -> u32 {
        let controller = self.of_group.get(namespace).map_or(namespace, String::as_str);
        let next = self.numbers.len() as u32;
        *self.numbers.entry(controller.to_owned()).or_insert(next)
    }
}

/// Who runs a work that is not here, as far as its name tells: the works of one account of another hub are one's.
pub(crate) fn elsewhere(parent: &str) -> String {
    match parent.split('/').collect::<Vec<_>>()[..] {
        [_, owner, _] => format!("elsewhere/{}", owner.to_ascii_lowercase()),
        _ => format!("elsewhere/{parent}"),
    }
}
