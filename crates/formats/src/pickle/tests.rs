//! Pickles as CPython writes them, and such as somebody writes who does not want to be seen.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use seedcorn_core::scan::{Found, Verdict};

use super::*;

/// `OrderedDict(a=1, b=[1.5, "x", b"y", (1, 2, 3), {4}])` in protocols 0 to 5, as CPython 3 writes it.
const DATA: [&[u8]; 6] = [
    b"ccollections\nOrderedDict\np0\n(tRp1\nVa\np2\nI1\nsVb\np3\n(lp4\nF1.5\naVx\np5\nac_codecs\nencode\np6\n(Vy\np7\nVlatin1\np8\ntp9\nRp10\na(I1\nI2\nI3\ntp11\nac__builtin__\nset\np12\n((lp13\nI4\natp14\nRp15\nas.",
    b"ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aq\x02K\x01X\x01\x00\x00\x00bq\x03]q\x04(G?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00xq\x05c_codecs\nencode\nq\x06(X\x01\x00\x00\x00yq\x07X\x06\x00\x00\x00latin1q\x08tq\x09Rq\n(K\x01K\x02K\x03tq\x0bc__builtin__\nset\nq\x0c(]q\x0dK\x04atq\x0eRq\x0feu.",
    b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aq\x02K\x01X\x01\x00\x00\x00bq\x03]q\x04(G?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00xq\x05c_codecs\nencode\nq\x06X\x01\x00\x00\x00yq\x07X\x06\x00\x00\x00latin1q\x08\x86q\x09Rq\nK\x01K\x02K\x03\x87q\x0bc__builtin__\nset\nq\x0c]q\x0dK\x04a\x85q\x0eRq\x0feu.",
    b"\x80\x03ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00aq\x02K\x01X\x01\x00\x00\x00bq\x03]q\x04(G?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00xq\x05C\x01yq\x06K\x01K\x02K\x03\x87q\x07cbuiltins\nset\nq\x08]q\x09K\x04a\x85q\nRq\x0beu.",
    b"\x80\x04\x95Q\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(G?\xf8\x00\x00\x00\x00\x00\x00\x8c\x01x\x94C\x01y\x94K\x01K\x02K\x03\x87\x94\x8f\x94(K\x04\x90eu.",
    b"\x80\x05\x95Q\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(G?\xf8\x00\x00\x00\x00\x00\x00\x8c\x01x\x94C\x01y\x94K\x01K\x02K\x03\x87\x94\x8f\x94(K\x04\x90eu.",
];

/// A call of `os.system("id")` in protocols 0, 2, 4 and 5.
const SYSTEM: [&[u8]; 4] = [
    b"cposix\nsystem\np0\n(Vid\np1\ntp2\nRp3\n.",
    b"\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.",
    b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
    b"\x80\x05\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
];

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'))
}

fn told(bytes: &[u8]) -> Told {
    let mut pickle = Pickle::default();
    pickle.take(bytes);
    let whole = pickle.finish();
    let mut pickle = Pickle::default();
    bytes.chunks(1).for_each(|byte| pickle.take(byte));
    assert_eq!(pickle.finish(), whole, "in one piece or byte by byte: {bytes:?}");
    whole
}

fn found(bytes: &[u8]) -> Found {
    let told = told(bytes);
    assert!(told.is_pickle(is_text(bytes)), "it is a pickle: {told:?}");
    told.found()
}

fn names(found: &Found) -> Vec<String> {
    found.imports.iter().map(seedcorn_core::scan::Import::full_name).collect()
}

#[test]
fn data_is_data_in_each_protocol() {
    for (protocol, bytes) in DATA.iter().enumerate() {
        let found = found(bytes);
        assert_eq!(found.verdict, Verdict::NothingFound, "protocol {protocol}: {found:?}");
        assert_eq!(names(&found)[0], "collections.OrderedDict");
    }
}

#[test]
fn a_call_is_seen_in_each_protocol() {
    for bytes in SYSTEM {
        let found = found(bytes);
        assert_eq!((found.verdict, names(&found)), (Verdict::Dangerous, vec!["posix.system".to_owned()]));
        assert!(found.imports[0].called && found.reasons[0].contains("posix.system is called"), "{found:?}");
    }
}

