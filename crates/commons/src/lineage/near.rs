//! Whether the numbers of a model follow those of another: of a few tensors a sample of both is read from the store. So a model that was
//! trained on as a whole, or that is written in other numbers, is known again, although no tensor of it is the same.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::{Bytes, MEASURED_PER_MILLE, Near, Numbers, Sampled, bare, few_bits};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::git::{self, Commit};
use seedcorn_db::lineage as rows;
use seedcorn_db::repos;
use serde_json::{Value, json};

use super::marks::{self, content_of, is_weights};
use super::trace::Placed;
use crate::access::{self, See};
use crate::browse::{self, Entry};
use crate::objects::{MAIN, Objects};
use crate::preview::{Source, with_gguf, with_safetensors};
use crate::pull::Located;
use crate::{Commons, Refusal, Result, compute};

/// What a sample of the tensors of a model tells of one that it may build upon.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Nearness {
    sampled: Sampled,
    /// Tensors of the model, and those of them that have a namesake of as many numbers in the other.
    all: Bytes,
    paired: Bytes,
    /// Whether the model is written in fewer bits than the other.
    pub(super) packed: bool,
}

impl Nearness {
    /// The bytes that follow the other's, as far as the sample tells.
    fn bytes(&self) -> u64 {
        let part = u128::from(self.paired.bytes) * u128::from(self.sampled.near.bytes);
        u64::try_from(part / u128::from(self.sampled.compared.bytes.max(1))).unwrap_or_default()
    }

    fn per_mille(&self) -> u64 {
        Bytes { count: 0, bytes: self.bytes() }.per_mille(self.all)
    }

    /// Whether it shows that the model was made from the other.
    pub(super) fn shows(&self) -> bool {
        self.per_mille() >= MEASURED_PER_MILLE
    }

    /// Whether it shows that the two have nothing to do with each other.
    pub(super) fn refutes(&self) -> bool {
        self.sampled.refutes()
    }

    /// Which of two is nearer.
    pub(super) fn nearer(&self, other: &Nearness) -> Ordering {
        let correlation = |one: &Nearness| one.sampled.correlation.unwrap_or_default();
        self.per_mille().cmp(&other.per_mille()).then(correlation(self).total_cmp(&correlation(other)))
    }

    /// What was measured.
    pub(super) fn says(&self) -> Value {
        json!({
            "tensors": self.sampled.near.count,
            "of_tensors": self.sampled.compared.count,
            "bytes": self.bytes(),
            "of_bytes": self.all.bytes,
            "per_mille": self.per_mille(),
            "correlation": self.sampled.correlation.map(|value| (value * 1000.0).round() / 1000.0),
        })
    }
}

/// A model whose tensors are looked at.
pub(super) struct Model<'a> {
    pub(super) repo: &'a repos::Repo,
    pub(super) objects: &'a Objects,
    pub(super) commit: &'a Commit,
    pub(super) entries: &'a [Entry],
    /// Since when it has the weights that it has: what others got later it was not made from.
    pub(super) since: Time,
}

/// Compares a model with public models of others, each as it was at a commit, if that is known, else as it is. Of one that nothing can be
/// told of, none: it has no weights by the same names that it had before.
pub(super) async fn near(
    commons: &Commons,
    model: &Model<'_>,
    candidates: &[(RepoId, Option<Oid>)],
) -> Result<BTreeMap<RepoId, Option<Nearness>>> {
    let mut found = BTreeMap::new();
    let files = located(model.objects, model.commit, model.entries);
    let own = tensors(commons, &files, None).await?;
    for (parent, pinned) in candidates.iter().take(limits::LINEAGE_NEAR_MODELS_MAX) {
        let id = std::slice::from_ref(parent);
        let seen = repos::list_seen_by_id(&mut commons.db.look().await?, id, &[], false).await?;
        let is_base =
            |base: &repos::Repo| base.kind == RepoKind::Model && base.namespace != model.repo.namespace;
        if !seen.iter().any(is_base) {
            continue;
        }
        let mut nearness = None;
        for commit in commits(commons, parent, *pinned).await? {
            nearness = compare_at(commons, (&own, model), parent, &commit).await?;
            if nearness.is_some() {
                break;
            }
        }
        found.insert(parent.clone(), nearness);
    }
    Ok(found)
}

