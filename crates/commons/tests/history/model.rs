//! Any sequence of commits read back equals a plain map, and any range of any file equals the bytes that were sent.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::StreamExt;
use proptest::prelude::*;
use seedcorn_commons::access::{Read, See};
use seedcorn_commons::{browse, pull};

use crate::world::{World, finish};

/// An operation of a commit. Paths are drawn from few names, so that they meet.
#[derive(Clone, Debug)]
enum Op {
    Put(String, Vec<u8>),
    PutLarge(String, usize, u64),
    Delete(String),
    DeleteFolder(String),
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "é"]), 1..4)
        .prop_map(|parts| parts.join("/"))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (path(), prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(path, bytes)| Op::Put(path, bytes)),
        2 => (path(), 1_usize..400_000, 0_u64..4).prop_map(|(path, len, seed)| Op::PutLarge(path, len, seed)),
        2 => path().prop_map(Op::Delete),
        1 => path().prop_map(Op::DeleteFolder),
    ]
}

/// Bytes that share long runs with each other, so that deduplication has something to find.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().update(b"shared").finalize_xof().fill(&mut out);
    let changed = len.min(10_000 * seed as usize);
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out[..changed]);
    out
}

type Model = BTreeMap<String, Vec<u8>>;

fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What the operation does to a plain map; false, and nothing done, if it cannot be.
fn apply(model: &mut Model, op: &Op) -> bool {
    let fits =
        |model: &Model, path: &str| !model.keys().any(|there| below(there, path) || below(path, there));
    match op {
        Op::Put(path, bytes) if fits(model, path) => {
            model.insert(path.clone(), bytes.clone());
            true
        }
        Op::PutLarge(path, len, seed) if fits(model, path) => {
            model.insert(path.clone(), noise(*seed, *len));
            true
        }
        Op::Put(..) | Op::PutLarge(..) => false,
        Op::Delete(path) => {
            let before = model.len();
            model.retain(|there, _| there != path && !below(there, path));
            model.len() < before
        }
        Op::DeleteFolder(path) => {
            let before = model.len();
            model.retain(|there, _| !below(there, path));
            model.len() < before
        }
    }
}

impl World {
    async fn commit(&self, ops: &[Op]) -> bool {
        let mut draft = self.draft().await;
        for op in ops {
            match op.clone() {
                Op::Put(path, bytes) => draft.put(path, bytes).await.unwrap(),
                Op::PutLarge(path, len, seed) => {
                    let sum = self.send(noise(seed, len)).await;
                    draft.put_large(path, sum, Some(len as u64)).unwrap();
                }
                Op::Delete(path) => draft.delete_file(path).unwrap(),
                Op::DeleteFolder(path) => draft.delete_folder(path).unwrap(),
            }
        }
        finish(draft, "s").await.is_ok()
    }

    async fn check(&self, model: &Model, cut: (f64, f64)) {
        let see = self.grant::<See>().await;
        let head = browse::revision(&self.commons, &see, "main").await.unwrap();
        let files = browse::all_files(&self.commons, &see, &head, 1000).await.unwrap();
        let names: Vec<&str> =
            files.iter().map(|file| file.path.as_str()).filter(|path| *path != ".gitattributes").collect();
        let mut expected: Vec<&str> = model.keys().map(String::as_str).collect();
        expected.sort_unstable();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        let read = self.grant::<Read>().await;
        for (path, bytes) in model {
            let located = pull::locate(&self.commons, &read, "main", path, true).await.unwrap();
            assert_eq!(located.bytes, bytes.len() as u64, "{path}");
            let at = |share: f64| (share * bytes.len() as f64) as u64;
            let (from, to) = (at(cut.0.min(cut.1)), at(cut.0.max(cut.1)));
            for range in [0..located.bytes, from..to] {
                let stream = pull::stream(&self.commons, &located, range.clone()).await.unwrap();
                let got: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
                assert!(got.concat() == bytes[range.start as usize..range.end as usize], "{path} {range:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn commits_read_back_as_a_map_does(
        commits in prop::collection::vec(prop::collection::vec(op(), 0..6), 1..8),
        cut in (0.0..=1.0_f64, 0.0..=1.0_f64),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut model = Model::new();
            for ops in &commits {
                let mut next = model.clone();
                let possible = ops.iter().all(|op| apply(&mut next, op));
                assert_eq!(world.commit(ops).await, possible, "{ops:?} after {:?}", model.keys());
                if possible {
                    model = next;
                }
            }
            world.check(&model, cut).await;
            world.assert_sound().await;
        });
    }
}
