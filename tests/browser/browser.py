"""Debian's Chromium, driven through its pages; and a demo hub for it to look at."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubserver import Hub, running
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

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


def start(playwright: Playwright) -> Browser:
    """A browser without a window."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise RuntimeError("Chromium was not found: run the tests with `cargo xtask test`")
    return playwright.chromium.launch(executable_path=program, args=FLAGS, headless=True)


@contextlib.contextmanager
def demo_hub() -> Iterator[Hub]:
    """A hub with the generated content of `serve --demo`."""
    work = Path(os.environ["SEEDCORN_BROWSER_WORK"])
    with running("sqlite-disk", work, demo=True) as hub:
        yield hub


@dataclass
class Visitor:
    """A window of a browser, and what went wrong in it: scripts that failed or were blocked, requests to elsewhere."""

    page: Page
    url: str
    complaints: list[str]

    def go(self, path: str) -> Page:
        """Opens an address of the hub; it must answer with a page."""
        answer = self.page.goto(self.url + path)
        assert answer is not None and answer.status < 400, f"{path}: {answer and answer.status}"
        return self.page

    def sign_in(self, token: str) -> None:
        """By an access token, as the first page of a new hub says."""
        page = self.go("/login")
        page.locator("input[name=token]").fill(token)
        page.locator("form:has(input[name=token]) button[type=submit]").click()
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
        assert not seen.complaints, "\n".join(seen.complaints)
    finally:
        context.close()


def _judge(url: str, own: str, complaints: list[str]) -> None:
    if not url.startswith((own + "/", "data:", "blob:", "about:")):
        complaints.append(f"a request to elsewhere: {url}")
