//! What a hub keeps on disk is its owner's alone to read, whatever the folder it was given.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use seedcorn_testkit::client::{Client, header, large_file};

use crate::program::Hub;

/// Whatever lies below a folder and can be opened by somebody else.
fn open_to_others(folder: &Path) -> Vec<String> {
    let (mut open, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            seen += 1;
            if mode & 0o077 != 0 {
                open.push(format!("{} {mode:o}", entry.path().display()));
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    assert!(seen > 5, "there is nothing to look at");
    open
}

#[test]
fn nobody_else_can_read_what_is_kept() {
    for made_before in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let data = folder.join("data");
        if made_before {
            fs::create_dir(&data).unwrap();
            fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let hub = Hub::first(folder, &[]);
        let keeper = Client { address: hub.address, token: hub.token.clone().unwrap() };
        keeper.create("keeper/model", true).unwrap();
        let bytes: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        keeper.must_put("keeper/model", &bytes).unwrap();
        keeper.must_commit("keeper/model", &[header("one"), large_file("w.bin", &bytes)]).unwrap();
        // The database's own log is there while the hub runs.
        assert_eq!(open_to_others(&data), Vec::<String>::new());
        hub.stop();
        let mode = fs::metadata(&data).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if made_before { 0o755 } else { 0o700 });
    }
}
