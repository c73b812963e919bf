//! The Python that runs the client tests: 3.11 or later, under whatever name it goes here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::run::output;

const NAMES: [&str; 5] = ["python3", "python3.11", "python3.12", "python3.13", "python3.14"];

/// The first interpreter in PATH that is new enough.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    let test = "import sys; assert sys.version_info >= (3, 11); print(sys.executable)";
    let mut found = NAMES.iter().filter_map(|name| output(Command::new(name).args(["-c", test])).ok());
    found.next().map(PathBuf::from).context("Python 3.11 or later was not found: install it and try again")
}

/// Whether `python -m venv` will work: Debian packs a part of it apart.
pub(crate) fn has_venv(python: &Path) -> bool {
    output(Command::new(python).args(["-c", "import ensurepip, venv"])).is_ok()
}
