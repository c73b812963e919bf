//! `seedcorn review`: what a person says of a piece of evidence, signed, so that others can count it.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use seedcorn_commons::{Clock, new_master_key};
use seedcorn_core::note::{KeyKind, SignerKey};
use seedcorn_core::openness::Component;
use seedcorn_core::openness::review::Review;

use crate::files::{read_text, write_secret};
use crate::say;

/// `seedcorn review …`
#[derive(Subcommand, Debug)]
pub(crate) enum Reviews {
    /// Make a key that signs reviews; its secret half goes to a file that only its owner can read.
    ///
    /// What is printed is the public half. Whoever runs a hub puts it into --openness-reviewers; whoever grades a folder gives it
    /// with --reviewer.
    Key {
        /// Who signs with it: a name without spaces, such as ada@example.org.
        #[arg(value_name = "NAME")]
        name: String,
        /// Where the secret half goes.
        #[arg(long, value_name = "FILE", default_value = "reviewer.key")]
        out: PathBuf,
    },
    /// Sign a review of a piece of evidence, and print it.
    Sign(Sign),
}

/// `seedcorn review sign`
#[derive(Args, Debug)]
#[command(after_help = "Example:
  seedcorn grade ./my-model --format json | jq '.parts[] | select(.component == \"Data card\") | .evidence'
  seedcorn review sign --key reviewer.key --work models/ada/one --component \"Data card\" \\
      --evidence 3f…c1 --accept --reason \"It names every source, with dates and licences.\" > review.note
  seedcorn grade ./my-model --review review.note --reviewer \"$(cat reviewer.pub)\"
  curl -H \"Authorization: Bearer $HF_TOKEN\" --data-binary @review.note \\
      https://hub.example.org/api/commons/v1/models/ada/one/openness/reviews")]
pub(crate) struct Sign {
    /// The file with the secret key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The work, as models/NAMESPACE/NAME or datasets/NAMESPACE/NAME.
    #[arg(long)]
    work: String,
    /// The component that the evidence speaks for.
    #[arg(long)]
    component: String,
    /// The id of the evidence, as --format json and the API tell it.
    #[arg(long, value_name = "ID")]
    evidence: String,
    /// The evidence holds.
    #[arg(long, required_unless_present = "reject", conflicts_with = "reject")]
    accept: bool,
    /// The evidence does not hold.
    #[arg(long)]
    reject: bool,
    /// Why, in a line.
    #[arg(long)]
    reason: String,
}

/// Bytes of a key's file.
const KEY_BYTES_MAX: u64 = 1024;

pub(crate) fn run(command: Reviews) -> anyhow::Result<()> {
    match command {
        Reviews::Key { name, out } => {
            let signer = SignerKey::new(&name, KeyKind::Signer, &new_master_key()?)?;
            write_secret(&out, &format!("{}\n", signer.secret()))?;
            say::line(signer.verifier().to_string())
        }
        Reviews::Sign(sign) => {
            let signer: SignerKey = read_text(&sign.key, KEY_BYTES_MAX)?
                .parse()
                .with_context(|| sign.key.display().to_string())?;
            let known = Component::ALL.into_iter().chain([Component::Provenance, Component::Structure]);
            let component =
                known.into_iter().find(|known| known.name().eq_ignore_ascii_case(&sign.component));
            let Some(component) = component else { bail!("there is no component {:?}", sign.component) };
            let review = Review {
                work: sign.work,
                component,
                evidence: sign.evidence.to_ascii_lowercase(),
                accepts: sign.accept,
                date: Clock::System.now().day(),
                reason: sign.reason,
            };
            // What is not read back as it was meant is not signed.
            Review::read(&review.text())?;
            say::text(signer.sign(&review.text())?)
        }
    }
}
