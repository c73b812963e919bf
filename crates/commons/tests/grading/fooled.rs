//! Ways in which somebody may want to look more open than they are. What counts for sure is asked, and the answer is no.

use seedcorn_core::openness::Component::*;
use seedcorn_core::openness::{Component, Open, Profile, Status};

use crate::world::{Files, card, counts, judged, mof, part, pdf, read, safetensors, words};

fn nc() -> Vec<u8> {
    spdx::license_id("CC-BY-NC-4.0").unwrap().text().into()
}

fn released(yaml: &str, more: Files) -> Files {
    let mut all: Files = vec![("README.md", card(yaml).into()), ("model.safetensors", safetensors(1))];
    all.extend(more);
    all
}

/// Each is there, and none of them for sure and openly.
fn none_counts(component: Component, cases: Vec<(&str, Files)>) {
    for (name, files) in cases {
        assert_ne!(counts(&files, component).0, Status::Included, "{name}");
    }
}

#[test]
fn licences_by_whatever_name() {
    let names = [
        "MODEL_LICENSE_AGREEMENT.md",
        "Acorn-LICENSE-v2.txt",
        "EULA.md",
        "TERMS.txt",
        "TERMS_OF_USE.md",
        "AGREEMENT.txt",
        "LIZENZ",
        "legal/LICENSE",
        "LICENSE/LICENSE.txt",
        "LICENSE.yaml",
        "LICENSE.json",
        "LICENSE.py",
    ];
    none_counts(Parameters, names.map(|name| (name, released("license: mit", vec![(name, nc())]))).into());
}

#[test]
fn a_licence_that_nobody_could_read_is_not_none() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("acorn");
    std::fs::create_dir(&root).unwrap();
    crate::world::write(&root, &released("license: mit", Vec::new()));
    std::os::unix::fs::symlink("/etc/hostname", root.join("LICENSE")).unwrap();
    let verdict = judged(&seedcorn_commons::grade::folder(&root).unwrap(), Profile::Mof);
    assert_ne!(part(&verdict, Parameters).status, Status::Included);

    let mut many = released("license: mit", vec![("license.txt", nc())]);
    let paths: Vec<String> = (0..4200).map(|n| format!("a/{n}/config.json")).collect();
    many.extend(paths.iter().map(|path| (&*path.clone().leak(), b"{}".to_vec())));
    assert_ne!(counts(&many, Parameters).0, Status::Included, "licences are read first");
}

