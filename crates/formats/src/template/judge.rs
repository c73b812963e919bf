//! What the words of a template do.

use std::collections::BTreeSet;

use seedcorn_core::scan::Verdict;

use super::words::{Tag, Word};

/// Statements that write text and choose.
const STATEMENTS: [&str; 24] = [
    "block",
    "break",
    "call",
    "continue",
    "do",
    "elif",
    "else",
    "endblock",
    "endcall",
    "endfilter",
    "endfor",
    "endgeneration",
    "endif",
    "endmacro",
    "endraw",
    "endset",
    "filter",
    "for",
    "generation",
    "if",
    "macro",
    "raw",
    "set",
    "with",
];
/// Those that bring in other files.
const BRINGS: [&str; 4] = ["extends", "from", "import", "include"];
/// Filters that change text and lists.
const FILTERS: [&str; 48] = [
    "abs",
    "batch",
    "capitalize",
    "center",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "from_json",
    "fromjson",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "keys",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "wordcount",
];
/// Tests.
const TESTS: [&str; 32] = [
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "None",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "true",
    "undefined",
    "upper",
];
/// Functions that loaders give.
const FUNCTIONS: [&str; 8] =
    ["caller", "dict", "loop", "namespace", "raise_exception", "range", "strftime_now", "super"];
/// Methods of texts, lists and dictionaries.
const METHODS: [&str; 29] = [
    "append",
    "capitalize",
    "count",
    "endswith",
    "extend",
    "find",
    "get",
    "index",
    "insert",
    "isalpha",
    "isdigit",
    "isspace",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "pop",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "upper",
];
/// More methods, of loops and titles.
const MORE_METHODS: [&str; 5] = ["changed", "cycle", "title", "update", "values"];
/// What leads from a template to all of Python, in Jinja and in servers that render with it.
const REACHES: [&str; 10] = [
    "self",
    "cycler",
    "joiner",
    "lipsum",
    "request",
    "url_for",
    "get_flashed_messages",
    "getattr",
    "eval",
    "exec",
];
/// Filters whose first argument is the name of a filter or a test.
const BY_NAME: [&str; 5] = ["map", "reject", "rejectattr", "select", "selectattr"];

/// Tells what some tags do that those that write text do not.
pub(super) fn judge(tags: &[Tag], mut tell: impl FnMut(Verdict, String)) {
    let macros: BTreeSet<&str> = tags.iter().filter_map(macro_name).collect();
    let mut built = BTreeSet::new();
    for tag in tags {
        note_built(tag, &mut built);
        let mut words = tag.words.as_slice();
        if tag.statement {
            let Some((Word::Name(name), rest)) = words.split_first() else {
                tell(Verdict::Suspicious, "has a statement that is none".into());
                continue;
            };
            match name.as_str() {
                name if BRINGS.contains(&name) => {
                    tell(Verdict::Dangerous, format!("brings in other files: {name}"))
                }
                name if STATEMENTS.contains(&name) || name == "endwith" => {}
                name => tell(Verdict::Suspicious, format!("has a statement that is not known: {name:?}")),
            }
            words = if name == "macro" { rest.get(1..).unwrap_or_default() } else { rest };
            // A block of text through a filter.
            if name == "filter"
                && let Some(Word::Name(filter)) = rest.first()
            {
                judge_filter(filter, &mut tell);
            }
        }
        judge_words(words, &macros, &built, &mut tell);
    }
}

