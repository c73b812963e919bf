//! Whole texts and what becomes of them.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use super::*;

/// A repo whose addresses are easy to read.
struct Repo(&'static str);

impl Links for Repo {
    fn folder(&self) -> &str {
        self.0
    }

    fn image(&self, path: &str) -> String {
        format!("/r/resolve/main/{path}")
    }

    fn link(&self, path: &str, folder: bool) -> String {
        format!("/r/{}/main/{path}", if folder { "tree" } else { "blob" })
    }
}

fn html(source: &str) -> String {
    render(source, &Repo("")).html.trim().to_owned()
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(html(source), *expected, "{source}");
    }
}

#[test]
fn text() {
    check(&[
        (
            "a *b* **c** ~~d~~ `e<f`",
            "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;f</code></p>",
        ),
        ("a  \nb\nc", "<p>a<br>b\nc</p>"),
        ("> a\n\n---", "<blockquote><p>a</p></blockquote><hr>"),
        ("- a\n- b", "<ul><li>\na</li><li>\nb</li></ul>"),
        ("3. a\n\n4. b", "<ol start=\"3\"><li><p>a</p></li><li><p>b</p></li></ol>"),
        (
            "- [x] a\n- [ ] b",
            "<ul><li><span class=\"task\" role=\"img\" aria-label=\"Done\">☑</span> \na</li>\
             <li><span class=\"task\" role=\"img\" aria-label=\"To do\">☐</span> \nb</li></ul>",
        ),
        (
            "> [!WARNING]\n> a",
            "<div class=\"notice notice-warn\"><div><p><b>Warning</b></p><p>a</p></div></div>",
        ),
        (
            "a[^1] b[^1]\n\n[^1]: c",
            "<p>a<sup><a href=\"#card-fn-1\" id=\"card-fnref-1-1\">1</a></sup> \
             b<sup><a href=\"#card-fn-1\" id=\"card-fnref-1-2\">1</a></sup></p>\
             <div class=\"footnotes\"><ol><li id=\"card-fn-1\"><p>c</p>\
             <a href=\"#card-fnref-1-1\" aria-label=\"Back to 1 in the text\">↩</a></li></ol></div>",
        ),
    ]);
}

#[test]
fn a_heading_within_a_heading_is_none() {
    let source =
        "<h2 id=\"a\">one <table><tr><td>two <h3 id=\"b\">three</h3></td></tr></table></h2>\n\n# four\n";
    let rendered = render(source, &Repo(""));
    let ids: Vec<_> = rendered.headings.iter().map(|heading| &*heading.id).collect();
    assert_eq!(ids, ["card-a", "card-four"], "{}", rendered.html);
    assert!(rendered.html.contains("<p>three"), "{}", rendered.html);
}

#[test]
fn headings_make_an_outline() {
    let rendered = render("# A *b*\n### C\n## C\n### C!\n# \n#### <b>x</b> &amp; ![y](z.png)", &Repo(""));
    let outline: Vec<_> = rendered.headings.iter().map(|h| (h.level, &*h.id, &*h.text)).collect();
    assert_eq!(
        outline,
        [
            (2, "card-a-b", "A b"),
            (3, "card-c", "C"),
            (3, "card-c-1", "C"),
            (4, "card-c-2", "C!"),
            (3, "card-x--y", "x & y")
        ]
    );
    assert!(rendered.html.starts_with("<h2 id=\"card-a-b\">A <em>b</em></h2><h3 id=\"card-c\">C</h3>"));
    check(&[
        ("<h1 align=\"center\" id=\"top\">A</h1>", "<h2 id=\"card-top\" class=\"al-c\">A</h2>"),
        ("[x](#Größe) <a name=\"b c\"></a>", "<p><a href=\"#card-Größe\">x</a> <a id=\"card-bc\"></a></p>"),
        ("# 你好", "<h2 id=\"card-你好\">你好</h2>"),
        ("# !", "<h2 id=\"card-section\">!</h2>"),
    ]);
}

