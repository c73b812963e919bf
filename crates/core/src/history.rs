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
    /// Commits below which nothing is held.
    held_cut: BTreeSet<Oid>,
    /// Commits below which nothing is wanted.
    wanted_cut: BTreeSet<Oid>,
    lacking: Vec<Node>,
}

impl Painting {
    /// Of what is wanted, what is held, and where each of them ends early.
    pub fn new(
        (wanted, wanted_cut): (&[Oid], BTreeSet<Oid>),
        (held, held_cut): (&[Oid], BTreeSet<Oid>),
    ) -> Painting {
        let (ahead, lacking) = Default::default();
        let mut painting = Painting { ahead, open: 0, held_cut, wanted_cut, lacking };
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
        let cut = if mark == Mark::Held { &self.held_cut } else { &self.wanted_cut };
        if !cut.contains(&node.oid) {
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
        for node in self.lacking.iter().rev().filter(|node| !self.wanted_cut.contains(&node.oid)) {
            if node.parents.iter().any(|parent| !lacking.contains(parent) || met.contains(parent)) {
                met.insert(node.oid);
            }
        }
        wanted.iter().all(|oid| !lacking.contains(oid) || met.contains(oid))
    }
}

/// A part of the history that ends early.
#[derive(Clone, Debug, Default)]
pub struct Deepening {
    /// Commits that are still to be shown, and the generations below each that are wanted as well; `u32::MAX` where all of them are.
    ahead: BTreeMap<Oid, u32>,
    /// Commits from which the depth counts, if it does not count from what is wanted.
    from: BTreeSet<Oid>,
    depth: u32,
    /// What is wanted by itself is in whatever else is left out.
    wanted: BTreeSet<Oid>,
    inside: Vec<Node>,
    outside: BTreeSet<Oid>,
    last: BTreeSet<Oid>,
}

impl Deepening {
    /// So many commits deep from each that is wanted, or from those that are given instead.
    pub fn new(wanted: &[Oid], depth: u32, from: BTreeSet<Oid>) -> Deepening {
        let wanted: BTreeSet<Oid> = wanted.iter().copied().collect();
        let mut deepening = Deepening { from, depth, wanted, ..Deepening::default() };
        let left = if deepening.from.is_empty() { depth.saturating_sub(1) } else { u32::MAX };
        for oid in deepening.wanted.clone() {
            deepening.reach(oid, left);
        }
        deepening
    }

    fn reach(&mut self, oid: Oid, left: u32) {
        let left = if left == u32::MAX && self.from.contains(&oid) { self.depth } else { left };
        let most = self.ahead.entry(oid).or_insert(left);
        *most = left.max(*most);
    }

    /// Whether nothing more is looked for.
    pub fn is_done(&self) -> bool {
        self.ahead.is_empty()
    }

    /// Shows a commit, and whether it is among those that are not left out. All that have it as a parent were shown before; others than
    /// those that are looked for may be shown too.
    pub fn show(&mut self, node: Node, is_in: bool) {
        let Some(left) = self.ahead.remove(&node.oid) else { return };
        if !is_in && !self.wanted.contains(&node.oid) {
            self.outside.insert(node.oid);
            return;
        }
        if !is_in || left == 0 {
            self.last.insert(node.oid);
        } else {
            let below = if left == u32::MAX { left } else { left - 1 };
            node.parents.iter().for_each(|parent| self.reach(*parent, below));
        }
        self.inside.push(node);
    }

    /// The commits, and those of them with which the history ends though they have parents.
    pub fn end(self) -> (Vec<Node>, BTreeSet<Oid>) {
        let is_end = |node: &&Node| {
            let cut = node.parents.iter().any(|parent| self.outside.contains(parent));
            cut || (self.last.contains(&node.oid) && !node.parents.is_empty())
        };
        let ends = self.inside.iter().filter(is_end).map(|node| node.oid).collect();
        (self.inside, ends)
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

    fn all(list: &[u8]) -> Vec<Oid> {
        list.iter().map(|n| oid(*n)).collect()
    }

    fn lacking(wanted: &[u8], held: &[u8], cuts: [&[u8]; 2]) -> (Vec<u8>, bool, usize) {
        let [wanted_cut, held_cut] = cuts.map(|cut| all(cut).into_iter().collect());
        let mut painting = Painting::new((&all(wanted), wanted_cut), (&all(held), held_cut));
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
        let none: [&[u8]; 2] = [&[], &[]];
        assert_eq!(lacking(&[5], &[], none), (vec![5, 4, 3, 2, 1], false, 6));
        assert_eq!(lacking(&[5], &[3], none), (vec![5, 4], true, 3));
        assert_eq!(lacking(&[5], &[5], none), (vec![], true, 0));
        assert_eq!(lacking(&[5, 6], &[2], none), (vec![5, 4, 3, 6], false, 5), "nothing of 6 is held");
        assert_eq!(lacking(&[3], &[5], none), (vec![], true, 1), "what is held leads to it");
        assert_eq!(lacking(&[5], &[4], [&[], &[4]]), (vec![5, 3, 2, 1], true, 6), "below 4 nothing is held");
        assert_eq!(lacking(&[4], &[], [&[4], &[]]), (vec![4], false, 2), "nor wanted");
        assert_eq!(
            lacking(&[5, 2], &[4], [&[], &[4]]),
            (vec![5, 3, 2, 1], false, 6),
            "what is cut off is asked for"
        );
    }

    #[test]
    fn depths_end_where_they_are_told_to() {
        let walk = |wanted: &[u8], depth, from: &[u8], left_out: &[u8]| {
            let from = all(from).into_iter().collect();
            let mut deepening = Deepening::new(&all(wanted), depth, from);
            for node in graph() {
                let is_in = !left_out.contains(&node.oid.0[0]);
                deepening.show(node, is_in);
            }
            assert!(deepening.is_done());
            let (inside, ends) = deepening.end();
            let mut inside: Vec<u8> = inside.iter().map(|node| node.oid.0[0]).collect();
            inside.sort_unstable();
            (inside, ends.iter().map(|oid| oid.0[0]).collect::<Vec<u8>>())
        };
        assert_eq!(walk(&[5], 1, &[], &[]), (vec![5], vec![5]));
        assert_eq!(walk(&[5], 2, &[], &[]), (vec![3, 4, 5], vec![3, 4]));
        assert_eq!(walk(&[5], 4, &[], &[]), (vec![1, 2, 3, 4, 5], vec![]));
        assert_eq!(walk(&[5], u32::MAX, &[], &[]), (vec![1, 2, 3, 4, 5], vec![]));
        assert_eq!(walk(&[5], 1, &[3, 4], &[]), (vec![2, 3, 4, 5], vec![2]));
        assert_eq!(walk(&[5, 2], 1, &[], &[]), (vec![2, 5], vec![2, 5]));
        assert_eq!(walk(&[5], u32::MAX, &[], &[1, 2]), (vec![3, 4, 5], vec![3, 4]));
        assert_eq!(
            walk(&[5, 1], u32::MAX, &[], &[1, 2]),
            (vec![1, 3, 4, 5], vec![3, 4]),
            "one that is asked for is there"
        );
        assert_eq!(walk(&[5, 2], u32::MAX, &[], &[1, 2]), (vec![2, 3, 4, 5], vec![2]));
    }
}
