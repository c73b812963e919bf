//! Folders that want to be read too far, too long, or as what they are not.

use std::fs;
use std::os::unix::fs::symlink;

use seedcorn_commons::grade;
use seedcorn_core::limits;
use seedcorn_core::openness::seen::Reading;
use seedcorn_core::openness::{Component, Open, Profile, Status};

use crate::world::{card, judged, mof, part, safetensors, write};

#[test]
fn links_lead_nowhere_else() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("model.safetensors"), safetensors(1)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &vec![("README.md", card("license: mit").into()), ("blobs/a", safetensors(2))]);
    symlink(outside.path().join("model.safetensors"), folder.path().join("model.safetensors")).unwrap();
    symlink(outside.path(), folder.path().join("elsewhere")).unwrap();
    symlink("loop", folder.path().join("loop")).unwrap();
    symlink(folder.path(), folder.path().join("again")).unwrap();
    let release = grade::folder(folder.path()).unwrap();
    assert_eq!(part(&judged(&release, Profile::Mof), Component::Parameters).status, Status::Missing);
    assert!(
        release.left.iter().any(|left| left.starts_with("model.safetensors is a link")),
        "{:?}",
        release.left
    );
    assert!(
        release.files.iter().all(|file| !file.path.contains("elsewhere/") && !file.path.contains("again/"))
    );
    // Within the folder a link is as good as the file, as caches of clients have it.
    symlink("blobs/a", folder.path().join("weights.safetensors")).unwrap();
    let release = grade::folder(folder.path()).unwrap();
    assert_eq!(part(&judged(&release, Profile::Mof), Component::Parameters).status, Status::Included);
}

#[test]
fn large_files_are_read_by_their_headers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = 10_u64 * 1024 * 1024 * 1024;
    let data = bytes - 8 - 90;
    let header = format!("{{\"w\":{{\"dtype\":\"U8\",\"shape\":[{data}],\"data_offsets\":[0,{data}]}}}}");
    let header = format!("{header:<90}");
    let mut start = 90_u64.to_le_bytes().to_vec();
    start.extend(header.bytes());
    let path = folder.path().join("model.safetensors");
    fs::write(&path, start).unwrap();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
    fs::write(folder.path().join("README.md"), card("license: mit")).unwrap();
    let verdict = judged(&grade::folder(folder.path()).unwrap(), Profile::Mof);
    assert_eq!(part(&verdict, Component::Parameters).status, Status::Included, "{:?}", verdict.remarks);
}

#[test]
fn what_is_no_text_is_not_read_as_one() {
    let zeros = vec![0_u8; 4096];
    let bomb = format!(
        "---\n{}\n---\n",
        (0..60)
            .map(|n| format!("a{n}: &a{n} [{}]", vec![format!("*a{}", n.max(1) - 1); 9].join(",")))
            .collect::<Vec<_>>()
            .join("\n")
    );
    let verdict = mof(&vec![
        ("README.md", bomb.into_bytes()),
        ("LICENSE", zeros.clone()),
        ("train.py", zeros.clone()),
        ("config.json", b"{\"a\":".repeat(100_000)),
        ("mof.yml", b"- ][".to_vec()),
        ("model.safetensors", zeros.clone()),
        ("a.gguf", [b"GGUF".to_vec(), vec![255; 4096]].concat()),
        ("model.safetensors.index.json", zeros),
    ]);
    assert!(verdict.parts.iter().all(|part| part.status == Status::Missing), "{:#?}", verdict.parts);
    let long = format!("{}\n{}", card("license: mit"), "é".repeat(limits::GRADED_TEXT_BYTES_MAX as usize));
    let verdict = mof(&vec![("README.md", long.into_bytes())]);
    let card = part(&verdict, Component::ModelCard);
    let named = card.license.as_ref().map(|license| license.terms.open);
    assert_eq!(named, Some(Open::Unclear), "what stands behind its beginning may hold something back");
}

#[test]
fn many_files_and_deep_folders_end_and_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let deep = vec!["d"; limits::GRADED_DEPTH_MAX + 4].join("/");
    fs::create_dir_all(folder.path().join(deep)).unwrap();
    for n in 0..limits::GRADED_OPENED_MAX + 10 {
        fs::write(folder.path().join(format!("train_{n:05}.py")), "loss.backward()").unwrap();
    }
    let release = grade::folder(folder.path()).unwrap();
    assert!(release.left.iter().any(|left| left.contains("too deep")), "{:?}", release.left);
    assert!(release.left.iter().any(|left| left.contains("was not opened")), "{:?}", release.left);
    let read = release.files.iter().filter(|file| matches!(file.reading, Reading::Code(_))).count();
    assert_eq!(read, limits::GRADED_OPENED_MAX);
    let verdict = judged(&release, Profile::Mof);
    assert!(part(&verdict, Component::TrainingCode).evidence.len() <= 8);
    assert!(
        grade::folder(&folder.path().join("none")).is_err()
            && grade::folder(&folder.path().join("train_00001.py")).is_err()
    );
}
