//! Forms that pages send: fields read from the body, within a limit.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use seedcorn_commons::Refusal;
use seedcorn_core::limits;

use crate::app::App;
use crate::body;
use crate::place::Query;
use crate::refuse::{Answer, Failure};

/// The fields of a form.
#[derive(Debug)]
pub(crate) struct Form(Query);

impl Form {
    /// A field's text without the space around it; empty if the form has none of that name.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_default().trim()
    }

    /// A field exactly as it was sent, such as a password.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_default()
    }
}

/// What was wrong with a form, and with which of its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong(Option<(&'static str, String)>);

impl Wrong {
    /// A field's fault.
    pub(crate) fn at(field: &'static str, text: impl Into<String>) -> Wrong {
        Wrong(Some((field, text.into())))
    }

    /// The fault that a deed found with a field; what is nobody's to mend in a form goes on as a refusal.
    pub(crate) fn told(field: &'static str, refusal: Refusal) -> Answer<Wrong> {
        match refusal {
            Refusal::Invalid(_) | Refusal::Conflict(_) | Refusal::Forbidden(_) | Refusal::Busy(_) => {
                Ok(Wrong::at(field, refusal.to_string()))
            }
            refusal => Err(refusal.into()),
        }
    }

    /// The same where whoever may not do it gets no form at all.
    pub(crate) fn invalid(field: &'static str, refusal: Refusal) -> Answer<Wrong> {
        match refusal {
            Refusal::Forbidden(_) => Err(refusal.into()),
            refusal => Wrong::told(field, refusal),
        }
    }

    /// What to say beside a field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0.as_ref().filter(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }
}

impl FromRequest<App> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Failure> {
        Form::read(request, limits::FORM_BYTES_MAX).await
    }
}

impl Form {
    async fn read(request: Request, limit: usize) -> Result<Form, Failure> {
        let bytes = body::whole(Body::new(request.into_body()), limit).await?;
        let form = Form(Query::parse(&String::from_utf8_lossy(&bytes)));
        form.0.values().try_for_each(no_nul)?;
        Ok(form)
    }

    /// From fields that came otherwise.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Form {
        Form(Query::of(fields))
    }
}

/// # Errors
/// `Invalid` if a field of a form holds NUL, which neither a page nor one of the databases takes.
pub(crate) fn no_nul(text: &str) -> Result<(), Refusal> {
    if text.contains('\0') { Err(Refusal::Invalid("a text may not hold NUL".into())) } else { Ok(()) }
}

/// A form that makes a commit; the text of a file may be in it. No field holds NUL: neither a commit nor a page could.
#[derive(Debug)]
pub(crate) struct LongForm(pub(crate) Form);

impl FromRequest<App> for LongForm {
    type Rejection = Failure;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Failure> {
        Ok(LongForm(Form::read(request, limits::EDIT_FORM_BYTES_MAX).await?))
    }
}