#[test]
fn the_first_paragraph_is_one_that_says_something() {
    let first = |source: &str| render(source, &Repo("")).first_paragraph;
    assert_eq!(first("# T\n\n[![b](https://x/b.svg)](https://x)\n\n- l\n\nA *b*\n`c`.\n\nD"), "A b c.");
    assert_eq!(first("> q"), "");
    assert_eq!(first(&"word ".repeat(100)).chars().count(), 300);
    assert!(first(&"word ".repeat(100)).ends_with(" word…"));
}

#[test]
fn tables() {
    check(&[
        (
            "# R\n\n| | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |",
            "<h2 id=\"card-r\">R</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table 1: R\">\
             <table class=\"ledger\"><thead><tr><td></td><th scope=\"col\" class=\"num\">b</th>\
             <th scope=\"col\" class=\"al-c\">c</th></tr></thead><tbody><tr><td>1</td><td class=\"num\">2</td>\
             <td class=\"al-c\">3</td></tr></tbody></table></div>",
        ),
        (
            "<table><tr><td align=right colspan=2>a<td><table><td>b</table></table>",
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table 1\"><table class=\"ledger\"><tbody>\
             <tr><td class=\"num\" colspan=\"2\">a</td><td><table class=\"ledger\"><tbody><tr><td>b</td></tr></tbody>\
             </table></td></tr></tbody></table></div>",
        ),
        (
            "<table>a<p>b<caption>c</caption><tbody>d",
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table 1\"><table class=\"ledger\"><tbody>\
             <tr><td>a<p>b</p></td></tr></tbody><caption>c</caption><tbody><tr><td>d</td></tr></tbody></table></div>",
        ),
        ("<td>a</td><tr>b", "ab"),
    ]);
}

#[test]
fn links_and_pictures() {
    check(&[
        ("[a](b/c.py)", "<p><a href=\"/r/blob/main/b/c.py\">a</a></p>"),
        ("[a](b/) [c](.)", "<p><a href=\"/r/tree/main/b\">a</a> <a href=\"/r/tree/main/\">c</a></p>"),
        ("[a](../../b%20c.md?x#d-e)", "<p><a href=\"/r/blob/main/b c.md#card-d-e\">a</a></p>"),
        ("[a](x.py#L10)", "<p><a href=\"/r/blob/main/x.py#L10\">a</a></p>"),
        ("[a](/datasets/b)", "<p><a href=\"/datasets/b\">a</a></p>"),
        ("<https://a.b>", "<p><a href=\"https://a.b\" rel=\"nofollow noopener\">https://a.b</a></p>"),
        ("www.a.b", "<p><a href=\"http://www.a.b\" rel=\"nofollow noopener\">www.a.b</a></p>"),
        ("[a](/\\\\b.c)", "<p><a href=\"https://b.c\" rel=\"nofollow noopener\">a</a></p>"),
        ("[a](javascript:b) [c](ftp://d)", "<p><a>a</a> <a>c</a></p>"),
        (
            "![a *b*](c.png \"d\")",
            "<p><img src=\"/r/resolve/main/c.png\" alt=\"a b\" title=\"d\" loading=\"lazy\" decoding=\"async\"></p>",
        ),
        (
            "<img src=./c.png width=200px height='50%' align=right style='x' onerror=y>",
            "<img src=\"/r/resolve/main/c.png\" alt=\"\" width=\"200\" class=\"fl-r\" loading=\"lazy\" decoding=\"async\">",
        ),
        ("![a](https://b/c)", "<p><a href=\"https://b/c\" rel=\"nofollow noopener\">a</a></p>"),
        ("![](//b/c)", "<p><a href=\"https://b/c\" rel=\"nofollow noopener\">Picture at b</a></p>"),
        ("[![a](https://b/c)](d)", "<p><a href=\"/r/blob/main/d\">a</a></p>"),
        ("![a](/logout) ![b](data:image/svg+xml;base64,AAAA)", "<p>a b</p>"),
        (
            "![a](data:image/png;base64,AAAA)",
            "<p><img src=\"data:image/png;base64,AAAA\" alt=\"a\" loading=\"lazy\" decoding=\"async\"></p>",
        ),
        (
            "<audio controls><source src=a.wav autoplay></audio>",
            "<p><audio controls=\"\" preload=\"none\"><source src=\"/r/resolve/main/a.wav\"></audio></p>",
        ),
        (
            "<video src=https://b/c.mp4 autoplay>",
            "<a href=\"https://b/c.mp4\" rel=\"nofollow noopener\">Recording at b</a>",
        ),
    ]);
    let deep = render("![a](b.png) [c](../d) [e](/f)", &Repo("docs/x"));
    assert_eq!(
        deep.html,
        "<p><img src=\"/r/resolve/main/docs/x/b.png\" alt=\"a\" loading=\"lazy\" decoding=\"async\"> \
         <a href=\"/r/blob/main/docs/d\">c</a> <a href=\"/f\">e</a></p>"
    );
}

