//! What goes out: the one client by which this program asks others. Every request has a limit of time, of bytes and of redirects, and what a
//! stranger names is asked only where everybody could ask it: not within the network that this machine stands in.

mod reach;

use std::sync::Arc;
use std::time::Duration;

pub use reach::Reach;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

/// Redirects that are followed, to the same host alone: an answer must not lead elsewhere.
const REDIRECTS_MAX: usize = 3;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(60);
/// What others see who asks.
const AGENT: &str = concat!("seedcorn/", env!("CARGO_PKG_VERSION"));

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The address is none that can be asked.
    #[error("{0:?} is no address with http:// or https://")]
    Address(String),
    /// The address leads to where nothing is asked.
    #[error("{0}: {1}")]
    Forbidden(String, String),
    /// Nobody answered, or not in time.
    #[error("{0}: {1}")]
    Unreached(String, String),
    /// The answer is longer than it may be.
    #[error("{0}: the answer has more than {1} bytes")]
    TooLong(String, usize),
}

/// What somebody answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type, without parameters.
    pub media: String,
    /// Seconds after which to ask again, if it says so.
    pub retry_after: Option<u64>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether what was asked was done.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The bytes as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks others.
#[derive(Clone, Debug)]
pub struct Egress {
    client: Client,
    /// One that is led nowhere else.
    straight: Client,
    reach: Arc<Reach>,
}

impl Egress {
    /// One that asks what it may reach.
    ///
    /// # Errors
    /// `Unreached` if no client can be made, as without any certificate to trust.
    pub fn new(reach: Reach) -> Result<Egress, NoAnswer> {
        let reach = Arc::new(reach);
        let same_host = Policy::custom(|attempt| {
            let first = attempt
                .previous()
                .first()
                .map(|url| (url.scheme().to_owned(), url.host_str().map(str::to_owned)));
            let next = (attempt.url().scheme().to_owned(), attempt.url().host_str().map(str::to_owned));
            match first == Some(next) && attempt.previous().len() <= REDIRECTS_MAX {
                true => attempt.follow(),
                false => attempt.stop(),
            }
        });
        let client = |redirects: Policy| {
            let client = Client::builder()
                .user_agent(AGENT)
                .connect_timeout(CONNECT)
                .timeout(REQUEST)
                .redirect(redirects)
                .referer(false)
                .no_proxy()
                // What was looked at is what is connected to.
                .dns_resolver(Arc::new(reach::Guard(reach.clone())))
                .build();
            client.map_err(|error| NoAnswer::Unreached("this machine".into(), error.to_string()))
        };
        Ok(Egress { client: client(same_host)?, straight: client(Policy::none())?, reach: reach.clone() })
    }

    /// An address that may be asked.
    fn address(&self, url: &str) -> Result<Url, NoAnswer> {
        let read = address(url)?;
        match self.reach.refuses(&read) {
            None => Ok(read),
            Some(why) => Err(NoAnswer::Forbidden(url.to_owned(), why)),
        }
    }

    /// What stands at an address, up to so many bytes. A token shows who asks.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn get(&self, url: &str, token: Option<&str>, limit: usize) -> Result<Answer, NoAnswer> {
        let mut request = self.client.get(self.address(url)?).header(ACCEPT, "*/*");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        answer(url, request.send().await, limit).await
    }

    /// Sends a text to an address.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn post(&self, url: &str, media: &str, body: String, limit: usize) -> Result<Answer, NoAnswer> {
        let request = self.client.post(self.address(url)?).header(CONTENT_TYPE, media).body(body);
        answer(url, request.send().await, limit).await
    }

    /// Sends JSON with headers to an address that a stranger named: it is followed nowhere else, and must be taken in so many seconds.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn tell(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        (limit, secs): (usize, u64),
    ) -> Result<Answer, NoAnswer> {
        let mut request = self.straight.post(self.address(url)?).header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let within = Duration::from_secs(secs);
        let asked = tokio::time::timeout(within, request.body(body).timeout(within).send()).await;
        let late = |_| NoAnswer::Unreached(url.to_owned(), "it took too long".into());
        let unreached = |error: reqwest::Error| NoAnswer::Unreached(url.to_owned(), causes(&error));
        Ok(beginning(asked.map_err(late)?.map_err(unreached)?, limit).await)
    }
}

fn address(url: &str) -> Result<Url, NoAnswer> {
    let read = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    read.ok_or_else(|| NoAnswer::Address(url.to_owned()))
}

async fn answer(
    url: &str,
    response: Result<Response, reqwest::Error>,
    limit: usize,
) -> Result<Answer, NoAnswer> {
    let unreached = |error: reqwest::Error| NoAnswer::Unreached(url.to_owned(), causes(&error));
    let mut response = response.map_err(unreached)?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let media = header(CONTENT_TYPE).and_then(|value| Some(value.split(';').next()?.trim().to_owned()));
    let retry_after = header(RETRY_AFTER).and_then(|value| value.parse().ok());
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Some(piece) = response.chunk().await.map_err(unreached)? {
        if body.len() + piece.len() > limit {
            return Err(NoAnswer::TooLong(url.to_owned(), limit));
        }
        body.extend(piece);
    }
    Ok(Answer { status, media: media.unwrap_or_default(), retry_after, body })
}

