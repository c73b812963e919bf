//! What the first bytes of binary formats are.

use super::{Audio, Image, Kind, Video};
use crate::limits::SAFETENSORS_FORMAT_BYTES_MAX;

/// Bytes at the beginning, and what has them.
const MAGICS: [(&[u8], Kind); 35] = [
    (b"\x89PNG\r\n\x1a\n", Kind::Image(Image::Png)),
    (b"\xff\xd8\xff", Kind::Image(Image::Jpeg)),
    (b"GIF87a", Kind::Image(Image::Gif)),
    (b"GIF89a", Kind::Image(Image::Gif)),
    (b"II*\0", Kind::Image(Image::Tiff)),
    (b"MM\0*", Kind::Image(Image::Tiff)),
    (b"fLaC", Kind::Audio(Audio::Flac)),
    (b"OggS", Kind::Audio(Audio::Ogg)),
    (b"ID3", Kind::Audio(Audio::Mp3)),
    (b"%PDF-", Kind::Pdf),
    (b"PAR1", Kind::Parquet),
    (b"PARE", Kind::Parquet),
    (b"GGUF", Kind::Gguf),
    (b"PK\x03\x04", Kind::Archive("ZIP archive")),
    (b"PK\x05\x06", Kind::Archive("ZIP archive")),
    (b"\x1f\x8b", Kind::Archive("gzip")),
    (b"BZh", Kind::Archive("bzip2")),
    (b"\xfd7zXZ\0", Kind::Archive("xz")),
    (b"\x28\xb5\x2f\xfd", Kind::Archive("Zstandard")),
    (b"\x04\x22\x4d\x18", Kind::Archive("LZ4")),
    (b"7z\xbc\xaf\x27\x1c", Kind::Archive("7-Zip archive")),
    (b"Rar!\x1a\x07", Kind::Archive("RAR archive")),
    (b"\x93NUMPY", Kind::Binary(Some("NumPy array"))),
    (b"\x89HDF\r\n\x1a\n", Kind::Binary(Some("HDF5"))),
    (b"ARROW1\0\0", Kind::Binary(Some("Arrow"))),
    (b"SQLite format 3\0", Kind::Binary(Some("SQLite database"))),
    (b"\x7fELF", Kind::Binary(Some("program"))),
    (b"\0asm", Kind::Binary(Some("WebAssembly"))),
    (b"\xcf\xfa\xed\xfe", Kind::Binary(Some("program"))),
    (b"\xca\xfe\xba\xbe", Kind::Binary(Some("program"))),
    (b"ggml", Kind::Binary(Some("GGML model"))),
    (b"lmgg", Kind::Binary(Some("GGML model"))),
    (b"wOFF", Kind::Binary(Some("font"))),
    (b"wOF2", Kind::Binary(Some("font"))),
    (b"OTTO", Kind::Binary(Some("font"))),
];

/// What the first bytes are, if they are those of a binary format.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    let known = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind);
    let at = |from: usize, len: usize| head.get(from..from + len).unwrap_or_default();
    known.filter(|kind| is_more_than_words(*kind, head)).or_else(|| match (at(0, 4), at(4, 4)) {
        (b"RIFF", _) => match at(8, 4) {
            b"WEBP" => Some(Kind::Image(Image::Webp)),
            b"WAVE" => Some(Kind::Audio(Audio::Wav)),
            b"AVI " => Some(Kind::Video(Video::Avi)),
            _ => None,
        },
        (b"FORM", _) if matches!(at(8, 4), b"AIFF" | b"AIFC") => Some(Kind::Audio(Audio::Aiff)),
        (b"\x1a\x45\xdf\xa3", _) => Some(Kind::Video(match () {
            () if super::has(at(0, head.len().min(64)), b"webm") => Video::Webm,
            () => Video::Matroska,
        })),
        // A length in front, which is no letter.
        ([0, ..], b"ftyp") => Some(match at(8, 4) {
            b"avif" | b"avis" => Kind::Image(Image::Avif),
            b"heic" | b"heix" | b"mif1" | b"msf1" => Kind::Image(Image::Heif),
            b"M4A " | b"M4B " => Kind::Audio(Audio::M4a),
            _ => Kind::Video(Video::Mp4),
        }),
        _ if at(257, 5) == b"ustar" => Some(Kind::Archive("tar archive")),
        _ if is_safetensors(head) => Some(Kind::Safetensors),
        _ if is_pickle(head) => Some(Kind::Pickle),
        _ if is_bitmap(head) => Some(Kind::Image(Image::Bmp)),
        _ => None,
    })
}

/// Some magics are words that a text may begin with; a binary file goes on with other bytes.
fn is_more_than_words(kind: Kind, head: &[u8]) -> bool {
    // A PDF's first page of bytes may be all text.
    kind == Kind::Pdf || head.len() < 16 || !super::is_text(head, true)
}

fn is_safetensors(head: &[u8]) -> bool {
    let Some((length, [b'{', b'"' | b'}' | b' ' | b'\n' | b'\t', ..])) = head.split_first_chunk::<8>() else {
        return false;
    };
    (2..=SAFETENSORS_FORMAT_BYTES_MAX).contains(&u64::from_le_bytes(*length))
}

/// A pickle of protocol 2 or later says so first; then comes an opcode, of which these begin one.
fn is_pickle(head: &[u8]) -> bool {
    match head {
        [0x80, 2..=3, opcode, ..] => b"}](){cXq.NKJMGU\x80\x8a\x8f".contains(opcode),
        [0x80, 4..=5, 0x95, ..] => true,
        [0x80, 4..=5, opcode, ..] => b"}](){\x8c.NKJMGC\x8e\x8f\x94".contains(opcode),
        _ => false,
    }
}

/// Two letters are little; the offset of the pixels and the size of the next header are more.
fn is_bitmap(head: &[u8]) -> bool {
    head.starts_with(b"BM") && matches!(head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// The first twelve bits of a frame of MPEG audio, and a layer that exists.
pub(super) fn is_mpeg_frame(head: &[u8]) -> bool {
    matches!(head, [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0)
}

/// Whether the first file of a ZIP archive is the pickle that PyTorch writes, or lies beside it.
pub(super) fn has_pickle_inside(head: &[u8]) -> bool {
    super::has(&head[..head.len().min(512)], b"data.pkl")
}
