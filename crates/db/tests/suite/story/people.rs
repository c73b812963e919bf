//! Members, groups and tokens.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_db::Tx;
use seedcorn_db::devices::{self, Device};
use seedcorn_db::links::{self, Link};
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::tokens::{self, Token};
use seedcorn_db::{passwords, totals};

use crate::rows::{at, namespace};

/// Who plays.
pub(crate) struct Cast {
    /// Runs the hub.
    pub(crate) ada: Namespace,
    /// Writes in the lab.
    pub(crate) bob: Namespace,
    /// Belongs nowhere.
    pub(crate) cy: Namespace,
    /// A group.
    pub(crate) lab: Namespace,
}

pub(crate) async fn arrive(tx: &mut Tx) -> Cast {
    assert!(!members::any(tx).await.unwrap());
    let lab = namespace("Lab", "group");
    assert!(members::add(tx, &lab).await.unwrap());
    assert!(!members::any(tx).await.unwrap(), "a group is nobody");
    let ada = Namespace { admin: true, private_default: true, ..namespace("Ada", "member") };
    let (bob, cy) = (namespace("bob", "member"), namespace("cy", "member"));
    for row in [&ada, &bob, &cy] {
        assert!(members::add(tx, row).await.unwrap());
    }
    assert!(members::any(tx).await.unwrap());
    let twin = Namespace { id: NamespaceId("other".into()), ..namespace("aDA", "member") };
    assert!(!members::add(tx, &twin).await.unwrap(), "a name is taken in every spelling");

    let found = members::find(tx, "ADA").await.unwrap().unwrap();
    assert_eq!((&found.id, found.name.as_str(), found.kind.as_str()), (&ada.id, "Ada", "member"));
    assert_eq!((found.admin, found.disabled, found.private_default), (true, false, true));
    assert_eq!((found.full_name.as_str(), found.created), ("Ada in full", at(0)));
    assert!(members::find(tx, "nobody").await.unwrap().is_none());
    assert_eq!(members::find_by_id(tx, &bob.id).await.unwrap().unwrap().name, "bob");
    assert!(members::find_by_id(tx, &twin.id).await.unwrap().is_none());

    let everybody = members::list(tx, "member").await.unwrap();
    assert_eq!(everybody.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Ada", "bob", "cy"]);
    members::set_disabled(tx, &cy.id, true).await.unwrap();
    assert!(members::find_by_id(tx, &cy.id).await.unwrap().unwrap().disabled);
    members::set_disabled(tx, &cy.id, false).await.unwrap();
    assert!(!members::find_by_id(tx, &cy.id).await.unwrap().unwrap().disabled);

    members::lock(tx, &cy.id).await.unwrap();
    members::set_profile(tx, &cy.id, "Cy in full", true).await.unwrap();
    let found = members::find_by_id(tx, &cy.id).await.unwrap().unwrap();
    assert_eq!((found.full_name.as_str(), found.private_default), ("Cy in full", true));
    let school = Namespace { full_name: "Über École 100%".into(), ..namespace("school", "group") };
    assert!(members::add(tx, &school).await.unwrap());
    for (text, there) in [("über", true), ("ÉCOLE", true), ("SCHO", true), ("100%", true), ("100_", false)]
    {
        let found = members::list_groups(tx, text, "", 9).await.unwrap();
        assert_eq!(found.iter().any(|group| group.name == "school"), there, "{text}");
    }
    assert!(members::list_groups(tx, "", "SCHOOL", 9).await.unwrap().is_empty());
    members::set_disabled(tx, &school.id, true).await.unwrap();
    assert!(members::list_groups(tx, "school", "", 9).await.unwrap().is_empty());
    members::set_profile(tx, &cy.id, &cy.full_name, false).await.unwrap();

    let cast = Cast { ada, bob, cy, lab };
    gather(tx, &cast).await;
    cast
}

async fn gather(tx: &mut Tx, cast: &Cast) {
    members::join(tx, &cast.lab.id, &cast.ada.id, "admin", at(1)).await.unwrap();
    members::join(tx, &cast.lab.id, &cast.bob.id, "read", at(1)).await.unwrap();
    members::join(tx, &cast.lab.id, &cast.bob.id, "write", at(2)).await.unwrap();
    members::join(tx, &cast.lab.id, &cast.cy.id, "read", at(2)).await.unwrap();
    assert!(members::leave(tx, &cast.lab.id, &cast.cy.id).await.unwrap());
    assert!(!members::leave(tx, &cast.lab.id, &cast.cy.id).await.unwrap());
    let roles = members::members_of(tx, &cast.lab.id).await.unwrap();
    assert_eq!(roles, [("Ada".into(), "admin".into()), ("bob".into(), "write".into())]);
    let ids = members::list_ids_of(tx, &cast.lab.id, 9).await.unwrap();
    assert_eq!(ids, [(cast.ada.id.0.clone(), "admin".into()), (cast.bob.id.0.clone(), "write".into())]);

    let groups = members::groups_of(tx, &cast.bob.id).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!((&groups[0].team, groups[0].name.as_str()), (&cast.lab.id, "Lab"));
    assert_eq!((groups[0].full_name.as_str(), groups[0].role.as_str()), ("Lab in full", "write"));
    members::set_disabled(tx, &cast.lab.id, true).await.unwrap();
    assert!(members::groups_of(tx, &cast.bob.id).await.unwrap().is_empty(), "a shut group lends no rights");
    members::set_disabled(tx, &cast.lab.id, false).await.unwrap();
}

pub(crate) async fn keep_tokens(tx: &mut Tx, cast: &Cast) {
    let token = |id: &str, hash: u8, expires: Option<i64>| Token {
        id: TokenId(id.into()),
        member: cast.ada.id.clone(),
        name: "laptop".into(),
        hash: Sha256([hash; 32]),
        hint: "wxyz".into(),
        role: "fine".into(),
        scopes: r#"["repo"]"#.into(),
        created: at(3),
        expires,
        revoked: None,
        parent: None,
    };
    assert!(tokens::add(tx, &token("t1", 1, None)).await.unwrap());
    assert!(tokens::add(tx, &token("t2", 2, Some(at(9).0))).await.unwrap());
    assert!(!tokens::add(tx, &token("t2", 3, None)).await.unwrap(), "the id is taken");
    assert!(!tokens::add(tx, &token("t3", 1, None)).await.unwrap(), "the secret is taken");

    let found = tokens::find(tx, &Sha256([2; 32])).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), &found.member, found.name.as_str()), ("t2", &cast.ada.id, "laptop"));
    assert_eq!(
        (found.hint.as_str(), found.role.as_str(), found.scopes.as_str()),
        ("wxyz", "fine", r#"["repo"]"#)
    );
    assert_eq!((found.created, found.expires, found.revoked), (at(3), Some(at(9).0), None));
    assert!(tokens::find(tx, &Sha256([3; 32])).await.unwrap().is_none());

    assert!(tokens::revoke(tx, &TokenId("t1".into()), at(4)).await.unwrap());
    assert!(!tokens::revoke(tx, &TokenId("t1".into()), at(5)).await.unwrap());
    assert!(!tokens::revoke(tx, &TokenId("t9".into()), at(5)).await.unwrap());
    let revoked = tokens::find_by_id(tx, &TokenId("t1".into())).await.unwrap().unwrap();
    assert_eq!((revoked.hash, revoked.expires, revoked.revoked), (Sha256([1; 32]), None, Some(at(4).0)));
    assert!(tokens::find_by_id(tx, &TokenId("t3".into())).await.unwrap().is_none());
    let all = tokens::list(tx, &cast.ada.id).await.unwrap();
    assert_eq!(all.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
    assert!(tokens::list(tx, &cast.bob.id).await.unwrap().is_empty());
    sessions(tx, cast).await;
    led_to(tx, cast).await;
    devices_wait(tx).await;
    passwords(tx, cast).await;
    are_invited(tx, cast).await;
}

async fn sessions(tx: &mut Tx, cast: &Cast) {
    for (id, secret) in [("s1", 21), ("s2", 22)] {
        let row = Token {
            id: TokenId(id.into()),
            member: cast.bob.id.clone(),
            name: String::new(),
            hash: Sha256([secret; 32]),
            hint: String::new(),
            role: tokens::SESSION.into(),
            scopes: "[]".into(),
            created: at(3),
            expires: Some(at(9).0),
            revoked: None,
            parent: None,
        };
        assert!(tokens::add(tx, &row).await.unwrap());
    }
    assert!(tokens::list(tx, &cast.bob.id).await.unwrap().is_empty(), "a session is no access token");
    let open = tokens::list_sessions(tx, &cast.bob.id, at(8), 5).await.unwrap();
    assert_eq!(open.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["s2", "s1"]);
    assert_eq!(tokens::list_sessions(tx, &cast.bob.id, at(8), 1).await.unwrap().len(), 1);
    assert!(tokens::list_sessions(tx, &cast.bob.id, at(9), 5).await.unwrap().is_empty(), "they are over");
    tokens::extend(tx, &TokenId("s1".into()), at(12)).await.unwrap();
    tokens::revoke_sessions(tx, &cast.bob.id, &TokenId("s1".into()), at(5)).await.unwrap();
    for (id, expires, revoked) in [("s1", at(12), None), ("s2", at(9), Some(at(5).0)), ("t2", at(9), None)] {
        let row = tokens::find_by_id(tx, &TokenId(id.into())).await.unwrap().unwrap();
        assert_eq!((row.expires, row.revoked), (Some(expires.0), revoked), "{id}");
    }
}

/// A token, the session begun with it, a token made there, and one beside them.
async fn led_to(tx: &mut Tx, cast: &Cast) {
    let parents = [("p1", None), ("p2", Some("p1")), ("p3", Some("p2")), ("p4", None), ("p5", Some("p4"))];
    for (n, (id, parent)) in parents.into_iter().enumerate() {
        let row = Token {
            id: TokenId(id.into()),
            member: cast.cy.id.clone(),
            name: id.into(),
            hash: Sha256([40 + n as u8; 32]),
            hint: String::new(),
            role: "write".into(),
            scopes: "[]".into(),
            created: at(3),
            expires: None,
            revoked: None,
            parent: parent.map(str::to_owned),
        };
        assert!(tokens::add(tx, &row).await.unwrap());
    }
    let found = tokens::find_by_id(tx, &TokenId("p3".into())).await.unwrap().unwrap();
    assert_eq!(found.parent.as_deref(), Some("p2"));
    assert!(tokens::hold(tx, &TokenId("p1".into())).await.unwrap());
    assert!(tokens::revoke(tx, &TokenId("p1".into()), at(6)).await.unwrap());
    assert!(!tokens::hold(tx, &TokenId("p1".into())).await.unwrap());
    let revoked = |rows: Vec<Token>| rows.into_iter().map(|row| row.revoked).collect::<Vec<_>>();
    let (then, later) = (Some(at(6).0), Some(at(7).0));
    let all = tokens::list(tx, &cast.cy.id).await.unwrap();
    assert_eq!(revoked(all), [then, then, then, None, None]);
    assert_eq!(tokens::revoke_all(tx, &cast.cy.id, at(7)).await.unwrap(), 2);
    let all = tokens::list(tx, &cast.cy.id).await.unwrap();
    assert_eq!(revoked(all), [then, then, then, later, later]);
}

async fn devices_wait(tx: &mut Tx) {
    let device = |hash: u8, code: &str| Device {
        hash: Sha256([hash; 32]),
        code: code.into(),
        client: "corn/1".into(),
        created: at(3),
        expires: at(9),
        polled: at(0),
        answer: String::new(),
        token: None,
    };
    for (hash, code, added) in
        [(61, "BCDF", true), (62, "GHJK", true), (61, "LMNP", false), (63, "GHJK", false)]
    {
        assert_eq!(devices::add(tx, &device(hash, code)).await.unwrap(), added, "{hash} {code}");
    }
    assert_eq!(devices::count(tx, at(8)).await.unwrap(), 2);
    assert_eq!(devices::count(tx, at(9)).await.unwrap(), 0, "they have ended");
    devices::poll(tx, &Sha256([61; 32]), at(5)).await.unwrap();
    assert!(devices::answer(tx, "BCDF", "write", Some(&TokenId("t2".into()))).await.unwrap());
    assert!(!devices::answer(tx, "BCDF", devices::NO, None).await.unwrap(), "it was answered");
    let found = devices::find(tx, &Sha256([61; 32])).await.unwrap().unwrap();
    assert_eq!((found.polled, found.answer.as_str(), found.token.as_deref()), (at(5), "write", Some("t2")));
    assert!(devices::finish(tx, &Sha256([61; 32])).await.unwrap());
    assert!(!devices::finish(tx, &Sha256([61; 32])).await.unwrap(), "it was handed over");
    assert!(devices::find_by_code(tx, "QRST").await.unwrap().is_none());
    let found = devices::find_by_code(tx, "GHJK").await.unwrap().unwrap();
    assert_eq!((found.hash, found.client.as_str(), found.expires), (Sha256([62; 32]), "corn/1", at(9)));
    assert_eq!(devices::count(tx, at(8)).await.unwrap(), 1, "one is answered");
    devices::forget(tx, at(9)).await.unwrap();
    assert!(devices::find_by_code(tx, "BCDF").await.unwrap().is_some());
    devices::forget(tx, at(10)).await.unwrap();
    for code in ["BCDF", "GHJK"] {
        assert!(devices::find_by_code(tx, code).await.unwrap().is_none(), "{code}");
    }
}

async fn passwords(tx: &mut Tx, cast: &Cast) {
    assert_eq!(passwords::find(tx, &cast.ada.id).await.unwrap(), None);
    for hash in ["$argon2id$one", "$argon2id$two"] {
        passwords::put(tx, &cast.ada.id, hash, at(4)).await.unwrap();
        assert_eq!(passwords::find(tx, &cast.ada.id).await.unwrap().as_deref(), Some(hash));
    }
    assert_eq!(passwords::find(tx, &cast.bob.id).await.unwrap(), None);
}

async fn are_invited(tx: &mut Tx, cast: &Cast) {
    for (secret, purpose, member) in [
        (31, links::JOIN, None),
        (32, links::PASSWORD, Some(&cast.bob)),
        (33, links::PASSWORD, Some(&cast.bob)),
    ] {
        let row = Link {
            hash: Sha256([secret; 32]),
            purpose: purpose.into(),
            member: member.map(|row| row.id.0.clone()),
            created: at(3),
            expires: at(9),
            used: None,
        };
        links::add(tx, &row).await.unwrap();
    }
    let find = async |tx: &mut Tx, secret| links::find(tx, &Sha256([secret; 32])).await.unwrap();
    let found = find(tx, 31).await.unwrap();
    assert_eq!((found.purpose.as_str(), found.member(), found.expires), ("join", None, at(9)));
    assert_eq!(find(tx, 32).await.unwrap().member(), Some(cast.bob.id.clone()));
    assert!(!links::spend(tx, &Sha256([31; 32]), at(9)).await.unwrap(), "it has ended");
    assert!(links::spend(tx, &Sha256([31; 32]), at(8)).await.unwrap());
    assert!(!links::spend(tx, &Sha256([31; 32]), at(8)).await.unwrap(), "it was used");
    links::spend_all_of(tx, &cast.bob.id, at(7)).await.unwrap();
    assert_eq!(find(tx, 33).await.unwrap().used, Some(at(7).0));
    assert_eq!(find(tx, 31).await.unwrap().used, Some(at(8).0));
    links::forget(tx, at(9)).await.unwrap();
    assert!(find(tx, 31).await.is_some());
    links::forget(tx, at(10)).await.unwrap();
    assert!(find(tx, 31).await.is_none());
}

pub(crate) async fn all_is_counted(tx: &mut Tx, cast: &Cast) {
    let tally = |rows: Vec<totals::Tally>| rows.into_iter().map(|row| (row.kind, row.n)).collect::<Vec<_>>();
    let namespaces = tally(totals::namespaces(tx).await.unwrap());
    assert_eq!(namespaces.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["group", "member"]);
    let repos = tally(totals::repos(tx).await.unwrap());
    assert!(repos.iter().all(|(_, n)| *n > 0), "{repos:?}");
    let (xorbs, packs) = (totals::xorbs(tx).await.unwrap(), totals::packs(tx).await.unwrap());
    assert!(xorbs.objects >= 2 && xorbs.bytes >= 100, "{xorbs:?}");
    assert!(packs.objects > 0 && packs.bytes > 0, "{packs:?}");
    let files = totals::files(tx).await.unwrap();
    assert!(files.objects > 0 && files.bytes > 0, "{files:?}");
    let shared = totals::shared(tx).await.unwrap();
    assert!(shared.publishers > 0 && shared.building == 0, "{shared:?}");
    assert!(shared.bytes < files.bytes, "files of private repos do not count: {shared:?}");
    assert_eq!(totals::uploads(tx).await.unwrap(), 2);
    let names = |rows: Vec<Namespace>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let page = names(totals::members(tx, "", "", 2).await.unwrap());
    assert_eq!(page, [cast.ada.id.clone(), cast.bob.id.clone()]);
    assert_eq!(names(totals::members(tx, "B", "", 9).await.unwrap()), std::slice::from_ref(&cast.bob.id));
    assert_eq!(names(totals::members(tx, "", "BOB", 1).await.unwrap()), std::slice::from_ref(&cast.cy.id));
    assert!(totals::members(tx, "zz", "", 9).await.unwrap().is_empty());
}