#[test]
fn raw_html() {
    check(&[
        (
            "<div align=\"center\">\n\n**a**\n\n</div>\n\nb",
            "<div class=\"al-c\">\n<p><strong>a</strong></p></div>\n<p>b</p>",
        ),
        (
            "<details open><summary>a</summary>\n\nb\n\n</details>",
            "<details class=\"fold\" open=\"\"><summary>a</summary>\n<p>b</p></details>",
        ),
        ("H<sub>2</sub>O <kbd>x</kbd><br/>&eacute;", "<p>H<sub>2</sub>O <kbd>x</kbd><br>é</p>"),
        ("<center>a</center>", "<div class=\"al-c\">a</div>"),
        ("<b>a\n\nb", "<p><b>a</b></p><p>b</p>"),
        ("<p>a<p>b<div>c</p>d", "<p>a</p><p>b</p><div>cd</div>"),
        ("a <b>b <i>c</b> d</i>", "<p>a <b>b <i>c</i></b> d</p>"),
        ("<ul><li>a<li>b</ul><li>c", "<ul><li>a</li><li>b</li></ul>c"),
        ("<pre>\n\na <b>b</b></pre>", "<div class=\"code\"><pre tabindex=\"0\">a <b>b</b></pre></div>"),
        ("a<script>b</script><!-- c --><custom-x>d", "<p>ad</p>"),
        ("<script>a\n\nb</script>\n\nc <svg> d\n\ne", "\n<p>c </p><p>e</p>".trim()),
    ]);
}

#[test]
fn code_and_formulas() {
    let head = |label: &str| {
        format!(
            "<div class=\"code\"><div class=\"code-head\"><span>{label}</span><button class=\"copy\" type=\"button\" \
             data-copy hidden>Copy</button></div><pre tabindex=\"0\"><code>"
        )
    };
    let end = "</code></pre></div>";
    let x = "<math><mi>x</mi></math>";
    check(&[
        (
            "```py title=\"<b>\"\nif <a>\n```",
            &format!("{}<span class=\"k\">if</span> &lt;a&gt;{end}", head("Python")),
        ),
        ("    a\n    b", &format!("{}a\nb{end}", head("Text"))),
        ("```<script>\na", &format!("{}a{end}", head("Text"))),
        ("a $x$ b $`x`$ \\\\(x\\\\) 5$ and $6 \\$x\\$", &format!("<p>a {x} b {x} {x} 5$ and $6 $x$</p>")),
        ("$$x$$", "<p><math display=\"block\"><mi>x</mi></math></p>"),
        ("```math\nx\n```", "<p><math display=\"block\"><mi>x</mi></math></p>"),
        ("$\\nosuch{<b>}$", "<p><code>\\nosuch{&lt;b&gt;}</code></p>"),
        ("```math\n\\nosuch\n```", &format!("{}\\nosuch{end}", head("Text"))),
        (
            "<hr id=slot-0> <wbr id=slot-0> $x$",
            &format!("<hr id=\"card-slot-0\"> <wbr id=\"card-slot-0\"> {x}")
                .replace("<wbr id=\"card-slot-0\">", "<wbr>")
                .replace(x, "$x$"),
        ),
    ]);
}

