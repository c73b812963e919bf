"""Debian's Chromium, driven through its pages; hubs for it to look at and what is put into them; and what every page is
judged by."""

import base64
import contextlib
import json
import os
import re
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from hubserver import Hub, running
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

# Nothing of the browser's own may go out, and a machine of the tests has neither a sandbox for root nor a screen.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# The ways in which people look at pages.
WAYS: dict[str, dict[str, object]] = {
    "wide": {},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    "dark": {"color_scheme": "dark"},
    "no-script": {"java_script_enabled": False},
}

# A rule that is about whole sites; or one that needs a person to judge.
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}

# Tests on this machine speak to the hub itself, whatever proxies the environment names.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def start(playwright: Playwright) -> Browser:
    """A browser without a window."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise RuntimeError("Chromium was not found: run the tests with `cargo xtask test`")
    return playwright.chromium.launch(executable_path=program, args=FLAGS, headless=True)


def _work(name: str) -> Path:
    """The folder of a hub."""
    first = Path(os.environ["SEEDCORN_BROWSER_WORK"]).absolute()
    return first.with_name(first.name + name)


@contextlib.contextmanager
def demo_hub(name: str = "") -> Iterator[Hub]:
    """A hub with the generated content of `serve --demo`; several at once have different names."""
    with running("sqlite-disk", _work(name), demo=True) as hub:
        yield hub


@contextlib.contextmanager
def open_hub(folder: Path) -> Iterator[Hub]:
    """A hub without content on which everybody may join; its settings are written into `folder`."""
    (folder / "seedcorn.toml").write_text('registration = "open"\n')
    with contextlib.ExitStack() as stack:
        # A hub reads its settings from the folder in which it is started.
        with contextlib.chdir(folder):
            hub = stack.enter_context(running("sqlite-disk", _work("-open")))
        yield hub


@dataclass
class Visitor:
    """A window of a browser, and what went wrong in it: scripts that failed or were blocked, requests to elsewhere."""

    page: Page
    url: str
    complaints: list[str]
    forgiven: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens an address of the hub; it must answer with a page."""
        answer = self.page.goto(self.url + path)
        assert answer is not None and answer.status < 400, f"{path}: {answer and answer.status}"
        return self.page

    def refused(self, path: str, status: int) -> Page:
        """Opens an address of the hub; it must answer with a page that has this status."""
        self.forgive(status)
        answer = self.page.goto(self.url + path)
        assert answer is not None and answer.status == status, f"{path}: {answer and answer.status}"
        return self.page

    def forgive(self, status: int) -> None:
        """An answer of this status is wanted: the browser itself complains about it."""
        self.forgiven.append(f"responded with a status of {status} ")

    def wrong(self) -> list[str]:
        """What went wrong and was not wanted."""
        return [line for line in self.complaints if not any(words in line for words in self.forgiven)]

    def provoke(self) -> None:
        """Gives a hand to whatever waits for one; then nothing may have run, nor be there that could."""
        self.page.evaluate("document.querySelectorAll('main a[href^=\"#\"], summary').forEach((e) => e.click())")
        self.page.mouse.move(300, 400)
        assert live(self.page) == []

    def sign_in(self, token: str) -> None:
        """By an access token, as the first page of a new hub says."""
        page = self.go("/login")
        page.locator("input[name=token]").fill(token)
        page.locator("form:has(input[name=token]) button[type=submit]").click()
        page.wait_for_url(self.url + "/")

    def sign_in_by_password(self, name: str, password: str) -> None:
        page = self.go("/login")
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(password)
        page.locator("form:has(input[name=password]) button[type=submit]").click()
        page.wait_for_url(self.url + "/")