#[test]
fn what_somebody_hides_is_seen() {
    let cases: &[(&str, &[u8], Verdict)] = &[
        ("an instance by INST", b"(S'id'\nios\nsystem\n.", Verdict::Dangerous),
        ("an instance by OBJ", b"(cos\nsystem\nS'id'\no.", Verdict::Dangerous),
        ("NEWOBJ", b"\x80\x02cos\npopen\nX\x02\x00\x00\x00id\x85\x81.", Verdict::Dangerous),
        ("NEWOBJ_EX", b"\x80\x04cos\npopen\n\x8c\x02id\x85}\x92.", Verdict::Dangerous),
        (
            "names that were remembered",
            b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93\x8c\x02id\x85R.",
            Verdict::Dangerous,
        ),
        ("names in old texts", b"\x80\x04S'os'\nU\x06system\x93\x8c\x02id\x85R.", Verdict::Dangerous),
        ("names with escapes", b"\x80\x04Vo\\u0073\n\x8c\x06system\x93.", Verdict::Dangerous),
        ("a name out of a call", b"\x80\x04\x8c\x02oscbuiltins\nstr\n)R\x93.", Verdict::Dangerous),
        (
            "a path through a name",
            b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.",
            Verdict::Dangerous,
        ),
        ("numbers of the loading program", b"\x80\x02\x82\x01.", Verdict::Dangerous),
        ("a class that is changed", b"\x80\x02ccollections\nOrderedDict\n}b.", Verdict::Suspicious),
        ("a library nobody knows", b"\x80\x02cmy.package\nThing\n)R.", Verdict::Suspicious),
        ("a module with an odd name", b"\x80\x02cmy module\nrun\n)R.", Verdict::Suspicious),
        ("what the loading program hands in is called", b"\x80\x02N\x51)R.", Verdict::Suspicious),
    ];
    for (what, bytes, verdict) in cases {
        let found = found(bytes);
        assert_eq!(found.verdict, *verdict, "{what}: {found:?}");
    }
}

#[test]
fn what_would_be_done_before_it_breaks_off_counts() {
    let call = b"cos\nsystem\n(S'id'\ntR";
    for (what, behind) in [
        ("cut", &b""[..]),
        ("no opcode", b"\xff\xff"),
        ("an empty stack", b"000000"),
        ("a long count", b"T\xff\xff\xff\xff"),
    ] {
        let told = told(&[&call[..], behind].concat());
        assert!(told.is_pickle(false) && told.pickles == 0, "{what}: {told:?}");
        let found = told.found();
        assert_eq!(found.verdict, Verdict::Dangerous, "{what}");
        assert!(found.reasons.len() > 1, "{what}: that it breaks off is told too: {found:?}");
    }
    let cut = told(&DATA[4][..DATA[4].len() - 1]);
    assert_eq!((cut.end, cut.found().verdict), (End::Cut, Verdict::Unscannable));
}

