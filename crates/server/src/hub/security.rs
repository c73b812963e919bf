//! What was found in files, as the Hub's clients read it.

use seedcorn_commons::scan::Summary;
use seedcorn_core::scan::{Found, Verdict};
use serde_json::{Value, json};

/// The Hub's word for a verdict.
fn status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NothingFound => "safe",
        Verdict::Unscannable => "error",
        Verdict::Suspicious => "suspicious",
        Verdict::Dangerous => "unsafe",
    }
}

/// The Hub's word for how bad it is to bring something in.
fn safety(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NothingFound => "innocuous",
        Verdict::Unscannable | Verdict::Suspicious => "suspicious",
        Verdict::Dangerous => "dangerous",
    }
}

/// `securityFileStatus` of a file, with our own verdict and its reasons beside what clients know.
pub(crate) fn of_file(found: Option<&Found>) -> Value {
    let Some(found) = found else {
        return json!({ "status": "unscanned", "avScan": null, "pickleImportScan": null });
    };
    let imports = found
        .imports
        .iter()
        .map(|one| json!({ "module": one.module, "name": one.name, "safety": safety(one.judge().0) }));
    let worst = found.imports.iter().map(|one| one.judge().0).max();
    let imports: Vec<Value> = imports.collect();
    let pickle = worst.map(
        |worst| json!({ "status": status(worst), "highestSafetyLevel": safety(worst), "imports": imports }),
    );
    json!({
        "status": status(found.verdict),
        "avScan": null,
        "pickleImportScan": pickle,
        "verdict": found.verdict,
        "reasons": found.reasons,
    })
}

/// `securityRepoStatus` of a revision.
pub(crate) fn of_repo(found: Option<&Summary>) -> Value {
    let Some(found) = found else {
        return json!({ "scansDone": false, "filesWithIssues": [] });
    };
    let files: Vec<Value> = found
        .files
        .iter()
        .map(|(path, verdict)| json!({ "path": path, "level": status(*verdict) }))
        .collect();
    json!({ "scansDone": true, "filesWithIssues": files })
}
