//! What a file is by its name alone, for lists in which no file is opened.

use super::language;

/// Extensions of files that are no text, and a word or two for each, as [`super::Kind::word`] has them.
const BINARY: &[(&str, &str)] = &[
    ("7z", "7z archive"),
    ("arrow", "Arrow"),
    ("avif", "AVIF image"),
    ("bin", "pickle"),
    ("bz2", "bzip2 archive"),
    ("ckpt", "pickle"),
    ("flac", "FLAC audio"),
    ("gguf", "GGUF"),
    ("gif", "GIF image"),
    ("gz", "gzip archive"),
    ("h5", "HDF5"),
    ("jpeg", "JPEG image"),
    ("jpg", "JPEG image"),
    ("keras", "Keras model"),
    ("m4a", "MPEG-4 audio"),
    ("mkv", "Matroska video"),
    ("mp3", "MP3 audio"),
    ("mp4", "MPEG-4 video"),
    ("msgpack", "MessagePack"),
    ("npy", "NumPy array"),
    ("npz", "NumPy arrays"),
    ("ogg", "Ogg audio"),
    ("onnx", "ONNX model"),
    ("parquet", "Parquet"),
    ("pb", "TensorFlow model"),
    ("pdf", "PDF"),
    ("pickle", "pickle"),
    ("pkl", "pickle"),
    ("png", "PNG image"),
    ("pt", "pickle"),
    ("pth", "pickle"),
    ("rar", "RAR archive"),
    ("safetensors", "safetensors"),
    ("tar", "tar archive"),
    ("tflite", "TensorFlow model"),
    ("tgz", "gzip archive"),
    ("wav", "WAV audio"),
    ("webm", "WebM video"),
    ("webp", "WebP image"),
    ("xz", "xz archive"),
    ("zip", "ZIP archive"),
    ("zst", "Zstandard archive"),
];

/// A word or two for what a name promises; empty for a name that promises nothing.
pub fn named(name: &str) -> &'static str {
    let name = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match BINARY.binary_search_by_key(&extension, |(known, _)| known) {
        Ok(found) => BINARY.get(found).map_or("", |(_, word)| word),
        Err(_) => match language::of(&name, extension) {
            Some("ipynb") => "notebook",
            Some("svg") => "SVG image",
            Some(language) => language,
            None if matches!(extension, "txt" | "text") => "text",
            None => "",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise_what_they_do() {
        assert!(BINARY.is_sorted_by(|a, b| a.0 < b.0));
        for (name, word) in [
            ("model.safetensors", "safetensors"),
            ("a/b/Model-Q4.GGUF", "GGUF"),
            ("pytorch_model.bin", "pickle"),
            ("x.ipynb", "notebook"),
            ("notes.txt", "text"),
            ("README", "text"),
            ("x.unheard-of", ""),
            ("", ""),
        ] {
            assert_eq!(named(name), word, "{name}");
        }
        assert_eq!((named("README.md"), named("train.py")), ("markdown", "python"));
    }
}
