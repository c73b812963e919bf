//! The git-lfs pointer: the small text that stands in a tree for a large file.

use crate::digest::Sha256;

/// Bytes up to which a blob may be a pointer (git-lfs pointer specification).
pub const POINTER_BYTES_MAX: usize = 1024;

const VERSION_LINE: &str = "version https://git-lfs.github.com/spec/v1";
/// First lines of pointers that early releases of git-lfs wrote and that it still reads.
const OLD_VERSION_LINES: [&str; 2] =
    ["version https://hawser.github.com/spec/v1", "version http://git-media.io/v/2"];

/// What a pointer says: the SHA-256 of the file's bytes and their number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pointer {
    /// SHA-256 of the content.
    pub sha256: Sha256,
    /// Bytes of the content.
    pub size: u64,
}

impl Pointer {
    /// The canonical bytes, the same that `git lfs clean` writes, so that the blob gets the same object id.
    pub fn render(&self) -> String {
        format!("{VERSION_LINE}\noid sha256:{}\nsize {}\n", self.sha256, self.size)
    }

    /// Reads a pointer, or says that the blob is an ordinary file (`None`).
    ///
    /// As tolerant as git-lfs: white space around the whole text and `\r` at line ends are ignored, and further keys are
    /// accepted when they stand in order after the version line (git-lfs pointer specification).
    pub fn parse(blob: &[u8]) -> Option<Pointer> {
        if blob.len() > POINTER_BYTES_MAX {
            return None;
        }
        let mut lines = std::str::from_utf8(blob).ok()?.trim().lines();
        let version = lines.next()?;
        if version != VERSION_LINE && !OLD_VERSION_LINES.contains(&version) {
            return None;
        }
        let (mut sha256, mut size, mut last_key) = (None, None, "");
        for line in lines {
            let (key, value) = line.split_once(' ')?;
            if key <= last_key || !key.bytes().all(is_key_byte) {
                return None;
            }
            match key {
                "oid" => sha256 = Some(value.strip_prefix("sha256:")?.parse().ok()?),
                "size" => size = Some(parse_size(value)?),
                _ => {}
            }
            last_key = key;
        }
        Some(Pointer { sha256: sha256?, size: size? })
    }
}

/// Bytes of the canonical pointer to a file of so many bytes: `pointerSize` in the Hub's answers.
pub fn rendered_len(size: u64) -> usize {
    let digits = size.checked_ilog10().unwrap_or(0) as usize + 1;
    VERSION_LINE.len() + 1 + "oid sha256:".len() + 64 + 1 + "size ".len() + digits + 1
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-'
}

fn parse_size(digits: &str) -> Option<u64> {
    // `u64::from_str` would take a plus sign.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    const OID: &str = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    #[test]
    fn the_example_of_the_specification() {
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n");
        let pointer = Pointer { sha256: OID.parse().unwrap(), size: 12345 };
        assert_eq!(pointer.render(), text);
        assert_eq!(Pointer::parse(text.as_bytes()), Some(pointer));
        assert_eq!(rendered_len(12345), text.len());
        assert_eq!((rendered_len(0), rendered_len(9), rendered_len(10)), (126, 126, 127));
    }

    #[test]
    fn tolerates_what_git_lfs_tolerates() {
        let old = format!("version https://hawser.github.com/spec/v1\noid sha256:{OID}\nsize 1\n");
        let extended = format!(
            "{VERSION_LINE}\next-0-foo sha256:{OID}\noid sha256:{OID}\nsize 1\nx-custom.key any value\n"
        );
        let crlf = format!("\n{VERSION_LINE}\r\noid sha256:{OID}\r\nsize 1");
        for text in [old, extended, crlf] {
            assert_eq!(Pointer::parse(text.as_bytes()).unwrap().size, 1, "{text}");
        }
    }

    #[test]
    fn an_ordinary_file_is_no_pointer() {
        let upper = OID.to_uppercase();
        for text in [
            String::new(),
            "hello\n".into(),
            VERSION_LINE.into(),
            format!("oid sha256:{OID}\n{VERSION_LINE}\nsize 1\n"),
            format!("{VERSION_LINE}\nsize 1\noid sha256:{OID}\n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\noid sha256:{OID}\nsize 1\n"),
            format!("{VERSION_LINE}\noid sha256:{upper}\nsize 1\n"),
            format!("{VERSION_LINE}\noid md5:{OID}\nsize 1\n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\nsize +1\n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\nsize -1\n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\nsize \n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\nsize 99999999999999999999\n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\n\nsize 1\n"),
            format!("{VERSION_LINE}\noid sha256:{OID}\nsize 1\n{}", " ".repeat(1024)),
        ] {
            assert_eq!(Pointer::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Pointer::parse(&[0xff; 100]), None);
    }

    proptest! {
        #[test]
        fn render_and_parse_agree(bytes: [u8; 32], size: u64) {
            let pointer = Pointer { sha256: Sha256(bytes), size };
            prop_assert_eq!(Pointer::parse(pointer.render().as_bytes()), Some(pointer));
            prop_assert_eq!(pointer.render().len(), rendered_len(size));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            Pointer::parse(&bytes);
        }
    }
}
