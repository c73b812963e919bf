//! Forms with files, read as they come: part after part, no file ever whole in memory.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, future};
use http::{HeaderMap, header};
use seedcorn_commons::Refusal;
use seedcorn_core::limits;
use seedcorn_wire::multipart::{FormError, Multipart, PartHead, Piece, boundary};

use crate::refuse::Answer;

/// The parts of a form. As a stream it yields the bytes of the part at hand.
pub(crate) struct Parts {
    stream: BodyDataStream,
    form: Multipart,
    taken: u64,
    most: u64,
    /// Why there are no more bytes; whoever reads them is told only that.
    refusal: Option<Refusal>,
}

impl Parts {
    /// Of a body of at most `most` bytes.
    ///
    /// # Errors
    /// `Invalid` if it is no form with files.
    pub(crate) fn new(headers: &HeaderMap, body: Body, most: u64) -> Answer<Parts> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = kind.and_then(boundary).ok_or_else(|| {
            Refusal::Invalid("files are sent as multipart/form-data with a boundary".into())
        })?;
        let announced =
            headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|bytes: u64| bytes > most) {
            return Err(too_large(most).into());
        }
        let form = Multipart::new(&boundary, limits::FORM_PART_HEAD_BYTES_MAX);
        Ok(Parts { stream: body.into_data_stream(), form, taken: 0, most, refusal: None })
    }

    /// The next part; what was not read of the one before is passed over. `None` at the form's end.
    pub(crate) async fn next(&mut self) -> Answer<Option<PartHead>> {
        loop {
            match self.piece().await? {
                Piece::Part(head) => return Ok(Some(head)),
                Piece::End => return Ok(None),
                Piece::Bytes(_) | Piece::PartEnd => {}
            }
        }
    }

    /// The part at hand as a text of at most `limit` bytes.
    pub(crate) async fn text(&mut self, limit: usize) -> Answer<String> {
        let mut bytes = Vec::new();
        while let Piece::Bytes(piece) = self.piece().await? {
            if bytes.len() + piece.len() > limit {
                return Err(
                    Refusal::TooLarge(format!("a field of the form has at most {limit} bytes")).into()
                );
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The part at hand as bytes, at most `limit`.
    pub(crate) async fn bytes(&mut self, limit: usize) -> Answer<Bytes> {
        let mut bytes = BytesMut::new();
        while let Piece::Bytes(piece) = self.piece().await? {
            if bytes.len() + piece.len() > limit {
                return Err(Refusal::TooLarge(format!(
                    "a file that is sent along has at most {limit} bytes"
                ))
                .into());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }

    /// Why the bytes of a part ended too early, if they did.
    pub(crate) fn take_refusal(&mut self) -> Option<Refusal> {
        self.refusal.take()
    }

    async fn piece(&mut self) -> Result<Piece, Refusal> {
        future::poll_fn(|cx| self.poll_piece(cx)).await
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Piece, Refusal>> {
        loop {
            if let Some(piece) = self.form.take().map_err(refused)? {
                return Poll::Ready(Ok(piece));
            }
            match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                Some(Ok(piece)) => {
                    self.taken += piece.len() as u64;
                    if self.taken > self.most {
                        return Poll::Ready(Err(too_large(self.most)));
                    }
                    self.form.push(&piece);
                }
                Some(Err(error)) => {
                    let text = format!("the body ended early: {error}");
                    return Poll::Ready(Err(Refusal::Invalid(text)));
                }
                None => return Poll::Ready(Err(refused(FormError::Unfinished))),
            }
        }
    }
}

fn too_large(most: u64) -> Refusal {
    Refusal::TooLarge(format!(
        "a form has at most {most} bytes; send larger files with a client, or one by one"
    ))
}

fn refused(why: FormError) -> Refusal {
    match why {
        FormError::HeadTooLong(_) => Refusal::TooLarge(why.to_string()),
        FormError::Boundary | FormError::Unnamed | FormError::Unfinished => Refusal::Invalid(why.to_string()),
    }
}

impl Stream for Parts {
    type Item = Result<Bytes, &'static str>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match ready!(self.poll_piece(cx)) {
            Ok(Piece::Bytes(bytes)) => Poll::Ready(Some(Ok(bytes))),
            Ok(_) => Poll::Ready(None),
            Err(refusal) => {
                self.refusal = Some(refusal);
                Poll::Ready(Some(Err("the form cannot be read to its end")))
            }
        }
    }
}
