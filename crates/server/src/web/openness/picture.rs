//! The ear: seventeen kernels, one a part, in the order of the table below it, so that it can be read by position.

use seedcorn_core::openness::{Part, Status, Verdict};

/// A kernel: how it is drawn, and where.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Kernel {
    /// `o` there and open, `m` maybe, `x` not open, `n` not found.
    pub(crate) sign: char,
    /// From the left, in tenths of a unit.
    pub(crate) tenths: u32,
}

impl Kernel {
    /// From the left.
    pub(crate) fn x(&self) -> String {
        format!("{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

/// From one kernel to the next, and from one class to the next.
const STEP: u32 = 76;
const GAP: u32 = 50;

pub(super) fn sign(part: &Part) -> char {
    match (part.status, part.possible) {
        (Status::Included, _) => 'o',
        (_, Status::Included) => 'm',
        (Status::Missing, Status::Missing) => 'n',
        _ => 'x',
    }
}

/// The kernels of a model's verdict.
pub(super) fn kernels(verdict: &Verdict) -> Vec<Kernel> {
    let mut tenths = 0;
    let mut last = None;
    let mut all = Vec::with_capacity(verdict.parts.len());
    for part in &verdict.parts {
        if last.is_some_and(|last| last != part.class) {
            tenths += GAP;
        }
        last = Some(part.class);
        all.push(Kernel { sign: sign(part), tenths });
        tenths += STEP;
    }
    all
}

/// The same in words.
pub(super) fn told(verdict: &Verdict) -> String {
    let count = |sign_of: char| verdict.parts.iter().filter(|part| sign(part) == sign_of).count();
    format!(
        "{} confirmed, {} possible, {} not open, {} not found of {} components",
        count('o'),
        count('m'),
        count('x'),
        count('n'),
        verdict.parts.len()
    )
}

#[cfg(test)]
pub(super) fn samples() -> Vec<Kernel> {
    (0..).zip(['o', 'm', 'x', 'n']).map(|(n, sign)| Kernel { sign, tenths: n * STEP }).collect()
}
