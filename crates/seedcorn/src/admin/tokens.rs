//! `seedcorn admin token …`

use anyhow::bail;
use clap::Subcommand;
use seedcorn_commons::Commons;
use seedcorn_commons::admin::{self, NewToken, TokenRole, parse_fine_line};

use crate::say;

/// `seedcorn admin token …`
#[derive(Subcommand, Debug)]
pub(crate) enum Tokens {
    /// Make a token and print it, alone, on standard output. It is shown this once.
    Create {
        /// Whose.
        member: String,
        /// read: only reading; write: all that the member may; fine: only what --scope lists.
        #[arg(long, value_parser = ["read", "write", "fine"], default_value = "read")]
        role: String,
        /// For --role fine, once a repo: [model:|dataset:|space:|paper:|code:]namespace/name=read|write|admin.
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
        /// What to call it.
        #[arg(long, default_value = "command line")]
        name: String,
        /// When it ends, in days from now; never when left out.
        #[arg(long, value_name = "DAYS")]
        expires_days: Option<u32>,
    },
    /// List a member's tokens and open sessions: id, name, role, last characters, state.
    List {
        /// Whose.
        member: String,
    },
    /// Take a token or session back, and all that was made with it.
    Revoke {
        /// The id that `list` shows.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Take back every token and session of this member.
        #[arg(long, value_name = "MEMBER", conflicts_with = "id")]
        all: Option<String>,
    },
}

pub(super) async fn run(commons: &Commons, command: Tokens) -> anyhow::Result<()> {
    let (db, now) = (commons.database(), commons.now());
    match command {
        Tokens::Create { member, role, scope, name, expires_days } => {
            let role = match role.as_str() {
                "write" => TokenRole::Write,
                "read" => TokenRole::Read,
                _ => {
                    TokenRole::Fine(scope.iter().map(|text| parse_fine_line(text)).collect::<Result<_, _>>()?)
                }
            };
            match &role {
                TokenRole::Fine(lines) if lines.is_empty() => bail!("--role fine needs at least one --scope"),
                TokenRole::Read | TokenRole::Write if !scope.is_empty() => {
                    bail!("--scope goes with --role fine")
                }
                _ => {}
            }
            let expires = expires_days.map(|days| now.plus_secs(i64::from(days) * 24 * 3600));
            say::line(admin::create_token(db, NewToken { member, name, role, expires }, now).await?)?;
        }
        Tokens::List { member } => {
            for row in admin::list_tokens(db, &member, now).await? {
                let state = match (row.revoked, row.expires) {
                    (Some(_), _) => "revoked",
                    (None, Some(end)) if end <= now.0 => "expired",
                    _ => "active",
                };
                say::line(format_args!("{}\t{}\t{}\t…{}\t{state}", row.id, row.name, row.role, row.hint))?;
            }
        }
        Tokens::Revoke { id: Some(id), .. } => admin::revoke_token(db, &id, now).await?,
        Tokens::Revoke { id: None, all } => {
            let member = all.unwrap_or_default();
            let revoked = admin::revoke_all(db, &member, now).await?;
            say::line(format_args!("{revoked} tokens and sessions of {member} are taken back"))?;
        }
    }
    Ok(())
}
