//! Who may do what: one pure decision for every door.

use std::collections::BTreeMap;

use crate::id::{NamespaceId, RepoId, TokenId};
use crate::openness::Policy;
use crate::repo::RepoKind;

/// What somebody may do in a namespace; each includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// See private repos and read their files.
    Read,
    /// Publish.
    Write,
    /// Change settings, rename, delete.
    Admin,
}

impl Role {
    /// `read`, `write`, `admin`.
    pub fn word(self) -> &'static str {
        match self {
            Role::Read => "read",
            Role::Write => "write",
            Role::Admin => "admin",
        }
    }

    /// The role that a word names.
    pub fn from_word(word: &str) -> Option<Role> {
        [Role::Read, Role::Write, Role::Admin].into_iter().find(|role| role.word() == word)
    }
}

/// One line of a fine-grained token: a role on one repo.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineScope {
    /// Which repo: by its id, so that the right follows it to another name, and does not fall to another repo of its name.
    pub repo: RepoId,
    /// `read`, `write` or `admin`.
    pub role: String,
}

/// What a token adds to nobody and takes away from its member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Only reading.
    Read,
    /// All that its member may.
    Write,
    /// Only what is listed.
    Fine(Vec<FineScope>),
}

/// Who asks: a member, what they may in which namespaces, and what their token leaves of that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// The member.
    pub member: NamespaceId,
    /// Their name.
    pub name: String,
    /// Their name for people to read.
    pub full_name: String,
    /// Runs this hub.
    pub admin: bool,
    /// Groups: their role in each.
    pub groups: BTreeMap<NamespaceId, Role>,
    /// The token they came with.
    pub token: TokenId,
    /// What the token leaves.
    pub scope: Scope,
    /// What they and their groups require of what they pull.
    pub policy: Policy,
}

/// What is asked for; each is a door of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Action {
    /// Know that the repo exists, and its metadata.
    See,
    /// Read its files.
    Read,
    /// Propose a change: a commit on a pull request.
    Propose,
    /// Publish.
    Write,
    /// Settings, renaming, deleting.
    Admin,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 5] = [Action::See, Action::Read, Action::Propose, Action::Write, Action::Admin];
}

/// What a decision needs to know of a repo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject<'a> {
    /// Never changes.
    pub id: &'a RepoId,
    /// Model, dataset, space.
    pub kind: RepoKind,
    /// Its owner.
    pub namespace: &'a NamespaceId,
    /// `namespace/name`.
    pub full_name: &'a str,
    /// Only its namespace may see it.
    pub private: bool,
    /// Everybody sees it, but its files need a grant.
    pub gated: bool,
    /// Whoever asks was let in where it is gated.
    pub admitted: bool,
    /// Whoever runs the hub took it down, and it was public before, or it was not. It is private meanwhile.
    pub disabled: Option<Before>,
}

/// What a repo was before it was taken down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Before {
    /// Everybody saw it, and is told that it was taken down.
    Public,
    /// Only its namespace saw it.
    Private,
}

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// As if it did not exist.
    Unseen,
    /// Sign in first.
    Unsigned,
    /// It exists, its files are gated, and this reader has no grant.
    Gated,
    /// Seen, but not allowed.
    Forbidden,
    /// It was taken down.
    Disabled,
}

impl Actor {
    /// The role in a namespace, whatever the token.
    pub fn role_in(&self, namespace: &NamespaceId) -> Option<Role> {
        if self.admin || *namespace == self.member {
            return Some(Role::Admin);
        }
        self.groups.get(namespace).copied()
    }

    /// The role on a repo that the token leaves.
    pub fn role_on(&self, repo: &Subject<'_>) -> Option<Role> {
        let role = self.role_in(repo.namespace)?;
        match &self.scope {
            Scope::Write => Some(role),
            Scope::Read => Some(Role::Read),
            Scope::Fine(lines) => {
                let granted = lines.iter().filter(|line| line.repo == *repo.id);
                granted.filter_map(|line| Role::from_word(&line.role)).max().map(|granted| granted.min(role))
            }
        }
    }

