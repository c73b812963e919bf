//! Identities that never change: UUIDv7 texts, made outside (core rolls no dice) and passed in.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub String);

        impl $name {
            /// The id as stored and logged.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text)
            }
        }
    )*};
}

ids!(
    /// A namespace: the account of a member or of a group.
    NamespaceId,
    /// A repo; stays when the repo is renamed.
    RepoId,
    /// An access token (not its secret).
    TokenId,
);
