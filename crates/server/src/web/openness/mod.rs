//! How open a work is: every part with its verdict, what speaks for it and where, what would raise it, and how it came to be.

mod grid;
mod history;
mod picture;

use askama::Template;
use axum::extract::State;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::grade::{self, Graded};
use seedcorn_core::openness::{
    Grade, LICENSES_VERSION, Presence, Profile, RULES_VERSION, Status, Verdict, report,
};
use seedcorn_core::repo::RepoKind;

use self::grid::{Elsewhere, Group, Remarked};
pub(crate) use self::history::text as told;
use self::history::{Column, Seen};
pub(crate) use self::picture::Kernel;
use super::browse::Pick;
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Opened, Tab};
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::api::openness::{graded, profile};
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// How far it is to a class.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    name: String,
    done: u8,
    more: u8,
    of: u8,
    /// Hundredths of the whole.
    sure: u32,
    maybe: u32,
    badge: (&'static str, &'static str, &'static str),
}

/// What would raise it.
#[derive(Clone, Debug)]
pub(crate) struct Raise {
    component: &'static str,
    anchor: String,
    fix: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "openness.html")]
pub(crate) struct OpennessPage {
    frame: Frame,
    head: Head,
    /// What is sure and what may be, in one or two sentences.
    sentence: String,
    /// What it would come to by its own terms alone, where what it is made from grants less.
    by_itself: Option<String>,
    kernels: Vec<Kernel>,
    told: String,
    ways: Vec<Way>,
    raise: Vec<Raise>,
    goal: String,
    questions: Vec<String>,
    profiles: Vec<Pick>,
    definition: &'static str,
    groups: Vec<Group>,
    remarks: Vec<Remarked>,
    more_remarks: usize,
    elsewhere: Vec<Elsewhere>,
    columns: Vec<Column>,
    seen: Vec<Seen>,
    api: String,
    badge: String,
    rules: String,
    is_hidden: bool,
}

/// Why there is nothing to show.
#[derive(Debug, Template)]
#[template(path = "openness_none.html")]
pub(crate) struct NonePage {
    frame: Frame,
    head: Head,
    why: String,
}

/// The page, or why there is none.
#[derive(Debug)]
pub(crate) enum Shown {
    Graded(Box<OpennessPage>),
    None(Box<NonePage>),
}

impl axum::response::IntoResponse for Shown {
    fn into_response(self) -> axum::response::Response {
        match self {
            Shown::Graded(page) => Page(*page).into_response(),
            Shown::None(page) => Page(*page).into_response(),
        }
    }
}

/// `GET …/openness`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place, query: Query) -> Answer<Shown> {
    page(app, visit, place, query, "main").await
}

/// `GET …/openness/{rev}`.
pub(crate) async fn at(State(app): State<App>, visit: Visit, place: Place, query: Query) -> Answer<Shown> {
    let revision = place.part("rev").to_owned();
    page(app, visit, place, query, &revision).await
}

async fn page(app: App, visit: Visit, place: Place, query: Query, revision: &str) -> Answer<Shown> {
    let profile = profile(place.kind, &query)?;
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, revision, Tab::Openness).await?;
    let graded = match graded(&app, &place, &opened.commit).await {
        Ok(graded) => graded,
        Err(failure) if matches!(failure.0, Refusal::NotFound(_) | Refusal::Busy(_)) => {
            let frame = opened.frame(&visit, "Openness");
            let why = failure.0.to_string();
            return Ok(Shown::None(Box::new(NonePage { frame, why, head: opened.head })));
        }
        Err(failure) => return Err(failure),
    };
    let columns = history::columns(&app, &opened, &graded).await?;
    let seen = history::seen(&app, &opened, visit.now).await?;
    let elsewhere = grid::elsewhere(&app, &visit, &graded).await?;
    let frame = opened.frame(&visit, "Openness");
    Ok(Shown::Graded(Box::new(draw(frame, &opened, &graded, profile, (columns, seen, elsewhere)))))
}

