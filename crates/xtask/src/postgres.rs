//! A Postgres cluster of our own: made in a temporary folder, reachable from this machine only, gone at the end.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::packages::is_root;
use crate::run::{checked, output};

const START_MAX: Duration = Duration::from_secs(60);
const FOLDER_PREFIX: &str = "seedcorn-test-pg-";
/// Postgres refuses to run as root; every package of it makes this user.
const USER: &str = "postgres";

/// A running cluster. Dropped, it is stopped and its files are removed.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    server: Child,
}

/// The folder that holds `initdb`, `postgres`, `pg_ctl` and `psql`: the newest of Debian's, or one in PATH.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut numbered: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    numbered.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = numbered.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    let all = ["initdb", "postgres", "pg_ctl", "pg_isready", "psql"];
    candidates.into_iter().find(|folder| all.iter().all(|name| folder.join(name).is_file()))
}

impl Cluster {
    /// Makes and starts the cluster, and waits until it answers.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs =
            programs().context("no initdb, postgres, pg_ctl, pg_isready and psql in one folder")?;
        sweep();
        // Not under `target`: user postgres must be able to reach it, and the name of a socket has at most 107 bytes.
        let folder = std::env::temp_dir().join(format!("{FOLDER_PREFIX}{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Self::start_in(&folder, programs).inspect_err(|_| drop(fs::remove_dir_all(&folder)))
    }

    fn start_in(folder: &Path, programs: PathBuf) -> anyhow::Result<Self> {
        if is_root() {
            checked(Command::new("chown").arg(USER).arg(folder))?;
        }
        let data = folder.join("data");
        let initdb = programs.join("initdb");
        let mut make = as_user(&initdb);
        make.args(["-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data);
        // The order of words in a dictionary rather than of bytes: what the hub sorts must not depend on it.
        if output(Command::new(&initdb).arg("--help"))?.contains("--icu-locale") {
            make.args(["--locale-provider=icu", "--icu-locale=en-US"]);
        }
        output(&mut make)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = fs::File::create(folder.join("log"))?;
        let mut serve = as_server(&programs.join("postgres"));
        serve.arg("-D").arg(&data).arg("-k").arg(folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=300"]
        {
            serve.args(["-c", setting]);
        }
        let server = serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut cluster = Self { folder: folder.to_owned(), programs, port, server };
        cluster.wait()?;
        println!("{} in {}", cluster.url(), folder.display());
        Ok(cluster)
    }

    #[expect(clippy::disallowed_methods, reason = "a program without tasks may sleep")]
    fn wait(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let port = self.port.to_string();
        let ask = || {
            output(Command::new(self.programs.join("pg_isready")).args([
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                &port,
            ]))
        };
        while ask().is_err() {
            if self.server.try_wait()?.is_some() || start.elapsed() > START_MAX {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("Postgres did not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The address of the cluster's first database, which its superuser may open without a password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// PATH with the cluster's programs in front.
    pub(crate) fn path(&self) -> anyhow::Result<OsString> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        Ok(std::env::join_paths(folders)?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = as_user(&self.programs.join("pg_ctl"));
        stop.args(["stop", "-m", "immediate", "-D"]).arg(self.folder.join("data"));
        // Nothing can be done about a failure here, and the folder is swept by the next run.
        if output(&mut stop).is_err() {
            drop(self.server.kill());
        }
        drop(self.server.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// `program`, as a user that Postgres accepts, in a folder that this user may enter.
fn as_user(program: &Path) -> Command {
    let mut command = if is_root() { set_privileges(&[]) } else { Command::new("env") };
    command.arg(program).current_dir("/");
    command
}

/// The same for the server, which ends when we do, however we end.
fn as_server(program: &Path) -> Command {
    if !is_root() && output(Command::new("setpriv").arg("--version")).is_err() {
        // Not Linux: the folder is swept by the next run, and a server without its files ends by itself.
        return as_user(program);
    }
    let mut command = set_privileges(&["--pdeathsig", "INT"]);
    command.arg(program).current_dir("/");
    command
}

fn set_privileges(more: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(more);
    if is_root() {
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]);
    }
    command.arg("--");
    command
}

/// Removes what runs that were killed left behind.
fn sweep() {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX)) else { continue };
        if pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists() {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]

    use std::process::Command;

    use super::Cluster;
    use crate::run::output;

    #[test]
    fn a_cluster_answers_and_leaves_nothing() {
        let cluster = Cluster::start().unwrap();
        let folder = cluster.folder.clone();
        let sorted = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b', 'B', 'a', 'A']) AS x";
        let mut ask = Command::new(cluster.programs.join("psql"));
        let answer = output(ask.args(["-X", "-A", "-t", "-d", &cluster.url(), "-c", sorted])).unwrap();
        // A Postgres before 15 cannot be told; it sorts by bytes.
        assert!(["aAbB", "ABab"].contains(&answer.as_str()), "{answer}");
        drop(cluster);
        assert!(!folder.exists());
    }
}