#[test]
fn several_are_read_one_after_the_other_and_bytes_behind_them_are_no_pickle() {
    let several = [DATA[2], b"\x80\x02M\xe9\x03.", DATA[0], SYSTEM[1]].concat();
    let told_of = told(&several);
    assert_eq!((told_of.pickles, told_of.end), (4, End::Whole));
    assert_eq!(told_of.found().verdict, Verdict::Dangerous);

    // Legacy files of PyTorch: tensors behind the pickles. Whatever they look like, they bring nothing in.
    for behind in [&b"\x00\x01\x02"[..], b"N\xff", b"h\x00\x93\xff", b"\x82\x01R\xff", b"(((("] {
        let told = told(&[DATA[2], behind].concat());
        assert_eq!((told.end, told.oddities.as_slice()), (End::Followed, &[][..]), "{behind:?}");
        assert_eq!(told.found().verdict, Verdict::NothingFound);
    }
    // But one without its protocol behind another is one as soon as it brings something in, from its own words or from those before.
    let hidden = [DATA[2], b"cos\nsystem\n\xff"].concat();
    assert_eq!(found(&hidden).verdict, Verdict::Dangerous);
    let shared = [&b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94."[..], b"h\x00h\x01\x93\xff"].concat();
    assert_eq!(found(&shared).verdict, Verdict::Dangerous);
    // What a pickle before remembered does not stand for what this one remembers.
    let again = [
        &b"\x80\x04\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94."[..],
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93.",
    ]
    .concat();
    assert_eq!(names(&found(&again)), ["os.system"]);
}

#[test]
fn what_only_those_who_load_it_read_on_is_never_clean() {
    let call = b"cposix\nsystem\n(S'id'\ntR.";
    let whole = b"\x80\x02N.";
    let more = |before: Vec<u8>| [before, call.to_vec()].concat();
    for (what, bytes) in [
        ("a deep stack", more([&b"\x80\x02"[..], &b"N".repeat(1_000_001)].concat())),
        ("a full memo", more([&b"\x80\x04N"[..], &b"\x94".repeat(1_000_001)].concat())),
        ("many opcodes", more([&b"\x80\x02"[..], &b"N0".repeat(5_000_001)].concat())),
        ("an underscore", more(b"\x80\x02Np1_0\n0".to_vec())),
        ("a signed zero", more(b"\x80\x02Np-0\n0".to_vec())),
        ("many pickles", more(b"N.".repeat(64))),
        ("a deep stack behind another", more([&whole[..], &b"N".repeat(1_000_001)].concat())),
        ("an underscore behind another", more([&whole[..], b"I1001\np1_0\n0"].concat())),
        (
            "a memo that goes on",
            b"\x80\x04\x8c\x01a\x94.\x8c\x05posix\x94\x8c\x06system\x94h\x01h\x02\x93\x8c\x02id\x85R."
                .to_vec(),
        ),
        ("no name", b"\x80\x04\x8c\x0bantigravity\x8c\x00\x93.".to_vec()),
        ("a name that is none", b"\x80\x04\x8c\x0bantigravity\x8c\x01\x01\x93.".to_vec()),
        ("text that does something", b"cantigravity\nx-y\n".to_vec()),
        ("no end of the line", b"(S'id'\niposix\nsystemX".to_vec()),
    ] {
        let mut pickle = Pickle::default();
        pickle.take(&bytes);
        let told = pickle.finish();
        assert!(told.is_pickle(is_text(&bytes)), "{what}");
        assert!(told.found().verdict > Verdict::NothingFound, "{what}");
    }
}

#[test]
fn what_is_no_pickle_is_not_called_one() {
    for bytes in [
        &b""[..],
        b".",
        b"N.",
        b"copyright 2026\nby somebody\n",
        b"cat\ndog\nbird\n",
        b"cos\nsin\ntan\n",
        b"cast\ncrew\nid\n",
        b"(id\nname\nemail)\n",
        b"import os\nprint(1)\n",
        b"{\"a\": 1}",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"# A title\n\nAnd text.\n",
        b"I1\nI2\nnot at all",
    ] {
        let told = told(bytes);
        assert!(!told.is_pickle(is_text(bytes)), "{bytes:?}: {told:?}");
    }
}

#[test]
fn there_is_an_end_to_everything() {
    let many = b"N0".repeat(usize::try_from(OPCODES_MAX).unwrap() / 2 + 1);
    let mut pickle = Pickle::default();
    pickle.take(b"\x80\x02");
    pickle.take(&many);
    assert!(!pickle.is_open());
    assert_eq!(pickle.finish().found().verdict, Verdict::Unscannable);

    let mut pickle = Pickle::default();
    pickle.take(&b"(".repeat(1_100_000));
    assert_eq!(pickle.finish().end, End::TooMuch("its stack is too deep"));

    let pickles = b"\x80\x02N.".repeat(65);
    assert_eq!(told(&pickles).end, End::TooMuch("it has too many pickles"));
    let huge = [&b"\x80\x04\x8e"[..], &[0xff; 8], &[0; 100]].concat();
    assert_eq!(told(&huge).end, End::Cut);
}
