"""Every kind of page, looked at in four ways: it can be read, nothing sticks out, and axe finds no fault."""

from collections.abc import Callable

import pytest
from browser import judge

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
    f"{MODEL}/discussions",
    "/collections",
    f"{MODEL}/openness",
    f"{MODEL}/lineage",
    f"{DATA}/lineage",
    f"{MODEL}/credit",
    f"{DATA}/credit",
    "/rounds",
    "/log",
    f"{MODEL}/log",
    f"{DATA}/openness",
    "/openness",
    "/openness/method",
]

# Of kinds that are above already: with nothing on them, or with something else.
OTHER = [
    "/new/commands",
    "/join",
    "/join/password?code=none",
    "/search?q=nothingatall",
    "/search?q=acorn-lab",
    "/models?tag=nothing&q=at+all",
    "/spaces",
    "/models?openness=III&sort=openness",
    f"{MODEL}/openness?profile=osaid",
    f"{MODEL}/lineage?steps=all&size=full",
    f"{MODEL}/lineage?steps=all&size=double",
    f"{MODEL}/blob/main/README.md?as=text",
    f"{DATA}/tree/main/data",
    f"{MODEL}/commits/main/config.json",
]

OWN = [
    "/new",
    "/device",
    "/settings/tokens",
    "/settings/password",
    "/settings/profile",
    "/settings/sessions",
    "/groups/new",
    "/inbox",
    "/settings/webhooks",
    "/-/blocked/ada",
    f"{MODEL}/discussions/new",
]
OTHER_OWN = ["/", "/new?kind=paper", "/new/commands", "/groups", "/ada"]

# What is refused: the address, and the answer's status.
REFUSED = [
    ("/nobody/nothing", 404),
    ("/nobody", 404),
    (f"{MODEL}/tree/nowhere", 404),
    (f"{MODEL}/compare/main", 400),
]
REFUSED_TO_MEMBERS = [(f"{MODEL}/settings", 403), ("/admin", 403)]


@pytest.mark.parametrize("path", OPEN)
def test_open_pages(look: Callable, way: dict[str, object], path: str):
    page = look(**way).go(path)
    judge(page, way, path)


@pytest.mark.parametrize("path", OTHER)
def test_other_open_pages(look: Callable, sight: dict[str, object], path: str):
    judge(look(**sight).go(path), sight, path)


@pytest.mark.parametrize("path", OWN)
def test_pages_of_members(look: Callable, inside: Callable, way: dict[str, object], member: str, path: str):
    judge(look(**way, **inside(member)).go(path), way, path)


@pytest.mark.parametrize("path", OTHER_OWN)
def test_other_pages_of_members(look: Callable, inside: Callable, sight: dict[str, object], member: str, path: str):
    judge(look(**sight, **inside(member)).go(path), sight, path)


def test_page_of_those_who_run_the_hub(look: Callable, inside: Callable, way: dict[str, object], keeper: str):
    for path in ["/admin", "/admin/reports"]:
        judge(look(**way, **inside(keeper)).go(path), way, path)


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_refusals_are_pages(look: Callable, sight: dict[str, object], path: str, status: int):
    judge(look(**sight).refused(path, status), sight, path)


@pytest.mark.parametrize(("path", "status"), REFUSED_TO_MEMBERS)
def test_refusals_to_members_are_pages(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, path: str, status: int
):
    judge(look(**sight, **inside(member)).refused(path, status), sight, path)


def test_by_keyboard_alone(visit: Callable):
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
