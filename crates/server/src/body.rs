//! Request bodies, each read up to a limit.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use seedcorn_commons::Refusal;
use serde::de::DeserializeOwned;

use crate::refuse::Answer;

/// A whole body of at most `limit` bytes.
pub(crate) async fn whole(body: Body, limit: usize) -> Answer<Bytes> {
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| Refusal::Invalid(format!("the body ended early: {error}")))?;
        if bytes.len() + piece.len() > limit {
            return Err(Refusal::TooLarge(format!("the body is longer than {limit} bytes")).into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

/// A JSON body.
pub(crate) async fn json<T: DeserializeOwned>(body: Body) -> Answer<T> {
    let bytes = whole(body, seedcorn_core::limits::JSON_BODY_BYTES_MAX).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::Invalid(format!("the body is not the JSON expected: {error}")).into())
}

/// Splits a body into lines as it comes; a line has at most `limit` bytes.
pub(crate) struct Lines {
    stream: axum::body::BodyDataStream,
    buffer: BytesMut,
    scanned: usize,
    ended: bool,
    taken: u64,
    limit: usize,
    total: u64,
}

impl Lines {
    /// Lines of a body of at most `total` bytes.
    pub(crate) fn new(body: Body, limit: usize, total: u64) -> Lines {
        let (buffer, stream) = (BytesMut::new(), body.into_data_stream());
        Lines { stream, buffer, scanned: 0, ended: false, taken: 0, limit, total }
    }

    /// The next line that is not blank, without its line break.
    pub(crate) async fn next(&mut self) -> Answer<Option<Bytes>> {
        loop {
            let found = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n');
            if let Some(at) = found {
                let line = self.buffer.split_to(self.scanned + at + 1).freeze();
                self.scanned = 0;
                let line = line.slice(..line.len() - 1);
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(line));
                }
                continue;
            }
            self.scanned = self.buffer.len();
            if self.ended {
                let rest = self.buffer.split().freeze();
                self.scanned = 0;
                return Ok((!rest.trim_ascii().is_empty()).then_some(rest));
            }
            self.read_more().await?;
        }
    }

    async fn read_more(&mut self) -> Answer<()> {
        let Some(piece) = self.stream.next().await else {
            self.ended = true;
            return Ok(());
        };
        let piece = piece.map_err(|error| Refusal::Invalid(format!("the body ended early: {error}")))?;
        self.taken += piece.len() as u64;
        if self.taken > self.total {
            return Err(Refusal::TooLarge(format!("the body is longer than {} bytes", self.total)).into());
        }
        if self.buffer.len() + piece.len() > self.limit {
            let text = format!("a line is longer than {} bytes; send large files by LFS or Xet", self.limit);
            return Err(Refusal::TooLarge(text).into());
        }
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }
}
