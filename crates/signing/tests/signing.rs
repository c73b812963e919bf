//! Models signed and looked at: by keys, by certificates, by whom Sigstore saw; and each part of that changed.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use seedcorn_core::digest::Sha256;
use seedcorn_core::time::Time;
use seedcorn_signing::{
    Anchor, Certificate, Found, Identity, Key, MODEL_SIG, PublicKey, Registered, Root, Verdict, judge, sign,
    speaks_of,
};
use serde_json::{Value, json};
use sigstore_verify::trust_root::SIGSTORE_STAGING_TRUSTED_ROOT;

fn files(all: &[(&str, &str)]) -> BTreeMap<String, Sha256> {
    all.iter().map(|(path, text)| ((*path).to_owned(), Sha256::of(text))).collect()
}

fn model() -> BTreeMap<String, Sha256> {
    files(&[("config.json", "{}"), ("s/t/x", "1"), ("s/t!a", "2"), ("s.txt", "3"), (".gitattributes", "a")])
}

fn named(anchor: Anchor) -> Vec<Registered> {
    vec![Registered { id: "own".into(), anchor }]
}

/// A moment at which the certificates are good, and another before they were.
const NOW: i64 = 1_900_000_000;
const BEFORE: i64 = 1_600_000_000;

fn look(bundle: &str, files: &BTreeMap<String, Sha256>, named: &[Registered]) -> Found {
    judge((MODEL_SIG, bundle.as_bytes()), files, named, &Root::built_in().unwrap(), Time::from_secs(NOW))
}

