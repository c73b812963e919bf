//! `seedcorn admin …`: members, groups, tokens, the store as a whole.

mod audit;
mod groups;
mod members;
mod panels;
mod repos;
mod store;
mod tokens;

use clap::Subcommand;
use seedcorn_commons::Commons;
use seedcorn_commons::store::Unused;

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
    /// Repos, taken down and let be again.
    #[command(subcommand)]
    Repo(repos::Repos),
    /// Panels of members from whom trust goes out.
    #[command(subcommand)]
    Panel(panels::Panels),
    /// Who did what with accounts, rights and works.
    Audit(audit::Audit),
    /// The store as a whole.
    #[command(subcommand)]
    Store(store::Store),
}

/// Does it, and closes the database.
pub(crate) async fn run(settings: &Resolved, command: Admin) -> anyhow::Result<()> {
    match command {
        Admin::Member(command) => {
            on_hub(settings, async |hub| members::run(hub, settings, command).await).await
        }
        Admin::Group(command) => on_hub(settings, async |hub| groups::run(hub, command).await).await,
        Admin::Token(command) => on_hub(settings, async |hub| tokens::run(hub, command).await).await,
        Admin::Repo(command) => on_hub(settings, async |hub| repos::run(hub, command).await).await,
        Admin::Panel(command) => on_hub(settings, async |hub| panels::run(hub, command).await).await,
        Admin::Audit(command) => on_hub(settings, async |hub| audit::run(hub, &command).await).await,
        Admin::Store(command) => store::run(settings, command).await,
    }
}

/// Opens the hub for a deed, and closes it.
pub(crate) async fn on_hub(
    settings: &Resolved,
    deed: impl AsyncFnOnce(&Commons) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let commons = open::commons(settings, Unused::Refuse).await?;
    deed(&commons).await?;
    Ok(commons.close().await?)
}
