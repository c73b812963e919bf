//! What works build upon, and the marks by which one is known again in another.

use std::slice::from_ref;

use seedcorn_core::id::RepoId;
use seedcorn_db::lineage::{self, Derivation, Held, NewWord, Novelty};
use seedcorn_db::{Tx, repos};

use super::people::Cast;
use crate::rows::{at, oid, repo};

fn derivation(child: &RepoId, state: &str, parent: &str, here: Option<&RepoId>) -> Derivation {
    Derivation {
        child: child.clone(),
        state: state.into(),
        way: "finetune".into(),
        parent: parent.into(),
        parent_repo: here.map(|repo| repo.0.clone()),
        parent_oid: None,
        oid: oid(1),
        since: at(1),
        gone: None,
        says: "{}".into(),
    }
}

pub(crate) async fn who_builds_upon_whom(tx: &mut Tx, cast: &Cast) {
    let base = repo(tx, &cast.ada, "lin-base").await;
    let tuned = repo(tx, &cast.bob, "lin-tuned").await;
    let later = repo(tx, &cast.cy, "lin-later").await;
    marks(tx, cast, [&base, &tuned, &later]).await;
    derivations(tx, cast, [&base, &tuned, &later]).await;
}

async fn marks(tx: &mut Tx, cast: &Cast, [base, tuned, later]: [&RepoId; 3]) {
    assert_eq!(lineage::tensor_files(tx, &["xet:1".into()]).await.unwrap(), []);
    for says in ["[1]", "[2]"] {
        lineage::put_tensor_file(tx, "xet:1", says).await.unwrap();
    }
    let known = lineage::tensor_files(tx, &["xet:1".into(), "xet:2".into()]).await.unwrap();
    assert_eq!(known, [("xet:1".to_owned(), "[1]".to_owned())], "the first stays");

    let mark = |print: &str, bytes| (print.to_owned(), bytes);
    assert_eq!(lineage::set_marks(tx, base, &[mark("a", 5), mark("b", 7)], at(1), 9).await.unwrap(), 2);
    assert_eq!(lineage::set_marks(tx, tuned, &[mark("a", 5), mark("c", 9)], at(2), 9).await.unwrap(), 2);
    assert_eq!(lineage::set_marks(tx, later, &[mark("c", 9), mark("a", 5)], at(3), 9).await.unwrap(), 2);
    // One is gone, one keeps its moment, one is new.
    assert_eq!(lineage::set_marks(tx, base, &[mark("a", 5), mark("d", 1)], at(4), 9).await.unwrap(), 1);
    let held = |print: &str, bytes, first: Option<&RepoId>| Held {
        print: print.into(),
        bytes,
        first: first.map(|repo| repo.0.clone()),
    };
    let of = lineage::held(tx, later, &cast.cy.id, 9).await.unwrap();
    assert_eq!(of, [held("a", 5, Some(base)), held("c", 9, Some(tuned))]);
    let of = lineage::held(tx, base, &cast.ada.id, 9).await.unwrap();
    assert_eq!(of, [held("a", 5, None), held("d", 1, None)], "nobody had them before");
    let novelty =
        |tensors, bytes, new_tensors, new_bytes| Some(Novelty { tensors, bytes, new_tensors, new_bytes });
    assert_eq!(lineage::novelty(tx, base, &cast.ada.id, "z").await.unwrap(), novelty(2, 6, 2, 6));
    assert_eq!(lineage::novelty(tx, tuned, &cast.bob.id, "z").await.unwrap(), novelty(2, 14, 1, 9));
    assert_eq!(lineage::novelty(tx, later, &cast.cy.id, "z").await.unwrap(), novelty(2, 14, 0, 0));
    assert_eq!(lineage::novelty(tx, later, &cast.cy.id, "c").await.unwrap(), novelty(1, 5, 0, 0));
    assert_eq!(
        lineage::novelty(tx, &RepoId("nothing".into()), &cast.cy.id, "c").await.unwrap(),
        novelty(0, 0, 0, 0)
    );
    let before = async |tx: &mut Tx, print: &str, repo: &RepoId, owner, moment| {
        lineage::before(tx, print, (repo, owner), at(moment), 1).await.unwrap()
    };
    let mut both = before(tx, "a", later, &cast.cy.id, 9).await;
    both.sort();
    let mut wanted = vec![base.clone(), tuned.clone()];
    wanted.sort();
    assert_eq!(both, wanted, "the first and the last");
    assert_eq!(before(tx, "a", later, &cast.cy.id, 0).await, [], "nobody had it by then");
    assert_eq!(before(tx, "zz", later, &cast.cy.id, 9).await, []);
    // What was taken out and put back was there first all the same; others that are gone are kept as many as are asked for.
    assert_eq!(lineage::set_marks(tx, base, &[mark("d", 1)], at(5), 9).await.unwrap(), 0);
    let of = lineage::held(tx, later, &cast.cy.id, 9).await.unwrap();
    assert_eq!(of[0], held("a", 5, Some(base)), "whoever had it first had it first");
    assert_eq!(lineage::set_marks(tx, base, &[mark("a", 5), mark("d", 1)], at(6), 0).await.unwrap(), 0);
    let prints = ["a".to_owned(), "b".to_owned()];
    assert_eq!(lineage::marked(tx, base, &prints).await.unwrap(), [("a".to_owned(), at(1).0)]);
    let same_owner = lineage::held(tx, tuned, &cast.ada.id, 9).await.unwrap();
    assert_eq!(same_owner[0], held("a", 5, None), "one's own works are nobody else's");
    repos::set_visibility(tx, base, Some(true), None).await.unwrap();
    let of = lineage::held(tx, later, &cast.cy.id, 1).await.unwrap();
    assert_eq!(of, [held("a", 5, Some(tuned))], "what is private was nobody's");
    repos::set_visibility(tx, base, Some(false), None).await.unwrap();
    assert_eq!(lineage::later(tx, base, 9).await.unwrap(), [later.clone(), tuned.clone()]);
    assert_eq!(lineage::later(tx, tuned, 9).await.unwrap(), *from_ref(later));
}

