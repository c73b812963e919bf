//! Whether the numbers of a model follow those of another: of a few tensors a sample of both is read from the store. So a model that was
//! trained on as a whole, or that is written in other numbers, is known again, although no tensor of it is the same.

use std::collections::BTreeMap;

use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::{
    Bytes, MEASURED_PER_MILLE, Near, Numbers, SPEAKING_BYTES_MIN, Sampled, bare, few_bits,
};
use seedcorn_core::repo::RepoKind;
use seedcorn_db::git::{self, Commit};
use seedcorn_db::repos;
use serde_json::{Value, json};

use super::marks::is_weights;
use super::trace::Placed;
use crate::access::{self, See};
use crate::browse::{self, Entry};
use crate::objects::{MAIN, Objects};
use crate::preview::{Source, with_gguf, with_safetensors};
use crate::pull::Located;
use crate::{Commons, Result, compute};

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
    pub(super) objects: &'a Objects,
    pub(super) commit: &'a Commit,
    pub(super) entries: &'a [Entry],
}

/// Compares a model with public models of others that may be older bases of it.
pub(super) async fn near(
    commons: &Commons,
    child: &repos::Repo,
    model: &Model<'_>,
    candidates: &[RepoId],
) -> Result<BTreeMap<RepoId, Nearness>> {
    let mut found = BTreeMap::new();
    if candidates.is_empty() {
        return Ok(found);
    }
    let own = located(model);
    let own = tensors(commons, &own).await?;
    for parent in candidates.iter().take(limits::LINEAGE_NEAR_MODELS_MAX) {
        let seen =
            repos::list_seen_by_id(&mut commons.db.look().await?, std::slice::from_ref(parent), &[], false)
                .await?;
        let is_base = |base: &&repos::Repo| {
            base.kind == RepoKind::Model && base.namespace != child.namespace && base.created < child.created
        };
        if own.is_empty() || seen.iter().find(is_base).is_none() {
            continue;
        }
        let Some(grant) = access::for_the_hub(commons, parent).await? else { continue };
        let Some(commit) = git::find_commit_of_ref(&mut commons.db.look().await?, parent, MAIN).await? else {
            continue;
        };
        let see = grant.lower::<See>().ok_or(crate::Refusal::Unseen)?;
        let entries = browse::all_files(commons, &see, &commit, limits::LINEAGE_FILES_MAX).await?;
        let objects = Objects::open(commons, parent).await?;
        let base = located(&Model { objects: &objects, commit: &commit, entries: &entries });
        let base = tensors(commons, &base).await?;
        if let Some(nearness) = compare(&own, &base).await? {
            found.insert(parent.clone(), nearness);
        }
    }
    Ok(found)
}

fn located(model: &Model<'_>) -> Vec<(bool, Located)> {
    let weights = model.entries.iter().filter(|entry| is_weights(&entry.path));
    let files = weights.take(limits::LINEAGE_NEAR_FILES_MAX);
    files
        .filter_map(|entry| {
            let located = Located::of_entry(model.objects, model.commit, entry)?;
            Some((entry.path.ends_with(".gguf"), located))
        })
        .collect()
}

/// The tensors of files that say where they lie. What is damaged has none.
async fn tensors<'a>(
    commons: &'a Commons,
    files: &'a [(bool, Located)],
) -> Result<Vec<(Source<'a>, Vec<Placed>)>> {
    let mut all = Vec::with_capacity(files.len());
    for (is_gguf, located) in files {
        let source = Source::open(commons, located).await?;
        let placed = match is_gguf {
            true => with_gguf(&source, Placed::of_gguf).await?,
            false => with_safetensors(&source, Placed::of_safetensors).await?,
        };
        all.push((source, placed.unwrap_or_default()));
    }
    Ok(all)
}

