//! Which commits somebody lacks: those that what they want leads to, and what they have does not (gitprotocol-pack, "Packfile
//! Negotiation"). The graph is shown from its newest generation down, so that only what is new is ever looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Oid;

/// A commit, as far as the graph goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The commit.
    pub oid: Oid,
    /// Its root tree.
    pub tree: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
}

/// What is known of a commit that was not reached yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    /// It is wanted.
    Wanted,
    /// Whoever wants something has it, and all that it leads to.
    Held,
}

/// A look at the graph.
#[derive(Clone, Debug)]
pub struct Painting {
    /// Commits that are still to be shown.
    ahead: BTreeMap<Oid, Mark>,
    /// How many of them are wanted.
    open: usize,
    /// Commits whose parents whoever wants something has not.
    cut: BTreeSet<Oid>,
    lacking: Vec<Node>,
}

impl Painting {
    /// Of what is wanted, what is held, and where what is held ends early.
    pub fn new(wanted: &[Oid], held: &[Oid], cut: BTreeSet<Oid>) -> Painting {
        let mut painting = Painting { ahead: BTreeMap::new(), open: 0, cut, lacking: Vec::new() };
        wanted.iter().for_each(|oid| painting.mark(*oid, Mark::Wanted));
        held.iter().for_each(|oid| painting.mark(*oid, Mark::Held));
        painting
    }

    fn mark(&mut self, oid: Oid, mark: Mark) {
        match (self.ahead.get(&oid), mark) {
            (None, Mark::Wanted) => self.open += 1,
            (Some(Mark::Wanted), Mark::Held) => self.open -= 1,
            (None, Mark::Held) => {}
            (Some(_), _) => return,
        }
        self.ahead.insert(oid, mark);
    }

    /// Whether nothing more is wanted of what was not shown yet.
    pub fn is_done(&self) -> bool {
        self.open == 0
    }

    /// Shows a commit. All that have it as a parent were shown before; others than those that are looked for may be shown too.
    pub fn show(&mut self, node: Node) {
        let Some(mark) = self.ahead.remove(&node.oid) else { return };
        if !self.cut.contains(&node.oid) {
            node.parents.iter().for_each(|parent| self.mark(*parent, mark));
        }
        if mark == Mark::Wanted {
            self.open -= 1;
            self.lacking.push(node);
        }
    }

    /// Commits that are lacking, those that others build upon last.
    pub fn lacking(&self) -> &[Node] {
        &self.lacking
    }

    /// Whether of each of these commits something is held, so that no more need be told of what is.
    pub fn meets(&self, wanted: &[Oid]) -> bool {
        let lacking: BTreeSet<Oid> = self.lacking.iter().map(|node| node.oid).collect();
        let mut met: BTreeSet<Oid> = BTreeSet::new();
        for node in self.lacking.iter().rev().filter(|node| !self.cut.contains(&node.oid)) {
            if node.parents.iter().any(|parent| !lacking.contains(parent) || met.contains(parent)) {
                met.insert(node.oid);
            }
        }
        wanted.iter().all(|oid| !lacking.contains(oid) || met.contains(oid))
    }
}

/// How far down the history is wanted.
#[derive(Clone, Debug, Default)]
pub struct Depths {
    /// Generations below each commit that are wanted as well; `u32::MAX` where all of them are.
    left: BTreeMap<Oid, u32>,
    /// Commits below which the depth counts, if it counts from there.
    from: BTreeSet<Oid>,
    depth: u32,
}

impl Depths {
    /// So many commits deep from each that is wanted; `from` are those from which it counts instead, if any.
    pub fn new(depth: u32, from: BTreeSet<Oid>) -> Depths {
        Depths { left: BTreeMap::new(), from, depth }
    }

    /// A commit that is wanted by itself; tells whether its parents are to be looked at.
    pub fn begin(&mut self, oid: Oid) -> bool {
        let left = if self.from.is_empty() { self.depth.saturating_sub(1) } else { u32::MAX };
        self.reach(oid, left)
    }

    /// The parents of a commit, which was reached before: those that are to be looked at, and were not so deep before.
    pub fn pass(&mut self, node: &Node) -> Vec<Oid> {
        let left = self.left.get(&node.oid).copied().unwrap_or(0);
        let below = match left {
            0 => return Vec::new(),
            u32::MAX => u32::MAX,
            left => left - 1,
        };
        node.parents.iter().copied().filter(|parent| self.reach(*parent, below)).collect()
    }

