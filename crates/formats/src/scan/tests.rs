//! Files that hold pickles in all the places where they hide.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const CALL: &[u8] = b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.";
const DATA: &[u8] = b"\x80\x02ccollections\nOrderedDict\n)R.";

/// What is found in a file, and how many bytes of it were read.
fn look(path: &str, bytes: &[u8]) -> (Found, u64) {
    let (mut scan, mut read) = (Scan::new(path, bytes.len() as u64), 0);
    while let Some(range) = scan.wants() {
        assert!(range.start < range.end && range.end <= bytes.len() as u64, "{range:?} of {}", bytes.len());
        read += range.end - range.start;
        assert!(read < 1 << 30, "it ends");
        scan.take(&bytes[range.start as usize..range.end as usize]);
    }
    (scan.finish(), read)
}

fn verdict(path: &str, bytes: &[u8]) -> Verdict {
    look(path, bytes).0.verdict
}

/// A file in an archive, as its two directories tell of it.
#[derive(Clone, Copy)]
struct File<'a> {
    name: &'a str,
    inner_name: &'a str,
    method: u16,
    flags: [u16; 2],
    bytes: &'a [u8],
}

fn file<'a>(name: &'a str, bytes: &'a [u8]) -> File<'a> {
    File { name, inner_name: name, method: 0, flags: [0, 0], bytes }
}

/// A zip archive of files, whose checksums are all wrong.
fn archive(files: &[File<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let at = out.len() as u32;
        let size = (file.bytes.len() as u32).to_le_bytes();
        let fixed = |flags: u16| {
            let numbers = [20, flags, file.method, 0, 0].map(u16::to_le_bytes).concat();
            [&numbers[..], &[0; 4], &size, &size].concat()
        };
        let length = |text: &str| (text.len() as u16).to_le_bytes();
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&fixed(file.flags[0]));
        out.extend_from_slice(
            &[&length(file.inner_name)[..], &[0, 0], file.inner_name.as_bytes(), file.bytes].concat(),
        );
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&fixed(file.flags[1]));
        directory.extend_from_slice(&length(file.name));
        directory.extend_from_slice(&[&[0; 12][..], &at.to_le_bytes(), file.name.as_bytes()].concat());
    }
    let (at, bytes) = (out.len() as u32, directory.len() as u32);
    let count = (files.len() as u16).to_le_bytes();
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&[&count[..], &count, &bytes.to_le_bytes(), &at.to_le_bytes(), &[0, 0]].concat());
    out
}

fn packed<W: Write>(mut with: W, bytes: &[u8], end: impl FnOnce(W) -> Vec<u8>) -> Vec<u8> {
    with.write_all(bytes).unwrap();
    end(with)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    packed(GzEncoder::new(Vec::new(), Compression::best()), bytes, |with| with.finish().unwrap())
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    packed(DeflateEncoder::new(Vec::new(), Compression::best()), bytes, |with| with.finish().unwrap())
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    packed(ZlibEncoder::new(Vec::new(), Compression::best()), bytes, |with| with.finish().unwrap())
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// The same with the first header changed, and its checksum as it has to be.
fn tar_with(files: &[(&str, &[u8])], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut out = tar(files);
    change(&mut out[..512]);
    out[148..156].fill(b' ');
    let sum: u32 = out[..512].iter().map(|byte| u32::from(*byte)).sum();
    out[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    out
}

fn array(descr: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (3,), }}\n");
    [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes(), bytes].concat()
}

