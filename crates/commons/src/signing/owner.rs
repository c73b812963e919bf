//! What owners say that they sign with.

use seedcorn_core::access::{Actor, Role};
use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::signing as rows;
use seedcorn_db::{Tx, signing};
use seedcorn_signing::{Anchor, Certificate, Identity, PublicKey, Registered};
use serde_json::json;

use super::look::SIGNED;
use crate::identity::identify_within;
use crate::log::{self, what};
use crate::people::named;
use crate::{Commons, Refusal, Result, account, audit, dice};

/// What is registered.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// `key`, `certificate` or `identity`.
    pub kind: &'a str,
    /// What its owner calls it.
    pub label: &'a str,
    /// The PEM text, or the identity.
    pub value: &'a str,
    /// Who says that of an identity (OpenID Connect).
    pub issuer: &'a str,
}

/// A part of what is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// [`New::kind`].
    Kind,
    /// [`New::label`].
    Label,
    /// [`New::value`].
    Value,
    /// [`New::issuer`].
    Issuer,
}

/// Why something is nothing to sign with: a field, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Unfit {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub text: String,
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Refusal {
        Refusal::Invalid(unfit.text)
    }
}

fn unfit(field: Field, text: impl ToString) -> Unfit {
    Unfit { field, text: text.to_string() }
}

/// What an owner signs with.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Whose they are.
    pub owner: Namespace,
    /// Also those taken back, the oldest first.
    pub signers: Vec<rows::Signer>,
    /// Whether the asker may change that.
    pub runs: bool,
}

fn runs(actor: &Actor, owner: &Namespace) -> bool {
    actor.may_speak() && actor.role_in(&owner.id) >= Some(Role::Admin)
}

/// What a member or a group signs with: everybody may know.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn signers(commons: &Commons, actor: Option<&Actor>, name: &str) -> Result<Owned> {
    let mut tx = commons.db.look().await?;
    let owner = named(&mut tx, name).await?;
    let signers = signing::of(&mut tx, &owner.id).await?;
    let runs = actor.is_some_and(|actor| runs(actor, &owner));
    Ok(Owned { owner, signers, runs })
}

/// The owner, locked, for somebody who may change what it signs with.
async fn open(commons: &Commons, tx: &mut Tx, actor: &Actor, name: &str) -> Result<(Actor, Namespace)> {
    account::check(actor)?;
    let owner = named(tx, name).await?;
    members::lock(tx, &owner.id).await?;
    let actor = identify_within(tx, &actor.token, commons.now()).await?;
    match runs(&actor, &owner) {
        true => Ok((actor, owner)),
        false => Err(Refusal::Forbidden(format!("only whoever runs {} says what it signs with", owner.name))),
    }
}

/// Says what a member or a group signs with. What is already signed so is looked at again.
///
/// # Errors
/// `Invalid` where there are too many; `Conflict` if it is registered; `Forbidden` for those who do not run the owner.
pub async fn register(commons: &Commons, actor: &Actor, name: &str, fit: Fit) -> Result<rows::Signer> {
    let signer = fit.0;
    let mut tx = commons.db.write().await?;
    let (actor, owner) = open(commons, &mut tx, actor, name).await?;
    let all = signing::of(&mut tx, &owner.id).await?;
    if all.len() >= limits::SIGNERS_MAX {
        let most = limits::SIGNERS_MAX;
        return Err(Refusal::Invalid(format!("one signs with {most} at most, those taken back counted too")));
    }
    let is_it = |one: &rows::Signer| {
        one.revoked.is_none()
            && (&one.kind, &one.value, &one.issuer) == (&signer.kind, &signer.value, &signer.issuer)
    };
    if let Some(one) = all.iter().find(|one| is_it(one)) {
        return Err(Refusal::Conflict(format!("it is registered already, as {:?}", one.label)));
    }
    signing::add(&mut tx, &owner.id, &signer).await?;
    tell(commons, &mut tx, (&actor, &owner), &signer, true).await?;
    tx.commit().await?;
    Ok(signer)
}

/// Takes back what one signs with: what was signed with it and came here before stays as it was, what comes from now on is not by the
/// owner.
///
/// # Errors
/// `NotFound` if there is none, or no longer; `Forbidden` for those who do not run the owner.
pub async fn revoke(commons: &Commons, actor: &Actor, name: &str, id: &str) -> Result<()> {
    let mut tx = commons.db.write().await?;
    let (actor, owner) = open(commons, &mut tx, actor, name).await?;
    let missing = || Refusal::NotFound(format!("{} does not sign with that", owner.name));
    let all = signing::of(&mut tx, &owner.id).await?;
    let signer = all.into_iter().find(|one| one.id == id && one.revoked.is_none()).ok_or_else(missing)?;
    signing::revoke(&mut tx, &owner.id, id, commons.now()).await?;
    tell(commons, &mut tx, (&actor, &owner), &signer, false).await?;
    Ok(tx.commit().await?)
}

