//! What the forms of a discussion do.

use axum::extract::State;
use axum::response::Redirect;
use seedcorn_commons::access::{Level, Propose, See, Write};
use seedcorn_commons::discuss::{self, How, Merge, Side};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::talk::State as Status;

use super::rows::on_file;
use super::show::page_of;
use crate::app::App;
use crate::hub::discussions::number;
use crate::place::Place;
use crate::refuse::Answer;
use crate::web::form::{Form, LongForm};
use crate::web::saving::lines;
use crate::web::urls::RepoUrls;
use crate::web::visit::Visit;

fn urls<L: Level>(grant: &Grant<L>) -> RepoUrls {
    RepoUrls::new(grant.repo().kind, &grant.repo().full_name())
}

/// Back to an event of the discussion.
fn to<L: Level>(grant: &Grant<L>, number: i64, place: i64) -> Redirect {
    Redirect::to(&page_of(&urls(grant).discussion(number), place))
}

/// `POST …/{number}/line`: a comment on a line of what a pull request changes.
pub(crate) async fn line(State(app): State<App>, place: Place, LongForm(form): LongForm) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let line = discuss::Place {
        path: form.exact("path").to_owned(),
        side: if form.text("side") == "old" { Side::Old } else { Side::New },
        line: form
            .text("line")
            .parse()
            .map_err(|_| Refusal::Invalid("say on which line, by its number from 1".into()))?,
        commit: form.text("commit").to_owned(),
    };
    let event =
        discuss::comment(&app.commons, &grant, number, &lines(form.text("text")), Some(&line)).await?;
    Ok(Redirect::to(&format!("{}#e{}", on_file(&urls(&grant), number, &line.path), event.place)))
}

/// `POST …/{number}/edit`.
pub(crate) async fn edit(State(app): State<App>, place: Place, LongForm(form): LongForm) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let text = lines(form.text("text"));
    let event = discuss::edit(&app.commons, &grant, number, (form.text("comment"), &text)).await?;
    Ok(to(&grant, number, event.place))
}

/// `POST …/{number}/hide`.
pub(crate) async fn hide(State(app): State<App>, place: Place, form: Form) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let what = (form.text("comment"), form.text("hidden") != "no");
    let event = discuss::hide(&app.commons, &grant, number, what).await?;
    Ok(to(&grant, number, event.place))
}

/// `POST …/{number}/sign`.
pub(crate) async fn sign(State(app): State<App>, place: Place, form: Form) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let what = (form.text("comment"), form.text("sign"));
    discuss::react(&app.commons, &grant, number, what, form.text("given") != "no").await?;
    Ok(to(&grant, number, form.text("place").parse().unwrap_or(1)))
}

/// `POST …/{number}/report`.
pub(crate) async fn report(State(app): State<App>, place: Place, form: Form) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let what = (form.text("comment"), form.text("reason"));
    discuss::report(&app.commons, &grant, number, what).await?;
    Ok(to(&grant, number, form.text("place").parse().unwrap_or(1)))
}

/// `POST …/{number}/title`.
pub(crate) async fn title(State(app): State<App>, place: Place, form: Form) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let event = discuss::set_title(&app.commons, &grant, number, form.text("title")).await?;
    Ok(to(&grant, number, event.place))
}

/// `POST …/{number}/status`.
pub(crate) async fn status(State(app): State<App>, place: Place, form: Form) -> Answer<Redirect> {
    let grant = place.grant::<Propose>(&app).await?;
    let number = number(&place)?;
    let state = Status::from_word(form.text("state")).filter(|state| *state != Status::Merged);
    let state = state.ok_or_else(|| Refusal::Invalid("say what it is to become".into()))?;
    let event = discuss::set_status(&app.commons, &grant, number, (state, None)).await?;
    Ok(to(&grant, number, event.place))
}

/// `POST …/{number}/lock`.
pub(crate) async fn lock(State(app): State<App>, place: Place, form: Form) -> Answer<Redirect> {
    let grant = place.grant::<Write>(&app).await?;
    let number = number(&place)?;
    let event = discuss::set_locked(&app.commons, &grant, number, form.text("locked") != "no").await?;
    Ok(to(&grant, number, event.place))
}

/// `POST …/{number}/merge`.
pub(crate) async fn merge(
    State(app): State<App>,
    place: Place,
    LongForm(form): LongForm,
) -> Answer<Redirect> {
    let grant = place.grant::<Write>(&app).await?;
    let number = number(&place)?;
    let said = lines(form.text("text"));
    let ask = Merge {
        how: if form.text("how") == "commit" { How::Commit } else { How::Usual },
        head: Some(form.text("head")),
        comment: Some(&said),
    };
    discuss::merge(&app.commons, &grant, number, ask).await?;
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let row = discuss::get(&app.commons, &see, number).await?;
    Ok(to(&grant, number, row.events))
}

/// `POST …/{number}/watch`.
pub(crate) async fn watch(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Redirect> {
    visit.member()?;
    let grant = place.grant::<See>(&app).await?;
    let number = number(&place)?;
    discuss::watch(&app.commons, &grant, number, form.text("wanted") != "no").await?;
    Ok(Redirect::to(&urls(&grant).discussion(number)))
}

/// `POST …/watch`: all of a repo.
pub(crate) async fn watch_repo(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Redirect> {
    visit.member()?;
    let grant = place.grant::<See>(&app).await?;
    discuss::watch(&app.commons, &grant, 0, form.text("wanted") != "no").await?;
    Ok(Redirect::to(&urls(&grant).discussions()))
}
