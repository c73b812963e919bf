//! The accounts that the Hugging Face clients' own tests presuppose. Their tokens are public.

use seedcorn_commons::Commons;
use seedcorn_commons::Refusal;
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_core::access::Role;

/// Name, name for people, token.
const MEMBERS: [(&str, &str, &str); 3] = [
    ("__DUMMY_HUB_USER__", "Dummy User", "hf_HubCITokenXXXXXXXXXXXXXXXXXXXXX"),
    ("DVUser", "DV User", "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"),
    ("EnterpriseAdmin", "Enterprise Admin", "hf_enterprise_admin_token"),
];

/// Name, name for people, who runs it, whether new repos are private.
const GROUPS: [(&str, &str, &str, bool); 2] = [
    ("valid_org_hub", "Dummy Hub Org", "__DUMMY_HUB_USER__", false),
    ("EnterpriseOrgPrivate", "Enterprise Org", "EnterpriseAdmin", true),
];

/// Shuts out those that an earlier run with `--conformance` left behind: everybody knows their tokens.
pub(crate) async fn shut_out(commons: &Commons) -> anyhow::Result<()> {
    for (name, _, token) in MEMBERS {
        if admin::disable_holder(commons.database(), name, token).await? {
            tracing::warn!(name, "disabled: its token is public, and this run is not for conformance");
        }
    }
    Ok(())
}

/// Makes them, unless they are there.
pub(crate) async fn seed(commons: &Commons) -> anyhow::Result<()> {
    let (db, now) = (commons.database(), commons.now());
    for (name, full_name, token) in MEMBERS {
        let new = NewNamespace { name: name.into(), full_name: full_name.into(), ..NewNamespace::default() };
        match admin::add_member(db, new, now).await {
            Ok(_) | Err(Refusal::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        admin::enable_holder(db, name).await?;
        let new = NewToken {
            member: name.into(),
            name: "conformance".into(),
            role: TokenRole::Write,
            expires: None,
        };
        admin::put_token(db, new, token, now).await?;
    }
    for (name, full_name, leader, private_default) in GROUPS {
        let new =
            NewNamespace { name: name.into(), full_name: full_name.into(), private_default, admin: false };
        match admin::add_group(db, new, now).await {
            Ok(_) | Err(Refusal::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        admin::join(db, name, leader, Role::Admin, now).await?;
    }
    Ok(())
}
