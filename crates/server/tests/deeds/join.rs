//! Becoming a member, and a new password by a link.

use seedcorn_commons::admin;
use seedcorn_commons::join::{self, Registration};

use crate::world::World;

const FORM: &str = "name=newcomer&full_name=New+Comer&password=kernel+of+corn";

async fn world(registration: Registration) -> World {
    World::with(|app| app.registering(registration)).await
}

async fn invite(world: &World) -> String {
    join::invite(world.commons.database(), world.commons.now()).await.unwrap()
}

#[tokio::test]
async fn closed_to_all() {
    let world = World::new().await;
    assert!(world.see("", "/join").await.text.contains("takes no new members"));
    assert!(!world.see("", "/login").await.text.contains("/join"));
    // A link made earlier opens nothing either.
    let form = format!("{FORM}&code={}", invite(&world).await);
    for form in [FORM, &form] {
        world.send("", "/join", form).await.complained("takes no new members");
    }
    assert_eq!(world.see("", "/newcomer").await.status, 404);
}

#[tokio::test]
async fn open_to_all() {
    let world = world(Registration::Open).await;
    assert!(world.see("", "/login").await.text.contains("/join"));
    world.refuses_foreign("", "/join", FORM).await;
    for (from, to, said) in [
        ("newcomer", "a+b", "letters, digits"),
        ("newcomer", "Admin", "address of the hub"),
        ("newcomer", "BOSS", "already"),
        ("newcomer", "Team", "already"),
        ("kernel+of+corn", "short", "at least 10 characters"),
        ("New+Comer", "a%0Ab", "one line"),
    ] {
        let answer = world.send("", "/join", &FORM.replace(from, to)).await;
        answer.complained(said);
        assert!(!answer.text.contains("kernel of corn"), "a password is not shown again");
    }
    let answer = world.send("", "/join", FORM).await;
    answer.led_to("/");
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    assert_eq!(world.browser(cookie, "GET", "/settings/profile", "").await.status, 200);
    assert!(world.see("", "/newcomer").await.text.contains("New Comer"));
    let answer = world.send("", "/login", "name=Newcomer&password=kernel+of+corn").await;
    answer.led_to("/");
    assert_eq!(world.browser(cookie, "GET", "/join", "").await.header("location"), "/");
    assert_eq!(world.browser(cookie, "GET", "/admin", "").await.status, 403, "she runs nothing");
}

#[tokio::test]
async fn not_too_many_at_once() {
    let world = world(Registration::Open).await;
    let mut joined = 0;
    loop {
        let answer = world.send("", "/join", &FORM.replace("newcomer", &format!("n{joined}"))).await;
        if answer.status != 303 {
            answer.complained("Too many have joined");
            break;
        }
        joined += 1;
    }
    assert_eq!(joined, 50);
    // Who was invited is not kept waiting by them.
    let form = format!("{FORM}&code={}", invite(&world).await);
    world.send("", "/join", &form).await.led_to("/");
}

#[tokio::test]
async fn invited_and_once_only() {
    let world = world(Registration::Invited).await;
    assert!(world.see("", "/join").await.text.contains("are invited"));
    world.send("", "/join", FORM).await.complained("are invited");
    let other = join::password_link(world.commons.database(), "writer", world.commons.now()).await.unwrap();
    for code in ["x", "scn_l_nonsense", &other] {
        let page = world.see("", &format!("/join?code={code}")).await.text;
        assert!(page.contains("not one of this hub") && !page.contains("name=\"password\""), "{code}");
        world.send("", "/join", &format!("{FORM}&code={code}")).await.complained("not one of this hub");
    }
    let code = invite(&world).await;
    assert!(world.see("", &format!("/join?code={code}")).await.text.contains(&format!("value=\"{code}\"")));
    // A fault does not use it up.
    let form = format!("{FORM}&code={code}");
    world.send("", "/join", &form.replace("newcomer", "boss")).await.complained("already");
    let (one, two) = (form.replace("newcomer", "one"), form.replace("newcomer", "two"));
    let (one, two) = tokio::join!(world.send("", "/join", &one), world.send("", "/join", &two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 303], "one link, one member");
    world.send("", "/join", &form).await.complained("used already");

    let past = world.commons.now().plus_secs(-8 * 24 * 3600);
    let late = join::invite(world.commons.database(), past).await.unwrap();
    world.send("", "/join", &format!("{FORM}&code={late}")).await.complained("has expired");
    assert_eq!(world.see("", "/newcomer").await.status, 404);
}

#[tokio::test]
async fn a_lost_password_is_set_by_a_link() {
    let world = World::new().await;
    let (db, now) = (world.commons.database(), world.commons.now());
    let void = join::password_link(db, "writer", now).await.unwrap();
    let code = join::password_link(db, "Writer", now).await.unwrap();
    let page = async |code: &str| world.see("", &format!("/join/password?code={code}")).await.text;
    assert!(page(&void).await.contains("used already"), "a newer link takes its place");
    assert!(page("").await.contains("not one of this hub"));
    assert!(page(&invite(&world).await).await.contains("not one of this hub"), "of another purpose");
    assert!(page(&code).await.contains("For writer."));
    let set = async |code: &str, password: &str| {
        let form = format!("code={code}&password={password}");
        world.send("", "/join/password", &form).await
    };
    world.refuses_foreign("", "/join/password", &format!("code={code}&password=kernel+of+corn")).await;
    set(&code, "short").await.complained("at least 10 characters");
    assert_eq!(world.see("writer", "/settings/profile").await.status, 200);
    let answer = set(&code, "kernel+of+corn").await;
    answer.led_to("/");
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    assert_eq!(world.browser(cookie, "GET", "/settings/profile", "").await.status, 200);
    assert_eq!(world.see("writer", "/settings/profile").await.status, 303, "other browsers are signed out");
    set(&code, "another+kernel").await.complained("used already");
    world.send("", "/login", "name=writer&password=kernel+of+corn").await.led_to("/");

    let code = join::password_link(db, "writer", now).await.unwrap();
    admin::disable_member(db, "writer", now).await.unwrap();
    set(&code, "another+kernel").await.complained("may not sign in");
    for name in ["writer", "nobody", "team"] {
        join::password_link(db, name, now).await.unwrap_err();
        join::set_password(&world.commons, name, "another kernel").await.unwrap_err();
    }
}
