//! Works and what they build upon, laid out so that a flow is one pass: children have higher places than parents.

use super::admit::admit;
use super::contract::contract;
use super::kind::{Kind, Passing};
use super::parts::Lot;

/// Works of a graph.
pub const WORKS_MAX: usize = 64 << 20;
/// Derivations of a graph.
pub const EDGES_MAX: usize = 512 << 20;
/// Works that one work builds upon in one way where it inherits some of them from works of the same controller: without a bound,
/// a chain of versions would come to the square of its length.
pub const PARENTS_MAX: usize = 256;

/// A work as it was published once and for all: a version of a model, a data set, code or a paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Work<'a> {
    /// What it is known by; the order of ids decides where nothing else does.
    pub id: &'a str,
    /// The number of whoever controls it.
    pub controller: u32,
    /// When the server received it, in any unit that is the same for all.
    pub created: i64,
}

/// One work builds upon another: both by their numbers in the list of works.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Derivation {
    /// What was made.
    pub child: u32,
    /// What it was made from.
    pub parent: u32,
    /// How.
    pub kind: Kind,
}

/// Derivations that carry nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Left {
    /// Told more than once: once counts.
    pub twice: usize,
    /// They lead to themselves, to later works, or around in a circle within one moment.
    pub backward: usize,
    /// Works of which only the oldest [`PARENTS_MAX`] parents of a kind count.
    pub cut: u32,
}

/// What makes a graph none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadGraph {
    /// Two works have one id.
    #[error("the work {0:?} is listed twice")]
    Twice(String),
    /// A derivation names a number that no work has.
    #[error("a derivation names work number {0}, of {1}")]
    Unknown(u32, usize),
    /// More than can be counted here.
    #[error("{0} is more than the {1} {2} of a graph")]
    TooMany(usize, usize, &'static str),
    /// The parts that are passed on cannot be.
    #[error("{0}")]
    Passing(String),
}

/// Works and what they build upon. Works are spoken of by their numbers in the list that the graph was built from.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Works by place, older ones first.
    pub(super) works: Vec<u32>,
    /// Places by work.
    pub(super) places: Vec<u32>,
    /// Where the parents of each place begin; one more than there are places.
    pub(super) starts: Vec<u32>,
    /// Places of parents, by their weights, and those of one weight in the order of their ids.
    pub(super) parents: Vec<u32>,
    /// Of a thousand units, how much each place passes on.
    pub(super) passes: Vec<u16>,
    /// Where the lots of each place begin; one more than there are places.
    pub(super) lot_starts: Vec<u32>,
    /// How many parents of each place have which weight.
    pub(super) lots: Vec<Lot>,
    /// Where the id of each place comes in the order of ids.
    pub(super) ids: Vec<u32>,
}

