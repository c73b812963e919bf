//! Pages of discussions and pull requests: listed, read, spoken in, merged.

mod deeds;
pub(crate) mod files;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod rows;
pub(crate) mod said;
pub(crate) mod show;

use axum::routing::{get, post};
use seedcorn_core::access::Action;
use seedcorn_core::repo::RepoKind;

use crate::router::{Access, Route, page};

/// The discussions of repos of a kind.
pub(crate) fn routes(kind: RepoKind) -> Vec<Route> {
    let at = |path: &str| format!("/{}{{ns}}/{{name}}/discussions{path}", kind.prefix());
    let (see, propose, write) =
        (Access::Repo(Action::See), Access::Repo(Action::Propose), Access::Repo(Action::Write));
    vec![
        page("GET", at(""), see, get(list::get)),
        page("GET", at("/new"), propose, get(new::get)),
        page("POST", at("/new"), propose, post(new::post)),
        page("POST", at("/watch"), Access::SignedIn, post(deeds::watch_repo)),
        page("GET", at("/{number}"), see, get(show::get)),
        page("GET", at("/{number}/files"), see, get(files::get)),
        page("POST", at("/{number}/comment"), propose, post(show::comment)),
        page("POST", at("/{number}/line"), propose, post(deeds::line)),
        page("POST", at("/{number}/edit"), propose, post(deeds::edit)),
        page("POST", at("/{number}/hide"), propose, post(deeds::hide)),
        page("POST", at("/{number}/sign"), propose, post(deeds::sign)),
        page("POST", at("/{number}/report"), propose, post(deeds::report)),
        page("POST", at("/{number}/title"), propose, post(deeds::title)),
        page("POST", at("/{number}/status"), propose, post(deeds::status)),
        page("POST", at("/{number}/watch"), Access::SignedIn, post(deeds::watch)),
        page("POST", at("/{number}/lock"), write, post(deeds::lock)),
        page("POST", at("/{number}/merge"), write, post(deeds::merge)),
    ]
}

/// How a state is shown: the word, and the class of its badge.
pub(crate) fn badge(status: &str) -> (&'static str, &'static str) {
    match status {
        "draft" => ("Draft", "badge"),
        "open" => ("Open", "badge badge-ok"),
        "merged" => ("Merged", "badge badge-may"),
        _ => ("Closed", "badge badge-no"),
    }
}
