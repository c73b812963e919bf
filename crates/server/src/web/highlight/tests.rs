//! What is coloured, and that nothing else happens to a source.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use proptest::prelude::*;

use super::*;

/// The text of highlighted HTML.
fn text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, behind) = tag.split_once('>').unwrap();
        let known = [
            "span class=\"k\"",
            "span class=\"s\"",
            "span class=\"c\"",
            "span class=\"n\"",
            "span class=\"p\"",
            "/span",
        ];
        assert!(known.contains(&tag), "{tag}");
        rest = behind;
    }
    text.push_str(rest);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn languages_as_they_are() {
    let cases = [
        ("python", "def f(x): # y", "<k>def</> f(x): <c># y</>"),
        (
            "py",
            "@cache\nx = \"\"\"a\n\"b\"\"\" + 'c'",
            "<k>@cache</>\nx = <s>\"\"\"a\n\"b\"\"\"</> + <s>'c'</>",
        ),
        ("python", "x1 = 0x1f + 2.5e3", "x1 = <n>0x1f</> + <n>2.5e3</>"),
        ("json", "{\"a\": \"b\", \"c\": true}", "{<k>\"a\"</>: <s>\"b\"</>, <k>\"c\"</>: <k>true</>}"),
        ("yaml", "- a-b: c # d\n  e: 'f'", "- <k>a-b</>: c <c># d</>\n  <k>e</>: <s>'f'</>"),
        ("yaml", "a: http://b:1", "<k>a</>: http://b:<n>1</>"),
        ("toml", "[a.b]\nc = 1", "<k>[a.b]</>\n<k>c</> = <n>1</>"),
        ("bash", "for x in a#b; do # c", "<k>for</> x <k>in</> a#b; <k>do</> <c># c</>"),
        ("console", "$ ls 'a'\na for b", "<p>ls <s>'a'</></>\na for b"),
        ("rust", "fn f<'a>(x: &'a str) -> char { 'x' }", "<k>fn</> f<'a>(x: &'a str) -> char { <s>'x'</> }"),
        ("rust", "'\\n' /* a\nb */", "<s>'\\n'</> <c>/* a\nb */</>"),
        ("c", "#include <a.h> // b", "<k>#include</> <a.h> <c>// b</>"),
        ("js", "const a = `b\nc`", "<k>const</> a = <s>`b\nc`</>"),
        ("sql", "Select 'a''b' -- c", "<k>Select</> <s>'a'</><s>'b'</> <c>-- c</>"),
        ("diff", "+a\n-b\n c\n@@ d", "<s>+a</>\n<c>-b</>\n c\n<k>@@ d</>"),
        ("md", "# a\n```py\nx\n```\nit's", "<k># a</>\n<s>```py\nx\n```</>\nit's"),
        ("html", "<a b=\"c\">it's</a><!-- d -->", "<<k>a</> b=<s>\"c\"</>>it's</<k>a</>><c><!-- d --></>"),
        ("dockerfile", "FROM a\nRUN b", "<k>FROM</> a\n<k>RUN</> b"),
        ("bibtex", "@misc{a,\n year = {2026}\n}", "<k>@misc</>{a,\n year = {<n>2026</>}\n}"),
        ("nothing", "def <b>", "def <b>"),
        ("python", "s = 'open\nx", "s = <s>'open</>\nx"),
    ];
    for (language, source, expected) in cases {
        // The table writes `<k>` for a span and keeps other signs as they are.
        let mut wanted = expected.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for class in ["k", "s", "c", "n", "p"] {
            wanted = wanted.replace(&format!("&lt;{class}&gt;"), &format!("<span class=\"{class}\">"));
        }
        assert_eq!(
            highlight(language, source),
            wanted.replace("&lt;/&gt;", "</span>"),
            "{language}: {source}"
        );
    }
}

#[test]
fn languages_are_found() {
    assert_eq!(label("PY"), Some("Python"));
    assert_eq!(label("brainfuck"), None);
    assert_eq!(language_of("a/b/train.PY"), Some("python"));
    assert_eq!(language_of("Dockerfile"), Some("dockerfile"));
    assert_eq!(language_of("a.tar"), None);
    assert_eq!(language_of("python.d/README"), None);
}

#[test]
fn lines_are_whole() {
    assert_eq!(
        highlight_lines("python", "'''a\r\nb'''\n\nx"),
        ["<span class=\"s\">'''a</span>", "<span class=\"s\">b'''</span>", "", "x"]
    );
    assert_eq!(highlight_lines("bash", "$ ls\n"), ["$ ls"]);
    assert!(highlight_lines("python", "").is_empty());
    assert_eq!(highlight_lines("", "\n"), [""]);
}

#[test]
fn no_more_is_coloured_than_the_page_can_bear() {
    let many = "1 ".repeat(limits::HIGHLIGHT_SPANS_MAX + 5);
    assert_eq!(highlight("python", &many).matches("<span").count(), limits::HIGHLIGHT_SPANS_MAX);
    let prompts = "$ 1\n".repeat(limits::HIGHLIGHT_SPANS_MAX);
    assert!(highlight("bash", &prompts).matches("<span").count() <= limits::HIGHLIGHT_SPANS_MAX + 2);
    let long = "1 ".repeat(limits::HIGHLIGHT_BYTES_MAX);
    assert_eq!(highlight("python", &long), long);
}

#[test]
fn every_language_reads_what_is_hostile() {
    let names =
        ["python", "json", "yaml", "toml", "bash", "rust", "c", "js", "md", "diff", "sql", "html", "latex"];
    for name in names {
        for unit in
            ["\"", "'", "`", "/*", "<!--", "```\n", "'''", "\\", "#", "\n", "- ", "$ ", "<", "é", "a:"]
        {
            let source = unit.repeat(100_000 / unit.len());
            assert_eq!(highlight_lines(name, &source).len(), source.lines().count(), "{name}: {unit}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_but_spans_is_added(
        language in prop::sample::select(vec!["python", "json", "yaml", "toml", "rust", "c", "js", "md", "diff", "sql", "html", "go"]),
        source in "([ \n\\\\\"'`#/*<>!:=$@a1é&-]|\\PC){0,60}",
    ) {
        prop_assert_eq!(text(&highlight(language, &source)), source.clone());
        let lines: Vec<_> = highlight_lines(language, &source).iter().map(|line| text(line)).collect();
        let expected: Vec<_> = source.lines().map(str::to_owned).collect();
        prop_assert_eq!(lines, expected);
    }
}
