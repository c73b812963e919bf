//! Settings: flags over `SEEDCORN_*` environment over `seedcorn.toml` over defaults. Unknown keys are refused.

mod resolved;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Subcommand};
use seedcorn_commons::join::Registration;
use seedcorn_core::limits;
use serde::{Deserialize, Serialize};

use crate::say;

/// What can be set, and from where it was.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Settings {
    /// The configuration file.
    ///
    /// `seedcorn.toml` in the current folder when it is there; its keys are these options' names.
    #[arg(long, global = true, env = "SEEDCORN_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// The folder for keys, temporary files and, unless set otherwise, database and objects.
    ///
    /// Made if it is missing. [default: seedcorn-data]
    #[arg(long, global = true, env = "SEEDCORN_DATA", value_name = "DIR")]
    data: Option<PathBuf>,

    /// The address to listen on; port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, global = true, env = "SEEDCORN_LISTEN", value_name = "HOST:PORT")]
    listen: Option<SocketAddr>,

    /// The address that clients use, when it is not the one listened on.
    ///
    /// Without it, answers use the host that each request names (`X-Forwarded-Host` and `X-Forwarded-Proto` are
    /// believed, so set this or let your proxy set those).
    #[arg(long, global = true, env = "SEEDCORN_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Names and facts: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
    ///
    /// [default: `seedcorn.sqlite` in the data folder]
    #[arg(long, global = true, env = "SEEDCORN_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,

    /// Bytes: a folder, or `s3://BUCKET/PREFIX`.
    ///
    /// Keys for S3 come from the standard AWS environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …).
    /// [default: `depot` in the data folder]
    #[arg(long, global = true, env = "SEEDCORN_DEPOT", value_name = "PLACE")]
    depot: Option<String>,

    /// The address of an S3 store that is not Amazon's. [default: `AWS_ENDPOINT_URL`, or Amazon]
    #[arg(long, global = true, env = "SEEDCORN_S3_ENDPOINT", value_name = "URL")]
    s3_endpoint: Option<String>,

    /// The region of the S3 store. [default: `AWS_REGION`, or us-east-1]
    #[arg(long, global = true, env = "SEEDCORN_S3_REGION", value_name = "REGION")]
    s3_region: Option<String>,

    /// Name the bucket in the path instead of the host name, as most stores that are not Amazon's want it.
    ///
    /// [default: true]
    #[arg(long, global = true, env = "SEEDCORN_S3_PATH_STYLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    s3_path_style: Option<bool>,

    /// The file with the hub's master key: 64 hexadecimal digits, readable by its owner only.
    ///
    /// Every replica needs the same one. Made if it is missing. [default: `master.key` in the data folder]
    #[arg(long, global = true, env = "SEEDCORN_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,

    /// The name of the member who is made on the first run and runs the hub. [default: keeper]
    #[arg(long, global = true, env = "SEEDCORN_FIRST_MEMBER", value_name = "NAME")]
    first_member: Option<String>,

    /// Who may become a member on the page `/join`: `closed` (nobody), `invited` (whoever has a link that an operator
    /// made), or `open` (everybody). [default: closed]
    #[arg(long, global = true, env = "SEEDCORN_REGISTRATION", value_name = "WHO")]
    registration: Option<Joining>,

    /// Fill an empty hub with a small set of generated models and data to look at.
    #[arg(long, global = true, env = "SEEDCORN_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    demo: Option<bool>,

    /// Make the public accounts that the Hugging Face clients' own tests presuppose.
    ///
    /// Their tokens are known to everybody, so this is refused unless the hub listens on loopback and is reached there.
    /// A later run without it disables those accounts.
    #[arg(long, global = true, env = "SEEDCORN_CONFORMANCE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    conformance: Option<bool>,

    /// How log lines look: `human` or `json`. [default: human]
    #[arg(long, global = true, env = "SEEDCORN_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,

    /// What is logged, as `tracing` directives. [default: info]
    #[arg(long, global = true, env = "SEEDCORN_LOG", value_name = "DIRECTIVES")]
    log: Option<String>,

    /// What is required of the openness of models and data sets that anybody pulls: `refuse CLASS`, `warn CLASS`, or both
    /// with a comma between; a class is `III`, `II` or `I`.
    ///
    /// Members and groups can require more for themselves. Whoever may publish to a repo may pull it. [default: nothing]
    #[arg(long, global = true, env = "SEEDCORN_PULL_POLICY", value_name = "POLICY")]
    pull_policy: Option<String>,

    /// Whose signed reviews of evidence of openness count: public keys as `seedcorn review key` prints them, with commas between.
    ///
    /// Taken out, a key's reviews no longer count. [default: nobody's]
    #[arg(long, global = true, env = "SEEDCORN_OPENNESS_REVIEWERS", value_name = "KEYS")]
    openness_reviewers: Option<String>,

    /// Requests that one address may make in five minutes without a token, of each kind: API, files, pages. 0: as many as it likes.
    ///
    /// What comes from this machine itself is not counted. Clients are told what is left, and wait. [default: 6000]
    #[arg(long, global = true, env = "SEEDCORN_STRANGERS_REQUESTS", value_name = "N")]
    strangers_requests: Option<u32>,

    /// The same for one member with a token. [default: 60000]
    #[arg(long, global = true, env = "SEEDCORN_MEMBERS_REQUESTS", value_name = "N")]
    members_requests: Option<u32>,

    /// Proxies that are believed when they say whom they speak for (`X-Forwarded-For`): networks with commas between, such as
    /// `127.0.0.1, 10.0.0.0/8`. [default: those on this machine]
    #[arg(long, global = true, env = "SEEDCORN_TRUSTED_PROXIES", value_name = "NETWORKS")]
    trusted_proxies: Option<String>,

    /// Give files that are dangerous to open to those alone who may publish to their repo.
    ///
    /// Dangerous are files that run something by themselves, as `seedcorn scan` tells; without this they are given with a warning.
    #[arg(long, global = true, env = "SEEDCORN_BLOCK_DANGEROUS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    block_dangerous: Option<bool>,

    /// Whom one has to trust to know whom Sigstore saw: a `trusted_root.json`, as Sigstore publishes it.
    ///
    /// Signatures by an identity are checked with it, with no network; put a newer one here when Sigstore changes its keys.
    /// [default: that of Sigstore's public instance when this program was made]
    #[arg(long, global = true, env = "SEEDCORN_SIGSTORE_ROOT", value_name = "FILE")]
    sigstore_root: Option<PathBuf>,

    /// Who must have seen the transparency log before a checkpoint of it is shown: a file with witnesses and a quorum (C2SP tlog-policy).
    ///
    /// Each witness has its address behind its key. [default: nobody]
    #[arg(long, global = true, env = "SEEDCORN_LOG_POLICY", value_name = "FILE")]
    log_policy: Option<PathBuf>,

    /// The logs of others that this hub is a witness of: a file with a `log KEY` line each (C2SP tlog-policy, with `quorum none`).
    ///
    /// They ask at `/witness/add-checkpoint`. [default: none]
    #[arg(long, global = true, env = "SEEDCORN_WATCHED_LOGS", value_name = "FILE")]
    watched_logs: Option<PathBuf>,

    /// The logs of others that this hub keeps whole: a file with a `log KEY URL` line each (C2SP tlog-policy, with `quorum none`).
    ///
    /// They are read every minute, checked, and shown at `/mirror/SHA256-OF-ORIGIN`. [default: none]
    #[arg(long, global = true, env = "SEEDCORN_MIRRORED_LOGS", value_name = "FILE")]
    mirrored_logs: Option<PathBuf>,

    /// Hosts that webhooks may be sent to although they are at no public address, with commas between.
    ///
    /// Members name the addresses of webhooks, so nothing is sent into the network that this machine stands in unless its host is named
    /// here. [default: none]
    #[arg(long, global = true, env = "SEEDCORN_WEBHOOK_HOSTS", value_name = "HOSTS")]
    webhook_hosts: Option<String>,

    /// Bytes up to which a plain LFS upload is one request; above it goes in parts. [default: 5368709120]
    #[arg(long, global = true, env = "SEEDCORN_LFS_BASIC_BYTES_MAX", value_name = "BYTES")]
    lfs_basic_bytes_max: Option<u64>,

    /// Bytes of a part of a larger LFS upload. [default: 268435456]
    #[arg(long, global = true, env = "SEEDCORN_LFS_PART_BYTES", value_name = "BYTES")]
    lfs_part_bytes: Option<u64>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// For programs, one object a line.
    Json,
}

