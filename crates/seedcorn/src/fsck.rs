//! `seedcorn fsck`.

use std::process::ExitCode;

use clap::Args;
use seedcorn_commons::fsck::{self, Exit, Finding};
use seedcorn_commons::store::Unused;
use tokio::sync::oneshot;

use crate::config::Resolved;
use crate::{open, say};

/// `seedcorn fsck`
#[derive(Args, Debug)]
pub(crate) struct Fsck {
    /// Also read and hash every stored byte.
    #[arg(long)]
    deep: bool,
}

impl Fsck {
    /// Prints findings as they come, then how much was looked at. Ends with the first finding that nobody reads.
    pub(crate) async fn run(&self, settings: &Resolved) -> anyhow::Result<ExitCode> {
        let commons = open::commons(settings, Unused::Refuse).await?;
        let (tell, unsaid) = oneshot::channel();
        let mut tell = Some(tell);
        let mut report = |finding: Finding| {
            if let Err(error) = say::line(finding)
                && let Some(tell) = tell.take()
            {
                let _ = tell.send(error);
            }
        };
        let checked = tokio::select! {
            biased;
            Ok(error) = unsaid => {
                commons.close().await?;
                return unheard(error, Exit::Findings);
            }
            checked = fsck::check(&commons, self.deep, &mut report) => checked,
        };
        let exit = Exit::of(&checked);
        let sum = checked?;
        commons.close().await?;
        let said = say::line(format_args!(
            "looked at {} repos, {} commits, {} git objects in {} packs, {} xorbs, {} files, {} attachments: {} findings",
            sum.repos,
            sum.commits,
            sum.objects,
            sum.packs,
            sum.xorbs,
            sum.files,
            sum.attachments,
            sum.findings
        ));
        said.map_or_else(|error| unheard(error, exit), |()| Ok(exit.code().into()))
    }
}

/// What was found holds though nobody reads it: an exit code that says "sound" would be a lie.
fn unheard(error: anyhow::Error, exit: Exit) -> anyhow::Result<ExitCode> {
    if error.is::<say::Unheard>() { Ok(exit.code().into()) } else { Err(error) }
}