fn draw(
    frame: Frame,
    opened: &Opened,
    graded: &Graded,
    profile: Profile,
    (columns, seen, elsewhere): (Vec<Column>, Vec<Seen>, Vec<Elsewhere>),
) -> OpennessPage {
    let verdict = graded.verdict(profile);
    let (head, kind) = (opened.head.clone(), opened.head.kind);
    let (remarks, more_remarks) = grid::remarks(&verdict, &head.urls, &graded.commit.to_string());
    let own = graded.own_verdict(profile);
    let by_itself = (own.confirmed > verdict.confirmed)
        .then(|| format!("By its own terms alone it would be {}.", report::label(profile, own.confirmed)));
    OpennessPage {
        sentence: sentence(&verdict),
        by_itself,
        kernels: if kind == RepoKind::Model { picture::kernels(&verdict) } else { Vec::new() },
        told: picture::told(&verdict),
        ways: ways(&verdict),
        raise: verdict.next.iter().map(raise).collect(),
        goal: goal(&verdict),
        questions: verdict.questions.clone(),
        profiles: profiles(&head, graded, profile),
        definition: report::definition(profile),
        groups: grid::groups(&verdict, &head.urls, &graded.commit.to_string()),
        remarks,
        more_remarks,
        elsewhere,
        columns,
        seen,
        api: format!("{}/{}/{}/openness", crate::api::ROOT, kind.plural(), head.full_name()),
        badge: head.urls.badge(),
        rules: format!("Rules {RULES_VERSION}, licences {LICENSES_VERSION}, graded {}", graded.at.date()),
        is_hidden: head.private,
        frame,
        head,
    }
}

/// What is sure and what may be.
fn sentence(verdict: &Verdict) -> String {
    let (sure, maybe) = (verdict.confirmed, verdict.possible);
    let label = |grade: Grade| report::label(verdict.profile, grade).replace(" - ", ", ");
    let first = match sure {
        Grade::Unclassified => "No class is confirmed.".to_owned(),
        Grade::Fails => "It does not meet the definition.".to_owned(),
        Grade::NeedsReview => "Whether it meets the definition, somebody must look.".to_owned(),
        Grade::Meets => "It meets the definition.".to_owned(),
        grade => format!("{} is confirmed.", label(grade)),
    };
    if maybe == sure {
        return first;
    }
    match maybe {
        Grade::Meets | Grade::NeedsReview => format!("{first} It may, with stronger evidence."),
        grade => format!("{first} {} is possible, with stronger evidence.", label(grade)),
    }
}

fn ways(verdict: &Verdict) -> Vec<Way> {
    let way = |way: &seedcorn_core::openness::Way| {
        let (sure, maybe) = (way.confirmed, way.possible);
        let of = sure.of.max(1);
        let more = maybe.done.saturating_sub(sure.done);
        let share = |n: u8| u32::from(n) * 100 / u32::from(of);
        let badge = match (sure.is_whole(), maybe.is_whole()) {
            (true, _) => ("badge-ok", "v-ok", "Confirmed"),
            (false, true) => ("badge-may", "v-may", "Possible"),
            (false, false) => ("badge-none", "v-none", "Not met"),
        };
        Way {
            name: format!("Class {}", way.class),
            done: sure.done.min(of),
            more,
            of,
            sure: share(sure.done.min(of)),
            maybe: share(more.min(of - sure.done.min(of))),
            badge,
        }
    };
    verdict.progress.iter().map(way).collect()
}

fn raise(step: &seedcorn_core::openness::Step) -> Raise {
    Raise {
        component: step.component.name(),
        anchor: grid::anchor(step.component),
        fix: grid::plain(&step.fix),
    }
}

fn goal(verdict: &Verdict) -> String {
    match verdict.progress.iter().find(|way| !way.confirmed.is_whole()) {
        Some(way) => format!("For Class {}:", way.class),
        None => "To meet the definition:".to_owned(),
    }
}