/// Who may become a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Joining {
    /// Nobody.
    Closed,
    /// Whoever has a link.
    Invited,
    /// Everybody.
    Open,
}

impl From<Joining> for Registration {
    fn from(who: Joining) -> Registration {
        match who {
            Joining::Closed => Registration::Closed,
            Joining::Invited => Registration::Invited,
            Joining::Open => Registration::Open,
        }
    }
}

/// Settings with every default filled in.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Resolved {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) database: String,
    pub(crate) depot: String,
    pub(crate) s3_endpoint: Option<String>,
    pub(crate) s3_region: Option<String>,
    pub(crate) s3_path_style: bool,
    pub(crate) master_key_file: PathBuf,
    pub(crate) first_member: String,
    pub(crate) registration: Joining,
    pub(crate) demo: bool,
    pub(crate) conformance: bool,
    pub(crate) log_format: LogFormat,
    pub(crate) log: String,
    pub(crate) pull_policy: String,
    pub(crate) openness_reviewers: String,
    pub(crate) strangers_requests: u32,
    pub(crate) members_requests: u32,
    pub(crate) trusted_proxies: Option<String>,
    pub(crate) block_dangerous: bool,
    pub(crate) sigstore_root: Option<PathBuf>,
    pub(crate) log_policy: Option<PathBuf>,
    pub(crate) watched_logs: Option<PathBuf>,
    pub(crate) mirrored_logs: Option<PathBuf>,
    pub(crate) webhook_hosts: Option<String>,
    pub(crate) lfs_basic_bytes_max: u64,
    pub(crate) lfs_part_bytes: u64,
}

