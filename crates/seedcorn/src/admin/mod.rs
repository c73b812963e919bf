//! `seedcorn admin …`: members, groups, tokens.

mod groups;
mod members;
mod tokens;

use clap::Subcommand;

use crate::config::Resolved;
use crate::open;

/// `seedcorn admin …`
#[derive(Subcommand, Debug)]
pub(crate) enum Admin {
    /// People with an account.
    #[command(subcommand)]
    Member(members::Members),
    /// Groups: namespaces that several members share.
    #[command(subcommand)]
    Group(groups::Groups),
    /// Access tokens.
    #[command(subcommand)]
    Token(tokens::Tokens),
}

/// Does it, and closes the database.
pub(crate) async fn run(settings: &Resolved, command: Admin) -> anyhow::Result<()> {
    let commons = open::commons(settings).await?;
    match command {
        Admin::Member(command) => members::run(&commons, command).await?,
        Admin::Group(command) => groups::run(&commons, command).await?,
        Admin::Token(command) => tokens::run(&commons, command).await?,
    }
    Ok(commons.close().await?)
}
