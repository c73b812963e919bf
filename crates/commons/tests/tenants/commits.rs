//! Commits at once, and commits whose sender lost the right on the way.

use seedcorn_commons::access::Propose;
use seedcorn_commons::admin;
use seedcorn_commons::publish::{self, CommitHeader, Draft, Target};
use seedcorn_commons::repo;
use seedcorn_commons::{Commons, Refusal, authorize};
use seedcorn_core::access::Actor;
use seedcorn_core::digest::Oid;
use seedcorn_core::repo::RepoKind;

use crate::world::{World, fsck_is_clean, noise};

async fn commit_text(commons: &Commons, actor: &Actor, n: usize) -> Result<Oid, Refusal> {
    let grant = authorize::<Propose>(commons, Some(actor), RepoKind::Model, "alice/open").await?;
    let mut draft = Draft::begin(commons, grant, Target::new("main", false)).await?;
    // Some have so many bytes that their blobs are stored apart.
    draft.put(format!("d{}/f{n}.txt", n % 7), noise(n as u64, 1 + (n % 3) * 60_000)).await?;
    draft
        .finish(CommitHeader { summary: format!("number {n}"), ..CommitHeader::default() })
        .await
        .map(|c| c.oid)
}

#[tokio::test]
async fn commits_of_two_processes_at_once_all_succeed() {
    let world = World::new().await;
    let mut running = tokio::task::JoinSet::new();
    for (process, commons) in [world.commons.clone(), world.cold().await].into_iter().enumerate() {
        let alice = world.alice.clone();
        running.spawn(async move {
            for n in 0..12 {
                commit_text(&commons, &alice, process * 100 + n).await.unwrap();
            }
        });
    }
    running.join_all().await;
    let see = world.grant(&world.alice, "alice/open").await;
    let history = publish::refs::history(&world.commons, &see, publish::refs::From::Revision("main", 0), 100)
        .await
        .unwrap()
        .commits;
    assert_eq!(history.len(), 25);
    assert!(history.windows(2).all(|pair| pair[0].parents().eq([pair[1].oid])), "the history is no line");
    let head = seedcorn_commons::browse::revision(&world.commons, &see, "main").await.unwrap();
    let files = seedcorn_commons::browse::all_files(&world.commons, &see, &head, 100).await.unwrap();
    assert_eq!(files.len(), 25, "every commit's file, and .gitattributes");
    fsck_is_clean(&world.commons).await;
}

#[tokio::test]
async fn what_was_allowed_when_a_commit_began_is_asked_again_at_its_end() {
    let world = World::new().await;
    let begun = || async {
        let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
        let mut draft = Draft::begin(&world.commons, grant, Target::new("main", false)).await.unwrap();
        draft.put("a.txt".into(), b"a".to_vec()).await.unwrap();
        draft
    };
    let header = || CommitHeader { summary: "late".into(), ..CommitHeader::default() };
    let (one, other) = (begun().await, begun().await);
    let admin = world.grant(&world.alice, "alice/open").await;
    repo::delete(&world.commons, &admin).await.unwrap();
    let refused = one.finish(header()).await;
    assert!(matches!(refused, Err(Refusal::Unseen)), "{refused:?}");
    admin::revoke_token(world.commons.database(), world.alice.token.as_str(), world.commons.now())
        .await
        .unwrap();
    let refused = other.finish(header()).await;
    assert!(matches!(refused, Err(Refusal::BadToken)), "{refused:?}");
}

#[tokio::test]
async fn who_lost_the_role_while_a_commit_was_on_its_way_does_not_move_the_branch() {
    let world = World::new().await;
    let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
    let mut draft = Draft::begin(&world.commons, grant, Target::new("main", false)).await.unwrap();
    draft.put("a.txt".into(), b"a".to_vec()).await.unwrap();
    // The repo goes to somebody else; as a stranger with a token she may still propose.
    let mut tx = world.commons.database().write().await.unwrap();
    let sql = "UPDATE repo SET namespace = $1 WHERE namespace = $2 AND name = 'open'";
    tx.run(sql, (world.bob.member.as_str(), world.alice.member.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    let header = CommitHeader { summary: "late".into(), ..CommitHeader::default() };
    let refused = draft.finish(header).await;
    assert!(matches!(refused, Err(Refusal::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn fifty_commits_at_once_make_one_line() {
    let world = World::new().await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..50 {
        let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
        let commons = world.commons.clone();
        running.spawn(async move {
            let mut draft = Draft::begin(&commons, grant, Target::new("main", false)).await.unwrap();
            draft.put(format!("d{}/f{n}.txt", n % 7), format!("{n}").into_bytes()).await.unwrap();
            let header = CommitHeader { summary: format!("number {n}"), ..CommitHeader::default() };
            draft.finish(header).await.unwrap().oid
        });
    }
    let made: std::collections::BTreeSet<_> = running.join_all().await.into_iter().collect();
    assert_eq!(made.len(), 50);
    let see = world.grant(&world.alice, "alice/open").await;
    let history = publish::refs::history(&world.commons, &see, publish::refs::From::Revision("main", 0), 100)
        .await
        .unwrap()
        .commits;
    assert_eq!(history.len(), 51);
    assert!(history.windows(2).all(|pair| pair[0].parents().eq([pair[1].oid])), "the history is no line");
    let head = seedcorn_commons::browse::revision(&world.commons, &see, "main").await.unwrap();
    let files = seedcorn_commons::browse::all_files(&world.commons, &see, &head, 100).await.unwrap();
    assert_eq!(files.len(), 51, "every commit's file, and .gitattributes");

    let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
    let draft = Draft::begin(&world.commons, grant, Target::new("main", false)).await.unwrap();
    let parent = Some(history[3].oid.to_string());
    let header = CommitHeader { summary: "late".into(), parent, ..CommitHeader::default() };
    assert!(matches!(draft.finish(header).await, Err(Refusal::Stale)));
}
