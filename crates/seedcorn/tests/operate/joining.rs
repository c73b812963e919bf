//! How an operator lets people in, and helps those who lost their password.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use seedcorn_testkit::client::Client;

use crate::program::{Hub, command, good, refused};

/// Sends a form; the status of the answer.
fn send(hub: &Hub, path: &str, form: &str) -> u16 {
    let client = Client { address: hub.address, token: hub.token.clone().unwrap() };
    client.ask("POST", path, form.as_bytes()).unwrap().status
}

/// `seedcorn admin member password keeper`, with this piped in.
fn piped(folder: &Path, input: &str) -> (bool, String) {
    let words = ["admin", "member", "password", "keeper", "--data", "data"];
    let mut child = command(folder, &words).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    (out.status.success(), String::from_utf8(out.stderr).unwrap())
}

#[test]
fn people_are_let_in_and_helped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hub = Hub::first(folder, &["--registration", "invited"]);
    let invite = ["admin", "member", "invite", "--data", "data"];
    assert!(refused(folder, &invite).contains("set it to invited"));
    let open = ["--registration", "invited", "--public-url", "https://hub.example.org/"];
    let link = good(folder, &[&invite[..], &open].concat());
    let code = link.trim().strip_prefix("https://hub.example.org/join?code=").unwrap();
    let form = |code: &str| format!("name=guest&password=kernel+of+corn&code={code}");
    assert_eq!(send(&hub, "/join", &form("scn_l_x")), 200, "the form comes back");
    assert_eq!(send(&hub, "/join", &form(code)), 303);
    assert_eq!(send(&hub, "/login", "name=guest&password=kernel+of+corn"), 303);

    let (ok, said) = piped(folder, "short\n");
    assert!(!ok && said.contains("at least 10 characters"), "{said}");
    let (ok, said) = piped(folder, &"x".repeat(2000));
    assert!(!ok && said.contains("at most 1024 bytes"), "{said}");
    let (ok, said) = piped(folder, "another kernel\nnot this\n");
    assert!(ok, "{said}");
    assert_eq!(send(&hub, "/login", "name=keeper&password=another+kernel"), 303);

    let link = good(folder, &["admin", "member", "password", "keeper", "--link", "--data", "data"]);
    let code = link.trim().strip_prefix("http://127.0.0.1:8080/join/password?code=").unwrap();
    assert_eq!(send(&hub, "/join/password", &format!("code={code}&password=a+third+kernel")), 303);
    assert_eq!(send(&hub, "/login", "name=keeper&password=a+third+kernel"), 303);
    let nobody = ["admin", "member", "password", "nobody", "--link", "--data", "data"];
    assert!(refused(folder, &nobody).contains("no member called"));
    hub.stop();
}
