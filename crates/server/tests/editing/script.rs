//! The API's routes as the script of the upload page uses them: by the session's cookie, from our own pages.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::Digest;

use crate::world::{Answer, PART, World};

const PREUPLOAD: &str = "/api/models/team/open/preupload/main";
const BATCH: &str = "/team/open.git/info/lfs/objects/batch";
const COMMIT: &str = "/api/models/team/open/commit/main";

impl World {
    /// As our script does.
    async fn script(&self, who: &str, method: &str, path: &str, body: impl AsRef<[u8]>) -> Answer {
        let headers = [("sec-fetch-site", "same-origin"), ("cookie", self.cookie(who))];
        self.ask(method, path, &headers, body).await
    }
}

fn oid(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

fn batch(bytes: &[u8]) -> String {
    let objects = [json!({ "oid": oid(bytes), "size": bytes.len() })];
    json!({ "operation": "upload", "transfers": ["multipart"], "objects": objects }).to_string()
}

/// The path of an address of the hub.
fn local(address: &Value) -> String {
    let address = address.as_str().unwrap();
    address.strip_prefix("http://hub.example").unwrap_or_else(|| panic!("{address}")).to_owned()
}

fn commit(lines: &[Value]) -> String {
    let header = json!({ "key": "header", "value": { "summary": "By script", "description": "" } });
    std::iter::once(&header).chain(lines).map(|line| format!("{line}\n")).collect()
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

#[tokio::test]
async fn small_and_large_files() {
    let world = World::new().await;
    let (small, large) = (b"hello\n".as_slice(), noise(PART - 1));
    let sample = |bytes: &[u8]| BASE64_STANDARD.encode(&bytes[..bytes.len().min(512)]);
    let files = [
        json!({ "path": "a.txt", "size": small.len(), "sample": sample(small) }),
        json!({ "path": "b", "size": large.len(), "sample": sample(&large) }),
    ];
    let asked = json!({ "files": files }).to_string();
    let answer = read(&world.script("writer", "POST", PREUPLOAD, &asked).await);
    let modes: Vec<&Value> = (0..2).map(|n| &answer["files"][n]["uploadMode"]).collect();
    assert_eq!(modes, ["regular", "lfs"]);
    let answer = read(&world.script("writer", "POST", BATCH, batch(&large)).await);
    let upload = local(&answer["objects"][0]["actions"]["upload"]["href"]);
    assert_eq!(world.script("writer", "PUT", &upload, &large).await.status, 200);
    // What is here need not be sent.
    let answer = read(&world.script("writer", "POST", BATCH, batch(&large)).await);
    assert!(answer["objects"][0].get("actions").is_none(), "{answer}");
    let lines = [
        json!({ "key": "file", "value": { "path": "a.txt", "content": BASE64_STANDARD.encode(small), "encoding": "base64" } }),
        json!({ "key": "lfsFile", "value": { "path": "b", "algo": "sha256", "oid": oid(&large), "size": large.len() } }),
    ];
    read(&world.script("writer", "POST", COMMIT, commit(&lines)).await);
    assert_eq!(world.file("main", "a.txt").await, "hello\n");
    assert!(world.file("main", "b").await == String::from_utf8_lossy(&large));
    // Whoever may only read proposes.
    assert_eq!(world.script("stranger", "POST", COMMIT, commit(&lines[..1])).await.status, 403);
    let proposal = format!("{COMMIT}?create_pr=1");
    let answer = read(&world.script("stranger", "POST", &proposal, commit(&lines[..1])).await);
    assert!(answer["pullRequestUrl"].as_str().unwrap().ends_with("/discussions/1"), "{answer}");
}

#[tokio::test]
async fn a_session_counts_from_our_pages_alone() {
    let world = World::new().await;
    let large = noise(1000);
    let lines =
        commit(&[json!({ "key": "file", "value": { "path": "a", "content": "", "encoding": "base64" } })]);
    let cookie = world.cookie("writer");
    let (batch, offer) = (batch(&large), json!({ "files": [] }).to_string());
    let sealed = read(&world.script("writer", "POST", BATCH, &batch).await);
    let sealed = local(&sealed["objects"][0]["actions"]["upload"]["href"]);
    let doors = [
        ("POST", PREUPLOAD, offer.as_bytes()),
        ("POST", BATCH, batch.as_bytes()),
        ("PUT", sealed.as_str(), large.as_slice()),
        ("POST", sealed.as_str(), b"{\"oid\":\"\"}"),
        ("POST", COMMIT, lines.as_bytes()),
    ];
    for (method, path, body) in doors {
        for from in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://hub.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[],
        ] {
            let headers: Vec<(&str, &str)> = from.iter().copied().chain([("cookie", cookie)]).collect();
            let answer = world.ask(method, path, &headers, body).await;
            assert_eq!(answer.status, 403, "{method} {path} from {from:?}");
            assert!(answer.text.contains("A session counts only on pages of this hub"), "{}", answer.text);
        }
    }
    assert_eq!(world.titles("main").await.0, ["initial commit"]);
    // Without a session it is as it was, wherever it comes from.
    for site in ["cross-site", "same-origin"] {
        let answer = world.ask("POST", COMMIT, &[("sec-fetch-site", site)], &lines).await;
        assert_eq!(answer.status, 401, "{site}");
        let other = [("sec-fetch-site", site), ("cookie", "other=1")];
        assert_eq!(world.ask("POST", COMMIT, &other, &lines).await.status, 401, "{site}");
    }
    // A session that is over is none, and a token shown beside it is what counts.
    let browser = world.sign_in("writer").await;
    world.browser(&browser, "POST", "/logout", "").await;
    let over = [("sec-fetch-site", "same-origin"), ("cookie", browser.as_str())];
    assert_eq!(world.ask("POST", COMMIT, &over, &lines).await.status, 401);
    let void = [("sec-fetch-site", "same-origin"), ("cookie", cookie), ("authorization", "Bearer void")];
    assert_eq!(world.ask("POST", COMMIT, &void, &lines).await.status, 401);
    // An old browser names the origin of its page.
    let old = [("origin", "http://hub.example"), ("cookie", cookie)];
    assert_eq!(world.ask("POST", COMMIT, &old, &lines).await.status, 200);
    assert_eq!(world.titles("main").await.0, ["By script", "initial commit"]);
}

#[tokio::test]
async fn a_member_s_body_may_be_long() {
    let world = World::new().await;
    let long = json!({ "files": [], "gitIgnore": "x\n".repeat(1 << 20) }).to_string();
    assert_eq!(world.script("writer", "POST", PREUPLOAD, &long).await.status, 200);
    // A cookie that is no session makes no member.
    let headers = [("sec-fetch-site", "same-origin"), ("cookie", "scn=scn_s_made_up")];
    assert_eq!(world.ask("POST", BATCH, &headers, &long).await.status, 413);
}

#[tokio::test]
async fn an_upload_in_parts_goes_on_where_it_broke_off() {
    let world = World::new().await;
    let large = noise(2 * PART + 1234);
    let answer = read(&world.script("writer", "POST", BATCH, batch(&large)).await);
    // One that takes a single body as well is not told to cut it up.
    let both = batch(&large).replace("[\"multipart\"]", "[\"basic\",\"multipart\"]");
    assert_eq!(read(&world.script("writer", "POST", BATCH, both).await)["transfer"], "basic");
    let upload = &answer["objects"][0]["actions"]["upload"];
    let end = local(&upload["href"]);
    assert_eq!(upload["header"]["chunk_size"], PART.to_string());
    let address = |n: usize| local(&upload["header"][n.to_string()]);
    let piece = |n: usize| &large[(n - 1) * PART..large.len().min(n * PART)];
    let here = async || {
        let answer = read(&world.script("writer", "GET", &end, "").await);
        let parts = answer["parts"].as_array().unwrap().clone();
        parts
            .iter()
            .map(|part| (part["partNumber"].as_u64().unwrap(), part["size"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(here().await, []);
    // Over plain HTTP a browser that only reads says nothing of where it comes from: the seal is enough.
    assert_eq!(world.ask("GET", &end, &[("cookie", world.cookie("writer"))], "").await.status, 200);
    let mut etags = Vec::new();
    for n in [3, 1] {
        let answer = world.script("writer", "PUT", &address(n), piece(n)).await;
        assert_eq!(answer.status, 200);
        etags.push((n, answer.header("etag").to_owned()));
    }
    // One that breaks off is not there.
    assert_eq!(world.script("writer", "PUT", &address(2), &piece(2)[..1000]).await.status, 400);
    assert_eq!(here().await, [(1, PART as u64), (3, 1234)]);
    let told = read(&world.script("writer", "GET", &address(1), "").await);
    for (n, etag) in &etags {
        let part = told["parts"].as_array().unwrap().iter().find(|part| part["partNumber"] == *n as u64);
        assert_eq!(part.unwrap()["etag"], *etag);
    }
    assert_eq!(world.ask("GET", "/lfs/forged.AAAA", &[], "").await.status, 403);
    let answer = world.script("writer", "PUT", &address(2), piece(2)).await;
    etags.push((2, answer.header("etag").to_owned()));
    let parts = etags.iter().map(|(n, etag)| json!({ "partNumber": n, "etag": etag }));
    let body = json!({ "oid": oid(&large), "parts": parts.collect::<Vec<_>>() }).to_string();
    assert_eq!(read(&world.script("writer", "POST", &end, body).await)["success"], true);
    assert_eq!(world.script("writer", "GET", &end, "").await.status, 404);
    let lines = [
        json!({ "key": "lfsFile", "value": { "path": "w", "algo": "sha256", "oid": oid(&large), "size": large.len() } }),
    ];
    read(&world.script("writer", "POST", COMMIT, commit(&lines)).await);
    assert!(world.file("main", "w").await == String::from_utf8_lossy(&large));
    // An upload without parts has none to tell of; a session that is over voids its addresses.
    let browser = world.sign_in("writer").await;
    let headers = [("sec-fetch-site", "same-origin"), ("cookie", browser.as_str())];
    let (short, other) = (noise(7), noise(3 * PART));
    let one = read(&world.ask("POST", BATCH, &headers, batch(&short)).await);
    let one = local(&one["objects"][0]["actions"]["upload"]["href"]);
    assert_eq!(world.ask("GET", &one, &[], "").await.status, 404);
    let parts = read(&world.ask("POST", BATCH, &headers, batch(&other)).await);
    let parts = local(&parts["objects"][0]["actions"]["upload"]["href"]);
    assert_eq!(world.ask("GET", &parts, &[], "").await.status, 200);
    world.browser(&browser, "POST", "/logout", "").await;
    assert_eq!(world.ask("GET", &parts, &[], "").await.status, 401);
}

#[tokio::test]
async fn the_page_brings_its_script() {
    let world = World::new().await;
    let page = world.see("writer", "/team/open/upload/main").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'; ") && policy.contains("worker-src 'self'; "), "{policy}");
    let form =
        crate::html::elements(&page.text).0.into_iter().find(|one| one.get("id") == Some("upload")).unwrap();
    assert_eq!(form.get("data-lfs"), Some(BATCH));
    assert_eq!(form.get("data-api"), Some("/api/models/team/open"));
    let scripts = crate::html::elements(&page.text).0.into_iter().filter(|one| one.name == "script");
    let scripts: Vec<String> = scripts.map(|one| one.get("src").unwrap().to_owned()).collect();
    let worker = form.get("data-worker").unwrap().to_owned();
    for path in scripts.iter().chain([&worker]) {
        let answer = world.ask("GET", path, &[], "").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "text/javascript; charset=utf-8"),
            "{path}"
        );
    }
    assert!(scripts.iter().any(|path| path.ends_with("/upload.js")));
    // Nobody who may only propose is taken for somebody who may write.
    let page = world.see("stranger", "/team/open/upload/main").await.text;
    assert!(!page.contains("data-write"));
}
