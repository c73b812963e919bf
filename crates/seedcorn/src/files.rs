//! Small files of the command line: keys and what else is read whole.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};

/// Reads a file that has so many bytes at most.
///
/// # Errors
/// Names the file that cannot be read, or is larger.
pub(crate) fn read(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let named = || path.display().to_string();
    if std::fs::metadata(path).with_context(named)?.len() > most {
        bail!("{} has more than {most} bytes: it is not what is wanted here", path.display());
    }
    std::fs::read(path).with_context(named)
}

/// The same of a text.
///
/// # Errors
/// Also for what is no text.
pub(crate) fn read_text(path: &Path, most: u64) -> anyhow::Result<String> {
    String::from_utf8(read(path, most)?).with_context(|| format!("{} is no text", path.display()))
}

/// Writes a secret into a new file that only its owner can read. One that is there is never overwritten.
///
/// # Errors
/// Names the file that cannot be written.
pub(crate) fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("the key cannot be written to {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}
