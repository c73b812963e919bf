//! A command on the wrong folder, key or depot says so, and makes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use seedcorn_testkit::client::Client;

use crate::program::{Hub, command, good, refused};

/// Commands that look at a hub or change it, and must not make one.
const COMMANDS: [&[&str]; 7] = [
    &["fsck"],
    &["fsck", "--deep"],
    &["admin", "member", "list"],
    &["admin", "member", "add", "alice"],
    &["admin", "store", "renew"],
    &["admin", "store", "rekey"],
    &["paper", "add", "ada/one", "--as", "ada", "--title", "One", "--author", "Ada"],
];

#[test]
fn only_serve_makes_a_hub() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for words in COMMANDS {
        let said = refused(folder, words);
        assert!(said.contains("no data folder") && said.contains("seedcorn serve"), "{words:?}: {said}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{words:?} made something");
    }
    fs::create_dir(folder.join("seedcorn-data")).unwrap();
    for words in COMMANDS {
        assert!(refused(folder, words).contains("no database"), "{words:?}");
        assert_eq!(fs::read_dir(folder.join("seedcorn-data")).unwrap().count(), 0, "{words:?}");
    }
}

#[test]
fn a_part_that_is_missing_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Hub::start(folder, &[]).stop();
    let fsck = ["fsck", "--data", "data"];
    assert!(good(folder, &fsck).contains("0 findings"));
    let data = folder.join("data");
    let away = folder.join("away");
    for (name, word) in
        [("depot", "no depot"), ("seedcorn.sqlite", "no database"), ("master.key", "key file")]
    {
        fs::rename(data.join(name), &away).unwrap();
        assert!(refused(folder, &fsck).contains(word), "{name}");
        assert!(!data.join(name).exists(), "{name} was made");
        fs::rename(&away, data.join(name)).unwrap();
    }
    // As when a disk is not mounted: the folder may be there, and is empty.
    fs::rename(data.join("depot"), &away).unwrap();
    let serve = ["serve", "--data", "data", "--listen", "127.0.0.1:0"];
    for _ in 0..2 {
        assert!(refused(folder, &serve).contains("not mounted"));
    }
    assert!(refused(folder, &fsck).contains("not mounted"));
    fs::remove_dir(data.join("depot")).unwrap();
    fs::rename(&away, data.join("depot")).unwrap();
    Hub::start(folder, &[]).stop();
}

#[test]
fn another_master_key_is_refused_until_it_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Hub::start(folder, &[]).stop();
    let other = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--master-key-file", "other.key"];
    assert!(refused(folder, &other).contains("master key"));
    assert!(
        refused(folder, &["fsck", "--data", "data", "--master-key-file", "other.key"]).contains("master key")
    );
    // The first key is lost.
    fs::remove_file(folder.join("data/master.key")).unwrap();
    assert!(refused(folder, &other[..5]).contains("rekey"));
    good(folder, &["admin", "store", "rekey", "--data", "data"]);
    Hub::start(folder, &[]).stop();
    assert!(refused(folder, &other).contains("master key"));
}

#[test]
fn a_new_generation_gives_the_xet_store_another_address() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hub = Hub::first(folder, &[]);
    let token = hub.token.clone().unwrap();
    let keeper = Client { address: hub.address, token: token.clone() };
    keeper.create("keeper/model", false).unwrap();
    let before = keeper.xet("keeper/model", "read").unwrap().path;
    hub.stop();
    let printed = good(folder, &["admin", "store", "renew", "--data", "data"]);
    let hub = Hub::start(folder, &[]);
    let keeper = Client { address: hub.address, token };
    let after = keeper.xet("keeper/model", "read").unwrap().path;
    assert_ne!(before, after);
    assert!(after.starts_with(&format!("/xet/{}-", printed.trim())), "{after} {printed}");
    hub.stop();
}

#[test]
fn a_variable_that_is_no_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let check =
        |name: &str| command(folder.path(), &["config", "check"]).env(name, "127.0.0.1:1").output().unwrap();
    assert!(check("SEEDCORN_LISTEN").status.success());
    let out = check("SEEDCORN_LISTENN");
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("SEEDCORN_LISTENN"));
}

/// Some are numbers, some texts, some files: an empty one is none of them.
#[test]
fn an_empty_variable_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let reference = good(folder.path(), &["config", "reference"]);
    let names: Vec<&str> = reference.split('`').filter(|word| word.starts_with("SEEDCORN_")).collect();
    assert!(names.len() > 15, "{names:?}");
    let plain = good(folder.path(), &["config", "show"]);
    for words in [["config", "show"], ["config", "check"]] {
        let mut command = command(folder.path(), &words);
        command.envs(names.iter().chain(&["SEEDCORN_NO_SUCH_SETTING"]).map(|name| (name, "")));
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(words[1] != "show" || out.stdout == plain.as_bytes());
    }
    let said = refused(folder.path(), &["config", "check", "--public-url", ""]);
    assert!(said.contains("--public-url"), "{said}");
}

#[test]
fn the_folder_that_a_database_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--database", "sqlite:absent/hub.db"];
    let said = refused(folder.path(), &words);
    assert!(said.contains("there is no folder absent for absent/hub.db"), "{said}");
}

#[test]
fn a_key_for_all_to_read_keeps_the_hub_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Hub::start(folder, &[]).stop();
    fs::set_permissions(folder.join("data/master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    for words in [&["serve", "--data", "data", "--listen", "127.0.0.1:0"][..], &["fsck", "--data", "data"]] {
        let said = refused(folder, words);
        assert!(said.contains("chmod 600 data/master.key"), "{said}");
    }
}

#[test]
fn no_password_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["config", "show", "--public-url", "https://ada:secret@hub.example.org"][..],
        &["config", "show", "--s3-endpoint", "https://ada:secret@s3.example.org"],
    ] {
        let out = command(folder.path(), words).output().unwrap();
        let said = [out.stdout, out.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(out.status.code(), Some(2), "{said}");
        assert!(said.contains(words[2]) && !said.contains("secret"), "{said}");
    }
    let shown = good(folder.path(), &["config", "show", "--database", "postgres://ada:secret@db/hub"]);
    assert!(shown.contains("…@db/hub") && !shown.contains("secret"), "{shown}");
}
