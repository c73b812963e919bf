//! What is told of weights: which tensors changed, and how many bytes are new.

use seedcorn_commons::access::See;
use seedcorn_commons::changes::{Weight, weigh};
use seedcorn_commons::{browse, publish};

use crate::world::{Step, World};

const TENSOR: usize = 256 * 1024;

/// Bytes that look like noise, as weights do.
fn noise(name: &str) -> Vec<u8> {
    let mut bytes = vec![0; TENSOR];
    blake3::Hasher::new().update(name.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// A safetensors file of F32 tensors in this order.
fn safetensors(tensors: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut header, mut at) = (serde_json::Map::new(), 0);
    for (name, bytes) in tensors {
        let end = at + bytes.len();
        let shape = [bytes.len() / 4];
        let entry = serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [at, end] });
        header.insert(name.clone(), entry);
        at = end;
    }
    let json = serde_json::to_vec(&header).unwrap();
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(&json);
    tensors.iter().for_each(|(_, bytes)| file.extend_from_slice(bytes));
    file
}

fn model() -> Vec<(String, Vec<u8>)> {
    (0..24).map(|n| format!("layer.{n}.weight")).map(|name| (name.clone(), noise(&name))).collect()
}

async fn weight(world: &World, commit: &str) -> Weight {
    let grant = world.grant::<See>("work").await;
    let commit = browse::revision(&world.commons, &grant, commit).await.unwrap();
    weigh(&world.commons, &grant, &commit).await.unwrap()
}

#[tokio::test]
async fn one_tensor_of_many() {
    let world = World::new().await;
    world.repo("work", false).await;
    let mut tensors = model();
    let before = safetensors(&tensors);
    let first = world.commit("work", "main", "Begin", &[Step::Large("m.safetensors", &before)]).await;
    let found = weight(&world, &first).await;
    assert_eq!(found, Weight { new: before.len() as u64, shared: 0, whole: true });

    // One byte in the middle of one tensor, one tensor more, one gone: the header has another length, so everything
    // lies elsewhere in the file.
    tensors[11].1[TENSOR / 2] ^= 1;
    tensors.remove(3);
    tensors.push(("head.<b>weight</b>".into(), noise("head")));
    let after = safetensors(&tensors);
    let second = world.commit("work", "main", "Tune", &[Step::Large("m.safetensors", &after)]).await;
    let page = world.read(&format!("/ada/work/commit/{second}")).await;
    assert!(page.words().contains("1 tensor changed, 22 unchanged, 1 added, 1 removed"), "{}", page.words());
    let rows: Vec<_> = page.elements.iter().filter(|e| e.name == "tr").map(|row| row.text.clone()).collect();
    let told = |name: &str, fate: &str| rows.iter().any(|row| row.contains(name) && row.contains(fate));
    assert!(told("layer.11.weight", "changed") && told("layer.3.weight", "removed"), "{rows:?}");
    assert!(told("head.<b>weight</b>", "added"), "{rows:?}");
    assert!(!rows.iter().any(|row| row.contains("layer.12.weight")), "{rows:?}");

    let found = weight(&world, &second).await;
    assert!(found.whole && found.new + found.shared == after.len() as u64, "{found:?}");
    // The new tensor, and the chunks around the byte, around the tensor that is gone, and of the header.
    let most = TENSOR as u64 + 5 * 128 * 1024;
    assert!((TENSOR as u64..most).contains(&found.new), "{found:?}");
    let figures = page.texts("dd");
    let mb = |bytes: u64| {
        let kb = bytes as f64 / 1000.0;
        if kb < 999.5 { format!("{kb:.0} kB") } else { format!("{:.2} MB", kb / 1000.0) }
    };
    assert!(figures.contains(&mb(found.new).as_str()), "{} not in {figures:?}", mb(found.new));
    assert!(figures.contains(&mb(found.shared).as_str()), "{} not in {figures:?}", mb(found.shared));
    let bar = page.elements.iter().find(|e| e.name == "rect" && e.get("class") == Some("a")).unwrap();
    let share = found.new * 100 / (found.new + found.shared);
    assert_eq!(bar.get("width"), Some(&*share.to_string()));

    let history = world.read("/ada/work/commits/main").await;
    let told = format!("{} new, {} shared", mb(found.new), mb(found.shared));
    assert!(history.texts("td").contains(&told.as_str()), "{:?}", history.texts("td"));

    // A copy at another path has nothing new, though the tree's difference does not show where it was.
    let third = world.commit("work", "main", "Copy", &[Step::Large("copy.safetensors", &after)]).await;
    assert_eq!(weight(&world, &third).await, Weight { new: 0, shared: after.len() as u64, whole: true });
    // What a later commit has is not shared by an earlier one.
    let other = World::new().await;
    other.repo("work", false).await;
    let one = other.commit("work", "main", "Begin", &[Step::Large("m.safetensors", &before)]).await;
    other.commit("work", "main", "Again", &[Step::Large("n.safetensors", &before)]).await;
    assert_eq!(weight(&other, &one).await.shared, 0);
}

#[tokio::test]
async fn all_tensors_reshaped_ones_and_what_is_no_such_file() {
    let world = World::new().await;
    world.repo("work", false).await;
    let tensors = model();
    let first = [
        Step::Large("m.safetensors", &safetensors(&tensors)),
        Step::Large("bad.safetensors", b"<script>no tensors</script>"),
        Step::Put("small.txt", b"seven\n"),
    ];
    world.commit("work", "main", "Begin", &first).await;
    let mut tuned: Vec<_> =
        tensors.iter().map(|(name, _)| (name.clone(), noise(&format!("{name}!")))).collect();
    tuned[0].1.truncate(TENSOR / 2);
    let second = [
        Step::Large("m.safetensors", &safetensors(&tuned)),
        Step::Large("bad.safetensors", &[0xff; 4000]),
        Step::Put("small.txt", b"seven and two\n"),
    ];
    let second = world.commit("work", "main", "Tune all", &second).await;
    let page = world.read(&format!("/ada/work/commit/{second}")).await;
    assert!(page.words().contains("23 tensors changed, 1 reshaped"), "{}", page.words());
    assert!(page.words().contains("F32 [65536] → F32 [32768]"), "{}", page.words());
    assert!(page.words().contains("Its tensors cannot be compared: "), "{}", page.words());
    let found = weight(&world, &second).await;
    assert!(found.whole && found.shared == 0, "{found:?}");
    let (weights, small) = (safetensors(&tuned).len() as u64 + 4000, b"seven and two\n".len() as u64);
    assert_eq!(found.new, weights + small);
    // Squashed, it is all new: there is no parent.
    let grant = world.grant("work").await;
    let header = publish::CommitHeader { summary: "One".into(), ..publish::CommitHeader::default() };
    publish::squash(&world.commons, &grant, "main", header).await.unwrap();
    let squashed = weight(&world, "main").await;
    assert!(squashed.shared == 0 && squashed.new >= weights + small, "{squashed:?}");
}