fn profiles(head: &Head, graded: &Graded, here: Profile) -> Vec<Pick> {
    let all = grade::profiles(head.kind);
    if all.len() < 2 {
        return Vec::new();
    }
    let pick = |profile: &Profile| {
        let name = match profile {
            Profile::Mof => "Model Openness Framework",
            Profile::Mot => "Model Openness Tool",
            Profile::Osaid => "Open Source AI Definition",
            Profile::Eu => "EU AI Act",
            Profile::Data => "Data",
        };
        let grade = report::grade(graded.verdict(*profile).confirmed);
        Pick {
            text: format!(
                "{name}: {}",
                grade.to_lowercase().replace("class i", "Class I").replace("ii", "II")
            ),
            href: format!("{}?profile={profile}", head.urls.openness(head.revision())),
            here: *profile == here,
        }
    };
    all.iter().map(pick).collect()
}

/// How a part counts, for people: the word, the icon and its colour.
pub(crate) fn mark(
    status: Status,
    possible: Status,
    presence: Presence,
) -> (&'static str, &'static str, &'static str) {
    match (status, possible) {
        (Status::Included, _) => ("Confirmed", "v-ok", "ic-ok"),
        (_, Status::Included) => ("Possible", "v-may", "ic-may"),
        (Status::Invalid, _) | (_, Status::Invalid) => ("Not open", "v-x", "ic-no"),
        (_, Status::Unlicensed) => ("No terms", "v-x", "ic-no"),
        _ if presence == Presence::Restricted => ("On request", "v-x", "ic-no"),
        _ => ("Not found", "v-none", "ic-none"),
    }
}

/// The repo that a place names, as `models/ada/one`.
pub(crate) fn repo_urls(repo: &str) -> Option<RepoUrls> {
    let (kind, name) = repo.split_once('/')?;
    let kind = RepoKind::from_plural(kind)?;
    Some(RepoUrls::new(kind, name))
}

#[cfg(test)]
impl OpennessPage {
    /// A model with everything there is to say, and a data set of which nothing was found.
    pub(crate) fn samples() -> Vec<OpennessPage> {
        use super::samples::{head, href, member, stranger, text};
        let page = |frame, kind, full: bool| OpennessPage {
            frame,
            head: head(kind, Tab::Openness),
            sentence: text(),
            by_itself: full.then(text),
            kernels: if full { picture::samples() } else { Vec::new() },
            told: text(),
            ways: vec![Way {
                name: text(),
                done: 3,
                more: 2,
                of: 6,
                sure: 50,
                maybe: 33,
                badge: ("badge-may", "v-may", "Possible"),
            }],
            raise: if full {
                vec![Raise { component: "Data card", anchor: "c14".into(), fix: text() }]
            } else {
                Vec::new()
            },
            goal: text(),
            questions: if full { vec![text()] } else { Vec::new() },
            profiles: if full {
                [true, false].map(|here| Pick { text: text(), href: href(), here }).into()
            } else {
                Vec::new()
            },
            definition: "by some definition",
            groups: grid::samples(),
            remarks: if full { grid::remark_samples() } else { Vec::new() },
            more_remarks: usize::from(full) * 3,
            elsewhere: if full { grid::elsewhere_samples() } else { Vec::new() },
            columns: if full { history::column_samples() } else { Vec::new() },
            seen: if full { history::seen_samples() } else { Vec::new() },
            api: href(),
            badge: href(),
            rules: text(),
            is_hidden: full,
        };
        vec![
            page(member(Here::Kind(RepoKind::Model)), RepoKind::Model, true),
            page(stranger(Here::Kind(RepoKind::Dataset)), RepoKind::Dataset, false),
        ]
    }
}

#[cfg(test)]
impl NonePage {
    /// Not graded yet.
    pub(crate) fn samples() -> Vec<NonePage> {
        use super::samples::{head, member, text};
        let kind = RepoKind::Model;
        vec![NonePage { frame: member(Here::Kind(kind)), head: head(kind, Tab::Openness), why: text() }]
    }
}