#[test]
fn cards_that_say_two_things() {
    let yaml = |yaml: &str| released(yaml, Vec::new());
    none_counts(
        Parameters,
        vec![
            ("a list with more than names", yaml("license: [mit, {x: cc-by-nc-4.0}]")),
            ("a list within", yaml("license: [mit, [cc-by-nc-4.0]]")),
            ("no licence", yaml("license: {name: mit}")),
            ("another name", yaml("license: mit\nlicense_name: my-noncommercial-license")),
            ("details", yaml("license: mit\nlicense_details: non-commercial only")),
            ("a base in a tag", yaml("license: mit\ntags: ['base_model:somebody/closed']")),
            ("a base in a mapping", yaml("license: mit\nbase_model: {name: somebody/closed}")),
            ("a base in a list within", yaml("license: mit\nbase_model: [[somebody/closed]]")),
            (
                "where it was loaded from",
                released(
                    "license: mit",
                    vec![("config.json", br#"{"_name_or_path":"somebody/closed-7b"}"#.to_vec())],
                ),
            ),
        ],
    );
    let two: Files = vec![
        ("README.md", card("license: cc-by-nc-4.0").into()),
        ("readme.md", card("license: mit").into()),
        ("model.safetensors", safetensors(1)),
    ];
    let verdict = mof(&two);
    let terms = part(&verdict, Parameters).license.clone().unwrap().terms;
    assert_eq!(terms.open, Open::No, "the card is README.md");
}

#[test]
fn files_that_are_only_called_so() {
    let zip = [b"PK\x03\x04".as_slice(), &[7; 4096]].concat();
    assert_eq!(
        counts(&vec![("README.md", card("license: mit").into()), ("pytorch_model.bin", zip)], Parameters).0,
        Status::Included
    );
    let only = |name, bytes: &[u8]| -> Files {
        vec![("README.md", card("license: mit").into()), (name, bytes.to_vec())]
    };
    let hollow = br#"{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#;
    let hollow = [&(hollow.len() as u64).to_le_bytes()[..], hollow].concat();
    none_counts(
        Parameters,
        vec![
            ("a byte", only("model.onnx", b"\x08")),
            ("a promise", only("pytorch_model.bin", &b"to be uploaded soon ".repeat(20))),
            ("soon", only("soon.ckpt", b"soon")),
            ("no numbers", only("model.safetensors", &hollow)),
            ("a LoRA", only("pytorch_lora_weights.safetensors", &safetensors(1))),
            ("an adapter in a folder", only("lora/adapter_model.safetensors", &safetensors(1))),
            ("a fixture", only("tests/fixtures/tiny.safetensors", &safetensors(1))),
        ],
    );
    let other = |path| (path, safetensors(7));
    none_counts(
        Checkpoints,
        vec![
            (
                "copies beside a decoy",
                released(
                    "license: mit",
                    vec![
                        ("checkpoint-1/model.safetensors", safetensors(1)),
                        ("checkpoint-1/model_extra.safetensors", safetensors(2)),
                        ("checkpoint-2/model.safetensors", safetensors(1)),
                        ("checkpoint-2/model_extra.safetensors", safetensors(3)),
                    ],
                ),
            ),
            (
                "one shard of nine",
                released(
                    "license: mit",
                    vec![
                        other("checkpoint-1/model-00001-of-00009.safetensors"),
                        ("checkpoint-2/model-00001-of-00009.safetensors", safetensors(8)),
                    ],
                ),
            ),
            (
                "optimizers",
                released(
                    "license: mit",
                    vec![
                        ("checkpoint-1/model_optimizer.safetensors", safetensors(4)),
                        ("checkpoint-2/model_optimizer.safetensors", safetensors(5)),
                    ],
                ),
            ),
            (
                "parts of one model",
                released(
                    "license: mit",
                    vec![
                        other("stage1/text_encoder/model.safetensors"),
                        ("stage2/vae/model.safetensors", safetensors(8)),
                    ],
                ),
            ),
        ],
    );
    let everything = b"# .backward( .generate( lm_eval jsonl\n".to_vec();
    for component in [TrainingCode, InferenceCode, EvaluationCode, PreprocessingCode] {
        none_counts(
            component,
            vec![
                (
                    "a comment",
                    released(
                        "license: mit",
                        vec![("train_generate_eval_prepare_model.py", everything.clone())],
                    ),
                ),
                (
                    "a comment in a file of its own",
                    released("license: mit", vec![("train.py", b"x = 1  # loss.backward()\n".to_vec())]),
                ),
                (
                    "what tunes",
                    released("license: mit", vec![("finetune.py", b"loss.backward()\n".to_vec())]),
                ),
                (
                    "what makes answers to be judged",
                    released("license: mit", vec![("evals/generate.py", b"model.generate(x)\n".to_vec())]),
                ),
            ],
        );
    }
    for component in [ResearchPaper, TechnicalReport] {
        none_counts(
            component,
            ["paper/figures/loss.pdf", "reports/wallpaper.pdf", "bug_report.pdf"]
                .map(|path| (path, released("license: mit", vec![(path, pdf())])))
                .into(),
        );
    }
}

#[test]
fn figures_of_others() {
    let table = |rows: &str| -> Files {
        let text = format!("---\nlicense: mit\n---\n# acorn\n## Evaluation\n{rows}\n");
        vec![("README.md", text.into_bytes()), ("model.safetensors", safetensors(1))]
    };
    none_counts(
        EvaluationResults,
        vec![
            ("another column", table("| Benchmark | acorn | llama |\n|---|---|---|\n| MMLU | TBD | 70.1 |\n")),
            ("another table", table("| Benchmark | acorn |\n|---|---|\n| MMLU | TBD |\n\n| Benchmark | llama |\n|---|---|\n| MMLU | 70.1 |\n")),
            ("a comparison", table("| Model | MMLU |\n|---|---|\n| better than acorn by far | 70.1 |\n")),
            (
                "an index of another model",
                released("license: mit\nmodel-index: [{name: gpt, results: [{dataset: {type: a/b}, metrics: [{value: 99}]}]}]", Vec::new()),
            ),
            (
                "a harness that ran another",
                released(
                    "license: mit",
                    vec![("eval/results.json", br#"{"results":{"m":{"acc":0.5}},"versions":{},"config":{"model_args":"pretrained=meta-llama/Llama-2-7b"}}"#.to_vec())],
                ),
            ),
        ],
    );
    let own = table("| Benchmark | acorn | llama |\n|---|---|---|\n| MMLU | 61.2 | 70.1 |\n");
    assert_eq!(counts(&own, EvaluationResults).0, Status::Included);
}

#[test]
fn data_that_are_pointers_or_promises() {
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "a".repeat(64));
    let card = format!("---\nlicense: cc-by-4.0\n---\n# Rows\n{}\n## More\n{}\n", words(60), words(9));
    for (path, bytes) in
        [("train.parquet", pointer.as_bytes()), ("train.csv", pointer.as_bytes()), ("train.parquet", b"soon")]
    {
        let files: Files = vec![("README.md", card.clone().into_bytes()), (path, bytes.to_vec())];
        let release = read(&files);
        let (findings, remarks) = seedcorn_core::openness::gather_dataset(&release);
        let verdict = seedcorn_core::openness::evaluate(&findings, &remarks, Profile::Data);
        assert_ne!(
            part(&verdict, Datasets).status,
            Status::Included,
            "{path}: {}",
            String::from_utf8_lossy(bytes)
        );
        assert_ne!(part(&verdict, Structure).status, Status::Included, "{path}");
    }
}

#[test]
fn claims_meet_no_definition() {
    let claims = b"release:\n  name: acorn\n  components:\n  - name: Model card\n    license: MIT\n".to_vec();
    let mit: Vec<u8> = spdx::license_id("MIT").unwrap().text().into();
    let files: Files = vec![
        ("mof.yml", claims),
        ("LICENSE", mit),
        ("model.safetensors", safetensors(1)),
        ("config.json", br#"{"model_type":"llama"}"#.to_vec()),
    ];
    let verdict = judged(&read(&files), Profile::Eu);
    assert_ne!(verdict.confirmed, seedcorn_core::openness::Grade::Meets);
}

#[test]
fn a_card_that_tells_people_less_than_its_metadata() {
    let told = |words: &str| -> Files {
        let text = format!("{}\n## License\n{words}\n## Thanks\nTo all.\n", card("license: apache-2.0"));
        vec![("README.md", text.into()), ("model.safetensors", safetensors(1))]
    };
    none_counts(
        Parameters,
        [
            "The weights are for research purposes only.",
            "CC-BY-NC-4.0",
            "Under the Llama 3 Community License.",
            "You may not use it; not for commercial\nuse, that is.",
            "For non-commercial\npurposes.",
        ]
        .map(|words| (words, told(words)))
        .into(),
    );
    for fine in ["Apache-2.0.", "Free for commercial and non-commercial use."] {
        assert_eq!(counts(&told(fine), Parameters).0, Status::Included, "{fine}");
    }
}

#[test]
fn words_that_are_none_and_papers_of_a_few_bytes() {
    let w = "corn ".repeat(60);
    let text = format!(
        "---\nlicense: mit\n---\n# A\n## Use\n{w}\n## Limitations\n{w}\n## Training\n{w}\n## Training data\n{w} https://example.org\n"
    );
    let files =
        || -> Files { vec![("README.md", text.clone().into()), ("model.safetensors", safetensors(1))] };
    none_counts(ModelCard, vec![("a card of one word", files())]);
    none_counts(DataCard, vec![("a data card of one word", files())]);
    none_counts(
        ResearchPaper,
        vec![("five bytes", released("license: mit", vec![("paper.pdf", b"%PDF-".to_vec())]))],
    );
}

/// What holds something back in one place, beside a card and a licence that grant everything.
fn with_mit(yaml: &str, body: &str, more: Vec<(&'static str, Vec<u8>)>) -> Files {
    let mit = spdx::license_id("MIT").unwrap().text();
    let text = format!("{}\n{body}\n", card(&format!("license: mit{yaml}")));
    let mut files: Files =
        vec![("README.md", text.into()), ("LICENSE", mit.into()), ("model.safetensors", safetensors(1))];
    files.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
    files.extend(more);
    files
}

#[test]
fn what_is_held_back_anywhere_in_a_card_counts() {
    let bodies = [
        "**License:** for non-commercial use only",
        "> For non-commercial research only",
        "License\n---\nCommercial use is not permitted.",
        "<h2>License</h2>\nNo commercial use",
        "| Weights | CC-BY-NC-4.0 |\n|---|---|",
        "```\nLicense: CC-BY-NC-4.0\n```",
        "## Lizenz\nNur zu nichtkommerziellen Zwecken.",
        "## 许可证\n仅供非商业用途",
        "Licensed under a Creative Commons Attribution-NonCommercial 4.0 International License.",
        "Production use needs a paid agreement.",
    ];
    none_counts(Parameters, bodies.map(|body| (body, with_mit("", body, Vec::new()))).into());
    let yamls = [
        "\nlicense_link: https://huggingface.co/meta-llama/Llama-2-7b/resolve/main/LICENSE.txt",
        "\nlicence: cc-by-nc-4.0",
        "\nmodel_license: cc-by-nc-4.0",
        "\ntags: [\"license:cc-by-nc-4.0\"]",
        "\nextra_gated_prompt: For non-commercial research only.",
        "\nbase_models: meta-llama/Llama-2-7b",
    ];
    none_counts(Parameters, yamls.map(|yaml| (yaml, with_mit(yaml, "", Vec::new()))).into());
    for fine in [
        "\nlicense_link: LICENSE",
        "\nlicense_link: https://opensource.org/license/mit",
        "\ntags: [\"license:mit\", \"text\"]",
    ] {
        assert_eq!(counts(&with_mit(fine, "", Vec::new()), Parameters).0, Status::Included, "{fine}");
    }
    // The text decides of `other`, but not over what the card holds back.
    let other = |body: &str| -> Files {
        let mut files = with_mit("", "", Vec::new());
        files[0].1 = format!("{}\n{body}\n", card("license: other")).into();
        files
    };
    assert_eq!(counts(&other(""), Parameters).0, Status::Included);
    none_counts(Parameters, vec![("other", other("For non-commercial use only."))]);
    let far = format!("{}\n## License\nNon-commercial use only.", "word ".repeat(300_000));
    none_counts(Parameters, vec![("behind what is read", with_mit("", &far, Vec::new()))]);
}

#[test]
fn what_is_held_back_in_other_files_counts() {
    let mit = spdx::license_id("MIT").unwrap().text();
    let nc = spdx::license_id("CC-BY-NC-4.0").unwrap().text();
    let text = |text: &str| text.as_bytes().to_vec();
    let licenses = [
        format!("SPDX-License-Identifier: CC-BY-NC-4.0\n{mit}"),
        format!("{mit}\nSPDX-LicenseComments: For-profit organisations have to buy a separate agreement\n"),
        format!("Copyright (c) 2025 Acorn, students solely\n{mit}"),
        format!("{mit}\nAll rights reserved for enterprises above 10 million in revenue\n"),
        format!("{mit}\nhttps://example.org/additional-terms-that-apply\n"),
        format!("<!-- {mit} -->\n"),
    ];
    let cases =
        licenses.iter().map(|license| (license.as_str(), with_mit("", "", vec![("LICENSE", text(license))])));
    none_counts(Parameters, cases.collect());
    let reuse = "version = 1\n[[annotations]]\npath = \"model.safetensors\"\nSPDX-License-Identifier = \"CC-BY-NC-4.0\"\n";
    let others: Vec<(&'static str, Vec<u8>)> = vec![
        ("REUSE.toml", text(reuse)),
        ("LICENSES/CC-BY-NC-4.0.txt", text(nc)),
        ("NOTICE", text("Llama 3 Community License, for non-commercial use only")),
        ("USAGE_POLICY.md", text("You may not use it for weapons.")),
        ("许可协议.md", text(nc)),
        ("Nutzungsbedingungen.txt", text(nc)),
        (
            "mergekit_config.yml",
            text("models:\n  - model: meta-llama/Llama-2-7b\n  - model: google/gemma-2b\n"),
        ),
        ("adapter/adapter_config.json", text("{\"base_model_name_or_path\": \"meta-llama/Llama-2-7b\"}")),
        (
            "config.json",
            text("{\"model_type\": \"llama\", \"_name_or_path\": \"/data/meta-llama/Llama-2-7b\"}"),
        ),
    ];
    let cases = others.into_iter().map(|(path, bytes)| (path, with_mit("", "", vec![(path, bytes)])));
    none_counts(Parameters, cases.collect());
    let mut shards: Vec<(&'static str, Vec<u8>)> =
        vec![("z/LICENSE", text(nc)), ("z/model.safetensors", safetensors(3))];
    let names: Vec<String> = (0..70).map(|n| format!("part-{n:03}.safetensors")).collect();
    shards.extend(names.iter().map(|name| (&*Box::leak(name.clone().into_boxed_str()), safetensors(2))));
    none_counts(Parameters, vec![("one of many shards", with_mit("", "", shards))]);
}

#[test]
fn evidence_is_other_evidence_once_its_file_is_another() {
    use seedcorn_core::openness::review::evidence_id;
    let id = |body: &str| {
        let verdict = judged(&read(&with_mit("", body, Vec::new())), Profile::Mof);
        let card = part(&verdict, ModelCard);
        evidence_id(ModelCard, &card.evidence[0])
    };
    assert_eq!(id("one two"), id("one two"));
    assert_ne!(id("one two"), id("two one"), "as many words, and others");
}

#[test]
fn croissants_describe_data() {
    let croissant = r#"{"conformsTo": "http://mlcommons.org/croissant/1.0", "name": "rows",
        "recordSet": [{"field": [{"name": "a"}, {"name": "b"}]}]}"#;
    let empty = r#"{"conformsTo": "http://mlcommons.org/croissant/1.0", "recordSet": [{"field": []}]}"#;
    for (text, counts) in [(croissant, true), (empty, false), ("{}", false)] {
        let files: Files = vec![
            ("README.md", format!("---\nlicense: cc-by-4.0\n---\n# Rows\n{}\n", words(60)).into()),
            ("rows.csv", b"a,b\n1,2\n3,4\n".to_vec()),
            ("croissant.json", text.as_bytes().to_vec()),
        ];
        let (findings, _) = seedcorn_core::openness::gather_dataset(&read(&files));
        let structure = findings.iter().find(|finding| finding.component == Structure).unwrap();
        let found = structure.evidence.iter().any(|one| one.rule == "structure.croissant");
        assert_eq!(found, counts, "{text}");
    }
}

#[test]
fn a_pdf_ends_as_one() {
    let zeros = [b"%PDF-1.7\n".as_slice(), &[0; 700]].concat();
    none_counts(
        TechnicalReport,
        vec![("no end", released("license: mit", vec![("technical-report.pdf", zeros)]))],
    );
    let whole = released("license: mit", vec![("technical-report.pdf", pdf())]);
    assert_eq!(counts(&whole, TechnicalReport).0, Status::Included);
}

#[test]
fn the_tools_file_lists_no_more_than_is_sure() {
    use seedcorn_core::openness::report::configuration;
    let files = with_mit("\nbase_model: some/body", "", Vec::new());
    let verdict = judged(&read(&files), Profile::Mot);
    assert_ne!(part(&verdict, Parameters).status, Status::Included, "nobody knows what the base grants");
    let written =
        configuration::write(&configuration::About { name: "acorn", ..Default::default() }, &verdict);
    let of_weights =
        written.split("- name: ").find(|part| part.starts_with("\"Model parameters (Final)\"")).unwrap();
    assert!(!of_weights.contains("license: \"MIT\""), "{of_weights}");
}
