//! `seedcorn verify`: whether files are what a hub logged.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use seedcorn_commons::log::{self, Manifest, Verified};
use seedcorn_core::log::{Policy, Proof};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_egress::{Egress, Reach};
use serde::Serialize;

use crate::say::{self, Format};

/// Bytes of a proof or a policy.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Bytes of a manifest.
const MANIFEST_BYTES_MAX: usize = 256 << 20;
/// Files that differ and are told.
const DIFFERENCES_SHOWN: usize = 50;
/// Digits from which on a revision is a commit, and no branch that is called so.
const COMMIT_DIGITS_MIN: usize = 7;

/// `seedcorn verify`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn verify acorn-lab/acorn-tiny --local ./acorn-tiny           # asks the hub at $HF_ENDPOINT
  seedcorn verify acorn-lab/acorn-tiny@v1 --save acorn                # keeps acorn.tlog-proof, .manifest.json and .policy
  seedcorn verify --proof acorn.tlog-proof --policy acorn.policy --local ./acorn-tiny     # with no network

Checked are the bytes on disk against the manifest, the manifest against the log's entry, and the entry against a checkpoint that is signed
by a key of the policy and seen by as many witnesses as it requires. A policy that the hub itself hands out trusts the hub: keep one, so
that it cannot change its key or its past.
Exit codes: 0 it is what was logged; 1 it is not; 2 it could not be checked.")]
pub(crate) struct Verify {
    /// A work, and a revision of it if it is not main: owner/name, datasets/owner/name, owner/name@v1.
    #[arg(value_name = "WORK[@REV]", required_unless_present = "proof")]
    work: Option<String>,
    /// Where the hub is.
    #[arg(long, value_name = "URL", env = "HF_ENDPOINT", default_value = "http://127.0.0.1:8080")]
    hub: String,
    /// A token, for works that not everybody may see any more.
    #[arg(long, value_name = "TOKEN", env = "HF_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The folder with the files.
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,
    /// A proof that was kept.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// Whom to trust (C2SP tlog-policy); without it, what the hub says of itself.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The manifest that was kept, to tell which files differ.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Keeps proof, manifest and policy in files with this beginning.
    #[arg(long, value_name = "NAME")]
    save: Option<PathBuf>,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What was found.
#[derive(Serialize)]
struct Told {
    work: String,
    commit: Option<String>,
    logged: String,
    index: u64,
    log: String,
    size: u64,
    /// Who saw the checkpoint, and when.
    witnesses: std::collections::BTreeMap<String, u64>,
    of_witnesses: usize,
    manifest: Option<String>,
    files: Option<u64>,
    /// Whether the files on disk are those of the revision; none where none were looked at.
    same: Option<bool>,
    differences: Vec<String>,
}

/// Texts that are checked.
struct Texts {
    proof: String,
    policy: String,
    manifest: Option<String>,
}

impl Verify {
    /// Checks, and prints.
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let texts = self.texts().await?;
        let policy: Policy = texts.policy.parse().context("the policy")?;
        let proof: Proof = texts.proof.parse().context("the proof")?;
        let verified = match log::verify(&proof, &policy) {
            Ok(verified) => verified,
            Err(error) => {
                say::aside(format_args!("not proved: {error}"));
                return Ok(ExitCode::from(1));
            }
        };
        if let Some(other) = self.work.as_deref().map(|work| is_of(work, &verified)).transpose()?.flatten() {
            say::aside(other);
            return Ok(ExitCode::from(1));
        }
        let manifest = texts.manifest.as_deref().map(|text| listed(text, &verified)).transpose()?;
        let told = self.told(&verified, manifest.as_ref()).await?;
        if let Some(save) = &self.save {
            keep(save, &texts)?;
        }
        match self.format {
            Format::Json => say::json(&told)?,
            Format::Text => say::text(text(&told))?,
        }
        Ok(ExitCode::from(u8::from(told.same == Some(false))))
    }

