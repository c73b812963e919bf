//! Remarks as SARIF 2.1.0 (OASIS, 2020), which forges show beside the lines that they are about.

use serde_json::{Value, json};

use super::super::finding::{Code, Remark, Severity};
use super::super::verdict::{RULES_VERSION, Verdict};

/// Where the format is described.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The file that is shown for what is about the whole: every result has a place.
const WHOLE: &str = "README.md";

/// The remarks of a verdict as a log of one run. `version`: of the program that says so.
pub fn log(verdict: &Verdict, version: &str) -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = verdict.remarks.iter().map(result).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "seedcorn grade",
                "version": version,
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "profile": verdict.profile,
                "class": verdict.confirmed,
                "possible": verdict.possible,
                "rules": RULES_VERSION,
            },
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn rule(code: Code) -> Value {
    json!({ "id": code.word(), "shortDescription": { "text": code.sentence() } })
}

fn result(remark: &Remark) -> Value {
    let text = match remark.fix.as_str() {
        "" => remark.text.clone(),
        fix => format!("{}. {fix}", remark.text.trim_end_matches('.')),
    };
    // What lies in another repo is no file of this one.
    let place = remark.place.as_ref().filter(|place| place.repo.is_none() && !place.path.is_empty());
    let path = place.map_or(WHOLE, |place| place.path.as_str());
    let line = place.and_then(|place| place.line).unwrap_or(1);
    let index = Code::ALL.iter().position(|code| *code == remark.code);
    json!({
        "ruleId": remark.code.word(),
        "ruleIndex": index,
        "level": level(remark.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(path), "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": line.max(1) },
        } }],
        // The same finding in another run, wherever its line has moved to.
        "partialFingerprints": { "remark/v1": format!("{}:{}:{path}", remark.code.word(),
            remark.component.map_or("", |component| component.name())) },
    })
}

/// A path as a relative reference (RFC 3986, section 4.2): its first part must not look like a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri("a b/c:d#é.py"), "a%20b/c%3Ad%23%C3%A9.py");
        assert_eq!(uri("weights/model.safetensors"), "weights/model.safetensors");
    }
}
