//! The Dev Tooling rounds of Optimism's season 8: inputs, weights and rewards are published
//! (ethereum-optimism/Retro-Funding, `results/S8`), and come to the same cents from our walks and our sharing.
//!
//! What such a round is made of, and what is odd in it: a link that is told twice counts as it is told last; what a developer
//! is trusted with adds up month by month; a walk ends before it has settled; each line is rounded alone, so that the sum is
//! some cents off the pool.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use seedcorn_core::credit::{Links, Walk};
use seedcorn_core::fund::{Caps, allocate};
use seedcorn_core::time;
use seedcorn_formats::columns::Comma;
use serde::Deserialize;

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
    utility_labels: String,
}

#[derive(Deserialize)]
struct Simulation {
    alpha_onchain: f64,
    alpha_devtooling: f64,
    onchain_project_pretrust_weights: HashMap<String, f64>,
    devtooling_project_pretrust_weights: HashMap<String, f64>,
    link_type_time_decays: HashMap<String, f64>,
    event_type_weights: HashMap<String, f64>,
    utility_weights: HashMap<String, f64>,
    eligibility_thresholds: Thresholds,
}

#[derive(Deserialize)]
struct Thresholds {
    num_projects_with_package_links: usize,
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

/// The rows of a file, of the columns that are wanted.
fn rows(path: &Path, wanted: &'static [&'static str]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut keep = |values: &[&str]| {
        rows.push(values.iter().map(|value| (*value).to_owned()).collect());
        Ok(())
    };
    let mut comma = Comma::new(wanted);
    comma.take(&fs::read(path).unwrap(), &mut keep).unwrap();
    comma.end(&mut keep).unwrap();
    rows
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Package,
    Commits,
    Uses,
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
    /// Tools by id, in their order, with what is counted of them.
    tools: Vec<(String, [f64; 3])>,
    /// Projects that use tools, with what they are measured by.
    users: Vec<(String, [f64; 2])>,
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
        let weights = fs::read_to_string(folder.join("weights/devtooling__arcturus.yaml")).unwrap();
        let weights: Weights = serde_saphyr::from_str(&weights).unwrap();
        let file = |name: &str| folder.join("data").join(name);
        let snapshot = &weights.data_snapshot;
        let number = |text: &String| -> f64 { text.parse().unwrap() };
        let tool_rows = rows(
            &file(&snapshot.devtooling_projects),
            &["project_id", "project_name", "star_count", "fork_count", "num_packages_in_deps_dev"],
        );
        let user_rows = rows(
            &file(&snapshot.onchain_projects),
            &["project_id", "total_transaction_count", "total_gas_fees"],
        );
        let by_name: HashMap<&String, &String> = tool_rows.iter().map(|row| (&row[1], &row[0])).collect();
        let labelled = rows(&file(&snapshot.utility_labels), &["project_name", "recommendation"]);
        let labels =
            labelled.iter().filter_map(|row| Some(((*by_name.get(&row[0])?).clone(), row[1].clone())));
        let labels = labels.collect();
        let tools: Vec<_> = tool_rows
            .iter()
            .map(|row| (row[0].clone(), [number(&row[2]), number(&row[3]), number(&row[4])]))
            .collect();
        let users: Vec<_> =
            user_rows.iter().map(|row| (row[0].clone(), [number(&row[1]), number(&row[2])])).collect();
        let events = rows(
            &file(&snapshot.developers_to_projects),
            &["bucket_month", "event_type", "developer_id", "project_id"],
        );
        let newest = events.iter().map(|row| day(&row[0])).max().unwrap();
        let packages = rows(
            &file(&snapshot.project_dependencies),
            &["onchain_builder_project_id", "devtooling_project_id", "dependency_source"],
        );
        let mut edges: Vec<Edge> = packages
            .into_iter()
            .map(|row| {
                let [from, to, event] = <[String; 3]>::try_from(row).unwrap();
                Edge { from, to, link: Link::Package, event, day: newest }
            })
            .collect();
        let is_user: BTreeSet<&String> = users.iter().map(|(id, _)| id).collect();
        let is_tool: BTreeSet<&String> = tools.iter().map(|(id, _)| id).collect();
        let event = |row: &[String], link| {
            let (day, event, developer, project) =
                (day(&row[0]), row[1].clone(), row[2].clone(), row[3].clone());
            let (from, to) = if link == Link::Commits { (project, developer) } else { (developer, project) };
            Edge { from, to, link, event, day }
        };
        let commits = events.iter().filter(|row| is_user.contains(&row[3]) && row[1] == "COMMIT_CODE");
        edges.extend(commits.map(|row| event(row, Link::Commits)));
        edges.extend(events.iter().filter(|row| is_tool.contains(&row[3])).map(|row| event(row, Link::Uses)));
        Round { weights, tools, users, labels, edges, newest }
    }

    /// What each begins with: projects by what they are measured by, developers by the projects that they commit to.
    fn trusted(&self) -> HashMap<&str, f64> {
        let of =
            |weights: &HashMap<String, f64>, column: &str| weights.get(column).copied().unwrap_or_default();
        let by = &self.weights.simulation.onchain_project_pretrust_weights;
        let by = [of(by, "total_transaction_count"), of(by, "total_gas_fees")];
        let users: Vec<Vec<f64>> = self.users.iter().map(|(_, columns)| columns.to_vec()).collect();
        let of_users: HashMap<&str, f64> =
            self.users.iter().map(|(id, _)| id.as_str()).zip(scored(&users, &by)).collect();
        let told = |link: Link, tool: &String| {
            self.edges.iter().filter(|edge| edge.link == link && edge.to == *tool).count() as f64
        };
        let by = &self.weights.simulation.devtooling_project_pretrust_weights;
        let names = [
            "star_count",
            "fork_count",
            "num_packages_in_deps_dev",
            "num_package_connections",
            "num_developer_connections",
        ];
        let by = names.map(|name| of(by, name));
        let tools: Vec<Vec<f64>> = self
            .tools
            .iter()
            .map(|(id, counts)| [&counts[..], &[told(Link::Package, id), told(Link::Uses, id)]].concat())
            .collect();
        let mut trusted: HashMap<&str, f64> =
            self.tools.iter().map(|(id, _)| id.as_str()).zip(scored(&tools, &by)).collect();
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
        trusted.extend(of_users);
        trusted
    }

    fn weight(&self, edge: &Edge) -> f64 {
        let simulation = &self.weights.simulation;
        let half_life = simulation.link_type_time_decays[match edge.link {
            Link::Package => "package_dependency",
            Link::Commits => "onchain_project_to_developer",
            Link::Uses => "developer_to_devtooling_project",
        }];
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
        home.iter_mut().for_each(|part| *part /= sum);
        let how = Walk { goes_on, rounds: 100, settled: n as f64 * 1e-8 };
        let rank = Links::new(n, weighed).walk(&home, vec![1.0 / n as f64; n], &how);
        let tools: BTreeSet<&str> = self.tools.iter().map(|(id, _)| id.as_str()).collect();
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
        let packages = self.walked(&[Link::Package], simulation.alpha_onchain, &trusted);
        let developers = self.walked(&[Link::Commits, Link::Uses], simulation.alpha_devtooling, &trusted);
        let part = |of: &HashMap<&str, f64>, id: &str| of.get(id).copied().unwrap_or_default();
        let scores: Vec<(&str, f64)> = self
            .tools
            .iter()
            .map(|(id, _)| (id.as_str(), part(&packages, id) + part(&developers, id)))
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

/// Columns brought between 0 and 1 by their logarithms and weighed; what they come to, in parts of one.
fn scored(rows: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut scores = vec![0.0; rows.len()];
    for (column, weight) in weights.iter().enumerate() {
        let logs: Vec<f64> = rows.iter().map(|row| row[column].ln_1p()).collect();
        let least = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (score, log) in scores.iter_mut().zip(&logs) {
            *score += weight * if most > least { (log - least) / (most - least) } else { 0.5 };
        }
    }
    let sum: f64 = scores.iter().sum();
    scores.iter().map(|score| score / sum).collect()
}

#[test]
#[ignore = "takes the folders of rounds: SEEDCORN_ROUNDS"]
fn every_reward_to_the_cent() {
    for folder in crate::rounds::folders("weights/devtooling__arcturus.yaml") {
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
