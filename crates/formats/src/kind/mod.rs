//! What a file is, from its name and first bytes, and whether a browser may show it.
//!
//! What a browser does with a file is decided by the bytes alone. A name only chooses between kinds of text, and between
//! binary kinds that look alike.

mod language;
mod magic;
mod named;

pub use magic::sniff;
pub use named::named;

/// Bytes of a file's beginning that are enough for [`of`].
pub const HEAD_BYTES: u64 = 4096;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, and its language if the name tells: `python`, `markdown`, `json`, `csv`.
    Text(Option<&'static str>),
    /// A Jupyter notebook.
    Notebook,
    /// An SVG image: text that may run scripts.
    Svg,
    /// An image of pixels.
    Image(Image),
    /// Sound.
    Audio(Audio),
    /// Moving pictures.
    Video(Video),
    /// A PDF.
    Pdf,
    /// Tensors in safetensors.
    Safetensors,
    /// A model in GGUF.
    Gguf,
    /// A table in Parquet.
    Parquet,
    /// Python objects: loading them may run code. PyTorch's files are such.
    Pickle,
    /// An archive or a compressed file.
    Archive(&'static str),
    /// Something else that is no text, and what if we know.
    Binary(Option<&'static str>),
}

/// Formats of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "formats by their names")]
pub enum Image {
    Png,
    Jpeg,
    Gif,
    Webp,
    Avif,
    Bmp,
    Tiff,
    Heif,
}

/// Formats of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "formats by their names")]
pub enum Audio {
    Mp3,
    Wav,
    Flac,
    Ogg,
    M4a,
    Aiff,
}

/// Formats of moving pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "formats by their names")]
pub enum Video {
    Mp4,
    Webm,
    Ogg,
    Matroska,
    Avi,
}

/// Formats of text that are tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Fields with this separator.
    Separated(u8),
    /// An object of JSON a line.
    JsonLines,
    /// JSON, perhaps a list of objects.
    Json,
}

impl Kind {
    /// The media type with which a browser may show the file within the hub's pages and beside them; none for whatever
    /// could run a script or a plug-in. To be sent with `nosniff`, or it means nothing.
    pub fn inline(self) -> Option<&'static str> {
        Some(match self {
            Kind::Text(Some("html" | "xml" | "xhtml")) => return None,
            Kind::Text(_) => "text/plain; charset=utf-8",
            Kind::Image(Image::Png) => "image/png",
            Kind::Image(Image::Jpeg) => "image/jpeg",
            Kind::Image(Image::Gif) => "image/gif",
            Kind::Image(Image::Webp) => "image/webp",
            Kind::Image(Image::Avif) => "image/avif",
            Kind::Audio(Audio::Mp3) => "audio/mpeg",
            Kind::Audio(Audio::Wav) => "audio/wav",
            Kind::Audio(Audio::Flac) => "audio/flac",
            Kind::Audio(Audio::Ogg) => "audio/ogg",
            Kind::Audio(Audio::M4a) => "audio/mp4",
            Kind::Video(Video::Mp4) => "video/mp4",
            Kind::Video(Video::Webm) => "video/webm",
            Kind::Video(Video::Ogg) => "video/ogg",
            _ => return None,
        })
    }

    /// How the file is read as a table, if it may be one.
    pub fn rows(self) -> Option<Rows> {
        match self {
            Kind::Text(Some("csv")) => Some(Rows::Separated(b',')),
            Kind::Text(Some("tsv")) => Some(Rows::Separated(b'\t')),
            Kind::Text(Some("jsonl")) => Some(Rows::JsonLines),
            Kind::Text(Some("json")) => Some(Rows::Json),
            _ => None,
        }
    }

    /// A word or two for it, such as `PNG image`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text(language) => language.unwrap_or("text"),
            Kind::Notebook => "notebook",
            Kind::Svg => "SVG image",
            Kind::Image(Image::Png) => "PNG image",
            Kind::Image(Image::Jpeg) => "JPEG image",
            Kind::Image(Image::Gif) => "GIF image",
            Kind::Image(Image::Webp) => "WebP image",
            Kind::Image(Image::Avif) => "AVIF image",
            Kind::Image(Image::Bmp) => "BMP image",
            Kind::Image(Image::Tiff) => "TIFF image",
            Kind::Image(Image::Heif) => "HEIF image",
            Kind::Audio(Audio::Mp3) => "MP3 audio",
            Kind::Audio(Audio::Wav) => "WAV audio",
            Kind::Audio(Audio::Flac) => "FLAC audio",
            Kind::Audio(Audio::Ogg) => "Ogg audio",
            Kind::Audio(Audio::M4a) => "MPEG-4 audio",
            Kind::Audio(Audio::Aiff) => "AIFF audio",
            Kind::Video(Video::Mp4) => "MPEG-4 video",
            Kind::Video(Video::Webm) => "WebM video",
            Kind::Video(Video::Ogg) => "Ogg video",
            Kind::Video(Video::Matroska) => "Matroska video",
            Kind::Video(Video::Avi) => "AVI video",
            Kind::Pdf => "PDF",
            Kind::Safetensors => "safetensors",
            Kind::Gguf => "GGUF",
            Kind::Parquet => "Parquet",
            Kind::Pickle => "pickle",
            Kind::Archive(what) => what,
            Kind::Binary(what) => what.unwrap_or("binary"),
        }
    }
}

