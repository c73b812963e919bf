//! Programs of others in Rust that the tests lean on: built once from the registry, each at one version.

use std::path::PathBuf;

use crate::Tree;
use crate::run::{cargo, checked};

/// A witness of transparency logs (C2SP tlog-witness) that shares no code with ours.
const WITNESS: (&str, &str, &str) = ("witness-log-cli", "0.6.1", "witness-log");

/// The witness, built if it is not there.
pub(crate) fn witness(tree: &Tree) -> anyhow::Result<PathBuf> {
    let (package, version, program) = WITNESS;
    let root = tree.target.join("test").join(format!("{package}-{version}"));
    let built = root.join("bin").join(program);
    if !built.is_file() {
        // Without what speaks TLS: it is asked on this machine alone.
        let words =
            ["install", package, "--version", version, "--locked", "--no-default-features", "--quiet"];
        let folder = tree.target.join("foreign");
        checked(cargo(tree).args(words).arg("--root").arg(&root).env("CARGO_TARGET_DIR", folder))?;
    }
    Ok(built)
}
