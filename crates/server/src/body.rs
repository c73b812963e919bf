//! Request bodies, each read up to a limit.

use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use http_body::Body as _;
use seedcorn_commons::{Budget, Held, Refusal};
use seedcorn_core::limits;
use seedcorn_wire::ndjson::{self, LineTooLong};
use serde::de::DeserializeOwned;

use crate::app::Bounds;
use crate::refuse::Answer;

/// Memory for bodies: one part for those who showed a token, one for everybody else.
#[derive(Clone, Debug)]
pub(crate) struct Rooms {
    members: Budget,
    strangers: Budget,
    stalled: Duration,
}

/// The memory that the body of one request goes into.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    rooms: Rooms,
    /// A token was shown. Whether it is good is known once the asker is; doors that never ask use [`of_anybody`].
    token: bool,
}

tokio::task_local! {
    /// Of the request that this task answers: what a handler is given of a body does not tell whose it is.
    static ROOM: Room;
}

impl Rooms {
    pub(crate) fn new(bounds: &Bounds) -> Rooms {
        Rooms {
            members: Budget::new(bounds.members_bodies, bounds.busy),
            strangers: Budget::new(bounds.strangers_bodies, bounds.busy),
            stalled: bounds.stalled,
        }
    }

    /// The room for a request with or without a token.
    pub(crate) fn of(&self, token: bool) -> Room {
        Room { rooms: self.clone(), token }
    }
}

impl Room {
    fn of_this_request() -> Answer<Room> {
        Ok(ROOM.try_with(Clone::clone).map_err(Refusal::broken)?)
    }

    fn budget(&self) -> &Budget {
        if self.token { &self.rooms.members } else { &self.rooms.strangers }
    }

    async fn hold(&self, bytes: u64) -> Answer<Held> {
        Ok(self.budget().hold(bytes).await?)
    }
}

/// The memory for what a handler keeps of the body of the request at hand.
pub(crate) fn budget() -> Answer<Budget> {
    Ok(Room::of_this_request()?.budget().clone())
}

/// Answers a request whose body goes into this room.
pub(crate) async fn within<T>(room: Room, answer: impl Future<Output = T>) -> T {
    ROOM.scope(room, answer).await
}

/// A whole body of at most `limit` bytes, and fewer when no token was shown. Room for all of it is taken before the
/// first byte is: two that each wait for the other's half would both wait in vain.
pub(crate) async fn whole(body: Body, limit: usize) -> Answer<Bytes> {
    collect(body, limit, Room::of_this_request()?).await
}

/// The body of a request that nobody's token is asked for, so that one shown means nothing.
pub(crate) async fn of_anybody(body: Body, limit: usize) -> Answer<Bytes> {
    collect(body, limit, Room { token: false, ..Room::of_this_request()? }).await
}

async fn collect(body: Body, limit: usize, room: Room) -> Answer<Bytes> {
    let limit = if room.token { limit } else { limit.min(limits::STRANGER_BODY_BYTES_MAX) };
    let too_large = || Refusal::TooLarge(format!("the body is longer than {limit} bytes"));
    let announced = body.size_hint().upper();
    if announced.is_some_and(|bytes| bytes > limit as u64) {
        return Err(too_large().into());
    }
    let most = announced.unwrap_or(limit as u64);
    let held = room.hold(most).await?;
    let within = room.rooms.stalled + Duration::from_secs(most / limits::HELD_BODY_BYTES_PER_SEC_MIN);
    let read = async {
        let mut stream = body.into_data_stream();
        let mut bytes = BytesMut::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| Refusal::Invalid(format!("the body ended early: {error}")))?;
            if bytes.len() + piece.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    };
    let slow = || Refusal::Slow("the body comes too slowly to be kept in memory for so long".into());
    let bytes = tokio::time::timeout(within, read).await.map_err(|_| slow())??;
    Ok(held.keep(bytes))
}

/// Refuses a body that is packed: every limit here is one of what is packed in it.
pub(crate) fn uncoded(headers: &HeaderMap) -> Answer<()> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let coded = |value: &&HeaderValue| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    match codings.find(coded) {
        None => Ok(()),
        Some(coding) => Err(Refusal::Coded(format!(
            "a body with \"Content-Encoding: {}\" is not unpacked here; send it as it is, without that header",
            String::from_utf8_lossy(coding.as_bytes())
        ))
        .into()),
    }
}

/// A JSON body.
pub(crate) async fn json<T: DeserializeOwned>(body: Body) -> Answer<T> {
    parsed(&whole(body, limits::JSON_BODY_BYTES_MAX).await?)
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    let read = serde_json::from_slice(bytes);
    Ok(read.map_err(|error| Refusal::Invalid(format!("the body is not the JSON expected: {error}")))?)
}

/// The same of clients that send nothing where nothing is to be said.
pub(crate) async fn json_or_nothing<T: DeserializeOwned + Default>(body: Body) -> Answer<T> {
    let bytes = whole(body, limits::JSON_BODY_BYTES_MAX).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    parsed(&bytes)
}

/// Splits a body into lines as it comes; a line has at most `limit` bytes.
pub(crate) struct Lines {
    stream: axum::body::BodyDataStream,
    lines: ndjson::Lines,
    ended: bool,
    taken: u64,
    total: u64,
    /// Room for the longest line so far.
    held: Option<Held>,
}

impl Lines {
    /// Lines of a body of at most `total` bytes.
    pub(crate) fn new(body: Body, limit: usize, total: u64) -> Lines {
        let (lines, stream) = (ndjson::Lines::new(limit), body.into_data_stream());
        Lines { stream, lines, ended: false, taken: 0, total, held: None }
    }

    /// The next line that is not blank, without its line break.
    pub(crate) async fn next(&mut self) -> Answer<Option<Bytes>> {
        loop {
            if self.ended {
                return Ok(self.lines.take_rest().map_err(too_long)?);
            }
            if let Some(line) = self.lines.take_line().map_err(too_long)? {
                return Ok(Some(line));
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
        self.lines.push(&piece);
        self.hold().await
    }

    /// Takes room as the line grows: most lines are short, whatever the body's length.
    async fn hold(&mut self) -> Answer<()> {
        let bytes = self.lines.unfinished() as u64;
        match &mut self.held {
            Some(held) => held.grow_to(bytes).await?,
            None => self.held = Some(Room::of_this_request()?.hold(bytes).await?),
        }
        Ok(())
    }
}

fn too_long(why: LineTooLong) -> Refusal {
    Refusal::TooLarge(format!("{why}; send large files by LFS or Xet"))
}
