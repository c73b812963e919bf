//! Files by name and beginning, and what they are taken for.

use super::*;

#[test]
fn files_are_known_by_their_beginning() {
    let mp4 = b"\0\0\0\x20ftypisom\0\0\x02\0";
    let tar = [&[0; 257][..], b"ustar\0"].concat();
    let bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01";
    for (name, head, kind) in [
        ("a.png", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Kind::Image(Image::Png)),
        ("a.html", b"\x89PNG\r\n\x1a\n<script>", Kind::Image(Image::Png)),
        ("a.txt", b"\xff\xd8\xff\xe0", Kind::Image(Image::Jpeg)),
        ("a", b"RIFF\x10\0\0\0WEBPVP8 ", Kind::Image(Image::Webp)),
        ("a", b"RIFF\x10\0\0\0WAVEfmt ", Kind::Audio(Audio::Wav)),
        ("a.ogg", b"OggS\0\x02", Kind::Audio(Audio::Ogg)),
        ("a.OGV", b"OggS\0\x02", Kind::Video(Video::Ogg)),
        ("a.mp3", b"\xff\xfb\x90\x64", Kind::Audio(Audio::Mp3)),
        ("a.bin", b"\xff\xfb\x90\x64", Kind::Binary(None)),
        ("a", mp4, Kind::Video(Video::Mp4)),
        ("a", b"\0\0\0\x20ftypavif\0\0\0\0", Kind::Image(Image::Avif)),
        ("a", b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", Kind::Video(Video::Webm)),
        ("a", bmp, Kind::Image(Image::Bmp)),
        ("BM.txt", b"BMW cars and others, in words", Kind::Text(Some("text"))),
        ("a.pdf", b"%PDF-1.7\nall of it text so far", Kind::Pdf),
        ("a.txt", b"%PDF-1.7\nall of it text so far", Kind::Pdf),
        ("a.parquet", b"PAR1\x15\x04", Kind::Parquet),
        ("notes", b"GGUF is a format of files", Kind::Text(None)),
        ("a.gguf", b"GGUF\x03\0\0\0", Kind::Gguf),
        ("a", b"\x10\0\0\0\0\0\0\0{\"a\":{}}", Kind::Safetensors),
        ("model.bin", b"PK\x03\x04\0\0", Kind::Pickle),
        ("a.zip", b"PK\x03\x04\0\0\x08\x08archive/data.pkl", Kind::Pickle),
        ("a.zip", b"PK\x03\x04\0\0\x08\x08a.txt", Kind::Archive("ZIP archive")),
        ("a", b"\x80\x02}q\x00", Kind::Pickle),
        ("a", b"\x80\x04\x95\x10\0\0\0\0\0\0\0", Kind::Pickle),
        ("a.bin", b"\x80\x05\x00\x00", Kind::Binary(None)),
        ("a.pkl", b"(dp0\n\xff", Kind::Pickle),
        ("a", &tar, Kind::Archive("tar archive")),
        ("a.npy", b"\x93NUMPY\x01\0", Kind::Binary(Some("NumPy array"))),
        ("a.onnx", b"\x08\x07\x12\x07pytorch", Kind::Binary(Some("ONNX model"))),
        ("a.py", b"print(1)\n", Kind::Text(Some("python"))),
        ("a/Dockerfile", b"FROM x\n", Kind::Text(Some("dockerfile"))),
        ("README.MD", b"# a\n", Kind::Text(Some("markdown"))),
        ("a.ipynb", b"{}", Kind::Notebook),
        ("empty", b"", Kind::Text(None)),
        ("a.py", b"a\0b", Kind::Binary(None)),
        ("a.txt", b"caf\xe9", Kind::Binary(None)),
        ("a.svg", b"<g/>", Kind::Svg),
        ("a.txt", b"\xef\xbb\xbf \n<SVG onload=x>", Kind::Svg),
        ("a.txt", b"<?xml version='1.0'?><svg>", Kind::Svg),
        ("a.txt", b"<?xml version='1.0'?><a>", Kind::Text(Some("xml"))),
        ("a.md", b"<!DocType html>", Kind::Text(Some("html"))),
        ("a.json", b"<script>alert(1)</script>", Kind::Text(Some("html"))),
    ] {
        assert_eq!(of(name, head), kind, "{name} {}", head.escape_ascii());
    }
}

#[test]
fn only_what_runs_nothing_is_shown() {
    for (name, head, inline) in [
        ("a.html", &b"<p>"[..], None),
        ("a.xml", b"<a/>", None),
        ("a.xhtml", b"<a/>", None),
        ("a.svg", b"<svg/>", None),
        ("a", b"<svg/>", None),
        ("a.pdf", b"%PDF-1.4", None),
        ("a.png", b"<svg/>", None),
        ("a.png", b"x", Some("text/plain; charset=utf-8")),
        ("a.js", b"alert(1)", Some("text/plain; charset=utf-8")),
        ("a.svg", b"GIF89a\0\0", Some("image/gif")),
        ("a.webm", b"\x1a\x45\xdf\xa3 webm", Some("video/webm")),
        ("a.mkv", b"\x1a\x45\xdf\xa3 matroska", None),
        ("a.tiff", b"II*\0\0", None),
        ("a.safetensors", b"\x02\0\0\0\0\0\0\0{}", None),
        ("a.bin", b"\0", None),
    ] {
        assert_eq!(of(name, head).inline(), inline, "{name}");
    }
}

#[test]
fn a_character_at_the_end_may_be_cut() {
    let long = ["x".repeat(HEAD_BYTES as usize - 1).as_bytes(), b"\xc3"].concat();
    assert_eq!(of("a.txt", &long), Kind::Text(Some("text")));
    assert_eq!(of("a.txt", b"x\xc3"), Kind::Binary(None));
}

#[test]
fn tables_are_known() {
    assert_eq!(of("a.csv", b"a,b\n").rows(), Some(Rows::Separated(b',')));
    assert_eq!(of("a.tsv", b"a\tb\n").rows(), Some(Rows::Separated(b'\t')));
    assert_eq!(of("a.jsonl", b"{}\n").rows(), Some(Rows::JsonLines));
    assert_eq!(of("a.json", b"[]").rows(), Some(Rows::Json));
    assert_eq!(of("a.csv", b"a\0").rows(), None);
    assert_eq!(of("a.txt", b"a,b\n").rows(), None);
}