#[test]
fn limits_hold() {
    let long = render(&"# a\n\n".repeat(limits::MARKDOWN_BYTES_MAX / 4), &Repo(""));
    assert!(long.cut && long.headings.is_empty() && long.html.starts_with("<div class=\"code\"><pre"));
    let depth = |html: &str, tag: &str| html.matches(&format!("<{tag}>")).count();
    assert_eq!(depth(&html(&"<div>".repeat(50_000)), "div"), limits::MARKDOWN_DEPTH_MAX);
    assert!(depth(&html(&format!("{}a", "> ".repeat(5000))), "blockquote") <= limits::MARKDOWN_DEPTH_MAX);
    let many = render(&"<b></b>".repeat(limits::MARKDOWN_ELEMENTS_MAX + 1), &Repo(""));
    assert!(many.cut && many.html.ends_with("there is too much of it.</p>"));
    let headings = render(&"# a\n".repeat(limits::MARKDOWN_HEADINGS_MAX + 10), &Repo(""));
    assert_eq!(headings.headings.len(), limits::MARKDOWN_HEADINGS_MAX);
    assert_eq!(headings.headings.last().unwrap().id, format!("card-a-{}", limits::MARKDOWN_HEADINGS_MAX - 1));
    let blocks = html(&"```py\nif\n```\n".repeat(limits::MARKDOWN_CODE_BLOCKS_MAX + 10));
    assert_eq!(blocks.matches("class=\"k\"").count(), limits::MARKDOWN_CODE_BLOCKS_MAX);
    let dollars = "$x$ ".repeat(2000);
    assert!(html(&dollars).contains("<math>"));
    assert!(!html(&dollars.repeat(20)).contains("<math>"));
    let quotes = render(&">".repeat(20_000), &Repo(""));
    assert!(quotes.html.starts_with("<div class=\"code\"><pre tabindex=\"0\">&gt;") && !quotes.cut);
    let line = render(&"&".repeat(limits::MARKDOWN_BYTES_MAX), &Repo(""));
    assert!(line.cut && line.html.len() > limits::MARKDOWN_HTML_BYTES_MAX / 2);
    let data =
        format!("![a](data:image/png;base64,{})", "A".repeat(limits::DATA_IMAGE_BYTES_MAX * 4 / 3 + 8));
    assert_eq!(html(&data), "<p>a</p>");
}

/// Tags of HTML, in order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter_map(|tag| tag.split([' ', '>']).next()).collect()
}

#[test]
fn the_gate_finds_nothing_to_change() {
    // Every way in which HTML may be misnested, three elements at a time.
    let units = [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a href=x>",
        "</a>",
        "<div>",
        "</div>",
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "</td>",
        "<caption>",
        "<ul>",
        "<li>",
        "</ul>",
        "<h2>",
        "</h3>",
        "<pre>",
        "<details>",
        "<summary>",
        "<dl>",
        "<dd>",
        "<hr>",
        "<thead>",
        "x",
        "<blockquote>",
        "<video>",
        "<source src=a>",
        "<dt>",
    ];
    for (n, first) in units.iter().enumerate() {
        for second in units {
            for third in units.iter().skip(n % 2).step_by(2) {
                let source = format!("<div>{first}{second}{third}x{second}y{first}z{third}w");
                let written = parse::with_tree(&source, |root| walk::walk(root, &Repo(""))).unwrap();
                let passed = gate::pass(&written.html, &[]);
                assert_eq!(tags(&passed), tags(&written.html), "{source}\n{}\n{passed}", written.html);
            }
        }
    }
}
