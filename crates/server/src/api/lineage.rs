//! What works build upon and what builds upon them, for programs: as JSON, as GraphML, and as provenance (PROV-O).

use std::fmt::Write;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::lineage::{self, Edge, Node, Reach, Word, Work};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::repo::InRepo;
use super::{Error, number};
use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::Answer;
use crate::web::form::no_nul;

/// The works around one, and what lies between them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lineage {
    /// The work that was asked for, as `models/ada/one`.
    work: String,
    /// All works, this one first.
    works: Vec<InLineage>,
    /// What builds upon what.
    derivations: Vec<Derivation>,
    /// Whether there are more works than these.
    more: bool,
    /// How many works are next to this one.
    direct: Direct,
    /// Of a model whose tensors, and of a data set whose chunks are known: how many bytes of them it has, and how many of these no public work of another owner
    /// had before.
    #[serde(skip_serializing_if = "Option::is_none")]
    novelty: Option<Novelty>,
}

/// How many works are next to one; 1,000 stands for that many or more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Direct {
    /// Works that it builds upon.
    parents: usize,
    /// Public works that build upon it.
    children: usize,
}

/// A work of a lineage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InLineage {
    /// What it is known by: `models/ada/one`, `arxiv:2401.00001`, `doi:10.5281/zenodo.1`, `name:imagenet`.
    id: String,
    /// Whether it is a work of this hub that you may see.
    here: bool,
    /// Steps above the work that was asked for; below it less than nothing.
    level: i32,
}

/// One work builds upon another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Derivation {
    /// What was made.
    child: String,
    /// What it was made from.
    parent: String,
    /// `quantized`, `adapter`, `finetune`, `merge`, `distilled`, `dataset`, `code` or `cites`.
    #[serde(rename = "type")]
    way: &'static str,
    /// `declared` by its authors, `measured` from shared bytes, `inferred` from its build.
    state: &'static str,
    /// When it was first seen.
    since: String,
    /// Since when it is no longer so.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<String>,
    /// The child's commit when it was first seen.
    commit: String,
    /// The parent's commit then, if it was here.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_commit: Option<String>,
    /// Where it is said (`path`, `line`), or what was measured: `bytes`, `of_bytes` and `per_mille`; `tensors` and `of_tensors` of a model,
    /// `pieces` where some of its weights are told by chunks, `chunks` of anything else; `correlation` where no tensor is the same and
    /// the numbers of a sample of them follow the other's.
    #[schema(value_type = Object)]
    evidence: Value,
    /// What names the parent where something is said of this.
    key: String,
    /// Whether somebody who runs one of the two speaks against it.
    contested: bool,
    /// What those who run the two say of it, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    said: Vec<Spoken>,
}

/// What somebody who runs one of two works says of what lies between them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Spoken {
    /// Who.
    member: String,
    /// Whether they speak against it.
    contests: bool,
    /// What they say.
    words: String,
    /// When.
    at: String,
}

/// What of a model is new.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Novelty {
    /// Tensors that speak for where they are from; of a data set its chunks.
    tensors: u64,
    /// Their bytes.
    bytes: u64,
    /// Those that are new.
    new_tensors: u64,
    /// Their bytes.
    new_bytes: u64,
}

/// In which form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    GraphMl,
    Prov,
}

