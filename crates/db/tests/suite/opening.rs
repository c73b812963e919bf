//! Opening: two processes at once, a second time, and addresses that are none.

use std::process::{Command, Stdio};

use seedcorn_db::{Db, DbError, settings};
use tempfile::TempDir;

use crate::place::Place;

const CHILD: &str = "SEEDCORN_TEST_OPEN";

on_both!(opens_again_with_everything_in_it);

/// The test starts itself again, several times over, and each of those processes opens the same fresh file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_open_a_fresh_file_at_once() {
    if let Some(address) = std::env::var_os(CHILD) {
        let db = Db::open(address.to_str().unwrap()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        settings::put_if_absent(&mut tx, "generation", "1").await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
        return;
    }
    let folder = TempDir::new().unwrap();
    let address = format!("sqlite:{}", folder.path().join("hub.db").display());
    let start = |_| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "opening::processes_open_a_fresh_file_at_once"]).env(CHILD, &address);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let db = Db::open(&address).await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert_eq!(settings::find(&mut tx, "generation").await.unwrap().as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_open_a_fresh_file_at_once() {
    let folder = TempDir::new().unwrap();
    let address = format!("sqlite:{}", folder.path().join("hub.db").display());
    let open = |_| {
        let address = address.clone();
        tokio::spawn(async move { Db::open(&address).await })
    };
    for opened in (0..8).map(open).collect::<Vec<_>>() {
        opened.await.unwrap().unwrap().close().await;
    }
}

async fn opens_again_with_everything_in_it(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    settings::put(&mut tx, "generation", "7").await.unwrap();
    tx.commit().await.unwrap();
    place.db.checkpoint().await.unwrap();
    let again = Db::open(&place.address).await.unwrap();
    let mut tx = again.read().await.unwrap();
    assert_eq!(settings::find(&mut tx, "generation").await.unwrap().as_deref(), Some("7"));
    drop(tx);
    again.close().await;
}

#[tokio::test]
async fn other_addresses_are_refused() {
    for address in ["", "mysql://localhost/hub", "hub.db"] {
        let error = Db::open(address).await.unwrap_err();
        assert!(matches!(&error, DbError::Open(why) if why.contains("sqlite:PATH")), "{address}: {error}");
    }
}
