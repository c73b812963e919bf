//! `seedcorn fsck`.

use std::process::ExitCode;

use clap::Args;
use seedcorn_commons::fsck;
use seedcorn_commons::store::Unused;

use crate::config::Resolved;
use crate::open;

/// `seedcorn fsck`
#[derive(Args, Debug)]
pub(crate) struct Fsck {
    /// Also read and hash every stored byte.
    #[arg(long)]
    deep: bool,
}

impl Fsck {
    /// Prints findings as they come, then how much was looked at.
    pub(crate) async fn run(&self, settings: &Resolved) -> anyhow::Result<ExitCode> {
        let commons = open::commons(settings, Unused::Refuse).await?;
        let checked = fsck::check(&commons, self.deep, &mut |finding| println!("{finding}")).await;
        let exit = fsck::Exit::of(&checked);
        let sum = checked?;
        commons.close().await?;
        println!(
            "looked at {} repos, {} commits, {} git objects in {} packs, {} xorbs, {} files: {} findings",
            sum.repos, sum.commits, sum.objects, sum.packs, sum.xorbs, sum.files, sum.findings
        );
        Ok(ExitCode::from(exit.code()))
    }
}