#[test]
fn a_call_is_found_wherever_it_hides() {
    let deflated = deflate(CALL);
    let by_deflate = File { method: 8, ..file("archive/data.pkl", &deflated) };
    let plain = file("archive/data.pkl", CALL);
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("as what it is", "model.pkl", CALL.into()),
        ("under another ending", "README.md", CALL.into()),
        ("behind data", "model.pt", [DATA, CALL].concat()),
        ("in an archive", "model.pt", archive(&[file("archive/version", b"3\n"), plain])),
        ("in an archive under another ending", "notes.txt", archive(&[plain])),
        ("under another name in an archive", "model.pt", archive(&[file("archive/config.json", CALL)])),
        ("deflated", "model.zip", archive(&[by_deflate])),
        ("in an archive whose flags lie", "model.pt", archive(&[File { flags: [0, 1], ..plain }])),
        ("gzipped", "model.pkl.gz", gzip(CALL)),
        ("gzipped twice", "model", gzip(&gzip(CALL))),
        ("in zlib, as joblib does", "model.joblib", zlib(CALL)),
        ("in a tar archive", "model.nemo", tar(&[("config.yaml", b"a: 1\n"), ("weights.ckpt", CALL)])),
        (
            "in a packed tar archive",
            "model.tgz",
            gzip(&tar(&[("big.bin", &[7; 5000]), ("weights.ckpt", CALL)])),
        ),
        ("in an array of objects", "array.npy", array("'|O'", CALL)),
        ("in an array in an archive", "arrays.npz", archive(&[file("a.npy", &array("[('f', 'O')]", CALL))])),
        ("in a pickle that looks like a tar archive", "model.pkl", {
            let mut text = vec![0; 1200];
            text[117..128].fill(b'0');
            text[149] = b'0';
            text[250..255].copy_from_slice(b"ustar");
            [&b"\x80\x02X\xb0\x04\0\0"[..], &text, b"0", &CALL[2..]].concat()
        }),
        (
            "in an archive behind a text",
            "model.bin",
            [&b"text ".repeat(400)[..], &archive(&[plain])].concat(),
        ),
        ("in an archive that is short", "model.bin", [&b"\xff\xff"[..], &archive(&[plain])].concat()),
        (
            "in a tar archive of the oldest kind",
            "model.bin",
            tar_with(&[("a", CALL)], |header| header[257..265].fill(0)),
        ),
        ("behind a folder that says it has bytes", "model.bin", {
            let mut folder = tar_with(&[("dir/", &[])], |header| {
                header[156] = 0;
                header[124..135].copy_from_slice(b"00000002000");
            });
            folder.truncate(512);
            [folder, tar(&[("a", CALL)])].concat()
        }),
        ("behind a file whose size begins with a zero byte", "model.bin", {
            let mut empty =
                tar_with(&[("b", &[])], |header| header[124..136].copy_from_slice(b"\x0000000002000"));
            empty.truncate(512);
            [empty, tar(&[("a", CALL)])].concat()
        }),
        ("before an archive", "model.pt", [CALL, &archive(&[file("a", b"1")])].concat()),
        ("in an archive behind something", "model.bin", [&[0xff; 2000][..], &archive(&[plain])].concat()),
    ];
    for (what, path, bytes) in cases {
        let (found, _) = look(path, &bytes);
        assert_eq!(found.verdict, Verdict::Dangerous, "{what}: {found:?}");
        assert!(found.reasons.iter().any(|reason| reason.contains("posix.system")), "{what}: {found:?}");
        assert!(found.imports.iter().any(|import| import.full_name() == "posix.system"), "{what}");
    }
}

#[test]
fn what_does_nothing_is_told_as_that() {
    let floats: Vec<u8> = (0..5000_u32).flat_map(|n| (n as f32 * 0.37).sin().to_le_bytes()).collect();
    let deflated = deflate(DATA);
    let torch = archive(&[
        file("archive/data.pkl", DATA),
        file("archive/data/0", &floats),
        file("archive/version", b"3\n"),
        File { method: 8, ..file("archive/extra.pkl", &deflated) },
    ]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("model.pt", torch),
        ("data.pkl", DATA.into()),
        ("legacy.pth", [DATA, DATA, &floats].concat()),
        ("numbers.npy", array("'<f4'", &floats)),
        ("rows.jsonl.gz", gzip(b"{\"a\": 1}\n{\"a\": 2}\n")),
        ("images.tar", tar(&[("a.png", b"\x89PNG\r\n\x1a\n"), ("a.txt", b"copy\nthat\n")])),
        ("README.md", b"# A model\n\ncould be anything\n".repeat(100)),
        ("weights.bin", floats),
        ("empty.pkl", Vec::new()),
    ];
    for (path, bytes) in cases {
        let (found, _) = look(path, &bytes);
        assert_eq!(found, Found { imports: found.imports.clone(), ..Found::default() }, "{path}");
    }
}