async fn derivations(tx: &mut Tx, cast: &Cast, [base, tuned, later]: [&RepoId; 3]) {
    let declared = derivation(tuned, "declared", "models/ada/lin-base", None);
    lineage::put(tx, &declared).await.unwrap();
    lineage::put(tx, &derivation(tuned, "measured", "models/ada/lin-base", Some(base))).await.unwrap();
    lineage::put(tx, &derivation(later, "declared", "arxiv:1", None)).await.unwrap();
    let all = lineage::above(tx, from_ref(tuned), 9).await.unwrap();
    assert_eq!((all.len(), all[0].state.as_str(), &all[1]), (2, "measured", &declared));
    // It is found again later, with the commit of the other; what was pinned stays.
    let again = Derivation {
        parent_oid: Some(oid(5).to_string()),
        since: at(9),
        says: "{\"line\":2}".into(),
        ..declared
    };
    lineage::put(tx, &again).await.unwrap();
    let other = Derivation { parent_oid: Some(oid(6).to_string()), ..again.clone() };
    lineage::put(tx, &other).await.unwrap();
    let all = lineage::above(tx, from_ref(tuned), 9).await.unwrap();
    assert_eq!(all[1], Derivation { since: at(1), ..again });

    let names = ["models/ada/lin-base".to_owned()];
    assert_eq!(lineage::adopt(tx, base, &names, true).await.unwrap(), 1);
    assert_eq!(lineage::adopt(tx, base, &names, true).await.unwrap(), 0);
    assert_eq!(lineage::adopt(tx, later, &names, false).await.unwrap(), 0, "it is taken");
    assert_eq!(lineage::measured(tx, tuned).await.unwrap(), from_ref(&base.0));
    assert_eq!(lineage::direct(tx, tuned, 9).await.unwrap(), (1, 0));
    assert_eq!(lineage::direct(tx, base, 9).await.unwrap(), (0, 1), "in two ways, and one work");
    assert_eq!(lineage::direct(tx, base, 0).await.unwrap(), (0, 0));
    let pair = (tuned.clone(), base.clone());
    for owner in [&cast.ada.id, &cast.bob.id] {
        assert_eq!(
            lineage::unnamed(tx, owner, (&[], false), 9).await.unwrap(),
            from_ref(&pair),
            "told to both owners"
        );
    }
    assert_eq!(lineage::unnamed(tx, &cast.cy.id, (&[], false), 9).await.unwrap(), []);
    lineage::compare_with_said(tx, tuned).await.unwrap();
    assert_eq!(lineage::unnamed(tx, &cast.bob.id, (&[], false), 9).await.unwrap(), [], "it says so");
    assert_eq!(lineage::measured(tx, base).await.unwrap(), Vec::<String>::new());
    let below = lineage::below(tx, from_ref(base), None, 9).await.unwrap();
    assert_eq!(below.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(), ["declared", "measured"]);
    assert_eq!(lineage::below(tx, from_ref(base), None, 1).await.unwrap(), below[..1]);
    assert_eq!(
        lineage::below(tx, from_ref(base), below.first(), 9).await.unwrap(),
        below[1..],
        "the next page"
    );
    assert_eq!(lineage::below(tx, from_ref(base), below.last(), 9).await.unwrap(), []);

    let seen = [("finetune".to_owned(), "models/ada/lin-base".to_owned())];
    assert_eq!(lineage::end_others(tx, tuned, "declared", &seen, at(8)).await.unwrap(), 0);
    assert_eq!(lineage::end_others(tx, tuned, "declared", &[], at(8)).await.unwrap(), 1);
    assert_eq!(lineage::end_others(tx, tuned, "declared", &[], at(9)).await.unwrap(), 0, "it ended already");
    assert_eq!(lineage::above(tx, from_ref(tuned), 9).await.unwrap()[1].gone, Some(at(8).0));
    // What is said again is said from then on; what was before stays.
    let anew = Derivation { since: at(10), ..derivation(tuned, "declared", "models/ada/lin-base", None) };
    lineage::put(tx, &anew).await.unwrap();
    let all = lineage::above(tx, from_ref(tuned), 9).await.unwrap();
    let moments: Vec<(i64, Option<i64>)> =
        all.iter().filter(|one| one.state == "declared").map(|one| (one.since.0, one.gone)).collect();
    assert_eq!(moments, [(at(10).0, None), (at(1).0, Some(at(8).0))]);
    assert_eq!(lineage::forget(tx, tuned, 1).await.unwrap(), 0);
    lineage::end_others(tx, tuned, "declared", &[], at(11)).await.unwrap();
    assert_eq!(lineage::forget(tx, tuned, 1).await.unwrap(), 1, "the last is kept");

    let own = NewWord {
        child: tuned,
        parent: "models/ada/lin-base",
        member: &cast.bob.id,
        of_child: true,
        contests: true,
        words: "It is my own.",
    };
    for words in ["What?", own.words] {
        lineage::add_word(tx, &NewWord { words, ..own }, at(3)).await.unwrap();
    }
    let answer =
        NewWord { member: &cast.ada.id, of_child: false, contests: false, words: "Look at layer 3.", ..own };
    lineage::add_word(tx, &answer, at(4)).await.unwrap();
    assert_eq!(lineage::said(tx, tuned, own.parent, true).await.unwrap(), 2);
    assert_eq!(lineage::said(tx, base, own.parent, true).await.unwrap(), 0);
    assert_eq!(lineage::words(tx, from_ref(tuned), (2, 9)).await.unwrap().len(), 3);
    let words = lineage::words(tx, &[tuned.clone(), base.clone()], (1, 9)).await.unwrap();
    let told: Vec<(&str, bool, &str)> =
        words.iter().map(|one| (one.member.as_str(), one.contests, one.words.as_str())).collect();
    assert_eq!(
        told,
        [
            (cast.bob.name.as_str(), true, "It is my own."),
            (cast.ada.name.as_str(), false, "Look at layer 3.")
        ]
    );

    repos::set_visibility(tx, later, Some(true), None).await.unwrap();
    let ids = [base.clone(), later.clone(), RepoId("nobody".into())];
    let names = |all: Vec<repos::Repo>| all.into_iter().map(|repo| repo.id).collect::<Vec<_>>();
    let public = repos::list_seen_by_id(tx, &ids, &[], false).await.unwrap();
    assert_eq!(names(public), *from_ref(base));
    let mine = repos::list_seen_by_id(tx, &ids, from_ref(&cast.cy.id), false).await.unwrap();
    assert_eq!(mine.len(), 2);
    assert_eq!(repos::list_seen_by_id(tx, &ids, &[], true).await.unwrap().len(), 2);
}
