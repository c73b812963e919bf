//! Signing in and out, and what a session opens.

use crate::world::World;

/// The cookie of an answer, as a browser sends it back.
fn cookie(answer: &crate::world::Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn with_a_token_in_and_out_again() {
    let world = World::new().await;
    assert_eq!(
        world.ask("GET", "/settings/tokens", &[], "").await.header("location"),
        "/login?next=%2Fsettings%2Ftokens"
    );
    let form = format!("token={}&next=%2Fsettings%2Ftokens", world.token);
    let answer = world.send("/login", "", &form).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/settings/tokens"));
    assert!(answer.header("set-cookie").contains("HttpOnly; SameSite=Lax"));
    let cookie = cookie(&answer);
    let with = [("cookie", cookie.as_str())];
    let page = |path: &'static str| world.ask("GET", path, &with, "");
    assert_eq!(page("/settings/tokens").await.status.as_u16(), 200);
    assert_eq!(page("/ada/hidden").await.status.as_u16(), 200);
    // The cookie opens pages and nothing else: clients show tokens.
    assert_eq!(page("/api/models/ada/hidden").await.status.as_u16(), 404);
    assert_eq!(page("/ada/hidden/resolve/main/README.md").await.status.as_u16(), 404);
    let secret = cookie.split_once('=').unwrap().1;
    let bearer = format!("Bearer {secret}");
    let answer = world.ask("GET", "/api/whoami-v2", &[("authorization", &bearer)], "").await;
    assert_eq!(answer.status.as_u16(), 401, "a session is no access token");

    assert_eq!(world.send("/logout", &cookie, "").await.status.as_u16(), 303);
    assert_eq!(page("/ada/hidden").await.status.as_u16(), 404);
}

#[tokio::test]
async fn not_with_less_and_not_with_a_guess() {
    let world = World::new().await;
    for form in [
        format!("token={}", world.narrow),
        "token=scn_p_nonsense".to_owned(),
        "name=ada&password=guess".to_owned(),
        "name=nobody&password=guess".to_owned(),
        "".to_owned(),
    ] {
        let answer = world.send("/login", "", &form).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (200, ""), "{form}");
        assert!(answer.text.contains("Not signed in."), "{form}");
    }
    for _ in 0..10 {
        world.send("/login", "", "name=ada&password=guess").await;
    }
    assert!(
        world.send("/login", "", "name=ADA&password=guess").await.text.contains("Too many wrong passwords")
    );
}

#[tokio::test]
async fn forms_of_other_sites_do_nothing() {
    let world = World::new().await;
    let cookie = cookie(&world.send("/login", "", &format!("token={}", world.token)).await);
    for foreign in [
        [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")],
        [("cookie", cookie.as_str()), ("sec-fetch-site", "same-site")],
        [("cookie", cookie.as_str()), ("origin", "https://evil.example")],
        [("cookie", cookie.as_str()), ("origin", "null")],
    ] {
        let answer = world.ask("POST", "/settings/tokens", &foreign, "name=x&role=write").await;
        assert_eq!(answer.status.as_u16(), 403, "{foreign:?}");
    }
    let answer = world.send("/settings/tokens", &cookie, "name=mine&role=read&days=30").await;
    assert!(answer.text.contains("export HF_TOKEN=scn_p_"), "{}", answer.status);
    let id = answer.text.split("name=\"id\" value=\"").last().unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(
        world.send("/settings/tokens/revoke", &cookie, &format!("id={id}")).await.status.as_u16(),
        303
    );
    assert_eq!(
        world.send("/settings/tokens/revoke", &cookie, &format!("id={id}")).await.status.as_u16(),
        404
    );
}

#[tokio::test]
async fn a_password_is_set_changed_and_ends_other_sessions() {
    let world = World::new().await;
    let token = format!("token={}", world.token);
    let (here, there) =
        (cookie(&world.send("/login", "", &token).await), cookie(&world.send("/login", "", &token).await));
    let set = |form: &'static str| world.send("/settings/password", &here, form);
    for (form, said) in [
        ("new=short", "at least 10 characters"),
        ("new=kernel+of+corn", "Set."),
        ("old=wrong&new=another+kernel", "not your password"),
        ("old=kernel+of+corn&new=another+kernel", "Set."),
    ] {
        let answer = set(form).await;
        assert!(answer.status == 200 && answer.text.contains(said), "{form}: {}", answer.status);
    }
    let answer = world.send("/login", "", "name=ada&password=kernel+of+corn").await;
    assert!(answer.text.contains("Not signed in."));
    assert_eq!(world.send("/login", "", "name=Ada&password=another+kernel").await.status.as_u16(), 303);
    assert_eq!(world.ask("GET", "/settings/password", &[("cookie", &here)], "").await.status.as_u16(), 200);
    assert_eq!(world.ask("GET", "/settings/password", &[("cookie", &there)], "").await.status.as_u16(), 303);
}

#[tokio::test]
async fn a_token_changes_no_more_than_it_may_and_outlives_a_sign_out() {
    let world = World::new().await;
    for (token, status) in [(&world.narrow, 403), (&world.token, 200)] {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let answer = world.ask("POST", "/settings/password", &headers, "new=kernel+of+corn").await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(world.ask("POST", "/logout", &headers, "").await.status.as_u16(), 303);
        assert_eq!(world.ask("GET", "/api/whoami-v2", &headers, "").await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn many_guesses_at_once_are_not_all_looked_at() {
    let world = World::new().await;
    let guesses = (0..30).map(|_| world.send("/login", "", "name=ada&password=guess"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| !answer.text.contains("Too many wrong passwords"));
    assert_eq!(looked_at.count(), 10);
}