/// What a work builds upon, and what builds upon it.
///
/// Step by step, first upward. What is declared, measured and inferred is kept apart. Works that you may not see are told only
/// where another work names them, by that name.
#[utoipa::path(
    get, path = "/api/commons/v1/{kind}/{ns}/{name}/lineage", operation_id = "lineage", tag = "lineage",
    params(
        InRepo,
        ("up" = Option<usize>, Query, description = "Steps to what it builds upon", minimum = 0, maximum = 16, example = 16),
        ("down" = Option<usize>, Query, description = "Steps to what builds upon it", minimum = 0, maximum = 16, example = 1),
        ("limit" = Option<usize>, Query, description = "Works at most", minimum = 1, maximum = 500, example = 100),
        ("format" = Option<String>, Query, description = "`json`, `graphml` or `prov` (PROV-O as JSON-LD)", example = "json"),
    ),
    responses(
        (status = 200, description = "The lineage", content((Lineage = "application/json"), (String = "application/graphml+xml"))),
        (status = 400, description = "A parameter makes no sense", body = Error),
        (status = 401, description = "The token is unknown, has expired or was taken back", body = Error),
        (status = 404, description = "There is no such repo, or you may not see it", body = Error),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Answer<Response> {
    let form = match query.get("format").unwrap_or("json") {
        "json" => Form::Json,
        "graphml" => Form::GraphMl,
        "prov" => Form::Prov,
        other => {
            let why = format!("\"format\" must be one of \"json\", \"graphml\", \"prov\", not {other:?}");
            return Err(Refusal::Invalid(why).into());
        }
    };
    let reach = Reach {
        up: number(&query, "up", 0..=limits::LINEAGE_DEPTH_MAX, limits::LINEAGE_DEPTH_MAX)?,
        down: number(&query, "down", 0..=limits::LINEAGE_DEPTH_MAX, 1)?,
        works: number(&query, "limit", 1..=limits::LINEAGE_NODES_MAX, limits::LINEAGE_NODES_MAX)?,
    };
    let grant = place.grant::<See>(&app).await?;
    let found = lineage::around(&app.commons, &grant, reach).await?;
    let ids: Vec<String> = found.nodes.iter().map(id).collect();
    let works = found.nodes.iter().zip(&ids).map(|(node, id)| InLineage {
        id: id.clone(),
        here: matches!(node.work, Work::Here(_)),
        level: node.level,
    });
    let works: Vec<InLineage> = works.collect();
    let derivations: Vec<Derivation> = found.edges.iter().map(|edge| derivation(edge, &ids)).collect();
    Ok(match form {
        Form::GraphMl => typed(graph_ml(&works, &derivations), "application/graphml+xml; charset=utf-8"),
        Form::Prov => {
            typed(prov(&app.base(&headers), &works, &derivations).to_string(), "application/ld+json")
        }
        Form::Json => {
            let novelty = lineage::novelty(&app.commons, &grant).await?.map(|novelty| Novelty {
                tensors: novelty.all.count,
                bytes: novelty.all.bytes,
                new_tensors: novelty.new.count,
                new_bytes: novelty.new.bytes,
            });
            let lineage::Direct { parents, children } = lineage::direct(&app.commons, &grant).await?;
            let direct = Direct { parents, children };
            let work = ids.first().cloned().unwrap_or_default();
            Json(Lineage { work, works, derivations, more: found.more, direct, novelty }).into_response()
        }
    })
}

/// Something that is said of what lies between two works.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saying {
    /// What the work is said to build upon, as `key` of a derivation names it.
    parent: String,
    /// Whether it speaks against that; else it is an answer.
    contests: bool,
    /// Why, for everybody to read: up to 2,000 characters.
    words: String,
}

/// That it was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Said {
    /// The work.
    work: String,
    /// What it is said to build upon.
    parent: String,
}

