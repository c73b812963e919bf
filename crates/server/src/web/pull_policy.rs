//! What a member or a group requires of what is pulled, as a choice in a form.

use seedcorn_core::openness::Policy;

use super::form::Form;

/// The choices: as forms send them, and for people.
pub(crate) const CHOICES: [(&str, &str); 7] = [
    ("", "Nothing"),
    ("warn III", "Warn below Class III"),
    ("warn II", "Warn below Class II"),
    ("warn I", "Warn below Class I"),
    ("refuse III", "Refuse below Class III"),
    ("refuse II", "Refuse below Class II"),
    ("refuse I", "Refuse below Class I"),
];

/// The one that a form sent; what is none of them requires nothing.
pub(crate) fn chosen(form: &Form) -> Policy {
    form.text("pull_policy").parse().unwrap_or_default()
}
