//! Weights: the final ones, those from the way, and how the training was set up.

use std::collections::{BTreeMap, BTreeSet};

use super::super::component::Component;
use super::super::finding::{Code, Evidence, Finding, Level, Place, Presence, Remark, Severity};
use super::super::seen::{File, Reading, Release};
use super::finding;

/// Files that end like weights and are none.
const NO_WEIGHTS: &[&str] = &["training_args", "optimizer", "scheduler"];
/// Folders whose weights are there to try code with.
const ASIDE: &[&str] = &["test", "tests", "testing", "fixtures", "docs", "examples"];
/// Endings of weights that are not opened here.
const CLOSED: &[&str] =
    &[".bin", ".pt", ".pth", ".ckpt", ".msgpack", ".h5", ".nemo", ".npz", ".onnx", ".keras"];

fn is_closed_weights(file: &File) -> bool {
    let name = file.name();
    let known = name.starts_with("pytorch_model")
        || name.starts_with("consolidated")
        || name.starts_with("model")
        || name.starts_with("flax_model")
        || name.starts_with("tf_model")
        || name.starts_with("diffusion_pytorch_model")
        || name.starts_with("adapter_model")
        || name.ends_with(".onnx")
        || name.ends_with(".nemo")
        || name.ends_with(".ckpt");
    known && CLOSED.iter().any(|ending| name.ends_with(ending)) && file.bytes > 0
}

/// Whether a file is one of the weights, opened or not.
pub(in crate::openness) fn is_weights(file: &File) -> bool {
    let name = file.name();
    let other = NO_WEIGHTS.iter().any(|start| name.starts_with(start))
        || name.starts_with("rng_state")
        || name.contains("optim");
    let aside = file.folder().split('/').any(|folder| ASIDE.contains(&folder.to_ascii_lowercase().as_str()));
    !other && !aside && (matches!(file.reading, Reading::Weights { .. }) || is_closed_weights(file))
}

/// The number at the end of a checkpoint's folder.
fn step(part: &str) -> Option<&str> {
    let lower = part.to_ascii_lowercase();
    let starts = ["checkpoint-", "checkpoint_", "ckpt-", "ckpt_", "step-", "step_", "step"];
    let rest = starts.iter().find_map(|start| lower.strip_prefix(start).map(str::len))?;
    let digits = part.get(part.len() - rest..)?;
    digits.starts_with(|c: char| c.is_ascii_digit()).then_some(digits)
}

/// Weights whose content somebody looked at: of others nobody can say that they differ.
fn told_apart(file: &&File) -> bool {
    is_weights(file) && !file.content.is_empty()
}

/// The folder of the checkpoint that a file belongs to.
fn checkpoint(file: &File) -> Option<&str> {
    let mut end = 0;
    for part in file.folder().split('/') {
        end += part.len();
        if step(part).is_some() {
            return file.path.get(..end);
        }
        end += 1;
    }
    None
}

fn in_checkpoint(file: &File) -> bool {
    checkpoint(file).is_some()
}

/// Whether weights go beside those of another model, by their name or by what lies beside them.
fn is_adapter(release: &Release, file: &File) -> bool {
    let name = file.name();
    let beside = |other: &File| other.folder() == file.folder() && other.name() == "adapter_config.json";
    name.contains("lora") || name.starts_with("adapter_") || release.files.iter().any(beside)
}

/// The contents of weights that are together a checkpoint: none if one of them is missing by their numbers.
pub(in crate::openness) fn whole<'a>(files: impl Iterator<Item = &'a File> + Clone) -> BTreeSet<&'a str> {
    let weights = files.filter(told_apart);
    match numbered(weights.clone()) {
        0 => weights.map(|file| file.content.as_str()).collect(),
        _ => BTreeSet::new(),
    }
}

/// How many files are missing of those that say of themselves which of how many they are: `model-00001-of-00030`.
fn numbered<'a>(files: impl Iterator<Item = &'a File>) -> usize {
    let mut series: BTreeMap<(&str, u32), BTreeSet<u32>> = BTreeMap::new();
    for file in files.filter(|file| is_weights(file)) {
        let stem = file.path.rsplit_once('.').map_or(file.path.as_str(), |(stem, _)| stem);
        let Some((rest, of)) = stem.rsplit_once("-of-") else { continue };
        let Some((start, n)) = rest.rsplit_once('-') else { continue };
        if let (Ok(n), Ok(of)) = (n.parse(), of.parse()) {
            series.entry((start, of)).or_default().insert(n);
        }
    }
    series.iter().map(|((_, of), there)| (*of as usize).saturating_sub(there.len())).sum()
}

