//! The program, run with nothing from the environment of the tests.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// A program that does not end is a failed test, not one that never ends.
const LATE: Duration = Duration::from_secs(120);

/// A command in a folder of its own: there is no configuration file, and relative paths lie in it.
pub(crate) fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seedcorn"));
    command.env_clear().current_dir(folder).args(words);
    command
}

/// Runs a command to its end.
pub(crate) fn run(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
}

/// Runs a command that must fail, and returns what it said.
#[track_caller]
pub(crate) fn refused(folder: &Path, words: &[&str]) -> String {
    let out = run(folder, words);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{words:?}: {said}{}", String::from_utf8_lossy(&out.stdout));
    said
}

/// Runs a command that must go well, and returns what it printed.
#[track_caller]
pub(crate) fn good(folder: &Path, words: &[&str]) -> String {
    let out = run(folder, words);
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// A hub that runs.
pub(crate) struct Hub {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it says, if nobody has stopped listening.
    pub(crate) said: Option<(BufReader<ChildStdout>, ChildStderr)>,
    /// The token of the first member, on the first run.
    pub(crate) token: Option<String>,
}

impl Hub {
    /// Starts a hub in the folder with its data in `data`, and waits until it listens.
    pub(crate) fn start(folder: &Path, more: &[&str]) -> Hub {
        let mut words = vec!["serve", "--data", "data", "--listen", "127.0.0.1:0"];
        words.extend(more);
        let mut command = command(folder, &words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().unwrap();
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let (mut stderr, mut why) = (stderr, String::new());
            stderr.read_to_string(&mut why).unwrap();
            panic!("the hub did not start: {first}{why}");
        };
        Hub { child, address, said: Some((said, stderr)), token: None }
    }

    /// The same on the first run, whose welcome is read for the token.
    pub(crate) fn first(folder: &Path, more: &[&str]) -> Hub {
        let mut hub = Hub::start(folder, more);
        let (stdout, _) = hub.said.as_mut().unwrap();
        let lines = stdout.lines().map(|line| line.unwrap());
        let token = lines.map(|line| line.trim().to_owned()).find(|line| line.starts_with("scn_"));
        hub.token = token;
        hub
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        while start.elapsed() < LATE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            pause();
        }
        panic!("the hub does not end");
    }

    /// Stops it, which must go well.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        let status = self.wait();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // After a failed test; else it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A moment.
#[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