@contextlib.contextmanager
def visitor(browser: Browser, hub: Hub, **settings: object) -> Iterator[Visitor]:
    """A new visitor without cookies; at the end nothing may have gone wrong in the window."""
    context: BrowserContext = browser.new_context(**({"viewport": DESKTOP} | settings))
    page = context.new_page()
    page.set_default_timeout(15_000)
    seen = Visitor(page, hub.url, [])
    page.on("pageerror", lambda error: seen.complaints.append(f"a script failed: {error}"))
    page.on("console", lambda line: line.type == "error" and seen.complaints.append(f"console: {line.text}"))
    page.on("dialog", lambda dialog: (seen.complaints.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: _judge(request.url, hub.url, seen.complaints))
    try:
        yield seen
        assert not seen.wrong(), "\n".join(seen.wrong())
    finally:
        context.close()


def _judge(url: str, own: str, complaints: list[str]) -> None:
    if not url.startswith((own + "/", "data:", "blob:", "about:")):
        complaints.append(f"a request to elsewhere: {url}")


def press(page: Page | Locator, text: str) -> None:
    """Presses the first button whose words begin so."""
    page.get_by_role("button", name=re.compile(f"^{re.escape(text)}")).first.click()


def create(seen: Visitor, owner: str, name: str) -> Page:
    """Makes a public model on the page for that."""
    page = seen.go("/new")
    page.locator("input[name=name]").fill(name)
    page.locator("select[name=license]").select_option("apache-2.0")
    page.locator("input[name=visibility][value=public]").check()
    press(page, "Make it")
    page.wait_for_url(f"{seen.url}/{owner}/{name}")
    return page


# What a page is judged by.


def faults(page: Page) -> list[str]:
    """What axe-core finds, one line a rule."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes'][:3]]}" for rule in found]


def sticks_out(page: Page) -> str | None:
    """What makes a page wider than its window."""
    return page.evaluate(
        """() => {
            const wide = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= wide) return null;
            const clips = (e) => ["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX);
            // What is placed absolutely is held by its offset parent alone.
            const holder = (e) => getComputedStyle(e).position === "absolute" ? e.offsetParent : e.parentElement;
            const held = (e) => holder(e) && (clips(holder(e)) || held(holder(e)));
            const out = [...document.querySelectorAll("body *")]
                .find((e) => e.getBoundingClientRect().right > wide + 1 && !held(e));
            return `${document.documentElement.scrollWidth} px in ${wide}: ${out ? out.outerHTML.slice(0, 200) : "?"}`;
        }"""
    )


def covered(page: Page) -> list[str]:
    """Links, buttons and fields of a page in whose middle something else is."""
    return page.evaluate(
        """() => {
            const found = [];
            for (const e of document.querySelectorAll("main :is(a, button, input, select, textarea, summary)")) {
                if (!e.checkVisibility() || !e.getClientRects().length) continue;
                e.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
                const { left, top, width, height } = e.getClientRects()[0];
                const there = document.elementFromPoint(left + width / 2, top + height / 2);
                if (!there || e.contains(there) || there.contains(e)) continue;
                found.push(`${e.outerHTML.slice(0, 120)} is under ${there.outerHTML.slice(0, 80)}`);
            }
            scrollTo(0, 0);
            return found;
        }"""
    )


def judge(page: Page, way: dict[str, object], path: str) -> None:
    """Whether a page can be read, fits its window, and has no fault that axe-core finds."""
    assert page.locator("h1").count() == 1, path
    assert page.locator("main h1").inner_text().strip(), path
    if way.get("java_script_enabled", True):
        assert sticks_out(page) is None, f"{path}: {sticks_out(page)}"
        assert not (found := covered(page)), path + "\n" + "\n".join(found)
        assert not (found := faults(page)), path + "\n" + "\n".join(found)


def alarms(notice: Locator) -> bool:
    """Whether a message looks like one on which nothing was done: its edge has the colour of refusals."""
    return notice.evaluate(
        """(notice) => {
            const probe = document.createElement("i");
            probe.style.color = "var(--clay)";
            notice.append(probe);
            const wanted = getComputedStyle(probe).color;
            probe.remove();
            return getComputedStyle(notice).borderLeftColor === wanted;
        }"""
    )


def live(page: Page) -> list[str]:
    """What of a page could run something, or lead the browser elsewhere by itself; a page of the hub has none of it.
    Before it looks, whatever runs by itself has had the time for it."""
    return page.evaluate(
        """async () => {
            const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            await frame();
            await frame();
            const found = [];
            const script = "script:not([src], [type='application/ld+json']), main script";
            const foreign = "iframe, object, embed, base, meta[http-equiv=refresh i], main :is(style, link, meta)";
            const leads = /^(href|src|action|formaction|xlink:href|data)$/;
            const bad = /^[\\0-\\x20]*(javascript|vbscript|data:text)/i;
            for (const e of document.querySelectorAll("*")) {
                const tell = (why) => found.push(`${why}: ${e.outerHTML.slice(0, 160)}`);
                if (e.matches(script) || e.matches(foreign)) tell("an element");
                for (const { name, value } of e.attributes) {
                    if (name.startsWith("on")) tell(`the attribute ${name}`);
                    if (leads.test(name) && bad.test(value)) tell(`the address ${value}`);
                }
            }
            return found;
        }"""
    )


def turned(page: Page) -> list[str]:
    """Texts without a control of direction whose letters stand from right to left: a name beside them did that."""
    return page.evaluate(
        """() => {
            const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const box = (node, at) => {
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                return range.getClientRects()[0];
            };
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const at = node.data.search(/[A-Za-z0-9]{2}/);
                if (at < 0 || /[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)) continue;
                const [one, two] = [box(node, at), box(node, at + 1)];
                if (one && two && one.top === two.top && one.left > two.left) found.push(node.data.trim().slice(0, 80));
            }
            return found;
        }"""
    )


# What is put into a hub over its API, as programs do.


def ask(
    hub: Hub, token: str | None, path: str, body: bytes | None = None, *, kind: str, method: str, client: str = "tests"
) -> Any:
    """One request; the JSON of its answer, or its bytes. Raises `urllib.error.HTTPError` for a refusal."""
    headers = {"Content-Type": kind, "User-Agent": client} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(hub.url + path, body, headers, method=method)
    with _DIRECT.open(request, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def get(hub: Hub, path: str, token: str | None = None) -> Any:
    return ask(hub, token, path, kind="application/json", method="GET")


def call(hub: Hub, token: str | None, path: str, value: object, method: str = "POST") -> Any:
    """Sends a value as JSON."""
    return ask(hub, token, path, json.dumps(value).encode(), kind="application/json", method=method)


def submit(hub: Hub, path: str, fields: dict[str, str], client: str = "tests") -> Any:
    """Sends a form, as programs that sign in do; `client` is what the program says of itself."""
    body = urllib.parse.urlencode(fields).encode()
    return ask(hub, None, path, body, kind="application/x-www-form-urlencoded", method="POST", client=client)


def commit(
    hub: Hub,
    token: str,
    repo: str,
    files: dict[str, bytes | str],
    summary: str = "Sow",
    *,
    at: str = "main",
    why: str = "",
) -> None:
    """Commits files to a repo, such as `models/ada/beans`. `at` is a branch, encoded, and may have a query."""
    lines = [{"key": "header", "value": {"summary": summary, "description": why}}]
    for path, content in files.items():
        content = content.encode() if isinstance(content, str) else content
        coded = base64.b64encode(content).decode()
        lines.append({"key": "file", "value": {"path": path, "encoding": "base64", "content": coded}})
    body = "\n".join(map(json.dumps, lines)).encode()
    ask(hub, token, f"/api/{repo}/commit/{at}", body, kind="application/x-ndjson", method="POST")


def plant(
    hub: Hub, token: str, owner: str, name: str, files: dict[str, bytes | str] | None = None, **more: object
) -> str:
    """Makes a repo with files; returns how the API names it. `more` is what else its maker says, such as its type."""
    call(hub, token, "/api/repos/create", {"type": "model", "name": name, "organization": owner} | more)
    repo = f"{more.get('type', 'model')}s/{owner}/{name}".replace("codes/", "code/")
    if files:
        commit(hub, token, repo, files)
    return repo
