//! What is due to be told: taken, sent by whoever can reach others, and what became of that.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use seedcorn_core::id::NamespaceId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::webhooks::{self as rows, Delivery, Webhook};
use serde_json::Value;
use sha2::Sha256;

use super::{may_hear, payload};
use crate::identity::as_member;
use crate::{Commons, Result};

/// Something to be sent.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Names the delivery.
    pub id: String,
    /// Whose address it is.
    pub member: NamespaceId,
    /// The address.
    pub url: String,
    /// Headers beside the usual ones.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// What was answered.
    pub status: Option<u16>,
    /// The answer, or why there is none.
    pub answer: String,
}

/// Takes what is due, so that nobody else sends it meanwhile: at most so much, of each member a little, and nothing of those who are busy. `base` is
/// the hub's own address.
pub async fn due(commons: &Commons, base: &str, most: usize, busy: &[NamespaceId]) -> Result<Vec<Sending>> {
    let most = (limits::DELIVERIES_OF_ONE, i64::try_from(most).unwrap_or(i64::MAX));
    loop {
        let waiting = rows::due(&mut commons.db.look().await?, commons.now(), most, busy).await?;
        let mut all = Vec::new();
        for one in &waiting {
            all.extend(claim(commons, base, one).await?);
        }
        // What may not be sent any more keeps nothing else waiting.
        if waiting.is_empty() || !all.is_empty() {
            return Ok(all);
        }
    }
}

/// Takes one, unless somebody did; nothing is to be sent of what may not be any more.
async fn claim(commons: &Commons, base: &str, one: &Delivery) -> Result<Option<Sending>> {
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    // Whoever sends it and is gone before they can say so leaves it to others.
    let until = now.plus_secs(2 * i64::try_from(limits::DELIVERY_SECS).unwrap_or(60) + 60);
    if !rows::claim(&mut tx, &one.id, one.due.unwrap_or_default(), until).await? {
        return Ok(None);
    }
    let sending = match ready(&mut tx, one, base).await? {
        Ok(sending) => Some(sending),
        Err(why) => {
            rows::tried(&mut tx, &one.id, (None, why), None, now).await?;
            None
        }
    };
    tx.commit().await?;
    Ok(sending)
}

/// What is sent, if it still may be.
async fn ready(tx: &mut Tx, one: &Delivery, base: &str) -> Result<Result<Sending, &'static str>> {
    let hook = rows::find(tx, &one.webhook).await?.filter(|hook| hook.disabled.is_empty());
    let Some(hook) = hook else { return Ok(Err("nothing is sent to it any more")) };
    let Some(member) = as_member(tx, &hook.member).await? else { return Ok(Err("its member is gone")) };
    if !may_hear(tx, &member, one).await? {
        return Ok(Err("you may not see this repo any more"));
    }
    let mut told: Value = serde_json::from_str(&one.payload).unwrap_or_default();
    payload::absolute(&mut told, base);
    let body = told.to_string();
    let headers = headers(&hook, one, &body);
    Ok(Ok(Sending { headers, id: one.id.clone(), member: hook.member, url: hook.url, body }))
}

fn headers(hook: &Webhook, one: &Delivery, body: &str) -> Vec<(&'static str, String)> {
    let mut headers =
        vec![("x-webhook-delivery", one.id.clone()), ("x-webhook-attempt", (one.tries + 1).to_string())];
    if !hook.secret.is_empty() {
        headers.push(("x-hub-signature-256", format!("sha256={}", signature(&hook.secret, body))));
        // The Hub sends the secret itself, and its clients look for it.
        headers.push(("x-webhook-secret", hook.secret.clone()));
    }
    headers
}

/// HMAC-SHA-256 (RFC 2104) of a body under a secret, in hexadecimal.
fn signature(secret: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes down what became of something that was sent: it is done, it is tried again, or it is given up. An address that takes nothing again
/// and again, or says that it is gone for good (410), is sent nothing more.
pub async fn told(commons: &Commons, sending: &Sending, outcome: &Outcome) -> Result<()> {
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    let answer: String =
        outcome.answer.chars().filter(|c| *c != '\0').take(limits::DELIVERY_ANSWER_CHARS).collect();
    let status = outcome.status.map(i64::from);
    let Some(hook) = hook_of(&mut tx, sending).await? else { return Ok(()) };
    let taken = outcome.status.is_some_and(|status| (200..300).contains(&status));
    let is_gone = outcome.status == Some(410);
    let due = if taken || is_gone { None } else { again(hook.1, now) };
    rows::tried(&mut tx, &sending.id, (status, &answer), due, now).await?;
    if due.is_none() {
        let failed = rows::count_failed(&mut tx, &hook.0, !taken).await?;
        if is_gone {
            rows::set_disabled(&mut tx, &hook.0, "it answered that it is gone for good").await?;
        } else if failed >= limits::DELIVERIES_GIVEN_UP_MAX {
            rows::set_disabled(&mut tx, &hook.0, "it did not take what was sent, again and again").await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The webhook, and how often it was tried.
async fn hook_of(tx: &mut Tx, sending: &Sending) -> Result<Option<(String, i64)>> {
    let found = rows::find_any(tx, &sending.id).await?;
    Ok(found.map(|one| (one.webhook, one.tries)))
}

fn again(tries: i64, now: Time) -> Option<Time> {
    let n = usize::try_from(tries - 1).ok()?;
    limits::DELIVERY_AGAIN_SECS.get(n).map(|secs| now.plus_secs(*secs))
}

/// Waits until there may be something to send.
pub async fn wait(commons: &Commons) {
    let patience = Duration::from_secs(limits::HOOKS_LOOK_SECS);
    let _ = tokio::time::timeout(patience, commons.sending.notified()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_as_others_do_it() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", "what do ya want for nothing?"), expected);
    }

    #[test]
    fn tried_later_and_later_and_then_no_more() {
        let now = Time::from_secs(1_000);
        let after = |tries| again(tries, now).map(|at| at.secs() - now.secs());
        assert_eq!((after(1), after(2), after(6)), (Some(60), Some(300), Some(86_400)));
        assert_eq!((after(7), after(0)), (None, None));
    }
}
