//! Licence files: the texts of the list read as themselves, and the ways in which a text can look like a licence that it
//! is not. Nothing that holds something back is ever taken for open.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use seedcorn_core::license;
use seedcorn_core::openness::{LicenseText, Open, Restriction, Terms};
use seedcorn_formats::license_text::{LICENSE_TEXT_BYTES_MAX, identifier, read};

fn text(id: &str) -> &'static str {
    spdx::license_id(id).unwrap().text()
}

fn open(read: &LicenseText) -> Open {
    read.terms().open
}

const COMMONS_CLAUSE: &str = "\"Commons Clause\" License Condition v1.0\n\nThe Software is provided to you by the Licensor \
    under the License, as defined below, subject to the following condition.\n\nWithout limiting other conditions in the \
    License, the grant of rights under the License will not include, and the License does not grant to you, the right to \
    Sell the Software.\n";

const MONTHLY_USERS: &str = "Our only modification part is that, if the Software (or any derivative works thereof) is used \
    for any of your commercial products or services that have more than 100 million monthly active users, you shall \
    prominently display its name on the user interface of such product or service.\n";

#[test]
fn texts_of_the_list_are_read_as_themselves() {
    let ids: Vec<&str> = license::IDS.iter().filter_map(|id| license::spdx_id(id)).collect();
    let mut read_right = 0;
    for id in &ids {
        let Some(known) = spdx::license_id(id) else { continue };
        let (seen, wanted) = (read(known.text()), Terms::of(id));
        assert!(
            open(&seen) != Open::Yes || wanted.open == Open::Yes,
            "{id} is not open, and its text is taken for {seen:?}"
        );
        let same =
            seen.ids.iter().any(|seen| seen.trim_end_matches("-or-later") == id.trim_end_matches("-only"));
        read_right += usize::from(same && seen.extra.is_empty() && open(&seen) == wanted.open);
    }
    assert!(read_right * 100 >= ids.len() * 90, "{read_right} of {}", ids.len());
}

#[test]
fn a_clause_more_makes_a_licence_another() {
    for (name, file) in [
        ("Apache-2.0 and the Commons Clause", format!("{COMMONS_CLAUSE}\n{}", text("Apache-2.0"))),
        ("the same the other way round", format!("{}\n{COMMONS_CLAUSE}", text("Apache-2.0"))),
        ("MIT and a threshold", format!("{}\n{MONTHLY_USERS}", text("MIT"))),
        ("MIT and a wish", format!("{}\nWe ask that you use the model responsibly.\n", text("MIT"))),
        ("BSD and a field", format!("{}\nNot to be used for military purposes.\n", text("BSD-3-Clause"))),
        ("MIT for research", text("MIT").replace("to deal", "for research purposes only to deal")),
        (
            "MIT for some",
            format!("{}\nThe rights above are granted exclusively to academic institutions.\n", text("MIT")),
        ),
        (
            "MIT but not there",
            format!("{}\nThey are not granted to companies located in the European Union.\n", text("MIT")),
        ),
        (
            "Apache for small ones",
            format!(
                "{}\nOrganisations of more than 1000 employees ask us for another licence.\n",
                text("Apache-2.0")
            ),
        ),
        (
            "MIT without outputs",
            format!("{}\nYou agree to train no other language models on the outputs.\n", text("MIT")),
        ),
        ("MIT for schools", format!("{}\nFor educational and academic use.\n", text("MIT"))),
        ("MIT without selling", text("MIT").replace("and/or sell", "but not sell")),
        ("CC-BY and a duty", format!("{}\nFor non-commercial use only.\n", text("CC-BY-4.0"))),
    ] {
        let seen = read(&file);
        assert_ne!(open(&seen), Open::Yes, "{name}: {seen:?}");
        let terms = seen.terms();
        assert!(
            terms.restrictions.contains(&Restriction::Custom) && !terms.reason.is_empty(),
            "{name}: {terms:?}"
        );
    }
}

#[test]
fn the_line_of_what_was_added_is_told() {
    let file = format!("{}\nYou must prominently display our name.\n", text("MIT"));
    let seen = read(&file);
    let (line, said) = seen.extra.first().unwrap();
    assert!(seen.has_extra() && said.contains("prominently display"));
    assert_eq!(file.lines().nth(*line as usize - 1).unwrap().trim(), said);
}

#[test]
fn titles_copyright_and_a_missing_appendix_change_nothing() {
    let apache = text("Apache-2.0");
    let bare = apache.split("APPENDIX").next().unwrap();
    assert_eq!(read(bare).ids, ["Apache-2.0"], "not the licence that was made of it");
    assert_eq!(open(&read(bare)), Open::Yes);
    let named = format!("# Licence\n\nCopyright (c) 2026 The Acorn Lab\n\n{}", text("MIT"));
    assert_eq!((read(&named).ids, open(&read(&named))), (vec!["MIT".to_owned()], Open::Yes));
    let header = "Copyright 2026 Ada\n\nLicensed under the Apache License, Version 2.0 (the \"License\");\nyou may not use \
        this file except in compliance with the License.\nYou may obtain a copy of the License at\n\n    \
        http://www.apache.org/licenses/LICENSE-2.0\n";
    assert_eq!(read(header).ids, ["Apache-2.0"]);
    assert_eq!(open(&read(header)), Open::Yes);
}

#[test]
fn two_licences_in_one_file_both_hold() {
    let both = read(&format!("{}\n\n=====\n\n{}", text("MIT"), text("Apache-2.0")));
    assert_eq!(both.ids, ["Apache-2.0", "MIT"]);
    let closed = read(&format!("{}\n\n=====\n\n{}", text("MIT"), text("CC-BY-NC-4.0")));
    assert_ne!(open(&closed), Open::Yes, "{closed:?}");
}

