//! The first run: folder, key, one token, shown once.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use seedcorn_testkit::client::{Client, header, text_file};

use crate::running::{Dice, Home, pause, token_in};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn the_first_run_shows_a_token_once_and_keeps_it_nowhere() {
    let home = Home::new();
    assert!(!home.data().exists());
    let running = home.serve();
    let address = running.address;
    let health = Client { address, token: String::new() }.ask("GET", "/healthz", b"").unwrap();
    assert_eq!(health.status, 200);
    let text = running.kill();
    let token = token_in(&text).unwrap_or_else(|| panic!("no token in {text:?}")).to_owned();
    let shown = format!("HF_ENDPOINT=http://{address}");
    assert!(text.contains(&shown) && text.contains("hf upload keeper/"), "{text}");

    let key = home.data().join("master.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    for path in files(&home.data()) {
        let bytes = std::fs::read(&path).unwrap();
        let kept = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!kept, "{} holds the token", path.display());
    }

    let running = home.serve();
    let keeper = Client { address: running.address, token: token.clone() };
    let who = keeper.get("/api/whoami-v2").unwrap();
    assert_eq!(who["name"], "keeper");
    keeper.create("keeper/model", false).unwrap();
    keeper.must_commit("keeper/model", &[header("first"), text_file("a.txt", "a")]).unwrap();
    let text = running.kill();
    assert!(token_in(&text).is_none() && !text.contains("first run"), "{text}");
    home.is_sound();
}

#[test]
fn a_first_run_that_was_killed_can_be_repeated() {
    let mut dice = Dice::new(1);
    for round in 0..8 {
        let home = Home::new();
        let mut child = home.spawn();
        pause(Duration::from_millis(dice.below(120)));
        child.kill().unwrap();
        child.wait().unwrap();
        let running = home.serve();
        let address = running.address;
        // A token that was made and never shown is of no use to anybody: another is to be had.
        let made = home.run(&["admin", "token", "create", "keeper", "--role", "write"]);
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let errors = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "round {round}: {errors}");
        let keeper = Client { address, token };
        assert_eq!(keeper.get("/api/whoami-v2").unwrap()["name"], "keeper", "round {round}");
        let text = running.kill();
        let shown = token_in(&text).map(str::to_owned);
        let again = home.serve();
        if let Some(token) = shown {
            let keeper = Client { address: again.address, token };
            assert_eq!(keeper.get("/api/whoami-v2").unwrap()["name"], "keeper", "round {round}");
        }
        again.kill();
        home.is_sound();
    }
}
