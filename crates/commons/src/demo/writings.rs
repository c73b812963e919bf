//! The texts of the demo's paper and of its code: cards, sources, and a PDF of one page.

use super::{DemoCommit, DemoRepo, file};
use seedcorn_core::repo::RepoKind;

/// The card of the code.
const CODE: &str = r#"---
license: apache-2.0
tags:
- tiny
- demo
---

# acorn-tools

What [acorn-lab/acorn-tiny](/acorn-lab/acorn-tiny) was drawn with, in a few lines of Python. It comes with this hub's
demo, so that code has its place beside the models that stand on it.

```python
from acorn_tools import parameters

print(parameters("model.safetensors"))
```
"#;

const PACKAGE: &str = r#"[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "acorn-tools"
version = "0.2.0"
license = "Apache-2.0"
"#;

const MODULE: &str = r#""""Counts what is in a safetensors file, from its header alone."""

import json
import math
import struct


def parameters(path):
    """Numbers in all tensors of a file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    tensors = (tensor for name, tensor in header.items() if name != "__metadata__")
    return sum(math.prod(tensor["shape"]) for tensor in tensors)
"#;

const CITATION: &str = r#"cff-version: 1.2.0
message: "If you use this software, please cite it as below."
type: software
title: "acorn-tools"
version: "0.2.0"
license: "Apache-2.0"
authors:
- name: "Acorn Lab"
"#;

/// The paper's card. Its author is the one whom ORCID itself made up.
const PAPER: &str = r#"---
license: cc-by-4.0
language: en
title: "One season of a garden that never was"
authors:
- name: "Josiah Carberry"
  orcid: "0000-0002-1825-0097"
- name: "Acorn Lab"
  entity: true
published: "2026-01-05"
abstract: "We describe how 4,500 observations of plants and a decoder with 5.8 million parameters were drawn from a seeded generator, so that a hub has something to show before anybody has published there.\n\nNothing was grown, trained or measured. Every file is of its real format, and every card says that its content is made up."
code:
- acorn-lab/acorn-tools
tags:
- demo
---

The source is in `paper.tex`, the paper itself in `paper.pdf`.
"#;

const TEX: &str = r#"\documentclass{article}
\title{One season of a garden that never was}
\author{Josiah Carberry \and Acorn Lab}
\begin{document}
\maketitle
Nothing was grown, trained or measured.
\end{document}
"#;

/// Software, in two releases.
pub(super) fn code() -> DemoRepo {
    let first = vec![file("README.md", CODE), file("acorn_tools/__init__.py", MODULE)];
    let second = vec![file("CITATION.cff", CITATION), file("pyproject.toml", PACKAGE)];
    DemoRepo {
        kind: RepoKind::Code,
        owner: "acorn-lab",
        name: "acorn-tools",
        commits: vec![
            DemoCommit { message: "Count parameters", files: first, tag: Some("v0.1.0") },
            DemoCommit { message: "A package, and how to cite it", files: second, tag: Some("v0.2.0") },
        ],
    }
}

/// A paper, on which the data set and the model rest.
pub(super) fn paper() -> DemoRepo {
    let text = [
        "One season of a garden that never was",
        "Josiah Carberry, Acorn Lab",
        "Nothing was grown, trained or measured.",
    ];
    let files = vec![file("README.md", PAPER), file("paper.tex", TEX), file("paper.pdf", pdf(&text))];
    DemoRepo {
        kind: RepoKind::Paper,
        owner: "acorn-lab",
        name: "one-season",
        commits: vec![DemoCommit { message: "Add the paper", files, tag: None }],
    }
}

/// A PDF of one page with these lines, which hold neither parentheses nor backslashes (ISO 32000).
fn pdf(lines: &[&str]) -> Vec<u8> {
    let shown: Vec<String> = lines.iter().map(|line| format!("({line}) Tj T*")).collect();
    let page = format!("BT /F1 14 Tf 72 720 Td 24 TL {} ET", shown.join(" "));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (n, object) in (1..).zip(&objects) {
        places.push(out.len());
        out.push_str(&format!("{n} 0 obj\n{object}\nendobj\n"));
    }
    let start = out.len();
    let count = objects.len() + 1;
    out.push_str(&format!("xref\n0 {count}\n0000000000 65535 f \n"));
    places.iter().for_each(|place| out.push_str(&format!("{place:010} 00000 n \n")));
    out.push_str(&format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use seedcorn_core::card::{Report, validate};
    use seedcorn_core::cite::read_cff;

    #[test]
    fn the_pdf_names_its_own_places() {
        let text = String::from_utf8(pdf(&["One", "Two"])).unwrap();
        let table = text.split("xref\n0 6\n").nth(1).unwrap();
        for (n, line) in (1..).zip(table.lines().skip(1).take(5)) {
            let place: usize = line[..10].parse().unwrap();
            assert!(text[place..].starts_with(&format!("{n} 0 obj")), "{line:?}");
            assert_eq!(line.len(), 19);
        }
        let start: usize = text.lines().rev().nth(1).unwrap().parse().unwrap();
        assert!(text[start..].starts_with("xref"));
    }

    #[test]
    fn the_cards_are_sound() {
        assert_eq!(validate(PAPER, RepoKind::Paper), Report::default());
        assert_eq!(validate(CODE, RepoKind::Code), Report::default());
        assert_eq!(read_cff(CITATION).unwrap().authors[0].name, "Acorn Lab");
    }
}
