//! Forms that pages send: fields read from the body, within a limit.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use seedcorn_core::limits;

use crate::app::App;
use crate::body;
use crate::place::Query;
use crate::refuse::Failure;

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

impl FromRequest<App> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Failure> {
        let bytes = body::whole(Body::new(request.into_body()), limits::FORM_BYTES_MAX).await?;
        Ok(Form(Query::parse(&String::from_utf8_lossy(&bytes))))
    }
}