pub(super) fn parameters(release: &Release, remarks: &mut Vec<Remark>) -> Finding {
    let (mut evidence, mut lacking) = (Vec::new(), numbered(release.files.iter()));
    let all: BTreeSet<&str> =
        release.files.iter().filter(|file| is_weights(file)).map(|file| file.path.as_str()).collect();
    for file in release.files.iter().filter(|file| !in_checkpoint(file)) {
        let place = Place::file(&file.path);
        match &file.reading {
            Reading::Weights { tensors, .. } if is_weights(file) => {
                let text = format!("a header with {tensors} tensors, {} bytes", file.bytes);
                evidence.push(Evidence::new("weights.header", Level::Verified, place, text));
            }
            Reading::Shards(shards) => {
                let there = |shard: &&String| {
                    let path = match file.folder() {
                        "" => (*shard).clone(),
                        folder => format!("{folder}/{shard}"),
                    };
                    all.contains(path.as_str())
                };
                let missing = shards.len() - shards.iter().filter(there).count();
                if missing == 0 && !shards.is_empty() {
                    let text = format!("a list of {} shards that are all there", shards.len());
                    evidence.push(Evidence::new("weights.shards", Level::Verified, place, text));
                } else {
                    lacking += missing;
                }
            }
            Reading::Unreadable(why) => remarks.push(Remark {
                code: Code::Unreadable,
                severity: Severity::Warning,
                component: Some(Component::Parameters),
                text: format!("{}: {why}", file.path),
                fix: "Upload the file again.".to_owned(),
                place: Some(place),
            }),
            Reading::Pointer => remarks.push(Remark {
                code: Code::Unreadable,
                severity: Severity::Warning,
                component: Some(Component::Parameters),
                text: format!("{} is a pointer to a file that is not there", file.path),
                fix: "Fetch or upload the file itself (git lfs pull).".to_owned(),
                place: Some(place),
            }),
            // Of what nobody opened it is not even sure that it is no pointer.
            Reading::Unread if is_weights(file) => {
                let level = if file.content.is_empty() { Level::Weak } else { Level::Strong };
                let text = format!("{} bytes, by its name", file.bytes);
                evidence.push(Evidence::new("weights.name", level, place, text));
            }
            _ => {}
        }
    }
    let searched = ["safetensors, GGUF, ONNX and PyTorch files"];
    let mut found = finding(release, Component::Parameters, &searched, evidence);
    // Weights of which there are more by a list or by their numbers are a part, and so are those that go beside a base's.
    let of_adapter = |one: &Evidence| {
        release.files.iter().any(|file| file.path == one.place.path && is_adapter(release, file))
    };
    let (adapters, whole): (Vec<Evidence>, Vec<Evidence>) = found.evidence.into_iter().partition(of_adapter);
    let is_part = lacking > 0 || (whole.is_empty() && !adapters.is_empty());
    found.evidence = if whole.is_empty() { adapters } else { whole };
    if is_part && found.presence == Presence::Present {
        found.presence = Presence::Partial;
    }
    found
}

pub(super) fn checkpoints(release: &Release) -> Finding {
    let searched = ["branches and tags named step…, checkpoint…", "folders checkpoint-…"];
    let own: BTreeSet<&str> = release
        .files
        .iter()
        .filter(|file| told_apart(file) && !in_checkpoint(file))
        .map(|file| &*file.content)
        .collect();
    let steps = release.revisions.iter().filter(|revision| step(last(&revision.name)).is_some());
    let steps = steps.map(|revision| {
        let weights: BTreeSet<&str> = revision.weights.iter().map(String::as_str).collect();
        (revision.name.as_str(), Place::default(), weights)
    });
    // All that lies below one checkpoint's folder is that checkpoint.
    let mut folders: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in release.files.iter() {
        if let Some(folder) = checkpoint(file) {
            folders.entry(folder).or_default().push(file);
        }
    }
    let folders = folders
        .into_iter()
        .map(|(folder, files)| (folder, Place::file(folder), whole(files.iter().copied())));
    let mut known: BTreeSet<&str> = own;
    let mut evidence = Vec::new();
    for (name, place, weights) in steps.chain(folders) {
        // Copies of weights under other names, or beside others, are no way.
        if !weights.is_empty() && weights.is_disjoint(&known) {
            known.extend(&weights);
            let text = format!("{name}: other weights");
            evidence.push(Evidence::new("checkpoint.weights", Level::Verified, place, text));
        }
    }
    // One set of other weights may be another variant; two are a way.
    if evidence.len() < 2 {
        evidence.clear();
    }
    finding(release, Component::Checkpoints, &searched, evidence)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

pub(super) fn metadata(release: &Release) -> Finding {
    let is_setup = |file: &&File| {
        let name = file.name();
        if file.bytes == 0 || file.reading == Reading::Pointer {
            return false;
        }
        name == "trainer_state.json"
            || name.starts_with("training_args")
            || name.starts_with("optimizer.")
            || name.ends_with("_optim_states.pt")
            || name.starts_with("hparams.")
            || name.starts_with("train_config.")
            || name.starts_with("training_config.")
            || name.starts_with("events.out.tfevents")
    };
    let evidence = release.files.iter().filter(is_setup).map(|file| {
        let text = format!("{} bytes", file.bytes);
        Evidence::new("metadata.file", Level::Strong, Place::file(&file.path), text)
    });
    let searched = ["trainer_state.json, training_args, optimizer states, hparams, event logs"];
    finding(release, Component::Metadata, &searched, evidence.collect())
}
