//! The works around one as a picture: what it builds upon to the left, what builds upon it to the right, a column a step.

use std::collections::BTreeMap;

use askama::Template;
use seedcorn_commons::lineage::{Edge, Lineage, Node, Work};
use seedcorn_core::lineage::{Parent, State};
use seedcorn_core::repo::RepoKind;

use super::super::entry::icon;
use super::super::urls::RepoUrls;
use super::per_mille;

/// Units of the picture: a box, and what lies between two.
const BOX_WIDE: usize = 136;
const BOX_HIGH: usize = 36;
const GAP_ACROSS: usize = 41;
const GAP_DOWN: usize = 14;
/// Above the boxes, for the headings of columns.
const HEAD: usize = 34;
/// Letters of a name in a box.
const NAME_CHARS_MAX: usize = 16;
/// Units of the narrowest picture: a unit is as much as a dot on a wide page.
const WIDE_MIN: usize = 1160;

/// A work in the picture.
#[derive(Clone, Debug)]
pub(crate) struct Boxed {
    pub(crate) x: usize,
    pub(crate) y: usize,
    /// Where it leads; none for what is not here.
    pub(crate) href: Option<String>,
    pub(crate) icon: &'static str,
    /// What the icon says.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) owner: String,
    /// Hundredths of its bytes that the works it builds upon have.
    pub(crate) shared: Option<String>,
    pub(crate) is_focus: bool,
}

impl Boxed {
    fn at(&self, right: usize, down: usize) -> (usize, usize) {
        (self.x + right, self.y + down)
    }

    pub(crate) fn icon_at(&self) -> (usize, usize) {
        self.at(7, 6)
    }

    pub(crate) fn name_at(&self) -> (usize, usize) {
        self.at(24, 16)
    }

    pub(crate) fn owner_at(&self) -> (usize, usize) {
        self.at(24, 29)
    }

    pub(crate) fn shared_at(&self) -> (usize, usize) {
        self.at(129, 29)
    }
}

/// A line from a work to one that builds upon it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) path: String,
    pub(crate) arrow: String,
    /// The class of its style: `e-d`, `e-m` or `e-i`.
    pub(crate) style: &'static str,
    /// Whether it touches the work that was asked for.
    pub(crate) near: &'static str,
    pub(crate) is_measured: bool,
}

/// The heading of a column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) x: usize,
    pub(crate) middle: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
}

/// The picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picture {
    pub(crate) wide: usize,
    pub(crate) high: usize,
    pub(crate) columns: Vec<Column>,
    pub(crate) lines: Vec<Line>,
    pub(crate) boxes: Vec<Boxed>,
}

/// The picture by itself.
#[derive(Debug, Template)]
#[template(path = "lineage.svg")]
pub(crate) struct Alone {
    pub(crate) picture: Picture,
    pub(crate) title: String,
}

impl Picture {
    /// Of a lineage, whose first work is the one in the middle.
    pub(crate) fn of(lineage: &Lineage) -> Picture {
        let mut columns: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (n, node) in lineage.nodes.iter().enumerate() {
            // Time runs right: what is above comes before.
            columns.entry(-node.level).or_default().push(n);
        }
        settle(&mut columns, &lineage.edges);
        let rows = rows_of(columns.values().map(Vec::len).max().unwrap_or_default());
        let step = BOX_HIGH + GAP_DOWN;
        let high = HEAD + rows * step;
        let mut places = vec![(0, 0); lineage.nodes.len()];
        let mut heads = Vec::new();
        let mut x = 0;
        for (level, nodes) in &columns {
            let begin = x;
            for part in nodes.chunks(rows) {
                let top = HEAD + (rows - part.len()) * step / 2;
                for (row, node) in part.iter().enumerate() {
                    places[*node] = (x, top + row * step);
                }
                x += BOX_WIDE + GAP_ACROSS;
            }
            let end = x - GAP_ACROSS;
            heads.push(Column { x: begin, middle: (begin + end) / 2, end, text: heading(*level) });
        }
        let wide = heads.last().map_or(0, |last| last.end).max(WIDE_MIN);
        let shared = shares(lineage);
        let boxes = lineage.nodes.iter().zip(&places).enumerate();
        let boxes = boxes.map(|(n, (node, place))| boxed(node, *place, shared.get(&n), n == 0)).collect();
        let lines = lineage.edges.iter().map(|edge| line(edge, &places)).collect();
        Picture { wide, high, columns: heads, lines, boxes }
    }
}

