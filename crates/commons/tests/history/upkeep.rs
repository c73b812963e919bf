//! Upkeep: a long history in few packs, nothing lost on the way, and what nobody wants removed in time.

use futures_util::{FutureExt, StreamExt};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Propose, Read};
use seedcorn_commons::publish::{self, BatchAnswer, LfsObject};
use seedcorn_commons::pull;
use seedcorn_commons::upkeep::{Done, merge_packs, often, thorough};
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::limits;
use seedcorn_db::git;

use crate::world::{World, finish};

/// The depot goes by the real clock; this is longer than anything is kept by either.
const LONG_SECS: i64 = 20 * 365 * 24 * 3600;

async fn packs(world: &World) -> Vec<git::Pack> {
    git::list_packs(&mut world.commons.database().read().await.unwrap(), &world.repo).await.unwrap()
}

fn text(n: usize) -> String {
    format!("{n} ").repeat(1000)
}

async fn commit(world: &World, n: usize) -> Oid {
    let mut draft = world.draft().await;
    draft.put(format!("notes/{}.txt", n % 7), text(n).into_bytes()).await.unwrap();
    draft.put(format!("notes/{n}/own.txt"), vec![b'x'; n]).await.unwrap();
    finish(draft, &n.to_string()).await.unwrap()
}

async fn assert_reads(world: &World, at: Oid, n: usize) {
    let read = world.grant::<Read>().await;
    let path = format!("notes/{}.txt", n % 7);
    let located = pull::locate(&world.commons, &read, &at.to_string(), &path, false).await.unwrap();
    let stream = pull::stream(&world.commons, &located, 0..located.bytes).await.unwrap();
    let bytes: Vec<_> = stream.map(Result::unwrap).collect().await;
    assert_eq!(bytes.concat(), text(n).as_bytes(), "{path} at {n}");
}