/// Tells the log, and has what is signed looked at again.
async fn tell(
    commons: &Commons,
    tx: &mut Tx,
    (actor, owner): (&Actor, &Namespace),
    signer: &rows::Signer,
    counts: bool,
) -> Result<()> {
    let deed = if counts { "signer.register" } else { "signer.revoke" };
    let says = json!({ "kind": signer.kind, "label": signer.label, "print": signer.print });
    audit::note(tx, Some(actor), (deed, &owner.name), says, commons.now()).await?;
    log::of_owner(commons, tx, owner, actor, what::signer(&signer.kind, &signer.print, counts)).await?;
    signing::ask_signed(tx, SIGNED, &owner.id, commons.now()).await?;
    tx.wake(&commons.work);
    Ok(())
}

/// What can be registered: a key, a certificate or an identity, spelled as everybody does.
#[derive(Debug)]
pub struct Fit(rows::Signer);

impl New<'_> {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unfit`] for what is no key, certificate or identity, or has no name.
    pub fn read(self, commons: &Commons) -> Result<Fit, Unfit> {
        let label = self.label.trim();
        let is_name = |label: &str| !label.is_empty() && !label.chars().any(char::is_control);
        if !is_name(label) || label.len() > limits::FULL_NAME_BYTES_MAX {
            let why = "say in a few words what it is, such as \"release key of 2026\"";
            return Err(unfit(Field::Label, why));
        }
        let bad = |error: seedcorn_signing::BadKey| unfit(Field::Value, error);
        let (mut salt, mut issuer) = (String::new(), String::new());
        let (value, print) = match self.kind {
            "key" => {
                let key = PublicKey::from_pem(self.value).map_err(bad)?;
                (key.pem().to_owned(), key.hint())
            }
            "certificate" => {
                let certificate = Certificate::from_pem(self.value).map_err(bad)?;
                (certificate.pem(), certificate.fingerprint().to_string())
            }
            "identity" => {
                let identity = self.identity()?;
                // Who somebody is may be forgotten one day; what the log has of it must not tell.
                salt = dice::id();
                let print = Sha256::of(format!("{salt}\n{}\n{}", identity.identity, identity.issuer));
                issuer = identity.issuer;
                (identity.identity, print.to_string())
            }
            other => {
                let why = format!("one signs with a key, a certificate or an identity, not {other:?}");
                return Err(unfit(Field::Kind, why));
            }
        };
        Ok(Fit(rows::Signer {
            id: dice::id(),
            kind: self.kind.into(),
            label: label.into(),
            value,
            issuer,
            salt,
            print,
            added: commons.now(),
            revoked: None,
        }))
    }

    fn identity(self) -> Result<Identity, Unfit> {
        let (identity, issuer) = (self.value.trim(), self.issuer.trim());
        let fits = |text: &str| {
            !text.is_empty()
                && text.len() <= limits::IDENTITY_BYTES_MAX
                && !text.contains(char::is_whitespace)
        };
        if !fits(identity) {
            let why = "an identity is a mail address, or the address of a workflow, as Sigstore's certificates have it";
            return Err(unfit(Field::Value, why));
        }
        if !fits(issuer) || !issuer.starts_with("https://") {
            let why = "say who vouches for the identity: the issuer's address, such as https://github.com/login/oauth";
            return Err(unfit(Field::Issuer, why));
        }
        Ok(Identity { identity: identity.into(), issuer: issuer.into() })
    }
}

/// What counted, or counts, for a signature that was first seen at a moment.
pub(super) fn anchors(signers: &[rows::Signer], seen: i64) -> Vec<Registered> {
    let counted = signers.iter().filter(|one| one.revoked.is_none_or(|revoked| seen < revoked));
    let read = |one: &rows::Signer| {
        Some(match one.kind.as_str() {
            "key" => Anchor::Key(PublicKey::from_pem(&one.value).ok()?),
            "certificate" => Anchor::Certificate(Certificate::from_pem(&one.value).ok()?),
            _ => Anchor::Identity(Identity { identity: one.value.clone(), issuer: one.issuer.clone() }),
        })
    };
    counted.filter_map(|one| Some(Registered { id: one.id.clone(), anchor: read(one)? })).collect()
}
