//! The Dev Tooling rounds of Optimism's season 8: inputs, weights and rewards are published
//! (ethereum-optimism/Retro-Funding, `results/S8`), and come to the same cents from our walks and our sharing.
//!
//! What such a round is made of, and what is odd in it: a link that is told twice counts as it is told last; what a developer
//! is trusted with adds up month by month; what somebody does for the project they commit to last is no use of it, and what they
//! do for one they left is; a column that has a weight and is not there counts for nothing; a walk ends before it has settled;
//! each line is rounded alone, so that the sum is some cents off the pool.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use seedcorn_core::credit::{Links, Walk};
use seedcorn_core::fund::{Caps, allocate};
use seedcorn_core::time;
use seedcorn_formats::columns::Comma;
use serde::Deserialize;

/// What a round of this kind is known by.
pub(crate) const WEIGHTS: &str = "weights/devtooling__arcturus.yaml";

#[derive(Deserialize)]
struct Weights {
    data_snapshot: Snapshot,
    simulation: Simulation,
    allocation: Allocation,
}

#[derive(Deserialize)]
struct Snapshot {
    devtooling_projects: String,
    onchain_projects: String,
    project_dependencies: String,
    developers_to_projects: String,
    utility_labels: Option<String>,
}

#[derive(Deserialize)]
struct Simulation {
    alpha: Option<f64>,
    alpha_onchain: Option<f64>,
    alpha_devtooling: Option<f64>,
    #[serde(default)]
    onchain_project_pretrust_weights: BTreeMap<String, f64>,
    #[serde(default)]
    devtooling_project_pretrust_weights: BTreeMap<String, f64>,
    #[serde(default)]
    link_type_time_decays: BTreeMap<String, f64>,
    #[serde(default)]
    link_type_weights: BTreeMap<String, f64>,
    #[serde(default)]
    event_type_weights: BTreeMap<String, f64>,
    #[serde(default)]
    utility_weights: BTreeMap<String, f64>,
    #[serde(default)]
    eligibility_thresholds: Thresholds,
}

#[derive(Deserialize, Default)]
struct Thresholds {
    #[serde(default)]
    num_projects_with_package_links: usize,
    #[serde(default)]
    num_onchain_developers_with_links: usize,
}

#[derive(Deserialize)]
struct Allocation {
    budget: f64,
    min_amount_per_project: f64,
    max_share_per_project: f64,
}

#[derive(Deserialize)]
struct Reward {
    oso_project_id: String,
    op_reward: Option<f64>,
}

/// A file with all its columns.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Table {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let header = std::str::from_utf8(&bytes).unwrap().lines().next().unwrap();
        let columns: Vec<String> = header
            .trim_start_matches('\u{feff}')
            .split(',')
            .map(|name| name.trim_matches('"').into())
            .collect();
        // The reader takes names that live as long as the program.
        let names: Vec<&'static str> = columns.iter().map(|name| &*name.clone().leak()).collect();
        let mut rows = Vec::new();
        let mut keep = |values: &[&str]| {
            rows.push(values.iter().map(|value| (*value).to_owned()).collect());
            Ok(())
        };
        let mut comma = Comma::new(names.leak());
        comma.take(&bytes, &mut keep).unwrap();
        comma.end(&mut keep).unwrap();
        Table { columns, rows }
    }

    /// One column, if it has it.
    fn find(&self, name: &str) -> Option<Vec<&str>> {
        let place = self.columns.iter().position(|column| column == name)?;
        Some(self.rows.iter().map(|row| row[place].as_str()).collect())
    }

    fn column(&self, name: &str) -> Vec<&str> {
        self.find(name).unwrap_or_else(|| panic!("no column {name} among {:?}", self.columns))
    }

    /// One column of numbers, if it has it.
    fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        Some(self.find(name)?.into_iter().map(|text| text.parse().unwrap()).collect())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Package,
    Commits,
    Uses,
}

impl Link {
    fn name(self) -> &'static str {
        match self {
            Link::Package => "package_dependency",
            Link::Commits => "onchain_project_to_developer",
            Link::Uses => "developer_to_devtooling_project",
        }
    }
}