    fn reach(&mut self, oid: Oid, left: u32) -> bool {
        let left = if left == u32::MAX && self.from.contains(&oid) { self.depth } else { left };
        match self.left.get(&oid) {
            Some(before) if *before >= left => false,
            _ => self.left.insert(oid, left).is_none_or(|before| before < left),
        }
    }

    /// Whether the history ends with a commit.
    pub fn ends_with(&self, node: &Node) -> bool {
        let is_last = self.left.get(&node.oid) == Some(&0);
        !node.parents.is_empty()
            && (is_last || node.parents.iter().any(|parent| !self.left.contains_key(parent)))
    }

    /// Whether a commit is wanted.
    pub fn has(&self, oid: &Oid) -> bool {
        self.left.contains_key(oid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(n: u8) -> Oid {
        Oid([n; 20])
    }

    fn node(n: u8, parents: &[u8]) -> Node {
        Node { oid: oid(n), tree: oid(100 + n), parents: parents.iter().map(|n| oid(*n)).collect() }
    }

    /// A history with a branch: 1 ← 2 ← 3 ← 5, and 2 ← 4 ← 5; 6 stands alone.
    fn graph() -> Vec<Node> {
        vec![node(5, &[3, 4]), node(4, &[2]), node(3, &[2]), node(2, &[1]), node(6, &[]), node(1, &[])]
    }

    fn lacking(wanted: &[u8], held: &[u8], cut: &[u8]) -> (Vec<u8>, bool, usize) {
        let all = |list: &[u8]| list.iter().map(|n| oid(*n)).collect::<Vec<_>>();
        let mut painting = Painting::new(&all(wanted), &all(held), all(cut).into_iter().collect());
        let mut shown = 0;
        for node in graph() {
            if painting.is_done() {
                break;
            }
            painting.show(node);
            shown += 1;
        }
        assert!(painting.is_done());
        let found = painting.lacking().iter().map(|node| node.oid.0[0]).collect();
        (found, painting.meets(&all(wanted)), shown)
    }

    #[test]
    fn what_is_held_and_below_is_not_lacking() {
        assert_eq!(lacking(&[5], &[], &[]), (vec![5, 4, 3, 2, 1], false, 6));
        assert_eq!(lacking(&[5], &[3], &[]), (vec![5, 4], true, 3));
        assert_eq!(lacking(&[5], &[5], &[]), (vec![], true, 0));
        assert_eq!(lacking(&[5, 6], &[2], &[]), (vec![5, 4, 3, 6], false, 5), "nothing of 6 is held");
        assert_eq!(lacking(&[3], &[5], &[]), (vec![], true, 1), "what is held leads to it");
        assert_eq!(lacking(&[5], &[4], &[4]), (vec![5, 3, 2, 1], true, 6), "below 4 nothing is held");
        assert_eq!(lacking(&[4], &[], &[4]), (vec![4], false, 2), "nor wanted");
    }

    #[test]
    fn depths_end_where_they_are_told_to() {
        let nodes: BTreeMap<Oid, Node> = graph().into_iter().map(|node| (node.oid, node)).collect();
        let walk = |depths: &mut Depths, wanted: u8| {
            let mut next = if depths.begin(oid(wanted)) { vec![oid(wanted)] } else { Vec::new() };
            while let Some(oid) = next.pop() {
                next.extend(depths.pass(&nodes[&oid]));
            }
            let ends = nodes.values().filter(|node| depths.has(&node.oid) && depths.ends_with(node));
            let ends: Vec<u8> = ends.map(|node| node.oid.0[0]).collect();
            let all: Vec<u8> = nodes.keys().filter(|oid| depths.has(oid)).map(|oid| oid.0[0]).collect();
            (all, ends)
        };
        let deep = |depth| walk(&mut Depths::new(depth, BTreeSet::new()), 5);
        assert_eq!(deep(1), (vec![5], vec![5]));
        assert_eq!(deep(2), (vec![3, 4, 5], vec![3, 4]));
        assert_eq!(deep(4), (vec![1, 2, 3, 4, 5], vec![]));
        assert_eq!(deep(u32::MAX), (vec![1, 2, 3, 4, 5], vec![]));
        let from = BTreeSet::from([oid(3), oid(4)]);
        assert_eq!(walk(&mut Depths::new(1, from), 5), (vec![2, 3, 4, 5], vec![2]));
    }
}
