//! Lists of repos of one kind, narrowed by words and tags; everything asked for is in the address.

use askama::Template;
use axum::extract::{OriginalUri, State};
use seedcorn_commons::counts::{self, Facets};
use seedcorn_commons::grade;
use seedcorn_commons::list::{self, Place, Query as Listing, Sort};
use seedcorn_core::card::{self, Facet};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::openness::Class;
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;

use super::entry::{self, Entry, plural_word};
use super::frame::{Frame, Here, Page};
use super::show::Count;
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::finding::feeds;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// Entries in a page.
const PAGE: usize = 30;
/// Values of a facet that a page shows, and those that it has behind a fold.
const SHOWN: usize = 12;
const FOLDED: usize = 60;

/// A choice, as a link.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) here: bool,
}

/// A value of a facet.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    text: String,
    /// Where the list is with it; for a chosen one, without it.
    href: String,
    here: bool,
    /// How many public repos have it.
    uses: Count,
}

/// A facet by which the list can be narrowed.
#[derive(Clone, Debug)]
pub(crate) struct Narrow {
    word: &'static str,
    values: Vec<Value>,
    /// Those behind a fold.
    more: Vec<Value>,
    /// Whether one of its values is chosen.
    open: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "browse.html")]
pub(crate) struct BrowsePage {
    frame: Frame,
    heading: &'static str,
    asked: Asked,
    sorts: Vec<Pick>,
    narrows: Vec<Narrow>,
    entries: Vec<Entry>,
    next: Option<String>,
}

const SORTS: [(&str, &str, Sort); 6] = [
    ("best", "Best match", Sort::Best),
    ("updated", "Last changed", Sort::Updated),
    ("created", "Newest", Sort::Created),
    ("downloads", "Most downloads", Sort::Downloads),
    ("likes", "Most liked", Sort::Likes),
    ("openness", "Most open", Sort::Openness),
];

/// What the address asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    kind: RepoKind,
    words: String,
    author: String,
    tags: Vec<String>,
    parameters: Option<Range>,
    openness: Option<Class>,
    sort: &'static str,
}

impl Asked {
    fn read(kind: RepoKind, query: &Query) -> Asked {
        let words = query.get("q").unwrap_or_default().trim();
        let words = words[..words.floor_char_boundary(limits::SEARCH_BYTES_MAX)].trim().to_owned();
        let sort = SORTS.iter().find(|(word, ..)| query.get("sort") == Some(word));
        let usual = if words.is_empty() { "updated" } else { "best" };
        let mut tags: Vec<String> =
            query.all("tag").filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        tags.sort_unstable();
        tags.dedup();
        Asked {
            kind,
            words,
            author: query.get("author").unwrap_or_default().to_owned(),
            tags,
            parameters: query.get("parameters").and_then(|range| range.parse().ok()),
            openness: query.get("openness").and_then(Class::from_word).filter(|_| grade::is_graded(kind)),
            sort: sort.map_or(usual, |(word, ..)| word),
        }
    }

    /// The address of the first page.
    fn href(&self) -> String {
        let mut pairs = Vec::new();
        if !self.words.is_empty() {
            pairs.push(format!("q={}", segment(&self.words)));
        }
        if !self.author.is_empty() {
            pairs.push(format!("author={}", segment(&self.author)));
        }
        pairs.extend(self.tags.iter().map(|tag| format!("tag={}", segment(tag))));
        pairs.extend(self.parameters.map(|range| format!("parameters={}", segment(&range.to_string()))));
        pairs.extend(self.openness.map(|class| format!("openness={class}")));
        pairs.push(format!("sort={}", self.sort));
        format!("{}?{}", urls::browse(self.kind), pairs.join("&"))
    }

    fn sorted(&self, sort: &'static str) -> String {
        Asked { sort, ..self.clone() }.href()
    }

    /// The address with a tag if it is not asked for, without if it is.
    fn toggled(&self, tag: &str) -> String {
        let mut other = self.clone();
        match other.tags.iter().position(|asked| asked == tag) {
            Some(at) => drop(other.tags.remove(at)),
            None => other.tags.push(tag.to_owned()),
        }
        other.href()
    }

    /// The address with a size in the place of the one asked for; without, if it is that one.
    fn sized(&self, size: Range) -> String {
        let parameters = (self.parameters != Some(size)).then_some(size);
        Asked { parameters, ..self.clone() }.href()
    }

    /// The address with a class in the place of the one asked for; without, if it is that one.
    fn classed(&self, class: Class) -> String {
        let openness = (self.openness != Some(class)).then_some(class);
        Asked { openness, ..self.clone() }.href()
    }

