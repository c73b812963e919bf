//! `seedcorn log monitor`: whether a log only grew, and says what its hub says.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use futures_util::{StreamExt, stream};
use seedcorn_core::log::{self, Checkpoint, Followed, Policy, Quorum, Tile, Word};
use seedcorn_core::note::Note;
use seedcorn_core::repo::RepoKind;
use seedcorn_egress::{Egress, Reach};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::say::{self, Format};

/// Bytes of what a hub says of its log, of a checkpoint, of a work.
const TEXT_BYTES_MAX: usize = 4 << 20;
/// Bytes of a bundle: 256 entries of 64 KiB each, and their lengths.
const BUNDLE_BYTES_MAX: usize = 256 * (64 * 1024 + 2);
/// Bytes of what is kept.
const STATE_BYTES_MAX: u64 = 1 << 30;
/// Works that are asked for at once.
const AT_ONCE: usize = 8;
/// Times that the log is read again where a hub says another thing: what happens meanwhile is no difference.
const LOOKS: usize = 3;
/// Before it is read again: a change is in the log a moment after it is made.
const PAUSE: Duration = Duration::from_secs(3);

/// `seedcorn log monitor`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn log monitor https://hub.example --state hub.json             # every day: reads what is new
  seedcorn log monitor https://hub.example --state hub.json --policy hub.policy

Checked are the signature of the checkpoint and its witnesses, every entry, that the entries lead to the signed root and go on from what
was read before, the chain of every work, and that the hub says now of every work what its log said last. Without --policy the key is the
hub's own word the first time; --state keeps it, and another one later is no key of this log.
Exit codes: 0 all holds; 1 something does not; 2 it could not be checked.")]
pub(crate) struct Monitor {
    /// The hub whose log it is.
    #[arg(value_name = "URL")]
    hub: String,
    /// Where what was read is kept, so that the next time only what is new is read.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Whom to trust (C2SP tlog-policy).
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What is kept between two looks.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// The policy by which the log was checked.
    policy: String,
    /// What names the log.
    origin: String,
    followed: Followed,
}

/// What was found.
#[derive(Serialize)]
struct Told {
    origin: String,
    size: u64,
    new: u64,
    root: String,
    witnesses: usize,
    of_witnesses: usize,
    /// Works of which the hub says what the log says.
    works: usize,
    /// What does not hold.
    wrong: Vec<String>,
}

impl Monitor {
    /// Looks, and prints.
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let egress = Egress::new(Reach::Anything)?;
        let mut state = self.state().await?.unwrap_or(State {
            policy: String::new(),
            origin: String::new(),
            followed: Followed::default(),
        });
        let hub = Hub { url: self.hub.trim_end_matches('/').to_owned(), egress };
        let told = match hub.look(&mut state, self.policy.as_deref()).await? {
            Ok(told) => told,
            Err(broken) => {
                say::aside(say::word(&broken));
                return Ok(ExitCode::from(1));
            }
        };
        if let Some(path) = &self.state {
            keep(path, &state)?;
        }
        match self.format {
            Format::Json => say::json(&told)?,
            Format::Text => say::text(text(&told))?,
        }
        Ok(ExitCode::from(u8::from(!told.wrong.is_empty())))
    }

    async fn state(&self) -> anyhow::Result<Option<State>> {
        let Some(path) = self.state.as_deref().filter(|path| path.exists()) else { return Ok(None) };
        let named = || path.display().to_string();
        if std::fs::metadata(path).with_context(named)?.len() > STATE_BYTES_MAX {
            bail!("{} is too large to be what is kept of a log", path.display());
        }
        let text = std::fs::read_to_string(path).with_context(named)?;
        serde_json::from_str(&text).with_context(named)
    }
}

/// Written beside it and put in its place: whoever stops it keeps what there was.
fn keep(path: &Path, state: &State) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let text = serde_json::to_string(state)?;
    std::fs::write(&beside, text).with_context(|| beside.display().to_string())?;
    std::fs::rename(&beside, path).with_context(|| path.display().to_string())
}

struct Hub {
    url: String,
    egress: Egress,
}

/// What does not hold, in words.
type Broken = String;

