//! A rule and what only looks like it, part by part. What counts for sure stands first, what may be so second.

use seedcorn_core::openness::Component::*;
use seedcorn_core::openness::{Code, Component, Open, Presence, Status};

use crate::world::{Files, card, counts, gguf, mof, part, pdf, safetensors, words};

const YES: (Status, Status) = (Status::Included, Status::Included);
const MAYBE: (Status, Status) = (Status::Missing, Status::Included);
const NO: (Status, Status) = (Status::Missing, Status::Missing);

fn mit() -> Vec<u8> {
    spdx::license_id("MIT").unwrap().text().into()
}

/// A release with a card under an open licence and these files.
fn with(files: Files) -> Files {
    let mut all: Files = vec![("README.md", card("license: mit").into())];
    all.extend(files);
    all
}

fn check(cases: &[(&str, Component, Files, (Status, Status))]) {
    for (name, component, files, expected) in cases {
        assert_eq!(counts(files, *component), *expected, "{name}");
    }
}

#[test]
fn weights_are_what_has_a_header() {
    let index = |files: &[&str]| {
        let map: Vec<String> =
            files.iter().enumerate().map(|(n, file)| format!("\"w{n}\":\"{file}\"")).collect();
        format!("{{\"metadata\":{{}},\"weight_map\":{{{}}}}}", map.join(",")).into_bytes()
    };
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "a".repeat(64));
    check(&[
        ("safetensors", Parameters, with(vec![("model.safetensors", safetensors(1))]), YES),
        ("GGUF", Parameters, with(vec![("acorn.gguf", gguf("llama"))]), YES),
        (
            "by name alone",
            Parameters,
            with(vec![("pytorch_model.bin", [b"PK\x03\x04".as_slice(), &[7; 4096]].concat())]),
            YES,
        ),
        (
            "not weights",
            Parameters,
            with(vec![("training_args.bin", vec![7; 4096]), ("optimizer.pt", vec![7; 4096])]),
            NO,
        ),
        ("a tokenizer", Parameters, with(vec![("tokenizer.model", vec![7; 4096])]), NO),
        ("damaged", Parameters, with(vec![("model.safetensors", b"{}{}{}{}{}{}".to_vec())]), NO),
        ("empty", Parameters, with(vec![("model.safetensors", Vec::new())]), NO),
        (
            "an empty file of a kind that nobody opens",
            Parameters,
            with(vec![("pytorch_model.bin", Vec::new())]),
            NO,
        ),
        ("an optimizer's", Parameters, with(vec![("optimizer.safetensors", safetensors(1))]), NO),
        (
            "one by its number",
            Parameters,
            with(vec![("model-00001-of-00030.safetensors", safetensors(1))]),
            MAYBE,
        ),
        (
            "an adapter",
            Parameters,
            with(vec![
                ("adapter_model.safetensors", safetensors(1)),
                ("adapter_config.json", b"{}".to_vec()),
            ]),
            MAYBE,
        ),
        ("a pointer", Parameters, with(vec![("model.safetensors", pointer.into_bytes())]), NO),
        (
            "all shards",
            Parameters,
            with(vec![
                ("model.safetensors.index.json", index(&["model-1.safetensors", "model-2.safetensors"])),
                ("model-1.safetensors", safetensors(1)),
                ("model-2.safetensors", safetensors(2)),
            ]),
            YES,
        ),
        (
            "one shard of two",
            Parameters,
            with(vec![
                ("model.safetensors.index.json", index(&["model-1.safetensors", "model-2.safetensors"])),
                ("model-1.safetensors", safetensors(1)),
            ]),
            MAYBE,
        ),
    ]);
}

#[test]
fn checkpoints_are_other_weights_and_no_copies() {
    let at = |path| (path, safetensors(9));
    check(&[
        (
            "two of them",
            Checkpoints,
            with(vec![
                ("model.safetensors", safetensors(1)),
                ("checkpoint-100/model.safetensors", safetensors(2)),
                ("checkpoint-200/model.safetensors", safetensors(3)),
            ]),
            YES,
        ),
        (
            "copies",
            Checkpoints,
            with(vec![
                at("model.safetensors"),
                at("checkpoint-1/model.safetensors"),
                at("checkpoint-2/model.safetensors"),
            ]),
            NO,
        ),
        (
            "copies that nobody opens",
            Checkpoints,
            with(vec![
                ("pytorch_model.bin", vec![7; 9000]),
                ("checkpoint-1/pytorch_model.bin", vec![7; 9000]),
                ("checkpoint-2/pytorch_model.bin", vec![7; 9000]),
            ]),
            NO,
        ),
        (
            "others that nobody opens",
            Checkpoints,
            with(vec![
                ("pytorch_model.bin", vec![7; 9000]),
                ("checkpoint-1/pytorch_model.bin", vec![8; 9000]),
                ("checkpoint-2/pytorch_model.bin", vec![9; 9000]),
            ]),
            YES,
        ),
        (
            "one alone",
            Checkpoints,
            with(vec![
                ("model.safetensors", safetensors(1)),
                ("checkpoint-100/model.safetensors", safetensors(2)),
            ]),
            NO,
        ),
        ("setup", Metadata, with(vec![("trainer_state.json", b"{}".to_vec())]), YES),
        ("no setup", Metadata, with(vec![("config.json", b"{}".to_vec())]), NO),
    ]);
}

