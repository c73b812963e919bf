//! A member's own settings: what others read of them, and where they are signed in.

use seedcorn_commons::admin::{self, FineLine, NewToken, TokenRole};
use seedcorn_commons::join;
use seedcorn_core::access::Role;
use seedcorn_core::repo::RepoKind;
use seedcorn_server::Access;

use crate::world::World;

#[tokio::test]
async fn a_profile_is_its_members() {
    let world = World::new().await;
    let path = "/settings/profile";
    assert_eq!(world.see("", path).await.header("location"), "/login?next=%2Fsettings%2Fprofile");
    assert_eq!(world.send("", path, "full_name=x").await.status, 401);
    world.refuses_foreign("writer", path, "full_name=x").await;
    world
        .send("writer", path, "full_name=%3Ci%3EW&private_default=on")
        .await
        .led_to("/settings/profile?done=1");
    assert!(world.see("", "/writer").await.text.contains("&#60;i&#62;W"));
    let new = world.see("writer", "/new").await.text;
    assert!(new.contains("value=\"usual\" checked"));
    let form = "kind=model&owner=writer&name=quiet&visibility=usual";
    world.send("writer", "/new", form).await.led_to("/writer/quiet");
    assert_eq!(world.see("", "/writer/quiet").await.status, 404, "new repos begin as the profile says");
    world.send("writer", path, "full_name=a%0Ab").await.complained("without control characters");
    world.send("writer", path, "full_name=").await.led_to("/settings/profile?done=1");
    assert!(world.see("writer", path).await.text.contains("value=\"writer\""));
}

