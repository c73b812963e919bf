//! What others read of a member, and how their new repos begin.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::{account, identity};

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::pull_policy;
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "profile.html")]
pub(crate) struct ProfilePage {
    frame: Frame,
    done: bool,
    wrong: Wrong,
    full_name: String,
    private_default: bool,
    pull_policy: String,
}

impl ProfilePage {
    fn policies(&self) -> &'static [(&'static str, &'static str)] {
        &pull_policy::CHOICES
    }
}

/// `GET /settings/profile`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<ProfilePage>> {
    let member = identity::whoami(&app.commons, visit.member()?).await?.member;
    Ok(Page(ProfilePage {
        frame: visit.frame("Profile", "", Here::Elsewhere),
        done: query.get("done").is_some(),
        wrong: Wrong::default(),
        full_name: member.full_name,
        private_default: member.private_default,
        pull_policy: member.pull_policy,
    }))
}

/// `POST /settings/profile`.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let (full_name, private) = (form.text("full_name").to_owned(), form.text("private_default") == "on");
    let policy = pull_policy::chosen(&form);
    let profile = account::Profile { full_name: &full_name, private_default: private, policy };
    match account::set_profile(&app.commons, visit.member()?, profile).await {
        Ok(()) => Ok(Redirect::to("/settings/profile?done=1").into_response()),
        Err(refusal) => {
            let wrong = Wrong::invalid("full_name", refusal)?;
            let frame = visit.frame("Profile", "", Here::Elsewhere);
            let page = ProfilePage {
                frame,
                done: false,
                wrong,
                full_name,
                private_default: private,
                pull_policy: policy.to_string(),
            };
            Ok(Page(page).into_response())
        }
    }
}

#[cfg(test)]
impl ProfilePage {
    /// Saved, and with a fault.
    pub(crate) fn samples() -> Vec<ProfilePage> {
        use super::samples::{member, text, wrong};
        let page = |done, wrong| ProfilePage {
            frame: member(Here::Elsewhere),
            done,
            wrong,
            full_name: text(),
            private_default: done,
            pull_policy: if done { "warn II".into() } else { String::new() },
        };
        vec![page(true, Wrong::default()), page(false, wrong("full_name"))]
    }
}