/// One row of the tables that leads from somebody to something.
struct Edge {
    from: String,
    to: String,
    link: Link,
    event: String,
    day: i64,
}

struct Round {
    weights: Weights,
    tools: Table,
    /// Projects that use tools.
    users: Table,
    /// What a tool is good for.
    labels: HashMap<String, String>,
    edges: Vec<Edge>,
    newest: i64,
}

fn day(text: &str) -> i64 {
    time::moment(text).unwrap().secs() / 86_400
}

impl Round {
    fn read(folder: &Path) -> Round {
        let weights = fs::read_to_string(folder.join(WEIGHTS)).unwrap();
        let weights: Weights = serde_saphyr::from_str(&weights).unwrap();
        let table = |name: &str| Table::read(&folder.join("data").join(name));
        let snapshot = &weights.data_snapshot;
        let (tools, users) = (table(&snapshot.devtooling_projects), table(&snapshot.onchain_projects));
        let labels =
            snapshot.utility_labels.as_deref().map(|name| labels(&tools, &table(name))).unwrap_or_default();
        let events = table(&snapshot.developers_to_projects);
        let (edges, newest) = edges(&tools, &users, &table(&snapshot.project_dependencies), &events);
        Round { weights, tools, users, labels, edges, newest }
    }

    /// What each begins with: projects and tools by what they are measured by, developers by the projects that they commit to.
    /// Who is several of these has them together.
    fn trusted(&self) -> HashMap<&str, f64> {
        let simulation = &self.weights.simulation;
        let by = &simulation.onchain_project_pretrust_weights;
        let scores =
            scored(self.users.rows.len(), by.iter().map(|(name, by)| (self.users.numbers(name), *by)));
        let of_users: HashMap<&str, f64> = self.users.column("project_id").into_iter().zip(scores).collect();
        let tools = self.tools.column("project_id");
        let told = |link: Link| {
            let told = |tool: &&str| {
                self.edges.iter().filter(|edge| edge.link == link && edge.to == *tool).count() as f64
            };
            Some(tools.iter().map(told).collect())
        };
        let by = simulation.devtooling_project_pretrust_weights.iter().map(|(name, by)| {
            let numbers = match name.as_str() {
                "num_package_connections" => told(Link::Package),
                "num_developer_connections" => told(Link::Uses),
                _ => self.tools.numbers(name),
            };
            (numbers, *by)
        });
        let mut trusted = of_users.clone();
        for (tool, score) in tools.iter().zip(scored(tools.len(), by)) {
            *trusted.entry(tool).or_default() += score;
        }
        let mut months: Vec<(i64, &str, &str)> = self
            .edges
            .iter()
            .filter(|edge| edge.link == Link::Commits)
            .map(|edge| (edge.day, edge.to.as_str(), edge.from.as_str()))
            .collect();
        months.sort_unstable();
        months.dedup();
        for month in months.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let sum: f64 = month.iter().map(|(_, _, project)| of_users[project]).sum();
            *trusted.entry(month[0].1).or_default() += sum / month.len() as f64;
        }
        trusted
    }

    fn weight(&self, edge: &Edge) -> f64 {
        let simulation = &self.weights.simulation;
        let Some(half_life) = simulation.link_type_time_decays.get(edge.link.name()) else { return 0.0 };
        let years = (self.newest - edge.day) as f64 / 365.0;
        let event =
            simulation.event_type_weights.get(&edge.event.to_lowercase()).copied().unwrap_or_default();
        let label = self.labels.get(&edge.to).and_then(|label| simulation.utility_weights.get(label));
        let utility = if edge.link == Link::Commits { 1.0 } else { label.copied().unwrap_or(1.0) };
        (-(2.0_f64.ln() / half_life) * years).exp() * event * utility
    }

    /// What each tool comes to by a walk along some links: they come to one.
    fn walked(&self, links: &[Link], goes_on: f64, trusted: &HashMap<&str, f64>) -> HashMap<&str, f64> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut ids: Vec<&str> = Vec::new();
        let mut number = |id| {
            *numbers.entry(id).or_insert_with(|| {
                ids.push(id);
                ids.len() as u32 - 1
            })
        };
        // What is told again is told anew, in its old place.
        let mut weighed: Vec<(u32, u32, f64)> = Vec::new();
        let mut told: HashMap<(u32, u32), usize> = HashMap::new();
        for edge in self.edges.iter().filter(|edge| links.contains(&edge.link)) {
            let weight = self.weight(edge);
            if weight <= 0.0 {
                continue;
            }
            let pair = (number(edge.from.as_str()), number(edge.to.as_str()));
            let place = *told.entry(pair).or_insert(weighed.len());
            match weighed.get_mut(place) {
                Some(link) => link.2 = weight,
                None => weighed.push((pair.0, pair.1, weight)),
            }
        }
        let n = ids.len();
        let mut home: Vec<f64> = ids.iter().map(|id| trusted.get(id).copied().unwrap_or_default()).collect();
        let sum: f64 = home.iter().sum();
        home.iter_mut().for_each(|part| *part = if sum > 0.0 { *part / sum } else { 1.0 / n as f64 });
        let how = Walk { goes_on, rounds: 100, settled: n as f64 * 1e-8 };
        let rank = Links::new(n, weighed).walk(&home, vec![1.0 / n as f64; n], &how);
        let tools: BTreeSet<&str> = self.tools.column("project_id").into_iter().collect();
        let kept: Vec<(&str, f64)> = ids.into_iter().zip(rank).filter(|(id, _)| tools.contains(id)).collect();
        let sum: f64 = kept.iter().map(|(_, rank)| rank).sum();
        kept.into_iter().map(|(id, rank)| (id, rank / sum)).collect()
    }

    fn is_eligible(&self, tool: &str) -> bool {
        let from = |link| {
            let there = self.edges.iter().filter(|edge| edge.link == link && edge.to == tool);
            there.map(|edge| &edge.from).collect::<BTreeSet<_>>().len()
        };
        let least = &self.weights.simulation.eligibility_thresholds;
        from(Link::Package) >= least.num_projects_with_package_links
            || from(Link::Uses) >= least.num_onchain_developers_with_links
    }

    /// Hundredths that each tool gets.
    fn rewards(&self) -> HashMap<&str, i64> {
        let trusted = self.trusted();
        let simulation = &self.weights.simulation;
        let goes_on = |alpha: Option<f64>| alpha.or(simulation.alpha).unwrap_or(0.5);
        let packages = self.walked(&[Link::Package], goes_on(simulation.alpha_onchain), &trusted);
        let developers =
            self.walked(&[Link::Commits, Link::Uses], goes_on(simulation.alpha_devtooling), &trusted);
        let part = |of: &HashMap<&str, f64>, link: Link, id: &str| {
            let weight = simulation.link_type_weights.get(link.name()).copied().unwrap_or(1.0);
            of.get(id).copied().unwrap_or_default() * weight
        };
        let tools: BTreeSet<&str> = self.tools.column("project_id").into_iter().collect();
        let scores: Vec<(&str, f64)> = tools
            .into_iter()
            .map(|id| (id, part(&packages, Link::Package, id) + part(&developers, Link::Uses, id)))
            .filter(|(id, score)| *score > 0.0 && self.is_eligible(id))
            .collect();
        // In units so small that only the rounding of each line, which is the round's own, is left.
        let units = |amount: f64| (amount * 1e8).round() as u64;
        let Allocation { budget, min_amount_per_project, max_share_per_project } = &self.weights.allocation;
        let caps = Caps {
            most: Some(units(budget * max_share_per_project)),
            least: units(*min_amount_per_project),
            ..Caps::default()
        };
        let values: Vec<f64> = scores.iter().map(|(_, score)| *score).collect();
        let allocated = allocate(units(*budget), &values, &caps, &[]);
        let cents = |units: u64| (units as f64 / 1e6).round_ties_even() as i64;
        scores.iter().zip(allocated).map(|((id, _), one)| (*id, cents(one.amount))).collect()
    }
}

