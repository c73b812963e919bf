//! Who leans on whom: crates, dependencies and their licences, as cargo knows them and as the documents say.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::process::Command;
use std::slice::Iter;
use std::sync::OnceLock;

use serde_json::Value;

use crate::{file, root, verdict};

/// Which crate may lean on which. ARCHITECTURE.md draws what is; this says what may be.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("core", &[]),
    ("wire", &["core"]),
    ("db", &["core"]),
    ("content", &["core"]),
    ("formats", &["core"]),
    ("signing", &["core"]),
    ("commons", &["core", "wire", "db", "content", "formats", "signing"]),
    ("egress", &[]),
    ("server", &["core", "wire", "formats", "commons"]),
    ("seedcorn", &["core", "commons", "egress", "server", "signing"]),
    ("testkit", &["core", "wire", "db", "content", "formats", "commons", "server"]),
    ("xtask", &[]),
];

/// What cargo knows of the workspace and everything it depends on, on this platform, without the network.
fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let cargo = |words: &[&str]| {
            let out = Command::new(env!("CARGO")).args(words).current_dir(root()).output().unwrap();
            assert!(out.status.success(), "cargo {words:?}: {}", String::from_utf8_lossy(&out.stderr));
            out.stdout
        };
        let version = String::from_utf8(cargo(&["-vV"])).unwrap();
        // Other platforms' packages need not be on this disk.
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let words = ["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", host];
        serde_json::from_slice(&cargo(&words)).unwrap()
    })
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn is_member(package: &Value) -> bool {
    list(metadata(), "workspace_members").contains(&package["id"])
}

fn short(name: &str) -> &str {
    name.strip_prefix("seedcorn-").unwrap_or(name)
}

/// Workspace crates and the workspace crates they name in `[dependencies]` and, apart, in `[dev-dependencies]`.
fn edges() -> BTreeMap<&'static str, [BTreeSet<&'static str>; 2]> {
    let members = list(metadata(), "packages").iter().filter(|package| is_member(package));
    let within = |package: &'static Value, dev: bool| {
        let all = list(package, "dependencies").iter().filter(|dependency| dependency["path"].is_string());
        let wanted = all.filter(|dependency| (text(dependency, "kind") == "dev") == dev);
        wanted.map(|dependency| short(text(dependency, "name"))).collect()
    };
    members.map(|p| (short(text(p, "name")), [within(p, false), within(p, true)])).collect()
}

#[test]
fn arrows_are_allowed_ones() {
    let mut complaints = Vec::new();
    let may: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    for (name, [normal, dev]) in edges() {
        let Some(may) = may.get(name) else {
            complaints.push(format!("{name}: a new crate; say in MAY_USE what it may lean on"));
            continue;
        };
        for other in normal.iter().filter(|other| !may.contains(other)) {
            complaints.push(format!("{name} ──► {other}: not in MAY_USE"));
        }
        for other in
            dev.iter().filter(|other| **other != "testkit" && **other != name && !may.contains(other))
        {
            complaints
                .push(format!("{name} ──► {other} in [dev-dependencies]: tests may add testkit, no more"));
        }
    }
    verdict("crates lean on each other in one direction", &complaints);
}

/// `cargo run` without more words, as the README has it, must know what to run: of many packages it runs none.
#[test]
fn cargo_run_runs_the_hub() {
    let default = list(metadata(), "workspace_default_members");
    let packages = list(metadata(), "packages").iter().filter(|package| default.contains(&package["id"]));
    let targets = packages.flat_map(|package| list(package, "targets"));
    let binaries: Vec<&str> = targets
        .filter(|target| list(target, "kind").iter().any(|kind| kind == "bin"))
        .map(|target| text(target, "name"))
        .collect();
    assert_eq!(binaries, ["seedcorn"]);
}

#[test]
fn architecture_draws_the_crates_as_they_are() {
    let document = &file("ARCHITECTURE.md").text;
    let section = document.split("\n## ").find(|section| section.starts_with("Crates\n"));
    let section = section.unwrap_or_else(|| panic!("ARCHITECTURE.md has no section `## Crates`"));
    let table = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let table: BTreeSet<_> = table.map(|(name, _)| short(name)).collect();
    let mut drawn = BTreeMap::new();
    for (from, to) in section.lines().filter_map(|line| line.split_once("──►")) {
        let to: BTreeSet<_> = to.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        drawn.insert(from.trim(), to);
    }
    let mut complaints = Vec::new();
    let edges = edges();
    let crates: BTreeSet<_> = edges.keys().copied().collect();
    if table != crates {
        complaints.push(format!("the table lists {table:?}\n  cargo knows     {crates:?}"));
    }
    for (name, [normal, _]) in edges {
        let drawn = drawn.remove(name).unwrap_or_default();
        if drawn != normal {
            complaints.push(format!("{name}: drawn ──► {drawn:?}, in Cargo.toml ──► {normal:?}"));
        }
    }
    complaints.extend(drawn.keys().map(|name| format!("{name} is drawn, and is no crate")));
    verdict("the table and the arrows in ARCHITECTURE.md, section Crates, equal the workspace", &complaints);
}

