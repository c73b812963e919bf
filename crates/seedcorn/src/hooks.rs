//! Sends what members have told to addresses of theirs.

use std::collections::BTreeSet;

use seedcorn_commons::hooks::{self, Outcome, Sending};
use seedcorn_commons::{Commons, Result};
use seedcorn_core::limits;
use seedcorn_egress::{Egress, Reach};
use tokio::task::JoinSet;

/// What webhooks may reach: what everybody could, and the hosts that the operator names.
pub(crate) fn reach(hosts: Option<&str>) -> Reach {
    let named = hosts.unwrap_or_default().split(',').map(|host| host.trim().trim_matches(['[', ']']));
    let hosts: BTreeSet<String> =
        named.filter(|host| !host.is_empty()).map(str::to_ascii_lowercase).collect();
    Reach::Public(hosts)
}

/// Sends all that is due, several at once. Tells whether there was anything.
pub(crate) async fn round(commons: &Commons, egress: &Egress, base: &str) -> Result<bool> {
    let mut sending = JoinSet::new();
    for one in hooks::due(commons, base).await? {
        let egress = egress.clone();
        sending.spawn(async move {
            let outcome = send(&egress, &one).await;
            (one, outcome)
        });
    }
    let any = !sending.is_empty();
    while let Some(done) = sending.join_next().await {
        match done {
            Ok((one, outcome)) => hooks::told(commons, &one, &outcome).await?,
            Err(error) => tracing::warn!(%error, "sending to a webhook broke off; it is tried again"),
        }
    }
    Ok(any)
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
    use super::*;

    #[test]
    fn hosts_are_named_with_commas() {
        let hosts = |text| match reach(text) {
            Reach::Public(hosts) => hosts.into_iter().collect::<Vec<_>>(),
            Reach::Anything => vec!["anything".to_owned()],
        };
        assert_eq!(hosts(Some(" Hooks.lan, [::1],,127.0.0.1")), ["127.0.0.1", "::1", "hooks.lan"]);
        assert!(hosts(None).is_empty());
    }
}