/// Notes a name that stands for a text which was put together, or for one of several: as a subscript it could be any.
fn note_built<'a>(tag: &'a Tag, built: &mut BTreeSet<&'a str>) {
    let [Word::Name(statement), rest @ ..] = tag.words.as_slice() else { return };
    let sign = match statement.as_str() {
        "set" => Word::Sign('='),
        "for" => Word::Name("in".into()),
        _ => return,
    };
    let Some(at) = rest.iter().position(|word| *word == sign).filter(|_| tag.statement) else { return };
    let (names, value) = (&rest[..at], &rest[at + 1..]);
    let is_text = |word: &Word| matches!(word, Word::Text(_));
    let joins = |word: &Word| match word {
        Word::Sign(sign) => ['~', '+', '*', '%'].contains(sign),
        Word::Name(name) => ["format", "join", "replace"].contains(&name.as_str()),
        _ => false,
    };
    let of_built = |word: &Word| matches!(word, Word::Name(name) if built.contains(name.as_str()));
    if value.iter().any(of_built) || (value.iter().any(is_text) && value.iter().any(joins)) {
        built.extend(names.iter().filter_map(|word| match word {
            Word::Name(name) => Some(name.as_str()),
            _ => None,
        }));
    }
}

fn macro_name(tag: &Tag) -> Option<&str> {
    match tag.words.as_slice() {
        [Word::Name(word), Word::Name(name), ..] if tag.statement && word == "macro" => Some(name),
        _ => None,
    }
}

fn judge_words(
    words: &[Word],
    macros: &BTreeSet<&str>,
    built: &BTreeSet<&str>,
    tell: &mut impl FnMut(Verdict, String),
) {
    // The brackets that are open, and whether each is a subscript.
    let mut subscripts: Vec<bool> = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let before = n.checked_sub(1).map(|n| &words[n]);
        match word {
            Word::Sign('[') => {
                let of = matches!(before, Some(Word::Name(_) | Word::Text(_) | Word::Sign(')' | ']' | '}')));
                subscripts.push(of);
                if matches!(before, Some(Word::Text(_))) {
                    tell(Verdict::Suspicious, "takes letters out of a text".into());
                }
            }
            Word::Sign(']') => drop(subscripts.pop()),
            // What is called has no name that could be on a list.
            Word::Sign('(') if matches!(before, Some(Word::Sign(']' | ')'))) => {
                tell(Verdict::Suspicious, "calls what has no name".into());
            }
            Word::Sign('~') if subscripts.contains(&true) => {
                tell(Verdict::Suspicious, "puts a name together from parts".into());
            }
            Word::Name(name) => {
                let is_slice = before == Some(&Word::Sign(':')) || words.get(n + 1) == Some(&Word::Sign(':'));
                if subscripts.last() == Some(&true) && built.contains(name.as_str()) && !is_slice {
                    tell(Verdict::Suspicious, format!("goes by a name that was put together: {name}"));
                }
                judge_name(name, n, words, macros, tell);
            }
            Word::Text(text) => judge_text(text, n, words, subscripts.contains(&true), tell),
            _ => {}
        }
    }
}

fn judge_name(
    name: &str,
    n: usize,
    words: &[Word],
    macros: &BTreeSet<&str>,
    tell: &mut impl FnMut(Verdict, String),
) {
    let before = |back: usize| n.checked_sub(back).and_then(|at| words.get(at));
    let is_call = words.get(n + 1) == Some(&Word::Sign('('));
    let is_keyword = |back: usize, word: &str| before(back) == Some(&Word::Name(word.into()));
    if name.contains("__") || (before(1) == Some(&Word::Sign('.')) && leads_in(name)) {
        return tell(Verdict::Dangerous, format!("reaches into what it is given: {name}"));
    }
    let is_test = is_keyword(1, "is") || (is_keyword(1, "not") && is_keyword(2, "is"));
    let is_known = match before(1) {
        Some(Word::Sign('.')) => !is_call || METHODS.contains(&name) || MORE_METHODS.contains(&name),
        Some(Word::Sign('|')) => {
            if BY_NAME.contains(&name) {
                judge_argument(name, &words[n + 1..], tell);
            }
            return judge_filter(name, tell);
        }
        _ if is_test => name == "not" || TESTS.contains(&name),
        _ if REACHES.contains(&name) => {
            return tell(Verdict::Dangerous, format!("has what leads to all of Python: {name}"));
        }
        // A word before brackets may be one of the language.
        _ => !is_call || is_word(name) || FUNCTIONS.contains(&name) || macros.contains(name),
    };
    if !is_known {
        let what = if is_test { "tests by" } else { "calls" };
        tell(Verdict::Suspicious, format!("{what} what is not known: {name}"));
    }
}