/// The commits of a base at which it is looked at: the one that it was at when it was seen first, and the one that it is at.
async fn commits(commons: &Commons, parent: &RepoId, pinned: Option<Oid>) -> Result<Vec<Commit>> {
    let mut tx = commons.db.look().await?;
    let then = match pinned {
        Some(pinned) => git::find_commit(&mut tx, parent, &pinned).await?,
        None => None,
    };
    let now = git::find_commit_of_ref(&mut tx, parent, MAIN).await?;
    let mut all: Vec<Commit> = then.into_iter().chain(now).collect();
    all.dedup_by(|a, b| a.oid == b.oid);
    Ok(all)
}

async fn compare_at(
    commons: &Commons,
    (own, model): (&[File<'_>], &Model<'_>),
    parent: &RepoId,
    commit: &Commit,
) -> Result<Option<Nearness>> {
    let Some(grant) = access::for_the_hub(commons, parent).await? else { return Ok(None) };
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let entries = browse::all_files(commons, &see, commit, limits::LINEAGE_FILES_MAX).await?;
    let objects = Objects::open(commons, parent).await?;
    let files = located(&objects, commit, &entries);
    // Only what it had before counts, whatever it has now.
    let before = Before { repo: parent, since: model.since, other: &model.repo.id };
    let base = tensors(commons, &files, Some(&before)).await?;
    compare(own, &base).await
}

/// A file of weights: what names its contents, whether it is GGUF, and where it lies.
type Weights = (String, bool, Located);

fn located(objects: &Objects, commit: &Commit, entries: &[Entry]) -> Vec<Weights> {
    let weights = entries.iter().filter(|entry| is_weights(&entry.path));
    let files = weights.take(limits::LINEAGE_NEAR_FILES_MAX);
    files
        .filter_map(|entry| {
            let located = Located::of_entry(objects, commit, entry)?;
            Some((content_of(entry), entry.path.ends_with(".gguf"), located))
        })
        .collect()
}

/// A file of weights, and the tensors in it that speak.
struct File<'a> {
    source: Source<'a>,
    tensors: Vec<Placed>,
}

/// What a repo had before another got its weights.
struct Before<'a> {
    repo: &'a RepoId,
    since: Time,
    other: &'a RepoId,
}

impl Before<'_> {
    /// Of some marks, those that it had before.
    async fn of(&self, commons: &Commons, prints: &[String]) -> Result<BTreeSet<String>> {
        let marked = rows::marked(&mut commons.db.look().await?, self.repo, prints).await?;
        let was = |since: i64| (since, self.repo) < (self.since.0, self.other);
        Ok(marked.into_iter().filter(|(_, since)| was(*since)).map(|(print, _)| print).collect())
    }
}

/// The tensors of files that speak and say where they lie. What is damaged has none, nor what nobody read yet.
async fn tensors<'a>(
    commons: &'a Commons,
    files: &'a [Weights],
    before: Option<&Before<'_>>,
) -> Result<Vec<File<'a>>> {
    let mut all = Vec::with_capacity(files.len());
    for (content, is_gguf, located) in files {
        let Some(known) = marks::known(commons, content).await? else { continue };
        let had = match before {
            Some(before) => {
                let prints: Vec<String> = known.iter().map(|(print, ..)| print.clone()).collect();
                Some(before.of(commons, &prints).await?)
            }
            None => None,
        };
        let counts = |print: &String| had.as_ref().is_none_or(|had| had.contains(print));
        let names: BTreeSet<String> =
            known.into_iter().filter(|(print, ..)| counts(print)).map(|(_, _, name)| name).collect();
        if names.is_empty() {
            continue;
        }
        let source = Source::open(commons, located).await?;
        let placed = match is_gguf {
            true => with_gguf(&source, Placed::of_gguf).await?,
            false => with_safetensors(&source, Placed::of_safetensors).await?,
        };
        let mut tensors = placed.unwrap_or_default();
        tensors.retain(|tensor| names.contains(&tensor.name));
        all.push(File { source, tensors });
    }
    Ok(all)
}

