//! Who gave what to whom, in an order that does not depend on how it came.

use std::collections::BTreeMap;

/// Donations of a round.
pub const DONATIONS_MAX: usize = 4 << 20;
/// The most that anybody gives to one project, in minor units: a real number holds it exactly.
const AMOUNT_MAX: u64 = 1 << 53;
/// The most that is given in a round, in minor units.
const GIVEN_MAX: u64 = 1 << 62;

/// One donation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Donation<'a> {
    /// Who gave.
    pub donor: &'a str,
    /// To which project.
    pub project: &'a str,
    /// Minor units.
    pub amount: u64,
}

/// What makes donations none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadDonations {
    /// More than are counted in a round.
    #[error("{0} donations are more than the {DONATIONS_MAX} of a round")]
    TooMany(usize),
    /// More than anybody gives.
    #[error("{donor:?} gives {project:?} more than {AMOUNT_MAX} minor units")]
    TooMuch {
        /// Who.
        donor: String,
        /// To which project.
        project: String,
    },
    /// More than is given in a round.
    #[error("all that is given comes to more than {GIVEN_MAX} minor units")]
    TooMuchInAll,
}

/// What each donor gave to each project in all. Donors and projects are spoken of by their numbers in the order of their ids.
#[derive(Clone, PartialEq, Debug)]
pub struct Donations {
    donors: Vec<String>,
    projects: Vec<String>,
    amounts: Vec<u64>,
    /// Of each project, its donors and what they gave, in minor units.
    pub(super) of_project: Vec<Vec<(u32, f64)>>,
    /// Of each donor, their projects and what they gave, in minor units.
    pub(super) of_donor: Vec<Vec<(u32, f64)>>,
}

impl Donations {
    /// Adds up what is told more than once. A project to which nobody gives anything is one all the same.
    ///
    /// # Errors
    /// [`BadDonations`] beyond the limits.
    pub fn new<'a>(all: impl IntoIterator<Item = Donation<'a>>) -> Result<Donations, BadDonations> {
        let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut given = 0_u64;
        for (n, one) in all.into_iter().enumerate() {
            if n >= DONATIONS_MAX {
                return Err(BadDonations::TooMany(n + 1));
            }
            given = given.saturating_add(one.amount);
            if given > GIVEN_MAX {
                return Err(BadDonations::TooMuchInAll);
            }
            let sum = sums.entry((one.project, one.donor)).or_default();
            *sum += one.amount;
            if *sum > AMOUNT_MAX {
                return Err(BadDonations::TooMuch { donor: one.donor.into(), project: one.project.into() });
            }
        }
        let mut donors: Vec<&str> =
            sums.iter().filter(|(_, sum)| **sum > 0).map(|((_, donor), _)| *donor).collect();
        donors.sort_unstable();
        donors.dedup();
        let mut projects: Vec<&str> = sums.keys().map(|(project, _)| *project).collect();
        projects.dedup();
        let mut found = Donations {
            amounts: vec![0; projects.len()],
            of_project: vec![Vec::new(); projects.len()],
            of_donor: vec![Vec::new(); donors.len()],
            donors: donors.iter().map(|id| (*id).to_owned()).collect(),
            projects: projects.iter().map(|id| (*id).to_owned()).collect(),
        };
        for ((project, donor), sum) in sums {
            let (Ok(project), Ok(donor)) = (projects.binary_search(&project), donors.binary_search(&donor))
            else {
                continue;
            };
            if sum == 0 {
                continue;
            }
            found.amounts[project] += sum;
            found.of_project[project].push((donor as u32, sum as f64));
            found.of_donor[donor].push((project as u32, sum as f64));
        }
        Ok(found)
    }

    /// Ids of the donors who gave anything, in order.
    pub fn donors(&self) -> &[String] {
        &self.donors
    }

    /// Ids of the projects, in order.
    pub fn projects(&self) -> &[String] {
        &self.projects
    }

    /// What each project was given, in minor units.
    pub fn amounts(&self) -> &[u64] {
        &self.amounts
    }

    /// How many donors each project has.
    pub fn donors_of(&self, project: usize) -> usize {
        self.of_project.get(project).map_or(0, Vec::len)
    }
}
