//! Works, what they build upon, and the use that credit begins with.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use seedcorn_core::credit::{Derivation, EDGES_MAX, Flow, Graph, Kind, Left, Passing, WORKS_MAX, Work, run};
use seedcorn_core::time;
use seedcorn_formats::columns;

use super::{BadFile, amount, named, rows};

/// Sums of seeds stay below it.
const SEEDED_MAX: u64 = 1 << 62;

/// Works and what they build upon, with the credit that flows through them.
#[derive(Debug)]
pub struct Lineage {
    /// Ids of the works, in the order in which they are listed.
    pub ids: Vec<String>,
    /// The graph.
    pub graph: Graph,
    /// What of it carries nothing.
    pub left: Left,
    /// Derivations that are only inferred: they carry nothing either.
    pub inferred: usize,
    /// The seed of each work.
    pub seeds: Vec<u64>,
    /// What reached each work.
    pub flow: Flow,
    /// The sum of the seeds.
    pub seeded: u64,
}

/// Works, what they build upon, and their seeds, as three tables have them.
#[derive(Debug)]
pub struct Tables {
    works: Works,
    /// What builds upon what, by the numbers of works.
    pub derivations: Vec<Derivation>,
    /// How many more are only inferred, and carry nothing.
    inferred: usize,
    /// The seed of each work.
    pub seeds: Vec<u64>,
    seeded: u64,
    /// The table of derivations, for what is wrong with them together.
    edges: PathBuf,
}

impl Tables {
    /// The works, as a graph is built from them.
    pub fn works(&self) -> Vec<Work<'_>> {
        let facts = self.works.ids.iter().zip(&self.works.facts);
        facts
            .map(|(id, (controller, created))| Work { id, controller: *controller, created: *created })
            .collect()
    }

    /// The number of a work.
    pub fn number(&self, id: &str) -> Option<u32> {
        self.works.numbers.get(id).copied()
    }

    /// The work that keeps most, if there is any.
    ///
    /// # Errors
    /// [`BadFile`] where the works make no graph.
    pub fn greatest(&self, passing: &Passing) -> Result<Option<u32>, BadFile> {
        let (graph, _, flow) = self.flow(self.derivations.clone(), passing)?;
        let works = 0..u32::try_from(self.works.ids.len()).unwrap_or(u32::MAX);
        Ok(works.max_by_key(|work| (flow.keeps(&graph, *work), Reverse(*work))))
    }

    fn flow(&self, derivations: Vec<Derivation>, passing: &Passing) -> Result<(Graph, Left, Flow), BadFile> {
        let (graph, left) = Graph::build(&self.works(), derivations, passing)
            .map_err(|error| BadFile::Whole(self.edges.clone(), error.to_string()))?;
        let flow = run(&graph, &self.seeds);
        Ok((graph, left, flow))
    }
}

/// Reads three tables: works (`id`, `controller`, `created`: a whole number or a date), derivations (`child`, `parent`, `type`, and `state` if it is known)
/// and seeds (`id`, `amount`).
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn tables(works: &Path, edges: &Path, seeds: &Path) -> Result<Tables, BadFile> {
    let works = Works::read(works)?;
    let (derivations, inferred) = derivations(edges, &works)?;
    let (seeds, seeded) = seeds_of(seeds, &works)?;
    Ok(Tables { works, derivations, inferred, seeds, seeded, edges: edges.to_owned() })
}

/// Reads three tables, as [`tables`] does, and lets credit flow.
///
/// # Errors
/// [`BadFile`] that names the row.
pub fn lineage(works: &Path, edges: &Path, seeds: &Path, passing: &Passing) -> Result<Lineage, BadFile> {
    let mut tables = tables(works, edges, seeds)?;
    // There may be many millions: they are not held twice.
    let derivations = std::mem::take(&mut tables.derivations);
    let (graph, left, flow) = tables.flow(derivations, passing)?;
    Ok(Lineage {
        ids: tables.works.ids,
        graph,
        left,
        inferred: tables.inferred,
        seeds: tables.seeds,
        flow,
        seeded: tables.seeded,
    })
}

