//! Which of the repos that were found comes first.

/// What a download is worth: ten times as many of them as much as this part of the best match.
const DOWNLOADS_WEIGHT: f64 = 0.15;
/// What it is worth to be called exactly what was asked for; more than all else together.
const SAME_NAME: f64 = 4.0;
/// What it is worth to have all that was asked for in its name, whatever stands in the tags and cards of others.
const IN_NAME: f64 = 1.5;

/// A repo that matched.
#[derive(Clone, PartialEq, Debug)]
pub struct Found<Id> {
    /// Which.
    pub id: Id,
    /// Its own name, without the owner.
    pub name: String,
    /// How well its text matches; more is better, the scale is the database's.
    pub score: f64,
    /// File requests.
    pub downloads: u64,
}

/// Puts what was found in order, best first. A good match that many use goes before a slightly better one that nobody
/// does, and a repo of exactly the name asked for before all others.
pub fn order<Id: Ord>(mut found: Vec<Found<Id>>, query: &str) -> Vec<Found<Id>> {
    let best = found.iter().map(|one| one.score).fold(f64::MIN_POSITIVE, f64::max);
    let asked = words(query.trim().rsplit('/').next().unwrap_or_default());
    let worth = |one: &Found<Id>| {
        #[expect(clippy::cast_precision_loss, reason = "a rank needs no more digits")]
        let used = (1.0 + one.downloads as f64).log10() * DOWNLOADS_WEIGHT;
        let own = words(&one.name);
        let named = match () {
            () if own == asked => SAME_NAME,
            () if !asked.is_empty() && asked.iter().all(|word| own.contains(word)) => IN_NAME,
            () => 0.0,
        };
        one.score / best + used + named
    };
    found.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then_with(|| a.id.cmp(&b.id)));
    found
}

/// The words of a name, however they are joined.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(found: &[(u32, &str, f64, u64)], query: &str) -> Vec<u32> {
        let found = found.iter().map(|(id, name, score, downloads)| Found {
            id: *id,
            name: (*name).into(),
            score: *score,
            downloads: *downloads,
        });
        order(found.collect(), query).into_iter().map(|one| one.id).collect()
    }

    #[test]
    fn names_then_matches_and_use() {
        let all = [(1, "bert-large", 2.0, 0), (2, "bert", 1.0, 0), (3, "roberta", 1.9, 10_000)];
        assert_eq!(ids(&all, "BERT"), [2, 1, 3]);
        assert_eq!(ids(&all, "org/bert"), [2, 1, 3]);
        assert_eq!(ids(&all, "large"), [1, 3, 2], "who has it in the name");
        let spelled = [(1, "acorn-tiny-notes", 2.0, 0), (2, "acorn-tiny", 1.0, 0), (3, "other", 9.0, 0)];
        assert_eq!(ids(&spelled, "acorn tiny"), [2, 1, 3], "however its words are joined");
    }

    #[test]
    fn equals_keep_one_order() {
        assert_eq!(ids(&[(2, "a", 0.0, 1), (1, "b", 0.0, 1)], "x"), [1, 2]);
        assert_eq!(ids(&[], "x"), [0; 0]);
    }
}