const DEFAULT_FILE: &str = "seedcorn.toml";

impl Settings {
    /// Adds the file's settings and the defaults, and checks what can be checked without opening anything.
    pub(crate) fn resolve(self) -> anyhow::Result<Resolved> {
        let file = read_file(self.config.as_deref())?;
        let data = self.data.or(file.data).unwrap_or_else(|| "seedcorn-data".into());
        let in_data = |name: &str| data.join(name);
        let listen = self.listen.or(file.listen);
        let s3_endpoint = self.s3_endpoint.or(file.s3_endpoint);
        let resolved = Resolved {
            listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            public_url: self.public_url.or(file.public_url),
            database: self
                .database
                .or(file.database)
                .unwrap_or_else(|| format!("sqlite:{}", in_data("seedcorn.sqlite").display())),
            depot: self.depot.or(file.depot).unwrap_or_else(|| in_data("depot").display().to_string()),
            s3_path_style: self.s3_path_style.or(file.s3_path_style).unwrap_or(true),
            s3_endpoint,
            s3_region: self.s3_region.or(file.s3_region),
            master_key_file: self
                .master_key_file
                .or(file.master_key_file)
                .unwrap_or_else(|| in_data("master.key")),
            first_member: self.first_member.or(file.first_member).unwrap_or_else(|| "keeper".into()),
            registration: self.registration.or(file.registration).unwrap_or(Joining::Closed),
            demo: self.demo.or(file.demo).unwrap_or(false),
            conformance: self.conformance.or(file.conformance).unwrap_or(false),
            log_format: self.log_format.or(file.log_format).unwrap_or(LogFormat::Human),
            log: self.log.or(file.log).unwrap_or_else(|| "info".into()),
            pull_policy: self.pull_policy.or(file.pull_policy).unwrap_or_default(),
            openness_reviewers: self.openness_reviewers.or(file.openness_reviewers).unwrap_or_default(),
            strangers_requests: self
                .strangers_requests
                .or(file.strangers_requests)
                .unwrap_or(limits::STRANGERS_REQUESTS),
            members_requests: self
                .members_requests
                .or(file.members_requests)
                .unwrap_or(limits::MEMBERS_REQUESTS),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            block_dangerous: self.block_dangerous.or(file.block_dangerous).unwrap_or(false),
            sigstore_root: self.sigstore_root.or(file.sigstore_root),
            log_policy: self.log_policy.or(file.log_policy),
            watched_logs: self.watched_logs.or(file.watched_logs),
            mirrored_logs: self.mirrored_logs.or(file.mirrored_logs),
            webhook_hosts: self.webhook_hosts.or(file.webhook_hosts),
            lfs_basic_bytes_max: self
                .lfs_basic_bytes_max
                .or(file.lfs_basic_bytes_max)
                .unwrap_or(limits::LFS_BASIC_BYTES_MAX),
            lfs_part_bytes: self.lfs_part_bytes.or(file.lfs_part_bytes).unwrap_or(limits::LFS_PART_BYTES),
            data,
        };
        resolved.check()?;
        Ok(resolved)
    }
}

