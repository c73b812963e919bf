//! What crawlers may ask (RFC 9309): the pages of works as they are now, and no more. Every revision of every file, every
//! search and every narrowed list is an endless room; files themselves are for those who want them.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::document;
use crate::app::App;

/// `Allow` wins where it is the longer one.
const RULES: &str = "\
User-agent: *
Allow: /api/commons/v1$
Disallow: /api/
Disallow: /-/raw/
Disallow: /-/signers/
Disallow: /-/blocked/
Disallow: /xet/
Disallow: /lfs/
Disallow: /oauth/
Disallow: /uploads
Disallow: /inbox$
Disallow: /collections/*/*/
Disallow: /v1/
Disallow: /witness/
Disallow: /log/1/
Disallow: /metrics$
Disallow: /healthz$
Disallow: /readyz$
Disallow: /search$
Disallow: /admin$
Disallow: /admin/
Disallow: /device$
Disallow: /join$
Disallow: /join/
Disallow: /login$
Disallow: /logout$
Disallow: /new$
Disallow: /new/
Disallow: /settings/
Disallow: /groups/new$
Disallow: /*?
Disallow: /*/resolve/
Disallow: /*/raw/
Disallow: /*/lfs-object/
Disallow: /*/info/
Disallow: /*/git-upload-pack
Disallow: /*/git-receive-pack
Disallow: /*/upload/
Disallow: /*/new/
Disallow: /*/edit/
Disallow: /*/edit-card/
Disallow: /*/delete/
Disallow: /*/openness/
Allow: /openness/method$
Disallow: /*/lineage.svg$
Disallow: /*/badge/
Disallow: /*/like$
Disallow: /*/discussions/new$
Disallow: /*/discussions/watch$
Disallow: /*/discussions/*/
Disallow: /*/access$
Disallow: /*/access/
Disallow: /*/ask-access$
Disallow: /*/*/settings$
Disallow: /*/*/settings/
Disallow: /*/*/compare$
Disallow: /*/*/compare/
Disallow: /*/refs/
Disallow: /*/commit/
Disallow: /*/card/
Disallow: /*/tree/
Allow: /*/tree/main$
Allow: /*/tree/main/
Disallow: /*/blob/
Allow: /*/blob/main/
Disallow: /*/commits/
Allow: /*/commits/main$
";

/// `GET /robots.txt`.
pub(super) async fn get(State(app): State<App>, headers: HeaderMap) -> Response {
    let text = format!("{RULES}\nSitemap: {}/sitemap.xml\n", app.base(&headers));
    document(&headers, "text/plain; charset=utf-8", text, None)
}
