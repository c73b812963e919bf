//! `seedcorn admin panel …`

use clap::Subcommand;
use seedcorn_commons::{Commons, trust};

use crate::say;

/// `seedcorn admin panel …`
#[derive(Subcommand, Debug)]
pub(crate) enum Panels {
    /// Put a member on a panel. The first one makes the panel.
    ///
    /// Credit begins with the use of members who are trusted: by every panel, along who vouches for whom. With several panels,
    /// whoever wins over one wins nothing.
    Seat {
        /// Small letters, digits and '-'.
        panel: String,
        /// Who.
        member: String,
    },
    /// Take a member off a panel.
    Unseat {
        /// Which.
        panel: String,
        /// Who.
        member: String,
    },
    /// List panels and who sits on them.
    List,
}

pub(super) async fn run(commons: &Commons, command: Panels) -> anyhow::Result<()> {
    match command {
        Panels::Seat { panel, member } => {
            let new = trust::seat(commons, &panel, &member).await?;
            let now = if new { "sits on it now" } else { "sat on it already" };
            say::line(format_args!("{panel}: {member} {now}"))
        }
        Panels::Unseat { panel, member } => {
            let sat = trust::unseat(commons, &panel, &member).await?;
            let now = if sat { "sits on it no longer" } else { "did not sit on it" };
            say::line(format_args!("{panel}: {member} {now}"))
        }
        Panels::List => {
            for seat in trust::panels(commons).await? {
                say::line(format_args!("{}\t{}", seat.panel, seat.name))?;
            }
            Ok(())
        }
    }
}