/// Contests a derivation, or answers.
///
/// For those who publish to one of the two works. It stands beside what it is about, and is not taken back.
#[utoipa::path(
    post, path = "/api/commons/v1/{kind}/{ns}/{name}/lineage", operation_id = "speak_of_lineage", tag = "lineage",
    params(InRepo),
    request_body = Saying,
    responses(
        (status = 200, description = "It is said", body = Said),
        (status = 400, description = "Nothing is said, too much, or of what is not known", body = Error),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You publish to neither of the two works", body = Error),
        (status = 404, description = "There is no such repo, or you may not see it", body = Error),
        (status = 413, description = "The body is too long", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn say(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Said>> {
    place.asker.signed_in()?;
    let grant = place.grant::<See>(&app).await?;
    let saying: Saying = body::json(body).await?;
    no_nul(&saying.words)?;
    let repo = grant.repo();
    let work = format!("{}/{}", repo.kind.plural(), repo.full_name());
    lineage::say(&app.commons, &grant, &saying.parent, saying.contests, &saying.words).await?;
    Ok(Json(Said { work, parent: saying.parent }))
}

fn typed(body: String, kind: &'static str) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn id(node: &Node) -> String {
    match &node.work {
        Work::Here(repo) => format!("{}/{}", repo.kind.plural(), repo.full_name()),
        Work::Elsewhere(parent) => parent.to_string(),
    }
}

fn derivation(edge: &Edge, ids: &[String]) -> Derivation {
    Derivation {
        child: ids[edge.child].clone(),
        parent: ids[edge.parent].clone(),
        way: edge.kind.word(),
        state: edge.state.word(),
        since: edge.since.to_string(),
        gone: edge.gone.as_ref().map(Time::to_string),
        commit: edge.oid.clone(),
        parent_commit: edge.parent_oid.clone(),
        evidence: serde_json::from_str(&edge.says).unwrap_or_default(),
        key: edge.key.clone(),
        contested: edge.is_contested(),
        said: edge.words.iter().map(spoken).collect(),
    }
}

fn spoken(word: &Word) -> Spoken {
    Spoken {
        member: word.member.clone(),
        contests: word.contests,
        words: word.words.clone(),
        at: word.at.to_string(),
    }
}

/// As programs for graphs read it (GraphML 1.0): an edge leads from what was made to what it was made from.
fn graph_ml(works: &[InLineage], derivations: &[Derivation]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
         <key id=\"here\" for=\"node\" attr.name=\"here\" attr.type=\"boolean\"/>\n\
         <key id=\"type\" for=\"edge\" attr.name=\"type\" attr.type=\"string\"/>\n\
         <key id=\"state\" for=\"edge\" attr.name=\"state\" attr.type=\"string\"/>\n\
         <key id=\"since\" for=\"edge\" attr.name=\"since\" attr.type=\"string\"/>\n\
         <key id=\"gone\" for=\"edge\" attr.name=\"gone\" attr.type=\"string\"/>\n\
         <key id=\"commit\" for=\"edge\" attr.name=\"commit\" attr.type=\"string\"/>\n\
         <key id=\"parent_commit\" for=\"edge\" attr.name=\"parent_commit\" attr.type=\"string\"/>\n\
         <key id=\"evidence\" for=\"edge\" attr.name=\"evidence\" attr.type=\"string\"/>\n\
         <key id=\"contested\" for=\"edge\" attr.name=\"contested\" attr.type=\"boolean\"/>\n\
         <key id=\"said\" for=\"edge\" attr.name=\"said\" attr.type=\"string\"/>\n\
         <graph id=\"lineage\" edgedefault=\"directed\">\n",
    );
    for work in works {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<node id=\"{}\"><data key=\"here\">{}</data></node>",
            escaped(&work.id),
            work.here
        );
    }
    for one in derivations {
        let (child, parent) = (escaped(&one.child), escaped(&one.parent));
        let _ = writeln!(
            out,
            "<edge source=\"{child}\" target=\"{parent}\"><data key=\"type\">{}</data><data key=\"state\">{}</data>\
             <data key=\"since\">{}</data>{}<data key=\"commit\">{}</data>{}<data key=\"evidence\">{}</data>\
             <data key=\"contested\">{}</data>{}</edge>",
            one.way,
            one.state,
            one.since,
            one.gone.as_ref().map(|gone| format!("<data key=\"gone\">{gone}</data>")).unwrap_or_default(),
            one.commit,
            one.parent_commit
                .as_ref()
                .map(|commit| format!("<data key=\"parent_commit\">{commit}</data>"))
                .unwrap_or_default(),
            escaped(&one.evidence.to_string()),
            one.contested,
            match one.said.is_empty() {
                true => String::new(),
                false => format!("<data key=\"said\">{}</data>", escaped(&json!(one.said).to_string())),
            }
        );
    }
    out.push_str("</graph>\n</graphml>\n");
    out
}

/// A text in XML; what XML 1.0 has no room for is left out.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// As provenance (W3C PROV-O): works are entities, and each derivation is qualified by its way, its state and its moment.
fn prov(base: &str, works: &[InLineage], derivations: &[Derivation]) -> Value {
    let here = |id: &str| works.iter().any(|work| work.here && work.id == id);
    let address = |id: &str| match id.split_once(':') {
        None if here(id) => format!("{base}/{}", id.strip_prefix("models/").unwrap_or(id)),
        // Somebody names it so; where it is, nobody here knows.
        None => format!("urn:seedcorn:{id}"),
        Some(("doi", doi)) => format!("https://doi.org/{doi}"),
        Some(("arxiv", paper)) => format!("https://arxiv.org/abs/{paper}"),
        Some((_, name)) => format!("urn:seedcorn:name:{}", name.replace(char::is_whitespace, "_")),
    };
    let entity = |work: &InLineage| {
        let own: Vec<Value> = derivations
            .iter()
            .filter(|one| one.child == work.id)
            .map(|one| {
                let mut derivation = json!({
                    "@type": "prov:Derivation",
                    "prov:entity": {"@id": address(&one.parent)},
                    "seedcorn:type": one.way,
                    "seedcorn:state": one.state,
                    "seedcorn:since": {"@type": "xsd:dateTime", "@value": one.since},
                    "seedcorn:commit": one.commit,
                    "seedcorn:evidence": {"@type": "@json", "@value": one.evidence},
                    "seedcorn:contested": one.contested,
                });
                if let Some(commit) = &one.parent_commit {
                    derivation["seedcorn:parentCommit"] = json!(commit);
                }
                if !one.said.is_empty() {
                    derivation["seedcorn:said"] = json!({"@type": "@json", "@value": one.said});
                }
                if let Some(gone) = &one.gone {
                    derivation["seedcorn:gone"] = json!({"@type": "xsd:dateTime", "@value": gone});
                }
                derivation
            })
            .collect();
        json!({"@id": address(&work.id), "@type": "prov:Entity", "rdfs:label": work.id, "prov:qualifiedDerivation": own})
    };
    json!({
        "@context": {
            "prov": "http://www.w3.org/ns/prov#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "seedcorn": format!("{base}/api/commons/v1#"),
        },
        "@graph": works.iter().map(entity).collect::<Vec<Value>>(),
    })
}
