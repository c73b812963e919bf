//! `POST …/preupload/{rev}`: what to send how.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::Propose;
use seedcorn_commons::publish::{OfferedFile, Target, check_target, offer};
use seedcorn_core::limits;
use seedcorn_wire::hub::{PreuploadAnswer, PreuploadRequest, PreuploadVerdict};

use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::Answer;

pub(crate) async fn preupload(
    State(app): State<App>,
    place: Place,
    query: Query,
    body: Body,
) -> Answer<Json<PreuploadAnswer>> {
    let target = Target::new(place.part("rev"), query.flag("create_pr"));
    check_target(&app.commons, &place.grant::<Propose>(&app).await?, &target).await?;
    let request: PreuploadRequest = body::json(body).await?;
    // The body may have been a long time coming.
    let grant = place.grant::<Propose>(&app).await?;
    if request.files.len() > limits::BATCH_FILES_MAX {
        let max = limits::BATCH_FILES_MAX;
        return Err(Refusal::TooLarge(format!("at most {max} files can be asked about at once")).into());
    }
    let mut files = Vec::with_capacity(request.files.len());
    for file in request.files {
        let sample = BASE64_STANDARD.decode(&file.sample);
        let sample =
            sample.map_err(|_| Refusal::Invalid(format!("{}: the sample is not base64", file.path)))?;
        files.push(OfferedFile { path: file.path, sample, bytes: file.size });
    }
    let offered = offer(&app.commons, &grant, &target, request.git_ignore, files).await?;
    let files = offered.into_iter().map(|file| PreuploadVerdict {
        path: file.path,
        upload_mode: if file.large { "lfs" } else { "regular" },
        should_ignore: file.ignored,
        oid: file.present,
    });
    Ok(Json(PreuploadAnswer { files: files.collect() }))
}
