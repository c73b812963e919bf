//! Reads the logs of others that this hub keeps.

use seedcorn_commons::{Commons, log};
use seedcorn_egress::Egress;

/// Looks at each once. What does not hold is told, and the others are looked at all the same.
pub(crate) async fn round(commons: &Commons, egress: &Egress) {
    for of in log::mirrored(commons) {
        let fetch = |path: String, limit: usize| {
            let (egress, url) = (egress.clone(), format!("{}/{path}", of.url.trim_end_matches('/')));
            async move {
                let answer = egress.get(&url, None, limit).await.map_err(|error| error.to_string())?;
                match answer.is_ok() {
                    true => Ok(answer.body),
                    false => Err(format!("{url}: status {}", answer.status)),
                }
            }
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