/// Rows of a picture whose longest column has so many works: all of them, until they are more than fit on a page; then that column
/// stands in several beside each other, so that the picture is about as wide as it is high.
fn rows_of(works: usize) -> usize {
    const ROWS_MAX: usize = 24;
    let square = (works * (BOX_WIDE + GAP_ACROSS) / (BOX_HIGH + GAP_DOWN)).isqrt();
    works.clamp(1, ROWS_MAX.max(square))
}

/// Puts each work near the middle of those in the column before that it is joined to, so that few lines cross.
fn settle(columns: &mut BTreeMap<i32, Vec<usize>>, edges: &[Edge]) {
    let mut joined: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for edge in edges {
        joined.entry(edge.child).or_default().push(edge.parent);
        joined.entry(edge.parent).or_default().push(edge.child);
    }
    let levels: Vec<i32> = columns.keys().copied().collect();
    let (before, after): (Vec<i32>, Vec<i32>) =
        levels.into_iter().filter(|level| *level != 0).partition(|level| *level < 0);
    let mut rows: BTreeMap<usize, usize> = BTreeMap::from([(0, 0)]);
    for level in before.into_iter().rev().chain(after) {
        let Some(nodes) = columns.get_mut(&level) else { continue };
        let middle = |node: &usize| {
            let known: Vec<usize> =
                joined.get(node).into_iter().flatten().filter_map(|other| rows.get(other)).copied().collect();
            // In thousandths of a row.
            known.iter().sum::<usize>() * 1000 / known.len().max(1)
        };
        nodes.sort_by_key(|node| (middle(node), *node));
        for (row, node) in nodes.iter().enumerate() {
            rows.insert(*node, row);
        }
    }
}

fn heading(level: i32) -> String {
    match level {
        0 => "This work".to_owned(),
        -1 => "It builds upon".to_owned(),
        1 => "Builds upon it".to_owned(),
        steps => format!("{} steps away", steps.abs()),
    }
}

/// Of each work, the greatest part of its bytes that another had first.
fn shares(lineage: &Lineage) -> BTreeMap<usize, String> {
    let mut shares: BTreeMap<usize, u64> = BTreeMap::new();
    for edge in lineage.edges.iter().filter(|edge| edge.state == State::Measured && edge.gone.is_none()) {
        let share = shares.entry(edge.child).or_default();
        *share = (*share).max(per_mille(edge));
    }
    shares.into_iter().map(|(node, share)| (node, format!("{} %", share / 10))).collect()
}

fn boxed(node: &Node, (x, y): (usize, usize), shared: Option<&String>, is_focus: bool) -> Boxed {
    let cut = |text: &str, most: usize| {
        let short: String = text.chars().take(most).collect();
        if short.len() < text.len() { format!("{short}…") } else { short }
    };
    // The share stands in the line of the owner.
    let owner_max = if shared.is_some() { NAME_CHARS_MAX - 6 } else { NAME_CHARS_MAX };
    let (href, kind, name, owner) = match &node.work {
        Work::Here(repo) => {
            let page = RepoUrls::new(repo.kind, &repo.full_name()).lineage();
            (Some(page), Some(repo.kind), repo.name.clone(), repo.owner.clone())
        }
        Work::Elsewhere(parent) => {
            let (kind, name, owner) = elsewhere(parent);
            (None, kind, name, owner)
        }
    };
    let (name, owner) = (cut(&name, NAME_CHARS_MAX), cut(&owner, owner_max));
    Boxed {
        x,
        y,
        href,
        icon: kind.map_or("paper", icon),
        kind: kind.map_or("work", RepoKind::word),
        name,
        owner,
        shared: shared.cloned(),
        is_focus,
    }
}

/// A work that is not here: its kind, its name and where it is.
pub(in crate::web) fn elsewhere(parent: &Parent) -> (Option<RepoKind>, String, String) {
    match parent {
        Parent::Repo(kind, full) => {
            let (owner, name) = full.split_once('/').unwrap_or(("", full));
            (Some(*kind), name.to_owned(), format!("{owner}, not here"))
        }
        Parent::Arxiv(id) => (Some(RepoKind::Paper), format!("arXiv {id}"), "not here".to_owned()),
        Parent::Doi(doi) => (Some(RepoKind::Paper), doi.to_string(), "DOI, not here".to_owned()),
        Parent::Named(name) => (None, name.clone(), "by name alone".to_owned()),
    }
}