/// An answer of which only the beginning counts: it was given with its status, whatever follows, breaks off or never comes.
async fn beginning(mut response: Response, limit: usize) -> Answer {
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend(piece);
        if body.len() >= limit {
            body.truncate(limit);
            break;
        }
    }
    Answer { status, media: String::new(), retry_after: None, body }
}

/// What went wrong, down to what it began with, without the address that stands before it already.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut text =
        if error.is_timeout() { "it took too long".to_owned() } else { "it cannot be reached".to_owned() };
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// A server on this machine that answers each request by its path; its address.
    async fn server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        address
    }

    async fn serve(mut stream: TcpStream) {
        let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
        // What is sent here is short, and its body comes with its head or right after.
        while !bytes.ends_with(b"\r\n\r\n") && !bytes.ends_with(b"said") {
            match stream.read(&mut piece).await {
                Ok(read) if read > 0 => bytes.extend(&piece[..read]),
                _ => return,
            }
        }
        let request = String::from_utf8_lossy(&bytes).into_owned();
        let path = request.split(' ').nth(1).unwrap_or_default();
        let header = |name: &str| {
            let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with(name));
            line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value).to_owned()
        };
        let (head, body) = match path {
            "/long" => ("200 OK".to_owned(), "x".repeat(5000)),
            "/who" => ("200 OK".to_owned(), header("authorization")),
            "/signed" => ("200 OK".to_owned(), header("x-signed")),
            "/echo" => (
                "409 Conflict\r\nContent-Type: text/x.tlog.size; a=b\r\nRetry-After: 7".to_owned(),
                request.rsplit("\r\n").next().unwrap_or_default().to_owned(),
            ),
            "/there" => ("303 See Other\r\nLocation: /long".to_owned(), String::new()),
            "/elsewhere" => ("303 See Other\r\nLocation: http://localhost:1/x".to_owned(), String::new()),
            _ => ("303 See Other\r\nLocation: /round".to_owned(), String::new()),
        };
        let answer =
            format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    }

    #[tokio::test]
    async fn answers_are_bounded() {
        let (egress, at) = (Egress::new(Reach::Anything).unwrap(), server().await);
        let get = |path: &str, limit| {
            let (egress, url) = (egress.clone(), format!("{at}{path}"));
            async move { egress.get(&url, None, limit).await }
        };
        assert_eq!(get("/long", 5000).await.unwrap().body.len(), 5000);
        assert!(matches!(get("/long", 4999).await, Err(NoAnswer::TooLong(_, 4999))));
        assert_eq!(get("/there", 9999).await.unwrap().body.len(), 5000, "to the same host");
        for path in ["/round", "/elsewhere"] {
            assert!(!get(path, 9999).await.unwrap().is_ok(), "{path} is not followed");
        }
        let told = egress.post(&format!("{at}/echo"), "text/plain", "said".into(), 99).await.unwrap();
        assert_eq!((told.status, told.media.as_str(), told.retry_after), (409, "text/x.tlog.size", Some(7)));
        assert_eq!(told.text(), "said");
        let who = egress.get(&format!("{at}/who"), Some("secret"), 99).await.unwrap();
        assert_eq!(who.text(), "Bearer secret");
    }

    #[tokio::test]
    async fn strangers_lead_nowhere_within() {
        let at = server().await;
        let port = at.rsplit(':').next().unwrap().to_owned();
        let tell = async |reach: Reach, url: String| {
            let headers = [("x-signed", "sum".to_owned())];
            Egress::new(reach).unwrap().tell(&url, &headers, "said".into(), (999, 5)).await
        };
        let public = || Reach::Public(std::collections::BTreeSet::new());
        for url in
            [format!("{at}/signed"), format!("http://[::ffff:127.0.0.1]:{port}/"), "http://0x7f.1/".into()]
        {
            assert!(matches!(tell(public(), url.clone()).await, Err(NoAnswer::Forbidden(..))), "{url}");
        }
        // A name is looked up first.
        let named = tell(public(), format!("http://localhost:{port}/signed")).await.unwrap_err().to_string();
        assert!(named.contains("not asked"), "{named}");
        let allowed = |host: &str| Reach::Public([host.to_owned()].into());
        let told = tell(allowed("localhost"), format!("http://localhost:{port}/signed")).await.unwrap();
        assert_eq!(told.text(), "sum");
        assert_eq!(tell(allowed("127.0.0.1"), format!("{at}/signed")).await.unwrap().text(), "sum");
        assert!(
            !tell(allowed("127.0.0.1"), format!("{at}/there")).await.unwrap().is_ok(),
            "it is led nowhere"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_named() {
        let egress = Egress::new(Reach::Anything).unwrap();
        for bad in ["", "hub.example", "ftp://hub.example", "file:///etc/passwd", "http://"] {
            assert!(matches!(egress.get(bad, None, 9).await, Err(NoAnswer::Address(_))), "{bad:?}");
        }
        let nobody = egress.get("http://127.0.0.1:1/", None, 9).await.unwrap_err().to_string();
        assert!(nobody.contains("127.0.0.1:1") && nobody.contains("cannot be reached"), "{nobody}");
    }
}