/// The ids of the sessions that may be ended from here.
fn ids(page: &str) -> Vec<String> {
    let parts = page.split("name=\"id\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sessions_are_seen_and_ended() {
    let world = World::new().await;
    let (path, end) = ("/settings/sessions", "/settings/sessions/end");
    let (one, two) = (world.sign_in("writer").await, world.sign_in("writer").await);
    let open = async |cookie: &str| world.browser(cookie, "GET", path, "").await.status == 200;
    let page = world.see("writer", path).await.text;
    assert!(page.contains("This one"));
    let [newest, older] = ids(&page).try_into().unwrap();
    // Those of others are nobody's business.
    assert!(ids(&world.see("reader", path).await.text).is_empty());
    assert_eq!(world.send("reader", end, &format!("id={older}")).await.status, 404);
    assert_eq!(world.send("", end, &format!("id={older}")).await.status, 401);
    world.refuses_foreign("writer", end, &format!("id={older}")).await;
    assert!(open(&one).await && open(&two).await);

    world.send("writer", end, &format!("id={newest}")).await.led_to(path);
    assert!(open(&one).await && !open(&two).await);
    assert_eq!(world.send("writer", end, &format!("id={newest}")).await.status, 404);
    world.send("writer", end, "which=others").await.led_to(path);
    assert!(!open(&one).await);
    assert_eq!(world.see("writer", path).await.status, 200);
    assert_eq!(world.send("writer", end, "").await.status, 404);
}

/// The secret that a page shows once.
fn secret(page: &str) -> &str {
    page.split_once("HF_TOKEN=").unwrap().1.split('<').next().unwrap()
}

#[tokio::test]
async fn what_a_token_led_to_ends_with_it() {
    let world = World::new().await;
    let (db, now) = (world.commons.database(), world.commons.now());
    let ends = now.plus_secs(10 * 24 * 3600);
    let new = NewToken {
        member: "writer".into(),
        name: "leaked".into(),
        role: TokenRole::Write,
        expires: Some(ends),
    };
    let token = admin::create_token(db, new, now).await.unwrap();
    let begin = async |token: &str| {
        let answer = world.browser("", "POST", "/login", &format!("token={token}")).await;
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    };
    let make = "name=kept&role=write&days=";
    let one = begin(&token).await;
    let page = world.browser(&one, "POST", "/settings/tokens", make).await;
    assert!(page.text.contains("You came by the token") && page.text.contains("leaked"), "{}", page.text);
    let end_of = async |name: &str| {
        let all = admin::list_tokens(db, "writer", now).await.unwrap();
        all.iter().rfind(|row| row.name == name).unwrap().expires
    };
    assert_eq!(end_of("kept").await, Some(ends.0), "it ends when the one it was made with does");
    let made = secret(&page.text).to_owned();
    let two = begin(&made).await;
    let goes = async |cookie: &str| world.browser(cookie, "GET", "/settings/tokens", "").await.status == 200;
    assert!(goes(&one).await && goes(&two).await);

    // Who signed in with a password makes tokens that stand alone.
    join::set_password(&world.commons, "writer", "kernel of corn").await.unwrap();
    let three = world.browser("", "POST", "/login", "name=writer&password=kernel+of+corn").await;
    let three = three.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = world.browser(&three, "POST", "/settings/tokens", make).await;
    assert!(!page.text.contains("You came by the token"));
    assert_eq!(end_of("kept").await, None);
    let alone = secret(&page.text).to_owned();

    let (one, two) = (begin(&token).await, begin(&made).await);
    let all = admin::list_tokens(db, "writer", now).await.unwrap();
    let leaked = all.iter().find(|row| row.name == "leaked").unwrap();
    admin::revoke_token(db, leaked.id.as_str(), now).await.unwrap();
    assert!(!goes(&one).await && !goes(&two).await);
    for (secret, good) in [(&token, false), (&made, false), (&alone, true)] {
        let bearer = format!("Bearer {secret}");
        let answer = world.ask("GET", "/api/whoami-v2", &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status == 200, good);
    }
    assert!(goes(&three).await);
}

#[tokio::test]
async fn a_narrow_token_follows_its_repo_and_names_none_that_is_hidden() {
    let world = World::new().await;
    let fine = async |who: &str, line: &str| {
        let form = format!("name=narrow&role=fine&repos={line}&days=");
        world.send(who, "/settings/tokens", &form).await
    };
    for line in ["team/hidden%3Dread", "team/absent%3Dread", "dataset%3Ateam/open%3Dread"] {
        fine("stranger", line).await.complained("There is no");
    }
    let page = fine("boss", "team/hidden%3Dwrite").await;
    let bearer = format!("Bearer {}", secret(&page.text));
    let see = async |path: &str| world.ask("GET", path, &[("authorization", &bearer)], "").await.status;
    assert_eq!(see("/api/models/team/hidden").await, 200);
    world
        .send("boss", "/team/hidden/settings/name", "owner=team&name=other")
        .await
        .led_to("/team/other/settings?done=1");
    assert_eq!(see("/api/models/team/other").await, 200, "another name, the same repo");
    world.send("boss", "/team/other/settings/delete", "confirm=team%2Fother").await.led_to("/team");
    world
        .send("boss", "/new", "kind=model&owner=team&name=other&visibility=private")
        .await
        .led_to("/team/other");
    assert_eq!(see("/api/models/team/other").await, 404, "the same name, another repo");
}

/// Whatever a member may do to their account, a token that is less than they are may not: least of all make one that is
/// more.
#[tokio::test]
async fn a_narrow_token_changes_nothing_of_its_member() {
    let world = World::new().await;
    let (db, now) = (world.commons.database(), world.commons.now());
    let fine = FineLine { kind: RepoKind::Model, full_name: "team/open".into(), role: Role::Read };
    let mut narrow = Vec::new();
    for (member, role) in
        [("operator", TokenRole::Read), ("boss", TokenRole::Read), ("boss", TokenRole::Fine(vec![fine]))]
    {
        let new = NewToken { member: member.into(), name: "narrow".into(), role, expires: None };
        narrow.push((member, admin::create_token(db, new, now).await.unwrap()));
    }
    let forms = "name=x&role=write&days=&full_name=X&password=kernel+of+corn&owner=boss&kind=model&visibility=public\
        &user_code=ABCD-EFGH&member=stranger&license=&id=1";
    let kept = async || {
        let mut all = Vec::new();
        for member in ["boss", "operator"] {
            let rows = admin::list_tokens(db, member, now).await.unwrap();
            all.extend(rows.into_iter().map(|row| (row.name, row.revoked)));
        }
        all
    };
    let before = kept().await;
    let posts = seedcorn_server::routes()
        .into_iter()
        .filter(|route| route.method == "POST" && route.access == Access::SignedIn)
        .map(|route| route.path.replace("{group}", "team"));
    let posts: Vec<String> = posts.filter(|path| !path.starts_with("/api/")).collect();
    assert!(posts.len() > 8 && posts.iter().any(|path| path == "/new/commands"), "{posts:?}");
    for path in &posts {
        for (member, token) in &narrow {
            let bearer = format!("Bearer {token}");
            let kind = ("content-type", "application/x-www-form-urlencoded");
            let answer = world.ask("POST", path, &[("authorization", &bearer), kind], forms).await;
            // A form that comes back with a fault did nothing; one that leads on did.
            assert!(answer.status == 200 || answer.status >= 400, "{member} {path}: {}", answer.status);
            assert!(!answer.text.contains("scn_"), "{member} {path} tells a secret");
            assert_eq!(kept().await, before, "{member} {path}");
        }
    }
}