    /// Whether the token lets its member speak up at all: propose, create.
    pub fn may_speak(&self) -> bool {
        self.scope == Scope::Write
    }

    /// Whether they may make repos in a namespace.
    pub fn may_create_in(&self, namespace: &NamespaceId) -> bool {
        self.may_speak() && self.role_in(namespace) >= Some(Role::Write)
    }

    /// Namespaces whose private repos the token lets them read.
    pub fn readable_namespaces(&self) -> Vec<NamespaceId> {
        match self.scope {
            Scope::Fine(_) => Vec::new(),
            Scope::Read | Scope::Write => {
                std::iter::once(&self.member).chain(self.groups.keys()).cloned().collect()
            }
        }
    }
}

impl Actor {
    /// Whether the token leaves its member what they were let in to: one that is for some repos alone does not.
    fn is_let_in(&self, repo: &Subject<'_>) -> bool {
        repo.admitted && !matches!(self.scope, Scope::Fine(_))
    }
}

/// Of what was taken down nothing is seen. Those who run its namespace get to its settings, to know why and to delete it.
fn taken_down(before: Before, action: Action, role: Option<Role>) -> Verdict {
    match role {
        None if before == Before::Private => Verdict::Unseen,
        Some(Role::Admin) if action == Action::Admin => Verdict::Allowed,
        _ => Verdict::Disabled,
    }
}

