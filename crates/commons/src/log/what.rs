//! What is said of each thing that happens: the shapes of `data` in entries, all in one room.

use seedcorn_core::card;
use seedcorn_core::digest::Oid;
use seedcorn_core::log::Happened;
use seedcorn_db::openness::Head;
use serde_json::{Value, json};

use crate::signing::Signature;

/// Licences of one card that are told.
const LICENSES_MAX: usize = 20;
/// Characters of each.
const LICENSE_CHARS_MAX: usize = 100;

/// What happened, whatever it happened to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct What {
    pub(super) happened: Happened,
    /// The commit, the bundle or what else it is about; empty where it is about nothing in particular.
    pub(super) about: String,
    pub(super) data: Value,
}

fn what(happened: Happened, about: impl ToString, data: Value) -> What {
    What { happened, about: about.to_string(), data }
}

/// Everybody can see a work.
pub(crate) fn published(gated: &str) -> What {
    what(Happened::Publish, "", json!({ "gated": gated }))
}

/// A branch or a tag is at a commit, or is gone.
pub(crate) fn moved(name: &str, before: Option<&Oid>, commit: Option<&Oid>) -> What {
    let happened = if name.starts_with("refs/tags/") { Happened::Tag } else { Happened::Revision };
    let text = |oid: Option<&Oid>| oid.map(Oid::to_string);
    let data = json!({ "ref": name, "before": text(before), "commit": text(commit) });
    // What a commit is made of is told where a branch has it.
    let about = text(commit).filter(|_| happened == Happened::Revision);
    what(happened, about.unwrap_or_default(), data)
}

/// A work is under other licences than before, as its card says.
pub(crate) fn licensed(before: &card::Metadata, after: &card::Metadata) -> Option<What> {
    let all = |metadata: &card::Metadata| -> Vec<String> {
        let each = card::texts(metadata, "license");
        each.take(LICENSES_MAX).map(|one| one.chars().take(LICENSE_CHARS_MAX).collect()).collect()
    };
    let (before, after) = (all(before), all(after));
    (before != after).then(|| what(Happened::License, "", json!({ "before": before, "license": after })))
}

/// A work has another class, or other parts that count.
pub(crate) fn graded(before: Option<&Head>, after: &Head) -> Option<What> {
    let same = |before: &Head| (before.class, &before.rules) == (after.class, &after.rules);
    let figure = |head: &Head| json!({ "class": head.class / 100, "parts": head.class % 100 });
    let data = json!({
        "before": before.map(figure),
        "grade": figure(after),
        "rules": after.rules,
        "commit": after.oid.to_string(),
    });
    (!before.is_some_and(same)).then(|| what(Happened::Openness, "", data))
}

/// Who may see a work, or read its files, is another.
pub(crate) fn visible(private: bool, gated: &str) -> What {
    what(Happened::Visibility, "", json!({ "private": private, "gated": gated }))
}

/// A work has another name.
pub(crate) fn renamed(from: &str, to: &str) -> What {
    what(Happened::Rename, "", json!({ "from": from, "to": to }))
}

/// A work is gone.
pub(crate) fn gone() -> What {
    what(Happened::Takedown, "", json!({}))
}

/// A member or a group signs with something from now on, or no longer. What names it tells nothing of a person.
pub(crate) fn signer(kind: &str, print: &str, counts: bool) -> What {
    let happened = if counts { Happened::KeyRegister } else { Happened::KeyRevoke };
    what(happened, print, json!({ "kind": kind, "signer": print }))
}

/// Files are judged by other rules than before.
pub(crate) fn scan_rules(before: Option<i64>, rules: i64) -> What {
    what(Happened::ScanRules, "", json!({ "before": before, "rules": rules }))
}

/// A signature of a revision was looked at.
pub(crate) fn signature(commit: &Oid, signature: &Signature) -> What {
    let found = &signature.found;
    let registered = found.signer.as_ref().is_some_and(|signer| signer.registered.is_some());
    let data = json!({
        "commit": commit.to_string(),
        "bundle": signature.bundle,
        "verdict": found.verdict,
        "by_owner": registered,
        "files": found.covered,
    });
    what(Happened::Signature, commit, data)
}

/// Whoever runs the hub took a work down: it is there, and nobody reads it. Why is theirs to say: a log cannot forget.
pub(crate) fn taken_down() -> What {
    what(Happened::Takedown, "", json!({ "by": "hub" }))
}

/// Large files were forgotten for good: commits that had them are others now. Which files is nobody's to know any more.
pub(crate) fn rewritten(files: usize, commits: usize) -> What {
    what(Happened::Rewrite, "", json!({ "files": files, "commits": commits }))
}

/// It can be seen again as before.
pub(crate) fn restored() -> What {
    what(Happened::Restore, "", json!({}))
}

/// A round has a result, has none any more, or the result holds.
pub(crate) fn round(state: &str, tally: i64, bundle: &str) -> What {
    what(Happened::Funding, bundle, json!({ "state": state, "tally": tally, "bundle": bundle }))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_change_is_not_told() {
        let card = |yaml| card::metadata(yaml).unwrap();
        let (mit, both) = (card("license: mit"), card("license: [mit, apache-2.0]"));
        assert_eq!(licensed(&mit, &mit), None);
        let told = licensed(&mit, &both).unwrap();
        assert_eq!(told.data, json!({ "before": ["mit"], "license": ["mit", "apache-2.0"] }));
        let head = |class| Head { oid: Oid([1; 20]), rules: "r".into(), class, possible: 0 };
        assert_eq!(graded(Some(&head(103)), &head(103)), None);
        let told = graded(Some(&head(103)), &head(207)).unwrap();
        assert_eq!(told.data["grade"], json!({ "class": 2, "parts": 7 }));
        assert!(graded(None, &head(0)).is_some());
    }

    #[test]
    fn tags_are_not_branches() {
        let oid = Oid([1; 20]);
        assert_eq!(moved("refs/tags/v1", None, Some(&oid)).happened, Happened::Tag);
        let gone = moved("refs/heads/x", Some(&oid), None);
        assert_eq!((gone.happened, gone.about.as_str()), (Happened::Revision, ""));
    }
}