fn deny() -> toml::Table {
    file("deny.toml").text.parse().unwrap()
}

/// Whether an SPDX expression can be met with the allowed licences alone. `/` is an old spelling of OR.
fn permitted(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    fn any(words: &mut Peekable<Iter<'_, &str>>, allowed: &BTreeSet<&str>) -> bool {
        let mut result = all(words, allowed);
        while words.next_if(|word| **word == "OR").is_some() {
            result |= all(words, allowed);
        }
        result
    }
    fn all(words: &mut Peekable<Iter<'_, &str>>, allowed: &BTreeSet<&str>) -> bool {
        let mut result = one(words, allowed);
        while words.next_if(|word| **word == "AND").is_some() {
            result &= one(words, allowed);
        }
        result
    }
    fn one(words: &mut Peekable<Iter<'_, &str>>, allowed: &BTreeSet<&str>) -> bool {
        let Some(word) = words.next() else { return false };
        if *word == "(" {
            let result = any(words, allowed);
            return result && words.next() == Some(&")");
        }
        let exception = words.next_if(|word| **word == "WITH").and_then(|_| words.next());
        exception.map_or(allowed.contains(word), |e| allowed.contains(format!("{word} WITH {e}").as_str()))
    }
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut words = words.iter().peekable();
    any(&mut words, allowed) && words.next().is_none()
}

#[test]
fn spdx_expressions_are_read_right() {
    let allowed = BTreeSet::from(["MIT", "ISC"]);
    for good in ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "ISC AND (GPL-3.0 OR MIT)", "(MIT OR X) AND ISC"] {
        assert!(permitted(good, &allowed), "{good}");
    }
    for bad in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "ISC AND (X OR Y)", "MIT WITH Classpath", "MIT MIT", "(MIT", "mit"]
    {
        assert!(!permitted(bad, &allowed), "{bad}");
    }
}

#[test]
fn licences_are_allowed_ones() {
    let deny = deny();
    let allowed = deny["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<_> = allowed.iter().map(|licence| licence.as_str().unwrap()).collect();
    let packages = list(metadata(), "packages");
    let bad = packages.iter().filter(|package| !permitted(text(package, "license"), &allowed));
    let name = |p: &Value| format!("{} {}: {:?}", text(p, "name"), text(p, "version"), text(p, "license"));
    let mut complaints: Vec<_> = bad.map(name).collect();
    for licence in &allowed {
        let rest: BTreeSet<_> = allowed.iter().copied().filter(|other| other != licence).collect();
        if packages.iter().all(|package| permitted(text(package, "license"), &rest)) {
            complaints.push(format!("{licence}: nothing needs it any more, drop it"));
        }
    }
    verdict("every dependency has a licence of deny.toml's [licenses] allow", &complaints);
}

#[test]
fn dependencies_come_from_crates_io() {
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    let strange =
        list(metadata(), "packages").iter().filter(|p| !is_member(p) && text(p, "source") != registry);
    let complaints: Vec<_> = strange.map(|p| text(p, "id").to_owned()).collect();
    verdict("a dependency comes from crates.io, not from a git address or a folder", &complaints);
}

#[test]
fn walls_hold() {
    let packages = list(metadata(), "packages");
    let names: BTreeMap<_, _> = packages.iter().map(|p| (text(p, "id"), text(p, "name"))).collect();
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in list(&metadata()["resolve"], "nodes") {
        // A crate may name itself, to turn on a feature in its own tests.
        for dependency in list(node, "deps").iter().filter(|dependency| dependency["pkg"] != node["id"]) {
            users.entry(names[text(dependency, "pkg")]).or_default().insert(names[text(node, "id")]);
        }
    }
    let present: BTreeSet<_> = names.values().copied().collect();
    let mut complaints = Vec::new();
    for ban in deny()["bans"]["deny"].as_array().unwrap() {
        let name = ban["crate"].as_str().unwrap();
        let wrappers =
            ban.get("wrappers").map(|list| list.as_array().unwrap().as_slice()).unwrap_or_default();
        let wrappers: BTreeSet<_> = wrappers.iter().map(|wrapper| wrapper.as_str().unwrap()).collect();
        let users = users.get(name).cloned().unwrap_or_default();
        if wrappers.is_empty() && present.contains(name) {
            complaints.push(format!("{name} is banned; it came by {users:?}"));
        } else if !wrappers.is_empty() {
            complaints.extend(users.difference(&wrappers).map(|user| format!("{user} must not use {name}")));
            complaints.extend(
                wrappers.difference(&users).map(|user| format!("{user} no longer uses {name}, drop it")),
            );
        }
    }
    verdict("a crate that deny.toml's [bans] names is used by its wrappers only", &complaints);
}