fn pem(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_key_of_each_curve() {
    let fresh = Key::new().unwrap();
    let texts =
        [fresh.pem().unwrap(), pem("signer.key"), pem("server.key"), pem("p384.key"), pem("p521.key")];
    for (text, curve) in texts.iter().zip(["P-256", "P-256", "P-256", "P-384", "P-521"]) {
        let key = Key::from_pem(text).unwrap();
        let public = PublicKey::from_pem(key.public().pem()).unwrap();
        assert_eq!((&public, public.curve()), (key.public(), curve));
        let bundle = sign("m", &model(), &[], &key).unwrap();
        let found = look(&bundle, &model(), &named(Anchor::Key(public.clone())));
        assert_eq!((found.verdict, found.covered), (Verdict::Verified, 4), "{}", found.reason);
        let signer = found.signer.unwrap();
        assert_eq!((signer.registered.as_deref(), signer.name), (Some("own"), public.hint()));
        // By somebody else's key, and by none.
        let other = named(Anchor::Key(Key::new().unwrap().public().clone()));
        for named in [other, Vec::new()] {
            let found = look(&bundle, &model(), &named);
            assert_eq!(found.verdict, Verdict::UntrustedSigner);
            assert_eq!(found.signer.map(|signer| signer.proven), Some(false));
        }
    }
    assert_eq!(
        PublicKey::from_pem(&pem("p384.pub")).unwrap(),
        *Key::from_pem(&pem("p384.key")).unwrap().public()
    );
}

#[test]
fn texts_that_are_no_keys() {
    for text in ["", "x", &pem("rsa.pub"), &pem("signer.key"), &pem("root.pem"), &"x".repeat(100_000)] {
        assert!(PublicKey::from_pem(text).is_err(), "{text}");
    }
    for text in ["", "x", &pem("p384.pub"), "-----BEGIN ENCRYPTED PRIVATE KEY-----", &"x".repeat(100_000)] {
        assert!(Key::from_pem(text).is_err(), "{text}");
    }
    assert!(Certificate::from_pem(&pem("p384.pub")).is_err());
    assert!(sign("m", &files(&[(".gitattributes", "a")]), &[], &Key::new().unwrap()).is_err());
}

#[test]
fn files_that_are_not_as_signed() {
    let key = Key::from_pem(&pem("signer.key")).unwrap();
    let own = named(Anchor::Key(key.public().clone()));
    let bundle = sign("m", &model(), &[], &key).unwrap();
    let with = |path: &str, text: Option<&str>| {
        let mut files = model();
        match text {
            Some(text) => files.insert(path.into(), Sha256::of(text)),
            None => files.remove(path),
        };
        look(&bundle, &files, &own)
    };
    let changed = with("s.txt", Some("4"));
    assert_eq!(
        (changed.verdict, changed.changed, changed.covered),
        (Verdict::WrongContent, vec!["s.txt".into()], 3)
    );
    let missing = with("s.txt", None);
    assert_eq!((missing.verdict, missing.missing), (Verdict::WrongContent, vec!["s.txt".into()]));
    let more = with("evil.bin", Some("x"));
    assert_eq!((more.verdict, more.unsigned), (Verdict::WrongContent, vec!["evil.bin".into()]));
    // What versions are kept with is not signed, and neither is the signature itself.
    for path in [".gitattributes", ".github/workflows/x.yml", MODEL_SIG] {
        assert_eq!(with(path, Some("b")).verdict, Verdict::Verified, "{path}");
    }
    assert_eq!(with("sub/.gitattributes", Some("b")).verdict, Verdict::WrongContent);
    // What is left out on purpose may be anything, or nothing.
    let bundle = sign("m", &model(), &["s"], &key).unwrap();
    let mut files = model();
    files.remove("s/t/x");
    files.insert("s/new".into(), Sha256::of("n"));
    assert_eq!(look(&bundle, &files, &own).verdict, Verdict::Verified);
}

/// A bundle with something changed in its envelope or its payload.
fn changed(bundle: &str, change: impl Fn(&mut Value)) -> String {
    let mut all: Value = serde_json::from_str(bundle).unwrap();
    change(&mut all);
    all.to_string()
}

fn payload(bundle: &str, change: impl Fn(&mut Value)) -> String {
    changed(bundle, |all| {
        let payload = BASE64_STANDARD.decode(all["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
        let mut payload: Value = serde_json::from_slice(&payload).unwrap();
        change(&mut payload);
        all["dsseEnvelope"]["payload"] = BASE64_STANDARD.encode(payload.to_string()).into();
    })
}

#[test]
fn every_field_counts() {
    let key = Key::from_pem(&pem("signer.key")).unwrap();
    let own = named(Anchor::Key(key.public().clone()));
    let bundle = sign("m", &model(), &[], &key).unwrap();
    let zeros = "0".repeat(64);
    type Change<'a> = (&'a str, Box<dyn Fn(&mut Value) + 'a>);
    let of_payload: Vec<Change<'_>> = vec![
        ("type", Box::new(|all| all["_type"] = "x".into())),
        ("predicate type", Box::new(|all| all["predicateType"] = "https://slsa.dev/provenance/v1".into())),
        ("name", Box::new(|all| all["subject"][0]["name"] = "x".into())),
        ("root", Box::new(|all| all["subject"][0]["digest"]["sha256"] = zeros.as_str().into())),
        ("no subject", Box::new(|all| all["subject"] = json!([]))),
        ("two subjects", Box::new(|all| all["subject"] = json!([all["subject"][0], all["subject"][0]]))),
        ("method", Box::new(|all| all["predicate"]["serialization"]["method"] = "shards".into())),
        ("hash", Box::new(|all| all["predicate"]["serialization"]["hash_type"] = "blake3".into())),
        ("ignored", Box::new(|all| all["predicate"]["serialization"]["ignore_paths"] = json!(["s.txt"]))),
        ("links", Box::new(|all| all["predicate"]["serialization"]["allow_symlinks"] = true.into())),
        ("path", Box::new(|all| all["predicate"]["resources"][0]["name"] = "../x".into())),
        ("a file's name", Box::new(|all| all["predicate"]["resources"][0]["name"] = "x".into())),
        ("algorithm", Box::new(|all| all["predicate"]["resources"][0]["algorithm"] = "md5".into())),
        ("digest", Box::new(|all| all["predicate"]["resources"][0]["digest"] = zeros.as_str().into())),
        (
            "upper case",
            Box::new(|all| {
                let digest = &mut all["predicate"]["resources"][0]["digest"];
                *digest = digest.as_str().unwrap().to_uppercase().into();
            }),
        ),
        ("no files", Box::new(|all| all["predicate"]["resources"] = json!([]))),
        (
            "one twice",
            Box::new(|all| {
                let first = all["predicate"]["resources"][0].clone();
                all["predicate"]["resources"].as_array_mut().unwrap().push(first);
            }),
        ),
        (
            "one fewer",
            Box::new(|all| {
                all["predicate"]["resources"].as_array_mut().unwrap().pop();
            }),
        ),
    ];
    for (what, change) in &of_payload {
        let found = look(&payload(&bundle, change), &model(), &own);
        assert!(found.verdict > Verdict::UntrustedSigner, "{what}: {found:?}");
    }
    let envelope: Vec<Change<'_>> = vec![
        ("media type", Box::new(|all| all["mediaType"] = "x".into())),
        ("payload type", Box::new(|all| all["dsseEnvelope"]["payloadType"] = "text/plain".into())),
        (
            "signature",
            Box::new(|all| {
                let sig = &mut all["dsseEnvelope"]["signatures"][0]["sig"];
                let mut bytes = BASE64_STANDARD.decode(sig.as_str().unwrap()).unwrap();
                *bytes.last_mut().unwrap() ^= 1;
                *sig = BASE64_STANDARD.encode(bytes).into();
            }),
        ),
        ("empty signature", Box::new(|all| all["dsseEnvelope"]["signatures"][0]["sig"] = "".into())),
        ("no signature", Box::new(|all| all["dsseEnvelope"]["signatures"] = json!([]))),
        ("no key", Box::new(|all| all["verificationMaterial"] = json!({}))),
    ];
    for (what, change) in &envelope {
        let found = look(&changed(&bundle, change), &model(), &own);
        assert_eq!(found.verdict, Verdict::Malformed, "{what}: {found:?}");
    }
    // The hint is a help, and not what is believed.
    let hint =
        |hint: &str| changed(&bundle, |all| all["verificationMaterial"]["publicKey"]["hint"] = hint.into());
    assert_eq!(look(&hint("x"), &model(), &own).verdict, Verdict::Verified);
    // A payload by another hand that names the key.
    let other = sign("m", &model(), &[], &Key::new().unwrap()).unwrap();
    let forged =
        changed(&other, |all| all["verificationMaterial"]["publicKey"]["hint"] = key.public().hint().into());
    assert_eq!(look(&forged, &model(), &own).verdict, Verdict::Malformed);
    for text in ["", "{}", "null", "[1", &bundle[..bundle.len() / 2]] {
        assert_eq!(look(text, &model(), &own).verdict, Verdict::Malformed);
    }
}

/// A bundle signed with a key, that brings certificates.
fn certified(key: &str, chain: &[&str]) -> String {
    let bundle = sign("m", &model(), &[], &Key::from_pem(&pem(key)).unwrap()).unwrap();
    let raw = |name: &&str| {
        let text = pem(name);
        json!({ "rawBytes": text.lines().filter(|line| !line.starts_with('-')).collect::<String>() })
    };
    changed(&bundle, |all| {
        let chain: Vec<Value> = chain.iter().map(raw).collect();
        all["verificationMaterial"] =
            json!({ "x509CertificateChain": { "certificates": chain }, "tlogEntries": [] });
    })
}

#[test]
fn certificates_lead_to_one_that_is_known() {
    let certificate = |name: &str| named(Anchor::Certificate(Certificate::from_pem(&pem(name)).unwrap()));
    let bundle = certified("signer.key", &["signer.pem", "issuer.pem"]);
    for root in ["root.pem", "issuer.pem", "signer.pem"] {
        let found = look(&bundle, &model(), &certificate(root));
        assert_eq!(found.verdict, Verdict::Verified, "{root}: {}", found.reason);
        assert_eq!(found.signer.unwrap().name, "CN=A signer,O=Seedcorn tests");
    }
    let by_key = named(Anchor::Key(Key::from_pem(&pem("signer.key")).unwrap().public().clone()));
    assert_eq!(look(&bundle, &model(), &by_key).verdict, Verdict::Verified);
    // Issued by others, with a link missing, not for signing, before it was good.
    let untrusted = [
        (bundle.clone(), "other.pem"),
        (certified("signer.key", &["signer.pem"]), "root.pem"),
        (certified("server.key", &["server.pem", "issuer.pem"]), "root.pem"),
        (certified("agree.key", &["agree.pem", "issuer.pem"]), "root.pem"),
        (certified("agree.key", &["agree.pem", "issuer.pem"]), "agree.pem"),
    ];
    for (bundle, root) in untrusted {
        let found = look(&bundle, &model(), &certificate(root));
        assert_eq!(found.verdict, Verdict::UntrustedSigner, "{root}: {}", found.reason);
    }
    for root in ["root.pem", "signer.pem"] {
        let root_of_trust = Root::built_in().unwrap();
        let at = Time::from_secs(BEFORE);
        let found = judge((MODEL_SIG, bundle.as_bytes()), &model(), &certificate(root), &root_of_trust, at);
        assert_eq!(found.verdict, Verdict::UntrustedSigner, "{root}");
    }
    // Another's certificate before one's own signature.
    let found =
        look(&certified("server.key", &["signer.pem", "issuer.pem"]), &model(), &certificate("root.pem"));
    assert_eq!(found.verdict, Verdict::Malformed, "{}", found.reason);
    let found = look(
        &changed(&bundle, |all| {
            all["verificationMaterial"]["x509CertificateChain"]["certificates"] = json!([]);
        }),
        &model(),
        &certificate("root.pem"),
    );
    assert_eq!(found.verdict, Verdict::Malformed);
}

#[test]
fn whom_sigstore_saw() {
    let digest = "54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f";
    let path = "signed-package.conda";
    let files: BTreeMap<String, Sha256> = BTreeMap::from([(path.to_owned(), digest.parse().unwrap())]);
    let (public, staging) = (Root::built_in().unwrap(), Root::read(SIGSTORE_STAGING_TRUSTED_ROOT).unwrap());
    assert_ne!(public.digest(), staging.digest());
    assert!(Root::read("{}").is_err());
    for (name, root, other_root) in [
        ("conda-attestation.sigstore.json", &public, &staging),
        ("conda-attestation-rekor2.sigstore.json", &staging, &public),
    ] {
        let judged = |bundle: &str, files: &BTreeMap<String, Sha256>, named: &[Registered], root: &Root| {
            judge(("attestations/conda.json", bundle.as_bytes()), files, named, root, Time::from_secs(NOW))
        };
        let look = |bundle: &str, files: &BTreeMap<String, Sha256>, named: &[Registered]| {
            judged(bundle, files, named, root)
        };
        let bundle = pem(name);
        assert_eq!(judged(&bundle, &files, &[], other_root).verdict, Verdict::Malformed);
        let found = look(&bundle, &files, &[]);
        assert_eq!(found.verdict, Verdict::UntrustedSigner, "{}", found.reason);
        let signer = found.signer.unwrap();
        assert!(signer.proven && signer.kind == "identity", "{signer:?}");
        assert_eq!(speaks_of(bundle.as_bytes()), [digest.parse().unwrap()]);
        let identity = Identity { identity: signer.name, issuer: signer.by.unwrap() };
        let known = named(Anchor::Identity(identity.clone()));
        let found = look(&bundle, &files, &known);
        assert_eq!((found.verdict, found.covered), (Verdict::Verified, 1), "{}", found.reason);
        let other = named(Anchor::Identity(Identity { issuer: "https://other.example".into(), ..identity }));
        assert_eq!(look(&bundle, &files, &other).verdict, Verdict::UntrustedSigner);
        let elsewhere = BTreeMap::from([(path.to_owned(), Sha256::of("x"))]);
        assert_eq!(look(&bundle, &elsewhere, &known).verdict, Verdict::WrongContent);
        // A statement of other things under the same seal, and a log that has it not.
        let forged =
            payload(&bundle, |all| all["predicate"]["targetChannel"] = "https://evil.example".into());
        assert_eq!(look(&forged, &files, &known).verdict, Verdict::Malformed);
        let unlogged = changed(&bundle, |all| all["verificationMaterial"]["tlogEntries"] = json!([]));
        assert_eq!(look(&unlogged, &files, &known).verdict, Verdict::Malformed);
    }
}

#[test]
fn a_file_beside_its_signature() {
    let bundle = pem("cosign-v3-blob.sigstore.json");
    let root = Root::built_in().unwrap();
    let look = |path: &str, text: &str| {
        let files = files(&[("blob.txt", text)]);
        judge((path, bundle.as_bytes()), &files, &[], &root, Time::from_secs(NOW))
    };
    let found = look("blob.txt.sigstore.json", &pem("cosign-v3-blob.txt"));
    assert_eq!((found.verdict, found.covered), (Verdict::UntrustedSigner, 1), "{}", found.reason);
    assert_eq!(look("blob.txt.sigstore.json", "other").verdict, Verdict::Malformed);
    assert_eq!(look("other.sigstore.json", "x").verdict, Verdict::Unsupported);
}
