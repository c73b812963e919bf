//! What pages, the API and the log tell of signatures.

use std::collections::BTreeMap;

use seedcorn_commons::signing::{Key, MODEL_SIG, sign};
use seedcorn_core::digest::Sha256;
use serde_json::{Value, json};

use crate::views::{open, publish, tells};
use crate::world::World;

const SIGNATURES: &str = "/api/commons/v1/models/ada/signed/signatures";
const SIGNERS: &str = "/api/commons/v1/owners/ada/signers";

async fn told(world: &World, path: &str) -> Value {
    let answer = world.ask("GET", path, &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

async fn does(world: &World, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = world.ask(method, path, &headers, &body.to_string()).await;
    (answer.status.as_u16(), serde_json::from_str(&answer.text).unwrap())
}

/// Signs a model's files.
fn signed(key: &Key, files: &[(&str, Vec<u8>)]) -> (&'static str, Vec<u8>) {
    let digests: BTreeMap<String, Sha256> =
        files.iter().map(|(path, bytes)| ((*path).to_owned(), Sha256::of(bytes))).collect();
    (MODEL_SIG, sign("signed", &digests, &[MODEL_SIG], key).unwrap().into_bytes())
}

#[tokio::test]
async fn who_signed_what_is_here() {
    let world = World::new().await;
    let key = Key::new().unwrap();
    let files: Vec<(&str, Vec<u8>)> = vec![("config.json", b"{}".to_vec()), ("w/x.bin", vec![7; 100])];
    let mut all = files.clone();
    all.push(signed(&key, &files));
    publish(&world, "signed", &all).await;
    assert_eq!(world.ask("GET", SIGNATURES, &[], "").await.status.as_u16(), 404, "nobody looked yet");
    world.work().await;

    let first = told(&world, SIGNATURES).await;
    let one = &first["signatures"][0];
    assert_eq!(
        (one["verdict"].as_str(), one["covered"].as_u64()),
        (Some("untrusted-signer"), Some(2)),
        "{one}"
    );
    assert_eq!((&first["verified"], &one["signer"]["proven"]), (&json!(false), &json!(false)));
    tells(&world, "/ada/signed", &["Signed", "By somebody", "not linked to its owner"]).await;
    let bundle =
        world.ask("GET", one["url"].as_str().unwrap().strip_prefix("http://hub.example").unwrap(), &[], "");
    assert_eq!(bundle.await.bytes, all[2].1);

    // Its owner says that the key is her own.
    let register = json!({ "kind": "key", "label": "release key", "value": key.public().pem() });
    let bearer = [("authorization", "Bearer wrong"), ("content-type", "application/json")];
    assert_eq!(world.ask("POST", SIGNERS, &bearer, &register.to_string()).await.status.as_u16(), 401);
    let narrow = format!("Bearer {}", world.narrow);
    let narrow = [("authorization", narrow.as_str()), ("content-type", "application/json")];
    assert_eq!(world.ask("POST", SIGNERS, &narrow, &register.to_string()).await.status.as_u16(), 403);
    let elsewhere = SIGNERS.replace("ada", "acorn-lab");
    assert_eq!(does(&world, "POST", &elsewhere, &register).await.0, 403);
    assert_eq!(does(&world, "POST", &SIGNERS.replace("ada", "nobody"), &register).await.0, 404);
    let (status, made) = does(&world, "POST", SIGNERS, &register).await;
    assert_eq!((status, &made["print"]), (200, &json!(key.public().hint())), "{made}");
    assert_eq!(does(&world, "POST", SIGNERS, &register).await.0, 409);
    world.work().await;
    let now = told(&world, SIGNATURES).await;
    assert_eq!(
        (&now["verified"], &now["signatures"][0]["signer"]["registered"]),
        (&json!(true), &made["id"])
    );
    tells(&world, "/ada/signed", &["Signed", "By its owner"]).await;
    tells(&world, "/ada/signed/signatures", &["model.sig", "verified", &key.public().hint()]).await;
    tells(&world, "/-/signers/ada", &["release key", &key.public().hint(), "now"]).await;
    let log = told(&world, "/api/commons/v1/models/ada/signed/log").await;
    let entries: Vec<&Value> =
        log["entries"].as_array().unwrap().iter().map(|entry| &entry["event"]).collect();
    let signatures: Vec<&&Value> = entries.iter().filter(|event| event["type"] == "signature").collect();
    let verdicts: Vec<&Value> = signatures.iter().map(|event| &event["data"]["verdict"]).collect();
    assert_eq!(verdicts, ["verified", "untrusted-signer"], "{log}");
    assert_eq!(signatures[0]["data"]["bundle"], now["signatures"][0]["bundle"]);

    // A file that was not signed so.
    publish(&world, "signed", &[("w/x.bin", vec![8; 100]), ("new.txt", b"n".to_vec())]).await;
    let at = told(&world, &format!("{SIGNATURES}/main")).await;
    assert_eq!(at["signatures"][0]["verdict"], "wrong-content", "{at}");
    let (_, text) = open(&world, "/ada/signed").await;
    assert!(!text.contains("By its owner"), "what was found of another commit is not said of this one");
    world.work().await;
    let now = told(&world, SIGNATURES).await;
    let one = &now["signatures"][0];
    let lists = (&one["changed"], &one["unsigned"], &one["missing"]);
    assert_eq!(lists, (&json!(["w/x.bin"]), &json!(["new.txt"]), &json!([])), "{one}");
    tells(&world, "/ada/signed", &["Not as signed"]).await;
    tells(&world, "/ada/signed/signatures", &["other files than signed", "w/x.bin", "new.txt"]).await;

    // What was signed before the key was taken back stays; what is signed later is not by its owner.
    let mut later = files.clone();
    later.push(signed(&key, &files));
    let revoke = format!("{SIGNERS}/{}", made["id"].as_str().unwrap());
    publish(&world, "signed", &[("w/x.bin", vec![7; 100])]).await;
    assert_eq!(does(&world, "DELETE", &revoke, &json!(null)).await.0, 200);
    assert_eq!(does(&world, "DELETE", &revoke, &json!(null)).await.0, 404);
    publish(&world, "later", &later).await;
    world.work().await;
    let later = told(&world, "/api/commons/v1/models/ada/later/signatures").await;
    assert_eq!(later["signatures"][0]["verdict"], "untrusted-signer", "{later}");
    tells(&world, "/-/signers/ada", &["Taken back"]).await;
    tells(&world, "/log", &["signs with a key from now on", "signs with a key no longer"]).await;
}

#[tokio::test]
async fn what_is_said_of_a_file() {
    let world = World::new().await;
    let key = Key::new().unwrap();
    let files: Vec<(&str, Vec<u8>)> = vec![("a.txt", b"a".to_vec()), ("b.txt", b"b".to_vec())];
    let mut all = files.clone();
    all.push(signed(&key, &files));
    all.push(("attestations/broken.json", b"{}".to_vec()));
    publish(&world, "signed", &all).await;
    let of = |digest: String| format!("/api/commons/v1/models/ada/signed/attestations/{digest}");
    let told_of = told(&world, &of(format!("sha256:{}", Sha256::of("a")))).await;
    assert_eq!(told_of["files"], json!(["a.txt"]));
    let paths: Vec<&Value> =
        told_of["attestations"].as_array().unwrap().iter().map(|one| &one["path"]).collect();
    assert_eq!(paths, ["model.sig"]);
    let nothing = told(&world, &of(format!("sha256:{}", Sha256::of("c")))).await;
    assert_eq!(nothing["attestations"], json!([]));
    assert_eq!(world.ask("GET", &of("md5:00".into()), &[], "").await.status.as_u16(), 400);
    let at = told(&world, &format!("{SIGNATURES}/main")).await;
    let broken =
        at["signatures"].as_array().unwrap().iter().find(|one| one["path"] == "attestations/broken.json");
    assert_eq!(broken.unwrap()["verdict"], "malformed");
}

#[tokio::test]
async fn what_cannot_be_signed_with() {
    let world = World::new().await;
    let secret = Key::new().unwrap().pem().unwrap();
    for (kind, label, value, issuer, says) in [
        ("key", "l", "x", "", "no public key"),
        ("key", "l", secret.as_str(), "", "private key"),
        ("certificate", "l", "x", "", "no certificate"),
        ("identity", "l", "", "https://i.example", "mail address"),
        ("identity", "l", "ada@example.org", "", "issuer's address"),
        ("identity", "l", "ada@example.org", "http://i.example", "issuer's address"),
        ("word", "l", "x", "", "not \"word\""),
        ("key", "", "x", "", "few words"),
    ] {
        let body = json!({ "kind": kind, "label": label, "value": value, "issuer": issuer });
        let (status, answer) = does(&world, "POST", SIGNERS, &body).await;
        let message = answer["message"].as_str().unwrap();
        assert!(status == 400 && message.contains(says), "{kind} {label}: {status} {message}");
        assert!(!message.contains("MIG"), "nothing of a secret is repeated");
    }
    let body = json!({ "kind": "identity", "label": "me", "value": "ada@example.org", "issuer": "https://i.example" });
    let (status, made) = does(&world, "POST", SIGNERS, &body).await;
    assert_eq!(status, 200);
    let text = format!("{}\nada@example.org\nhttps://i.example", made["salt"].as_str().unwrap());
    assert_eq!(made["print"], Sha256::of(text).to_string());
    // The log tells nothing of who she is.
    world.log().await;
    let log = world.ask("GET", "/api/commons/v1/log/entries", &[], "").await.text;
    assert!(log.contains("key.register") && !log.contains("ada@example.org"), "{log}");
}
