//! Forms with files: the same parts however the body is cut, and the bytes that were put in.

use seedcorn_wire::multipart::{FormError, Multipart, PartHead, Piece, boundary};

use crate::pieces;

const BOUNDARY: &str = "b";
/// Bytes of a head that the cutting is tried with.
const HEAD_BYTES_MAX: usize = 200;

/// The bytes are a whole form with the boundary `b`, and the content of a file in another one.
pub fn check(data: &[u8]) {
    assert_eq!(parts(&pieces(data)), parts(&[data]), "parts depend on how the body is cut");
    let head = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n";
    let body = [&head[..], data, b"\r\n--b--"].concat();
    let found = parts(&pieces(&body));
    if !data.windows(5).any(|five| five == b"\r\n--b") {
        let whole = (PartHead { name: "f".into(), file: Some("a".into()) }, data.to_vec());
        assert_eq!(found, Ok(vec![whole]), "a file's bytes were changed on the way");
    }
    let text = String::from_utf8_lossy(data);
    assert!(boundary(&text).is_none_or(|one| (1..=70).contains(&one.len()) && text.contains(&one)));
}

fn parts(pieces: &[&[u8]]) -> Result<Vec<(PartHead, Vec<u8>)>, FormError> {
    let (mut form, mut found) = (Multipart::new(BOUNDARY, HEAD_BYTES_MAX), Vec::new());
    let mut open = false;
    for piece in pieces {
        form.push(piece);
        while let Some(piece) = form.take()? {
            match piece {
                Piece::Part(head) => {
                    assert!(!open, "a part begins in another");
                    open = true;
                    found.push((head, Vec::new()));
                }
                Piece::Bytes(bytes) => {
                    assert!(open && !bytes.is_empty());
                    found.last_mut().unwrap().1.extend_from_slice(&bytes);
                }
                Piece::PartEnd => {
                    assert!(open);
                    open = false;
                }
                Piece::End => assert!(!open, "the form ends within a part"),
            }
        }
    }
    form.finish().map(|()| found)
}
