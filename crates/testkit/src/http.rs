//! A blocking HTTP/1.1 client without manners: it sends what it is told, byte for byte, and then reads the answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// A server that says nothing for so long is a failed test, not one that never ends.
const SILENCE_MAX: Duration = Duration::from_secs(90);

/// What a server answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, without chunked coding.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of a name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, whatever it is.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A TCP connection to a server.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        stream.set_write_timeout(Some(SILENCE_MAX))?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.0.get_mut().write_all(bytes).context("sending")
    }

    /// Sends the head of a request. Nothing is added but the host and, unless there are headers of that name,
    /// `Connection: close`.
    pub fn send_head(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.0.get_ref().peer_addr()?);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("connection")) {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        self.send(head.as_bytes())
    }

    /// Says that nothing more will be sent.
    pub fn end(&mut self) -> anyhow::Result<()> {
        Ok(self.0.get_mut().shutdown(Shutdown::Write)?)
    }

    /// Reads an answer; `bodiless` if it is one to HEAD.
    pub fn reply(&mut self, bodiless: bool) -> anyhow::Result<Reply> {
        let mut reply = self.head()?;
        while (100..200).contains(&reply.status) {
            reply = self.head()?;
        }
        if bodiless || reply.status == 204 || reply.status == 304 {
            return Ok(reply);
        }
        let length = reply.header("content-length").map(str::parse::<usize>).transpose()?;
        if reply.header("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            self.chunks(&mut reply.body)?;
        } else if let Some(length) = length {
            reply.body = vec![0; length];
            self.0.read_exact(&mut reply.body).context("reading a body")?;
        } else {
            self.0.read_to_end(&mut reply.body).context("reading a body")?;
        }
        Ok(reply)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line).context("reading an answer")? == 0 {
            bail!("the server closed the connection without an answer");
        }
        Ok(line.trim_end().to_owned())
    }

    fn head(&mut self) -> anyhow::Result<Reply> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.with_context(|| format!("{first:?} is no status line"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(Reply { status, headers, body: Vec::new() });
            }
            let (name, value) = line.split_once(':').with_context(|| format!("{line:?} is no header"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> anyhow::Result<()> {
        loop {
            let line = self.line()?;
            let length = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            let start = body.len();
            body.resize(start + length, 0);
            self.0.read_exact(body.get_mut(start..).unwrap_or_default()).context("reading a chunk")?;
            if !self.line()?.is_empty() {
                bail!("a chunk does not end with an empty line");
            }
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// Sends a request with a body of a known length, all of it, and only then reads the answer, as many clients do.
pub fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> anyhow::Result<Reply> {
    let mut connection = Connection::open(address)?;
    let length = body.len().to_string();
    let mut headers = headers.to_vec();
    headers.push(("Content-Length", &length));
    connection.send_head(method, path, &headers)?;
    connection.send(body)?;
    connection.reply(method == "HEAD")
}

/// A body in chunked coding: pieces of at most `piece` bytes, and the end.
pub fn chunked(body: &[u8], piece: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / piece.max(1) * 16 + 16);
    for piece in body.chunks(piece.max(1)) {
        out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}
