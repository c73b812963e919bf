//! How large a model is, by the headers of its files. Each header is read once: what it says is kept by the file's
//! content, and the sum by the commit's tree.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use seedcorn_core::limits;
use seedcorn_db::git::Commit;
use seedcorn_db::weights;
use seedcorn_formats::kind::Kind;
use seedcorn_formats::model_size::ModelSize;
use seedcorn_formats::{gguf, safetensors};
use serde::{Deserialize, Serialize};

use crate::access::{Grant, Read, See};
use crate::browse::{self, Entry, Listing};
use crate::kept::Weighed;
use crate::preview::{Source, gguf_size, with_gguf, with_safetensors};
use crate::pull;
use crate::{Commons, Refusal, Result};

/// Parameters by dtype.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// How many of each dtype, most first.
    pub by_dtype: Vec<(String, u64)>,
    /// How many.
    pub total: u64,
}

/// What GGUF tells beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GgufFacts {
    /// Such as `llama`.
    pub architecture: Option<String>,
    /// Tokens.
    pub context_length: Option<u64>,
    /// Such as `Q4_K_M`.
    pub quantisation: Option<String>,
}

/// What a model's headers say; empty if it has none that can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// By its safetensors files.
    pub safetensors: Option<Parameters>,
    /// By its GGUF file.
    pub gguf: Option<(Parameters, GgufFacts)>,
}

impl Weighed for Says {
    fn bytes(&self) -> usize {
        let lists = [self.safetensors.as_ref(), self.gguf.as_ref().map(|(size, _)| size)];
        let dtypes = lists.into_iter().flatten().flat_map(|size| &size.by_dtype);
        let facts = self.gguf.as_ref().and_then(|(_, facts)| facts.architecture.as_ref());
        dtypes.map(|(dtype, _)| 32 + dtype.len()).sum::<usize>() + facts.map_or(0, String::len)
    }
}

impl From<ModelSize> for Parameters {
    fn from(size: ModelSize) -> Self {
        Parameters { by_dtype: size.parameters, total: size.total }
    }
}

/// What the headers of a revision's model files say. `None` if there was no time to read all: whoever asks again gets
/// further.
pub async fn model_size(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
) -> Result<Option<Arc<Says>>> {
    let repo = &grant.repo().id;
    let key = (repo.clone(), commit.tree);
    if let Some(says) = commons.sizes.get(&key) {
        return Ok(Some(says));
    }
    let says = summed(commons, grant, commit).await?;
    Ok(says.map(|says| commons.sizes.put(key, says)))
}

