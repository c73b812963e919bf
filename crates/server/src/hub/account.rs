//! `GET /api/whoami-v2`.

use axum::Json;
use axum::extract::State;
use seedcorn_commons::identity;
use seedcorn_wire::hub::{AccessToken, Auth, Org, Whoami};

use crate::actor::Asker;
use crate::app::App;
use crate::refuse::Answer;

pub(crate) async fn whoami(State(app): State<App>, asker: Asker) -> Answer<Json<Whoami>> {
    let me = identity::whoami(&app.commons, asker.signed_in()?).await?;
    let orgs = me.groups.into_iter().map(|group| Org {
        r#type: "org",
        id: group.team.0,
        name: group.name,
        fullname: group.full_name,
        role_in_org: group.role,
    });
    let role = if me.token.role == "fine" { "fineGrained".to_owned() } else { me.token.role };
    Ok(Json(Whoami {
        r#type: "user",
        id: me.member.id.0,
        name: me.member.name,
        fullname: me.member.full_name,
        email_verified: false,
        is_pro: false,
        orgs: orgs.collect(),
        auth: Auth {
            r#type: "access_token",
            access_token: AccessToken {
                display_name: me.token.name,
                role,
                created_at: me.token.created.to_string(),
            },
        },
    }))
}