/// What each tool is good for, by its id.
fn labels(tools: &Table, labels: &Table) -> HashMap<String, String> {
    let by_name: HashMap<&str, &str> =
        tools.column("project_name").into_iter().zip(tools.column("project_id")).collect();
    let labels = labels.column("project_name").into_iter().zip(labels.column("recommendation"));
    labels.filter_map(|(name, label)| Some(((*by_name.get(name)?).to_owned(), label.to_owned()))).collect()
}

/// Who leads to whom, and the newest day of all.
fn edges(tools: &Table, users: &Table, packages: &Table, events: &Table) -> (Vec<Edge>, i64) {
    let months = events.find("event_month").unwrap_or_else(|| events.column("bucket_month"));
    let days: Vec<i64> = months.into_iter().map(day).collect();
    let newest = days.iter().copied().max().unwrap();
    let (from, to) =
        (packages.column("onchain_builder_project_id"), packages.column("devtooling_project_id"));
    let sources = packages.column("dependency_source");
    let edge = |from: &str, to: &str, link, event: &str, day| Edge {
        from: from.into(),
        to: to.into(),
        link,
        event: event.into(),
        day,
    };
    let mut edges: Vec<Edge> =
        (0..from.len()).map(|row| edge(from[row], to[row], Link::Package, sources[row], newest)).collect();
    let (developers, projects) = (events.column("developer_id"), events.column("project_id"));
    let types = events.column("event_type");
    let is_user: BTreeSet<&str> = users.column("project_id").into_iter().collect();
    let is_tool: BTreeSet<&str> = tools.column("project_id").into_iter().collect();
    let mut commits_to: HashMap<&str, &str> = HashMap::new();
    for row in (0..days.len()).filter(|&row| is_user.contains(projects[row]) && types[row] == "COMMIT_CODE") {
        edges.push(edge(projects[row], developers[row], Link::Commits, types[row], days[row]));
        commits_to.insert(developers[row], projects[row]);
    }
    for row in (0..days.len()).filter(|&row| is_tool.contains(projects[row])) {
        // What developers do for a tool that is the project they commit to last says nothing of its use.
        if commits_to.get(developers[row]) != Some(&projects[row]) {
            edges.push(edge(developers[row], projects[row], Link::Uses, types[row], days[row]));
        }
    }
    (edges, newest)
}

