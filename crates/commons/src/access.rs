//! `authorize`: the only way to a [`Grant`], and a grant is the only way to content.

use std::marker::PhantomData;

use seedcorn_core::access::{Action, Actor, Before, Scope, Subject, Verdict, decide};
use seedcorn_core::name;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::files::{Reader, Sent};
use seedcorn_db::repos::{self, Named, Repo};
use seedcorn_db::requests;

use crate::identity::identify_within;
use crate::{Commons, Refusal, Result};

/// What a grant allows, as a type: a deed that publishes cannot be called with a grant to look.
pub trait Level: Send + Sync + 'static {
    /// The action.
    const ACTION: Action;
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Level for $name {
            const ACTION: Action = Action::$name;
        }
    )*};
}
levels!(
    /// Know that the repo exists, and its metadata.
    See,
    /// Read its files.
    Read,
    /// Propose a change.
    Propose,
    /// Publish.
    Write,
    /// Settings, renaming, deleting.
    Admin
);

/// Proof that somebody may do something with a repo. Only [`authorize`] builds one for whoever asks.
#[derive(Clone, Debug)]
pub struct Grant<L> {
    repo: Repo,
    actor: Option<Actor>,
    /// Whether the asker was let in to a gated repo.
    admitted: bool,
    level: PhantomData<L>,
}

impl<L: Level> Grant<L> {
    /// The repo.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Who asked; nobody in particular when anonymous.
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// What the asker may read when bytes of other repos are in question. A token that is not for all repos does not
    /// open what its member sent to others.
    pub(crate) fn reader(&self) -> Reader {
        let repo = self.repo.id.clone();
        let Some(actor) = &self.actor else {
            return Reader { namespaces: Vec::new(), repo: Some(repo), sent: Sent::Nothing };
        };
        let member = actor.member.clone();
        let sent = match actor.scope {
            Scope::Read => Sent::Nothing,
            Scope::Write => Sent::By(member),
            Scope::Fine(_) if self.may(Action::Write) => Sent::To(member, repo.clone()),
            Scope::Fine(_) => Sent::Nothing,
        };
        Reader { namespaces: actor.readable_namespaces(), repo: Some(repo), sent }
    }

    /// Whether the asker may also do this with the repo.
    pub fn may(&self, action: Action) -> bool {
        let full_name = self.repo.full_name();
        let subject = Subject { admitted: self.admitted, ..subject(&self.repo, &full_name) };
        decide(self.actor.as_ref(), action, &subject) == Verdict::Allowed
    }

    /// Asks again, in a transaction that is about to write: the token may have been revoked and the repo deleted while a
    /// long body was on its way. `Conflict` if its history was rewritten since.
    pub(crate) async fn confirm(&self, tx: &mut Tx, now: Time) -> Result<Grant<L>> {
        let actor = match &self.actor {
            Some(actor) => Some(identify_within(tx, &actor.token, now).await?),
            None => None,
        };
        let repo = repos::find_by_id(tx, &self.repo.id).await?.ok_or(Refusal::Unseen)?;
        if repo.rewritten != self.repo.rewritten {
            // What was looked up since may be there no more.
            let text = "the history of this repo was written anew meanwhile; fetch it, and try again";
            return Err(Refusal::Conflict(text.into()));
        }
        let admitted = is_admitted(tx, &repo, actor.as_ref()).await?;
        grant(repo, actor.as_ref(), admitted)
    }

    /// The same grant for less: whoever may publish may read.
    pub fn lower<M: Level>(&self) -> Option<Grant<M>> {
        // What was taken down has settings and nothing else, but for those who run the hub.
        let is_open = self.repo.disabled.is_empty() || self.actor.as_ref().is_some_and(|actor| actor.admin);
        let is_there = is_open || matches!(M::ACTION, Action::See | Action::Admin);
        (M::ACTION <= L::ACTION && is_there).then(|| Grant {
            repo: self.repo.clone(),
            actor: self.actor.clone(),
            admitted: self.admitted,
            level: PhantomData,
        })
    }
}

impl Grant<Propose> {
    /// Whether the proposer may also publish.
    pub(crate) fn may_write(&self) -> bool {
        self.may(Action::Write)
    }

    /// The refusal for one who may only propose.
    pub(crate) fn no_write(&self) -> Refusal {
        Refusal::Forbidden(forbidden_text(Action::Write, &self.repo.full_name()))
    }
}

/// Whether somebody was let in to a repo that is gated.
async fn is_admitted(tx: &mut Tx, repo: &Repo, actor: Option<&Actor>) -> Result<bool> {
    match actor {
        Some(actor) if !repo.gated.is_empty() => {
            Ok(requests::is_admitted(tx, &repo.id, &actor.member).await?)
        }
        _ => Ok(false),
    }
}

