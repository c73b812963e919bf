//! `seedcorn sign`: a model signed by its makers, and whether such a signature holds, with no hub and no network.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use seedcorn_commons::{Clock, log};
use seedcorn_core::digest::Sha256;
use seedcorn_signing::{
    Anchor, BUNDLE_BYTES_MAX, Certificate, Found, Identity, Key, MODEL_SIG, PublicKey, Registered, Root,
    Verdict, is_left_out, judge, sign,
};

use crate::config::Resolved;
use crate::files::{read, read_text, write_secret};
use crate::say::{self, Format};

/// Bytes of a key's or a certificate's file.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// `seedcorn sign …`
#[derive(Subcommand, Debug)]
pub(crate) enum Sign {
    /// Make a key; its secret half goes to a file that only its owner can read.
    ///
    /// What is printed is the public half: register it on the hub, under Signing in your settings or those of a group.
    NewKey {
        /// Where the secret half goes (PEM).
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Sign the files of a folder, as `model_signing` does.
    Folder(Folder),
    /// See whether the files of a folder are those that were signed, and by whom.
    Check(Check),
}

/// `seedcorn sign folder`
#[derive(Args, Debug)]
#[command(after_help = "Example:
  seedcorn sign new-key mine.pem > mine.pub          # once; put mine.pub under Signing in your settings
  seedcorn sign folder ./my-model --key mine.pem
  hf upload ada/my-model ./my-model

Signed are all files but .git, .gitattributes, .gitignore, .github, .cache and the signature itself: the SHA-256 of each, by path
(OpenSSF Model Signing 1.0). Sign last: a README changed later is not what was signed.")]
pub(crate) struct Folder {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The file with the secret key: ECDSA on P-256, P-384 or P-521, as PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the signature goes. [default: model.sig in the folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// `seedcorn sign check`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn sign check ./a-model --key ada.pub
  seedcorn sign check ./a-model --certificate lab-root.pem
  seedcorn sign check ./a-model --identity ada@example.org --issuer https://github.com/login/oauth

Exit codes: 0 the files are those that were signed, by whom you trust; 1 they are not; 2 it could not be checked.")]
pub(crate) struct Check {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The signature. [default: model.sig in the folder]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Whom to trust: a public key (PEM).
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Whom to trust: the signer's certificate, or one that it was issued by (PEM).
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Whom to trust: an identity that Sigstore saw.
    #[arg(long, value_name = "WHO", requires = "issuer")]
    identity: Option<String>,
    /// Who says that of an identity.
    #[arg(long, value_name = "URL", requires = "identity")]
    issuer: Option<String>,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(settings: &Resolved, command: Sign) -> anyhow::Result<ExitCode> {
    match command {
        Sign::NewKey { file } => new_key(&file).map(|()| ExitCode::SUCCESS),
        Sign::Folder(folder) => folder.run().map(|()| ExitCode::SUCCESS),
        Sign::Check(check) => check.run(&settings.sigstore()?),
    }
}

fn new_key(path: &Path) -> anyhow::Result<()> {
    let key = Key::new()?;
    write_secret(path, &key.pem()?)?;
    say::text(key.public().pem())
}

fn text(path: &Path) -> anyhow::Result<String> {
    read_text(path, KEY_BYTES_MAX)
}

fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Sha256>> {
    let made = log::folder(folder, true).context("the folder")?;
    let all = made.files.into_iter().filter(|(path, ..)| !path.starts_with(".cache/"));
    Ok(all.map(|(path, _, digest)| (path, digest)).collect())
}

/// Where a file is in a folder; none if it is elsewhere.
fn within(folder: &Path, file: &Path) -> Option<String> {
    let place = file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let place = place.canonicalize().ok()?.join(file.file_name()?);
    Some(place.strip_prefix(folder.canonicalize().ok()?).ok()?.to_str()?.to_owned())
}

impl Folder {
    fn run(&self) -> anyhow::Result<()> {
        let key = Key::from_pem(&text(&self.key)?).with_context(|| self.key.display().to_string())?;
        let out = self.out.clone().unwrap_or_else(|| self.folder.join(MODEL_SIG));
        let own = within(&self.folder, &out);
        let mut all = files(&self.folder)?;
        own.iter().for_each(|own| {
            all.remove(own);
        });
        if within(&self.folder, &self.key).is_some_and(|key| all.contains_key(&key)) {
            bail!(
                "the secret key {} lies in the folder: take it out before anybody uploads it",
                self.key.display()
            );
        }
        let name = self.folder.canonicalize().ok();
        let name =
            name.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("model");
        let left_out: Vec<&str> = own.as_deref().into_iter().chain([".cache"]).collect();
        let bundle = sign(name, &all, &left_out, &key)?;
        std::fs::write(&out, bundle).with_context(|| out.display().to_string())?;
        let count = all.keys().filter(|path| !is_left_out(path)).count();
        say::line(format_args!("{}: {count} files, signed with {}", out.display(), key.public().hint()))
    }
}

impl Check {
    fn trusted(&self) -> anyhow::Result<Vec<Registered>> {
        let mut all = Vec::new();
        let mut trust = |id: &str, anchor| all.push(Registered { id: id.into(), anchor });
        if let Some(path) = &self.key {
            let key = PublicKey::from_pem(&text(path)?).with_context(|| path.display().to_string())?;
            trust("--key", Anchor::Key(key));
        }
        if let Some(path) = &self.certificate {
            let one = Certificate::from_pem(&text(path)?).with_context(|| path.display().to_string())?;
            trust("--certificate", Anchor::Certificate(one));
        }
        if let (Some(identity), Some(issuer)) = (&self.identity, &self.issuer) {
            let one = Identity { identity: identity.clone(), issuer: issuer.clone() };
            trust("--identity", Anchor::Identity(one));
        }
        Ok(all)
    }

    fn run(&self, root: &Root) -> anyhow::Result<ExitCode> {
        let trusted = self.trusted()?;
        let signature = self.signature.clone().unwrap_or_else(|| self.folder.join(MODEL_SIG));
        let bundle = read(&signature, BUNDLE_BYTES_MAX as u64)?;
        let own = within(&self.folder, &signature).unwrap_or_default();
        let found = judge((&own, &bundle), &files(&self.folder)?, &trusted, root, Clock::System.now());
        match self.format {
            Format::Json => say::json(&found)?,
            Format::Text => say::text(told(&found, trusted.is_empty()))?,
        }
        Ok(ExitCode::from(u8::from(found.verdict != Verdict::Verified)))
    }
}

fn told(found: &Found, trusts_nobody: bool) -> String {
    let mut out = String::new();
    // What is said of owners is said on a hub; here it is whom one trusts.
    let reason = match found.verdict {
        Verdict::Verified => "The files are those that were signed, by whom you trust.".to_owned(),
        Verdict::UntrustedSigner if trusts_nobody => {
            "The files are those that the signature names. Say whom you trust: --key, --certificate or --identity.".into()
        }
        Verdict::UntrustedSigner => "The files are those that the signature names, but by whom you trust it is not.".into(),
        _ => found.reason.clone(),
    };
    let _ = writeln!(out, "{}", say::word(&reason));
    if let Some(signer) = &found.signer {
        let by = signer.by.as_deref().map(|by| format!(" ({by})")).unwrap_or_default();
        let proven = if signer.proven { "" } else { ", by its own word" };
        let _ = writeln!(out, "  {}: {}{}{proven}", signer.kind, say::word(&signer.name), say::word(&by));
    }
    for (what, paths) in
        [("changed", &found.changed), ("missing", &found.missing), ("not signed", &found.unsigned)]
    {
        for path in paths {
            let _ = writeln!(out, "  {what}: {}", say::word(path));
        }
    }
    let _ = writeln!(out, "  {} files as signed", found.covered);
    out
}