#[tokio::test]
async fn a_long_history_is_kept_in_few_packs() {
    let world = World::new().await;
    let mut commits = Vec::new();
    for n in 0..100 {
        commits.push(commit(&world, n).await);
        if n % 10 == 0 {
            often(&world.commons).await.unwrap();
            let now = packs(&world).await.len();
            assert!(now <= limits::PACKS_MAX + 10, "{now} packs after {n} commits");
        }
    }
    assert!(packs(&world).await.iter().any(|pack| pack.origin == "compact" && !pack.thin));
    for (n, at) in commits.iter().enumerate() {
        assert_reads(&world, *at, n).await;
    }
    world.assert_sound().await;

    // After a day the merged packs are gone, and another process, whose caches are empty, reads everything.
    let before = packs(&world).await;
    assert_eq!(thorough(&world.commons).await.unwrap(), Done::default(), "not yet");
    world.wait(limits::SUPERSEDED_PACK_SECS + 1);
    let done = thorough(&world.commons).await.unwrap();
    assert!(done.packs >= 60, "{done:?}");
    assert_eq!(packs(&world).await.len(), before.len());
    let stored = before.iter().filter(|pack| pack.place.is_some()).count();
    assert_eq!(world.depot().len(), 2 * stored, "a pack and an index each, and nothing else");
    let world = world.reopen().await;
    for (n, at) in commits.iter().enumerate() {
        assert_reads(&world, *at, n).await;
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn commits_and_two_mergers_at_once_lose_nothing() {
    let world = World::new().await;
    let mut commits = Vec::new();
    for round in 0..6 {
        for n in 0..25 {
            commits.push(commit(&world, round * 100 + n).await);
        }
        let merge = || merge_packs(&world.commons, &world.repo);
        let (one, other, at) = tokio::join!(merge(), merge(), commit(&world, round * 100 + 25));
        one.unwrap();
        other.unwrap();
        commits.push(at);
    }
    assert!(packs(&world).await.len() <= limits::PACKS_MAX + 26);
    world.wait(limits::SUPERSEDED_PACK_SECS + 1);
    thorough(&world.commons).await.unwrap();
    let world = world.reopen().await;
    for (at, n) in commits.iter().zip((0..6).flat_map(|round| (0..26).map(move |n| round * 100 + n))) {
        assert_reads(&world, *at, n).await;
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn an_upload_that_nobody_completes_is_given_up() {
    let world = World::new().await;
    let grant = world.grant::<Propose>().await;
    let object = LfsObject { sha256: Sha256([1; 32]), bytes: 5 << 20 };
    let answers = publish::batch(&world.commons, &grant, std::slice::from_ref(&object), true).await.unwrap();
    let [BatchAnswer::Multipart { parts, .. }] = &answers[..] else { panic!("{answers:?}") };
    let open = publish::open_transfer(&world.commons, &parts[0]).await.unwrap();
    let body = || futures_util::stream::iter([Ok::<_, std::io::Error>(vec![7; 1 << 20].into())]);
    publish::receive_part(&world.commons, &open, body()).await.unwrap();
    world.wait(limits::UPLOAD_SECS - 1);
    assert_eq!(thorough(&world.commons).await.unwrap().uploads, 0);
    assert_eq!(world.depot().len(), 1);
    world.wait(2);
    let part = world.depot().remove(0);
    assert_eq!(thorough(&world.commons).await.unwrap().uploads, 1);
    assert!(world.depot().is_empty());

    // A part that was on its way is stored after the end; those of an upload that goes on are as old as it is.
    std::fs::create_dir_all(part.parent().unwrap()).unwrap();
    for name in ["1", "2", "left.tmp"] {
        std::fs::write(part.with_file_name(name), "late").unwrap();
    }
    assert_eq!(thorough(&world.commons).await.unwrap(), Done::default(), "too young");
    world.wait(LONG_SECS);
    let answers = publish::batch(&world.commons, &grant, &[object], true).await.unwrap();
    let [BatchAnswer::Multipart { parts, .. }] = &answers[..] else { panic!("{answers:?}") };
    let open = publish::open_transfer(&world.commons, &parts[0]).await.unwrap();
    publish::receive_part(&world.commons, &open, body()).await.unwrap();
    assert_eq!(thorough(&world.commons).await.unwrap(), Done { parts: 2, ..Done::default() });
    let left = world.depot();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&part.with_file_name("left.tmp")), "what has no part's path is nobody's to remove");
}

#[tokio::test]
async fn xorbs_that_no_row_speaks_of_are_removed_after_a_day() {
    let world = World::new().await;
    let sum = world.send(vec![3; 200_000]).await;
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let long = world.send(bytes.clone()).await;
    let mut draft = world.draft().await;
    draft.put_large("small".into(), sum, None).unwrap();
    draft.put_large("long".into(), long, None).unwrap();
    finish(draft, "files").await.unwrap();
    let kept = world.depot();
    assert_eq!(kept.len(), 1);
    std::fs::copy(&kept[0], kept[0].with_file_name(format!("{}-left", &"ab".repeat(32)))).unwrap();
    let name = kept[0].file_name().unwrap().to_str().unwrap().split_once('-').unwrap().0.to_owned();
    std::fs::copy(&kept[0], kept[0].with_file_name(format!("{name}-second"))).unwrap();
    assert_eq!(thorough(&world.commons).await.unwrap().xorbs, 0, "too young");
    world.wait(LONG_SECS);
    assert_eq!(thorough(&world.commons).await.unwrap().xorbs, 1);
    assert_eq!(world.depot().len(), 2, "what has no xorb's path is nobody's to remove");
    world.assert_sound().await;
}

/// A commit whose pack goes to the depot before it waits for its turn.
async fn large(world: &World, name: &str) -> Result<Oid, Refusal> {
    let mut draft = world.draft().await;
    draft.put(name.to_owned(), noise()).await?;
    finish(draft, name).await
}

fn noise() -> Vec<u8> {
    (0..50_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// Goes on with a commit until the depot holds so many files. A commit does not end in that moment: it asks the database
/// before and after.
async fn until_stored(
    world: &World,
    commit: &mut (impl Future<Output = Result<Oid, Refusal>> + Unpin),
    files: usize,
) {
    while world.depot().len() < files {
        assert!(commit.now_or_never().is_none(), "it ended with {:?}", world.depot());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn packs_whose_row_never_came_are_removed_after_a_day() {
    let world = World::new().await;
    let mut broken = Box::pin(large(&world, "a"));
    until_stored(&world, &mut broken, 2).await;
    drop(broken);
    let strays = world.depot();
    // The same pack again: it does not lean on what is there.
    let at = large(&world, "a").await.unwrap();
    let both = world.depot();
    assert_eq!(both.len(), 4, "{both:?}");
    let id = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap()[..40].to_owned();
    assert!(both.iter().all(|path| id(path) == id(&strays[0])), "{both:?}");
    assert_eq!(thorough(&world.commons).await.unwrap(), Done::default(), "too young");
    world.wait(LONG_SECS);
    assert_eq!(thorough(&world.commons).await.unwrap(), Done { stray_packs: 2, ..Done::default() });
    assert!(strays.iter().all(|path| !path.exists()), "{strays:?}");
    assert_eq!(world.depot().len(), 2);

    let world = world.reopen().await;
    let read = world.grant::<Read>().await;
    let located = pull::locate(&world.commons, &read, &at.to_string(), "a", false).await.unwrap();
    let stream = pull::stream(&world.commons, &located, 0..located.bytes).await.unwrap();
    assert_eq!(stream.map(Result::unwrap).collect::<Vec<_>>().await.concat(), noise());
    world.assert_sound().await;
}

#[tokio::test]
async fn a_commit_that_waited_until_its_pack_may_be_swept_is_refused() {
    let world = World::new().await;
    for (wait, goes) in [(limits::STRAY_SECS / 2, true), (limits::STRAY_SECS / 2 + 1, false)] {
        let name = wait.to_string();
        let before = world.depot().len();
        let mut commit = Box::pin(large(&world, &name));
        // The index is still to come, so it has surely not asked for the time yet.
        until_stored(&world, &mut commit, before + 1).await;
        world.wait(wait);
        match commit.await {
            Ok(_) => assert!(goes),
            Err(refusal) => assert!(!goes && matches!(refusal, Refusal::Slow(_)), "{refusal:?}"),
        }
    }
    world.assert_sound().await;
}
