//! The one binary: reads the command line, opens an instance, and calls deeds.

mod address;
mod admin;
mod config;
mod conformance;
mod credit;
mod files;
mod fsck;
mod fund;
mod grade;
mod hooks;
mod lineage;
mod log;
mod logs;
mod mirror;
mod monitor;
mod open;
mod paper;
mod review;
mod say;
mod scan;
mod serve;
mod sign;
mod verify;
mod welcome;
mod witness;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Settings;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Seedcorn, the open commons for AI research: a hub that Hugging Face clients use unchanged.
///
/// Start with `seedcorn serve`: it makes what it needs and prints an address, a token, and the next command.
#[derive(Parser, Debug)]
#[command(name = "seedcorn", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the hub.
    Serve,
    /// Manage members, groups and tokens, whether or not a server runs.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Put papers into the hub, whether or not a server runs.
    #[command(subcommand)]
    Paper(paper::Papers),
    /// See how open a release is, from what is really in it.
    ///
    /// Needs no hub and no network. Each part of the release is looked for, each with its terms, and every answer says on what
    /// it rests.
    Grade(grade::GradeArgs),
    /// See what of one work is another's, by their bytes.
    ///
    /// Needs no hub and no network.
    Lineage(lineage::LineageArgs),
    /// See what of some files may harm whoever opens them.
    ///
    /// Needs no hub and no network, and runs nothing of what it looks into.
    Scan(scan::ScanArgs),
    /// Look after the transparency log of the hub.
    #[command(subcommand)]
    Log(log::Log),
    /// Check that files are what a hub logged.
    Verify(verify::Verify),
    /// Sign a model, and check who signed one.
    #[command(subcommand)]
    Sign(sign::Sign),
    /// Sign what you say of a piece of evidence, so that others can count it.
    #[command(subcommand)]
    Review(review::Reviews),
    /// See how credit flows from what is used to what it builds upon.
    #[command(subcommand)]
    Credit(credit::Credit),
    /// Share a pool of money by what people give.
    #[command(subcommand)]
    Fund(fund::Fund),
    /// Check that everything the hub names is stored and whole.
    ///
    /// Exit code 0: sound. 1: something is wrong; each finding says what, and how to mend it. 2: could not check.
    Fsck(fsck::Fsck),
    /// Show, check and explain the configuration.
    #[command(subcommand)]
    Config(config::Config),
}

fn main() -> ExitCode {
    let cli = config::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if error.is::<say::Unheard>() => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be reading, as when the output goes into `head`.
            say::aside(format_args!("seedcorn: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = cli.settings.resolve()?;
    logs::start(&settings)?;
    open::keep_private();
    if !matches!(cli.command, Command::Config(_)) {
        config::warn_of_unknown_variables();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::run(settings).await.map(|()| ExitCode::SUCCESS),
            Command::Admin(command) => admin::run(&settings, command).await.map(|()| ExitCode::SUCCESS),
            Command::Paper(command) => paper::run(&settings, command).await.map(|()| ExitCode::SUCCESS),
            Command::Fsck(command) => command.run(&settings).await,
            Command::Grade(command) => command.run(&settings).await,
            Command::Log(command) => log::run(&settings, command).await,
            Command::Verify(command) => command.run().await,
            Command::Lineage(command) => lineage::run(&command),
            Command::Scan(command) => scan::run(&command),
            Command::Sign(command) => sign::run(&settings, command),
            Command::Review(command) => review::run(command).map(|()| ExitCode::SUCCESS),
            Command::Credit(command) => credit::run(command).map(|()| ExitCode::SUCCESS),
            Command::Fund(command) => fund::run(command),
            Command::Config(command) => command.run(&settings).map(|()| ExitCode::SUCCESS),
        }
    });
    // What matters was waited for. Anything else must not delay the end, least of all after a second signal.
    runtime.shutdown_background();
    done
}