    fn listing(&self, after: Option<Place>) -> Listing {
        let sort = SORTS.iter().find(|(word, ..)| *word == self.sort);
        Listing {
            kind: Some(self.kind),
            author: self.author.clone(),
            words: self.words.clone(),
            tags: self.tags.clone(),
            parameters: self.parameters,
            openness: self.openness,
            sort: sort.map_or(Sort::Updated, |(.., sort)| *sort),
            after,
            limit: PAGE,
            ..Listing::default()
        }
    }

    /// The same list, whoever owns what is on it.
    fn by_anybody(&self) -> String {
        Asked { author: String::new(), ..self.clone() }.href()
    }

    /// The list of all there is of the kind.
    fn all(&self) -> String {
        urls::browse(self.kind)
    }

    /// Whether the list is all there is of the kind.
    fn everything(&self) -> bool {
        self.words.is_empty()
            && self.tags.is_empty()
            && self.author.is_empty()
            && self.parameters.is_none()
            && self.openness.is_none()
    }
}

/// `GET /models`, `/datasets`, `/spaces`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    OriginalUri(uri): OriginalUri,
    query: Query,
) -> Answer<Page<BrowsePage>> {
    let plural = uri.path().trim_matches('/');
    let kind = RepoKind::from_plural(plural).unwrap_or(RepoKind::Model);
    let asked = Asked::read(kind, &query);
    let after = query.get("after").and_then(read_place);
    let page = list::list(&app.commons, visit.actor.as_ref(), &asked.listing(after)).await?;
    let facets = counts::facets(&app.commons, kind).await?;
    let next = page.next.as_ref().map(|place| format!("{}&after={}", asked.href(), write_place(place)));
    let fits = |sort: Sort| match sort {
        Sort::Best => !asked.words.is_empty(),
        Sort::Openness => grade::is_graded(kind),
        Sort::Updated | Sort::Created | Sort::Downloads | Sort::Likes => true,
    };
    let sorts = SORTS.iter().filter(|(.., sort)| fits(*sort));
    let sorts = sorts.map(|(word, text, _)| Pick {
        text: (*text).to_owned(),
        href: asked.sorted(word),
        here: *word == asked.sort,
    });
    let sorts = sorts.collect();
    let entries = entry::all(&app, &visit, page.items, &asked.words).await?;
    let heading = plural_word(&kind);
    let frame = visit.frame(heading.to_owned(), format!("{heading} on {}", visit.host()), Here::Kind(kind));
    let frame = frame.feed(&format!("New {}", kind.plural()), feeds::of_kind(kind));
    let mut narrows = narrows(&asked, &facets);
    if kind == RepoKind::Model {
        narrows.extend(sizes(&asked, &counts::sizes(&app.commons).await?));
    }
    if grade::is_graded(kind) {
        narrows.push(classes(&asked));
    }
    Ok(Page(BrowsePage { frame, heading, asked, sorts, narrows, entries, next }))
}

/// The facets that have values, the chosen ones of each first.
fn narrows(asked: &Asked, facets: &Facets) -> Vec<Narrow> {
    let mut known: Vec<&str> = Vec::new();
    let mut all: Vec<Narrow> = Vec::new();
    for facet in card::facets(asked.kind) {
        let counted = facets.get(facet.name).map(Vec::as_slice).unwrap_or_default();
        let here = |tag: &str| asked.tags.iter().any(|asked| asked == tag);
        let (chosen, others): (Vec<_>, Vec<_>) = counted.iter().partition(|(tag, _)| here(tag));
        let shown = chosen.into_iter().chain(others.iter().copied().take(SHOWN));
        let of = |(tag, uses): &(String, u64)| value(asked, facet.prefix, tag, *uses);
        let values: Vec<Value> = shown.map(of).collect();
        let more: Vec<Value> = others.into_iter().skip(SHOWN).take(FOLDED).map(of).collect();
        known.extend(counted.iter().map(|(tag, _)| tag.as_str()));
        push(&mut all, facet, values, more);
    }
    // A tag that came by the address, or is too rare to be counted, can be taken off as well.
    let rest: Vec<&String> = asked.tags.iter().filter(|tag| !known.contains(&tag.as_str())).collect();
    let values = rest.into_iter().map(|tag| value(asked, "", tag, 0)).collect();
    push(&mut all, &Facet { name: "tag", prefix: "", word: "Tag" }, values, Vec::new());
    all
}

