//! What the settings come to: checked, and as the parts that they are handed to want them.

use anyhow::{Context, bail};
use seedcorn_core::name;
use seedcorn_core::note::VerifierKey;
use seedcorn_core::openness::Policy;
use seedcorn_server::{Proxies, Quotas};
use seedcorn_signing::Root;

use super::Resolved;
use crate::address::{self, is_loopback};

impl Resolved {
    /// The address that clients use, as far as the settings tell.
    pub(crate) fn url(&self) -> String {
        let listened = || format!("http://{}", self.listen);
        self.public_url.as_deref().map_or_else(listened, |url| url.trim_end_matches('/').to_owned())
    }

    /// Whose reviews count.
    pub(crate) fn reviewers(&self) -> anyhow::Result<Vec<VerifierKey>> {
        let keys = self.openness_reviewers.split(',').map(str::trim).filter(|key| !key.is_empty());
        keys.map(|key| key.parse().with_context(|| format!("--openness-reviewers: {key:?}"))).collect()
    }

    /// How much one may ask, and who may speak for others.
    pub(crate) fn limits(&self) -> anyhow::Result<(Quotas, Proxies)> {
        let quotas = Quotas { strangers: self.strangers_requests, members: self.members_requests };
        let proxies = match self.trusted_proxies.as_deref() {
            None => Proxies::default(),
            Some(text) => text.parse().map_err(|why: String| anyhow::anyhow!("--trusted-proxies: {why}"))?,
        };
        Ok((quotas, proxies))
    }

    /// By what signatures of identities are checked.
    pub(crate) fn sigstore(&self) -> anyhow::Result<Root> {
        let Some(path) = &self.sigstore_root else { return Ok(Root::built_in()?) };
        let named = || format!("--sigstore-root {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        Root::read(&text).with_context(named)
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.conformance && !self.listen.ip().is_loopback() {
            bail!(
                "--conformance makes accounts with public tokens and is refused unless --listen is a loopback address"
            );
        }
        if self.conformance && self.public_url.as_deref().is_some_and(|url| !is_loopback(url)) {
            bail!("--conformance is refused unless --public-url is a loopback address too");
        }
        name::check_namespace(&self.first_member)
            .with_context(|| format!("--first-member {:?}", self.first_member))?;
        if self.depot.strip_prefix("s3://").is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            bail!("--depot {:?} names no bucket: it is s3://BUCKET/PREFIX, or a folder", self.depot);
        }
        if self.depot.is_empty() {
            bail!("--depot is empty: it is s3://BUCKET/PREFIX, or a folder");
        }
        for (setting, url) in [("--public-url", &self.public_url), ("--s3-endpoint", &self.s3_endpoint)] {
            url.as_deref().map_or(Ok(()), |url| address::check(setting, url))?;
        }
        let database = &self.database;
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| database.starts_with(scheme)) {
            bail!("--database must be sqlite:PATH or postgres://…");
        }
        if database == "sqlite:" {
            bail!("--database names no file: it is sqlite:PATH");
        }
        if let Err(why) = self.pull_policy.parse::<Policy>() {
            bail!("--pull-policy: {why}");
        }
        self.reviewers()?;
        if self.sigstore_root.is_some() {
            self.sigstore()?;
        }
        self.limits()?;
        self.log_settings()?;
        if self.lfs_part_bytes == 0 {
            bail!("--lfs-part-bytes must be at least 1");
        }
        Ok(())
    }

    /// The database's address without its password, wherever in it that is.
    pub(super) fn database_shown(&self) -> String {
        let Some((scheme, rest)) = self.database.split_once("://") else {
            return self.database.clone();
        };
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        if query.is_some_and(|query| query.contains('@')) && !place.contains('@') {
            // A password with a '?' in it that is not escaped: no telling where it ends.
            return format!("{scheme}://…");
        }
        let place = place.rsplit_once('@').map_or(place.to_owned(), |(_, host)| format!("…@{host}"));
        let shown = |pair: &str| match pair.split_once('=') {
            Some((key, _)) if key.to_ascii_lowercase().contains("pass") => format!("{key}=…"),
            _ => pair.to_owned(),
        };
        let query = query.map(|query| query.split('&').map(shown).collect::<Vec<_>>().join("&"));
        format!("{scheme}://{place}{}", query.map(|query| format!("?{query}")).unwrap_or_default())
    }
}