impl Graph {
    /// Lays out works and derivations. Derivations backward in time are left out, works of one controller are contracted
    /// into one, and what is told twice counts once.
    ///
    /// # Errors
    /// [`BadGraph`], with what is wrong.
    pub fn build(
        works: &[Work<'_>],
        mut derivations: Vec<Derivation>,
        passing: &Passing,
    ) -> Result<(Graph, Left), BadGraph> {
        check(works, &derivations)?;
        passing.check().map_err(BadGraph::Passing)?;
        let by_id = ranks(works)?;
        let told = derivations.len();
        let order = admit(works, &by_id, &mut derivations);
        let backward = told - derivations.len();
        let place = |work: u32| order.places[work as usize];
        for edge in &mut derivations {
            *edge = Derivation { child: place(edge.child), parent: place(edge.parent), kind: edge.kind };
        }
        let controllers: Vec<u32> = order.works.iter().map(|work| works[*work as usize].controller).collect();
        derivations.sort_unstable();
        let admitted = derivations.len();
        derivations.dedup();
        let twice = admitted - derivations.len();
        let (derivations, cut) = contract(works.len(), &controllers, derivations);
        if derivations.len() > EDGES_MAX {
            return Err(BadGraph::TooMany(derivations.len(), EDGES_MAX, "derivations"));
        }
        let ids: Vec<u32> = order.works.iter().map(|work| by_id[*work as usize]).collect();
        let mut graph = Graph {
            works: order.works,
            places: order.places,
            starts: vec![0],
            parents: Vec::with_capacity(derivations.len()),
            passes: Vec::with_capacity(works.len()),
            lot_starts: vec![0],
            lots: Vec::new(),
            ids,
        };
        let mut rest = derivations.as_slice();
        let mut room = Weighing { controllers: &controllers, passing, parents: Vec::new() };
        for child in (0_u32..).take(works.len()) {
            let end = rest.iter().position(|edge| edge.child != child).unwrap_or(rest.len());
            let (own, later) = rest.split_at(end);
            rest = later;
            room.lay(own, &mut graph);
        }
        Ok((graph, Left { twice, backward, cut }))
    }

    /// How many works it has.
    pub fn len(&self) -> usize {
        self.works.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.works.is_empty()
    }

    /// How many pairs of works it has of which one builds upon the other.
    pub fn edges(&self) -> usize {
        self.parents.len()
    }

    pub(super) fn parents_of(&self, place: u32) -> &[u32] {
        let (start, end) = (self.starts[place as usize], self.starts[place as usize + 1]);
        &self.parents[start as usize..end as usize]
    }

    pub(super) fn lots_of(&self, place: u32) -> &[Lot] {
        let (start, end) = (self.lot_starts[place as usize], self.lot_starts[place as usize + 1]);
        &self.lots[start as usize..end as usize]
    }
}

fn check(works: &[Work<'_>], derivations: &[Derivation]) -> Result<(), BadGraph> {
    if works.len() > WORKS_MAX {
        return Err(BadGraph::TooMany(works.len(), WORKS_MAX, "works"));
    }
    if derivations.len() > EDGES_MAX {
        return Err(BadGraph::TooMany(derivations.len(), EDGES_MAX, "derivations"));
    }
    let known = |work: u32| (work as usize) < works.len();
    let unknown = derivations.iter().flat_map(|edge| [edge.child, edge.parent]).find(|work| !known(*work));
    unknown.map_or(Ok(()), |work| Err(BadGraph::Unknown(work, works.len())))
}

/// The place of each work in the order of ids.
fn ranks(works: &[Work<'_>]) -> Result<Vec<u32>, BadGraph> {
    let mut order: Vec<u32> = (0..).take(works.len()).collect();
    order.sort_unstable_by_key(|work| works[*work as usize].id);
    let id = |n: &u32| works[*n as usize].id;
    if let Some(pair) = order.windows(2).find(|pair| id(&pair[0]) == id(&pair[1])) {
        return Err(BadGraph::Twice(id(&pair[0]).to_owned()));
    }
    let mut ranks = vec![0; works.len()];
    for (rank, work) in (0..).zip(&order) {
        ranks[*work as usize] = rank;
    }
    Ok(ranks)
}

/// Lays out the parents of one place after the other.
struct Weighing<'a> {
    controllers: &'a [u32],
    passing: &'a Passing,
    /// Places of parents with their weights.
    parents: Vec<(u32, u64)>,
}

/// The largest denominator in which weights are exact; beyond it they are rounded down to parts of it.
const DENOMINATOR_MAX: u64 = 1 << 50;

impl Weighing<'_> {
    fn lay(&mut self, edges: &[Derivation], graph: &mut Graph) {
        let mut present = [false; 8];
        edges.iter().for_each(|edge| present[edge.kind as usize] = true);
        let kinds = Kind::ALL.into_iter().filter(|kind| present[*kind as usize]);
        let sum: u16 = kinds.map(|kind| self.passing.of(kind)).sum();
        graph.passes.push(if edges.is_empty() { 0 } else { sum.min(self.passing.most) });
        self.weigh(edges);
        let ids = &graph.ids;
        self.parents.sort_unstable_by_key(|(parent, weight)| (*weight, ids[*parent as usize]));
        graph.parents.extend(self.parents.iter().map(|(parent, _)| *parent));
        graph.starts.push(u32::try_from(graph.parents.len()).unwrap_or(u32::MAX));
        let lots = self.parents.chunk_by(|a, b| a.1 == b.1);
        graph.lots.extend(lots.map(|lot| Lot { weight: lot[0].1, works: lot.len() as u32 }));
        graph.lot_starts.push(u32::try_from(graph.lots.len()).unwrap_or(u32::MAX));
    }

    /// Within each kind every controller has the same part, and within that every work of theirs: whoever cuts a work in
    /// pieces gets no more for them than for the whole.
    fn weigh(&mut self, edges: &[Derivation]) {
        self.parents.clear();
        match edges {
            [] => return,
            [one] => return self.parents.push((one.parent, 1)),
            _ => {}
        }
        let mut owned: Vec<(Kind, u32, u32)> = edges
            .iter()
            .filter(|edge| self.passing.of(edge.kind) > 0)
            .map(|edge| (edge.kind, self.controllers[edge.parent as usize], edge.parent))
            .collect();
        owned.sort_unstable();
        // How many controllers a kind has times how many works of one of them there are.
        let mut divisors: Vec<u64> = Vec::with_capacity(owned.len());
        for kind in owned.chunk_by(|a, b| a.0 == b.0) {
            let controllers = kind.chunk_by(|a, b| a.1 == b.1);
            let n = controllers.clone().count() as u64;
            controllers.for_each(|works| divisors.extend(works.iter().map(|_| n * works.len() as u64)));
        }
        let denominator = divisors.iter().try_fold(1_u64, |so_far, divisor| {
            let next = (so_far / gcd(so_far, *divisor)).checked_mul(*divisor)?;
            (next <= DENOMINATOR_MAX).then_some(next)
        });
        let denominator = denominator.unwrap_or(DENOMINATOR_MAX);
        let weights = owned.iter().zip(&divisors).map(|((kind, _, parent), divisor)| {
            // To the nearest: rounded down, whoever has many works would lose by it.
            (*parent, u64::from(self.passing.of(*kind)) * ((denominator + divisor / 2) / divisor))
        });
        self.parents.extend(weights);
        self.parents.sort_unstable();
        self.parents.dedup_by(|later, first| {
            let same = later.0 == first.0;
            first.1 += if same { later.1 } else { 0 };
            same
        });
        let shared = self.parents.iter().fold(0, |so_far, (_, weight)| gcd(so_far, *weight)).max(1);
        self.parents.iter_mut().for_each(|(_, weight)| *weight /= shared);
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