fn read_file(named: Option<&Path>) -> anyhow::Result<Settings> {
    let path = named.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("{} is not right", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            Ok(Settings::default())
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Reads the command line and the environment. A variable that is empty counts as not set, whatever it is for: that is
/// how a compose file or a unit file takes one back.
pub(crate) fn parse() -> crate::Cli {
    let command = crate::Cli::command().mut_args(|arg| {
        let empty =
            arg.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|set| set.is_empty()));
        if empty { arg.env(Resettable::Reset) } else { arg }
    });
    let parsed = crate::Cli::from_arg_matches(&command.get_matches());
    parsed.unwrap_or_else(|error| error.format(&mut crate::Cli::command()).exit())
}

/// Environment variables that look like settings and are none.
fn unknown_variables() -> Vec<String> {
    let command = crate::Cli::command();
    let known: Vec<_> = command.get_arguments().filter_map(|arg| arg.get_env()).collect();
    let names = std::env::vars_os().filter(|(_, set)| !set.is_empty()).map(|(name, _)| name);
    let names = names.filter(|name| !known.contains(&name.as_os_str()));
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with("SEEDCORN_")).collect()
}

/// Says which variables have no effect. They are no error here: some systems make such variables by themselves, named
/// after a service.
pub(crate) fn warn_of_unknown_variables() {
    for name in unknown_variables() {
        tracing::warn!(name, "this environment variable is no setting");
    }
}

/// `seedcorn config …`
#[derive(Subcommand, Debug)]
pub(crate) enum Config {
    /// Print the settings in force, as a configuration file.
    Show,
    /// Say whether the settings are right, without starting anything.
    Check,
    /// Print the reference page of all settings, as Markdown.
    Reference,
}

impl Config {
    pub(crate) fn run(&self, settings: &Resolved) -> anyhow::Result<()> {
        match self {
            Config::Show => {
                let shown = Resolved { database: settings.database_shown(), ..settings.clone() };
                say::text(toml::to_string(&shown)?)?;
            }
            Config::Check => {
                if let Some(name) = unknown_variables().first() {
                    bail!(
                        "the environment variable {name} is no setting; `seedcorn config reference` lists them"
                    );
                }
                say::line("the configuration is right")?;
            }
            Config::Reference => say::text(reference())?,
        }
        Ok(())
    }
}