    /// What is checked: from files that were kept, else from the hub.
    async fn texts(&self) -> anyhow::Result<Texts> {
        let read = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
        let root = format!("{}/api/commons/v1", self.hub.trim_end_matches('/'));
        let of_work = match &self.work {
            Some(work) => {
                let (kind, name, rev) = named(work)?;
                let at = format!("{root}/{}/{name}", kind.plural());
                let rev = rev.replace('%', "%25").replace('/', "%2F");
                Some((format!("{at}/proof/{rev}"), format!("{at}/manifest/{rev}")))
            }
            None => None,
        };
        let proof = match (&self.proof, &of_work) {
            (Some(path), _) => read(path)?,
            (None, Some((proof, _))) => self.ask(proof, TEXT_BYTES_MAX).await?,
            (None, None) => bail!("a work or --proof is wanted"),
        };
        let policy = match &self.policy {
            Some(path) => read(path)?,
            None => {
                let told = self.ask(&format!("{root}/log"), TEXT_BYTES_MAX).await?;
                let told: serde_json::Value =
                    serde_json::from_str(&told).context("what the hub says of its log")?;
                let policy = told["policy"].as_str().context("the hub tells no policy")?;
                say::aside(
                    "the key of the log is the hub's own word; keep it with --save, and give it as --policy from then on",
                );
                policy.to_owned()
            }
        };
        let manifest = match (&self.manifest, &of_work) {
            (Some(path), _) => Some(read(path)?),
            (None, Some((_, manifest)))
                if self.proof.is_none() && (self.local.is_some() || self.save.is_some()) =>
            {
                Some(self.ask(manifest, MANIFEST_BYTES_MAX).await?)
            }
            _ => None,
        };
        Ok(Texts { proof, policy, manifest })
    }

    async fn ask(&self, url: &str, limit: usize) -> anyhow::Result<String> {
        let answer = Egress::new(Reach::Anything)?.get(url, self.token.as_deref(), limit).await?;
        match answer.is_ok() {
            true => String::from_utf8(answer.body).with_context(|| format!("{url}: the answer is no text")),
            false => bail!("{url}: status {}: {}", answer.status, say::word(answer.text().trim())),
        }
    }

    /// Compares what is on disk.
    async fn told(&self, verified: &Verified, manifest: Option<&Manifest>) -> anyhow::Result<Told> {
        let logged = verified.says("manifest").map(str::to_owned);
        let (mut same, mut differences) = (None, Vec::new());
        if let Some(local) = &self.local {
            let Some(logged) = &logged else {
                bail!("the entry has no manifest: the revision has too many files, or was gone")
            };
            let found = async |with_aside| {
                let local = local.clone();
                anyhow::Ok(seedcorn_commons::compute(move || log::folder(&local, with_aside)).await??)
            };
            let is =
                |found: &Manifest| found.digest().map(|digest| digest.to_string()).as_ref() == Some(logged);
            let mut found_there = found(false).await?;
            if !is(&found_there) {
                // A revision may have what is usually put beside its files.
                let all = found(true).await?;
                if is(&all) {
                    found_there = all;
                }
            }
            let (found, is_same) = (&found_there, is(&found_there));
            same = Some(is_same);
            if !is_same {
                differences = match manifest {
                    Some(manifest) => manifest.differences(found),
                    None => vec![
                        "the files are not those of the revision; --manifest would tell which".to_owned(),
                    ],
                };
            }
        }
        let Verified { checkpoint, quorum, index, event } = verified;
        Ok(Told {
            work: format!("{} {}", event.subject.kind, event.subject.name),
            commit: verified.says("commit").map(str::to_owned),
            logged: event.time.clone(),
            index: *index,
            log: checkpoint.origin.clone(),
            size: checkpoint.size,
            witnesses: quorum.seen.clone(),
            of_witnesses: quorum.of,
            manifest: logged,
            files: event.data["files"].as_u64(),
            same,
            differences,
        })
    }
}