#[test]
fn creative_commons_are_told_apart() {
    for id in [
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-ND-4.0",
        "CC-BY-NC-SA-4.0",
        "CC-BY-NC-ND-4.0",
        "CC0-1.0",
    ] {
        assert_eq!(read(text(id)).ids, [id]);
    }
}

#[test]
fn own_terms_are_known_by_their_title_and_never_open() {
    for (title, name) in [
        ("LLAMA 2 COMMUNITY LICENSE AGREEMENT", "llama2"),
        ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT", "llama3.1"),
        ("Gemma Terms of Use", "gemma"),
        ("BigCode Open RAIL-M v1 License Agreement", "bigcode-openrail-m"),
        ("DEEPSEEK LICENSE AGREEMENT\nVersion 1.0", "DeepSeek License Agreement"),
    ] {
        // Words of an open licence in it change nothing.
        let seen = read(&format!("{title}\n\n{}", text("MIT")));
        assert_eq!((seen.custom.as_deref(), open(&seen)), (Some(name), Open::No));
    }
    let said = format!(
        "SPDX-License-Identifier: MIT OR Apache-2.0\n{}",
        "It may not be used commercially. ".repeat(10)
    );
    assert_eq!(open(&read(&said)), Open::Unclear);
    for unknown in ["", "All rights reserved.", "You may do as you please, mostly.", &"word ".repeat(5000)] {
        assert_eq!(open(&read(unknown)), Open::Unclear, "{unknown:.40}");
    }
}

#[test]
fn identifiers_are_read_and_long_files_are_not() {
    assert_eq!(
        identifier("// x\n# SPDX-License-Identifier: MIT OR Apache-2.0\n"),
        Some((2, "MIT OR Apache-2.0".into()))
    );
    assert_eq!(identifier("<!-- SPDX-License-Identifier: CC-BY-4.0 -->"), Some((1, "CC-BY-4.0".into())));
    assert_eq!(identifier("nothing"), None);
    assert_eq!(open(&read("SPDX-License-Identifier: MIT")), Open::Yes);
    let long = format!("{}\n{}", text("MIT"), "é".repeat(LICENSE_TEXT_BYTES_MAX));
    assert_ne!(open(&read(&long)), Open::Yes);
}

#[test]
fn a_word_that_is_another_makes_a_licence_another() {
    let mit = text("MIT");
    let apache = text("Apache-2.0");
    for (name, file) in [
        ("with", mit.replace("without restriction", "with restriction")),
        ("a fee", mit.replace("free of charge", "for a fee")),
        ("students", mit.replace("any person", "any student")),
        (
            "less",
            mit.replace(
                "use, copy, modify, merge, publish, distribute, sublicense, and/or sell",
                "use and copy",
            ),
        ),
        (
            "revocable",
            apache.replace(
                "perpetual, worldwide, non-exclusive, no-charge, royalty-free, irrevocable",
                "revocable, domestic, exclusive, royalty-bearing",
            ),
        ),
        ("Chinese", format!("{mit}\n本模型不得用于任何商业用途。\n")),
        ("Japanese", format!("{apache}\n商用利用禁止。\n")),
        ("Russian", format!("{mit}\nКоммерческое использование запрещено.\n")),
        ("short lines", format!("{mit}\nNo companies.\nPay us first.\n")),
        ("a heading", format!("{mit}\n# For schools alone\n")),
        ("behind a name", format!("{mit}\n(c) Companies above 50 employees pay a royalty of five percent\n")),
        (
            "behind a sentence",
            format!("Copyright (c) 2026 Acorn. Larger ones need a paid agreement\n\n{mit}"),
        ),
        ("above", format!("We grant nothing.\n\n{mit}")),
        ("parts", "Parts are licensed under the Apache License, Version 2.0\n".to_owned()),
        (
            "a head and more",
            "Licensed under the Apache License, Version 2.0. Sorry: students of our school alone.\n"
                .to_owned(),
        ),
        ("an identifier and more", "SPDX-License-Identifier: MIT, for students of our school\n".to_owned()),
        ("an identifier and a clause", "SPDX-License-Identifier: MIT/Commons-Clause\n".to_owned()),
        (
            "two identifiers",
            "SPDX-License-Identifier: MIT\nSPDX-License-Identifier: CC-BY-NC-4.0\n".to_owned(),
        ),
    ] {
        let seen = read(&file);
        assert_ne!(open(&seen), Open::Yes, "{name}: {seen:?}");
    }
    for file in [
        mit.to_owned(),
        apache.to_owned(),
        format!(
            "The MIT License (MIT)\n\nCopyright (c) 2024-2026 The Acorn Authors. All rights reserved.\nCopyright © 2023 Ada Lovelace <ada@example.org>\n\n{}",
            mit.split_once("Permission").map(|(_, rest)| format!("Permission{rest}")).unwrap()
        ),
        "SPDX-License-Identifier: MIT\n".to_owned(),
        text("BSD-3-Clause").replace("1. ", "* ").replace("2. ", "* ").replace("3. ", "* "),
    ] {
        assert_eq!(open(&read(&file)), Open::Yes, "{:?}\n{file}", read(&file));
    }
    assert_eq!(identifier("x = 1\nprint(\"SPDX-License-Identifier: MIT\")\n"), None, "what a program prints");
    assert_eq!(identifier("/* SPDX-License-Identifier: MIT */\n"), Some((1, "MIT".into())));
}
