//! `seedcorn admin member …`

use std::io::{BufRead, IsTerminal, Read};

use anyhow::{Context, bail};
use clap::Subcommand;
use seedcorn_commons::admin::{self, NewNamespace};
use seedcorn_commons::{Commons, join};
use seedcorn_core::limits;

use crate::config::{Joining, Resolved};
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
    /// Print a link by which one person can join, once, within a week.
    Invite,
    /// Set a member's password: asks for it on a terminal, else reads one line of standard input.
    ///
    /// Their sessions end.
    Password {
        /// Whose.
        name: String,
        /// Print a link instead by which they set it themselves, once, within a day.
        #[arg(long)]
        link: bool,
    },
    /// List members.
    List,
    /// Shut a member out: their tokens and sessions are void, for good. What they published stays.
    Disable {
        /// Who.
        name: String,
    },
    /// Let a member in again, by their password or a new token.
    Enable {
        /// Who.
        name: String,
    },
}

pub(super) async fn run(commons: &Commons, settings: &Resolved, command: Members) -> anyhow::Result<()> {
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
        Members::Invite => {
            if settings.registration == Joining::Closed {
                bail!("nobody can join while registration is closed: set it to invited, for the server too");
            }
            say::line(format_args!("{}/join?code={}", settings.url(), join::invite(db, now).await?))?;
        }
        Members::Password { name, link: true } => {
            let secret = join::password_link(db, &name, now).await?;
            say::line(format_args!("{}/join/password?code={secret}", settings.url()))?;
        }
        Members::Password { name, link: false } => {
            join::set_password(commons, &name, &ask_password(&name)?).await?;
        }
        Members::List => {
            for row in admin::list(db, "member").await? {
                let state = if row.disabled { "disabled" } else { "active" };
                let admin = if row.admin { "admin" } else { "" };
                say::line(format_args!("{}\t{}\t{state}\t{admin}", row.name, row.full_name))?;
            }
        }
        Members::Disable { name } => admin::disable_member(db, &name, now).await?,
        Members::Enable { name } => admin::enable_member(db, &name, now).await?,
    }
    Ok(())
}

/// A new password: typed twice on a terminal, which does not show it, or one line of what is piped in.
fn ask_password(name: &str) -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password(format!("New password for {name}: "))?;
        if rpassword::prompt_password("Once more: ")? != password {
            bail!("the two are not the same; nothing was changed");
        }
        return Ok(password);
    }
    let mut line = String::new();
    // One byte more than may be, and a line break, so that a longer one is refused and not cut.
    let most = limits::PASSWORD_BYTES_MAX as u64 + 3;
    let input = std::io::stdin().lock().take(most).read_line(&mut line);
    input.context("no password could be read from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