#[test]
fn what_cannot_be_looked_into_is_never_clean() {
    let deep = (0..7).fold(CALL.to_vec(), |inner, _| gzip(&inner));
    let whole = archive(&[file("archive/data.pkl", DATA)]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a.pkl", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("a.pt", b"\xff\xff\xff".to_vec()),
        ("a.h5", b"\x89HDF\r\n\x1a\n\0\0".to_vec()),
        ("saved_model.pb", b"\x08\x01\x12".to_vec()),
        ("a.keras", whole.clone()),
        ("models.zip", archive(&[file("one/saved_model.pb", b"\x08\x01")])),
        ("models.tar", tar(&[("one/saved_model.pb", b"\x08\x01")])),
        ("a.bin", b"ZF0x1f                  x\x9c".to_vec()),
        ("a.bin", b"]\0\x10\0\0".to_vec()),
        ("a.bin", b"\x50\x2a\x4d\x18\0\0".to_vec()),
        ("a.tar", tar_with(&[("a", DATA)], |header| header[156] = b'S')),
        ("a.tar", tar_with(&[("a", b"10 size=0\n10 size=0\n")], |header| header[156] = b'x')),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\0".to_vec()),
        ("a.bz2", b"BZh91AY&SY".to_vec()),
        ("a.xz", b"\xfd7zXZ\0\0".to_vec()),
        ("a.zst", b"\x28\xb5\x2f\xfd\0\0".to_vec()),
        ("deep.gz", deep),
        ("cut.gz", gzip(&[DATA, &[b'N'; 9000]].concat())[..30].to_vec()),
        ("cut.zip", whole[..whole.len() - 30].to_vec()),
        ("cut.tar", tar(&[("a.bin", &[1; 3000])])[..1000].to_vec()),
        ("secret.zip", archive(&[File { flags: [1, 1], ..file("a.pkl", b"\xa0\xa1") }])),
        ("other.zip", archive(&[File { method: 14, ..file("a.pkl", DATA) }])),
        ("nested.zip", archive(&[file("inner.zip", &whole)])),
        ("cut.npy", array("'|O'", CALL)[..20].to_vec()),
        ("half.pkl", DATA[..DATA.len() - 1].to_vec()),
    ];
    for (path, bytes) in cases {
        let (found, _) = look(path, &bytes);
        assert_eq!(found.verdict, Verdict::Unscannable, "{path}: {found:?}");
        assert!(!found.reasons.is_empty(), "{path}");
    }
}

#[test]
fn archives_that_show_one_thing_and_load_another_are_odd() {
    let plain = file("archive/data.pkl", DATA);
    let two_ends = {
        let mut inner = archive(&[plain]);
        // The comment of the first end is the second.
        let end = archive(&[]);
        let at = inner.len() - 2;
        inner[at..].copy_from_slice(&(end.len() as u16).to_le_bytes());
        [inner, end].concat()
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("another name inside", archive(&[File { inner_name: "archive/data.txt", ..plain }])),
        ("flags", archive(&[File { flags: [8, 0], ..plain }, File { name: "b", inner_name: "c", ..plain }])),
        ("the same name twice", archive(&[plain, plain])),
        ("out of its folder", archive(&[plain, file("../../.bashrc", b"id")])),
        ("an absolute path", archive(&[plain, file("/etc/passwd", b"id")])),
        ("a path of Windows", archive(&[plain, file("a\\b", b"id")])),
        ("code of TorchScript", archive(&[plain, file("archive/code/__torch__.py", b"def f(): pass\n")])),
        ("two ends", two_ends),
        ("something behind it", [archive(&[plain]), b"\xff".to_vec()].concat()),
    ];
    for (what, bytes) in cases {
        let (found, _) = look("model.pt", &bytes);
        assert_eq!(found.verdict, Verdict::Suspicious, "{what}: {found:?}");
    }
}

