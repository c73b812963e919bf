//! Use of works: who took how much of what, as far as that is counted. Written down now and then, so that pulling costs no write;
//! summed up once a day is over, after which nothing is known of anybody but the days on which members used something.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seedcorn_core::access::Actor;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::usage::{Day, Sort, least};
use seedcorn_db::usage::{self as rows, Taken};
use seedcorn_db::{repos, settings};

use crate::{Commons, Result};

pub use seedcorn_db::usage::Daily;

/// Before what tells visitors and machines apart; members go by their ids, which have no colon.
const VISITOR: &str = "v:";
const MACHINE: &str = "c:";
/// The setting that whoever sums up holds, so that nobody else does meanwhile.
const SUMMED: &str = "usage summed up";

/// Who takes something, as far as it is counted: a member, or somebody of whom only this day is known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Who(String);

impl Who {
    fn sort(&self) -> Sort {
        match () {
            () if self.0.starts_with(VISITOR) => Sort::Visitor,
            () if self.0.starts_with(MACHINE) => Sort::Machine,
            () => Sort::Member,
        }
    }
}

/// Files that were asked for, and bytes that were sent, by work, day and consumer.
#[derive(Default, Debug)]
pub(crate) struct Meter(Mutex<Waiting>);

type Waiting = BTreeMap<(RepoId, Day, Who), (i64, i64)>;

impl Meter {
    fn add(&self, all: impl IntoIterator<Item = ((RepoId, Day, Who), (i64, i64))>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, (requests, bytes)) in all {
            // Beyond it only those count who are there already: whoever comes with a million addresses fills no memory.
            if waiting.len() < limits::USAGE_WAITING_MAX || waiting.contains_key(&key) {
                let sum = waiting.entry(key).or_default();
                *sum = (sum.0.saturating_add(requests), sum.1.saturating_add(bytes));
            }
        }
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Commons {
    /// Who asks. Of those without an account, addresses tell them apart, of IPv6 the first half; what is kept of an address is a
    /// keyed hash that is another one on each day.
    pub fn who(&self, actor: Option<&Actor>, is_machine: bool, address: Option<IpAddr>) -> Who {
        match actor {
            Some(actor) if is_machine => Who(format!("{MACHINE}{}", actor.member)),
            Some(actor) => Who(actor.member.to_string()),
            None => {
                let mut hash = blake3::Hasher::new_keyed(self.seals.usage.key());
                hash.update(&Day::of(self.now()).0.to_le_bytes());
                match address {
                    Some(IpAddr::V4(address)) => hash.update(&address.octets()),
                    Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                        Some(address) => hash.update(&address.octets()),
                        None => hash.update(&address.octets()[..8]),
                    },
                    None => &mut hash,
                };
                let sort = if is_machine { MACHINE } else { VISITOR };
                Who(format!("{sort}{}", &hash.finalize().to_hex()[..16]))
            }
        }
    }

    /// Somebody asks for a file.
    pub fn note_asked(&self, repo: &RepoId, who: &Who) {
        self.meter.add([((repo.clone(), Day::of(self.now()), who.clone()), (1, 0))]);
    }

    /// Somebody has bytes of what a work is made of, on the day on which they asked for them.
    pub fn note_sent(&self, repo: &RepoId, (who, day): (&Who, Day), bytes: u64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.meter.add([((repo.clone(), day, who.clone()), (0, bytes))]);
    }

    /// Who asks and on which day, as an address may have it: whoever reads the address learns nothing. `about` is what the address is
    /// for, which is another one each time.
    pub(crate) fn hide(&self, who: &Who, about: &str) -> String {
        let day = Day::of(self.now()).0;
        BASE64_URL_SAFE_NO_PAD.encode(self.mask(format!("{day} {}", who.0).into_bytes(), about))
    }

    /// Reads what [`Commons::hide`] wrote.
    pub(crate) fn show(&self, hidden: &str, about: &str) -> Option<(Who, Day)> {
        let text = String::from_utf8(self.mask(BASE64_URL_SAFE_NO_PAD.decode(hidden).ok()?, about)).ok()?;
        let (day, who) = text.split_once(' ')?;
        Some((Who(who.to_owned()), Day(day.parse().ok()?)))
    }

