//! `seedcorn admin audit`: who did what.

use clap::Args;
use seedcorn_commons::{Commons, audit};
use seedcorn_core::time::Time;
use serde_json::{Value, json};

use crate::say::{self, Format};

/// `seedcorn admin audit`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn admin audit                        # the last 100 deeds
  seedcorn admin audit --of ada --all         # all that ada did, and that was done to ada
  seedcorn admin audit --of models/ada/one --format json")]
pub(crate) struct Audit {
    /// What a member did, or what was done to something of that name.
    #[arg(long, value_name = "NAME", default_value = "")]
    of: String,
    /// All of it, and not the last hundred alone.
    #[arg(long)]
    all: bool,
    /// How to say it: as lines of text, or as lines of JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Prints.
pub(crate) async fn run(hub: &Commons, command: &Audit) -> anyhow::Result<()> {
    let mut before = String::new();
    loop {
        let (lines, more) = audit::all(hub, &command.of, &before).await?;
        for line in &lines {
            let at = Time(line.at).to_string();
            let by = if line.name.is_empty() { "-" } else { &line.name };
            let says: Value = serde_json::from_str(&line.says).unwrap_or_default();
            match command.format {
                Format::Text => say::line(format_args!("{at} {by} {} {} {says}", line.deed, line.subject))?,
                Format::Json => say::line(json!({
                    "id": line.id, "at": at, "by": line.name, "token": line.token,
                    "deed": line.deed, "subject": line.subject, "says": says,
                }))?,
            }
        }
        match lines.last() {
            Some(last) if more && command.all => before.clone_from(&last.id),
            _ => return Ok(()),
        }
    }
}