/// Whether somebody may see a repo.
pub(crate) fn may_see(actor: Option<&Actor>, repo: &Repo) -> bool {
    let full_name = repo.full_name();
    decide(actor, Action::See, &subject(repo, &full_name)) == Verdict::Allowed
}

/// What core needs to know of a repo to decide, but for whoever was let in.
pub(crate) fn subject<'a>(repo: &'a Repo, full_name: &'a str) -> Subject<'a> {
    Subject {
        id: &repo.id,
        kind: repo.kind,
        namespace: &repo.namespace,
        full_name,
        private: repo.private,
        gated: !repo.gated.is_empty(),
        admitted: false,
        disabled: (!repo.disabled.is_empty()).then_some(match repo.was_private {
            true => Before::Private,
            false => Before::Public,
        }),
    }
}

/// Asks whether an actor may do a thing with the repo of a name, in whatever case.
///
/// # Errors
/// `Unseen` alike for what is missing and what is hidden; `Moved` for an old name of a repo that the actor may see;
/// else what [`decide`] says.
pub async fn authorize<L: Level>(
    commons: &Commons,
    actor: Option<&Actor>,
    kind: RepoKind,
    full_name: &str,
) -> Result<Grant<L>> {
    if name::split_full_name(full_name).is_err() {
        return Err(Refusal::Unseen);
    }
    let mut tx = commons.db.look().await?;
    let Named::Repo(repo) = repos::find(&mut tx, kind, full_name).await? else {
        return Err(Refusal::Unseen);
    };
    let admitted = is_admitted(&mut tx, &repo, actor).await?;
    drop(tx);
    let moved = !repo.full_name().eq_ignore_ascii_case(full_name);
    let grant = grant(*repo, actor, admitted)?;
    if moved { Err(Refusal::Moved(grant.repo.full_name())) } else { Ok(grant) }
}

/// The same for a repo that is known by its id: signed addresses and tokens name it so.
pub(crate) async fn authorize_id<L: Level>(
    commons: &Commons,
    actor: Option<&Actor>,
    repo: &seedcorn_core::id::RepoId,
) -> Result<Grant<L>> {
    let mut tx = commons.db.look().await?;
    let repo = repos::find_by_id(&mut tx, repo).await?.ok_or(Refusal::Unseen)?;
    let admitted = is_admitted(&mut tx, &repo, actor).await?;
    grant(repo, actor, admitted)
}

/// What the hub does for itself is asked for by nobody: it may read every repo that is there.
pub(crate) async fn for_the_hub(
    commons: &Commons,
    repo: &seedcorn_core::id::RepoId,
) -> Result<Option<Grant<Read>>> {
    let repo = repos::find_by_id(&mut commons.db.look().await?, repo).await?;
    Ok(repo.map(|repo| Grant { repo, actor: None, admitted: false, level: PhantomData }))
}

fn grant<L: Level>(repo: Repo, actor: Option<&Actor>, admitted: bool) -> Result<Grant<L>> {
    let full_name = repo.full_name();
    match decide(actor, L::ACTION, &Subject { admitted, ..subject(&repo, &full_name) }) {
        Verdict::Allowed => Ok(Grant { repo, actor: actor.cloned(), admitted, level: PhantomData }),
        Verdict::Unseen => Err(Refusal::Unseen),
        Verdict::Disabled => Err(Refusal::Disabled),
        Verdict::Unsigned => Err(Refusal::Unsigned(format!("sign in to do this with {full_name}"))),
        Verdict::Gated => {
            Err(Refusal::Gated { text: gated_text(&repo, actor.is_some()), signed_in: actor.is_some() })
        }
        Verdict::Forbidden => Err(Refusal::Forbidden(forbidden_text(L::ACTION, &full_name))),
    }
}

fn gated_text(repo: &Repo, signed_in: bool) -> String {
    let (kind, name) = (repo.kind, repo.full_name());
    if !signed_in {
        return format!(
            "Access to {kind} {name} is restricted: sign in, or send a token, of somebody who has access"
        );
    }
    let place = format!("/{}{name}", kind.prefix());
    format!(
        "Access to {kind} {name} is restricted and you are not in the authorized list. Visit {place} to ask for access."
    )
}

fn forbidden_text(action: Action, full_name: &str) -> String {
    let needed = match action {
        Action::Admin => "needs the admin role there, and a token that leaves it",
        Action::Write => "needs the write role there, and a token with write scope",
        Action::See | Action::Read | Action::Propose => "needs a token with write scope",
    };
    format!("You don't have the rights to do this with {full_name}: it {needed}")
}