/// The reference page, from the doc comments of [`Settings`].
pub(crate) fn reference() -> String {
    let mut out = String::from(
        "# Settings\n\nMade by `seedcorn config reference`; do not edit. Flags win over the environment, the \
         environment over the configuration file, the file over defaults. A variable that is empty counts as not \
         set.\n\n\
         | flag | environment | key in `seedcorn.toml` | what it is |\n| --- | --- | --- | --- |\n",
    );
    let command = crate::Cli::command();
    for arg in command.get_arguments() {
        let (Some(flag), Some(env)) = (arg.get_long(), arg.get_env()) else {
            continue;
        };
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let key = if flag == "config" { String::new() } else { format!("`{flag}`") };
        out.push_str(&format!("| `--{flag}` | `{}` | {key} | {help} |\n", env.to_string_lossy()));
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn the_reference_page_is_up_to_date() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/settings.md");
        let there = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(
            there == reference(),
            "docs/reference/settings.md is old: write the output of `seedcorn config reference` there"
        );
    }

    #[test]
    fn flags_win_over_the_file_and_unknown_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\ndata = \"x\"\n").unwrap();
        let flags = Settings { config: Some(path.clone()), data: Some("y".into()), ..Settings::default() };
        let resolved = flags.resolve().unwrap();
        assert_eq!((resolved.data, resolved.listen.port()), (PathBuf::from("y"), 1));
        std::fs::write(&path, "lisen = \"127.0.0.1:1\"\n").unwrap();
        let error = Settings { config: Some(path), ..Settings::default() }.resolve().unwrap_err();
        assert!(format!("{error:#}").contains("lisen"), "{error:#}");
    }

    #[test]
    fn public_tokens_stay_on_loopback() {
        let listen = Some(SocketAddr::from(([0, 0, 0, 0], 1)));
        let settings = Settings { conformance: Some(true), listen, ..Settings::default() };
        assert!(settings.resolve().unwrap_err().to_string().contains("loopback"));
        let reached = |url: &str| Settings {
            conformance: Some(true),
            public_url: Some(url.into()),
            ..Settings::default()
        };
        for url in ["http://localhost:1", "http://127.0.0.1", "https://[::1]:8080/x", "http://127.0.0.9:1"] {
            reached(url).resolve().unwrap();
        }
        for url in [
            "https://hub.example.org",
            "http://localhost.example.org",
            "http://localhost@hub.example.org",
            "http://hub.example.org/localhost",
            "http://hub.example.org?@127.0.0.1",
            "http://[2001:db8::1]:80",
            "http://0.0.0.0",
        ] {
            let error = reached(url).resolve().unwrap_err().to_string();
            assert!(error.contains("loopback"), "{url}: {error}");
        }
    }

    #[test]
    fn a_password_is_not_shown_wherever_it_is() {
        for (address, shown) in [
            ("sqlite:a/b.sqlite", "sqlite:a/b.sqlite"),
            ("postgres://db.example.org/hub", "postgres://db.example.org/hub"),
            ("postgres://u:secret@db.example.org/hub", "postgres://…@db.example.org/hub"),
            (
                "postgres://u:sec@ret@db.example.org:5/hub?sslmode=require",
                "postgres://…@db.example.org:5/hub?sslmode=require",
            ),
            (
                "postgres://db.example.org/hub?user=u&password=secret&sslmode=x",
                "postgres://db.example.org/hub?user=u&password=…&sslmode=x",
            ),
            ("postgres:///hub?host=/run&Password=sec@ret", "postgres://…"),
            ("postgres://u:p@db/hub?password=sec@ret", "postgres://…@db/hub?password=…"),
            ("postgres://u:sec?ret@db/hub", "postgres://…"),
        ] {
            let settings = Settings { database: Some(address.into()), ..Settings::default() };
            assert_eq!(settings.resolve().unwrap().database_shown(), shown);
        }
    }

    #[test]
    fn what_could_never_work_is_refused() {
        let named = |name: &str| Settings { first_member: Some(name.into()), ..Settings::default() };
        for name in ["a/b", "", "api"] {
            assert!(named(name).resolve().unwrap_err().to_string().contains("--first-member"), "{name}");
        }
        let database = |text: &str| Settings { database: Some(text.into()), ..Settings::default() };
        assert!(database("sqlite:").resolve().unwrap_err().to_string().contains("names no file"));
        let public = |text: &str| Settings { public_url: Some(text.into()), ..Settings::default() };
        let s3 = |text: &str| Settings { s3_endpoint: Some(text.into()), ..Settings::default() };
        for bad in
            ["http://host/?q=", "http://host/#x", "http://ho st", "http://", "host:9000", "http://u:p@host"]
        {
            assert!(public(bad).resolve().unwrap_err().to_string().contains("--public-url"), "{bad}");
            assert!(s3(bad).resolve().unwrap_err().to_string().contains("--s3-endpoint"), "{bad}");
        }
        for depot in ["", "s3://", "s3:///prefix"] {
            let settings = Settings { depot: Some(depot.into()), ..Settings::default() };
            assert!(settings.resolve().unwrap_err().to_string().contains("--depot"), "{depot}");
        }
    }
}
