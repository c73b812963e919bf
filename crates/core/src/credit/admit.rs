//! Which of the derivations that are told can be: nothing builds upon what came after it, so that nothing flows in circles.

use super::graph::{Derivation, Work};

/// A place for every work, older ones first, so that each derivation that is let in leads from a later to an earlier place.
pub(super) struct Order {
    /// Works by place.
    pub(super) works: Vec<u32>,
    /// Places by work.
    pub(super) places: Vec<u32>,
}

/// Takes out the derivations that cannot be, and orders the works. Among works of one moment a circle is broken by the order
/// of their ids: what has the later id builds upon what has the earlier.
///
/// What is let in does not depend on the order in which works or derivations come.
pub(super) fn admit(works: &[Work<'_>], by_id: &[u32], derivations: &mut Vec<Derivation>) -> Order {
    let created = |work: u32| works.get(work as usize).map_or(i64::MIN, |work| work.created);
    let rank = |work: u32| by_id.get(work as usize).copied().unwrap_or_default();
    derivations.retain(|edge| edge.child != edge.parent && created(edge.parent) <= created(edge.child));
    let alike: Vec<(u32, u32)> = derivations
        .iter()
        .filter(|edge| created(edge.parent) == created(edge.child))
        .map(|edge| (edge.child, edge.parent))
        .collect();
    let mut levels = vec![0_u32; works.len()];
    if !alike.is_empty() {
        let circles = components(works.len(), &alike);
        let same = |a: u32, b: u32| circles.get(a as usize) == circles.get(b as usize);
        let can = |child: u32, parent: u32| !same(child, parent) || rank(parent) < rank(child);
        derivations
            .retain(|edge| created(edge.parent) != created(edge.child) || can(edge.child, edge.parent));
        let kept: Vec<(u32, u32)> =
            alike.into_iter().filter(|(child, parent)| can(*child, *parent)).collect();
        set_levels(&kept, &mut levels);
    }
    let level = |work: u32| levels.get(work as usize).copied().unwrap_or_default();
    let mut ordered: Vec<u32> = (0..).take(works.len()).collect();
    ordered.sort_unstable_by_key(|work| (created(*work), level(*work), rank(*work)));
    let mut places = vec![0; works.len()];
    for (place, work) in (0..).zip(&ordered) {
        if let Some(of) = places.get_mut(*work as usize) {
            *of = place;
        }
    }
    Order { works: ordered, places }
}

/// Out-edges of each work, as offsets into a list.
struct Adjacent {
    offsets: Vec<u32>,
    to: Vec<u32>,
}

impl Adjacent {
    fn of(works: usize, edges: &[(u32, u32)]) -> Adjacent {
        let mut offsets = vec![0_u32; works + 1];
        for (from, _) in edges {
            offsets[*from as usize + 1] += 1;
        }
        for n in 0..works {
            offsets[n + 1] += offsets[n];
        }
        let mut next = offsets.clone();
        let mut to = vec![0; edges.len()];
        for (from, parent) in edges {
            let at = &mut next[*from as usize];
            to[*at as usize] = *parent;
            *at += 1;
        }
        Adjacent { offsets, to }
    }

    fn from(&self, work: u32) -> &[u32] {
        let (start, end) = (self.offsets[work as usize], self.offsets[work as usize + 1]);
        &self.to[start as usize..end as usize]
    }
}

/// The strongly connected component of each work (Tarjan 1972), with a stack of its own: chains may be long.
fn components(works: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let adjacent = Adjacent::of(works, edges);
    let mut component = vec![NONE; works];
    let mut index = vec![NONE; works];
    let mut low = vec![0_u32; works];
    let (mut next, mut found) = (0, 0);
    let mut open: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, usize)> = Vec::new();
    for (root, _) in edges {
        if index[*root as usize] != NONE {
            continue;
        }
        path.push((*root, 0));
        while let Some((work, at)) = path.pop() {
            let w = work as usize;
            if at == 0 {
                (index[w], low[w]) = (next, next);
                next += 1;
                open.push(work);
            }
            let step = adjacent.from(work)[at..].iter().position(|to| {
                let t = *to as usize;
                if index[t] != NONE && component[t] == NONE {
                    low[w] = low[w].min(low[t]);
                }
                index[t] == NONE
            });
            if let Some(step) = step {
                path.push((work, at + step + 1));
                path.push((adjacent.from(work)[at + step], 0));
                continue;
            }
            if low[w] == index[w] {
                while let Some(top) = open.pop() {
                    component[top as usize] = found;
                    if top == work {
                        break;
                    }
                }
                found += 1;
            }
            if let Some((above, _)) = path.last() {
                low[*above as usize] = low[*above as usize].min(low[w]);
            }
        }
    }
    // Works without such edges are alone, each in a component of its own.
    for own in component.iter_mut().filter(|own| **own == NONE) {
        *own = found;
        found += 1;
    }
    component
}

/// One more than the highest level among the parents, for graphs without circles.
fn set_levels(edges: &[(u32, u32)], levels: &mut [u32]) {
    let reversed: Vec<(u32, u32)> = edges.iter().map(|(child, parent)| (*parent, *child)).collect();
    let children = Adjacent::of(levels.len(), &reversed);
    let mut waiting = vec![0_u32; levels.len()];
    for (child, _) in edges {
        waiting[*child as usize] += 1;
    }
    let is_root = |work: &u32| waiting[*work as usize] == 0;
    let mut ready: Vec<u32> = edges.iter().map(|(_, parent)| *parent).filter(is_root).collect();
    ready.sort_unstable();
    ready.dedup();
    while let Some(work) = ready.pop() {
        for child in children.from(work) {
            let c = *child as usize;
            levels[c] = levels[c].max(levels[work as usize] + 1);
            waiting[c] -= 1;
            if waiting[c] == 0 {
                ready.push(*child);
            }
        }
    }
}