#[derive(Default, Debug)]
struct Works {
    ids: Vec<String>,
    /// The number of the controller, and when it was received.
    facts: Vec<(u32, i64)>,
    numbers: HashMap<String, u32>,
}

impl Works {
    fn read(path: &Path) -> Result<Works, BadFile> {
        let mut works = Works::default();
        let mut controllers: HashMap<String, u32> = HashMap::new();
        let mut dated = None;
        rows(path, &["id", "controller", "created"], &mut |values| {
            let [id, controller, created] = values else { return Err("it has not three values".to_owned()) };
            let id = named(id, "id")?;
            if controller.is_empty() {
                return Err(format!(
                    "the work {} has no controller: give each whose controller is not known a name of its own",
                    columns::shown(&id)
                ));
            }
            if works.ids.len() >= WORKS_MAX {
                return Err(format!("a graph has at most {WORKS_MAX} works"));
            }
            let next = works.ids.len() as u32;
            if works.numbers.insert(id.clone(), next).is_some() {
                return Err(format!("the work {} is listed twice", columns::shown(&id)));
            }
            let known = controllers.len() as u32;
            let controller = *controllers.entry((*controller).to_owned()).or_insert(known);
            works.ids.push(id);
            let (created, is_date) = moment(created)?;
            if *dated.get_or_insert(is_date) != is_date {
                return Err(
                    "created is a number in some rows and a date in others: nobody can tell which is earlier"
                        .into(),
                );
            }
            works.facts.push((controller, created));
            Ok(())
        })?;
        Ok(works)
    }

    fn number(&self, id: &str) -> Result<u32, String> {
        self.numbers.get(id).copied().ok_or_else(|| format!("{} is not among the works", columns::shown(id)))
    }
}

/// What builds upon what, and how many derivations are only inferred.
fn derivations(path: &Path, works: &Works) -> Result<(Vec<Derivation>, usize), BadFile> {
    let mut all = Vec::new();
    let mut inferred = 0;
    rows(path, &["child", "parent", "type", "state?"], &mut |values| {
        let [child, parent, kind, state] = values else { return Err("it has not four values".to_owned()) };
        if all.len() >= EDGES_MAX {
            return Err(format!("a graph has at most {EDGES_MAX} derivations"));
        }
        let kind: Kind = kind.trim().parse()?;
        let one = Derivation { child: works.number(child)?, parent: works.number(parent)?, kind };
        match state.trim() {
            "" | "declared" | "measured" => all.push(one),
            // What is only inferred is shown, and carries nothing.
            "inferred" => inferred += 1,
            state => {
                let state = columns::shown(state);
                return Err(format!("the state {state} is none of declared, measured and inferred"));
            }
        }
        Ok(())
    })?;
    Ok((all, inferred))
}

fn seeds_of(path: &Path, works: &Works) -> Result<(Vec<u64>, u64), BadFile> {
    let mut seeds = vec![0_u64; works.ids.len()];
    let mut sum = 0_u64;
    rows(path, &["id", "amount"], &mut |values| {
        let [id, given] = values else { return Err("it has not two values".to_owned()) };
        let (work, given) = (works.number(id)?, amount(given)?);
        sum = sum
            .checked_add(given)
            .filter(|sum| *sum <= SEEDED_MAX)
            .ok_or("the seeds come to more than 2^62")?;
        seeds[work as usize] += given;
        Ok(())
    })?;
    Ok((seeds, sum))
}

/// When a work was received: a whole number of any unit, or a date with or without a time. Tells which of the two it is.
fn moment(text: &str) -> Result<(i64, bool), String> {
    let text = text.trim();
    let read = text.parse().ok().map(|number| (number, false));
    let read = read.or_else(|| time::moment(text).map(|moment| (moment.0, true)));
    read.ok_or_else(|| {
        format!("created {} is neither a whole number nor a date such as 2026-01-31", columns::shown(text))
    })
}
