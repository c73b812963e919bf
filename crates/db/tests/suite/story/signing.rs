//! What owners sign with, and whose signatures are to be looked at.

use seedcorn_db::signing::{self, Signer};
use seedcorn_db::{Tx, git, jobs, repos};

use super::people::Cast;
use crate::rows::{at, oid, repo};

fn signer(id: &str, added: i64) -> Signer {
    let [kind, label, value, issuer, salt, print] =
        ["identity", "l", "ada@example.org", "https://i", "s", "p"].map(str::to_owned);
    Signer { id: id.into(), kind, label, value, issuer, salt, print, added: at(added), revoked: None }
}

pub(crate) async fn who_signed(tx: &mut Tx, cast: &Cast) {
    for (id, added) in [("s2", 2), ("s1", 1)] {
        signing::add(tx, &cast.ada.id, &signer(id, added)).await.unwrap();
    }
    assert!(signing::revoke(tx, &cast.ada.id, "s1", at(5)).await.unwrap());
    assert!(!signing::revoke(tx, &cast.ada.id, "s1", at(6)).await.unwrap(), "it is taken back already");
    assert!(!signing::revoke(tx, &cast.bob.id, "s2", at(6)).await.unwrap(), "it is another's");
    let all = signing::of(tx, &cast.ada.id).await.unwrap();
    assert_eq!(all, [Signer { revoked: Some(at(5).0), ..signer("s1", 1) }, signer("s2", 2)]);
    assert_eq!(signing::of(tx, &cast.bob.id).await.unwrap(), []);

    let one = repo(tx, &cast.ada, "signed-one").await;
    let two = repo(tx, &cast.bob, "signed-two").await;
    for id in [&one, &two] {
        git::add_ref(tx, id, "refs/heads/main", &oid(1), at(1)).await.unwrap();
    }
    let due = async |tx: &mut Tx| {
        let due = jobs::due(tx, &["signed"], at(1), 99).await.unwrap();
        for job in &due {
            jobs::end(tx, job).await.unwrap();
        }
        [&one, &two].map(|id| due.iter().any(|job| job.repo == *id))
    };
    let asked = async |tx: &mut Tx, policy: &str| {
        signing::ask_all(tx, "signed", policy, at(1)).await.unwrap();
        due(tx).await
    };
    assert_eq!(asked(tx, "1").await, [true, true]);
    assert_eq!(signing::repo(tx, &one).await.unwrap(), None);
    let put = |commit: &str, says: &str| (commit.to_owned(), "1".to_owned(), says.to_owned());
    for (commit, says) in [("c1", "[]"), ("c2", "[1]")] {
        signing::put_repo(tx, &one, commit, "1", says).await.unwrap();
        assert_eq!(signing::repo(tx, &one).await.unwrap(), Some(put(commit, says)));
    }
    let bundles = ["b1".to_owned(), "b2".to_owned()];
    for time in [5, 7] {
        signing::put_seen(tx, &one, "b1", at(time)).await.unwrap();
        let seen = signing::seen(tx, &one, &bundles).await.unwrap();
        assert_eq!(seen, [("b1".to_owned(), at(5).0)], "whatever was seen first stays so");
    }
    assert_eq!(signing::seen(tx, &two, &bundles).await.unwrap(), []);
    assert_eq!(asked(tx, "1").await, [false, true]);
    assert_eq!(asked(tx, "2").await, [true, true]);
    signing::put_repo(tx, &two, "c1", "1", "[]").await.unwrap();
    for (owner, expected) in [(&cast.ada.id, [true, false]), (&cast.bob.id, [false, false])] {
        signing::ask_signed(tx, "signed", owner, at(1)).await.unwrap();
        assert_eq!(due(tx).await, expected, "only repos with signatures are looked at again");
    }
    repos::delete(tx, &one, at(2)).await.unwrap();
    signing::ask_signed(tx, "signed", &cast.ada.id, at(1)).await.unwrap();
    assert_eq!(due(tx).await, [false, false]);
}
