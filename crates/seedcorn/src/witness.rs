//! Asks witnesses to say that they saw the log of this hub.

use std::time::Duration;

use seedcorn_commons::log::{self, Answered, Ask, Word};
use seedcorn_commons::{Commons, Result};
use seedcorn_core::limits;
use seedcorn_egress::Egress;
use tokio::task::JoinSet;

/// Asks every witness once, all at a time, and once more those that saw another size than was thought. Tells whether there was anybody to
/// ask; those who do not answer are asked again in a while.
pub(crate) async fn round(commons: &Commons, egress: &Egress) -> Result<bool> {
    let mut asked = false;
    for _ in 0..2 {
        let mut asking = JoinSet::new();
        for ask in log::asks(commons).await? {
            let egress = egress.clone();
            asking.spawn(async move {
                let sent = egress.post(
                    &ask.url,
                    "text/plain; charset=utf-8",
                    ask.body.clone(),
                    limits::WITNESS_BYTES_MAX,
                );
                let answer =
                    tokio::time::timeout(Duration::from_secs(limits::WITNESS_ANSWER_SECS), sent).await;
                (ask, answer)
            });
        }
        let mut behind = false;
        while let Some(done) = asking.join_next().await {
            asked = true;
            match done {
                Ok((ask, Ok(Ok(answer)))) => {
                    let text = answer.text();
                    let answer = Answered { status: answer.status, media: answer.media, text };
                    behind |= told(commons, &ask, &answer).await?;
                }
                Ok((ask, Ok(Err(error)))) => {
                    tracing::warn!(witness = ask.witness, %error, "a witness was not asked")
                }
                Ok((ask, Err(_))) => {
                    tracing::warn!(witness = ask.witness, "a witness does not answer in time")
                }
                Err(error) => tracing::warn!(%error, "asking a witness broke off"),
            }
        }
        if !behind {
            break;
        }
    }
    Ok(asked)
}

/// Takes an answer. Tells whether the witness is to be asked again at once.
async fn told(commons: &Commons, ask: &Ask, answer: &Answered) -> Result<bool> {
    match log::take(commons, ask, answer).await? {
        Word::Saw => Ok(false),
        Word::Behind(_) => Ok(true),
        Word::Refused(why) => {
            tracing::error!(witness = ask.witness, why, "a witness does not say that it saw the log");
            Ok(false)
        }
    }
}