impl Hub {
    async fn look(&self, state: &mut State, policy: Option<&Path>) -> anyhow::Result<Result<Told, Broken>> {
        let before = state.followed.size();
        let told: Value = serde_json::from_str(&self.text("/api/commons/v1/log").await?)
            .context("what the hub says of its log")?;
        let own = told["policy"].as_str().context("the hub tells no policy")?;
        state.policy = match policy {
            Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
            None if state.policy.is_empty() => own.to_owned(),
            None => state.policy.clone(),
        };
        let policy: Policy = state.policy.parse().context("the policy")?;
        let files = told["url"].as_str().context("the hub does not tell where its log is")?;
        let mut wrong = Vec::new();
        let mut seen = None;
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            seen = match self.read(state, files, &policy).await? {
                Ok(seen) => Some(seen),
                Err(broken) => return Ok(Err(broken)),
            };
            wrong = self.compare(&state.followed).await?;
            if wrong.is_empty() {
                break;
            }
        }
        let (checkpoint, quorum) = seen.context("the log was not read")?;
        let works = state.followed.subjects.values().filter(|word| plural(word).is_some()).count();
        Ok(Ok(Told {
            size: checkpoint.size,
            new: checkpoint.size - before,
            root: checkpoint.root.to_string(),
            origin: checkpoint.origin,
            witnesses: quorum.seen.len(),
            of_witnesses: quorum.of,
            works: works - wrong.len(),
            wrong,
        }))
    }

    /// Reads what is new, up to what the checkpoint covers.
    async fn read(
        &self,
        state: &mut State,
        files: &str,
        policy: &Policy,
    ) -> anyhow::Result<Result<(Checkpoint, Quorum), Broken>> {
        let note = self.get(&format!("{files}/checkpoint"), TEXT_BYTES_MAX).await?;
        let note: Note = match String::from_utf8_lossy(&note).parse() {
            Ok(note) => note,
            Err(error) => return Ok(Err(format!("the checkpoint: {error}"))),
        };
        let (checkpoint, quorum) = match policy.check(&note) {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(format!("the checkpoint: {error}"))),
        };
        if state.origin.is_empty() {
            state.origin.clone_from(&checkpoint.origin);
        }
        if state.origin != checkpoint.origin {
            return Ok(Err(format!(
                "the log is called {}, and was called {}",
                checkpoint.origin, state.origin
            )));
        }
        // What was read before stays what it was until all of the new is checked.
        let mut followed = state.followed.clone();
        if checkpoint.size < followed.size() {
            let (now, before) = (checkpoint.size, followed.size());
            return Ok(Err(format!("the log has {now} entries, and had {before}: it was cut")));
        }
        while followed.size() < checkpoint.size {
            if let Err(broken) = self.bundle(&mut followed, files, checkpoint.size).await? {
                return Ok(Err(broken));
            }
        }
        if followed.root() != checkpoint.root {
            return Ok(Err(format!(
                "the {} entries do not lead to the root that is signed: the log has two pasts, or its files are others",
                checkpoint.size
            )));
        }
        state.followed = followed;
        Ok(Ok((checkpoint, quorum)))
    }

    /// Reads the rest of the bundle in which the next entry is.
    async fn bundle(
        &self,
        followed: &mut Followed,
        files: &str,
        size: u64,
    ) -> anyhow::Result<Result<(), Broken>> {
        let index = followed.size() / log::BUNDLE;
        let first = index * log::BUNDLE;
        let width = (size - first).min(log::BUNDLE);
        let tile = Tile { level: 0, index, width: u16::try_from(width)? };
        let bytes = self.get(&format!("{files}/{}", tile.bundle_path()), BUNDLE_BYTES_MAX).await?;
        let Some(entries) = log::entries(&bytes).filter(|all| all.len() as u64 == width) else {
            return Ok(Err(format!(
                "the bundle {} has not the entries that it should have",
                tile.bundle_path()
            )));
        };
        for entry in entries.into_iter().skip(usize::try_from(followed.size() - first)?) {
            if let Err(error) = followed.take(entry) {
                return Ok(Err(error.to_string()));
            }
        }
        Ok(Ok(()))
    }

    /// Works of which the hub says another thing now than its log said last.
    async fn compare(&self, followed: &Followed) -> anyhow::Result<Vec<String>> {
        let works = followed.subjects.values().filter_map(|word| Some((plural(word)?, word)));
        let asked = works.map(|(plural, word)| self.differs(plural, word));
        let found: Vec<anyhow::Result<Option<String>>> =
            stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        let mut wrong: Vec<String> =
            found.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        wrong.sort();
        Ok(wrong)
    }

    async fn differs(&self, plural: &str, word: &Word) -> anyhow::Result<Option<String>> {
        let url = format!("{}/api/{plural}/{}/revision/main", self.url, word.name);
        let answer = self.egress.get(&url, None, TEXT_BYTES_MAX).await?;
        let name = say::word(&word.name);
        let main = word.heads.get("refs/heads/main");
        Ok(match (answer.status, word.shown) {
            (200, true) => {
                let told: Value = serde_json::from_slice(&answer.body).with_context(|| url.clone())?;
                let now = told["sha"].as_str().unwrap_or_default();
                let logged = main.map_or("at no commit", String::as_str);
                (Some(now) != main.map(String::as_str)).then(|| {
                    format!("{name}: main is at {}, and the log says {}", say::word(now), say::word(logged))
                })
            }
            (200, false) => {
                Some(format!("{name}: it is there, and the log says that not everybody may see it"))
            }
            // A work with no commit has no main.
            (401 | 404, true) if main.is_none() => None,
            // What was taken down is told of as such.
            (401 | 403 | 404, false) => None,
            (status @ (401 | 404), true) => {
                Some(format!("{name}: the hub answers {status}, and the log does not say that it is gone"))
            }
            (status, _) => bail!("{url}: status {status}"),
        })
    }

    async fn text(&self, path: &str) -> anyhow::Result<String> {
        let url = format!("{}{path}", self.url);
        String::from_utf8(self.get(&url, TEXT_BYTES_MAX).await?).with_context(|| url)
    }

    async fn get(&self, url: &str, limit: usize) -> anyhow::Result<Vec<u8>> {
        let answer = self.egress.get(url, None, limit).await?;
        match answer.is_ok() {
            true => Ok(answer.body),
            false => Err(anyhow!("{url}: status {}: {}", answer.status, say::word(answer.text().trim()))),
        }
    }
}

/// What the kind of a work is called in addresses; none for what is no work.
fn plural(word: &Word) -> Option<&'static str> {
    RepoKind::ALL.into_iter().find(|kind| kind.word() == word.kind).map(RepoKind::plural)
}

fn text(told: &Told) -> String {
    let witnesses = match told.of_witnesses {
        0 => "no witness is known: others may be shown another past".to_owned(),
        of => format!("seen by {} of {of} witnesses", told.witnesses),
    };
    let mut lines = vec![
        format!("{}: {} entries, {} of them new; {witnesses}", told.origin, told.size, told.new),
        format!("of {} works the hub says what its log says", told.works),
    ];
    if told.wrong.is_empty() {
        lines.push("all holds".to_owned());
    }
    lines.extend(told.wrong.iter().cloned());
    lines.join("\n") + "\n"
}