#[test]
fn of_large_files_little_is_read() {
    let tensor = vec![0x3f; 8 << 20];
    let names: Vec<String> = (0..4).map(|n| format!("archive/data/{n}")).collect();
    let mut files = vec![file("archive/data.pkl", DATA)];
    files.extend(names.iter().map(|name| file(name, &tensor)));
    let torch = archive(&files);
    let (found, read) = look("pytorch_model.bin", &torch);
    assert_eq!(found.verdict, Verdict::NothingFound, "{found:?}");
    assert!(read < 200_000, "{read} of {} bytes", torch.len());

    // A large array within a pickle is stepped over.
    let large = [&b"\x80\x04B"[..], &(tensor.len() as u32).to_le_bytes(), &tensor, b"."].concat();
    let (found, read) = look("large.pkl", &large);
    assert_eq!(found.verdict, Verdict::NothingFound, "{found:?}");
    assert!(read < 2 << 20, "{read} of {} bytes", large.len());
    let (found, read) = look("large.tar", &tar(&[("a.bin", &tensor), ("b.pkl", CALL)]));
    assert_eq!(found.verdict, Verdict::Dangerous);
    assert!(read < 3 << 20, "{read} bytes");
}

#[test]
fn a_name_hides_nothing() {
    for name in ["chat_template.jinja", "config.json", "a.safetensors", "a.pkl", "a.txt"] {
        let (found, _) = look(name, b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
        assert_eq!(found.verdict, Verdict::Unscannable, "{name}: {found:?}");
        assert!(found.reasons.iter().any(|reason| reason.contains("its header")), "{name}: {found:?}");
    }
}

#[test]
fn what_unpacks_to_too_much_has_an_end() {
    // A text that goes on for ever, as long as it is one: 2 GiB of zeros in a pickle's string, packed twice.
    let mut inner = GzEncoder::new(Vec::new(), Compression::best());
    inner.write_all(b"\x80\x04\x8e\0\0\0\0\x02\0\0\0").unwrap();
    for _ in 0..1100 {
        inner.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = gzip(&inner.finish().unwrap());
    assert!(bomb.len() < 20_000);
    let (found, _) = look("bomb.pkl.gz", &bomb);
    assert_eq!(found.verdict, Verdict::Unscannable, "{found:?}");
}

#[test]
fn many_files_that_are_not_there_are_passed_over() {
    let entry = archive(&[file("a", b"")]);
    let start = entry.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut one = entry[start..entry.len() - 22].to_vec();
    one[42..46].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let directory = one.repeat(150_000);
    let bytes = (directory.len() as u32).to_le_bytes();
    let whole = [&directory[..], b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff", &bytes, &[0; 4], &[0, 0]].concat();
    let (found, _) = look("a.zip", &whole);
    assert_eq!(found.verdict, Verdict::Suspicious, "{:?}", found.reasons.first());
    assert!(found.reasons.iter().any(|reason| reason.contains("lies outside")), "{:?}", found.reasons);
}

#[test]
fn whatever_the_bytes_it_ends() {
    let whole = archive(&[file("archive/data.pkl", CALL), file("b", DATA)]);
    for at in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            look("model.pt", &bytes);
        }
        verdict("model.pt", &whole[..at]);
    }
}
