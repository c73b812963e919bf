//! Data sets: those that the model was trained on, and those that it was evaluated on. A name is a claim; a repo of this hub
//! with files in it is not.

use super::super::component::Component;
use super::super::finding::{Code, Evidence, Finding, Level, Place, Presence, Remark, Severity};
use super::super::seen::{File, Found, Link, Linked, Reading, Release};
use super::{finding, within};

/// Endings of files that hold data.
const DATA: &[&str] = &[
    "arrow", "bin", "csv", "feather", "flac", "gz", "h5", "json", "jsonl", "lance", "mds", "mp3", "mp4",
    "ndjson", "npy", "npz", "parquet", "tar", "tfrecord", "tsv", "txt", "wav", "xz", "zip", "zst",
];

/// Files with such endings that are no data: what tools write beside them.
const ASIDE: &[&str] = &[
    "dataset_infos.json",
    "croissant.json",
    "requirements.txt",
    "package.json",
    "config.json",
    "todo.txt",
    "readme.txt",
];
/// Bytes of a file of data: fewer are a place for one.
const DATA_BYTES_MIN: u64 = 8;

/// Whether a file holds data, by its name.
pub(super) fn is_data(file: &File) -> bool {
    let name = file.name();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    DATA.contains(&ending)
        && !ASIDE.contains(&name.as_str())
        && file.bytes >= DATA_BYTES_MIN
        && !matches!(file.reading, Reading::Pointer | Reading::License(_) | Reading::Unreadable(_))
}

fn has_data(found: &Found) -> bool {
    found.files.iter().any(is_data)
}

/// What is there of the data sets of one kind.
fn sets(
    release: &Release,
    link: Link,
    component: Component,
    searched: &[&str],
    remarks: &mut Vec<Remark>,
) -> Finding {
    let named: Vec<&Linked> = release.linked.iter().filter(|linked| linked.link == link).collect();
    let (mut evidence, mut whole, mut gated) = (Vec::new(), 0, false);
    for linked in &named {
        match linked.found.as_deref() {
            Some(found) if has_data(found) => {
                let text = format!("{} files", found.files.len());
                evidence.push(Evidence::new("data.linked", Level::Strong, within(found, "", None), text));
                gated |= found.gated;
                whole += 1;
            }
            Some(found) => {
                let text = format!("{} has no data", found.repo);
                evidence.push(Evidence::new("data.empty", Level::Weak, within(found, "", None), text));
            }
            None => {
                let text = format!("the card names {}", linked.name);
                evidence.push(Evidence::new("data.named", Level::Weak, Place::file("README.md"), text));
                remarks.push(Remark {
                    code: Code::Unresolved,
                    severity: Severity::Warning,
                    component: Some(component),
                    text: format!("the data set {} was not found here", linked.name),
                    fix: "Put it on this hub, or name the repo that it has here.".to_owned(),
                    place: Some(Place::file("README.md")),
                });
            }
        }
    }
    let mut finding = finding(release, component, searched, evidence);
    if finding.presence != Presence::NotFound {
        finding.presence = match (whole == named.len(), whole > 0) {
            (true, _) if gated => Presence::Restricted,
            (true, _) => Presence::Present,
            (false, true) => Presence::Partial,
            // Names alone: weak, but of all of it.
            (false, false) => Presence::Present,
        };
    }
    finding
}

pub(super) fn training(release: &Release, remarks: &mut Vec<Remark>) -> Finding {
    let searched = ["datasets of the card"];
    sets(release, Link::TrainingData, Component::Datasets, &searched, remarks)
}

pub(super) fn evaluation(release: &Release, remarks: &mut Vec<Remark>) -> Finding {
    let searched = ["dataset of each result in model-index and .eval_results"];
    sets(release, Link::EvaluationData, Component::EvaluationData, &searched, remarks)
}