/// Decides. An action that is refused on a repo that cannot be seen is `Unseen`, whatever else is wrong.
pub fn decide(actor: Option<&Actor>, action: Action, repo: &Subject<'_>) -> Verdict {
    let role = actor.and_then(|actor| actor.role_on(repo));
    if let Some(before) = repo.disabled
        && !actor.is_some_and(|actor| actor.admin)
    {
        return taken_down(before, action, role);
    }
    if repo.private && role.is_none() {
        return Verdict::Unseen;
    }
    let refused = if actor.is_some() { Verdict::Forbidden } else { Verdict::Unsigned };
    let ok = match action {
        Action::See => true,
        Action::Read | Action::Propose
            if repo.gated && role.is_none() && !actor.is_some_and(|actor| actor.is_let_in(repo)) =>
        {
            return Verdict::Gated;
        }
        Action::Read => true,
        Action::Propose => actor.is_some_and(Actor::may_speak) || role >= Some(Role::Write),
        Action::Write => role >= Some(Role::Write),
        Action::Admin => role >= Some(Role::Admin),
    };
    if ok { Verdict::Allowed } else { refused }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(scope: Scope, role: Option<Role>) -> Actor {
        let namespace = NamespaceId("g".into());
        Actor {
            member: NamespaceId("m".into()),
            name: "m".into(),
            full_name: String::new(),
            admin: false,
            groups: role.map(|role| (namespace, role)).into_iter().collect(),
            token: TokenId("t".into()),
            scope,
            policy: Policy::default(),
        }
    }

    /// One line a reader: what they may on a public, a gated, and a private repo of a group. Letters: S see, R read,
    /// P propose, W write, A admin.
    #[test]
    fn the_table() {
        let fine = |role: &str| Scope::Fine(vec![FineScope { repo: RepoId("r".into()), role: role.into() }]);
        let other = Scope::Fine(vec![FineScope { repo: RepoId("other".into()), role: "admin".into() }]);
        let rows: [(&str, Option<Actor>, [&str; 3]); 14] = [
            ("anonymous", None, ["SR", "S", ""]),
            ("let in", Some(actor(Scope::Write, None)), ["SRP", "SRP", ""]),
            ("let in, read token", Some(actor(Scope::Read, None)), ["SR", "SR", ""]),
            ("let in, fine elsewhere", Some(actor(other.clone(), None)), ["SR", "S", ""]),
            ("stranger", Some(actor(Scope::Write, None)), ["SRP", "S", ""]),
            ("stranger, read token", Some(actor(Scope::Read, None)), ["SR", "S", ""]),
            ("reader", Some(actor(Scope::Write, Some(Role::Read))), ["SRP", "SRP", "SRP"]),
            ("writer", Some(actor(Scope::Write, Some(Role::Write))), ["SRPW", "SRPW", "SRPW"]),
            ("admin", Some(actor(Scope::Write, Some(Role::Admin))), ["SRPWA", "SRPWA", "SRPWA"]),
            ("admin, read token", Some(actor(Scope::Read, Some(Role::Admin))), ["SR", "SR", "SR"]),
            ("admin, fine read", Some(actor(fine("read"), Some(Role::Admin))), ["SR", "SR", "SR"]),
            ("reader, fine admin", Some(actor(fine("admin"), Some(Role::Read))), ["SR", "SR", "SR"]),
            ("writer, fine write", Some(actor(fine("write"), Some(Role::Write))), ["SRPW", "SRPW", "SRPW"]),
            ("admin, fine elsewhere", Some(actor(other, Some(Role::Admin))), ["SR", "S", ""]),
        ];
        for (who, actor, expected) in rows {
            for ((private, gated), expected) in
                [(false, false), (false, true), (true, false)].into_iter().zip(expected)
            {
                let (id, namespace) = (RepoId("r".into()), NamespaceId("g".into()));
                let full_name = "g/r";
                let repo = Subject {
                    id: &id,
                    kind: RepoKind::Model,
                    namespace: &namespace,
                    full_name,
                    private,
                    gated,
                    admitted: who.starts_with("let in"),
                    disabled: None,
                };
                let may = |action| decide(actor.as_ref(), action, &repo) == Verdict::Allowed;
                let letters: String = Action::ALL
                    .into_iter()
                    .zip("SRPWA".chars())
                    .filter(|(a, _)| may(*a))
                    .map(|(_, c)| c)
                    .collect();
                assert_eq!(letters, expected, "{who}, private {private}, gated {gated}");
            }
        }
    }

    #[test]
    fn what_was_taken_down() {
        let (id, namespace) = (RepoId("r".into()), NamespaceId("g".into()));
        let operator = Actor { admin: true, ..actor(Scope::Write, None) };
        let rows: [(Option<Actor>, &str, [Verdict; 2]); 5] = [
            (None, "", [Verdict::Disabled, Verdict::Unseen]),
            (Some(actor(Scope::Write, None)), "", [Verdict::Disabled, Verdict::Unseen]),
            (Some(actor(Scope::Write, Some(Role::Write))), "", [Verdict::Disabled; 2]),
            (Some(actor(Scope::Write, Some(Role::Admin))), "A", [Verdict::Disabled; 2]),
            (Some(operator), "SRPWA", [Verdict::Allowed; 2]),
        ];
        for (actor, letters, otherwise) in rows {
            for (before, otherwise) in [Before::Public, Before::Private].into_iter().zip(otherwise) {
                let repo = Subject {
                    id: &id,
                    kind: RepoKind::Model,
                    namespace: &namespace,
                    full_name: "g/r",
                    private: true,
                    gated: false,
                    admitted: false,
                    disabled: Some(before),
                };
                for (action, letter) in Action::ALL.into_iter().zip("SRPWA".chars()) {
                    let expected = if letters.contains(letter) { Verdict::Allowed } else { otherwise };
                    assert_eq!(
                        decide(actor.as_ref(), action, &repo),
                        expected,
                        "{actor:?} {action:?} {before:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_hidden_repo_is_unseen_whatever_is_asked() {
        let (id, namespace) = (RepoId("r".into()), NamespaceId("g".into()));
        let repo = Subject {
            id: &id,
            kind: RepoKind::Model,
            namespace: &namespace,
            full_name: "g/r",
            private: true,
            gated: true,
            admitted: true,
            disabled: None,
        };
        for action in Action::ALL {
            assert_eq!(decide(None, action, &repo), Verdict::Unseen);
            assert_eq!(decide(Some(&actor(Scope::Write, None)), action, &repo), Verdict::Unseen);
        }
    }
}
