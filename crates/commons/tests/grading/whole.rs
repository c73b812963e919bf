//! Whole releases, after the shape of well-known ones.

use seedcorn_core::openness::seen::{Found, Link, Linked, Release};
use seedcorn_core::openness::{Code, Component, Grade, Profile, Terms, evaluate, gather};

use crate::world::{Files, card, judged, part, pdf, read, safetensors, words};

/// Everything in one folder, under open terms.
fn open_science() -> Files {
    let yaml = "license: apache-2.0\nlibrary_name: transformers\ndatasets: [lab/rows]\nmodel-index:\n- name: acorn\n  results:\n  \
                - task: {type: t}\n    dataset: {type: lab/questions, name: q}\n    metrics:\n    - {type: acc, value: 0.5}";
    let data = format!("## Training data\n{} https://example.org\n", words(60));
    vec![
        ("README.md", format!("{}{data}", card(yaml)).into()),
        ("config.json", br#"{"model_type":"llama"}"#.to_vec()),
        ("model.safetensors", safetensors(1)),
        ("checkpoint-1/model.safetensors", safetensors(2)),
        ("checkpoint-2/model.safetensors", safetensors(3)),
        ("train.py", b"loss.backward()".to_vec()),
        ("eval.py", b"import lm_eval".to_vec()),
        ("prepare_data.py", b"load_dataset('x')".to_vec()),
        ("requirements.txt", b"torch\n".to_vec()),
        ("paper.pdf", pdf()),
    ]
}

fn data_set(name: &str, license: Option<&str>, gated: bool) -> Found {
    let files = read(&vec![("README.md", card("").into()), ("rows.csv", b"a,b\n1,2\n".to_vec())]);
    Found {
        repo: format!("datasets/{name}"),
        commit: "c0ffee".into(),
        gated,
        terms: license.map(Terms::of),
        card: files.card.clone(),
        files: files.files,
    }
}

fn link(release: &mut Release, name: &str, found: Found) {
    for linked in release.linked.iter_mut().filter(|linked| linked.name == name) {
        linked.found = Some(Box::new(found.clone()));
    }
}

fn linked(license: Option<&str>, gated: bool) -> Release {
    let mut release = read(&open_science());
    for name in ["lab/rows", "lab/questions"] {
        link(&mut release, name, data_set(name, license, gated));
    }
    release
}

#[test]
fn a_full_open_science_release_is_of_the_best_class() {
    let release = linked(Some("cc-by-4.0"), false);
    let verdict = judged(&release, Profile::Mof);
    assert_eq!(verdict.confirmed, Grade::I, "{:#?}", verdict.next);
    assert!(verdict.next.is_empty());
    assert_eq!(judged(&release, Profile::Osaid).confirmed, Grade::Meets);
    assert_eq!(judged(&release, Profile::Eu).confirmed, Grade::Meets);
    // Every part that counts says where it was seen.
    assert!(verdict.parts.iter().all(|part| part.evidence.is_empty() == (part.status as u8 == 0)));
}

#[test]
fn data_that_are_not_here_or_not_for_everybody_leave_it_possible() {
    let alone = judged(&read(&open_science()), Profile::Mof);
    assert_eq!((alone.confirmed, alone.possible), (Grade::III, Grade::I));
    assert!(alone.remarks.iter().any(|remark| remark.code == Code::Unresolved));
    let gated = judged(&linked(Some("cc-by-4.0"), true), Profile::Mof);
    assert!(gated.confirmed < Grade::I && gated.possible == Grade::I);
    let silent = linked(None, false);
    assert_eq!(part(&judged(&silent, Profile::Mof), Component::EvaluationData).license, None);
}

#[test]
fn open_weights_under_terms_of_their_own_are_no_class() {
    let license = "LLAMA 2 COMMUNITY LICENSE AGREEMENT\n\nYou may use it, mostly.\n";
    let files: Files = vec![
        ("README.md", card("license: llama2\nlibrary_name: transformers").into()),
        ("LICENSE.txt", license.into()),
        ("USE_POLICY.md", b"# Acceptable use\n".to_vec()),
        ("config.json", br#"{"model_type":"llama"}"#.to_vec()),
        ("model.safetensors", safetensors(1)),
    ];
    let verdict = judged(&read(&files), Profile::Mof);
    assert_eq!((verdict.confirmed, verdict.possible), (Grade::Unclassified, Grade::Unclassified));
    let told = verdict
        .remarks
        .iter()
        .find(|one| one.code == Code::NotOpen && one.component == Some(Component::Parameters));
    assert!(told.unwrap().text.contains("700 million"), "{told:?}");
    assert_eq!(judged(&read(&files), Profile::Osaid).confirmed, Grade::Fails);
}

#[test]
fn a_fine_tune_grants_no_more_than_its_base() {
    let files: Files = vec![
        ("README.md", card("license: apache-2.0\nbase_model: meta/base").into()),
        ("config.json", br#"{"model_type":"llama"}"#.to_vec()),
        ("model.safetensors", safetensors(1)),
    ];
    let mut release = read(&files);
    assert_eq!(
        part(&judged(&release, Profile::Mof), Component::Parameters).license.as_ref().unwrap().terms.name,
        "Apache-2.0"
    );
    let base =
        Found { repo: "models/meta/base".into(), terms: Some(Terms::of("llama3")), ..Found::default() };
    link(&mut release, "meta/base", base);
    let verdict = judged(&release, Profile::Mof);
    let weights = part(&verdict, Component::Parameters);
    assert_eq!(weights.license.as_ref().unwrap().terms.name, "llama3");
    let remark = verdict.remarks.iter().find(|one| one.code == Code::BaseConflict).unwrap();
    assert!(remark.text.contains("Apache-2.0") && remark.text.contains("llama3"));
    // An open base changes nothing.
    let base = Found { repo: "models/meta/base".into(), terms: Some(Terms::of("mit")), ..Found::default() };
    link(&mut release, "meta/base", base);
    assert!(judged(&release, Profile::Mof).remarks.iter().all(|one| one.code != Code::BaseConflict));
}

#[test]
fn gated_files_are_not_for_everybody() {
    let mut release = linked(Some("cc-by-4.0"), false);
    release.gated = true;
    let verdict = judged(&release, Profile::Mof);
    assert_eq!(verdict.confirmed, Grade::Unclassified);
    assert_eq!(part(&verdict, Component::ModelCard).presence.word(), "present", "the card is");
    assert!(verdict.remarks.iter().any(|one| one.code == Code::Gated));
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    let told = || {
        let release = linked(Some("cc-by-4.0"), false);
        let (findings, remarks) = gather(&release);
        Profile::ALL.map(|profile| serde_json::to_string(&evaluate(&findings, &remarks, profile)).unwrap())
    };
    assert_eq!(told(), told());
    assert!(matches!(read(&open_science()).linked.first(), Some(Linked { link: Link::TrainingData, .. })));
}
