//! Writes the seeds from which fuzzing starts into `corpus`: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.
//! Always the same bytes. What else lies in `corpus` was found later and is left alone.
#![expect(clippy::unwrap_used, reason = "whoever runs this reads what went wrong")]

mod texts;
use libfuzzer_sys as _;

use std::io::Write;
use std::path::Path;

use seedcorn_content::git::{
    Commit, IndexRow, Kind, Mode, Signature, TreeEntry, oid_of, render_index, render_tree, tree_delta,
};
use seedcorn_content::xet::hash::{chunk_hash, xorb_hash};
use seedcorn_content::xet::shard::{FileRecord, Shard, Term, XorbRecord, render_upload};
use seedcorn_content::xet::xorb::{Builder, XorbIndex};
use seedcorn_core::digest::Oid;
use seedcorn_core::log::{AddCheckpoint, By, Checkpoint, Event, Happened, Proof, Subject, leaf_hash};
use seedcorn_core::note::{KeyKind, SignerKey};
use seedcorn_core::time::Time;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vectors = root.join("../crates/content/tests/vectors");
    let vector = |name: &str| std::fs::read(vectors.join(name));
    let mut seeds = vec![
        ("xorb", "vector", vector("xorb.bin")?),
        ("shard", "vector-upload", vector("shard_upload.bin")?),
        ("shard", "vector-with-footer", vector("shard_with_footer.bin")?),
        ("shard", "vector-answer", vector("dedup_answer.bin")?),
    ];
    xet(&mut seeds);
    frames(&mut seeds);
    git(&mut seeds);
    log(&mut seeds)?;
    formats(&mut seeds, &root.join("../crates/formats/tests/data"))?;
    seeds.extend(texts::FORMS.iter().map(|(name, text)| ("multipart", *name, text.as_bytes().to_vec())));
    seeds.extend(texts::LINES.iter().map(|(name, text)| ("ndjson", *name, text.as_bytes().to_vec())));
    seeds.extend(texts::CARDS.iter().map(|(name, text)| ("card", *name, text.as_bytes().to_vec())));
    let citations = texts::CITATIONS.iter();
    seeds.extend(citations.map(|(name, text)| ("citation", *name, text.as_bytes().to_vec())));
    for (target, name, bytes) in seeds {
        let folder = root.join("corpus").join(target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

/// See the targets: a safetensors header without its length, a Parquet file with its footer first.
fn formats(seeds: &mut Seeds, folder: &Path) -> anyhow::Result<()> {
    let file = |name: &str| std::fs::read(folder.join(name));
    for name in ["data.zip", "call.zip", "call.pax.tar.gz"] {
        seeds.push(("scan", name, file(&format!("scan/{name}"))?));
    }
    let tensors = file("model.safetensors")?;
    let json = u64::from_le_bytes(*tensors.first_chunk().unwrap()) as usize;
    seeds.push(("safetensors", "library", tensors[8..8 + json].to_vec()));
    seeds.push(("gguf", "little", file("little.gguf")?));
    seeds.push(("gguf", "big", file("big.gguf")?));
    for (name, path) in [
        ("lz4", "encodings.lz4.parquet"),
        ("zstd-second-pages", "encodings.zstd.v2.parquet"),
        ("nested-zstd", "nested.zstd.parquet"),
        ("nested-gzip", "nested.gzip.v2.parquet"),
        ("many-pages", "pages.parquet"),
        ("int96", "int96.parquet"),
        ("no-rows", "empty.parquet"),
    ] {
        let file = file(path)?;
        let (rest, size) = file[..file.len() - 4].split_last_chunk::<4>().unwrap();
        let (columns, footer) = rest.split_at(rest.len() - u32::from_le_bytes(*size) as usize);
        seeds.push(("parquet", name, parted(footer, &columns[4..])));
    }
    seeds.extend(texts::HEADERS.iter().map(|(name, text)| ("safetensors", *name, text.as_bytes().to_vec())));
    seeds.extend(texts::TABLES.iter().map(|(name, text)| ("table", *name, text.as_bytes().to_vec())));
    Ok(())
}

/// A log of one entry: what it says of itself, and what it is asked and answered.
fn log(seeds: &mut Seeds) -> anyhow::Result<()> {
    let key = SignerKey::new("a.example/log/1", KeyKind::Signer, &[1; 32])?;
    let witness = SignerKey::new("w.example/witness", KeyKind::Cosigner, &[2; 32])?;
    let subject = Subject { id: "r1".into(), kind: "model".into(), name: "ada/one".into() };
    let by = By { id: "m1".into(), via: "member".into() };
    let what = (Happened::Publish, serde_json::json!({ "gated": "" }));
    let entry = Event::following(None, what, subject, by, Time::from_secs(1_767_355_200)).bytes()?;
    let checkpoint =
        Checkpoint { origin: key.verifier().name().to_owned(), size: 1, root: leaf_hash(&entry) };
    let note = key.sign(&checkpoint.text())?;
    let seen = format!("{note}{}", witness.cosign(&checkpoint.text(), 1_767_355_200)?);
    let asked = AddCheckpoint { old: 0, proof: Vec::new(), checkpoint: note.clone() };
    let proof = Proof { entry: entry.clone(), index: 0, hashes: Vec::new(), checkpoint: seen.clone() };
    let policy = format!(
        "log {}\nwitness w {} https://w.example/witness\ngroup g any w\nquorum g\n",
        key.verifier(),
        witness.verifier()
    );
    let bundle = [&(entry.len() as u16).to_be_bytes()[..], &entry].concat();
    for (name, bytes) in [
        ("entry", entry),
        ("bundle", bundle),
        ("checkpoint", seen.into_bytes()),
        ("request", asked.text().into_bytes()),
        ("proof", proof.to_string().into_bytes()),
        ("policy", policy.into_bytes()),
        ("tile", b"tile/1/x001/234.p/7".to_vec()),
        ("key", key.verifier().to_string().into_bytes()),
    ] {
        seeds.push(("log", name, bytes));
    }
    Ok(())
}

type Seeds = Vec<(&'static str, &'static str, Vec<u8>)>;

/// Bytes that do not compress, always the same.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let step = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(step).collect()
}

fn built(chunks: &[Vec<u8>]) -> (XorbIndex, Vec<u8>) {
    let (mut builder, mut body) = (Builder::default(), Vec::new());
    for chunk in chunks {
        builder.push(chunk_hash(chunk), chunk, &mut body).unwrap();
    }
    (builder.finish().unwrap(), body)
}

fn xet(seeds: &mut Seeds) {
    let words = b"all sorts of words, all sorts of bytes; ".repeat(20);
    let floats: Vec<u8> = (0..300u16).flat_map(|n| (f32::from(n) * 0.25).to_le_bytes()).collect();
    let chunks = [noise(100), words, floats, vec![0; 70_000], b"x".to_vec()];
    let (index, body) = built(&chunks);
    let mut footer = Vec::new();
    index.render_footer(&mut footer);
    seeds.push(("xorb", "one-byte", built(&[b"x".to_vec()]).1));
    seeds.push(("xorb", "plain", built(&[noise(100), noise(7)]).1));
    seeds.push(("xorb", "cut-short", body[..body.len() - 1].to_vec()));
    seeds.push(("xorb", "with-footer", [body.clone(), footer.clone()].concat()));
    seeds.push(("xorb", "all-schemes", body));
    seeds.push(("xorb", "footer", footer));

    let sized: Vec<_> = index.sized_chunks().map(|(hash, len)| (hash, u64::from(len))).collect();
    let term = Term { xorb: index.hash, raw_bytes: index.raw_bytes(), start: 0, end: index.len() };
    let file = |verification, sha256| FileRecord {
        hash: xorb_hash(&sized),
        terms: vec![term, Term { raw_bytes: 100, end: 1, ..term }],
        verification,
        sha256,
    };
    let hash = chunk_hash(b"x");
    let files = vec![
        file(None, None),
        file(Some(vec![hash, hash]), None),
        file(None, Some(hash.into())),
        file(Some(vec![hash, hash]), Some(hash.into())),
    ];
    let empty = FileRecord { hash, terms: Vec::new(), verification: Some(Vec::new()), sha256: None };
    let xorbs = vec![XorbRecord::from_index(&index)];
    seeds.push(("shard", "nothing", render_upload(&Shard::default())));
    seeds.push(("shard", "empty-file", render_upload(&Shard { files: vec![empty], xorbs: Vec::new() })));
    seeds.push(("shard", "all-kinds", render_upload(&Shard { files, xorbs })));
}

/// See the target: three bytes of length, one of flags, one of block size, then blocks.
fn frames(seeds: &mut Seeds) {
    let block = |raw: &[u8]| {
        let packed = lz4_flex::block::compress(raw);
        [&(packed.len() as u32).to_le_bytes()[..], &packed].concat()
    };
    let stored = |raw: &[u8]| [&(raw.len() as u32 | 1 << 31).to_le_bytes()[..], raw].concat();
    let sum = |bytes: &[u8]| twox_hash::XxHash32::oneshot(0, bytes).to_le_bytes();
    let seed = |len: u32, flags: u8, blocks: &[&[u8]]| {
        let [a, b, c, _] = len.to_le_bytes();
        [&[a, b, c, flags, 0x40][..], &blocks.concat()].concat()
    };
    let (words, end) = (b"round and round ".repeat(30), [0; 4]);
    let packed = block(&words);
    seeds.push(("frame", "independent", seed(480, 0x20, &[&packed, &end])));
    seeds.push(("frame", "linked", seed(960, 0, &[&packed, &block(&words), &end])));
    seeds.push(("frame", "stored", seed(480, 0x20, &[&stored(&words), &end])));
    seeds.push(("frame", "stored-then-packed", seed(960, 0, &[&stored(&words), &packed, &end])));
    let checked = [&packed[..], &sum(&packed[4..])].concat();
    seeds.push(("frame", "all-checksums", seed(480, 0x3c, &[&checked, &end, &sum(&words)])));
    seeds.push(("frame", "bomb", seed(1000, 0x20, &[&block(&vec![0; 60_000]), &end])));
    let empty = [1, 0, 0, 0, 0];
    seeds.push(("frame", "empty-block", seed(960, 0x20, &[&packed, &empty, &packed, &end])));
    seeds.push(("frame", "no-end", seed(480, 0x20, &[&packed])));
}

fn entry(code: u8, content: &[u8]) -> Vec<u8> {
    entry_over(code, &[], content)
}

/// An entry of a pack: type and size, what a delta says of its base, and the zlib stream.
fn entry_over(code: u8, base: &[u8], content: &[u8]) -> Vec<u8> {
    let (mut out, mut size) = (vec![code << 4 | (content.len() & 15) as u8], content.len() >> 4);
    while size > 0 {
        *out.last_mut().unwrap() |= 0x80;
        out.push((size & 0x7f) as u8);
        size >>= 7;
    }
    out.extend_from_slice(base);
    let mut zlib = flate2::write::ZlibEncoder::new(out, flate2::Compression::default());
    zlib.write_all(content).unwrap();
    zlib.finish().unwrap()
}

/// `first` behind two bytes of its length, then `second`.
fn parted(first: &[u8], second: &[u8]) -> Vec<u8> {
    [&(first.len() as u16).to_le_bytes()[..], first, second].concat()
}

fn git(seeds: &mut Seeds) {
    let mut add = |name, kind: u8, bytes: Vec<u8>| seeds.push(("pack", name, [vec![kind], bytes].concat()));
    let text = b"the same line again\n".repeat(10);
    add("entry-blob", b'e', entry(3, &text));
    add("entry-empty", b'e', entry(3, b""));
    let copy = [200, 1, 201, 1, 0x90, 200, 1, b'!'];
    add("entry-near-base", b'e', entry_over(6, &[0x80, 0x10], &copy));
    add("entry-named-base", b'e', entry_over(7, &[7; 20], &copy));
    add("delta", b'd', parted(&text, &copy));

    let named = |mode, name: &str, n| TreeEntry { mode, name: name.to_owned(), oid: Oid([n; 20]) };
    let mut entries: Vec<_> = (0..30).map(|n| named(Mode::File, &format!("file-{n:02}"), n)).collect();
    entries.extend([named(Mode::Tree, "file", 40), named(Mode::Executable, "file.sh", 41)]);
    entries.extend([named(Mode::Symlink, "link", 42), named(Mode::Gitlink, "other", 43)]);
    let old = render_tree(&entries).unwrap();
    entries[3].oid = Oid([9; 20]);
    entries.remove(7);
    let new = render_tree(&entries).unwrap();
    add("trees", b't', parted(&old, &new));
    add("tree-delta", b'd', parted(&old, &tree_delta(&old, &new).unwrap()));

    let who = Signature {
        name: "A".into(),
        email: "a@example.org".into(),
        secs: 1_700_000_000,
        offset_minutes: -90,
    };
    let commit = Commit {
        tree: oid_of(Kind::Tree, &new).unwrap(),
        parents: vec![Oid([1; 20]), Oid([2; 20])],
        author: who.clone(),
        committer: who,
        message: "Summary\n\nText\n".into(),
    };
    add("commit", b'c', commit.render());

    let rows = [(1, 12), (2, 40), (200, 1 << 33), (255, 100)];
    let rows = rows.map(|(n, offset)| IndexRow { oid: Oid([n; 20]), offset, crc: 7 });
    let index = render_index(&rows, &Oid([5; 20])).unwrap();
    add("index", b'i', index[..index.len() - 20].to_vec());

    let blob = entry(3, &text);
    let nearby = [u8::try_from(blob.len()).unwrap()];
    let deltas =
        [entry_over(6, &nearby, &copy), entry_over(7, oid_of(Kind::Blob, &text).unwrap().as_bytes(), &copy)];
    // Its own base, if it gets the id of the sixth place.
    let circle = entry_over(7, &[5; 20], &copy);
    let [near, named] = deltas;
    // A base that stands behind its delta, whose id is then not the one of what it gives.
    let backwards = [&named, &blob];
    add("pack-backwards", b'p', backwards.iter().flat_map(|entry| parted(entry, b"")).collect());
    let all = [entry(1, &commit.render()), entry(2, &new), blob, near, named, circle];
    add("pack", b'p', all.iter().flat_map(|entry| parted(entry, b"")).collect());
}
