"""Rounds on pages: opened by whoever runs the hub, promised to and given in by members, and looked at in every way."""

from collections.abc import Callable

import pytest
from browser import create, judge, press
from playwright.sync_api import Page, expect

NAME = "browser-round"


def open_round(visitor, title: str, name: str = NAME) -> Page:
    page = visitor.go("/rounds")
    page.locator("#title").fill(title)
    page.locator("#name").fill(name)
    page.locator("#about").fill("For tools <b>that others</b> stand on.")
    page.locator("#cap").fill("500.5")
    press(page, "Open the round")
    page.wait_for_url(f"**/rounds/{name}")
    return page


def write_down(page: Page, button: str) -> None:
    press(page, button)
    expect(page.get_by_text("It is written down.")).to_be_visible()


@pytest.fixture(scope="module")
def opened(visit_once: Callable, keeper: str) -> str:
    """A round that is open."""
    visitor = visit_once()
    visitor.sign_in(keeper)
    page = open_round(visitor, "Tools & roots")
    expect(page.locator("main")).to_contain_text("500.50 EUR")
    expect(page.locator("main")).to_contain_text("<b>that others</b>")
    return f"/rounds/{NAME}"


@pytest.fixture(scope="module")
def tallied(visit_once: Callable, keeper: str, member: str, other: str) -> str:
    """A round with a result that somebody challenged, in a word too long for any page."""
    path = "/rounds/browser-tallied"
    runs, gives, owns = visit_once(), visit_once(), visit_once()
    runs.sign_in(keeper)
    gives.sign_in(member)
    owns.sign_in(other)
    open_round(runs, "Seeds", "browser-tallied")
    create(owns, "bea", "in-a-told-round")
    page = owns.go(path)
    page.locator("#enter").fill("models/bea/in-a-told-round")
    write_down(page, "Enter it")
    for visitor, amount in [(gives, "30"), (runs, "20")]:
        page = visitor.go(path)
        page.locator("#gift").fill(amount)
        write_down(page, "Give")
    page = gives.go(path)
    page.locator("#pledge").fill("1000")
    write_down(page, "Promise it")
    page = runs.go(path)
    write_down(page, "Close it now")
    for who, amount in [("ada", "1030"), ("keeper", "20")]:
        page = runs.go(path)
        page.get_by_text("Write down that money moved").click()
        page.locator("#who").fill(who)
        page.locator("#moved").fill(amount)
        page.locator("form", has=page.locator("#moved")).get_by_role("button").click()
        expect(page.get_by_text("It is written down.")).to_be_visible()
    page = runs.go(path)
    write_down(page, "Tally it")
    page = gives.go(path)
    page.locator("#challenge").fill("It is a copy of " + "x" * 300)
    write_down(page, "Challenge it")
    page = runs.go(path)
    page.get_by_role("textbox", name="Answer").fill("It was there first.")
    write_down(page, "Answer")
    return path


def test_a_result_says_why_and_what_other_rules_would_give(look: Callable, tallied: str) -> None:
    page = look().go(tallied)
    rules = page.get_by_role("region", name="What each rule would have given")
    expect(rules.get_by_role("row", name="the rule of this round")).to_contain_text("500.50")
    page.locator("details.pay summary").first.click()
    expect(page.get_by_role("cell", name="−499.50")).to_be_visible()
    expect(page.get_by_text("It was there first.")).to_be_visible()


def test_a_result_in_every_way(look: Callable, way: dict[str, object], tallied: str) -> None:
    judge(look(**way).go(tallied), way, tallied)


def test_a_member_takes_part(visit: Callable, opened: str, member: str) -> None:
    visitor = visit()
    visitor.sign_in(member)
    create(visitor, "ada", "in-a-round")
    page = visitor.go(opened)
    page.locator("#pledge").fill("12.5")
    press(page, "Promise it")
    expect(page.get_by_text("It is written down.")).to_be_visible()
    mine = page.get_by_role("region", name="What you promised and gave")
    expect(mine.get_by_role("row", name="the pool")).to_contain_text("12.50")
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
