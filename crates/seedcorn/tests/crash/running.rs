//! The binary as a child: started on a free port, listened to, killed.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;

/// A hub that does not start within this has failed.
const START_WITHIN: Duration = Duration::from_secs(90);

/// A folder to run in; the data folder is made in it by the first run.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// The binary on the data folder. Nothing of this process's environment is passed on.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_seedcorn")));
        command.current_dir(self.0.path()).env_clear().args(words).arg("--data").arg(self.data());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Runs another command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).stderr(Stdio::piped()).output().unwrap()
    }

    /// Checks every stored byte.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        let out = self.run(&["fsck", "--deep"]);
        let (text, errors) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(0), "{text}{errors}");
        assert!(text.contains(": 0 findings"), "{text}");
    }

    /// Starts a server, and does not wait for it.
    pub(crate) fn spawn(&self) -> Child {
        self.command(&["serve", "--listen", "127.0.0.1:0", "--log", "warn"]).spawn().unwrap()
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn serve(&self) -> Running {
        let mut child = self.spawn();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (send, receive) = mpsc::sync_channel(1);
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            out.read_line(&mut text).unwrap();
            send.send(text.clone()).unwrap();
            out.read_to_string(&mut text).unwrap();
            text
        });
        let first = receive.recv_timeout(START_WITHIN).unwrap();
        let address = first.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("the server said {first:?}")).parse().unwrap();
        Running { child, address, reader }
    }
}

/// A server that listens.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    reader: JoinHandle<String>,
}

impl Running {
    /// Kills it with SIGKILL; all that it printed.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().unwrap()
    }
}

/// The token in a welcome.
pub(crate) fn token_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with("scn_p_"))
}

/// Lets time pass.
pub(crate) fn pause(time: Duration) {
    let (_send, receive) = mpsc::sync_channel::<()>(0);
    // Nobody sends, so this ends by the clock.
    receive.recv_timeout(time).unwrap_err();
}

/// Moments and sizes, the same in every run of the tests.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `end` (SplitMix64).
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// Bytes that do not compress.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len.div_ceil(8)).flat_map(|_| self.below(u64::MAX).to_le_bytes()).take(len).collect()
    }
}
