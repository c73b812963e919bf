//! `seedcorn admin group …`

use anyhow::Context;
use clap::Subcommand;
use seedcorn_commons::Commons;
use seedcorn_commons::admin::{self, NewNamespace};
use seedcorn_core::access::Role;

use crate::say;

/// `seedcorn admin group …`
#[derive(Subcommand, Debug)]
pub(crate) enum Groups {
    /// Add a group.
    Add {
        /// Letters, digits, '-', '_', '.'; its repos are NAME/….
        name: String,
        /// Its name for people to read.
        #[arg(long, default_value = "")]
        full_name: String,
        /// New repos are private unless said otherwise.
        #[arg(long)]
        private: bool,
    },
    /// List groups.
    List,
    /// List the members of a group and their roles.
    Members {
        /// Which.
        group: String,
    },
    /// Put a member into a group, or change their role there.
    Join {
        /// Which.
        group: String,
        /// Who.
        member: String,
        /// read: private repos too; write: publish; admin: settings, rename, delete.
        #[arg(long, value_parser = ["read", "write", "admin"], default_value = "write")]
        role: String,
    },
    /// Take a member out of a group.
    Leave {
        /// Which.
        group: String,
        /// Who.
        member: String,
    },
    /// Close a group: nobody can publish under it. What was published stays.
    Disable {
        /// Which.
        group: String,
    },
    /// Open a group again.
    Enable {
        /// Which.
        group: String,
    },
}

pub(super) async fn run(commons: &Commons, command: Groups) -> anyhow::Result<()> {
    let (db, now) = (commons.database(), commons.now());
    match command {
        Groups::Add { name, full_name, private } => {
            let new = NewNamespace { name, full_name, admin: false, private_default: private };
            let row = admin::add_group(db, new, now).await?;
            let name = row.name;
            say::line(format_args!(
                "{name} is a group now; next: seedcorn admin group join {name} MEMBER --role admin"
            ))?;
        }
        Groups::List => {
            for row in admin::list(db, "group").await? {
                let state = if row.disabled { "disabled" } else { "active" };
                say::line(format_args!("{}\t{}\t{state}", row.name, row.full_name))?;
            }
        }
        Groups::Members { group } => {
            for (name, role) in admin::members_of(db, &group).await? {
                say::line(format_args!("{name}\t{role}"))?;
            }
        }
        Groups::Join { group, member, role } => {
            let role = Role::from_word(&role).context("the role is read, write or admin")?;
            admin::join(db, &group, &member, role, now).await?;
        }
        Groups::Leave { group, member } => admin::leave(db, &group, &member).await?,
        Groups::Disable { group } => admin::set_group_disabled(db, &group, true).await?,
        Groups::Enable { group } => admin::set_group_disabled(db, &group, false).await?,
    }
    Ok(())
}
