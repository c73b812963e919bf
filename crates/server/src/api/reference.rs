//! The reference page of this API, made from the document that programs read.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::Refusal;
use serde_json::Value;

use super::document::document;
use crate::app::App;
use crate::refuse::Answer;
use crate::web::frame::{Frame, Here, Page};
use crate::web::visit::Visit;

/// A line of a table: name, type, what it means.
#[derive(Debug)]
pub(crate) struct Line {
    name: String,
    kind: String,
    about: String,
}

/// An endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    id: String,
    method: &'static str,
    path: String,
    title: String,
    about: String,
    /// What is sent to it.
    takes: Option<String>,
    parameters: Vec<Line>,
    answers: Vec<Line>,
}

/// A shape of an answer.
#[derive(Debug)]
pub(crate) struct Shape {
    name: String,
    about: String,
    fields: Vec<Line>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "reference.html")]
pub(crate) struct ReferencePage {
    frame: Frame,
    about: String,
    endpoints: Vec<Endpoint>,
    shapes: Vec<Shape>,
}

/// `GET /api/commons/v1`.
pub(super) async fn get(State(_app): State<App>, visit: Visit) -> Answer<Page<ReferencePage>> {
    let told = serde_json::to_value(document(&visit.base)).map_err(Refusal::broken)?;
    let mut frame = visit.frame("API reference", "The hub's own API, endpoint by endpoint", Here::Elsewhere);
    frame.finding.canonical = format!("{}{}", visit.base, super::ROOT);
    let paths = told["paths"].as_object().into_iter().flatten();
    let endpoints = paths.flat_map(|(path, item)| {
        let methods = [("GET", &item["get"]), ("POST", &item["post"]), ("DELETE", &item["delete"])];
        methods
            .into_iter()
            .filter(|(_, told)| told.is_object())
            .map(|(method, told)| endpoint(method, path, told))
    });
    let endpoints = endpoints.collect();
    let shapes = told["components"]["schemas"].as_object().into_iter().flatten();
    let shapes = shapes.map(|(name, schema)| shape(name, schema)).collect();
    Ok(Page(ReferencePage { frame, about: text(&told["info"]["description"]), endpoints, shapes }))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn endpoint(method: &'static str, path: &str, told: &Value) -> Endpoint {
    let parameters = told["parameters"].as_array().into_iter().flatten().map(|parameter| Line {
        name: text(&parameter["name"]),
        kind: match parameter["required"] == true {
            true => kind(&parameter["schema"]),
            false => format!("{}, optional", kind(&parameter["schema"])),
        },
        about: text(&parameter["description"]),
    });
    let answers = told["responses"].as_object().into_iter().flatten().map(|(status, answer)| Line {
        name: status.clone(),
        kind: kind(&answer["content"]["application/json"]["schema"]),
        about: text(&answer["description"]),
    });
    let body = &told["requestBody"]["content"];
    let takes = body.as_object().and_then(|all| all.values().next()).map(|body| kind(&body["schema"]));
    Endpoint {
        id: text(&told["operationId"]),
        method,
        takes,
        path: path.to_owned(),
        title: text(&told["summary"]),
        about: text(&told["description"]),
        parameters: parameters.collect(),
        answers: answers.collect(),
    }
}

fn shape(name: &str, told: &Value) -> Shape {
    let fields = told["properties"].as_object().into_iter().flatten().map(|(name, field)| Line {
        name: name.clone(),
        kind: kind(field),
        about: text(&field["description"]),
    });
    Shape { name: name.to_owned(), about: text(&told["description"]), fields: fields.collect() }
}

/// A schema in a few words: `integer`, `list of Work`, `string or null`.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|address| address.rsplit('/').next()) {
        return name.to_owned();
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::String(word) if word == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(word) => word.clone(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    }
}

#[cfg(test)]
impl ReferencePage {
    /// The ids and the names of shapes are the hub's own and become ids of the page.
    pub(crate) fn sample() -> ReferencePage {
        use crate::web::samples::{member, text};
        let line = || Line { name: text(), kind: text(), about: text() };
        let endpoint = |id: &str, parameters| Endpoint {
            id: id.into(),
            method: "GET",
            takes: (id == "totals").then(text),
            path: text(),
            title: text(),
            about: text(),
            parameters,
            answers: vec![line(), line()],
        };
        let shape = |name: &str| Shape { name: name.into(), about: text(), fields: vec![line(), line()] };
        ReferencePage {
            frame: member(Here::Elsewhere),
            about: text(),
            endpoints: vec![endpoint("totals", vec![line()]), endpoint("search", Vec::new())],
            shapes: ["Work", "Totals"].map(shape).into(),
        }
    }
}