/// The sum that is written down, or made now.
async fn summed(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<Option<Says>> {
    let repo = &grant.repo().id;
    let tree = commit.tree.to_string();
    let known = weights::find(&mut commons.db.look().await?, repo, std::slice::from_ref(&tree)).await?;
    if let Some(says) = known.first().and_then(|(_, says)| serde_json::from_str(says).ok()) {
        return Ok(Some(says));
    }
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let what = Listing { path: "", recursive: false, after: None, limit: 4 * limits::MODEL_SIZE_FILES_MAX };
    let files = chosen(browse::list(commons, &see, commit, &what).await?);
    // The sum over some of them would be wrong.
    let files = if files.len() > limits::MODEL_SIZE_FILES_MAX { Vec::new() } else { files };
    let (mut fresh, all) = read(commons, grant, commit, &files).await?;
    let says = all.map(|all| sum(&all));
    if let Some(says) = &says {
        fresh.push((tree, serde_json::to_string(says).map_err(Refusal::broken)?));
    }
    // Whoever only reads is not refused because this could not be written down.
    if let Err(error) = keep(commons, grant, &fresh).await {
        tracing::warn!(%error, "a model's size was not kept");
    }
    Ok(says)
}

async fn keep(commons: &Commons, grant: &Grant<Read>, rows: &[(String, String)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    weights::put(&mut tx, &grant.repo().id, rows).await?;
    Ok(tx.commit().await?)
}

/// What the files say, if there was time for all, and the rows that are not kept yet.
async fn read(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
    files: &[Entry],
) -> Result<(Vec<(String, String)>, Option<Vec<Says>>)> {
    let contents: Vec<String> = files.iter().map(Entry::content).collect();
    let rows = weights::find(&mut commons.db.look().await?, &grant.repo().id, &contents).await?;
    let known: BTreeMap<&str, &str> = rows.iter().map(|(key, says)| (key.as_str(), says.as_str())).collect();
    let (mut all, mut fresh, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
    for (file, content) in files.iter().zip(&contents) {
        match known.get(content.as_str()).and_then(|says| serde_json::from_str(says).ok()) {
            Some(says) => all.push(says),
            None => wanted.push((file.path.clone(), content.clone())),
        }
    }
    let oid = &commit.oid.to_string();
    let reads = wanted.into_iter().map(|(path, content)| async move {
        let says = header(commons, grant, oid, &path).await;
        (content, says)
    });
    let mut reads = stream::iter(reads).buffer_unordered(limits::HEADERS_AT_ONCE);
    let end = tokio::time::Instant::now() + Duration::from_secs(limits::MODEL_SIZE_SECS);
    loop {
        match tokio::time::timeout_at(end, reads.next()).await {
            Ok(None) => return Ok((fresh, Some(all))),
            Ok(Some((content, Ok(says)))) => {
                fresh.push((content, serde_json::to_string(&says).map_err(Refusal::broken)?));
                all.push(says);
            }
            Err(_) => return Ok((fresh, None)),
            // A page has more to show than this.
            Ok(Some((content, Err(refusal)))) => {
                tracing::warn!(%refusal, content, "a header was not read");
                return Ok((fresh, None));
            }
        }
    }
}

/// What one file says; nothing if it is damaged or of another kind than its name says.
async fn header(commons: &Commons, grant: &Grant<Read>, commit: &str, path: &str) -> Result<Says> {
    let located = pull::locate(commons, grant, commit, path, true).await?;
    let source = Source::open(commons, &located).await?;
    let says = match source.kind(path).await? {
        Kind::Safetensors => {
            let size = |header: safetensors::Header| Parameters::from(ModelSize::of([&header]));
            let read = with_safetensors(&source, size).await?;
            read.ok().map(|size| Says { safetensors: Some(size), gguf: None })
        }
        Kind::Gguf => {
            let read = with_gguf(&source, |header| (gguf_size(&header).into(), facts(&header))).await?;
            read.ok().map(|gguf| Says { safetensors: None, gguf: Some(gguf) })
        }
        _ => None,
    };
    Ok(says.unwrap_or_default())
}

fn facts(header: &gguf::Header) -> GgufFacts {
    let short = |text: &str| text.chars().take(limits::NAME_BYTES_MAX).collect();
    GgufFacts {
        architecture: header.architecture().map(short),
        context_length: header.context_length(),
        quantisation: header.quantisation().map(str::to_owned),
    }
}

/// All of a model; nothing if one of its files cannot be read, since the rest would be a wrong sum.
fn sum(all: &[Says]) -> Says {
    let (mut safetensors, mut gguf, mut facts) = (None::<ModelSize>, None::<ModelSize>, GgufFacts::default());
    for says in all {
        let (into, parameters) = match (&says.safetensors, &says.gguf) {
            (Some(parameters), _) => (&mut safetensors, parameters),
            (None, Some((parameters, told))) => {
                // The first part of a model in parts has what is said of the whole.
                if told.architecture.is_some() {
                    facts = told.clone();
                }
                (&mut gguf, parameters)
            }
            (None, None) => return Says::default(),
        };
        let size = into.get_or_insert_default();
        parameters.by_dtype.iter().for_each(|(dtype, count)| size.add(dtype, *count));
    }
    Says {
        safetensors: safetensors.map(Parameters::from),
        gguf: gguf.map(|size| (Parameters::from(size), facts)),
    }
}

/// The files at the root that make up the model. Of safetensors `model.safetensors` if there is one and all others if
/// not: many formats of one model are told apart by names, and it is the usual one. Of GGUF the first, since each is
/// all of the model in another quantisation; with its other parts, if it comes in parts.
fn chosen(entries: Vec<Entry>) -> Vec<Entry> {
    let ends = |entry: &Entry, ending: &str| !entry.folder && entry.path.ends_with(ending);
    let mut safetensors: Vec<Entry> =
        entries.iter().filter(|entry| ends(entry, ".safetensors")).cloned().collect();
    if let Some(usual) = safetensors.iter().position(|entry| entry.path == "model.safetensors") {
        safetensors = vec![safetensors.swap_remove(usual)];
    } else if safetensors.iter().any(|entry| entry.path.starts_with("model-")) {
        safetensors.retain(|entry| entry.path.starts_with("model-"));
    }
    // What projects pictures into a model lies beside it under this name.
    let whole = |entry: &Entry| ends(entry, ".gguf") && !entry.path.starts_with("mmproj");
    let mut gguf: Vec<Entry> = entries.into_iter().filter(whole).collect();
    if let Some(first) = gguf.first().map(|entry| entry.path.clone()) {
        match first.find("-00001-of-") {
            Some(stem) => gguf.retain(|entry| entry.path.starts_with(&first[..stem + 1])),
            None => gguf.truncate(1),
        }
    }
    safetensors.append(&mut gguf);
    safetensors
}
