//! Who likes what, and who follows whom.

use seedcorn_db::{Tx, likes, listings, repos};

use super::people::Cast;
use crate::rows::{at, repo};

pub(crate) async fn works_are_liked(tx: &mut Tx, cast: &Cast) {
    let (m, n) = (repo(tx, &cast.bob, "liked").await, repo(tx, &cast.bob, "liked-too").await);
    let (ada, bob) = (&cast.ada.id, &cast.bob.id);
    assert!(likes::like(tx, ada, &m, at(1)).await.unwrap());
    assert!(!likes::like(tx, ada, &m, at(2)).await.unwrap());
    assert!(likes::like(tx, bob, &m, at(3)).await.unwrap());
    assert!(likes::like(tx, ada, &n, at(4)).await.unwrap());
    assert_eq!(repos::find_by_id(tx, &m).await.unwrap().unwrap().likes, 2);
    assert!(likes::likes(tx, ada, &m).await.unwrap() && !likes::likes(tx, &cast.cy.id, &m).await.unwrap());
    let names = |all: Vec<(String, String)>| all.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(likes::likers(tx, &m, "", 9).await.unwrap()), ["Ada", "bob"]);
    assert_eq!(names(likes::likers(tx, &m, "Ada", 9).await.unwrap()), ["bob"]);
    let liked = likes::liked(tx, ada, 9).await.unwrap();
    assert_eq!(liked, [(n.0.clone(), at(4).0), (m.0.clone(), at(1).0)]);
    let repos = repos::list_liked(tx, ada, 9).await.unwrap();
    assert_eq!(repos.iter().map(|repo| &repo.id).collect::<Vec<_>>(), [&n, &m]);
    assert_eq!(likes::count_liked(tx, ada).await.unwrap(), 2);
    assert_eq!(likes::count_likings(tx, ada).await.unwrap(), 2);
    let counted = listings::count_public_of(tx, bob).await.unwrap();
    assert!(counted.iter().any(|(kind, count)| kind == "model" && *count >= 2), "{counted:?}");
    assert!(likes::unlike(tx, ada, &m).await.unwrap());
    assert!(!likes::unlike(tx, ada, &m).await.unwrap());
    assert_eq!(repos::find_by_id(tx, &m).await.unwrap().unwrap().likes, 1);
    repos::count_rewrite(tx, &m).await.unwrap();
    assert_eq!(repos::find_by_id(tx, &m).await.unwrap().unwrap().rewritten, 1);

    let (lab, cy) = (&cast.lab.id, &cast.cy.id);
    assert!(likes::follow(tx, cy, ada, at(1)).await.unwrap());
    assert!(!likes::follow(tx, cy, ada, at(1)).await.unwrap());
    assert!(likes::follow(tx, cy, lab, at(1)).await.unwrap());
    assert!(likes::follow(tx, bob, ada, at(1)).await.unwrap());
    assert!(likes::follows(tx, cy, ada).await.unwrap() && !likes::follows(tx, ada, cy).await.unwrap());
    assert_eq!(names(likes::followers(tx, ada, "", 9).await.unwrap()), ["bob", "cy"]);
    assert_eq!(names(likes::followed(tx, cy, "member", "", 9).await.unwrap()), ["Ada"]);
    assert_eq!(names(likes::followed(tx, cy, "group", "", 9).await.unwrap()), ["Lab"]);
    assert_eq!(likes::count_follows(tx, ada).await.unwrap(), (2, 0));
    assert_eq!(likes::count_follows(tx, cy).await.unwrap(), (0, 2));
    assert!(likes::unfollow(tx, cy, ada).await.unwrap());
    assert!(!likes::unfollow(tx, cy, ada).await.unwrap());
}
