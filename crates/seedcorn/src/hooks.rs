//! Sends what members have told to addresses of theirs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv6Addr;

use anyhow::bail;
use seedcorn_commons::Commons;
use seedcorn_commons::hooks::{self, Outcome, Sending};
use seedcorn_core::id::NamespaceId;
use seedcorn_core::limits;
use seedcorn_egress::{Egress, Reach};
use tokio::task::JoinSet;

/// What webhooks may reach: what everybody could, and the hosts that the operator names.
///
/// # Errors
/// For what is no host, as an address or a host with a port: it would never be met.
pub(crate) fn reach(hosts: Option<&str>) -> anyhow::Result<Reach> {
    let named = hosts.unwrap_or_default().split(',').map(|host| host.trim().trim_matches(['[', ']']));
    let hosts: BTreeSet<String> =
        named.filter(|host| !host.is_empty()).map(str::to_ascii_lowercase).collect();
    let is_odd = |host: &str| {
        host.contains(['/', '@', ' ']) || (host.contains(':') && host.parse::<Ipv6Addr>().is_err())
    };
    if let Some(odd) = hosts.iter().find(|host| is_odd(host)) {
        bail!("--webhook-hosts names hosts alone, without https:// and without a port, not {odd:?}");
    }
    Ok(Reach::Public(hosts))
}

/// Whose deliveries are under way, by the tasks that send them.
type Busy = HashMap<tokio::task::Id, NamespaceId>;

/// Sends what is due, several at once and of each member a little, for as long as it is polled.
pub(crate) async fn keep_telling(commons: &Commons, egress: &Egress, base: &str) {
    let (mut sending, mut busy) = (JoinSet::new(), HashMap::new());
    loop {
        let room = limits::DELIVERIES_AT_ONCE.saturating_sub(sending.len());
        for one in taken(commons, base, room, &busy).await {
            let (egress, member) = (egress.clone(), one.member.clone());
            let task = sending.spawn(async move {
                let outcome = send(&egress, &one).await;
                (one, outcome)
            });
            busy.insert(task.id(), member);
        }
        tokio::select! {
            Some(done) = sending.join_next_with_id() => match done {
                Ok((task, (one, outcome))) => {
                    busy.remove(&task);
                    told(commons, &one, &outcome).await;
                }
                Err(error) => {
                    busy.remove(&error.id());
                    tracing::error!(%error, "sending to a webhook broke off; it is tried again");
                }
            },
            () = hooks::wait(commons) => {}
        }
    }
}

/// What is to be sent now.
async fn taken(commons: &Commons, base: &str, room: usize, busy: &Busy) -> Vec<Sending> {
    if room == 0 {
        return Vec::new();
    }
    let mut counts = BTreeMap::<&NamespaceId, i64>::new();
    busy.values().for_each(|member| *counts.entry(member).or_default() += 1);
    let full = counts.into_iter().filter(|(_, count)| *count >= limits::DELIVERIES_OF_ONE);
    let full: Vec<NamespaceId> = full.map(|(member, _)| member.clone()).collect();
    hooks::due(commons, base, room, &full).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "webhooks were not looked at; they are again");
        Vec::new()
    })
}

/// What is not written down is sent again: so it is tried, and then told.
async fn told(commons: &Commons, one: &Sending, outcome: &Outcome) {
    if let Err(error) = hooks::told(commons, one, outcome).await {
        tracing::warn!(%error, "what became of a delivery was not written down; it is sent again");
    }
}

async fn send(egress: &Egress, one: &Sending) -> Outcome {
    let bounds = (limits::DELIVERY_ANSWER_BYTES_MAX, limits::DELIVERY_SECS);
    match egress.tell(&one.url, &one.headers, one.body.clone(), bounds).await {
        Ok(answer) => Outcome { status: Some(answer.status), answer: answer.text() },
        Err(error) => Outcome { status: None, answer: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn hosts_are_named_with_commas() {
        let hosts = |text| match reach(text).unwrap() {
            Reach::Public(hosts) => hosts.into_iter().collect::<Vec<_>>(),
            Reach::Anything => vec!["anything".to_owned()],
        };
        assert_eq!(hosts(Some(" Hooks.lan, [::1],,127.0.0.1")), ["127.0.0.1", "::1", "hooks.lan"]);
        assert!(hosts(None).is_empty());
        for odd in ["hooks.lan:8080", "http://hooks.lan", "a.lan, b.lan/x"] {
            assert!(reach(Some(odd)).is_err(), "{odd}");
        }
    }
}
