//! The whole map: every address, who may ask, and who answers. A test walks it and compares with an oracle.

use axum::Router;
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, head, post, put};
use http::Uri;
use seedcorn_commons::grade;
use seedcorn_core::access::Action;
use seedcorn_core::repo::RepoKind;

use crate::app::App;
use crate::refuse::{no_repo, not_served, nothing_here};
use crate::{api, drain, finding, git, hub, lfs, limit, log, ops, packed, trace, web, xet};

/// Who may ask at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anybody; nothing of any repo is told.
    Anybody,
    /// Anybody; what is told is filtered by what they may see.
    Filtered,
    /// Anybody; whoever asks is told what everybody may see: neither a token nor a cookie is looked at.
    Public,
    /// Whoever has a token.
    SignedIn,
    /// Whoever may do this with the repo in the address.
    Repo(Action),
    /// Whoever may do this with the repo that the body names.
    RepoInBody(Action),
    /// Whoever has a Xet token to read.
    XetRead,
    /// Whoever has a Xet token to write.
    XetWrite,
    /// Whoever has the sealed address.
    Sealed,
}

/// A line of the map.
pub struct Route {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// As axum matches it.
    pub path: String,
    /// Who may ask.
    pub access: Access,
    /// Whether it is a page for people, which takes a cookie and answers refusals as pages.
    pub page: bool,
    /// Whether our script uses it, so that it takes a session's cookie from our own pages.
    pub script: bool,
    handler: MethodRouter<App>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

pub(crate) fn route(
    method: &'static str,
    path: impl Into<String>,
    access: Access,
    handler: MethodRouter<App>,
) -> Route {
    Route { method, path: path.into(), access, page: false, script: false, handler }
}

pub(crate) fn page(
    method: &'static str,
    path: impl Into<String>,
    access: Access,
    handler: MethodRouter<App>,
) -> Route {
    Route { page: true, ..route(method, path, access, handler) }
}

/// One of the Hub's that the script of our upload page uses as well.
fn script(
    method: &'static str,
    path: impl Into<String>,
    access: Access,
    handler: MethodRouter<App>,
) -> Route {
    Route { script: true, ..route(method, path, access, handler) }
}

/// Every address that is served.
pub fn routes() -> Vec<Route> {
    let mut all = vec![
        route("GET", "/healthz", Access::Anybody, get(ops::health)),
        route("GET", "/readyz", Access::Anybody, get(ops::ready)),
        route("GET", "/metrics", Access::Anybody, get(ops::metrics)),
        route("GET", "/api/whoami-v2", Access::SignedIn, get(hub::account::whoami)),
        route("POST", "/api/validate-yaml", Access::Anybody, post(hub::cards::validate)),
        route("GET", "/api/models-tags-by-type", Access::Anybody, get(hub::list::tags_by_type)),
        route("GET", "/api/datasets-tags-by-type", Access::Anybody, get(hub::list::tags_by_type)),
        route("GET", "/api/quicksearch", Access::Filtered, get(hub::list::quick)),
        route("POST", "/api/repos/create", Access::SignedIn, post(hub::repos::create)),
        route("DELETE", "/api/repos/delete", Access::RepoInBody(Action::Admin), delete(hub::repos::delete)),
        route("POST", "/api/repos/move", Access::RepoInBody(Action::Admin), post(hub::repos::rename)),
        route("GET", "/lfs/{sealed}", Access::Sealed, get(lfs::parts)),
        script("PUT", "/lfs/{sealed}", Access::Sealed, put(lfs::put)),
        script("POST", "/lfs/{sealed}", Access::Sealed, post(lfs::complete)),
        route("POST", "/oauth/device", Access::Anybody, post(hub::oauth::begin)),
        route("POST", "/oauth/token", Access::Anybody, post(hub::oauth::token)),
        route("POST", "/v1/telemetry", Access::Anybody, post(xet::telemetry)),
        route("POST", "/uploads", Access::SignedIn, post(hub::attachments::send)),
        route("GET", "/uploads/{id}", Access::Anybody, get(hub::attachments::get)),
        route("GET", "/api/notifications", Access::SignedIn, get(hub::discussions::notifications)),
        route(
            "POST",
            "/api/notifications/read",
            Access::SignedIn,
            post(hub::discussions::read_notifications),
        ),
        route("GET", "/api/papers/search", Access::Filtered, get(hub::papers::search)),
        route("GET", "/api/papers/{ns}", Access::Filtered, get(hub::papers::get)),
        route("GET", "/api/daily_papers", Access::Filtered, get(hub::papers::daily)),
    ];
    all.extend(hub::people::routes());
    all.extend(hub::collections::routes());
    all.extend(web::collections::routes());
    all.extend(hub::webhooks::routes());
    all.extend(web::webhooks::routes());
    all.extend(xet_routes());
    all.extend(page_routes());
    all.extend(finding::routes());
    all.extend(log::routes());
    all.extend(api::routes());
    for kind in RepoKind::ALL {
        all.extend(api_routes(kind));
        all.extend(hub::discussions::routes(kind));
        all.extend(hub::large::routes(kind));
        all.extend(web::discussions::routes(kind));
        all.extend(file_routes(kind));
        all.extend(repo_page_routes(kind));
        if grade::is_graded(kind) {
            all.extend(openness_routes(kind));
        }
    }
    let tensors = "/api/models/{ns}/{name}/safetensors-metadata/{index}";
    all.push(route("GET", tensors, Access::Repo(Action::Read), get(hub::tensors::get)));
    all
}

fn page_routes() -> Vec<Route> {
    use Access::{Anybody, Filtered, Sealed, SignedIn};
    let mut all = vec![
        route("GET", "/-/static/{hash}/{name}", Anybody, get(web::statics::get)),
        route("GET", "/-/raw/{sealed}", Sealed, get(web::raw::get)),
        page("GET", "/", Filtered, get(web::home::get)),
        page("GET", "/search", Filtered, get(web::search::get)),
        page("GET", "/log", Anybody, get(web::log::get)),
        page("GET", "/openness", Filtered, get(web::leaderboard::get)),
        page("GET", "/openness/method", Anybody, get(web::leaderboard::method)),
        page("GET", "/groups", Anybody, get(web::groups::get)),
        page("GET", "/new", Anybody, get(web::publish::get)),
        page("POST", "/new", SignedIn, post(web::publish::post)),
        page("GET", "/new/commands", Anybody, get(web::publish::commands)),
        page("POST", "/new/commands", SignedIn, post(web::publish::token)),
        page("GET", "/login", Anybody, get(web::login::get)),
        page("POST", "/login", Anybody, post(web::login::post)),
        page("GET", "/join", Anybody, get(web::join::get)),
        page("POST", "/join", Anybody, post(web::join::post)),
        page("GET", "/join/password", Anybody, get(web::join::password)),
        page("POST", "/join/password", Anybody, post(web::join::set_password)),
        page("POST", "/logout", Anybody, post(web::login::logout)),
        page("GET", "/device", SignedIn, get(web::device::get)),
        page("POST", "/device", SignedIn, post(web::device::post)),
        page("GET", "/admin", SignedIn, get(web::admin::get)),
        page("POST", "/admin", SignedIn, post(web::admin::post)),
        page("GET", "/settings/password", SignedIn, get(web::password::get)),
        page("POST", "/settings/password", SignedIn, post(web::password::post)),
        page("GET", "/settings/tokens", SignedIn, get(web::tokens::get)),
        page("POST", "/settings/tokens", SignedIn, post(web::tokens::post)),
        page("POST", "/settings/tokens/revoke", SignedIn, post(web::tokens::revoke)),
        page("GET", "/settings/profile", SignedIn, get(web::profile::get)),
        page("POST", "/settings/profile", SignedIn, post(web::profile::post)),
        page("GET", "/settings/sessions", SignedIn, get(web::sessions::get)),
        page("POST", "/settings/sessions/end", SignedIn, post(web::sessions::end)),
        page("GET", "/admin/audit", SignedIn, get(web::audit::get)),
        page("GET", "/inbox", SignedIn, get(web::inbox::get)),
        page("POST", "/inbox", SignedIn, post(web::inbox::post)),
        page("GET", "/admin/reports", SignedIn, get(web::reports::get)),
        page("POST", "/admin/reports", SignedIn, post(web::reports::post)),
        page("GET", "/settings/blocked", SignedIn, get(web::blocked::own)),
        page("GET", "/-/blocked/{owner}", SignedIn, get(web::blocked::get)),
        page("POST", "/-/blocked/{owner}", SignedIn, post(web::blocked::block)),
        page("POST", "/-/blocked/{owner}/remove", SignedIn, post(web::blocked::unblock)),
        page("GET", "/settings/signers", SignedIn, get(web::signers::own)),
        page("GET", "/-/signers/{owner}", Anybody, get(web::signers::get)),
        page("POST", "/-/signers/{owner}", SignedIn, post(web::signers::register)),
        page("POST", "/-/signers/{owner}/revoke", SignedIn, post(web::signers::revoke)),
        page("GET", "/papers/{ns}", Filtered, get(web::paper::by_id)),
        page("GET", "/rounds", Anybody, get(web::rounds::get)),
        page("POST", "/rounds", SignedIn, post(web::rounds::post)),
        page("GET", "/rounds/{round}", Anybody, get(web::rounds::get_one)),
        page("POST", "/rounds/{round}", SignedIn, post(web::rounds::post_one)),
        page("GET", "/{ns}", Filtered, get(web::namespace::get).fallback(elsewhere)),
        page("POST", "/{ns}", SignedIn, post(web::namespace::post)),
    ];
    all.extend(group_routes());
    let lists =
        RepoKind::ALL.map(|kind| page("GET", web::urls::browse(kind), Filtered, get(web::browse::get)));
    all.extend(lists);
    all
}

fn group_routes() -> Vec<Route> {
    use Access::{Anybody, SignedIn};
    let at = |path: &str| format!("/groups/{{group}}{path}");
    vec![
        page("GET", "/groups/new", SignedIn, get(web::group::new)),
        page("POST", "/groups/new", SignedIn, post(web::group::make)),
        page("GET", at("/members"), Anybody, get(web::group::members)),
        page("POST", at("/members"), SignedIn, post(web::group::put)),
        page("POST", at("/members/remove"), SignedIn, post(web::group::remove)),
        page("POST", at("/profile"), SignedIn, post(web::group::profile)),
    ]
}

/// Of kinds of works that are graded.
fn openness_routes(kind: RepoKind) -> Vec<Route> {
    let prefix = kind.prefix();
    let at = |path: &str| format!("/{prefix}{{ns}}/{{name}}{path}");
    let see = Access::Repo(Action::See);
    vec![
        page("GET", at("/openness"), see, get(web::openness::get)),
        page("GET", at("/openness/{rev}"), see, get(web::openness::at)),
        route("GET", at("/badge/openness.svg"), see, get(web::badge::get)),
    ]
}

fn repo_page_routes(kind: RepoKind) -> Vec<Route> {
    use Access::Repo;
    let prefix = kind.prefix();
    let at = |path: &str| format!("/{prefix}{{ns}}/{{name}}{path}");
    vec![
        page("GET", at(""), Repo(Action::See), get(web::card::get).fallback(elsewhere)),
        page("GET", at("/card/{rev}"), Repo(Action::See), get(web::card::at)),
        page("GET", at("/tree/{rev}"), Repo(Action::See), get(web::tree::get)),
        page("GET", at("/tree/{rev}/{*path}"), Repo(Action::See), get(web::tree::get)),
        page("GET", at("/blob/{rev}/{*path}"), Repo(Action::Read), get(web::blob::get)),
        page("GET", at("/commits/{rev}"), Repo(Action::See), get(web::history::get)),
        page("GET", at("/commits/{rev}/{*path}"), Repo(Action::See), get(web::history::get)),
        page("GET", at("/commit/{rev}"), Repo(Action::See), get(web::commit::get)),
        page("GET", at("/compare"), Repo(Action::See), get(web::compare::form)),
        page("GET", at("/compare/{spec}"), Repo(Action::See), get(web::compare::get)),
        page("GET", at("/credit"), Repo(Action::See), get(web::credit::get)),
        page("GET", at("/lineage"), Repo(Action::See), get(web::lineage::get)),
        page("POST", at("/lineage"), Repo(Action::See), post(web::lineage::post)),
        page("GET", at("/lineage.svg"), Repo(Action::See), get(web::lineage::svg)),
        page("GET", at("/built-on"), Repo(Action::See), get(web::built_on::get)),
        page("GET", at("/log"), Repo(Action::See), get(web::log::of_work)),
        page("GET", at("/signatures"), Repo(Action::See), get(web::signatures::get)),
        page("GET", at("/refs"), Repo(Action::See), get(web::refs::get)),
        page("POST", at("/refs"), Repo(Action::Write), post(web::refs::post)),
        page("POST", at("/refs/delete"), Repo(Action::Write), post(web::refs::delete)),
        page("GET", at("/upload/{rev}"), Repo(Action::Propose), get(web::upload::get)),
        page("GET", at("/upload/{rev}/{*path}"), Repo(Action::Propose), get(web::upload::get)),
        page("POST", at("/upload/{rev}"), Repo(Action::Propose), post(web::upload::post)),
        page("GET", at("/new/{rev}"), Repo(Action::Propose), get(web::edit::new)),
        page("GET", at("/new/{rev}/{*path}"), Repo(Action::Propose), get(web::edit::new)),
        page("POST", at("/new/{rev}"), Repo(Action::Propose), post(web::edit::make)),
        page("GET", at("/edit/{rev}/{*path}"), Repo(Action::Propose), get(web::edit::get)),
        page("POST", at("/edit/{rev}/{*path}"), Repo(Action::Propose), post(web::edit::post)),
        page("GET", at("/edit-card/{rev}"), Repo(Action::Propose), get(web::card_edit::get)),
        page("POST", at("/edit-card/{rev}"), Repo(Action::Propose), post(web::card_edit::post)),
        page("GET", at("/delete/{rev}/{*path}"), Repo(Action::Propose), get(web::delete::get)),
        page("POST", at("/delete/{rev}/{*path}"), Repo(Action::Propose), post(web::delete::post)),
        page("GET", at("/cite.bib"), Repo(Action::See), get(web::cite::bib)),
        page("GET", at("/cite.cff"), Repo(Action::See), get(web::cite::cff)),
        route("POST", at("/ask-access"), Access::SignedIn, post(hub::gate::ask)),
        page("POST", at("/like"), Access::SignedIn, post(web::card::like)),
        page("GET", at("/access"), Repo(Action::See), get(web::gate::form)),
        page("POST", at("/access"), Access::SignedIn, post(web::gate::ask)),
        page("POST", at("/access/withdraw"), Access::SignedIn, post(web::gate::withdraw)),
        page("GET", at("/settings/access"), Repo(Action::Admin), get(web::gate::get)),
        page("POST", at("/settings/access"), Repo(Action::Admin), post(web::gate::handle)),
        page("GET", at("/settings/access.csv"), Repo(Action::Admin), get(hub::gate::report)),
        page("POST", at("/settings/access/admit"), Repo(Action::Admin), post(web::gate::admit)),
        page("GET", at("/settings"), Repo(Action::Admin), get(web::settings::get)),
        page("POST", at("/settings/visibility"), Repo(Action::Admin), post(web::settings::visibility)),
        page("POST", at("/settings/name"), Repo(Action::Admin), post(web::settings::rename)),
        page("POST", at("/settings/delete"), Repo(Action::Admin), post(web::settings::delete)),
    ]
}

fn xet_routes() -> Vec<Route> {
    let at = |path: &str| format!("/xet/{{store}}{path}");
    vec![
        route("GET", at("/v1/chunks/{prefix}/{hash}"), Access::XetWrite, get(xet::query)),
        route("POST", at("/v1/xorb-grants/{prefix}/{hash}"), Access::XetWrite, post(xet::grant)),
        route("POST", at("/v1/xorbs/{prefix}/{hash}"), Access::XetWrite, post(xet::post)),
        route("HEAD", at("/v1/xorbs/{prefix}/{hash}"), Access::XetWrite, head(xet::head)),
        route("POST", at("/v1/shards"), Access::XetWrite, post(xet::shard_v1)),
        route("POST", at("/v2/shards"), Access::XetWrite, post(xet::shard_v2)),
        route("GET", at("/v1/reconstructions"), Access::XetRead, get(xet::batch)),
        route("GET", at("/v1/reconstructions/{hash}"), Access::XetRead, get(xet::v1)),
        route("GET", at("/v2/reconstructions/{hash}"), Access::XetRead, get(xet::v2)),
        route("GET", at("/v2/file-chunk-hashes/{hash}"), Access::Anybody, get(xet::file_chunk_hashes)),
        route("GET", at("/fetch/{sealed}"), Access::Sealed, get(xet::fetch)),
    ]
}

fn api_routes(kind: RepoKind) -> Vec<Route> {
    use Access::Repo;
    let plural = kind.plural();
    let at = |path: &str| format!("/api/{plural}/{{ns}}/{{name}}{path}");
    vec![
        route("GET", format!("/api/{plural}"), Access::Filtered, get(hub::list::list)),
        route("GET", at(""), Repo(Action::See), get(hub::info::at_head)),
        route("GET", at("/revision/{rev}"), Repo(Action::See), get(hub::info::at_revision)),
        route("GET", at("/tree/{rev}"), Repo(Action::See), get(hub::tree::tree)),
        route("GET", at("/tree/{rev}/"), Repo(Action::See), get(hub::tree::tree)),
        route("GET", at("/tree/{rev}/{*path}"), Repo(Action::See), get(hub::tree::tree)),
        route("POST", at("/paths-info/{rev}"), Repo(Action::See), post(hub::tree::paths_info)),
        script("POST", at("/preupload/{rev}"), Repo(Action::Propose), post(hub::preupload::preupload)),
        script("POST", at("/commit/{rev}"), Repo(Action::Propose), post(hub::commit::commit)),
        route("GET", at("/commits/{rev}"), Repo(Action::See), get(hub::commits::list)),
        route("GET", at("/refs"), Repo(Action::See), get(hub::refs::list)),
        route("POST", at("/branch/{branch}"), Repo(Action::Write), post(hub::refs::create_branch)),
        route("DELETE", at("/branch/{branch}"), Repo(Action::Write), delete(hub::refs::delete_branch)),
        route("POST", at("/tag/{rev}"), Repo(Action::Write), post(hub::refs::create_tag)),
        route("DELETE", at("/tag/{rev}"), Repo(Action::Write), delete(hub::refs::delete_tag)),
        route("POST", at("/super-squash/{rev}"), Repo(Action::Write), post(hub::refs::squash)),
        route("PUT", at("/settings"), Repo(Action::Admin), put(hub::repos::settings)),
        route("GET", at("/user-access-report"), Repo(Action::Admin), get(hub::gate::report)),
        route("GET", at("/user-access-request/{status}"), Repo(Action::Admin), get(hub::gate::list)),
        route("POST", at("/user-access-request/handle"), Repo(Action::Admin), post(hub::gate::handle)),
        route("POST", at("/user-access-request/grant"), Repo(Action::Admin), post(hub::gate::admit)),
        route("POST", at("/user-access-request/cancel"), Access::SignedIn, post(hub::gate::withdraw)),
        route("GET", at("/auth-check"), Repo(Action::Read), get(hub::repos::may_read)),
        route("GET", at("/auth-check/write"), Repo(Action::Write), get(hub::repos::may_write)),
        route("GET", at("/xet-read-token/{rev}"), Repo(Action::Read), get(xet::read_token)),
        route("GET", at("/xet-write-token/{rev}"), Repo(Action::Propose), get(xet::write_token)),
    ]
}

fn file_routes(kind: RepoKind) -> Vec<Route> {
    use Access::Repo;
    let prefix = kind.prefix();
    let at = |path: &str| format!("/{prefix}{{ns}}/{{name}}{path}");
    vec![
        route("GET", at("/resolve/{rev}/{*path}"), Repo(Action::Read), get(hub::resolve::resolve)),
        route("GET", at("/raw/{rev}/{*path}"), Repo(Action::Read), get(hub::resolve::raw)),
        route("GET", at("/lfs-object/{oid}"), Repo(Action::Read), get(hub::resolve::object)),
        script("POST", at("/info/lfs/objects/batch"), Repo(Action::Read), post(lfs::batch)),
        route("POST", at("/info/lfs/objects/verify"), Repo(Action::Propose), post(lfs::verify)),
        route("POST", at("/info/lfs/locks/verify"), Access::Anybody, post(lfs::locks)),
        route("GET", at("/info/refs"), Repo(Action::Read), get(git::info_refs)),
        route("POST", at("/git-upload-pack"), Repo(Action::Read), post(git::upload_pack)),
        route("POST", at("/git-receive-pack"), Repo(Action::Propose), post(git::receive_pack)),
    ]
}

/// Every other address. The Hub's own endpoints are told apart from typing errors; everything below `/xet/` must be a
/// plain 404, which clients take for "not offered". Repos without a namespace no longer exist anywhere, but are still
/// asked for.
pub(crate) async fn elsewhere(uri: Uri) -> Response {
    let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
    let plural = |part: &str| RepoKind::from_plural(part).is_some();
    let prefix = |part: &str| RepoKind::ALL.iter().any(|kind| kind.prefix().strip_suffix('/') == Some(part));
    match parts[..] {
        ["api", kind, _] | ["api", kind, _, "revision" | "tree" | "refs" | "commits", ..] if plural(kind) => {
            no_repo()
        }
        [_, "resolve", ..] => no_repo(),
        [first, _, "resolve", ..] if prefix(first) => no_repo(),
        // Our own, of which nothing is left out.
        ["api", "commons", ..] => nothing_here(),
        ["api" | "oauth" | "uploads" | "buckets" | "kernels", ..] => not_served(&uri),
        _ => nothing_here(),
    }
}

/// The service.
pub fn router(app: App) -> Router {
    let lost = Router::<()>::new()
        .fallback(elsewhere)
        .layer(middleware::from_fn_with_state(app.clone(), web::visit::lost));
    let mut router = Router::new();
    for route in routes() {
        let handler = match (route.page, route.script) {
            (true, _) => route.handler.layer(middleware::from_fn_with_state(app.clone(), web::visit::around)),
            (_, true) => {
                route.handler.layer(middleware::from_fn_with_state(app.clone(), web::visit::by_script))
            }
            _ => route.handler,
        };
        router = router.route(&route.path, handler);
    }
    router
        .fallback_service(lost)
        .layer(middleware::from_fn(packed::around))
        .layer(middleware::from_fn_with_state(app.clone(), limit::around))
        .layer(middleware::map_request(drain::lend))
        .layer(middleware::from_fn_with_state(app.clone(), trace::around))
        .with_state(app)
}
