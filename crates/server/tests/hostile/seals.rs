//! Sealed addresses that were changed, are too old, or are used for something else.

use seedcorn_core::limits;
use seedcorn_testkit::client::{header, large_file};
use seedcorn_testkit::http::ask;

use crate::hub::{Hub, REPO, noise};

/// The same text with one character changed.
fn changed(text: &str, at: usize) -> String {
    let other = if text[at..].starts_with('0') { "1" } else { "0" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[test]
fn lfs_addresses_take_what_they_were_made_for() {
    let hub = Hub::start();
    let (bytes, other) = (noise(80, 5000), noise(81, 5000));
    let path = hub.eve.lfs_path(REPO, &bytes).unwrap();
    let before = hub.look();
    let start = "/lfs/".len();
    for at in (start..path.len()).step_by(11).chain([path.len() - 1]) {
        // The dot between seal and text is a character like any other.
        let reply = ask(hub.address, "PUT", &changed(&path, at), &[], &bytes).unwrap();
        hub.refused(&format!("changed at {at}"), &reply, 403);
    }
    for (what, path) in [
        ("cut short", path[..path.len() - 2].to_owned()),
        ("grown", format!("{path}AA")),
        ("no text", path[..path.find('.').unwrap() + 1].to_owned()),
        ("endless", format!("{path}{}", "A".repeat(4000))),
    ] {
        hub.refused(what, &ask(hub.address, "PUT", &path, &[], &bytes).unwrap(), 403);
    }
    hub.refused("other bytes", &ask(hub.address, "PUT", &path, &[], &other).unwrap(), 422);
    let end = ask(hub.address, "POST", &path, &[], br#"{"oid":"","parts":[]}"#).unwrap();
    hub.refused("the end of parts that were not asked for", &end, 404);
    hub.unchanged("bad seals", &before, &bytes);
    hub.unchanged("bad seals", &before, &other);

    hub.wait_secs(6 * limits::SIGNED_URL_SECS);
    hub.refused("too late", &ask(hub.address, "PUT", &path, &[], &bytes).unwrap(), 403);
    hub.unchanged("an expired address", &before, &bytes);
    // The same bytes at a new address.
    hub.eve.must_put(REPO, &bytes).unwrap();
    assert!(hub.holds(&bytes));
}

#[test]
fn fetch_addresses_give_what_they_were_made_for() {
    let hub = Hub::start();
    let bytes = noise(82, 90_000);
    hub.eve.must_put(REPO, &bytes).unwrap();
    hub.eve.must_commit(REPO, &[header("file"), large_file("w.bin", &bytes)]).unwrap();
    let tree = hub.eve.get(&format!("/api/models/{REPO}/tree/main")).unwrap();
    let entry = tree.as_array().unwrap().iter().find(|entry| entry["path"] == "w.bin").unwrap();
    let door = hub.eve.xet(REPO, "read").unwrap();
    let plan = format!("/v1/reconstructions/{}", entry["xetHash"].as_str().unwrap());
    let plan = hub.eve.ask_xet(&door, "GET", &plan, b"").unwrap();
    assert_eq!(plan.status, 200, "{}", plan.text());
    let plan: serde_json::Value = serde_json::from_slice(&plan.body).unwrap();
    let fetch = &plan["fetch_info"].as_object().unwrap().values().next().unwrap()[0];
    let url = fetch["url"].as_str().unwrap();
    let path = &url[url.find("/xet/").unwrap()..];
    let end = fetch["url_range"]["end"].as_u64().unwrap();
    let get = |path: &str, range: &str| ask(hub.address, "GET", path, &[("Range", range)], b"").unwrap();
    let right = format!("bytes=0-{end}");
    assert_eq!(get(path, &right).status, 206);
    for range in [
        &format!("bytes=0-{}", end + 1),
        "bytes=1-2",
        "bytes=0-18446744073709551615",
        "bytes=-1",
        "bytes=0-",
        "lines=0-1",
        "bytes=0-1,2-3",
    ] {
        hub.refused(range, &get(path, range), 403);
    }
    let seal = path.rfind('/').unwrap() + 1;
    for at in (seal..path.len()).step_by(13) {
        hub.refused(&format!("changed at {at}"), &get(&changed(path, at), &right), 403);
    }
    // Ends are rounded up, so that the addresses of one hour are the same.
    hub.wait_secs(2 * limits::SIGNED_URL_SECS);
    hub.refused("too late", &get(path, &right), 403);
}
