//! Structured logs, on standard error: standard output is for what commands print.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Resolved};

/// Standard error, whether or not somebody reads it. A log that cannot be written must not stop what it tells of: the
/// subscriber would complain on standard error too, and panic.
struct Unfailing;

impl Write for Unfailing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().flush();
        Ok(())
    }
}

/// Starts logging.
pub(crate) fn start(settings: &Resolved) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).with_context(|| format!("--log {:?}", settings.log))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Unfailing);
    match settings.log_format {
        LogFormat::Human => logs.with_ansi(std::io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}
