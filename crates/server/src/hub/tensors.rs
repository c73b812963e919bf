//! `GET /api/models/{id}/safetensors-metadata/{index}`: the headers of all files that an index names.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use seedcorn_commons::access::Read;
use seedcorn_commons::preview::headers;

use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;

pub(crate) async fn get(State(app): State<App>, place: Place) -> Answer<Response> {
    let grant = place.grant::<Read>(&app).await?;
    let pieces = headers(&app.commons, &grant, place.part("index")).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response())
}