    fn mask(&self, mut bytes: Vec<u8>, about: &str) -> Vec<u8> {
        let mut mask = vec![0; bytes.len()];
        let mut hash = blake3::Hasher::new_keyed(self.seals.usage.key());
        hash.update(about.as_bytes()).finalize_xof().fill(&mut mask);
        bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        bytes
    }

    /// Writes down what was counted since the last time, some at once; what cannot be written is counted again.
    pub async fn flush_usage(&self) -> Result<()> {
        let mut waiting = self.meter.take();
        while !waiting.is_empty() {
            let rest = match waiting.keys().nth(limits::USAGE_WRITTEN_AT_ONCE).cloned() {
                Some(next) => waiting.split_off(&next),
                None => Waiting::new(),
            };
            if let Err(refusal) = self.write_usage(&waiting).await {
                self.meter.add(waiting);
                self.meter.add(rest);
                return Err(refusal);
            }
            waiting = rest;
        }
        Ok(())
    }

    /// In the order of the works, so that two replicas never wait for each other in a circle.
    async fn write_usage(&self, waiting: &Waiting) -> Result<()> {
        let mut tx = self.db.write().await?;
        let mut downloads: BTreeMap<&RepoId, i64> = BTreeMap::new();
        for ((repo, day, who), (requests, bytes)) in waiting {
            let sort = who.sort();
            let taken = Taken {
                repo: repo.clone(),
                day: *day,
                who: who.0.clone(),
                sort: sort.word(),
                requests: *requests,
                bytes: *bytes,
            };
            let first = rows::add(&mut tx, &taken).await?;
            *downloads.entry(repo).or_default() += i64::from(first && sort != Sort::Machine);
        }
        for (repo, count) in downloads.into_iter().filter(|(_, count)| *count > 0) {
            repos::count_downloads(&mut tx, repo, count).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Sums up the days that are over, and forgets what is too old to count. Tells how many were summed up, each of one work.
pub(crate) async fn sum_up(commons: &Commons) -> Result<usize> {
    commons.flush_usage().await?;
    // Replicas write down what they counted a little later.
    let today = Day::of(commons.now().plus_secs(-limits::USAGE_LATE_SECS));
    let mut summed = 0;
    loop {
        let mut tx = commons.db.write().await?;
        // One replica after the other: two that sum up one day would tell twice as much.
        settings::put(&mut tx, SUMMED, &today.0.to_string()).await?;
        let open = rows::open_days(&mut tx, today, limits::USAGE_PAGE).await?;
        for one in &open {
            let whole = one.whole.and_then(|whole| u64::try_from(whole).ok());
            rows::sum_up(&mut tx, one, i64::try_from(least(whole)).unwrap_or(i64::MAX)).await?;
        }
        tx.commit().await?;
        summed += open.len();
        if open.is_empty() {
            break;
        }
    }
    let mut tx = commons.db.write().await?;
    rows::forget(&mut tx, Day(today.0 - limits::USAGE_DAYS_MAX)).await?;
    tx.commit().await?;
    Ok(summed)
}

/// Whether a day is over and all that was counted of it is summed up.
pub async fn is_complete(commons: &Commons, day: Day) -> Result<bool> {
    let today = Day::of(commons.now().plus_secs(-limits::USAGE_LATE_SECS));
    if day >= today {
        return Ok(false);
    }
    let open = rows::open_days(&mut commons.db.look().await?, Day(day.0 + 1), 1).await?;
    Ok(open.is_empty())
}

/// Days that are over and summed up and on which anything was used, the newest first.
pub async fn days(commons: &Commons) -> Result<Vec<Day>> {
    let mut tx = commons.db.look().await?;
    let today = Day::of(commons.now().plus_secs(-limits::USAGE_LATE_SECS));
    let open = rows::open_days(&mut tx, today, 1).await?;
    // What is not summed up yet hides the days from there on.
    let before = open.first().map_or(today, |open| Day(open.day));
    Ok(rows::days(&mut tx, before, limits::USAGE_DAYS_SHOWN).await?)
}

/// What was taken on a day that is over of works that everybody may see: a page of it, from behind a work, and whether there is more.
pub async fn of_day(commons: &Commons, day: Day, behind: &str) -> Result<(Vec<Daily>, bool)> {
    let mut found = rows::of_day(&mut commons.db.look().await?, day, behind, limits::USAGE_PAGE + 1).await?;
    let most = usize::try_from(limits::USAGE_PAGE).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    Ok((found, more))
}