/// Why a proof is not of the work and the commit that somebody names, if it is not.
fn is_of(work: &str, verified: &Verified) -> anyhow::Result<Option<String>> {
    let (kind, name, rev) = named(work)?;
    let subject = &verified.event.subject;
    if subject.kind != kind.to_string() || !subject.name.eq_ignore_ascii_case(name) {
        let (kind, logged) = (say::word(&subject.kind), say::word(&subject.name));
        return Ok(Some(format!(
            "the proof is of {kind} {logged}, and not of {work}: if it was called so when it was logged, verify it under that name"
        )));
    }
    let is_commit = rev.len() >= COMMIT_DIGITS_MIN && rev.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = verified.says("commit").unwrap_or_default();
    if is_commit && !commit.starts_with(&rev.to_ascii_lowercase()) {
        return Ok(Some(format!("the proof is of commit {}, and not of {rev}", say::word(commit))));
    }
    Ok(None)
}

/// Kind, name and revision of what somebody names.
fn named(work: &str) -> anyhow::Result<(RepoKind, &str, &str)> {
    let (name, rev) = work.split_once('@').unwrap_or((work, "main"));
    let (kind, name) = name
        .split_once('/')
        .and_then(|(plural, rest)| Some((RepoKind::from_plural(plural)?, rest)))
        .unwrap_or((RepoKind::Model, name));
    match name.split('/').collect::<Vec<_>>()[..] {
        [owner, own] if !owner.is_empty() && !own.is_empty() && !rev.is_empty() => Ok((kind, name, rev)),
        _ => bail!("{work:?} names no work such as ada/one, datasets/ada/two or ada/one@v1"),
    }
}

/// A manifest, if it is the one that was logged.
fn listed(text: &str, verified: &Verified) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(text.trim_end()).context("the manifest is not spelled as one")?;
    let digest = manifest.digest().map(|digest| digest.to_string());
    match digest.as_deref() == verified.says("manifest") {
        true => Ok(manifest),
        false => bail!("the manifest is not the one that was logged: its SHA-256 is another"),
    }
}

fn keep(name: &Path, texts: &Texts) -> anyhow::Result<()> {
    let manifest = texts.manifest.as_deref().map(|text| ("manifest.json", text));
    let all = [("tlog-proof", texts.proof.as_str()), ("policy", texts.policy.as_str())];
    for (ending, text) in all.into_iter().chain(manifest) {
        let path = PathBuf::from(format!("{}.{ending}", name.display()));
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        say::aside(format_args!("kept: {}", path.display()));
    }
    Ok(())
}

fn text(told: &Told) -> String {
    let mut lines = vec![
        format!("{} at commit {}", told.work, told.commit.as_deref().unwrap_or("?")),
        format!("logged {} as entry {} of {}", told.logged, told.index, told.log),
        format!("covered by a checkpoint of {} entries that is signed by the log", told.size),
        match (told.of_witnesses, told.witnesses.len()) {
            (0, _) => {
                "no witness is known: whoever runs the log could show another past to others".to_owned()
            }
            (of, seen) => {
                let named = told
                    .witnesses
                    .iter()
                    .map(|(name, at)| format!("{name} ({})", Time::from_secs(*at as i64)));
                format!("seen by {seen} of {of} witnesses: {}", named.collect::<Vec<_>>().join(", "))
            }
        },
    ];
    match told.same {
        None => lines.push("no files were looked at: add --local DIR".to_owned()),
        Some(true) => {
            lines.push(format!("the files are those of the revision, all {}", told.files.unwrap_or_default()))
        }
        Some(false) => lines.push("the files are NOT those of the revision:".to_owned()),
    }
    let shown = told.differences.iter().take(DIFFERENCES_SHOWN).map(|line| format!("  {}", say::word(line)));
    lines.extend(shown);
    if told.differences.len() > DIFFERENCES_SHOWN {
        lines.push(format!("  and {} more", told.differences.len() - DIFFERENCES_SHOWN));
    }
    lines.join("\n") + "\n"
}
