//! `seedcorn admin member …`

use clap::Subcommand;
use seedcorn_commons::Commons;
use seedcorn_commons::admin::{self, NewNamespace};

use crate::say;

/// `seedcorn admin member …`
#[derive(Subcommand, Debug)]
pub(crate) enum Members {
    /// Add a member.
    Add {
        /// Letters, digits, '-', '_', '.'; their repos are NAME/….
        name: String,
        /// Their name for people to read.
        #[arg(long, default_value = "")]
        full_name: String,
        /// They run this hub: everything is theirs to do.
        #[arg(long)]
        admin: bool,
    },
    /// List members.
    List,
    /// Shut a member out: their tokens are void. What they published stays.
    Disable {
        /// Who.
        name: String,
    },
    /// Let a member in again.
    Enable {
        /// Who.
        name: String,
    },
}

pub(super) async fn run(commons: &Commons, command: Members) -> anyhow::Result<()> {
    let (db, now) = (commons.database(), commons.now());
    match command {
        Members::Add { name, full_name, admin } => {
            let new = NewNamespace { name, full_name, admin, private_default: false };
            let row = admin::add_member(db, new, now).await?;
            let name = row.name;
            say::line(format_args!(
                "{name} is a member now; next: seedcorn admin token create {name} --role write"
            ))?;
        }
        Members::List => {
            for row in admin::list(db, "member").await? {
                let state = if row.disabled { "disabled" } else { "active" };
                let admin = if row.admin { "admin" } else { "" };
                say::line(format_args!("{}\t{}\t{state}\t{admin}", row.name, row.full_name))?;
            }
        }
        Members::Disable { name } => admin::set_disabled(db, &name, "member", true).await?,
        Members::Enable { name } => admin::set_disabled(db, &name, "member", false).await?,
    }
    Ok(())
}
