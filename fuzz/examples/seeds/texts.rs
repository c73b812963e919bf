//! The seeds that are text.

/// Forms with files, and the header of one.
pub(crate) const FORMS: [(&str, &str); 3] = [
    (
        "files",
        "--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nwords\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a/%22b.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--\r--b\r\n\r\n--b--\r\n",
    ),
    ("broken-off", "--b\r\nContent-Disposition: form-data; name=x\r\n\r\nwords\r\n--"),
    ("content-type", "multipart/form-data; boundary=\"a b\""),
];

/// Bodies of commits.
pub(crate) const LINES: [(&str, &str); 6] = [
    (
        "commit",
        r#"{"key": "header", "value": {"summary": "s", "description": "d", "parentCommit": "0123456789"}}
{"key": "file", "value": {"content": "aGVsbG8=", "path": "a/b.txt", "encoding": "base64"}}
{"key": "file", "value": {"content": "h\u00e9llo\n", "path": "a/c d.txt", "encoding": "utf-8"}}
{"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 12}}
{"key": "deletedFile", "value": {"path": "a/b.txt"}}
{"key": "deletedFolder", "value": {"path": "a/"}}
"#,
    ),
    ("no-header", "\n\r\n{\"key\":\"deletedFile\",\"value\":{\"path\":\"a\"}}"),
    (
        "value-first",
        r#"{"value":{"path":"x","extra":[1,{"a":null}],"content":"","encoding":"utf-8"},"key":"file"}"#,
    ),
    ("unknown", r#"{"key":"nonsense","value":{}}"#),
    (
        "paths",
        r#"{"key":"file","value":{"content":"","path":"a"}}
{"key":"file","value":{"content":"","path":"a/b"}}
{"key":"file","value":{"content":"","path":"../b"}}
{"key":"file","value":{"content":"","path":".GIT/b"}}
{"key":"file","value":{"content":"","path":"b/\u202ec"}}
{"key":"file","value":{"content":"","path":"b.c"}}
{"key":"deletedFile","value":{"path":"b"}}
"#,
    ),
    ("base64", r#"{"key":"file","value":{"content":"aGVsbG9=","path":"a"}}"#),
];

/// Texts of README.md files.
pub(crate) const CARDS: [(&str, &str); 8] = [
    (
        "model",
        "---\nlicense: other\nlicense_name: mine\nlanguage:\n- en\n- no\ntags: [a, \"b c\", license:mit]\nbase_model: a/b\n\
         base_model_relation: quantized\ndatasets:\n  - c/d\nlibrary_name: transformers\npipeline_tag: fill-mask\n\
         model-index:\n- name: n\n  results:\n  - task: {type: t}\n    dataset: {type: d, name: D}\n    metrics:\n    \
         - {type: acc, value: 0.5}\n---\n# Title\n\nhttps://arxiv.org/abs/2401.01234v2 and hf.co/papers/1234.5678\n",
    ),
    (
        "dataset",
        "---\r\nlicense: mit\r\ntask_categories:\r\n- text-classification\r\nsize_categories: [n<1K]\r\nconfigs:\r\n\
         - config_name: default\r\n  data_files: '*.csv'\r\ndataset_info:\r\n  features: []\r\n---\r\ntext\r\n",
    ),
    ("space", "\u{feff}\n---\ntitle: \"T\\u00e9\"\nsdk: docker\npinned: true\nemoji: \u{1f600}\n---\n"),
    ("aliases", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: {<<: {d: *b}, e: *a}\n---\n"),
    (
        "scalars",
        "---\na: 0x1f\nb: 1_000\nc: 007\nd: .nan\ne: -.inf\nf: 1e400\ng: 2024-01-02\nh: ~\ni: yes\nj: !!str 5\n\
         k: |\n  block\n  text\nl: >-\n  folded\n  text\nm: 'it''s'\nn: 18446744073709551616\no: 1.0\n? p\n: q\n---\n",
    ),
    ("no-fence", "license: mit\nno fence here\n"),
    ("broken", "---\na: [1, 2\nb: }\n---\n"),
    ("two-documents", "---\na: 1\n...\n---\nb: 2\n---\n"),
];

/// Headers of safetensors files, and an index of several.
pub(crate) const HEADERS: [(&str, &str); 5] = [
    ("nothing", "{}"),
    (
        "all-sorts",
        concat!(
            r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"#,
            r#""b.c":{"dtype":"F4","shape":[4],"data_offsets":[12,14]},"d":{"dtype":"NEW","shape":[],"#,
            r#""data_offsets":[14,14]},"e":{"dtype":"I64","shape":[0],"data_offsets":[14,14]}}   "#
        ),
    ),
    (
        "twice",
        concat!(
            r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#,
            r#""\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
        ),
    ),
    (
        "overlap",
        r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}"#,
    ),
    (
        "index",
        r#"{"metadata":{"total_size":16.0},"weight_map":{"a":"x-1.safetensors","b":"y/x-2.safetensors"}}"#,
    ),
];

/// Two letters (see the target), then a table, or the beginning of some other file.
pub(crate) const TABLES: [(&str, &str); 9] = [
    ("csv", "c~a,\"b \"\"x\"\"\",c\r\n1,\"two\nlines\",-3.5\r\n,x,4\n\n5,6,7,8"),
    ("semicolons", "c~a;b;\"c,,\"\n1;2;3\n"),
    ("tsv", "t~a\tb\n1\t\"x\ty\"\n2\tz\n"),
    (
        "lines",
        "l~{\"z\":1,\"a\":\"x\"}\n\n{\"a\":[1,\"b\",{\"k\":null}],\"t\":true,\"z\":-2.5e3}\n{\"a\":2}\n",
    ),
    ("list", "j~[{\"z\":1,\"a\":\"\\u00e9\"} , {\"a\":{}},\n{}]"),
    ("page", "cc<!DOCTYPE html><html>"),
    ("picture", "cc<?xml version='1.0'?><svg onload='x'/>"),
    ("pdf", "cc%PDF-1.7\n1 0 obj\n"),
    ("riff", "ccRIFF    WEBPVP8 "),
];

/// Lists of references, CITATION.cff files, and how cards name papers.
pub(crate) const CITATIONS: [(&str, &str); 6] = [
    (
        "article",
        r##"@article{goedel2024, title = {On {Growth} \& \'{E}tude}, author = {G{\"o}del, Kurt and {Acorn Lab} and King, Jr., Martin},
  year = 2024, month = may, journal = "Proc. " # {of it}, eprint = {2305.18290}, doi = {10.1038/x\_1}}
"##,
    ),
    (
        "old",
        r##"% comment
@string{a = "b"}
@InProceedings(k, title = "A {B} c", author = "Ludwig van Beethoven and others", year = "1999", url = {https://arxiv.org/abs/hep-th/9901001})
"##,
    ),
    (
        "cff",
        r##"cff-version: 1.2.0
message: Cite it.
title: "A: b"
authors:
- family-names: Beethoven
  given-names: Ludwig
  name-particle: van
  name-suffix: Jr.
  orcid: https://orcid.org/0000-0002-1825-0097
- name: Acorn Lab
identifiers:
- type: other
  value: arXiv:2305.18290
license: [Apache-2.0, MIT]
preferred-citation:
  type: article
  title: The paper
  year: 2023
  month: 4
"##,
    ),
    ("named", "Acorn-Lab/Growth"),
    ("doi", "https://doi.org/10.48550/arXiv.2305.18290"),
    ("arxiv", "arXiv:math.GT/0309136v2"),
];
