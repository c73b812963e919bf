//! The languages that cards and files of this world are written in, as the lexer needs them.

/// What else a language's lines are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Words, strings, numbers.
    Code,
    /// The same, with prompts.
    Shell,
    /// The same, and a string before a colon is a key.
    Json,
    /// A word before `:` at a line's start is a key.
    Yaml,
    /// A word before `=` at a line's start is a key, a line in brackets a heading.
    Toml,
    /// The first character of a line says it all.
    Diff,
    /// Headings, quotes, fences.
    Markdown,
    /// Strings and words mean something within `<…>` alone.
    Markup,
}

/// How a string begins and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    /// Both ends.
    pub(super) mark: &'static str,
    /// Whether a backslash takes the next character's meaning.
    pub(super) escapes: bool,
    /// Whether it may go on in the next line.
    pub(super) lines: bool,
}

/// A language.
#[derive(Debug)]
pub(super) struct Language {
    /// Under which it is known here.
    pub(super) name: &'static str,
    /// How pages call it.
    pub(super) label: &'static str,
    /// Other names, and the ends of files' names.
    pub(super) also: &'static [&'static str],
    /// What begins a comment that ends with the line.
    pub(super) comment: &'static [&'static str],
    /// What a comment stands between.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// Strings; longer marks first.
    pub(super) quotes: &'static [Quote],
    /// A sign that makes the word behind it a keyword.
    pub(super) sigil: Option<u8>,
    /// Keywords, with a space between them.
    pub(super) keywords: &'static str,
    /// Whether keywords may be written in any case; they are listed in lower case.
    pub(super) any_case: bool,
    /// Whether `'` begins a character only if one ends it: it is a lifetime otherwise.
    pub(super) lifetimes: bool,
    /// What else there is to its lines.
    pub(super) shape: Shape,
}

const DOUBLE: Quote = Quote { mark: "\"", escapes: true, lines: false };
const SINGLE: Quote = Quote { mark: "'", escapes: true, lines: false };
const TICK: Quote = Quote { mark: "`", escapes: true, lines: true };
const DOUBLE3: Quote = Quote { mark: "\"\"\"", escapes: true, lines: true };
const SINGLE3: Quote = Quote { mark: "'''", escapes: true, lines: true };
const CALM: Quote = Quote { mark: "'", escapes: false, lines: false };
const SHELL: &[Quote] =
    &[Quote { mark: "\"", escapes: true, lines: true }, Quote { mark: "'", escapes: false, lines: true }];

const PLAIN: Language = Language {
    name: "",
    label: "",
    also: &[],
    comment: &[],
    block: None,
    quotes: &[DOUBLE, SINGLE],
    sigil: None,
    keywords: "",
    any_case: false,
    lifetimes: false,
    shape: Shape::Code,
};

const C_LIKE: Language = Language { comment: &["//"], block: Some(("/*", "*/")), ..PLAIN };

