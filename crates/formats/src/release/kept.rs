//! What is kept of a document in JSON or YAML.

use serde_json::Value;

/// Of a document what decides something, and whether there are figures in it: a megabyte of small lists is forty of values.
pub(super) fn kept(value: Value) -> Value {
    let Value::Object(mut map) = value else { return Value::Null };
    let described = fields(&map);
    let keys = [
        "model_type",
        "_class_name",
        "auto_map",
        "results",
        "versions",
        "config",
        "base_model_name_or_path",
        "_name_or_path",
        "conformsTo",
    ];
    let of = map.get("config").and_then(|config| evaluated(&map, config));
    map.extend(of.map(|name| ("model".to_owned(), Value::String(name))));
    map.retain(|key, _| keys.contains(&key.as_str()) || key == "model");
    for key in ["results", "versions", "config"] {
        if let Some(value) = map.get_mut(key) {
            *value = figure(value).unwrap_or(Value::Object(serde_json::Map::new()));
        }
    }
    if map.contains_key("conformsTo") {
        map.insert("recordSet".to_owned(), described);
    }
    Value::Object(map)
}

/// Of the record sets of a Croissant description, the first that names fields, and of these the first.
fn fields(map: &serde_json::Map<String, Value>) -> Value {
    let sets = map.get("recordSet").and_then(Value::as_array).into_iter().flatten();
    let mut fields = sets.filter_map(|set| set.get("field")?.as_array()?.first());
    match fields.find_map(|field| field.get("name")?.as_str()) {
        Some(name) => {
            let name: String = name.chars().take(200).collect();
            serde_json::json!([{ "field": [{ "name": name }] }])
        }
        None => Value::Null,
    }
}

/// The model that a harness says it evaluated: `model_name`, or `pretrained=…` among its arguments.
fn evaluated(all: &serde_json::Map<String, Value>, config: &Value) -> Option<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let arguments = text(config.get("model_args")).unwrap_or_default();
    let pretrained = arguments.split(',').find_map(|part| part.trim().strip_prefix("pretrained="));
    let said = pretrained.map(str::to_owned).or_else(|| text(all.get("model_name")));
    Some(said?.chars().take(200).collect())
}

/// The first number within a value.
fn figure(value: &Value) -> Option<Value> {
    match value {
        Value::Object(map) => map.values().find_map(figure),
        Value::Array(items) => items.iter().find_map(figure),
        value => value.is_number().then(|| value.clone()),
    }
}