/// How large models are, if the size of any is known.
fn sizes(asked: &Asked, counted: &[(Range, u64)]) -> Option<Narrow> {
    let mut sizes: Vec<(Range, u64)> = counted.to_vec();
    sizes.extend(
        asked.parameters.filter(|asked| !counted.iter().any(|(size, _)| size == asked)).map(|size| (size, 0)),
    );
    let value = |(size, uses): &(Range, u64)| Value {
        text: size.told(),
        href: asked.sized(*size),
        here: asked.parameters == Some(*size),
        uses: Count(if asked.everything() { *uses } else { 0 }),
    };
    let values: Vec<Value> = sizes.iter().map(value).collect();
    let open = asked.parameters.is_some();
    (!values.is_empty()).then(|| Narrow { word: "Parameters", open, values, more: Vec::new() })
}

/// At least how open.
fn classes(asked: &Asked) -> Narrow {
    let value = |class: Class| Value {
        text: match class {
            Class::I => "Class I".to_owned(),
            class => format!("Class {class} or better"),
        },
        href: asked.classed(class),
        here: asked.openness == Some(class),
        uses: Count(0),
    };
    let values = Class::ALL.map(value).into();
    Narrow { word: "Openness", open: asked.openness.is_some(), values, more: Vec::new() }
}

fn push(all: &mut Vec<Narrow>, facet: &Facet, values: Vec<Value>, more: Vec<Value>) {
    if !values.is_empty() {
        let open = values.iter().any(|value| value.here);
        all.push(Narrow { word: facet.word, values, more, open });
    }
}

fn value(asked: &Asked, prefix: &str, tag: &str, uses: u64) -> Value {
    Value {
        text: tag.strip_prefix(prefix).unwrap_or(tag).to_owned(),
        href: asked.toggled(tag),
        here: asked.tags.iter().any(|asked| asked == tag),
        // Counted is what the whole hub has; of a list that is narrowed it tells nothing.
        uses: Count(if asked.everything() { uses } else { 0 }),
    }
}

/// The list of a kind, narrowed by a tag.
pub(crate) fn tagged(kind: RepoKind, tag: &str) -> String {
    format!("{}?tag={}", urls::browse(kind), segment(tag))
}

/// The list of a kind, only of one owner.
pub(crate) fn of_owner(kind: RepoKind, owner: &str) -> String {
    format!("{}?author={}", urls::browse(kind), segment(owner))
}

/// A place as an address has it.
pub(crate) fn write_place((figure, id): &Place) -> String {
    format!("{figure}.{}", segment(id.as_str()))
}

/// Reads what [`write_place`] wrote.
pub(crate) fn read_place(text: &str) -> Option<Place> {
    let (figure, id) = text.split_once('.')?;
    Some((figure.parse().ok()?, RepoId(id.to_owned())))
}

#[cfg(test)]
impl BrowsePage {
    /// A narrowed list, one in which nothing is found, and a kind of which there is nothing.
    pub(crate) fn samples() -> Vec<BrowsePage> {
        use super::samples::{HOSTILE, entries, href, member, stranger, text};
        use seedcorn_core::parameters;

        let kind = RepoKind::Dataset;
        let value = |here, uses| Value { text: text(), href: href(), here, uses: Count(uses) };
        let narrow = |open| Narrow {
            word: HOSTILE,
            values: vec![value(open, 1200), value(false, 0)],
            more: if open { vec![value(false, 3)] } else { Vec::new() },
            open,
        };
        let asked = Asked {
            kind,
            words: text(),
            author: text(),
            tags: vec![text(), text()],
            parameters: Some(parameters::SIZES[1]),
            openness: Some(Class::II),
            sort: "best",
        };
        let full = || BrowsePage {
            frame: member(Here::Kind(kind)),
            heading: HOSTILE,
            sorts: [true, false].map(|here| Pick { text: text(), href: asked.href(), here }).into(),
            narrows: [false, false, false, false, true].map(narrow).into(),
            entries: entries(),
            next: Some(asked.toggled(HOSTILE)),
            asked: asked.clone(),
        };
        let empty = |asked| BrowsePage {
            frame: stranger(Here::Kind(kind)),
            heading: HOSTILE,
            asked,
            sorts: Vec::new(),
            narrows: Vec::new(),
            entries: Vec::new(),
            next: None,
        };
        let everything = Asked {
            kind,
            words: String::new(),
            author: String::new(),
            tags: Vec::new(),
            parameters: None,
            openness: None,
            sort: "updated",
        };
        let anybodys = BrowsePage { asked: Asked { author: String::new(), ..asked.clone() }, ..full() };
        vec![full(), anybodys, empty(asked), empty(everything)]
    }
}