static LANGUAGES: [Language; 19] = [
    Language {
        name: "python",
        label: "Python",
        also: &["py", "python3", "pyi", "pycon", "ipython"],
        comment: &["#"],
        quotes: &[DOUBLE3, SINGLE3, DOUBLE, SINGLE],
        sigil: Some(b'@'),
        keywords: "False None True and as assert async await break case class continue def del elif else except \
                   finally for from global if import in is lambda match nonlocal not or pass raise return try while \
                   with yield",
        ..PLAIN
    },
    Language {
        name: "json",
        label: "JSON",
        also: &["jsonl", "jsonc", "json5", "ipynb", "webmanifest"],
        comment: &["//"],
        quotes: &[DOUBLE],
        keywords: "true false null",
        shape: Shape::Json,
        ..PLAIN
    },
    Language {
        name: "yaml",
        label: "YAML",
        also: &["yml", "cff"],
        comment: &["#"],
        quotes: &[DOUBLE, CALM],
        keywords: "true false null yes no on off",
        shape: Shape::Yaml,
        ..PLAIN
    },
    Language {
        name: "toml",
        label: "TOML",
        also: &["ini", "cfg", "conf", "cargo.lock", "poetry.lock"],
        comment: &["#", ";"],
        quotes: &[DOUBLE3, SINGLE3, DOUBLE, CALM],
        keywords: "true false",
        shape: Shape::Toml,
        ..PLAIN
    },
    Language {
        name: "bash",
        label: "Shell",
        also: &["sh", "shell", "zsh", "console", "shell-session", "shellsession", "terminal"],
        comment: &["#"],
        quotes: SHELL,
        keywords: "case do done elif else esac export fi for function if in local return set then until while",
        shape: Shape::Shell,
        ..PLAIN
    },
    Language {
        name: "rust",
        label: "Rust",
        also: &["rs"],
        quotes: &[Quote { mark: "\"", escapes: true, lines: true }],
        keywords: "Self as async await box break const continue crate dyn else enum extern false fn for if impl in \
                   let loop match mod move mut pub ref return self static struct super trait true type union unsafe \
                   use where while",
        lifetimes: true,
        ..C_LIKE
    },
    Language {
        name: "c++",
        label: "C++",
        also: &["c", "h", "cc", "cpp", "hpp", "cxx", "cu", "cuda", "metal", "glsl", "objective-c"],
        sigil: Some(b'#'),
        keywords: "alignas auto bool break case catch char class const constexpr continue default delete do double \
                   else enum explicit extern false float for friend goto if inline int long namespace new noexcept \
                   nullptr operator private protected public register return short signed sizeof static struct \
                   switch template this throw true try typedef typename union unsigned using virtual void volatile \
                   while",
        ..C_LIKE
    },
    Language {
        name: "javascript",
        label: "JavaScript",
        also: &["js", "mjs", "cjs", "jsx", "node"],
        quotes: &[DOUBLE, SINGLE, TICK],
        keywords: JAVASCRIPT,
        ..C_LIKE
    },
    Language {
        name: "typescript",
        label: "TypeScript",
        also: &["ts", "tsx"],
        quotes: &[DOUBLE, SINGLE, TICK],
        keywords: JAVASCRIPT,
        sigil: Some(b'@'),
        ..C_LIKE
    },
    Language {
        name: "go",
        label: "Go",
        also: &["golang"],
        quotes: &[DOUBLE, SINGLE, Quote { mark: "`", escapes: false, lines: true }],
        keywords: "break case chan const continue default defer else fallthrough false for func go goto if import \
                   interface map nil package range return select struct switch true type var",
        ..C_LIKE
    },
    Language {
        name: "java",
        label: "Java",
        also: &["kotlin", "kt", "swift", "scala", "c#", "csharp", "cs"],
        sigil: Some(b'@'),
        keywords: "abstract boolean break case catch char class const continue default do double else enum extends \
                   false final finally float for fun func guard if implements import in int interface internal let \
                   long namespace new null object override package private protected public return static super \
                   switch this throw throws true try using val var void when while",
        ..C_LIKE
    },
    Language { name: "markdown", label: "Markdown", also: &["md", "mdx"], shape: Shape::Markdown, ..PLAIN },
    Language {
        name: "diff",
        label: "Diff",
        also: &["patch", "udiff"],
        quotes: &[],
        shape: Shape::Diff,
        ..PLAIN
    },
    Language {
        name: "sql",
        label: "SQL",
        also: &["sqlite", "postgres", "postgresql", "mysql", "duckdb"],
        comment: &["--"],
        block: Some(("/*", "*/")),
        quotes: &[CALM, Quote { mark: "\"", escapes: false, lines: false }],
        keywords: "all alter and as asc between by case cast create cross delete desc distinct drop else end except \
                   exists false from full group having in index inner insert intersect into is join key left like \
                   limit not null offset on or order outer over partition primary references right select set table \
                   then true union unique update using values view when where with",
        any_case: true,
        ..PLAIN
    },
    Language {
        name: "dockerfile",
        label: "Dockerfile",
        also: &["docker", "containerfile"],
        comment: &["#"],
        quotes: SHELL,
        keywords: "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL \
                   USER VOLUME WORKDIR",
        ..PLAIN
    },
    Language {
        name: "html",
        label: "HTML",
        also: &["xml", "svg", "xhtml", "vue", "svelte", "jinja", "jinja2"],
        block: Some(("<!--", "-->")),
        shape: Shape::Markup,
        ..PLAIN
    },
    Language {
        name: "css",
        label: "CSS",
        also: &["scss", "less"],
        block: Some(("/*", "*/")),
        sigil: Some(b'@'),
        ..PLAIN
    },
    Language {
        name: "latex",
        label: "LaTeX",
        also: &["tex", "sty"],
        comment: &["%"],
        quotes: &[],
        sigil: Some(b'\\'),
        ..PLAIN
    },
    Language { name: "bibtex", label: "BibTeX", also: &["bib"], quotes: &[], sigil: Some(b'@'), ..PLAIN },
];

const JAVASCRIPT: &str = "as async await break case catch class const continue debugger default delete do else enum \
                          export extends false finally for from function if implements import in instanceof \
                          interface let new null of private protected public readonly return static super switch \
                          this throw true try type typeof undefined var void while with yield";

/// By its name or another of its names, in any case.
pub(super) fn named(name: &str) -> Option<&'static Language> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    LANGUAGES.iter().find(|language| is(language.name) || language.also.iter().any(|also| is(also)))
}

/// By the last part of a path: its end, or all of it.
pub(super) fn of_path(path: &str) -> Option<&'static Language> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let end = name.rsplit_once('.').map(|(_, end)| end);
    named(name).or_else(|| end.and_then(named))
}