fn is_word(name: &str) -> bool {
    ["and", "else", "if", "in", "is", "not", "or", "recursive"].contains(&name)
}

/// The first argument of a filter that takes the name of another: one that is not written out could be any.
fn judge_argument(filter: &str, rest: &[Word], tell: &mut impl FnMut(Verdict, String)) {
    let is_written = match rest {
        [Word::Sign('('), Word::Text(_), Word::Sign(',' | ')'), ..] => true,
        [Word::Sign('('), Word::Name(name), Word::Sign('='), Word::Text(_), ..] => name == "attribute",
        [Word::Sign('('), Word::Sign(')'), ..] => true,
        [Word::Sign('('), ..] => false,
        _ => true,
    };
    if !is_written {
        tell(Verdict::Suspicious, format!("has a filter whose argument is not written out: {filter:?}"));
    }
}

fn judge_filter(name: &str, tell: &mut impl FnMut(Verdict, String)) {
    if name == "attr" {
        tell(Verdict::Dangerous, "reaches into what it is given: |attr".into());
    } else if !FILTERS.contains(&name) {
        tell(Verdict::Suspicious, format!("has a filter that is not known: {name:?}"));
    }
}

/// What leads from any value of Python to all of it.
const STEPS: [&str; 12] = [
    "__base",
    "__builtins",
    "__call",
    "__class",
    "__code",
    "__dict",
    "__getattr",
    "__globals",
    "__import",
    "__init",
    "__mro",
    "__subclasses",
];

/// What parts of frames, functions and generators are called: all of Python is behind them.
const INSIDE: [&str; 11] =
    ["_", "ag_", "co_", "cr_", "f_back", "f_builtins", "f_globals", "f_locals", "func_", "gi_", "tb_"];

/// Whether an attribute is inside of what nobody who writes text looks into.
fn leads_in(name: &str) -> bool {
    INSIDE.iter().any(|begin| name.starts_with(begin))
        || ["mro", "im_func", "im_self", "im_class"].contains(&name)
}

fn judge_text(
    text: &str,
    n: usize,
    words: &[Word],
    in_subscript: bool,
    tell: &mut impl FnMut(Verdict, String),
) {
    let shown: String = text.chars().take(40).collect();
    if STEPS.iter().any(|step| text.contains(step))
        || (in_subscript && (text.contains("__") || leads_in(text)))
    {
        return tell(Verdict::Dangerous, format!("reaches into what it is given: {shown:?}"));
    }
    let joined = |word: Option<&Word>| matches!(word, Some(Word::Sign('~' | '+' | '*' | '%')));
    let in_parts = joined(n.checked_sub(1).and_then(|n| words.get(n))) || joined(words.get(n + 1));
    let edge = |text: &str| text.starts_with('_') || text.ends_with('_');
    // A name put together from parts.
    let is_part =
        (in_subscript && in_parts) || (edge(text) && (in_subscript || in_parts)) || text.contains("%c");
    if is_part
        || text.starts_with("__")
        || (!text.is_empty() && text.len() < 4 && text.chars().all(|c| c == '_'))
    {
        let replaced = matches!(&words[..n], [.., Word::Name(name), Word::Sign('(')] | [.., Word::Name(name), Word::Sign('('), Word::Text(_), Word::Sign(',')]
            if ["replace", "split", "join"].contains(&name.as_str()));
        if !replaced {
            tell(Verdict::Suspicious, format!("may put a name together from parts: {shown:?}"));
        }
    }
    if let [.., Word::Name(filter), Word::Sign('(')] = &words[..n]
        && BY_NAME.contains(&filter.as_str())
        && !filter.ends_with("attr")
        && !FILTERS.contains(&text)
        && !TESTS.contains(&text)
    {
        let verdict = if text == "attr" { Verdict::Dangerous } else { Verdict::Suspicious };
        tell(verdict, format!("has a filter that is not known: {shown:?}"));
    }
}
