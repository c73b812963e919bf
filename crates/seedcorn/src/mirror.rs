//! Reads the logs of others that this hub keeps.

use std::time::Duration;

use seedcorn_commons::{Commons, log};
use seedcorn_egress::{Egress, NoAnswer};

/// Times that a file is asked for: a log is taken over whole, so that one lost answer in thousands must not spoil the others.
const TRIES: u32 = 4;
/// How long it waits after the first; then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Looks at each once. What does not hold is told, and the others are looked at all the same.
pub(crate) async fn round(commons: &Commons, egress: &Egress) {
    for of in log::mirrored(commons) {
        let fetch = |path: String, limit: usize| {
            let (egress, url) = (egress.clone(), format!("{}/{path}", of.url.trim_end_matches('/')));
            async move { patient(&egress, &url, limit).await }
        };
        let origin = of.key.name();
        match log::mirror(commons, of, fetch).await {
            Ok(Ok(0)) => {}
            Ok(Ok(entries)) => tracing::info!(origin, entries, "a log of others grew, and is kept"),
            Ok(Err(why)) => tracing::error!(origin, why, "a log of others was not taken over"),
            Err(error) => tracing::error!(origin, %error, "a log of others cannot be kept"),
        }
    }
}

/// A file. Whoever does not answer, or cannot just now, is asked again.
async fn patient(egress: &Egress, url: &str, limit: usize) -> Result<Vec<u8>, String> {
    let (mut wait, mut tries) = (FIRST_WAIT, 1);
    loop {
        let (why, may_pass) = match egress.get(url, None, limit).await {
            Ok(answer) if answer.is_ok() => return Ok(answer.body),
            Ok(answer) => (format!("{url}: status {}", answer.status), passes(answer.status)),
            Err(error) => (error.to_string(), matches!(error, NoAnswer::Unreached(..))),
        };
        if !may_pass || tries == TRIES {
            return Err(why);
        }
        tokio::time::sleep(wait).await;
        (wait, tries) = (wait * 2, tries + 1);
    }
}

/// Whether what an answer says may be another thing soon.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers with these statuses, one after the other; its address.
    async fn server(statuses: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for status in statuses {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = [0; 4096];
                let _ = stream.read(&mut bytes).await;
                let answer =
                    format!("HTTP/1.1 {status}\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfile");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn one_lost_answer_spoils_nothing() {
        let egress = Egress::new(seedcorn_egress::Reach::Anything).unwrap();
        let url = server(&["503 Busy", "429 Slow", "200 OK"]).await;
        assert_eq!(patient(&egress, &url, 9).await, Ok(b"file".to_vec()));
        let url = server(&["404 Not Found", "200 OK"]).await;
        let why = patient(&egress, &url, 9).await.unwrap_err();
        assert!(why.contains("404"), "what is not there is not asked for again: {why}");
        let why = patient(&egress, &server(&["200 OK"]).await, 3).await.unwrap_err();
        assert!(why.contains("more than 3 bytes"), "{why}");
    }
}