/// What a file is. `name`: its path or the last part of it; `head`: its first bytes, [`HEAD_BYTES`] or all.
pub fn of(name: &str, head: &[u8]) -> Kind {
    let name = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let sniffed = sniff(head);
    match sniffed {
        Some(Kind::Archive("ZIP archive")) if is_torch(extension) || magic::has_pickle_inside(head) => {
            return Kind::Pickle;
        }
        Some(Kind::Audio(Audio::Ogg)) if matches!(extension, "ogv" | "ogx") => {
            return Kind::Video(Video::Ogg);
        }
        Some(kind) => return kind,
        None => {}
    }
    // A file that is shorter than a head ends in no middle of a character.
    if is_text(head, head.len() as u64 >= HEAD_BYTES) {
        return text(&name, extension, head);
    }
    match extension {
        // Old pickles begin with anything.
        "pkl" | "pickle" | "pt" | "pth" | "ckpt" | "joblib" | "dill" => Kind::Pickle,
        "mp3" if magic::is_mpeg_frame(head) => Kind::Audio(Audio::Mp3),
        "onnx" => Kind::Binary(Some("ONNX model")),
        "pb" | "tflite" => Kind::Binary(Some("TensorFlow model")),
        "tar" => Kind::Archive("tar archive"),
        _ => Kind::Binary(None),
    }
}

/// Extensions of PyTorch's files, which are ZIP archives with a pickle inside.
fn is_torch(extension: &str) -> bool {
    matches!(extension, "pt" | "pth" | "bin" | "ckpt" | "pkl" | "mar" | "nemo")
}

fn text(name: &str, extension: &str, head: &[u8]) -> Kind {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    let language = language::of(name, extension);
    // What a browser might take for a page is one, whatever its name says.
    let markup = match () {
        () if begins(b"<svg") => Some(Kind::Svg),
        () if begins(b"<?xml") && (language == Some("svg") || has(start, b"<svg")) => Some(Kind::Svg),
        () if begins(b"<?xml") => Some(Kind::Text(Some("xml"))),
        () if begins(b"<!doctype") || begins(b"<html") || begins(b"<script") || begins(b"<head") => {
            Some(Kind::Text(Some("html")))
        }
        () => None,
    };
    match (markup, language) {
        (Some(kind), _) => kind,
        (None, Some("svg")) => Kind::Svg,
        (None, Some("ipynb")) => Kind::Notebook,
        (None, language) => Kind::Text(language),
    }
}

fn has(head: &[u8], needle: &[u8]) -> bool {
    head.windows(needle.len()).any(|window| window == needle)
}

/// Whether bytes are text: UTF-8 without the control characters that no text has. `cut`: whether they may end inside a
/// character.
pub fn is_text(bytes: &[u8], cut: bool) -> bool {
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => cut && error.error_len().is_none(),
    };
    // Form feeds separate pages, escapes colour logs.
    let strange = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    valid && !bytes.iter().any(strange)
}

#[cfg(test)]
mod tests;