#[test]
fn code_is_told_by_path_and_content() {
    let py = |text: &str| text.as_bytes().to_vec();
    check(&[
        ("training", TrainingCode, with(vec![("train.py", py("loss.backward()"))]), YES),
        ("a name alone", TrainingCode, with(vec![("train.py", py("print(1)"))]), NO),
        ("a test", TrainingCode, with(vec![("tests/train.py", py("loss.backward()"))]), NO),
        ("another's", TrainingCode, with(vec![("third_party/x/train.py", py("loss.backward()"))]), NO),
        (
            "code elsewhere",
            TrainingCode,
            vec![("README.md", card("license: mit\ncode: [lab/tools]").into())],
            MAYBE,
        ),
        ("inference", InferenceCode, with(vec![("generate.py", py("model.generate(x)"))]), YES),
        ("makes data", InferenceCode, with(vec![("data/generate.py", py("model.generate(x)"))]), NO),
        (
            "a library",
            InferenceCode,
            vec![("README.md", card("license: mit\nlibrary_name: transformers").into())],
            YES,
        ),
        (
            "no library",
            InferenceCode,
            vec![("README.md", card("license: mit\nlibrary_name: mine").into())],
            NO,
        ),
        ("evaluation", EvaluationCode, with(vec![("eval/run.py", py("import lm_eval"))]), YES),
        ("preprocessing", PreprocessingCode, with(vec![("prepare_data.py", py("load_dataset('x')"))]), YES),
        (
            "of pictures",
            PreprocessingCode,
            with(vec![("preprocess.py", py("load_dataset('x')\npixel_values"))]),
            NO,
        ),
        ("architecture", Architecture, with(vec![("modeling_a.py", py("class A(nn.Module):\n  pass"))]), YES),
        (
            "by reference",
            Architecture,
            with(vec![("config.json", br#"{"model_type":"llama"}"#.to_vec())]),
            YES,
        ),
        (
            "unheard of",
            Architecture,
            with(vec![("config.json", br#"{"model_type":"mine"}"#.to_vec())]),
            MAYBE,
        ),
        ("GGUF's", Architecture, with(vec![("a.gguf", gguf("llama"))]), YES),
        ("GGUF's own", Architecture, with(vec![("a.gguf", gguf("mine"))]), NO),
        ("libraries", Libraries, with(vec![("requirements.txt", py("torch"))]), YES),
    ]);
    let verdict = mof(&with(vec![("config.json", br#"{"model_type":"llama"}"#.to_vec())]));
    let architecture = part(&verdict, Architecture);
    assert_eq!(architecture.presence, Presence::ByReference);
    assert_eq!(
        architecture.license.as_ref().unwrap().terms.name,
        "Apache-2.0",
        "the library's, not the card's"
    );
}

#[test]
fn documents_must_say_something() {
    let template = "---\nlicense: mit\n---\n# A\n## Uses\n[More Information Needed]\n## Bias\n[More Information Needed]\n\
                    ## Training data\n[More Information Needed]\n";
    let data = |text: &str| format!("{}## Training data\n{text}\n", card("license: mit")).into_bytes();
    let table = |row: &str| {
        format!("---\nlicense: mit\n---\n# A\n## Results\n| Model | MMLU |\n|---|---|\n| {row} | 61.2 |\n")
            .into_bytes()
    };
    let index = "license: mit\nmodel-index:\n- name: acorn\n  results:\n  - task: {type: t}\n    dataset: {type: a/b, name: x}\n    \
                 metrics:\n    - {type: acc, value: 0.5}";
    check(&[
        ("a card", ModelCard, vec![("README.md", card("license: mit").into())], YES),
        ("a template", ModelCard, vec![("README.md", template.into())], NO),
        ("metadata alone", ModelCard, vec![("README.md", b"---\nlicense: mit\n---\n".to_vec())], NO),
        (
            "a few words",
            ModelCard,
            vec![("README.md", format!("---\nlicense: mit\n---\n{}", words(30)).into())],
            MAYBE,
        ),
        (
            "data told",
            DataCard,
            vec![("README.md", data(&format!("{} https://example.org", words(60))))],
            YES,
        ),
        ("without sources", DataCard, vec![("README.md", data(&words(60)))], MAYBE),
        ("a datasheet", DataCard, with(vec![("datasheet.md", words(60).into())]), YES),
        ("results", EvaluationResults, vec![("README.md", card(index).into())], YES),
        ("a table", EvaluationResults, vec![("README.md", table("**Acorn**"))], YES),
        ("of others", EvaluationResults, vec![("README.md", table("Oak"))], MAYBE),
        (
            "a harness",
            EvaluationResults,
            with(vec![("eval/results.json", br#"{"results":{"m":{"acc":0.5}},"versions":{}}"#.to_vec())]),
            YES,
        ),
        (
            "files of results",
            EvaluationResults,
            with(vec![(".eval_results/a.yaml", b"- dataset: {id: a/b}\n  value: 1.5\n".to_vec())]),
            YES,
        ),
        ("a PDF", ResearchPaper, with(vec![("paper.pdf", pdf())]), YES),
        ("a figure", ResearchPaper, with(vec![("figures/loss.pdf", pdf())]), MAYBE),
        ("no PDF", ResearchPaper, with(vec![("paper.pdf", b"text".to_vec())]), NO),
        ("hours", EvaluationResults, vec![("README.md", table("GPU hours"))], MAYBE),
        (
            "a link",
            ResearchPaper,
            vec![("README.md", card("license: mit\npapers: ['2305.18290']").into())],
            MAYBE,
        ),
        ("a report", TechnicalReport, with(vec![("technical_report.pdf", pdf())]), YES),
        ("data by name", EvaluationData, vec![("README.md", card(index).into())], MAYBE),
        ("samples", SampleOutputs, with(vec![("samples/1.txt", b"x".to_vec())]), YES),
    ]);
    assert!(
        mof(&vec![("README.md", template.into())]).remarks.iter().any(|remark| remark.code == Code::Template)
    );
}

#[test]
fn terms_come_from_the_nearest_place_and_the_stricter_holds() {
    let weights = || ("model.safetensors", safetensors(1));
    let nc = || spdx::license_id("CC-BY-NC-4.0").unwrap().text().as_bytes().to_vec();
    let open = |files: &Files, component| {
        let verdict = mof(files);
        part(&verdict, component).license.as_ref().map(|one| (one.terms.open, one.terms.name.clone()))
    };
    let is = |open, name: &str| Some((open, name.to_owned()));
    let both = vec![("README.md", card("license: mit").into()), ("LICENSE", nc()), weights()];
    assert_eq!(open(&both, Parameters), is(Open::No, "CC-BY-NC-4.0"));
    assert!(mof(&both).remarks.iter().any(|remark| remark.code == Code::Conflict));
    let other_way = vec![("README.md", card("license: cc-by-nc-4.0").into()), ("LICENSE", mit()), weights()];
    assert_eq!(open(&other_way, Parameters), is(Open::No, "CC-BY-NC-4.0"));
    let by_text = vec![("README.md", card("license: other").into()), ("LICENSE", mit()), weights()];
    assert_eq!(open(&by_text, Parameters), is(Open::Yes, "MIT"));
    let by_name = vec![("README.md", card("license: other\nlicense_name: deepseek").into()), weights()];
    assert_eq!(open(&by_name, Parameters), is(Open::No, "deepseek"));
    // One licence for the code, another for the weights.
    let typed = vec![
        ("README.md", card("license: other").into()),
        ("LICENSE-CODE", mit()),
        ("LICENSE-MODEL", nc()),
        ("train.py", b"loss.backward()".to_vec()),
        weights(),
    ];
    assert_eq!(open(&typed, Parameters), is(Open::No, "CC-BY-NC-4.0"));
    assert_eq!(open(&typed, TrainingCode), is(Open::Yes, "MIT"));
    // What the file says of itself counts first, then the folder that it is in.
    let near = vec![
        ("README.md", card("license: cc-by-nc-4.0").into()),
        ("train.py", b"# SPDX-License-Identifier: Apache-2.0\nloss.backward()".to_vec()),
        ("eval/run.py", b"import lm_eval".to_vec()),
        ("eval/LICENSE", mit()),
    ];
    assert_eq!(open(&near, TrainingCode), is(Open::Yes, "Apache-2.0"));
    assert_eq!(open(&near, EvaluationCode), is(Open::No, "CC-BY-NC-4.0"), "the card covers it as well");
    let extra = vec![("LICENSE", [mit(), b"\nNot for military purposes.\n".to_vec()].concat()), weights()];
    assert!(open(&extra, Parameters).is_some_and(|(open, _)| open == Open::Unclear));
    assert!(mof(&extra).remarks.iter().any(|remark| remark.code == Code::ExtraTerms));
    assert_eq!(open(&vec![weights()], Parameters), None);
    let plates = vec![("LICENSE", mit()), ("license_plates.csv", b"a,b\n".to_vec()), weights()];
    assert_eq!(
        open(&plates, Parameters),
        is(Open::Yes, "MIT"),
        "a name with such a word in it is no licence"
    );
    let two = vec![("README.md", card("license: [mit, cc-by-nc-4.0]").into()), weights()];
    assert!(open(&two, Parameters).is_some_and(|(open, _)| open == Open::No), "both hold");
}

#[test]
fn claims_are_claims() {
    let claims = |name: &str| {
        format!("framework: {{name: x}}\nrelease:\n  name: acorn\n  components:\n  - name: {name}\n    license: MIT\n").into_bytes()
    };
    check(&[("listed", Datasets, with(vec![("mof.yml", claims("Datasets"))]), MAYBE)]);
    let wrong = mof(&with(vec![("mof.yml", claims("Crystal ball"))]));
    assert!(
        wrong
            .remarks
            .iter()
            .any(|remark| remark.code == Code::WrongClaim && remark.text.contains("Crystal ball"))
    );
}

#[test]
fn what_stands_beside_a_licence_counts() {
    let weights = || ("model.safetensors", safetensors(1));
    let llama = || b"LLAMA 2 COMMUNITY LICENSE AGREEMENT\n".to_vec();
    let open = |files: Files| {
        let verdict = mof(&files);
        part(&verdict, Parameters).license.as_ref().map(|one| one.terms.open)
    };
    let cc = || spdx::license_id("CC-BY-4.0").unwrap().text().as_bytes().to_vec();
    let other = || ("README.md", card("license: other").into());
    assert_eq!(
        open(vec![other(), ("LICENSE-DATA", cc()), ("LICENSE-MODEL", llama()), weights()]),
        Some(Open::No)
    );
    let elsewhere = vec![other(), ("LICENSE", llama()), ("vendor/images/MODEL_LICENSE", mit()), weights()];
    assert_eq!(open(elsewhere), Some(Open::No), "another's licence");
    let latin = [b"LLAMA 2 COMMUNITY LICENSE AGREEMENT \xa9\n".to_vec(), llama()].concat();
    assert_eq!(
        open(vec![("README.md", card("license: mit").into()), ("LICENSE", latin), weights()]),
        Some(Open::No)
    );
    let wide: Vec<u8> = llama().iter().flat_map(|byte| [*byte, 0]).collect();
    assert_eq!(
        open(vec![("README.md", card("license: mit").into()), ("LICENSE", wide), weights()]),
        Some(Open::Unclear)
    );
    for name in ["LICENSE-v1.1.txt", "LICENSE.Llama", "GEMMA_LICENSE.md"] {
        assert_eq!(
            open(vec![("README.md", card("license: mit").into()), (name, llama()), weights()]),
            Some(Open::No),
            "{name}"
        );
    }
    let policy =
        vec![("README.md", card("license: mit").into()), ("USE_POLICY.md", b"No.".to_vec()), weights()];
    assert_eq!(open(policy), Some(Open::Unclear));
    let two = vec![
        ("a/LICENSE", mit()),
        ("a/model.safetensors", safetensors(1)),
        ("b/LICENSE", llama()),
        ("b/model.safetensors", safetensors(2)),
    ];
    assert_eq!(open(two), Some(Open::No), "all of it counts");
    // Of a base that nobody looked at nothing is sure.
    let tuned = with_card("license: apache-2.0\nbase_model: meta/base", vec![weights()]);
    assert_eq!(counts(&tuned, Parameters), (Status::Unlicensed, Status::Included));
    assert!(
        mof(&tuned)
            .remarks
            .iter()
            .any(|remark| remark.code == Code::Unresolved && remark.text.contains("meta/base"))
    );
    let broken = vec![("README.md", b"---\nlicense: [cc-by-nc-4.0\n---\n# A\n".to_vec()), weights()];
    assert!(mof(&broken).remarks.iter().any(|remark| remark.text.starts_with("README.md was not read")));
}

fn with_card(yaml: &str, files: Files) -> Files {
    let mut all: Files = vec![("README.md", card(yaml).into())];
    all.extend(files);
    all
}
