//! How to publish: what to type, with this hub's address in it.

use askama::Template;

use super::frame::{Frame, Here, Page};
use super::visit::Visit;

/// The page.
#[derive(Debug, Template)]
#[template(path = "publish.html")]
pub(crate) struct PublishPage {
    frame: Frame,
}

/// `GET /new`.
pub(crate) async fn get(visit: Visit) -> Page<PublishPage> {
    Page(PublishPage { frame: visit.frame("Publish", "How to publish on this commons", Here::Elsewhere) })
}