/// Tensors of two models beside each other; none where no two have a name and a length in common.
async fn compare(
    own: &[(Source<'_>, Vec<Placed>)],
    base: &[(Source<'_>, Vec<Placed>)],
) -> Result<Option<Nearness>> {
    let mut named: BTreeMap<(String, u64), (&Source<'_>, &Placed)> = BTreeMap::new();
    for (source, tensors) in base {
        named
            .extend(tensors.iter().map(|tensor| ((bare(&tensor.name), tensor.elements()), (source, tensor))));
    }
    let [mut all, mut paired] = [Bytes::default(); 2];
    let mut pairs = Vec::new();
    for (source, tensor) in
        own.iter().flat_map(|(source, tensors)| tensors.iter().map(move |one| (source, one)))
    {
        let bytes = tensor.at.end - tensor.at.start;
        all.add(bytes);
        let readable = Numbers::named(&tensor.dtype).is_some() && bytes >= SPEAKING_BYTES_MIN;
        let namesake = named.get(&(bare(&tensor.name), tensor.elements())).filter(|_| readable);
        if let Some(other) = namesake.filter(|(_, other)| Numbers::named(&other.dtype).is_some()) {
            paired.add(bytes);
            pairs.push(((source, tensor), *other));
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

    /// The edges to the base of a model that has its settings and other weights, made from its weights' bytes behind the header.
    async fn edges(commons: &Commons, name: &str, make: impl Fn(usize, u8) -> u8) -> Vec<Edge> {
        let student = admin::act_as(commons, "demo-student").await.unwrap();
        let new = repo::NewRepo {
            kind: RepoKind::Model,
            owner: None,
            name: name.into(),
            private: Some(false),
            sdk: String::new(),
        };
        repo::create(commons, &student, new).await.unwrap();
        let all = demo::repos();
        let base = all.iter().find(|one| format!("{}/{}", one.owner, one.name) == BASE).unwrap();
        let mut files = base.commits[0].files.clone();
        files.retain(|(path, _)| path != "README.md");
        let (_, weights) = files.iter_mut().find(|(path, _)| path.ends_with(".safetensors")).unwrap();
        let header = 8 + u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
        weights[header..].iter_mut().enumerate().for_each(|(n, byte)| *byte = make(n, *byte));
        let full = format!("demo-student/{name}");
        let grant = authorize(commons, Some(&student), RepoKind::Model, &full).await.unwrap();
        publish::whole(commons, &grant, "Add it", files).await.unwrap();
        while jobs::run_due(commons).await.unwrap() > 0 {}
        let see = authorize::<See>(commons, None, RepoKind::Model, &full).await.unwrap();
        let lineage = around(commons, &see, Reach { up: 1, down: 0, works: 9 }).await.unwrap();
        let is_base = |edge: &&Edge| matches!(&lineage.nodes[edge.parent].work, Work::Here(repo) if repo.full_name() == BASE);
        let wrong: Vec<&Edge> = lineage.edges.iter().filter(|edge| !is_base(edge)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        lineage.edges
    }

    #[tokio::test]
    async fn a_model_that_was_trained_on_as_a_whole_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        // The last bit of each number, of two bytes, is another one: no tensor is the same, and all of them follow the base's.
        let found = edges(&commons, "trained-on", |n, byte| byte ^ u8::from(n.is_multiple_of(2))).await;
        assert_eq!(found.iter().map(|edge| edge.state).collect::<Vec<_>>(), [State::Measured]);
        assert_eq!(found[0].kind, seedcorn_core::credit::Kind::Finetune);
        let says: Value = serde_json::from_str(&found[0].says).unwrap();
        assert!(says["correlation"].as_f64().unwrap() > 0.95, "{says}");
        assert!(says["per_mille"].as_u64().unwrap() > 900, "{says}");
    }

    #[tokio::test]
    async fn one_that_was_trained_apart_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        // Of about the same size, with nothing in common.
        let apart = |n: usize, _: u8| {
            let noise = blake3::hash(&(n as u64).to_le_bytes()).as_bytes()[0];
            if n.is_multiple_of(2) { noise } else { 0x3c | (noise & 0x81) }
        };
        assert_eq!(
            edges(&commons, "apart", apart).await.len(),
            0,
            "the same build is chance, as its numbers show"
        );
    }
}