/// Tensors of two models beside each other; none where no two have a name and a length in common.
async fn compare(own: &[File<'_>], base: &[File<'_>]) -> Result<Option<Nearness>> {
    let mut named: BTreeMap<(String, u64), (&Source<'_>, &Placed)> = BTreeMap::new();
    for file in base {
        let key = |tensor: &Placed| (bare(&tensor.name), tensor.elements());
        named.extend(file.tensors.iter().map(|tensor| (key(tensor), (&file.source, tensor))));
    }
    let [mut all, mut paired] = [Bytes::default(); 2];
    let mut pairs = Vec::new();
    for file in own {
        for tensor in &file.tensors {
            let bytes = tensor.at.end - tensor.at.start;
            all.add(bytes);
            let readable = Numbers::named(&tensor.dtype).is_some();
            let namesake = named.get(&(bare(&tensor.name), tensor.elements())).filter(|_| readable);
            if let Some(other) = namesake.filter(|(_, other)| Numbers::named(&other.dtype).is_some()) {
                paired.add(bytes);
                pairs.push(((&file.source, tensor), *other));
            }
        }
    }
    // Some from everywhere: a few layers may have been left as they were, or be new.
    let step = pairs.len().div_ceil(limits::LINEAGE_NEAR_TENSORS_MAX).max(1);
    let mut sampled = Vec::new();
    let mut packed = !pairs.is_empty();
    for (one, other) in pairs.into_iter().step_by(step) {
        packed &= few_bits(&one.1.dtype) && !few_bits(&other.1.dtype);
        let (Some(a), Some(b)) = (middle(one).await?, middle(other).await?) else { continue };
        let bytes = one.1.at.end - one.1.at.start;
        let near = compute(move || {
            let mut near = Near::default();
            near.add(&a.0.read(&a.1), &b.0.read(&b.1));
            near
        })
        .await?;
        sampled.push((bytes, near));
    }
    let sampled = Sampled::of(sampled);
    Ok((sampled.compared.count > 0).then_some(Nearness { sampled, all, paired, packed }))
}

/// Numbers from the middle of a tensor, as they are written.
async fn middle((source, tensor): (&Source<'_>, &Placed)) -> Result<Option<(Numbers, bytes::Bytes)>> {
    let Some(numbers) = Numbers::named(&tensor.dtype) else { return Ok(None) };
    let most = limits::LINEAGE_NEAR_NUMBERS;
    match numbers.middle(tensor.elements(), &tensor.at, most).filter(|at| at.end <= source.bytes()) {
        Some(at) => Ok(Some((numbers, source.range(at).await?))),
        None => Ok(None),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use seedcorn_core::lineage::State;

    use super::*;
    use crate::access::authorize;
    use crate::lineage::{Edge, Reach, Work, around};
    use crate::{admin, demo, jobs, publish, repo};

    const BASE: &str = "acorn-lab/acorn-tiny";

    /// The demo's base with other weights, made from its weights' bytes behind the header, published by somebody.
    async fn publish(commons: &Commons, who: &str, full: &str, make: impl Fn(usize, u8) -> u8) {
        let actor = admin::act_as(commons, who).await.unwrap();
        let (owner, name) = full.split_once('/').unwrap();
        let new = repo::NewRepo {
            kind: RepoKind::Model,
            owner: Some(owner.into()),
            name: name.into(),
            private: Some(false),
            sdk: String::new(),
        };
        // It may be there.
        let _ = repo::create(commons, &actor, new).await;
        let all = demo::repos();
        let base = all.iter().find(|one| format!("{}/{}", one.owner, one.name) == BASE).unwrap();
        let mut files = base.commits[0].files.clone();
        files.retain(|(path, _)| path != "README.md");
        let (_, weights) = files.iter_mut().find(|(path, _)| path.ends_with(".safetensors")).unwrap();
        let header = 8 + u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
        weights[header..].iter_mut().enumerate().for_each(|(n, byte)| *byte = make(n, *byte));
        let grant = authorize(commons, Some(&actor), RepoKind::Model, full).await.unwrap();
        publish::whole(commons, &grant, "Add it", files).await.unwrap();
        while jobs::run_due(commons).await.unwrap() > 0 {}
    }

    /// What a model is known to build upon: how, and what.
    async fn edges(commons: &Commons, full: &str) -> Vec<(Edge, String)> {
        let see = authorize::<See>(commons, None, RepoKind::Model, full).await.unwrap();
        let lineage = around(commons, &see, Reach { up: 1, down: 0, works: 9 }).await.unwrap();
        let name = |edge: &Edge| match &lineage.nodes[edge.parent].work {
            Work::Here(repo) => repo.full_name(),
            Work::Elsewhere(parent) => parent.to_string(),
        };
        let names: Vec<String> = lineage.edges.iter().map(name).collect();
        let is_own = |edge: &Edge| edge.child == 0 && edge.gone.is_none();
        lineage.edges.into_iter().zip(names).filter(|(edge, _)| is_own(edge)).collect()
    }

    /// The last bit of each number, of two bytes, is another one: no tensor is the same, and all of them follow.
    fn trained_on(n: usize, byte: u8) -> u8 {
        byte ^ u8::from(n.is_multiple_of(2))
    }

    /// Numbers of about the same size that have nothing to do with any others; of each seed others.
    fn apart(seed: u8) -> impl Fn(usize, u8) -> u8 {
        move |n, _| {
            let noise = blake3::hash(&[&(n as u64).to_le_bytes()[..], &[seed]].concat()).as_bytes()[0];
            if n.is_multiple_of(2) { noise } else { 0x3c | (noise & 0x81) }
        }
    }

    #[tokio::test]
    async fn a_model_that_was_trained_on_as_a_whole_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let name = "demo-student/trained-on";
        publish(&commons, "demo-student", name, trained_on).await;
        let found = edges(&commons, name).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let (edge, base) = &found[0];
        assert_eq!((edge.state, base.as_str()), (State::Measured, BASE));
        assert_eq!(edge.kind, seedcorn_core::credit::Kind::Finetune);
        let says: Value = serde_json::from_str(&edge.says).unwrap();
        assert!(says["correlation"].as_f64().unwrap() > 0.95, "{says}");
        assert!(says["per_mille"].as_u64().unwrap() > 900, "{says}");

        // The base moves on: what was made from it was made from it all the same.
        publish(&commons, "demo-keeper", BASE, apart(1)).await;
        let found = edges(&commons, name).await;
        assert!(found.iter().any(|(edge, base)| edge.state == State::Measured && base == BASE), "{found:?}");
        // It moves on itself, to what has nothing to do with it.
        publish(&commons, "demo-student", name, apart(2)).await;
        assert!(edges(&commons, name).await.is_empty());
    }

    #[tokio::test]
    async fn one_that_was_trained_apart_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        publish(&commons, "demo-student", "demo-student/apart", apart(1)).await;
        let found = edges(&commons, "demo-student/apart").await;
        assert!(found.is_empty(), "the same build is chance, as its numbers show: {found:?}");
    }

    #[tokio::test]
    async fn nobody_becomes_a_base_by_taking_over_what_came_later() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let (early, real) = ("demo-student/early", "demo-reader/real");
        publish(&commons, "demo-student", early, apart(1)).await;
        publish(&commons, "demo-reader", real, apart(2)).await;
        let later = apart(2);
        publish(&commons, "demo-student", early, move |n, byte| trained_on(n, later(n, byte))).await;
        let found = edges(&commons, real).await;
        assert!(found.is_empty(), "it had its weights first: {found:?}");
        let found = edges(&commons, early).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0.state, found[0].1.as_str()), (State::Measured, real));
        // Whoever speaks of it calls the other work by its name.
        let student = admin::act_as(&commons, "demo-student").await.unwrap();
        let see = authorize::<See>(&commons, Some(&student), RepoKind::Model, early).await.unwrap();
        let named = format!("models/{real}");
        crate::lineage::say(&commons, &see, &named, true, "By chance.").await.unwrap();
        assert_eq!(edges(&commons, early).await[0].0.words.len(), 1);
    }

    #[tokio::test]
    async fn whoever_takes_a_file_out_and_puts_it_back_had_it_first() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let (original, copy) = ("demo-reader/original", "demo-student/copy");
        publish(&commons, "demo-reader", original, apart(3)).await;
        publish(&commons, "demo-student", copy, apart(3)).await;
        publish(&commons, "demo-reader", original, apart(4)).await;
        publish(&commons, "demo-reader", original, apart(3)).await;
        assert!(edges(&commons, original).await.is_empty());
        let found = edges(&commons, copy).await;
        assert!(
            found.iter().all(|(edge, base)| edge.state == State::Measured && base == original),
            "{found:?}"
        );
        assert_eq!(found.len(), 1);
    }
}