fn line(edge: &Edge, places: &[(usize, usize)]) -> Line {
    let (from, to) = (places[edge.parent], places[edge.child]);
    let (y1, y2) = (from.1 + BOX_HIGH / 2, to.1 + BOX_HIGH / 2);
    let near = if edge.child == 0 || edge.parent == 0 { "near" } else { "far" };
    let style = match edge.state {
        State::Declared => "e-d",
        State::Measured => "e-m",
        State::Inferred => "e-i",
    };
    let is_measured = edge.state == State::Measured;
    let forward = to.0 > from.0;
    // Beside each other or backward it leaves and arrives on the right.
    let (x1, x2) = (from.0 + BOX_WIDE, if forward { to.0 } else { to.0 + BOX_WIDE });
    let path = match forward {
        true => {
            let middle = (x1 + x2 - 5) / 2;
            format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {} {y2}", x2 - 5)
        }
        false => {
            let out = x1.max(x2) + 24;
            format!("M{x1} {y1}C{out} {y1} {out} {y2} {} {y2}", x2 + 5)
        }
    };
    let arrow = match forward {
        true => format!("M{} {}L{x2} {y2}L{} {}Z", x2 - 7, y2 - 3, x2 - 7, y2 + 4),
        false => format!("M{} {}L{x2} {y2}L{} {}Z", x2 + 7, y2 - 3, x2 + 7, y2 + 4),
    };
    Line { path, arrow, style, near, is_measured }
}

/// A picture with every kind of box and line.
#[cfg(test)]
pub(super) fn sample() -> Picture {
    use super::super::samples::{href, text};
    let boxed = |x, href: Option<String>, shared: Option<String>, is_focus| Boxed {
        x,
        y: HEAD,
        href,
        icon: "model",
        kind: "model",
        name: text(),
        owner: text(),
        shared,
        is_focus,
    };
    let line = |style, is_measured| Line {
        path: "M0 0H9".into(),
        arrow: "M0 0Z".into(),
        style,
        near: "near",
        is_measured,
    };
    Picture {
        wide: 313,
        high: 90,
        columns: vec![Column { x: 0, middle: 68, end: 136, text: "This work".into() }],
        lines: vec![line("e-d", false), line("e-m", true), line("e-i", false)],
        boxes: vec![boxed(0, Some(href()), Some("12 %".into()), true), boxed(177, None, None, false)],
    }
}

#[cfg(test)]
mod tests {
    use seedcorn_core::credit::Kind;
    use seedcorn_core::time::Time;

    use super::*;

    fn edge(child: usize, parent: usize, state: State) -> Edge {
        Edge {
            child,
            parent,
            state,
            kind: Kind::Finetune,
            since: Time(0),
            oid: String::new(),
            parent_oid: None,
            gone: None,
            says: "{\"per_mille\": 415}".into(),
            key: String::new(),
            words: Vec::new(),
        }
    }

    fn node(name: &str, level: i32) -> Node {
        Node { work: Work::Elsewhere(Parent::Named(name.into())), level }
    }

    #[test]
    fn a_column_a_step_with_few_crossings() {
        let nodes = vec![
            node("own", 0),
            node("base", 1),
            node("a", -1),
            node("b", -1),
            node("of b", -2),
            node("of a", -2),
        ];
        let edges = vec![
            edge(0, 1, State::Declared),
            edge(2, 0, State::Measured),
            edge(3, 0, State::Declared),
            edge(4, 3, State::Inferred),
            edge(5, 2, State::Declared),
        ];
        let picture = Picture::of(&Lineage { nodes, edges, more: false });
        let names: Vec<&str> = picture.columns.iter().map(|column| column.text.as_str()).collect();
        assert_eq!(names, ["It builds upon", "This work", "Builds upon it", "2 steps away"]);
        let at = |n: usize| (picture.boxes[n].x, picture.boxes[n].y);
        assert!(at(1).0 < at(0).0 && at(0).0 < at(2).0 && at(2).0 < at(4).0);
        assert!(at(2).1 < at(3).1 && at(5).1 < at(4).1, "what was made of the upper one is above");
        let mut places: Vec<_> = (0..6).map(at).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 6, "no two in one place");
        assert_eq!(picture.boxes[2].shared.as_deref(), Some("41 %"));
        assert!(picture.boxes[0].is_focus && picture.boxes[2].href.is_none());
    }

    #[test]
    fn the_picture_by_itself_says_no_more_than_it_should() {
        let svg = Alone { picture: sample(), title: super::super::super::samples::text() }
            .render()
            .unwrap_or_default();
        assert!(svg.starts_with("<svg ") && svg.contains("12 %"), "{svg}");
        assert!(!svg.contains("<script") && !svg.contains("\" onfocus"), "{svg}");
    }
}
