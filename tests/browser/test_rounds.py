"""Rounds on pages: opened by whoever runs the hub, promised to and given in by members, and looked at in every way."""

from collections.abc import Callable

import pytest
from browser import create, judge, press
from playwright.sync_api import Page, expect

NAME = "browser-round"


def open_round(visitor, title: str) -> Page:
    page = visitor.go("/rounds")
    page.locator("#title").fill(title)
    page.locator("#name").fill(NAME)
    page.locator("#about").fill("For tools <b>that others</b> stand on.")
    page.locator("#cap").fill("500.5")
    press(page, "Open the round")
    page.wait_for_url(f"**/rounds/{NAME}")
    return page


@pytest.fixture(scope="module")
def opened(windows: Callable, keeper: str, member: str) -> str:
    """A round with a promise, a work and a gift."""
    visitor = windows()
    visitor.sign_in(keeper)
    page = open_round(visitor, "Tools & roots")
    expect(page.locator("main")).to_contain_text("500.50 EUR")
    expect(page.locator("main")).to_contain_text("<b>that others</b>")
    return f"/rounds/{NAME}"


def test_a_member_takes_part(visit: Callable, opened: str, member: str) -> None:
    visitor = visit()
    visitor.sign_in(member)
    create(visitor, "ada", "in-a-round")
    page = visitor.go(opened)
    page.locator("#pledge").fill("12.5")
    press(page, "Promise it")
    expect(page.get_by_text("It is written down.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("You promised and gave 12.50 EUR.")
    page.locator("#enter").fill("models/ada/in-a-round")
    press(page, "Enter it")
    expect(page.get_by_text("It is written down.")).to_be_visible()
    page.locator("#gift").fill("1")
    press(page, "Give")
    expect(page.get_by_role("alert")).to_contain_text("nobody gives to what is their own")
    page = visitor.go(opened)
    page.locator("#pledge").fill("1,5")
    press(page, "Promise it")
    expect(page.get_by_role("alert")).to_contain_text("is no amount")
    page.locator("details.pay summary").first.click()
    expect(page.get_by_text("Nobody gave to it")).to_be_visible()


def test_in_every_way(look: Callable, way: dict[str, object], opened: str) -> None:
    judge(look(**way).go(opened), way, opened)


def test_to_members_in_every_way(
    look: Callable, inside: Callable, way: dict[str, object], opened: str, member: str
) -> None:
    judge(look(**way, **inside(member)).go(opened), way, opened)


def test_to_those_who_run_it(
    look: Callable, inside: Callable, sight: dict[str, object], opened: str, keeper: str
) -> None:
    for path in [opened, "/rounds"]:
        judge(look(**sight, **inside(keeper)).go(path), sight, path)
