//! Works of one controller are one work to credit: what builds upon another work of its own controller inherits what that one
//! builds upon, so that nobody gains by citing themselves, nor by standing in their own way.

use super::graph::{Derivation, EDGES_MAX, PARENTS_MAX};

/// Of each kind the oldest parents stay: no kind can push out another, and nothing that is added later what was there before.
/// Tells whether any went.
fn oldest(out: &mut Vec<Derivation>, begin: usize) -> bool {
    let mut of_kind = [0; 8];
    let mut kept = begin;
    for at in begin..out.len() {
        let count = &mut of_kind[out[at].kind as usize];
        if *count < PARENTS_MAX {
            *count += 1;
            out[kept] = out[at];
            kept += 1;
        }
    }
    let cut = kept < out.len();
    out.truncate(kept);
    cut
}

/// What each work builds upon outside its own controller, by places: parents come before children. What comes is in order and
/// has no pair twice, and so is what goes. The number of works whose list was cut is told.
pub(super) fn contract(
    places: usize,
    controllers: &[u32],
    derivations: Vec<Derivation>,
) -> (Vec<Derivation>, u32) {
    let is_own = |edge: &Derivation| controllers[edge.child as usize] == controllers[edge.parent as usize];
    if !derivations.iter().any(is_own) {
        return (derivations, 0);
    }
    let mut starts = vec![0_usize; places + 1];
    let mut out: Vec<Derivation> = Vec::with_capacity(derivations.len());
    let mut cut = 0;
    let mut rest = derivations.as_slice();
    for child in 0..places {
        let end = rest.partition_point(|edge| edge.child as usize <= child);
        let (own, later) = rest.split_at(end);
        rest = later;
        let begin = out.len();
        out.extend(own.iter().filter(|edge| !is_own(edge)));
        for inner in own.iter().filter(|edge| is_own(edge)) {
            // What it inherits lies before it: parents have lower places.
            let inherited = starts[inner.parent as usize]..starts[inner.parent as usize + 1];
            let child = inner.child;
            for at in inherited {
                let edge = Derivation { child, ..out[at] };
                out.push(edge);
            }
            if out.len() > EDGES_MAX {
                // More than is counted, which the caller says.
                return (out, cut);
            }
        }
        if own.iter().any(is_own) {
            out[begin..].sort_unstable();
            let mut kept = begin;
            for at in begin..out.len() {
                if at == begin || out[at] != out[kept - 1] {
                    out[kept] = out[at];
                    kept += 1;
                }
            }
            out.truncate(kept);
            cut += u32::from(oldest(&mut out, begin));
        }
        starts[child + 1] = out.len();
    }
    (out, cut)
}