/// Columns brought between 0 and 1 by their logarithms and weighed; what they come to, in parts of one. A column that a round does not
/// have counts for nothing.
fn scored(rows: usize, columns: impl Iterator<Item = (Option<Vec<f64>>, f64)>) -> Vec<f64> {
    let mut scores = vec![0.0; rows];
    for (column, weight) in columns.filter_map(|(column, weight)| Some((column?, weight))) {
        let logs: Vec<f64> = column.into_iter().map(f64::ln_1p).collect();
        let least = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (score, log) in scores.iter_mut().zip(&logs) {
            *score += weight * if most > least { (log - least) / (most - least) } else { 0.5 };
        }
    }
    let sum: f64 = scores.iter().sum();
    scores.iter().map(|score| if sum > 0.0 { score / sum } else { 0.0 }).collect()
}

#[test]
#[ignore = "takes the folders of rounds: SEEDCORN_ROUNDS"]
fn every_reward_to_the_cent() {
    for folder in crate::rounds::folders(WEIGHTS) {
        let published = fs::read(folder.join("outputs/devtooling__results.json")).unwrap();
        let published: Vec<Reward> = serde_json::from_slice(&published).unwrap();
        let round = Round::read(&folder);
        let mut rewards = round.rewards();
        let funded = rewards.values().filter(|reward| **reward > 0).count();
        assert!(funded > 50, "{}: {funded} tools are funded", folder.display());
        for reward in published {
            let here = rewards.remove(reward.oso_project_id.as_str()).unwrap_or_default();
            let there = (reward.op_reward.unwrap_or_default() * 100.0).round() as i64;
            assert_eq!(here, there, "{}: {}", folder.display(), reward.oso_project_id);
        }
        assert!(rewards.is_empty(), "{}: {rewards:?}", folder.display());
        println!("{}: {funded} tools, each to the cent", folder.display());
    }
}
