//! What is due to be told: taken, sent by whoever can reach others, and what became of that.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::webhooks::{self as rows, Delivery, Webhook};
use seedcorn_db::{Tx, repos};
use serde_json::Value;
use sha2::Sha256;

use super::{may_see, payload};
use crate::identity::as_member;
use crate::{Commons, Result};

/// Something to be sent.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Names the delivery.
    pub id: String,
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

/// Takes what is due, so that nobody else sends it meanwhile. `base` is the hub's own address.
pub async fn due(commons: &Commons, base: &str) -> Result<Vec<Sending>> {
    let now = commons.now();
    let waiting = rows::due(&mut commons.db.look().await?, now, limits::DELIVERIES_AT_ONCE).await?;
    let mut all = Vec::new();
    for one in waiting {
        let mut tx = commons.db.write().await?;
        // Whoever sends it and is gone before they can say so leaves it to others.
        let until = now.plus_secs(2 * i64::try_from(limits::DELIVERY_SECS).unwrap_or(60) + 60);
        if !rows::claim(&mut tx, &one.id, one.due.unwrap_or_default(), until).await? {
            continue;
        }
        match ready(&mut tx, &one, base).await? {
            Ok(sending) => all.push(sending),
            Err(why) => rows::tried(&mut tx, &one.id, (None, why), None, now).await?,
        }
        tx.commit().await?;
    }
    Ok(all)
}

/// What is sent, if it still may be.
async fn ready(tx: &mut Tx, one: &Delivery, base: &str) -> Result<Result<Sending, &'static str>> {
    let hook = rows::find(tx, &one.webhook).await?.filter(|hook| hook.disabled.is_empty());
    let Some(hook) = hook else { return Ok(Err("nothing is sent to it any more")) };
    let Some(member) = as_member(tx, &hook.member).await? else { return Ok(Err("its member is gone")) };
    let repo = repos::find_by_id(tx, &one.repo).await?;
    if repo.is_some_and(|repo| !may_see(&member, &repo)) {
        return Ok(Err("you may not see this repo any more"));
    }
    let mut told: Value = serde_json::from_str(&one.payload).unwrap_or_default();
    payload::absolute(&mut told, base);
    let body = told.to_string();
    Ok(Ok(Sending { headers: headers(&hook, one, &body), id: one.id.clone(), url: hook.url, body }))
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
