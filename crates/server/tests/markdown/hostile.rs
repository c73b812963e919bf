//! Input that is large, deep or odd: limits hold, and what comes out passes the checker.

use seedcorn_core::limits;

use crate::safe;

#[test]
fn one_thing_over_and_over() {
    let units = [
        "[",
        "]",
        "![",
        "[a](",
        "[a][",
        "[^a]",
        "<",
        "</",
        "<a ",
        "<a href=\"",
        "<!--",
        "<![CDATA[",
        "<?",
        "&",
        "&#",
        "*",
        "**a ",
        "_a_",
        "*a _b ",
        "~~",
        "`",
        "` `` ",
        ">",
        "> ",
        "- ",
        "1. ",
        "* * ",
        "#",
        "# a\n",
        "|",
        "|a",
        "|-",
        "$",
        "$a",
        "$`a ",
        "\\\\$b",
        "$$a$",
        "\\\\(",
        "\\",
        "\n",
        "\t",
        "\r",
        "\0",
        "```",
        "~~~a\n",
        "<div>",
        "</div>",
        "<b>",
        "<p>",
        "<table>",
        "<tr>",
        "<td>",
        "<ul><li>",
        "<details>",
        "<a href=x>",
        "<h1>",
        "<svg>",
        "<math>",
        "<script>",
        "<title>",
        "<pre>\n",
        "http://a",
        "www.a.b",
        "a@b.c ",
        "ftp://",
        ":",
        "é",
        "\u{202e}",
        "\u{feff}",
        "[a]: b\n",
        "[^a]: b\n",
        "a\n===\n",
        "    a\n",
    ];
    for unit in units {
        safe(&unit.repeat(100_000 / unit.len()));
    }
}

#[test]
fn deep_and_wide() {
    let depth = "> ".repeat(1000);
    safe(&format!("{depth}a\n").repeat(50));
    safe(&(0..300).map(|n| format!("{}- a\n", "  ".repeat(n))).collect::<String>());
    safe(&format!("{}a{}", "<div>".repeat(50_000), "</div>".repeat(50_000)));
    safe(&format!("{}a{}", "<table><tr><td>".repeat(10_000), "</table>".repeat(10_000)));
    safe(&format!("{}a{}", "*a **b ".repeat(10_000), "** *".repeat(10_000)));
    safe(&format!("{}a{}", "[".repeat(20_000), "](b)".repeat(20_000)));
    safe(&format!("{}a{}", "![".repeat(20_000), "](b)".repeat(20_000)));
    safe(&format!("<p {}>", "a".repeat(200_000)));
    safe(&format!("<p{}>", " a=b".repeat(50_000)));
    let columns = "|a".repeat(5000);
    safe(&format!("{columns}|\n{}|\n{}", "|-".repeat(5000), "|b\n".repeat(1000)));
}

#[test]
fn formatting_does_not_multiply() {
    // A browser opens again what a paragraph's end closed: for each of many paragraphs all of many elements.
    let bold: String = (0..1000).map(|n| format!("<b id=a{n}>")).collect();
    let source = format!("<p>{bold}{}", "<p>x<div>y".repeat(1000));
    let rendered = safe(&source);
    assert!(rendered.html.matches('<').count() < 8000, "{}", rendered.html.matches('<').count());
}

#[test]
fn references_and_footnotes_do_not_multiply() {
    let target = "a".repeat(50_000);
    safe(&format!("[x]: /{target}\n\n{}", "[x] ".repeat(20_000)));
    safe(&format!("[^x]: {target}\n\n{}", "[^x] ".repeat(20_000)));
}

#[test]
fn what_is_too_long_is_cut() {
    let rendered = safe(&"a ".repeat(limits::MARKDOWN_BYTES_MAX));
    assert!(rendered.cut);
    assert!(rendered.html.len() < limits::MARKDOWN_BYTES_MAX + 1000);
    let rendered = safe(&"&\n".repeat(limits::MARKDOWN_BYTES_MAX / 2));
    assert!(rendered.html.len() <= limits::MARKDOWN_HTML_BYTES_MAX * 5 / 4);
    let rendered = safe(&"```py\n1 1 1 1 1 1\n```\n".repeat(20_000));
    assert!(rendered.cut && rendered.html.len() <= limits::MARKDOWN_HTML_BYTES_MAX * 5 / 4);
}

#[test]
fn formulas_stay_formulas() {
    for source in [
        "$\\text{<img src=x onerror=alert(1)>}$",
        "$\\mathrm{</mi></math><script>alert(1)</script>}$",
        "$$\\begin{matrix} </mtd> & <svg> \\end{matrix}$$",
        "$\\href{javascript:alert(1)}{x}$ $\\url{javascript:alert(1)}$",
        "$\\style{color:red}{x} \\class{btn}{x} \\htmlId{main}{x}$",
        "$\\color{red\" onclick=\"alert(1)}x$",
        "$\\hspace{1em\" onclick=\"x}$",
        "```math\n<annotation-xml encoding=\"text/html\"><img src=x onerror=alert(1)>\n```",
        "$\\unicode{x3c}script\\unicode{x3e}$",
        "$&lt;script&gt;$ $&#60;b&#62;$",
        "$\\newcommand{\\a}{\\a\\a}\\a$ $\\def\\a{\\a}\\a$",
    ] {
        safe(source);
    }
    for unit in [
        "\\frac",
        "\\sqrt",
        "{",
        "}",
        "\\left(",
        "\\begin{matrix}",
        "^",
        "_",
        "'",
        "&",
        "\\\\",
        "\\hat",
        "\\text{",
        "x^{",
        "#1",
    ] {
        safe(&format!("$${}$$", unit.repeat(limits::FORMULA_BYTES_MAX / unit.len())));
        safe(&format!("$${}$$", unit.repeat(limits::FORMULA_DEPTH_MAX - 1)));
    }
}
