"""Every kind of page, looked at in four ways: it can be read, nothing sticks out, and axe finds no fault."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

MODEL, DATA = "/acorn-lab/acorn-tiny", "/datasets/field-notes/garden-observations"

OPEN = [
    "/",
    "/models",
    "/models?tag=license%3Aapache-2.0",
    "/datasets",
    "/search?q=acorn",
    "/papers",
    "/papers/acorn-lab/one-season",
    "/code",
    "/code/acorn-lab/acorn-tools",
    "/api/commons/v1",
    "/groups",
    "/acorn-lab",
    "/new",
    "/login",
    MODEL,
    DATA,
    f"{MODEL}/tree/main",
    f"{MODEL}/blob/main/config.json",
    f"{MODEL}/blob/main/model.safetensors",
    f"{DATA}/blob/main/data/train-00000-of-00001.parquet",
    f"{MODEL}/commits/main",
    f"{MODEL}/commit/main",
    f"{MODEL}/compare",
    f"{MODEL}/refs",
]

OWN = [
    "/new",
    "/device",
    "/settings/tokens",
    "/settings/password",
    "/settings/profile",
    "/settings/sessions",
    "/groups/new",
]

# A rule that is about whole sites; or one that needs a person to judge.
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


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
            const scrolls = (e) => e && (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
            const out = [...document.querySelectorAll("main *")]
                .find((e) => e.getBoundingClientRect().right > wide + 1 && !scrolls(e.parentElement));
            return `${document.documentElement.scrollWidth} px in ${wide}: ${out ? out.outerHTML.slice(0, 200) : "?"}`;
        }"""
    )


def judge(page: Page, way: dict[str, object], path: str) -> None:
    assert page.locator("h1").count() == 1, path
    assert page.locator("main h1").inner_text().strip(), path
    if way.get("java_script_enabled", True):
        assert sticks_out(page) is None, f"{path}: {sticks_out(page)}"
        assert not (found := faults(page)), path + "\n" + "\n".join(found)


@pytest.mark.parametrize("path", OPEN)
def test_open_pages(visit, way, path: str):
    page = visit(**way).go(path)
    judge(page, way, path)


@pytest.mark.parametrize("path", OWN)
def test_pages_of_members(visit, way, member: str, path: str):
    visitor = visit(**way)
    visitor.sign_in(member)
    judge(visitor.go(path), way, path)


def test_page_of_those_who_run_the_hub(visit, way, hub):
    visitor = visit(**way)
    visitor.sign_in(hub.admin("token", "create", "keeper", "--role", "write"))
    judge(visitor.go("/admin"), way, "/admin")


def test_refusals_are_pages(visit, way):
    visitor = visit(**way)
    answer = visitor.page.goto(visitor.url + "/nobody/nothing")
    # The browser itself logs the status.
    visitor.complaints.clear()
    assert answer is not None and answer.status == 404
    judge(visitor.page, way, "/nobody/nothing")


def test_by_keyboard_alone(visit):
    """From the top of the home page to a search and its first result, with nothing but keys."""
    visitor = visit()
    page = visitor.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page = visitor.go("/models")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "search":
            break
        ring = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()"
        )
        assert ring, page.evaluate("document.activeElement.outerHTML")
    page.keyboard.type("acorn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*q=acorn*")
    assert page.locator("mark").first.is_visible()
