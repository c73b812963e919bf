//! The programs of the system that the tests need, installed where they are missing. What cannot be had is a failure.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::run::{checked, output};
use crate::{postgres, python};

/// Installs what is missing: as root with apt-get, as anyone else with sudo if it asks for no password.
pub(crate) fn install() -> anyhow::Result<()> {
    let wanted = missing()?;
    if wanted.is_empty() {
        println!("nothing to install");
        return Ok(());
    }
    let list = wanted.join(" ");
    println!("missing: {list}");
    let prefix = privileged().with_context(|| {
        format!(
            "cannot install {list}: not root, and no sudo without a password. Run: apt-get install {list}"
        )
    })?;
    let apt = |arguments: &[&str]| {
        let mut words =
            prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
        let mut command = Command::new(words.next().unwrap_or("env"));
        command.args(words).args(arguments);
        command
    };
    checked(&mut apt(&["update"]))?;
    checked(apt(&["install", "-y", "--no-install-recommends"]).args(&wanted))?;
    let still = missing()?;
    if !still.is_empty() {
        bail!("apt-get installed {list}, and yet this is missing: {}", still.join(" "));
    }
    Ok(())
}

fn missing() -> anyhow::Result<Vec<String>> {
    let mut wanted = Vec::new();
    if output(Command::new("git").arg("--version")).is_err() {
        wanted.push("git".to_owned());
    }
    // libFuzzer is C++.
    if output(Command::new("c++").arg("--version")).is_err() {
        wanted.push("g++".to_owned());
    }
    // The allocator's build runs make.
    if output(Command::new("make").arg("--version")).is_err() {
        wanted.push("make".to_owned());
    }
    if !["chromium", "chromium-browser", "google-chrome"].iter().any(|name| in_path(name)) {
        // Without its recommended packages it comes without any letters.
        wanted.extend(["chromium", "fonts-dejavu-core", "fonts-liberation"].map(str::to_owned));
    }
    // Those that read the books of rounds, and the one that makes keys and certificates.
    for (program, package) in
        [("hledger", "hledger"), ("xmllint", "libxml2-utils"), ("openssl", "openssl"), ("git-lfs", "git-lfs")]
    {
        if !in_path(program) {
            wanted.push(package.to_owned());
        }
    }
    // The checksum database of Go, which checks logs.
    if !Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog").is_dir() || !in_path("go") {
        wanted.extend(["golang-go", "golang-golang-x-mod-dev"].map(str::to_owned));
    }
    if postgres::programs().is_none() {
        wanted.push("postgresql".to_owned());
    }
    let python = python::find()?;
    if !python::has_venv(&python) {
        let version = "import sys; print('python3.%d-venv' % sys.version_info[1])";
        wanted.push(output(Command::new(&python).args(["-c", version]))?);
    }
    Ok(wanted)
}

/// Whether PATH has such a program. Chromium itself takes long to say who it is.
fn in_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// The words that go before a command which only root may run.
fn privileged() -> Option<Vec<&'static str>> {
    if is_root() {
        return Some(Vec::new());
    }
    output(Command::new("sudo").args(["-n", "true"])).ok().map(|_| vec!["sudo", "-n"])
}

/// Whether we are root.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
