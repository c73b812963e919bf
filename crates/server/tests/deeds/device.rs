//! Programs that are signed in by a browser: `POST /oauth/device`, `/device`, `POST /oauth/token`.

use serde_json::Value;

use seedcorn_commons::admin;

use crate::world::World;

const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// A program's sign-in: its device code and its user's code.
async fn begin(world: &World) -> (String, String) {
    let headers = [("user-agent", "corn/1 <b>")];
    let answer = world.ask("POST", "/oauth/device", &headers, "client_id=26be6b09").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    let json: Value = serde_json::from_str(&answer.text).unwrap();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    let code = text("user_code");
    assert_eq!(text("verification_uri"), "http://hub.example/device");
    assert_eq!(text("verification_uri_complete"), format!("http://hub.example/device?code={code}"));
    assert_eq!((json["interval"].as_i64(), json["expires_in"].as_i64()), (Some(5), Some(900)));
    (text("device_code"), code)
}

async fn poll(world: &World, device: &str) -> Value {
    let form = format!("grant_type={GRANT}&device_code={device}&client_id=26be6b09");
    let answer = world.ask("POST", "/oauth/token", &[], &form).await;
    let json: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(answer.status == 200, json["access_token"].is_string(), "{json}");
    assert_eq!(answer.header("cache-control"), "no-store");
    json
}

async fn whoami(world: &World, token: &str) -> Option<Value> {
    let bearer = format!("Bearer {token}");
    let answer = world.ask("GET", "/api/whoami-v2", &[("authorization", &bearer)], "").await;
    (answer.status == 200).then(|| serde_json::from_str(&answer.text).unwrap())
}

#[tokio::test]
async fn let_in_by_a_member_who_sees_what_asks() {
    let world = World::new().await;
    let (device, code) = begin(&world).await;
    assert_eq!(poll(&world, &device).await["error"], "authorization_pending");
    assert_eq!(poll(&world, &device).await["error"], "slow_down");
    let path = format!("/device?code={}", code.to_lowercase().replace('-', "%20"));
    let login = world.see("", &path).await;
    assert!(login.header("location").starts_with("/login?next=%2Fdevice%3Fcode"));
    let page = world.see("writer", &path).await;
    assert!(page.text.contains("corn/1 &#60;b&#62;") && page.text.contains(&code), "{}", page.text);
    // Looking lets nobody in.
    assert_ne!(poll(&world, &device).await["error"], "access_denied");
    world.refuses_foreign("writer", "/device", &format!("code={code}&answer=yes&role=write")).await;
    for form in ["", "answer=maybe&role=write", "answer=yes", "answer=yes&role=admin"] {
        world.send("writer", "/device", &format!("code={code}&{form}")).await.complained("Choose whether");
    }
    let page = world.send("writer", "/device", &format!("code={code}&answer=yes&role=read")).await;
    assert!(page.text.contains("It is signed in."));
    world.send("writer", "/device", &format!("code={code}&answer=no")).await.complained("No sign-in waits");
    let told = poll(&world, &device).await;
    assert_eq!(told["token_type"], "bearer");
    let seconds = told["expires_in"].as_i64().unwrap();
    assert!((89 * 86400..=90 * 86400).contains(&seconds), "{seconds}");
    let token = told["access_token"].as_str().unwrap();
    let who = whoami(&world, token).await.unwrap();
    assert_eq!(
        (who["name"].as_str(), who["auth"]["accessToken"]["role"].as_str()),
        (Some("writer"), Some("read"))
    );
    // Handed over once.
    assert_eq!(poll(&world, &device).await["error"], "expired_token");
    assert!(world.see("writer", "/settings/tokens").await.text.contains("signed in on"));
}

#[tokio::test]
async fn refused_or_overtaken_it_gets_nothing() {
    let world = World::new().await;
    let (device, code) = begin(&world).await;
    let page = world.send("writer", "/device", &format!("code={code}&answer=no")).await;
    assert!(page.text.contains("It was not let in."));
    assert_eq!(poll(&world, &device).await["error"], "access_denied");
    // Whoever agreed was shut out before the program came back.
    let (device, code) = begin(&world).await;
    world.send("reader", "/device", &format!("code={code}&answer=yes&role=write")).await;
    admin::disable_member(world.commons.database(), "reader", world.commons.now()).await.unwrap();
    assert_eq!(poll(&world, &device).await["error"], "access_denied");
    for forged in ["", "x", "scn_l_forged", &device[..device.len() - 1]] {
        assert_eq!(poll(&world, forged).await["error"], "expired_token", "{forged}");
    }
    for form in ["", "grant_type=refresh_token&refresh_token=x", "grant_type=password"] {
        let answer = world.ask("POST", "/oauth/token", &[], form).await;
        assert!(answer.status == 400 && answer.text.contains("unsupported_grant_type"));
    }
}

#[tokio::test]
async fn a_token_born_sign_in_ends_with_its_token() {
    let world = World::new().await;
    let (device, code) = begin(&world).await;
    world.send("boss", "/device", &format!("code={code}&answer=yes&role=write")).await;
    let told = poll(&world, &device).await;
    let token = told["access_token"].as_str().unwrap();
    assert!(whoami(&world, token).await.is_some());
    // The browser came by a token: taken back, it takes along what it let in.
    let (db, now) = (world.commons.database(), world.commons.now());
    let all = admin::list_tokens(db, "boss", now).await.unwrap();
    let came_with = all.iter().rfind(|row| row.name == "t").unwrap();
    admin::revoke_token(db, came_with.id.as_str(), now).await.unwrap();
    assert!(whoami(&world, token).await.is_none());
}

#[tokio::test]
async fn codes_are_not_guessed() {
    let world = World::new().await;
    for path in ["/device?code=BCDF-GHJK", "/device?code=%3Cb%3E", "/device?code=zzz"] {
        world.see("writer", path).await.complained("No sign-in waits for this code");
    }
    for _ in 0..30 {
        world.see("writer", "/device?code=BCDF-GHJK").await;
    }
    let (_, code) = begin(&world).await;
    world.see("writer", "/device?code=BCDF-GHJK").await.complained("Too many wrong codes");
    // The right one still goes: whoever guessed was not right before.
    assert!(world.see("writer", &format!("/device?code={code}")).await.text.contains(&code));
}
