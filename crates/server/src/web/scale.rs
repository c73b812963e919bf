//! How much of a commit is new, in figures and as a small picture.

use seedcorn_commons::changes::Weight;

use super::show::Bytes;

/// A weight as pages show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale(pub(crate) Weight);

impl Scale {
    pub(crate) fn new_bytes(&self) -> Bytes {
        Bytes(self.0.new)
    }

    pub(crate) fn shared_bytes(&self) -> Bytes {
        Bytes(self.0.shared)
    }

    /// How much of what it adds or changes is new, in hundredths.
    pub(crate) fn new_share(&self) -> u64 {
        let all = u128::from(self.0.new) + u128::from(self.0.shared);
        let share = (u128::from(self.0.new) * 100).checked_div(all).unwrap_or_default();
        u64::try_from(share).unwrap_or(100)
    }

    /// Whether it adds or changes any bytes.
    pub(crate) fn has_bytes(&self) -> bool {
        self.0.new > 0 || self.0.shared > 0
    }

    /// Whether all of it was looked at.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.whole
    }
}

#[cfg(test)]
impl Scale {
    /// Half of it new, at most, and nothing at all.
    pub(crate) fn samples() -> [Scale; 2] {
        [(4200, 4200, false), (0, 0, true)].map(|(new, shared, whole)| Scale(Weight { new, shared, whole }))
    }
}
